"""Excel files (xlsx, xlsm, xltx): the shown sheets as tables.

calamine reads the cells: it is quick, needs little memory and takes files that openpyxl refuses (libraries.md). But it lays out
the whole used rectangle, so a sheet with a cell far out, or a file it refuses, goes to openpyxl, row by row.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from mailbot.domain.documents import Document, Table
from parsers.readers.cells import MAX_COLUMNS, MAX_ROWS, table, text
from parsers.readers.ooxml import guarded, has_macro, pictures
from parsers.readers.xls import calamine_tables

_MAX_AREA = 5_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]{1,9})([0-9]{1,12})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]{1,12})[\"']")


def read(content: bytes) -> Document:
    """The Document of an Excel file. Raises Unreadable, or what openpyxl raises when both libraries fail."""
    with guarded(content) as package:
        tables = _tables(content, package)
        media = pictures(package, "xl")
        return Document("sheet", tables, pictures=media if not tables else 0, scanned=not tables and media > 0, macro=has_macro(package))


def _tables(content: bytes, package: zipfile.ZipFile) -> tuple[Table, ...]:
    import python_calamine as calamine

    if _area(package) <= _MAX_AREA:
        try:
            return calamine_tables(content)
        except (calamine.CalamineError, OSError, ValueError, KeyError):
            pass
    return tuple(_openpyxl_tables(content))


def _area(package: zipfile.ZipFile) -> int:
    """Cells of the largest used rectangle, from where its cells say they are."""
    largest = 0
    for name in package.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            data = package.read(name)
            rows, columns = [int(number) for number in _ROW.findall(data)], {b"A"}
            for letters, number in _CELL.findall(data):
                columns.add(letters)
                rows.append(int(number))
            if rows:
                at = [_column(letters) for letters in columns]
                largest = max(largest, (max(rows) - min(rows) + 1) * (max(at) - min(at) + 1))
    return largest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _openpyxl_tables(content: bytes) -> Iterator[Table]:
    import openpyxl  # type: ignore[import-untyped]

    workbook = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # WPS writes dimensions that are too small
                rows = (_cut(row) for row in islice(sheet.iter_rows(values_only=True), MAX_ROWS))
                if found := table(rows, sheet.title):
                    yield found
    finally:
        workbook.close()


def _cut(row: tuple[Any, ...]) -> list[str]:
    return [text(value) for value in row[:MAX_COLUMNS]]
