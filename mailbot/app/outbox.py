"""Sending what waits: one mail at a time, marked before and after, never twice, never more than the rules allow.

Answers of one unit that wait together go out as one letter. What may go is decided by mailbot/domain/manners.py; this is the loop."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.app.counts import Counts
from mailbot.app.parcels import Parcel, Parcels
from mailbot.app.ports import Clock, Ledger, Postman, Writer
from mailbot.app.stopping import stopped_words
from mailbot.domain.errors import MailbotError, SendError
from mailbot.domain.manners import (
    MOST_A_DAY,
    ONCE_MORE,
    QUARTER,
    STRANGER,
    STRANGERS_WAIT,
    Allowance,
    Why,
    back_off,
    counted_with,
    ended,
    is_mistaken,
    rests,
)
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.records import Sendable, Stop
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_PERSISTENCE = 6  # tries to record an outcome; each waits for the database by itself as well

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
        self.allowance = Allowance.of(outbox.rules)
        self.problems: list[str] = []
        self.parcels = Parcels(outbox.rules, outbox.ledger, outbox.writer, outbox.clock, self.problems.append)
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
        parcels = deque(self.parcels.due(now, hurry=self.hurry, stopped=stop is not None) if held is None or held <= now else ())
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
            if not self._wanted(parcel[0]) or self._late() or (not self.parcels.to_office(parcel[0]) and self.out.stopped()):
                continue
            letter = self.parcels.whole(parcel)
            if letter is None:  # it could not be worded: each for itself, for nobody is left without an answer
                parcels.extendleft((x,) for x in reversed(parcel))
                whole += len(parcel) - 1
                continue
            self._send_one(postman, letter, counts)
        self.watch(whole, whole)

    def _counts(self) -> Counts:
        return Counts(self.ledger, self._midnight(), self.clock, spelled=self.out.rules.spelled_addresses)

    def _wanted(self, letter: Sendable) -> bool:
        """A reminder of what came in meanwhile is no reminder, however often it was tried; what is perhaps out cannot be withdrawn."""
        if self.out.still_wanted.get(letter.kind, _always)(letter):
            return True
        return not self.ledger.withdraw(letter.id, "发出之前已不需要，没有发", self.clock())

    def _stale(self, letter: Sendable) -> bool:
        """What a flood of strangers called forth does not queue for weeks."""
        if self.parcels.rank(letter) != STRANGER or letter.attempts or self.clock() - letter.created_at <= STRANGERS_WAIT:
            return False
        self.ledger.withdraw(letter.id, "未登记地址引起的信，几天内没有排上，不再发；事情见待处理", self.clock())
        return True

    def _surplus(self, letter: Sendable) -> bool:
        """Of what somebody may call forth without end only so many a day go to the office."""
        kinds = () if letter.attempts else counted_with(letter.kind)
        if not kinds or self.ledger.sent_count(self._midnight(), self.clock(), letter.recipient, kinds=kinds, unit=letter.unit) < MOST_A_DAY:
            return False
        self.ledger.withdraw(letter.id, f"这样的信当天已发了 {MOST_A_DAY} 封，没有再发；事情见日报", self.clock())
        return True

    def _allowed(self, parcel: Parcel, counts: Counts) -> bool:
        first, office = parcel[0], self.parcels.to_office(parcel[0])
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

    def _forbids(self, letter: Sendable, counts: Counts) -> Why:
        if counts.today >= self.allowance.per_day:  # of thousands that wait nothing more is asked
            return "day"
        rank_ = self.parcels.rank(letter)
        strangers = counts.strangers() if rank_ == STRANGER else 0
        if rank_ == STRANGER and strangers >= self.allowance.for_strangers:
            return "day"
        quarter, each = self.ledger.sent_count(self.clock() - QUARTER, self.clock()), counts.to(letter.recipient)
        return self.allowance.forbids(
            rank_, today=counts.today, quarter=quarter, to_address=each, to_staff=self.parcels.to_office(letter), strangers=strangers
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

    def _send_one(self, postman: Postman, letter: Sendable, counts: Counts) -> None:
        self.out.still_alone()
        raw = self.ledger.claim(letter.id)
        if raw is None:
            return  # another sender has it
        reached("letter.claimed")
        counts.count(letter.recipient, self.parcels.rank(letter))
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
        self._record(letter.id, "sent", action=ONCE_MORE if letter.action == ONCE_MORE else "")
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
