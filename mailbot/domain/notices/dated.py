"""Deadlines on days of the calendar: 2023年9月15日前, 6月底、12月底前, 2023-09-15, 年底前, 每年6月5日和12月5日前; and spans of days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from mailbot.domain.notices.draft import Deadline
from mailbot.domain.notices.moments import (
    DAY,
    LAST,
    TAIL,
    N,
    Placed,
    Years,
    day_of,
    in_year,
    inclusive,
    number,
    time_of,
    yearless,
)  # fmt: skip

_Y = r"(?:(?:19|20)\d{2}|[二一][零〇○oO0一二三四五六七八九]{3}|(?<!\d)[12]\d(?=年))"
_REL = r"(?P<rel>今年|本年|当年|明年|次年|下一?年|翌年)"
_MORE = rf"(?P<more>(?:[、,和及]{N}[日号]){{0,6}})"
_FIRST = rf"(?P<first>(?:{N}[日号]?[、,和及]){{0,6}})"  # 7月3、17、26日
_TO_DAY = rf"(?P<today>(?:起)?(?:至|到|-+|~){N}[日号])?"
_MONTHS = rf"(?P<ms>{N}(?:[、,和及]{N}){{0,11}})月(?!度)份?的?"
_NAMED = re.compile(
    rf"(?:(?P<y>{_Y})(?:年度?|(?=[./-]))|{_REL}度?)?的?(?:[上下]半年)?(?:(?P<m1>{N})月?份?(?:至|到|-+|~)(?P<m2>{N})月份?|{_MONTHS}(?:{_FIRST}{DAY}{_MORE}{_TO_DAY})?){TAIL}"
)
_NUMERIC = re.compile(rf"(?<![\d.])(?P<y>20\d\d)(?P<sep>[./-])(?P<m>\d{{1,2}})(?:(?P=sep)(?P<d>\d{{1,2}}))?(?![\d])(?P<part>(?!))?日?{TAIL}")
_FIRST_DAYS = re.compile(rf"(?:(?P<y>{_Y})年)?(?P<m>{N})月份?的?前(?P<d>{N})个?[日天](?:之|以)?内")
_YEAR_END = re.compile(rf"(?:(?P<y>{_Y})年|{_REL}度?)?年?(?<=年)(?P<edge>底|末|终(?!端)|年底|年末){TAIL}")

_TERM_END = re.compile(rf"(?:(?P<y>{_Y})年|{_REL}度?)?(?:第?(?P<q>[一二三四1-4])季度|(?P<term>上|下)半年)(?P<edge>末|底|结束|终了)(?!后){TAIL}")

_SPAN = re.compile(r"(?:起|开始|起始)?,?(?:至|到|-+|~|--)")
_LIST = re.compile(r"[、,和及;以与并分别于在上下半年的前或者]{0,6}")
_EVERY = re.compile(r"每个?(?:年度?|半年度?|季度?末?)的?[(,:于在分别的即]{0,4}$")
_LIMITED = re.compile(r"(?:不迟于|不晚于|最迟|最晚|截止(?:时间|日期|到|至|于)?|(?:时间|日期)截至|时限|期限|务于)(?:为|是|:|于|在|\()*$")
_AFTER = re.compile(r"\)?(?:起(?!草)|以来|以后|之后|后|开始|印发|发布|下发|施行|实施|公布|出台)")
_PERIOD = re.compile(r"(?P<last>上一?(?:个)?(?:年|半年|季))|本(?:年|半年|季)|当(?:年|季)")
_SINCE = re.compile(r"(?:即日|之日|通知(?:印发|发布|下发)之日|发文之日)起?(?:,)?(?:至|到|-+)$")


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    months: tuple[int, ...]
    day: int | None
    year: int | None = None
    relative: str = ""
    days: tuple[int, ...] = ()  # further days of the same month
    span: bool = False
    limit: bool = False
    time: str | None = None
    inclusive: bool = True
    doubts: tuple[str, ...] = ()


def _year(text: str | None) -> int | None:
    if not text:
        return None
    value = number(re.sub("[oO0○](?!\\d)", "〇", text) if not text.isdigit() else text)
    return value if value > 99 else 2000 + value


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(number(piece) for piece in re.findall(N, text))


def _common(m: re.Match[str]) -> dict[str, object]:
    at, doubts = time_of(m)
    return {"limit": bool(m["limit"]), "time": at, "inclusive": inclusive(m), "doubts": doubts}


def _months(m: re.Match[str], flat: str) -> tuple[tuple[int, ...], int]:
    """(the months, where the item begins): the number of a paragraph (1、6月底前) is no month."""
    months = _numbers(m["ms"])
    numbered = len(months) == 2 and not (m["y"] or m["rel"]) and re.search(r"(?:^|[。;:])$", flat[max(0, m.start() - 1) : m.start()])
    if numbered and (months[0] < 4 or months[0] > months[1]) and (months[1] - months[0]) != 6:
        return months[1:], m.start("ms") + len(m["ms"]) - len(re.findall(N, m["ms"])[-1])
    return months, m.start()


def _named(m: re.Match[str], flat: str) -> _Item | None:
    day, doubts = day_of(m)
    year, rel, common = _year(m["y"]), m["rel"] or "", _common(m)
    if m["m1"]:
        months, start = _numbers(m["m2"]), m.start()
    else:
        months, start = _months(m, flat)
    span = bool(m["m1"])
    if not months or not all(1 <= x <= 12 for x in months) or (day or 0) > 31:
        return None
    if m["today"]:
        day, span = _numbers(m["today"])[0], True
    common["doubts"] = (*doubts, *common["doubts"])  # type: ignore[misc]
    return _Item(start, m.end(), months, day, year, rel, (*_numbers(m["first"] or ""), *_numbers(m["more"] or "")), span, **common)  # type: ignore[arg-type]


def _numeric(m: re.Match[str], _: str) -> _Item | None:
    month, day = int(m["m"]), int(m["d"]) if m["d"] else None
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return _Item(m.start(), m.end(), (month,), day, int(m["y"]), **_common(m))  # type: ignore[arg-type]


def _first_days(m: re.Match[str], _: str) -> _Item | None:
    """1月前10日内: until the 10th."""
    month, day = number(m["m"]), number(m["d"])
    return _Item(m.start(), m.end(), (month,), day, _year(m["y"]), limit=True) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _year_end(m: re.Match[str], _: str) -> _Item | None:
    return _Item(m.start(), m.end(), (12,), LAST, _year(m["y"]), m["rel"] or "", **_common(m))  # type: ignore[arg-type]


def _term_end(m: re.Match[str], _: str) -> _Item | None:
    """三季度末, 上半年底: the last day of its last month."""
    month = 3 * number(m["q"]) if m["q"] else 6 if m["term"] == "上" else 12
    return _Item(m.start(), m.end(), (month,), LAST, _year(m["y"]), m["rel"] or "", **_common(m))  # type: ignore[arg-type]


def _items(flat: str) -> list[_Item]:
    found: list[_Item] = []
    for pattern, read in ((_NUMERIC, _numeric), (_FIRST_DAYS, _first_days), (_NAMED, _named), (_YEAR_END, _year_end), (_TERM_END, _term_end)):
        found += [item for m in pattern.finditer(flat) if (item := read(m, flat))]
    kept: list[_Item] = []
    for item in sorted(found, key=lambda i: (i.start, -i.end)):
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return kept


def _groups(flat: str) -> Iterator[tuple[_Item, ...]]:
    """Items that are said together: a list shares month and day, two ends of a span are one."""
    group: list[_Item] = []
    for item in _items(flat):
        gap = flat[group[-1].end : item.start] if group else ""
        if group and len(gap) <= 6 and _SPAN.fullmatch(gap):
            first = group.pop()
            item = replace(item, start=first.start, span=True, year=item.year or (None if item.relative else first.year))
        elif not (group and len(gap) <= 6 and _LIST.fullmatch(gap)):
            if group:
                yield tuple(group)
            group = []
        group.append(item)
    if group:
        yield tuple(group)


def _filled(group: tuple[_Item, ...]) -> Iterator[tuple[int, int | None, int | None, str]]:
    """(month, day, year, relative) of each date of a list: a month without a day has the next one's."""
    for place, item in enumerate(group):
        day = item.day if item.day is not None else next((i.day for i in group[place:] if i.day is not None), None)
        for at, month in enumerate(item.months):
            for each in sorted((day, *item.days), key=lambda d: d or 32) if day is not None else (day,):
                yield month, each, None if at and item.year else item.year, "" if at else item.relative


def _resolve(month: int, day: int, rel: str, before: date | None, years: Years) -> tuple[int | None, bool, str]:
    """(the year of a date that names none, is it inferred from outside the list, a doubt): 次年 and a list (2023年6月15日、12月15日) go on
    from the date before."""
    if rel:
        later = rel not in ("今年", "本年", "当年")
        base = before.year if later and before and rel != "明年" else years.base
        return (base + later if base else None), True, ""
    if before:
        earlier = (month, day or 31) < (before.month, before.day)
        return before.year + earlier, earlier, "后一个日期没有写年份，按下一年计" if earlier else ""
    year = years.of(month, day)
    if year is None:
        return None, False, "年份没有写明"
    far = years.issued is not None and (in_year(year, month, day)[0] - years.issued).days > 300
    return year, True, "年份按发文日期推定，相隔较久" if far else ""


_QUARTERS = {(3, 6, 9, 12): 3, (1, 4, 7, 10): 1, (2, 5, 8, 11): 2}


def _recurring(dates: list[tuple[int, int]]) -> Deadline | None:
    """A quarterly or half-yearly deadline told by its dates; None where they make neither."""
    months, days = tuple(sorted(m for m, _ in dates)), {d for _, d in dates}
    said = tuple(yearless(m, d) for m, d in dates)
    if months in _QUARTERS and len(days) == 1:
        month = _QUARTERS[months]
        return Deadline("quarterly", (), days.pop(), None, month, "this" if month == 3 else "previous")
    if len(months) == 2 and months[1] - months[0] == 6:
        reports = "previous" if months[0] == 1 else "this"
        if len(days) == 1:
            return Deadline("half-yearly", said, days.pop(), None, months[0], reports)  # type: ignore[arg-type]
        return Deadline("half-yearly", said, None, None, None, reports)  # type: ignore[arg-type]
    return None


def _yearly(dates: list[tuple[int, int]], previous: bool) -> Deadline:
    said = tuple(yearless(m, d) for m, d in dates)
    single = dates[0] if len(dates) == 1 else (None, None)
    return Deadline("yearly", said, single[1], None, single[0], "previous" if previous else "this")


def _due(group: tuple[_Item, ...], every: bool, years: Years) -> Deadline:
    filled = list(_filled(group))
    doubts: list[str] = [d for item in group for d in item.doubts]
    if any(day is None for _, day, _, _ in filled):
        doubts.append("只写到月，暂按当月最后一天计")
    dates = [(month, LAST if day is None else day) for month, day, _, _ in filled]
    named = any(item.year for item in group)
    next_year = bool(group[0].relative in ("次年", "下年", "下一年", "翌年") and not named)
    recurring = None if named else _recurring(dates)
    if every or (next_year and len(dates) == 1):
        due = recurring or _yearly(dates, next_year)
    elif recurring and (recurring.kind == "quarterly" or not years.single) and not any(i.relative in ("今年", "本年", "明年") for i in group):
        due = recurring
        doubts.append("没有写“每年”，也可能只指一年")
    else:
        due = _fixed(filled, years)
    return replace(due, doubts=tuple(dict.fromkeys((*doubts, *due.doubts))))


def _fixed(filled: list[tuple[int, int | None, int | None, str]], years: Years) -> Deadline:
    dates: list[str] = []
    doubts: list[str] = []
    inferred, before = False, None
    for month, day, said, rel in filled:
        year, guessed, doubt = (said, False, "") if said else _resolve(month, day or LAST, rel, before, years)
        if year is None:
            dates.append(yearless(month, day or LAST))
        else:
            before, more = in_year(year, month, day or LAST)
            dates.append(before.isoformat())
            doubts += more
        inferred |= guessed
        doubts += [doubt] if doubt else []
    return Deadline("fixed", tuple(dict.fromkeys(dates)), year_inferred=inferred, doubts=tuple(doubts))


def dated_in(flat: str, years: Years) -> Iterator[Placed]:
    """Every date, list of dates and span of a flat text. What begins on a day (9月1日起) or names a paper of that day is none."""
    for group in _groups(flat):
        start, end = group[0].start, group[-1].end
        head = flat[max(0, start - 12) : start]
        every = _EVERY.search(head)
        span = any(item.span for item in group) or _SINCE.search(head)
        limit = any(item.limit for item in group) or _LIMITED.search(head)
        if not limit and not span and _AFTER.match(flat, end):
            continue
        due = _due(group, bool(every), years)
        last = group[-1]
        if due.kind in ("yearly", "half-yearly", "quarterly") and (said := _PERIOD.search(flat, end, end + 40)):
            due = replace(due, reports="previous" if said["last"] else "this")
        due = replace(due, time=last.time, inclusive=all(item.inclusive for item in group))
        start -= len(every[0]) if every else 0
        yield Placed(due, start, end, firm=bool((limit or every) and not span))
