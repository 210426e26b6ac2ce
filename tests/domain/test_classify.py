"""Exactly one form may win, on what stands on the page."""

from dataclasses import replace

import pytest

from mailbot.domain.classify import by_name, classify, is_annex, outdated
from mailbot.domain.documents import Document
from mailbot.domain.text import fold
from tests.layouts.pages import (
    FORMS,
    REVIEW_HEADINGS,
    RISK_COLUMNS,
    RISK_HEAD,
    RISK_TITLE,
    STATS_COLUMNS,
    case_stats,
    page,
    risk_list,
    self_review,
)

SUMMARY = ("一、基本情况", "好。", "二、主要工作进展", "好。", "三、工作亮点", "好。", "四、意见建议", "好。", "五、其他")
YONGAN = ("一、工作部署情况", "好。", "二、工作主要成效", "（一）风险隐患排查情况", "好。", "三、主要经验和做法", "好。", "四、意见建议", "五、其他")
CASE = ("一、案情概述", "查获。", "二、查办结果", "处罚。")
LIAISON = [["单位名称", ""], ["姓名", ""], ["所在部门", ""], ["职务", ""], ["办公电话", ""], ["移动电话", ""]]


def winner(document: Document) -> str | None:
    return classify(document, FORMS.values()).winner


@pytest.mark.parametrize(("document", "form"), [
    (risk_list(["1", "a", "b", "是", ""]), "risk-list"),
    (page([RISK_COLUMNS, ["1", "a", "b", "是", ""]]), "risk-list"),
    (page(RISK_TITLE, RISK_HEAD, "序号 发现的共性风险隐患 管控措施 是否排除隐患 工作开展情况", "1 a b 是", kind="pdf"), "risk-list"),
    (page("东明所2024年一季度" + RISK_TITLE, "本季度未发现风险隐患。"), "risk-list"),
    (case_stats(["药品", *["0"] * 8]), "case-stats"),
    (page([STATS_COLUMNS, ["药品", *["0"] * 8]], kind="sheet"), "case-stats"),
    (page("东明所2024年5月案件统计月报", "本月无案件。"), "case-stats"),
    (self_review("缺人。"), "self-review"),
    (page("自查总结", *REVIEW_HEADINGS), "self-review"),
    (page("东明所药品安全巩固提升行动阶段性工作总结", *SUMMARY), "work-summary"),
    (page("燕东所药品安全巩固提升行动工作总结", *YONGAN), "work-summary-yongan"),
    (page("执法一中队报送某药店销售劣药案", *CASE), "typical-case"),
    (page("药品安全巩固提升行动联络员报名表", LIAISON), "liaison"),
    (page("关于飞行检查工作开展情况的报告", "今年以来检查了一些企业。" * 8), "free-report"),
])  # fmt: skip
def test_a_form_is_known_by_its_own_marks(document: Document, form: str) -> None:
    assert winner(document) == form


def test_a_missing_part_or_a_missing_title_does_not_hide_the_form() -> None:
    assert winner(page("自查报告", *REVIEW_HEADINGS[:2], REVIEW_HEADINGS[3])) == "self-review"
    assert winner(page(*REVIEW_HEADINGS)) == "self-review"


def test_a_penalty_decision_is_no_typical_case() -> None:
    document = page("奈曼旗市场监督管理局", "行政处罚决定书", "奈市监罚〔2023〕12号", "经查，当事人销售劣药。" * 12, *CASE)
    assert winner(document) is None
    assert is_annex(document, "扫描件.pdf", FORMS.values()) == "typical-case"
    assert is_annex(Document("pdf"), "处罚决定书.pdf", FORMS.values()) == "typical-case"


def test_a_case_whose_template_speaks_of_the_decision_is_a_case() -> None:
    note = "2.收集范围为2023年作出行政处罚或移送公安司法机关的案例。如已作出行政处罚，附《行政处罚决定书》。"
    document = page("药品安全巩固提升行动典型案例报送", "报送要求：", note, "执法一中队报送某药店销售劣药案", *CASE)
    assert (winner(document), is_annex(document, "案例.docx", FORMS.values())) == ("typical-case", None)


def test_two_forms_that_cannot_be_told_apart_are_both_named() -> None:
    result = classify(page("东明所药品安全巩固提升行动工作总结", "今年以来，我所做了大量工作。" * 10), FORMS.values())
    assert (result.winner, set(result.tied)) == (None, {"work-summary", "work-summary-yongan"})


def test_the_whole_notice_with_its_annexes_is_no_form() -> None:
    result = classify(page("关于印发实施方案的通知", [RISK_COLUMNS], *REVIEW_HEADINGS, *SUMMARY, *CASE, LIAISON), FORMS.values())
    assert result.winner is None


@pytest.mark.parametrize("document", [
    page("各位同事：", "请查收附件，按时报送。谢谢。"), page("优惠促销", "本公司产品价格优惠。" * 20), page("东明所“药安小课堂”", "我所设立小课堂。" * 20),
    Document("image"), Document("other", trouble="corrupt"), page(""),
])  # fmt: skip
def test_what_is_no_form_wins_nothing(document: Document) -> None:
    assert winner(document) is None


def test_free_text_never_wins_against_a_layout() -> None:
    result = classify(page("飞行检查工作总结", *SUMMARY, "检查了一些企业。" * 20), FORMS.values())
    assert result.winner == "work-summary"


def test_every_candidate_shows_the_words_it_was_seen_by() -> None:
    first = classify(risk_list(["1", "a", "b", "是", ""]), FORMS.values()).candidates[0]
    assert {"风险隐患排查问题清单", "管控措施"} <= {e.seen for e in first.evidence}
    assert 0 <= first.score <= 1


@pytest.mark.parametrize("document", [
    page("东明所2024年5月案件统计月报", "本月无案件。"), page("东明所2024年一季度" + RISK_TITLE, "本季度未发现风险隐患。"),
    page("关于飞行检查工作开展情况的报告", "今年以来检查了一些企业。" * 8), page("东明所“药安小课堂”", "我所设立小课堂。" * 20), risk_list(), self_review("缺人。"),
])  # fmt: skip
def test_what_is_said_to_be_seen_stands_in_the_file(document: Document) -> None:
    seen = [e.seen for c in classify(document, FORMS.values()).candidates for e in c.evidence]
    assert seen and all(words and fold(words) in fold(document.text) for words in seen)


def test_a_list_of_people_is_no_liaison_form() -> None:
    assert winner(page("消防培训签到表", [["单位名称", "东明所"], ["姓名", "张三"], ["移动电话", "19900007917"]])) is None


@pytest.mark.parametrize(("name", "forms"), [
    ("一季度隐患表_东明.docx", {"risk-list"}), ("东明12月月报.xlsx", {"case-stats"}), ("执法三中队自查报告定.docx", {"self-review"}),
    ("报名_执法一中队.docx", {"liaison"}), ("黄花塔拉报送典型案-章.jpg", {"typical-case"}), ("DOC03271056_1.pdf", set()),
    ("自查总结.docx", {"self-review", "work-summary", "work-summary-yongan"}), ("飞检情况.docx", {"free-report"}), ("排 查 表", {"risk-list"}),
    ("行政处罚决定书.pdf", set()), ("白音他拉 小结", {"work-summary", "work-summary-yongan"}),
])  # fmt: skip
def test_file_names_and_subjects_name_forms(name: str, forms: set[str]) -> None:
    assert {form for form, _ in by_name(name, FORMS.values())} == forms


def test_the_longest_name_comes_first() -> None:
    assert by_name("风险隐患排查问题清单及工作小结", FORMS.values())[0][0] == "risk-list"


def test_an_older_edition_is_known_by_its_words() -> None:
    form = FORMS["risk-list"]
    old = replace(form, recognise=replace(form.recognise, outdated=("药品安全专项整治行动",)))
    assert outdated(page("药品安全专项整治行动问题清单"), old) == "药品安全专项整治行动"
    assert outdated(page(RISK_TITLE), old) is None
