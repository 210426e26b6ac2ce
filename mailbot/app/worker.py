"""One round: poll the mailbox, take what is new, send what waits. And the schedule that repeats it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from apscheduler.schedulers.blocking import BlockingScheduler  # type: ignore[import-untyped]

from mailbot.app.intake import Intake, Taken
from mailbot.app.outbox import Flushed, Outbox
from mailbot.app.ports import Mailbox
from mailbot.domain.errors import ConfigurationError, ConnectionLost, MailbotError
from mailbot.domain.mail import Place, RawMail
from mailbot.domain.periods import SHANGHAI

log = logging.getLogger(__name__)
_FETCH_FACTOR = 4  # mail over the limit is still archived and named; only what no provider carries stays on the server


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to. `problems`: Chinese sentences for people. `temporary`: running again may help."""

    taken: tuple[Taken, ...] = ()
    flushed: Flushed = field(default_factory=Flushed)
    problems: tuple[str, ...] = ()
    temporary: bool = False


@dataclass(frozen=True)
class Worker:
    """`open_mailbox` logs in; `watch` is told of every mail, for the progress bar."""

    intake: Intake
    outbox: Outbox
    open_mailbox: Callable[[], AbstractContextManager[Mailbox]]
    watch: Callable[[int, int], None]

    def once(self) -> Round:
        """One poll-process-send cycle. A mailbox that cannot be reached does not keep waiting letters from going out."""
        taken: list[Taken] = []
        problems: list[str] = []
        temporary = False
        try:
            with self.open_mailbox() as mailbox:
                for result in self._poll(mailbox):
                    taken.append(result) if isinstance(result, Taken) else problems.append(result.sentence)
        except ConfigurationError:
            raise
        except MailbotError as problem:
            log.warning("poll failed: %s %s", type(problem).__name__, problem.detail)
            problems.append(problem.sentence)
            temporary = True
        try:
            flushed = self.outbox.flush()
        except MailbotError as problem:
            log.warning("send failed: %s %s", type(problem).__name__, problem.detail)
            flushed, temporary = Flushed(problems=(problem.sentence,)), True
        return Round(tuple(taken), flushed, (*problems, *flushed.problems), temporary or flushed.unreachable)

    def _poll(self, mailbox: Mailbox) -> Iterator[Taken | MailbotError]:
        settings = self.intake.rules.settings.mailbox
        since = self.intake.clock().astimezone(SHANGHAI).date() - timedelta(days=settings.lookback_days)
        new: list[Place] = []
        for folder in mailbox.poll_folders(settings.folders):
            known = self.intake.ledger.places_known(settings.address, folder)
            new += [place for place in mailbox.places(folder, since) if place not in known]
        new.sort(key=lambda place: (place.internaldate, place.folder, place.uid))
        for done, place in enumerate(new):
            self.watch(done, len(new))
            result = self._take(mailbox, place)
            if result is not None:
                yield result
        if new:
            self.watch(len(new), len(new))

    def _take(self, mailbox: Mailbox, place: Place) -> Taken | MailbotError | None:
        """None for a mail that vanished between listing and fetching. A lost connection ends the poll; anything else costs
        one mail, which stays unseen and is fetched again in the next round."""
        settings = self.intake.rules.settings
        try:
            content = mailbox.fetch(place, settings.policy.mail_limit * _FETCH_FACTOR)
        except ConnectionLost:
            raise
        except MailbotError as problem:
            log.warning("fetch failed uid=%d: %s", place.uid, type(problem).__name__)
            return problem
        if content is None:
            log.info("mail vanished uid=%d", place.uid)
            return None
        taken = self.intake.take(RawMail(content, place))
        self.intake.ledger.sight(settings.mailbox.address, place, taken.sha256, taken.message, self.intake.clock())
        return taken


@dataclass
class Patience:
    """How many ticks to let pass after failed rounds: 1, 3, 5, 5 … A refused login tried every few minutes gets an account
    locked (china-mail.md §1)."""

    failures: int = 0
    passed: int = 0

    def due(self) -> bool:
        if self.passed < min(2**self.failures - 1, 5):
            self.passed += 1
            return False
        return True

    def note(self, failed: bool) -> None:
        self.failures, self.passed = (self.failures + 1 if failed else 0), 0


def repeat(rounds: Callable[[], Round], minutes: int, tell: Callable[[Round], None]) -> None:
    """Runs a round now and then every few minutes (with a little jitter, providers dislike clockwork) until interrupted;
    less often while rounds fail."""
    patience = Patience()

    def tick() -> None:
        if patience.due():
            done = rounds()
            patience.note(done.temporary)
            tell(done)

    tick()
    scheduler = BlockingScheduler(timezone=SHANGHAI)
    scheduler.add_job(tick, "interval", minutes=minutes, jitter=20, max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
