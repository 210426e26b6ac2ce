"""A deadline of a notice as a cadence of ours: what stands under `due:` of a duty."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mailbot.domain.cadences import Daily, HalfYearly, Monthly, Quarterly, Weekly, Yearly
from mailbot.domain.notices.draft import Deadline
from mailbot.domain.periods import PeriodKind, day_in_month, period_of

Due = Mapping[str, object]
_KINDS: Mapping[str, PeriodKind] = {
    "daily": "date", "weekly": "week", "monthly": "month", "quarterly": "quarter", "half-yearly": "half", "yearly": "year",
}  # fmt: skip
_EVERY = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "half-yearly": "half-year", "yearly": "year"}
_CADENCES = {"daily": Daily, "weekly": Weekly, "monthly": Monthly, "quarterly": Quarterly, "half-yearly": HalfYearly, "yearly": Yearly}
_WEEKDAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "一二三四五六日", strict=True))


@dataclass(frozen=True, slots=True)
class Running:
    """The days a campaign runs, and the day of its notice: nothing was due before that."""

    start: date
    end: date
    issued: date | None = None

    @property
    def since(self) -> date:
        return max(self.start, self.issued) if self.issued else self.start


def due_of(deadline: Deadline, running: Running | None) -> tuple[Due | None, tuple[str, ...]]:
    """(the cadence as it is written, what is unsure about it). None where there is no telling when: a fixed date without any, or a
    recurring one of a campaign that nobody knows the days of."""
    if deadline.kind in ("event", "any"):
        return {"every": "any-time"}, ()
    if deadline.kind == "fixed":
        dates = tuple(date.fromisoformat(d) for d in deadline.dates if len(d) == 10)
        return ({"every": "once", "dates": dates}, ()) if dates else (None, ("没有认出日期",))
    if running is None:
        return None, ("不知道专项行动的起止时间，写不出 first 和 last",)
    if (deadline.day or 0) > 31:
        return None, (f"没有{deadline.day}日这一天",)
    if deadline.dates and not _alike(deadline):
        dates = tuple(_each(deadline, running))
        return ({"every": "once", "dates": dates}, ("每年的几个日期写成了一个个日期，请核对",)) if dates else (None, ("起止时间内没有这些日期",))
    days, doubts = _days(deadline)
    first, last = _first_last(deadline, days, running)
    if first is None or last is None:
        return None, ("起止时间内没有一期",)
    return {"every": _EVERY[deadline.kind], **days, "reports": deadline.reports, "first": first, "last": last}, doubts


def _alike(deadline: Deadline) -> bool:
    """Whether yearless dates come back at the same place of every period: 06-15, 12-15 of half years."""
    length = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}.get(deadline.kind, 0)
    wanted = 12 // length if length else 0
    places = {((int(m) - 1) % length, int(d)) for m, d in (x.split("-")[-2:] for x in deadline.dates)} if length else set()
    return len(places) == 1 and len(deadline.dates) == wanted


def _each(deadline: Deadline, running: Running) -> Iterator[date]:
    for year in range(running.since.year, running.end.year + 1):
        for text in deadline.dates:
            month, day = map(int, text.split("-")[-2:])
            found = day_in_month(year, month, day)
            if running.since <= found <= running.end + timedelta(days=31):
                yield found


def _days(deadline: Deadline) -> tuple[dict[str, object], tuple[str, ...]]:
    """The keys that say the day within a period."""
    if deadline.kind == "daily":
        return {}, ()
    if deadline.kind == "weekly":
        return {"weekday": deadline.weekday or "fri"}, () if deadline.weekday else ("没有写星期几，暂按星期五",)
    day, month, doubts = deadline.day, deadline.month_of_period, list[str]()
    if deadline.dates:
        length = {"quarterly": 3, "half-yearly": 6, "yearly": 12}.get(deadline.kind, 1)
        first_month, day = map(int, deadline.dates[0].split("-")[-2:])
        month = (first_month - 1) % length + 1
    if day is None:
        doubts.append("没有写哪一天，暂按月末")
    whole = {"monthly": None, "quarterly": 3, "half-yearly": 6, "yearly": 12}[deadline.kind]
    if whole and month is None:
        month = whole if deadline.reports == "this" else 1
        doubts.append(f"没有写哪个月，暂按第{month}个月")
    return {**({"month": month} if whole else {}), "day": day or 31}, tuple(doubts)


def _first_last(deadline: Deadline, days: Mapping[str, object], running: Running) -> tuple[str | None, str | None]:
    """The first period that falls due on or after the day of the notice, and the last that begins while the campaign runs."""
    kind = _KINDS[deadline.kind]
    last = period_of(kind, running.end).id
    begin = period_of(kind, running.since - timedelta(days=400 if kind == "year" else 100 if kind in ("quarter", "half") else 40))
    cadence = _CADENCES[deadline.kind](every=_EVERY[deadline.kind], reports=deadline.reports, first=begin.id, last=last, **days)
    started = period_of(kind, running.start)
    first = next((p.id for p, due in cadence.owed() if due >= running.since and p >= started), None)
    return first, last if first else None


def words_of(deadline: Deadline) -> str:
    """When, for people: 2023年9月15日前; 每月20日前."""
    if deadline.kind == "fixed":
        return "、".join(_said(d) for d in deadline.dates)
    if deadline.kind in ("event", "any"):
        return "及时" if deadline.kind == "event" else "随时"
    every = {"daily": "每日", "weekly": "每周", "monthly": "每月", "quarterly": "每季度", "half-yearly": "每半年", "yearly": "每年"}[deadline.kind]
    if deadline.dates:
        return every + "、".join(_said(d) for d in deadline.dates)
    if deadline.weekday:
        return every + _WEEKDAYS[deadline.weekday]
    month = f"第{deadline.month_of_period}个月" if deadline.month_of_period else ""
    return every + month + ("末" if deadline.day == 0 else f"{deadline.day}日" if deadline.day else "")


def _said(text: str) -> str:
    parts = text.split("-")
    return (f"{int(parts[0])}年" if len(parts) == 3 else "") + f"{int(parts[-2])}月{int(parts[-1])}日"
