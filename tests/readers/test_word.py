"""Word files: what a person sees, in the order of the page."""

import io
import zipfile
import zlib

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


def test_numbering_that_begins_anew_counts_from_its_start() -> None:
    again = '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    numbering = NUMBERING.replace("</w:numbering>", again + "</w:numbering>")
    body = numbered("甲", 1) + numbered("", 1) + numbered("乙", 1) + numbered("丙", 3) + numbered("丁", 3)
    assert lines(body, numbering=numbering) == ["一、甲", "三、乙", "一、丙", "二、丁"]


def test_legal_numbering_writes_digits_only() -> None:
    numbering = NUMBERING.replace(
        '<w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/>', '<w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2"/>'
    )
    assert lines(numbered("章", 1) + numbered("节", 1, 1), numbering=numbering) == ["一、章", "1.1节"]


def test_styles_are_found_however_the_file_writes_them() -> None:
    style = '<w:style w:styleId="a1"><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:name w:val="heading 2"/></w:style>'
    hidden = '<w:style w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style>'
    styles = f'<w:styles xmlns:w="{SPACE}">{style}</w:styles>'
    body = (
        paragraph("标题", '<w:pStyle w:val="a1"/>') + paragraph("藏", '<w:pStyle w:val="h"/>') + paragraph("无", '<w:pStyle w:val="none"/>')
    )
    shown = (Paragraph("标题", 2), Paragraph("无"))
    assert read(package(body, styles=styles)).blocks == (shown[0], Paragraph("藏"), shown[1])
    assert read(package(body, styles=styles.replace("w:", "x:").replace("xmlns:w", "xmlns:x"))).blocks == (
        shown[0],
        Paragraph("藏"),
        shown[1],
    )
    assert read(package(body, styles=styles.replace("</w:styles>", hidden + "</w:styles>"))).blocks == shown
    assert read(package(body, styles="<w:styles")).text == "标题\n藏\n无"


def test_strict_file_is_read() -> None:
    document = docx.Document()
    document.add_heading("标题", 2)
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        strict = {name: archive.read(name) for name in ("word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels")}
    change: dict[str, bytes | None] = {
        name: data.replace(SPACE.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main").replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"
        )
        for name, data in strict.items()
    }
    assert read(repacked(content, change)) == read(content)


def test_document_part_of_another_name_is_found() -> None:
    document = docx.Document()
    document.add_heading("标题", 2)
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        renamed: dict[str, bytes | None] = {
            "word/document.xml": None, "word/document2.xml": archive.read("word/document.xml"), "word/_rels/document.xml.rels": None,
            "word/_rels/document2.xml.rels": archive.read("word/_rels/document.xml.rels"),
            "_rels/.rels": archive.read("_rels/.rels").replace(b"word/document.xml", b"word/document2.xml"),
        }  # fmt: skip
    assert read(repacked(content, renamed)) == read(content)


def test_moved_words_stand_where_they_went() -> None:
    body = "<w:p><w:moveFrom><w:r><w:t>旧处</w:t></w:r></w:moveFrom></w:p><w:p><w:moveTo><w:r><w:t>新处</w:t></w:r></w:moveTo></w:p>"
    assert lines(body) == ["新处"]


def test_former_formatting_says_nothing() -> None:
    body = paragraph("文", '<w:pPrChange><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:pPrChange>')
    body += "<w:p><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>显</w:t></w:r></w:p>"
    assert read(package(body)).blocks == (Paragraph("文"), Paragraph("显"))


def test_hidden_row_is_left_out() -> None:
    body = f"<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr>{cell('藏')}</w:tr><w:tr>{cell('显')}</w:tr></w:tbl>"
    assert read(package(body)).tables[0].rows == (("显",),)


def test_ticks_show_their_sign() -> None:
    runs = (
        '<w:r><w:sym w:font="Wingdings 2" w:char="F052"/><w:t>是</w:t><w:sym w:font="Wingdings" w:char="F0A8"/><w:t>否</w:t></w:r>'
        '<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar><w:t>甲</w:t></w:r>'
        '<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData></w:fldChar><w:t>乙</w:t></w:r>'
        '<w:r><w:fldChar><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="药"/><w:listEntry w:val="械"/></w:ddList></w:ffData></w:fldChar></w:r>'
        '<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="x"/></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt>'
    )
    assert lines(f"<w:p>{runs}</w:p>") == ["☑是□否☑甲□乙械☒"]


def test_content_control_that_nobody_filled_in_is_blank() -> None:
    control = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>{}</w:t></w:r></w:sdtContent></w:sdt>"
    body = f"<w:p><w:r><w:t>单位：</w:t></w:r>{control.format('单击或点击此处输入文字。')}</w:p><w:p>{control.format('东明所')}</w:p>"
    assert lines(body) == ["单位：", "东明所"]


def test_soft_hyphens_formulas_and_phonetic_guides() -> None:
    math = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>x+1</m:t></m:r></m:oMath>'
    ruby = "<w:r><w:ruby><w:rt><w:r><w:t>bā</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>八</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    assert lines(f"<w:p><w:r><w:t>甲</w:t><w:softHyphen/><w:t>乙</w:t></w:r>{math}{ruby}</w:p>") == ["甲乙x+1八"]


def with_header(body: str, header: str) -> str:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "占位"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("word/document.xml").decode()
        (part,) = (name for name in archive.namelist() if name.startswith("word/header"))
    page = page.replace("<w:sectPr", body + "<w:sectPr", 1)
    changed = {"word/document.xml": page.encode(), part: f'<w:hdr xmlns:w="{SPACE}">{header}</w:hdr>'.encode()}
    return read(repacked(content, dict(changed))).text


def test_page_header_counts_where_it_fills_in_something_or_stands_for_the_title() -> None:
    header = paragraph("药品安全专项行动") + paragraph("填报单位：东明所") + paragraph("- 1 -")
    assert with_header(paragraph("工作总结"), header) == "填报单位：东明所\n工作总结"
    assert with_header(paragraph("填报单位： 东明所"), header) == "填报单位： 东明所"
    assert with_header(table_of(cell("序号")), header) == "药品安全专项行动\n填报单位：东明所\n序号"


def test_page_of_html_that_a_document_takes_in_is_read_and_nothing_else() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://x/aFChunk" Target="a.html"/><Relationship Id="r2" Type="http://x/aFChunk" Target="b.docx"/>'
        '<Relationship Id="r3" Type="http://x/aFChunk" Target="http://127.0.0.1:9/c.html" TargetMode="External"/></Relationships>'
    )
    space = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    body = paragraph("前") + "".join(f'<w:altChunk {space} r:id="r{n}"/>' for n in (1, 2, 3)) + paragraph("后")
    content = repacked(package(body), {
        "word/_rels/document.xml.rels": relations.encode(), "word/a.html": b"<!DOCTYPE html><html><body><p>in</p></body></html>",
        "word/b.docx": package(paragraph("套")),
    })  # fmt: skip
    assert read(content).text == "前\nin\n后"


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


def doctype(part: str, before: bytes = b"") -> bytes:
    document = docx.Document()
    document.add_heading("正文")
    content = saved(document)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        data = old.read(part)
    head = before + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    at = data.index(b"?>") + 2
    return repacked(content, {part: data[:at] + head + data[at:]})


def test_blank_file_is_read_and_empty() -> None:
    assert read(saved(docx.Document())) == Document("word")


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


@pytest.mark.shows("A44")
@pytest.mark.parametrize("before", [b"", b"<?a?>", b"<!-- <a> -->" + b"<!--" + b" " * 5_000 + b"-->"], ids=["at once", "behind an instruction", "behind comments"])
@pytest.mark.parametrize("part", ["docProps/core.xml", "[Content_Types].xml", "_rels/.rels", "word/settings.xml", "customXml/item1.xml"])
def test_a_word_file_with_a_doctype_in_any_part_is_not_read(part: str, before: bytes) -> None:
    found = read(doctype(part, before))
    assert (found.trouble, found.blocks) == ("corrupt", ()) and part in found.detail


@pytest.mark.shows("A44")
def test_a_doctype_in_a_comment_or_in_a_page_of_html_is_none() -> None:
    content = repacked(package(paragraph("正文")), {"customXml/item1.xml": b"<!-- <!DOCTYPE x> --><x/>", "word/a.html": b"<!DOCTYPE html><html/>"})
    assert read(content).text == "正文"


def test_a_damaged_part_that_nobody_reads_does_not_keep_the_words_from_being_read() -> None:
    content = repacked(package(paragraph("正文")), {"customXml/item1.xml": b"<x>unread-mark</x>"})
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        at = made.getinfo("customXml/item1.xml").header_offset
    spoiled = content[: at + 55] + b"\xff\xff\xff" + content[at + 58 :]
    with zipfile.ZipFile(io.BytesIO(spoiled)) as made, pytest.raises((zipfile.BadZipFile, zlib.error)):
        made.read("customXml/item1.xml")
    assert read(spoiled).text == "正文"


def test_cell_that_spans_a_million_columns_is_cut() -> None:
    rows = read(package(table_of(cell("a", '<w:gridSpan w:val="1000000"/>')))).tables[0].rows
    assert len(rows[0]) == 100


def test_eighty_nested_tables_are_read() -> None:
    body = "<w:tbl><w:tr><w:tc>" * 80 + paragraph("深") + "</w:tc></w:tr></w:tbl>" * 80
    assert read(package(body)).text.strip().endswith("深")
