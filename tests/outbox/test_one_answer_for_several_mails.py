"""Mails of one unit that come within a short while share one answer."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from outbox.conftest import UNIT, Bureau, risk_list, scan, text_of
from sqlalchemy import select

from mailbot.adapters.tables import messages
from mailbot.app.demo import papers
from mailbot.app.review import Reviewing
from mailbot.domain.letters import JOINABLE

Make = Callable[..., Bureau]


def test_three_mails_within_the_window_are_answered_by_one_letter(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()}, "一季度清单", message_id="<one@units.example>")
    office.later(minutes=4).post("xinzhen", {"IMG_1.jpg": scan()}, "扫描件", message_id="<two@units.example>")
    office.later(minutes=4).post("xinzhen", subject="联系方式", text="请问月报几号交？", message_id="<three@units.example>")
    office.flush()
    assert [to for _, to, _ in office.sent if to == UNIT] == [UNIT]  # a question is answered at once
    office.later(minutes=6)
    assert office.flush().sent == 0
    office.later(minutes=2)
    assert office.flush().sent == 1 and [q.state for q in office.listed() if q.kind in JOINABLE] == ["joined", "joined", "sent"]
    letter = office.letter()
    assert letter["Subject"] == "Re: 扫描件【已收齐】" and letter["In-Reply-To"] == "<two@units.example>"
    assert letter["References"].split() == ["<one@units.example>", "<two@units.example>"]
    text = text_of(letter)
    assert all(number in text for number in _numbers(office)[:2]) and "清单.docx" in text and "IMG_1.jpg" in text and "还缺" not in text
    assert {q.joined_into for q in office.listed() if q.state == "joined"} == {office.listed()[-1].id}


def _numbers(office: Bureau) -> list[str]:
    with office.house.ledger.engine.begin() as connection:
        return list(connection.execute(select(messages.c.number).order_by(messages.c.id)).scalars())


def test_a_unit_that_writes_once_waits_no_longer_than_the_window(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.later(minutes=14, seconds=59)
    assert office.flush().sent == 0
    office.later(seconds=2)
    assert office.flush().sent == 1 and office.states() == ["sent"]


def test_mails_that_keep_coming_do_not_put_the_answer_off(bureau: Make) -> None:
    office = bureau()
    for minute in range(0, 30, 6):
        office.post("xinzhen", {f"清单{minute}.docx": risk_list()}, f"清单 {minute}")
        office.flush()
        office.later(minutes=6)
    assert office.sent and (office.sent[0][0] - office.listed()[0].created_at).total_seconds() <= 30 * 60


def test_the_day_before_the_deadline_the_answer_comes_sooner(bureau: Make) -> None:
    office = bureau("2024-03-31T16:00:00")
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.later(minutes=5)
    assert office.flush().sent == 1


def test_commands_that_say_now_do_not_wait(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("xinzhen", {"IMG_1.jpg": scan()}, "扫描件")
    assert office.flush(hurry=True).sent == 1 and office.states() == ["joined", "joined", "sent"]


def test_a_corrected_file_takes_the_place_of_the_wrong_one(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list(counters=papers.Counters(risks_found=3, risks_closed=9))}, "清单")
    office.later(minutes=3).post("xinzhen", {"清单改.docx": risk_list(), "章.jpg": scan()}, "更正")
    office.later(minutes=15).flush()
    text = text_of(office.letter())
    assert office.letter()["Subject"] == "Re: 更正【已收齐】" and "已由后来的“清单改.docx”代替" in text and "销号" not in text


def test_mails_of_two_units_are_answered_apart(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("zhian", {"清单.docx": risk_list("治安市场监管所")})
    office.later(minutes=16)
    assert office.flush().sent == 2 and {to for _, to, _ in office.sent} == {UNIT, "zhian@units.example"}


@pytest.mark.shows("F33")
def test_a_template_that_fails_does_not_stop_the_queue(bureau: Make, monkeypatch: Any) -> None:
    from mailbot.adapters.templates import TemplateError

    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("xinzhen", {"IMG_1.jpg": scan()}, "扫描件")
    write = office.house.templates.letter

    def broken(letter: Any, moment: Any) -> Any:
        if letter.mails:
            raise TemplateError("receipt.txt", ValueError("x"))
        return write(letter, moment)

    monkeypatch.setattr(office.house.templates, "letter", broken)
    told = office.later(minutes=16).flush()
    assert told.sent == 2 and "receipt.txt" in told.problems[0] and office.states() == ["sent", "sent"]


@pytest.mark.shows("F33")
def test_a_granted_extension_that_cannot_be_worded_is_kept_for_staff_as_a_letter_that_failed(bureau: Make, monkeypatch: Any) -> None:
    from mailbot.adapters.templates import TemplateError

    office = bureau("2024-03-29T09:31:00")

    def broken(*_: Any) -> Any:
        raise TemplateError("granted.txt", ValueError("x"))

    monkeypatch.setattr(office.house.templates, "letter", broken)
    Reviewing(office.intake, "li").extend("新镇市场监管所", "risk-list", "2024Q1", date(2024, 4, 10), "停电")
    (letter,) = office.listed()
    assert (letter.kind, letter.recipient, letter.state) == ("granted", UNIT, "failed") and "granted.txt" in letter.problem
    assert [line for line in office.house.digesting().build().unwell if "granted.txt" in line]
    assert office.later(minutes=30).flush().sent == 0
