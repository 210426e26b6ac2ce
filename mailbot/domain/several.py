"""A paper that several campaigns may want: which of them it is for. By the words for the campaign, else by the period it names, else by
whose due date is nearest; where that leaves two, a person is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mailbot.domain.assigning import with_duty
from mailbot.domain.campaign_names import campaign_called, campaign_named
from mailbot.domain.forms import Evidence
from mailbot.domain.masking import shown
from mailbot.domain.matching import Words, duties_for
from mailbot.domain.obligations import by_key, standing
from mailbot.domain.periods import OPEN, Period
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Home, same_reporter

_CLEARLY = 20  # days by which one due date must be nearer than another to tell which is meant
_LONG_AGO = 180  # days


def at_home(item: Item, homes: Sequence[Home], facts: Facts, *, words: Words | None = None) -> Item:
    """The item in the one of its possible homes, one a campaign, that it is for, with duty and period."""
    assert item.form and homes
    able = [h for h in homes if duties_for(*h, item.form)] or list(homes[:1])
    placed = [with_duty(replace(item, campaign=campaign, unit=unit), facts, words=words) for campaign, unit in able]
    return among(item, placed, "", facts)


def among(item: Item, placed: list[Item], text: str, facts: Facts) -> Item:
    """The one of an item's possible places, one a campaign, that is meant. `text`: what it says beside its file."""
    if len(placed) == 1:
        return placed[0]
    campaigns = [p.campaign for p in placed if p.campaign]
    for place, source in ((text, "subject"), *_places(item, facts)):
        if (named := campaign_named(place, campaigns)) is not None:
            seen = Evidence("campaign", named.id, 1.0, shown(place, 60), source)
            meant = next(p for p in placed if p.campaign == named)
            if source != "document" or not _is_strange(meant, placed, facts):
                return replace(meant, trail=(*meant.trail, seen))
            if not _is_contact(meant):
                return _asked(item, placed, None)
    return _by_period(item, placed, facts)


def _is_strange(named: Item, placed: list[Item], facts: Facts) -> bool:
    """Whether the campaign that the words name wants nothing now while another does: an old form that the new campaign goes on using."""
    if not (named.duty and named.period):
        return False
    others = (p for p in placed if p is not named and p.duty and p.duty.due.owed() and p.period)
    return _distance(named, facts) > _LONG_AGO and any(_distance(p, facts) <= _CLEARLY for p in others)


def _places(item: Item, facts: Facts) -> Iterable[tuple[str, str]]:
    """Where a paper says what it is for, the strongest first: what people wrote for this mail before what may be printed in the form."""
    title = item.parsed.title if item.parsed else ""
    first = "".join(p.text for p in item.attachment.document.paragraphs[:5])
    return (facts.message.envelope.subject, "subject"), (item.attachment.path, "file name"), (title, "document"), (first, "document")


def _by_period(item: Item, placed: list[Item], facts: Facts) -> Item:
    fits = [p for p in placed if p.duty and p.period and p.ask == item.ask]
    if len(fits) < 2:
        return (fits or placed)[0]
    said = [p for p in fits if any(e.about == "period" and e.source in ("document", "subject", "file name") and e.seen for e in _new(p, item))]
    plain = [p for p in said if len(p.findings) == len(item.findings)]  # of which subject and document say the same
    fits = _dated_alike(plain or said or fits)
    fits.sort(key=lambda p: _distance(p, facts))
    best, second = fits[0], fits[min(1, len(fits) - 1)]
    same = len({p.period for p in fits[:2]}) == 1 and best.period != OPEN
    if best is second or (not same and _distance(second, facts) - _distance(best, facts) >= _CLEARLY):
        return best
    if _is_contact(best):  # who speaks for a unit does so in both
        return best
    waiting = [p for p in (best, second) if not _is_done(p, facts)]
    if len(waiting) == 1 and not same:
        return waiting[0]
    return _asked(item, [best, second], best.period if same else None)


def _asked(item: Item, placed: list[Item], period: Period | None) -> Item:
    """A person is asked which campaign is meant; the first place stands for the unit."""
    campaigns = [p.campaign for p in placed if p.campaign]
    names = "、".join(campaign_called(c, campaigns) for c in campaigns)
    first = placed[0]
    return replace(item, campaign=first.campaign, unit=first.unit, period=period, trail=first.trail,
                   ask=item.ask or f"几个专项行动都要这种表（{names}），看不出是给哪一个的，请确认")  # fmt: skip


def _is_contact(placed: Item) -> bool:
    return bool(placed.duty and placed.duty.contact)


def _new(placed: Item, item: Item) -> Sequence[Evidence]:
    return placed.trail[len(item.trail) :]


def _dated_alike(placed: list[Item]) -> list[Item]:
    """What may come at any time is meant only where the paper can be for no obligation."""
    dated = [p for p in placed if p.duty and p.duty.due.owed()]
    return dated if dated and len(dated) < len(placed) else placed


def _distance(placed: Item, facts: Facts) -> int:
    """Days from the paper's date to its due date; of what may come at any time to the campaign."""
    assert placed.campaign and placed.duty and placed.period
    day = facts.received_at.date()
    reported = placed.parsed.reported_on if placed.parsed else None
    day = reported if reported and abs((reported - day).days) < 200 else day
    due = placed.duty.due.due_of(placed.period)
    if due:
        return abs((due - day).days)
    return max((placed.campaign.start - day).days, (day - placed.campaign.end).days, 0)


def _is_done(placed: Item, facts: Facts) -> bool:
    owed = placed.obligation
    return owed is not None and standing(owed, by_key(facts.filings).get(owed.key, ()), facts.received_at).done


# --- who speaks for a unit does so in every campaign -------------------------------------------------------------------------


def with_twins(items: tuple[Item, ...], facts: Facts) -> tuple[Item, ...]:
    """A liaison's form is for all campaigns that run and want one of the same unit, unless the mail names one of them."""
    return tuple(each for item in items for each in (item, *_twins(item, facts)))


def _twins(item: Item, facts: Facts) -> Iterable[Item]:
    if not (item.placed and item.duty and item.duty.contact and item.form and item.campaign and item.unit):
        return
    if any(e.about == "campaign" and e.source != "document" for e in item.trail):
        return
    day = facts.received_at.date()
    for campaign, unit in same_reporter((item.campaign, item.unit), facts.rules.campaigns):
        if campaign.id != item.campaign.id and campaign.start <= day <= campaign.end:
            bare = replace(item, campaign=campaign, unit=unit, duty=None, period=None, findings=())
            twin = with_duty(bare, facts)
            if twin.placed and twin.duty and twin.duty.contact:
                yield replace(twin, findings=item.findings, by=item.by)
