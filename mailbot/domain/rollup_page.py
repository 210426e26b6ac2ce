"""The merged form as it is printed: the page of the blank form (mailbot/domain/blanks.py), filled with all units' rows and sums."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mailbot.domain.blanks import Cell, Grid, Page, blank_page
from mailbot.domain.forms import Column, Head, TableLayout, Value
from mailbot.domain.periods import Period
from mailbot.domain.rollup import Figure, Merged, Source, Sum, is_cumulative, total_row, without_counters
from mailbot.domain.sheets import printable

_MOST_NAMES = 40  # of a list on the page; the source list names all
_IN_A_CELL = 15  # of the list in the cell with the sums; a row is not parted when it is printed
_MOST_BLANKS = 4  # names of figures that a unit left blank; of more it is said that they are several
_CELL = 3_000  # characters of a cell that is printed


@dataclass(frozen=True, slots=True)
class Printing:
    """Who sends the merged form up, for which period, on which day."""

    issuer: str
    period: Period
    day: date


def rollup_page(merged: Merged, printing: Printing) -> Page:
    """The form with a table, as a Page. Its head says who merged it; who is missing stands beside the sums."""
    form, layout = merged.form, merged.form.layout
    assert isinstance(layout, TableLayout)
    page = blank_page(form)
    assert page.grid is not None
    rows = tuple(_kind_rows(merged, layout) if layout.kinds else _free_rows(merged, layout))
    grid = Grid(page.grid.widths, (page.grid.rows[0], *rows), page.grid.heads)
    head = tuple(_filled(h, line, printing) for h, line in zip((h for h in layout.heads if not h.below), page.head, strict=True))
    foot = tuple(_filled(h, line, printing) for h, line in zip((h for h in layout.heads if h.below), page.foot, strict=True))
    return replace(page, head=head, foot=foot, grid=grid, notes=(*_remarks(merged), *page.notes))


def _filled(head: Head, blank: str, printing: Printing) -> str:
    """A line of the head with what is known; what only people can write (填报人, 审核人) keeps its gap."""
    label = f"{head.labels[0]}："
    if head.role == "unit" and printing.issuer:
        return f"{label}{printing.issuer}{head.printed}"
    if head.role == "period":
        return label + printing.period.title
    if head.role == "date":
        return f"{label}{printing.day.year}年{printing.day.month}月{printing.day.day}日"
    return blank


# --- rows that are kinds -----------------------------------------------------------------------------------------------------


def _kind_rows(merged: Merged, layout: TableLayout) -> Iterator[tuple[Cell, ...]]:
    for kind in layout.kinds:
        sums = (merged.cells.get((kind, c.field)) for c in layout.columns[1:])
        yield Cell(kind, printed=True), *(Cell(_number(s.value) if s else "", type=c.type) for c, s in zip(layout.columns[1:], sums, strict=True))


# --- free rows ---------------------------------------------------------------------------------------------------------------


def _free_rows(merged: Merged, layout: TableLayout) -> Iterator[tuple[Cell, ...]]:
    """All units' rows, numbered anew; the sums stand in the first one's text, as on the blank, before its own words."""
    told = layout.counters_in or next((c.field for c in reversed(layout.columns) if c.type == "text" and c.role != "number"), "")
    summed = _sentence(merged, layout)
    pairs = [(s, row) for s in merged.sources if s.paper is not None for row in s.paper.rows]
    for number, (source, row) in enumerate(pairs, 1):
        yield tuple(_free_cell(c, number, source, row, (told, summed if number == 1 else ""), layout) for c in layout.columns)
    if not pairs:
        yield tuple(Cell(summed if c.field == told else "", type=c.type) for c in layout.columns)


def _free_cell(
    column: Column, number: int, source: Source, row: Mapping[str, Value], told: tuple[str, str], layout: TableLayout
) -> Cell:
    if column.role == "number":
        return Cell(str(number), printed=True)
    text = words(row.get(column.field))
    if column.field == told[0]:
        own = without_counters(text, layout)
        text = "\n".join(filter(None, (told[1], f"（{source.unit.name}）{own}")))
    return Cell(printable(text, _CELL), type=column.type)


def _sentence(merged: Merged, layout: TableLayout) -> str:
    """The form's sentence with the sums, and behind it whose figures are not in them."""
    if not layout.sentence:
        return ""
    text = layout.sentence
    for field, one in merged.counters.items():
        text = text.replace(f"{{{field}}}", _number(one.value) or "  ")
    blank = any(one.blank for one in merged.counters.values())
    more = "；有的单位有的数没有填，见表下说明" if blank else ""
    return f"{text}\n（以上为{_filed(merged)}个单位合计；{_missing(merged, _IN_A_CELL)}{more}。）"


def beside(merged: Merged) -> list[str]:
    """What must stand beside the sums: how many units are in them, who is not, whose figure is blank."""
    return [f"合计数为{_filed(merged)}个单位相加", _missing(merged), *filter(None, (
        listed("只有扫描件、数字未计入的单位", merged.names("unreadable")), listed("免报单位", merged.names("waived")),
        listed("零报告单位", merged.names("nil")), _blanks(merged),
    ))]  # fmt: skip


def _filed(merged: Merged) -> int:
    return len(merged.names("counted", "nil", "beyond"))


def _missing(merged: Merged, most: int = _MOST_NAMES) -> str:
    return listed("未报单位", merged.names("missing"), most) or "应报单位都已报送"


def _blanks(merged: Merged) -> str:
    """Who left what blank, unit by unit. Cumulative figures are missed in a nil report too."""
    by_unit: dict[str, list[str]] = {}
    all_ = list(_named_sums(merged))
    for name, one in all_:
        for unit in one.blank:
            by_unit.setdefault(unit, []).append(name)
    told = [f"{unit}（{_which(names, len(all_))}）" for unit, names in by_unit.items()]
    return listed("有的数没有填、没有计入的单位", told)


def _which(names: Sequence[str], all_: int) -> str:
    if len(names) == all_:
        return "各项"
    return "、".join(names) if len(names) <= _MOST_BLANKS else f"{'、'.join(names[:_MOST_BLANKS])}等{len(names)}项"


def _named_sums(merged: Merged) -> Iterator[tuple[str, Sum]]:
    layout = merged.form.layout
    assert isinstance(layout, TableLayout)
    for counter in layout.counters if merged.counters else ():
        yield counter.label, merged.counters[counter.field]
    heads, total = {c.field: c.heads[0] for c in layout.columns}, total_row(merged.form)
    for (kind, field), one in merged.cells.items():
        if kind != total:
            yield f"{kind}{heads[field]}", one


def _remarks(merged: Merged) -> Iterator[str]:
    """Lines below the table: what stands beside the sums, and what a person should look at."""
    yield "；".join(beside(merged)) + "。"
    if merged.disputed:
        yield f"合计按各行相加得出；{listed('本单位合计与各行之和不符、以各行为准的单位', tuple(merged.disputed))}。"
    if merged.unfinished:
        yield f"{listed('已计入、但还缺材料或有问题待改的单位', merged.unfinished)}（详见来源）。"
    if is_cumulative(merged.form) and any(s.part == "nil" for s in merged.sources):
        yield "零报告没有写累计数的，累计数未计入。"


def listed(what: str, names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """未报单位（3个）：甲、乙、丙; "" for nobody."""
    if not names:
        return ""
    more = "等，全部名单见来源" if len(names) > most else ""
    return f"{what}（{len(names)}个）：{'、'.join(names[:most])}{more}"


def _number(value: Figure | None) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def words(value: Value) -> str:
    """A field as it is written on paper."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(value)
    return "" if value is None else _number(value) if isinstance(value, int | float) else value
