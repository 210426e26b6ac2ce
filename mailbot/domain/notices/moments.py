"""The small words of which official deadlines are made: numbers, days of a month, times of day, 前 and what belongs to it."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from mailbot.domain.notices.draft import Deadline
from mailbot.domain.numbers import chinese_number

N = r"(?:(?<!\d)\d{1,2}(?!\d)|[一二三四五六七八九十廿卅]{1,3})"
_BEFORE = r"(?:之前|以前|前(?![往期述来提置款])|止)"
# the day of a month: 15日, 15号, 15 (where 前 follows), 底, 中旬
DAY = rf"(?:(?P<d>{N})(?:[日号]|(?={_BEFORE}))|月?(?P<part>底|末|初|上旬|中旬|下旬|最后一[天日]|最后一个工作日))"
_ASIDE = r"(?:\((?!不?含|之)[^()]{1,10}\))?"  # (星期五), (正月初六)
_TIME = (
    r"(?:(?:当日|当天|的)?(?:(?P<half>上午|下午|中午|晚上|晚|早上|早|凌晨)?(?:(?P<h>(?<!\d)\d{1,2}(?!\d)|[一二三四五六七八九十]{1,3})"
    r"(?::(?P<min>\d{2})|[时点](?:(?P<min2>\d{1,2})分|(?P<halfpast>半)|整)?钟?)|(?P<off>下班))|(?P<noon>中午|上午|下午)))?"
)
_LIMIT = rf"(?:\((?P<without>不?含)[^()]{{0,6}}\))?(?P<limit>{_BEFORE}(?:\((?P<not1>不含)[^()]{{0,6}}\)|,?(?P<not2>不含(?:当日|当天|本日|该日)))?)?"
TAIL = _ASIDE + _TIME + _LIMIT
LAST = 0  # as a day of the month
_PARTS = {"底": (LAST, ""), "末": (LAST, ""), "最后一天": (LAST, ""), "最后一日": (LAST, ""),
          "最后一个工作日": (LAST, "最后一个工作日按当月最后一天计，遇节假日应提前"), "初": (5, "“初”没有写明哪一天，按5日计"),
          "上旬": (10, "上旬按10日计"), "中旬": (20, "中旬按20日计"), "下旬": (LAST, "下旬按当月最后一天计")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """A deadline and where it stands in the text. `firm`: it is worded as a limit (前, 内, 每月20日); a date or a span that only
    says when something is done is not, and is a deadline only where a report falls on it. `dated`: it leads to days of a calendar."""

    due: Deadline
    start: int
    end: int
    firm: bool = True

    @property
    def dated(self) -> bool:
        return self.due.kind not in ("event", "any")


@dataclass(frozen=True, slots=True)
class Years:
    """What a date without a year is read by: the day of issue, the year in the title, the span of the campaign."""

    issued: date | None = None
    title_year: int | None = None
    span: tuple[date, date] | None = None

    @property
    def base(self) -> int | None:
        """今年."""
        return self.issued.year if self.issued else self.title_year or (self.span[0].year if self.span else None)

    @property
    def single(self) -> bool:
        """Whether the notice is about one year only."""
        if self.span:
            return self.span[0].year == self.span[1].year
        return self.title_year is not None

    def of(self, month: int, day: int) -> int | None:
        """The year of a day of which only month and day are said: the next such day from the issue on."""
        start = self.issued or (self.span[0] if self.span and not self.title_year else None)
        if start is None:
            return self.title_year
        return start.year if (month, day or 31) >= (start.month, start.day) else start.year + 1


def number(text: str) -> int:
    return int(text) if text.isdigit() else chinese_number(text) or 0


def day_of(match: re.Match[str]) -> tuple[int | None, tuple[str, ...]]:
    """(day of the month, doubts) of a match with DAY; None where no day is said; 0 is the last one."""
    if match["d"]:
        return number(match["d"]), ()
    if match["part"]:
        day, doubt = _PARTS[match["part"]]
        return day, (doubt,) if doubt else ()
    return None, ()


def time_of(match: re.Match[str]) -> tuple[str | None, tuple[str, ...]]:
    """(15:00, doubts) of a match with TAIL; None where no hour is said, or midnight."""
    if match["off"]:
        return ("12:00" if match["half"] == "上午" else None), ("下班时间没有写明钟点",)
    if match["noon"]:
        return ("12:00", ()) if match["noon"] != "下午" else (None, ("下午没有写明钟点",))
    if not match["h"]:
        return None, ()
    hour = number(match["h"])
    minute = 30 if match["halfpast"] else int(match["min"] or match["min2"] or 0)
    if (match["half"] in ("下午", "晚上", "晚") and hour < 12) or (match["half"] == "中午" and hour < 3):
        hour += 12
    return (f"{hour:02}:{minute:02}", ()) if hour < 24 and minute < 60 else (None, ())


def inclusive(match: re.Match[str]) -> bool:
    return not (match["not1"] or match["not2"] or match["without"] == "不含")


def in_year(year: int, month: int, day: int) -> tuple[date, tuple[str, ...]]:
    """The day of a year (0: the month's last), and a doubt where the month has no such day."""
    last = monthrange(year, month)[1]
    doubts = (f"{month}月没有{day}日，按{last}日计",) if day > last else ()
    return date(year, month, min(day or last, last)), doubts


def yearless(month: int, day: int) -> str:
    """06-30; 0 is the month's last day."""
    return f"{month:02}-{day or monthrange(2023, month)[1]:02}"
