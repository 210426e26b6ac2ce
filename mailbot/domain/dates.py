"""Dates and report periods as people write them in text. Here and nowhere else; `periods` knows what they mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mailbot.domain.numbers import CHINESE_NUMBER, chinese_number
from mailbot.domain.periods import Period, PeriodKind, month_of, quarter_of
from mailbot.domain.text import fold, squash

_N = rf"(?:(?<!\d)\d{{1,2}}(?!\d)|{CHINESE_NUMBER.removesuffix('+')}{{1,4}})"  # bounded: a long run of numerals costs no square
CN_YEAR = r"[二一][零〇○o0一二三四五六七八九]{3}"  # 二0二四 and 二O二四 occur
_YEAR = rf"((?:19|20)\d{{2}}|{CN_YEAR})"
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
    """A period spoken of in a text. `year` is None where only 三季度 or 9月 is said. `number`: month 1..12, quarter 1..4, half 1..2,
    week of ISO 8601, of a date month * 100 + day, of a year 0. `middle`: (month, day) of a week that is told by its days."""

    kind: PeriodKind
    number: int
    year: int | None
    seen: str
    middle: tuple[int, int] | None = None

    def fits(self, period: Period) -> bool:
        """Whether a period may be meant. A mention of another kind than the period's says nothing against it."""
        if self.kind != period.kind:
            return False
        if self.middle:
            last = period.end - timedelta(days=1)
            years = {self.year} if self.year else {period.start.year, last.year}
            return any(period.holds(day) for y in years if (day := _safe(y, *self.middle)))
        return self.number == _number_of(period) and self.year in (None, _year_of(period))


def _number_of(period: Period) -> int:
    match period.kind:
        case "quarter":
            return (period.start.month + 2) // 3
        case "half":
            return (period.start.month + 5) // 6
        case "week":
            return period.start.isocalendar()[1]
        case "year":
            return 0
        case "date":
            return period.start.month * 100 + period.start.day
    return period.start.month


def _year_of(period: Period) -> int:
    return period.start.isocalendar()[0] if period.kind == "week" else period.start.year


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


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
    """The periods named in a text: 第三季度, 2023Q3, 7-9月, 七至九月, 2023年1-9月, 截至9月底, 上半年, 9月份, 202309, 第5周, 1月29日-2月4日, 2024年度.

    A full date is no mention of its month. What is said up to a month or a half that ends a quarter (cumulative: 1-9月,
    9月底, 上半年) names the quarter too. `day`: the day from which 上月, 上季度, 本周 are counted. `bare`: in a file name
    月报3 means March."""
    flat = fold(_TIME.sub(" ", text))
    found = [*_weeks(flat, day)]
    weeks = len(found)
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
    if bare and len(found) == weeks:
        found += [Mention("month", int(m[1]), None, m[0]) for m in _BARE.finditer(flat)]
    found += _years(flat, day)
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
    if last % 6 == 0 and first == last - 5:
        yield Mention("half", last // 6, year, seen)
    if (first, last) == (1, 12):
        yield Mention("year", 0, year, seen)
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
    (_WHOLE, lambda m: (Mention("year", 0, _year(m[1], m[2]), m[0]), Mention("quarter", 4, _year(m[1], m[2]), m[0]))),
    (_MONTH, _read_month),
    (_MONTH_DIGITS, lambda m: (Mention("month", int(m[2] or m[3]), int(m[1]), m[0]),)),
)


# --- weeks, years and single days: reports that come more or less often than by the month --------------------------------------

_LONGEST_WEEK, _SHORTEST_WEEK = 8, 4  # days that a span may have to be a week's: Monday to Friday, Monday to Monday
_WEEK = re.compile(rf"(?<!月)(?<!月份){_SAID_YEAR}第({_N})周|(?<![a-z\d])(20\d\d)?-?w(\d\d?)(?!\d)")
_SPAN_OF_DAYS = re.compile(
    rf"(?<![\d./])(?:{_YEAR}[年./-])?({_N})([月./])({_N})[日号]?{_TO}(?:{_YEAR}[年./-])?(?:({_N})\3)?({_N})[日号]?(?![\d./月])"
)
_THIS_WEEK = re.compile(r"([上本这])(?:一|个)?周(?![一二三四五六日末边围期])")
_DOCUMENT_NUMBER = re.compile(r"\([12]\d{3}\)\d+号")
_A_YEAR = re.compile(rf"(?<!\d)(?:{_YEAR}|(?<!\d)([12]\d)(?=年))(?:年度?)?(?!\d)")
_THIS_YEAR = re.compile(r"(今年|本年度|去年|上年度?|上一年度?)")
_COMPACT_DAY = re.compile(r"(?<!\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_A_DAY = re.compile(rf"(?<![\d年])({_N})月({_N})[日号]")
_TODAY = re.compile(r"今[日天]|昨[日天]")


def _weeks(flat: str, day: date | None) -> Iterator[Mention]:
    """Told by its days, by its number in the year, or from today. The third week of a month is nobody's week: weeks of a month are
    counted in more ways than one."""
    for m in _SPAN_OF_DAYS.finditer(_COMPACT.sub(r"\1.\2.\3", flat)):
        yield from _week_of_days(m)
    for m in _WEEK.finditer(flat):
        year = _year(m[1] or m[4], m[2])
        number = _number(m[3] or m[5])
        if 1 <= number <= 53:
            yield Mention("week", number, year, m[0])
    for m in _THIS_WEEK.finditer(flat) if day else ():
        year, number, _ = ((day or date.min) - timedelta(days=7 if m[1] == "上" else 0)).isocalendar()
        yield Mention("week", number, year, m[0])


def _week_of_days(match: re.Match[str]) -> Iterator[Mention]:
    """A span of some days is the week that its middle lies in: 1月29日-2月4日, 2.26-3.1."""
    year = _year(match[5] or match[1], None)
    first, last = (_number(match[2]), _number(match[4])), (_number(match[6] or match[2]), _number(match[7]))
    end = _safe(year or 2024, *last)
    begin = _safe((year or 2024) - (first > last), *first)
    if end is None or begin is None or not _SHORTEST_WEEK <= (end - begin).days + 1 <= _LONGEST_WEEK:
        return
    middle = begin + (end - begin) // 2
    yield Mention("week", 0, middle.year if year else None, match[0], (middle.month, middle.day))


def _years(flat: str, day: date | None) -> Iterator[Mention]:
    """The years said in what is left of a text once months and quarters are read out of it."""
    for m in _A_YEAR.finditer(_DOCUMENT_NUMBER.sub("#", flat)):
        yield Mention("year", 0, _year(m[1], m[2]), m[0])
    for m in _THIS_YEAR.finditer(flat) if day else ():
        yield Mention("year", 0, (day or date.min).year - (m[1][0] in "去上"), m[0])


def days_in(text: str, *, bare: bool = False, day: date | None = None) -> tuple[Mention, ...]:
    """The single days named in a text, for reports of every day: 2024年6月3日, 6月3日, with `day` also 今日 and 昨日; `bare`: in a file name
    0603 too."""
    flat = fold(_TIME.sub(" ", text))
    found = [(place, Mention("date", d.month * 100 + d.day, d.year, d.isoformat())) for place, d in _dated(flat) if d]
    found += [(m.start(), Mention("date", _number(m[1]) * 100 + _number(m[2]), None, m[0])) for m in _A_DAY.finditer(flat)]
    if day:
        spoken = ((m, day - timedelta(days=m[0][0] == "昨")) for m in _TODAY.finditer(flat))
        found += [(m.start(), Mention("date", d.month * 100 + d.day, d.year, m[0])) for m, d in spoken]
    if bare and not found:
        found += [(m.start(), Mention("date", int(m[1]) * 100 + int(m[2]), None, m[0])) for m in _COMPACT_DAY.finditer(flat)]
    return tuple(mention for _, mention in sorted(found, key=lambda f: f[0]))
