"""What people decided (人工处理): about a mail, about an obligation, about an address. Nothing of a ruling ever changes; to undo
one is another ruling. What is in force is derived each time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from mailbot.domain.campaigns import Campaign, Copy, Extension, Waiver

# vouch: the mail is this unit's · assign: these files are this unit's, form, duty, period, copy · accept: findings no longer count ·
# reject: nothing of the mail is filed, the unit is told why · foreign: no business of ours · register: an address is this unit's ·
# waive, extend: an obligation · seen: nothing is to be done · undo: another ruling is no longer in force
Act = Literal["vouch", "assign", "accept", "reject", "foreign", "register", "waive", "extend", "seen", "undo"]
Via = Literal["mail", "command"]
SECRET = "secret"  # kind of the question about a mail with a mark of state secrets; the code that an accept bears who says it is none
OF_A_MAIL: frozenset[Act] = frozenset({"vouch", "assign", "accept", "reject", "foreign"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """One thing that a person decided.

    `by`: the staff address that wrote, or the account at the keyboard. `review`: the open question it answers; `message`: the
    ledger's key of the mail it is about; `undoes`: of another ruling. The rest is what is decided: ids of the rules, an
    address, files by their paths (none = all), finding codes (none = all), a due date. `why`: the reason; what `reject` tells the unit.
    """

    act: Act
    by: str = ""
    at: datetime | None = None
    via: Via = "command"
    why: str = ""
    review: int | None = None
    message: int | None = None
    undoes: int | None = None
    paths: tuple[str, ...] = ()
    campaign: str = ""
    unit: str = ""
    form: str = ""
    duty: str = ""
    period: str = ""
    copy: Copy | None = None
    address: str = ""
    codes: tuple[str, ...] = ()
    due: date | None = None
    id: int | None = None

    def covers(self, path: str) -> bool:
        return not self.paths or path in self.paths


def in_force(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """Those that nobody took back, in the order they were said. Undoing an undo puts the first in force again."""
    told = tuple(rulings)
    gone = undone(told)
    return tuple(r for r in told if r.act != "undo" and r.id not in gone)


def undone(rulings: Iterable[Ruling]) -> frozenset[int]:
    """Ids of the rulings, undoings among them, that somebody took back and nobody put in force again."""
    found: set[int] = set()
    for ruling in sorted(rulings, key=lambda r: r.id or 0, reverse=True):
        if ruling.act == "undo" and ruling.undoes is not None and ruling.id not in found:
            found.add(ruling.undoes)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Grants:
    """What the rulings in force add to the rules, by campaign: addresses are (unit id, address)."""

    extensions: Mapping[str, tuple[Extension, ...]]
    waivers: Mapping[str, tuple[Waiver, ...]]
    addresses: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def campaigns(self) -> frozenset[str]:
        return frozenset((*self.extensions, *self.waivers, *self.addresses))


def granted(rulings: Iterable[Ruling]) -> Grants:
    grants = Grants({}, {}, {})
    for r in in_force(rulings):
        if r.act == "extend" and r.due is not None:
            _add(grants.extensions, r.campaign, Extension(unit=r.unit, duty=r.duty, period=r.period, due=r.due, why=r.why, by=r.by))
        elif r.act == "waive":
            copy = r.copy if r.copy in ("editable", "scan") else None
            _add(grants.waivers, r.campaign, Waiver(unit=r.unit, duty=r.duty, period=r.period, why=r.why, by=r.by, copy=copy))
        elif r.act == "register":
            _add(grants.addresses, r.campaign, (r.unit, r.address.lower()))
    return grants


def _add(found: Any, campaign: str, value: object) -> None:
    found[campaign] = (*found.get(campaign, ()), value)


def vouched(rulings: Iterable[Ruling], campaigns: Iterable[Campaign]) -> tuple[Campaign, str] | None:
    """(campaign, unit id) that a person said a mail is from; the last word counts."""
    said = [r for r in rulings if r.act == "vouch"]
    campaign = next((c for c in campaigns if said and c.id == said[-1].campaign), None)
    return (campaign, said[-1].unit) if campaign else None
