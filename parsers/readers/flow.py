"""Old Word files and RTF tell tables the same way: text with marks where a paragraph, a cell or a row ends. `blocks` makes
paragraphs and tables of such a flow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from mailbot.domain.documents import Block, Paragraph, Table
from parsers.readers import Unreadable

_PARAGRAPHS = 400_000
_CELLS = 300_000
_DEPTH = 50
_TWIPS = 40  # edges nearer than this (0.7 mm) are the same column


@dataclass(frozen=True, slots=True)
class Stop:
    """Where something ends, and the text since the last stop. `depth`: how many tables it stands in.

    For a row's end: `edges` of its cells in twips, left to right, one more than cells; `merges`: for each cell "v" where it
    continues the one above, "h" where it continues the one to its left, else "". Both are () where unknown."""

    ends: Literal["paragraph", "cell", "row"]
    text: str = ""
    depth: int = 0
    level: int = 0
    edges: tuple[int, ...] = ()
    merges: tuple[str, ...] = ()


@dataclass
class _Open:
    """A table being read: `row` its open row, `lines` its open cell."""

    rows: list[tuple[list[str], Stop]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def take(self, stop: Stop) -> None:
        if stop.text.strip():
            self.lines.append(stop.text.strip())
        if stop.ends == "cell":
            self.row.append("\n".join(self.lines))
            self.lines = []
        elif stop.ends == "row":
            self.end_row(stop)

    def end_row(self, stop: Stop) -> None:
        if self.lines:
            self.row.append("\n".join(self.lines))
        if self.row:
            self.rows.append((self.row, stop))
        self.row, self.lines = [], []


def blocks(stops: Iterable[Stop]) -> Iterator[Block]:
    """Paragraphs and tables in page order; a table inside a cell stands behind the outer one, as the docx reader gives it."""
    tables: list[_Open] = []  # outermost first
    inner: list[Table] = []
    paragraphs = cells = 0
    for stop in stops:
        paragraphs, cells = paragraphs + 1, cells + (stop.ends == "cell")
        if paragraphs > _PARAGRAPHS or cells > _CELLS or stop.depth > _DEPTH:
            raise Unreadable("too-large", f"{paragraphs} paragraphs, {cells} cells, tables {stop.depth} deep")
        yield from _closed(tables, inner, stop.depth)
        if stop.depth:
            tables += [_Open() for _ in range(stop.depth - len(tables))]
            tables[-1].take(stop)
        elif stop.text.strip():
            yield Paragraph(stop.text.strip("\n"), stop.level)
    yield from _closed(tables, inner, 0)


def _closed(tables: list[_Open], inner: list[Table], depth: int) -> Iterator[Table]:
    """Ends the tables deeper than `depth`."""
    while len(tables) > depth:
        table = tables.pop()
        table.end_row(Stop("row"))
        if table.rows and tables:
            inner.append(_table(table.rows))
        elif not tables:
            yield from [_table(table.rows)] if table.rows else []
            yield from inner
            inner.clear()


def _table(rows: list[tuple[list[str], Stop]]) -> Table:
    """Rows as a grid: a cell repeats its text in every column it covers, a merged one in every row."""
    placed = all(len(stop.edges) == len(row) + 1 for row, stop in rows)
    columns = _columns({edge for _, stop in rows for edge in stop.edges}) if placed else {}
    grid: list[list[str]] = []
    for row, stop in rows:
        above = grid[-1] if grid else []
        cells = [""] * (columns[stop.edges[0]] if placed else 0)
        for number, text in enumerate(row):
            merge = stop.merges[number] if number < len(stop.merges) else ""
            if merge == "v" and len(cells) < len(above):
                text = above[len(cells)]
            elif merge == "h" and cells and not text:
                text = cells[-1]
            cells += [text] * (max(columns[stop.edges[number + 1]] - len(cells), 1) if placed else 1)
        grid.append(cells)
    width = max(map(len, grid))
    return Table(tuple(tuple(row + [""] * (width - len(row))) for row in grid))


def _columns(edges: set[int]) -> dict[int, int]:
    """Each edge with the number of the column that begins there; edges that lie close together are one."""
    numbers: dict[int, int] = {}
    number, last = 0, min(edges, default=0)
    for edge in sorted(edges):
        number += edge - last > _TWIPS
        numbers[edge], last = number, edge
    return numbers
