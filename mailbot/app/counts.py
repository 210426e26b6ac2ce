"""How many letters went out, so that no limit of a day is passed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.app.ports import Clock, Ledger
from mailbot.domain.manners import FOR_STRANGERS, LONGEST_WAIT, STRANGER, TO_STRANGERS, Allowance, rank, to_office
from mailbot.domain.policy import Rules

_DAY = timedelta(days=1)


@dataclass
class Counts:
    """What was sent since `midnight`. The ledger is asked once, then every try of this round is counted, also one that fails; what
    went out in the last quarter of an hour is asked each time, for it passes. A clock that was set back by a day or two leaves letters
    dated later than now: they count. `spelled`: an address in lower case -> how the rosters write it; answers go to how the mail wrote it."""

    ledger: Ledger
    midnight: datetime
    clock: Clock
    today: int = 0
    each: dict[str, int] = field(default_factory=dict)
    yesterdays: dict[str, int] = field(default_factory=dict)
    spelled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    strange: int | None = None

    def __post_init__(self) -> None:
        self.today = self.ledger.sent_count(self.midnight, self.clock() + LONGEST_WAIT)

    def to(self, recipient: str) -> int:
        address = recipient.lower()
        if address not in self.each:
            until, ways = self.clock() + LONGEST_WAIT, {recipient, address} | self.spelled.get(address, frozenset())
            self.each[address] = sum(self.ledger.sent_count(self.midnight, until, way) for way in ways)
        return self.each[address]

    def strangers(self) -> int:
        """What strangers called forth."""
        if self.strange is None:
            until = self.clock() + LONGEST_WAIT
            self.strange = self.ledger.sent_count(self.midnight, until, kinds=TO_STRANGERS) + self.ledger.sent_count(
                self.midnight, until, kinds=FOR_STRANGERS, of_any=True
            )
        return self.strange

    def yesterday(self, recipient: str = "") -> int:
        """To one address, or to all."""
        if recipient not in self.yesterdays:
            self.yesterdays[recipient] = self.ledger.sent_between(self.midnight - _DAY, self.midnight, recipient or None)
        return self.yesterdays[recipient]

    def count(self, recipient: str, rank_: int) -> None:
        self.each[recipient.lower()] = self.to(recipient) + 1
        self.today += 1
        if rank_ == STRANGER:
            self.strange = self.strangers() + 1


def held_back(rules: Rules, counts: Counts) -> Mapping[tuple[str, str | None], int]:
    """(address, unit) -> how many letters wait because the address had its share of the day."""
    allowance, found = Allowance.of(rules), dict[tuple[str, str | None], int]()
    for (recipient, kind, unit), waiting in counts.ledger.waiting_for().items():
        staff = to_office(rules, recipient, kind)
        if allowance.forbids(rank(kind, unit, to_staff=staff), today=0, quarter=0, to_address=counts.to(recipient), to_staff=staff) == "address":
            whom = recipient.lower(), unit
            found[whom] = found.get(whom, 0) + waiting
    return found
