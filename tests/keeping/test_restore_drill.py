"""The drill: a bot works, is backed up, works on, loses its disk; it is restored elsewhere and polls the same mailbox again. Nothing that was
filed is missing, nobody gets a second answer, and new mail is answered."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keeping.conftest import NAMES, Town
from outbox.conftest import risk_list
from stories.conftest import compose

from mailbot.app.wiring import House
from mailbot.domain.audit import checked
from mailbot.domain.mail import RawMail

Make = Callable[..., Town]


def unwatched(done: int, whole: int) -> None:
    """Nobody looks at the bar."""


def filed(house: House) -> set[tuple[str, str, str, str, str]]:
    return {(f.unit, f.duty, f.period, f.copy, f.sha256) for f in house.ledger.all_filings()}


def works_and_is_lost(town: Town, **environment: str) -> tuple[Path, set[Any]]:
    """One answer known to the backup, one sent after it; the backup's file, and what was filed when the disk was lost."""
    house = town.house("home", **environment)
    assert town.round(house).taken == ()
    town.later(minutes=1).post("xinzhen")
    assert town.later(minutes=1).round(house).flushed.sent == 1
    backup = town.folder / "backup.zip"
    house.backing_up().write(backup, unwatched)
    town.later(hours=2).post("zhian")
    assert town.later(minutes=1).round(house).flushed.sent == 1
    before = filed(house)
    house.close()
    shutil.rmtree(house.home)
    return backup, before


def restored(town: Town, backup: Path, **environment: str) -> House:
    town.later(hours=1)
    house = town.house("elsewhere", **environment)
    house.bringing_back().restore(backup, unwatched)
    return house


@pytest.mark.shows("P2", "P3", "P7", "F26")
@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_restored_bot_files_the_same_sends_no_second_receipt_and_answers_new_mail(town: Make, to: str, request: pytest.FixtureRequest) -> None:
    there = town()
    backup, before = works_and_is_lost(there)
    environment = {"MAILBOT_DATABASE_URL": request.getfixturevalue("postgres_url")} if to == "postgresql" else {}
    house = restored(there, backup, **environment)
    again = there.later(minutes=1).round(house)
    assert len(again.taken) == 1 and filed(house) == before
    assert len(there.answers("xinzhen")) == len(there.answers("zhian")) == 1
    there.round(house)
    assert {q.state for q in house.ledger.letters_listed()} == {"sent"}  # the copy in the Sent folder says so
    there.later(minutes=5).post("baxiantong")
    assert there.later(minutes=1).round(house).flushed.sent == 1 and len(there.answers("baxiantong")) == 1
    assert len(there.answers("xinzhen")) == len(there.answers("zhian")) == 1
    for sha256 in house.ledger.archived_after("", 100):
        assert hashlib.sha256(house.archive.path(sha256).read_bytes()).hexdigest() == sha256
    head, broken = checked(house.ledger.audited())
    assert broken is None and head == house.ledger.audit_head()


@pytest.mark.shows("P7")
def test_what_is_not_found_where_nothing_proves_that_copies_are_kept_waits_for_a_person(town: Make) -> None:
    there = town(copies=False)
    backup, _ = works_and_is_lost(there)
    house = restored(there, backup)
    for _ in range(3):
        assert there.later(minutes=20).round(house).flushed.sent == 0
    assert len(there.answers("zhian")) == 1 and [(u.kind, u.recipient) for u in house.ledger.unsure()] == [("missing", "zhian@units.example")]
    health = house.digesting().build().health
    assert health is not None and health.unsure == 1
    (number,) = house.ledger.release(None, "waiting", "li", there.now)
    assert there.later(minutes=1).round(house).flushed.sent == 1 and len(there.answers("zhian")) == 2
    assert [link.who for link in house.ledger.audited(what="letter-released", about=f"letter:{number}")] == ["li"]


@pytest.mark.shows("P7")
def test_an_answer_that_was_never_sent_goes_out_once_the_kept_copies_show_so(town: Make) -> None:
    there = town()
    house = there.house()
    there.round(house)
    there.later(minutes=1).post("xinzhen")
    there.later(minutes=1).round(house)
    raw = compose("zhian@units.example", files={"清单.docx": risk_list(NAMES["zhian"])}, when=f"{there.later(minutes=1).now:%Y-%m-%dT%H:%M:%S}")
    with house.intake() as intake:  # taken, and the disk is lost before anything is sent
        assert len(list(intake.take_all([intake.keep(RawMail([raw], file="0.eml"))]))) == 1
    backup = there.folder / "backup.zip"
    house.backing_up().write(backup, unwatched)
    house.close()
    shutil.rmtree(house.home)
    other = restored(there, backup)
    assert [u.recipient for u in other.ledger.unsure()] == ["zhian@units.example"]
    assert there.later(minutes=1).round(other).flushed.sent == 1 and len(there.answers("zhian")) == 1


@pytest.mark.shows("P7")
def test_two_mails_that_were_answered_in_one_letter_are_not_answered_again(town: Make) -> None:
    there = town()
    house = there.house()
    there.round(house)
    there.later(minutes=1).post("xinzhen")
    there.later(minutes=1).round(house)
    backup = there.folder / "backup.zip"
    house.backing_up().write(backup, unwatched)
    there.later(minutes=1).post("zhian")
    there.later(seconds=30).post("zhian", subject="再报一次")
    there.later(minutes=1).round(house)
    assert len(there.answers("zhian")) == 1
    house.close()
    shutil.rmtree(house.home)
    other = restored(there, backup)
    assert len(there.later(minutes=1).round(other).taken) == 2
    there.later(minutes=1).round(other)
    assert len(there.answers("zhian")) == 1 and other.ledger.unsure() == ()


def test_a_reminder_and_a_digest_of_the_lost_hours_are_not_written_again(town: Make) -> None:
    there = town()
    house = there.house()
    there.now = there.now.replace(hour=7)
    there.round(house, scheduled=True)
    backup = there.folder / "backup.zip"
    house.backing_up().write(backup, unwatched)
    there.later(hours=3).round(house, scheduled=True)
    sent = sorted(there.received())
    assert any(b".digest." in raw for raw in sent) and any(b".reminder." in raw for raw in sent)
    house.close()
    shutil.rmtree(house.home)
    other = restored(there, backup)
    for _ in range(2):
        there.later(minutes=10).round(other, scheduled=True)
    assert sorted(there.received()) == sent
