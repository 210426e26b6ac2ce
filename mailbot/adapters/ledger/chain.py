"""The one place where the audit is written: what a transaction noted is chained to what stands there, right before its commit."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from mailbot.adapters.tables import audit
from mailbot.domain.audit import Entry, Head, Link, head_of, linked

_NOTED = "noted"
_HEAD = select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
_NEW = insert(audit)
_LOCK = text("SELECT pg_advisory_xact_lock(20230726)")


def begin(c: Connection) -> None:
    """From now on `note` gathers for this transaction."""
    c.info[_NOTED] = []


def unheard(c: Connection) -> None:
    """What is rehearsed on this connection leaves no trace."""
    c.info[_NOTED] = None


def note(c: Connection, *entries: Entry) -> None:
    """What this transaction changes; it stands in the audit if, and only if, the transaction is committed."""
    noted: list[Entry] | None = c.info.get(_NOTED)
    if noted is not None:
        noted.extend(entries)


def end(c: Connection) -> Head | None:
    """Chains what was noted. The last thing a transaction does: from here to its commit no other may chain (on SQLite it is alone
    anyway), and nothing else is waited for in between. The new end of the audit, None where nothing was noted."""
    noted: list[Entry] = c.info.pop(_NOTED, None) or []
    if not noted:
        return None
    if c.dialect.name == "postgresql":
        c.execute(_LOCK)
    head = head_in(c)
    rows: list[dict[str, Any]] = []
    for entry in noted:
        link = linked(head, entry)
        rows.append({"id": link.number, **{name: getattr(link, name) for name in ("at", "who", "via", "what", "about", "before", "after", "hash")}})
        head = head_of(link)
    c.execute(_NEW, rows)
    return head


def is_noted(c: Connection) -> bool:
    """Whether this transaction adds to the audit."""
    return bool(c.info.get(_NOTED))


def holds(c: Connection, head: Head) -> bool:
    """Whether the chain goes through there."""
    return head.count == 0 or c.execute(select(audit.c.hash).where(audit.c.id == head.count)).scalar() == head.hash


def head_in(c: Connection) -> Head:
    row = c.execute(_HEAD).first()
    return Head(row.id, row.hash) if row else Head()


def links(rows: Iterable[Row[Any]]) -> Iterable[Link]:
    return (Link(r.id, r.at, r.who, r.via, r.what, r.about, r.before, r.after, r.hash) for r in rows)
