"""Texts in parts: headings, characters, title, signature, extracts."""

from datetime import date

import pytest

from parsers.layouts import parse
from tests.layouts.pages import FORMS, REVIEW_HEADINGS, form_of, page, self_review

REVIEW, CASE, SUMMARY, YONGAN = (FORMS[i] for i in ("self-review", "typical-case", "work-summary", "work-summary-yongan"))


def test_title_of_two_lines_signature_and_date_are_found() -> None:
    parsed = parse(self_review("缺人。"), REVIEW)
    assert parsed.title == "沙日浩来所 2023年药品安全巩固提升工作自查报告"
    assert (parsed.signature, parsed.reported_on) == ("沙日浩来所\n2023年9月11日", date(2023, 9, 11))


@pytest.mark.parametrize(("words", "characters"), [("字" * 799, 799), ("字" * 800, 800), ("（此部分不少于800字）\n" + "字" * 640, 640)])
def test_a_part_is_counted_without_heading_hint_and_signature(words: str, characters: int) -> None:
    section = next(s for s in parse(self_review(words), REVIEW).sections if s.field == "problems")
    assert (section.characters, section.number) == (characters, 3)


def test_sub_headings_count() -> None:
    section = parse(self_review("（一）人手紧\n缺人。"), REVIEW).sections[2]
    assert section.characters == len("（一）人手紧缺人。")


@pytest.mark.parametrize("heading", [
    "（三）存在的问题及原因分析", "3.存在问题和分析", "第三部分 存在问题和分析", "三 存在问题和分析", "存在问题和分析", "３、存在问题与分析：",
    "三、存在问题和分析（此部分不少于８００字）", "三、 存 在 问 题 和 分 析",
])  # fmt: skip
def test_headings_are_found_in_every_numbering(heading: str) -> None:
    lines = [*("" if i == 2 else h for i, h in enumerate(REVIEW_HEADINGS))]
    lines[2] = heading
    parsed = parse(page("自查报告", *(x for h in lines for x in (h, "内容。"))), REVIEW)
    assert [s.field for s in parsed.sections] == ["overview", "highlights", "problems", "next_steps"]


def test_words_behind_the_heading_in_its_own_line_belong_to_the_part() -> None:
    parsed = parse(page("工作总结", "一、基本情况：今年以来开展工作。", "二、主要工作进展", "好。"), SUMMARY)
    assert parsed.fields["overview"] == "今年以来开展工作。"


def test_parts_in_a_table_cell_are_found() -> None:
    parsed = parse(page("工作总结", [["一、基本情况\n好。\n二、主要工作进展\n顺利。"]]), SUMMARY)
    assert (parsed.fields["overview"], parsed.fields["progress"]) == ("好。", "顺利。")


def test_the_empty_template_is_unfilled() -> None:
    assert parse(page("XX执法中队（市场监管所）", "2023年药品安全巩固提升工作自查报告", "(参考模板)", *REVIEW_HEADINGS), REVIEW).unfilled
    hint = "简要介绍案件主要违法情形、主要调查取证过程、问题\n产品查控情况等。"
    assert parse(page("XX执法中队报送XX案", "一、案情概述", hint, "二、查办结果"), CASE).unfilled


def test_sub_parts_belong_to_their_part_and_bear_its_number() -> None:
    parsed = parse(page("工作总结", "一、工作部署情况", "部署。", "二、工作主要成效", "（一）风险隐患排查情况", "排查。", "（二）移送通报情况",
                        "线索通报3条，案件移送1件。", "（四）其他工作", "无。", "三、主要经验和做法", "经验。", "五、其他", "无"), YONGAN)  # fmt: skip
    numbers = {s.field: s.number for s in parsed.sections}
    assert (numbers["results"], numbers["risks"], numbers["experience"]) == (2, 2, 3)
    assert parsed.fields["other_work"] == "无。"
    assert parsed.fields["other"] == "无"
    assert (parsed.fields["clues_notified"], parsed.fields["cases_transferred"]) == (3, 1)


def _case(outcome: str) -> dict[str, object]:
    parsed = parse(page("填报单位：黄花塔拉所（盖章）   填报日期：2023年12月15日", "黄花塔拉所报送孟某网售无证制剂案",
                        "一、案情概述", "2023年11月6日发现。", "二、查办结果", outcome), CASE)  # fmt: skip
    assert (parsed.title, parsed.fields["title"]) == ("黄花塔拉所报送孟某网售无证制剂案",) * 2
    assert (parsed.unit_text, parsed.fields["reported_on"]) == ("黄花塔拉所", "2023-12-15")
    return dict(parsed.fields)


def test_a_case_handed_to_the_police_is_no_penalty() -> None:
    fields = _case("依据《中华人民共和国药品管理法》第一百二十四条，2023年12月13日将该案移送公安机关，公安机关已受理。")
    assert (fields["legal_basis"], fields["penalty_decision"], fields["transferred_to_police"]) == (("药品管理法",), False, True)
    assert fields["decided_on"] == "2023-12-13"


def test_a_penalty_is_a_penalty_and_the_decision_is_no_law() -> None:
    fields = _case("依据《药品管理法》第一百一十七条，2023年9月20日作出没收违法所得、罚款1.2万元的行政处罚（《行政处罚决定书》附后）。未移送公安机关。")
    assert (fields["legal_basis"], fields["penalty_decision"], fields["transferred_to_police"]) == (("药品管理法",), True, False)
    assert fields["decided_on"] == "2023-09-20"


@pytest.mark.parametrize("outcome", ["目前尚未作出行政处罚决定。", "对当事人不予行政处罚。", "案件正在办理中。"])
def test_a_penalty_not_yet_decided_is_none(outcome: str) -> None:
    assert _case(outcome)["penalty_decision"] is False


def test_a_part_of_the_writers_own_does_not_lengthen_the_part_before() -> None:
    first, second, third, _ = REVIEW_HEADINGS
    parsed = parse(page("自查报告", first, "好。", second, "好。", third, "缺人。", "四、整改情况", "字" * 900, "五、下一步措施和建议", "好。"), REVIEW)
    assert [s.characters for s in parsed.sections if s.field == "problems"] == [3]


def test_the_title_is_no_address_no_opening_and_no_heading() -> None:
    parsed = parse(page("关于报送工作总结的报告", "旗市场监督管理局：", "现将工作总结报告如下", "一、基本情况", "好。", "八仙筒市场监督管理所",
                        "2024年5月28日", "联系人：张三  电话：123"), SUMMARY)  # fmt: skip
    assert (parsed.title, parsed.reported_on) == ("关于报送工作总结的报告", date(2024, 5, 28))


@pytest.mark.parametrize("outcome", ["对未凭处方销售处方药的行为作出行政处罚，罚款1000元。", "没收涉案药品。", "处以罚款5万元。"])
def test_words_like_not_in_the_offence_are_no_denial(outcome: str) -> None:
    assert _case(outcome)["penalty_decision"] is True


def test_an_offence_that_says_not_is_still_handed_to_the_police() -> None:
    assert _case("该未经许可生产药品案已移送公安机关。")["transferred_to_police"] is True


UNITS = ["城关第三中学", "奈曼旗人民医院", "八仙筒镇人民政府", "某某药业有限公司", "12315消费环境建设指导股", "沙日浩来所", "水务处"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("signature", [
    ["{}", "2023年9月11日"], ["{}（盖章）", "2023年9月11日"], ["{}", "（盖章）", "2023年9月11日"], ["{}　2023年9月11日"], ["{}2023年9月11日"],
    ["2023年9月11日", "{}"], ["{}", "二〇二三年九月十一日"], ["{}（公章）"], ["{}", "2023年9月11日", "联系人：张三　电话：4211188"],
])  # fmt: skip
def test_any_unit_signs_whatever_it_is_called(unit: str, signature: list[str]) -> None:
    lines = [line.format(unit) for line in signature]
    parsed = parse(page(*self_review("缺人。").text.splitlines()[:-2], *lines), REVIEW)
    assert parsed.sections[-1].text == "加强培训。"
    assert unit in parsed.signature and parsed.reported_on == (None if "公章" in lines[0] else date(2023, 9, 11))


def test_without_a_date_a_unit_signs_that_stands_above_the_text() -> None:
    lines = self_review("缺人。", title="城关第三中学自查报告").text.splitlines()[:-2]
    assert parse(page(*lines, "城关第三中学"), REVIEW).signature == "城关第三中学"
    assert parse(page(*lines, "城关第四中学"), REVIEW).signature == ""


def test_the_bureau_above_the_unit_signs_too() -> None:
    lines = self_review("缺人。").text.splitlines()[:-2]
    parsed = parse(page(*lines, "奈曼旗教育体育局", "城关第三中学", "2023年9月11日"), REVIEW)
    assert (parsed.signature, parsed.sections[-1].text) == ("奈曼旗教育体育局\n城关第三中学\n2023年9月11日", "加强培训。")


@pytest.mark.parametrize(("last", "text"), [
    (["一是加强培训。", "2023年9月11日"], "一是加强培训。"), (["加强培训"], "加强培训"), (["无", "2023年9月11日"], "无"),
    (["1.加强培训", "2023年9月11日"], "1.加强培训"), (["加强培训，落实责任", "2023年9月11日"], "加强培训，落实责任"),
    (["加强培训", "走访药店", "城关第三中学", "2023年9月11日"], "加强培训\n走访药店"),
    (["药店 12 36 85 66 98", "2023年9月11日"], "药店 12 36 85 66 98"),
    (["2023年9月11日召开会议", "加强培训", "走访药店"], "2023年9月11日召开会议\n加强培训\n走访药店"),
])  # fmt: skip
def test_the_last_words_of_a_text_are_no_signature(last: list[str], text: str) -> None:
    parsed = parse(page(*self_review("缺人。").text.splitlines()[:-3], *last), REVIEW)
    assert parsed.sections[-1].text == text


def test_an_empty_last_part_is_no_signature() -> None:
    parsed = parse(page("工作总结", "一、基本情况", "好。", "其他", "2023年10月30日"), SUMMARY)
    assert ([s.field for s in parsed.sections], parsed.signature) == (["overview", "other"], "2023年10月30日")


def test_the_date_is_known_by_its_role_not_by_its_name() -> None:
    form = form_of({"id": "fire", "title": "消防总结", "layout": {
        "kind": "sections", "heads": [{"field": "filled_on", "labels": ["填写日期"], "type": "date", "role": "date"}],
        "parts": [{"field": "done", "heading": "已做工作"}, {"field": "next", "heading": "下一步工作"}]}})  # fmt: skip
    lines = ["一、已做工作", "好。", "二、下一步工作", "好。", "城关第三中学"]
    headed = parse(page("填写日期：2024年3月1日", "消防总结", *lines, "2024年3月27日"), form)
    assert (headed.fields["filled_on"], headed.fields["reported_on"], headed.reported_on) == ("2024-03-01", "2024-03-01", date(2024, 3, 1))
    signed = parse(page("消防总结", *lines, "2024年3月27日"), form)
    assert (signed.fields["filled_on"], signed.reported_on) == ("2024-03-27", date(2024, 3, 27))
