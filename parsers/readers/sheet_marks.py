"""What calamine does not say about a sheet of an xlsx: rows and columns that are hidden, errors, formulas without a value.

Looked for only where the bytes of the sheet hint at one of them, so that the usual sheet costs nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from parsers.readers.cells import MAX_COLUMNS
from parsers.readers.ooxml import Element

# A hidden row or column or an error value; a formula with no value behind it.
_HIDDEN = re.compile(rb' hidden=["\'](?:1|true)| t=["\']e["\']')
_BLANK = re.compile(rb"f(?: [^<>]*/)?>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></|</(?:\w+:)?c>)")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class Marks:
    """Rows and columns count from 1. `rows`, `columns`: hidden. `filled_rows`, `filled_columns`: where anything stands.
    `errors`: (row, column) -> #REF! and the like. `blank_formulas`: cells such as B5."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    filled_rows: set[int] = field(default_factory=set)
    filled_columns: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    blank_formulas: list[str] = field(default_factory=list)

    def shown(self, rows: Iterable[Sequence[Any]], first: tuple[int, int]) -> Iterator[list[Any]]:
        """The rows without what is hidden, errors as a person sees them. `first`: row and column of the first cell."""
        for at, row in enumerate(rows, first[0]):
            if at not in self.rows:
                places = enumerate(row, first[1])
                yield [self.errors.get((at, place), value) for place, value in places if place not in self.columns]

    def told(self) -> Iterator[str]:
        """What stands in the file but is not shown, for staff."""
        rows, columns = self.rows & self.filled_rows, self.columns & self.filled_columns
        if rows or columns:
            yield f"hidden rows {len(rows)}, hidden columns {len(columns)}"
        if self.blank_formulas:
            yield f"formulas without a value in {', '.join(self.blank_formulas[:10])}"


def marks_of(sheet: bytes) -> Marks | None:
    """The marks of a sheet's XML; None where it bears none."""
    return _read(sheet) if _HIDDEN.search(sheet) or _BLANK.search(sheet) else None


def _read(sheet: bytes) -> Marks:
    from lxml import etree  # type: ignore[import-untyped]

    marks = Marks()
    kinds = ("{*}row", "{*}col", "{*}c")
    with suppress(etree.XMLSyntaxError):  # what was found up to there
        for _, element in etree.iterparse(BytesIO(sheet), tag=kinds, resolve_entities=False, no_network=True, load_dtd=False):
            name = etree.QName(element).localname
            if name == "c":
                _cell(element, marks)
                continue
            if element.get("hidden") in ("1", "true"):
                if name == "row":
                    marks.rows.add(_number(element, "r"))
                else:
                    marks.columns.update(range(_number(element, "min"), min(_number(element, "max"), MAX_COLUMNS) + 1))
            element.clear()
    return marks


def _cell(cell: Element, marks: Marks) -> None:
    place = _place(cell)
    value = cell.findtext("{*}v")
    if place and (value or cell.find("{*}is") is not None):
        marks.filled_rows.add(place[0])
        marks.filled_columns.add(place[1])
    if place and value and cell.get("t") == "e":
        marks.errors[place] = value
    # a formula whose value the writing program left to Excel to work out; one that came out as no text says t="str"
    if place and not value and cell.get("t") != "str" and cell.find("{*}f") is not None:
        marks.blank_formulas.append(cell.get("r"))


def _number(element: Element, name: str) -> int:
    value = element.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0


def _place(cell: Element) -> tuple[int, int] | None:
    match = _REFERENCE.fullmatch(cell.get("r", ""))
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column
