"""The merged form of all units (汇总表): whose papers count, what their figures come to, who is missing. Printed by rollup_page.

Figures are added once a unit, never over rows. A blank is no zero: the sum tells whose figure is not in it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from mailbot.domain.check_rules import NotFalling, Total
from mailbot.domain.forms import Column, Counter, FormType, TableLayout, Value
from mailbot.domain.numbers import CHINESE_NUMBER
from mailbot.domain.obligations import Filing, Standing
from mailbot.domain.text import fold
from mailbot.domain.units import Unit

Part = Literal["counted", "nil", "unreadable", "missing", "waived", "beyond"]
Figure = int | float
_LEAST_COUNTERS = 3  # of the form in one cell: then it holds the sentence with the counters


@dataclass(frozen=True, slots=True)
class Source:
    """What one unit gave for the period. `paper`: the editable filing that counts, None where there is none; `part`: what it has in the
    sums. `beyond`: nobody asked the unit for it."""

    unit: Unit
    standing: Standing
    paper: Filing | None
    part: Part

    @property
    def filed(self) -> bool:
        return self.part in ("counted", "nil", "beyond")


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure over all units; None where nobody gave one. `blank`: units whose paper is in and leaves it blank."""

    value: Figure | None
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """All papers of one period put together. `counters`: field -> sum. `cells`: (row's kind, field) -> sum, of a form whose rows are
    kinds; its total row is computed. `disputed`: unit -> where its own total is not the sum of its rows (Chinese)."""

    form: FormType
    sources: tuple[Source, ...]
    counters: Mapping[str, Sum]
    cells: Mapping[tuple[str, str], Sum]
    disputed: Mapping[str, tuple[str, ...]]

    def names(self, *parts: Part) -> tuple[str, ...]:
        return tuple(s.unit.name for s in self.sources if s.part in parts)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Units whose figures are in the sums though something is still missing or wrong."""
        return tuple(s.unit.name for s in self.sources if s.filed and not s.standing.done and s.part != "beyond")


def source(there: Standing) -> Source:
    """What a unit's standing gives to the merged form."""
    paper, unit = there.current("editable"), there.obligation.unit
    if paper is not None:
        beyond = there.obligation.due is None
        return Source(unit, there, paper, "nil" if paper.nil else "beyond" if beyond else "counted")
    if there.state == "waived":
        return Source(unit, there, None, "waived")
    return Source(unit, there, None, "unreadable" if there.filings else "missing")


def merged(form: FormType, sources: Iterable[Source]) -> Merged:
    """The figures of a form added up over its sources."""
    found = tuple(sources)
    layout = form.layout
    if not isinstance(layout, TableLayout):
        return Merged(form, found, {}, {}, {})
    papers = [s for s in found if s.paper is not None]
    counters = {c.field: _sum((s.unit.name, s.paper.fields.get(c.field)) for s in papers if s.paper) for c in layout.counters}
    return Merged(form, found, counters, _cells(form, layout, papers), _disputed(form, layout, papers))


def figures_of(form: FormType, paper: Filing) -> dict[str, Figure | None]:
    """A paper's own figures as the source list shows them: its counters, or each numeric column added up over its kinds."""
    layout = form.layout
    if not isinstance(layout, TableLayout):
        return {}
    if layout.kinds:
        rows = [row for kind, row in _by_kind(layout, paper).items() if kind != total_row(form)]
        return {c.field: _sum(("", row.get(c.field)) for row in rows).value for c in numeric(layout)}
    return {c.field: _figure(paper.fields.get(c.field)) for c in layout.counters}


def figure_names(form: FormType) -> dict[str, str]:
    """Field -> head, of what `figures_of` gives."""
    layout = form.layout
    if not isinstance(layout, TableLayout):
        return {}
    if layout.kinds:
        return {c.field: f"{c.heads[0]}（{c.unit}）" if c.unit and c.unit not in c.heads[0] else c.heads[0] for c in numeric(layout)}
    return {c.field: c.label for c in layout.counters}


def total_row(form: FormType) -> str | None:
    """The kind of row that adds up the others."""
    return next((c.row for c in form.checks if isinstance(c, Total)), None)


def is_cumulative(form: FormType) -> bool:
    """Whether figures go on from the period before: then a nil report without figures leaves a gap in the sum."""
    return any(isinstance(c, NotFalling) for c in form.checks)


def numeric(layout: TableLayout) -> tuple[Column, ...]:
    return tuple(c for c in layout.columns[1:] if c.type in ("number", "decimal"))


# --- adding up -------------------------------------------------------------------------------------------------------------


def _figure(value: Value) -> Figure | None:
    """The number that stands there; a written 无 or / is none at all, which is 0. None for a blank."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    return 0 if value == "" else None


def _sum(given: Iterable[tuple[str, Value]]) -> Sum:
    total, blank, some = Decimal(0), [], False
    for unit, value in given:
        figure = _figure(value)
        if figure is None:
            blank.append(unit)
        else:
            total, some = total + Decimal(str(figure)), True
    return Sum(_plain(total) if some else None, tuple(blank))


def _plain(total: Decimal) -> Figure:
    return int(total) if total == total.to_integral_value() else float(total)


def _by_kind(layout: TableLayout, paper: Filing) -> dict[str, Mapping[str, Value]]:
    first = layout.columns[0].field
    return {str(row.get(first)): row for row in paper.rows}


def _cells(form: FormType, layout: TableLayout, papers: Sequence[Source]) -> dict[tuple[str, str], Sum]:
    """Cell by cell; a nil report of figures that start anew each period is 0 in all of them. The total row adds up the sums."""
    total, columns = total_row(form), numeric(layout)
    cells: dict[tuple[str, str], Sum] = {}
    rows = [(s, _by_kind(layout, s.paper)) for s in papers if s.paper and not (s.part == "nil" and not is_cumulative(form))]
    nil = len(rows) < len(papers)
    for kind in layout.kinds:
        for column in columns:
            one = _sum((s.unit.name, mine.get(kind, {}).get(column.field)) for s, mine in rows)
            cells[kind, column.field] = Sum(0, one.blank) if one.value is None and nil else one
    for column in columns if total else ():
        parts = [cells[kind, column.field] for kind in layout.kinds if kind != total]
        whole = _sum(("", p.value) for p in parts if p.value is not None)
        blank = dict.fromkeys(name for p in parts for name in p.blank)
        cells[total or "", column.field] = Sum(whole.value, tuple(blank))
    return cells


def _disputed(form: FormType, layout: TableLayout, papers: Sequence[Source]) -> dict[str, tuple[str, ...]]:
    """Each unit's own total row against the sum of its other rows."""
    total = total_row(form)
    found: dict[str, tuple[str, ...]] = {}
    for s in papers:
        if s.paper is None or s.paper.nil or total is None:
            continue
        mine = _by_kind(layout, s.paper).get(total)
        sums = figures_of(form, s.paper)
        if mine is None:
            found[s.unit.name] = (f"没有“{total}”一行",)
            continue
        said = ((c, _figure(mine.get(c.field)), sums[c.field] or 0) for c in numeric(layout))
        wrong = tuple(f"{c.heads[0]}：{total}写 {told:g}，各行相加 {sum_:g}" for c, told, sum_ in said if told is not None and round(told - sum_, 4))
        if wrong:
            found[s.unit.name] = wrong
    return found


# --- the words of the rows -------------------------------------------------------------------------------------------------


def without_counters(text: str, layout: TableLayout) -> str:
    """A cell's text without the sentence that holds the counters, which would contradict the sum. A text that mentions a number or
    two in passing is not that sentence and stays."""
    clauses = re.split(r"(?<=[。；;，,\n])", text)
    hits = [_counters_in(clause, layout.counters) for clause in clauses]
    if len(set().union(*hits)) < _LEAST_COUNTERS:
        return text.strip()
    kept = "".join(clause for clause, hit in zip(clauses, hits, strict=True) if not hit and not _LEADS.match(fold(clause)))
    return kept.strip("，,；;。 \n") if not re.search(r"\w", kept) else kept.strip("，,；; \n")


_LEADS = re.compile(r"(?:截至|截止)[^,;。]{0,16}[,;:]?$")


def _counters_in(clause: str, counters: Sequence[Counter]) -> set[str]:
    words = fold(clause)
    return {c.field for c in counters if any(_simple(p).search(words) for p in c.patterns)}


@lru_cache(maxsize=512)
def _simple(pattern: str) -> re.Pattern[str]:
    """A counter's pattern with a number, or the gap for one, in its slot."""
    number = rf"[^\d,;。]{{0,4}}?(?:\d[\d,.]*|{CHINESE_NUMBER}|(?=家次|人次|条|个|次|家))"
    first, _, rest = pattern.partition("{n}")
    slot = rf"(?:\d[\d,.]*|{CHINESE_NUMBER})" if not first else number
    return re.compile(first + slot + rest.replace("{n}", number))
