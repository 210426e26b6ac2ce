"""How far things are: a campaign as unit x duty, and what is late. One walk over the standings each, however many units there are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.domain.digest import Cases, Cell, Digest, DutyCount, Late, Picture, UnitRow
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import Period
from mailbot.domain.words import COPIES

_RECENT = 3  # periods of a duty that are shown one by one
_MANY, _LAST = 24, 12  # periods of which a line shows each; of more so many
_ALL_UNITS = 40  # of a roster up to this size every unit is shown, else only those with something late
_NAMES = 12  # units named in a line


def pictures(standings: Iterable[Standing], now: datetime, days_ahead: int) -> tuple[Picture, ...]:
    """Every campaign that has begun. `days_ahead`: how far a period's due date may lie ahead for the period to be shown."""
    mine: dict[str, list[Standing]] = {}
    for there in standings:
        if there.obligation.due is not None:
            mine.setdefault(there.obligation.campaign.id, []).append(there)
    return tuple(_picture(several, now, days_ahead) for several in mine.values() if several[0].obligation.campaign.start <= now.date())


def _picture(standings: list[Standing], now: datetime, days_ahead: int) -> Picture:
    campaign = standings[0].obligation.campaign
    by_duty: dict[str, list[Standing]] = {}
    cells: dict[str, dict[str, list[Standing]]] = {}
    for there in standings:
        owed = there.obligation
        by_duty.setdefault(owed.duty.id, []).append(there)
        cells.setdefault(owed.unit.id, {}).setdefault(owed.duty.id, []).append(there)
    recent = {duty: _recent(several[0], now, days_ahead) for duty, several in by_duty.items()}
    counts = tuple(_count(several, recent[duty][-1], now) for duty, several in by_duty.items())
    columns = {d.duty: recent[d.duty] for d in counts if not d.settled and not d.far}
    rows = [_row(mine, columns) for mine in cells.values()]
    rows.sort(key=lambda row: -row.late)
    shown = [row for row in rows if (row.late if len(rows) > _ALL_UNITS else any(row.cells))]
    hidden = len(rows) - len(shown) if len(rows) > _ALL_UNITS else 0
    return Picture(campaign.id, campaign.title, counts, tuple(shown), len(rows), hidden)


def _recent(one: Standing, now: datetime, days_ahead: int) -> tuple[Period, ...]:
    """The last periods that are due by now or soon; the first where none is. Of what is due every day or week only the next is soon."""
    cadence = one.obligation.duty.due
    owed = cadence.owed()
    near = tuple((period, due) for period, due in owed if (due - now.date()).days <= days_ahead)
    past = sum(due < now.date() for _, due in near)
    shown = tuple(period for period, _ in (near[: past + 1] if cadence.brief else near))
    return shown[-_RECENT:] or (owed[0][0],)


def recent(standings: Iterable[Standing]) -> tuple[tuple[Standing, ...], int, int]:
    """Of one unit's obligations of one duty those that a line has room for, oldest first: all, or of very many the last ones that have
    come and the next. And how many earlier ones are left out, and how many of these are open."""
    mine = sorted(standings, key=lambda s: s.obligation.period)
    if len(mine) <= _MANY:
        return tuple(mine), 0, 0
    come = sum(s.state != "upcoming" for s in mine)
    until = min(len(mine), max(come + 1, _LAST))
    earlier = mine[: until - _LAST]
    return tuple(mine[until - _LAST : until]), len(earlier), sum(not s.done for s in earlier)


def _row(mine: Mapping[str, list[Standing]], recent: Mapping[str, tuple[Period, ...]]) -> UnitRow:
    unit = next(iter(mine.values()))[0].obligation.unit
    cells = tuple(_cell(mine[duty], periods) if duty in mine else None for duty, periods in recent.items())
    return UnitRow(unit.name, cells, sum(is_late(there) for several in mine.values() for there in several))


def _cell(standings: list[Standing], periods: tuple[Period, ...]) -> Cell:
    marks = tuple(s.state for s in sorted(standings, key=lambda s: s.obligation.period) if s.obligation.period in periods)
    return Cell(marks, sum(is_late(s) for s in standings if s.obligation.period < periods[0]))


def is_late(there: Standing) -> bool:
    """Past its due date and not done."""
    return there.late_days > 0 and not there.done


def _count(standings: list[Standing], period: Period, now: datetime) -> DutyCount:
    duty = standings[0].obligation.duty
    now_on = [s for s in standings if s.obligation.period == period]
    states = [s.state for s in now_on]
    due = now_on[0].obligation.duty.due.due_of(period)
    closes = next((s.obligation.due for s in now_on if s.obligation.due and s.obligation.extension is None), None) or now_on[0].obligation.due
    assert due is not None and closes is not None  # it is owed
    waiting = tuple(s.obligation.unit.name for s in now_on if not s.done)
    return DutyCount(
        duty.id, duty.title, duty.period_shown(period), closes, (closes.date() - now.date()).days,
        states.count("complete"), states.count("complete-late"), states.count("partial"), states.count("overdue"), states.count("upcoming"),
        states.count("waived"), sum(is_late(s) for s in standings if s.obligation.period < period), waiting[:_NAMES],
    )  # fmt: skip


def late_list(standings: Iterable[Standing]) -> tuple[Late, ...]:
    """What is late, the longest first."""
    found = [there for there in standings if is_late(there)]
    found.sort(key=lambda there: (-there.late_days, there.obligation.unit.id))
    return tuple(Late(s.obligation.unit.name, s.obligation.title, s.obligation.due, s.late_days, _what(s)) for s in found if s.obligation.due)


def _what(there: Standing) -> str:
    """What is missing or wrong, shortly."""
    if not there.filings:
        return "没有收到材料"
    lacking = [f"缺{COPIES[c]}" for c in there.missing]
    wrong = len({found for _, found in there.errors})
    return "，".join([*lacking, *([f"{wrong} 处要改"] if wrong else [])])


def shortened(digest: Digest, most: int) -> Digest:
    """The same with at most so many entries a list; `cut` says whether anything fell out. What was counted stays counted."""
    cases: list[Cases] = []
    left = most
    for several in digest.cases:
        if left:
            cases.append(replace(several, cases=several.cases[:left]))
            left -= len(cases[-1].cases)
    pictures = tuple(replace(p, rows=p.rows[:most], hidden=p.hidden + max(0, len(p.rows) - most)) for p in digest.pictures)
    risks = tuple(replace(r, dropped=r.dropped[:most]) for r in digest.risks)
    short = replace(
        digest, cases=tuple(cases), pictures=pictures, late=digest.late[:most], urgent=digest.urgent[:most], risks=risks,
        arrivals=replace(digest.arrivals, lines=digest.arrivals.lines[:most]), today=replace(digest.today, reminders=digest.today.reminders[:most]),
    )  # fmt: skip
    return short if short == digest else replace(short, cut=True)
