"""The same mail again, an older paper after a newer, a mail sent ahead under another's id: what counts is content, sender and the moment
of receipt (A19, A20, A65)."""

from datetime import date

import pytest
from stories.conftest import Story, compose, gist

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters

UNIT = "新镇市场监管所"


def risk_list(checked: int, unit: str = UNIT) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 26), counters=Counters(retailers_checked=checked))


def current(story: Story) -> list[str]:
    """The editable copy that counts, by its file's name: the last by the moment of receipt."""
    filings = [f for f in story.house.ledger.all_filings() if f.unit == "xinzhen" and f.copy == "editable"]
    return [f.path for f in sorted(filings, key=lambda f: f.received_at)]


@pytest.mark.shows("A65", "P14")
def test_an_older_paper_that_is_fetched_after_the_newer_does_not_take_its_place(story: Story) -> None:
    newer = compose("xinzhen@units.example", files={"新.docx": risk_list(90)}, when="2024-03-27T10:00:00")
    older = compose("xinzhen@units.example", files={"旧.docx": risk_list(80)}, when="2024-03-27T09:00:00")
    story.take(newer)
    before = story.state(UNIT, "risk-list", "2024Q1")
    assert gist(story.take(older))[0] == "submission"
    assert current(story) == ["旧.docx", "新.docx"] and story.state(UNIT, "risk-list", "2024Q1")["filed_at"] == before["filed_at"]
    assert len(list((story.house.home / "archive").rglob("*.eml"))) == 2


@pytest.mark.shows("A65")
def test_a_mail_that_takes_another_back_takes_nothing_back_by_itself(story: Story) -> None:
    story.post("xinzhen", files={"清单.docx": risk_list(90)}, when="2024-03-27T10:00:00")
    before = story.state(UNIT, "risk-list", "2024Q1")
    shown = story.post("xinzhen", "撤回: 材料", "新镇所 将撤回邮件“材料”。", when="2024-03-27T11:00:00")
    assert shown["disposition"] != "submission" and story.state(UNIT, "risk-list", "2024Q1") == before and current(story) == ["清单.docx"]


@pytest.mark.shows("A19")
def test_the_same_signed_mail_again_a_quarter_later_is_the_first_one_whatever_its_unsigned_header_says(story: Story) -> None:
    raw = compose("xinzhen@units.example", files={"清单.docx": risk_list(90)}, when="2024-03-27T10:00:00", headers={"DKIM-Signature": "v=1; d=units.example; b=x"})
    later = raw.replace(b"27 Mar 2024 10:00:00", b"27 Jun 2024 10:00:00", 1).replace(b"Return-Path", b"X-Replayed: 1\r\nCc: third@x.example\r\nReturn-Path", 1)
    story.take(raw)
    before = story.state(UNIT, "risk-list", "2024Q1")
    assert gist(story.take(raw)) == ("duplicate", "none") and gist(story.take(later)) == ("duplicate", "none")
    assert story.state(UNIT, "risk-list", "2024Q1") == before and len(story.letters()) == 1 and len(story.house.ledger.all_filings()) == 1


@pytest.mark.shows("A20", "P2", "P8")
def test_a_stranger_who_writes_first_under_the_id_of_a_mail_he_expects_keeps_nothing_out(story: Story) -> None:
    id_ = "<20240327@units.example>"
    first = story.post("someone@mail.example", files={"清单.docx": risk_list(90)}, when="2024-03-27T09:00:00", message_id=id_)
    shown = story.post("xinzhen", files={"清单.docx": risk_list(90)}, when="2024-03-27T10:00:00", message_id=id_)
    assert first["disposition"] == "review" and shown["disposition"] == "submission" and current(story) == ["清单.docx"]


@pytest.mark.shows("A63", "P8")
@pytest.mark.parametrize(
    ("sender", "disposition"), [("someone@mail.example", "review"), ("zhian@units.example", "review"), ("office@bureau.example", "submission")]
)
def test_of_a_forwarded_mail_who_forwards_it_decides_and_never_who_stands_inside(sender: str, disposition: str, story: Story) -> None:
    inside = compose("xinzhen@units.example", files={"清单.docx": risk_list(90)}, when="2024-03-27T09:00:00")
    shown = story.post(sender, "转发：材料", "转发。", {"原邮件.eml": inside}, when="2024-03-27T10:00:00")
    assert (shown["disposition"], shown["unit"]) == (disposition, UNIT)
    assert (current(story) == []) is (disposition == "review")
