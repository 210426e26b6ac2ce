"""The ledger's shape, step by step (alembic). `upgrade` brings a database to the newest one."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

_HERE = Path(__file__).parent
_NEWEST = max(path.stem[1:5] for path in (_HERE / "versions").glob("m*.py"))  # a step's file bears its revision: m0001_…


def upgrade(connection: Connection) -> None:
    """Runs all steps that this database has not seen, in the caller's transaction."""
    if inspect(connection).has_table("alembic_version") and _version(connection) == _NEWEST:
        return  # alembic takes longer to load than a poll takes
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
