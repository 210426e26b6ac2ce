"""The ledger (台账) on SQLite or PostgreSQL: what came, what was filed, what waits to be sent. One transaction a mail."""

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, create_engine, event, func, insert, or_, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from mailbot.adapters import migrations
from mailbot.adapters.tables import Moment, contacts, filings, letters, marks, messages, reviews, sightings
from mailbot.domain.errors import ConfigurationError, MailbotError, RecordRefused
from mailbot.domain.findings import Finding
from mailbot.domain.mail import Bookmark, Place
from mailbot.domain.obligations import Filing
from mailbot.domain.records import OpenReview, Queued, Record, Sendable, Sighting


class LedgerError(MailbotError):
    def __init__(self, problem: Exception) -> None:
        super().__init__("台账数据库暂时不能读写。请检查磁盘空间、数据库服务和连接设置后重新运行", temporary=True, detail=type(problem).__name__)


class DatabaseUrlWrong(ConfigurationError):
    default = (
        "环境变量 MAILBOT_DATABASE_URL 不能用：应写成 postgresql://用户:密码@主机:5432/库名；"
        "用 PostgreSQL 还要安装扩展包：pip install 'mailbot[postgres]'。"
    )


# What is said for every mail is put together once: building a statement costs more than running it.
_KNOWN = select(messages.c.id).where(messages.c.message_id == bindparam("message_id"), messages.c.content_key == bindparam("content_key"))
_NEW_MESSAGE = insert(messages).returning(messages.c.id)
_NEW_SIGHTING, _NEW_FILING, _NEW_LETTER = insert(sightings), insert(filings), insert(letters)
_NEW_REVIEW, _NEW_CONTACT = insert(reviews), insert(contacts)
_OF_UNITS = select(filings.c.id, filings.c.message).where(filings.c.unit.in_(bindparam("units", expanding=True))).order_by(filings.c.received_at, filings.c.id)
_BY_ID = select(filings).where(filings.c.id.in_(bindparam("ids", expanding=True)))
_CLAIM = update(letters).where(letters.c.id == bindparam("letter"), letters.c.state == "waiting").values(state="sending")
_SETTLE = update(letters).where(letters.c.id == bindparam("letter")).values(
    state=bindparam("how"), problem=bindparam("why"), attempts=letters.c.attempts + 1,
    sent_at=func.coalesce(bindparam("gone_at", type_=Moment), letters.c.sent_at),
    not_before=func.coalesce(bindparam("again_at", type_=Moment), letters.c.not_before),
)  # fmt: skip

_REMEMBERED = 20_000  # filings; they never change once they are recorded


class Ledger:
    """All reading and writing of state. Methods are whole transactions unless called inside `rehearsal`."""

    def __init__(self, url: str) -> None:
        try:
            self.engine = _engine(url)
        except (ArgumentError, ImportError) as problem:
            raise DatabaseUrlWrong from problem
        except OSError as problem:
            raise LedgerError(problem) from problem
        self._outer: Connection | None = None
        self._live_since: datetime | None = None
        self._remembered: dict[tuple[int, int], Filing] = {}
        with self._write() as connection:
            migrations.upgrade(connection)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            if self._outer is not None:
                with self._outer.begin_nested():
                    yield self._outer
            else:
                with self.engine.begin() as connection:
                    _take_lock(connection)
                    yield connection
        except IntegrityError:
            raise
        except DBAPIError as problem:
            raise LedgerError(problem) from problem

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """A look that never waits for a writer (WAL)."""
        try:
            if self._outer is not None:
                yield self._outer
            else:
                with self.engine.begin() as connection:
                    yield connection
        except DBAPIError as problem:
            raise LedgerError(problem) from problem

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Everything done inside is seen inside and gone afterwards (--dry-run)."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            _take_lock(connection)
            self._outer = connection
            try:
                yield
            finally:
                self._outer = None
                self._remembered.clear()  # their numbers are given anew
                transaction.rollback()

    # --- what is known -------------------------------------------------------------------------------------------------

    def message_known(self, message_id: str, content_key: str) -> int | None:
        with self._read() as c:
            return c.execute(_KNOWN, {"message_id": message_id, "content_key": content_key}).scalar()

    def filings_of(self, units: Iterable[str]) -> tuple[Filing, ...]:
        """Filings of some units in the order they were received."""
        with self._read() as c:
            keys = [(row.id, row.message) for row in c.execute(_OF_UNITS, {"units": tuple(units)})]
            unknown = [key[0] for key in keys if key not in self._remembered]
            if unknown:
                if len(self._remembered) > _REMEMBERED:
                    self._remembered.clear()
                    unknown = [key[0] for key in keys]
                self._remembered |= {(row.id, row.message): _filing(row) for row in c.execute(_BY_ID, {"ids": unknown})}
            return tuple(self._remembered[key] for key in keys)

    def all_filings(self, campaign: str | None = None) -> tuple[Filing, ...]:
        """Filings in the order they were received."""
        query = select(filings).order_by(filings.c.received_at, filings.c.id)
        if campaign is not None:
            query = query.where(filings.c.campaign == campaign)
        with self._read() as c:
            return tuple(_filing(row) for row in c.execute(query))

    def archived(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Number of a message -> the SHA-256 its bytes are archived by."""
        with self._read() as c:
            rows = c.execute(select(messages.c.id, messages.c.sha256).where(messages.c.id.in_(tuple(numbers))))
            return {row.id: row.sha256 for row in rows}

    def registered_contacts(self) -> Mapping[str, str]:
        """Addresses that staff confirmed later, lower case -> unit id."""
        with self._read() as c:
            rows = c.execute(select(contacts.c.address, contacts.c.unit).where(contacts.c.registered_at.is_not(None)))
            return {row.address.lower(): row.unit for row in rows}

    def answered_since(self, address: str, since: datetime, until: datetime) -> bool:
        """Whether a fixed text (held, unknown unit) was written to an address within a span."""
        query = select(func.count()).select_from(letters.join(messages, letters.c.message == messages.c.id)).where(
            letters.c.recipient == address, letters.c.kind.in_(("held", "unknown-unit")),
            messages.c.received_at > since, messages.c.received_at < until,
        )  # fmt: skip
        with self._read() as c:
            return bool(c.execute(query).scalar())

    def bookmark(self, account: str, folder: str) -> Bookmark | None:
        with self._read() as c:
            value = c.execute(select(marks.c.value).where(marks.c.name == _bookmark(account, folder))).scalar()
        match (value or "").split():
            case [uidvalidity, uidnext, days, moment]:
                return Bookmark(int(uidvalidity), int(uidnext), int(days), datetime.fromisoformat(moment))
        return None

    def turn_page(self, account: str, folder: str, bookmark: Bookmark) -> None:
        """Remembers how far a folder was read."""
        name, value = _bookmark(account, folder), f"{bookmark.uidvalidity} {bookmark.uidnext} {bookmark.days} {bookmark.listed_at.isoformat()}"
        with self._write() as c:
            if not c.execute(update(marks).where(marks.c.name == name).values(value=value)).rowcount:
                c.execute(insert(marks).values(name=name, value=value))

    def places_known(self, account: str, folder: str) -> frozenset[Place]:
        with self._read() as c:
            rows = c.execute(select(sightings).where(sightings.c.account == account, sightings.c.folder == folder))
            return frozenset(Place(r.folder, r.uidvalidity, r.uid, r.size, r.internaldate) for r in rows)

    def open_reviews(self, now: datetime) -> tuple[OpenReview, ...]:
        """What waits for a person, oldest first; not what has run out (a cloud attachment that is gone)."""
        query = (
            select(reviews, messages.c.unit, messages.c.sender, messages.c.subject, messages.c.received_at, messages.c.outcome)
            .join(messages, reviews.c.message == messages.c.id)
            .where(reviews.c.settled_at.is_(None), or_(reviews.c.until.is_(None), reviews.c.until > now)).order_by(reviews.c.id)
        )  # fmt: skip
        with self._read() as c:
            rows = c.execute(query).all()
        return tuple(
            OpenReview(r.id, r.kind, r.question, tuple(r.paths), r.unit, r.sender, r.subject, r.received_at, _sums(r.outcome, r.paths)) for r in rows
        )

    # --- what happened -------------------------------------------------------------------------------------------------

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
        key = int(c.execute(_NEW_MESSAGE, _message_row(record)).scalar_one())
        if outcome.filings:
            c.execute(_NEW_FILING, [{"message": key, **_filing_row(filing)} for filing in outcome.filings])
        if outcome.reviews:
            rows: list[dict[str, Any]] = [{"kind": r.kind, "question": r.question, "paths": list(r.paths), "until": r.until} for r in outcome.reviews]
            c.execute(_NEW_REVIEW, [{"message": key, "created_at": then, **row} for row in rows])
        if outcome.contacts:
            rows = [{"unit": r.unit, "address": r.address, "fields": dict(r.fields)} for r in outcome.contacts]
            c.execute(_NEW_CONTACT, [{"message": key, "created_at": then, **row} for row in rows])
        if record.letters:
            whole = {"message": key, "attempts": 0, "created_at": then, "not_before": then}
            c.execute(_NEW_LETTER, [whole | _columns(letter) for letter in record.letters])
        if record.sighting is not None:
            c.execute(_NEW_SIGHTING, _sighting_row(record.sighting, key))
        return key

    def sight(self, sighting: Sighting, message: int | None) -> None:
        """Marks progress for the mailbox where nothing is recorded (a mail taken before). Seeing a place twice is nothing."""
        with contextlib.suppress(IntegrityError), self._write() as c:
            c.execute(_NEW_SIGHTING, _sighting_row(sighting, message))

    # --- the outbox ----------------------------------------------------------------------------------------------------

    def mark_live(self, now: datetime) -> None:
        """Remembers the moment sending first went live; later calls change nothing."""
        if self.live_since() is not None:
            return
        with contextlib.suppress(IntegrityError), self._write() as c:
            c.execute(insert(marks).values(name="live_since", value=now.isoformat()))

    def live_since(self) -> datetime | None:
        """Written once and never changed, so it is asked for once."""
        if self._live_since is None:
            with self._read() as c:
                value = c.execute(select(marks.c.value).where(marks.c.name == "live_since")).scalar()
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


def _bookmark(account: str, folder: str) -> str:
    """A mark's name has 80 characters; folders and addresses may be longer."""
    return "folder:" + hashlib.sha256(f"{account}\n{folder}".encode()).hexdigest()


def _engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    # no addresses or subjects in error texts; a file is never gone as a server may be
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _sqlite_set_up)
    return engine


def _take_lock(connection: Connection) -> None:
    """Before the first word of a transaction that writes (a deferred lock upgrade fails at once, reliability.md F25). A single SELECT
    needs no transaction of its own."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_set_up(connection: Any, _: Any) -> None:
    """WAL with full sync. What begins a transaction is said by `_take_lock`, not by the driver."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _sums(shown: Mapping[str, Any], paths: Iterable[str]) -> tuple[str, ...]:
    wanted = frozenset(paths)
    return tuple(item["sha256"] for item in shown.get("items", ()) if item["path"] in wanted)


def _message_row(record: Record) -> dict[str, Any]:
    outcome = record.outcome
    return {
        "sha256": record.sha256, "message_id": record.message_id, "content_key": record.content_key, "file": record.file, "sender": record.sender,
        "subject": record.subject, "received_at": record.received_at, "decided_at": record.decided_at, "number": record.number,
        "disposition": outcome.disposition, "reason": outcome.reason, "unit": outcome.unit.id if outcome.unit else None,
        "rules_version": record.rules_version, "outcome": record.shown,
    }  # fmt: skip


def _columns(value: Any) -> dict[str, Any]:
    """The fields of a value by their names. Not asdict, which copies deep."""
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def _sighting_row(sighting: Sighting, message: int | None) -> dict[str, Any]:
    return _columns(sighting.place) | {"account": sighting.account, "sha256": sighting.sha256, "message": message, "seen_at": sighting.seen_at}


def _filing_row(filing: Filing) -> dict[str, Any]:
    row = _columns(filing)
    del row["order"], row["message"]
    return row | {"fields": dict(filing.fields), "rows": [dict(r) for r in filing.rows], "findings": [_columns(f) for f in filing.findings]}


def _filing(row: Row[Any]) -> Filing:
    return Filing(
        campaign=row.campaign, unit=row.unit, duty=row.duty, period=row.period, copy=row.copy, form=row.form, path=row.path, sha256=row.sha256,
        size=row.size, received_at=row.received_at, order=row.id, rows=tuple(row.rows), findings=tuple(Finding(**f) for f in row.findings),
        fields={k: tuple(v) if isinstance(v, list) else v for k, v in row.fields.items()}, sealed=row.sealed, nil=row.nil, title=row.title,
        message=row.message,
    )  # fmt: skip
