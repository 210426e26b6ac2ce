"""When a duty is owed: its periods with their due dates, counted once; and how they were computed, in words.

A recurring duty is due in the period that it reports (每月20日前报本月) or in the one after it (次月5日前报上月): `reports` says which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from mailbot.domain.periods import Period, PeriodKind, day_in_month, period_from_id
from mailbot.domain.rule import Between, Rule, ToldBy
from mailbot.domain.workdays import Calendar

Reports = Literal["this", "previous"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Owed(Rule):
    """What every cadence has."""

    @property
    def words(self) -> str:
        """How the due dates were computed, for the letters: 每月20日前报本月."""
        raise NotImplementedError

    @property
    def daily(self) -> bool:
        """Whether a period is a day that is reported on, and not the day of a one-off."""
        return False

    @property
    def brief(self) -> bool:
        """Whether a period is shorter than a month: then so many are due in a month that lists show only the next."""
        return False

    @property
    def reminders(self) -> tuple[int, ...]:
        """Days before (+) and after (-) the due date on which a reminder is of use, where the rules say nothing of it."""
        return 7, 3, 1, 0, -1, -3, -7

    def _each(self) -> Iterator[tuple[Period, date]]:
        raise NotImplementedError

    @cached_property
    def _owed(self) -> tuple[tuple[Period, date], ...]:
        return tuple(self._each())

    def owed(self) -> tuple[tuple[Period, date], ...]:
        """(period, due date) in order of time. Raises ValueError where `first` or `last` is no period of the cadence's kind."""
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
class _Recurring(_Owed):
    """From the period `first` to the period `last`."""

    kind: ClassVar[PeriodKind]
    reports: Reports
    first: str
    last: str

    def _due_in(self, period: Period) -> date:
        """The due date within a period of the kind."""
        raise NotImplementedError

    def _each(self) -> Iterator[tuple[Period, date]]:
        period, last = period_from_id(self.first), period_from_id(self.last)
        if {period.kind, last.kind} != {self.kind}:
            raise ValueError(f"no {self.kind}: {self.first}, {self.last}")
        while period <= last:
            yield period, self._due_in(period if self.reports == "this" else period.following)
            period = period.following


@dataclass(frozen=True, kw_only=True)
class Daily(_Recurring):
    """Every day, that day or the day before (每日17时前报). `first`, `last`: 2024-06-01."""

    every: Literal["day"]
    kind: ClassVar[PeriodKind] = "date"
    reports: Reports = "this"

    @property
    def words(self) -> str:
        return f"每日报{'当日' if self.reports == 'this' else '前一日'}"

    @property
    def daily(self) -> bool:
        return True

    @property
    def brief(self) -> bool:
        return True

    @property
    def reminders(self) -> tuple[int, ...]:
        return (-1,)  # who reports every day is not told so every morning

    def _due_in(self, period: Period) -> date:
        return period.start


@dataclass(frozen=True, kw_only=True)
class Weekly(_Recurring):
    """A day of every week (每周五前). `first`, `last`: weeks, 2024W05."""

    every: Literal["week"]
    weekday: Weekday
    kind: ClassVar[PeriodKind] = "week"
    reports: Reports = "this"

    @property
    def words(self) -> str:
        return f"每周{'一二三四五六日'[WEEKDAYS.index(self.weekday)]}前报{'本周' if self.reports == 'this' else '上周'}"

    @property
    def brief(self) -> bool:
        return True

    @property
    def reminders(self) -> tuple[int, ...]:
        return 1, 0, -1, -3

    def _due_in(self, period: Period) -> date:
        return period.start + timedelta(days=WEEKDAYS.index(self.weekday))


@dataclass(frozen=True, kw_only=True)
class Monthly(_Recurring):
    """Day `day` of a month. `reports`: that month (this) or the month before (previous)."""

    every: Literal["month"]
    day: Annotated[int, Between(1, 31)]
    kind: ClassVar[PeriodKind] = "month"
    reports: Reports = "this"

    @property
    def words(self) -> str:
        return f"每月{self.day}日前报{'本月' if self.reports == 'this' else '上月'}"

    def _due_in(self, period: Period) -> date:
        return day_in_month(period.start.year, period.start.month, self.day)


@dataclass(frozen=True, kw_only=True)
class Quarterly(_Recurring):
    """Day `day` of the `month`-th month of a quarter: of the one after that which is reported (每季度第一个月的1日前) or of itself
    (每季度末月25日前: month 3, reports this)."""

    every: Literal["quarter"]
    month: Annotated[int, Between(1, 3)] = 1
    day: Annotated[int, Between(1, 31)] = 1
    kind: ClassVar[PeriodKind] = "quarter"
    reports: Reports = "previous"

    @property
    def words(self) -> str:
        return f"每季度{('首月', '第二个月', '末月')[self.month - 1]}{self.day}日前报{'本季度' if self.reports == 'this' else '上一季度'}"

    def _due_in(self, period: Period) -> date:
        return day_in_month(period.start.year, period.start.month + self.month - 1, self.day)


@dataclass(frozen=True, kw_only=True)
class HalfYearly(_Recurring):
    """Day `day` of the `month`-th month of a half year: of itself (6月20日、12月20日前: month 6, day 20) or of the one after it.
    `first`, `last`: 2024H1."""

    every: Literal["half-year"]
    month: Annotated[int, Between(1, 6)] = 6
    day: Annotated[int, Between(1, 31)]
    kind: ClassVar[PeriodKind] = "half"
    reports: Reports = "this"

    @property
    def words(self) -> str:
        return f"{self.month}月、{self.month + 6}月{self.day}日前报{'本' if self.reports == 'this' else '上一个'}半年"

    def _due_in(self, period: Period) -> date:
        return day_in_month(period.start.year, period.start.month + self.month - 1, self.day)


@dataclass(frozen=True, kw_only=True)
class Yearly(_Recurring):
    """Day `day` of month `month` of a year: of itself (每年12月10日前) or of the one after it (次年1月10日前). `first`, `last`: 2024."""

    every: Literal["year"]
    month: Annotated[int, Between(1, 12)]
    day: Annotated[int, Between(1, 31)]
    kind: ClassVar[PeriodKind] = "year"
    reports: Reports = "this"

    @property
    def words(self) -> str:
        return f"每年{self.month}月{self.day}日前报{'当年' if self.reports == 'this' else '上一年'}"

    def _due_in(self, period: Period) -> date:
        return day_in_month(period.start.year, self.month, self.day)


@dataclass(frozen=True, kw_only=True)
class AnyTime(_Owed):
    """No due date: filed when there is something to file."""

    every: Literal["any-time"]

    @property
    def words(self) -> str:
        return "随时报送"

    def _each(self) -> Iterator[tuple[Period, date]]:
        return iter(())


Cadence = Annotated[Fixed | Daily | Weekly | Monthly | Quarterly | HalfYearly | Yearly | AnyTime, ToldBy("every")]


@dataclass(frozen=True)
class Moved(_Owed):
    """Another cadence whose due dates move to the next working day (a duty's `on_holiday`). Not written in the rules itself."""

    of: _Owed
    calendar: Calendar

    @property
    def words(self) -> str:
        return f"{self.of.words}，逢节假日顺延到下一个工作日"

    @property
    def daily(self) -> bool:
        return self.of.daily

    @property
    def brief(self) -> bool:
        return self.of.brief

    @property
    def reminders(self) -> tuple[int, ...]:
        return self.of.reminders

    def _each(self) -> Iterator[tuple[Period, date]]:
        return ((period, self.calendar.on_or_after(due)) for period, due in self.of.owed())
