"""No mail is lost to the short cut: what a server or a clock does wrong once is made good (reliability.md P2, P14)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from mailbot.app.wiring import House
from mailbot.app.worker import Worker
from mailbot.domain.mail import FolderState, Place
from mailbot.domain.periods import SHANGHAI
from tests.app.boxes import OneFolder

NOON = datetime(2024, 4, 1, 12, tzinfo=SHANGHAI)


@dataclass
class Box(OneFolder):
    """A server that can be told to lie: no real one does on demand. Mails are UID -> (when they came, whether they can be had)."""

    mails: dict[int, datetime] = field(default_factory=dict)
    uidnext: int = 1
    uidvalidity: int = 7
    hidden: set[int] = field(default_factory=set)  # not listed
    withheld: set[int] = field(default_factory=set)  # listed, not given
    listings: list[int] = field(default_factory=list)

    def put(self, when: datetime, uid: int = 0) -> int:
        uid = uid or self.uidnext
        self.mails[uid] = when
        self.uidnext = max(self.uidnext, uid + 1)
        return uid

    def poll_folders(self, wanted: tuple[str, ...]) -> tuple[FolderState, ...]:
        return (FolderState("INBOX", self.uidvalidity, self.uidnext),)

    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]:
        self.listings.append(after)
        shown = [(uid, when) for uid, when in sorted(self.mails.items()) if uid not in self.hidden]
        wanted = [(u, w) for u, w in shown if u >= after] if after > 1 else [(u, w) for u, w in shown if w.date() >= since]
        return tuple(Place(folder, self.uidvalidity, uid, 30, when, "nmyxjg@163.com") for uid, when in wanted)

    def fetch(self, place: Place, max_bytes: int) -> Iterator[bytes] | None:
        return None if place.uid in self.withheld else iter([b"Subject: %d-%d\r\n\r\nx\r\n" % (self.uidvalidity, place.uid)])


@dataclass
class Office:
    worker: Worker
    box: Box
    moment: list[datetime]

    def poll(self, at: datetime) -> list[str]:
        self.moment[0] = at
        done = self.worker.once()
        assert not done.problems
        return [noted.subject for noted in done.taken]


@pytest.fixture
def office(make_house: Callable[..., House]) -> Iterator[Office]:
    moment = [NOON]
    house = replace(make_house(), clock=lambda: moment[0])
    box = Box()
    with house.intake() as intake:
        yield Office(replace(house.worker(intake, lambda done, total: None), open_mailbox=lambda _: box), box, moment)
    house.ledger.close()


def test_a_poll_with_nothing_new_lists_nothing(office: Office) -> None:
    office.box.put(NOON)
    assert office.poll(NOON) == ["7-1"] and office.poll(NOON + timedelta(minutes=5)) == []
    assert office.box.listings == [1]
    office.box.put(NOON)
    assert office.poll(NOON + timedelta(minutes=10)) == ["7-2"] and office.box.listings == [1, 2]


@pytest.mark.shows("P2", "F30")
def test_a_clock_that_ran_ahead_once_loses_nothing(office: Office) -> None:
    office.box.put(NOON)
    assert office.poll(NOON + timedelta(days=60)) == []
    assert office.poll(NOON + timedelta(minutes=5)) == ["7-1"]


@pytest.mark.shows("P2")
def test_a_mail_listed_but_not_given_once_is_asked_for_again(office: Office) -> None:
    uid = office.box.put(NOON)
    office.box.withheld = {uid}
    assert office.poll(NOON) == []
    office.box.withheld = set()
    assert office.poll(NOON + timedelta(minutes=5)) == ["7-1"]


@pytest.mark.shows("P2")
def test_a_mail_the_listing_left_out_is_found_within_a_day(office: Office) -> None:
    office.box.put(NOON)
    office.box.hidden = {office.box.put(NOON)}
    assert office.poll(NOON) == ["7-1"]
    office.box.hidden = set()
    assert office.poll(NOON + timedelta(hours=1)) == []
    assert office.poll(NOON + timedelta(hours=25)) == ["7-2"]


@pytest.mark.shows("F06")
def test_a_folder_built_anew_with_lower_uids_is_listed_whole(office: Office) -> None:
    office.box.put(NOON, uid=90)
    office.poll(NOON)
    office.box.mails, office.box.uidnext = {3: NOON + timedelta(minutes=1)}, 4
    assert office.poll(NOON + timedelta(minutes=5)) == ["7-3"]


@pytest.mark.shows("P2")
def test_what_came_while_the_bot_was_off_longer_than_it_looks_back_is_still_taken(office: Office) -> None:
    office.box.put(NOON)
    office.poll(NOON)
    office.box.put(NOON + timedelta(days=2))
    assert office.poll(NOON + timedelta(days=48)) == ["7-2"]


def test_an_old_mail_moved_into_the_folder_is_taken(office: Office) -> None:
    office.box.put(NOON)
    office.poll(NOON)
    office.box.put(NOON - timedelta(days=60))
    assert office.poll(NOON + timedelta(minutes=5)) == ["7-2"]


@pytest.mark.shows("F05")
def test_another_uidvalidity_is_another_mailbox(office: Office) -> None:
    office.box.put(NOON)
    office.poll(NOON)
    office.box.uidvalidity = 8
    assert office.poll(NOON + timedelta(minutes=5)) == ["8-1"]


def test_a_server_without_uidnext_is_listed_at_every_poll(office: Office) -> None:
    office.box.put(NOON)
    states = (FolderState("INBOX", 1, None),)
    office.box.poll_folders = lambda wanted: states  # type: ignore[method-assign]
    office.poll(NOON)
    office.box.put(NOON)
    assert len(office.poll(NOON + timedelta(minutes=5))) == 1 and office.box.listings == [1, 1]
