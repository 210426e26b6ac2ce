"""What campaigns are called where more than one runs: read out of a text, and said so that none is taken for another."""

from collections.abc import Iterable, Sequence

from mailbot.domain.campaigns import Campaign
from mailbot.domain.obligations import Obligation
from mailbot.domain.senders import same_reporter
from mailbot.domain.text import fold

_TAILS = ("工作", "行动", "专项")


def campaign_named(text: str, campaigns: Sequence[Campaign]) -> Campaign | None:
    """The one of some campaigns that a text names, by number, title or short title; what names two of them names none."""
    flat = fold(text)
    longest = {c.id: max((len(s) for s in _spellings(c, campaigns) if s in flat), default=0) for c in campaigns}
    most = max(longest.values(), default=0)
    named = [c for c in campaigns if longest[c.id] == most]
    return named[0] if most and len(named) == 1 else None


def _spellings(campaign: Campaign, beside: Sequence[Campaign]) -> set[str]:
    """The ways to write a campaign that are not also a piece of another's title."""
    ways = {campaign.title, campaign.short, campaign.number}
    ways |= {campaign.title.removeprefix(p) for p in campaign.prefixes}
    for tail in _TAILS:
        ways |= {w.removesuffix(tail) for w in ways}
    others = [fold(f"{c.title} {c.short} {c.number}") for c in beside if c.id != campaign.id]
    return {flat for w in ways if len(flat := fold(w)) >= 4 and not any(flat in other for other in others)}


def campaign_called(campaign: Campaign, campaigns: Iterable[Campaign]) -> str:
    """What a campaign is called so that it is not taken for another: its short title, its title, or that with its number or id."""
    others = [c for c in campaigns if c.id != campaign.id]
    if all(fold(c.short) != fold(campaign.short) for c in others):
        return campaign.short
    if all(fold(c.title) != fold(campaign.title) for c in others):
        return campaign.title
    return f"{campaign.title}（{campaign.number or campaign.id}）"


def campaign_before(owed: Obligation, campaigns: Sequence[Campaign]) -> str:
    """What is put before an obligation's title where another campaign wants the same of the same unit: “2024年专项整治”; "" else."""
    if len(campaigns) < 2:
        return ""
    homes = same_reporter((owed.campaign, owed.unit), campaigns)
    alike = any(d.title == owed.duty.title or d.form == owed.duty.form for c, u in homes[1:] for d in c.duties if c.may_file(u, d))
    return f"“{campaign_called(owed.campaign, [c for c, _ in homes])}”" if alike else ""


def unit_called(unit: str | None, campaigns: Iterable[Campaign], address: str | None = None) -> str:
    """A unit's name by its id, "" where the rules do not know it. Where campaigns give one id to different units, that of the address counts."""
    found = [(c, u) for c in campaigns if unit and (u := c.roster.by_id(unit))]
    own = next((u for c, u in found if address and c.roster.by_address(address) == u), None)
    return own.name if own else found[0][1].name if found else ""
