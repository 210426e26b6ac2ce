"""The outbox."""

from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select, update

from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import Moment, letters
from mailbot.domain.records import Queued, Sendable

_CLAIM = update(letters).where(letters.c.id == bindparam("letter"), letters.c.state == "waiting").values(state="sending")
_SETTLE = update(letters).where(letters.c.id == bindparam("letter")).values(
    state=bindparam("how"), problem=bindparam("why"), attempts=letters.c.attempts + 1,
    sent_at=func.coalesce(bindparam("gone_at", type_=Moment), letters.c.sent_at),
    not_before=func.coalesce(bindparam("again_at", type_=Moment), letters.c.not_before),
)  # fmt: skip


class LetterShelf(Store):
    """Letters that wait, went out or did not."""

    _live_since: datetime | None = None

    def mark_live(self, now: datetime) -> None:
        """Remembers the moment sending first went live; later calls change nothing."""
        if self.live_since() is None:
            self.put_mark_once("live_since", now.isoformat())

    def live_since(self) -> datetime | None:
        """Written once and never changed, so it is asked for once."""
        if self._live_since is None:
            value = self.mark("live_since")
            self._live_since = datetime.fromisoformat(value) if value else None
        return self._live_since

    def waiting(self, now: datetime) -> tuple[Sendable, ...]:
        """What may go now; letters to units before those that only answer strangers."""
        last = letters.c.kind.in_(("held", "held-notice", "forged-notice", "unknown-unit"))
        query = select(letters).where(letters.c.state == "waiting", letters.c.not_before <= now).order_by(last, letters.c.id)
        with self._read() as c:
            return tuple(Sendable(r.id, r.kind, r.recipient, r.raw, r.attempts, r.created_at) for r in c.execute(query))

    def claim(self, letter: int) -> bool:
        """waiting -> sending, once: of two senders one gets it."""
        with self._write() as c:
            return c.execute(_CLAIM, {"letter": letter}).rowcount == 1

    def settle_letter(self, letter: int, state: str, now: datetime, *, problem: str = "", again_at: datetime | None = None) -> None:
        gone_at = now if state in ("sent", "ambiguous") else None
        with self._write() as c:
            c.execute(_SETTLE, {"letter": letter, "how": state, "why": problem or None, "gone_at": gone_at, "again_at": again_at})

    def hold_all(self, until: datetime) -> None:
        """No letter goes out before `until` (the provider asked for a pause, or refuses the login)."""
        with self._write() as c:
            c.execute(update(letters).where(letters.c.state == "waiting", letters.c.not_before < until).values(not_before=until))

    def interrupted(self, now: datetime) -> int:
        """Letters left in `sending` by a crash: nobody knows whether they went out. The first time they wait again, the
        second time they are only shown."""
        cut_off = letters.c.state == "sending"
        told = {"problem": "发送途中程序中断", "attempts": letters.c.attempts + 1}
        with self._write() as c:
            twice = c.execute(update(letters).where(cut_off, letters.c.problem == told["problem"]).values(state="ambiguous", sent_at=now, **told))
            once = c.execute(update(letters).where(cut_off).values(state="waiting", **told))
            return twice.rowcount + once.rowcount

    def sent_count(self, since: datetime, recipient: str | None = None) -> int:
        """Letters that went out since then, or may have."""
        gone = and_(letters.c.state.in_(("sent", "ambiguous")), letters.c.sent_at >= since)
        query = select(func.count()).select_from(letters).where(or_(gone, letters.c.state == "sending"))
        if recipient is not None:
            query = query.where(letters.c.recipient == recipient)
        with self._read() as c:
            return int(c.execute(query).scalar_one())

    def letters_listed(self) -> tuple[Queued, ...]:
        query = select(letters).order_by(letters.c.id)
        with self._read() as c:
            return tuple(
                Queued(r.id, r.kind, r.recipient, r.subject, r.state, r.created_at, r.sent_at, r.attempts, r.problem or "", r.raw)
                for r in c.execute(query)
            )
