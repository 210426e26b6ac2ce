"""Plain text and CSV: the charset by trying, a table where all lines have the same number of separators."""

import codecs
import csv
import re

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
    lines = [line for line in words.split("\n") if line.strip()][:_ROWS]
    if len(lines) < 2:
        return None
    for mark in ("\t", ","):
        try:
            rows = list(csv.reader(lines, delimiter=mark))
        except csv.Error:
            continue
        width = len(rows[0])
        if width > 1 and all(len(row) == width for row in rows):
            return Table(tuple(tuple(cell.strip() for cell in row) for row in rows))
    return None
