"""What a restored ledger is unsure of: letters that the ledger that was lost may have sent."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from mailbot.adapters.codec import BadAnswer, from_json
from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.store import Store, put
from mailbot.adapters.tables import letters
from mailbot.domain import audit
from mailbot.domain.letters import Letter
from mailbot.domain.records import Gone
from mailbot.domain.restoring import ACTION, Fate, Restored, Unsure
from mailbot.domain.text import masked

_MARK = "restored"
_UNSURE = and_(letters.c.state == "ambiguous", letters.c.action == ACTION)
_PERHAPS = and_(letters.c.state == "ambiguous", func.coalesce(letters.c.action, "") != "once-more")  # nothing is done with these unless a person says so
_OPEN = or_(letters.c.state.in_(("waiting", "sending")), and_(letters.c.state == "ambiguous", letters.c.action == "once-more"))
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
        query = select(letters.c.id, letters.c.kind, letters.c.key, letters.c.recipient, letters.c.subject, letters.c.data).where(_UNSURE)
        with self._read() as c:
            return tuple(Unsure(r.id, r.kind, r.key, r.recipient, r.subject, _says(r.data)) for r in c.execute(query.order_by(letters.c.id)))

    def unsure_count(self) -> int:
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(letters).where(_UNSURE)).scalar_one())

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
            c.execute(update(letters).where(_UNSURE, letters.c.id.in_(sent)).values(state="sent", action=None, problem=None, sent_at=now))
            c.execute(update(letters).where(_UNSURE, letters.c.id.in_(goes)).values(state="waiting", action=None, problem=None, not_before=now))
            for numbers, state, why in ((sent, "sent", "seen"), (goes, "waiting", "not-seen")):
                note(c, *(_entry(f"letter-{state}", number, now, {"state": state, "why": why}) for number in sorted(numbers)))
        return len(sent) + len(goes)

    def release(self, numbers: Collection[int] | None, state: str, by: str, now: datetime) -> tuple[int, ...]:
        """What a person says of letters that are perhaps sent and that nothing more is done with: `waiting`, they go out; `dropped`, they
        do not. `numbers`: None for all that a restore left. The letters that were such."""
        which: ColumnElement[bool] = _UNSURE if numbers is None else and_(_PERHAPS, letters.c.id.in_(tuple(numbers)))
        said = {"state": state, "action": None, "problem": None if state == "waiting" else "由人工决定不再发", "not_before": now}
        with self._write() as c:
            found = tuple(c.execute(select(letters.c.id).where(which).order_by(letters.c.id)).scalars())
            if found:
                c.execute(update(letters).where(letters.c.id.in_(found)).values(**said))
                what = "letter-released" if state == "waiting" else "letter-dropped"
                note(c, *(_entry(what, number, now, {"state": state}, by) for number in found))
        return found


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


def _entry(what: str, number: int, now: datetime, after: Mapping[str, str], by: str = "") -> audit.Entry:
    return audit.Entry(what, f"letter:{number}", now, {"state": "ambiguous"}, after, masked(by), "command" if by else "")


def _says(data: object) -> Letter | None:
    try:
        return from_json(Letter, data) if data else None
    except BadAnswer:
        return None
