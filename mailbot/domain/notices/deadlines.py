"""A small grammar of official deadlines: every notation that notices use, read without a model.

What is unsure bears a doubt; a date without a year takes it from the notice and says so. Times are those of the office (Asia/Shanghai).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from mailbot.domain.notices.dated import dated_in
from mailbot.domain.notices.draft import Deadline
from mailbot.domain.notices.flat import Flat, flat
from mailbot.domain.notices.moments import N, Placed, Years
from mailbot.domain.notices.recurring import recurring_in

_WITHIN = re.compile(rf"(?:{N}|\d{{3}}|两)个?(?:工作日|小时|日|天|分钟|周|个月)(?:之|以)?内")
_AT_ONCE = re.compile(r"立即|第一时间|即时|随即|当[日天]内|即[发接]即报")
_WHENEVER = re.compile(r"(?P<soon>及时|随时|即时)|不定期|适时|不限时间")
_EVENT = re.compile(r"重大|重要|紧急|突发|异常|事故|事件|险情|疫情|灾情|舆情|发生|发现|遇[有到]|出现|苗头")
_CASE = re.compile(r"(?:遇有?|发生|发现|出现)[^,。;]{2,26}的,$")
_CLAUSE = re.compile(r"[,。;:!?()]")
_REACH = 24  # characters before 及时 in which the thing that has happened is named


def deadlines_in(
    text: str, *, issued: date | None = None, title_year: int | None = None, span: tuple[date, date] | None = None
) -> tuple[Placed, ...]:
    """Every deadline of a text in the order of the text, each with its place in it. `issued`, `title_year`, `span` (of the campaign)
    are what a date without a year is read by."""
    page = flat(text)
    found = placed_in(page, Years(issued, title_year, span))
    return tuple(replace(p, start=start, end=end) for p in found for start, end in [page.span(p.start, p.end)])


def placed_in(page: Flat, years: Years) -> tuple[Placed, ...]:
    """The same, each with its place in the flat text."""
    found = [*dated_in(page.text, years), *recurring_in(page.text, years), *_occasions(page.text)]
    return tuple(replace(p, due=replace(p.due, seen=page.seen(p.start, p.end))) for p in _without_overlap(found))


def _without_overlap(found: list[Placed]) -> Iterator[Placed]:
    """Of two that share words the one that says more: 每年 is part of 每年12月10日前."""
    taken: list[Placed] = []
    for placed in sorted(found, key=lambda p: (p.start, -p.end)):
        same = taken and (placed.start, placed.end, placed.due.kind) == (taken[-1].start, taken[-1].end, taken[-1].due.kind)
        if taken and placed.start < taken[-1].end and not same:  # two days of one week or month stand in the same place
            if _weight(placed) <= _weight(taken[-1]):
                continue
            taken.pop()
        taken.append(placed)
    return iter(taken)


def _weight(placed: Placed) -> tuple[bool, bool, int]:
    return placed.firm, placed.dated, placed.end - placed.start


def _occasions(text: str) -> Iterator[Placed]:
    """What has no day: within so long after something, at once, whenever there is something."""
    for m in _WITHIN.finditer(text):
        start = _clause_start(text, m.start())
        told = re.search(r"后|之日|起|收到|接到", text[start : m.start()])
        start = text.rfind("于", start, told.start()) + 1 or start if told else m.start()
        yield Placed(Deadline("event", doubts=() if told else ("没有写明从何时起算",)), start, m.end())
    for m in _AT_ONCE.finditer(text):
        yield Placed(Deadline("event"), m.start(), m.end())
    for m in _WHENEVER.finditer(text):
        start = _sentence_start(text, m.start())
        if _CASE.search(text[max(0, start - 30) : start]) and m.start() - start <= 8:  # 遇有大案要案需要协助办理的,要及时上报
            start = max(0, start - 30)
        near = text[max(start, m.start() - 30) : m.start()]
        event = m["soon"] and _EVENT.search(near)
        yield Placed(Deadline("event" if event else "any"), m.start(), m.end())


def _clause_start(text: str, place: int) -> int:
    reach = max(0, place - _REACH)
    ends = [m.end() for m in _CLAUSE.finditer(text, reach, place)]
    return ends[-1] if ends else reach


def _sentence_start(text: str, place: int) -> int:
    reach = max(0, place - _REACH)
    return max(text.rfind(mark, reach, place) for mark in ("。", ";", ",")) + 1 if place else 0
