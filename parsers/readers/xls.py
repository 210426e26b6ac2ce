"""Old Excel files (BIFF .xls, WPS .et) and xlsb: the shown sheets as tables, by calamine, else by xlrd."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from mailbot.domain.documents import Document
from parsers.readers import Unreadable
from parsers.readers.cells import MAX_ROWS, table
from parsers.readers.ooxml import guarded
from parsers.readers.ooxml_asks import asks
from parsers.readers.zip_heads import MAGIC as ZIP

_EXCEL_5, _EXCEL_97 = "Book\0".encode("utf-16-le"), "Workbook\0".encode("utf-16-le")  # names of the one stream
_VBA = "_VBA_PROJECT".encode("utf-16-le")
_MACRO_SHEET = re.compile(rb"\x85\x00[\x08-\x80]\x00.{4}[\x00-\x02]\x01", re.DOTALL)  # BOUNDSHEET8 of an Excel 4 macro sheet ([MS-XLS] 2.4.28)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A shown sheet as a library gives it. `first`: row and column of its first value, counted from 1."""

    name: str
    rows: Iterable[Sequence[Any]]
    first: tuple[int, int] = (1, 1)


def read(content: bytes) -> Document:
    """The Document of an old Excel file. Raises Unreadable; the libraries may also fail in ways that `readers.read` catches."""
    macro = _runs(content)
    tables = tuple(found for sheet in _sheets(content) if (found := table(islice(sheet.rows, MAX_ROWS), sheet.name)))
    return Document("sheet", tables, macro=macro)


def _runs(content: bytes) -> bool:
    """Whether it bears macros. Raises Unreadable for a package (xlsb) that may not be read."""
    if content.startswith(ZIP):
        with guarded(content) as package:
            return asks(package).runs
    return _VBA in content or _MACRO_SHEET.search(content) is not None


def _sheets(content: bytes) -> Iterable[Sheet]:
    """calamine is ten times as quick; xlrd knows the Excel of before 1995 and files that calamine refuses (libraries.md)."""
    import python_calamine as calamine

    if _EXCEL_5 in content and _EXCEL_97 not in content:
        return _xlrd_sheets(content)  # calamine takes its 8-bit texts for 16-bit ones
    try:
        return tuple(calamine_sheets(content))
    except calamine.PasswordError as error:
        raise Unreadable("encrypted", "workbook with a password") from error
    except calamine.CalamineError as error:
        if content.startswith(b"PK"):
            raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error
        return _xlrd_sheets(content)


def calamine_sheets(content: bytes) -> Iterator[Sheet]:
    """All shown sheets, in order. Always from a file object: by path calamine trusts the name."""
    import python_calamine as calamine

    workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(content))
    if not workbook.sheets_metadata:
        raise Unreadable("corrupt", "workbook without sheets")
    for meta in workbook.sheets_metadata:
        if meta.visible == calamine.SheetVisibleEnum.Visible and meta.typ == calamine.SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(meta.name)
            row, column = sheet.start or (0, 0)
            yield Sheet(meta.name, sheet.to_python(), (row + 1, column + 1))


def _xlrd_sheets(content: bytes) -> Iterator[Sheet]:
    import xlrd  # type: ignore[import-untyped]

    try:
        workbook = _xlrd_workbook(content)
    except xlrd.XLRDError as error:
        locked = "encrypted" in str(error).lower()
        raise Unreadable("encrypted" if locked else "corrupt", f"{type(error).__name__}: {error}") from error
    for sheet in workbook.sheets():
        if sheet.visibility == 0:
            yield Sheet(sheet.name, ([_value(cell, workbook.datemode) for cell in row] for row in sheet.get_rows()))


def _xlrd_workbook(content: bytes) -> Any:
    """Files of before 1997 name their charset, or leave it out: then it is that of Chinese Windows."""
    import xlrd

    workbook = xlrd.open_workbook(file_contents=content, logfile=StringIO())
    if workbook.biff_version >= 80 or workbook.codepage is not None:
        return workbook
    return xlrd.open_workbook(file_contents=content, logfile=StringIO(), encoding_override="gb18030")


def _value(cell: Any, datemode: int) -> object:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(cell.value, datemode)
        except (ValueError, OverflowError):
            return cell.value
        return moment.time() if cell.value < 1 else moment
    return cell.value
