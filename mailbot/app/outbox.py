"""Sending what waits: one mail at a time, marked before and after, never twice, never more than the rules allow.

Answers of one unit that wait together go out as one letter. What may go is decided by mailbot/domain/manners.py; this is the loop."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.app.ports import Clock, Ledger, Postman, Writer
from mailbot.app.stopping import stopped_words
from mailbot.domain.errors import MailbotError, SendError
from mailbot.domain.joining import joined, thread_of
from mailbot.domain.letters import JOINABLE
from mailbot.domain.manners import (
    FOR_STRANGERS,
    LONGEST_WAIT,
    MOST_A_DAY,
    QUARTER,
    STRANGER,
    STRANGERS_WAIT,
    TO_STRANGERS,
    Allowance,
    Why,
    back_off,
    counted_with,
    ended,
    is_mistaken,
    may_go,
    rank,
    rests,
)
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.records import Posted, Sendable, Stop
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_PERSISTENCE = 6  # tries to record an outcome; each waits for the database by itself as well
_DAY = timedelta(days=1)

Parcel = tuple[Sendable, ...]  # what goes as one letter
Watch = Callable[[int, int], None]


def _unseen(*_: int) -> None:
    """Nobody watches."""


def _never() -> None:
    """No kill switch."""


def _free() -> None:
    """Nobody else can be sending."""


def _always(_: Sendable) -> bool:
    """What was written is wanted."""
    return True


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one round of sending came to. `problems`: Chinese sentences for staff."""

    sent: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()
    unreachable: bool = False  # the server, not a letter, was the trouble

    def then(self, later: "Flushed") -> "Flushed":
        """Two flushes of one round as one."""
        return Flushed(self.sent + later.sent, later.waiting, tuple(dict.fromkeys((*self.problems, *later.problems))),
                       self.unreachable or later.unreachable)  # fmt: skip


@dataclass
class _Counts:
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


@dataclass(frozen=True)
class Outbox:
    """`connect` opens the way out when there is something to send; `pause` waits between two mails; `writer` words a letter that tells
    several; `stopped` says whether somebody pulled the kill switch; `still_wanted`, by kind, whether a letter
    that waited is not out of date."""

    rules: Rules
    ledger: Ledger
    connect: Callable[[], AbstractContextManager[Postman]]
    clock: Clock
    pause: Callable[[float], None]
    writer: Writer
    stopped: Callable[[], Stop | None] = _never
    still_wanted: Mapping[str, Callable[[Sendable], bool]] = field(default_factory=dict)
    still_alone: Callable[[], None] = _free  # raises LeaseLost where another may be sending

    def flush(self, *, hurry: bool = False, limit: timedelta | None = None, patient: bool = False, watch: Watch = _unseen) -> Flushed:
        """Sends what waits and may go now. A letter found in `sending` was cut off by a crash: nobody knows whether it went
        out, so it is told to staff and sent once more, with the same Message-ID (reliability.md P7).

        `hurry`: answers do not wait for more mails of their unit. `limit`: no letter is begun after that long; the next flush goes
        on. `patient`: where a quarter of an hour has had its letters, the next one is waited for."""
        if self.rules.settings.sending == "shadow":
            return Flushed()
        return _Round(self, hurry, self.clock() + limit if limit else None, patient, watch).run()


class _Round:
    """One flush."""

    def __init__(self, outbox: Outbox, hurry: bool, until: datetime | None, patient: bool, watch: Watch) -> None:
        self.out, self.ledger, self.clock = outbox, outbox.ledger, outbox.clock
        self.hurry, self.until, self.patient, self.watch = hurry, until, patient, watch
        self.allowance, self.office = Allowance.of(outbox.rules), outbox.rules.office_addresses
        self.problems: list[str] = []
        self.sent = 0
        self.unreachable = self.over = False
        self.kept_back: Counter[Why] = Counter()

    def run(self) -> Flushed:
        now = self.clock()
        self.out.still_alone()  # what another is sending is not cut off
        if interrupted := self.ledger.interrupted(now):
            reached("doubt.noted")
            log.warning("ambiguous letters=%d: cut off while they were being sent", interrupted)
            self.problems.append(f"有 {interrupted} 封信上次在发送途中中断，不知是否发出：头一次中断的会再发一次（同一封信），再次中断的请到“已发送”里核对")
        if stop := self.out.stopped():
            self.problems.append(stopped_words(stop))
        held = self._held_until(now)
        parcels = deque(self._parcels(now) if held is None or held <= now else ())
        if parcels:
            with self.out.connect() as postman:
                self._send_all(postman, parcels)
        if capped := self.kept_back["day"] + self.kept_back["address"]:
            self.problems.append(f"有 {capped} 封信超过当天的发信上限，顺延到明天早上七点以后")
        return Flushed(self.sent, self.ledger.waiting_count(), tuple(dict.fromkeys(self.problems)), self.unreachable)

    def _held_until(self, now: datetime) -> datetime | None:
        """Until when the provider wants nothing; what was noted while the machine's clock was wrong is told once and forgotten."""
        held = self.ledger.held_until()
        if held is None or not is_mistaken(held, now):
            return held
        self.problems.append(f"记着要暂停发信到 {held.astimezone(SHANGHAI):%Y-%m-%d %H:%M}，远得不合常理（这台机器的时钟可能走错过），没有照办")
        self.ledger.hold_all(now, now)
        return None

    # --- what goes together, and in which order

    def _parcels(self, now: datetime) -> list[Parcel]:
        """What is due, the most urgent first. Where one answer of a thread is due, all of them go, as one letter."""
        stop = self.out.stopped()
        due = [x for x in self.ledger.waiting(now, hurry=self.hurry) if may_go(self.out.rules, x.recipient) and (stop is None or self._to_office(x))]
        if ahead := sum(is_mistaken(x.due, now) for x in due):
            self.problems.append(f"有 {ahead} 封信记的发出时间在两天以后（这台机器的时钟可能走错过），不再等，现在就发")
        alone = [x for x in due if not _may_join(x)]
        asked = {x.id for x in due} - {x.id for x in alone}
        parcels: list[Parcel] = [(x,) for x in alone]
        if asked:
            parcels += [p for p in self._threads(self.ledger.unsettled()) if not asked.isdisjoint(x.id for x in p)]
        return sorted(parcels, key=lambda parcel: (self._rank(parcel[0]), parcel[0].id))

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

    def _rank(self, letter: Sendable) -> int:
        return rank(letter.kind, letter.unit, to_staff=self._to_office(letter))

    def _to_office(self, letter: Sendable) -> bool:
        return letter.recipient.lower() in self.office

    # --- one after the other

    def _send_all(self, postman: Postman, parcels: deque[Parcel]) -> None:
        counts = self._counts()
        whole = len(parcels)
        while parcels and not self.over:
            self.watch(whole - len(parcels), whole)
            parcel = parcels.popleft()
            if counts.midnight != self._midnight():
                counts = self._counts()
            if self._stale(parcel[0]) or self._surplus(parcel[0]) or not self._allowed(parcel, counts):
                continue
            if self.sent:
                self.out.pause(self.out.rules.settings.sender.seconds_between)
            if not self._wanted(parcel[0]) or self._late() or (not self._to_office(parcel[0]) and self.out.stopped()):
                continue
            letter = self._whole(parcel)
            if letter is None:  # it could not be worded: each for itself, for nobody is left without an answer
                parcels.extendleft((x,) for x in reversed(parcel))
                whole += len(parcel) - 1
                continue
            self._send_one(postman, letter, counts)
        self.watch(whole, whole)

    def _counts(self) -> _Counts:
        return _Counts(self.ledger, self._midnight(), self.clock, spelled=self.out.rules.spelled_addresses)

    def _wanted(self, letter: Sendable) -> bool:
        """A reminder of what came in meanwhile is no reminder."""
        if letter.attempts or self.out.still_wanted.get(letter.kind, _always)(letter):
            return True
        self.ledger.settle_letter(letter.id, "dropped", self.clock(), problem="发出之前已不需要，没有发")
        return False

    def _stale(self, letter: Sendable) -> bool:
        """What a flood of strangers called forth does not queue for weeks."""
        if self._rank(letter) != STRANGER or letter.attempts or self.clock() - letter.created_at <= STRANGERS_WAIT:
            return False
        self.ledger.settle_letter(letter.id, "dropped", self.clock(), problem="未登记地址引起的信，几天内没有排上，不再发；事情见待处理")
        return True

    def _surplus(self, letter: Sendable) -> bool:
        """Of what somebody may call forth without end only so many a day go to the office."""
        kinds = () if letter.attempts else counted_with(letter.kind)
        if not kinds or self.ledger.sent_count(self._midnight(), self.clock(), letter.recipient, kinds=kinds, unit=letter.unit) < MOST_A_DAY:
            return False
        self.ledger.settle_letter(letter.id, "dropped", self.clock(), problem=f"这样的信当天已发了 {MOST_A_DAY} 封，没有再发；事情见日报")
        return True

    def _allowed(self, parcel: Parcel, counts: _Counts) -> bool:
        first, office = parcel[0], self._to_office(parcel[0])
        due, now = min(x.due for x in parcel).astimezone(SHANGHAI), self.clock().astimezone(SHANGHAI)
        if due.date() < now.date() and not self.hurry and not office:
            each, most = counts.yesterday(first.recipient), counts.yesterday()
            if rests(due, now, capped_yesterday=each >= self.allowance.per_address or most >= self.allowance.per_day):
                return False
        why = self._forbids(first, counts)
        if why == "quarter":
            self._wait_for_quarter()
            why = self._forbids(first, counts)
        self.over = self.over or why == "quarter"
        self.kept_back[why] += len(parcel)
        return not why

    def _forbids(self, letter: Sendable, counts: _Counts) -> Why:
        if counts.today >= self.allowance.per_day:  # of thousands that wait nothing more is asked
            return "day"
        rank_ = self._rank(letter)
        strangers = counts.strangers() if rank_ == STRANGER else 0
        if rank_ == STRANGER and strangers >= self.allowance.for_strangers:
            return "day"
        quarter, each = self.ledger.sent_count(self.clock() - QUARTER, self.clock()), counts.to(letter.recipient)
        return self.allowance.forbids(
            rank_, today=counts.today, quarter=quarter, to_address=each, to_staff=self._to_office(letter), strangers=strangers
        )

    def _wait_for_quarter(self) -> None:
        """Until the first letter of the last quarter of an hour is older than that, where somebody waits for all to be sent."""
        first = self.ledger.sent_first(self.clock() - QUARTER, self.clock()) if self.patient else None
        if first is not None:
            self.out.pause(max(1.0, (first + QUARTER - self.clock()).total_seconds() + 1))

    def _late(self) -> bool:
        self.over = self.over or (self.until is not None and self.clock() > self.until)
        return self.over

    def _midnight(self) -> datetime:
        return self.clock().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)

    def _whole(self, parcel: Parcel) -> Sendable | None:
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
            written = self.out.writer.letter(letter, now)
        except MailbotError as problem:
            log.warning("not joined letters=%d: %s", len(parcel), problem.detail)
            self.problems.append(problem.sentence)
            return None
        posted = Posted(letter.key, letter.kind, letter.to, written.subject, written.raw, "waiting", unit=parcel[0].unit)
        number = self.ledger.post_joined(posted, [x.id for x in parcel], now)
        if number is None:
            return None
        reached("letters.joined")
        log.info("joined letters=%d into id=%d", len(parcel), number)
        return Sendable(number, letter.kind, letter.to, 0, now, now, parcel[0].unit)

    def _send_one(self, postman: Postman, letter: Sendable, counts: _Counts) -> None:
        self.out.still_alone()
        raw = self.ledger.claim(letter.id)
        if raw is None:
            return  # another sender has it
        reached("letter.claimed")
        counts.count(letter.recipient, self._rank(letter))
        problem = self._send(postman, letter, raw)
        self.sent += problem is None
        if problem is None:
            return
        self.problems.append(problem.sentence)
        self.unreachable = problem.kind in ("pause", "refused-login") or (problem.kind == "temporary" and problem.code == 0)
        if self.unreachable:  # it is the server, not this letter
            self.ledger.hold_all(self._again(problem, letter), self.clock())
            reached("letters.held")
            self.over = True

    def _send(self, postman: Postman, letter: Sendable, raw: bytes) -> SendError | None:
        try:
            reached("letter.offered")
            postman.send(raw, letter.recipient)
            reached("letter.taken")
        except SendError as problem:
            state, again, action = ended(problem, letter, self.clock(), self._again(problem, letter))
            self._record(letter.id, state, problem=problem.sentence, again_at=again, action=action)
            log.warning("letter id=%d kind=%s outcome=%s code=%d", letter.id, letter.kind, problem.kind, problem.code)
            return problem
        self._record(letter.id, "sent")
        log.info("letter id=%d kind=%s outcome=sent", letter.id, letter.kind)
        return None

    def _record(self, letter: int, state: str, *, problem: str = "", again_at: datetime | None = None, action: str = "") -> None:
        """What the server answered is known only here: a database that is busy for a moment must not make it unknown."""
        for attempt in range(_PERSISTENCE):
            try:
                self.ledger.settle_letter(letter, state, self.clock(), problem=problem, again_at=again_at, action=action)
                return reached("letter.settled")
            except MailbotError:
                if attempt == _PERSISTENCE - 1:
                    raise
                self.out.pause(2)
        return None

    def _again(self, problem: SendError, letter: Sendable) -> datetime:
        now = self.clock()
        return problem.resume_at(now.astimezone(SHANGHAI)) or now + back_off(letter.attempts)


def _may_join(letter: Sendable) -> bool:
    return letter.kind in JOINABLE and letter.attempts == 0
