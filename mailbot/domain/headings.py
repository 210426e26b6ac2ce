"""Headings, column heads and labels as people retype them: compared without numbering, brackets, units and blanks.

The classifier and the layouts read with the same eyes, so both find them here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.forms import Column, Part
from mailbot.domain.text import fold

_CN = "[一二三四五六七八九十]{1,3}"
# 一、 (一) 1. 1、 (1) 第一部分 第二章; fold() has already made ① to 1 and （ to (.
_N = rf"(?:{_CN}|\d{{1,2}})"
_NUMBERING = re.compile(rf"(?:第{_N}(?:部分|章|节|项)[、.:,]?|\({_N}\)[、.:,]?|{_N}\)?[、.:,)])")
_LOOSE_NUMBERING = re.compile(rf"(?:{_CN}|\d{{1,2}})(?=\D)")
_TOP = re.compile(rf"(?:第(?:{_CN}|\d{{1,2}})(?:部分|章)|{_CN}[、.:,])")
_BRACKETED = re.compile(r"\([^()]*\)")
_EDGES = "*#:;,.、。-_·\"'“”"

_LONGEST_HEADING = 40
_LEAST_LIKENESS = 0.7
_GOOD = 0.8  # similar enough for a numbered or styled line
_SURE = 0.9  # for a line that nothing but its words marks as a heading


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """Folded, brackets with all that is in them dropped (units, hints), punctuation at the edges dropped."""
    flat = fold(text)
    without = _BRACKETED.sub("", flat)
    return (without or flat.strip("()")).strip(_EDGES)


def numbering(text: str) -> str:
    """The numbering at the start of a folded line, "" where there is none."""
    match = _NUMBERING.match(text)
    return match.group() if match else ""


@lru_cache(maxsize=16384)
def likeness(text: str, wanted: str) -> float:
    """How surely a bare text means the wanted heading, 0..1. One holding the other is good from four characters on."""
    if not text or not wanted:
        return 0.0
    if text == wanted:
        return 1.0
    shorter, longer = sorted((text, wanted), key=len)
    if len(shorter) >= 4 and shorter in longer:
        return max(0.8, len(shorter) / len(longer)) if len(longer) <= 2.5 * len(shorter) else 0.5
    shared = sum(c in longer for c in shorter)
    if len(shorter) < 3 or 2 * shared / (len(text) + len(wanted)) < _LEAST_LIKENESS:
        return 0.0  # cannot be alike: spares the costly comparison for nearly every line of a long page
    return SequenceMatcher(None, text, wanted, autojunk=False).ratio()


def best_likeness(text: str, wanted: Iterable[str]) -> float:
    """The best likeness of a text to any of several spellings."""
    short = bare(text)
    if len(short) > _LONGEST_HEADING:
        return 0.0
    return max((likeness(short, bare(w)) for w in wanted), default=0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: a paragraph (split at its line breaks) or a table cell. `level` is its heading style's."""

    text: str
    level: int = 0


def page_lines(document: Document) -> tuple[Line, ...]:
    """All lines that bear words, in page order; neighbouring cells of equal text (a merged cell) once."""
    lines: list[Line] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines.extend(Line(t, block.level) for t in block.text.splitlines() if t.strip())
            continue
        for row in block.rows:
            for cell in distinct(row):
                lines.extend(Line(t) for t in cell.splitlines() if t.strip())
    return tuple(lines)


def distinct(row: Sequence[str]) -> tuple[str, ...]:
    """A row's cells, a run of equal ones (a merged Word cell repeats its text) once."""
    return tuple(cell for i, cell in enumerate(row) if i == 0 or cell != row[i - 1] or not cell.strip())


@dataclass(frozen=True, slots=True)
class Heading:
    """A part's heading as it stands on the page. `rest`: what follows it in the same line (一、基本情况：今年…)."""

    line: int
    part: Part
    text: str
    rest: str
    score: float


def find_headings(lines: Sequence[Line], parts: Sequence[Part]) -> tuple[Heading, ...]:
    """The headings of a form's parts, at most one line a part and one part a line, in page order."""
    found = [h for i, line in enumerate(lines) for part in parts if (h := _as_heading(i, line, part))]
    chosen: dict[str, Heading] = {}
    taken: set[int] = set()
    for heading in sorted(found, key=lambda h: (-h.score, h.line)):
        if heading.part.field not in chosen and heading.line not in taken:
            chosen[heading.part.field] = heading
            taken.add(heading.line)
    return tuple(sorted(chosen.values(), key=lambda h: h.line))


@lru_cache(maxsize=16384)
def _folded_start(text: str) -> str:
    """The folded line, cut where it is surely longer than any heading."""
    return fold(text[: 4 * _LONGEST_HEADING])


def _as_heading(index: int, line: Line, part: Part) -> Heading | None:
    """The line as this part's heading: the whole line, or its words before the first : or 。"""
    start = _folded_start(line.text)
    if len(start) > _LONGEST_HEADING and not line.level and not numbering(start):
        return None  # running text
    flat = start if len(start) <= _LONGEST_HEADING else fold(line.text)
    number = numbering(flat)
    marked = bool(number) or line.level > 0
    words = flat[len(number) :]
    wanted = (part.heading, *part.also)
    head, rest = _cut(line.text) if number else (line.text, "")
    if rest and best_likeness(fold(head)[len(number) :], wanted) >= _GOOD:
        return Heading(index, part, head.strip(), rest, _weigh(best_likeness(fold(head)[len(number) :], wanted), flat, part))
    if len(bare(words)) > _LONGEST_HEADING or (not marked and words.endswith(("。", ";", ","))):
        return None
    score = best_likeness(words, wanted)
    if not number and score < _SURE:
        score = max(score, best_likeness(_LOOSE_NUMBERING.sub("", flat, count=1), wanted))
    if score < (_GOOD if marked else _SURE):
        return None
    return Heading(index, part, line.text.strip(), "", _weigh(score, flat, part))


def _weigh(score: float, flat: str, part: Part) -> float:
    """A part is rather the line numbered 一、 or 第一部分, a sub-part rather the one numbered otherwise."""
    top = bool(_TOP.match(flat))
    return score + (0.15 if top != bool(part.under) else 0.0)


def _cut(text: str) -> tuple[str, str]:
    """A line at the end of its first words: (一、基本情况, 今年以来…); no rest where nothing is parted off."""
    match = re.match(r"(.{3,30}?)[：:。](.+)$", text, re.DOTALL)
    return (match[1], match[2].strip()) if match else (text, "")


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The row of a table that names its columns. `last`: the row where it ends (heads may take two rows)."""

    table: int
    first: int
    last: int
    columns: dict[str, int]  # field -> place in the row
    labels: dict[str, str]  # field -> the head as printed


_SEARCHED_ROWS = 15
_COLUMN_GOOD = 0.75


def match_columns(cells: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Which cell names which column; each used once, the surest pairs first, the form's order breaking ties."""
    pairs = [
        (score, -order, -place, column.field, place)
        for place, cell in enumerate(cells)
        if cell.strip() and len(cell) <= _LONGEST_HEADING
        for order, column in enumerate(columns)
        if (score := best_likeness(cell, column.heads)) >= _COLUMN_GOOD
    ]
    matched: dict[str, int] = {}
    for _, _, _, field, place in sorted(pairs, reverse=True):
        if field not in matched and place not in matched.values():
            matched[field] = place
    return matched


def find_head_row(tables: Sequence[Table], columns: Sequence[Column]) -> HeadRow | None:
    """The row (or two rows one below the other) that names most of a form's columns; None below two or a third of them."""
    best: HeadRow | None = None
    for t, table in enumerate(tables):
        for first in range(min(len(table.rows), _SEARCHED_ROWS)):
            for last in (first, first + 1):
                row = _head_row(t, table.rows, first, last, columns)
                if row and (best is None or len(row.columns) > len(best.columns)):
                    best = row
    return best if best and len(best.columns) >= max(2, (len(columns) + 2) // 3) else None


def _head_row(table: int, rows: Sequence[Sequence[str]], first: int, last: int, columns: Sequence[Column]) -> HeadRow | None:
    if last >= len(rows):
        return None
    cells = rows[first] if first == last else tuple(_below(a, b) for a, b in zip(rows[first], rows[last], strict=False))
    matched = match_columns(cells, columns)
    return HeadRow(table, first, last, matched, {f: " ".join(cells[p].split()) for f, p in matched.items()})


def _below(upper: str, lower: str) -> str:
    """A head over two rows: the lower words where there are any, else the upper (a cell merged downwards)."""
    return lower if lower.strip() else upper
