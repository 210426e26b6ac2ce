"""A new database gets all tables at once; the steps that older ones take must come to the same."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

from mailbot.adapters import migrations


def shape(engine: Engine) -> dict[str, Any]:
    found = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"], c["primary_key"]) for c in found.get_columns(name)),
            "unique": sorted((str(u["name"]), tuple(u["column_names"])) for u in found.get_unique_constraints(name)),
            "indexes": sorted((str(i["name"]), tuple(i["column_names"])) for i in found.get_indexes(name)),
            "foreign": sorted((tuple(f["constrained_columns"]), f["referred_table"]) for f in found.get_foreign_keys(name)),
        }
        for name in found.get_table_names()
    }


def by_steps(engine: Engine, until: str) -> None:
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, until)


def test_all_at_once_is_what_the_steps_come_to(tmp_path: Path) -> None:
    stepped, new = (create_engine(f"sqlite:///{tmp_path / name}") for name in ("stepped.db", "new.db"))
    by_steps(stepped, "head")
    with new.begin() as connection:
        migrations.upgrade(connection)
    assert shape(new) == shape(stepped)
    versions = []
    for engine in (stepped, new):
        with engine.connect() as connection:
            versions.append(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    assert versions[0] == versions[1]


def test_an_older_database_is_brought_forward_and_keeps_what_it_holds(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    by_steps(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO marks VALUES ('live_since', '2024-01-01T00:00:00+08:00')"))
        migrations.upgrade(connection)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT value FROM marks")).scalar() == "2024-01-01T00:00:00+08:00"
        assert "until" in {c["name"] for c in inspect(connection).get_columns("reviews")}
        migrations.upgrade(connection)  # nothing more to do
