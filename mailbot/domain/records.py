"""What one mail leaves behind: values that the use cases hand to the ledger, the outbox and the templates, and get back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.domain.letters import Letter
from mailbot.domain.mail import Place
from mailbot.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter as it stands in the outbox. `state`: waiting, shadow, withheld or failed (it could not be written). `not_before`:
    it may wait for more that goes to the same address. `data`: the Letter itself, where it may be joined with others; of a letter of
    the day what its writer keeps. `action`: what stands beside a state that asks for more (domain/restoring)."""

    key: str
    kind: str
    recipient: str
    subject: str
    raw: bytes
    state: str
    problem: str | None = None
    unit: str | None = None
    not_before: datetime | None = None
    data: Letter | Mapping[str, Any] | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a mail lies at a place of a mailbox and was taken: progress."""

    place: Place
    sha256: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that one mail leaves in the ledger, written in one transaction; with `sighting`, None for a file, also that
    the mailbox has been read so far."""

    sha256: str
    message_id: str
    content_key: str
    file: str | None
    sender: str | None
    subject: str
    received_at: datetime
    decided_at: datetime
    number: str
    rules_version: str
    outcome: Outcome
    shown: Mapping[str, Any]  # the contract's JSON, kept for explain and the console
    letters: tuple[Posted, ...]
    sighting: Sighting | None = None


@dataclass(frozen=True, slots=True)
class Archived:
    """A mail that was taken before, to be decided again: where its bytes are, when it came, and what was decided (`shown`)."""

    message: int
    sha256: str
    file: str | None
    received_at: datetime
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """A mail that was taken, as one remembers it: where its bytes are, when it came, when it was decided last."""

    message: int
    sha256: str
    file: str | None
    received_at: datetime
    decided_at: datetime
    sender: str | None
    subject: str


@dataclass(frozen=True, slots=True)
class Sendable:
    """A letter that may go, without its bytes, which `claim` gives. `due`: since when. `action`: what the last try left behind."""

    id: int
    kind: str
    recipient: str
    attempts: int
    created_at: datetime
    due: datetime
    unit: str | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter as `mailbot outbox` lists it. `action`: what a refusal asks staff to do. `joined_into`: the letter that tells it."""

    id: int
    kind: str
    recipient: str
    subject: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    problem: str
    raw: bytes
    unit: str | None = None
    joined_into: int | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class BadAddress:
    """An address of which the latest letter did not arrive: `why` as staff are told, `since` the moment of that letter."""

    address: str
    unit: str | None
    since: datetime
    why: str
    letter: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A letter with its bytes, that went out, or may have, at `sent_at`."""

    id: int
    sent_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing goes out but letters to staff. `by`: who said so; a file in the home folder, or a person."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Written:
    """A rendered letter: RFC 5322 bytes and the subject in plain words."""

    subject: str
    raw: bytes
