"""The ledger's shape, step by step (alembic). `upgrade` brings a database to the newest one."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from mailbot.adapters.tables import metadata
from mailbot.domain.errors import ConfigurationError

_HERE = Path(__file__).parent
VERSIONS = frozenset(path.stem[1:5] for path in (_HERE / "versions").glob("m*.py"))  # a step's file bears its revision: m0001_…
_NEWEST = max(VERSIONS)


class SchemaTooNew(ConfigurationError):
    default = "台账由更新的 mailbot 写成，这个版本不认识，没有动它。请装上原来的（更新的）版本再运行。"


def upgrade(connection: Connection) -> None:
    """Runs all steps that this database has not seen, in the caller's transaction. A new database gets its tables at once and
    one that is up to date is left alone: alembic takes longer to load than a poll takes."""
    if connection.dialect.name == "postgresql":  # two that start at once would both make the tables
        connection.execute(text("SELECT pg_advisory_xact_lock(20230725)"))
    there = set(inspect(connection).get_table_names())
    if not there:
        return _create(connection)
    version = _version(connection) if "alembic_version" in there else None
    if version == _NEWEST:
        return None
    if version is not None and version not in VERSIONS:  # never touched by a program that does not know what it holds
        raise SchemaTooNew
    return _steps(connection, "head")


def build(connection: Connection, version: str) -> None:
    """The tables of an earlier version, in an empty database: what was written by that version goes in, then `upgrade`."""
    if version not in VERSIONS:
        raise SchemaTooNew
    return _create(connection) if version == _NEWEST else _steps(connection, version)


def _steps(connection: Connection, until: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, until)


def _create(connection: Connection) -> None:
    """What all steps together come to (a test compares), with alembic's own mark that they are done."""
    metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": _NEWEST})


def _version(connection: Connection) -> str | None:
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
