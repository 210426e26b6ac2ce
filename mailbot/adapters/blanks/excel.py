"""The empty form as an Excel file: printed like the Word one, and what is typed into its cells is looked at by Excel too."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import accumulate, groupby, pairwise
from math import ceil
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, Side  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from mailbot.adapters.blanks import looks
from mailbot.adapters.blanks.looks import Look
from mailbot.domain.blanks import Cell, Grid, Page
from mailbot.domain.forms import ValueType

_PORTRAIT, _LANDSCAPE = 84, 126  # widths of A4 between its margins, in characters of Excel
_LABEL = 40  # room of a label and what is written behind it, in characters of Excel
_CHINESE_CHARACTER = 0.19  # such a width for each point of its size
_LINE = 1.4  # height of a line, in its size
_LEAST_ROW = 34.0  # points
_MOST_ROW = 409.0  # Excel knows no higher one
_DECIMAL = re.compile(r"-?\d+\.\d+")
_AFTER_TITLE = 10.0  # points
_INCH = 2.54
_CHINESE = 134  # charset by which Office chooses a font instead of one that is not there
_FRAME = Border(*(Side(style="thin"),) * 4)
_SERIAL_1990 = 32874
_FORMATS = {"date": "yyyy-mm-dd", "phone": "@", "mobile": "@", "email": "@"}


def excel(page: Page) -> bytes:
    """The page as a .xlsx file. It must have a grid."""
    assert page.grid is not None
    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", page.name)[:31]
    book.properties.title, book.properties.creator = page.name, ""
    _Writer(sheet, page, page.grid).write()
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class _Writer:
    """Writes a page row by row."""

    def __init__(self, sheet: Any, page: Page, grid: Grid) -> None:
        self._sheet, self._page, self._grid = sheet, page, grid
        total = _LANDSCAPE if page.landscape else _PORTRAIT
        self._widths = [total * share / sum(grid.widths) for share in grid.widths]
        self._row = 0  # the last one written

    def write(self) -> None:
        page = self._page
        for n, width in enumerate(self._widths, 1):
            self._sheet.column_dimensions[get_column_letter(n)].width = width
        if page.annex:
            self._line(page.annex, looks.ANNEX)
        for line in page.title:
            self._line(line, looks.TITLE, "center")
        if page.mark:
            self._line(page.mark, looks.MARK, "center")
        self._sheet.row_dimensions[self._row].height += _AFTER_TITLE
        self._shared(page.head)
        for line in page.above:
            self._line(line, looks.NOTE)
        first = self._row + 1
        self._cells(first)
        self._shared(page.foot)
        for line in page.notes:
            self._line(line, looks.NOTE)
        self._paper(first)

    def _line(self, text: str, look: Look, to: str = "left") -> None:
        """A line over the whole width, as high as its words need."""
        self._row += 1
        self._put(1, len(self._widths), text, look, to)
        self._sheet.row_dimensions[self._row].height = _height(text, sum(self._widths), look) + look.size / 2

    def _shared(self, labels: Sequence[str]) -> None:
        """Labels side by side, as many as have room: the first to the left edge, the last to the right."""
        most = min(len(self._widths), int(sum(self._widths) / _LABEL))
        for n in range(0, len(labels), most):
            some = labels[n : n + most]
            self._row += 1
            self._sheet.row_dimensions[self._row].height = _LEAST_ROW
            for place, (start, end) in enumerate(_parted(self._widths, len(some))):
                to = "left" if place == 0 else "right" if place == len(some) - 1 else "center"
                self._put(start, end, some[place], looks.HEAD_LINE, to)

    def _put(self, start: int, end: int, text: str, look: Look, to: str) -> None:
        if end > start:
            self._sheet.merge_cells(start_row=self._row, start_column=start, end_row=self._row, end_column=end)
        _dress(_put(self._sheet.cell(self._row, start), text), look, to)

    def _cells(self, first: int) -> None:
        """The grid from that row on."""
        rules, heights = _Rules(), dict.fromkeys(range(len(self._grid.rows)), _LEAST_ROW)
        for r, c, cell in self._grid.placed():
            self._cell(first + r, c + 1, cell, first)
            heights[r] = max(heights[r], _height(cell.text, sum(self._widths[c : c + cell.across]), looks.TABLE_TEXT) / cell.down)
            if not cell.printed and not cell.adds:
                rules.add(cell, first + r, c + 1)
        for rule in rules.made():
            self._sheet.add_data_validation(rule)
        for r, height in heights.items():
            self._sheet.row_dimensions[first + r].height = height
        self._row = first + len(self._grid.rows) - 1

    def _cell(self, row: int, column: int, cell: Cell, first: int) -> None:
        last_row, last_column = row + cell.down - 1, column + cell.across - 1
        for r in range(row, last_row + 1):
            for c in range(column, last_column + 1):
                self._sheet.cell(r, c).border = _FRAME
        if (last_row, last_column) != (row, column):
            self._sheet.merge_cells(start_row=row, start_column=column, end_row=last_row, end_column=last_column)
        place = self._sheet.cell(row, column)
        if cell.adds:
            place.value = _sum(cell, column, first)
        else:
            _put(place, _value(cell))
        place.number_format = _FORMATS.get(cell.type, "General")
        to = "center" if cell.printed or cell.type in looks.CENTRED else "left"
        _dress(place, looks.TABLE_HEAD if cell.printed else looks.TABLE_TEXT, to)

    def _paper(self, first: int) -> None:
        sheet, grid = self._sheet, self._grid
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "landscape" if self._page.landscape else "portrait"
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.top, margins.right, margins.bottom, margins.left = (cm / _INCH for cm in looks.TABLE_MARGINS_CM)
        margins.header = margins.footer = looks.TABLE_MARGINS_CM[2] / 2 / _INCH
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
        sheet.print_area = f"A1:{get_column_letter(len(self._widths))}{self._row}"
        if grid.heads:
            sheet.print_title_rows = f"{first}:{first + grid.heads - 1}"
            sheet.freeze_panes = f"A{first + grid.heads}"


class _Rules:
    """What Excel lets be typed, one rule for all cells alike. A date may be written in words: there Excel only asks."""

    def __init__(self) -> None:
        self._places: dict[tuple[ValueType, int | None], dict[int, list[int]]] = {}  # type and least -> column -> rows

    def add(self, cell: Cell, row: int, column: int) -> None:
        self._places.setdefault((cell.type, cell.least), {}).setdefault(column, []).append(row)

    def made(self) -> Iterator[DataValidation]:
        for (kind, least), columns in self._places.items():
            if (rule := _rule(kind, least)) is not None:
                for column, rows in columns.items():
                    for start, end in _runs(rows):
                        rule.add(f"{get_column_letter(column)}{start}:{get_column_letter(column)}{end}")
                yield rule


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as runs without gaps: 5 6 7 9 -> (5, 7), (9, 9)."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def _rule(kind: ValueType, least: int | None) -> DataValidation | None:
    smallest = str(-(10**12) if least is None else least)
    match kind:
        case "yes-no":
            return _validation("list", "请选“是”或“否”。", formula1='"是,否"')
        case "number":
            return _validation("whole", "请填整数，没有的填 0。", operator="greaterThanOrEqual", formula1=smallest)
        case "decimal":
            what = "请填数字，没有的填 0。" if least is None else "请填不小于 0 的数字，没有的填 0。"
            return _validation("decimal", what, operator="greaterThanOrEqual", formula1=smallest)
        case "date":
            what = "这不像日期，请写成 2024-3-28 的样子。"
            return _validation("date", what, operator="greaterThanOrEqual", formula1=str(_SERIAL_1990), errorStyle="warning")
    return None


def _validation(kind: str, words: str, **more: str) -> DataValidation:
    return DataValidation(type=kind, allow_blank=True, showErrorMessage=True, errorTitle="请核对", error=words, **more)


def _sum(cell: Cell, column: int, first: int) -> str:
    """The sum, or nothing while there is nothing to add up: an empty form stays empty after Excel has calculated it."""
    cells = ",".join(f"{get_column_letter(column)}{first + row}" for row in cell.adds)
    return f'=IF(COUNT({cells})=0,"",SUM({cells}))'


def _value(cell: Cell) -> str | float | None:
    """A number as a number, so that Excel does not mark it as text and can add it up."""
    if cell.text.isdecimal():
        return int(cell.text)
    return float(cell.text) if cell.type == "decimal" and _DECIMAL.fullmatch(cell.text) else cell.text or None


def _put(place: Any, value: str | float | None) -> Any:
    """A text stays a text, also where it begins with = as a formula does."""
    place.value = value
    if isinstance(value, str):
        place.data_type = "s"
    return place


def _dress(place: Any, look: Look, to: str) -> None:
    place.font = Font(name=look.font, sz=look.size, charset=_CHINESE)
    place.alignment = Alignment(horizontal=to, vertical="center", wrap_text=True)


def _height(text: str, width: float, look: Look) -> float:
    """Points that a text needs in a cell of that width."""
    a_line = max(1, int((width - 1) / (look.size * _CHINESE_CHARACTER)))
    lines = (sum(0.5 if c.isascii() else 1 for c in line) for line in text.split("\n"))
    return min(_MOST_ROW, sum(ceil(max(long, 1) / a_line) for long in lines) * look.size * _LINE)


def _parted(widths: Sequence[float], number: int) -> list[tuple[int, int]]:
    """The columns from 1 parted into so many runs of about equal width, none empty."""
    ends, sums = [0], list(accumulate(widths))
    for n in range(1, number):
        wanted = sums[-1] * n / number
        free = range(ends[-1] + 1, len(widths) - (number - n) + 1)
        ends.append(min(free, key=lambda end: abs(sums[end - 1] - wanted)))
    ends.append(len(widths))
    return [(start + 1, end) for start, end in pairwise(ends)]
