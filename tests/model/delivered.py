"""What the addressees have, held against the promises: nobody gets too much, twice, or what is not his."""

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.model.books import DAILY, HEADERS, NUMBER, Books, Broken, header, stated, words
from tests.model.mails import Mail
from tests.model.rules import SENDS_FOR, STAFF, UNITS
from tests.model.world import BOT, World


@dataclass
class Mailboxes:
    """Of all that was put in and all that arrived. `put_in`: every mail in the order of its delivery. `rosters`: (deliveries before, address
    -> unit in force from then on). `shadowed`: letters that were decided before sending went live. `vouched`: SHA-256 of mails that a valid
    word of staff says yes to. `registered`: addresses that staff registered, and for whom."""

    world: World
    home: Path
    put_in: list[Mail] = field(default_factory=list)
    at: dict[int, datetime] = field(default_factory=dict)  # delivery -> INTERNALDATE
    rosters: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    shadowed: set[bytes] = field(default_factory=set)
    vouched: set[str] = field(default_factory=set)
    registered: dict[str, str] = field(default_factory=dict)
    by_sum: dict[str, list[Mail]] = field(default_factory=dict)
    checked_to: int = 0
    told: Counter[str] = field(default_factory=Counter)
    outbox: dict[bytes, sqlite3.Row] = field(default_factory=dict)  # every letter that ever stood in the ledger, also in one that was lost
    lost_at: list[int] = field(default_factory=list)  # letters delivered before each restore
    def add(self, mail: Mail, at: datetime) -> int:
        """A mail is put into the mailbox: the number of its delivery."""
        number = len(self.put_in)
        self.at[number] = at
        self.put_in.append(mail)
        self.by_sum.setdefault(mail.sha256, []).append(mail)
        return number

    def restored(self) -> None:
        """From now on another ledger is looked at, an older one."""
        self.lost_at.append(len(self.world.sink))
        self.told.clear()

    # --- looked up --------------------------------------------------------------------------------------------------------

    def mails_of(self, sha256: str) -> list[Mail]:
        return self.by_sum.get(sha256, [])

    def home_of(self, address: str, since: int) -> set[str]:
        """The units that an address was registered for at any moment from a delivery on; what was in force before that moment counts where
        nothing followed."""
        begun = max((n for n, (before, _) in enumerate(self.rosters) if before <= since), default=0)
        found = {roster[address] for _, roster in self.rosters[begun:] if address in roster}
        return found | ({self.registered[address]} if address in self.registered else set())

    def all_addresses(self) -> dict[str, set[str]]:
        """Every address that was ever registered -> its units."""
        found: dict[str, set[str]] = defaultdict(set)
        for _, roster in self.rosters:
            for address, unit in roster.items():
                found[address].add(unit)
        for address, unit in self.registered.items():
            found[address].add(unit)
        return found
    def _delivered(self, books: Books) -> None:
        """P6, P7, P9 over what the addressees have, and nothing that was decided in shadow or sent while the switch was on."""
        self.outbox |= {row["raw"]: row for row in books.letters.values()}
        if self.checked_to == len(self.world.sink):
            return
        by_raw = self.outbox
        registered = self.all_addresses()
        a_day: Counter[Any] = Counter()
        arrived: Counter[bytes] = Counter()
        for number, one in enumerate(self.world.sink):
            row = by_raw.get(one.raw)
            if row is None or row["recipient"] != one.to:
                raise Broken("unexpected", f"a letter to {one.to} that is not in the outbox")
            arrived[one.raw] += 1
            if arrived[one.raw] > 1:  # the one repetition that P7 allows is no letter more
                continue
            life = sum(number >= lost for lost in self.lost_at)  # what a lost ledger had counted nobody knows
            a_day[life, one.bot_day] += 1
            if one.to != STAFF:
                a_day[life, one.bot_day, one.to] += 1
        for one in self.world.sink[self.checked_to :]:
            row = by_raw[one.raw]
            self._one_addressee(one.raw, one.to)
            if row["raw"] in self.shadowed:
                raise Broken("shadow", f"{row['kind']} was decided in shadow and sent later")
            if one.stopped and one.to != STAFF:
                raise Broken("stop", f"{row['kind']} to {one.to} while the switch was on")
            self._own_data(one.raw, one.to, row["kind"], registered)
        self._once(arrived)
        self._capped(a_day)
        self._strangers(by_raw, registered)
        self._answered_once(by_raw)
        self.checked_to = len(self.world.sink)

    def _once(self, arrived: Counter[bytes]) -> None:
        for raw, times in arrived.items():
            if times > min(2, 1 + self.world.doubts.get(raw, 0)):
                raise Broken("P7", f"{header(raw)['Subject']} arrived {times} times, {self.world.doubts.get(raw, 0)} in doubt")

    def _capped(self, a_day: Counter[Any]) -> None:
        caps: dict[Any, tuple[int, int]] = {}
        for one in self.world.sink:
            each, most = caps.get(one.bot_day, (0, 0))
            caps[one.bot_day] = (max(each, one.caps[0]), max(most, one.caps[1]))
        for key, n in a_day.items():
            _, day, to = (*key, None)[:3]
            if n > caps[day][0 if to else 1]:
                raise Broken("P6", f"{n} letters on {day} to {to or 'all'}, allowed are {caps[day]}")

    def _strangers(self, by_raw: dict[bytes, sqlite3.Row], registered: dict[str, set[str]]) -> None:
        """The fixed text, at most one a week, counted by when their mails came."""
        came: dict[str, list[datetime]] = defaultdict(list)
        for raw in {one.raw for one in self.world.sink if one.to not in registered and one.to != STAFF}:
            row = by_raw[raw]
            numbers = NUMBER.findall(words(raw))
            came[row["recipient"]] += [self._received(numbers[0])] if numbers else []
        for to, moments in came.items():
            moments.sort()
            if any(b - a < timedelta(days=7) for a, b in pairwise(moments)):
                raise Broken("P9", f"{to} got more than one letter within a week: {moments}")

    def _received(self, number: str) -> datetime:
        found = [self.at[n] for n, m in enumerate(self.put_in) if m.sha256[:6].upper() == number[-6:]]
        return min(found)

    @staticmethod
    def _one_addressee(raw: bytes, to: str) -> None:
        head = header(raw)
        names = [name.lower() for name in head]
        if str(head["To"]) != to or len(names) != len(set(names)) or not set(names) <= HEADERS:
            raise Broken("P9", f"headers of a letter to {to}: {names}")
        if to == BOT:
            raise Broken("P5", "a letter to ourselves")

    def _own_data(self, raw: bytes, to: str, kind: str, registered: dict[str, set[str]]) -> None:
        """P9: a unit hears of itself and of those it sends for; a stranger gets the fixed text with nothing in it."""
        if to == STAFF:
            return
        text = words(raw)
        answered = [m for number in NUMBER.findall(text) for m in self.put_in if m.sha256[:6].upper() == number[-6:]]
        if to not in registered:
            if kind not in ("held", "unknown-unit") and not any(m.odd for m in answered):
                raise Broken("P9", f"{kind} to the stranger {to}")
            if found := [name for name in UNITS.values() if name in text] or stated(raw):
                raise Broken("P9", f"a stranger is told of {found}")
            return
        mine = registered[to] | {other for unit in registered[to] for other in SENDS_FOR.get(unit, ())}
        if kind == "held":  # why it is held: the unit that the sender's own paper names
            mine |= {unit for mail in answered for unit in (*mail.may_file, *mail.vouchable)}
        if not any(m.odd for m in answered) and (found := [name for unit, name in UNITS.items() if unit not in mine and name in text]):
            raise Broken("P9", f"{kind} to {to} speaks of {found}")
        files = {s[:8] for m in self.put_in for s in m.files if m.sender == to or (m.may_file | m.vouchable) & mine}
        if not any(m.odd for m in answered) and (foreign := [s for s in stated(raw) if s not in files]):
            raise Broken("P9", f"{kind} to {to} names files of others: {foreign}")

    def _answered_once(self, by_raw: dict[bytes, sqlite3.Row]) -> None:
        """Whatever the key: a mail is answered once to one address, unless a person had it decided again."""
        told: dict[tuple[str, str], set[bytes]] = defaultdict(set)
        for raw in {one.raw for one in self.world.sink}:
            row = by_raw[raw]
            if row["kind"] in DAILY or row["recipient"] == STAFF:
                continue
            for number in set(NUMBER.findall(words(raw))):
                told[row["recipient"], number].add(raw)
        for (to, number), raws in told.items():
            kinds = sorted(str(by_raw[raw]["kind"]) for raw in raws)
            about = [m for m in self.put_in if m.sha256[:6].upper() == number[-6:]]
            decided_again = any(m.sha256 in self.vouched or (self.lost_at and not self._stable(m)) for m in about)
            apart = len(set(kinds)) == len(kinds) and "held-notice" in kinds  # told of a stranger's mail, and that a person filed it
            if len(raws) > 1 and not decided_again and not apart:
                raise Broken("P7", f"{number} was answered to {to} {len(raws)} times: {kinds}")

    def _stable(self, mail: Mail) -> bool:
        """Whether who it is from is the same by every roster that was in force."""
        return len({roster.get(mail.sender) for _, roster in self.rosters}) <= 1
