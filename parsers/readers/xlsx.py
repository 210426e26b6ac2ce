"""Excel files (xlsx, xlsm, xltx): the shown sheets as tables.

calamine reads the cells: it is quick, needs little memory and takes files that openpyxl refuses (libraries.md). But it lays out
the whole used rectangle, so a sheet with a cell far out, or a file it refuses, goes to openpyxl, row by row.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from itertools import islice

from mailbot.domain.documents import Document, Table
from parsers.readers import Unreadable
from parsers.readers.cells import MAX_ROWS, table
from parsers.readers.ooxml import guarded, is_ours, part, pictures, relations, xml
from parsers.readers.ooxml_asks import asks
from parsers.readers.sheet_marks import Marks, marks_of
from parsers.readers.xls import Sheet, calamine_sheets

_MAX_AREA = 5_000_000
# A place so far out that the rectangle up to it may be too large: a column beyond ZZ or a row beyond 9999.
_FAR = re.compile(rb' r=["\'](?:[A-Za-z]{3}|[A-Za-z]{0,2}[0-9]{5})')
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]{1,9})([0-9]{1,12})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]{1,12})[\"']")
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(content: bytes) -> Document:
    """The Document of an Excel file. Raises Unreadable, or what openpyxl raises when both libraries fail.

    `detail` tells what is not in the tables though it is in the file: hidden rows and columns, formulas without a value, and
    what leads out of it."""
    with guarded(content) as package:
        far, marked = _look(package)
        marks = _by_name(package, marked) if marked else {}
        tables = tuple(found for sheet in _sheets(content, far) if (found := _table(sheet, marks.get(sheet.name))))
        media = pictures(package, "xl")
        scanned = not tables and media > 0
        asked = asks(package)
        told = "; ".join((*(f"{name}: {words}" for name, mark in marks.items() for words in mark.told()), *filter(None, (asked.told,))))
        return Document("sheet", tables, pictures=media if scanned else 0, scanned=scanned, macro=asked.runs, detail=told, ours=is_ours(package))


def _table(sheet: Sheet, marks: Marks | None) -> Table | None:
    rows = marks.shown(sheet.rows, sheet.first) if marks else sheet.rows
    return table(islice(rows, MAX_ROWS), sheet.name)


def _look(package: zipfile.ZipFile) -> tuple[bool, dict[str, Marks]]:
    """(whether a sheet reaches so far out that calamine would need too much memory, the marks by part)."""
    far, marked = False, {}
    for name in package.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            sheet = part(package, name) or b""
            far = far or (_FAR.search(sheet) is not None and _area(sheet) > _MAX_AREA)
            if marks := marks_of(sheet):
                marked[name] = marks
    return far, marked


def _by_name(package: zipfile.ZipFile, marked: Mapping[str, Marks]) -> dict[str, Marks]:
    """The marks by the name of the sheet."""
    with suppress(Unreadable):  # calamine and openpyxl will say what is wrong with it
        workbook = xml(package, "xl/workbook.xml")
        parts = {relation.id: relation.target for relation in relations(package, "xl/workbook.xml")}
        sheets = () if workbook is None else workbook.iter("{*}sheet")
        return {s.get("name", ""): marked[parts[s.get(_ID)]] for s in sheets if parts.get(s.get(_ID)) in marked}
    return {}


def _sheets(content: bytes, far: bool) -> Iterable[Sheet]:
    import python_calamine as calamine

    if not far:
        with suppress(calamine.CalamineError, OSError, ValueError, KeyError):
            return tuple(calamine_sheets(content))
    return _openpyxl_sheets(content)


def _area(sheet: bytes) -> int:
    """Cells of the used rectangle, from where its cells say they are."""
    rows, columns = [int(number) for number in _ROW.findall(sheet)], {b"A"}
    for letters, number in _CELL.findall(sheet):
        columns.add(letters)
        rows.append(int(number))
    at = [_column(letters) for letters in columns]
    return (max(rows) - min(rows) + 1) * (max(at) - min(at) + 1) if rows else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _openpyxl_sheets(content: bytes) -> Iterator[Sheet]:
    import openpyxl  # type: ignore[import-untyped]

    workbook = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # WPS writes dimensions that are too small
                yield Sheet(sheet.title, sheet.iter_rows(values_only=True))
    finally:
        workbook.close()
