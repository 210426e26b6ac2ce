"""Several forms in one file are several parts; what only looks like several stays one."""

import pytest

from mailbot.domain.documents import Document, Table
from mailbot.domain.splitting import parts_of
from tests.layouts import bends
from tests.layouts.pages import FORMS, RISK_COLUMNS, RISK_TITLE, STATS_COLUMNS, page

REVIEW = bends.review(bends.HEADING_STYLES["一、"])
SUMMARY: bends.Paper = [
    "东明所药品安全巩固提升行动阶段性工作总结", "一、基本情况", "好。", "二、主要工作进展", "好。", "三、工作亮点", "好。", "四、意见建议", "好。", "五、其他", "无",
    "东明所", "2023年10月30日",
]  # fmt: skip


def case(name: str) -> bends.Paper:
    head = "填报单位：新镇所（盖章）  填报日期：2023年9月28日"
    return ["典型案例报送", head, f"新镇所报送{name}销售劣药案", "一、案情概述", "查获劣药。", "二、查办结果", "罚款一千元。"]


def stats(month: int) -> bends.Paper:
    return [block.replace("2024年6月", f"2024年{month}月") if isinstance(block, str) else block for block in bends.STATS]


def texts(document: Document) -> list[str]:
    return [part.text for part in parts_of(document, FORMS.values())]


def sheet(name: str, *rows: list[str]) -> Table:
    return Table(tuple(map(tuple, rows)), name)


def workbook(*sheets: Table) -> Document:
    return Document("sheet", sheets)


RISK_SHEET = [[RISK_TITLE, "", "", "", ""], ["填报单位：八仙筒所", "", "", "填报日期：2024年3月27日", ""], RISK_COLUMNS, ["1", "温度计失准", "更换", "是", ""]]
STATS_ROWS = [[k, *["1"] * 8] for k in ("药品", "医疗器械", "化妆品", "合计")]


def stats_sheet(name: str, head: str) -> Table:
    return sheet(name, ["案件数据月报表", *[""] * 8], [head, *[""] * 8], STATS_COLUMNS, *STATS_ROWS)


@pytest.mark.parametrize("papers", [
    [REVIEW, SUMMARY], [SUMMARY, REVIEW, ["附件4", *case("某药店")]], [["附件5", *REVIEW], ["附件6", "(参考模板)", *SUMMARY]],
    [case("某药店"), case("某诊所"), case("某商店")], [bends.RISK, bends.STATS],
    [stats(6), stats(7), stats(8)], [bends.RISK, REVIEW, bends.STATS], [bends.RISK, bends.words("八仙筒所", "东明所")(bends.RISK)],
    [REVIEW, bends.words("沙日浩来所", "新镇所")(REVIEW)], [REVIEW, case("某药店")[1:], bends.RISK], [case("某药店")[1:], case("某诊所")[1:]],
    [REVIEW, ["关于上半年有关情况的汇报", *SUMMARY[1:]]],
])  # fmt: skip
def test_papers_one_after_the_other_are_parted_where_each_begins(papers: list[bends.Paper]) -> None:
    assert texts(page(*[block for paper in papers for block in paper])) == [page(*paper).text for paper in papers]


def test_the_units_name_above_a_title_belongs_to_it_and_the_signature_above_does_not() -> None:
    named = ["新镇所", *bends.words("沙日浩来所2023", "2023")(REVIEW)]
    assert texts(page(*SUMMARY, *named)) == [page(*SUMMARY).text, page(*named).text]


@pytest.mark.parametrize("unit", ["城关第三中学", "奈曼旗人民医院", "八仙筒镇人民政府", "好又多药业有限公司"])
def test_any_unit_stands_above_its_title_whatever_it_is_called(unit: str) -> None:
    named = [unit, *bends.words("沙日浩来所", unit)(bends.words("沙日浩来所2023", "2023")(REVIEW))]
    assert texts(page(*SUMMARY, *named)) == [page(*SUMMARY).text, page(*named).text]
    assert texts(page(*named, *named)) == [page(*named).text] * 2
    head = ["附件5", f"填报单位：{unit}（盖章）", *named[1:]]
    assert texts(page(*SUMMARY, *head)) == [page(*SUMMARY).text, page(*head).text]


@pytest.mark.parametrize("last", [
    "一是加强培训，二是走访药店。", "城关第三中学（盖章）", "城关第三中学2023年10月30日", "1.加强培训", "备注：无", "无", "填报人：张三",
])  # fmt: skip
def test_what_ends_the_paper_above_is_no_part_of_a_title(last: str) -> None:
    papers = [[*SUMMARY[:-2], last], REVIEW]
    assert texts(page(*papers[0], *papers[1])) == [page(*paper).text for paper in papers]


def test_a_signed_free_report_below_a_signed_report_is_a_part() -> None:
    free: bends.Paper = ["关于飞行检查工作开展情况的报告", "今年以来检查了一些企业。" * 8, "药械监管股", "2023年10月30日"]
    assert len(texts(page(*REVIEW, *free))) == 2
    assert len(texts(page(*free, *REVIEW))) == 2


def test_a_workbook_has_a_part_for_every_sheet_with_a_form() -> None:
    assert len(texts(workbook(sheet("清单", *RISK_SHEET), stats_sheet("月报", "填报单位：八仙筒所")))) == 2
    assert len(texts(workbook(*(stats_sheet(f"{m}月", "填报单位：八仙筒所") for m in (6, 7, 8))))) == 3
    other = [[c.replace("八仙筒所", "东明所") for c in row] for row in RISK_SHEET]
    assert len(texts(workbook(sheet("Sheet1", *RISK_SHEET), sheet("Sheet2", *other)))) == 2


@pytest.mark.parametrize("document", [
    workbook(sheet("清单", *RISK_SHEET), sheet("Sheet2", [""])),
    workbook(sheet("说明", ["填表说明"], ["数据均为累计数据"]), sheet("清单", *RISK_SHEET), sheet("备注", ["联系电话", "4211188"])),
    workbook(sheet("清单", *RISK_SHEET), sheet("清单续", RISK_COLUMNS, ["2", "药品混放", "分柜", "否", ""])),
    workbook(sheet("清单", *RISK_SHEET), sheet("Sheet2", [RISK_TITLE, *[""] * 4], RISK_COLUMNS, ["2", "药品混放", "分柜", "否", ""])),
    page(*REVIEW[:3], "工作总结", *REVIEW[3:]),
    page(*REVIEW[:3], "2023年上半年工作总结", "做了工作。", *REVIEW[3:]),
    page(*SUMMARY[:6], "典型案例", "查办某案。", "典型做法", *SUMMARY[6:]),
    page(*SUMMARY[:4], "附：风险隐患排查问题清单", [RISK_COLUMNS, ["1", "a", "b", "是", ""]], *SUMMARY[4:]),
    page(*SUMMARY[:4], "风险隐患排查问题清单", [RISK_COLUMNS, ["1", "a", "b", "是", ""]], *SUMMARY[4:]),
    page("沙日浩来所自查报告", *REVIEW), page("目录", "自查报告", "工作总结", *REVIEW), page(*SUMMARY, "附件：自查报告"),
    page(*bends.RISK[:3], [RISK_COLUMNS, ["1", "a", "b", "是", ""]], RISK_TITLE, [RISK_COLUMNS, ["2", "c", "d", "是", ""]]),
    page(*case("某药店")[:4], "1.基本案情", "某药店购进劣药。", "2.调查经过", "已查封。", *case("某药店")[4:]),
    page(*REVIEW[:2], "（一）基本情况", "好。", "（二）其他情况", "好。", *REVIEW[2:]),
    page("各位同事：", "请查收自查报告和工作总结。"), Document("image"), page(),
])  # fmt: skip
def test_what_is_one_paper_stays_one(document: Document) -> None:
    assert parts_of(document, FORMS.values()) == (document,)
