"""Facts about one mail, gathered before anything is decided; and what is said about each file afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.domain.campaigns import Campaign, Copy, Duty
from mailbot.domain.classify import NOT_LOOKED_FOR, Classification
from mailbot.domain.findings import Finding
from mailbot.domain.forms import Evidence, FormType, ParsedForm, Value
from mailbot.domain.mail import Attachment, Message
from mailbot.domain.obligations import Filing, Key, Obligation, obligation_for
from mailbot.domain.periods import Period
from mailbot.domain.policy import Rules
from mailbot.domain.retention import Fault
from mailbot.domain.reviews import Desk
from mailbot.domain.rulings import Ruling
from mailbot.domain.senders import Sender
from mailbot.domain.units import Unit


@dataclass(frozen=True, slots=True)
class Reading:
    """One file of a mail, or one form of several in it; the rest as in Part."""

    attachment: Attachment
    classification: Classification = NOT_LOOKED_FOR
    parsed: ParsedForm | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one mail when it is decided.

    `sender`: who wrote it, as far as that can be believed. `forms`: the forms it may hold (those of the sender's
    campaigns, all where nobody knows the sender). `filings`: all that was filed before by the units that may be concerned.
    `items`: the mail's files, each in its place.
    `counterparts`: for obligations of which the mail brings one copy, the other copy that came before, read again; `lost`: what is
    wrong with the archived mail of those that cannot be.
    `own_letter`: the mail bears the signed Message-ID of a letter of ours.
    `stranger_answered`: this address had a fixed text within the policy's days. `number`: the receipt's. `first_seen`: the
    ledger's key of the same mail, taken before. `rulings`: what people said about this mail; `turn`: the ruling for which it is
    decided again, 0 the first time. `desk`: what lies before the staff who write; None where nobody of them does.
    """

    message: Message
    sender: Sender
    forms: tuple[FormType, ...]
    readings: tuple[Reading, ...]
    received_at: datetime
    now: datetime
    rules: Rules
    number: str
    filings: tuple[Filing, ...] = ()
    items: tuple["Item", ...] = ()
    counterparts: Mapping[Key, tuple[Reading, ...]] = field(default_factory=dict)
    lost: Mapping[Key, Fault] = field(default_factory=dict)
    stranger_answered: bool = False
    own_letter: bool = False
    first_seen: int | None = None
    rulings: tuple[Ruling, ...] = ()
    turn: int = 0
    desk: Desk | None = None

    @property
    def as_of(self) -> datetime:
        """The moment whose standing the answer tells: now, where it may go out now; that of receipt where nobody will read it (shadow)."""
        read_now = self.turn or self.rules.settings.sending != "shadow"
        return max(self.now, self.received_at) if read_now else self.received_at


@dataclass(frozen=True, slots=True)
class Item:
    """What one file is taken for. `ask`: why a person must decide (Chinese), "" where nobody must.

    `by`: how a scan was recognised (document, file name, partner, obligations). `filed`: it becomes a filing.
    `seal_doubted`: a person must look at the seal. `notes`: what staff should look at, never said to the unit. `compared`: the scan
    and the editable copy were held against each other; False where that could not be done, None where there was nothing to compare.
    `title`: that of the paper a scan was paired with; "" where its own, as read, is all there is.
    """

    attachment: Attachment
    copy: Copy
    form: str | None = None
    campaign: Campaign | None = None
    unit: Unit | None = None
    duty: Duty | None = None
    period: Period | None = None
    score: float = 0.0
    parsed: ParsedForm | None = None
    findings: tuple[Finding, ...] = ()
    sealed: bool | None = None
    ask: str = ""
    by: str = ""
    filed: bool = False
    seal_doubted: bool = False
    notes: tuple[str, ...] = ()
    compared: bool | None = None
    title: str = ""
    trail: tuple[Evidence, ...] = ()

    @property
    def fields(self) -> Mapping[str, Value]:
        return self.parsed.fields if self.parsed else {}

    @property
    def obligation(self) -> Obligation | None:
        """What it is for, once campaign, unit, duty and period are all known."""
        if not (self.campaign and self.unit and self.duty and self.period):
            return None
        return obligation_for(self.campaign, self.unit, self.duty, self.period)

    @property
    def placed(self) -> bool:
        return self.obligation is not None and not self.ask

    @property
    def nil(self) -> bool:
        return bool(self.parsed and self.parsed.nil)
