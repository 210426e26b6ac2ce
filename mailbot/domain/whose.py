"""Whose is a paper: the units that it, its subject, its name or its signature speak of."""

import re
from collections.abc import Iterable

from mailbot.domain.campaigns import Campaign
from mailbot.domain.documents import Document
from mailbot.domain.forms import Evidence, ParsedForm
from mailbot.domain.masking import shown
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Home, Sender
from mailbot.domain.units import Unit

# A unit writes, or a person said which unit does: what names another unit is then a question.
SPEAKS_FOR_ONE = ("unit", "vouched")


def homes_in(parsed: ParsedForm, document: Document, campaigns: Iterable[Campaign]) -> tuple[Home, ...]:
    """The units a document names in the places that say whose it is: head, else title, else signature."""
    last_lines = "\n".join(p.text for p in document.paragraphs[-3:])
    title = parsed.title or document.text.strip().partition("\n")[0]
    for place_text in (parsed.unit_text or "", title, parsed.signature or last_lines):
        homes = tuple((c, unit) for c in campaigns for unit in units_named(c, place_text))
        if homes:
            return homes
    return ()


def homes_like(parsed: ParsedForm, campaigns: Iterable[Campaign]) -> tuple[tuple[Home, ...], str]:
    """The units whose name is nearly what stands in the document's head, else in its signature; and those words."""
    for text in (parsed.unit_text or "", *parsed.signature.splitlines()):
        homes = tuple((c, unit) for c in campaigns if (unit := c.roster.like(text)))
        if homes:
            return homes, text
    return (), ""


def units_named(campaign: Campaign, text: str) -> tuple[Unit, ...]:
    whole = campaign.roster.is_name(text)
    if whole:
        return (whole,)
    named = campaign.roster.named(text)
    # 市场监管综合行政执法大队执法一中队: the last and smallest is meant
    if len(named) == 2 and campaign.roster.may_send_for(named[0], named[1]):
        return named[1:]
    return named


_LISTED = re.compile(r"[\s/／\\|、，,；;&＆+＋和与及]+")
_HEAD = 200  # characters of a head that are looked at name by name


def strange_head(text: str, facts: Facts) -> str:
    """Why the words in a paper's head for its unit (填报单位) leave open whose it is (Chinese): two units of ours, another one of whose
    name only a part stands there, or a unit such as ours that is not on the roster. "" where they do not."""
    homes = facts.sender.homes
    campaigns = [c for c, _ in homes] or facts.rules.campaigns
    listed = [(c, _listed(c, text[:_HEAD])) for c in campaigns]
    for _, named in listed:
        if len(named) > 1:
            return f"表里的填报单位写了{'、'.join(u.name for u in named)}，请确认是谁的"
    if any(units_named(c, text) or c.roster.like(text) for c in campaigns):
        return ""
    hinted = [(c, u) for c, named in listed for u in (*named, *c.roster.hinted(text))]
    if other := next((u for c, u in hinted if homes and own_homes(facts.sender, ((c, u),))[1]), None):
        return f"表里的填报单位写的是“{shown(text, 30)}”，像是{other.name}，请确认"
    if not hinted and any(c.roster.is_strange(text) for c in campaigns):  # 八仙筒工商所, of old, is hinted
        return f"表里的填报单位“{shown(text, 30)}”不在名册上，请确认"
    return ""


def _listed(campaign: Campaign, text: str) -> tuple[Unit, ...]:
    """The units that a text names, or whose name nearly is one of those listed in it (治安/八仙筒); a unit before the one it sends for
    (执法大队 一中队) is none."""
    named = units_named(campaign, text)
    near = (unit for piece in _LISTED.split(text) if piece != text and (unit := campaign.roster.like(piece)))
    return tuple(dict.fromkeys((*named, *(n for n in near if not any(campaign.roster.may_send_for(n, u) for u in named)))))


def homes_beside(item: Item, facts: Facts) -> tuple[tuple[Home, ...], str]:
    """Where the document names nobody: subject, then file name; for people we do not know also bare stems and the text."""
    message, campaigns = facts.message, facts.rules.campaigns
    for text, by in ((message.envelope.subject, "subject"), (item.attachment.path, "file name")):
        homes = tuple((c, unit) for c in campaigns for unit in units_named(c, text))
        if homes:
            return homes, by
    if facts.sender.kind in SPEAKS_FOR_ONE:
        return (), "address"
    for text, by in ((message.envelope.subject, "subject"), (item.attachment.path, "file name")):
        homes = tuple((c, unit) for c in campaigns for unit in c.roster.hinted(text))
        if homes:
            return homes, by
    homes = tuple((c, unit) for c in campaigns for unit in c.roster.named(f"{message.text}\n{message.quoted}"))
    return homes, "signature"


_WEIGHTS = (("unit_text", 0.9), ("title", 0.7), ("signature", 0.6))  # of a document's places, as homes_in asks them


def unit_evidence(item: Item, facts: Facts) -> tuple[Evidence, ...]:
    """Every place of a paper and beside it that names a unit: for (+) the one it was taken for, against (-) it where another stands
    there. The weights tell whose word goes before whose; the sender's address, which goes before all, is told with the mail."""
    parsed = item.parsed
    places = [(getattr(parsed, name) or "", weight, "document") for name, weight in _WEIGHTS] if parsed else []
    places += [(facts.message.envelope.subject, 0.5, "subject"), (item.attachment.path, 0.4, "file name")]
    found: list[Evidence] = []
    for text, weight, source in places:
        named = dict.fromkeys(unit for c in facts.rules.campaigns if item.campaign in (None, c) for unit in units_named(c, text))
        for unit in named:
            against = item.unit is not None and unit.id != item.unit.id
            found.append(Evidence("unit", unit.id, -weight if against else weight, shown(text, 60), source))
    return tuple(found)


_SALUTATION = re.compile(r"(?m)^[^:：。，,\n]{0,20}(?:股|科|局|办公室|领导|同志|好)[:：,，]")


def spoken_homes(text: str, facts: Facts) -> tuple[Home, ...]:
    """The units that a mail's own words speak of, whom it is addressed to apart; of a registered sender those of its campaigns."""
    campaigns = [c for c, _ in facts.sender.homes] or facts.rules.campaigns
    plain = _SALUTATION.sub("", text)
    return tuple((c, unit) for c in campaigns for unit in units_named(c, plain))


def own_homes(sender: Sender, named: tuple[Home, ...]) -> tuple[tuple[Home, ...], bool]:
    """The homes, one a campaign, that a unit's paper may go to; True, and one home, where it names a unit that this sender may not send
    for."""
    mine = {(c.id, u.id): (c, u) for c, u in sender.homes}
    if not named or any((c.id, u.id) in mine for c, u in named):
        return sender.homes, False
    behalf: dict[str, Home] = {}
    for campaign, unit in named:
        if any(c.id == campaign.id and campaign.roster.may_send_for(u, unit) for c, u in sender.homes):
            behalf.setdefault(campaign.id, (campaign, unit))
    if behalf:
        return tuple(behalf.values()), False
    own = {c.id for c, _ in sender.homes}
    return (next((h for h in named if h[0].id in own), named[0]),), True


def one_a_campaign(homes: Iterable[Home]) -> tuple[Home, ...]:
    """The first home of each campaign."""
    return tuple({c.id: (c, u) for c, u in reversed(tuple(homes))}.values())[::-1]


def units_that_matter(facts: Facts) -> frozenset[str]:
    """Ids of all units that the mail may be filed for: the sender's, and every one that its papers, names and words speak of.
    One too many does no harm: it is only what was filed before by them that is looked up."""
    message, campaigns = facts.message, facts.rules.campaigns
    papers = [(r.parsed, r.attachment.document) for r in facts.readings if r.parsed]
    homes = [h for parsed, document in papers for h in (*homes_in(parsed, document, campaigns), *homes_like(parsed, campaigns)[0])]
    texts = [message.envelope.subject, *(r.attachment.path for r in facts.readings)]
    texts += [message.text] if facts.sender.kind == "unit" else [f"{message.text}\n{message.quoted}"]
    spoken = {u.id for text in texts for c in campaigns for u in (*units_named(c, text), *c.roster.hinted(text))}
    return frozenset(spoken | {unit.id for _, unit in (*facts.sender.homes, *homes)})
