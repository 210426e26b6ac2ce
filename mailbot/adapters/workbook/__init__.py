"""Workbooks for the office: the sheets of the domain (mailbot/domain/sheets.py) written by openpyxl, row by row, in little memory.

Every text is a text: it is typed as one whatever it begins with, and where it begins as a formula does it bears the mark that Excel sets
for an apostrophe, so that neither Enter in the cell nor a spreadsheet's guessing makes one of it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import chain, islice
from math import ceil
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.utils.datetime import to_excel  # type: ignore[import-untyped]
from openpyxl.worksheet.properties import PageSetupProperties  # type: ignore[import-untyped]

from mailbot.adapters.workbook import looks
from mailbot.domain.documents import EXPORT_MARK
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.sheets import MOST_ROWS, CellValue, Column, Sheet, SheetNames, may_be_formula, printable

__all__ = ["write_book"]

_CHARACTER = 2.1  # width of a Chinese character in Excel's widths, at 11 points
_TITLE_HEIGHT, _LINE_HEIGHT = 30.0, 15.0  # points
_MOST_HEIGHT = 409.0  # Excel knows no higher row
_LOOKED_AT = 2_000  # characters of a text: more than the highest row holds
_INCH = 2.54
_MARGIN_CM = 1.5


def write_book(sheets: Iterable[Sheet], file: Path, onto: bytes | None = None) -> None:
    """Writes the sheets to a file, behind those of the workbook `onto` if there is one. Rows are taken as they are written; more of
    them than Excel has go on in a further sheet. OSError where the disk refuses."""
    book = load_workbook(BytesIO(onto)) if onto is not None else Workbook(write_only=True)
    names = SheetNames(book.sheetnames)
    for sheet in sheets:
        rows = iter(sheet.rows)
        room = MOST_ROWS - _above(sheet) - len(sheet.foot)
        first, more = next(rows, None), True
        while more:
            there = book.create_sheet(names.unique(sheet.name))
            written = islice(chain(() if first is None else (first,), rows), room)
            _Writer(there, sheet, reused=onto is None).write(written)
            first = next(rows, None)
            more = first is not None
    book.properties.creator, book.properties.keywords = "", EXPORT_MARK
    book.save(file)


def _above(sheet: Sheet) -> int:
    """Rows up to the head, the head included."""
    return 2 + len(sheet.notes)


class _Writer:
    """Writes one sheet. `reused`: cells are written at once and used again for the next row."""

    def __init__(self, sheet: Any, what: Sheet, *, reused: bool) -> None:
        self._sheet, self._what = sheet, what
        self._columns, self._reused = what.columns, reused
        self._cell: Callable[[Any], Any] = (lambda pattern: pattern) if reused else self._copied
        self._last = get_column_letter(len(what.columns))

    def write(self, rows: Iterable[Sequence[CellValue]]) -> None:
        what, above = self._what, _above(self._what)
        self._paper(above)
        self._lines()
        self._sheet.row_dimensions[above].height = max(_lines(c.head, c.width) for c in self._columns) * _LINE_HEIGHT + 6
        self._sheet.append([self._text(looks.pattern(self._sheet, looks.HEAD), c.head) for c in self._columns])
        last = above + self._table(rows, "", above)
        if last > above:
            self._sheet.auto_filter.ref = f"A{above}:{self._last}{last}"
            self._colours(above + 1, last + len(what.foot))
        self._table(what.foot, looks.FOOT, last)

    def _paper(self, above: int) -> None:
        """Widths, what stays while one scrolls, and how it is printed: on its side, as wide as a page, the head on every page."""
        sheet = self._sheet
        for n, column in enumerate(self._columns, 1):
            sheet.column_dimensions[get_column_letter(n)].width = column.width * _CHARACTER + 1
        sheet.freeze_panes = f"{get_column_letter(self._what.still + 1)}{above + 1}"
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"  # 9: A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.print_options.horizontalCentered, sheet.print_options.gridLines = True, self._what.long
        margins = sheet.page_margins
        margins.top = margins.right = margins.bottom = margins.left = _MARGIN_CM / _INCH
        margins.header = margins.footer = _MARGIN_CM / 2 / _INCH
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
        sheet.print_title_rows = f"{above}:{above}"

    def _lines(self) -> None:
        """Title and notes, each over the whole width."""
        across = sum(c.width for c in self._columns)
        for row, (text, look) in enumerate(((self._what.title, looks.TITLE), *((n, looks.NOTE) for n in self._what.notes)), 1):
            height = _TITLE_HEIGHT if look == looks.TITLE else _lines(text, across) * _LINE_HEIGHT + 3
            self._sheet.row_dimensions[row].height = min(height, _MOST_HEIGHT)
            self._sheet.append([self._text(looks.pattern(self._sheet, look), text)])
            if len(self._columns) > 1:
                self._sheet.merged_cells.add(f"A{row}:{self._last}{row}")

    def _table(self, rows: Iterable[Sequence[CellValue]], look: str, above: int) -> int:
        """Writes rows of the table below row `above`; how many."""
        dressed = [_Dressed(self._sheet, column, looks.BARE if self._what.long else look) for column in self._columns]
        number = 0
        for number, row in enumerate(rows, 1):
            lines = max(_lines(value, column.width) if isinstance(value, str) else 1 for value, column in zip(row, self._columns, strict=True))
            if lines > 1:
                self._sheet.row_dimensions[above + number].height = min(lines * _LINE_HEIGHT + 3, _MOST_HEIGHT)
            self._sheet.append([self._filled(place, value) for place, value in zip(dressed, row, strict=True)])
            if lines > 1 and self._reused:
                del self._sheet.row_dimensions[above + number]
        return number

    def _filled(self, place: "_Dressed", value: CellValue) -> Any:
        if isinstance(value, str) and value:
            return self._text(place.quoted if may_be_formula(value) else place.plain, value)
        if self._what.long and (value is None or value == ""):
            return None
        cell = self._cell(place.plain)
        cell._value, cell.data_type = (None if value == "" else _number(value)), "n"
        return cell

    def _text(self, pattern: Any, text: str) -> Any:
        cell = self._cell(pattern)
        # past openpyxl's guessing: what begins with = would become a formula, a control sign would be refused
        cell._value, cell.data_type = text if text.isprintable() and len(text) < 1000 else printable(text), "s"
        return cell

    def _copied(self, pattern: Any) -> Any:
        cell = WriteOnlyCell(self._sheet)
        cell._style = pattern._style
        return cell

    def _colours(self, first: int, last: int) -> None:
        for n, column in enumerate(self._columns, 1):
            letter = get_column_letter(n)
            for rule in looks.rules(column, f"{letter}{first}"):
                self._sheet.conditional_formatting.add(f"{letter}{first}:{letter}{last}", rule)


class _Dressed:
    """The two cells that a column's values are written with: `quoted` for what begins as a formula does."""

    def __init__(self, sheet: Any, column: Column, look: str) -> None:
        self.plain = looks.pattern(sheet, look, column.kind)
        self.quoted = looks.pattern(sheet, look, column.kind)
        self.quoted.quotePrefix = True


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a cell of so many Chinese characters. Only LibreOffice and Excel know exactly."""
    if len(text) <= width and "\n" not in text:
        return 1
    return sum(ceil(max(sum(0.52 if c.isascii() else 1.0 for c in line), 1) / width) for line in text[:_LOOKED_AT].split("\n"))


def _number(value: CellValue) -> int | float | None:
    """Numbers as they are, moments as Excel's days since 1900 on Shanghai's clock."""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return float(to_excel(value))
    assert not isinstance(value, str)
    return value
