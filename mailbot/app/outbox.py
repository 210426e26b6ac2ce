"""Sending what waits: one mail at a time, marked before and after, never twice, never more than the rules allow."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.app.ports import Clock, Ledger, Postman
from mailbot.domain.errors import MailbotError, SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.records import Sendable

log = logging.getLogger(__name__)
_PERSISTENCE = 6  # tries to record an outcome; each waits for the database by itself as well
_BACK_OFF = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
_PATIENCE = timedelta(days=5)  # as mail servers have it (RFC 5321 4.5.4.1); a holiday without power is shorter


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


class _Caps:
    """How much may still go out since `midnight`. What is over a cap waits until tomorrow; nothing is dropped. The ledger is
    asked once, then every try of this round is counted, also one that fails."""

    def __init__(self, rules: Rules, ledger: Ledger, midnight: datetime) -> None:
        self.midnight = midnight
        self._most, self._most_each = rules.settings.sender.per_day, rules.policy.letters_per_address_and_day
        self._ledger = ledger
        self._all = ledger.sent_count(midnight)
        self._each: dict[str, int] = {}

    def reached(self, recipient: str) -> bool:
        if recipient not in self._each:
            self._each[recipient] = self._ledger.sent_count(self.midnight, recipient)
        return self._all >= self._most or self._each[recipient] >= self._most_each

    def count(self, recipient: str) -> None:
        self._all += 1
        self._each[recipient] += 1


@dataclass(frozen=True)
class Outbox:
    """`connect` opens the way out when there is something to send; `pause` waits between two mails."""

    rules: Rules
    ledger: Ledger
    connect: Callable[[], AbstractContextManager[Postman]]
    clock: Clock
    pause: Callable[[float], None]

    def flush(self) -> Flushed:
        """Sends what waits and may go now. A letter found in `sending` was cut off by a crash: nobody knows whether it went
        out, so it is told to staff and sent once more, with the same Message-ID (reliability.md P7)."""
        if self.rules.settings.sending == "shadow":
            return Flushed()
        problems: list[str] = []
        if interrupted := self.ledger.interrupted(self.clock()):
            problems.append(f"有 {interrupted} 封信上次在发送途中中断，不知是否发出：头一次中断的会再发一次（同一封信），再次中断的请到“已发送”里核对")
        letters = tuple(x for x in self.ledger.waiting(self.clock()) if self._may_go(x))
        if not letters:
            return Flushed(problems=tuple(problems))
        sent = capped = 0
        unreachable = False
        caps = _Caps(self.rules, self.ledger, self._midnight())
        with self.connect() as postman:
            for letter in letters:
                if caps.midnight != self._midnight():
                    caps = _Caps(self.rules, self.ledger, self._midnight())
                if caps.reached(letter.recipient):
                    capped += 1
                    continue
                if sent:
                    self.pause(self.rules.settings.sender.seconds_between)
                if not self.ledger.claim(letter.id):
                    continue  # another sender has it
                caps.count(letter.recipient)
                problem = self._send(postman, letter)
                sent += problem is None
                if problem is not None:
                    problems.append(problem.sentence)
                    unreachable = problem.kind in ("pause", "refused-login") or (problem.kind == "temporary" and problem.code == 0)
                    if unreachable:  # it is the server, not this letter
                        self.ledger.hold_all(self._again(problem, letter))
                        break
        if capped:
            problems.append(f"有 {capped} 封信超过当天的发信上限，顺延到明天")
        return Flushed(sent, len(self.ledger.waiting(self.clock())), tuple(problems), unreachable)

    def _may_go(self, letter: Sendable) -> bool:
        """In staff-only nothing goes to anybody else, whenever it was decided."""
        return self.rules.settings.sending == "live" or letter.recipient in self.rules.settings.staff

    def _midnight(self) -> datetime:
        return self.clock().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)

    def _send(self, postman: Postman, letter: Sendable) -> SendError | None:
        try:
            postman.send(letter.raw, letter.recipient)
        except SendError as problem:
            self._settle(letter, problem)
            log.warning("letter id=%d kind=%s outcome=%s code=%d", letter.id, letter.kind, problem.kind, problem.code)
            return problem
        self._record(letter.id, "sent", self.clock())
        log.info("letter id=%d kind=%s outcome=sent", letter.id, letter.kind)
        return None

    def _settle(self, letter: Sendable, problem: SendError) -> None:
        now = self.clock()
        if problem.kind == "ambiguous":
            state, again = "ambiguous", None
        elif problem.kind == "permanent" or (problem.kind == "temporary" and now - letter.created_at > _PATIENCE):
            state, again = "failed", None
        else:
            state, again = "waiting", self._again(problem, letter)
        self._record(letter.id, state, now, problem=problem.sentence, again_at=again)

    def _record(self, letter: int, state: str, now: datetime, *, problem: str = "", again_at: datetime | None = None) -> None:
        """What the server answered is known only here: a database that is busy for a moment must not make it unknown."""
        for attempt in range(_PERSISTENCE):
            try:
                return self.ledger.settle_letter(letter, state, now, problem=problem, again_at=again_at)
            except MailbotError:
                if attempt == _PERSISTENCE - 1:
                    raise
                self.pause(2)
        return None

    def _again(self, problem: SendError, letter: Sendable) -> datetime:
        now = self.clock()
        return problem.resume_at(now.astimezone(SHANGHAI)) or now + _back_off(letter.attempts)


def _back_off(attempts: int) -> timedelta:
    return _BACK_OFF[min(attempts, len(_BACK_OFF) - 1)]
