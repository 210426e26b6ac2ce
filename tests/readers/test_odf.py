"""OpenDocument text and sheets, written by LibreOffice where it is installed, and by hand where no program writes so."""

import io
import zipfile

import pytest

from mailbot.domain.documents import Document, Paragraph, Table
from parsers.readers import read

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in (("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing"))
)


def packed(body: str, kind: str = "text", styles: str = "", **parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), f"application/vnd.oasis.opendocument.{kind}")
        content = (
            f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
        )
        archive.writestr("content.xml", content)
        for name, data in parts.items():
            archive.writestr(f"META-INF/{name}.xml", data)
    return out.getvalue()


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def table(*rows: str, more: str = "") -> str:
    return f"<table:table {more}>" + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows) + "</table:table>"


def sheet_rows(body: str, styles: str = "") -> tuple[tuple[str, ...], ...]:
    found = read(packed(body, "spreadsheet", styles))
    assert (found.kind, found.trouble) == ("sheet", None), found.detail
    return found.tables[0].rows


def test_headings_paragraphs_and_blanks_stand_as_on_the_page() -> None:
    body = (
        '<text:h text:outline-level="2">一、<text:span>基本</text:span>情况</text:h><text:section><text:p>甲<text:s text:c="3"/>乙'
        "<text:tab/>丙<text:line-break/>丁\n  戊</text:p></text:section><text:p/>"
    )
    assert read(packed(body)) == Document("word", (Paragraph("一、基本情况", 2), Paragraph("甲   乙\t丙\n丁 戊")))


def test_deletions_comments_notes_and_hidden_words_are_left_out() -> None:
    body = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion/></text:changed-region><text:changed-region text:id="c2">'
        "<text:deletion><text:p>旧段</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>共"
        '<text:change-start text:change-id="c1"/>三<text:span>十</text:span><text:change-end text:change-id="c1"/><text:change text:change-id="c2"/>五'
        "<office:annotation><text:p>批注</text:p></office:annotation><text:note><text:note-body><text:p>脚注</text:p></text:note-body></text:note>"
        '<text:span text:style-name="T1">藏</text:span>家</text:p>'
    )
    styles = '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
    assert read(packed(body, styles=styles)).text == "共五家"


def test_text_box_stands_behind_its_paragraph() -> None:
    body = "<text:p>前<draw:frame><draw:text-box><text:p>框内</text:p></draw:text-box></draw:frame>后</text:p>"
    assert read(packed(body)).blocks == (Paragraph("前后"), Paragraph("框内"))


def test_list_numbers_are_written_out() -> None:
    styles = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/>'
        '<text:list-level-style-number text:level="2" style:num-format="1" text:display-levels="2" style:num-suffix="."/>'
        '<text:list-level-style-bullet text:level="3"/></text:list-style>'
    )
    item = "<text:list-item><text:p>{}</text:p>{}</text:list-item>"
    bullet = f"<text:list>{item.format('点', '')}</text:list>"
    inner = f"<text:list>{item.format('甲', '')}{item.format('乙', bullet)}</text:list>"
    body = f'<text:list text:style-name="L">{item.format("概况", inner)}</text:list><text:p>文</text:p>'
    body += f'<text:list text:style-name="L">{item.format("亮点", "")}</text:list>'
    assert read(packed(body)).text.split("\n") == ["概况", "甲", "乙", "点", "文", "亮点"]
    assert read(packed(body, styles=styles)).text.split("\n") == ["一、概况", "一.1.甲", "一.2.乙", "点", "文", "二、亮点"]


def test_merged_cells_of_a_text_repeat_and_inner_tables_follow() -> None:
    body = table(
        cell("表头", 'table:number-columns-spanned="2"') + "<table:covered-table-cell/>",
        cell("药品", 'table:number-rows-spanned="2"') + f"<table:table-cell><text:p>外</text:p>{table(cell('内'))}</table:table-cell>",
        "<table:covered-table-cell/>" + cell("3"),
    )
    assert read(packed(body)).blocks == (Table((("表头", "表头"), ("药品", "外"), ("药品", "3"))), Table((("内",),)))


def test_values_of_a_sheet_stand_as_in_an_excel_file() -> None:
    row = (
        cell("1,200.50", 'office:value-type="float" office:value="1200.5"')
        + cell("3月28日", 'office:value-type="date" office:date-value="2024-03-28T00:00:00"')
        + cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"')
        + cell("25%", 'office:value-type="percentage" office:value="0.25"')
        + cell("007", 'office:value-type="string"')
    )
    assert sheet_rows(table(row)) == (("1200.5", "2024-03-28", "是", "0.25", "007"),)


def test_merged_cell_of_a_sheet_shows_its_text_once() -> None:
    merged = cell("标题", 'table:number-columns-spanned="3"') + '<table:covered-table-cell table:number-columns-repeated="2"/>'
    assert sheet_rows(table(merged, cell("甲") + cell("乙") + cell("丙"))) == (("标题", "", ""), ("甲", "乙", "丙"))


def test_hidden_sheets_rows_and_columns_are_left_out() -> None:
    styles = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="16382"/>'
    )
    hidden = f'<table:table-row table:visibility="filter">{cell("旧")}</table:table-row>'
    shown = f'<table:table table:name="月报">{columns}<table:table-row>{cell("甲")}{cell("藏")}{cell("乙")}</table:table-row>{hidden}</table:table>'
    found = read(packed(table(cell("x"), more='table:style-name="ta2"') + shown, "spreadsheet", styles))
    assert found.blocks == (Table((("甲", "乙"),), "月报"),)


def test_a_million_empty_rows_cost_nothing_and_gaps_are_kept() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    body = (
        f'<table:table><table:table-row>{cell("甲")}{empty}</table:table-row><table:table-row table:number-rows-repeated="2">{empty}</table:table-row>'
        f"<table:table-row>{cell('乙', 'table:number-columns-repeated=' + chr(34) + '2' + chr(34))}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048570">{empty}</table:table-row></table:table>'
    )
    assert sheet_rows(body) == (("甲", ""), ("", ""), ("", ""), ("乙", "乙"))


def test_a_million_full_rows_are_too_large() -> None:
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell("甲", "table:number-columns-repeated=" + chr(34) + "16384" + chr(34))}'
    assert read(packed(f"<table:table>{row}</table:table-row></table:table>", "spreadsheet")).trouble == "too-large"


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (packed("<text:p>字</text:p>", manifest="<manifest:encryption-data/>"), "encrypted"),
        (packed("<text:p>字"), "corrupt"),
        (packed("<text:p>字</text:p>", "formula"), "corrupt"),
    ],
)
def test_file_that_cannot_be_read_says_why(content: bytes, trouble: str) -> None:
    found = read(content)
    assert (found.trouble, found.blocks) == (trouble, ())


def test_blank_text_is_read_and_empty() -> None:
    assert read(packed("<text:p/>")) == Document("word")
