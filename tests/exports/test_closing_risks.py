"""Each risk followed from quarter to quarter by its words."""

from datetime import datetime

import pytest

from mailbot.domain.obligations import Filing
from mailbot.domain.periods import SHANGHAI, Period, quarter_of
from mailbot.domain.risks import ALIKE, SURE, Risk, alike, follow, summary
from mailbot.domain.risks import _words as words

Q1, Q2, Q3, Q4 = (quarter_of(2024, n) for n in (1, 2, 3, 4))
MIXED, RECORDS, RECEIPTS = "部分药店处方药与非处方药混放，未按要求分区陈列。", "个别村卫生室温湿度记录不连续。", "化妆品进货票据不全。"

# (one quarter, the next): invented, as stations write
SAME = [
    (MIXED, "部分药店处方药与非处方药混放，未分区陈列"), (MIXED, "1.处方药、非处方药混放，没有按要求分区陈列"), (RECORDS, "村卫生室温湿度记录不连续、不完整"),
    (RECORDS, "部分村卫生室存在温湿度记录不连续的情况"), (RECEIPTS, "化妆品进货票据不齐全"), (RECEIPTS, "（一）化妆品经营者进货票据不全"),
    ("部分企业处方药未凭处方销售或未保留处方。", "部分企业处方药未凭处方销售，未留存处方"), ("诊所过期药品未及时下架", "个别诊所过期药品没有及时下架处理"),
    ("医疗器械经营企业进货查验记录填写不完整", "医疗器械经营企业进货查验记录不完整"), ("未建立进货查验制度", "未建立健全进货查验制度"),
]  # fmt: skip
DIFFERENT = [
    (RECEIPTS, "药品进货票据不全。"), (RECORDS, "个别诊所温湿度记录不连续。"), ("诊所过期药品未及时下架", "诊所过期医疗器械未及时下架"),
    ("执业药师不在岗", "执业药师未注册"), ("进货查验记录不完整", "销售记录不完整"), ("化妆品标签不规范", "化妆品标签过期"),
    ("药店阴凉柜温度超标", "药店阴凉柜损坏"), ("个别药店从业人员健康证过期", "个别药店药品经营许可证过期"), ("未凭处方销售处方药", "处方药开架销售"),
]  # fmt: skip
# different risks whose words are near: taken for one, and said to be doubtful
NEAR = [("从业人员未体检", "从业人员未培训"), ("医疗器械未分区存放", "医疗器械未标识存放"), ("个别药店药品拆零销售记录不全", "个别药店药品养护记录不全")]


def _list(*rows: tuple[str, bool | None], nil: bool = False) -> Filing:
    told = tuple({"no": n, "risk": risk, "measure": "责令改正", "eliminated": done, "progress": ""} for n, (risk, done) in enumerate(rows, 1))
    return Filing("c", "u", "risk-list", "2024Q1", "editable", "risk-list", "清单.docx", "0" * 64, 1, datetime(2024, 1, 1, tzinfo=SHANGHAI), rows=told, nil=nil)


def _states(risk: Risk, *periods: Period) -> list[str]:
    return [step.state if (step := risk.at(p)) else "" for p in periods]


@pytest.mark.parametrize(("before", "now"), SAME)
def test_a_small_rewording_is_the_same_risk(before: str, now: str) -> None:
    assert alike(words(before), words(now)) >= SURE


@pytest.mark.parametrize(("before", "now"), DIFFERENT)
def test_another_product_place_or_fault_is_another_risk(before: str, now: str) -> None:
    assert alike(words(before), words(now)) < ALIKE


@pytest.mark.parametrize(("before", "now"), NEAR)
def test_what_may_be_another_risk_is_said_to_be_doubtful(before: str, now: str) -> None:
    (risk,) = follow("甲", {Q1: _list((before, False)), Q2: _list((now, False))}, Q2)
    assert risk.doubtful and _states(risk, Q1, Q2) == ["new", "open"]


def test_two_rows_that_are_equally_near_are_doubtful() -> None:
    before = _list(("药店处方药未凭处方销售情况甲", False))
    now = _list(("药店处方药未凭处方销售情况乙", False), ("药店处方药未凭处方销售情况丙", False))
    first, second = follow("甲", {Q1: before, Q2: now}, Q2)
    assert first.doubtful and not second.doubtful and _states(second, Q1, Q2) == ["", "new"]


def test_a_risk_goes_from_new_over_open_to_closed_and_is_then_done_with() -> None:
    lists = {Q1: _list((MIXED, False)), Q2: _list((MIXED, False), (RECEIPTS, True)), Q3: _list((MIXED, True)), Q4: _list((MIXED, True))}
    mixed, receipts = follow("甲", lists, Q4)
    assert _states(mixed, Q1, Q2, Q3, Q4) == ["new", "open", "closed", "gone"] and mixed.state == "closed"
    assert _states(receipts, Q1, Q2, Q3, Q4) == ["", "closed", "gone", "gone"] and receipts.state == "closed"


def test_an_open_risk_that_the_next_list_does_not_name_was_silently_dropped_once() -> None:
    lists = {Q1: _list((MIXED, False), (RECORDS, True)), Q2: _list((RECEIPTS, False)), Q3: _list((RECEIPTS, False))}
    mixed, records, _ = follow("甲", lists, Q3)
    assert _states(mixed, Q1, Q2, Q3) == ["new", "dropped", "gone"] and mixed.state == "dropped"
    assert records.state == "closed"
    assert summary([mixed, records], Q2).dropped == (("甲", MIXED, Q1),) and summary([mixed], Q3).dropped == ()


def test_a_nil_report_drops_what_was_open_and_says_that_it_was_one() -> None:
    (mixed,) = follow("甲", {Q1: _list((MIXED, False)), Q2: _list(nil=True)}, Q2)
    assert mixed.state == "dropped" and mixed.steps[-1].nil


def test_a_quarter_without_a_list_drops_nothing() -> None:
    (mixed,) = follow("甲", {Q1: _list((MIXED, False)), Q2: None, Q3: _list((MIXED, False))}, Q3)
    assert _states(mixed, Q1, Q2, Q3) == ["new", "unknown", "open"]


def test_a_dropped_risk_that_is_listed_again_is_open_again() -> None:
    (mixed, _) = follow("甲", {Q1: _list((MIXED, False)), Q2: _list((RECEIPTS, True)), Q3: _list((MIXED, False))}, Q3)
    assert _states(mixed, Q1, Q2, Q3) == ["new", "dropped", "open"] and mixed.state == "open"


def test_a_blank_answer_to_whether_it_is_eliminated_keeps_the_risk_open() -> None:
    (mixed,) = follow("甲", {Q1: _list((MIXED, None))}, Q1)
    assert mixed.state == "new"


def test_a_list_after_the_period_asked_for_is_not_looked_at() -> None:
    (mixed,) = follow("甲", {Q1: _list((MIXED, False)), Q2: _list((MIXED, True))}, Q1)
    assert mixed.state == "new"


def test_the_summary_counts_by_unit() -> None:
    one = follow("甲", {Q1: _list((MIXED, False), (RECORDS, False)), Q2: _list((MIXED, True), (RECEIPTS, False))}, Q2)
    two = follow("乙", {Q1: _list((MIXED, False)), Q2: _list((MIXED, False))}, Q2)
    told = summary([*one, *two], Q2)
    mine = told.units["甲"]
    assert (mine.new, mine.open, mine.closed, mine.dropped) == (1, 0, 1, 1)
    assert (told.all.new, told.all.open, told.all.closed, told.all.dropped) == (1, 1, 1, 1)
