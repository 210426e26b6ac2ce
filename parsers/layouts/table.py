"""Forms that are a table: a head line, columns, rows, and counters in running text (风险隐患排查问题清单, 案件统计表)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.forms import FormType, ParsedForm, TableLayout, Value
from mailbot.domain.headings import HeadRow, distinct, find_table, kind_of, match_columns
from mailbot.domain.nil import is_nil_sentence, says_nil
from mailbot.domain.numbers import CHINESE_NUMBER, figure
from mailbot.domain.papers import is_note
from mailbot.domain.spellings import bare, likeness
from mailbot.domain.text import fold
from parsers.layouts import common
from parsers.layouts.counters import Counts, read_counters
from parsers.layouts.heads import Heads, LabelWords, label_words, read_heads
from parsers.layouts.values import Unreadable, as_type, clean, ten_thousands, written_none

_SAMPLE = re.compile(r"^\(?(?:示|样|举|范)?例(?:如|子|句)?\d?[:)、]|^\(?(?:示例|样例|范例|例)\)?\d?$")
_STILL_SAMPLE = 0.7  # a word or two of the sample were changed
_COUNTED = re.compile(rf"\d|{CHINESE_NUMBER}")
_NONE_SAID = re.compile(  # 本期无, 截至目前未发现共性问题隐患
    r"(?:截[至止]目前|目前|本(?:期|季度?|月|次))?,?(?:暂?无|没有|未发现|没有发现)(?:新增)?(?:共性)?(?:的)?(?:风险|问题|隐患|情况){0,3}[。.]?"
)
_SUM = re.compile(r"(?:合计|总计|小计|共计)\d*")


@dataclass(slots=True)
class _Rows:
    """The rows while they are read. `in_yuan`: columns whose head says (元) where the form asks for 万元."""

    in_yuan: frozenset[str] = frozenset()
    rows: list[Mapping[str, Value]] = field(default_factory=list)
    invalid: dict[str, str] = field(default_factory=dict)
    sample_rows: int = 0
    counter_cells: list[str] = field(default_factory=list)
    other_columns: list[str] = field(default_factory=list)  # head:value of columns that are none of the form's
    seen: set[tuple[int, int]] = field(default_factory=set)


def parse_table(document: Document, form: FormType, layout: TableLayout) -> ParsedForm:
    """Head values, rows and counters of a table form."""
    tables, head = find_table(document, layout)
    read = _read_rows(tables, head, layout) if head else _Rows()
    heads = read_heads(_without(document, tables, read), layout.heads)
    counts = _counters(tables, read, document, layout)
    parsed = _assemble(form, layout, document, heads, counts, read, head)
    return _judge(parsed, document, form, counts)


def _read_rows(tables: Sequence[Table], head: HeadRow, layout: TableLayout) -> _Rows:
    read = _Rows(frozenset(f for f, label in head.labels.items() if re.search(r"(?<!万)元\)?$", fold(label))))
    for place, row in _data_rows(tables, head, layout):
        read.seen.add(place)
        cells = {c.field: row[p] for c in layout.columns if (p := head.columns.get(c.field)) is not None and p < len(row)}
        if layout.counters_in:
            read.counter_cells.append(cells.get(layout.counters_in, ""))
            others = (p for p in range(len(row)) if p not in head.columns.values() and p < len(head.cells))
            read.other_columns += [f"{head.cells[p]}:{row[p]}" for p in others if row[p].strip()]
        if layout.kinds:
            _kind_row(row, cells, layout, read)
        else:
            _free_row(cells, layout, read)
    return read


def _data_rows(tables: Sequence[Table], head: HeadRow, layout: TableLayout) -> Iterator[tuple[tuple[int, int], Sequence[str]]]:
    """The rows below the head row, and those of the next tables of the same width (a table broken by a page).
    A repeated head row is none; a row of notes or of head values ends the data."""
    width, known = len(tables[head.table].rows[head.first]), label_words(layout.heads)
    for t in range(head.table, len(tables)):
        if t > head.table and (not tables[t].rows or len(tables[t].rows[0]) != width or tables[t].name != tables[head.table].name):
            return
        start = head.last + 1 if t == head.table else 0
        for r in range(start, len(tables[t].rows)):
            row = tables[t].rows[r]
            numbered = bool(row) and fold(row[0]).isdigit()
            if not numbered and not layout.kinds and len(match_columns(row, layout)) >= max(2, len(head.columns) - 1):
                continue
            if _is_footer(row, layout, known):
                continue
            yield (t, r), row


def _is_footer(row: Sequence[str], layout: TableLayout, known: LabelWords) -> bool:
    """Notes and signatures under the rows: 填表说明：…, 填报人：…  审核人：…"""
    cells = [c for c in distinct(tuple(row)) if c.strip()]
    if not cells:
        return False
    if is_note(cells[0]) and len(cells) <= 2:
        return True
    if written_none(cells[0]):
        return False
    if len(cells) == 1 and len(row) > 2 and (all(c == row[0] for c in row) or row[0].strip()) and not fold(row[0]).isdigit():
        return not layout.kinds or not kind_of(cells[0], layout)
    return known.begins(cells[0]) or sum(map(known.begins, cells)) >= 2


def _free_row(cells: Mapping[str, str], layout: TableLayout, read: _Rows) -> None:
    """One row of the unit's own; sample rows are counted, empty ones passed over."""
    if _is_sample(cells, layout):
        read.sample_rows += 1
        return
    row, unreadable = _values(cells, layout, read.in_yuan)
    numbers = layout.number_field or ""
    idle = (numbers, layout.counters_in)  # a number or a sentence of counters alone makes no row; 无 in place of the number does
    if row.get(numbers) != "" and not any(row.get(c.field) is not None or c.field in unreadable for c in layout.columns if c.field not in idle):
        return
    if _is_aside(cells, row, layout):
        return
    name = str(row.get(numbers) or len(read.rows) + 1)
    read.invalid.update({f"{f}@{name}": text for f, text in unreadable.items() if f != numbers})
    read.rows.append(row)


def _is_aside(cells: Mapping[str, str], row: Mapping[str, Value], layout: TableLayout) -> bool:
    """A row of totals (合计 2) or of something else (校对 王五) under the rows: its number is none, or it says 合计, and what
    every row must have is blank in it."""
    number = fold(cells.get(layout.number_field or "", ""))
    named = any(_SUM.fullmatch(fold(text)) for text in cells.values()) or bool(number and not written_none(number) and not _COUNTED.search(number))
    return named and sum(row.get(c.field) is None for c in layout.columns if c.required) >= 2


def _is_sample(cells: Mapping[str, str], layout: TableLayout) -> bool:
    """A row that begins with 例：, or whose words are still the sample's and whose 是/否 nobody answered."""
    if not layout.sample:
        return False
    texts = [fold(text) for f, text in cells.items() if f != layout.counters_in]
    if any(t.startswith(fold(layout.sample)) or _SAMPLE.match(t) for t in texts):
        return True
    printed = [c for c in layout.columns if c.sample]
    answered = any(as_type(cells.get(c.field, ""), c.type) is not None for c in layout.columns if c.type == "yes-no")
    return bool(printed) and not answered and all(_alike(cells.get(c.field, ""), c.sample) for c in printed)


def _alike(text: str, sample: str) -> bool:
    return likeness(bare(text), bare(sample)) >= _STILL_SAMPLE


def _values(cells: Mapping[str, str], layout: TableLayout, in_yuan: frozenset[str]) -> tuple[dict[str, Value], dict[str, str]]:
    row: dict[str, Value] = {}
    unreadable: dict[str, str] = {}
    for column in layout.columns:
        text = cells.get(column.field, "")
        value = ten_thousands(text, column.field in in_yuan) if column.unit == "万元" else as_type(text, column.type)
        row[column.field] = None if isinstance(value, Unreadable) else value
        if isinstance(value, Unreadable):
            unreadable[column.field] = value.text
    return row, unreadable


def _kind_row(row: Sequence[str], cells: Mapping[str, str], layout: TableLayout, read: _Rows) -> None:
    """A row told by the words of its first column; each kind once."""
    first = layout.columns[0].field
    kind = kind_of(cells.get(first) or next((c for c in row if c.strip()), ""), layout)
    if not kind or any(r[first] == kind for r in read.rows):
        return
    values, unreadable = _values({f: t for f, t in cells.items() if f != first}, layout, read.in_yuan)
    read.invalid.update({f"{f}@{kind}": text for f, text in unreadable.items()})
    read.rows.append({**values, first: kind})


def _without(document: Document, tables: Sequence[Table], read: _Rows) -> Document:
    """The document without its data rows, so that words in a row are never taken for a head's label."""
    if tables is not document.tables and tables != document.tables:
        return document  # turned on its side: row places mean nothing
    number = -1
    blocks: list[Paragraph | Table] = []
    for block in document.blocks:
        if isinstance(block, Table):
            number += 1
            kept = tuple(row for r, row in enumerate(block.rows) if (number, r) not in read.seen)
            blocks.append(replace(block, rows=kept))
        else:
            blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def _counters(tables: Sequence[Table], read: _Rows, document: Document, layout: TableLayout) -> Counts:
    """Their own column first, then columns of their own name, any other cell, the paragraphs, and last label and number in
    neighbouring cells, side by side or one below the other."""
    if not layout.counters:
        return Counts({}, {})
    cells = [c for t in tables for row in t.rows for c in distinct(row) if c.strip()]
    running = "\n".join(p.text for p in document.paragraphs)
    idle = [[row for r, row in enumerate(table.rows) if (t, r) not in read.seen] for t, table in enumerate(tables)]
    pairs = [":".join(distinct(row)) for rows in idle for row in rows]
    pairs += [f"{a}:{b}" for rows in idle for upper, row in pairwise(rows) for a, b in zip(upper, row, strict=False) if figure(b)]
    return read_counters(layout.counters, (read.counter_cells, read.other_columns, cells, (running,), pairs))


def _assemble(
    form: FormType, layout: TableLayout, document: Document, heads: Heads, counts: Counts, read: _Rows, head: HeadRow | None
) -> ParsedForm:
    _, signature, signed = common.signature_of(common.below_tables(document))
    fields, day = heads.reported(layout, signed)
    unit, unit_text = layout.of_role("unit"), heads.unit(layout)
    if unit_text is None:
        unit_text = common.unit_from_signature(signature)
        fields |= {unit.field: unit_text} if unit and unit_text else {}
    title = common.title_of(_title_lines(document, layout, head))
    labels = {c.field: c.label for c in layout.counters} | {c.field: c.heads[0] for c in layout.columns}
    labels = {**labels, **(head.labels if head else {}), **heads.labels}
    return ParsedForm(
        form.id, title, unit_text, f"{heads.period(layout)} {title}".strip(), day,
        signature, {**fields, **counts.values}, tuple(read.rows), (), labels, {**heads.invalid, **read.invalid}, counts.conflicts, read.sample_rows,
        tabled=bool(document.tables) or document.kind not in ("pdf", "image"),
    )  # fmt: skip


def _title_lines(document: Document, layout: TableLayout, head: HeadRow | None) -> list[str]:
    """The lines above the table's head row (title rows of the sheet among them), head values left out.

    They are given from the first title line on up to the first line of head values."""
    lines: list[str] = []
    number = -1
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines += [t for t in block.text.splitlines() if t.strip()]
            continue
        number += 1
        if head is None or number > head.table:
            break
        upper = block.rows[: head.first] if number == head.table else block.rows
        lines += [c for row in upper for c in distinct(row) if clean(c)]
        if number == head.table:
            break
    kept: list[str] = []
    known = label_words(layout.heads)
    for line in lines[:20]:
        if known.begins(line) or (kept and head is None and not common.is_title_line(line)):
            if kept:
                break
            continue
        kept.append(line)
    return kept


def _judge(parsed: ParsedForm, document: Document, form: FormType, counts: Counts) -> ParsedForm:
    """Whether nothing of the unit's own stands in it, or a nil report."""
    rows, nil = parsed.rows, False
    layout = form.layout
    assert isinstance(layout, TableLayout)
    if layout.kinds:
        numbers = [v for row in rows for f, v in row.items() if f != layout.columns[0].field]
        filled = any(v is not None for v in numbers) or bool(parsed.invalid)
        nil = says_nil(document, form) and not any(isinstance(v, int | float) and v for v in numbers)
    else:
        if rows and all(_says_none(row, form, layout) for row in rows):
            rows, nil = (), True
        nil = nil or (not rows and says_nil(document, form))
        counted = any(v is not None for v in counts.values.values()) or bool(counts.conflicts)
        filled = bool(rows) or (counted and not parsed.sample_rows)  # figures in the sample row alone: the sheet is the template's
    return replace(parsed, rows=rows, nil=nil, unfilled=not filled and not nil and bool(document.tables))


def _says_none(row: Mapping[str, Value], form: FormType, layout: TableLayout) -> bool:
    """A row of 无 and /, or one whose only words are a nil sentence (本季度未发现隐患): the written nil. A 是 or 否 in it
    counts only where what it answers was left blank."""
    required = [c.field for c in layout.columns if c.required]
    none = {f: not v or is_nil_sentence(v, form) or bool(_NONE_SAID.fullmatch(fold(v))) for f, v in row.items() if isinstance(v, str) and f != layout.counters_in}
    answered = any(isinstance(row.get(f), bool) for f in required)
    said = none.get(required[0]) if required else False
    return all(none.get(f, True) for f in required) and (bool(said) or (not answered and any(none.values())))
