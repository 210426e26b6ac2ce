"""The tables of the ledger. What can be derived (obligations, standing, overdue) is not stored."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.types import TypeDecorator

from mailbot.adapters.append_only import statements


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. SQLite knows no time zones, so it is stored without one and given back with one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment must know its time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData()

messages = Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("content_key", String(64), nullable=False),
    Column("file", Text),
    Column("sender", Text),
    Column("subject", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("number", String(40), nullable=False),
    Column("disposition", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("unit", String(80)),
    Column("rules_version", String(20), nullable=False),
    Column("outcome", JSON, nullable=False),
    UniqueConstraint("message_id", "content_key", name="one_decision_a_message"),
    Index("messages_sender", "sender", "received_at"),
)  # fmt: skip

sightings = Table(
    "sightings", metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("internaldate", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("message", ForeignKey("messages.id")),
    Column("seen_at", Moment, nullable=False),
    UniqueConstraint("account", "folder", "uidvalidity", "uid", "size", "internaldate", name="one_sighting_a_place"),
)  # fmt: skip

filings = Table(
    "filings", metadata,
    Column("id", Integer, primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("campaign", String(80), nullable=False),
    Column("unit", String(80), nullable=False),
    Column("duty", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("copy", String(10), nullable=False),
    Column("form", String(80)),
    Column("title", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("rows", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("sealed", Boolean),
    Column("nil", Boolean, nullable=False),
    Column("withdrawn_by", ForeignKey("rulings.id")),  # what a person said put it out of force; it is kept
    Index("filings_of_unit", "unit", "received_at"),
    Index("filings_of_message", "message"),
)  # fmt: skip

reviews = Table(
    "reviews", metadata,
    Column("id", Integer, primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("question", Text, nullable=False),
    Column("paths", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("answer", Text),
    Column("until", Moment),
    Column("settled_by", ForeignKey("rulings.id")),
    Column("proposed", JSON),  # rulings that a yes would make
    Index("reviews_of_message", "message"),
)  # fmt: skip

contacts = Table(
    "contacts", metadata,
    Column("id", Integer, primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("unit", String(80), nullable=False),
    Column("address", Text, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
)  # fmt: skip

# states: waiting, sending (its bytes may be on the wire), sent, failed, ambiguous (perhaps sent), bounced; joined (told by another letter),
# dropped (out of date before it went), shadow (decided in shadow, never sent), withheld (received before answer_from, never sent)
letters = Table(
    "letters", metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("message", ForeignKey("messages.id")),
    Column("kind", String(20), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", String(12), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("sent_at", Moment),
    Column("problem", Text),
    Column("unit", String(80)),
    Column("data", JSON),  # the Letter itself, of kinds that may be joined with others before they go out
    Column("action", String(20)),  # what a refusal asks for besides waiting: bad-address, alert …
    Column("joined_into", ForeignKey("letters.id")),
    Column("copied_at", Moment),  # into the Sent folder
    Index("letters_state", "state", "not_before"),
    Index("letters_recipient", "recipient", "sent_at"),
    Index("letters_sent", "state", "sent_at"),
)  # fmt: skip

# What people decided, in the order they said it; nothing is ever changed but `carried_out_at`, `before` and `after`.
rulings = Table(
    "rulings", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("via", String(10), nullable=False),
    Column("act", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("review", Integer),  # of reviews, which point back here: no circle of foreign keys
    Column("message", ForeignKey("messages.id")),
    Column("command", ForeignKey("messages.id")),  # the mail that said it
    Column("undoes", ForeignKey("rulings.id")),
    Column("data", JSON, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    Column("carried_out_at", Moment),
    Index("rulings_of_message", "message"),
)  # fmt: skip

# Which reminder of which obligation was written or left out; a step is never taken twice.
reminders = Table(
    "reminders", metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String(80), nullable=False),
    Column("unit", String(80), nullable=False),
    Column("duty", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("step", String(20), nullable=False),  # days before (+) or after (-) the due date, or "escalation"
    Column("at", Moment, nullable=False),
    Column("letter", ForeignKey("letters.id")),  # None: left out, because a later step was due by then
    UniqueConstraint("campaign", "unit", "duty", "period", "step", name="one_reminder_a_step"),
)  # fmt: skip

marks = Table(
    "marks", metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

# The audit (mailbot/domain/audit.py): `id` counts from 1 without a gap, `before` and `after` are the JSON that was hashed.
audit = Table(
    "audit", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("via", String(10), nullable=False),
    Column("what", String(20), nullable=False),
    Column("about", String(80), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("hash", String(64), nullable=False),
    Index("audit_about", "about"),
)  # fmt: skip
for _dialect in ("sqlite", "postgresql"):
    for _statement in statements("audit", _dialect):
        _made: Any = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(audit, "after_create", _made.execute_if(dialect=_dialect))

# Mails whose bytes retention deleted, by their hash; what is known of them stays.
deletions = Table(
    "deletions", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("rule", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
)  # fmt: skip
