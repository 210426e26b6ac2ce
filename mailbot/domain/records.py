"""What one mail leaves behind: values that the use cases hand to the ledger, the outbox and the templates, and get back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.domain.mail import Place
from mailbot.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter as it stands in the outbox. `state`: waiting, shadow, withheld or failed (it could not be written). `not_before`:
    it may wait for more that goes to the same address. `data`: the Letter as JSON, where it may be joined with others."""

    key: str
    kind: str
    recipient: str
    subject: str
    raw: bytes
    state: str
    problem: str | None = None
    unit: str | None = None
    not_before: datetime | None = None
    data: Any = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a mail lies at a place of a mailbox and was taken: progress. `account`: the mailbox's address."""

    account: str
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
class Sendable:
    id: int
    kind: str
    recipient: str
    raw: bytes
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter as `mailbot outbox` lists it."""

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


@dataclass(frozen=True, slots=True)
class OpenReview:
    """What waits for a person, with the mail it is about. `kind`, `question`, `paths`: as in its ReviewItem. `sha256`: of the
    files at these paths."""

    id: int
    kind: str
    question: str
    paths: tuple[str, ...]
    unit: str | None
    sender: str | None
    subject: str
    received_at: datetime
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A rendered letter: RFC 5322 bytes and the subject in plain words."""

    subject: str
    raw: bytes
