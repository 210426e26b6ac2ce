"""Read lines put together as a reader of documents would: paragraphs, and the rows of ruled tables, page after page. What comes out goes
through the same classifier and the same layouts as any document."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.domain.documents import Block, Paragraph, Table
from mailbot.domain.pages import Box, Grid, Line, Page
from parsers.readers.pages import Piece, paragraphs

_EM = 0.75  # of the height of a found line: the size of its characters
_WIDE, _INSET, _OFF_CENTRE = 0.55, 0.06, 0.03  # of the page's width: a title's first line, its second's indent, its centre
_MARGIN = 0.1  # of the page's height, where its number stands
_PAGE_NUMBER = re.compile(r"[-—–一\s]*(?:第\s*)?\d{1,3}\s*(?:页.*|/\s*\d{1,3})?[-—–一\s]*")


def blocks(pages: Sequence[Page]) -> tuple[Block, ...]:
    """The paragraphs and tables of the pages of one file. A table that goes on on the next page is one table."""
    found: list[Block] = []
    for page in pages:
        here = list(_of_page(page))
        match found[-1:], here[:1]:
            case [Table() as table], [Table() as more] if len(table.rows[0]) == len(more.rows[0]):
                found[-1:], here = [_continued(table, more)], here[1:]
        found += here
    return tuple(found)


def _of_page(page: Page) -> Iterator[Block]:
    """The blocks of a page from top to bottom. The number at its foot or head is none."""
    inside = {cell: [line for line in page.lines if _holds(cell, line.box)] for grid in page.grids for row in grid for cell in row}
    taken = {line for lines in inside.values() for line in lines}
    free = _titles_whole([line for line in page.lines if line not in taken and not _is_page_number(line)])
    for number in range(len(page.grids) + 1):
        pieces = (_piece(line, page) for line in free if _grids_above(line, page.grids) == number)
        yield from (Paragraph(text) for text in paragraphs(pieces, page.width) if text)
        if number < len(page.grids):
            yield Table(tuple(tuple(_in_cell(cell, inside[cell], page) for cell in row) for row in page.grids[number]))


def _is_page_number(line: Line) -> bool:
    outside = line.box.bottom < _MARGIN or line.box.top > 1 - _MARGIN
    return outside and _PAGE_NUMBER.fullmatch(line.text) is not None


def _titles_whole(lines: Sequence[Line]) -> list[Line]:
    """Lines with those of a title that was too long for one joined: a wide one, and the rest of its words centred below it."""
    whole: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.top):
        if whole and _is_rest_of(line, whole[-1]):
            whole[-1] = replace(whole[-1], text=whole[-1].text + line.text, legible=min(whole[-1].legible, line.legible))
        else:
            whole.append(line)
    return whole


def _is_rest_of(line: Line, title: Line) -> bool:
    upper, lower = title.box, line.box
    high = upper.bottom - upper.top
    return (
        upper.right - upper.left >= _WIDE
        and lower.left - upper.left >= _INSET
        and abs(upper.left + upper.right - lower.left - lower.right) / 2 <= _OFF_CENTRE
        and abs(lower.bottom - lower.top - high) <= high / 4
        and lower.top - upper.bottom <= high
        and not title.text.endswith(("。", "；", "："))
    )


def _grids_above(line: Line, grids: Sequence[Grid]) -> int:
    middle = (line.box.top + line.box.bottom) / 2
    return sum(grid[0][0].top < middle for grid in grids)


def _holds(cell: Box, box: Box) -> bool:
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return cell.left <= x < cell.right and cell.top <= y < cell.bottom


def _piece(line: Line, page: Page, left: float = 0.0) -> Piece:
    """A line in pixels, from some left edge on."""
    box, size = line.box, _EM * (line.box.bottom - line.box.top) * page.height
    return Piece((box.left - left) * page.width, (box.right - left) * page.width, box.bottom * page.height, size, line.text)


def _in_cell(cell: Box, lines: Sequence[Line], page: Page) -> str:
    pieces = [_piece(line, page, cell.left) for line in lines]
    return "\n".join(paragraphs(pieces, (cell.right - cell.left) * page.width))


def _continued(table: Table, more: Table) -> Table:
    """A table with its rows on the next page. Its head is printed there again, or not; a row the page's end has cut goes on in one
    whose first place is blank."""
    rows = more.rows[1:] if more.rows[0] == table.rows[0] else more.rows
    if rows and not rows[0][0] and table.rows[-1][0]:
        joined = tuple(upper + lower for upper, lower in zip(table.rows[-1], rows[0], strict=True))
        return Table((*table.rows[:-1], joined, *rows[1:]))
    return Table((*table.rows, *rows))
