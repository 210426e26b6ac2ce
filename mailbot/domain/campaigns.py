"""A campaign: who owes which form when, in which copies, and who in the office looks after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from mailbot.domain.periods import Cadence
from mailbot.domain.rule import Rule
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


@dataclass(frozen=True, kw_only=True)
class Duty(Rule):
    """One thing that is owed (报送事项).

    `who`: kinds or ids of units; empty = nobody owes it, anyone may file it. `quota`: so many complete filings a
    period make it (typical cases: one a quarter). `words`: what tells this duty from others with the same form.
    `inclusive`: "X 日前" counts day X. `remind`: days before (+) and after (-) the due date, for the reminders.
    """

    id: str
    title: str
    form: str
    who: tuple[str, ...] = ()
    anyone: bool = False
    due: Cadence
    inclusive: bool = True
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


@dataclass(frozen=True, kw_only=True)
class Campaign(Rule):
    """One 专项行动 (config/campaigns/ID.yaml). `terms`: words by which a stranger's question is known to be about it."""

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

    def group_of(self, duty: Duty | None) -> Group | None:
        wanted = duty.group if duty else None
        return next((g for g in self.groups if g.id == wanted), self.groups[0] if self.groups else None)
