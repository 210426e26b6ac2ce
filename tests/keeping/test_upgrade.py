"""Databases of every earlier shape, filled with every state there was, are brought forward; a newer one is left alone."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, select, text
from typer.testing import CliRunner

from mailbot.adapters import migrations
from mailbot.adapters.ledger import Ledger
from mailbot.app.cli import app
from mailbot.domain.audit import checked
from mailbot.domain.errors import ConfigurationError

WHEN = datetime(2024, 3, 1, 8, tzinfo=UTC)
STATES = {
    "0001": ("waiting", "sending", "sent", "failed", "ambiguous", "shadow", "withheld"),
    "0002": ("waiting", "sending", "sent", "failed", "ambiguous", "shadow", "withheld"),
    "0003": ("waiting", "sending", "sent", "failed", "ambiguous", "bounced", "joined", "dropped", "shadow", "withheld"),
}


def rows(version: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A mail of each disposition, a filing, reviews open and settled, a letter in each state, rulings of each kind."""
    moment = WHEN.replace(tzinfo=None)
    for n, disposition in enumerate(("submission", "review", "inquiry", "command", "automatic", "foreign"), 1):
        outcome = {"items": [], "reply": {"kind": "none", "missing": []}, "disposition": disposition, "reason": "", "unit": None, "sha256": f"{n:064x}"}
        yield "messages", {
            "id": n, "sha256": f"{n:064x}", "message_id": f"<{n}@x>", "content_key": f"{n:064x}", "subject": "材料 𠮷", "received_at": moment,
            "decided_at": moment, "number": f"N{n}", "disposition": disposition, "reason": "因为", "rules_version": "v", "outcome": outcome,
        }  # fmt: skip
        yield "sightings", {
            "id": n, "account": "a", "folder": "INBOX", "uidvalidity": 1, "uid": n, "size": 9, "internaldate": moment, "sha256": f"{n:064x}",
            "message": n, "seen_at": moment,
        }  # fmt: skip
    if version == "0003":
        for n, act in enumerate(("vouch", "assign", "accept", "reject", "register", "waive", "extend", "undo"), 1):
            more = {"undoes": 1} if act == "undo" else {}
            yield "rulings", {"id": n, "at": moment, "by": "li", "via": "mail", "act": act, "why": "", "message": 2, "data": {"unit": "u"}, **more}
    yield "filings", {
        "id": 1, "message": 1, "campaign": "c", "unit": "u", "duty": "d", "period": "2024Q1", "copy": "scan", "title": "t", "path": "a.jpg", "sha256": "f" * 64,
        "size": 3, "received_at": moment, "fields": {}, "rows": [], "findings": [], "nil": False, **({"withdrawn_by": 1} if version == "0003" else {}),
    }  # fmt: skip
    yield "reviews", {"id": 1, "message": 2, "kind": "k", "question": "open", "paths": ["a"], "created_at": moment}
    yield "reviews", {"id": 2, "message": 2, "kind": "k", "question": "settled", "paths": [], "created_at": moment, "settled_at": moment, "answer": "vouch"}
    yield "contacts", {"id": 1, "message": 1, "unit": "u", "address": "u@x", "fields": {"name": "李"}, "created_at": moment}
    yield "marks", {"name": "signing_key", "value": "ab" * 32}
    for n, state in enumerate(STATES[version], 1):
        more = {"data": {"x": n}, "unit": "u"} | ({"joined_into": 1} if state == "joined" else {}) if version == "0003" else {}
        yield "letters", {
            "id": n, "key": f"k{n}", "message": 1, "kind": "receipt", "recipient": "u@x", "subject": "s", "raw": b"\x00\xffraw", "state": state,
            "created_at": moment, "not_before": moment, "attempts": n, **more,
        }  # fmt: skip
    if version == "0003":
        yield "reminders", {"id": 1, "campaign": "c", "unit": "u", "duty": "d", "period": "p", "step": "3", "at": moment, "letter": 1}


def filled(url: str, version: str) -> dict[str, list[dict[str, Any]]]:
    """A database as that version left it; what is in it, by table."""
    engine = create_engine(url)
    there: dict[str, list[dict[str, Any]]] = {}
    with engine.begin() as c:
        migrations._steps(c, version)
        found = MetaData()
        found.reflect(c)
        for table, row in rows(version):
            c.execute(found.tables[table].insert().values(**row))
            there.setdefault(table, []).append(row)
    engine.dispose()
    return there


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else f"sqlite:///{tmp_path / 'home' / 'mailbot.db'}"


@pytest.mark.shows("F40")
@pytest.mark.parametrize("version", STATES)
def test_a_ledger_of_an_earlier_version_is_brought_forward_with_all_that_it_holds(url: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    before = filled(url, version)
    ledger = Ledger(url)
    found = MetaData()
    with ledger.engine.connect() as c:
        found.reflect(c)
        for table, wanted in before.items():
            now = [dict(row._mapping) for row in c.execute(select(found.tables[table]).order_by(*found.tables[table].primary_key.columns))]
            assert [{k: row[k] for k in then} for row, then in zip(now, wanted, strict=True)] == wanted
    assert [q.state for q in ledger.letters_listed()] == list(STATES[version])
    assert ledger.interrupted(WHEN) == 1 and len(ledger.open_reviews(WHEN)) == 1  # and it is worked with
    assert checked(ledger.audited())[1] is None and ledger.audit_head().count == 1
    ledger.close()


@pytest.mark.shows("F40")
@pytest.mark.parametrize("version", STATES)
def test_a_backup_of_an_earlier_version_is_restored_into_the_newest_shape(url: str, version: str, tmp_path: Path) -> None:
    from mailbot.adapters.ledger.dump import load
    from mailbot.domain.audit import Entry, Head
    from mailbot.domain.restoring import Dump, Restored

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return base64.b64encode(value).decode() if isinstance(value, bytes) else json.dumps(value) if isinstance(value, (dict, list)) else value

    (tmp_path / "home").mkdir()
    engine = create_engine(f"sqlite:///{tmp_path / 'shape.db'}")
    with engine.begin() as c:
        migrations._steps(c, version)
        shape = MetaData()
        shape.reflect(c)
    tables: dict[str, list[bytes]] = {name: [] for name in shape.tables if name != "alembic_version"}
    for table, row in rows(version):
        whole = {column.name: plain(row.get(column.name)) for column in shape.tables[table].columns}
        tables[table].append(json.dumps(whole).encode() + b"\n")
    with load(url, Dump(version, tables, Head()), Restored(WHEN, WHEN), Entry("restored", "ledger:all", WHEN)) as unsure:
        pass
    ledger = Ledger(url)
    assert unsure == 2 and [q.state for q in ledger.letters_listed()][:2] == ["ambiguous"] * 2 and ledger.letters_listed()[0].raw == b"\x00\xffraw"
    ledger.put_mark("x", "y")
    ledger.close()


@pytest.mark.shows("F40")
def test_an_older_program_leaves_a_newer_ledger_alone_and_says_so(url: str, tmp_path: Path) -> None:
    Ledger(url).close()
    engine = create_engine(url)
    with engine.begin() as c:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="更新的 mailbot"):
        Ledger(url)
    with engine.connect() as c:
        assert c.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()
    result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "status"], env={"MAILBOT_DATABASE_URL": url})
    assert result.exit_code == 2 and "更新的 mailbot" in result.output and "Traceback" not in result.output
