"""Several forms in one file, several units in one file, names misspelt: whole mails."""

import io

import openpyxl
import pytest

from tests.layouts import bends
from tests.layouts.bends import Paper, as_word
from tests.layouts.pages import STATS_COLUMNS
from tests.stories.conftest import Story, codes, gist

STATS_ROWS = [[k, *["1"] * 8] for k in ("药品", "医疗器械", "化妆品")] + [["合计", *["3"] * 8]]


def book(**sheets: list[list[str]]) -> bytes:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def stats(head: str) -> list[list[str]]:
    return [["案件数据月报表"], [head], STATS_COLUMNS, *STATS_ROWS, ["填报人：张三", "", "", "审核人：李四"]]


def risk(unit: str, day: str = "2024年3月27日") -> Paper:
    return [b.replace("八仙筒所（", f"{unit}（").replace("2024年3月27日", day) if isinstance(b, str) else b for b in bends.RISK]


def test_a_document_of_three_reports_is_three_items(story: Story) -> None:
    review = ["新镇所2023年药品安全巩固提升工作自查报告", *(b for b in bends.review(bends.HEADING_STYLES["一、"])[1:-2]), "新镇所", "2023年9月11日"]
    case: Paper = ["填报单位：新镇所（盖章）  填报日期：2023年9月12日", "新镇所报送某药店销售劣药案", "一、案情概述", "查获劣药。", "二、查办结果", "正在办理。"]
    listed = risk("新镇所", "2023年9月28日")
    shown = story.post("xinzhen", files={"材料.docx": as_word(review, case, listed)}, when="2023-09-28T09:00:00")
    assert [(i["path"], i["form"], i["copy"], i["period"]) for i in shown["items"]] == [
        ("材料.docx#1", "self-review", "editable", "2023-09-15"), ("材料.docx#2", "typical-case", "editable", "2023Q3"),
        ("材料.docx#3", "risk-list", "editable", "2023Q3")]  # fmt: skip
    assert len({i["sha256"] for i in shown["items"]}) == len({i["size"] for i in shown["items"]}) == 1
    assert [i["unit"] for i in shown["items"]] == ["新镇市场监管所"] * 3
    assert [i["fields"].get("problems") for i in shown["items"]] == ["人手不足，台账不全。", None, None]
    text = story.letters("xinzhen@units.example")[0].get_content()
    assert "材料.docx（第1份）" in text and "材料.docx（第3份）" in text
    assert story.state("新镇市场监管所", "risk-list", "2023Q3", "2023-09-29T09:00:00")["copies"] == {"editable": "ok", "scan": "missing"}


def test_three_months_on_three_sheets_are_three_filings(story: Story) -> None:
    said = book(**{f"{m}月": stats(f"填报单位：新镇所        统计期：2024年{m}月") for m in (6, 7, 8)})
    shown = story.post("xinzhen", files={"月报.xlsx": said}, when="2024-08-19T09:00:00")
    assert [(i["path"], i["period"], "late" in {f["code"] for f in i["findings"]}) for i in shown["items"]] == [
        ("月报.xlsx#1", "2024-06", True), ("月报.xlsx#2", "2024-07", True), ("月报.xlsx#3", "2024-08", False)]  # fmt: skip
    for period in ("2024-06", "2024-07", "2024-08"):
        assert story.state("新镇市场监管所", "case-stats", period, "2024-08-19T10:00:00")["copies"]["editable"] == "ok"


def test_sheets_that_only_their_names_tell_apart_are_filed_by_their_names(story: Story) -> None:
    said = book(**{f"{m}月": stats("填报单位：新镇所") for m in (6, 7)})
    shown = story.post("xinzhen", files={"统计.xlsx": said}, when="2024-07-19T09:00:00")
    assert [i["period"] for i in shown["items"]] == ["2024-06", "2024-07"]


def test_a_workbook_with_notes_on_its_other_sheets_is_one_item(story: Story) -> None:
    said = book(填表说明=[["数据为当月数据"]], 月报=stats("填报单位：新镇所        统计期：2024年6月"), Sheet3=[[]])
    shown = story.post("xinzhen", files={"月报.xlsx": said}, when="2024-06-19T09:00:00")
    assert [(i["path"], i["period"]) for i in shown["items"]] == [("月报.xlsx", "2024-06")]


def test_one_file_may_hold_the_forms_of_several_units(story: Story) -> None:
    said = as_word(risk("执法一中队"), risk("执法二中队"), risk("执法大队"))
    shown = story.post("zhifadadui", files={"各队清单.docx": said}, when="2024-03-28T09:00:00")
    assert [i["unit"] for i in shown["items"]] == ["执法一中队", "执法二中队", "市场监管综合行政执法大队"]
    assert {i["period"] for i in shown["items"]} == {"2024Q1"}
    for unit in ("执法一中队", "执法二中队", "市场监管综合行政执法大队"):
        assert story.state(unit, "risk-list", "2024Q1", "2024-03-28T10:00:00")["copies"]["editable"] == "ok"


def test_a_part_that_names_a_strange_unit_is_not_filed_and_the_others_are(story: Story) -> None:
    shown = story.post("baxiantong", files={"清单.docx": as_word(risk("八仙筒所"), risk("新镇所"))}, when="2024-03-28T09:00:00")
    assert [("unit-mismatch" in {f["code"] for f in i["findings"]}) for i in shown["items"]] == [False, True]
    assert story.state("八仙筒市场监管所", "risk-list", "2024Q1", "2024-03-28T10:00:00")["copies"]["editable"] == "ok"
    assert story.state("新镇市场监管所", "risk-list", "2024Q1", "2024-03-28T10:00:00")["state"] == "upcoming"


@pytest.mark.parametrize("name", ["八仙桶所", "八仙筒", "奈曼旗八仙桶镇市监所", "八仙筒所", "八所"])
def test_a_slip_in_its_own_name_costs_the_registered_unit_nothing(story: Story, name: str) -> None:
    shown = story.post("baxiantong", files={"清单.docx": as_word(risk(name))}, when="2024-03-28T09:00:00")
    assert (shown["disposition"], shown["items"][0]["unit"], codes(shown)) == ("submission", "八仙筒市场监管所", set())
    assert shown["unit"] == "八仙筒市场监管所"


@pytest.mark.parametrize("sender", ["xinzhen", "office@bureau.example"])
def test_a_name_like_anothers_is_a_question(story: Story, sender: str) -> None:
    shown = story.post(sender, files={"清单.docx": as_word(risk("八仙桶所"))}, when="2024-03-28T09:00:00")
    assert (shown["disposition"], shown["items"][0]["unit"]) == ("review", None)
    assert "像是八仙筒市场监管所" in shown["items"][0]["ask"]
    assert story.state("新镇市场监管所", "risk-list", "2024Q1", "2024-03-28T10:00:00")["state"] == "upcoming"


def test_a_slip_is_answered_where_the_subject_names_the_unit_rightly(story: Story) -> None:
    shown = story.post("office@bureau.example", "转报八仙筒所清单", files={"清单.docx": as_word(risk("八仙桶所"))}, when="2024-03-28T09:00:00")
    assert (shown["disposition"], shown["items"][0]["unit"]) == ("submission", "八仙筒市场监管所")


def test_a_nil_report_in_a_proper_table_completes_and_says_so(story: Story) -> None:
    paper = [block if isinstance(block, str) else [block[0], ["1", "无", "无", "无", ""]] for block in risk("新镇所")]
    story.post("xinzhen", files={"清单.docx": as_word(paper)}, when="2024-03-28T09:00:00")
    shown = story.told[0]
    assert shown["items"][0]["nil"] is True
    assert gist(shown) == ("submission", "receipt")
    assert "零报告" in story.letters("xinzhen@units.example")[0].get_content()
