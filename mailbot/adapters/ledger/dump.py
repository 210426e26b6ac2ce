"""The ledger as rows that any of our databases takes: a consistent look at all of it for a backup, and back into an empty one."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, DateTime, LargeBinary, MetaData, Table, Text, cast, inspect, make_url, select, text, update
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from mailbot.adapters import migrations
from mailbot.adapters.disk import sync_folder
from mailbot.adapters.ledger import chain
from mailbot.adapters.ledger.lastword import LastWord
from mailbot.adapters.ledger.restoring import mark_restored
from mailbot.adapters.ledger.retention import NAMED
from mailbot.adapters.ledger.store import DatabaseUrlWrong, LedgerError, Store, engine_of
from mailbot.adapters.tables import audit
from mailbot.domain.audit import Entry, Head, checked
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.restoring import Dump, Restored

_AT_ONCE = 200  # rows
_OURS = "alembic_version"


class NotEmpty(ConfigurationError):
    default = "数据库里已经有台账，不能恢复到这里。请换一个空的数据库，或者换一个空的数据文件夹（--home）。"


class NotLoaded(ConfigurationError):
    default = "备份里的台账不完整或被改动过，没有恢复。请换一份备份。"


@dataclass(frozen=True)
class Snapshot:
    """All tables as they stood at one moment, while others go on writing."""

    _connection: Connection
    version: str
    head: Head
    _tables: Mapping[str, Table]

    def tables(self) -> tuple[str, ...]:
        return tuple(self._tables)

    def rows(self, table: str) -> Iterator[bytes]:
        """Each row as a line of JSON: bytes in base64, moments in UTC without a zone, JSON as the text that stands there."""
        there = self._tables[table]
        columns = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in there.c]
        order = list(there.primary_key.columns)
        for row in self._connection.execute(select(*columns).order_by(*order).execution_options(yield_per=_AT_ONCE)):
            yield json.dumps({c.name: _plain(value) for c, value in zip(there.c, row, strict=True)}, ensure_ascii=False).encode() + b"\n"

    def mails(self) -> tuple[str, ...]:
        """The SHA-256 of all mails that the ledger names."""
        return tuple(self._connection.execute(select(NAMED.c.sha256).order_by(NAMED.c.sha256)).scalars())


class DumpShelf(Store):
    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Nothing that is written meanwhile is seen, and nobody who writes waits. Raises LedgerError."""
        try:
            with self.engine.connect().execution_options(**self._one_look()) as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")
                version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
                yield Snapshot(connection, version, chain.head_in(connection), _reflected(connection))
                connection.rollback()
        except DBAPIError as problem:
            raise LedgerError(problem) from problem

    def _one_look(self) -> dict[str, str]:
        return {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


@contextmanager
def loading(url: str, dump: Dump, restored: Restored, entry: Entry, staged: Path) -> Iterator[int]:
    """As `load`. A database that is a file is made in the folder `staged` and gets its name when the block is left."""
    place = _file_of(url)
    if place is None:
        with load(url, dump, restored, entry) as unsure:
            yield unsure
        return
    if place.exists():
        raise NotEmpty
    aside = staged / "ledger.db"
    with load(f"sqlite:///{aside}", dump, restored, entry) as unsure:
        pass
    yield unsure
    place.parent.mkdir(parents=True, exist_ok=True)
    LastWord.place(place).unlink(missing_ok=True)
    aside.replace(place)
    sync_folder(place.parent)


def _file_of(url: str) -> Path | None:
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise DatabaseUrlWrong from problem
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


@contextmanager
def load(url: str, dump: Dump, restored: Restored, entry: Entry) -> Iterator[int]:
    """Fills an empty database with the rows of a snapshot, brings it to the newest shape, checks it, and marks it as restored, in one
    transaction that is committed when the block is left, and undone where it raises; how many letters are unsure. Raises NotEmpty, NotLoaded,
    LedgerError and what `migrations` raises."""
    engine = engine_of(url)
    try:
        with engine.begin() as c:
            if c.dialect.name == "sqlite":
                c.exec_driver_sql("BEGIN IMMEDIATE")
            if inspect(c).get_table_names():
                raise NotEmpty
            migrations.build(c, dump.version)
            _fill(c, dump.rows)
            migrations.upgrade(c)
            _check(c, dump.head)
            chain.begin(c)
            unsure = mark_restored(c, restored, entry)
            chain.end(c)
            yield unsure
    except (ValueError, KeyError, TypeError, UnicodeDecodeError, AssertionError) as problem:
        raise NotLoaded(detail=type(problem).__name__) from problem
    except DBAPIError as problem:
        if _of_the_rows(problem):
            raise NotLoaded(detail=type(problem).__name__) from problem
        raise LedgerError(problem) from problem
    except SQLAlchemyError as problem:
        raise NotLoaded(detail=type(problem).__name__) from problem
    finally:
        engine.dispose()


def _of_the_rows(problem: DBAPIError) -> bool:
    return type(problem).__name__ in ("IntegrityError", "DataError", "StatementError", "ProgrammingError")


def _reflected(c: Connection) -> dict[str, Table]:
    """The tables as they are, in the order in which they may be filled."""
    found = MetaData()
    found.reflect(c)
    return {t.name: t for t in found.sorted_tables if t.name != _OURS}


def _fill(c: Connection, rows: Mapping[str, Iterable[bytes]]) -> None:
    tables = _reflected(c)
    if set(rows) != set(tables):
        raise ValueError("other tables")
    for name, table in tables.items():
        own = [k.parent for k in table.foreign_keys if k.column.table is table]  # rows may point to rows that come later
        later: list[tuple[Column[Any], Any, Any]] = []
        batch: list[dict[str, Any]] = []
        for line in rows[name]:
            row = _typed(table, json.loads(line))
            for column in own:
                if row[column.name] is not None:
                    later.append((column, row["id"], row[column.name]))
                    row[column.name] = None
            batch.append(row)
            if len(batch) >= _AT_ONCE:
                _insert(c, table, batch)
                batch = []
        _insert(c, table, batch)
        for column, number, value in later:
            c.execute(update(table).where(table.c.id == number).values({column: value}))
        if c.dialect.name == "postgresql" and "id" in table.c and table.name != audit.name:
            c.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"))


def _insert(c: Connection, table: Table, batch: list[dict[str, Any]]) -> None:
    if batch:
        c.execute(table.insert(), batch)


def _check(c: Connection, head: Head) -> None:
    """The audit is whole and ends where the backup says; no row points to nothing."""
    if c.dialect.name == "sqlite" and c.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise ValueError("rows point to nothing")
    found, broken = checked(chain.links(c.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=1000))))
    if broken is not None or (head.count and found != head):
        raise ValueError("the audit is broken")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, (bytes, memoryview)) else value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    if set(row) != set(table.c.keys()):
        raise ValueError("other columns")
    return {name: _value(table.c[name].type, value) for name, value in row.items()}


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, JSON):
        kind.none_as_null = True
        return None if value is None else JSON.NULL if value == "null" else json.loads(value)
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return base64.b64decode(value, validate=True) if isinstance(kind, LargeBinary) else value
