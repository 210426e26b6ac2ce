"""Words of the rules are put right in lines that were not read surely; nothing else is touched."""

import pytest

from mailbot.domain.classify import classify
from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.pages import Box, Line, Page
from mailbot.domain.policy import Rules
from mailbot.domain.slips import put_right, repaired, vocabulary

SOMEWHERE = Box(0.1, 0.1, 0.9, 0.2)


def page(*lines: tuple[str, float]) -> Page:
    return Page(1, 1000, 1400, "colour", lines=tuple(Line(text, SOMEWHERE, legible) for text, legible in lines))


@pytest.fixture(scope="module")
def words(rules: Rules) -> frozenset[str]:
    return vocabulary(rules.forms.values())


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("“两品一械”风险隐惠排查问题清单", "“两品一械”风险隐患排查问题清单"),
        ("填报单拉：八仙筒市场监管所", "填报单位：八仙筒市场监管所"),
        ("三、存在问题和分祈", "三、存在问题和分析"),
        ("管控排施", "管控措施"),
        ("责今停产停业", "责令停产停业"),
        ("立案教", "立案数"),
        ("風险隐患排查问題清单", "风险隐患排查问题清单"),
    ],
)
def test_a_word_of_the_rules_with_a_slip_is_put_right(read: str, meant: str, words: frozenset[str]) -> None:
    assert put_right(read, words) == meant


@pytest.mark.parametrize(
    "read",
    [
        "填报日期：2024年3月27日",
        "出动执法人员172人次",
        "检查化妆品经营者三家",
        "统计期2024年03月",
        "飞行检查工作开展情况",
        "一、基本情况",
        "执法二中队",
        "王海军",
        "",
    ],
)
def test_what_is_no_slip_stays(read: str, words: frozenset[str]) -> None:
    assert put_right(read, words) == read


def test_figures_are_never_put_right() -> None:
    known = frozenset(("第一季度工作总结", "2023年工作报告"))
    assert put_right("第二季度工作总结", known) == "第二季度工作总结"
    assert put_right("2024年工作报告", known) == "2024年工作报告"


def test_where_two_words_may_be_meant_neither_is_taken() -> None:
    assert put_right("燕乐市场监管所", frozenset(("燕东市场监管所", "燕西市场监管所"))) == "燕乐市场监管所"
    assert put_right("燕东市场监管所", frozenset(("燕东市场监管所", "燕西市场监管所"))) == "燕东市场监管所"


def test_only_lines_that_were_not_read_surely_are_put_right(words: frozenset[str]) -> None:
    document = Document("image", (Paragraph("二、工作重点"), Table((("管控排施", "12"),))))
    unsure = page(("二、工作重点", 0.99), ("管控排施", 0.6), ("12", 0.3))
    assert repaired(document, (unsure,), words).blocks == (Paragraph("二、工作重点"), Table((("管控措施", "12"),)))
    assert repaired(document, (), words) is document


def test_a_word_that_goes_on_in_the_next_line_is_put_right_where_it_was_not_read_surely(words: frozenset[str]) -> None:
    document = Document("image", (Paragraph("共检查医疗机构制剖室0家次"),))
    pages = (page(("共检查医疗", 0.99), ("机构制剖室0家次", 0.7)),)
    assert repaired(document, pages, words).text == "共检查医疗机构制剂室0家次"
    assert repaired(document, (page(("共检查医疗", 0.7), ("机构制剖室0家次", 0.99)),), words) == document


def test_a_form_whose_title_was_read_with_slips_is_recognised(rules: Rules, words: frozenset[str]) -> None:
    lines = ("附件7", "药品安全巩固提升行动联络员报名袁", "单位名林 八仙筒市场监管所", "姓名 包青松", "所在部们 综合股", "移动电话 13800000000")
    document = Document("image", tuple(Paragraph(text) for text in lines))
    better = repaired(document, (page(*((text, 0.8) for text in lines)),), words)
    assert [b.text for b in better.paragraphs][1:3] == ["药品安全巩固提升行动联络员报名表", "单位名称 八仙筒市场监管所"]
    assert classify(better, rules.forms.values()).winner == "liaison"
    assert better.text.endswith("移动电话 13800000000")
