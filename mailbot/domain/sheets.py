"""A workbook as data: sheets of columns and rows. How Excel says it is the adapter's (mailbot/adapters/workbook)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

CellValue = str | int | float | datetime | date | None
Tone = Literal["good", "fair", "warn", "bad", "quiet"]  # of a colour: done, done late, something wrong, missing, not yet
Kind = Literal["text", "centre", "number", "moment", "day", "percent"]

MOST_TEXT = 32_767  # UTF-16 units in a cell of Excel
MOST_ROWS = 1_048_576  # of a sheet of Excel
_NAME = 31  # characters of a sheet's name
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
# What XML 1.0 cannot hold, CR (a line end of another kind, and one of the signs a spreadsheet may take for the start of a formula),
# and marks that turn the direction of what is shown.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_RISKY = re.compile(r"\s*[=+\-@＝＋－﹣−＠\t\r|%]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `width`: Chinese characters it has room for. `tones`: words that stand in its cells -> their colour; with `within`
    a word anywhere in the cell counts, the first of the mapping before the others."""

    head: str
    width: float = 8
    kind: Kind = "text"
    tones: Mapping[str, Tone] = field(default_factory=dict)
    within: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a title and lines that explain it. `rows` are taken once, in order; `None` is an empty cell, a datetime is shown
    as Shanghai's clock. `foot`: rows of sums below, not filtered. `still`: columns at the left that stay when one scrolls. `long`: so
    many rows that empty cells are left out and with them the lines around the cells."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[CellValue]]
    notes: tuple[str, ...] = ()
    foot: tuple[Sequence[CellValue], ...] = ()
    still: int = 1
    long: bool = False


def printable(text: str, most: int = MOST_TEXT) -> str:
    """A text that a cell or a paragraph can hold: line ends as LF, nothing that XML forbids, at most `most` UTF-16 units."""
    text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) + len(_ASTRAL.findall(text)) <= most:
        return text
    cut = text.encode("utf-16-le")[: 2 * (most - 1)]
    return cut.decode("utf-16-le", "ignore") + "…"


def may_be_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula, once it is typed again or saved as csv and opened."""
    return bool(_RISKY.match(text))


class SheetNames:
    """Gives each sheet a name that Excel takes: no forbidden sign, not too long, told apart without regard to case."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {"history", *(name.casefold() for name in taken)}  # the first is Excel's own

    def unique(self, wanted: str) -> str:
        plain = _UNNAMEABLE.sub(" ", unicodedata.normalize("NFC", printable(wanted))).strip("' ")[:_NAME].strip("' ") or "表"
        name, n = plain, 1
        while name.casefold() in self._taken:
            n += 1
            mark = f"({n})"
            name = plain[: _NAME - len(mark)] + mark
        self._taken.add(name.casefold())
        return name
