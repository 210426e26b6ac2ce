"""Who works on this ledger: one worker a database, whatever home or host it was started in (reliability.md P12, F31).

PostgreSQL: an advisory lock on a connection of its own, which the server lets go when that connection ends, however it ends. SQLite: a
lock on a file beside the database, which the system lets go when the process dies. Neither leaves anything that could be stale."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from mailbot.adapters.file_lock import locked
from mailbot.adapters.ledger.store import LedgerError, Store
from mailbot.domain.errors import LeaseLost

_KEY = 0x6D61_696C_626F_74  # "mailbot": one number for all who lock this database


class LeaseShelf(Store):
    """Locks only; nothing is written."""

    @contextmanager
    def lease(self) -> Iterator[Callable[[], None] | None]:
        """None inside where another has it; else what is asked before anything goes out: it raises LeaseLost once the lease is gone.
        Raises LedgerError."""
        if self.engine.dialect.name == "sqlite":
            with self._beside() as mine:
                yield _held if mine else None
        else:
            with self._advisory() as asked:
                yield asked

    @contextmanager
    def _beside(self) -> Iterator[bool]:
        database = self.engine.url.database
        if not database or database == ":memory:":
            yield True
            return
        try:
            opened = Path(f"{database}.lease").open("a+b")  # noqa: SIM115 - closed below, and only then let go
        except OSError as problem:
            raise LedgerError(problem) from problem
        with opened as file:
            yield locked(file.fileno())

    @contextmanager
    def _advisory(self) -> Iterator[Callable[[], None] | None]:
        apart = create_engine(self.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        event.listen(apart, "connect", _noticing)
        try:
            connection = apart.connect()
        except DBAPIError as problem:
            raise LedgerError(problem) from problem
        try:
            try:
                mine = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar() is True
            except DBAPIError as problem:
                raise LedgerError(problem) from problem
            yield (lambda: _ask(connection)) if mine else None
        finally:
            with suppress(DBAPIError):  # it may be gone already; with the connection the lock is
                connection.close()
            apart.dispose()


def _held() -> None:
    """The system holds it as long as we live."""


def _ask(connection: Connection) -> None:
    """Whether the connection that has the lock is the one that took it: a new one would have nothing."""
    try:
        if connection.invalidated or connection.execute(text("SELECT 1")).scalar() != 1:
            raise LeaseLost
    except DBAPIError as problem:
        raise LeaseLost(detail=type(problem).__name__) from problem


def _noticing(connection: object, _: object) -> None:
    """The server is told to notice within minutes a machine that is gone without a word; a socket of this machine needs none of it."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for name, value in (("tcp_keepalives_idle", 30), ("tcp_keepalives_interval", 10), ("tcp_keepalives_count", 3)):
        cursor.execute(f"SET {name} = {value}")
    cursor.close()
