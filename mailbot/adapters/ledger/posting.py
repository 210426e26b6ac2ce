"""Letters as they come into the outbox, and as they leave it unsent: said in the audit with it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, update

from mailbot.adapters.ledger.chain import note
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
