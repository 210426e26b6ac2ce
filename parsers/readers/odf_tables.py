"""Tables of OpenDocument as rows of text: repeats bounded, hidden rows and columns left out, merged cells either way."""

from collections.abc import Callable, Iterator

from parsers.readers import Unreadable
from parsers.readers.cells import MAX_COLUMNS, MAX_ROWS
from parsers.readers.odf_lists import TABLE, bounded
from parsers.readers.ooxml import Element

_MAX_CELLS = 1_000_000
_MAX_SPAN = 100
_UNSEEN = ("collapse", "filter")


def grid(table: Element, words: Callable[[Element], str], *, merged_once: bool) -> Iterator[list[str]]:
    """The shown rows. `words`: the text of a cell. `merged_once`: a merged cell shows its text in its first place only, as in
    a sheet; else in every place it covers, as in a Word table. Raises Unreadable where repeated cells blow up."""
    hidden = _hidden_columns(table)
    covered: dict[tuple[int, int], str] = {}
    at = cells = 0
    for row in _rows(table):
        texts = _row(row, at, words, None if merged_once else covered)
        times = _repeated(row, "rows", MAX_ROWS - at)
        at += times
        cells += len(texts) * times
        if cells > _MAX_CELLS:
            raise Unreadable("too-large", f"more than {_MAX_CELLS} table cells")
        if row.get(TABLE + "visibility") not in _UNSEEN:
            shown = [text for place, text in enumerate(texts) if place not in hidden]
            yield from (list(shown) for _ in range(times))


def _row(row: Element, at: int, words: Callable[[Element], str], covered: dict[tuple[int, int], str] | None) -> list[str]:
    texts: list[str] = []
    blanks = 0  # not written out before something stands behind them: a row ends in thousands
    for cell in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
        place = len(texts) + blanks
        times = _repeated(cell, "columns", MAX_COLUMNS - place)
        if cell.tag == TABLE + "table-cell":
            text = words(cell)
            if covered is not None and text:
                rows, columns = (bounded(cell.get(TABLE + f"number-{way}-spanned", "1"), _MAX_SPAN) for way in ("rows", "columns"))
                covered.update({(at + down, place + right): text for down in range(rows) for right in range(columns)})
            many = [text] * times
        else:
            many = [(covered or {}).get((at, place + step), "") for step in range(times)]
        if any(many) or (covered is not None and times < _MAX_SPAN):
            texts += [""] * blanks + many
            blanks = 0
        else:
            blanks += times
    return texts


def _rows(table: Element) -> Iterator[Element]:
    """The rows, also those in head and group elements."""
    for element in table:
        if element.tag == TABLE + "table-row":
            yield element
        elif element.tag in (TABLE + "table-header-rows", TABLE + "table-rows", TABLE + "table-row-group"):
            yield from _rows(element)


def _hidden_columns(table: Element) -> frozenset[int]:
    """Places of hidden columns, from 0."""
    hidden: set[int] = set()
    at = 0
    for column in table.iter(TABLE + "table-column"):
        times = _repeated(column, "columns", MAX_COLUMNS - at)
        if column.get(TABLE + "visibility") in _UNSEEN:
            hidden.update(range(at, at + times))
        at += times
    return frozenset(hidden)


def _repeated(element: Element, what: str, most: int) -> int:
    return bounded(element.get(TABLE + f"number-{what}-repeated", "1"), max(most, 0))
