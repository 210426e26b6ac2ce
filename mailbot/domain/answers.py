"""The letters that answer a filing: to whom, and what each one tells."""

from dataclasses import replace

from mailbot.domain.campaigns import Campaign
from mailbot.domain.letters import Letter, LetterKind, duty_line, file_line, owed_soon, write
from mailbot.domain.obligations import Standing, by_key
from mailbot.domain.outcome import ReplyKind
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Sender
from mailbot.domain.units import Unit


def answers(kind: ReplyKind, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...]) -> tuple[Letter, ...]:
    sender = facts.sender
    if kind == "none":
        return ()
    if kind == "held":
        return (replace(write("held", sender.address or "", facts), unit=sender.unit, group=sender.homes[0][0].group_of(None)),)
    units: dict[str, tuple[Campaign, Unit]] = {i.unit.id: (i.campaign, i.unit) for i in items if i.unit and i.campaign}
    if not units and sender.homes:
        units = {sender.homes[0][1].id: sender.homes[0]}
    letters = [
        receipt(kind, to, facts, items, touched, campaign, unit)
        for campaign, unit in units.values()
        for to in _addressees(sender, campaign, unit)
    ]  # fmt: skip
    return tuple({letter.key: letter for letter in letters}.values())


def _addressees(sender: Sender, campaign: Campaign, unit: Unit) -> tuple[str, ...]:
    """The unit's own address that wrote; else the unit's registered one, and the unit that may send on its behalf. Whoever may not is
    told nothing of another unit, even where a person filed its mail for that one."""
    if sender.kind == "unit" and sender.unit and sender.address:
        if sender.unit.id == unit.id:
            return (sender.address,)
        behalf = campaign.roster.may_send_for(sender.unit, unit)
        return (*((sender.address,) if behalf else ()), *unit.addresses[:1])
    return unit.addresses[:1]


def receipt(
    kind: ReplyKind, to: str, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...], campaign: Campaign, unit: Unit
) -> Letter:
    own = facts.sender.kind == "unit"  # what staff forward may hold files of others: unplaced ones are theirs to look at
    mine = [i for i in items if (own if i.unit is None else i.unit.id == unit.id)]
    standings = [s for s in touched if s.obligation.unit.id == unit.id]
    forms = facts.rules.forms
    told = frozenset(s.obligation.key for s in standings)
    broken = {i.copy for i in mine if i.attachment.document.trouble}
    lacking = not any(i.filed for i in mine) or any(f.severity == "error" for i in mine for f in i.findings) or not all(s.done for s in standings)
    letter_kind: LetterKind = "missing" if kind != "receipt" and lacking else "receipt"
    behalf = to.lower() not in {a.lower() for a in unit.addresses} and to == facts.sender.address  # another unit sent it: each has its own letter
    duty = standings[0].obligation.duty if standings else next((i.duty for i in mine if i.duty), None)
    bare = write(letter_kind, to, facts)
    lines = (duty_line(s, facts.as_of, {i.attachment.sha256 for i in mine}, broken, forms) for s in standings)
    return replace(
        bare, key=f"{bare.key}:{unit.id}" if behalf else bare.key, unit=unit, group=campaign.group_of(duty), campaign=campaign.id,
        files=tuple(file_line(i, forms) for i in mine if i.copy != "other" or i.findings),
        duties=tuple(replace(line, title=f"{unit.name}的{line.title}") if behalf else line for line in lines),
        owed=() if behalf else owed_soon(campaign, unit, by_key(facts.filings), facts.as_of, facts.rules.policy.owed_days_ahead, told),
        seal_unchecked=any(i.filed and i.copy == "scan" and (i.sealed is None or i.seal_doubted) for i in mine),
        words_unchecked=any(i.filed and i.compared is False for i in mine),
    )  # fmt: skip
