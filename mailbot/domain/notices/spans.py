"""Stretches of time as notices write them: 自2023年7月至2024年年底, 2022年3月10日至4月15日, 2023年9-10月, 即日起至6月底; and a notice's own span."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.numbers import chinese_number
from mailbot.domain.periods import month_of
from mailbot.domain.text import fold


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last. `inferred`: its year does not stand there. `seen`: its words, folded. `at`: where they begin.
    `open_start`: only the end stands there, the start is a guess."""

    start: date
    end: date
    inferred: bool = False
    seen: str = ""
    at: int = 0
    open_start: bool = False


_Y = r"(?:(20\d\d)年?度?[./-]?|(今年|本年|当年)|(明年|次年|翌年|下一?年)度?)?"
_D = r"(?:(\d{1,2})[日号]?(?!月)|(上旬|中旬|下旬|初|中|底|末))?"
_POINT = rf"{_Y}(\d{{1,2}})(?:月份?|[./](?=\d)|(?=-\d{{1,2}}月)){_D}"
_OTHER = r"(20\d\d)年?(?:第?([1-4一二三四])季度?|(上半年|下半年)|(年?底|年?末|全年|年度?(?![\d上下第])))"
_NUMERIC = r"(20\d\d)[./-](\d{1,2})(?:[./-](\d{1,2}))?(?!\d)"
_TO = r"(?:起|开始)?,?(?:至|到|-+|~+)"
_FROM_NOW = rf"(?:即日|(?:本|该)?(?:通知|方案)?(?:印发|发布|下发)之?日){_TO}"
_RANGE = re.compile(
    rf"(?:(?P<now>{_FROM_NOW})|(?P<first>{_NUMERIC}|{_POINT}|{_OTHER})(?P<to>{_TO}))?(?P<last>{_NUMERIC}|{_POINT}|{_OTHER}|(?P<day>\d{{1,2}})[日号]|(?P<end>年?底))"
)
_NUMERIC_ALONE, _POINT_ALONE, _OTHER_ALONE = re.compile(_NUMERIC), re.compile(_POINT.replace("{1,2}月)", "{1,2}月|$)")), re.compile(_OTHER)
_DASH = re.compile(r"(?<=[年月日号\d])一(?=\d)")
_NUMERAL = re.compile(r"[一二三四五六七八九十廿卅]{1,3}(?=[月日号])")
_FIRST_MONTH = re.compile(r"(?<![万亿千百\d.])元(?=月)")  # 元月3日
_YEAR = re.compile(r"([二一][零〇○o0一二三四五六七八九]{3})(?=年)")
_THIRDS = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "中": (11, 20), "下旬": (21, 31), "底": (31, 31), "末": (31, 31)}
_CLOCK = re.compile(r"[./-]\d{1,4}:\d\d")  # 2022-03-10 11:02: when a page was written
_LONGEST = 4000  # characters of a text that is looked through


def folded(text: str) -> str:
    """A text as the patterns here read it: folded, Chinese numerals of dates as figures, 一 misread for a dash between them."""
    flat = _FIRST_MONTH.sub("1", _DASH.sub("-", fold(text[:_LONGEST])))
    flat = _YEAR.sub(lambda m: str(chinese_number(re.sub("[oO0○]", "〇", m[0])) or m[0]), flat)
    return _NUMERAL.sub(lambda m: str(chinese_number(m[0]) or m[0]), flat)


def spans_in(text: str, *, year: int | None = None, issued: date | None = None) -> Iterator[Span]:
    """Every stretch of time in a text. `year`: that of dates without one; `issued`: the day 即日起 means. What cannot be dated is left out."""
    flat, known = folded(text), year
    for match in _RANGE.finditer(flat):
        first, last = _ends(match)
        if last is None or _CLOCK.match(flat, match.end()):
            continue
        found = _from(issued, last) if first is None and match["now"] else _between(first or last, last, known)
        if found is None:
            continue
        known = known if found[2] else found[1].year
        yield Span(*found, match[0], match.start())


@dataclass(frozen=True, slots=True)
class _Point:
    """A month or a part of one, or several months. `year`: None where none is said. `later`: in the next year."""

    month: int
    first: int = 1
    last: int = 31
    year: int | None = None
    later: bool = False
    months: int = 1


def _ends(match: re.Match[str]) -> tuple[_Point | None, _Point | None]:
    first = _point(match["first"]) if match["first"] else None
    if match["day"]:  # 3月10日至15日 names its month once
        return first, first and _Point(first.month, int(match["day"]), int(match["day"]), first.year)
    if match["end"]:
        return first, first and _Point(12, 31, 31, first.year)
    return first, _point(match["last"])


def _point(text: str) -> _Point | None:
    if match := _NUMERIC_ALONE.fullmatch(text):
        return _Point(int(match[2]), int(match[3] or 1), int(match[3] or 31), int(match[1]))
    if match := _POINT_ALONE.fullmatch(text):
        first, last = (int(match[5]), int(match[5])) if match[5] else _THIRDS.get(match[6] or "", (1, 31))
        return _Point(int(match[4]), first, last, int(match[1]) if match[1] else None, bool(match[3]))
    if match := _OTHER_ALONE.fullmatch(text):
        year = int(match[1])
        if match[2]:
            return _Point((chinese_number(match[2]) or int(match[2])) * 3 - 2, year=year, months=3)
        if match[3]:
            return _Point(1 if match[3] == "上半年" else 7, year=year, months=6)
        return _Point(12, 31, 31, year) if match[4][-1] in "底末" else _Point(1, year=year, months=12)
    return None


def _from(issued: date | None, last: _Point) -> tuple[date, date, bool] | None:
    """From the day of the notice."""
    if issued is None:
        return None
    end = _day(last.year or issued.year + last.later, last, True)
    if end and end < issued and last.year is None:
        end = _day(issued.year + 1, last, True)
    return (issued, end, last.year is None) if end and end >= issued else None


def _between(first: _Point, last: _Point, known: int | None) -> tuple[date, date, bool] | None:
    """A year that is said once counts for both; the end comes after the start."""
    inferred = first.year is None and last.year is None
    year = first.year
    if year is None:
        year = last.year - (first.month > last.month) if last.year else known
    if year is None:
        return None
    year += inferred and first.later
    start = _day(year, first, False)
    end = _day(last.year or year + (last is not first and (last.later or last.month < first.month)), last, True)
    return (start, end, inferred) if start and end and start <= end else None


def _day(year: int, point: _Point, end: bool) -> date | None:
    try:
        whole = month_of(year, point.month + (point.months - 1 if end else 0))
        last = whole.end - timedelta(days=1)
        day = point.last if end else point.first
        return last if day > last.day and day == 31 else date(year, whole.start.month, day)
    except ValueError:
        return None


_OWN = re.compile(r"决定|为期|分(?:为|成)?[一二三四五六两2-6]个?阶段|期间.{0,12}开展|开展.{0,20}(?:行动|整治|活动)")
_FOREIGN = re.compile(r"完工|投产|申报|报名|督查组|有效期|任期")
_SINCE = re.compile(r"(?:自|从|于|在|决定|^)$")
_CALLED = re.compile(r"(?:活动|整治|行动|实施|工作|开展|检查|排查|专项\S{0,4})时间(?:安排)?(?:为|:)?$|^(?:\S{1,2}[、.])?时间(?:安排)?:$")


def span_of(notice: Notice, year: int | None) -> tuple[Span | None, str]:
    """(the stretch of time that the notice says it runs for, the sentence that says so). Stages and dates of reports say no such thing."""
    for sentence in notice.sentences:
        flat = folded(sentence.text)
        if _is_stage(sentence) or _FOREIGN.search(flat):
            continue
        under = bool(sentence.headings) and "时间" in sentence.headings[-1]
        for span in spans_in(sentence.text, year=year, issued=notice.issued):
            lead = flat[: span.at]
            whole = span.end > span.start and (re.match(_FROM_NOW, span.seen) or re.search(_TO, span.seen))
            if whole and (_CALLED.search(lead) or (under and not lead) or (_OWN.search(flat) and (_SINCE.search(lead) or re.match(_FROM_NOW, span.seen)))):
                return span, sentence.text
    return None, ""


def _is_stage(sentence: Sentence) -> bool:
    return bool(re.search(r"阶段\s*[（(]", sentence.text)) or any("阶段" in words for words in sentence.headings[-1:])
