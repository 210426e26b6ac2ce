"""Who sent this, and may they file: the contract's table of senders. From is only believed as far as it can be."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import Evidence
from mailbot.domain.mail import Envelope, without_comments
from mailbot.domain.policy import Rules
from mailbot.domain.rulings import Ruling, vouched
from mailbot.domain.units import Unit

Home = tuple[Campaign, Unit]


@dataclass(frozen=True, slots=True)
class Sender:
    """`homes`: the units this address is registered for, one a campaign. `forged`: a trusted receiving server says so.
    `vouched`: a person said whose mail it is, whoever's the address."""

    kind: Literal["unit", "staff", "stranger", "vouched"]
    address: str | None
    homes: tuple[Home, ...] = ()
    forged: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def unit(self) -> Unit | None:
        return self.homes[0][1] if self.homes else None

    @property
    def trusted(self) -> bool:
        return self.kind != "stranger" and not self.forged


def sender_of(envelope: Envelope, rules: Rules) -> Sender:
    """The sender by the address in From alone."""
    address = envelope.sender
    forged = is_forged(envelope, rules.policy.trusted_receivers)
    if not address:
        return Sender("stranger", None)
    seen = (Evidence("sender", "forged" if forged else "", -1 if forged else 1, address, "address"),)
    if address in {a.lower() for a in rules.settings.staff}:
        return Sender("staff", address, (), forged, seen)
    homes = tuple((c, unit) for c in rules.campaigns if (unit := c.roster.by_address(address)))
    units = dict.fromkeys(unit.id for _, unit in homes)
    return Sender("unit" if homes else "stranger", address, homes, forged, (*seen, *(Evidence("unit", u, 1.0, address, "address") for u in units)))


def vouched_for(sender: Sender, rulings: Iterable[Ruling], rules: Rules) -> Sender:
    """The sender as people know him: where a person said whose mail it is, it is that unit's."""
    said = vouched(rulings, rules.campaigns)
    unit = said[0].roster.by_id(said[1]) if said else None
    if said is None or unit is None or (sender.kind == "unit" and sender.trusted and unit in [u for _, u in sender.homes]):
        return sender  # nothing new: it writes from a registered address, and is answered there
    seen = Evidence("sender", "vouched", 1, sender.address or "", "staff")
    return replace(sender, kind="vouched", homes=same_reporter((said[0], unit), rules.campaigns), forged=False, evidence=(*sender.evidence, seen))


def same_reporter(home: Home, campaigns: Iterable[Campaign]) -> tuple[Home, ...]:
    """The home, and the units of other campaigns that share an address with it: the same unit under another roster."""
    others = ((c, next((u for a in home[1].addresses if (u := c.roster.by_address(a))), None)) for c in campaigns if c.id != home[0].id)
    return (home, *((c, unit) for c, unit in others if unit))


def is_forged(envelope: Envelope, trusted_receivers: tuple[str, ...]) -> bool:
    """dmarc=fail, or spf=fail and no dkim=pass, said by Authentication-Results of a receiver we trust (RFC 8601).

    Receivers write one header or one for each method, on top of whatever the sender put there: the topmost header that
    speaks of a method decides it, and dkim=pass counts only down to the header that says spf. What stands in quotes or
    comments was chosen by the sender (MAIL FROM) and is not asked. So what the sender writes below them in our receiver's name acquits
    nobody: where the receiver speaks of a method it is not asked, and where it does not a pass is no more than silence."""
    trusted = {name.lower() for name in trusted_receivers}
    decided: dict[str, set[str]] = {}
    for value in envelope.all("authentication-results"):
        server, said = _results(value)
        if server not in trusted:
            continue
        too_late = decided.keys() | ({"dkim"} if "spf" in decided else set())
        for method in {m for m, _ in said} - too_late:
            decided[method] = {result for m, result in said if m == method}
    spf_failed = "fail" in decided.get("spf", ()) and "pass" not in decided.get("dkim", ())
    return "fail" in decided.get("dmarc", ()) or spf_failed


_RESULT = re.compile(r"\s*(dmarc|spf|dkim)\s*(?:/\s*\d+\s*)?=\s*(\w+)")


def _results(value: str) -> tuple[str, list[tuple[str, str]]]:
    """(authserv-id, method and result of each part), in lower case."""
    name = re.match(r'\s*"?([\w.-]+)"?', without_comments(value) if value.startswith("(") else value)
    plain = without_comments(re.sub(r'"(?:[^"\\]|\\.)*"', '""', value))
    parts = (_RESULT.match(part) for part in plain.lower().split(";")[1:])
    return (name[1].lower() if name else ""), [(part[1], part[2]) for part in parts if part]
