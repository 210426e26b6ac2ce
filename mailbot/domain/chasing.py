"""What reminders and escalations tell: all that one unit owes in one mail, all that became long overdue in one mail to the office."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mailbot.domain.cadences import Fixed, Monthly
from mailbot.domain.campaign_names import campaign_before
from mailbot.domain.campaigns import Campaign, Copy, Group
from mailbot.domain.findings import Finding
from mailbot.domain.obligations import Key, Obligation, Standing
from mailbot.domain.records import Posted
from mailbot.domain.reminders import ESCALATION, Reached, StepKey, StepsDue
from mailbot.domain.senders import Home, same_reporter
from mailbot.domain.units import Unit
from mailbot.domain.workdays import Calendar

_LISTED = 3  # overdue periods of a daily or weekly duty that are listed one by one


@dataclass(frozen=True, slots=True)
class OwedItem:
    """One obligation in a reminder. `days_left` is negative when it is overdue. `offset`: the step that is told today, None where it is
    only listed. `behalf`: it is another unit's, for which this one sends. `reckoning`: how the due date was computed, "" where that is
    plain. `on_holiday`: the due date is no working day."""

    key: Key
    unit: Unit
    behalf: bool
    title: str
    due: datetime
    days_left: int
    offset: int | None
    there: tuple[Copy, ...]
    missing: tuple[Copy, ...]
    wrong: tuple[Finding, ...]
    reckoning: str
    on_holiday: bool
    escalated: bool = False
    past: bool = False  # overdue, be it by hours
    earlier: int = 0  # so many earlier ones of the same daily or weekly duty are open too and not listed

    @property
    def late_days(self) -> int:
        return max(0, -self.days_left)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail to one unit: all that it owes now, in all campaigns. `campaign`, `unit`: the first of them, and the unit's there. `key` is
    unique in the outbox: one a unit and day. `told`, `left_out`: the steps that
    are taken with it."""

    key: str
    campaign: str
    unit: Unit
    to: str
    items: tuple[OwedItem, ...]
    group: Group | None
    as_of: datetime
    told: tuple[StepKey, ...] = ()
    left_out: tuple[StepKey, ...] = ()

    @property
    def kind(self) -> str:
        return "reminder"

    @property
    def overdue(self) -> tuple[OwedItem, ...]:
        return tuple(i for i in self.items if i.past)

    @property
    def ahead(self) -> tuple[OwedItem, ...]:
        return tuple(i for i in self.items if not i.past)

    @property
    def total(self) -> int:
        return sum(1 + i.earlier for i in self.items)

    @property
    def overdue_total(self) -> int:
        return sum(1 + i.earlier for i in self.overdue)

    @property
    def head(self) -> OwedItem:
        """What the subject names: the worst of what is told today."""
        return next((i for i in self.items if i.offset is not None), self.items[0])


@dataclass(frozen=True, slots=True)
class Escalated:
    """One obligation that is long overdue, as the liaison in charge and the directors hear of it. `contact`: the unit's own."""

    item: OwedItem
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One mail to one address of the office: all that became long overdue. `key`: one an address and day."""

    key: str
    to: str
    items: tuple[Escalated, ...]
    as_of: datetime
    told: tuple[StepKey, ...] = ()

    @property
    def kind(self) -> str:
        return ESCALATION

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(e.item.unit.name for e in self.items))

    @property
    def by_duty(self) -> tuple[tuple[Escalated, ...], ...]:
        """Those of the same duty, period and due date together."""
        found: dict[tuple[str, datetime], list[Escalated]] = {}
        for told in self.items:
            found.setdefault((told.item.title, told.item.due), []).append(told)
        return tuple(map(tuple, found.values()))


def reminder_key(campaign: str, unit: str, today: date) -> str:
    return f"reminder:{campaign}:{unit}:{today:%Y-%m-%d}"


def escalation_key(address: str, today: date) -> str:
    return f"escalation:{today:%Y-%m-%d}:{address}"


def owed_by(standings: Iterable[Standing], now: datetime, days_ahead: int) -> Mapping[tuple[str, str], tuple[Standing, ...]]:
    """(campaign, unit) -> what is not done of all that is overdue or due within `days_ahead`, the longest overdue first. Of what is due every
    day or week only the next lies ahead. `standings`: of each duty and unit in order of time."""
    found: dict[tuple[str, str], list[Standing]] = {}
    until = now + timedelta(days=days_ahead + 1)
    next_told: set[Key] = set()
    for there in standings:
        owed = there.obligation
        if owed.due is not None and owed.due < until and not there.done and (owed.due.date() - now.date()).days <= days_ahead:
            if owed.duty.due.brief and owed.due >= now:
                series = *owed.key[:3], ""
                if series in next_told:
                    continue
                next_told.add(series)
            found.setdefault((owed.campaign.id, owed.unit.id), []).append(there)
    return {key: tuple(sorted(mine, key=_by_due)) for key, mine in found.items()}


def _by_due(there: Standing) -> datetime:
    assert there.obligation.due is not None  # what has none is not reminded
    return there.obligation.due


def _item(there: Standing, office: "Office", reporter: Unit | None, offset: int | None, escalated: Collection[Key]) -> OwedItem:
    owed, due = there.obligation, _by_due(there)
    came: tuple[Copy, ...] = tuple(dict.fromkeys(f.copy for f in there.filings if f.copy in ("editable", "scan")))
    return OwedItem(
        owed.key, owed.unit, reporter is not None and reporter.id != owed.unit.id, campaign_before(owed, office.campaigns) + owed.title, due,
        (due.date() - office.now.date()).days, offset, came,
        _still_missing(there), tuple(dict.fromkeys(found for _, found in there.errors)), reckoning(owed), not office.calendar.is_working_day(due.date()),
        owed.key in escalated, due < office.now,
    )  # fmt: skip


def _still_missing(there: Standing) -> tuple[Copy, ...]:
    """What is owed and not in; a duty that takes either copy asks for any."""
    return there.missing or (() if there.filings or there.obligation.duty.wanted else ("editable",))


def reckoning(owed: Obligation) -> str:
    """How the due date was computed, where it does not simply stand in the notice."""
    due = owed.duty.due
    plain = isinstance(due, Fixed) or (isinstance(due, Monthly) and due.reports == "this")
    return "" if plain and owed.extension is None and owed.duty.inclusive and not owed.duty.at else owed.reckoning


@dataclass(frozen=True, slots=True)
class ChasingRound:
    """The reminders of one day. `unreached`: units whose reminder has nowhere to go (no address, or only bad ones)."""

    reminders: tuple[Reminder, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    unreached: tuple[tuple[Campaign, Unit], ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """What the letters are written with. `bad`: addresses in lower case that nothing is sent to. `written`: keys of the letters that
    were written today already: who has had one waits until tomorrow. `contacts`: unit id -> name and phone as they may be shown. `campaigns`:
    all that run."""

    now: datetime
    calendar: Calendar
    staff: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    bad: Collection[str] = frozenset()
    written: Collection[str] = frozenset()
    contacts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    campaigns: tuple[Campaign, ...] = ()


def round_of(due: StepsDue, owed: Mapping[tuple[str, str], tuple[Standing, ...]], office: Office) -> ChasingRound:
    """The mails that tell what is due: one for each unit that is written to, with all that it and those it sends for owe, and those to
    the office. `owed`: as `owed_by` gives it."""
    steps: dict[str, list[Reached]] = {}
    homes: dict[str, tuple[Home, ...]] = {}
    told: dict[tuple[str, str], str] = {}  # to which address
    unreached: dict[tuple[str, str], tuple[Campaign, Unit]] = {}
    for step in due.told:
        campaign, unit = step.there.obligation.campaign, step.there.obligation.unit
        reporter = campaign.reporter_of(unit)
        to = next((a for a in reporter.addresses if a.lower() not in office.bad), None) if reporter else None
        if reporter is None or to is None:
            unreached[campaign.id, unit.id] = campaign, unit
        else:
            mine = same_reporter((campaign, reporter), office.campaigns)
            to = next((told[c.id, u.id] for c, u in mine if (c.id, u.id) in told), to)
            told |= {(c.id, u.id): to for c, u in mine}
            homes.setdefault(to, mine)
            steps.setdefault(to, []).append(step)
    aside: dict[Key, tuple[StepKey, ...]] = {}
    for step in due.left_out:
        aside[step.key[0]] = (*aside.get(step.key[0], ()), step.key)
    letters_of = _Letters(office, owed, aside, frozenset(s.key[0] for s in due.escalated))
    today = office.now.date()
    open_ = [to for to, mine in homes.items() if not any(reminder_key(c.id, u.id, today) in office.written for c, u in mine)]
    return ChasingRound(tuple(letters_of.reminder(homes[to], to, steps[to]) for to in open_), _escalations(due, office), tuple(unreached.values()))


@dataclass(frozen=True, slots=True)
class _Letters:
    office: Office
    owed: Mapping[tuple[str, str], tuple[Standing, ...]]
    aside: Mapping[Key, tuple[StepKey, ...]]
    escalated: Collection[Key]

    def reminder(self, homes: tuple[Home, ...], to: str, steps: list[Reached]) -> Reminder:
        now, offsets = self.office.now, {s.key[0]: s.offset for s in steps}
        (campaign, reporter), reporters = homes[0], {c.id: u for c, u in homes}
        standings = [s for c, mine in homes for u in reported_by(c, mine) for s in self.owed.get((c.id, u.id), ())]
        items = tuple(
            replace(_item(s, self.office, reporters[s.obligation.campaign.id], offsets.get(s.obligation.key), self.escalated), earlier=earlier)
            for s, earlier in _folded(sorted(standings, key=_by_due), now)
        )  # fmt: skip
        first = min(steps, key=lambda s: _by_due(s.there)).there.obligation
        return Reminder(
            reminder_key(campaign.id, reporter.id, now.date()), campaign.id, reporter, to, items, first.campaign.group_of(first.duty), now,
            tuple(s.key for s in steps), tuple(key for s in steps for key in self.aside.get(s.key[0], ())),
        )  # fmt: skip


def _folded(standings: list[Standing], now: datetime) -> Iterator[tuple[Standing, int]]:
    """Of what is due every day or week only the last overdue ones, the first of these with how many earlier ones are open."""
    late: dict[tuple[str, ...], list[Standing]] = {}
    for there in standings:
        if there.obligation.duty.due.brief and _by_due(there) < now:
            late.setdefault(there.obligation.key[:3], []).append(there)
    hidden = {s.obligation.key for mine in late.values() for s in mine[:-_LISTED]}
    first = {mine[-_LISTED].obligation.key: len(mine) - _LISTED for mine in late.values() if len(mine) > _LISTED}
    return ((s, first.get(s.obligation.key, 0)) for s in standings if s.obligation.key not in hidden)


def reported_by(campaign: Campaign, reporter: Unit) -> tuple[Unit, ...]:
    """The unit itself, and those without an address whose mails go to it."""
    others = (u for u in campaign.units if not u.addresses and reporter.sends_for and campaign.reporter_of(u) == reporter)
    return (reporter, *others)


def _escalations(due: StepsDue, office: Office) -> tuple[Escalation, ...]:
    """To the liaison in charge (to all staff where a group has no address) and to the directors."""
    said: dict[str, list[Escalated]] = {}
    told: dict[str, list[StepKey]] = {}
    for step in sorted(due.escalated, key=lambda s: _by_due(s.there)):
        owed = step.there.obligation
        group = owed.campaign.group_of(owed.duty)
        addresses = tuple(dict.fromkeys((*((group.addresses if group else ()) or office.staff), *office.directors)))
        if any(escalation_key(a, office.now.date()) in office.written for a in addresses):
            continue
        name, phone = office.contacts.get(owed.unit.id, ("", ""))
        line = Escalated(_item(step.there, office, None, None, ()), name, phone)
        for address in addresses:
            said.setdefault(address, []).append(line)
            told.setdefault(address, []).append(step.key)
    return tuple(Escalation(escalation_key(to, office.now.date()), to, tuple(lines), office.now, tuple(told[to])) for to, lines in said.items())


@dataclass(frozen=True, slots=True)
class Chased:
    """A letter of the round as it goes into the outbox, with the steps that it takes. `again`: steps whose earlier letter never
    went out."""

    letter: Posted
    told: tuple[StepKey, ...] = ()
    left_out: tuple[StepKey, ...] = ()
    again: tuple[StepKey, ...] = ()
