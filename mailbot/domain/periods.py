"""Report periods and due dates: half-open ranges, one small function per question, Asia/Shanghai throughout.

A period's id is the contract's: 2023-07 month, 2024Q1 quarter, 2023 year, 2023-09-15 a fixed date, open any time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from mailbot.domain.rule import Rule
from mailbot.domain.text import CHINESE_NUMBER, chinese_number, fold

SHANGHAI = ZoneInfo("Asia/Shanghai")
PeriodKind = Literal["month", "quarter", "half", "year", "date", "open"]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days [start, end). A fixed date's period is that one day; `open` has no days."""

    start: date
    end: date
    kind: PeriodKind

    @property
    def id(self) -> str:
        quarter = (self.start.month + 2) // 3
        return {
            "month": f"{self.start:%Y-%m}",
            "quarter": f"{self.start.year}Q{quarter}",
            "half": f"{self.start.year}H{1 if self.start.month == 1 else 2}",
            "year": f"{self.start.year}",
            "date": self.start.isoformat(),
            "open": "open",
        }[self.kind]

    @property
    def title(self) -> str:
        """How the letters call it."""
        quarter = "一二三四"[(self.start.month + 2) // 3 - 1]
        return {
            "month": f"{self.start.year}年{self.start.month}月",
            "quarter": f"{self.start.year}年第{quarter}季度",
            "half": f"{self.start.year}年{'上' if self.start.month == 1 else '下'}半年",
            "year": f"{self.start.year}年",
            "date": f"{self.start.year}年{self.start.month}月{self.start.day}日",
            "open": "",
        }[self.kind]

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end


OPEN = Period(date.min, date.max, "open")


def month_of(year: int, month: int) -> Period:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), following, "month")


def quarter_of(year: int, quarter: int) -> Period:
    return Period(date(year, quarter * 3 - 2, 1), month_of(year, quarter * 3).end, "quarter")


def period_from_id(text: str) -> Period:
    """The inverse of `Period.id`. Raises ValueError for anything else."""
    if text == "open":
        return OPEN
    if match := re.fullmatch(r"(\d{4})Q([1-4])", text):
        return quarter_of(int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        return month_of(int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})H([12])", text):
        year, half = int(match[1]), int(match[2])
        return Period(date(year, half * 6 - 5, 1), month_of(year, half * 6).end, "half")
    if re.fullmatch(r"\d{4}", text):
        return Period(date(int(text), 1, 1), date(int(text) + 1, 1, 1), "year")
    day = date.fromisoformat(text)
    return Period(day, day + timedelta(days=1), "date")


def day_in_month(year: int, month: int, day: int) -> date:
    """The day, or the month's last where the month is shorter (民法典 art. 202: 每月30日 is 28 or 29 February)."""
    last = month_of(year, month).end - timedelta(days=1)
    return last if day > last.day else date(year, month, day)


# --- cadences: when a duty is owed -----------------------------------------------------------------------------------


class Fixed(Rule):
    """One-off dates: `dates: [2023-09-15]`. Each date is its own period."""

    every: Literal["once"]
    dates: tuple[date, ...]

    def owed(self) -> Iterator[tuple[Period, date]]:
        for day in self.dates:
            yield period_from_id(day.isoformat()), day


class Monthly(Rule):
    """Day `day` of a month. `reports`: that month (this) or the month before (previous)."""

    every: Literal["month"]
    day: int = Field(ge=1, le=31)
    reports: Literal["this", "previous"] = "this"
    first: str
    last: str

    def owed(self) -> Iterator[tuple[Period, date]]:
        period, last = period_from_id(self.first), period_from_id(self.last)
        while period <= last:
            due_in = period.start if self.reports == "this" else period.end
            yield period, day_in_month(due_in.year, due_in.month, self.day)
            period = month_of(period.end.year, period.end.month)


class Quarterly(Rule):
    """Day `day` of the first month after the quarter that is reported (每季度第一个月的1日前)."""

    every: Literal["quarter"]
    day: int = Field(default=1, ge=1, le=31)
    first: str
    last: str

    def owed(self) -> Iterator[tuple[Period, date]]:
        period, last = period_from_id(self.first), period_from_id(self.last)
        while period <= last:
            yield period, day_in_month(period.end.year, period.end.month, self.day)
            period = quarter_of(period.end.year, (period.end.month + 2) // 3)


class AnyTime(Rule):
    """No due date: filed when there is something to file."""

    every: Literal["any-time"]

    def owed(self) -> Iterator[tuple[Period, date]]:
        return iter(())


Cadence = Annotated[Fixed | Monthly | Quarterly | AnyTime, Field(discriminator="every")]


def end_of(day: date, inclusive: bool = True) -> datetime:
    """The last moment in time for "X 日前": the end of day X, or of the day before where the rule excludes X."""
    last = day if inclusive else day - timedelta(days=1)
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)


# --- reading dates and periods out of text ----------------------------------------------------------------------------

_N = rf"(?:(?<!\d)\d{{1,2}}(?!\d)|{CHINESE_NUMBER})"
_YEAR = r"((?:19|20)\d{2}|[二一][零〇○一二三四五六七八九]{3})"
_DATE = re.compile(rf"{_YEAR}(?:年({_N})月({_N})(?:日|号)?|([./-])({_N})\4({_N}))")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_QUARTER = re.compile(rf"(?:{_YEAR}年?)?第?([一二三四1-4])季度?|(?:{_YEAR}年?)?q([1-4])(?!\d)")
_SPAN = re.compile(rf"(?:{_YEAR}年)?({_N})月?(?:份)?(?:-|~|至|到)({_N})月")
_MONTH = re.compile(rf"(?:{_YEAR}(?:年|[./-]))?({_N})月(?:份)?(?!{_N}[日号])")
_MONTH_DIGITS = re.compile(r"(?<!\d)(20\d{2})[./-](1[0-2]|0?[1-9])(?![\d./-])")
_HALF = re.compile(rf"(?:{_YEAR}年)?(上|下)半年")


def _number(text: str) -> int:
    value = int(text) if text.isdigit() else chinese_number(text)
    return -1 if value is None else value


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(_number(year), _number(month), _number(day))
    except ValueError:
        return None


def dates_in(text: str) -> tuple[date, ...]:
    """Every full date in a text, in every common notation, in the order of the text."""
    flat = fold(text)
    found = [(m.start(), _day(m[1], m[2] or m[5], m[3] or m[6])) for m in _DATE.finditer(flat)]
    found += [(m.start(), _day(m[1], m[2], m[3])) for m in _COMPACT.finditer(flat)]
    return tuple(day for _, day in sorted((f for f in found if f[1]), key=lambda f: f[0]) if day)


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


_BARE = re.compile(r"月报表?[-_(]?(1[0-2]|0?[1-9])(?!\d)")


def mentions_in(text: str, *, bare: bool = False) -> tuple[Mention, ...]:
    """The months, quarters and halves named in a text: 第三季度, 三季度, 7-9月, 2023年1-9月, 9月份, 2024-09, 截至9月底.

    Full dates are not mentions of their month; a span from January (累计) means its last quarter or month.
    `bare`: in a file name 月报3 means March.
    """
    flat = _COMPACT.sub("#", _DATE.sub("#", fold(text)))
    found: list[Mention] = []

    def year(text: str | None) -> int | None:
        return _number(text) if text else None

    for m in _QUARTER.finditer(flat):
        number = m[2] or m[4]
        found.append(Mention("quarter", _number(number), year(m[1] or m[3]), m[0]))
    flat = _QUARTER.sub("#", flat)
    for m in _SPAN.finditer(flat):
        first, last = _number(m[2]), _number(m[3])
        if 1 <= first <= last <= 12 and last % 3 == 0 and (last - first) % 3 == 2:
            found.append(Mention("quarter", last // 3, year(m[1]), m[0]))
    flat = _SPAN.sub("#", flat)
    for m in _HALF.finditer(flat):
        found.append(Mention("half", 1 if m[2] == "上" else 2, year(m[1]), m[0]))
    for m in _MONTH.finditer(flat):
        if 1 <= _number(m[2]) <= 12:
            found.append(Mention("month", _number(m[2]), year(m[1]), m[0]))
    for m in _MONTH_DIGITS.finditer(flat):
        found.append(Mention("month", int(m[2]), int(m[1]), m[0]))
    if bare and not found:
        found += [Mention("month", int(m[1]), None, m[0]) for m in _BARE.finditer(flat)]
    return tuple(dict.fromkeys(found))
