"""Values of spreadsheet cells as the text a person sees, and used ranges as tables."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from mailbot.domain.documents import Table

MAX_ROWS = 50_000
MAX_COLUMNS = 1_000
_PICTURE = ("=DISPIMG(", "=_xlfn.DISPIMG(")  # a picture in a cell, as WPS writes it


def text(value: object) -> str:
    """One cell: dates 2024-03-28 (with a time only where it is not midnight), whole numbers without a point, other
    numbers as short as they were written, booleans 是/否, an empty cell ""."""
    if isinstance(value, str):
        return _words(value) if value else ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return str(value)


def _words(value: str) -> str:
    if value.startswith(_PICTURE):
        return ""
    if "\r" in value or "_x000D_" in value:
        value = value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return value.strip()


def table(rows: Iterable[Sequence[object]], name: str) -> Table | None:
    """The rows of a sheet's values as a Table, empty rows and columns at the end cut off; None where nothing is left."""
    kept: list[list[str]] = []
    empty = 0
    for values in rows:
        row = [text(value) for value in values[:MAX_COLUMNS]]
        while row and not row[-1]:
            row.pop()
        if row:
            kept += [[] for _ in range(empty)]
            kept.append(row)
            empty = 0
        elif kept:
            empty += 1
    width = max(map(len, kept), default=0)
    return Table(tuple(tuple(row + [""] * (width - len(row))) for row in kept), name) if width else None
