"""Several forms in one file: three reports one after the other, a workbook with a form on every sheet.

A file is only parted where each part is a form by its own marks: a heading that reads like another form's title parts
nothing, and a table that goes on on the next page or sheet stays with its head.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise

from mailbot.domain.classify import classify
from mailbot.domain.dates import dates_in, mentions_in
from mailbot.domain.documents import Block, Document, Paragraph, Table
from mailbot.domain.forms import FormType, FreeLayout, Head, SectionsLayout, TableLayout
from mailbot.domain.headings import CONTENTS, find_headings, find_table, is_of_contents, numbering, page_lines
from mailbot.domain.papers import STAMP, is_mark, may_be_name
from mailbot.domain.text import fold

_LEAST_OWN = 0.4  # share of a form's own marks that a part must bear
_LONGEST_TITLE = 60
_TITLE_ROWS = 3  # rows of a table in which its title may stand
_LAST_LINES = 3  # where a signature stands
_GROUP_LINES = 6  # of a title, with the blank ones among them
_FIRST_NUMBER = re.compile(r"(?:第[一1]部分[:、.]?|\([一1]\)、?|[一1i][、.:,])?")
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of blocks. `form`: the one it is by its own marks, None else. `fields`: the parts of a text found in it.
    `upper`: what stands above the rows of a table, folded."""

    document: Document
    form: FormType | None
    fields: frozenset[str] = frozenset()
    upper: str = ""

    def with_next(self, other: "_Piece") -> "_Piece":
        joined = replace(self.document, blocks=(*self.document.blocks, *other.document.blocks))
        return replace(self if self.form else other, document=joined, fields=self.fields | other.fields)


def parts_of(document: Document, forms: Iterable[FormType]) -> tuple[Document, ...]:
    """The document's parts, one a form, in order; (document,) where it is one form or none."""
    known = tuple(forms)
    runs = _sheets(document) if document.kind == "sheet" else _runs(document, known)
    if len(runs) < 2:
        return (document,)
    parts: list[_Piece] = []
    for blocks in runs:
        piece = _piece(replace(document, blocks=blocks), known, parts[-1] if parts else None)
        if parts and (piece.form is None or parts[-1].form is None or _goes_on(parts[-1], piece)):
            parts[-1] = parts[-1].with_next(piece)
        else:
            parts.append(piece)
    return tuple(p.document for p in parts) if len(parts) > 1 else (document,)


def _sheets(document: Document) -> list[tuple[Block, ...]]:
    return [tuple(group) for _, group in groupby(document.blocks, lambda b: b.name if isinstance(b, Table) else "")]


def _runs(document: Document, forms: Sequence[FormType]) -> list[tuple[Block, ...]]:
    """The blocks cut before every line that may be a form's title or a text's first heading, with what belongs to it above."""
    words = _any_of(tuple(w for form in forms for w in form.recognise.titles))
    heads = (one for form in forms for one in form.layout.labelled if isinstance(one, Head) and one.role and not one.below)
    labels = _head_line(tuple(w for one in heads for w in one.labels))
    texts = [form.layout for form in forms if isinstance(form.layout, SectionsLayout)]
    blocks = document.blocks
    tops = ((i, t) for i, block in enumerate(blocks) for t in _first_lines(block) if _is_title(t, words) or _is_first(t, texts))
    begins = (i for i, t in tops if not _is_contents(t, blocks, i))
    places = sorted({0, *(_upwards(blocks, i, words, labels) for i in begins), len(blocks)})
    return [blocks[a:b] for a, b in pairwise(places)]


@lru_cache(maxsize=16)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(fold(w)) for w in words) or r"(?!)")


@lru_cache(maxsize=16)
def _head_line(labels: tuple[str, ...]) -> re.Pattern[str]:
    """A line that begins with a label of a form: 填报单位(盖章):"""
    return re.compile(rf"(?:{_any_of(labels).pattern})(?:\([^()]*\))?:")


def _first_lines(block: Block) -> Sequence[str]:
    """The lines of a block in which a form may begin."""
    if isinstance(block, Paragraph):
        return block.text.splitlines()[:_TITLE_ROWS]
    return [row[0] for row in block.rows[:_TITLE_ROWS] if row and len(set(filter(str.strip, row))) == 1]


def _is_contents(line: str, blocks: Sequence[Block], place: int) -> bool:
    """Whether a line of a paragraph belongs to a table of contents: by its dots, or because it stands right below 目录."""
    if not isinstance(blocks[place], Paragraph):
        return False
    above = (b.text for b in reversed(blocks[max(0, place - 2) : place]) if isinstance(b, Paragraph) and b.text.strip())
    return is_of_contents(line) or fold(next(above, "")) == CONTENTS


def _is_title(text: str, words: re.Pattern[str]) -> bool:
    """A short line that holds a form's title words: no heading of a part, no sentence, no list of annexes."""
    if len(text) > 2 * _LONGEST_TITLE or not (flat := fold(text)) or len(flat) > _LONGEST_TITLE:
        return False
    return not numbering(flat) and not flat.startswith("附") and not set(flat) & set("。;,:") and bool(words.search(flat))


def _is_first(text: str, layouts: Iterable[SectionsLayout]) -> bool:
    """The heading of a form's first part, bearing the first number or none."""
    if len(text) > _LONGEST_TITLE or not (found := _FIRST_NUMBER.match(fold(text))):
        return False
    words = fold(text)[found.end() :]
    return any(layout.spelled.scores(words).get(layout.parts[0].field, 0.0) >= _SURE for layout in layouts)


def _upwards(blocks: Sequence[Block], begin: int, words: re.Pattern[str], labels: re.Pattern[str]) -> int:
    """The first block of a title's group: head line, other title lines, lines of the template and the unit's name above it."""
    first = at = begin
    while at and (above := blocks[at - 1]) and isinstance(above, Paragraph) and begin - at < _GROUP_LINES:
        flat = fold(above.text)
        if flat and not (len(flat) <= _LONGEST_TITLE and (labels.match(flat) or _may_head(flat, words))):
            break
        at -= 1
        first = at if flat else first
    return first


def _may_head(text: str, words: re.Pattern[str]) -> bool:
    """附件3, (参考模板), another line of the title, or one that may be the unit's name; a date or （盖章） ends the paper above."""
    return is_mark(text) or _is_title(text, words) or (may_be_name(text) and not dates_in(text) and not STAMP.search(text))


def _piece(document: Document, forms: Sequence[FormType], before: _Piece | None) -> _Piece:
    best = classify(document, forms).best
    form = next((f for f in forms if best and f.id == best.form), None)
    if best is None or form is None:
        return _Piece(document, None)
    match form.layout:
        case FreeLayout():  # has no marks: only what is signed below what was signed is a paper of its own
            whole = _signed(document) and (before is None or _signed(before.document))
            return _Piece(document, form if whole else None)
        case SectionsLayout() as layout:
            fields = frozenset(h.part.field for h in find_headings(page_lines(document), layout))
            return _Piece(document, form if len(fields) > 1 and best.own >= _LEAST_OWN else None, fields)
        case TableLayout() as layout:
            return _Piece(document, form if best.own >= _LEAST_OWN else None, upper=_upper(document, layout))
    return _Piece(document, form if best.own >= _LEAST_OWN else None, upper=fold(document.text))


def _signed(document: Document) -> bool:
    lines = [p.text for p in document.paragraphs if p.text.strip()][-_LAST_LINES:]
    return any(len(line) <= _LONGEST_TITLE and dates_in(line) for line in lines)


def _upper(document: Document, layout: TableLayout) -> str:
    """What stands above the row of column heads: title, unit, date."""
    _, head = find_table(document, layout)
    words: list[str] = []
    number = -1
    for block in document.blocks:
        if isinstance(block, Paragraph):
            words.append(block.text)
            continue
        number += 1
        last = head is None or number == head.table
        words += [cell for row in (block.rows[: head.first] if head and last else block.rows) for cell in row]
        if last:
            break
    return fold("".join(words))


def _goes_on(before: _Piece, piece: _Piece) -> bool:
    """Whether a piece is the rest of the one before it."""
    assert before.form and piece.form
    if isinstance(before.form.layout, SectionsLayout):
        missing = _fields_of(piece, before.form.layout)
        rest = bool(missing) and not missing & before.fields
        return rest and (piece.form == before.form or not isinstance(piece.form.layout, SectionsLayout))
    if piece.form != before.form or not isinstance(piece.form.layout, TableLayout) or piece.form.layout.kinds:
        return False
    return _months_of(before) == _months_of(piece) and (piece.upper in before.upper or "续" in piece.upper)


def _fields_of(piece: _Piece, layout: SectionsLayout) -> frozenset[str]:
    return frozenset(h.part.field for h in find_headings(page_lines(piece.document), layout))


def _months_of(piece: _Piece) -> frozenset[object]:
    """The periods that the sheets' names speak of (7月, 8月, 9月)."""
    return frozenset((m.kind, m.number) for t in piece.document.tables for m in mentions_in(t.name))
