"""Old Excel files (BIFF .xls, WPS .et), and xlsb and ods: the shown sheets as tables, by calamine."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from mailbot.domain.documents import Document, Table
from parsers.readers import Unreadable
from parsers.readers.cells import MAX_COLUMNS, MAX_ROWS, table, text

_VBA = "_VBA_PROJECT".encode("utf-16-le")


def read(content: bytes) -> Document:
    """The Document of an old Excel file. Raises Unreadable; calamine may also panic, which `readers.read` catches."""
    import python_calamine as calamine

    try:
        tables = calamine_tables(content)
    except calamine.PasswordError as error:
        raise Unreadable("encrypted", "workbook with a password") from error
    except calamine.CalamineError as error:
        trouble = "encrypted" if "password" in str(error).lower() else "corrupt"
        raise Unreadable("encrypted" if trouble == "encrypted" else "corrupt", f"{type(error).__name__}: {error}") from error
    return Document("sheet", tables, macro=_VBA in content)


def calamine_tables(content: bytes) -> tuple[Table, ...]:
    """All shown sheets that hold anything, in order. Always from a file object: by path calamine trusts the name."""
    return tuple(_sheets(content))


def _sheets(content: bytes) -> Iterator[Table]:
    import python_calamine as calamine

    workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(content))
    shown = calamine.SheetVisibleEnum.Visible
    work = calamine.SheetTypeEnum.WorkSheet
    if not workbook.sheets_metadata:
        raise Unreadable("corrupt", "workbook without sheets")
    for meta in workbook.sheets_metadata:
        if meta.visible == shown and meta.typ == work:
            sheet = workbook.get_sheet_by_name(meta.name)
            if found := table((_cut(row) for row in islice(sheet.to_python(), MAX_ROWS)), meta.name):
                yield found


def _cut(row: list[Any]) -> list[str]:
    return [text(value) for value in row[:MAX_COLUMNS]]
