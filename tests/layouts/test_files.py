"""Real Word and Excel files, written here and read through the readers and the layouts; and no document breaks a layout."""

import io
import json
import subprocess
import sys
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.domain.classify import classify
from mailbot.domain.documents import Document, Paragraph, Table
from parsers.layouts import parse
from parsers.readers import read
from tests.layouts.pages import FORMS, RISK_COLUMNS, RISK_HEAD, RISK_TITLE

ROW = ["1", "温度计失准", "更换温度计", "否", "出动执法人员245人次；发现风险隐患数41条，销号28个。"]


def _word() -> bytes:
    document = docx.Document()
    document.add_paragraph(RISK_TITLE)
    document.add_paragraph(RISK_HEAD)
    table = document.add_table(rows=2, cols=5)
    for cells, words in zip(table.rows, (RISK_COLUMNS, ROW), strict=True):
        for cell, text in zip(cells.cells, words, strict=True):
            cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _sheet() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ([RISK_TITLE], ["填报单位：八仙筒所（盖章）", None, None, "填报日期：2024年3月27日"], RISK_COLUMNS, [1, *ROW[1:]]):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("content", "name"), [(_word(), "排查表.docx"), (_sheet(), "排查表.xlsx")])
def test_the_same_list_reads_alike_from_word_and_excel(content: bytes, name: str) -> None:
    document = read(content, name)
    assert classify(document, FORMS.values()).winner == "risk-list"
    parsed = parse(document, FORMS["risk-list"])
    assert parsed.rows == (dict(zip(("no", "risk", "measure", "eliminated", "progress"), [*ROW[:3], False, ROW[4]], strict=True)),)
    read_fields = {k: v for k, v in parsed.fields.items() if v is not None}
    assert read_fields == {"unit": "八仙筒所", "reported_on": "2024-03-27", "officers_sent": 245, "risks_found": 41, "risks_closed": 28}


FORM = """id: checklist
title: 检查清单
layout: {kind: labels, labels: [{field: no, labels: [编号]}, {field: on, labels: [状态]}]}
"""


def alone(tmp_path: Path, form: str) -> tuple[int, str, str]:
    (tmp_path / "checklist.yaml").write_text(form, "utf-8")
    (tmp_path / "清单.txt").write_text("检查清单\n编号：7\n状态：正常\n", "utf-8")
    command = [sys.executable, "-m", "parsers.layouts", str(tmp_path / "checklist.yaml"), str(tmp_path / "清单.txt")]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_form_tried_alone_is_read_as_the_rules_are(tmp_path: Path) -> None:
    status, said, trouble = alone(tmp_path, FORM)
    assert status == 0, trouble
    fields = json.loads(said)["fields"]
    assert (fields["no"], fields["on"]) == ("7", "正常"), "no and on are words, as in the rules"
    assert alone(tmp_path, FORM.replace("title", "titel"))[::2] == (
        2, "规则有误，共 1 处：\n  checklist.yaml 第2行第1列 titel：没有“titel”这个键，是不是想写“title”？\n"
    )  # fmt: skip


_TEXT = st.one_of(st.sampled_from([*RISK_COLUMNS, RISK_TITLE, RISK_HEAD, "例：", "无", "是/否", "一、基本情况", "姓名", "合计"]), st.text(max_size=12))
_BLOCK = st.one_of(_TEXT.map(Paragraph), st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=4).map(lambda rows: Table(tuple(rows))))


@settings(max_examples=60, deadline=None)
@given(st.lists(_BLOCK, max_size=6), st.sampled_from(["word", "sheet", "pdf"]))
def test_no_document_whatever_breaks_a_layout(blocks: list[Paragraph | Table], kind: str) -> None:
    document = Document(kind, tuple(blocks))  # type: ignore[arg-type]
    classify(document, FORMS.values())
    for form in FORMS.values():
        parse(document, form)
