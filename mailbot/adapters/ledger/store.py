"""The database itself (SQLite or PostgreSQL): its engine, its transactions, and the marks: single values kept by name."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from mailbot.adapters import migrations
from mailbot.adapters.ledger import chain
from mailbot.adapters.ledger.lastword import LastWord
from mailbot.adapters.tables import marks
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.failpoints import reached


class LedgerError(MailbotError):
    def __init__(self, problem: Exception) -> None:
        super().__init__("台账数据库暂时不能读写。请检查磁盘空间、数据库服务和连接设置后重新运行", temporary=True, detail=type(problem).__name__)


class LedgerUnsound(MailbotError):
    """The file is damaged: nothing is built on it (reliability.md F26)."""

    default = (
        "台账数据库已损坏，程序没有启动，也没有动它。请先把整个数据文件夹复制一份留着，再用最近的备份恢复到一个空文件夹："
        "mailbot --home 新文件夹 restore 备份文件。磁盘也请检查。"
    )


class LedgerOlder(MailbotError):
    default = (
        "台账比程序上次写到的旧：最后的一些记录不见了（-wal 文件丢失，或者换上了旧的数据库文件）。没有动它，也没有发信。"
        "有备份的，恢复到一个空文件夹：mailbot --home 新文件夹 restore 备份文件。"
        "确定就用现在这一份接着办，运行 mailbot audit accept：可能已经发过的信先不发，逐封核对。"
    )


class NoWal(MailbotError):
    default = (
        "台账数据库不能用预写日志（WAL）：数据文件夹可能在网络盘上，或者磁盘出错。程序没有启动。请把数据文件夹（--home）放在本机磁盘上，"
        "或者改用 PostgreSQL（MAILBOT_DATABASE_URL）。"
    )


class DatabaseUrlWrong(ConfigurationError):
    default = (
        "环境变量 MAILBOT_DATABASE_URL 不能用：应写成 postgresql://用户:密码@主机:5432/库名；"
        "用 PostgreSQL 还要安装扩展包：pip install 'mailbot[postgres]'。"
    )


class Store:
    """Methods of the shelves built on this are whole transactions unless called inside `rehearsal`."""

    _key: bytes | None = None
    _sound = False  # whether this ledger is known to be whole and the one that was written to last

    def __init__(self, url: str) -> None:
        try:
            self.engine = engine_of(url)
        except (ArgumentError, ImportError) as problem:
            raise DatabaseUrlWrong from problem
        except OSError as problem:
            raise LedgerError(problem) from problem
        self._outer: Connection | None = None
        self._last_word = LastWord(self.engine.url)
        with self._write() as connection:
            migrations.upgrade(connection)

    def close(self) -> None:
        self.engine.dispose()
        self._last_word.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            if self._outer is not None:
                with self._outer.begin_nested():
                    yield self._outer
            else:
                with self.engine.begin() as connection:
                    _take_lock(connection)
                    chain.begin(connection)
                    yield connection
                    if chain.is_noted(connection):
                        self._must_be_sound(connection)
                    head = chain.end(connection)
                    reached("transaction.written")
                reached("transaction.committed")
                if head is not None:
                    self._last_word.leave(head)
        except IntegrityError:
            raise
        except DBAPIError as problem:
            raise _trouble(problem) from problem

    def _must_be_sound(self, connection: Connection) -> None:
        """Looked at once a process, at the latest before its first change: nothing is added to a damaged ledger, nor to an older one than
        the one that was written to last, which would soon look like the newest."""
        if not self._sound:
            must_be_whole(connection)
            last = self._last_word.read()
            if last is not None and not chain.holds(connection, last):
                raise LedgerOlder(detail=f"not through {last.count}")
            self._sound = True

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
            raise _trouble(problem) from problem

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Everything done inside is seen inside and gone afterwards (--dry-run)."""
        with self._stage() as connection:
            transaction = connection.begin()
            _take_lock(connection)
            chain.unheard(connection)
            self._outer = connection
            try:
                yield
            finally:
                self._outer = None
                self._forget()
                transaction.rollback()

    @contextmanager
    def _stage(self) -> Iterator[Connection]:
        """Where to rehearse. SQLite lets one write at a time, so there it is a copy: no worker waits while pages are looked at."""
        if self.engine.dialect.name != "sqlite":
            with self.engine.connect() as connection:
                yield connection
            return
        apart = create_engine("sqlite://", creator=_nameless, poolclass=StaticPool, hide_parameters=True)
        try:
            with apart.connect() as copy:
                with self.engine.connect() as connection:
                    _driver(connection).backup(_driver(copy))
                yield copy
        except sqlite3.Error as problem:
            raise LedgerError(problem) from problem
        finally:
            apart.dispose()

    def _forget(self) -> None:
        """What was remembered of a rehearsal: its numbers and its key are made anew."""
        self._key = None

    def mark(self, name: str) -> str | None:
        """The value that stands under a name (at most 80 characters)."""
        with self._read() as c:
            value: str | None = c.execute(select(marks.c.value).where(marks.c.name == name)).scalar()
            return value

    def put_mark(self, name: str, value: str) -> None:
        with self._write() as c:
            put(c, name, value)

    def signing_key(self, fresh: Callable[[], bytes]) -> bytes:
        """What tokens are signed with: made by `fresh` once, the same ever after."""
        if self._key is None:
            name = "signing_key"
            if self.mark(name) is None:
                self.put_mark_once(name, fresh().hex())
            self._key = bytes.fromhex(self.mark(name) or "")
        return self._key

    def signing_key_if_any(self) -> bytes | None:
        """The same, where a letter was ever signed."""
        return self._key or (bytes.fromhex(said) if (said := self.mark("signing_key")) else None)

    def put_mark_once(self, name: str, value: str) -> None:
        """Unless something stands there."""
        with contextlib.suppress(IntegrityError), self._write() as c:
            c.execute(insert(marks).values(name=name, value=value))


def put(c: Connection, name: str, value: str) -> None:
    """A mark, within a transaction that does more."""
    if not c.execute(update(marks).where(marks.c.name == name).values(value=value)).rowcount:
        c.execute(insert(marks).values(name=name, value=value))


def engine_of(url: str) -> Engine:
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


def must_be_whole(connection: Connection) -> None:
    """Every page, and every index against its table: a mail is known again by an index alone. Two seconds for a gigabyte."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
        raise LedgerUnsound


def _nameless() -> sqlite3.Connection:
    """A database in a file that has no name and is gone when it is closed; what begins a transaction is said by `_take_lock`."""
    made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA foreign_keys=ON")
    return made


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _sqlite_set_up(connection: Any, _: Any) -> None:
    """WAL with full sync. What begins a transaction is said by `_take_lock`, not by the driver."""
    connection.isolation_level = None
    for pragma in ("busy_timeout=15000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchall()  # what it says counts: it may refuse and not complain
    if mode != [("wal",)]:
        raise NoWal(detail=f"journal_mode={mode}")


_DAMAGED = ("malformed", "not a database", "file is encrypted")  # as SQLite says it


def _trouble(problem: DBAPIError) -> MailbotError:
    said = str(problem.orig)
    return LedgerUnsound(detail=type(problem).__name__) if any(word in said for word in _DAMAGED) else LedgerError(problem)


