"""The ledger as of a moment: what is owed, what is in, what is late."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from mailbot.app.ports import Ledger
from mailbot.domain.campaigns import Campaign
from mailbot.domain.obligations import Key, Obligation, Standing, by_key, expand, obligation_for, standing
from mailbot.domain.periods import SHANGHAI, period_from_id
from mailbot.domain.policy import Rules
from mailbot.domain.timeline import timeline
from mailbot.domain.units import Unit


def standings(
    rules: Rules, ledger: Ledger, now: datetime, *, campaign: str | None = None, unit: str | None = None, duty: str | None = None
) -> list[Standing]:
    """All obligations with their standing; what was filed without being owed (good practice, own cases) stands after them."""
    found: list[Standing] = []
    for each in rules.campaigns:
        if campaign not in (None, each.id):
            continue
        filed = by_key(ledger.all_filings(each.id))
        for obligation in (*expand(each), *_beyond(each, filed)):
            there = standing(obligation, filed.get(obligation.key, ()), now)
            if _wanted(obligation, unit, duty) and (obligation.due or there.filings):
                found.append(there)
    return found


def _beyond(campaign: Campaign, filed: dict[Key, Any]) -> Iterator[Obligation]:
    owed = {o.key for o in expand(campaign)}
    for key in filed:
        if key in owed:
            continue
        unit = campaign.roster.by_id(key[1])
        duty = next((d for d in campaign.duties if d.id == key[2]), None)
        if unit and duty:
            yield obligation_for(campaign, unit, duty, period_from_id(key[3]))


def _wanted(obligation: Obligation, unit: str | None, duty: str | None) -> bool:
    if duty is not None and obligation.duty.id != duty:
        return False
    return unit is None or obligation.unit in _called(obligation.campaign, unit)


def units_called(rules: Rules, text: str) -> tuple[Unit, ...]:
    """The units that a name, nickname, stem or id may mean, over all campaigns."""
    return tuple(unit for campaign in rules.campaigns for unit in _called(campaign, text))


def _called(campaign: Campaign, text: str) -> tuple[Unit, ...]:
    by_id = campaign.roster.by_id(text)
    return (by_id,) if by_id else campaign.roster.named(text) or campaign.roster.hinted(text)


def timelines_json(rules: Rules, day: date, campaign: str | None = None) -> list[dict[str, Any]]:
    """The campaigns with their stages, and which are on."""
    told = (timeline(c, day) for c in rules.campaigns if campaign in (None, c.id))
    return [
        {
            "id": t.campaign, "title": t.title, "start": t.start.isoformat(), "end": t.end.isoformat(),
            "stages": [{"name": s.name, "start": s.start.isoformat(), "end": s.end.isoformat(), "now": s.course == "now"} for s in t.stages],
        }
        for t in told
    ]  # fmt: skip


def as_json(there: Standing) -> dict[str, Any]:
    o = there.obligation
    return {
        "campaign": o.campaign.id,
        "unit": o.unit.name,
        "duty": o.duty.id,
        "period": o.period.id,
        "due": o.due.isoformat() if o.due else None,
        "state": there.state,
        "copies": dict(there.copies),
        "filed_at": there.complete_at.astimezone(SHANGHAI).isoformat() if there.complete_at else None,
        "late_days": there.late_days,
        "findings": sorted({f.code for filing in there.filings for f in filing.findings if f.severity != "note"}),
        "reckoning": o.reckoning,
        "extension": {"due": o.extension.due.isoformat(), "by": o.extension.by, "why": o.extension.why} if o.extension else None,
        "waived": o.waiver.why if o.waiver else None,
    }
