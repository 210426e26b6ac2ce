"""Headings of parts and heads of columns as people retype them, found on a page.

The classifier and the layouts read with the same eyes, so both find them here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.forms import Part, SectionsLayout, TableLayout
from mailbot.domain.numbers import ORDINAL
from mailbot.domain.spellings import bare
from mailbot.domain.text import fold

# 一、 (一) 1. 1、 (1) 三． 三丶 第一部分 第二章; fold() has already made ① to 1 and （ to (.
_N = rf"(?:{ORDINAL}|\d{{1,2}}|[ivx]{{1,4}})"
_NUMBERING = re.compile(rf"(?:第{_N}(?:部分|章|节|项)[、.:,丶]?|\({_N}\)[、.:,丶]?|{_N}\)?[、.:,)丶·])")
_LOOSE_NUMBERING = re.compile(rf"(?:{ORDINAL}|\d{{1,2}})(?=\D)")
_TOP = re.compile(rf"(?:第(?:{ORDINAL}|\d{{1,2}})(?:部分|章)|(?:{ORDINAL}|[ivx]{{1,4}})[、.:,丶])")
_OF_CONTENTS = re.compile(r"(?:\t|…|[.·]{3,})[\s….·]*[(（-]?\s*\d{1,3}\s*[-)）]?\s*$")  # 二、工作亮点……2

CONTENTS = "目录"
_SEARCHED_LINES = 10  # among which a 目录 stands
_LONGEST_HEADING = 40
_GOOD = 0.8  # similar enough for a numbered or styled line
_SURE = 0.9  # for a line that nothing but its words marks as a heading
_CROWDED = 3  # a row of so many different cells is data or column heads: no part begins in it


def numbering(text: str) -> str:
    """The numbering at the start of a folded line, "" where there is none."""
    match = _NUMBERING.match(text)
    return match.group() if match else ""


def is_of_contents(text: str) -> bool:
    """A line of a table of contents: words, dots or a tab, the number of a page."""
    return bool(_OF_CONTENTS.search(text))


class Line(NamedTuple):  # a page has hundreds of them
    """One line of a page: a paragraph (split at its line breaks) or a table cell. `level` is its heading style's.
    `barren`: no part begins in it, for it is a cell of a row of data or a line of a table of contents."""

    text: str
    level: int = 0
    barren: bool = False


def page_lines(document: Document) -> tuple[Line, ...]:
    """All lines that bear words, in page order; neighbouring cells of equal text (a merged cell) once."""
    lines: list[Line] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines.extend(Line(t, block.level, is_of_contents(t)) for t in block.text.splitlines() if t.strip())
            continue
        for row in block.rows:
            cells = [c for c in distinct(row) if c.strip()]
            crowded = len(cells) >= _CROWDED
            lines.extend(Line(t, 0, crowded or is_of_contents(t)) for cell in cells for t in cell.splitlines() if t.strip())
    return tuple(lines)


def distinct(row: Sequence[str]) -> tuple[str, ...]:
    """A row's cells, a run of equal ones (a merged Word cell repeats its text) once."""
    return (*row[:1], *(cell for before, cell in pairwise(row) if cell != before or not cell.strip()))


@dataclass(frozen=True, slots=True)
class Heading:
    """A part's heading as it stands on the page. `rest`: what follows it in the same line (一、基本情况：今年…)."""

    line: int
    part: Part
    text: str
    rest: str
    score: float


def find_headings(lines: Sequence[Line], layout: SectionsLayout) -> tuple[Heading, ...]:
    """The headings of a form's parts, at most one line a part and one part a line, in page order. Under a line 目录 the
    later of two equals is meant: the first is in the table of contents."""
    found = [h for i, line in enumerate(lines) if not line.barren for h in _as_headings(i, line, layout)]
    later = -1 if any(fold(line.text) == CONTENTS for line in lines[:_SEARCHED_LINES]) else 1
    chosen: dict[str, Heading] = {}
    taken: set[int] = set()
    for heading in sorted(found, key=lambda h: (-h.score, later * h.line)):
        if heading.part.field not in chosen and heading.line not in taken:
            chosen[heading.part.field] = heading
            taken.add(heading.line)
    return tuple(sorted(chosen.values(), key=lambda h: h.line))


@lru_cache(maxsize=8192)
def _start_of(text: str) -> tuple[str, str]:
    """The folded line, cut where it is surely longer than any heading, and its numbering."""
    flat = fold(text[: 4 * _LONGEST_HEADING])
    return flat, numbering(flat)


def _as_headings(index: int, line: Line, layout: SectionsLayout) -> Iterator[Heading]:
    """The parts whose heading the line may be: the whole line, or its words before the first : or 。"""
    flat, number = _start_of(line.text)
    marked = bool(number) or line.level > 0
    if len(flat) > 3 * _LONGEST_HEADING and not number:
        return  # running text
    for head, rest in _cuts(line.text[: 2 * _LONGEST_HEADING if number else _LONGEST_HEADING // 2], line.text):
        before = _fitting(fold(head)[len(number) :], layout, _GOOD if number else 1.0)
        if before and (number or len(head) >= _LEAST_UNNUMBERED):
            yield from (Heading(index, part, head.strip(), rest, _weigh(score, flat, part)) for part, score in before)
            return
    words = flat[len(number) :]
    if len(words) > (3 if marked else 1) * _LONGEST_HEADING or (not marked and words.endswith(("。", ";", ","))) or len(bare(words)) > _LONGEST_HEADING:
        return
    fitting = _fitting(words, layout, _GOOD if marked else _SURE)
    yield from (Heading(index, part, line.text.strip(), "", _weigh(score, flat, part)) for part, score in fitting)


_LEAST_CUT = 3
_LEAST_UNNUMBERED = 4  # characters of a heading that nothing but a colon parts from its text (工作亮点：…)


def _fitting(words: str, layout: SectionsLayout, least: float) -> list[tuple[Part, float]]:
    """The parts that the words may name; if none, those named once a number without a sign is taken off (③工作亮点)."""
    for text in dict.fromkeys((words, _LOOSE_NUMBERING.sub("", words, count=1))):
        scores = layout.spelled.scores(text)
        if fitting := [(p, scores[p.field]) for p in layout.parts if scores.get(p.field, 0.0) >= least]:
            return fitting
    return []


def _weigh(score: float, flat: str, part: Part) -> float:
    """A part is rather the line numbered 一、 or 第一部分, a sub-part rather the one numbered otherwise."""
    top = bool(_TOP.match(flat))
    return score + (0.15 if top != bool(part.under) else 0.0)


_CUT = re.compile(r"[：:。]+")


def _cuts(start: str, text: str) -> Iterator[tuple[str, str]]:
    """A line parted at the first or second : or 。 of its start: a heading's words, what follows (一、基本情况：今年以来…)."""
    for match in islice(_CUT.finditer(start), 2):
        if match.start() >= _LEAST_CUT and (rest := text[match.end() :].strip()):
            yield text[: match.start()], rest


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The row of a table that names its columns. `last`: the row where it ends (heads may take two rows)."""

    table: int
    first: int
    last: int
    columns: dict[str, int]  # field -> place in the row
    labels: dict[str, str]  # field -> the head as printed
    cells: tuple[str, ...]  # every head of the row, those of no column of ours too


_SEARCHED_ROWS = 15
_HEAD_ROWS = 3  # a group's name, the heads, their units
_COLUMN_GOOD = 0.75


def match_columns(cells: Sequence[str], layout: TableLayout) -> dict[str, int]:
    """Which cell names which column; each used once, the surest pairs first, the form's order breaking ties."""
    scores = layout.spelled.scores
    found = [(place, scores(cell)) for place, cell in enumerate(cells) if cell and len(cell) <= _LONGEST_HEADING]
    order = {column.field: -n for n, column in enumerate(layout.columns)}
    pairs = [(score, order[f], -place, f, place) for place, each in found for f, score in each.items() if score >= _COLUMN_GOOD]
    matched: dict[str, int] = {}
    for _, _, _, field, place in sorted(pairs, reverse=True):
        if field not in matched and place not in matched.values():
            matched[field] = place
    return matched


def find_table(document: Document, layout: TableLayout) -> tuple[tuple[Table, ...], HeadRow | None]:
    """A document's tables with the row that names the form's columns; a table of kinds may lie on its side, then the
    tables come turned. None where no row names two of the columns, or a third of them."""
    head = _find_head_row(document.tables, layout)
    if head or not layout.kinds:
        return document.tables, head
    turned = tuple(Table(tuple(zip(*_from_kinds(t, layout), strict=False)), t.name) for t in document.tables)
    head = _find_head_row(turned, layout)
    return (turned, head) if head else (document.tables, None)


def _from_kinds(table: Table, layout: TableLayout) -> tuple[tuple[str, ...], ...]:
    """A table on its side begins with the row of its kinds; title and head lines above it are not turned."""
    rows = enumerate(table.rows[:_SEARCHED_ROWS])
    first = next((n for n, row in rows if sum(kind_of(cell, layout) is not None for cell in row) >= 2), len(table.rows))
    return table.rows[first:]


def kind_of(text: str, layout: TableLayout) -> str | None:
    """The kind a cell names: equal to one of its spellings, else holding the longest."""
    words = bare(text)
    if not words or len(words) > 12:
        return None
    return layout.kinds_spelled.get(words) or next((k for s, k in layout.kinds_spelled.items() if s in words), None)


def _find_head_row(tables: Sequence[Table], layout: TableLayout) -> HeadRow | None:
    best: HeadRow | None = None
    for row in (row for t, table in enumerate(tables) for row in _head_rows(t, table.rows[: _SEARCHED_ROWS + _HEAD_ROWS], layout)):
        if best is None or (len(row.columns), row.first - row.last) > (len(best.columns), best.first - best.last):
            best = row
            if len(row.columns) == len(layout.columns) and row.first == row.last:
                break  # no row can name more
    return best if best and len(best.columns) >= max(2, (len(layout.columns) + 2) // 3) else None


def _head_rows(table: int, rows: Sequence[Sequence[str]], layout: TableLayout) -> Iterable[HeadRow]:
    """Every row, and every two or three one below the other, as the head it might be."""
    for first in range(min(len(rows), _SEARCHED_ROWS)):
        cells: Sequence[str] = rows[first]
        for last in range(first, min(first + _HEAD_ROWS, len(rows))):
            cells = cells if first == last else tuple(_below(a, b) for a, b in zip(cells, rows[last], strict=False))
            matched = match_columns(cells, layout)
            if not matched:
                break  # with a row that names nothing no row below reads better than alone
            yield HeadRow(table, first, last, matched, {f: " ".join(cells[p].split()) for f, p in matched.items()}, tuple(cells))


def _below(upper: str, lower: str) -> str:
    """A head over several rows: the lower words where there are any, else the upper (a cell merged downwards); a unit
    alone, （万元）, belongs to the words above it."""
    words = lower.strip()
    return f"{upper}{words}" if words[:1] in "（(" and words[-1:] in "）)" else (lower if words else upper)
