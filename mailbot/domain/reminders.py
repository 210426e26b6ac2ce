"""Reminders (催报提醒): which step of which obligation has come. A step is one of a duty's offsets from the due date, or the escalation;
each is taken once. What the letters tell stands in mailbot/domain/chasing.py."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mailbot.domain.campaigns import Duty
from mailbot.domain.obligations import Key, Standing
from mailbot.domain.workdays import Calendar

ESCALATION = "escalation"
StepKey = tuple[Key, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """A step whose day has come. `offset`: days before (+) or after (-) the due date; None for the escalation. `planned`: its day."""

    there: Standing
    offset: int | None
    planned: date

    @property
    def step(self) -> str:
        """Its name in the ledger. An extension opens the steps anew: they are those of another due date."""
        name = ESCALATION if self.offset is None else str(self.offset)
        owed = self.there.obligation
        return f"{name}@{owed.due:%Y%m%d}" if owed.extension and owed.due else name

    @property
    def key(self) -> StepKey:
        return self.there.obligation.key, self.step


@dataclass(frozen=True, slots=True)
class StepsDue:
    """What is to be told today, one step an obligation; the earlier steps that are left out for it; what is escalated."""

    told: tuple[Reached, ...] = ()
    left_out: tuple[Reached, ...] = ()
    escalated: tuple[Reached, ...] = ()


def planned_day(due: date, offset: int, calendar: Calendar) -> date:
    """Steps up to the due date move to the working day before, later ones to the working day after."""
    day = due - timedelta(days=offset)
    return calendar.on_or_before(day) if offset >= 0 else calendar.on_or_after(day)


def steps_reached(standings: Iterable[Standing], today: date, calendar: Calendar, stale_days: int) -> tuple[Reached, ...]:
    """The steps of what is not done whose day has come and is not longer ago than `stale_days`, the latest last. What is too old today
    is too old tomorrow: nothing need be remembered of it."""
    plans: dict[tuple[tuple[int, ...], int, date], tuple[tuple[int | None, date], ...]] = {}
    found: list[Reached] = []
    since = today - timedelta(days=stale_days)
    for there in standings:
        due, duty = there.obligation.due, there.obligation.duty
        if due is None or there.done:
            continue
        key = duty.reminding, duty.escalate_after, due.date()
        if key not in plans:
            plans[key] = tuple(step for step in _plan(duty, due.date(), calendar) if since <= step[1] <= today)
        found.extend(Reached(there, offset, day) for offset, day in plans[key])
    return tuple(found)


def _plan(duty: Duty, due: date, calendar: Calendar) -> Iterator[tuple[int | None, date]]:
    for offset in sorted(set(duty.reminding), reverse=True):
        yield offset, planned_day(due, offset, calendar)
    if duty.escalate_after:
        yield None, planned_day(due, -duty.escalate_after, calendar)


def due_reminders(steps: Iterable[Reached], taken: Collection[StepKey]) -> StepsDue:
    """Of each obligation only the latest step is told, unless it was taken; the others that were not taken are left out. `steps`: as
    `reached` gives them."""
    mine: dict[Key, list[Reached]] = {}
    escalated = []
    for step in steps:
        if step.offset is None:
            escalated += [step] if step.key not in taken else []
        else:
            mine.setdefault(step.there.obligation.key, []).append(step)
    told, left_out = [], []
    for come in mine.values():
        *earlier, latest = come
        if latest.key not in taken:
            told.append(latest)
            left_out += [step for step in earlier if step.key not in taken]
    return StepsDue(tuple(told), tuple(left_out), tuple(escalated))
