"""Dates and report periods as people write them in text. Here and nowhere else; `periods` knows what they mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mailbot.domain.numbers import CHINESE_NUMBER, chinese_number
from mailbot.domain.periods import Period, PeriodKind, month_of, quarter_of
from mailbot.domain.text import fold, squash

_N = rf"(?:(?<!\d)\d{{1,2}}(?!\d)|{CHINESE_NUMBER})"
_CN_YEAR = r"[二一][零〇○o0一二三四五六七八九]{3}"  # 二0二四 and 二O二四 occur
_YEAR = rf"((?:19|20)\d{{2}}|{_CN_YEAR})"
_SAID_YEAR = rf"(?:(?:{_YEAR}|(?<!\d)([12]\d)(?=年))(?:年度?)?的?[-_./(]{{0,2}})?"  # 2023年, 2023, 23年 before what is said of it; two groups
_DATE = re.compile(rf"(?:{_YEAR}|(?<!\d)([12]\d)(?=年))(?:年({_N})月({_N})(?:日|号)?|([./、,-])({_N})\5({_N}))")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_TIME = re.compile(r"(?<=\d)[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?")  # a cell's 00:00:00
_SHORT = re.compile(r"(?:20)?(\d\d)\s*[年./\-、 ]\s*(\d{1,2})\s*[月./\-、 ]\s*(\d{1,2})\s*[日号]?")
_EXCEL_DAY_ZERO = date(1899, 12, 30)


def _number(text: str) -> int:
    value = int(text) if text.isdigit() else chinese_number(re.sub("[oO0]", "〇", text))
    return -1 if value is None else value


def _year(full: str | None, short: str | None) -> int | None:
    return _number(full) if full else 2000 + int(short) if short else None


def _day(year: int | None, month: str, day: str) -> date | None:
    try:
        return date(year or 0, _number(month), _number(day))
    except ValueError:
        return None


def _dated(flat: str) -> list[tuple[int, date | None]]:
    found = [(m.start(), _day(_year(m[1], m[2]), m[3] or m[6], m[4] or m[7])) for m in _DATE.finditer(flat)]
    return found + [(m.start(), _day(int(m[1]), m[2], m[3])) for m in _COMPACT.finditer(flat)]


def dates_in(text: str) -> tuple[date, ...]:
    """Every full date in a text, in every common notation, in the order of the text."""
    found = sorted((place, day) for place, day in _dated(fold(_TIME.sub(" ", text))) if day)
    return tuple(day for _, day in found)


def as_date(text: str) -> date | None:
    """The last full date of a text that stands where a date should; also 24.3.26 and 2024 3 26, which only there are dates."""
    found = dates_in(text)
    if found:
        return found[-1]
    match = _SHORT.fullmatch(squash(text))
    return _day(2000 + int(match[1]), match[2], match[3]) if match else None


def excel_day(text: str) -> date | None:
    """The day of a bare Excel serial (45379), in a cell that should bear a date and lost its format."""
    return _EXCEL_DAY_ZERO + timedelta(days=int(text)) if re.fullmatch(r"4[0-9]{4}|5[0-4]\d{3}", text) else None


@dataclass(frozen=True, slots=True)
class Mention:
    """A period spoken of in a text. `year` is None where only 三季度 or 9月 is said."""

    kind: PeriodKind
    number: int  # month 1..12, quarter 1..4, half 1..2
    year: int | None
    seen: str

    def fits(self, period: Period) -> bool:
        """Whether a period may be meant. A mention of another kind than the period's says nothing against it."""
        return self.kind == period.kind and self.number == _number_of(period) and self.year in (None, period.start.year)


def _number_of(period: Period) -> int:
    return {"quarter": (period.start.month + 2) // 3, "half": (period.start.month + 5) // 6}.get(period.kind, period.start.month)


_TO = "(?:-+|~|至|到)"
_DAYS = re.compile(rf"(?:{_YEAR}|(?<!\d)([12]\d)(?=年))[年./-]({_N})[月./-]{_N}[日号]?{_TO}(?:{_YEAR}[年./-])?({_N})[月./-]{_N}[日号]?")
_YEARLESS_DAYS = re.compile(rf"(?<![\d年])({_N})月{_N}[日号]{_TO}({_N})月{_N}[日号]")
_SO_FAR = re.compile(rf"{_SAID_YEAR}(?:前|第?[一1](?:季度)?(?:至|到|-|~)第?)([二三四2-4])个?季度?")
_QUARTER = re.compile(rf"q([1-4])[-_/]?{_YEAR}|{_SAID_YEAR}(?:第?([一二三四1-4])季(?:度|报|末|(?![节花歌青]))|q([1-4])(?!\d))")
_LIST = re.compile(rf"{_SAID_YEAR}({_N})月?[、,]({_N})月?[、,和]({_N})(?:三个)?月")
_MONTHS = re.compile(rf"{_SAID_YEAR}({_N})(?:月份?)?{_TO}(?:{_YEAR}[年./-]|[12]\d年)?({_N})月")
_POINTED = re.compile(rf"{_YEAR}[./-]({_N}){_TO}(?:{_YEAR}[./-])?({_N})(?![\d./-])")  # 2023.7-2023.9
_HALF = re.compile(rf"{_SAID_YEAR}(上|下)半年")
_WHOLE = re.compile(rf"{_SAID_YEAR}全年")
_MONTH = re.compile(rf"{_SAID_YEAR}({_N})月(?:份)?([底末])?(?!{_N}[日号])")
_MONTH_DIGITS = re.compile(r"(?<!\d)(20\d{2})(?:[./_-](1[0-2]|0?[1-9])(?![\d./-])|(0[1-9]|1[0-2])(?!\d))")
_LAST = re.compile(r"上(?:个)?(季度|月)(?!\d)")
_BARE = re.compile(r"月报表?[-_(]?(1[0-2]|0?[1-9])(?!\d)")


def mentions_in(text: str, *, bare: bool = False, day: date | None = None) -> tuple[Mention, ...]:
    """The months, quarters and halves named in a text: 第三季度, 2023Q3, 7-9月, 七至九月, 2023年1-9月, 截至9月底, 上半年, 9月份, 202309.

    A full date is no mention of its month. What is said up to a month or a half that ends a quarter (cumulative: 1-9月,
    9月底, 上半年) names the quarter too. `day`: the day from which 上月 and 上季度 are counted. `bare`: in a file name
    月报3 means March."""
    flat = fold(_TIME.sub(" ", text))
    found: list[Mention] = []
    for pattern, read in _READ:
        rest = []
        end = 0
        for match in pattern.finditer(flat):
            found += read(match)
            rest.append(flat[end : match.start()])
            end = match.end()
        flat = "#".join((*rest, flat[end:]))
    if day:
        found += [_before(match[1], day, match[0]) for match in _LAST.finditer(flat)]
    if bare and not found:
        found += [Mention("month", int(m[1]), None, m[0]) for m in _BARE.finditer(flat)]
    return tuple(dict.fromkeys(found))


def _before(kind: str, day: date, seen: str) -> Mention:
    """上月, 上季度: the one before that of `day`."""
    this = month_of(day.year, day.month) if kind == "月" else quarter_of(day.year, (day.month + 2) // 3)
    last = this.start - timedelta(days=1)
    return Mention("month", last.month, last.year, seen) if kind == "月" else Mention("quarter", (last.month + 2) // 3, last.year, seen)


def _months(first: int, last: int, year: int | None, seen: str) -> Iterator[Mention]:
    """From month to month: a quarter where it ends one and began it or the year; the month itself where it is but one."""
    if not 1 <= first <= last <= 12:
        return
    if last % 3 == 0 and (first == last - 2 or first == 1):
        yield Mention("quarter", last // 3, year, seen)
    if first in (1, last):
        yield Mention("month", last, year, seen)


def _days(first: int, last: int, years: tuple[int | None, int | None], seen: str) -> Iterator[Mention]:
    """From day to day: a stretch out of one month into the next (2月21日至3月20日) is told by its end."""
    begun, ended = years
    if (last - first) % 12 == 1:
        turned = begun is not None and ended is None and last < first
        yield Mention("month", last, begun + 1 if begun is not None and turned else ended or begun, seen)
    else:
        yield from _months(first, last, ended or begun, seen)


def _read_quarter(match: re.Match[str]) -> Iterator[Mention]:
    yield Mention("quarter", _number(match[1] or match[5] or match[6]), _year(match[2] or match[3], match[4]), match[0])


def _read_half(match: re.Match[str]) -> Iterator[Mention]:
    half, year = (1 if match[3] == "上" else 2), _year(match[1], match[2])
    yield Mention("half", half, year, match[0])
    yield Mention("quarter", 2 * half, year, match[0])


def _read_month(match: re.Match[str]) -> Iterator[Mention]:
    month, year = _number(match[3]), _year(match[1], match[2])
    if 1 <= month <= 12:
        yield Mention("month", month, year, match[0])
        if match[4] and month % 3 == 0:
            yield Mention("quarter", month // 3, year, match[0])


def _nothing(_: re.Match[str]) -> Iterator[Mention]:
    return iter(())


# in this order; what one has read the next does not see
_READ = (
    (_DAYS, lambda m: _days(_number(m[3]), _number(m[5]), (_year(m[1], m[2]), _year(m[4], None)), m[0])),
    (_YEARLESS_DAYS, lambda m: _days(_number(m[1]), _number(m[2]), (None, None), m[0])),
    (_DATE, _nothing),
    (_COMPACT, _nothing),
    (_SO_FAR, lambda m: (Mention("quarter", _number(m[3]), _year(m[1], m[2]), m[0]),)),
    (_QUARTER, _read_quarter),
    (_LIST, lambda m: _months(_number(m[3]), _number(m[5]), _year(m[1], m[2]), m[0])),
    (_MONTHS, lambda m: _months(_number(m[3]), _number(m[5]), _year(m[4] or m[1], m[2]), m[0])),
    (_POINTED, lambda m: _months(_number(m[2]), _number(m[4]), _year(m[3] or m[1], None), m[0])),
    (_HALF, _read_half),
    (_WHOLE, lambda m: (Mention("quarter", 4, _year(m[1], m[2]), m[0]),)),
    (_MONTH, _read_month),
    (_MONTH_DIGITS, lambda m: (Mention("month", int(m[2] or m[3]), int(m[1]), m[0]),)),
)
