"""Letters as they come into the outbox, change there, and leave it unsent: said in the audit with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.letter_states import UNSENT
from mailbot.adapters.ledger.rows import letter_row
from mailbot.adapters.tables import letters
from mailbot.domain import audit
from mailbot.domain.records import Posted

_NEW = insert(letters).returning(letters.c.id)


def add_letter(c: Connection, letter: Posted, message: int | None, then: datetime) -> int:
    """Its number in the outbox. `message`: the mail it answers."""
    number = int(c.execute(_NEW, letter_row(letter, message, then)).scalar_one())
    note(c, audit.Entry("letter-written", f"letter:{number}", then, None, audit.letter(letter) | ({"message": message} if message else {})))
    return number


def drop(c: Connection, which: tuple[ColumnElement[bool], ...], why: str, now: datetime) -> int:
    """Letters that are not to go out any more; how many there were."""
    gone = c.execute(update(letters).where(*which).values(state="dropped", problem=why).returning(letters.c.id)).scalars().all()
    note(c, *(audit.Entry("letter-dropped", f"letter:{number}", now, {"state": "waiting"}, {"state": "dropped"}) for number in sorted(gone)))
    return len(gone)


def drop_answers(c: Connection, message: int, why: str, now: datetime) -> None:
    """What answers a mail and surely did not go out. Where it told other mails too, each of these has its own answer again."""
    whole = select(letters.c.joined_into).where(letters.c.message == message, letters.c.state == "joined")
    answers = or_(letters.c.message == message, letters.c.id.in_(whole))
    gone = c.execute(select(letters.c.id).where(UNSENT, answers)).scalars().all()
    drop(c, (letters.c.id.in_(gone),), why, now)
    others = (letters.c.joined_into.in_(gone), letters.c.state == "joined", letters.c.message != message)
    changed_all(c, others, {"state": "waiting", "joined_into": None}, now, {})


def changed(state: str, letter: int, now: datetime, before: str | None, more: dict[str, Any]) -> audit.Entry:
    """`before`: None where it was being sent."""
    return audit.Entry(f"letter-{state}", f"letter:{letter}", now, {"state": before or "sending"}, {"state": state} | more)


def changed_all(c: Connection, which: Sequence[ColumnElement[bool]], told: dict[str, Any], now: datetime, more: dict[str, Any]) -> int:
    """Changes some letters alike; how many."""
    there = c.execute(select(letters.c.id, letters.c.state).where(*which).order_by(letters.c.id)).all()
    if there:
        c.execute(update(letters).where(letters.c.id.in_([r.id for r in there])).values(**told))
        note(c, *(changed(told["state"], r.id, now, r.state, more) for r in there))
    return len(there)
