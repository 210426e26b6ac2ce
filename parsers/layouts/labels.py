"""Forms that are a table of labels and values (联络员报名表)."""

from collections.abc import Sequence
from datetime import date

from mailbot.domain.dates import as_date
from mailbot.domain.documents import Document, Table
from mailbot.domain.forms import FormType, Label, LabelsLayout, ParsedForm
from mailbot.domain.headings import distinct, page_lines
from mailbot.domain.papers import names_nobody
from mailbot.domain.spellings import bare, likeness
from parsers.layouts import common
from parsers.layouts.heads import Heads, label_words, read_heads
from parsers.layouts.values import Unreadable, as_type, clean

_GOOD = 0.85
Cells = tuple[tuple[str, ...], ...]


def parse_labels(document: Document, form: FormType, layout: LabelsLayout) -> ParsedForm:
    """Each label's value from the cell to its right, else below it; else from a line 标签：值."""
    lines = page_lines(document)
    heads = _values(document, layout.labels)
    signature, signed = _signed(document, layout.labels)
    fields, day = heads.reported(layout, signed)
    filled = bool(heads.invalid) or any(v is not None for v in heads.fields.values())
    first = next((i for i, x in enumerate(lines) if _begins_labels(x.text, layout.labels)), len(lines))
    title = common.title_of([x.text for x in lines[: min(first, 6)]])
    return ParsedForm(
        form.id, title, heads.unit(layout), f"{heads.period(layout)} {title}".strip(), day, signature,
        {**fields, "reported_on": day.isoformat() if day else None},
        labels={**{x.field: x.labels[0] for x in layout.labels}, **heads.labels}, invalid=heads.invalid, unfilled=not filled,
    )  # fmt: skip


def _values(document: Document, labels: Sequence[Label]) -> Heads:
    """What stands beside the labels' cells; of those that have none, what stands behind them in a line."""
    texts, seen = _from_tables(document.tables, labels)
    heads = read_heads(document, [x for x in labels if x.field not in seen], loose=not document.tables)
    values = {x.field: as_type(texts[x.field], x.type) if x.field in seen else heads.fields.get(x.field) for x in labels}
    invalid = {f: v.text for f, v in values.items() if isinstance(v, Unreadable)}
    fields = {f: None if isinstance(v, Unreadable) else v for f, v in values.items()}
    return Heads(fields, {**heads.texts, **texts}, {**seen, **heads.labels}, {**heads.invalid, **invalid})


def _signed(document: Document, labels: Sequence[Label]) -> tuple[str, date | None]:
    """The signature below the last label and its date; else the date in the table's last cell."""
    lines = common.below_tables(document)
    last = max((i + 1 for i, x in enumerate(lines) if _begins_labels(x.text, labels)), default=0)
    _, signature, day = common.signature_of(lines[last:])
    return signature, day or as_date("\n".join(x.text for x in page_lines(document)[-1:]))


def _begins_labels(text: str, labels: Sequence[Label]) -> bool:
    """The first line of the table: a label's cell, or in a text PDF a line that begins with one."""
    return label_words(tuple(labels)).begins(text) or any(_is_label(word, labels) for word in text.split()[:2])


def _from_tables(tables: Sequence[Table], labels: Sequence[Label]) -> tuple[dict[str, str], dict[str, str]]:
    """The words beside each label that stands in a cell, and the label as printed. The first spelling that fits wins,
    so that 联络员 is taken for the name only where no cell says 姓名."""
    grids: list[Cells] = [tuple(distinct(row) for row in t.rows) for t in tables]
    texts: dict[str, str] = {}
    seen: dict[str, str] = {}
    for label in labels:
        for spelling in label.labels:
            place = _find(grids, spelling)
            if place is None:
                continue
            g, r, c = place
            value = _beside(grids[g], r, c, labels)
            if value is None:
                continue
            texts[label.field], seen[label.field] = "" if label.role == "unit" and names_nobody(value) else clean(value), clean(grids[g][r][c])
            break
    return texts, seen


def _find(grids: Sequence[Cells], spelling: str) -> tuple[int, int, int] | None:
    """The cell that is this spelling, else the one most like it."""
    best, where, wanted = _GOOD, None, bare(spelling)
    for g, grid in enumerate(grids):
        for r, row in enumerate(grid):
            for c, cell in enumerate(row):
                score = likeness(bare(cell), wanted) if len(cell) <= 20 else 0.0
                if score > best or (score == 1.0 and where is None):
                    best, where = score, (g, r, c)
    return where


def _beside(grid: Cells, r: int, c: int, labels: Sequence[Label]) -> str | None:
    """The value of a label cell: to the right, or below where the right is another label or nothing.
    None where neither can be one (a group's name over its labels)."""
    right = grid[r][c + 1] if c + 1 < len(grid[r]) else None
    if right is not None and not _is_label(right, labels):
        return right
    below = grid[r + 1][c] if r + 1 < len(grid) and c < len(grid[r + 1]) else None
    if below is None or _is_label(below, labels):
        return None if right is not None or below is not None else ""
    return below if _is_label_row(grid[r], labels) else ("" if right is not None else None)


def _is_label(text: str, labels: Sequence[Label]) -> bool:
    words = bare(text)
    return any(words == bare(spelling) for label in labels for spelling in label.labels)


def _is_label_row(row: Sequence[str], labels: Sequence[Label]) -> bool:
    """A row of labels only: its values stand below."""
    words = [c for c in row if c.strip()]
    return len(words) >= 2 and sum(_is_label(c, labels) for c in words) >= len(words) - 1
