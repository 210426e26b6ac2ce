"""The letter that tells a unit what it was granted: more time, or that nothing is owed."""

from datetime import datetime

from mailbot.domain.campaigns import Campaign
from mailbot.domain.letters import Letter
from mailbot.domain.obligations import obligation_for
from mailbot.domain.periods import SHANGHAI, end_of, period_from_id
from mailbot.domain.rulings import Ruling
from mailbot.domain.units import Unit


def granted_letter(ruling: Ruling, campaign: Campaign, unit: Unit, now: datetime) -> Letter | None:
    """To the address that reports for the unit; None where there is none, or the duty is no longer in the rules."""
    reporter = campaign.reporter_of(unit)
    duty = next((d for d in campaign.duties if d.id == ruling.duty), None)
    if reporter is None or duty is None:
        return None
    owed = obligation_for(campaign, unit, duty, period_from_id(ruling.period))
    title = owed.title if reporter.id == unit.id else f"{unit.name}的{owed.title}"
    number = f"{now.astimezone(SHANGHAI):%Y%m%d}-G{ruling.id or 0}"
    return Letter(
        "granted", reporter.addresses[0], f"granted:{ruling.id}:{reporter.addresses[0]}", title, number, now, unit=unit, group=campaign.group_of(duty),
        until=end_of(ruling.due) if ruling.due else None, why=ruling.copy or "",
    )  # fmt: skip
