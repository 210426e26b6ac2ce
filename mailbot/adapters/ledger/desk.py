"""What waits for a person."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select

from mailbot.adapters.ledger.rows import sums
from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import contacts, messages, reviews
from mailbot.domain.records import OpenReview


class DeskShelf(Store):
    """Questions to people, and what they answered."""

    def open_reviews(self, now: datetime) -> tuple[OpenReview, ...]:
        """What waits for a person, oldest first; not what has run out (a cloud attachment that is gone)."""
        query = (
            select(reviews, messages.c.unit, messages.c.sender, messages.c.subject, messages.c.received_at, messages.c.outcome)
            .join(messages, reviews.c.message == messages.c.id)
            .where(reviews.c.settled_at.is_(None), or_(reviews.c.until.is_(None), reviews.c.until > now)).order_by(reviews.c.id)
        )  # fmt: skip
        with self._read() as c:
            rows = c.execute(query).all()
        return tuple(
            OpenReview(r.id, r.kind, r.question, tuple(r.paths), r.unit, r.sender, r.subject, r.received_at, sums(r.outcome, r.paths)) for r in rows
        )

    def registered_contacts(self) -> Mapping[str, str]:
        """Addresses that staff confirmed later, lower case -> unit id."""
        with self._read() as c:
            rows = c.execute(select(contacts.c.address, contacts.c.unit).where(contacts.c.registered_at.is_not(None)))
            return {row.address.lower(): row.unit for row in rows}
