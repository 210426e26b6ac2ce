"""A gateway may mark as automatic what a unit reports: it is never answered, but a person is told, and a person's yes files it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from outbox.conftest import Bureau, risk_list
from stories.conftest import FORGED, Story, compose

from mailbot.app.rulings import carry_out
from mailbot.domain.reviews import NO, YES, OpenReview, choices
from mailbot.domain.rulings import SECRET

MARKS = (
    {"Precedence": "bulk"}, {"X-Autoreply": "yes"}, {"Auto-Submitted": "auto-generated"}, {"Auto-Submitted": ""}, {"List-Id": "<oa.units.example>"},
)  # fmt: skip


def answered(office: Bureau, review: OpenReview, key: str) -> None:
    choice = next(c for c in choices(review, office.house.rules) if c.key == key)
    office.house.ledger.rule([replace(r, by="li@bureau.example", at=office.now, via="mail") for r in choice.rulings])
    carry_out(office.intake)


@pytest.mark.shows("P5", "P3", "A13")
@pytest.mark.parametrize("marks", MARKS, ids=str)
def test_a_report_that_a_gateway_marked_is_told_to_a_person_whose_yes_files_it_without_an_answer(bureau: Callable[..., Bureau], marks: dict[str, str]) -> None:
    office = bureau("2024-03-28T09:00:00")
    shown = office.post("xinzhen", {"清单.docx": risk_list()}, headers=marks)
    assert (shown["disposition"], shown["reply"]["kind"], shown["unit"], shown["items"]) == ("automatic", "none", None, [])
    ledger = office.house.ledger
    (review,) = ledger.open_reviews(office.now)
    assert review.kind == "automatic-report" and "没有登记也没有答复" in review.question and review.paths == ("清单.docx",)
    assert "自动发出的邮件里有报送材料" in office.house.daily_letters.digest_text(office.house.digesting().build())
    answered(office, review, YES)
    assert {r.kind for r in ledger.open_reviews(office.now)} <= {"no-answer"}  # of a list: that it got none is told
    (filing,) = ledger.filings_of(frozenset({"xinzhen"}))
    assert filing.path == "清单.docx"
    assert office.listed() == (), "never answered"


@pytest.mark.shows("P5")
def test_a_no_closes_it_and_nothing_is_filed(bureau: Callable[..., Bureau]) -> None:
    office = bureau("2024-03-28T09:00:00")
    office.post("xinzhen", {"清单.docx": risk_list()}, headers={"Precedence": "bulk"})
    (review,) = office.house.ledger.open_reviews(office.now)
    answered(office, review, NO)
    assert (office.house.ledger.open_reviews(office.now), office.listed()) == ((), ())
    assert office.house.ledger.filings_of(frozenset({"xinzhen"})) == ()


@pytest.mark.shows("P5")
def test_what_no_unit_reports_asks_nobody(bureau: Callable[..., Bureau]) -> None:
    office = bureau("2024-03-28T09:00:00")
    office.post("xinzhen", {}, headers={"Precedence": "bulk"})
    office.post("stranger@else.example", {"清单.docx": risk_list()}, headers={"Precedence": "bulk"})
    office.post("zhian", {"清单.docx": risk_list()}, headers={"Precedence": "bulk"}, results=FORGED)
    assert office.house.ledger.open_reviews(office.now) == ()


@pytest.mark.shows("P5")
def test_a_marked_report_with_a_mark_of_secrecy_is_named_nowhere(bureau: Callable[..., Bureau]) -> None:
    office = bureau("2024-03-28T09:00:00")
    office.post("xinzhen", {"机密★1年-清单.docx": risk_list()}, headers={"Precedence": "bulk"})
    (review,) = office.house.ledger.open_reviews(office.now)
    assert review.kind == SECRET and review.paths == () and review.subject == ""


@pytest.mark.parametrize("value", ["0", "none", "no", "false", " False "])
def test_a_provider_that_says_no_marks_nothing(bureau: Callable[..., Bureau], value: str) -> None:
    office = bureau("2024-03-28T09:00:00")
    assert office.post("xinzhen", {"清单.docx": risk_list()}, headers={"X-Autoreply": value})["disposition"] == "submission"


CALENDAR = b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
RETURNED = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n"


@pytest.mark.shows("P5", "P3", "A08", "A14")
@pytest.mark.parametrize("part", [CALENDAR, RETURNED], ids=["calendar", "report"])
def test_a_form_beside_an_invitation_or_a_report_is_told_to_a_person_and_not_answered(bureau: Callable[..., Bureau], part: bytes) -> None:
    office = bureau("2024-03-28T09:00:00")
    whole = compose("xinzhen@units.example", files={"清单.docx": risk_list()}, when="2024-03-28T09:00:00")
    last = whole.rindex(b"\r\n--")
    shown = Story(office.house, office.intake).take(whole[:last] + whole[last : whole.rindex(b"--")] + b"\r\n" + part + whole[last:])
    assert (shown["disposition"], shown["reply"]["kind"], office.listed()) == ("automatic", "none", ())
    (review,) = office.house.ledger.open_reviews(office.now)
    assert (review.kind, review.paths) == ("automatic-report", ("清单.docx",))
