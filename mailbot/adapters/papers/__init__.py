"""Texts for people to read and send up: the blocks of the domain (mailbot/domain/printed.py) written by python-docx behind a page that
the blank forms' writer made, whose paper, fonts and page numbers they share."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Length, Pt

from mailbot.adapters.papers import looks, tables
from mailbot.domain.documents import EXPORT_MARK
from mailbot.domain.printed import Bars, Block, Break, Grid, Heading, Rule, Style, Text
from mailbot.domain.sheets import printable

__all__ = ["write_text"]

_CENTRED = ("centred", "title", "banner")
_CLOSE_LINE = Pt(23)
_HEADING_LINE = Pt(26)


def write_text(blocks: Iterable[Block], file: Path, onto: bytes) -> None:
    """Writes the blocks to a file, behind what stands in the page `onto`. OSError where the disk refuses."""
    document = docx.Document(BytesIO(onto))
    _drop_empty_lines(document)
    for block in blocks:
        _write(document, block)
    document.core_properties.keywords = EXPORT_MARK
    document.save(str(file))


def _write(document: Word, block: Block) -> None:
    match block:
        case Heading():
            _heading(document, block)
        case Text():
            for line in printable(block.text).split("\n"):
                _line(document, line.replace("\t", " "), block.style)
        case Rule():
            _rule(document)
        case Grid():
            tables.grid(document, block, _width(document))
        case Bars():
            tables.bars(document, block, _width(document))
        case Break():
            _turn(document, block.landscape)


def _drop_empty_lines(document: Word) -> None:
    """A page without a title begins with an empty one."""
    for paragraph in document.paragraphs:
        if not paragraph.text.strip() and paragraph._p.find(".//{*}sectPr") is None:
            paragraph._p.getparent().remove(paragraph._p)


def _heading(document: Word, what: Heading) -> None:
    font, size = looks.HEADINGS[what.level]
    paragraph = document.add_paragraph(style=f"Heading {what.level}")
    looks.lettering(paragraph.add_run(printable(what.text).replace("\n", " ")), font, size, bold=what.level > 1, color=looks.rgb("000000"))
    shape = paragraph.paragraph_format
    shape.page_break_before, shape.keep_with_next = what.anew, True
    shape.space_before, shape.space_after = Pt(6 if what.level < 3 else 2), Pt(2)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.AT_LEAST, _HEADING_LINE


def _line(document: Word, text: str, style: Style) -> None:
    paragraph = document.add_paragraph(style=looks.NOTE if style == "note" else looks.TEXT)
    run = paragraph.add_run(text)
    shape = paragraph.paragraph_format
    if style in _CENTRED:
        paragraph.alignment, shape.first_line_indent = WD_ALIGN_PARAGRAPH.CENTER, Pt(0)
    if style == "banner":
        looks.lettering(run, *looks.BANNER, color=looks.RED)
        shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    if style == "title":
        looks.lettering(run, *looks.ARTICLE)
        shape.space_after = Pt(6)
    if style == "close":
        looks.lettering(run, size=looks.CLOSE)
        shape.line_spacing, shape.first_line_indent = _CLOSE_LINE, Pt(2 * looks.CLOSE)


def _rule(document: Word) -> None:
    paragraph: Any = document.add_paragraph()
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="18" w:space="1" w:color="{looks.RED}"/></w:pBdr>')
    )
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing, shape.space_after = WD_LINE_SPACING.EXACTLY, Pt(6), Pt(8)


def _width(document: Word) -> float:
    """What is written on, in cm."""
    section = document.sections[-1]
    sizes = (section.page_width, section.left_margin, section.right_margin)
    page, left, right = (size if size is not None else Length(0) for size in sizes)
    return float(Length(page - left - right).cm)


def _turn(document: Word, landscape: bool) -> None:
    """New pages that lie as asked."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    width, height = sorted((section.page_width or Length(0), section.page_height or Length(0)))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (height, width) if landscape else (width, height)
