"""What waits for a person, and what people decided."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, insert, or_, select, update

from mailbot.adapters.codec import from_json
from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.letter_states import UNSENT
from mailbot.adapters.ledger.posting import add_letter, drop_answers
from mailbot.adapters.ledger.rows import (
    filing_row,
    gist,
    message_row,
    review_rows,
    ruling_of,
    ruling_row,
    seen_in,
    sums,
)
from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import contacts, filings, letters, messages, reviews, rulings
from mailbot.domain import audit
from mailbot.domain.letters import JOINABLE
from mailbot.domain.masking import masked
from mailbot.domain.outcome import ReviewItem
from mailbot.domain.records import Archived, Past, Record
from mailbot.domain.reviews import OpenReview
from mailbot.domain.rulings import OF_A_MAIL, Ruling
from mailbot.failpoints import reached

_OPEN = (reviews.c.settled_at.is_(None),)


class DeskShelf(Store):
    """Questions to people, and what they answered."""

    def open_reviews(self, now: datetime) -> tuple[OpenReview, ...]:
        """What waits for a person, oldest first; not what has run out (a cloud attachment that is gone)."""
        last = select(rulings.c.review, func.max(rulings.c.at).label("said_at")).group_by(rulings.c.review).subquery()
        query = (
            select(reviews, messages.c.unit, messages.c.sender, messages.c.subject, messages.c.received_at, messages.c.outcome, messages.c.number, last.c.said_at)
            .join(messages, reviews.c.message == messages.c.id).outerjoin(last, last.c.review == reviews.c.id)
            .where(*_OPEN, or_(reviews.c.until.is_(None), reviews.c.until > now)).order_by(reviews.c.id)
        )  # fmt: skip
        with self._read() as c:
            rows = c.execute(query).all()
        return tuple(
            OpenReview(
                r.id, r.kind, r.question, tuple(r.paths), r.unit, r.sender, r.subject, r.received_at, sums(r.outcome, r.paths), r.message, r.number,
                seen_in(r.outcome), r.said_at, r.created_at, from_json(tuple[Ruling, ...], r.proposed or []),
            )
            for r in rows
        )  # fmt: skip

    def rulings(self) -> tuple[Ruling, ...]:
        """All that was ever decided, also what was undone, in the order it was said."""
        with self._read() as c:
            return tuple(ruling_of(row) for row in c.execute(select(rulings).order_by(rulings.c.id)))

    def rule(self, said: Iterable[Ruling]) -> tuple[Ruling, ...]:
        """Records what a person decided; it is carried out afterwards (`unfinished`)."""
        with self._write() as c:
            return tuple(add_ruling(c, ruling, None) for ruling in said)

    def unfinished(self) -> tuple[Ruling, ...]:
        with self._read() as c:
            return tuple(ruling_of(row) for row in c.execute(select(rulings).where(rulings.c.carried_out_at.is_(None)).order_by(rulings.c.id)))

    def ask(self, message: int, review: ReviewItem, now: datetime) -> None:
        """One more question about a mail, unless it is open already."""
        with self._write() as c:
            asked = select(reviews.c.id).where(reviews.c.message == message, reviews.c.question == review.question, *_OPEN)
            if c.execute(asked).first() is None:
                c.execute(insert(reviews).values(message=message, created_at=now, kind=review.kind, question=review.question, paths=list(review.paths)))
                note(c, audit.Entry("asked", f"message:{message}", now, None, {"kind": review.kind}))

    def finish(self, ruling: Ruling, now: datetime) -> None:
        """Marks a ruling as carried out; the question it answers is settled, or open again where it takes another back."""
        with self._write() as c:
            if ruling.act == "undo":
                _take_back(c, ruling, now)
            else:
                _settle(c, ruling, now)
            c.execute(update(rulings).where(rulings.c.id == ruling.id).values(carried_out_at=now))
            note(c, audit.Entry("carried-out", f"ruling:{ruling.id}", now, None, {"act": ruling.act}, masked(ruling.by), ruling.via))

    def message_numbered(self, number: str) -> int | None:
        """The mail with a receipt number. None where none or several have it: its 24 bits are no secret and can be made to agree."""
        with self._read() as c:
            found = list(c.execute(select(messages.c.id).where(messages.c.number == number.upper()).limit(2)).scalars())
            return int(found[0]) if len(found) == 1 else None

    def held_from(self, address: str) -> tuple[int, ...]:
        """The mails of an address that wait because nobody knows it."""
        query = (
            select(messages.c.id).join(reviews, reviews.c.message == messages.c.id).order_by(messages.c.id).distinct()
            .where(messages.c.sender == address.lower(), reviews.c.kind == "unknown-sender", *_OPEN)
        )  # fmt: skip
        with self._read() as c:
            return tuple(c.execute(query).scalars())

    def mails_from(self, address: str) -> tuple[int, ...]:
        """All mails of an address that reports came with, or that wait."""
        query = select(messages.c.id).where(messages.c.sender == address.lower(), messages.c.disposition.in_(("submission", "review")))
        with self._read() as c:
            return tuple(c.execute(query.order_by(messages.c.id)).scalars())

    def kept(self, message: int) -> Archived | None:
        with self._read() as c:
            row = c.execute(select(messages).where(messages.c.id == message)).first()
            return Archived(row.id, row.sha256, row.file, row.received_at, row.outcome) if row else None

    def past(self) -> tuple[Past, ...]:
        """All mails that were taken, in the order they were."""
        wanted = [messages.c[f.name] for f in fields(Past) if f.name != "message"]
        with self._read() as c:
            return tuple(Past(*row) for row in c.execute(select(messages.c.id, *wanted).order_by(messages.c.id)))

    def commands(self) -> Mapping[int, int]:
        """Number of a ruling -> of the mail that said it, where one did."""
        with self._read() as c:
            return {row.id: row.command for row in c.execute(select(rulings.c.id, rulings.c.command).where(rulings.c.command.is_not(None)))}

    def shaken(self, ruling: int) -> tuple[int, ...]:
        """Other mails whose answers surely did not go out yet and speak of units of which a ruling put something out of force."""
        again = filings.alias().c
        same = (again[name] == filings.c[name] for name in ("message", "campaign", "unit", "duty", "period", "copy", "sha256"))
        gone = (filings.c.withdrawn_by == ruling, ~exists().where(*same, again.withdrawn_by.is_(None)))
        units = select(filings.c.unit).where(*gone)
        theirs = or_(letters.c.unit.in_(units), letters.c.message.in_(select(again.message).where(again.withdrawn_by.is_(None), again.unit.in_(units))))
        itself = select(filings.c.message).where(*gone)
        query = select(letters.c.message).where(UNSENT, letters.c.kind.in_(JOINABLE), theirs, letters.c.message.not_in(itself))
        with self._read() as c:
            return tuple(c.execute(query.distinct().order_by(letters.c.message)).scalars())

    def record_again(self, mail: Archived, record: Record, ruling: Ruling, *, last: int, same: bool) -> bool:
        """What was decided about a mail is put in the place of what was decided before, whole or not at all. What was filed before
        is kept, out of force; questions that are asked again stay open under their numbers; letters that tell something else and surely
        did not go out go no more, unless it is the `same` that they tell. False, and nothing done, where somebody ruled after the ruling `last`. What this
        very ruling did before a crash kept it from being finished stands."""
        message, now, outcome = mail.message, record.decided_at, record.outcome
        with self._write() as c:
            if (c.execute(select(func.max(rulings.c.id))).scalar() or 0) > last:
                return False
            if str(message) in (c.execute(select(rulings.c.after).where(rulings.c.id == ruling.id)).scalar() or ()):
                return True
            then = {k: v for k, v in message_row(record).items() if k in ("decided_at", "disposition", "reason", "unit", "rules_version", "outcome")}
            c.execute(update(messages).where(messages.c.id == message).values(**then))
            c.execute(update(filings).where(filings.c.message == message, filings.c.withdrawn_by.is_(None)).values(withdrawn_by=ruling.id))
            if outcome.filings:
                c.execute(insert(filings), [{"message": message, **filing_row(one)} for one in outcome.filings])
            _renew(c, message, review_rows(record), ruling, now)
            if outcome.contacts and not c.execute(select(func.count()).where(contacts.c.message == message)).scalar():
                rows = ({"unit": r.unit, "address": r.address, "fields": dict(r.fields)} for r in outcome.contacts)
                c.execute(insert(contacts), [{"message": message, "created_at": now, **row} for row in rows])
            told = audit.decision(outcome, record.sha256) | {"rules": record.rules_version, "ruling": ruling.id}
            note(c, audit.Entry("decided-again", f"message:{message}", now, audit.shown_decision(mail.shown), told, masked(ruling.by), ruling.via))
            if not same:
                drop_answers(c, message, "邮件重新判定了，这封答复不再发", now)
            keys = [letter.key for letter in record.letters]
            there = set(c.execute(select(letters.c.key).where(letters.c.key.in_(keys))).scalars()) if keys else set()
            for letter in record.letters:
                if letter.key not in there:  # of two that carry out the same ruling one comes second
                    add_letter(c, letter, message, now)
            _trace(c, ruling, message, gist(mail.shown), gist(record.shown))
            reached("again.written")
        return True


def _settle(c: Connection, ruling: Ruling, now: datetime) -> None:
    if ruling.review is not None and ruling.act not in OF_A_MAIL:
        settled = {"settled_at": now, "settled_by": ruling.id, "answer": ruling.act}
        c.execute(update(reviews).where(reviews.c.id == ruling.review, *_OPEN).values(**settled))


def _take_back(c: Connection, ruling: Ruling, now: datetime) -> None:
    """What the undone ruling settled is open again; where an undo is undone, the first ruling's answer stands again."""
    row = c.execute(select(rulings).where(rulings.c.id == ruling.undoes)).first()
    if row is not None and row.act == "undo":
        first = c.execute(select(rulings).where(rulings.c.id == row.undoes)).first()
        if first is not None:
            _settle(c, ruling_of(first), now)
        return
    c.execute(update(reviews).where(reviews.c.settled_by == ruling.undoes).values(settled_at=None, settled_by=None, answer=None))


def _trace(c: Connection, ruling: Ruling, message: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """What the ruling changed of a mail; told twice (a crash came between) the first `before` counts."""
    row = c.execute(select(rulings.c.before, rulings.c.after).where(rulings.c.id == ruling.id)).first()
    was, now = ((row.before or {}), (row.after or {})) if row else ({}, {})
    values = {"before": {str(message): before} | was, "after": now | {str(message): after}}
    c.execute(update(rulings).where(rulings.c.id == ruling.id).values(**values))


def _renew(c: Connection, message: int, wanted: list[dict[str, Any]], ruling: Ruling, now: datetime) -> None:
    """The open questions of a mail become `wanted`; one that was asked before gets its number back."""
    asked = c.execute(select(reviews).where(reviews.c.message == message).order_by(reviews.c.id)).all()
    known = {(r.kind, r.question, tuple(r.paths)): r for r in asked}
    again = {k for k in ((w["kind"], w["question"], tuple(w["paths"])) for w in wanted) if k in known}
    for key, row in known.items():
        if key in again and row.settled_by is not None and row.settled_by in (ruling.undoes, ruling.id):
            c.execute(update(reviews).where(reviews.c.id == row.id).values(settled_at=None, settled_by=None, answer=None))
        elif key not in again and row.settled_at is None:
            c.execute(update(reviews).where(reviews.c.id == row.id).values(settled_at=now, settled_by=ruling.id, answer=ruling.act))
    new = [w for w in wanted if (w["kind"], w["question"], tuple(w["paths"])) not in known]
    if new:
        c.execute(insert(reviews), [{"message": message, "created_at": now, **row} for row in new])


def add_ruling(c: Connection, ruling: Ruling, command: int | None) -> Ruling:
    """One ruling as it is said, with the number it got."""
    number = c.execute(insert(rulings).returning(rulings.c.id), ruling_row(ruling) | {"command": command}).scalar_one()
    if ruling.at is not None:
        note(c, audit.ruled(ruling, int(number), ruling.at))
    return replace(ruling, id=int(number))

