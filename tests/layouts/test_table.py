"""Table forms: heads, rows, samples, kinds, nil reports."""

from datetime import date

import pytest

from mailbot.domain.checks import check
from parsers.layouts import parse
from tests.layouts import bends
from tests.layouts.bends import Paper
from tests.layouts.pages import FORMS, RISK_COLUMNS, RISK_HEAD, RISK_TITLE, SAMPLE_ROW, STATS_COLUMNS, case_stats, form_of, page, risk_list

RISK, STATS = FORMS["risk-list"], FORMS["case-stats"]
ROW = ["2", "温度计失准", "更换温度计", "是", "出动执法人员245人次"]


def test_unit_and_date_stand_in_one_line() -> None:
    parsed = parse(risk_list(ROW), RISK)
    assert (parsed.unit_text, parsed.reported_on, parsed.fields["reported_on"]) == ("八仙筒所", date(2024, 3, 27), "2024-03-27")
    assert parsed.title == RISK_TITLE


def test_a_unit_left_blank_is_empty_text_and_not_the_stamp() -> None:
    parsed = parse(risk_list(ROW, head="填报单位：（盖章）                  填报日期：2024/9/27"), RISK)
    assert (parsed.unit_text, parsed.fields["unit"], parsed.reported_on) == ("", None, date(2024, 9, 27))


def test_in_a_sheet_the_date_stands_in_the_next_cell() -> None:
    rows = [[RISK_TITLE, "", "", "", ""], ["填报单位：义隆永所（盖章）", "", "", "填报日期：", "2024-03-28"], RISK_COLUMNS, ROW]
    parsed = parse(page(rows, kind="sheet"), RISK)
    assert (parsed.title, parsed.unit_text, parsed.reported_on) == (RISK_TITLE, "义隆永所", date(2024, 3, 28))


def test_a_label_without_a_colon_owns_the_next_cell() -> None:
    rows = [["填报单位", "义隆永所", "", "填报日期", "2024-03-28"], RISK_COLUMNS, ROW]
    parsed = parse(page(RISK_TITLE, rows), RISK)
    assert (parsed.unit_text, parsed.reported_on) == ("义隆永所", date(2024, 3, 28))


def test_columns_are_found_by_their_heads_in_any_order_and_wording() -> None:
    heads = ["编号", "隐患是否排除", "共性风险隐患", "采取的管控措施", "工作进展情况"]
    parsed = parse(page(RISK_TITLE, RISK_HEAD, [heads, ["1", "未排除", "试纸超期", "登记销毁", "销号3个"]]), RISK)
    assert parsed.rows == ({"no": "1", "risk": "试纸超期", "measure": "登记销毁", "eliminated": False, "progress": "销号3个"},)
    assert parsed.labels["measure"] == "采取的管控措施"


@pytest.mark.parametrize("head", ["发现的共性风险隐患（管控措施）", "发现的共性风险隐患管控措施", "发现的共性\n风险隐患"])
def test_the_printed_slip_in_the_risk_column_is_told_from_the_measures(head: str) -> None:
    parsed = parse(page(RISK_TITLE, RISK_HEAD, [[RISK_COLUMNS[0], head, *RISK_COLUMNS[2:]], ROW]), RISK)
    assert (parsed.rows[0]["risk"], parsed.rows[0]["measure"]) == ("温度计失准", "更换温度计")


def test_a_head_over_two_rows_is_one_head() -> None:
    upper, lower = ["序号", "风险隐患", "管控措施", "", "工作开展情况"], ["", "", "采取的管控措施", "是否排除隐患", ""]
    assert parse(page(RISK_TITLE, RISK_HEAD, [upper, lower, ROW]), RISK).rows[0]["eliminated"] is True


def test_a_table_broken_by_a_page_goes_on_and_its_repeated_head_is_no_row() -> None:
    parsed = parse(page(RISK_TITLE, RISK_HEAD, [RISK_COLUMNS, ROW], [RISK_COLUMNS, ["3", "药品混放", "分柜", "否", ""]]), RISK)
    assert [r["no"] for r in parsed.rows] == ["2", "3"]


def test_a_sample_row_is_counted_left_out_and_its_counters_are_read() -> None:
    sample = [*SAMPLE_ROW[:3], "是", "出动执法人员480人次"]
    parsed = parse(risk_list(sample, ["2", "药品混放", "分柜", "否", ""]), RISK)
    assert (parsed.sample_rows, len(parsed.rows), parsed.fields["officers_sent"]) == (1, 1, 480)


def test_an_untouched_template_is_unfilled() -> None:
    blank = ["2", "", "", "是/否", ""]
    parsed = parse(risk_list(SAMPLE_ROW, blank, head="填报单位：          (盖章)          填报日期：  年 月  日"), RISK)
    assert (parsed.unfilled, parsed.rows, parsed.fields["unit"]) == (True, (), None)


def test_nothing_but_the_sample_is_unfilled_though_the_unit_is_named() -> None:
    assert parse(risk_list(SAMPLE_ROW, ["2", "", "", "", ""]), RISK).unfilled


@pytest.mark.parametrize("row", [["1", "无", "无", "/", "/"], ["本季度无共性风险隐患"] * 5, ["1", "本季度未发现风险隐患", "", "", ""]])
def test_a_nil_report_may_stand_in_the_table(row: list[str]) -> None:
    parsed = parse(risk_list(row), RISK)
    assert (parsed.nil, parsed.rows, parsed.unfilled) == (True, (), False)


def test_a_nil_report_may_be_a_few_lines() -> None:
    parsed = parse(page("八仙筒所2024年第一季度" + RISK_TITLE, "本季度未发现风险隐患。", "八仙筒市场监管所", "2024年3月28日"), RISK)
    assert (parsed.nil, parsed.unfilled, parsed.unit_text, parsed.reported_on) == (True, False, "八仙筒市场监管所", date(2024, 3, 28))


def test_a_word_in_the_progress_column_makes_no_filled_form_nil() -> None:
    assert not parse(risk_list([*ROW[:4], "本季度未发现重大问题"]), RISK).nil


def test_numbers_of_another_column_are_no_counters_where_the_own_column_has_them() -> None:
    parsed = parse(risk_list(["2", "某店发现隐患2处", "整改", "是", "发现风险隐患数41条"]), RISK)
    assert (parsed.fields["risks_found"], parsed.conflicts) == (41, {})


def test_text_of_a_pdf_gives_counters_and_says_nothing_of_rows() -> None:
    lines = (RISK_TITLE, RISK_HEAD, "序号 发现的共性风险隐患 管控措施", "1 温度计失准 更换 是 共检查零售企业及使用单位54家次。出动执法人", "员245人次")
    parsed = parse(page(*lines, kind="pdf"), RISK)
    assert (parsed.fields["retailers_checked"], parsed.fields["officers_sent"], parsed.tabled) == (54, 245, False)


STATS_ROWS = [["药品类", "2", "1", "5.3万元", "二", "0", "0", "0", "0"], ["器械", "1", "", "", "0", "0", "0", "0", "0"],
              ["化妆品", "0", "0", "0", "0", "0", "0", "0", "0"], ["总计", "3", "1", "5.3", "2", "0", "0", "0", "0"]]  # fmt: skip


def test_case_figures_are_told_by_the_kinds_of_their_rows() -> None:
    parsed = parse(case_stats(*STATS_ROWS), STATS)
    assert [r["kind"] for r in parsed.rows] == ["药品", "医疗器械", "化妆品", "合计"]
    assert [parsed.rows[0][f] for f in ("filed", "goods_value", "fines")] == [2, 5.3, 2]
    assert parsed.rows[1]["closed"] is None
    assert (parsed.fields["reporter"], parsed.fields["reviewer"], parsed.period_text) == ("张三", "李四", "2024年6月 案件数据月报表")


def test_a_text_where_a_figure_should_stand_is_kept_as_invalid() -> None:
    assert parse(case_stats(["药品", "若干", *["0"] * 7]), STATS).invalid == {"filed@药品": "若干"}


def test_a_date_without_label_beside_the_reviewer_is_the_report_date() -> None:
    rows = [["案件数据月报表", *[""] * 8], ["填报单位：东明所", "", "", "", "统计期：2024年12月", *[""] * 4], STATS_COLUMNS, *STATS_ROWS,
            ["填报人：秦长河", "", "", "审核人：郑桂兰", "", "", "2024.12.17", "", ""]]  # fmt: skip
    parsed = parse(page(rows, kind="sheet"), STATS)
    assert (parsed.reported_on, parsed.fields["reviewer"]) == (date(2024, 12, 17), "郑桂兰")


def test_a_table_lying_on_its_side_is_read() -> None:
    turned = [["指标", "药品", "医疗器械", "化妆品", "合计"], ["立案数", "1", "2", "3", "6"], ["结案数", "1", "0", "0", "1"], ["货值金额", "1", "1", "1", "3"]]
    parsed = parse(page("案件统计表", turned), STATS)
    assert {r["kind"]: r["filed"] for r in parsed.rows} == {"药品": 1, "医疗器械": 2, "化妆品": 3, "合计": 6}


def test_figures_all_blank_are_an_unfilled_template_and_all_zero_are_a_report() -> None:
    kinds = ("药品", "医疗器械", "化妆品", "合计")
    assert parse(case_stats(*([k, *[""] * 8] for k in kinds)), STATS).unfilled
    assert not parse(case_stats(*([k, *["0"] * 8] for k in kinds)), STATS).unfilled


def test_money_in_yuan_by_its_head_comes_as_ten_thousands() -> None:
    rows = [["类别", "立案数", "结案数", "罚没款（元）"], ["药品", "1", "1", "12000"], ["合计", "1", "1", "12000"]]
    assert [r["fines"] for r in parse(page("案件统计表", rows), STATS).rows] == [1.2, 1.2]


NUMBERED = form_of({"id": "hazards", "title": "隐患清单", "layout": {"kind": "table",
    "heads": [{"field": "school", "labels": ["学校名称"], "role": "unit", "required": True}],
    "columns": [{"field": "number", "heads": ["序号"], "type": "number", "role": "number"},
                {"field": "place", "heads": ["地点"], "required": True}, {"field": "hazard", "heads": ["隐患"], "required": True}]}})  # fmt: skip


def test_rows_that_are_only_numbered_are_no_rows_whatever_the_field_is_called() -> None:
    rows = [["序号", "地点", "隐患"], ["1", "二楼机房", "插座松动"], ["2", "", ""], ["3", "食堂", ""], ["一、", "", ""]]
    parsed = parse(page("隐患清单", "学校名称：城关第三中学", rows), NUMBERED)
    assert [row["number"] for row in parsed.rows] == [1, 3] and parsed.invalid == {}
    assert [(f.code, f.where) for f in check(parsed, NUMBERED)] == [("field-missing", "第3行“隐患”")]


def test_a_table_is_signed_by_any_unit() -> None:
    rows = [["序号", "地点", "隐患"], ["1", "二楼机房", "插座松动"]]
    parsed = parse(page("隐患清单", rows, "城关第三中学（盖章）", "2024年3月27日"), NUMBERED)
    assert (parsed.unit_text, parsed.fields["school"], parsed.reported_on) == ("城关第三中学", "城关第三中学", date(2024, 3, 27))
    assert parse(page("隐患清单", rows, "以上情况属实。", "2024年3月27日"), NUMBERED).unit_text is None


@pytest.mark.parametrize(
    "foot",
    [
        ("单位负责人：赵军   审核人：王强   制表人：孙丽   填报人：李娜",),
        ([["单位负责人", "审核人", "填报人", "联系电话"], ["赵军", "王强", "李娜", "0475-4211188"]],),
    ],
    ids=["in a line", "labels above their values"],
)
def test_the_printed_label_of_the_foot_wins_over_another_word_for_it(foot: Paper) -> None:
    parsed = parse(page(*bends.STATS[:3], *foot), STATS)
    assert (parsed.fields["reviewer"], parsed.fields["reporter"]) == ("王强", "李娜")


def test_the_date_of_a_foreign_table_above_is_not_the_date_of_the_report() -> None:
    parsed = parse(page([["拟稿", "王五"], ["日期", "3月28日"]], *bends.RISK), RISK)
    assert (parsed.fields["reported_on"], parsed.invalid) == ("2024-03-27", {})


def test_a_slash_is_nobody_who_reviewed() -> None:
    parsed = parse(page(*bends.STATS[:3], "填报人：李娜  审核人：/"), STATS)
    assert parsed.fields["reviewer"] == ""
    assert [f.field for f in check(parsed, STATS) if f.code == "field-missing"] == ["reviewer"]


@pytest.mark.parametrize("words", ["本期无", "截至目前未发现共性问题隐患"])
def test_a_word_of_nothing_in_an_otherwise_empty_table_is_a_nil_report(words: str) -> None:
    parsed = parse(risk_list(["1", words, "", "", ""]), RISK)
    assert (parsed.nil, parsed.rows) == (True, ())


def test_figures_typed_into_the_sample_row_alone_leave_the_sheet_a_template() -> None:
    parsed = parse(risk_list([*SAMPLE_ROW[:4], "出动执法人员96人次"]), RISK)
    assert (parsed.unfilled, parsed.fields["officers_sent"]) == (True, 96)
