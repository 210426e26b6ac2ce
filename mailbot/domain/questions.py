"""What a unit asks: who in the office is asked, and where it asks for more time (晚两天报可以吗), what a yes would grant."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from mailbot.domain import classify
from mailbot.domain.campaigns import Campaign, Group
from mailbot.domain.letters import Letter, write
from mailbot.domain.naming import until_named
from mailbot.domain.obligations import Obligation, by_key, expand, standing
from mailbot.domain.outcome import ReviewItem
from mailbot.domain.periods import period_from_id
from mailbot.domain.reading import Facts
from mailbot.domain.rulings import Ruling
from mailbot.domain.text import fold, show
from mailbot.domain.units import Unit

_ASKS = re.compile(
    r"(?:晚|迟|缓|推迟|延后|宽限|延长)[^。;,]{0,4}?(?:天|日|周|星期)|延期|延迟|推迟|缓报|晚(?:点|些|一点)(?:报|交|送)|(?:晚|迟)[^。;,]{0,3}(?:报|交|送)"
)
_LONGEST_QUOTE = 5000  # characters of a question that is passed on
_USUAL = 3  # working days, where nobody says how many
_AHEAD, _BEHIND = timedelta(days=45), timedelta(days=15)


def group_asked(facts: Facts) -> Group | None:
    """The group in charge of what a unit's words name, else the first."""
    if not facts.sender.homes:
        return None
    campaign = facts.sender.homes[0][0]
    named = classify.by_name(f"{facts.message.envelope.subject} {facts.message.text}", facts.forms)
    duty = next((d for form, _ in named for d in campaign.duties if d.form == form), None)
    return campaign.group_of(duty)


def passed_on(facts: Facts) -> tuple[Letter, ...]:
    """A unit's question, as it wrote it, to the liaison of the group in charge; to the office where the rules name none."""
    group, sender = group_asked(facts), facts.sender
    to = (group.addresses if group else ()) or facts.rules.settings.staff[:1]
    words = "\n\n".join(filter(None, (facts.message.text.strip(), facts.message.quoted.strip())))[:_LONGEST_QUOTE]
    quoted = "\n".join(f"> {show(line, 500)}" for line in words.splitlines())
    return tuple(
        replace(write("forwarded-question", address, facts), unit=sender.unit, group=group, to_staff=True, quote=quoted, reply_to=sender.address or "")
        for address in to
    )  # fmt: skip


def question_of(facts: Facts) -> ReviewItem:
    """What a unit asks; where it asks for more time, with what a yes would grant."""
    sender, text = facts.sender, f"{facts.message.envelope.subject} {facts.message.text}"
    name = sender.unit.name if sender.unit else sender.address or ""
    if sender.homes and _asks_for_more_time(text):
        asked = _extensions_asked(facts, *sender.homes[0])
        if asked:
            titles = "、".join(f"{sender.homes[0][0].duty(r.duty).title}（{period_from_id(r.period).title}）" for r in asked)
            return ReviewItem("more-time", f"{name}来信申请延期：{titles}", proposed=asked)
    return ReviewItem("question", f"{name}来信询问，请答复")


def _asks_for_more_time(text: str) -> bool:
    return bool(_ASKS.search(fold(text)))


def _extensions_asked(facts: Facts, campaign: Campaign, unit: Unit) -> tuple[Ruling, ...]:
    """What a yes would grant: the obligations the words name, else the one due next, until the day they say, else three working days."""
    text = f"{facts.message.envelope.subject} {facts.message.text}"
    open_ones = list(_open(facts, campaign, unit))
    named = {form for form, _ in classify.by_name(text, facts.forms)}
    meant = [o for o in open_ones if o.duty.form in named] or open_ones[:1]
    return tuple(
        Ruling("extend", campaign=campaign.id, unit=unit.id, duty=o.duty.id, period=o.period.id, due=_until(text, o, facts), why="来信申请延期")
        for o in meant[:3]
    )  # fmt: skip


def _open(facts: Facts, campaign: Campaign, unit: Unit) -> Iterable[Obligation]:
    filed, day = by_key(facts.filings), facts.received_at
    near = [o for o in expand(campaign, unit) if o.due and day - _BEHIND <= o.due <= day + _AHEAD]
    return (o for o in sorted(near, key=lambda o: (o.due < day, o.due) if o.due else (True, day)) if not standing(o, filed.get(o.key, ()), day).done)


def _until(text: str, obligation: Obligation, facts: Facts) -> date:
    assert obligation.due
    due, today = obligation.due.date(), facts.received_at.date()
    said = until_named(text, due, today)
    if said and said > due:
        return said
    day = max(due, today)
    for _ in range(_USUAL):
        day = facts.rules.calendar.on_or_after(day + timedelta(days=1))
    return day
