"""What is decided about one mail. Nothing has happened yet."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mailbot.domain.campaigns import Copy
from mailbot.domain.forms import Evidence, Value
from mailbot.domain.letters import Letter
from mailbot.domain.obligations import Filing
from mailbot.domain.reading import Item
from mailbot.domain.rulings import SECRET, Ruling
from mailbot.domain.units import Unit

Disposition = Literal["submission", "review", "inquiry", "command", "automatic", "duplicate", "foreign"]
ReplyKind = Literal["receipt", "missing", "unknown-unit", "held", "inquiry", "none"]


@dataclass(frozen=True, slots=True)
class Missing:
    duty: str
    period: str
    copy: Copy


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """What a person must settle: why (Chinese), and which files it is about. After `until` there is nothing left to do.
    `proposed`: what a yes would do, where the mail itself says it."""

    kind: str
    question: str
    paths: tuple[str, ...] = ()
    until: datetime | None = None
    proposed: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A liaison form's fields; `address` becomes registered only when staff confirm it."""

    unit: str
    address: str
    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is decided about one mail. Nothing has happened yet."""

    disposition: Disposition
    reason: str
    unit: Unit | None = None
    unit_by: str | None = None
    trusted: bool = False
    items: tuple[Item, ...] = ()
    kind: ReplyKind = "none"
    missing: tuple[Missing, ...] = ()
    letters: tuple[Letter, ...] = ()
    filings: tuple[Filing, ...] = ()
    reviews: tuple[ReviewItem, ...] = ()
    contacts: tuple[Contact, ...] = ()
    rulings: tuple[Ruling, ...] = ()  # what staff ordered by this mail
    trail: tuple[Evidence, ...] = field(default=())

    @property
    def secret(self) -> bool:
        """Whether no word of the mail may be shown or sent on."""
        return any(r.kind == SECRET for r in self.reviews)
