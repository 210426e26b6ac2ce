"""Findings: what, where, what stands there, what is expected."""

from dataclasses import replace

import pytest

from mailbot.domain.checks import ParsedFields, annex_wanted, check
from mailbot.domain.documents import Document
from mailbot.domain.findings import Finding
from parsers.layouts import parse
from tests.layouts.pages import FORMS, SAMPLE_ROW, case_stats, page, risk_list, self_review

ROW = ["2", "温度计失准", "更换温度计", "是", "出动执法人员245人次；发现风险隐患数41条，销号28个"]
ZERO = ["0"] * 8


def findings(document: Document, form: str, earlier: ParsedFields | None = None) -> list[Finding]:
    return list(check(parse(document, FORMS[form]), FORMS[form], earlier))


def told(document: Document, form: str) -> list[tuple[str, str]]:
    return [(f.code, f.where) for f in findings(document, form)]


def test_a_good_list_has_no_findings() -> None:
    assert findings(risk_list(ROW), "risk-list") == []


def test_a_blank_counter_is_no_finding() -> None:
    assert findings(risk_list([*ROW[:4], "出动执法人员  人次"]), "risk-list") == []


def test_unit_and_date_are_asked_for() -> None:
    wanted = [("field-missing", "“填报单位”"), ("field-missing", "“填报日期”")]
    assert told(risk_list(ROW, head="填报单位：（盖章）     填报日期：  年 月 日"), "risk-list") == wanted


def test_every_row_has_its_cells_and_the_place_is_named_as_printed() -> None:
    rows = (["2", "温度计失准", "", "是", ""], ["3", "药品混放", "分柜", "是/否", ""])
    assert told(risk_list(*rows), "risk-list") == [("field-missing", "第2行“管控措施”"), ("field-missing", "第3行“是否排除隐患（是/否）”")]


def test_a_left_over_sample_row_is_a_warning() -> None:
    [one] = findings(risk_list(SAMPLE_ROW, ROW), "risk-list")
    assert (one.code, one.severity) == ("sample-row-left", "warning")


def test_an_unfilled_template_is_the_only_finding() -> None:
    assert told(risk_list(SAMPLE_ROW, head="填报单位：      填报日期："), "risk-list") == [("template-unfilled", "“两品一械”风险隐患排查问题清单")]


def test_counters_that_fell_are_told_with_both_figures_and_the_period() -> None:
    [one] = findings(risk_list(ROW), "risk-list", ParsedFields({"officers_sent": 298, "risks_found": 41, "risks_closed": None}, "2024年第一季度"))
    assert (one.code, one.field, one.found, one.expected) == ("cumulative-fell", "officers_sent", "245", "不少于 298（2024年第一季度）")


def test_more_closed_than_found_is_a_finding() -> None:
    [one] = findings(risk_list([*ROW[:4], "发现风险隐患数28条，销号41个"]), "risk-list")
    assert (one.code, one.field, one.found, one.expected) == ("closed-exceeds-found", "risks_closed", "41", "不多于“发现风险隐患数（条）” 28")


def test_a_counter_written_in_two_ways_is_invalid() -> None:
    rows = (ROW, ["3", "药品混放", "分柜", "否", "出动执法人员250人次"])
    [one] = findings(risk_list(*rows), "risk-list")
    assert (one.code, one.field, one.found) == ("field-invalid", "officers_sent", "245、250")


def test_an_answer_that_is_neither_yes_nor_no_is_quoted() -> None:
    [one] = findings(risk_list(["2", "温度计失准", "更换", "见附件", ""]), "risk-list")
    assert (one.code, one.where, one.found, one.expected) == ("field-invalid", "第2行“是否排除隐患（是/否）”", "见附件", "是 或 否")


def test_a_nil_report_is_asked_for_nothing() -> None:
    assert findings(page("东明所2024年一季度“两品一械”风险隐患排查问题清单", "本季度未发现风险隐患。"), "risk-list") == []


def test_nothing_is_said_of_the_rows_of_a_text_pdf() -> None:
    lines = ("“两品一械”风险隐患排查问题清单", "填报单位：东明所   填报日期：2024.3.28", "1 温度计失准 更换 是")
    assert findings(page(*lines, kind="pdf"), "risk-list") == []


def _stats(total: str) -> Document:
    return case_stats(["药品", "2", *ZERO[1:]], ["医疗器械", "5", *ZERO[1:]], ["化妆品", "2", *ZERO[1:]], ["合计", total, *ZERO[1:]])


@pytest.mark.parametrize(("total", "wanted"), [("9", []), ("10", [("10", "9")]), ("", [])])
def test_the_total_is_the_sum_of_the_rows(total: str, wanted: list[tuple[str, str]]) -> None:
    assert [(f.found, f.expected) for f in findings(_stats(total), "case-stats") if f.code == "total-mismatch"] == wanted


def test_sums_of_decimals_are_not_spoilt_by_binary_fractions() -> None:
    rows = [[k, "0", "0", v, *ZERO[3:]] for k, v in (("药品", "0.1"), ("医疗器械", "0.2"), ("化妆品", "0"), ("合计", "0.3"))]
    assert findings(case_stats(*rows), "case-stats") == []


def test_negative_figures_and_texts_are_invalid_and_a_reviewer_is_wanted() -> None:
    document = case_stats(["药品", "-1", "若干", *ZERO[2:]], ["合计", "-1", *ZERO[1:]], foot="填报人：张三     审核人：     ")
    assert set(told(document, "case-stats")) == {
        ("field-missing", "“审核人”"), ("field-invalid", "“药品”一行“结案数”"), ("field-invalid", "“药品”一行“立案数”"),
        ("field-invalid", "“合计”一行“立案数”"),
    }  # fmt: skip


def test_a_part_too_short_is_told_with_both_lengths() -> None:
    [one] = findings(self_review("字" * 799), "self-review")
    assert (one.code, one.where, one.found, one.expected) == ("section-too-short", "第三部分“存在问题和分析”", "799 字", "不少于 800 字")
    assert findings(self_review("字" * 800), "self-review") == []


def test_missing_and_empty_parts_are_told_by_their_place() -> None:
    document = page("东明所阶段性工作总结", "一、基本情况", "好。", "二、主要工作进展", "三、工作亮点", "好。", "五、其他", "东明所", "2023年10月28日")
    assert told(document, "work-summary") == [("section-missing", "第二部分“主要工作进展”"), ("section-missing", "第四部分“意见建议”")]


def test_numbers_wanted_in_the_other_towns_summary_are_a_note_for_staff() -> None:
    document = page("工作总结", "一、工作部署情况", "好。", "二、工作主要成效", "（一）风险隐患排查情况", "好。", "三、主要经验和做法", "好。", "四、意见建议",
                    "好。", "五、其他")  # fmt: skip
    assert {(f.code, f.severity) for f in findings(document, "work-summary-yongan")} == {("section-missing", "note")}


def test_a_liaison_needs_a_name_and_a_mobile_but_an_office_telephone_is_a_note() -> None:
    document = page("联络员报名表", [["单位名称", "东明所"], ["姓名", ""], ["办公电话", ""], ["移动电话", "1990000791"]])
    assert [(f.code, f.severity, f.field) for f in findings(document, "liaison")] == [
        ("field-missing", "error", "name"), ("field-missing", "note", "office_phone"), ("field-invalid", "error", "mobile")]  # fmt: skip


def test_a_penalty_calls_for_its_decision() -> None:
    parsed = parse(page("执法一中队报送某案", "一、案情概述", "查获。", "二、查办结果", "2023年9月20日作出罚款1万元的行政处罚。"), FORMS["typical-case"])
    wanted = annex_wanted(parsed, FORMS["typical-case"])
    assert wanted is not None
    assert wanted.title == "《行政处罚决定书》"
    assert annex_wanted(replace(parsed, fields={"penalty_decision": False}), FORMS["typical-case"]) is None


def test_a_part_without_the_wanted_figures_is_a_note_too() -> None:
    def notes(words: str) -> list[str]:
        document = page("工作总结", "一、工作部署情况", "好。", "二、工作主要成效", "（一）风险隐患排查情况", "好。", "（二）移送通报情况", words,
                        "（三）案件查办情况", "无大案。", "三、主要经验和做法", "好。", "四、意见建议", "好。", "五、其他")  # fmt: skip
        return [f.field for f in findings(document, "work-summary-yongan") if f.severity == "note"]

    assert notes("与公安机关协作。") == ["transfers"]
    assert notes("线索通报3条。") == []
