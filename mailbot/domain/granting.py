"""The letter that tells a unit what it was granted, more time or that nothing is owed, or that it was taken back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mailbot.domain.campaigns import Campaign
from mailbot.domain.letters import Letter
from mailbot.domain.obligations import obligation_for
from mailbot.domain.periods import SHANGHAI, end_of, period_from_id
from mailbot.domain.rulings import Ruling
from mailbot.domain.units import Unit
from mailbot.domain.words import ACTS


def grant_of(ruling: Ruling, said: Iterable[Ruling]) -> Ruling | None:
    """The extension or waiver that a ruling grants, takes back, or puts in force again."""
    there = {r.id: r for r in said}
    found: Ruling | None = ruling
    while found is not None and found.act == "undo":
        found = there.get(found.undoes)
    return found if found is not None and found.act in ("extend", "waive") else None


def keys_of(grant: Ruling) -> str:
    """What the keys of all letters about one grant begin with."""
    return f"granted:{grant.id}:"


def granted_letter(grant: Ruling, campaign: Campaign, unit: Unit, now: datetime, *, by: Ruling, stands: bool) -> Letter | None:
    """To the address that reports for the unit; None where there is none, the duty is no longer in the rules, or what was taken back is
    waived all the same. `by`: the ruling that says so; `stands`: whether the grant is in force. `campaign`: with all that is."""
    reporter = campaign.reporter_of(unit)
    duty = next((d for d in campaign.duties if d.id == grant.duty), None)
    if reporter is None or duty is None:
        return None
    owed = obligation_for(campaign, unit, duty, period_from_id(grant.period))
    if not stands and any(w.copy in (None, grant.copy) for w in owed.waivers):
        return None
    title = owed.title if reporter.id == unit.id else f"{unit.name}的{owed.title}"
    number = f"{now.astimezone(SHANGHAI):%Y%m%d}-G{by.id or 0}"
    key = keys_of(grant) + (f"{by.id}:" if by.act == "undo" else "") + reporter.addresses[0]
    told = Letter("granted", reporter.addresses[0], key, title, number, now.astimezone(SHANGHAI), unit=unit, group=campaign.group_of(duty), why=grant.copy or "")
    if stands:
        return replace(told, until=end_of(grant.due) if grant.due else None)
    return replace(told, kind="grant-undone", until=owed.due, orders=(ACTS[grant.act],))
