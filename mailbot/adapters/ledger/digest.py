"""What the daily digest asks of the ledger: what came since, what went out, what people decided."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from mailbot.adapters.ledger.letter_states import READY
from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import filings, letters, messages, rulings
from mailbot.domain.digest import Arrived, UrgentFiling
from mailbot.domain.documents import TROUBLES
from mailbot.domain.manners import ONCE_MORE

_ARRIVED = (messages.c.received_at, messages.c.unit, messages.c.sender, messages.c.subject, messages.c.disposition, messages.c.reason, messages.c.outcome)


class DigestShelf(Store):
    """Reading only."""

    def arrived(self, since: datetime, until: datetime, most: int) -> tuple[Arrived, ...]:
        """The mails that came or were decided within a span: all with files that could not be read, of the others the last `most`; those
        that want someone before others, automatic ones and duplicates not at all."""
        wants = messages.c.disposition.in_(("review", "inquiry"))
        query = (
            select(*_ARRIVED).where(_within(since, until), messages.c.disposition.not_in(("automatic", "duplicate")))
            .order_by(wants.desc(), messages.c.received_at.desc(), messages.c.id.desc()).execution_options(yield_per=200)
        )  # fmt: skip
        found: list[Arrived] = []
        with self._read() as c:
            for r in c.execute(query):
                unread = _unread(r.outcome)
                most -= not unread
                if unread or most >= 0:
                    found.append(Arrived(
                        r.received_at, r.unit, r.sender or "", r.subject, r.disposition, r.outcome.get("reply", {}).get("kind", ""), r.reason,
                        _filed(r.outcome), r.outcome.get("trusted") is True, unread,
                    ))  # fmt: skip
        return tuple(found)

    def arrived_counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Disposition -> how many mails."""
        query = select(messages.c.disposition, func.count()).where(_within(since, until)).group_by(messages.c.disposition)
        with self._read() as c:
            return {row[0]: int(row[1]) for row in c.execute(query)}

    def urgent_filings(self, duties: Collection[tuple[str, str]], since: datetime, until: datetime) -> tuple[UrgentFiling, ...]:
        """What was filed for some (campaign, duty) within a span."""
        if not duties:
            return ()
        query = (
            select(filings.c.campaign, filings.c.unit, filings.c.duty, filings.c.title, filings.c.path, filings.c.received_at)
            .join(messages, filings.c.message == messages.c.id)
            .where(_within(since, until), filings.c.withdrawn_by.is_(None), tuple_(filings.c.campaign, filings.c.duty).in_(list(duties)))
            .order_by(filings.c.received_at.desc(), filings.c.id.desc())
        )  # fmt: skip
        with self._read() as c:
            return tuple(UrgentFiling(r.received_at, r.campaign, r.unit, r.duty, r.title, r.path) for r in c.execute(query))

    def last_digest(self, before: datetime) -> datetime | None:
        """When the last digest before some moment was written."""
        query = select(func.max(letters.c.created_at)).where(letters.c.kind == "digest", letters.c.created_at < before)
        with self._read() as c:
            moment: datetime | None = c.execute(query).scalar()
            return moment

    def last_sent(self, until: datetime) -> datetime | None:
        """When a letter last went out."""
        with self._read() as c:
            moment: datetime | None = c.execute(select(func.max(letters.c.sent_at)).where(letters.c.state == "sent", letters.c.sent_at <= until)).scalar()
            return moment

    def sent_again(self, since: datetime, until: datetime) -> int:
        """Letters that went out within a span and had perhaps gone out before."""
        again = (letters.c.state == "sent", letters.c.action == ONCE_MORE, letters.c.sent_at > since, letters.c.sent_at <= until)
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(letters).where(*again)).scalar_one())

    def waiting_kinds(self) -> Mapping[str, int]:
        """Kind -> how many letters wait."""
        query = select(letters.c.kind, func.count()).where(letters.c.state == "waiting").group_by(letters.c.kind)
        with self._read() as c:
            return {row[0]: int(row[1]) for row in c.execute(query)}

    def waiting_for(self) -> Mapping[tuple[str, str, str | None], int]:
        """(recipient, kind, unit) -> how many letters wait."""
        whom = (letters.c.recipient, letters.c.kind, letters.c.unit)
        with self._read() as c:
            return {(r[0], r[1], r[2]): int(r[3]) for r in c.execute(select(*whom, func.count()).where(READY).group_by(*whom).order_by(*whom))}

    def ruling_counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Act -> how often people decided so."""
        query = select(rulings.c.act, func.count()).where(rulings.c.at > since, rulings.c.at <= until).group_by(rulings.c.act)
        with self._read() as c:
            return {row[0]: int(row[1]) for row in c.execute(query)}


def _unread(outcome: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of a mail that could not be read, as its JSON tells."""
    items = outcome.get("items", ())
    return tuple(item["path"] for item in items if any(found.get("code") in TROUBLES for found in item.get("findings", ())))


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Came in the span, or came before and was only decided in it (the mailbox could not be reached)."""
    came = and_(messages.c.received_at > since, messages.c.received_at <= until)
    return or_(came, and_(messages.c.received_at <= since, messages.c.decided_at > since, messages.c.decided_at <= until))


def _filed(shown: Mapping[str, Any]) -> tuple[tuple[str, str, str, Any], ...]:
    """(campaign, duty, period, copy) of the files that have a place; of a mail under review too, whose places are a guess."""
    items = shown.get("items", ())
    return tuple((i["campaign"], i["duty"], i["period"], i["copy"]) for i in items if i.get("campaign") and i.get("duty") and i.get("period"))
