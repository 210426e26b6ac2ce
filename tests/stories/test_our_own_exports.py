"""What we export comes back to us: forwarded with the digest, or sent in by a unit. It is nobody's report."""

from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from stories.conftest import Story

from mailbot.adapters.blanks import written
from mailbot.adapters.papers import write_text
from mailbot.adapters.workbook import write_book
from mailbot.app.demo import papers
from mailbot.app.exports.ledger import export_ledger
from mailbot.app.exports.rollup import export_rollup
from mailbot.domain.blanks import blank_page
from mailbot.domain.documents import EXPORT_MARK
from mailbot.domain.printed import Text
from mailbot.domain.sheets import Column, Sheet
from parsers.readers import read

OFFICE, NAME = "office@bureau.example", "治安市场监管所"
WHEN = "2024-03-29T11:00:00"


def filed(story: Story) -> list[tuple[str, str]]:
    return [(f.unit, f.path) for f in story.house.ledger.all_filings()]


def reported(story: Story) -> None:
    story.post("zhian", "一季度问题清单", files={"清单.docx": papers.risk_list_docx(unit=NAME, reported_on=date(2024, 3, 28))}, when="2024-03-28T15:10:00")


def ledger_of(story: Story, folder: Path) -> bytes:
    export_ledger(story.house.exports(), folder / "台账.xlsx")
    return (folder / "台账.xlsx").read_bytes()


@pytest.mark.shows("A15")
def test_the_ledger_that_staff_forward_with_a_word_about_a_unit_is_not_filed(story: Story, tmp_path: Path) -> None:
    reported(story)
    before = filed(story)
    book = ledger_of(story, tmp_path)
    shown = story.post(OFFICE, "Fw: 【日报】3月29日", "请看附件台账，苇莲苏市场监管所那一封怎么办", files={"台账.xlsx": book}, when=WHEN)
    assert filed(story) == before == [("zhian", "清单.docx")] and shown["disposition"] == "foreign"


def test_the_ledger_that_a_unit_sends_is_no_form_of_its(story: Story, tmp_path: Path) -> None:
    reported(story)
    before = filed(story)
    shown = story.post("zhian", "转发", "见附件", files={"台账.xlsx": ledger_of(story, tmp_path)}, when=WHEN)
    assert filed(story) == before and [(i["form"], i["copy"]) for i in shown["items"]] == [(None, "other")]


@pytest.mark.parametrize("ending", [".xlsx", ".docx"])
def test_the_merged_form_that_comes_back_is_not_filed_for_whoever_sends_it(ending: str, story: Story, tmp_path: Path) -> None:
    reported(story)
    before = filed(story)
    file = tmp_path / f"2024年第一季度风险隐患排查问题清单{ending}"
    export_rollup(story.house.exports(), "risk-list", "2024Q1", file)
    shown = story.post("xinzhen", "一季度问题清单", "附上，烦请接收。", files={file.name: file.read_bytes()}, when=WHEN)
    assert filed(story) == before and [(i["form"], i["copy"]) for i in shown["items"]] == [(None, "other")]


def test_every_workbook_and_text_that_we_write_bears_the_mark_and_no_blank_does(story: Story, tmp_path: Path) -> None:
    form = story.house.rules.forms["case-stats"]
    empty_book, empty_text = written(blank_page(form), ".xlsx"), written(blank_page(form), ".docx")
    write_book([Sheet("甲", "题", (Column("单位", 9),), [("新镇",)])], tmp_path / "new.xlsx")
    write_book([Sheet("甲", "题", (Column("单位", 9),), [("新镇",)])], tmp_path / "onto.xlsx", empty_book)
    write_text([Text("正文")], tmp_path / "new.docx", empty_text)
    assert all(read((tmp_path / name).read_bytes()).ours for name in ("new.xlsx", "onto.xlsx", "new.docx"))
    assert not read(empty_book).ours and not read(empty_text).ours


def test_the_mark_is_found_beside_other_keywords_after_somebody_saved_the_file(story: Story, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(ledger_of(story, tmp_path)))
    book.properties.keywords = f"汇总, {EXPORT_MARK}"
    book.save(tmp_path / "saved.xlsx")
    assert read((tmp_path / "saved.xlsx").read_bytes()).ours
    book.properties.keywords = "汇总"
    book.save(tmp_path / "saved.xlsx")
    assert not read((tmp_path / "saved.xlsx").read_bytes()).ours
