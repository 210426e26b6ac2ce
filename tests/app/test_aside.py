"""Mails whose pages are looked at: nobody's answer waits for them, none of them is lost, and a round has an end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.wiring import House
from mailbot.app.worker import Worker
from mailbot.domain.errors import ConnectionLost
from mailbot.domain.mail import FolderState, Place
from mailbot.domain.periods import SHANGHAI
from tests.app.boxes import OneFolder
from tests.stories.conftest import compose

NOON = datetime(2024, 4, 1, 12, tzinfo=SHANGHAI)


@dataclass
class Box(OneFolder):
    """A server with some mails in it."""

    mails: list[bytes] = field(default_factory=list)
    fetched: list[int] = field(default_factory=list)
    lost_at: int = 0  # the UID at which the connection breaks

    def poll_folders(self, wanted: tuple[str, ...]) -> tuple[FolderState, ...]:
        return (FolderState("INBOX", 7, len(self.mails) + 1),)

    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]:
        return tuple(Place(folder, 7, uid, len(raw), NOON, "nmyxjg@163.com") for uid, raw in enumerate(self.mails, 1) if uid >= after)

    def fetch(self, place: Place, max_bytes: int) -> Iterator[bytes]:
        if place.uid == self.lost_at:
            raise ConnectionLost
        self.fetched.append(place.uid)
        return iter([self.mails[place.uid - 1]])


@dataclass
class Office:
    worker: Worker
    box: Box
    moment: list[datetime]

    def poll(self) -> list[str]:
        done = self.worker.once()
        assert not done.problems
        return [noted.subject for noted in done.taken]


@pytest.fixture
def office(make_house: Callable[..., House]) -> Iterator[Office]:
    moment = [NOON]
    house = replace(make_house(MAILBOT_SCANS="seals"), clock=lambda: moment[0])
    with house.intake() as intake:
        box = Box()
        yield Office(replace(house.worker(intake, lambda done, total: None), open_mailbox=lambda _: box), box, moment)
    house.ledger.close()


def scan(unit: str, seed: int = 1) -> bytes:
    return compose(f"{unit}@units.example", f"{unit}的扫描件", files={"清单.jpg": stamped_jpeg(Page("清单", (), unit, seed))}, when="2024-04-01T11:00:00")


def question(unit: str) -> bytes:
    return compose(f"{unit}@units.example", f"{unit}请教", "请问怎么填？", when="2024-04-01T11:30:00")


def test_what_needs_no_looking_is_taken_first_and_all_is_taken(office: Office) -> None:
    office.box.mails += [scan("xinzhen"), question("zhian"), question("xinzhen")]
    assert office.poll() == ["zhian请教", "xinzhen的扫描件", "xinzhen请教"]
    assert office.poll() == [] and office.box.fetched == [1, 2, 3]


def test_strangers_come_last(office: Office) -> None:
    office.box.mails += [scan("nobody"), scan("xinzhen")]
    assert office.poll() == ["xinzhen的扫描件", "nobody的扫描件"]


def test_what_concerns_a_unit_waits_behind_its_scan_whoever_sends_it(office: Office) -> None:
    """执法大队 sends for its squads; staff may send for everybody."""
    staff = compose("office@bureau.example", "转发", "见附件", files={"a.txt": b"x" * 90}, when="2024-04-01T11:40:00")
    office.box.mails += [scan("zhifa1"), question("zhifadadui"), staff, question("dongming")]
    assert office.poll() == ["dongming请教", "zhifa1的扫描件", "zhifadadui请教", "转发"]


def test_scans_are_taken_though_the_connection_was_lost_after_them(office: Office) -> None:
    office.box.mails += [scan("xinzhen"), question("zhian")]
    office.box.lost_at = 2
    done = office.worker.once()
    assert done.problems and done.temporary and [n.subject for n in done.taken] == ["xinzhen的扫描件"]
    office.box.lost_at = 0
    assert office.poll() == ["zhian请教"] and office.poll() == []


def test_a_round_ends_in_time_and_the_next_one_finds_the_rest(office: Office) -> None:
    office.box.mails += [scan("xinzhen"), scan("zhian"), question("dongming")]

    def slow(done: int, total: int) -> None:
        office.moment[0] += timedelta(minutes=4)

    office.worker = replace(office.worker, watch=slow)
    assert office.poll() == ["dongming请教", "xinzhen的扫描件"]
    assert office.poll() == ["zhian的扫描件"] and office.poll() == []


def test_with_scans_off_everything_is_taken_in_order_and_read_once(make_house: Callable[..., House]) -> None:
    house = make_house()
    with house.intake() as intake:
        assert intake.onlooker is None
        box = Box([scan("xinzhen"), question("zhian")])
        worker = replace(house.worker(intake, lambda done, total: None), open_mailbox=lambda _: box)
        assert [n.subject for n in worker.once().taken] == ["xinzhen的扫描件", "zhian请教"]
    house.ledger.close()
