"""Sums of the merged form by hand: once a unit, blanks told, the total computed."""

from datetime import date, datetime
from typing import Any

import pytest

from mailbot.domain.forms import TableLayout, Value
from mailbot.domain.obligations import Filing, obligation_for, standing
from mailbot.domain.periods import SHANGHAI, period_from_id
from mailbot.domain.policy import Rules
from mailbot.domain.rollup import Merged, figures_of, merged, source, without_counters
from mailbot.domain.rollup_page import Printing, beside, rollup_page

NOW = datetime(2024, 4, 10, 9, tzinfo=SHANGHAI)
SENTENCE = (
    "截至目前，共检查“两品一械”生产企业0家次，医疗机构制剂室0家次，批发企业、零售连锁总部2家次（分局填报）；共检查零售企业及使用单位86家次。"
    "出动执法人员172人次；发现风险隐患数24条，销号21个。盟市本级召开风险会商0次，研究风险会商事项0个，所辖旗县（市、区）共召开风险会商1次，研究风险会商事项3个"
)


def _filing(unit: str, duty: str, period: str, fields: dict[str, Value], rows: tuple[dict[str, Value], ...] = (), **more: Any) -> Filing:
    when = datetime(2024, 3, 19, 9, tzinfo=SHANGHAI)
    return Filing("naiman-2023", unit, duty, period, more.pop("copy", "editable"), duty, "表.xlsx", "0" * 64, 1, when, fields=fields, rows=rows, message=1, **more)


def _merged(rules: Rules, duty: str, period: str, filed: dict[str, list[Filing]]) -> Merged:
    campaign = rules.campaigns[0]
    units = [u for u in campaign.units if u.id in filed]
    owed = [obligation_for(campaign, u, campaign.duty(duty), period_from_id(period)) for u in units]
    return merged(rules.forms[duty], (source(standing(o, filed[o.unit.id], NOW)) for o in owed))


def _risks(unit: str, found: Value, closed: Value, *rows: str, **more: Any) -> Filing:
    told = tuple({"no": n, "risk": r, "measure": "责令改正", "eliminated": False, "progress": ""} for n, r in enumerate(rows, 1))
    return _filing(unit, "risk-list", "2024Q1", {"risks_found": found, "risks_closed": closed}, told, **more)  # type: ignore[arg-type]


def test_counters_are_added_once_a_unit_and_a_blank_is_told_and_is_no_zero(rules: Rules) -> None:
    whole = _merged(rules, "risk-list", "2024Q1", {
        "daqintala": [_risks("daqintala", 10, 4, "甲", "乙", "丙")], "baxiantong": [_risks("baxiantong", 5, None, "丁")],
        "xinzhen": [_risks("xinzhen", 0, "")], "zhian": [],
    })  # fmt: skip
    found, closed = whole.counters["risks_found"], whole.counters["risks_closed"]
    assert (found.value, found.blank) == (15, ())
    assert (closed.value, closed.blank) == (4, ("八仙筒市场监管所",))  # a written 无 is 0
    assert whole.counters["officers_sent"].value is None
    assert whole.names("missing") == ("治安市场监管所",)


def test_only_the_current_editable_filing_counts_and_a_scan_alone_does_not(rules: Rules) -> None:
    whole = _merged(rules, "risk-list", "2024Q1", {
        "daqintala": [_risks("daqintala", 10, 4, order=1), _risks("daqintala", 11, 5, order=2)],
        "baxiantong": [_risks("baxiantong", None, None, copy="scan")],
    })  # fmt: skip
    assert whole.counters["risks_found"].value == 11
    assert (whole.names("unreadable"), whole.names("missing")) == (("八仙筒市场监管所",), ())
    assert any(part.startswith("只有扫描件、数字未计入的单位（1个）：八仙筒") for part in beside(whole))


def _cases(unit: str, drugs: Value, devices: Value, cosmetics: Value, total: Value) -> Filing:
    kinds = {"药品": drugs, "医疗器械": devices, "化妆品": cosmetics, "合计": total}
    return _filing(unit, "case-stats", "2024-03", {}, tuple({"kind": k, "filed": v, "fines": v} for k, v in kinds.items()))


def test_case_figures_are_added_cell_by_cell_and_the_total_is_computed(rules: Rules) -> None:
    whole = _merged(rules, "case-stats", "2024-03", {
        "daqintala": [_cases("daqintala", 1, 2, 3, 6)], "baxiantong": [_cases("baxiantong", 0.1, 0.2, None, 9)],
        "xinzhen": [_filing("xinzhen", "case-stats", "2024-03", {}, nil=True)],
    })  # fmt: skip
    assert [whole.cells[kind, "fines"].value for kind in ("药品", "医疗器械", "化妆品", "合计")] == [1.1, 2.2, 3, 6.3]
    assert whole.cells["化妆品", "fines"].blank == ("八仙筒市场监管所",)  # the nil report is 0, not blank
    assert set(whole.disputed) == {"八仙筒市场监管所"}
    assert "罚没款：合计写 9，各行相加 0.3" in whole.disputed["八仙筒市场监管所"]
    paper = next(s.paper for s in whole.sources if s.unit.id == "daqintala")
    assert paper and figures_of(whole.form, paper)["fines"] == 6


def test_if_all_units_report_nothing_the_figures_of_a_month_are_zero(rules: Rules) -> None:
    whole = _merged(rules, "case-stats", "2024-03", {"xinzhen": [_filing("xinzhen", "case-stats", "2024-03", {}, nil=True)]})
    assert {s.value for s in whole.cells.values()} == {0}


def test_a_nil_report_of_cumulative_figures_leaves_a_gap_that_is_told(rules: Rules) -> None:
    whole = _merged(rules, "risk-list", "2024Q1", {"daqintala": [_risks("daqintala", 10, 4, "甲")], "xinzhen": [_risks("xinzhen", None, None, nil=True)]})
    assert whole.counters["risks_found"].blank == ("新镇市场监管所",)
    page = rollup_page(whole, Printing("某局", period_from_id("2024Q1"), date(2024, 4, 10)))
    assert any("零报告没有写累计数的" in note for note in page.notes)
    assert any("有的数没有填、没有计入的单位" in part and "新镇市场监管所（" in part for part in beside(whole))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (SENTENCE, ""), (SENTENCE + "。已复查两家。", "已复查两家。"), ("一是加强培训。" + SENTENCE, "一是加强培训。"),
        ("已复查药店3家次，其中一家已改", "已复查药店3家次，其中一家已改"), ("发现隐患2条，已销号1个", "发现隐患2条，已销号1个"),
        ("", ""), ("已责令改正", "已责令改正"),
    ],
    ids=["the sentence alone", "words behind it", "words before it", "a number in passing", "two numbers", "nothing", "plain words"],
)  # fmt: skip
def test_a_units_own_sentence_of_counters_is_left_out_and_other_words_stay(text: str, kept: str, rules: Rules) -> None:
    layout = rules.forms["risk-list"].layout
    assert isinstance(layout, TableLayout)
    assert without_counters(text, layout) == kept
