"""The ledger as it is committed, read by plain SQL, and our letters as their addressees read them. No code of mailbot is asked."""

import email
import email.policy
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from tests.model.mails import text_of

DAILY = {"digest", "reminder", "escalation", "rules-refused", "granted", "grant-undone", "alarm"}  # letters that answer no mail
STATES = {"submission", "review", "inquiry", "command", "automatic", "duplicate", "foreign"}
NUMBER = re.compile(r"\d{8}-[0-9A-F]{6}")
_FILED = re.compile(r"校验码 ([0-9a-f]{8})）(?:随第 \d+ 封)?——([^\n]*)")
HEADERS = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress", "mime-version",
            "content-type", "content-transfer-encoding", "precedence", "x-mailbot", "reply-to"}  # fmt: skip


@cache
def words(raw: bytes) -> str:
    return text_of(raw)


@cache
def header(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


@cache
def stated(raw: bytes) -> tuple[str, ...]:
    """First signs of the checksums of files that a letter says are registered."""
    return tuple(m[1] for m in _FILED.finditer(words(raw)) if "已登记" in m[2])


class Broken(AssertionError):
    """A promise does not hold. `promise`: P1 … P15, or what of the queue."""

    def __init__(self, promise: str, what: object) -> None:
        super().__init__(f"{promise}: {what}")


@dataclass(frozen=True)
class Books:
    """The ledger as it is committed, read by a connection of our own."""

    messages: dict[int, sqlite3.Row]
    sightings: tuple[sqlite3.Row, ...]
    filings: tuple[sqlite3.Row, ...]
    letters: dict[int, sqlite3.Row]
    rulings: tuple[sqlite3.Row, ...]
    reviews: tuple[sqlite3.Row, ...]


def opened(home: Path) -> Books:
    with sqlite3.connect(f"file:{home / 'mailbot.db'}?mode=ro", uri=True, timeout=0) as c:
        c.row_factory = sqlite3.Row

        def all_of(query: str) -> tuple[sqlite3.Row, ...]:
            return tuple(c.execute(query))

        books = Books(
            {r["id"]: r for r in all_of("SELECT id, sha256, message_id, disposition, number, received_at, sender FROM messages")},
            all_of("SELECT folder, uidvalidity, uid, size, internaldate, sha256, message FROM sightings"),
            all_of("SELECT message, unit, duty, period, copy, path, sha256, received_at FROM filings"),
            {r["id"]: r for r in all_of("SELECT id, key, message, kind, recipient, raw, state, unit, joined_into, attempts, action FROM letters")},
            all_of("SELECT id, act, via, message, command, review FROM rulings"), all_of("SELECT id, message FROM reviews"),
        )  # fmt: skip
    c.close()
    return books


def moment(value: str) -> datetime:
    """As SQLite keeps it: UTC, and does not say so."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


