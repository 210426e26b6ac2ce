"""What a unit asks: who in the office is asked, and where it asks for more time (晚两天报可以吗), what a yes would grant."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from mailbot.domain import classify
from mailbot.domain.campaigns import Campaign, Group
from mailbot.domain.dates import mentions_in
from mailbot.domain.letters import Letter, write
from mailbot.domain.mail import is_reply
from mailbot.domain.masking import shown
from mailbot.domain.naming import LONGEST_GRACE, until_named
from mailbot.domain.obligations import Obligation, by_key, expand, standing
from mailbot.domain.outcome import ReviewItem
from mailbot.domain.periods import period_from_id
from mailbot.domain.reading import Facts
from mailbot.domain.rulings import Ruling
from mailbot.domain.text import fold, show
from mailbot.domain.units import Unit

_ASKS = re.compile(
    r"(?:晚|迟|缓|推迟|推后|延后|宽限|延长|多给)[^。;,]{0,4}?(?:天|日|周|星期|期限|时间)|延期|延迟|推迟|推后|缓报|缓到|宽限|来不及|人手紧"
    r"|晚(?:点|些|一点)(?:报|交|送)|(?:晚|迟)[^。;,]{0,3}(?:报|交|送)|\d(?:号|日)再(?:报|交|送)"
)
_ASKS_NOTHING = re.compile(r"(?:不用|不必|无需|不再)(?:申请)?延|(?:怎么|如何|怎样)(?:申请)?延|延期(?:怎么|如何|怎样)|(?:已经?|现)延期报|延期报送了|附件")
_LONGEST_QUOTE = 5000  # characters of a question that is passed on
_CHATTER = re.compile(
    r"收到了?|已?收悉|谢谢(?:您|你们)?|感谢|辛苦了?|您好|你好|好的?|知悉|知道了|明白了?|已阅|祝[^,。;!]{0,12}|(?:发|来)自[^,。;!]{0,16}|再见|此致|敬礼|[\W_]"
)
_SHOWN = 60  # signs of a mail's text that a question shows
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
    sender, text = facts.sender, own_words(facts)
    name = sender.unit.name if sender.unit else sender.address or ""
    if sender.homes and _asks_for_more_time(text):
        asked = _extensions_asked(facts, *sender.homes[0])
        if asked:
            titles = "、".join(f"{sender.homes[0][0].duty(r.duty).title}（{period_from_id(r.period).title}）" for r in asked)
            return ReviewItem("more-time", f"{name}来信申请延期：{titles}（{_said(facts)}）", proposed=asked)
    return ReviewItem("question", f"{name}来信询问，请答复（{_said(facts)}）")


def words_of(facts: Facts, name: str) -> ReviewItem | None:
    """What somebody we know writes without a form and without a question: a person reads it. None for bare thanks."""
    urgent = next((d.title for c in facts.rules.campaigns for d in c.duties if d.urgent and any(w in own_words(facts) for w in d.words)), "")
    if not _CHATTER.sub("", fold(own_words(facts))) and not urgent:
        return None
    kind, head = ("urgent", f"{name}在信里报告{urgent}，请马上看") if urgent else ("words", f"{name}来信，没有材料，请看是否要办")
    return ReviewItem(kind, f"{head}（{_said(facts)}）")


def own_words(facts: Facts) -> str:
    """Subject and text; the subject of an answer is ours, not the sender's."""
    subject = facts.message.envelope.subject
    return facts.message.text if is_reply(subject) else f"{subject} {facts.message.text}"


def _said(facts: Facts) -> str:
    return shown(facts.message.text, _SHOWN) or shown(facts.message.envelope.subject, _SHOWN) or "没有文字"


def _asks_for_more_time(text: str) -> bool:
    flat = fold(text)
    return bool(_ASKS.search(flat)) and not _ASKS_NOTHING.search(flat)


def _extensions_asked(facts: Facts, campaign: Campaign, unit: Unit) -> tuple[Ruling, ...]:
    """What a yes would grant: the obligations the words name, else the one due next, until the day they say, else three working days."""
    text = own_words(facts)
    open_ones = list(_open(facts, campaign, unit))
    named = {form for form, _ in classify.by_name(text, facts.forms)}
    mentions = mentions_in(text, day=facts.received_at.date())
    said = [o for o in open_ones if any(m.kind == o.period.kind and m.fits(o.period) for m in mentions)]
    meant = [o for o in open_ones if o.duty.form in named]
    meant = [o for o in said if o in meant] or meant or said
    meant = list({o.duty.id: o for o in reversed(meant or open_ones[:1])}.values())  # of one duty the one due next
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
    if said and due < said <= due + LONGEST_GRACE:
        return said
    day = max(due, today)
    for _ in range(_USUAL):
        day = facts.rules.calendar.on_or_after(day + timedelta(days=1))
    return day
