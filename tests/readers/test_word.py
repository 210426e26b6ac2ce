"""Word files: what a person sees, in the order of the page."""

import io
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.shared import Inches
from PIL import Image

from mailbot.domain.documents import Document, Paragraph, Table
from parsers.readers import read

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def package(body: str, **parts: str) -> bytes:
    """A bare package: document.xml alone, as programs write it that python-docx refuses."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{SPACE}"><w:body>{body}</w:body></w:document>')
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", content)
    return out.getvalue()


def repacked(content: bytes, change: dict[str, bytes | None]) -> bytes:
    """A package with some parts changed, added, or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, extra in change.items():
            if name not in old.namelist() and extra is not None:
                new.writestr(name, extra)
    return out.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def table_of(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def lines(body: str, **parts: str) -> list[str]:
    return read(package(body, **parts)).text.split("\n")


def test_paragraphs_and_tables_keep_their_order_and_headings_their_level() -> None:
    document = docx.Document()
    document.add_heading("一、工作亮点", 1)
    document.add_paragraph("正文")
    table = document.add_table(2, 2)
    for at, text in enumerate(("序号", "隐患", "1", "无")):
        table.cell(at // 2, at % 2).text = text
    document.add_paragraph("填表说明")
    assert read(saved(document)) == Document(
        "word", (Paragraph("一、工作亮点", 1), Paragraph("正文"), Table((("序号", "隐患"), ("1", "无"))), Paragraph("填表说明"))
    )


def test_level_comes_from_the_outline_of_a_base_style_too() -> None:
    document = docx.Document()
    base = document.styles.add_style("甲", WD_STYLE_TYPE.PARAGRAPH)
    base.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl xmlns:w="{SPACE}" w:val="1"/>'))
    style = document.styles.add_style("乙", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = base
    document.add_paragraph("标题", style)
    assert read(saved(document)).blocks == (Paragraph("标题", 2),)


def test_merged_cells_repeat_their_text_in_every_place() -> None:
    document = docx.Document()
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "表头"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "药品"
    table.cell(2, 2).text = "3"
    assert read(saved(document)).tables[0].rows == (("表头", "表头", "表头"), ("药品", "", ""), ("药品", "", "3"))


def test_rows_of_different_length_are_filled_up() -> None:
    assert read(package(table_of(cell("a") + cell("b"), cell("c")))).tables[0].rows == (("a", "b"), ("c", ""))


def test_cell_of_several_paragraphs_has_several_lines() -> None:
    body = table_of(f"<w:tc>{paragraph('甲')}{paragraph('')}{paragraph('乙')}</w:tc>")
    assert read(package(body)).tables[0].rows == (("甲\n乙",),)


def test_table_in_a_cell_follows_the_outer_one() -> None:
    body = table_of(f"<w:tc>{paragraph('外')}{table_of(cell('内'))}</w:tc>" + cell("旁")) + paragraph("后")
    assert read(package(body)).blocks == (Table((("外", "旁"),)), Table((("内",),)), Paragraph("后"))


def test_deletions_are_left_out_and_insertions_kept() -> None:
    body = (
        '<w:p><w:r><w:t>共</w:t></w:r><w:del w:id="1"><w:r><w:delText>三</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:t>五</w:t></w:r></w:ins><w:r><w:t>家</w:t></w:r></w:p>'
    )
    assert lines(body) == ["共五家"]
    deleted = f'<w:tbl><w:tr><w:trPr><w:del w:id="1"/></w:trPr>{cell("旧")}</w:tr><w:tr>{cell("新")}</w:tr></w:tbl>'
    assert read(package(deleted)).tables[0].rows == (("新",),)


def test_hidden_words_field_codes_and_notes_of_fallbacks_are_not_shown() -> None:
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:instrText>DATE</w:instrText></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>显</w:t></w:r></w:p>'
    )
    assert lines(body) == ["显"]


def test_content_controls_links_and_text_boxes_are_read() -> None:
    box = f"<w:p><w:r><w:t>前</w:t></w:r><w:r><w:pict><w:txbxContent>{paragraph('框内')}</w:txbxContent></w:pict></w:r></w:p>"
    control = f"<w:sdt><w:sdtContent>{paragraph('控件')}</w:sdtContent></w:sdt>"
    inline = "<w:p><w:sdt><w:sdtContent><w:r><w:t>行内</w:t></w:r></w:sdtContent></w:sdt><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>"
    assert lines(box + control + inline) == ["前", "框内", "控件", "行内链接"]


def test_text_box_written_twice_for_old_programs_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('框')}</w:txbxContent>"
    body = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert lines(body) == ["框"]


NUMBERING = (
    f'<w:numbering xmlns:w="{SPACE}"><w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl>'
    '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)


def numbered(text: str, list_id: int, level: int = 0) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_automatic_numbers_are_written_out() -> None:
    body = (
        numbered("概况", 1) + numbered("甲", 1, 1) + numbered("乙", 1, 1) + numbered("亮点", 1) + numbered("丙", 1, 1) + numbered("点", 2)
    )
    assert lines(body, numbering=NUMBERING) == ["一、概况", "1.甲", "2.乙", "二、亮点", "1.丙", "点"]


def test_eleventh_number_is_written_as_people_do() -> None:
    assert lines("".join(numbered("条", 1) for _ in range(21)), numbering=NUMBERING)[9::5] == ["十、条", "十五、条", "二十、条"]


def test_line_breaks_and_tabs_stay() -> None:
    body = "<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:br w:type='page'/></w:r></w:p>"
    assert read(package(body)).paragraphs[0].text == "甲\n乙\t丙"


def test_file_that_python_docx_refuses_is_read_all_the_same() -> None:
    document = docx.Document()
    document.add_heading("标题", 2)
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        relations = old.read("word/_rels/document.xml.rels")
    spoiled = relations.replace(b"</Relationships>", b'<Relationship Id="rId99" Type="http://x/image" Target="NULL"/></Relationships>')
    broken = repacked(content, {"word/_rels/document.xml.rels": spoiled})
    with pytest.raises(KeyError):
        docx.Document(io.BytesIO(broken))
    assert read(broken) == read(content)


def test_macro_is_told_and_the_text_read() -> None:
    document = docx.Document()
    document.add_paragraph("正文")
    content = repacked(saved(document), {"word/vbaProject.bin": b"x"})
    assert (read(content).macro, read(content).text) == (True, "正文")
    assert not read(saved(document)).macro


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 60), "red").save(out, "PNG")
    out.seek(0)
    return out


def test_file_of_pictures_alone_is_a_scan() -> None:
    document = docx.Document()
    document.add_picture(picture(), Inches(1))
    found = read(saved(document))
    assert (found.scanned, found.pictures) == (True, 1)
    document.add_paragraph("字")
    assert not read(saved(document)).scanned


def doctype(part: str) -> bytes:
    document = docx.Document()
    document.add_paragraph("正文")
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        data = old.read(part)
    head = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    at = data.index(b"?>") + 2
    return repacked(content, {part: data[:at] + head + data[at:]})


HOSTILE = {
    "DOCTYPE in the document": (doctype("word/document.xml"), "corrupt"),
    "DOCTYPE in the styles": (doctype("word/styles.xml"), "corrupt"),
    "three thousand nested tables": (package("<w:tbl><w:tr><w:tc>" * 3000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 3000), "corrupt"),
    "a bomb": (package("<w:p/>" * 20_000_000), "too-large"),
    "more paragraphs than anyone writes": (package("<w:p/>" * 200_000), "too-large"),
    "no body": (repacked(package(""), {"word/document.xml": f'<w:document xmlns:w="{SPACE}"/>'.encode()}), "corrupt"),
    "cut off": (saved(docx.Document())[:9_000], "corrupt"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_a_trouble_and_no_exception(case: str) -> None:
    content, trouble = HOSTILE[case]
    found = read(content)
    assert (found.kind, found.trouble, found.blocks) == ("word", trouble, ())
    assert found.detail


def test_cell_that_spans_a_million_columns_is_cut() -> None:
    rows = read(package(table_of(cell("a", '<w:gridSpan w:val="1000000"/>')))).tables[0].rows
    assert len(rows[0]) == 100


def test_eighty_nested_tables_are_read() -> None:
    body = "<w:tbl><w:tr><w:tc>" * 80 + paragraph("深") + "</w:tc></w:tr></w:tbl>" * 80
    assert read(package(body)).text.strip().endswith("深")
