"""The outbox."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal, or_, select, update

from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.letter_states import AGAIN, CUT_OFF, OUT, PERHAPS, READY, UNSENT, UNSURE, WAITS_CUT_OFF, says
from mailbot.adapters.ledger.posting import add_letter, changed, changed_all, drop
from mailbot.adapters.ledger.store import Store, put
from mailbot.adapters.tables import Moment, letters
from mailbot.domain import audit
from mailbot.domain.bounces import Named, signature
from mailbot.domain.letters import JOINABLE, Letter
from mailbot.domain.manners import LONGEST_WAIT, ONCE_MORE, is_mistaken
from mailbot.domain.masking import masked
from mailbot.domain.records import BadAddress, Gone, Posted, Queued, Sendable, Stop
from mailbot.failpoints import reached

_SKEW = timedelta(hours=2)  # between the moment in a letter's Message-ID and the moment it was put into the outbox

_CLAIM = update(letters).where(letters.c.id == bindparam("letter"), READY).values(state="sending").returning(letters.c.raw)
_SETTLE = update(letters).where(letters.c.id == bindparam("letter"), letters.c.state == "sending").values(
    state=bindparam("how"), problem=bindparam("why"), attempts=letters.c.attempts + 1, action=bindparam("what"),
    sent_at=func.coalesce(bindparam("gone_at", type_=Moment), letters.c.sent_at),
    not_before=func.coalesce(bindparam("again_at", type_=Moment), letters.c.not_before),
)  # fmt: skip
_LIGHT = (letters.c.id, letters.c.kind, letters.c.recipient, letters.c.attempts, letters.c.created_at, letters.c.not_before, letters.c.unit, letters.c.action)


class LetterShelf(Store):
    """Letters that wait, went out or did not.

    `not_before` is, of a letter that was never tried, the end of its settle window; of one that was, when it may be tried again; of
    one that failed or came back, when that was. What the provider asks of all letters is a mark of its own (`hold_all`)."""

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

    def waiting(self, now: datetime, *, hurry: bool = False) -> tuple[Sendable, ...]:
        """What may go now, oldest first; in a hurry also answers whose settle window is open still. What a wrong clock wrote waits for
        no year that it named."""
        due = or_(letters.c.not_before <= now, letters.c.not_before > now + LONGEST_WAIT)
        return self._light(READY, or_(due, and_(letters.c.attempts == 0, letters.c.kind.in_(JOINABLE))) if hurry else due)

    def unsettled(self) -> tuple[Sendable, ...]:
        """Answers that were never tried, whether their window is over or not: what may be joined."""
        return self._light(letters.c.state == "waiting", letters.c.attempts == 0, letters.c.kind.in_(JOINABLE))

    def _light(self, *conditions: object) -> tuple[Sendable, ...]:
        query = select(*_LIGHT).where(*conditions).order_by(letters.c.id)  # type: ignore[arg-type]
        with self._read() as c:
            return tuple(
                Sendable(r.id, r.kind, r.recipient, r.attempts, r.created_at, r.not_before, r.unit, r.action or "") for r in c.execute(query)
            )

    def waiting_count(self) -> int:
        """Letters that wait, whenever they may go."""
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(letters).where(READY)).scalar_one())

    def told_in(self, numbers: Sequence[int]) -> tuple[Letter | None, ...]:
        """What these letters say; None for one that cannot be joined (written by another version)."""
        with self._read() as c:
            found = {r.id: r.data for r in c.execute(select(letters.c.id, letters.c.data).where(letters.c.id.in_(numbers)))}
        return tuple(says(found.get(number)) for number in numbers)

    def post_joined(self, posted: Posted, instead_of: Sequence[int], now: datetime) -> int | None:
        """One letter instead of several, whole or not at all: its number. None where one of them went out meanwhile."""
        with self._write() as c:
            untouched = (letters.c.id.in_(instead_of), letters.c.state == "waiting", letters.c.attempts == 0)
            there = list(c.execute(select(letters.c.message).where(*untouched).order_by(letters.c.id)).scalars())
            if len(there) != len(instead_of):
                return None
            number = add_letter(c, posted, there[-1], now)
            c.execute(update(letters).where(letters.c.id.in_(instead_of)).values(state="joined", joined_into=number))
            note(c, *(changed("joined", one, now, "waiting", {"into": number}) for one in sorted(instead_of)))
            reached("joined.written")
            return number

    def claim(self, letter: int) -> bytes | None:
        """waiting -> sending, once: of two senders one gets its bytes."""
        with self._write() as c:
            raw: bytes | None = c.execute(_CLAIM, {"letter": letter}).scalar()
            reached("claim.written")
            return raw

    def withdraw(self, letter: int, why: str, now: datetime) -> bool:
        """A letter that waits is not to go out any more: whether it was there still, nobody was sending it, and it is not perhaps out."""
        with self._write() as c:
            return drop(c, (letters.c.id == letter, UNSENT), why, now) == 1

    def take_back(self, keys: str, but: str, why: str, now: datetime) -> str:
        """Letters whose keys begin so, all but one, go no more where they surely did not go out. The kind of the last that did or may
        have, "" where none did."""
        mine = (letters.c.key.startswith(keys, autoescape=True), letters.c.key != but)
        told = letters.c.state.in_(("waiting", "sending", "sent", "ambiguous"))  # those that wait then were cut off
        with self._write() as c:
            drop(c, (UNSENT, *mine), why, now)
            return c.execute(select(letters.c.kind).where(*mine, told).order_by(letters.c.id.desc()).limit(1)).scalar() or ""

    def settle_letter(
        self, letter: int, state: str, now: datetime, *, problem: str = "", again_at: datetime | None = None, action: str = ""
    ) -> None:
        """How the try of a claimed letter ended. `action`: what it asks for besides waiting."""
        gone_at = now if state in ("sent", "ambiguous") else None
        values = {"how": state, "why": problem or None, "gone_at": gone_at, "again_at": now if state == "failed" else again_at, "what": action or None}
        with self._write() as c:
            if c.execute(_SETTLE, {"letter": letter, **values}).rowcount:  # else it came back while the server took its time
                note(c, changed(state, letter, now, None, {"action": action} if action else {}))
            reached("settled.written")

    def hold_all(self, until: datetime, now: datetime) -> None:
        """No letter goes out before `until` (the provider asked for a pause, or refuses the login)."""
        held = self.held_until()
        if held is None or held < until or is_mistaken(held, now):
            self.put_mark("hold_until", until.isoformat())

    def held_until(self) -> datetime | None:
        value = self.mark("hold_until")
        return datetime.fromisoformat(value) if value else None

    def stop(self, stop: Stop) -> None:
        """The kill switch."""
        self._switch({"by": stop.by, "at": stop.at.isoformat(), "why": stop.why}, "stopped", stop.by, stop.at)

    def resume(self, by: str, now: datetime) -> None:
        """The kill switch off."""
        self._switch({}, "resumed", by, now)

    def _switch(self, said: dict[str, str], what: str, by: str, now: datetime) -> None:
        with self._write() as c:
            put(c, "paused", json.dumps(said, ensure_ascii=False))
            note(c, audit.Entry(what, "sending:all", now, who=masked(by), via="command"))

    def stopped(self) -> Stop | None:
        said = json.loads(self.mark("paused") or "{}")
        return Stop(said["by"], datetime.fromisoformat(said["at"]), said["why"]) if said else None

    def interrupted(self, now: datetime) -> int:
        """Letters left in `sending` by a crash: nobody knows whether they went out. The first time they wait to be tried once more, the
        second time they are only shown; so is what was being tried once more already. Those that wait are counted until they are
        tried again: who counted them may have been killed before anybody was told."""
        cut_off = letters.c.state == "sending"
        told = {"problem": CUT_OFF, "attempts": letters.c.attempts + 1}
        tried = or_(letters.c.problem == CUT_OFF, letters.c.action == ONCE_MORE)
        with self._write() as c:
            twice = changed_all(c, (cut_off, tried), {"state": "ambiguous", "action": "review", "sent_at": now, **told}, now, {"cut-off": 2})
            changed_all(c, (cut_off,), {"state": "waiting", "action": ONCE_MORE, **told}, now, {"cut-off": 1})
            once = c.execute(select(func.count()).select_from(letters).where(WAITS_CUT_OFF)).scalar_one()
            return twice + int(once)

    def release(self, numbers: Collection[int] | None, state: str, by: str, now: datetime) -> tuple[int, ...]:
        """What a person says of letters that are perhaps sent and that nothing more is done with: `waiting`, they go out; `dropped`, they
        do not. `numbers`: None for all that a restore left. The letters that were such."""
        which: ColumnElement[bool] = UNSURE if numbers is None else and_(PERHAPS, letters.c.id.in_(tuple(numbers)))
        said = {"state": state, "action": None, "problem": None if state == "waiting" else "由人工决定不再发", "not_before": now}
        with self._write() as c:
            found = tuple(c.execute(select(letters.c.id).where(which).order_by(letters.c.id)).scalars())
            if found:
                c.execute(update(letters).where(letters.c.id.in_(found)).values(**said))
                what, before, who = "letter-released" if state == "waiting" else "letter-dropped", {"state": "ambiguous"}, masked(by)
                note(c, *(audit.Entry(what, f"letter:{number}", now, before, {"state": state}, who, "command") for number in found))
        return found

    def sent_count(
        self, since: datetime, now: datetime, recipient: str | None = None, *, kinds: Collection[str] = (), unit: str | None = None, of_any: bool = False
    ) -> int:
        """Letters that went out since then, or may have; not what was dated after `now` by a clock that was wrong. `kinds`: of these
        only, and about `unit` only (None: about none), unless `of_any`."""
        gone = or_(and_(letters.c.state.in_(OUT), letters.c.sent_at.between(since, now)), letters.c.state == "sending", WAITS_CUT_OFF)
        return self._count(gone, recipient, *((letters.c.kind.in_(tuple(kinds)), or_(letters.c.unit == unit, literal(of_any))) if kinds else ()))

    def sent_between(self, since: datetime, until: datetime, recipient: str | None = None) -> int:
        """Letters that went out within a span that is over, or may have."""
        return self._count(and_(letters.c.state.in_(OUT), letters.c.sent_at >= since, letters.c.sent_at < until), recipient)

    def _count(self, which: ColumnElement[bool], recipient: str | None, *more: ColumnElement[bool]) -> int:
        to = () if recipient is None else (letters.c.recipient == recipient,)
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(letters).where(which, *to, *more)).scalar_one())

    def sent_first(self, since: datetime, now: datetime) -> datetime | None:
        """When the first letter since then went out."""
        query = select(func.min(letters.c.sent_at)).where(letters.c.state.in_(OUT), letters.c.sent_at.between(since, now))
        with self._read() as c:
            found: datetime | None = c.execute(query).scalar()
            return found

    def letters_listed(self) -> tuple[Queued, ...]:
        query = select(letters).order_by(letters.c.id)
        with self._read() as c:
            return tuple(
                Queued(r.id, r.kind, r.recipient, r.subject, r.state, r.created_at, r.sent_at, r.attempts, r.problem or "", r.raw, r.unit, r.joined_into,
                       r.action or "")
                for r in c.execute(query)
            )  # fmt: skip

    # --- what became of letters that went out -------------------------------------------------------------------------------

    def find_letters(self, named: Iterable[Named], secret: bytes) -> tuple[int, ...]:
        """The letters that Message-IDs were signed for. What was written about one moment is looked through once, however many ids
        name it."""
        at: dict[datetime, set[str]] = {}
        for one in named:
            at.setdefault(one.written_at, set()).add(one.signature)
        found: dict[int, None] = {}
        with self._read() as c:
            for moment, signed in at.items():
                near = letters.c.created_at.between(moment - _SKEW, moment + _SKEW)
                rows = c.execute(select(letters.c.id, letters.c.key, letters.c.recipient).where(near).order_by(letters.c.id))
                found |= dict.fromkeys(r.id for r in rows if signature(secret, r.key, r.recipient) in signed)
        return tuple(found)

    def came_back(self, letter: int, why: str, now: datetime) -> bool:
        """It was returned: whether that was news."""
        out = or_(letters.c.state.in_(("sent", "ambiguous", "sending")), WAITS_CUT_OFF)
        told = {
            "state": "bounced", "action": "bad-address", "problem": why, "sent_at": func.coalesce(letters.c.sent_at, letters.c.created_at), "not_before": now,
        }  # fmt: skip
        with self._write() as c:
            return changed_all(c, (letters.c.id == letter, out), told, now, {}) == 1

    def was_seen(self, letter: int, now: datetime) -> bool:
        """A copy of it was found where only letters lie that went out: whether that was in doubt."""
        doubted = or_(letters.c.state == "ambiguous", WAITS_CUT_OFF)
        told = {"state": "sent", "action": None, "problem": None, "sent_at": func.coalesce(letters.c.sent_at, literal(now, Moment()))}
        with self._write() as c:
            return changed_all(c, (letters.c.id == letter, doubted), told, now, {"seen": True}) == 1

    def doubtful(self) -> tuple[Gone, ...]:
        """Letters of which nobody knows whether they went out, and that are to be tried once more."""
        return self._gone(or_(AGAIN, WAITS_CUT_OFF), 1000)

    def uncopied(self, since: datetime, most: int) -> tuple[Gone, ...]:
        """Letters that went out since then and lie in no Sent folder yet, oldest first."""
        return self._gone(and_(letters.c.state.in_(("sent", "bounced")), letters.c.copied_at.is_(None), letters.c.sent_at >= since), most)

    def _gone(self, which: object, most: int) -> tuple[Gone, ...]:
        query = select(letters.c.id, letters.c.sent_at, letters.c.created_at, letters.c.raw).where(which).order_by(letters.c.id).limit(most)  # type: ignore[arg-type]
        with self._read() as c:
            return tuple(Gone(r.id, r.sent_at or r.created_at, r.raw) for r in c.execute(query))

    def copied(self, numbers: Iterable[int], now: datetime) -> None:
        """They lie in the Sent folder."""
        with self._write() as c:
            c.execute(update(letters).where(letters.c.id.in_(tuple(numbers))).values(copied_at=now))

    def bad_addresses(self) -> tuple[BadAddress, ...]:
        """Addresses of which the latest letter that came to an end did not arrive, or was refused for the address's sake."""
        ended = case((letters.c.state == "failed", letters.c.not_before), else_=letters.c.sent_at)
        query = (
            select(letters.c.id, letters.c.recipient, letters.c.unit, letters.c.problem, letters.c.action, letters.c.state, ended.label("ended"))
            .where(or_(letters.c.state.in_(("sent", "bounced")), and_(letters.c.state == "failed", letters.c.action == "bad-address")))
            .order_by(ended, letters.c.id)
        )  # fmt: skip
        with self._read() as c:
            latest = {row.recipient.lower(): row for row in c.execute(query)}
        return tuple(
            BadAddress(r.recipient, r.unit, r.ended, r.problem or "", r.id) for r in latest.values() if r.action == "bad-address" and r.state != "sent"
        )

    def wanting_staff(self, since: datetime, now: datetime) -> tuple[Queued, ...]:
        """Letters that ended badly since then: refused, come back (be it a letter of last week), or perhaps not sent and not tried again."""
        ended = case((letters.c.state.in_(("failed", "bounced")), letters.c.not_before), else_=letters.c.sent_at)
        bad = or_(letters.c.state.in_(("failed", "bounced")), PERHAPS)
        query = select(*(column for column in letters.c if column.name not in ("raw", "data"))).where(bad, ended.between(since, now)).order_by(letters.c.id)
        with self._read() as c:
            return tuple(
                Queued(r.id, r.kind, r.recipient, r.subject, r.state, r.created_at, r.sent_at, r.attempts, r.problem or "", b"", r.unit, None, r.action or "")
                for r in c.execute(query)
            )
