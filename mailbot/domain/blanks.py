"""The empty form as it is printed: FormType -> Page, from the same YAML that the form is read by.

A Page says what stands where; how Word and Excel say it is the adapters' (mailbot/adapters/blanks).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from mailbot.domain.check_rules import NotNegative, Total
from mailbot.domain.forms import (
    Column,
    FormType,
    FreeLayout,
    Head,
    Label,
    LabelsLayout,
    SectionsLayout,
    TableLayout,
    ValueType,
)
from mailbot.domain.numbers import ordinal

Ending = Literal[".docx", ".xlsx"]
_GAP = " " * 24  # room to write in
_NUMBER_GAP = " " * 4
_YEAR_GAP = " " * 6
_DAY, _MONTH = "年    月    日", "年    月"
_WIDE_TABLE = 4  # a table of more columns lies on its side
_SHARES: dict[ValueType, int] = {"text": 5, "names": 5, "email": 5, "date": 4, "mobile": 4, "phone": 4, "yes-no": 4}  # of the width; else 3
_NUMBERING_SHARE = 2
_LABEL_SHARE, _VALUE_SHARE = 3, 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid. `printed`: a head, a label or a number, not a place to write in. `type`: what is written in it;
    `least`: the smallest number it takes. `adds`: the rows of the grid (from 0) whose numbers in this column it adds up."""

    text: str = ""
    printed: bool = False
    type: ValueType = "text"
    least: int | None = None
    across: int = 1
    down: int = 1
    adds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. `widths`: the columns' shares of the page. `rows`: each row's cells from left to right, without the places
    that a cell above reaches into. `heads`: how many rows at the top are repeated on every page."""

    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: int = 0

    def placed(self) -> Iterator[tuple[int, int, Cell]]:
        """Every cell with its row and column, from 0."""
        taken: set[tuple[int, int]] = set()
        for r, row in enumerate(self.rows):
            column = 0
            for cell in row:
                while (r, column) in taken:
                    column += 1
                yield r, column, cell
                taken |= {(r + i, column + j) for i in range(cell.down) for j in range(cell.across)}


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text. `level`: 1 for 一、, 2 for （一）. `hint`: printed under the heading, "" for none. `room`: text is
    written under it; where it has parts of its own, it is written under those."""

    heading: str
    level: int
    hint: str = ""
    room: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """An empty form from top to bottom. `head` and `foot`: labels with their gaps; around a table they share one line, in a
    text each has its own."""

    name: str
    title: tuple[str, ...]
    annex: str = ""
    mark: str = ""
    head: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    heading: str = ""
    grid: Grid | None = None
    passages: tuple[Passage, ...] = ()
    foot: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    landscape: bool = False


def endings(form: FormType) -> tuple[Ending, ...]:
    """The kinds of files its blank can be: a text is written in Word only, and a free text has no form to print."""
    if isinstance(form.layout, FreeLayout):
        return ()
    return (".docx",) if isinstance(form.layout, SectionsLayout) else (".docx", ".xlsx")


def blank_page(form: FormType) -> Page:
    """The empty form. A form of free text has none: ask `endings` first."""
    heads: tuple[Head, ...] = ()
    grid: Grid | None = None
    passages: tuple[Passage, ...] = ()
    blank, notes, wide = form.blank, form.blank.notes, False
    match form.layout:
        case TableLayout() as layout:
            heads, grid, wide = layout.heads, _table(form, layout), len(layout.columns) > _WIDE_TABLE
            notes = notes if layout.counters_in and not layout.kinds else (*filter(None, (_sentence(layout),)), *notes)
        case SectionsLayout() as layout:
            heads, passages = layout.heads, tuple(_passages(layout))
        case LabelsLayout() as layout:
            grid = _labels(layout)
    return Page(
        form.title, blank.title or (form.title,), blank.annex, blank.mark, tuple(_with_gap(h) for h in heads if not h.below),
        blank.above, blank.heading, grid, passages, tuple(_with_gap(h) for h in heads if h.below), notes,
        wide if blank.landscape is None else blank.landscape,
    )  # fmt: skip


def _with_gap(head: Head) -> str:
    """填报单位：                        （盖章） · 填报日期：      年    月    日"""
    label = f"{head.labels[0]}："
    if head.type == "date" or head.role in ("date", "period"):
        return label + _YEAR_GAP + (head.printed or (_MONTH if head.role == "period" else _DAY))
    return f"{label}{_GAP}{head.printed}"


# --- tables ----------------------------------------------------------------------------------------------------------------


def _table(form: FormType, layout: TableLayout) -> Grid:
    least = 0 if any(isinstance(c, NotNegative) for c in form.checks) else None
    head = tuple(Cell(_asked(c.heads[0], c.type, c.unit), printed=True) for c in layout.columns)
    rows = _kind_rows(form, layout, least) if layout.kinds else _free_rows(form, layout, least)
    return Grid(tuple(_share(c) for c in layout.columns), (head, *rows), heads=1)


def _asked(words: str, kind: ValueType, unit: str = "") -> str:
    """A head or label with what may be written there: 是否排除隐患（是/否）, 货值金额（万元）."""
    asked = unit or ("是/否" if kind == "yes-no" else "")
    return f"{words}（{asked}）" if asked and asked not in words else words


def _share(column: Column) -> int:
    return column.width or (_NUMBERING_SHARE if column.role == "number" else _SHARES.get(column.type, 3))


def _empty(column: Column, least: int | None) -> Cell:
    return Cell(type=column.type, least=0 if column.type == "number" else least)


def _kind_rows(form: FormType, layout: TableLayout, least: int | None) -> Iterator[tuple[Cell, ...]]:
    """A row for each kind; the total adds up the others."""
    total = next((c.row for c in form.checks if isinstance(c, Total)), None)
    added = tuple(place for place, kind in enumerate(layout.kinds, 1) if kind != total)
    for kind in layout.kinds:
        cells = (_empty(c, least) for c in layout.columns[1:])
        summed = ("number", "decimal") if kind == total else ()
        yield Cell(kind, printed=True), *(replace(c, adds=added) if c.type in summed else c for c in cells)


def _free_rows(form: FormType, layout: TableLayout, least: int | None) -> Iterator[tuple[Cell, ...]]:
    """The sample row if there is one, then empty rows, all numbered; the counters' sentence stands in the first of all."""
    sampled = bool(layout.sample) and any(c.sample for c in layout.columns)
    for number in range(1, form.blank.rows + 1 + sampled):
        cells = ((c, _sampled(c, layout) if sampled and number == 1 else "") for c in layout.columns)
        yield tuple(_free_cell(c, words, number, layout, least) for c, words in cells)


def _free_cell(column: Column, words: str, number: int, layout: TableLayout, least: int | None) -> Cell:
    if column.role == "number":
        return Cell(str(number), printed=True)
    said = _sentence(layout) if number == 1 and column.field == layout.counters_in else words
    return replace(_empty(column, least), text=said)


def _sampled(column: Column, layout: TableLayout) -> str:
    if column.type == "yes-no":
        return "是/否"
    return f"{layout.sample}{column.sample}" if column.sample else ""


def _sentence(layout: TableLayout) -> str:
    """The sentence with gaps for its numbers."""
    return re.sub(r"\{\w+\}", _NUMBER_GAP, layout.sentence)


# --- labels and texts --------------------------------------------------------------------------------------------------------


def _labels(layout: LabelsLayout) -> Grid:
    """Label and value cells, a group's name once to the left of its labels. The last value of a row reaches to the edge."""
    lines: list[list[Label]] = []
    for label in layout.labels:
        if label.beside and lines and lines[-1][0].group == label.group:
            lines[-1].append(label)
        else:
            lines.append([label])
    grouped = any(x.group for x in layout.labels)
    pairs = max(map(len, lines))
    width = 2 * pairs + int(grouped)
    rows: list[tuple[Cell, ...]] = []
    for group, members in groupby(lines, key=lambda line: line[0].group):
        block = list(members)
        for n, line in enumerate(block):
            lead = (Cell(group, printed=True, down=len(block)),) if group and n == 0 else ()
            rows.append((*lead, *_label_row(line, width - bool(group))))
    shares = (_LABEL_SHARE, _VALUE_SHARE) * pairs
    return Grid((_LABEL_SHARE, *shares) if grouped else shares, tuple(rows))


def _label_row(line: Sequence[Label], width: int) -> Iterator[Cell]:
    for n, label in enumerate(line, 1):
        yield Cell(_asked(label.labels[0], label.type), printed=True)
        across = width - 2 * len(line) + 1 if n == len(line) else 1
        yield Cell(type=label.type, least=0 if label.type == "number" else None, across=across)


def _passages(layout: SectionsLayout) -> Iterator[Passage]:
    """一、 for parts, （一） for what stands under one."""
    part = below = 0
    parents = {p.under for p in layout.parts}
    for one in layout.parts:
        least = f"（此部分不少于{one.least}字）" if one.least else ""
        if one.under:
            below += 1
            yield Passage(f"（{ordinal(below)}）{one.heading}{least}", 2, one.hint)
        else:
            part, below = part + 1, 0
            yield Passage(f"{ordinal(part)}、{one.heading}{least}", 1, one.hint, one.field not in parents)
