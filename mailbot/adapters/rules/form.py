"""What must fit together within one form: fields, headings, patterns, checks."""

import re
from collections.abc import Collection, Iterable, Iterator

from mailbot.adapters.rules.campaign import names_its_file
from mailbot.adapters.rules.mistakes import listed, nearest, perhaps, short
from mailbot.adapters.rules.office import look_at_pattern
from mailbot.adapters.rules.patterns import trouble
from mailbot.adapters.rules.reading import Reading
from mailbot.domain.check_rules import AnnexWhen, NotAbove, NotFalling, Total
from mailbot.domain.forms import Column, Counter, Extract, FormType, SectionsLayout, TableLayout
from mailbot.domain.rule import Rule
from mailbot.domain.spellings import bare


def check_form(reading: Reading, form: FormType) -> None:
    names_its_file(reading, form)
    for pattern in form.nil:
        look_at_pattern(reading, form, "nil", pattern)
    if reading.is_sound(form, "layout"):
        _layout(reading, form)
        _checks(reading, form)
    for extract in form.extract:
        _extract(reading, form, extract)


def _layout(reading: Reading, form: FormType) -> None:
    layout = form.layout
    _fields_once(reading, [*layout.labelled, *(layout.columns + layout.counters if isinstance(layout, TableLayout) else ()),
                           *(layout.parts if isinstance(layout, SectionsLayout) else ())])  # fmt: skip
    for role in ("unit", "date", "period"):
        if len(having := [one for one in layout.labelled if one.role == role]) > 1:
            reading.tell(having[1], "role", f"role: {role} 只能有一个，“{having[0].field}”已经是了")
    _spelled_once(reading, ((one, "labels", one.labels) for one in layout.labelled), "标签")
    match layout:
        case TableLayout():
            _table(reading, layout)
        case SectionsLayout():
            _sections(reading, layout)


def _fields_once(reading: Reading, things: Iterable[object]) -> None:
    seen = set[str]()
    for thing in things:
        name = str(getattr(thing, "field", ""))
        if name in seen and isinstance(thing, Rule):
            reading.tell(thing, "field", f"字段“{name}”用了两次，请换一个")
        seen.add(name)


def _spelled_once(reading: Reading, things: Iterable[tuple[Rule, str, Collection[str]]], what: str) -> None:
    """A heading that two columns or parts share says nothing of either."""
    seen: dict[str, Rule] = {}
    for thing, key, spellings in things:
        for spelling in spellings:
            other = seen.setdefault(bare(spelling), thing)
            if other is not thing:
                words = f"“{spelling}”这个{what}，“{getattr(other, 'field', '')}”也有，分不清；请改掉一个"
                reading.tell(thing, key if spelling in (getattr(thing, key, ()) or ()) else "also", words, item=spelling)


# --- tables -----------------------------------------------------------------------------------------------------------------------


def _table(reading: Reading, layout: TableLayout) -> None:
    _spelled_once(reading, ((c, "heads", c.heads) for c in layout.columns), "栏名")
    columns = [c.field for c in layout.columns]
    if layout.counters_in and layout.counters_in not in columns:
        near = nearest(layout.counters_in, columns)
        reading.tell(layout, "counters_in", f"没有“{layout.counters_in}”这一栏{perhaps(near) or '，有：' + listed(columns)}", near=near, allowed=columns)
    _gaps(reading, layout)
    for counter in layout.counters:
        for pattern in counter.patterns:
            _counted(reading, counter, pattern)
    if layout.sample:
        look_at_pattern(reading, layout, "sample", layout.sample)
    _spelled_kinds(reading, layout)


def _gaps(reading: Reading, layout: TableLayout) -> None:
    """Braces of the blank's sentence that name no counter."""
    counters = [c.field for c in layout.counters]
    for gap in re.findall(r"\{(.*?)\}", layout.sentence):
        if gap not in counters:
            near = nearest(gap, counters)
            reading.tell(layout, "sentence", f"没有“{gap}”这个计数{perhaps(near)}", near=near, allowed=counters)


def _counted(reading: Reading, counter: Counter, pattern: str) -> None:
    """A counter's number is the pattern's first group: `{n}`, or brackets of its own."""
    before = pattern.partition("{n}")[0]
    meant = re.sub(r"\{\s*[nNｎ]?\s*\}|｛\s*[nNｎ]?\s*｝", lambda _: r"(\d*)", pattern)
    if (said := trouble(meant)) and "{n}" not in pattern:
        reading.tell(counter, "patterns", f"“{short(pattern)}”{said}", item=pattern)
    if "正则" in said and "{n}" in pattern:
        look_at_pattern(reading, counter, "patterns", meant, item=pattern)
    elif "{n}" not in pattern and re.search(r"\{\s*[Nnｎ]?\s*\}|｛", pattern):
        reading.tell(counter, "patterns", f"“{pattern}”里数字的位置请写成 {{n}}", item=pattern, near="{n}")
    elif "{n}" not in pattern and not re.search(r"(?<!\\)\((?!\?)", pattern):
        reading.tell(counter, "patterns", f"“{pattern}”里没有 {{n}}，不知道数字在哪里", item=pattern)
    elif pattern.count("{n}") > 1 or ("{n}" in pattern and re.search(r"(?<!\\)\((?!\?)", before)):
        reading.tell(counter, "patterns", f"“{pattern}”里 {{n}} 只写一个，它前面的括号请写成 (?:…)", item=pattern)
    else:
        look_at_pattern(reading, counter, "patterns", pattern.replace("{n}", r"(\d*)"), item=pattern)


def _spelled_kinds(reading: Reading, layout: TableLayout) -> None:
    seen: dict[str, str] = {}
    for kind, also in layout.kinds.items():
        for word in (kind, *also):
            if seen.setdefault(bare(word), kind) != kind:
                reading.tell(layout, "kinds", f"“{word}”既是“{seen[bare(word)]}”又是“{kind}”，请改掉一个", item=word)


# --- parts ------------------------------------------------------------------------------------------------------------------------


def _sections(reading: Reading, layout: SectionsLayout) -> None:
    _spelled_once(reading, ((p, "heading", (p.heading, *p.also)) for p in layout.parts), "标题")
    fields = [p.field for p in layout.parts]
    for part in layout.parts:
        if part.under is not None and (part.under not in fields or part.under == part.field):
            near = nearest(part.under, [f for f in fields if f != part.field])
            reading.tell(part, "under", f"没有“{part.under}”这一部分{perhaps(near) or '，有：' + listed(fields)}", near=near, allowed=fields)


# --- what is taken out and asked -----------------------------------------------------------------------------------------------------


def _extract(reading: Reading, form: FormType, extract: Extract) -> None:
    for pattern in extract.patterns:
        look_at_pattern(reading, extract, "patterns", pattern, groups=int(extract.take in ("list", "number")))
    for pattern in extract.unless:
        look_at_pattern(reading, extract, "unless", pattern)
    parts = [p.field for p in form.layout.parts] if isinstance(form.layout, SectionsLayout) else []
    if extract.part is not None and extract.part not in parts and reading.is_sound(form, "layout"):
        near = nearest(extract.part, parts)
        known = "，有：" + listed(parts) if parts else "，这种版式不分部分"
        reading.tell(extract, "part", f"没有“{extract.part}”这一部分{perhaps(near) or known}", near=near, allowed=parts)


def _fields(form: FormType) -> Iterator[str]:
    layout = form.layout
    yield from (one.field for one in layout.labelled)
    if isinstance(layout, TableLayout):
        yield from (one.field for one in layout.counters)
    yield from (one.field for one in form.extract)


def _checks(reading: Reading, form: FormType) -> None:
    fields = [*_fields(form), *reading.words_at("extract", "field")]
    for check in form.checks:
        match check:
            case NotFalling():
                _known(reading, check, "fields", check.fields, fields)
            case NotAbove():
                _known(reading, check, "field", (check.field,), fields)
                _known(reading, check, "limit", (check.limit,), fields)
            case AnnexWhen():
                _known(reading, check, "field", (check.field,), fields)
                _is_a_flag(reading, form, check)
            case Total() if isinstance(form.layout, TableLayout):
                _total(reading, check, form.layout)
            case Total():
                reading.tell(check, "check", "合计只能用在表格（kind: table）里")


def _known(reading: Reading, check: Rule, key: str, words: Iterable[str], fields: list[str]) -> None:
    for word in words:
        if word not in fields:
            near = nearest(word, fields)
            reading.tell(check, key, f"没有“{word}”这个字段{perhaps(near) or '，有：' + (listed(fields) or '（空）')}", item=word, near=near, allowed=fields)


def _is_a_flag(reading: Reading, form: FormType, check: AnnexWhen) -> None:
    if any(e.field == check.field and e.take != "flag" for e in form.extract):
        reading.tell(check, "field", f"“{check.field}”不是“是/否”的字段：extract 里要写 take: flag", item=check.field)
    elif any(x.field == check.field and x.type != "yes-no" for x in form.layout.labelled):
        reading.tell(check, "field", f"“{check.field}”不是“是/否”的字段：要写 type: yes-no", item=check.field)


def _total(reading: Reading, check: Total, layout: TableLayout) -> None:
    if layout.kinds and check.row not in layout.kinds:
        near = nearest(check.row, layout.kinds)
        reading.tell(check, "row", f"kinds 里没有“{check.row}”这一行{perhaps(near) or '，有：' + listed(layout.kinds)}", near=near, allowed=layout.kinds)
    if not any(_is_number(c) for c in layout.columns):
        reading.tell(check, "check", "没有一栏是数字（type: number 或 decimal），没有什么可以合计")


def _is_number(column: Column) -> bool:
    return column.type in ("number", "decimal")


