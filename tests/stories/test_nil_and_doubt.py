"""What looks plain and is not: nil reports with a doubt in them, heads that name two units or none of ours, papers that contradict each other."""

import io
import zipfile
from datetime import date

import pytest
from stories.conftest import Story, codes, gist

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.demo.scan import Page, stamped_jpeg

WHEN = "2024-03-28T10:00:00"
UNIT = "八仙筒市场监管所"
DAY = date(2024, 3, 26)
SCAN = stamped_jpeg(Page(title="问题清单", lines=("一", "二"), seal=UNIT))
STRANGER = "lina8812@mail.example"


def risk_list(unit: str = UNIT, **more: object) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=DAY, title="2024年第一季度“两品一械”风险隐患排查问题清单", **more)  # type: ignore[arg-type]


def asked(story: Story) -> list[str]:
    return [r.question for r in story.house.ledger.open_reviews(story.house.clock())]


# --- nil reports -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "seen"), [
    ("上季度我所无新增隐患，本季度的正在整理，明天报。", "正在"), ("本季度无新增风险隐患，明天再报一次。", "明天"),
    ("四季度无新增风险隐患。一季度的没有新增。", "四季度"),
    ("本季度未发现风险隐患的情况不存在，请知悉。", "不存在"), ("上期零报告有误，我所一季度实际有隐患3条。", "有误"),
    ("我所不属于零报告。", "不属于"), ("隔壁新镇所本季度无新增风险隐患。", "隔壁"), ("如本季度无新增风险隐患，我所按零报告处理。", "如"),
    ("截至目前本季度无新增风险隐患，届时以月底数据为准。", "届时"), ("本季度无新增风险隐患，发现问题3个。", "3个"),
    ("本季度无新增风险隐患，清单见附件。", "附件"), ("八仙筒所、新镇所本季度均无新增风险隐患。", "新镇"),
])  # fmt: skip
def test_a_nil_sentence_with_a_doubt_beside_it_is_a_persons_to_judge(story: Story, text: str, seen: str) -> None:
    shown = story.post("baxiantong", "一季度问题清单", text, when=WHEN)
    assert gist(shown) == ("review", "none") and story.house.ledger.all_filings() == ()
    (question,) = asked(story)
    assert seen in question


@pytest.mark.parametrize("text", [
    "各位领导：本季度我所未发现共性风险隐患。现将情况如实报告如下，谢谢！", "药械监管股：本季度无新增风险隐患，特此报告。",
    "截至3月底，一季度经排查未发现风险隐患。",
    "本季度尚未发现风险隐患，如有问题请联系。",
])  # fmt: skip
def test_courtesies_and_its_own_period_are_no_doubt(story: Story, text: str) -> None:
    assert gist(story.post("baxiantong", "一季度问题清单", text, when=WHEN)) == ("submission", "receipt")


def test_a_month_that_is_not_the_reports_own_is_a_doubt(story: Story) -> None:
    assert gist(story.post("baxiantong", "3月案件统计", "2月份无案件。", when=WHEN)) == ("review", "none")


def test_a_nil_report_that_names_another_unit_is_held(story: Story) -> None:
    shown = story.post("baxiantong", "一季度问题清单", "新镇市场监管所本季度无新增风险隐患。", when=WHEN)
    assert gist(shown) == ("review", "held") and shown["unit"] == "新镇市场监管所" and codes(shown) == {"unit-mismatch"}
    assert story.house.ledger.all_filings() == ()


def test_the_squad_headquarters_may_report_nil_for_a_squad(story: Story) -> None:
    shown = story.post("zhifadadui", "一季度问题清单", "执法一中队本季度无新增风险隐患。", when=WHEN)
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "执法一中队"
    assert story.state("执法一中队", "risk-list", "2024Q1")["state"] == "complete"
    assert story.state("市场监管综合行政执法大队", "risk-list", "2024Q1")["state"] == "overdue"


def test_a_nil_file_for_what_allows_none_is_a_persons_to_waive(story: Story) -> None:
    word = papers.free_report_docx(title="飞行检查工作开展情况", unit="药械监管股", text="本期无飞行检查工作。", reported_on=date(2023, 10, 27))
    shown = story.post("yaoxie", "飞行检查", files={"飞检.docx": word, "盖章.jpg": SCAN}, when="2023-10-27T10:00:00")
    assert shown["disposition"] == "review" and shown["items"][0]["nil"] is True and shown["items"][0]["duty"] == "flight-inspection"
    assert asked(story) == ["来信说本期没有这一项，是否免报？"]


def test_a_nil_sentence_beside_another_form_is_not_passed_over(story: Story) -> None:
    stats = papers.case_stats_xlsx(unit=UNIT, month=(2024, 3))
    shown = story.post("baxiantong", "3月案件统计", "附件为案件统计。本季度无新增风险隐患。", {"统计.xlsx": stats, "盖章.jpg": SCAN}, when=WHEN)
    assert gist(shown) == ("review", "none") and [i["nil"] for i in shown["items"] if i["form"] == "risk-list"] == [True]
    assert story.state(UNIT, "case-stats", "2024-03")["copies"] == {"editable": "ok", "scan": "ok"}


# --- strangers ---------------------------------------------------------------------------------------------------------------


def test_a_stranger_who_reports_nil_for_our_unit_is_held(story: Story) -> None:
    shown = story.post(STRANGER, "一季度风险隐患", "八仙筒所一季度无新增风险隐患，零报告。", when=WHEN)
    assert gist(shown) == ("review", "held") and shown["unit"] == UNIT and not shown["trusted"]
    assert story.house.ledger.all_filings() == ()


def test_a_strangers_link_under_the_name_of_our_unit_is_held(story: Story) -> None:
    page = '<div>从QQ邮箱发来的超大附件</div><a href="https://mail.qq.com/cgi-bin/ftnExs_download?k=1">进入下载页面</a>'
    shown = story.post(STRANGER, "八仙筒所一季度清单", html=page, when=WHEN)
    assert gist(shown) == ("review", "held") and shown["unit"] == UNIT
    assert story.post(STRANGER, "春季特惠清单", html=page, when="2024-03-28T11:00:00")["disposition"] == "foreign"


# --- whose -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["八仙筒市场监管所、新镇市场监管所", "大柳树市场监管所", "执法九中队"])
def test_a_head_that_names_two_units_or_none_of_ours_is_a_persons_to_settle(story: Story, head: str) -> None:
    shown = story.post("baxiantong", "清单", files={"清单.docx": risk_list(head), "清单-章.jpg": SCAN}, when=WHEN)
    assert gist(shown) == ("review", "none") and story.house.ledger.all_filings() == ()
    assert head.partition("、")[0] in asked(story)[0]


@pytest.mark.parametrize("head", ["奈曼旗市场监督管理局", "奈曼旗市场监管所", "XX市场监管所", "本所"])
def test_a_head_that_names_the_bureau_or_nobody_is_the_senders(story: Story, head: str) -> None:
    shown = story.post("baxiantong", "清单", files={"清单.docx": risk_list(head), "清单-章.jpg": SCAN}, when=WHEN)
    assert shown["disposition"] == "submission" and shown["unit"] == UNIT


# --- papers that contradict each other ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank_name", ["a空表.docx", "附件3空表.docx"])
def test_a_blank_beside_the_filled_form_does_no_harm(story: Story, blank_name: str) -> None:
    blank = papers.risk_list_docx(unit="", reported_on=None, rows=(), sample_left=True, counters=Counters(**dict.fromkeys(Counters.__dataclass_fields__)))
    files = dict(sorted({blank_name: blank, "清单.docx": risk_list(), "盖章.jpg": SCAN}.items()))
    shown = story.post("baxiantong", files=files, when=WHEN)
    assert gist(shown) == ("submission", "receipt") and codes(shown) == set()
    assert story.state(UNIT, "risk-list", "2024Q1")["state"] == "complete"


def test_two_documents_of_one_report_with_other_figures_are_a_persons_to_choose_from(story: Story) -> None:
    files = {"清单.docx": risk_list(counters=Counters(officers_sent=96)), "清单改.docx": risk_list(counters=Counters(officers_sent=88)), "盖章.jpg": SCAN}
    assert gist(story.post("baxiantong", files=files, when=WHEN)) == ("review", "none") and story.house.ledger.all_filings() == ()
    same = {"清单.docx": risk_list(counters=Counters(officers_sent=96)), "副本.docx": risk_list(counters=Counters(officers_sent=96)), "盖章.jpg": SCAN}
    assert gist(story.post("baxiantong", files=same, when="2024-03-29T10:00:00")) == ("submission", "receipt")


def test_the_scan_belongs_to_the_document_in_its_own_folder(story: Story) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for squad in ("一中队", "二中队"):
            archive.writestr(f"{squad}/清单.docx", risk_list(f"执法{squad}"))
            archive.writestr(f"{squad}/盖章.jpg", SCAN + squad.encode())
    shown = story.post("zhifadadui", files={"中队清单.zip": packed.getvalue()}, when=WHEN)
    assert gist(shown) == ("submission", "receipt")
    assert [i["unit"] for i in shown["items"]] == ["执法一中队"] * 2 + ["执法二中队"] * 2
