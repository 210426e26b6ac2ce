"""Files of a mail that a person sent back: they are not filed, the rest of the mail is; the unit that wrote is told why."""

from collections.abc import Iterable
from dataclasses import replace

from mailbot.domain.letters import Letter, write
from mailbot.domain.mail import may_answer
from mailbot.domain.reading import Facts, Item
from mailbot.domain.rulings import Ruling


def concerns_all(ruling: Ruling, facts: Facts) -> bool:
    """Whether a ruling leaves nothing of a mail: it names no file, or all that are more than pictures and signatures."""
    there = {i.attachment.path for i in facts.items if i.copy != "other" or i.form}
    return not ruling.paths or there <= set(ruling.paths)


def without_refused(items: Iterable[Item], facts: Facts) -> tuple[Item, ...]:
    refused = _partial(facts)
    return tuple(Item(i.attachment, "other") if any(r.covers(i.attachment.path) for r in refused) else i for i in items)


def told_why(facts: Facts) -> tuple[Letter, ...]:
    """The reasons why some files were sent back, to the unit that wrote."""
    unit, sender = facts.sender.unit, facts.sender
    why = "；".join(dict.fromkeys(r.why for r in _partial(facts) if r.act == "reject" and r.why))
    if unit is None or not why or not sender.trusted or not may_answer(facts.message):
        return ()
    to = sender.address if sender.kind == "unit" and sender.address else next(iter(unit.addresses), "")
    return (replace(write("rejected", to, facts), unit=unit, group=sender.homes[0][0].group_of(None), why=why),) if to else ()


def _partial(facts: Facts) -> list[Ruling]:
    return [r for r in facts.rulings if r.act in ("reject", "foreign") and r.paths and not concerns_all(r, facts)]
