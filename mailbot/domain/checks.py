"""Parsed form + what was filed before -> findings. A check is a function that returns new findings; CHECKS is the list.

Whatever the unit must mend is said with place, what stands there and what is expected; nothing here raises.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mailbot.domain.check_rules import AnnexWhen, Check, NotAbove, NotFalling, NotNegative, Total
from mailbot.domain.findings import Finding, finding
from mailbot.domain.forms import (
    Column,
    FormType,
    Label,
    Labelled,
    ParsedForm,
    Part,
    SectionsLayout,
    TableLayout,
    Value,
)
from mailbot.domain.numbers import ordinal


@dataclass(frozen=True, slots=True)
class ParsedFields:
    """The fields of the filing before this one (the previous period's), and the Chinese name of that period."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    period: str = ""


def check(parsed: ParsedForm, form: FormType, earlier: ParsedFields | None = None) -> tuple[Finding, ...]:
    """All findings about one document. An empty template is told as such and nothing else."""
    if parsed.unfilled:
        return (finding("template-unfilled", where=form.title),)
    return tuple(f for one in CHECKS for f in one(parsed, form, earlier))


# --- what every form is asked ------------------------------------------------------------------------------------------


def _heads(parsed: ParsedForm, form: FormType, _: ParsedFields | None) -> Iterable[Finding]:
    """Required values of head lines and label cells; a written 无 or / fills none of them (审核人：/). In a nil report only
    places that stand on the page can be blank."""
    for head in form.layout.labelled:
        value = parsed.fields.get(head.field)
        blank = (value is None or (head.required and value == "")) and head.field not in parsed.invalid
        if not blank or (parsed.nil and head.field not in parsed.labels):
            continue
        if head.required:
            yield finding("field-missing", field=head.field, where=f"“{_name(parsed, head.field, head.labels[0])}”")
        elif isinstance(head, Label) and head.field in parsed.labels and head.type == "phone":
            yield Finding("field-missing", "note", head.field, f"“{_name(parsed, head.field, head.labels[0])}”")


def _rows(parsed: ParsedForm, form: FormType, _: ParsedFields | None) -> Iterable[Finding]:
    """Rows at all, and each row's required columns."""
    layout = form.layout
    if not isinstance(layout, TableLayout) or parsed.nil or not parsed.tabled:
        return
    required = tuple(c for c in layout.columns if c.required)
    if not parsed.rows and (required or layout.kinds):
        first = required[0] if required else layout.columns[0]
        yield finding("field-missing", field=first.field, where=f"“{_name(parsed, first.field, first.heads[0])}”")
    for number, row in enumerate(parsed.rows, 1):
        yield from _row(parsed, required, row, str(row.get(layout.number_field or "") or number))


def _row(parsed: ParsedForm, required: Iterable[Column], row: Mapping[str, Value], name: str) -> Iterable[Finding]:
    for column in required:
        if row.get(column.field) is None and f"{column.field}@{name}" not in parsed.invalid:
            yield finding("field-missing", field=column.field, where=_cell(parsed, column, name))


def _parts(parsed: ParsedForm, form: FormType, _: ParsedFields | None) -> Iterable[Finding]:
    """Parts that are missing, empty or too short."""
    if not isinstance(form.layout, SectionsLayout) or parsed.nil:
        return
    found = {s.field: s for s in parsed.sections}
    number = 0
    for part in form.layout.parts:
        number += part.under is None
        section = found.get(part.field)
        empty = section is None or not (section.text or part.heading_only or part.least)
        if empty and part.required:
            yield finding("section-missing", field=part.field, where=_place(number, part), found="" if section is None else "0 字")
        elif part.optional_note and (empty or _is_silent(part, parsed, form)):
            yield Finding("section-missing", "note", part.field, _place(number, part), "", part.optional_note)
        elif section and section.characters < part.least:
            yield finding("section-too-short", field=part.field, where=_place(number, part),
                          found=f"{section.characters} 字", expected=f"不少于 {part.least} 字")  # fmt: skip


def _is_silent(part: Part, parsed: ParsedForm, form: FormType) -> bool:
    """A part that stands but says none of the figures wanted from it."""
    wanted = [e.field for e in form.extract if e.part == part.field]
    return bool(wanted) and all(parsed.fields.get(name) is None for name in wanted)


def _invalid(parsed: ParsedForm, form: FormType, _: ParsedFields | None) -> Iterable[Finding]:
    """What stands where a number, date or telephone is wanted and is none; a counter written in several ways."""
    for key, text in parsed.invalid.items():
        name, _at, row = key.partition("@")
        label = _name(parsed, name, name)
        place = f"“{label}”" if not row else (f"第{row}行“{label}”" if row.isdigit() else f"“{row}”一行“{label}”")
        yield finding("field-invalid", field=name, where=place, found=text, expected=_EXPECTED.get(_type_of(form, name), ""))
    for name, numbers in parsed.conflicts.items():
        yield finding("field-invalid", field=name, where=f"“{_name(parsed, name, name)}”", found="、".join(map(str, numbers)),
                      expected="各处写法一致")  # fmt: skip


_EXPECTED = {
    "number": "整数", "decimal": "数字（万元）", "date": "年月日，如 2024年3月28日", "yes-no": "是 或 否",
    "phone": "电话号码", "mobile": "11位手机号码", "email": "电子邮箱地址",
}  # fmt: skip


def _samples(parsed: ParsedForm, _form: FormType, _: ParsedFields | None) -> Iterable[Finding]:
    if parsed.sample_rows:
        yield finding("sample-row-left", where="样例行", found=f"{parsed.sample_rows} 行")


# --- what a form's `checks` ask ----------------------------------------------------------------------------------------


def _own_checks(parsed: ParsedForm, form: FormType, earlier: ParsedFields | None) -> Iterable[Finding]:
    for rule in form.checks:
        yield from _one(rule, parsed, form, earlier)


def _one(rule: Check, parsed: ParsedForm, form: FormType, earlier: ParsedFields | None) -> Iterable[Finding]:
    match rule:
        case NotFalling():
            return _not_falling(rule, parsed, earlier)
        case NotAbove():
            return _not_above(rule, parsed)
        case Total():
            return _total(rule, parsed, form)
        case NotNegative():
            return _not_negative(parsed, form)
        case AnnexWhen():
            return ()  # needs the mail: see annex_wanted


def _not_falling(rule: NotFalling, parsed: ParsedForm, earlier: ParsedFields | None) -> Iterable[Finding]:
    for name in rule.fields if earlier else ():
        now, before = parsed.fields.get(name), earlier.fields.get(name) if earlier else None
        if _is_number(now) and _is_number(before) and now < before and name not in parsed.conflicts:  # type: ignore[operator]
            period = f"（{earlier.period}）" if earlier and earlier.period else ""
            yield finding("cumulative-fell", field=name, where=f"“{_name(parsed, name, name)}”", found=_figure(now),
                          expected=f"不少于 {_figure(before)}{period}")  # fmt: skip


def _not_above(rule: NotAbove, parsed: ParsedForm) -> Iterable[Finding]:
    value, limit = parsed.fields.get(rule.field), parsed.fields.get(rule.limit)
    if rule.field in parsed.conflicts or rule.limit in parsed.conflicts:
        return
    if _is_number(value) and _is_number(limit) and value > limit:  # type: ignore[operator]
        yield finding("closed-exceeds-found", field=rule.field, where=f"“{_name(parsed, rule.field, rule.field)}”",
                      found=_figure(value), expected=f"不多于“{_name(parsed, rule.limit, rule.limit)}” {_figure(limit)}")  # fmt: skip


def _total(rule: Total, parsed: ParsedForm, form: FormType) -> Iterable[Finding]:
    """The total row against the sum of the others, column by column; a blank counts as nothing."""
    layout = form.layout
    if not isinstance(layout, TableLayout) or not parsed.rows:
        return
    first = layout.columns[0].field
    total = next((r for r in parsed.rows if r.get(first) == rule.row), None)
    if total is None:
        yield finding("field-missing", field=first, where=f"“{rule.row}”一行")
        return
    for column in (c for c in layout.columns[1:] if c.type in ("number", "decimal")):
        if any(key.partition("@")[0] == column.field for key in parsed.invalid):
            continue  # a text stands there: told as such
        if total.get(column.field) is None:
            continue  # left blank, or a formula that was never calculated
        parts = [v for r in parsed.rows if r is not total and _is_number(v := r.get(column.field))]
        said, wanted = total.get(column.field), round(sum(parts), 4)  # type: ignore[arg-type]
        if round(float(said) if _is_number(said) else 0.0, 4) != wanted:  # type: ignore[arg-type]
            yield finding("total-mismatch", field=column.field, where=f"“{rule.row}”一行“{_name(parsed, column.field, column.heads[0])}”",
                          found=_figure(said) if _is_number(said) else "未填", expected=_figure(wanted))  # fmt: skip


def _not_negative(parsed: ParsedForm, form: FormType) -> Iterable[Finding]:
    layout = form.layout
    columns = layout.columns if isinstance(layout, TableLayout) else ()
    for number, row in enumerate(parsed.rows, 1):
        name = str(row.get(columns[0].field) or number) if columns else str(number)
        for column in columns:
            value = row.get(column.field)
            if _is_number(value) and value < 0:  # type: ignore[operator]
                place = f"“{name}”一行“{_name(parsed, column.field, column.heads[0])}”"
                yield finding("field-invalid", field=column.field, where=place, found=_figure(value), expected="不小于 0")


CHECKS: tuple[Callable[[ParsedForm, FormType, ParsedFields | None], Iterable[Finding]], ...] = (
    _heads, _rows, _parts, _invalid, _samples, _own_checks,
)  # fmt: skip


def annex_wanted(parsed: ParsedForm, form: FormType) -> AnnexWhen | None:
    """The annex the mail or the filing must hold beside this document; None where none is called for."""
    wanted = (c for c in form.checks if isinstance(c, AnnexWhen))
    return next((c for c in wanted if parsed.fields.get(c.field) is True and not parsed.unfilled), None)


# --- words -------------------------------------------------------------------------------------------------------------


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def _name(parsed: ParsedForm, name: str, otherwise: str) -> str:
    return parsed.labels.get(name) or otherwise


def _cell(parsed: ParsedForm, column: Column, row: str) -> str:
    return f"第{row}行“{_name(parsed, column.field, column.heads[0])}”"


def _place(number: int, part: Part) -> str:
    """第三部分“存在问题和分析”."""
    return f"第{ordinal(number)}部分“{part.heading}”"


def _type_of(form: FormType, name: str) -> str:
    columns = form.layout.columns if isinstance(form.layout, TableLayout) else ()
    items: tuple[Labelled | Column, ...] = (*form.layout.labelled, *columns)
    return next((i.type for i in items if i.field == name), "")
