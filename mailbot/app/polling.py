"""One poll of one mailbox: list what is new, fetch it into the archive, take it, and account for every mail that was listed."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mailbot.app.intake import Intake, Taken
from mailbot.app.judging import Kept
from mailbot.app.ports import Mailbox
from mailbot.domain import policy
from mailbot.domain.errors import (
    ConnectionLost,
    FolderMissing,
    LoginRefused,
    MailboxConfused,
    MailboxError,
    MailTooLarge,
    TlsFailed,
    UnsafeLogin,
)
from mailbot.domain.mail import Bookmark, Place, RawMail
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.servers import JUNK_NAMES
from mailbot.domain.unfetched import NOT_GIVEN, Accounts, Listed, Unfetched, gone_words, in_vain, told_once
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_FETCH_FACTOR = 4  # mail over the limit is still archived and named; only what no provider carries stays on the server
_FAULTS = 3  # mails of a poll that may cost the connection: each time it is a new login, and many logins get an account locked
_REFUSED = (LoginRefused, UnsafeLogin, TlsFailed)  # no mail's fault
Unmet = Mapping[Place, Unfetched]


@dataclass(frozen=True, slots=True)
class Page:
    """A folder in which something may have happened: what was listed of it, and where its bookmark may be put afterwards."""

    listed: Listed
    bookmark: Bookmark
    new: tuple[Place, ...]


class Poll:
    """`over`: whether the time of this poll is up. `problems` are Chinese sentences for staff; `unaccounted`: mails that ended nowhere."""

    def __init__(self, intake: Intake, box: policy.Mailbox, watch: Callable[[int, int], None], over: Callable[[], bool]) -> None:
        self.intake, self.ledger, self.box, self.watch, self.over = intake, intake.ledger, box, watch, over
        self.problems: list[str] = []
        self.unaccounted = 0
        self._before: Unmet = {}  # what earlier polls asked for in vain
        self._untold: Unmet = {}  # of that, what is gone and stood in no digest yet
        self._vain: dict[Place, Unfetched] = {}  # what this one did
        self._gone: list[Place] = []
        self._pages: tuple[Page, ...] = ()
        self._came: set[Place] = set()
        self._asked = False  # for all that is new
        self._ended = False  # and all that came was taken or put aside

    def take(self, mailbox: Mailbox, aside: list[Kept]) -> Iterator[Taken]:
        """Takes what is new. `aside`: mails whose pages are to be looked at. What was asked for in vain before comes last, so that
        nobody waits for it."""
        noted = self.ledger.unfetched(self.box.address)
        self._before = {place: one for place, one in noted.items() if one.gone_at is None}
        self._untold = {place: one for place, one in noted.items() if one.gone_at is not None}
        self._pages = tuple(self._new_pages(mailbox))
        self._gone += [place for place in self._before if any(page.listed.lacks(place) for page in self._pages)]
        new = sorted((place for page in self._pages for place in page.new if place not in self._before), key=_age)
        again = sorted((one for one in self._before.values() if one.is_due(self.intake.clock()) and one.place not in self._gone), key=_asked)
        before = len(aside)
        for done, taken in enumerate(self.intake.take_quick(self._kept(mailbox, [*new, *(one.place for one in again)]), aside)):
            self.watch(done, len(new))
            yield taken
        if new:
            self.watch(len(new) - len(aside) + before, len(new))
        self._ended = self._asked

    def close(self, waiting: frozenset[Place]) -> None:
        """Turns the pages of which every mail is accounted for, by what the ledger says. `waiting`: mails put aside and not yet taken."""
        taken = {page.listed.folder: self._taken(page) for page in self._pages}
        asked = {**self._before, **self._vain}
        unmet = {place: one for place, one in asked.items() if place not in self._gone and not self._was_taken(place)}
        for place, one in unmet.items():
            if place in self._vain and (words := told_once(self._before.get(place), one)):
                self.problems.append(words)
        gone = {place: replace(self._before[place], gone_at=self.intake.clock()) for place in self._gone if place in self._before}
        if words := gone_words(gone):
            self.problems.append(words)
        left = {**self._still_untold(), **gone, **unmet}
        if left != {**self._untold, **self._before}:
            self.ledger.put_unfetched(self.box.address, left.values())
        for page in self._pages:
            self._account(page, taken[page.listed.folder], unmet, waiting)

    def _still_untold(self) -> Unmet:
        last = self.ledger.last_digest(self.intake.clock()) if self._untold else None
        return {place: one for place, one in self._untold.items() if not one.is_told(last) and not self._was_taken(place)}

    def _was_taken(self, place: Place) -> bool:
        """One that came after all."""
        return place in self._came and place in self.ledger.places_known(self.box.address, place.folder, place.uid)

    def _taken(self, page: Page) -> frozenset[Place]:
        if not page.new:
            return page.listed.places
        lowest = min(place.uid for place in page.new)
        return (page.listed.places - frozenset(page.new)) | self.ledger.places_known(self.box.address, page.listed.folder, lowest)

    def _account(self, page: Page, taken: frozenset[Place], unmet: Unmet, waiting: frozenset[Place]) -> None:
        """P2: after each poll every mail that was listed is in exactly one place."""
        listed, ledger = page.listed.places, self.ledger
        held = {place for place in listed if place in unmet and unmet[place].is_held}
        behind = {place for place in listed if place in waiting or (place in unmet and not unmet[place].is_held)}
        accounts = Accounts(listed, taken & listed, held, behind)
        log.info("listed=%d taken=%d held=%d waiting=%d", len(listed), len(accounts.taken), len(held), len(behind))
        if accounts.are_closed:
            reached("page.all-taken")
            ledger.turn_page(self.box.address, page.listed.folder, page.bookmark)
            reached("page.turned")
        elif self._ended and accounts.missing:
            log.error("unaccounted=%d uids=%s", len(accounts.missing), sorted(place.uid for place in accounts.missing)[:20])
            self.unaccounted += len(accounts.missing)
            self.problems.append(f"有 {len(accounts.missing)} 封信列在邮箱里却没有下落，下一轮会重新列出再取；一直这样，请把日志交给维护人员。")

    # --- what is new

    def _new_pages(self, mailbox: Mailbox) -> Iterator[Page]:
        """The folders in which something may have happened, and the mails that were not taken yet. What was missed while the bot was
        off longer than the rules look back is looked for too."""
        box, ledger, now = self.box, self.ledger, self.intake.clock()
        folders = mailbox.poll_folders(box.folders)
        there = {folder.name.casefold() for folder in folders} | JUNK_NAMES  # of those each provider has its own
        self.problems += [FolderMissing(name).sentence for name in box.folders if name.casefold() not in there]
        for folder in folders:
            state = folder if folder.uidnext else mailbox.state(folder.name)
            page = Bookmark(state.uidvalidity, state.uidnext or 0, box.lookback_days, now)
            last = ledger.bookmark(box.address, folder.name)
            goes_on = last is not None and page.follows(last)
            if last is not None and goes_on:
                if page.uidnext == last.uidnext:
                    continue
                page = replace(page, listed_at=last.listed_at)
            seen_until = min(now, last.listed_at) - timedelta(days=1) if last else now
            since = min(now - timedelta(days=box.lookback_days), seen_until).astimezone(SHANGHAI).date()
            after = last.uidnext if last is not None and goes_on else 1
            places = mailbox.places(folder.name, since, after)
            known = ledger.places_known(box.address, folder.name, after) if places else frozenset()
            listed = Listed(folder.name, state.uidvalidity, since, after, frozenset(places))
            yield Page(listed, page, tuple(place for place in places if place not in known))

    # --- into the archive

    def _kept(self, mailbox: Mailbox, places: Iterable[Place]) -> Iterator[Kept]:
        """The mails one after the other, fetched into the archive. A lost connection ends the poll, a full disk too; what else a server
        does wrong costs one mail, which stays unseen and is fetched again in the next round."""
        faults = 0
        for place in places:
            if self.over():
                log.info("the other mails wait for the next round")
                return
            try:
                kept = self._fetched(mailbox, place)
            except _REFUSED:
                raise
            except MailboxError as problem:
                self._note(place, problem)
                faults += isinstance(problem, ConnectionLost | MailboxConfused)
                if isinstance(problem, ConnectionLost) or faults == _FAULTS:
                    if place not in self._before:
                        raise
                    break  # all others have had their turn
                continue
            if kept is not None:
                yield kept
        self._asked = True

    def _fetched(self, mailbox: Mailbox, place: Place) -> Kept | None:
        """None where the server gives nothing: vanished since it was listed, unless the next poll lists it again."""
        pieces = mailbox.fetch(place, self.intake.rules.policy.mail_limit * _FETCH_FACTOR)
        reached("mail.fetched")
        if pieces is not None:
            kept = self.intake.keep(RawMail(pieces, place))
            self._came.add(place)
            return kept
        log.warning("mail not given uid=%d", place.uid)
        if place in self._before and not self._is_listed(mailbox, place):
            self._gone.append(place)
        else:
            self._vain[place] = in_vain(place, self._before.get(place), NOT_GIVEN, self.intake.clock())
        return None

    def _is_listed(self, mailbox: Mailbox, place: Place) -> bool:
        """In this poll's listing or, where that does not reach back so far, in one made for it."""
        return any(place in page.listed.places for page in self._pages) or place in mailbox.places(place.folder, _day(place))

    def _note(self, place: Place, problem: MailboxError) -> None:
        """A mail was asked for in vain."""
        log.warning("fetch failed uid=%d: %s %s", place.uid, type(problem).__name__, problem.detail)
        before = self._before.get(place)
        if isinstance(problem, FolderMissing) and before is not None:
            self._gone.append(place)
            return
        noted = in_vain(place, before, problem.sentence, self.intake.clock(), for_good=isinstance(problem, MailTooLarge))
        self._vain[place] = noted
        if not noted.is_held and not isinstance(problem, ConnectionLost):  # whoever lost the connection says so himself
            self.problems.append(problem.sentence)


def _day(place: Place) -> date:
    return place.internaldate.astimezone(SHANGHAI).date()


def _age(place: Place) -> tuple[datetime, str, int]:
    return place.internaldate, place.folder, place.uid


def _asked(one: Unfetched) -> tuple[datetime, int]:
    """Who waited longest is asked for first: one that ends the poll does not keep the others from their turn."""
    return one.asked_at, one.place.uid
