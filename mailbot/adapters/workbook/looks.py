"""How the office's workbooks look: one style for each kind of cell, made once a sheet, and the colours of what is done and what is not."""

from collections.abc import Mapping
from typing import Any

from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.formatting.rule import CellIsRule, FormulaRule, Rule  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]

from mailbot.domain.sheets import Column, Kind, Tone

_CHINESE = 134  # charset by which Office chooses a font instead of one that is not there
_FONT, _HEAD_FONT = "宋体", "黑体"
_LINE = Border(*(Side(style="thin", color="BFBFBF"),) * 4)
_HEAD_FILL = PatternFill("solid", start_color="DCE6F1", end_color="DCE6F1")
# background and letters; light enough to print in grey, and the word beside the colour says the same
TONES: Mapping[Tone, tuple[str, str]] = {
    "good": ("E2F0D9", "375623"), "fair": ("FFF2CC", "7F6000"), "warn": ("FCE4D6", "843C0B"), "bad": ("F8CBCB", "9C0006"), "quiet": ("F2F2F2", "7F7F7F"),
}  # fmt: skip
_FORMATS: Mapping[Kind, str] = {"moment": "yyyy-mm-dd hh:mm", "day": "yyyy-mm-dd", "percent": "0.0%"}
TITLE, NOTE, HEAD, FOOT, BARE = "title", "note", "head", "foot", "bare"


def font(size: float = 11, *, bold: bool = False, head: bool = False, color: str = "000000") -> Font:
    return Font(name=_HEAD_FONT if head else _FONT, sz=size, b=bold, charset=_CHINESE, color=color)


def pattern(sheet: Any, what: str, kind: Kind = "text") -> Any:
    """A cell dressed for a place in the sheet: title, note, head, foot, or "" for a cell of the table; bare without lines around."""
    cell = WriteOnlyCell(sheet)
    if what == TITLE:
        cell.font, cell.alignment = font(16, head=True), Alignment(vertical="center")
    elif what == NOTE:
        cell.font, cell.alignment = font(10, color="404040"), Alignment(vertical="center", wrap_text=True)
    elif what == HEAD:
        cell.font, cell.border, cell.fill = font(head=True), _LINE, _HEAD_FILL
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    else:
        cell.font = font(bold=what == FOOT)
        if what != BARE:
            cell.border = _LINE
        cell.alignment = Alignment(horizontal="left" if kind == "text" else "center", vertical="center", wrap_text=kind in ("text", "centre", "number"))
        cell.number_format = _FORMATS.get(kind, "General")
    return cell


def rules(column: Column, first: str) -> list[Rule]:
    """The column's colours as conditional formats; `first` is its first cell (D5). Of several the first that fits counts."""
    made = []
    for word, tone in column.tones.items():
        back, letters = TONES[tone]
        dress = {"fill": PatternFill("solid", start_color=back, end_color=back), "font": Font(color=letters), "stopIfTrue": True}
        said = word.replace('"', '""')
        if column.within:
            made.append(FormulaRule(formula=[f'ISNUMBER(SEARCH("{said}",{first}))'], **dress))
        else:
            made.append(CellIsRule(operator="equal", formula=[f'"{said}"'], **dress))
    return made
