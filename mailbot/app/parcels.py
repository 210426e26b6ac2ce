"""What goes out as one letter: answers of one unit that wait together are joined."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.app.ports import Clock, Ledger, Writer
from mailbot.domain.errors import MailbotError
from mailbot.domain.joining import joined, thread_of
from mailbot.domain.letters import JOINABLE
from mailbot.domain.manners import is_mistaken, may_go, rank, to_office
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.records import Posted, Sendable
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
Parcel = tuple[Sendable, ...]  # what goes as one letter


@dataclass(frozen=True)
class Parcels:
    """`tell`: takes Chinese sentences for staff."""

    rules: Rules
    ledger: Ledger
    writer: Writer
    clock: Clock
    tell: Callable[[str], None]

    def due(self, now: datetime, *, hurry: bool, stopped: bool) -> list[Parcel]:
        """What is due, the most urgent first; what goes to the office alone where sending is `stopped`. Where one answer of
        a thread is due, all of them go, as one letter."""
        due = [x for x in self.ledger.waiting(now, hurry=hurry) if may_go(self.rules, x.recipient, x.kind) and (not stopped or self.to_office(x))]
        if ahead := sum(is_mistaken(x.due, now) for x in due):
            self.tell(f"有 {ahead} 封信记的发出时间在两天以后（这台机器的时钟可能走错过），不再等，现在就发")
        alone = [x for x in due if not _may_join(x)]
        asked = {x.id for x in due} - {x.id for x in alone}
        parcels: list[Parcel] = [(x,) for x in alone]
        if asked:
            parcels += [p for p in self._threads(self.ledger.unsettled()) if not asked.isdisjoint(x.id for x in p)]
        return sorted(parcels, key=lambda parcel: (self.rank(parcel[0]), parcel[0].id))

    def _threads(self, letters: Iterable[Sendable]) -> Iterator[Parcel]:
        """Letters by thread. Only where two go to one address it is asked what they say."""
        to: dict[str, list[Sendable]] = {}
        for letter in letters:
            to.setdefault(letter.recipient, []).append(letter)
        for mine in to.values():
            threads: dict[object, list[Sendable]] = {}
            told = self.ledger.told_in([x.id for x in mine]) if len(mine) > 1 else (None,)
            for letter, says in zip(mine, told, strict=True):
                threads.setdefault((says and thread_of(says)) or letter.id, []).append(letter)
            yield from map(tuple, threads.values())

    def rank(self, letter: Sendable) -> int:
        return rank(letter.kind, letter.unit, to_staff=self.to_office(letter))

    def to_office(self, letter: Sendable) -> bool:
        return to_office(self.rules, letter.recipient, letter.kind)

    def whole(self, parcel: Parcel) -> Sendable | None:
        """The one letter of a parcel: one that waited over a midnight is written anew, for it counts days."""
        if len(parcel) > 1:
            return self._joined(parcel)
        stale = _may_join(parcel[0]) and parcel[0].created_at.astimezone(SHANGHAI).date() < self.clock().astimezone(SHANGHAI).date()
        return (self._joined(parcel) if stale else None) or parcel[0]

    def _joined(self, parcel: Parcel) -> Sendable | None:
        """The letter that tells what several tell, in their place. None where it cannot be written or one of them is gone."""
        now = self.clock()
        told = [says for says in self.ledger.told_in([x.id for x in parcel]) if says is not None]
        if len(told) < len(parcel):
            return None
        letter = joined(told, now.astimezone(SHANGHAI))
        try:
            written = self.writer.letter(letter, now)
        except MailbotError as problem:
            log.warning("not joined letters=%d: %s", len(parcel), problem.detail)
            self.tell(problem.sentence)
            return None
        posted = Posted(letter.key, letter.kind, letter.to, written.subject, written.raw, "waiting", unit=parcel[0].unit)
        number = self.ledger.post_joined(posted, [x.id for x in parcel], now)
        if number is None:
            return None
        reached("letters.joined")
        log.info("joined letters=%d into id=%d", len(parcel), number)
        return Sendable(number, letter.kind, letter.to, 0, now, now, parcel[0].unit)


def _may_join(letter: Sendable) -> bool:
    return letter.kind in JOINABLE and letter.attempts == 0
