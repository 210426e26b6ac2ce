"""The letters that answer a filing: to whom, and what each one tells."""

from dataclasses import replace

from mailbot.domain.campaign_names import campaign_before
from mailbot.domain.campaigns import Campaign
from mailbot.domain.letters import FileLine, Letter, LetterKind, OwedLine, duty_line, file_line, owed_soon, write
from mailbot.domain.obligations import Key, Standing, by_key
from mailbot.domain.outcome import ReplyKind
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Home, Sender, same_reporter
from mailbot.domain.units import Unit


def answers(kind: ReplyKind, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...]) -> tuple[Letter, ...]:
    sender = facts.sender
    if kind == "none":
        return ()
    if kind == "held":
        return (replace(write("held", sender.address or "", facts), unit=sender.unit, group=sender.homes[0][0].group_of(None)),)
    homes = {(i.campaign.id, i.unit.id): (i.campaign, i.unit) for i in items if i.unit and i.campaign}
    letters = [
        receipt(kind, to, facts, items, touched, several)
        for several in _parties(tuple(homes.values()) or sender.homes[:1], facts)
        for to in _addressees(sender, *several[0])
    ]  # fmt: skip
    return tuple({letter.key: letter for letter in letters}.values())


def _parties(homes: tuple[Home, ...], facts: Facts) -> list[tuple[Home, ...]]:
    """The homes that one letter tells of: a unit's in all campaigns that it is in together."""
    left = list(homes)
    found = []
    while left:
        same = {(c.id, u.id) for c, u in same_reporter(left[0], facts.rules.campaigns)}
        found.append(tuple(h for h in left if (h[0].id, h[1].id) in same))
        left = [h for h in left if (h[0].id, h[1].id) not in same]
    return found


def _addressees(sender: Sender, campaign: Campaign, unit: Unit) -> tuple[str, ...]:
    """The unit's own address that wrote; else the unit's registered one, and the unit that may send on its behalf. Whoever may not is
    told nothing of another unit, even where a person filed its mail for that one."""
    if sender.kind == "unit" and sender.address:
        if any((c.id, u.id) == (campaign.id, unit.id) for c, u in sender.homes):
            return (sender.address,)
        behalf = any(c.id == campaign.id and campaign.roster.may_send_for(u, unit) for c, u in sender.homes)
        return (*((sender.address,) if behalf else ()), *unit.addresses[:1])
    return unit.addresses[:1]


def receipt(
    kind: ReplyKind, to: str, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...], homes: tuple[Home, ...]
) -> Letter:
    """`homes`: one unit's, in the campaigns that the mail is for."""
    own = facts.sender.kind == "unit"  # what staff forward may hold files of others: unplaced ones are theirs to look at
    keys, (campaign, unit) = {(c.id, u.id) for c, u in homes}, homes[0]
    mine = [i for i in items if (own if i.unit is None or i.campaign is None else (i.campaign.id, i.unit.id) in keys)]
    standings = [s for s in touched if s.obligation.key[:2] in keys]
    forms = facts.rules.forms
    told = frozenset(s.obligation.key for s in standings)
    broken = {i.copy for i in mine if i.attachment.document.trouble}
    lacking = not any(i.filed for i in mine) or any(f.severity == "error" for i in mine for f in i.findings) or not all(s.done for s in standings)
    letter_kind: LetterKind = "missing" if kind != "receipt" and lacking else "receipt"
    behalf = to.lower() not in {a.lower() for a in unit.addresses} and to == facts.sender.address  # another unit sent it: each has its own letter
    duty = standings[0].obligation.duty if standings else next((i.duty for i in mine if i.duty), None)
    bare = write(letter_kind, to, facts)
    lines = [
        replace(line, title=campaign_before(s.obligation, facts.rules.campaigns) + line.title)
        for s in standings
        if (line := duty_line(s, facts.as_of, {i.attachment.sha256 for i in mine}, broken, forms))
    ]
    return replace(
        bare, key=f"{bare.key}:{unit.id}" if behalf else bare.key, unit=unit, group=campaign.group_of(duty), campaign=campaign.id,
        files=tuple(_told_apart(file_line(i, forms), i, facts) for i in mine if i.copy != "other" or i.findings),
        duties=tuple(replace(line, title=f"{unit.name}的{line.title}") if behalf else line for line in lines),
        owed=() if behalf else _owed(homes, facts, told),
        seal_unchecked=any(i.filed and i.copy == "scan" and (i.sealed is None or i.seal_doubted) for i in mine),
        words_unchecked=any(i.filed and i.compared is False for i in mine),
    )  # fmt: skip


def _told_apart(line: FileLine, item: Item, facts: Facts) -> FileLine:
    """A file's line that says for which campaign it was taken, where that could be another."""
    return replace(line, taken_as=campaign_before(item.obligation, facts.rules.campaigns) + line.taken_as) if item.obligation else line


def _owed(homes: tuple[Home, ...], facts: Facts, told: frozenset[Key]) -> tuple[OwedLine, ...]:
    """What the unit owes soon in these campaigns, those of the same title told apart; at most five lines."""
    filed, days = by_key(facts.filings), facts.rules.policy.owed_days_ahead
    lines = [line for c, u in homes for line in owed_soon((c, u), filed, facts.as_of, days, told, facts.rules.campaigns)]
    return tuple(sorted(lines, key=lambda line: line.due)[:5])
