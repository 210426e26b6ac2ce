"""What a run left behind, read without any of the product's code: the tables, the archive, what the server holds, what is left over."""

import hashlib
import json
import sqlite3
from collections import Counter
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


def difference(wanted: dict[str, Rows], found: dict[str, Rows], doubted: Iterable[str] = (), *, twice: bool = False) -> str:
    """Where two ledgers differ, "" where nowhere. Of letters that were being sent when the process was killed (by their keys) the number of
    tries, the moment and the words about it may differ, and whether the second cut (`twice`) left them for a person to look at, be it
    that the server had refused them: nobody was left who knew."""
    for table, rows in wanted.items():
        there = found[table]
        if table == "marks":  # a provider that is asked too soon asks for its pause again
            rows, there = ([r for r in some if r["name"] != "hold_until"] for some in (rows, there))
        if table == "letters":
            rows, there = [_settled(r, doubted, twice) for r in rows], [_settled(r, doubted, twice) for r in there]
        if rows != there:
            for one, other in zip(rows, there, strict=False):
                if one != other:
                    return f"{table}: {_apart(one, other)}"
            return f"{table}: {len(rows)} rows wanted, {len(there)} found: {[str(r)[:300] for r in (rows[len(there):] or there[len(rows):])]}"
    return ""


# What a fact is known by: all but its number, its moments and what it points to.
_FACTS = {
    "messages": ("sha256", "message_id", "disposition", "unit", "number"), "sightings": ("account", "folder", "uid", "sha256"),
    "filings": ("unit", "duty", "period", "copy", "path", "sha256", "fields"), "reviews": ("kind", "question", "paths", "answer"),
    "contacts": ("unit", "address"), "rulings": ("by", "act"), "reminders": ("campaign", "unit", "duty", "period", "step"),
}  # fmt: skip
_NEWS = ("digest",)  # tells also what went wrong on the way


def redone(wanted: dict[str, Rows], found: dict[str, Rows]) -> str:
    """Where two ledgers differ in fact, where one part of a round was done a round later: letters that else wait together go one after
    the other, mails and orders are taken in another order. Nothing is missing, doubled or left undone."""
    for table, columns in _FACTS.items():
        there, here = (Counter(str([row[c] for c in columns]) for row in rows[table]) for rows in (wanted, found))
        if there != here:
            return f"{table}: {list(there - here)} missing, {list(here - there)} too much"
    def single(rows: dict[str, Rows]) -> set[tuple[str, bool]]:
        into = {row["joined_into"] for row in rows["letters"]}
        return {(row["key"], row["state"] == "failed") for row in rows["letters"] if row["id"] not in into and row["kind"] not in _NEWS}

    if single(wanted) != single(found):
        return f"letters: {single(wanted) ^ single(found)} in one of the two only"
    left = [row["key"] for row in found["letters"] if row["state"] in ("waiting", "sending")]
    waits = {row["key"] for row in wanted["letters"] if row["state"] in ("waiting", "sending")}
    undone = [row["id"] for row in found["rulings"] if row["carried_out_at"] is None]
    return f"left undone: {left} {undone}" if set(left) - waits or undone else ""


def _settled(row: dict[str, Any], doubted: Iterable[str], twice: bool) -> dict[str, Any]:
    row = row | {"sent_at": row["sent_at"] is not None}  # when is the clock's matter, and that of what went out before
    if row["key"] not in doubted:
        return row
    kept = {c: v for c, v in row.items() if c not in ("attempts", "sent_at", "problem", "not_before", "action", "copied_at")}
    out = ("sent", "ambiguous", "bounced", "failed") if twice else ("sent", "ambiguous", "bounced")
    return kept | {"state": "out" if row["state"] in out else row["state"]}


def _apart(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Where two rows differ, and within their objects."""
    said = []
    for column in (c for c in one if one[c] != other.get(c)):
        left, right = one[column], other.get(column)
        if isinstance(left, dict) and isinstance(right, dict):
            said.append(f"{column}({_apart({key: left.get(key) for key in left | right}, right)})")
        else:
            said.append(f"{column}: {str(left)[:200]!r} wanted, {str(right)[:200]!r} found")
    return "; ".join(said)
