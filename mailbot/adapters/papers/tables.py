"""Tables and bars of a text. python-docx lays out a whole table for every cell it is asked for, so large ones are written as XML."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

from mailbot.adapters.papers import looks
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.printed import Bars, Grid
from mailbot.domain.sheets import CellValue, Column, Tone, printable

_TWIPS = 567  # a centimetre
_LONGEST_BAR_CM, _NAME_CM, _NUMBER_CM = 8.0, 5.0, 2.6
_BAR_CM = 0.5


def grid(document: Word, what: Grid, width: float) -> None:
    """A table over `width` cm, its head on every page, no row parted."""
    table = document.add_table(0, len(what.columns), "Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [width * c.width / sum(c.width for c in what.columns) for c in what.columns]
    for n, cm in enumerate(widths):
        table.columns[n].width = Cm(cm)
    size = looks.SMALLER if what.small else looks.SMALL
    body: Any = table._tbl
    body.append(_row([(c.head, "center", None) for c in what.columns], widths, size, _style(document, looks.CELL_HEAD), head=True))
    style = _style(document, looks.CELL)
    for row in what.rows:
        cells = [(said(v), _side(c), _tone(c, v)) for v, c in zip(row, what.columns, strict=True)]
        body.append(_row(cells, widths, size, style))


def _row(cells: Sequence[tuple[str, str, Tone | None]], widths: Sequence[float], size: float, style: str, *, head: bool = False) -> Any:
    row = OxmlElement("w:tr")
    properties = OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    row.append(properties)
    for (text, side, tone), cm in zip(cells, widths, strict=True):
        row.append(_cell(text, side, looks.TONES[tone] if tone else None, cm, size, style))
    return row


def _cell(text: str, side: str, fill: str | None, cm: float, size: float, style: str) -> Any:
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    cell: Any = parse_xml(f'<w:tc {nsdecls("w")}><w:tcPr><w:tcW w:w="{round(cm * _TWIPS)}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr></w:tc>')
    for line in printable(text).split("\n"):
        paragraph = parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="{style}"/><w:jc w:val="{side}"/></w:pPr>'
            f'<w:r><w:rPr><w:sz w:val="{round(size * 2)}"/></w:rPr><w:t xml:space="preserve"></w:t></w:r></w:p>'
        )
        paragraph.find(f".//{qn('w:t')}").text = line.replace("\t", " ")
        cell.append(paragraph)
    return cell


def _style(document: Word, name: str) -> str:
    return str(document.styles[name].style_id)


def _side(column: Column) -> str:
    return "left" if column.kind == "text" else "center"


def _tone(column: Column, value: CellValue) -> Tone | None:
    text = said(value)
    if column.within:
        return next((tone for word, tone in column.tones.items() if word in text), None)
    return column.tones.get(text)


def said(value: CellValue) -> str:
    """A value as it stands on paper, moments on Shanghai's clock."""
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI) if value.tzinfo else value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def bars(document: Word, what: Bars, width: float) -> None:
    """A row a bar: its name, shaded cells as long as their numbers, and the numbers."""
    most = max((sum(n for _, n in parts) for parts in what.bars.values()), default=0)
    longest = min(_LONGEST_BAR_CM, width - _NAME_CM - _NUMBER_CM)
    for name, parts in what.bars.items():
        shown = [(tone, n) for tone, n in parts if n]
        lengths = [longest * n / most for _, n in shown] if most else []
        cells = [(name, None, _NAME_CM), *(("", looks.BAR_TONES[tone], cm) for (tone, _), cm in zip(shown, lengths, strict=True))]
        cells += [(str(sum(n for _, n in parts)), None, width - _NAME_CM - sum(lengths))]
        _bar(document, [(t, f, max(cm, 0.08)) for t, f, cm in cells])
    line = document.add_paragraph(style=looks.NOTE)
    for tone, meaning in what.legend.items():
        looks.lettering(line.add_run("■"), color=looks.rgb(looks.BAR_TONES[tone]))
        line.add_run(f"{meaning}　")


def _bar(document: Word, cells: Sequence[tuple[str, str | None, float]]) -> None:
    table = document.add_table(0, len(cells))
    table.autofit = False
    for n, (_, _, cm) in enumerate(cells):
        table.columns[n].width = Cm(cm)
    body: Any = table._tbl
    row = OxmlElement("w:tr")
    height = parse_xml(f'<w:trPr {nsdecls("w")}><w:trHeight w:val="{round(_BAR_CM * _TWIPS)}" w:hRule="exact"/></w:trPr>')
    row.append(height)
    for text, fill, cm in cells:
        row.append(_cell(text, "left", fill, cm, looks.SMALL, _style(document, looks.CELL)))
    body.append(row)
    gap: Any = document.add_paragraph()  # two tables that touch become one
    gap.paragraph_format.line_spacing, gap.paragraph_format.space_before, gap.paragraph_format.space_after = Pt(4), Pt(0), Pt(0)
