"""What people take back is not told any more: no letter that waits says what is no longer true."""

from collections.abc import Callable
from typing import Any

import pytest
from outbox.conftest import NAME, UNIT, Bureau, risk_list, scan, text_of

from mailbot.app.review import Reviewing
from mailbot.app.rulings import Carried, carry_out
from mailbot.domain.errors import SendError

Make = Callable[..., Bureau]
BUSY = SendError("temporary", "发件服务器暂时不收（451）。", code=451)
DOWN = SendError("temporary", "连不上", code=0)


def vouched(office: Bureau) -> Carried:
    """A stranger's mail that staff said is the unit's; what was told to anybody before is out."""
    office.post("hanlichun88@mail.example", {"清单.docx": risk_list(), "IMG_1.jpg": scan()}, f"{NAME}一季度问题清单")
    office.later(minutes=20).flush()
    office.sent.clear()
    (asked,) = office.house.ledger.open_reviews(office.now)
    return Reviewing(office.intake, "li").settle(asked.id, "是")[0]


def undo(office: Bureau, carried: Carried) -> tuple[Carried, ...]:
    return Reviewing(office.intake, "li").undo(carried.ruling.id or 0)


def filed(office: Bureau) -> list[str]:
    return [f.path for f in office.house.ledger.all_filings()]


@pytest.mark.shows("P3")
@pytest.mark.parametrize("refused", [BUSY, DOWN])
def test_a_receipt_that_was_refused_for_now_goes_no_more_when_the_filing_is_taken_back(bureau: Make, refused: SendError) -> None:
    office = bureau()
    carried = vouched(office)
    office.later(minutes=20).answers = [refused]
    office.flush()
    assert office.states()[-1] == "waiting" and office.listed()[-1].attempts == 1
    undo(office, carried)
    assert filed(office) == [] and office.states()[-1] == "dropped"
    assert office.later(hours=1).flush().sent == 0


@pytest.mark.shows("P3")
@pytest.mark.parametrize("tried", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_of_several_mails_only_what_is_still_filed_is_told_when_one_is_taken_back(bureau: Make, tried: bool, first: bool) -> None:
    """Joined and refused for now, or not joined yet; the mail that is taken back came first or last."""
    office = bureau()
    carried = vouched(office) if first else None
    office.later(minutes=1).post("xinzhen", {"清单二.docx": risk_list()}, "更正")
    carried = carried or vouched_at_once(office)
    if tried:
        office.later(minutes=20).answers = [DOWN]
        office.flush()
        assert "joined" in office.states()
    done = undo(office, carried)
    assert filed(office) == ["清单二.docx"] and [len(c.mails) for c in done] == [2]
    assert office.later(hours=1).flush().sent == 1
    ((_, to, _),) = office.sent
    text = text_of(office.letter())
    assert to == UNIT and "清单二.docx" in text and "IMG_1.jpg" not in text and "清单.docx" not in text.replace("清单二.docx", "")
    assert "收到了，还差" in text and "已收齐" not in office.letter()["Subject"]
    assert office.later(hours=1).flush().sent == 0 and "waiting" not in office.states()


def vouched_at_once(office: Bureau) -> Carried:
    """As `vouched`, and nothing is sent in between."""
    office.post("hanlichun88@mail.example", {"清单.docx": risk_list(), "IMG_1.jpg": scan()}, f"{NAME}一季度问题清单")
    for letter in office.listed()[1:]:
        office.house.ledger.withdraw(letter.id, "", office.now)  # what the stranger and the unit are told of the mail that is held
    (asked,) = office.house.ledger.open_reviews(office.now)
    return Reviewing(office.intake, "li").settle(asked.id, "是")[0]


@pytest.mark.shows("P3", "P7")
def test_what_is_perhaps_out_goes_once_more_as_it_was(bureau: Make) -> None:
    office = bureau()
    carried = vouched(office)
    letter = office.listed()[-1]
    raw = office.house.ledger.claim(letter.id)  # the server took it, and the process died
    office.house.ledger.interrupted(office.now)
    undo(office, carried)
    assert office.later(hours=1).flush().sent == 1 and office.sent[0][2] == raw


def test_the_answer_of_another_unit_is_left_as_it_is(bureau: Make) -> None:
    office = bureau()
    carried = vouched(office)
    office.post("zhian", {"清单.docx": risk_list("治安市场监管所")}, "一季度清单")
    (done,) = undo(office, carried)
    assert len(done.mails) == 1 and office.states()[-1] == "waiting"
    assert office.later(hours=1).flush().sent == 1


@pytest.mark.shows("P3")
def test_a_crash_between_the_two_mails_leaves_no_letter_that_is_untrue(bureau: Make, monkeypatch: Any) -> None:
    office = bureau()
    carried = vouched(office)
    office.later(minutes=1).post("xinzhen", {"清单二.docx": risk_list()}, "更正")
    shaken = type(office.house.ledger).shaken
    monkeypatch.setattr(type(office.house.ledger), "shaken", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo(office, carried)
    monkeypatch.setattr(type(office.house.ledger), "shaken", shaken)
    carry_out(office.intake)  # the next round begins with it
    office.later(hours=1).flush()
    assert len(office.sent) == 1 and "IMG_1.jpg" not in text_of(office.letter())
