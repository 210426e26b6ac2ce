"""What a restored ledger is unsure of: letters that the ledger that was lost may have sent."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.letter_states import READY, UNSURE, says
from mailbot.adapters.ledger.store import Store, put
from mailbot.adapters.tables import letters
from mailbot.domain import audit
from mailbot.domain.records import Gone
from mailbot.domain.restoring import ACTION, Fate, Restored, Unsure

_MARK = "restored"
_OPEN = or_(READY, letters.c.state == "sending")
_WORDS = "恢复备份以前可能已经发出"


class RestoredShelf(Store):
    """A restore happens once, into an empty ledger: what it left is asked for once."""

    _restored: tuple[Restored | None] | None = None

    def restored(self) -> Restored | None:
        """The last restore, None where this ledger was never restored."""
        if self._restored is None:
            said = json.loads(self.mark(_MARK) or "{}")
            self._restored = (Restored(datetime.fromisoformat(said["snapshot"]), datetime.fromisoformat(said["at"])) if said else None,)
        return self._restored[0]

    def unsure(self) -> tuple[Unsure, ...]:
        """The letters that the lost ledger may have sent."""
        query = select(letters.c.id, letters.c.kind, letters.c.key, letters.c.recipient, letters.c.subject, letters.c.data).where(UNSURE)
        with self._read() as c:
            return tuple(Unsure(r.id, r.kind, r.key, r.recipient, r.subject, says(r.data)) for r in c.execute(query.order_by(letters.c.id)))

    def unsure_count(self) -> int:
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(letters).where(UNSURE)).scalar_one())

    def sent_before(self, moment: datetime, most: int) -> tuple[Gone, ...]:
        """The last letters that surely went out in the month before."""
        when = (letters.c.state == "sent", letters.c.sent_at <= moment, letters.c.sent_at > moment - timedelta(days=30))
        query = select(letters.c.id, letters.c.sent_at, letters.c.raw).where(*when).order_by(letters.c.sent_at.desc()).limit(most)
        with self._read() as c:
            return tuple(Gone(r.id, r.sent_at, r.raw) for r in c.execute(query))

    def settle_unsure(self, fates: Mapping[int, Fate], now: datetime) -> int:
        """What was found out about them; how many are settled."""
        sent, goes = ([number for number, fate in fates.items() if fate == wanted] for wanted in ("sent", "waiting"))
        with self._write() as c:
            c.execute(update(letters).where(UNSURE, letters.c.id.in_(sent)).values(state="sent", action=None, problem=None, sent_at=now))
            c.execute(update(letters).where(UNSURE, letters.c.id.in_(goes)).values(state="waiting", action=None, problem=None, not_before=now))
            for numbers, state, why in ((sent, "sent", "seen"), (goes, "waiting", "not-seen")):
                note(c, *(_entry(f"letter-{state}", number, now, {"state": state, "why": why}) for number in sorted(numbers)))
        return len(sent) + len(goes)


def mark_restored(c: Connection, restored: Restored, entry: audit.Entry) -> int:
    """From this moment on a ledger goes on after its backup. What waited in it may have gone out since; how many letters."""
    put(c, _MARK, json.dumps({"snapshot": restored.snapshot.isoformat(), "at": restored.at.isoformat()}))
    note(c, entry)
    there = c.execute(select(letters.c.id, letters.c.state).where(_OPEN).order_by(letters.c.id)).all()
    if there:
        c.execute(update(letters).where(_OPEN).values(state="ambiguous", action=ACTION, problem=_WORDS))
        after = {"state": "ambiguous", "action": ACTION}
        note(c, *(audit.Entry("letter-ambiguous", f"letter:{r.id}", restored.at, {"state": r.state}, after) for r in there))
    return len(there)


def _entry(what: str, number: int, now: datetime, after: Mapping[str, str]) -> audit.Entry:
    return audit.Entry(what, f"letter:{number}", now, {"state": "ambiguous"}, after)
