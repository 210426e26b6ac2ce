"""What is left of the template, also half edited; and nil reports."""

import pytest

from mailbot.domain.classify import classify
from mailbot.domain.nil import is_nil_sentence
from parsers.layouts import parse
from tests.layouts import bends
from tests.layouts.pages import (
    FORMS,
    RISK_COLUMNS,
    RISK_HEAD,
    RISK_TITLE,
    SAMPLE_PROGRESS,
    SAMPLE_ROW,
    STATS_COLUMNS,
    case_stats,
    page,
    risk_list,
    self_review,
)

RISK, STATS, REVIEW, SUMMARY, CASE, LIAISON = (
    FORMS[f] for f in ("risk-list", "case-stats", "self-review", "work-summary", "typical-case", "liaison")
)  # fmt: skip
OWN = ["2", "药品混放", "分柜存放", "否", ""]


@pytest.mark.parametrize("row", [
    SAMPLE_ROW, ["1", SAMPLE_ROW[1], SAMPLE_ROW[2], "", ""], ["1", "部分企业处方药未凭处方销售或未保留处方。", "责令改正或行政处罚", "是/否", SAMPLE_PROGRESS],
    ["1", "部分企业处方药未凭处方销售或未保留处方", "责令改正或行政处罚", "", "出动执法人员12人次"], ["", "例如：处方药未凭处方销售", "责令改正", "是/否", ""],
    ["1", "部分药店处方药未凭处方销售或未保留处方。", "责令整改或行政处罚。", "是/否", ""], ["例", "部分企业处方药未凭处方销售", "责令改正", "是", ""],
    ["示例", "部分企业处方药未凭处方销售", "责令改正", "是", ""], ["1", "（例）处方药未凭处方销售", "责令改正", "是", ""],
])  # fmt: skip
def test_a_sample_row_is_known_though_half_edited(row: list[str]) -> None:
    beside = parse(risk_list(row, OWN), RISK)
    assert (beside.sample_rows, [r["risk"] for r in beside.rows], beside.unfilled) == (1, ["药品混放"], False)


@pytest.mark.parametrize("row", [
    ["1", "部分企业处方药未凭处方销售或未保留处方。", "责令改正或行政处罚", "是", "已整改"],
    ["1", "部分企业处方药未凭处方销售", "约谈负责人，限期建立台账", "是/否", ""],
    ["1", "例行检查发现药品混放", "分柜", "是", ""],
])  # fmt: skip
def test_a_row_that_says_something_of_its_own_is_no_sample(row: list[str]) -> None:
    assert (parse(risk_list(row), RISK).sample_rows, len(parse(risk_list(row), RISK).rows)) == (0, 1)


@pytest.mark.parametrize("hint", [
    "（此部分不少于800字）", "(此部分不少于800字)", "此部分不少于800字", "（本部分不少于800字）", "（此部分字数不少于800字）", "（此部分不少于８００字）",
    "（此部分不低于800字）", "XXXX", "……",
    "＿＿＿＿＿＿", "×××××",
])  # fmt: skip
def test_a_hint_is_nobodys_words_though_a_word_of_it_was_changed(hint: str) -> None:
    third = next(s for s in parse(self_review(f"人手不足。\n{hint}"), REVIEW).sections if s.field == "problems")
    assert (third.text, third.characters) == ("人手不足。", 5)
    assert next(s.text for s in parse(self_review(hint), REVIEW).sections if s.field == "problems") == ""


@pytest.mark.parametrize("hint", [
    "简要介绍案件主要违法情形、主要调查取证过程、问题产品查控情况等。", "简要介绍案件的主要违法情形、调查取证过程、问题产品查控等情况。",
    "（简要介绍案件主要违法情形，主要调查取证过程，问题产品查控情况等）",
])  # fmt: skip
def test_the_templates_sentence_under_a_heading_fills_no_part(hint: str) -> None:
    assert parse(page("新镇所报送某药店销售劣药案", "一、案情概述", hint, "二、查办结果"), CASE).unfilled
    filled = parse(page("新镇所报送某药店销售劣药案", "一、案情概述", f"{hint}2023年9月查获劣药三盒。", "二、查办结果", "罚款。"), CASE)
    assert filled.fields["overview"] == "2023年9月查获劣药三盒。"


def test_sentences_near_the_hints_in_meaning_only_are_the_writers_own() -> None:
    text = "本案主要违法情形为销售劣药，调查取证过程完整，问题产品已全部查控。"
    assert parse(page("报送案", "一、案情概述", text, "二、查办结果", "罚款。"), CASE).fields["overview"] == text


@pytest.mark.parametrize("unit", ["XX市场监管所", "××所", "某某市场监管所", "XX执法中队（市场监管所）", "＿＿＿＿＿＿", "        "])
def test_the_templates_unit_is_no_unit(unit: str) -> None:
    parsed = parse(risk_list(OWN, head=f"填报单位：{unit}（盖章）     填报日期：2024年3月27日"), RISK)
    assert (parsed.unit_text, parsed.fields["unit"]) == ("", None)
    labels = [["单位名称", unit], ["姓名", "张三"], ["移动电话", "19900007917"]]
    assert parse(page("联络员报名表", labels), LIAISON).fields["unit"] is None


def test_placeholders_in_every_cell_are_an_unfilled_form() -> None:
    rows = [["单位名称", "XX所"], ["姓名", "XXX"], ["所在部门", "××"], ["职务", "……"], ["移动电话", "XXXXXXXXXXX"]]
    assert parse(page("联络员报名表", rows), LIAISON).unfilled
    assert parse(risk_list(SAMPLE_ROW, ["2", "XXX", "XXX", "是/否", "XXX"], head="填报单位：XX所  填报日期：XX年X月X日"), RISK).unfilled


NIL_SENTENCES = [
    "本季度无风险隐患。", "本季度未发现风险隐患", "本期无共性风险隐患上报", "零报告", "本季度风险隐患零报告。", "我所辖区内暂未发现风险隐患",
    "无新增风险隐患", "经排查，未发现风险隐患。", "2024年一季度无新增隐患",
    "无风险隐患", "我所第一季度未发现问题", "本季度，我所未排查出风险隐患。", "本季度风险隐患数为零", "第一季度没有需要上报的风险隐患",
]  # fmt: skip
NOT_NIL = [
    "本季度未发现重大隐患，一般隐患12条", "无证经营隐患突出", "发现风险隐患12条", "本季度未发现严重问题", "风险隐患数为10", "无人员伤亡", "经核对无误，请查收",
    "隐患清单见附件",
]  # fmt: skip


@pytest.mark.parametrize("sentence", NIL_SENTENCES)
def test_a_nil_sentence_is_a_nil_report_in_a_line_and_in_the_table(sentence: str) -> None:
    assert is_nil_sentence(sentence, RISK)
    for document in (
        page("八仙筒所2024年第一季度" + RISK_TITLE, RISK_HEAD, sentence), risk_list(["1", sentence, "", "", ""]), risk_list([sentence] * 5),
        page(RISK_TITLE, RISK_HEAD, [RISK_COLUMNS, ["1", "", "", "", ""]], sentence), risk_list(["1", sentence, "无", "/", "无"]),
    ):  # fmt: skip
        assert classify(document, FORMS.values()).winner == "risk-list"
        parsed = parse(document, RISK)
        assert (parsed.nil, parsed.rows, parsed.unfilled) == (True, (), False)


@pytest.mark.parametrize("sentence", NOT_NIL)
def test_a_sentence_that_denies_only_part_is_none(sentence: str) -> None:
    assert not is_nil_sentence(sentence, RISK)


@pytest.mark.parametrize("row", [
    ["1", "无", "无", "无", "无"], ["无", "无", "无", "无", "无"], ["1", "/", "/", "/", "/"], ["1", "—", "—", "", ""], ["无", "", "", "", ""],
    ["1", "无。", "", "否", "无"],
                                 ["1", "暂无", "暂无", "/", bends.PROGRESS]])  # fmt: skip
def test_a_written_none_in_the_first_row_is_a_nil_report(row: list[str]) -> None:
    parsed = parse(risk_list(row), RISK)
    assert (parsed.nil, parsed.rows, parsed.unfilled) == (True, (), False)


def test_rows_and_a_denial_of_something_else_are_no_nil_report() -> None:
    parsed = parse(page(RISK_TITLE, RISK_HEAD, [RISK_COLUMNS, OWN], "本季度未发现重大隐患，共检查零售企业及使用单位54家次。"), RISK)
    assert (parsed.nil, len(parsed.rows), parsed.fields["retailers_checked"]) == (False, 1, 54)


@pytest.mark.parametrize("sentence", ["本月无案件", "6月份未查办案件", "本月零报告", "无新增案件", "本期案件数为0", "我所本月没有查办案件。", "本月暂无立案查处"])
def test_a_month_without_cases_is_a_nil_report(sentence: str) -> None:
    assert is_nil_sentence(sentence, STATS)
    blank = [[k, *[""] * 8] for k in ("药品", "医疗器械", "化妆品", "合计")]
    for document in (case_stats(*blank, foot=sentence), page("东明所2024年6月案件数据月报表", [STATS_COLUMNS, *blank], sentence)):
        assert parse(document, STATS).nil


def test_a_table_of_zeros_is_a_report_whose_checks_still_count() -> None:
    zeros = [[k, *["0"] * 8] for k in ("药品", "医疗器械", "化妆品", "合计")]
    parsed = parse(case_stats(*zeros), STATS)
    assert (parsed.nil, parsed.unfilled, parsed.rows[0]["filed"]) == (False, False, 0)


def test_blank_written_none_and_zero_stay_three_things() -> None:
    signs = ["", "无", "—", "0", "／", "－", "零", "暂无"]
    row = next(r for r in parse(case_stats(["药品", *signs]), STATS).rows)
    assert [v for f, v in row.items() if f != "kind"] == [None, "", "", 0, "", "", 0, ""]
