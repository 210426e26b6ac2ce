"""How the office's texts look. The styles named here are those of the blank forms' writer, which made the page."""

from collections.abc import Mapping
from typing import Any

from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from mailbot.domain.sheets import Tone

LATIN = "Times New Roman"
TEXT, NOTE, CELL, CELL_HEAD = "正文段落", "说明", "表格内容", "表格标题"
RED = RGBColor(0xC0, 0x00, 0x00)
# font, size in points
HEADINGS = {1: ("黑体", 16), 2: ("楷体_GB2312", 16), 3: ("仿宋_GB2312", 14)}
BANNER = ("方正小标宋简体", 36)
ARTICLE = ("方正小标宋简体", 20)
CLOSE = 14.0  # points of a text that must not take many pages
SMALL, SMALLER = 10.5, 8.0  # points in tables
# background of a cell, light enough to print in grey; the stronger ones are for bars
TONES: Mapping[Tone, str] = {"good": "E2F0D9", "fair": "FFF2CC", "warn": "FCE4D6", "bad": "F8CBCB", "quiet": "F2F2F2"}
BAR_TONES: Mapping[Tone, str] = {"good": "70AD47", "fair": "FFC000", "warn": "ED7D31", "bad": "C00000", "quiet": "D9D9D9"}


def lettering(run: Any, font: str | None = None, size: float | None = None, *, bold: bool | None = None, color: RGBColor | None = None) -> None:
    """A run's own letters, where its style does not say them."""
    if font:
        run.font.name = LATIN
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if size:
        run.font.size = Pt(size)
    if bold is not None:
        run.font.bold = bold
    if color is not None:
        run.font.color.rgb = color


def rgb(hexadecimal: str) -> RGBColor:
    return RGBColor.from_string(hexadecimal)
