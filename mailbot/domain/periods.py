"""Report periods and due dates: half-open ranges, one small function per question, Asia/Shanghai throughout.

A period's id is the contract's: 2023-07 month, 2024Q1 quarter, 2023 year, 2023-09-15 a fixed date, open any time.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from mailbot.domain.rule import Between, Rule, ToldBy
from mailbot.domain.workdays import Calendar

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
        match self.kind:
            case "month":
                return self.start.isoformat()[:7]
            case "quarter":
                return f"{self.start.year}Q{(self.start.month + 2) // 3}"
            case "half":
                return f"{self.start.year}H{1 if self.start.month == 1 else 2}"
            case "year":
                return f"{self.start.year}"
            case "date":
                return self.start.isoformat()
            case "open":
                return "open"

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


class _Owed(Rule):
    """What every cadence has: its periods with their due dates, counted once; and how they were computed, in words."""

    @property
    def words(self) -> str:
        raise NotImplementedError

    def _each(self) -> Iterator[tuple[Period, date]]:
        raise NotImplementedError

    @cached_property
    def _owed(self) -> tuple[tuple[Period, date], ...]:
        return tuple(self._each())

    def owed(self) -> tuple[tuple[Period, date], ...]:
        """(period, due date) in order of time. Raises ValueError where `first` or `last` is no period."""
        return self._owed

    @cached_property
    def _due(self) -> Mapping[Period, date]:
        return dict(reversed(self._owed))  # of a period that is owed twice the first

    def due_of(self, period: Period) -> date | None:
        """None where nothing is owed for that period."""
        return self._due.get(period)


@dataclass(frozen=True, kw_only=True)
class Fixed(_Owed):
    """One-off dates: `dates: [2023-09-15]`. Each date is its own period."""

    every: Literal["once"]
    dates: tuple[date, ...]

    @property
    def words(self) -> str:
        return "通知规定的日期"

    def _each(self) -> Iterator[tuple[Period, date]]:
        for day in self.dates:
            yield period_from_id(day.isoformat()), day


@dataclass(frozen=True, kw_only=True)
class Monthly(_Owed):
    """Day `day` of a month. `reports`: that month (this) or the month before (previous)."""

    every: Literal["month"]
    day: Annotated[int, Between(1, 31)]
    reports: Literal["this", "previous"] = "this"
    first: str
    last: str

    @property
    def words(self) -> str:
        return f"每月{self.day}日前报{'本月' if self.reports == 'this' else '上月'}"

    def _each(self) -> Iterator[tuple[Period, date]]:
        period, last = period_from_id(self.first), period_from_id(self.last)
        while period <= last:
            due_in = period.start if self.reports == "this" else period.end
            yield period, day_in_month(due_in.year, due_in.month, self.day)
            period = month_of(period.end.year, period.end.month)


@dataclass(frozen=True, kw_only=True)
class Quarterly(_Owed):
    """Day `day` of the first month after the quarter that is reported (每季度第一个月的1日前)."""

    every: Literal["quarter"]
    day: Annotated[int, Between(1, 31)] = 1
    first: str
    last: str

    @property
    def words(self) -> str:
        return f"每季度首月{self.day}日前报上一季度"

    def _each(self) -> Iterator[tuple[Period, date]]:
        period, last = period_from_id(self.first), period_from_id(self.last)
        while period <= last:
            yield period, day_in_month(period.end.year, period.end.month, self.day)
            period = quarter_of(period.end.year, (period.end.month + 2) // 3)


@dataclass(frozen=True, kw_only=True)
class AnyTime(_Owed):
    """No due date: filed when there is something to file."""

    every: Literal["any-time"]

    @property
    def words(self) -> str:
        return "随时报送"

    def _each(self) -> Iterator[tuple[Period, date]]:
        return iter(())


Cadence = Annotated[Fixed | Monthly | Quarterly | AnyTime, ToldBy("every")]


@dataclass(frozen=True)
class Moved(_Owed):
    """Another cadence whose due dates move to the next working day (a duty's `on_holiday`). Not written in the rules itself."""

    of: _Owed
    calendar: Calendar

    @property
    def words(self) -> str:
        return f"{self.of.words}，逢节假日顺延到下一个工作日"

    def _each(self) -> Iterator[tuple[Period, date]]:
        return ((period, self.calendar.on_or_after(due)) for period, due in self.of.owed())


def end_of(day: date, inclusive: bool = True) -> datetime:
    """The last moment in time for "X 日前": the end of day X, or of the day before where the rule excludes X."""
    last = day if inclusive else day - timedelta(days=1)
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)
