"""What came and what was filed. One transaction a mail."""

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.desk import add_ruling
from mailbot.adapters.ledger.posting import add_letter
from mailbot.adapters.ledger.retention import came_again
from mailbot.adapters.ledger.rows import filing, filing_row, message_row, review_rows, sighting_row
from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import contacts, filings, letters, messages, reviews, sightings
from mailbot.domain import audit
from mailbot.domain.errors import RecordRefused
from mailbot.domain.mail import Bookmark, Place
from mailbot.domain.obligations import Filing
from mailbot.domain.records import Record, Sighting
from mailbot.failpoints import reached

# What is said for every mail is put together once: building a statement costs more than running it.
_KNOWN = select(messages.c.id).where(messages.c.message_id == bindparam("message_id"), messages.c.content_key == bindparam("content_key"))
_NEW_MESSAGE = insert(messages).returning(messages.c.id)
_NEW_SIGHTING, _NEW_FILING = insert(sightings), insert(filings)
_NEW_REVIEW, _NEW_CONTACT = insert(reviews), insert(contacts)
_OF_UNITS = select(filings.c.id, filings.c.message).where(
    filings.c.unit.in_(bindparam("units", expanding=True)), filings.c.withdrawn_by.is_(None)
).order_by(filings.c.received_at, filings.c.id)
_BY_ID = select(filings).where(filings.c.id.in_(bindparam("ids", expanding=True)))

_REMEMBERED = 20_000  # filings; they never change once they are recorded


class MailShelf(Store):
    """Mails, where they lie on the server, and the filings that came with them."""

    def __init__(self, url: str) -> None:
        self._remembered: dict[tuple[int, int], Filing] = {}
        super().__init__(url)

    def _forget(self) -> None:
        super()._forget()
        self._remembered = {}

    def message_known(self, message_id: str, content_key: str) -> int | None:
        with self._read() as c:
            return c.execute(_KNOWN, {"message_id": message_id, "content_key": content_key}).scalar()

    def filings_of(self, units: Iterable[str]) -> tuple[Filing, ...]:
        """Filings of some units in the order they were received."""
        with self._read() as c:
            keys = [(row.id, row.message) for row in c.execute(_OF_UNITS, {"units": tuple(units)})]
            remembered = self._remembered  # the one who sends asks from another thread
            unknown = [key[0] for key in keys if key not in remembered]
            if unknown:
                if len(remembered) > _REMEMBERED:
                    self._remembered = remembered = {}
                    unknown = [key[0] for key in keys]
                remembered |= {(row.id, row.message): filing(row) for row in c.execute(_BY_ID, {"ids": unknown})}
            return tuple(remembered[key] for key in keys)

    def all_filings(self, campaign: str | None = None) -> tuple[Filing, ...]:
        """Filings in the order they were received."""
        query = select(filings).where(filings.c.withdrawn_by.is_(None)).order_by(filings.c.received_at, filings.c.id)
        if campaign is not None:
            query = query.where(filings.c.campaign == campaign)
        with self._read() as c:
            return tuple(filing(row) for row in c.execute(query))

    def archived(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Number of a message -> the SHA-256 its bytes are archived by."""
        with self._read() as c:
            rows = c.execute(select(messages.c.id, messages.c.sha256).where(messages.c.id.in_(tuple(numbers))))
            return {row.id: row.sha256 for row in rows}

    def answered_since(self, address: str, since: datetime, until: datetime, but: int | None = None) -> bool:
        """Whether a fixed text (held, unknown unit) was written to an address for a mail within a span. `but`: the mail that is decided
        again, whose own letter does not count."""
        query = select(func.count()).select_from(letters.join(messages, letters.c.message == messages.c.id)).where(
            letters.c.recipient == address, letters.c.kind.in_(("held", "unknown-unit")),
            messages.c.received_at > since, messages.c.received_at < until, messages.c.id != (but or 0),
        )  # fmt: skip
        with self._read() as c:
            return bool(c.execute(query).scalar())

    def bookmark(self, account: str, folder: str) -> Bookmark | None:
        match (self.mark(_bookmark(account, folder)) or "").split():
            case [uidvalidity, uidnext, days, moment]:
                return Bookmark(int(uidvalidity), int(uidnext), int(days), datetime.fromisoformat(moment))
        return None

    def turn_page(self, account: str, folder: str, bookmark: Bookmark) -> None:
        """Remembers how far a folder was read."""
        value = f"{bookmark.uidvalidity} {bookmark.uidnext} {bookmark.days} {bookmark.listed_at.isoformat()}"
        self.put_mark(_bookmark(account, folder), value)

    def places_known(self, account: str, folder: str, lowest: int = 0) -> frozenset[Place]:
        """Where mails that were taken lie, of those with a UID from `lowest` on."""
        with self._read() as c:
            here = (sightings.c.account == account, sightings.c.folder == folder, sightings.c.uid >= lowest)
            rows = c.execute(select(sightings).where(*here))
            return frozenset(Place(r.folder, r.uidvalidity, r.uid, r.size, r.internaldate, account) for r in rows)

    def unaccounted(self) -> int:
        """How many mails that the last poll listed ended nowhere (reliability.md P2)."""
        return int(self.mark("unaccounted") or 0)

    def put_unaccounted(self, count: int) -> None:
        if count != self.unaccounted():
            self.put_mark("unaccounted", str(count))

    def record(self, record: Record) -> int | None:
        """One mail with everything that follows from it, whole or not at all. None where another worker was faster."""
        try:
            with self._write() as c:
                return self._record(c, record)
        except IntegrityError:
            known = self.message_known(record.message_id, record.content_key)
            if known is None:
                raise RecordRefused(detail="IntegrityError") from None
            if record.sighting is not None:
                self.sight(record.sighting, known)
            return None

    def _record(self, c: Connection, record: Record) -> int:
        outcome, then = record.outcome, record.decided_at
        key = int(c.execute(_NEW_MESSAGE, message_row(record)).scalar_one())
        note(c, audit.Entry("taken", f"message:{key}", then, None, audit.decision(outcome, record.sha256) | {"rules": record.rules_version}))
        if outcome.filings:
            c.execute(_NEW_FILING, [{"message": key, **filing_row(one)} for one in outcome.filings])
        if outcome.reviews:
            c.execute(_NEW_REVIEW, [{"message": key, "created_at": then, **row} for row in review_rows(record)])
        for ruling in outcome.rulings:
            add_ruling(c, ruling, key)
        if outcome.contacts:
            rows = [{"unit": r.unit, "address": r.address, "fields": dict(r.fields)} for r in outcome.contacts]
            c.execute(_NEW_CONTACT, [{"message": key, "created_at": then, **row} for row in rows])
        for letter in record.letters:
            add_letter(c, letter, key, then)
        if record.sighting is not None:
            c.execute(_NEW_SIGHTING, sighting_row(record.sighting, key))
        reached("record.written")
        return key

    def sight(self, sighting: Sighting, message: int | None) -> None:
        """Marks progress for the mailbox where nothing is recorded (a mail taken before). Seeing a place twice is nothing."""
        with contextlib.suppress(IntegrityError), self._write() as c:
            c.execute(_NEW_SIGHTING, sighting_row(sighting, message))
            came_again(c, sighting.sha256)


def _bookmark(account: str, folder: str) -> str:
    """A mark's name has 80 characters; folders and addresses may be longer."""
    return "folder:" + hashlib.sha256(f"{account}\n{folder}".encode()).hexdigest()
