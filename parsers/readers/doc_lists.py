"""Automatic numbers of a Word 97-2003 file ([MS-DOC] 2.4.6.3): a heading's 一、 is often no text but a list's number."""

import struct
from collections.abc import Iterator

from parsers.readers.doc_file import LIST_USES, LISTS, WordFile
from parsers.readers.docx_styles import written

# MSONFC number formats -> the names docx has for them
_FORMATS = {
    0: "decimal", 3: "upperLetter", 4: "lowerLetter", 11: "japaneseCounting", 14: "decimalFullWidth", 15: "decimalHalfWidth",
    18: "decimalEnclosedCircle", 19: "decimalFullWidth", 22: "decimalZero", 28: "decimalEnclosedCircle", 33: "taiwaneseCounting",
    35: "taiwaneseCountingThousand", 37: "chineseCounting", 39: "chineseCountingThousand",
}  # fmt: skip
_LEVELS = 9
_Level = tuple[int, int, str]  # first number, format, text in which \0 to \10 stand for the levels' numbers


class Lists:
    """Counts automatic numbers in the order of the page."""

    def __init__(self, file: WordFile) -> None:
        levels = dict(_levels(file))
        uses = file.block(LIST_USES)
        count = min(int.from_bytes(uses[:4], "little"), (len(uses) - 4) // 16) if len(uses) > 4 else 0
        self._levels = [levels.get(int(struct.unpack_from("<i", uses, 4 + 16 * n)[0]), []) for n in range(count)]
        self._ids = [int(struct.unpack_from("<i", uses, 4 + 16 * n)[0]) for n in range(count)]
        self._counts: dict[tuple[int, int], int] = {}

    def label(self, use: int, level: int) -> str:
        """The number Word shows before a paragraph of list use `use` (from 1); "" for a bullet or a format not known here."""
        if not 0 < use <= len(self._levels) or level >= len(self._levels[use - 1]):
            return ""
        levels, name = self._levels[use - 1], self._ids[use - 1]
        self._counts[name, level] = self._counts.get((name, level), levels[level][0] - 1) + 1
        for deeper in range(level + 1, _LEVELS):
            self._counts.pop((name, deeper), None)
        parts = []
        for character in levels[level][2]:
            at = ord(character)
            if at < _LEVELS:
                number = self._counts.get((name, at), 1)
                shown = written(number, _FORMATS[levels[at][1]]) if at < len(levels) and levels[at][1] in _FORMATS else None
                if shown is None:
                    return ""
                parts.append(shown)
            else:
                parts.append(character)
        return "".join(parts) if any(ord(c) < _LEVELS for c in levels[level][2]) else ""


def _levels(file: WordFile) -> Iterator[tuple[int, list[_Level]]]:
    """(list id, its levels). The levels (LVL) follow the array of lists (LSTF) in the table stream."""
    heads = file.block(LISTS)
    place, size = struct.unpack_from("<II", file.body, 154 + 8 * LISTS)
    table, at = file.table, place + size
    count = min(int.from_bytes(heads[:2], "little"), (len(heads) - 2) // 28) if len(heads) > 2 else 0
    for number in range(count):
        head = heads[2 + 28 * number : 30 + 28 * number]
        levels: list[_Level] = []
        for _ in range(1 if head[26] & 1 else _LEVELS):
            if at + 30 > len(table):
                return
            first, style = struct.unpack_from("<iB", table, at)
            text = at + 28 + table[at + 24] + table[at + 25]
            length = int.from_bytes(table[text : text + 2], "little")
            words = table[text + 2 : text + 2 + 2 * length].decode("utf-16-le", "replace")
            levels.append((first, style, words))
            at = text + 2 + 2 * length
        yield int.from_bytes(head[:4], "little", signed=True), levels
