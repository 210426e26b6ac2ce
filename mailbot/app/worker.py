"""One round: poll the mailbox, take what is new, send what waits. And the schedule that repeats it."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mailbot.app.copies import SentCopies
from mailbot.app.intake import Intake, Taken
from mailbot.app.judging import Kept
from mailbot.app.marks import last_poll
from mailbot.app.outbox import Flushed, Outbox
from mailbot.app.ports import Mailbox
from mailbot.app.rulings import carry_out
from mailbot.domain import policy
from mailbot.domain.errors import ConfigurationError, ConnectionLost, MailbotError, MailboxError
from mailbot.domain.mail import Bookmark, Place, RawMail
from mailbot.domain.outcome import Disposition, ReplyKind
from mailbot.domain.periods import SHANGHAI

log = logging.getLogger(__name__)
_LOOKING = timedelta(minutes=3)  # of a round, for pages; one mail may take longer
_SENDING = timedelta(minutes=3)  # of a round, for letters: mail that comes in does not wait for mail that goes out
_FETCH_FACTOR = 4  # mail over the limit is still archived and named; only what no provider carries stays on the server


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
    `stuck`: so much went wrong that the next rounds should wait; a mailbox alone that could not be read waits alone."""

    taken: tuple[Noted, ...] = ()
    flushed: Flushed = field(default_factory=Flushed)
    problems: tuple[str, ...] = ()
    temporary: bool = False
    stuck: bool = False


@dataclass(frozen=True)
class Worker:
    """`open_mailbox` logs in to one of the rules' mailboxes; `watch` is told of every mail, for the progress bar. `daily` writes what
    is due of the day's letters and says what went wrong. `hurry`: answers go out in the same round; a worker that goes on for ever
    lets them wait for more mails of their unit."""

    intake: Intake
    outbox: Outbox
    open_mailbox: Callable[[policy.Mailbox], AbstractContextManager[Mailbox]]
    watch: Callable[[int, int], None]
    daily: Callable[[], tuple[str, ...]] = tuple
    hurry: bool = True
    patience: "dict[str, Patience]" = field(default_factory=dict)  # address of a mailbox -> how often it is tried

    def once(self) -> Round:
        """One poll-process-send cycle. A mailbox that cannot be reached does not keep waiting letters from going out."""
        taken: list[Noted] = []
        troubles = _Troubles()
        aside: list[Kept] = []
        pages: dict[tuple[str, str], Bookmark] = {}
        flushed = Flushed()
        with troubles.noted("orders not carried out"):
            carry_out(self.intake)  # what staff ordered and a crash cut off
        boxes = self.intake.rules.settings.mailboxes
        for box in boxes:  # one that cannot be reached does not keep the others from being read, and is tried less often
            patience = self.patience.setdefault(box.address, Patience())
            if not self.hurry and not patience.due():
                continue
            before = troubles.count("poll failed")
            with troubles.noted("poll failed", f"{box.address}：" if len(boxes) > 1 else ""), self.open_mailbox(box) as mailbox:
                taken.extend(self._poll(box, mailbox, troubles.sentences, pages, aside))
                if box == self._sending_box:
                    self._copies.look(mailbox)
                self.intake.ledger.put_mark(last_poll(box, self.intake.rules.settings), self.intake.clock().isoformat())
            patience.note(troubles.count("poll failed") > before)
        if aside:  # nobody's answer waits for another's scan; what came before a connection was lost is taken all the same
            flushed = self._flush()
        with troubles.noted("looking failed"):
            taken.extend(self._look(aside, pages))
            for (account, folder), page in pages.items():
                self.intake.ledger.turn_page(account, folder, page)
        problems = [*troubles.sentences, *self.daily()]
        flushed = flushed.then(self._flush())
        problems.extend(filter(None, (self._copies.put(lambda: self.open_mailbox(self._sending_box)),)))
        stuck = flushed.unreachable or len(troubles.kinds) > troubles.count("poll failed")
        return Round(tuple(taken), flushed, (*problems, *flushed.problems), bool(troubles.kinds) or flushed.unreachable, stuck)

    @property
    def _sending_box(self) -> policy.Mailbox:
        """The mailbox that our own letters go out of, where their copies lie: the sender's, else the main one."""
        settings = self.intake.rules.settings
        return next((box for box in settings.mailboxes if box.address.lower() == settings.sender.address.lower()), settings.mailbox)

    @property
    def _copies(self) -> SentCopies:
        return SentCopies(self.intake.ledger, self.intake.rules.settings.sender.sent_folder, self.intake.clock)

    def _flush(self) -> Flushed:
        try:
            return self.outbox.flush(hurry=self.hurry, limit=None if self.hurry else _SENDING)
        except MailbotError as problem:
            log.warning("send failed: %s %s", type(problem).__name__, problem.detail)
            return Flushed(problems=(problem.sentence,), unreachable=True)

    def _poll(
        self, box: policy.Mailbox, mailbox: Mailbox, problems: list[str], pages: dict[tuple[str, str], Bookmark], aside: list[Kept]
    ) -> Iterator[Noted]:
        """`pages`: (account, folder) -> where the bookmark may be put once all is taken. `aside`: mails whose pages are to be looked at."""
        opened = tuple(self._new_pages(box, mailbox))
        held: list[Place] = []
        before = len(problems)
        new = sorted((place for _, _, places in opened for place in places), key=lambda place: (place.internaldate, place.folder, place.uid))
        for done, taken in enumerate(self.intake.take_quick(self._kept(mailbox, new, problems, held), aside)):
            self.watch(done, len(new))
            yield _noted(taken)
        if new:
            self.watch(len(new) - len(aside), len(new))
        if len(problems) == before and not held:
            pages |= {(box.address, folder): page for folder, page, _ in opened}

    def _look(self, aside: list[Kept], pages: dict[tuple[str, str], Bookmark]) -> Iterator[Noted]:
        """The mails put aside, as many as a round has time for; the others are found again by the next one, and no bookmark is put
        behind them."""
        until = self.intake.clock() + _LOOKING
        for done, taken in enumerate(self.intake.take_all(aside), 1):
            self.watch(done, len(aside))
            yield _noted(taken)
            if done < len(aside) and self.intake.clock() > until:
                log.info("pages of %d mails wait for the next round", len(aside) - done)
                pages.clear()
                return

    def _new_pages(self, settings: policy.Mailbox, mailbox: Mailbox) -> Iterator[tuple[str, Bookmark, list[Place]]]:
        """The folders in which something may have happened: where to put the bookmark afterwards, and the mails that were not
        taken yet. What was missed while the bot was off longer than the rules look back is looked for too."""
        ledger, now = self.intake.ledger, self.intake.clock()
        for folder in mailbox.poll_folders(settings.folders):
            state = folder if folder.uidnext else mailbox.state(folder.name)
            page = Bookmark(state.uidvalidity, state.uidnext or 0, settings.lookback_days, now)
            last = ledger.bookmark(settings.address, folder.name)
            goes_on = last is not None and page.follows(last)
            if last is not None and goes_on:
                if page.uidnext == last.uidnext:
                    continue
                page = replace(page, listed_at=last.listed_at)
            seen_until = min(now, last.listed_at) - timedelta(days=1) if last else now
            since = min(now - timedelta(days=settings.lookback_days), seen_until).astimezone(SHANGHAI).date()
            known = ledger.places_known(settings.address, folder.name)
            places = mailbox.places(folder.name, since, last.uidnext if last is not None and goes_on else 1)
            yield folder.name, page, [place for place in places if place not in known]

    def _kept(self, mailbox: Mailbox, places: Iterable[Place], problems: list[str], held: list[Place]) -> Iterator[Kept]:
        """The mails one after the other, fetched into the archive. A lost connection ends the poll, a full disk too; what
        else a server does wrong costs one mail, which stays unseen and is fetched again in the next round."""
        limit = self.intake.rules.policy.mail_limit * _FETCH_FACTOR
        for place in places:
            try:
                pieces = mailbox.fetch(place, limit)
                kept = self.intake.keep(RawMail(pieces, place)) if pieces is not None else None
            except ConnectionLost:
                raise
            except MailboxError as problem:
                log.warning("fetch failed uid=%d: %s", place.uid, type(problem).__name__)
                problems.append(problem.sentence)
                continue
            if kept is None:
                log.warning("mail not given uid=%d", place.uid)  # vanished since it was listed, unless the next poll lists it again
                held.append(place)
            else:
                yield kept


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


def _is_over(over: Callable[[], bool]) -> bool:
    try:
        return over()
    except Exception:  # whatever it is, it must not cost a round
        log.exception("not known whether to go on by other rules")
        return False


def repeat(rounds: Callable[[], Round], minutes: float, tell: Callable[[Round], None], over: Callable[[], bool] = lambda: False) -> None:
    """Runs a round now and then every few minutes (with a little jitter, providers dislike clockwork) until interrupted;
    less often while rounds fail. `over`: asked before each round; then it ends."""
    from apscheduler.schedulers.blocking import BlockingScheduler  # type: ignore[import-untyped]

    patience = Patience()

    def tick() -> None:
        if scheduler.running and _is_over(over):
            scheduler.shutdown(wait=False)
        elif patience.due():
            done = rounds()
            patience.note(done.stuck)
            tell(done)

    scheduler = BlockingScheduler(timezone=SHANGHAI)
    tick()
    scheduler.add_job(tick, "interval", minutes=minutes, jitter=min(20, int(minutes * 12)), max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
