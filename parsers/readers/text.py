"""Plain text and CSV: the charset by trying, a table where most lines have the same number of separators."""

import codecs
import csv
import re
from collections import Counter
from io import StringIO
from itertools import islice

from mailbot.domain.documents import Block, Document, Paragraph, Table

_CHARS = 2_000_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ROWS = 50_000


def read(content: bytes) -> Document:
    """The Document of a text file. Never fails."""
    words = decode(content)[:_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    found = _table(words)
    blocks: tuple[Block, ...] = (found,) if found else tuple(Paragraph(line.strip()) for line in words.split("\n") if line.strip())
    return Document("text", blocks)


def decode(content: bytes, declared: str = "") -> str:
    """By byte order mark, else the declared charset, UTF-8 or gb18030, whichever fits wholly."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    if re.sub(r"[^a-z0-9]", "", declared.lower()) in ("gb2312", "gbk", "xgbk", "cp936"):
        declared = "gb18030"
    for name in filter(None, (declared, "utf-8", "gb18030")):
        try:
            return content.decode(name)
        except (UnicodeError, LookupError):
            continue
    return content.decode("gb18030", "replace")


def _table(words: str) -> Table | None:
    """The whole text as one table, as Excel opens a CSV: a title or a note of one cell is a row of it too."""
    if "\n" not in words.strip():
        return None
    for mark in ("\t", ",", ";"):
        try:
            rows = [[cell.strip() for cell in row] for row in islice(csv.reader(StringIO(words), delimiter=mark), _ROWS)]
        except csv.Error:
            continue
        rows = [row for row in rows if any(row)]
        if _is_table(rows):
            width = max(map(len, rows))
            return Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
    return None


def _is_table(rows: list[list[str]]) -> bool:
    """Whether one width of two or more is that of most rows between the first and the last of that width. Two columns may
    be prose with a comma in some lines: there must be nothing between them and little around them."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return False
    width, times = widths.most_common(1)[0]
    at = [place for place, row in enumerate(rows) if len(row) == width]
    height = at[-1] - at[0] + 1
    if width > 2:
        return times > 1 and 2 * times > height
    return times == height > 1 and (times == len(rows) or (times > 2 and 2 * times > len(rows)))
