"""Counters in running text: 出动执法人员 245 人次；发现风险隐患数四十一条，销号 个.

`{n}` in a pattern stands for a number in any writing, a written 无 or /, or nothing. A counter that is written with
different numbers is a conflict; counters are never added up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from mailbot.domain.forms import Counter
from mailbot.domain.numbers import CHINESE_NUMBER, NUMBER, ORDINAL, whole_number
from mailbot.domain.text import fold

# a year, a percentage or a longer number is no count
_AFTER = r"(?!\d|\.\d|年|%|‰|分之)"
_FILLER = r"(?:\([^()\d]{0,8}\)|累计|合计|共计|总计|总数|总量|数量|共有|达到|约为|数为|为|近|共|计|达|约|数|了|有|:|=|\(|\[|_|\")*"
_GIVEN = rf"((?:{NUMBER}){_AFTER}|无|/|-+)"
_SLOT = rf"{_FILLER}{_GIVEN}?"
_TIMES = re.compile(rf"(?:人|名|家|户)[、,/(]?((?:{NUMBER}){_AFTER})(?:人|家|户)次")  # 32人、96人次
_CURRENT = re.compile(r"本(?:季度?|期|月|阶段)|当(?:季|月|期)|新增")
_LONGEST_TEXT = 20_000  # no honest sentence of counters is longer; keeps a hostile page from costing minutes
_SOME_NUMBER = re.compile(r"\d|[无/-]|" + CHINESE_NUMBER)  # what holds none holds no counter
_LEAST_TEXT = 4
_NEXT_ITEM = re.compile(r"(?<!\s)\s++(?=(?:\d{1,2}[.、)．]|[(（]\d{1,2}[)）]|[(（]?" + ORDINAL + r"[)）、])(?!\d))")


@dataclass(frozen=True, slots=True)
class Counts:
    """What was read: value (None: blank or nowhere, "": a written 无) and, where texts disagree, the different numbers."""

    values: dict[str, int | str | None]
    conflicts: dict[str, tuple[int, ...]]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """A counter's pattern with `{n}` filled in. One at the start must be a number: a blank there would be looked for, to no
    use, at every place of the text."""
    pattern = _GIVEN + pattern.removeprefix("{n}") if pattern.startswith("{n}") else pattern
    return re.compile(pattern.replace("{n}", _SLOT), re.MULTILINE)  # ^ begins a text also where texts are looked through together


@lru_cache(maxsize=512)
def _rest(pattern: str) -> re.Pattern[str]:
    """What follows a number at the start of a pattern. To look for words first is ten times quicker than to look for numbers."""
    return re.compile(pattern.removeprefix("{n}").replace("{n}", _SLOT), re.MULTILINE)


def flat(text: str) -> str:
    """Folded; where a new item of a list begins a ; keeps its number from growing onto the last one."""
    return fold(_NEXT_ITEM.sub(";", text[:_LONGEST_TEXT])).replace("_", "")


def number(text: str) -> int | str | None:
    """The number of a slot; "" for a written 无, / or —."""
    if not text:
        return None
    if text[0] in "无/-":
        return ""
    return whole_number(text)


def read_counters(counters: Sequence[Counter], tiers: Iterable[Sequence[str]]) -> Counts:
    """Each counter from the first tier of texts that gives it (its own column, other cells, paragraphs)."""
    folded = [_Tier(tuple(t for t in dict.fromkeys(map(flat, tier)) if len(t) >= _LEAST_TEXT and _SOME_NUMBER.search(t))) for tier in tiers]
    values: dict[str, int | str | None] = {}
    conflicts: dict[str, tuple[int, ...]] = {}
    for counter in counters:
        found = next((f for tier in folded if (f := _in_tier(counter, tier))), ())
        numbers = tuple(dict.fromkeys(f for f in found if isinstance(f, int)))
        values[counter.field] = numbers[0] if numbers else (found[0] if found else None)
        if len(numbers) > 1:
            conflicts[counter.field] = numbers
            values[counter.field] = None  # nobody knows which of them is meant
    return Counts(values, conflicts)


@dataclass(frozen=True)
class _Tier:
    """Folded texts that are looked through together. A pattern that is not found in `all` is found in none of them: one look
    instead of one a cell."""

    texts: tuple[str, ...]

    @cached_property
    def all(self) -> str:
        return "\n".join(self.texts)


def _in_tier(counter: Counter, tier: _Tier) -> tuple[int | str, ...]:
    patterns = [p for text in counter.patterns if _rest(text).search(tier.all) and (p := compiled(text)).search(tier.all)]
    times = "次)" in fold(counter.label)
    return tuple(v for text in tier.texts if (v := _in_text(patterns, text, times)) is not None) if patterns else ()


def _in_text(patterns: Sequence[re.Pattern[str]], text: str, times: bool) -> int | str | None:
    """The first number of the first pattern that finds one (发现隐患41条，其中药品12条: 41); where the text tells the quarter's
    own figures from 累计 ones, the first of those. `times`: the counter counts 次: of 32人、96人次 it is the 96."""
    found = ((m, v) for p in patterns for m in p.finditer(text) if (v := _counted(m, times)) is not None)
    first = next(found, None)
    if first is None or not ("累计" in text and _CURRENT.search(text)):
        return first[1] if first else None
    return next((v for m, v in (first, *found) if _is_cumulative(m)), first[1])


def _counted(match: re.Match[str], times: bool) -> int | str | None:
    more = _TIMES.match(match.string, match.end(1)) if times and match.group(1) else None
    return number(more[1] if more else match.group(1) or "")


def _is_cumulative(match: re.Match[str]) -> bool:
    """Whether 累计 stands before the number in its clause."""
    return "累计" in re.split("[,;。]", match.string[: match.start(1) if match.group(1) else match.end()])[-1]
