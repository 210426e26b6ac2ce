"""Report periods and due dates: half-open ranges, one small function per question, Asia/Shanghai throughout.

A period's id is the contract's: 2023-07 month, 2024Q1 quarter, 2023 year, 2023-09-15 a fixed date (or the day of a daily report),
open any time; and ours: 2024H1 half a year, 2024W05 a week (ISO 8601: Monday to Sunday).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
PeriodKind = Literal["week", "month", "quarter", "half", "year", "date", "open"]
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def spoken(moment: datetime) -> str:
    """A moment as sentences for people say it, by the clock of the office: 3月5日 08:30."""
    there = moment.astimezone(SHANGHAI)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days [start, end). A fixed date's period is that one day; `open` has no days."""

    start: date
    end: date
    kind: PeriodKind

    @property
    def id(self) -> str:
        match self.kind:
            case "week":
                year, week, _ = self.start.isocalendar()
                return f"{year}W{week:02}"
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
        last = self.end - timedelta(days=1)
        return {
            "week": f"{self.start.year}年{self.start.month}月{self.start.day}日至{last.month}月{last.day}日这一周",
            "month": f"{self.start.year}年{self.start.month}月",
            "quarter": f"{self.start.year}年第{quarter}季度",
            "half": f"{self.start.year}年{'上' if self.start.month == 1 else '下'}半年",
            "year": f"{self.start.year}年",
            "date": f"{self.start.year}年{self.start.month}月{self.start.day}日",
            "open": "",
        }[self.kind]

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def following(self) -> "Period":
        """The next one of its kind. Not for `open`."""
        return period_of(self.kind, self.end)


OPEN = Period(date.min, date.max, "open")


def month_of(year: int, month: int) -> Period:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), following, "month")


def quarter_of(year: int, quarter: int) -> Period:
    return Period(date(year, quarter * 3 - 2, 1), month_of(year, quarter * 3).end, "quarter")


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of a kind that holds a day."""
    if kind == "open":
        return OPEN
    if kind == "date":
        return Period(day, day + timedelta(days=1), "date")
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=7), "week")
    months = _MONTHS[kind]
    first = (day.month - 1) // months * months + 1
    return Period(date(day.year, first, 1), month_of(day.year, first + months - 1).end, kind)


def period_from_id(text: str) -> Period:
    """The inverse of `Period.id`. Raises ValueError for anything else."""
    if text == "open":
        return OPEN
    if match := re.fullmatch(r"(\d{4})Q([1-4])", text):
        return quarter_of(int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        return month_of(int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})H([12])", text):
        return period_of("half", date(int(match[1]), int(match[2]) * 6 - 5, 1))
    if match := re.fullmatch(r"(\d{4})W(\d\d)", text):
        return period_of("week", date.fromisocalendar(int(match[1]), int(match[2]), 1))
    if re.fullmatch(r"\d{4}", text):
        return period_of("year", date(int(text), 1, 1))
    return period_of("date", date.fromisoformat(text))


def day_in_month(year: int, month: int, day: int) -> date:
    """The day, or the month's last where the month is shorter (民法典 art. 202: 每月30日 is 28 or 29 February)."""
    last = month_of(year, month).end - timedelta(days=1)
    return last if day > last.day else date(year, month, day)


def end_of(day: date, inclusive: bool = True) -> datetime:
    """The last moment in time for "X 日前": the end of day X, or of the day before where the rule excludes X."""
    last = day if inclusive else day - timedelta(days=1)
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)
