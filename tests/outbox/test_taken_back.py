"""What people take back is not told any more: no letter that waits says what is no longer true."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from outbox.conftest import NAME, UNIT, Bureau, risk_list, scan, text_of

from mailbot.app.review import Reviewing
from mailbot.app.rulings import Carried, carry_out
from mailbot.domain.errors import SendError
from mailbot.domain.rulings import Ruling

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


# --- what was granted -------------------------------------------------------------------------------------------------------


def extended(office: Bureau) -> Carried:
    return Reviewing(office.intake, "li").extend(NAME, "risk-list", "2024Q1", date(2024, 4, 10), "停电")[0]


def kinds(office: Bureau) -> list[tuple[str, str]]:
    return [(q.kind, q.state) for q in office.listed()]


@pytest.mark.shows("P3")
@pytest.mark.parametrize("tried", [False, True])
def test_more_time_that_was_taken_back_before_it_was_told_is_not_told(bureau: Make, tried: bool) -> None:
    office = bureau("2024-03-29T09:31:00")
    carried = extended(office)
    if tried:
        office.answers = [BUSY]
        office.flush()
    undo(office, carried)
    assert office.later(hours=1).flush().sent == 0 and kinds(office) == [("granted", "dropped")]


@pytest.mark.shows("P3")
def test_more_time_that_was_told_and_taken_back_is_told_with_the_date_that_counts_again(bureau: Make) -> None:
    office = bureau("2024-03-29T09:31:00")
    carried = extended(office)
    office.flush()
    (back,) = undo(office, carried)
    assert office.later(minutes=1).flush().sent == 1 and kinds(office) == [("granted", "sent"), ("grant-undone", "sent")]
    letter = office.letter()
    assert office.sent[-1][1] == UNIT and "【延期已撤回】风险隐患排查问题清单" in letter["Subject"]
    assert "仍须报送，截止 2024年4月1日（周一），还有 3 天。" in text_of(letter) and "4月10日" not in text_of(letter) and "停电" not in text_of(letter)
    undo(office, back)
    assert office.later(minutes=1).flush().sent == 1 and "同意延期" in office.letter()["Subject"] and "4月10日" in text_of(office.letter())


def test_what_is_taken_back_and_put_in_force_again_before_anything_is_sent_is_told_once(bureau: Make) -> None:
    office = bureau("2024-03-29T09:31:00")
    (back,) = undo(office, extended(office))
    undo(office, back)
    assert office.flush().sent == 1 and "同意延期" in office.letter()["Subject"]
    (back,) = Reviewing(office.intake, "li").undo(1)
    undo(office, back)
    assert office.later(hours=1).flush().sent == 0, "the unit knows that it has more time"


def test_a_waiver_that_was_told_and_taken_back_is_told_late_as_it_may_be(bureau: Make) -> None:
    office = bureau("2024-04-03T09:31:00")
    (carried,) = Reviewing(office.intake, "li").waive(NAME, "risk-list", "2024Q1", "停电")
    office.flush()
    undo(office, carried)
    assert office.flush().sent == 1 and "【免报已撤回】" in office.letter()["Subject"] and "已过 2 天，请尽快报来。" in text_of(office.letter())


def test_what_is_waived_twice_is_waived_while_one_of_the_two_stands(bureau: Make) -> None:
    office = bureau("2024-03-29T09:31:00")
    done = [Reviewing(office.intake, "li").waive(NAME, "risk-list", "2024Q1", "停电")[0] for _ in range(2)]
    office.flush()
    undo(office, done[0])
    assert office.later(hours=1).flush().sent == 0


def test_an_undo_that_a_crash_cut_off_is_told_once(bureau: Make) -> None:
    office = bureau("2024-03-29T09:31:00")
    carried = extended(office)
    office.flush()
    ledger = office.house.ledger
    ledger.rule([Ruling("undo", by="li", at=office.now, undoes=carried.ruling.id)])
    (left,) = ledger.unfinished()
    office.intake.tell_granted(left)  # and the process dies
    carry_out(office.intake)
    assert kinds(office) == [("granted", "sent"), ("grant-undone", "waiting")]
