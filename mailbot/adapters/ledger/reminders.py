"""Which reminders were written, and the letters of the day's round."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from mailbot.adapters.ledger.letter_states import UNSENT
from mailbot.adapters.ledger.posting import add_letter, drop
from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import contacts, letters, reminders
from mailbot.domain.chasing import Chased
from mailbot.domain.records import Posted
from mailbot.domain.reminders import StepKey
from mailbot.failpoints import reached

_NEW_STEP = insert(reminders)
_AGAIN = update(reminders).where(
    reminders.c.campaign == bindparam("of_campaign"), reminders.c.unit == bindparam("of_unit"), reminders.c.duty == bindparam("of_duty"),
    reminders.c.period == bindparam("of_period"), reminders.c.step == bindparam("of_step"),
).values(at=bindparam("then"), letter=bindparam("told_by"))  # fmt: skip


class RemindersShelf(Store):
    """Steps of reminders, each taken once."""

    def reminders_taken(self, campaign: str, owed: Collection[tuple[str, str]]) -> Mapping[StepKey, bool]:
        """The steps taken of some (duty, period). False: its letter was dropped before it went out, or could not be written, so the step is
        open again."""
        if not owed:
            return {}
        untold = or_(letters.c.state == "dropped", letters.c.raw == b"").label("untold")
        query = select(reminders, untold).outerjoin(letters, reminders.c.letter == letters.c.id).where(
            reminders.c.campaign == campaign, tuple_(reminders.c.duty, reminders.c.period).in_(list(owed))
        )  # fmt: skip
        with self._read() as c:
            return {((r.campaign, r.unit, r.duty, r.period), r.step): not r.untold for r in c.execute(query)}

    def keys_written(self, kinds: Collection[str], since: datetime) -> frozenset[str]:
        """The keys of the letters of some kinds that were written since."""
        query = select(letters.c.key).where(letters.c.kind.in_(tuple(kinds)), letters.c.created_at >= since)
        with self._read() as c:
            return frozenset(c.execute(query).scalars())

    def put_chased(self, chased: Iterable[Chased], at: datetime) -> bool:
        """The letters of a round with the steps that they take, whole or not at all. False where another worker was faster."""
        try:
            with self._write() as c:
                for one in chased:
                    self._chase(c, one, at)
                    reached("chased.written")
        except IntegrityError:
            return False
        return True

    def _chase(self, c: Connection, one: Chased, at: datetime) -> None:
        number = add_letter(c, one.letter, None, at)
        fresh = [_step(key, at, number) for key in one.told] + [_step(key, at, None) for key in one.left_out]
        if fresh:
            c.execute(_NEW_STEP, fresh)
        if one.again:
            c.execute(_AGAIN, [_again(key, at, number) for key in one.again])

    def put_letters(self, posted: Iterable[Posted], at: datetime) -> int:
        """Letters that answer no mail; one whose key is there already is left as it is. How many were new."""
        new = 0
        for letter in posted:
            try:
                with self._write() as c:
                    add_letter(c, letter, None, at)
                new += 1
            except IntegrityError:
                continue
        return new

    def drop(self, kinds: Collection[str], before: datetime, why: str, now: datetime) -> int:
        """Letters of some kinds that still wait and were written before: they do not go out any more, unless they are perhaps out. How
        many there were."""
        which = (UNSENT, letters.c.kind.in_(tuple(kinds)), letters.c.created_at < before)
        with self._write() as c:
            return drop(c, which, why, now)

    def unit_contacts(self) -> Mapping[str, Mapping[str, Any]]:
        """Unit -> the fields of its last liaison form."""
        query = select(contacts.c.unit, contacts.c.fields).order_by(contacts.c.created_at, contacts.c.id)
        with self._read() as c:
            return {row.unit: dict(row.fields) for row in c.execute(query)}

    def letter_data(self, letter: int) -> Mapping[str, Any] | None:
        """What was kept of what a letter was made from."""
        with self._read() as c:
            found: Mapping[str, Any] | None = c.execute(select(letters.c.data).where(letters.c.id == letter)).scalar()
            return found


def _step(key: StepKey, at: datetime, letter: int | None) -> dict[str, Any]:
    (campaign, unit, duty, period), step = key
    return {"campaign": campaign, "unit": unit, "duty": duty, "period": period, "step": step, "at": at, "letter": letter}


def _again(key: StepKey, at: datetime, letter: int) -> dict[str, Any]:
    (campaign, unit, duty, period), step = key
    return {"of_campaign": campaign, "of_unit": unit, "of_duty": duty, "of_period": period, "of_step": step, "then": at, "told_by": letter}
