"""The figures of a form's fields and rows: which values are compared, and which cells of two copies belong together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from mailbot.domain.aligning import NUMBER, signs_of
from mailbot.domain.forms import Value

Row = Mapping[str, Value]

YES_NO = ("是", "否")
_PHONE = re.compile(r"[\d\s()+、,，;/转-]{7,}")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LEAST_PHONE = 7  # digits
_ROW_ALIKE = 0.5
_NEAR_ROWS = 5  # rows that a row may have moved
_SHORT = 6  # signs of a kind's name (医疗器械)


def digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def parts(text: str) -> list[str]:
    """The numbers of a text: 0475-6580786 has two."""
    return NUMBER.findall(text)


def same_number(a: str, b: str) -> bool:
    """1,200 and 1200, 0.50 and 0.5, 03 and 3; 12 and 1.2 are not the same."""
    return normal(a) == normal(b)


def normal(number: str) -> str:
    """A number as it is compared: without thousands' commas and noughts that say nothing."""
    whole = re.sub(r",(?=\d{3}(?!\d))", "", number).replace(",", ".")
    return (re.sub(r"\.?0+$", "", whole) if whole.count(".") == 1 else whole).lstrip("0")


def shown(value: Value) -> str:
    """A count, an amount, a telephone or 是/否 as text; "" for anything that is not compared."""
    if isinstance(value, bool):
        return YES_NO[0] if value else YES_NO[1]
    if isinstance(value, int | float):
        return f"{value:.10g}"
    phone = isinstance(value, str) and _PHONE.fullmatch(value) and len(digits(value)) >= _LEAST_PHONE and not _ISO_DATE.fullmatch(value)
    return str(value) if phone else ""


def is_figure(value: Value, number: str) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and same_number(shown(value), number)


def differing(seen: Value, said: Value) -> tuple[str, str] | None:
    """Both as text where both are there, of one kind, and differ."""
    a, b = shown(seen), shown(said)
    alike = isinstance(seen, bool) == isinstance(said, bool) and isinstance(seen, str) == isinstance(said, str)
    return (a, b) if a and b and alike and not same_number(a, b) else None


def row_name(number: int, row: Row) -> str:
    """How people call a row: by its kind (“药品”一行), else by its number."""
    words = [v for v in row.values() if isinstance(v, str) and v and not v.isdigit()]
    return f"“{words[0]}”一行" if len(words) == 1 and len(words[0]) <= _SHORT else f"第{number}行"


def row_pairs(scan: Sequence[Row], typed: Sequence[Row]) -> Iterator[tuple[int, tuple[Row, Row]]]:
    """(number of the typed row from 1, (scan's row, typed row)) of the rows that belong together by their words."""
    taken: set[int] = set()
    words = [_row_words(row) for row in scan]
    for place, row in enumerate(typed):
        mine = _row_words(row)
        near = [n for n in range(max(0, place - _NEAR_ROWS), min(len(scan), place + _NEAR_ROWS + 1)) if n not in taken]
        best = max(near, key=lambda n: (_alike(words[n], mine), -abs(n - place)), default=None)
        if best is not None and _alike(words[best], mine) >= _ROW_ALIKE:
            taken.add(best)
            yield place + 1, (scan[best], row)


def _row_words(row: Row) -> frozenset[str]:
    text = "".join(signs_of(v).text for v in row.values() if isinstance(v, str))
    return frozenset(text[i : i + 2] for i in range(max(1, len(text) - 1)))


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, len(a | b))


def cells(seen: Row, said: Row) -> Iterator[tuple[str, tuple[str, str]]]:
    """(column, (scan, typed)) of the cells of a row that differ. Where a cell was lost, or two grew together, the others are found
    by their order."""
    for name, value in said.items():
        if isinstance(value, bool) and (values := differing(seen.get(name), value)):
            yield name, values
    now = [(f, shown(seen.get(f))) for f in said if _is_count(seen.get(f))]
    was = [(f, shown(v)) for f, v in said.items() if _is_count(v)]
    if [f for f, _ in now] == [f for f, _ in was]:
        yield from ((f, (a, b)) for (f, a), (_, b) in zip(now, was, strict=True) if not same_number(a, b))
        return
    for i, j in replaced([v for _, v in now], [v for _, v in was]):
        if now[i][0] == was[j][0]:
            yield was[j][0], (now[i][1], was[j][1])


def _is_count(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def replaced(seen: Sequence[str], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(place, place) of figures that stand one for one in the same place of two rows of figures, and differ."""
    for step, a, b, c, d in SequenceMatcher(None, seen, said, autojunk=False).get_opcodes():
        if step == "replace" and b - a == d - c:
            yield from ((i, j) for i, j in zip(range(a, b), range(c, d), strict=True) if not same_number(seen[i], said[j]))
