"""A running worker takes changed rules only where they are whole and valid; else it keeps those it has and tells staff once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mailbot.app.marks import REFUSED
from mailbot.app.ports import Clock, DailyWriter, Ledger
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.manners import state_when_written
from mailbot.domain.policy import Rules
from mailbot.domain.records import Posted
from mailbot.domain.reloading import rules_refused

log = logging.getLogger(__name__)
_UNFORESEEN = "程序检查改过的规则文件时出错，请运行 mailbot config check，并把日志交给维护人员。"
_QUIET = 3.0  # seconds in which nothing may be written any more
H = TypeVar("H")


@dataclass
class RulesWatch(Generic[H]):
    """`known`: the fingerprint of what is in force. `fingerprint`: of all files that the rules are read from, by their content.
    `sound`: everything built from them as they stand now; raises ConfigurationError. `refuse`: says why they are not taken.
    `settle`: what is in force is what stands there."""

    known: str
    fingerprint: Callable[[], str]
    sound: Callable[[], H]
    refuse: Callable[[str, str], None]
    settle: Callable[[], None]
    pause: Callable[[float], None]

    def __post_init__(self) -> None:
        self.settle()

    def changed(self) -> H | None:
        """What is to be gone on with; None where nothing changed, somebody is still writing, or the new rules are wrong."""
        now = self.fingerprint()
        if now == self.known:
            return None
        self.pause(_QUIET)
        if self.fingerprint() != now:
            return None
        try:
            new = self.sound()
        except Exception as problem:
            if not isinstance(problem, ConfigurationError):  # mail goes on by the rules in force, whatever is wrong with those on the disk
                log.exception("changed rules could not be looked at")
            if self.fingerprint() == now:
                self.known = now
                self.refuse(now, problem.sentence if isinstance(problem, ConfigurationError) else _UNFORESEEN)
            return None
        if self.fingerprint() != now:  # what was read is not what stands there
            return None
        self.known = now
        self.settle()
        return new


@dataclass(frozen=True)
class Refusing:
    """Tells every one of the staff, by the rules that stay in force; the digest says it too, until right ones are taken."""

    rules: Rules
    ledger: Ledger
    writer: DailyWriter
    clock: Clock

    def __call__(self, fingerprint: str, why: str) -> None:
        log.warning("changed rules refused fingerprint=%s", fingerprint[:12])
        now = self.clock()
        letters = [rules_refused(to, fingerprint, why, self.rules.version, now) for to in self.rules.settings.staff]
        try:
            if not self.ledger.mark(REFUSED):
                self.ledger.put_mark(REFUSED, now.isoformat())
            written = [(letter, self.writer.rules_refused(letter)) for letter in letters]
            self.ledger.put_letters([Posted(x.key, x.kind, x.to, w.subject, w.raw, state_when_written(self.rules, x.to, x.kind)) for x, w in written], now)
        except MailbotError as problem:  # it stands on the screen and in the log all the same
            log.warning("staff not told of refused rules: %s %s", type(problem).__name__, problem.detail)

    def settled(self) -> None:
        if self.ledger.mark(REFUSED):
            self.ledger.put_mark(REFUSED, "")
