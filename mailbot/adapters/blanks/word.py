"""The empty form as a Word file."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.table import _Cell as WordCell

from mailbot.adapters.blanks import looks
from mailbot.adapters.blanks.looks import Look
from mailbot.domain.blanks import Cell, Grid, Page, Passage

_BLACK = RGBColor(0, 0, 0)
_LINE = Pt(28)  # between lines of a text in 三号
_AROUND_TITLES = Pt(9)
_ROW = Cm(1.2)
_LABEL_CM = 8.0  # room of a label and what is written behind it
_CENTRE, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
_TABS = (WD_TAB_ALIGNMENT.CENTER, WD_TAB_ALIGNMENT.RIGHT)


def word(page: Page) -> bytes:
    """The page as a .docx file."""
    document = docx.Document()
    _styles(document)
    width = _paper(document, page)
    if page.annex:
        document.add_paragraph(page.annex, "附件")
    _titles(document, page.title, page.mark)
    if page.grid:
        _table_form(document, page, page.grid, width)
    else:
        _text(document, page)
    _leave_no_traces(document, page)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _titles(document: Word, lines: Iterable[str], mark: str) -> None:
    for line in lines:
        document.add_paragraph(line, "Title")
    if mark:
        document.add_paragraph(mark, "模板说明")
    document.paragraphs[-1].paragraph_format.space_after = _AROUND_TITLES


def _table_form(document: Word, page: Page, grid: Grid, width: float) -> None:
    _head_lines(document, page.head, width)
    for line in page.above:
        document.add_paragraph(line, "说明")
    _grid(document, grid, width)
    _head_lines(document, page.foot, width)
    for line in page.notes:
        document.add_paragraph(line, "说明")


def _text(document: Word, page: Page) -> None:
    for line in page.head:
        document.add_paragraph(line)
    for line in page.above:
        document.add_paragraph(line, "正文段落")
    if page.heading:
        document.paragraphs[-1].paragraph_format.space_after = _AROUND_TITLES
        _titles(document, (page.heading,), page.mark)
    for passage in page.passages:
        _passage(document, passage)
    for line in (*page.foot, *page.notes):
        document.add_paragraph(line, "正文段落")


def _passage(document: Word, passage: Passage) -> None:
    """The heading, the hint, and an empty line to write in."""
    document.add_paragraph(passage.heading, f"Heading {passage.level}")
    if passage.hint:
        document.add_paragraph(passage.hint, "正文段落")
    if passage.room:
        document.add_paragraph("", "正文段落")


def _head_lines(document: Word, labels: Sequence[str], width: float) -> None:
    """Labels side by side, as many as have room: the first at the left edge, the last at the right, the others between."""
    most = int(width / _LABEL_CM)
    for n in range(0, len(labels), most):
        words = labels[n : n + most]
        line = document.add_paragraph("\t".join(words), "表头表尾")
        for place in range(1, len(words)):
            line.paragraph_format.tab_stops.add_tab_stop(Cm(width * place / (len(words) - 1)), _TABS[place == len(words) - 1])


# --- the table ---------------------------------------------------------------------------------------------------------------


def _grid(document: Word, grid: Grid, width: float) -> None:
    table = document.add_table(len(grid.rows), len(grid.widths), "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    cells = [row.cells for row in table.rows]  # asked once: python-docx lays out the whole table for every single question
    for n, share in enumerate(grid.widths):
        table.columns[n].width = Cm(width * share / sum(grid.widths))
        for row in cells:
            row[n].width = table.columns[n].width
    for r, row in enumerate(table.rows):
        row.height, row.height_rule = _ROW, WD_ROW_HEIGHT_RULE.AT_LEAST
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if r < grid.heads:
            properties.append(OxmlElement("w:tblHeader"))
    for r, c, cell in grid.placed():
        _fill(cells[r][c], cells[r + cell.down - 1][c + cell.across - 1], cell)


def _fill(first: WordCell, last: WordCell, cell: Cell) -> None:
    """Writes a cell that reaches from `first` to `last`."""
    place = first if last is first else first.merge(last)
    place.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = place.paragraphs[0]
    paragraph.text = cell.text
    paragraph.style = "表格标题" if cell.printed else "表格内容"
    paragraph.alignment = _CENTRE if cell.printed or cell.type in looks.CENTRED else _LEFT


# --- paper and styles --------------------------------------------------------------------------------------------------------


def _paper(document: Word, page: Page) -> float:
    """A4 with its margins and page numbers; the width that is written on, in cm."""
    section = document.sections[0]
    narrow, long = looks.A4_CM
    across, down = (long, narrow) if page.landscape else (narrow, long)
    section.orientation = WD_ORIENT.LANDSCAPE if page.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(across), Cm(down)
    top, right, bottom, left = looks.TABLE_MARGINS_CM if page.grid else looks.TEXT_MARGINS_CM
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = Cm(top), Cm(right), Cm(bottom), Cm(left)
    section.footer_distance = Cm(bottom / 2)
    footer = section.footer.paragraphs[0]
    footer.style = "页码"
    footer.add_run("— ")
    footer._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    footer.add_run(" —")
    return across - left - right


def _styles(document: Word) -> None:
    _style(document, "Normal", looks.TEXT, line=_LINE)
    _style(document, "Title", looks.TITLE, centred=True, line=Pt(36))
    _style(document, "Heading 1", looks.HEADING, line=_LINE, indent=2)
    _style(document, "Heading 2", looks.SUB_HEADING, line=_LINE, indent=2)
    _style(document, "正文段落", looks.TEXT, line=_LINE, indent=2)
    _style(document, "附件", looks.ANNEX, line=_LINE)
    _style(document, "模板说明", looks.MARK, centred=True, line=_LINE)
    _style(document, "表头表尾", looks.HEAD_LINE, before=6, after=6)
    _style(document, "表格标题", looks.TABLE_HEAD, before=2, after=2)
    _style(document, "表格内容", looks.TABLE_TEXT, before=2, after=2)
    _style(document, "说明", looks.NOTE, before=4)
    _style(document, "页码", looks.PAGE_NUMBER, centred=True)
    _fall_backs(document)


def _style(
    document: Word, name: str, look: Look, *, centred: bool = False, line: Length | None = None, indent: int = 0, before: float = 0, after: float = 0
) -> None:  # fmt: skip
    """A paragraph style made or made over. `line`: exact height, else single. `indent`: characters before the first line.
    `before`, `after`: points."""
    known = name in [s.name for s in document.styles]
    style: Any = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_rPr().clear()  # the template's own colours and theme fonts
    border = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)
    style.font.name, style.font.size, style.font.color.rgb, style.font.bold = looks.LATIN, Pt(look.size), _BLACK, False
    style.element.rPr.rFonts.set(qn("w:eastAsia"), look.font)
    style.element.rPr.rFonts.set(qn("w:hint"), "eastAsia")  # “ ” and — are of the Chinese font
    shape = style.paragraph_format
    shape.alignment, shape.space_before, shape.space_after = _CENTRE if centred else _LEFT, Pt(before), Pt(after)
    shape.line_spacing = line or 1.0
    if line:
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.first_line_indent = Pt(indent * look.size)


def _fall_backs(document: Word) -> None:
    """Names the other fonts in the font table (ECMA-376 17.8.3.1, altName), so that Word never takes a Latin one."""
    part: Any = next(r.target_part for r in document.part.rels.values() if r.reltype == RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, other in looks.INSTEAD.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{fonts}</w:fonts>".encode())


def _leave_no_traces(document: Word, page: Page) -> None:
    """The title as the file's own, Chinese as its language; nothing of the template's author and picture."""
    about = document.core_properties
    about.title, about.author, about.comments, about.language = page.name, "", "", "zh-CN"
    language: Any = document.styles.element.find(f".//{qn('w:lang')}")
    language.set(qn("w:eastAsia"), "zh-CN")
    package = document.part.package
    for key in [k for k, r in package.rels.items() if r.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del package.rels[key]
