"""A campaign: who owes which form when, in which copies, and who in the office looks after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Annotated, Literal

from mailbot.domain.cadences import Cadence
from mailbot.domain.periods import SHANGHAI, Period, end_of
from mailbot.domain.rule import Between, Rule
from mailbot.domain.units import Roster, Unit, UnitKind

Copy = Literal["editable", "scan", "annex", "other"]
Copies = Literal["both", "editable", "either"]


@dataclass(frozen=True, kw_only=True)
class Group(Rule):
    """A group of the office: whom to ask. `liaison` and `phone` stand at the end of the letters."""

    id: str
    name: str
    liaison: str = ""
    phone: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stage(Rule):
    """A stretch of the campaign for the timeline; `end` is its last day."""

    name: str
    start: date
    end: date

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, kw_only=True)
class Duty(Rule):
    """One thing that is owed (报送事项).

    `who`: kinds or ids of units; empty = nobody owes it, anyone may file it. `quota`: so many complete filings a
    period make it (typical cases: one a quarter). `words`: what tells this duty from others with the same form.
    `inclusive`: "X 日前" counts day X. `at`: the time of day until which it is in time (15:00), else the whole day. `on_holiday`:
    what happens to a due date that is no working day. `remind`: days before (+) and after (-) the due date, for the reminders;
    empty = never, not written = as is usual for the cadence (`reminding`). `escalate_after`: so many days late the liaison in charge and
    the directors hear of it; 0 = never.
    """

    id: str
    title: str
    form: str
    who: tuple[str, ...] = ()
    anyone: bool = False
    due: Cadence
    inclusive: bool = True
    at: time | None = None
    on_holiday: Literal["stay", "next-working-day"] = "stay"
    remind: tuple[int, ...] | None = None
    escalate_after: Annotated[int, Between(0, 366)] = 7
    copies: Copies = "both"
    quota: int | None = None
    nil_allowed: bool = False
    words: tuple[str, ...] = ()
    group: str | None = None
    contact: bool = False  # once accepted, its fields are the unit's contact (联络员)
    urgent: bool = False  # shown to staff first (重大问题)
    remark: str = ""

    @property
    def wanted(self) -> tuple[Copy, ...]:
        """The copies without which the duty is not done."""
        return {"both": ("editable", "scan"), "editable": ("editable",), "either": ()}[self.copies]  # type: ignore[return-value]

    @property
    def reminding(self) -> tuple[int, ...]:
        return self.due.reminders if self.remind is None else self.remind

    def period_shown(self, period: Period) -> str:
        """A period as lists name it: "" for the day of a one-off, and for what may come at any time."""
        return "" if period.kind == "open" or (period.kind == "date" and not self.due.daily) else period.title

    def titled(self, period: Period) -> str:
        """风险隐患排查问题清单（2024年第一季度）; a one-off duty needs no period unless it comes several times."""
        several = period.kind == "date" and not self.due.daily and len(self.due.owed()) > 1
        shown = f"{period.title}前" if several else self.period_shown(period)
        return f"{self.title}（{shown}）" if shown else self.title

    def until(self, due: date) -> datetime:
        """The last moment in time for a due date."""
        return datetime.combine(due, self.at, SHANGHAI) if self.at else end_of(due, self.inclusive)


@dataclass(frozen=True, kw_only=True)
class Extension(Rule):
    """One unit has until the end of `due` for one duty and period (延期); `why` and `by` whom. Of several the last counts."""

    unit: str
    duty: str
    period: str
    due: date
    why: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Waiver(Rule):
    """One unit need not report one duty for one period (免报), or not in one copy of it."""

    unit: str
    duty: str
    period: str
    why: str
    by: str = ""
    copy: Literal["editable", "scan"] | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign(Rule):
    """One 专项行动 (config/campaigns/ID.yaml). `terms`: words by which a stranger's question is known to be about it.
    `extensions`, `waivers`: those written in the rules; what staff grant by an answer is put behind them (Rules.granting).
    `settled_before`: what was due before that day was settled without us (the bot came in mid-campaign)."""

    id: str
    title: str
    short: str
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    start: date
    end: date
    example: bool = False
    kinds: Mapping[str, UnitKind] = field(default_factory=dict)
    prefixes: tuple[str, ...] = ()
    units: tuple[Unit, ...]
    groups: tuple[Group, ...] = ()
    stages: tuple[Stage, ...] = ()
    duties: tuple[Duty, ...]
    terms: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    settled_before: date | None = None

    @cached_property
    def roster(self) -> Roster:
        return Roster(self.units, self.kinds, self.prefixes)

    def duty(self, duty_id: str) -> Duty:
        return next(d for d in self.duties if d.id == duty_id)

    @cached_property
    def _owers(self) -> Mapping[str, tuple[Unit, ...]]:
        return {d.id: tuple(u for u in self.units if u.kind in d.who or u.id in d.who) for d in self.duties}

    def owers(self, duty: Duty) -> tuple[Unit, ...]:
        return self._owers[duty.id]

    def may_file(self, unit: Unit, duty: Duty) -> bool:
        return duty.anyone or not duty.who or self.owes(unit, duty)

    def owes(self, unit: Unit, duty: Duty) -> bool:
        return unit.id in self._ower_ids[duty.id]

    @cached_property
    def _ower_ids(self) -> Mapping[str, frozenset[str]]:
        return {duty: frozenset(u.id for u in units) for duty, units in self._owers.items()}

    def extension_of(self, unit: Unit, duty: Duty, period: str) -> Extension | None:
        return self._extended.get((unit.id, duty.id, period))

    @cached_property
    def _extended(self) -> Mapping[tuple[str, str, str], Extension]:
        return {(e.unit, e.duty, e.period): e for e in self.extensions}

    def waivers_of(self, unit: Unit, duty: Duty, period: str) -> tuple[Waiver, ...]:
        return self._waived.get((unit.id, duty.id, period), ())

    @cached_property
    def _waived(self) -> Mapping[tuple[str, str, str], tuple[Waiver, ...]]:
        found: dict[tuple[str, str, str], tuple[Waiver, ...]] = {}
        for waiver in self.waivers:
            key = waiver.unit, waiver.duty, waiver.period
            found[key] = (*found.get(key, ()), waiver)
        return found

    def reporter_of(self, unit: Unit) -> Unit | None:
        """Who is written to about what a unit owes: itself, or the unit that sends for it where it has no address."""
        if unit.addresses:
            return unit
        return next((u for u in self.units if u.addresses and self.roster.may_send_for(u, unit)), None)

    def group_of(self, duty: Duty | None) -> Group | None:
        wanted = duty.group if duty else None
        return next((g for g in self.groups if g.id == wanted), self.groups[0] if self.groups else None)
