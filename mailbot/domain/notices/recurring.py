"""Deadlines that come back: 每日17时前, 每周五前, 每月20日前, 次月5日前, 每季度第一个月的1日前, 每半年, 每年底."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from mailbot.domain.notices.draft import Deadline
from mailbot.domain.notices.moments import DAY, LAST, TAIL, N, Placed, Years, day_of, in_year, inclusive, number, time_of

_WEEKDAYS = dict(zip("一二三四五六日天末", ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "sun", "sun"), strict=True))
_WITHIN = rf"(?:结束|终了|完|度)?(?:之?后)?的?前?(?P<n>{N})个?(?P<work>工作)?[日天](?:之|以)?内"
_ONCE = r"(?!次|报(?!送|告|至)|[篇条个份期])"  # 每周一次, 每周一报: once a week and no Monday

_WEEK = re.compile(
    rf"每个?(?:周|星期|礼拜)的?(?:(?P<w>[一二三四五六日天末]){_ONCE}(?P<more>(?:[、,和及](?:每?(?:周|星期))?[一二三四五六日天]){{0,6}})"
    rf"(?P<to>(?:至|到|-)(?:每?(?:周|星期))?[二三四五六日天])?|(?P<lastday>最后一个工作日))?{TAIL}|一周一报|实行周报"
)
_TWO_WEEKS = re.compile(rf"(?:每(?:两|二|2)个?(?:周|星期)|每?隔[一1]?个?(?:周|星期)|双周)的?(?:(?:周|星期)?(?P<w>[一二三四五六日天]))?{TAIL}")
_THIS_WEEK = re.compile(rf"(?P<next>下)?(?:本|这|个)?(?:周|星期)(?P<w>[一二三四五六日天])(?![至到-]){TAIL}")
_DAY = re.compile(rf"每(?:个工作)?[日天](?!常){TAIL}|逐日|一日一报|实行日报")
_MONTH = re.compile(
    rf"(?:每个?月份?|各月|逐月|按月)(?!度)的?(?:(?P<next>次月|下个?月)的?)?(?:{_WITHIN}|第(?P<nth>{N})个工作日|(?P<days>(?:{N}[日号]?前?[、,和及]){{1,4}})?{DAY})?{TAIL}|一月一报|实行月报"
)
_NEXT_MONTH = re.compile(rf"(?:次月|(?<=月)后的?(?=\d)|(?<![\d个每当本])月后(?=\d)|翌月|隔月|下个?月|下一个?月)的?(?:{_WITHIN}|{DAY}){TAIL}")
_THIS_MONTH = re.compile(rf"(?P<own>本月|当月)份?的?{DAY}{TAIL}")
_BARE_MONTH = re.compile(rf"(?<![\d每本当次下个上一二三四五六七八九十])月(?P<d>(?!))?(?P<part>底|末|初)(?![始]){TAIL}")
_OTHER_MONTH = re.compile(rf"(?:逢|每)?(?P<odd>[单双奇偶])数?月份?的?{DAY}{TAIL}")
_QUARTER_WORD = r"(?:(?:每个?|各|逐|按)季度?|(?<![第一二三四1-4年每个各逐按本上下次])季度?(?=[末首底]))"
_QUARTER = re.compile(
    rf"{_QUARTER_WORD}的?(?:第?(?P<nth>[一二三123首]|末(?=个?月)|最后一?)个?月份?的?(?:{DAY})?|{_WITHIN}"
    rf"|(?P<edge>末|底|初|最后一[天日]|最后一个工作日)(?P<ed>{N}[日号])?|(?P<qd>{N})[日号])?{TAIL}"
)
_NEXT_QUARTER = re.compile(
    rf"(?:(?:次|下个?|下一个?)季度?的?(?:首月|第一个月)?的?|季(?:度)?(?:结束|终了)?后(?:的)?(?:首月|第一个月|次月)的?)(?:{_WITHIN}|{DAY}){TAIL}"
    rf"|季度?(?:结束|终了)?后(?P<n2>{N})个?(?P<work2>工作)?[日天](?:之|以)?内"
)
_HALF = re.compile(
    rf"(?:每|按)半年度?的?(?:(?P<nth>首|末|最后一个|第一个)月的?(?:{DAY})?|{_WITHIN}|(?P<edge>末|底|初))?{TAIL}|半年一(?:次|报)"
)
_YEAR_END = re.compile(rf"每年度?的?年?(?P<edge>底|末|初){TAIL}|每年度?(?:结束|终了)后的?(?P<n>{N})个?(?P<work>工作)?[日天](?:之|以)?内")
_SAME_DAY = re.compile(rf"当[日天](?=.{{0,2}}\d|[上下中]午){TAIL}")
_YEAR_BARE = re.compile(r"每个?年度?(?!的?\d)|一年一(?:次|报)")

_LAST_PERIOD = re.compile(r"上(?:个|一个?)?(?:周|星期|月|季度?|半年|年)|前一[日天个]|昨[日天]|上一[日天]")
_THIS_PERIOD = re.compile(r"本(?:周|星期|月|季度?|半年|年度)|当[日天周月季年]")
_NEAR = 30  # characters behind a deadline in which 上月 or 本月 says what is reported


def _reports(flat: str, place: int, default: str, doubt: str = "") -> tuple[str, tuple[str, ...]]:
    """(this or previous, doubts): as the words behind the deadline say, else the default with its doubt."""
    near = re.split("[。;;]", flat[place : place + _NEAR])[0]
    last, this = _LAST_PERIOD.search(near), _THIS_PERIOD.search(near)
    if last and not (this and this.start() < last.start()):
        return "previous", ()
    if this:
        return "this", ()
    return default, (doubt,) if doubt else ()


def _placed(match: re.Match[str], due: Deadline, *doubts: str, firm: bool = True) -> Placed:
    groups = match.re.groupindex
    if "half" in groups:
        at, more = time_of(match)
        due = replace(due, time=at, inclusive=inclusive(match))
        doubts = (*doubts, *more)
    return Placed(replace(due, doubts=tuple(dict.fromkeys((*due.doubts, *doubts)))), match.start(), match.end(), firm)


def _in_time(match: re.Match[str], work: str = "work") -> tuple[str, ...]:
    return ("工作日暂按自然日计",) if match[work] else ()


def _weekly(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    if m["to"]:
        yield _placed(m, Deadline("daily"), "周几到周几之间每天报送，休息日不报")
        return
    days = [_WEEKDAYS[c] for c in (m["w"] or "") + re.sub("[^一二三四五六日天]", "", m["more"] or "")]
    days += ["fri"] if m["lastday"] else []
    for day in (*days,) or (None,):
        doubts = ("一周报送两次以上",) if len(days) > 1 else ("最后一个工作日按周五计",) if m["lastday"] else () if day else ("没有写明周几",)
        reports, more = _reports(flat, m.end(), "previous" if day == "mon" else "this", "周一报送的按上周计" if day == "mon" else "")
        yield _placed(m, Deadline("weekly", weekday=day, reports=reports), *doubts, *more, firm=day is not None)  # type: ignore[arg-type]


def _this_week(m: re.Match[str], _: str, years: Years) -> Iterator[Placed]:
    """本周五, 下周一: of the week of issue."""
    if years.issued and m[0][0] in "本这下" and m["limit"]:
        monday = years.issued - timedelta(days=years.issued.weekday() - (7 if m["next"] else 0))
        due = monday + timedelta(days="一二三四五六日".find(m["w"].replace("天", "日")))
        yield _placed(m, Deadline("fixed", (due.isoformat(),), year_inferred=True), "按发文当周推定")


def _two_weeks(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    reports, _more = _reports(flat, m.end(), "this")
    day = _WEEKDAYS[m["w"]] if m["w"] else None
    yield _placed(m, Deadline("weekly", weekday=day, reports=reports), "每两周报送一次", firm=day is not None)  # type: ignore[arg-type]


def _daily(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    reports, _more = _reports(flat, m.end(), "this")
    yield _placed(m, Deadline("daily", reports=reports), firm=bool(m["h"] or m["limit"]))  # type: ignore[arg-type]


def _monthly_day(m: re.Match[str], flat: str, day: int | None, *doubts: str, following: bool = False) -> Placed:
    if day is None:
        return _placed(m, Deadline("monthly"), "没有写明每月哪一天", firm=False)
    early = 1 <= day <= 10
    doubt = "月初报送的按上月计" if 1 < day <= 10 and not following else ""
    reports, more = ("previous", ()) if following else _reports(flat, m.end(), "previous" if early else "this", doubt)
    return _placed(m, Deadline("monthly", day=day, reports=reports), *doubts, *more)  # type: ignore[arg-type]


def _monthly(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    if m["n"] or m["nth"]:
        within = number(m["n"] or m["nth"])
        yield _monthly_day(m, flat, within, *(("工作日暂按自然日计",) if m["work"] or m["nth"] else ()), following=within <= 15)
        return
    last, doubts = day_of(m)
    more = [number(n) for n in re.findall(N, m["days"] or "")]
    for day in (*more, last):
        yield _monthly_day(m, flat, day, *doubts, *(("一月报送两次以上",) if more else ()), following=bool(m["next"]))


def _next_month(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    day, doubts = (number(m["n"]), _in_time(m)) if m["n"] else day_of(m)
    yield _monthly_day(m, flat, day, *doubts, following=True)


def _this_month(m: re.Match[str], _: str, years: Years) -> Iterator[Placed]:
    day, doubts = day_of(m)
    if day is None:
        return
    if m["own"] == "本月" and years.issued:
        due, more = in_year(years.issued.year, years.issued.month, day)
        yield _placed(m, Deadline("fixed", (due.isoformat(),), year_inferred=True), *doubts, *more, "“本月”按发文当月计")
    else:
        yield _placed(m, Deadline("monthly", day=day), *doubts, firm=bool(m["limit"]))


def _bare_month(m: re.Match[str], flat: str, years: Years) -> Iterator[Placed]:
    day, doubts = day_of(m)
    often = re.search("每|按月|月报|逐月", flat) is not None
    if years.issued and not often:
        due, more = in_year(years.issued.year, years.issued.month, day or LAST)
        doubt = f"“{m[0]}”可能是每月，也可能只是发文当月；暂按发文当月计"
        yield _placed(m, Deadline("fixed", (due.isoformat(),), year_inferred=True), *doubts, *more, doubt, firm=bool(m["limit"]))
    else:
        yield _monthly_day(m, flat, day, *doubts, "没有写“每月”，暂按每月计")


def _other_month(m: re.Match[str], _: str, __: Years) -> Iterator[Placed]:
    day, doubts = day_of(m)
    months = range(1, 13, 2) if m["odd"] in "单奇" else range(2, 13, 2)
    dates = tuple(f"{month:02}-{day or 28:02}" for month in months)
    yield _placed(m, Deadline("yearly", dates, day=day), *doubts, "每两个月报送一次")


_NTH = {"一": 1, "1": 1, "首": 1, "第一个": 1, "二": 2, "2": 2, "三": 3, "3": 3, "末": 3, "最后一": 3, "最后": 3}
_EDGE = {"初": (1, 5, "“季度初”按首月5日计"), "末": (3, LAST, "“季度末”按末月最后一天计"), "底": (3, LAST, "“季度底”按末月最后一天计")}


def _quarterly_on(m: re.Match[str], flat: str, month: int, day: int, *doubts: str) -> Placed:
    default = "this" if month == 3 else "previous"
    reports, more = _reports(flat, m.end(), default, "第二个月报送的按上季度计" if month == 2 else "")
    return _placed(m, Deadline("quarterly", day=day, month_of_period=month, reports=reports), *doubts, *more)  # type: ignore[arg-type]


def _quarterly(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    if m["nth"]:
        month = _NTH[m["nth"]]
        day, doubts = day_of(m)
        unsaid = () if day is not None else (f"没有写明季度第{month}个月的哪一天，按最后一天计",)
        yield _quarterly_on(m, flat, month, LAST if day is None else day, *doubts, *unsaid)
    elif m["n"]:
        yield _quarterly_on(m, flat, 1, number(m["n"]), *_in_time(m))
    elif m["edge"]:
        month, day, doubt = _EDGE.get(m["edge"][0], (3, LAST, f"“季度{m['edge']}”按末月最后一天计"))
        yield _quarterly_on(m, flat, month, number(m["ed"][:-1]), "“季度末”的日按末月计") if m["ed"] else _quarterly_on(m, flat, month, day, doubt)
    elif m["qd"]:
        yield _quarterly_on(m, flat, 1, number(m["qd"]), "没有写明季度的哪个月，按首月计")
    else:
        yield _placed(m, Deadline("quarterly"), "没有写明每季度哪一天", firm=False)


def _next_quarter(m: re.Match[str], _: str, __: Years) -> Iterator[Placed]:
    if m["n2"]:
        day, doubts = number(m["n2"]), _in_time(m, "work2")
    else:
        said, doubts = (number(m["n"]), _in_time(m)) if m["n"] else day_of(m)
        day = said if said is not None else LAST
    yield _placed(m, Deadline("quarterly", day=day, month_of_period=1, reports="previous"), *doubts)


def _same_day(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    if m["limit"]:
        daily = re.search("每[日天]", flat[: m.start()]) is not None
        yield _placed(m, Deadline("daily" if daily else "event"))


def _half_yearly(m: re.Match[str], flat: str, _: Years) -> Iterator[Placed]:
    if m["nth"]:
        month = 1 if m["nth"] in ("首", "第一个") else 6
        day, doubts = day_of(m)
    elif m["n"]:
        month, day, doubts = 1, number(m["n"]), _in_time(m)
    elif m["edge"]:
        month, day, doubts = (1, 5, ("“半年初”按首月5日计",)) if m["edge"] == "初" else (6, LAST, ())
    else:
        yield _placed(m, Deadline("half-yearly"), "没有写明每半年哪一天", firm=False)
        return
    reports, more = _reports(flat, m.end(), "previous" if month == 1 else "this")
    day = LAST if day is None else day
    yield _placed(m, Deadline("half-yearly", day=day, month_of_period=month, reports=reports), *doubts, *more)  # type: ignore[arg-type]


def _year_end(m: re.Match[str], _: str, __: Years) -> Iterator[Placed]:
    if m["n"]:
        yield _placed(m, Deadline("yearly", (f"01-{min(number(m['n']), 31):02}",), number(m["n"]), None, 1, "previous"), *_in_time(m))
        return
    end = m["edge"] != "初"
    due = Deadline("yearly", ("12-31" if end else "01-05",), LAST if end else 5, None, 12 if end else 1)
    yield _placed(m, due, *(() if end else ("“年初”按1月5日计",)))


def _yearly(m: re.Match[str], _: str, __: Years) -> Iterator[Placed]:
    yield _placed(m, Deadline("yearly"), "没有写明每年哪一天", firm=False)


_Reader = Callable[[re.Match[str], str, Years], Iterator[Placed]]
# in this order; what one has read the next does not see
_READ: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_OTHER_MONTH, _other_month),
    (_WEEK, _weekly),
    (_TWO_WEEKS, _two_weeks),
    (_THIS_WEEK, _this_week),
    (_NEXT_QUARTER, _next_quarter),
    (_QUARTER, _quarterly),
    (_HALF, _half_yearly),
    (_MONTH, _monthly),
    (_NEXT_MONTH, _next_month),
    (_THIS_MONTH, _this_month),
    (_DAY, _daily),
    (_SAME_DAY, _same_day),
    (_YEAR_END, _year_end),
    (_YEAR_BARE, _yearly),
    (_BARE_MONTH, _bare_month),
)


def recurring_in(flat: str, years: Years) -> Iterator[Placed]:
    """Every recurring deadline of a flat text; a dated one (每年12月10日前) stands as 每年 alone, `dated` reads its date."""
    rest = flat
    for pattern, read in _READ:
        kept, end = [], 0
        for match in pattern.finditer(rest):
            yield from (placed for placed in read(match, flat, years) if (placed.due.day or 0) <= 31)
            kept += [rest[end : match.start()], "#" * (match.end() - match.start())]
            end = match.end()
        rest = "".join((*kept, rest[end:]))
