"""One round: poll the mailbox, take what is new, send what waits. And the schedule that repeats it."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from mailbot.app.copies import SentCopies
from mailbot.app.intake import Intake, Taken
from mailbot.app.judging import Kept
from mailbot.app.marks import last_poll
from mailbot.app.outbox import Flushed, Outbox
from mailbot.app.polling import Poll
from mailbot.app.ports import Mailbox
from mailbot.app.rulings import carry_out
from mailbot.app.sending import Sending
from mailbot.domain import policy
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.mail import Place
from mailbot.domain.outcome import Disposition, ReplyKind
from mailbot.domain.periods import SHANGHAI
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_LOOKING = timedelta(minutes=3)  # of a round, for pages; one mail may take longer
_SENDING = timedelta(minutes=3)  # of a round, for letters: mail that comes in does not wait for mail that goes out
_POLLING = 600.0  # seconds of a round, for the mails of one mailbox: of a hundred thousand the others wait for the next round


@dataclass(frozen=True, slots=True)
class Noted:
    """What a round remembers of a mail; the mails themselves may be many and large."""

    message_id: str
    subject: str
    disposition: Disposition
    reply: ReplyKind


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to. `problems`: Chinese sentences for people. `temporary`: running again may help.
    `stuck`: so much went wrong that the next rounds should wait; a mailbox alone that could not be read waits alone. `unaccounted`:
    mails that were listed and ended nowhere (reliability.md P2)."""

    taken: tuple[Noted, ...] = ()
    flushed: Flushed = field(default_factory=Flushed)
    problems: tuple[str, ...] = ()
    temporary: bool = False
    stuck: bool = False
    unaccounted: int = 0


@dataclass(frozen=True)
class Worker:
    """`open_mailbox` logs in to one of the rules' mailboxes; `watch` is told of every mail, for the progress bar. `daily` writes what
    is due of the day's letters and says what went wrong. `hurry`: answers go out in the same round; a worker that goes on for ever
    lets them wait for more mails of their unit, and has letters sent beside it. `ticking`: seconds that no clock step changes."""

    intake: Intake
    outbox: Outbox
    open_mailbox: Callable[[policy.Mailbox], AbstractContextManager[Mailbox]]
    watch: Callable[[int, int], None]
    daily: Callable[[], tuple[str, ...]] = tuple
    hurry: bool = True
    patience: "dict[str, Patience]" = field(default_factory=dict)  # address of a mailbox -> how often it is tried
    sending: Sending = field(default_factory=Sending)
    ticking: Callable[[], float] = time.monotonic

    def once(self) -> Round:
        """One poll-process-send cycle. A mailbox that cannot be reached does not keep waiting letters from going out."""
        taken: list[Noted] = []
        troubles = _Troubles()
        aside: list[Kept] = []
        looked: set[Place] = set()
        flushed = Flushed()
        with troubles.noted("orders not carried out"):
            carry_out(self.intake)  # what staff ordered and a crash cut off
        polls = list(self._polled(taken, troubles, aside))
        if aside:  # nobody's answer waits for another's scan; what came before a connection was lost is taken all the same
            flushed = self._flush()
        with troubles.noted("looking failed"):
            taken.extend(self._look(aside, looked))
        waiting = frozenset(kept.place for kept in aside if kept.place is not None) - looked
        for poll in polls:
            with troubles.noted("accounts failed"):
                poll.close(waiting)
            troubles.sentences.extend(poll.problems)
        problems = [*troubles.sentences, *self.daily()]
        flushed = flushed.then(self._flush())
        box = self._sending_box
        if not self.patience[box.address].failures:  # else it is tried again by its own next poll, not beside it
            problems.extend(filter(None, (self._copies.put(lambda: self.open_mailbox(box)),)))
        stuck = flushed.unreachable or len(troubles.kinds) > troubles.count("poll failed")
        lost = sum(poll.unaccounted for poll in polls)
        with troubles.noted("accounts failed"):
            self.intake.ledger.put_unaccounted(lost)
        return Round(tuple(taken), flushed, (*problems, *flushed.problems), bool(troubles.kinds) or flushed.unreachable or lost > 0, stuck, lost)

    def _polled(self, taken: list[Noted], troubles: "_Troubles", aside: list[Kept]) -> Iterator[Poll]:
        """Every mailbox in turn. One that cannot be reached does not keep the others from being read, and is tried less often."""
        boxes = self.intake.rules.settings.mailboxes
        for box in boxes:
            patience = self.patience.setdefault(box.address, Patience(self.ticking))
            if not self.hurry and not patience.due():
                continue
            before = troubles.count("poll failed")
            poll = Poll(self.intake, box, self.watch, self._until(_POLLING))
            with troubles.noted("poll failed", f"{box.address}：" if len(boxes) > 1 else ""), self.open_mailbox(box) as mailbox:
                reached("poll.opened")
                taken.extend(map(_noted, poll.take(mailbox, aside)))
                if box == self._sending_box:
                    self._copies.look(mailbox)
                self.intake.ledger.put_mark(last_poll(box, self.intake.rules.settings), self.intake.clock().isoformat())
                reached("poll.marked")
            patience.note(troubles.count("poll failed") > before)
            yield poll

    def _until(self, seconds: float) -> Callable[[], bool]:
        """Whether so many seconds are over by now; for one round alone they never are."""
        end = float("inf") if self.hurry else self.ticking() + seconds
        return lambda: self.ticking() > end

    @property
    def _sending_box(self) -> policy.Mailbox:
        """The mailbox that our own letters go out of, where their copies lie: the sender's, else the main one."""
        settings = self.intake.rules.settings
        return next((box for box in settings.mailboxes if box.address.lower() == settings.sender.address.lower()), settings.mailbox)

    @property
    def _copies(self) -> SentCopies:
        return SentCopies(self.intake.ledger, self.intake.rules.settings.sender.sent_folder, self.intake.clock)

    def _flush(self) -> Flushed:
        done = self._sent() if self.hurry else self.sending.flush(self._sent)
        return done or Flushed(waiting=self.intake.ledger.waiting_count())

    def _sent(self) -> Flushed:
        try:
            return self.outbox.flush(hurry=self.hurry, limit=None if self.hurry else _SENDING)
        except MailbotError as problem:
            log.warning("send failed: %s %s", type(problem).__name__, problem.detail)
            return Flushed(problems=(problem.sentence,), unreachable=True)

    def _look(self, aside: list[Kept], looked: set[Place]) -> Iterator[Noted]:
        """The mails put aside, as many as a round has time for; the others are found again by the next one, and no bookmark is put
        behind them. `looked`: where those lie that are taken."""
        until = self.intake.clock() + _LOOKING
        for done, taken in enumerate(self.intake.take_all(aside), 1):
            if taken.kept.place is not None:
                looked.add(taken.kept.place)
            self.watch(done, len(aside))
            yield _noted(taken)
            if done < len(aside) and self.intake.clock() > until:
                log.info("pages of %d mails wait for the next round", len(aside) - done)
                return


@dataclass
class _Troubles:
    """What went wrong in a round, which goes on all the same. A wrong configuration is no such thing."""

    sentences: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    @contextmanager
    def noted(self, kind: str, where: str = "") -> Iterator[None]:
        try:
            yield
        except ConfigurationError:
            raise
        except MailbotError as problem:
            log.warning("%s: %s %s", kind, type(problem).__name__, problem.detail)
            self.sentences.append(where + problem.sentence)
            self.kinds.append(kind)

    def count(self, kind: str) -> int:
        return self.kinds.count(kind)


def _noted(taken: Taken) -> Noted:
    envelope = taken.facts.message.envelope
    return Noted(envelope.message_id, envelope.subject, taken.outcome.disposition, taken.outcome.kind)


_WAITS = (300.0, 900.0, 1800.0)  # seconds after the first, the second, every further failure
_SLACK = 30.0  # seconds that a tick may come early


@dataclass
class Patience:
    """How long to wait after failed rounds. A refused login tried every few minutes gets an account locked (china-mail.md §1)."""

    ticking: Callable[[], float] = time.monotonic
    failures: int = 0
    until: float = float("-inf")

    def due(self) -> bool:
        return self.ticking() >= self.until

    def note(self, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        wait = _WAITS[min(self.failures, len(_WAITS)) - 1] - _SLACK
        self.until = self.ticking() + wait if failed else float("-inf")


def _is_over(over: Callable[[], bool]) -> bool:
    try:
        return over()
    except Exception:  # whatever it is, it must not cost a round
        log.exception("not known whether to go on by other rules")
        return False


_LEAVING = 20.0  # seconds that a round or a letter has to end in when somebody says stop


def ended(wait: Callable[[float], bool]) -> None:
    """Before the lock is let go: `wait` says whether what works beside us has ended within so many seconds. If not, or told to stop once
    more, the process ends as if killed: the next one takes up a letter that was cut off, two at once would both send it."""
    try:
        if wait(_LEAVING):
            return
    except KeyboardInterrupt:
        pass
    log.warning("a round or a letter did not end in time, the process is cut off")
    os._exit(130)


def repeat(rounds: Callable[[], Round], minutes: float, tell: Callable[[Round], None], over: Callable[[], bool] = lambda: False) -> None:
    """Runs a round now and then every few minutes (with a little jitter, providers dislike clockwork) until interrupted: the round
    that runs then may end. Less often while rounds fail. `over`: asked before each round; then it ends."""
    from apscheduler.schedulers.blocking import BlockingScheduler  # type: ignore[import-untyped]

    patience, busy = Patience(), threading.Lock()

    def tick() -> None:
        with busy:
            if scheduler.running and _is_over(over):
                scheduler.shutdown(wait=False)
            elif patience.due():
                done = rounds()
                patience.note(done.stuck)
                tell(done)

    scheduler = BlockingScheduler(timezone=SHANGHAI)
    try:
        tick()
        scheduler.add_job(tick, "interval", minutes=minutes, jitter=min(20, int(minutes * 12)), max_instances=1, coalesce=True, misfire_grace_time=None)
        scheduler.start()
    except BaseException:
        ended(lambda seconds: busy.acquire(timeout=seconds))  # never let go: no later round begins
        raise
