"""What a run left behind, read without any of the product's code: the tables, the archive, what the server holds, what is left over."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.crash.world import World

# table -> columns that are keys of other tables (or its own), by which rows are named by their rank: PostgreSQL's sequences leave gaps
TABLES = {
    "messages": {"id": "messages"}, "sightings": {"id": "sightings", "message": "messages"},
    "filings": {"id": "filings", "message": "messages", "withdrawn_by": "rulings"},
    "reviews": {"id": "reviews", "message": "messages", "settled_by": "rulings"},
    "contacts": {"id": "contacts", "message": "messages"},
    "rulings": {"id": "rulings", "review": "reviews", "message": "messages", "command": "messages", "undoes": "rulings"},
    "letters": {"id": "letters", "message": "messages", "joined_into": "letters"},
    "reminders": {"id": "reminders", "letter": "letters"}, "marks": {},
}  # fmt: skip
Rows = list[dict[str, Any]]


def _sqlite(path: Path) -> dict[str, Rows]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert said == "ok", said
        assert not connection.execute("PRAGMA foreign_key_check").fetchall(), "a row points to nothing"
        return {table: [dict(row) for row in connection.execute(_query(table))] for table in TABLES}
    finally:
        connection.close()


def _postgres(url: str) -> dict[str, Rows]:
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), row_factory=dict_row) as connection:
        return {table: [dict(row) for row in connection.execute(_query(table)).fetchall()] for table in TABLES}


def _query(table: str) -> str:
    return f"SELECT * FROM {table} ORDER BY {'name' if table == 'marks' else 'id'}"


def tables(world: World, database: str | None = None) -> dict[str, Rows]:
    """All rows, with ranks for numbers and plain values for JSON."""
    found = _postgres(database) if database else _sqlite(world.home / "mailbot.db")
    ranks = {table: {row["id"]: rank for rank, row in enumerate(rows, 1)} for table, rows in found.items() if table != "marks"}

    def value(table: str, column: str, said: Any) -> Any:
        of = TABLES[table].get(column)
        return _plain(said) if of is None or said is None else ranks[of].get(said, said)

    return {table: [{c: value(table, c, v) for c, v in row.items()} for row in rows] for table, rows in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)
    return value


def archived(world: World) -> list[str]:
    """The hashes of the whole mails in the archive; each file is what its name says."""
    found = []
    for path in sorted((world.home / "archive").rglob("*")):
        if path.is_file() and path.suffix == ".eml":
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem, f"{path.name} holds other bytes"
            found.append(path.stem)
    return found


def left_over(world: World, scratch: Path) -> list[str]:
    """Half mails in the archive and scratch folders, which nobody may leave behind for good."""
    return [p.name for p in (world.home / "archive").glob(".incoming-*")] + [p.name for p in scratch.glob("mailbot-*")]


def difference(wanted: dict[str, Rows], found: dict[str, Rows], doubted: Iterable[str] = ()) -> str:
    """Where two ledgers differ, "" where nowhere. Of letters that were being sent when the process was killed (by their keys) the number of
    tries, the moment and the words about it may differ, and whether the second cut left them for a person to look at."""
    for table, rows in wanted.items():
        there = found[table]
        if table == "marks":  # a provider that is asked too soon asks for its pause again
            rows, there = ([r for r in some if r["name"] != "hold_until"] for some in (rows, there))
        if table == "letters":
            rows, there = [_settled(r, doubted) for r in rows], [_settled(r, doubted) for r in there]
        if rows != there:
            for one, other in zip(rows, there, strict=False):
                if one != other:
                    return f"{table}: {_apart(one, other)}"
            return f"{table}: {len(rows)} rows wanted, {len(there)} found: {[str(r)[:300] for r in (rows[len(there):] or there[len(rows):])]}"
    return ""


def _settled(row: dict[str, Any], doubted: Iterable[str]) -> dict[str, Any]:
    row = row | {"sent_at": row["sent_at"] is not None}  # when is the clock's matter, and that of what went out before
    if row["key"] not in doubted:
        return row
    kept = {c: v for c, v in row.items() if c not in ("attempts", "sent_at", "problem", "not_before", "action", "copied_at")}
    return kept | {"state": "out" if row["state"] in ("sent", "ambiguous", "bounced") else row["state"]}


def _apart(one: dict[str, Any], other: dict[str, Any]) -> str:
    return "; ".join(f"{c}: {str(one[c])[:200]!r} wanted, {str(other.get(c))[:200]!r} found" for c in one if one[c] != other.get(c))
