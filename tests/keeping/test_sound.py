"""Before work begins the database is looked at: damaged, without its write-ahead log, or older than it was, it is not built upon."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Bureau, office_in, risk_list
from stories.conftest import Story, compose
from typer.testing import CliRunner

from mailbot.adapters.ledger import Ledger
from mailbot.adapters.ledger.store import LedgerUnsound, NoWal, _sqlite_set_up
from mailbot.app.cli import app


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with ExitStack() as stack:
        there = office_in(tmp_path / "home", stack, "2024-03-28T09:00:00")
        there.post("xinzhen", {"清单.docx": risk_list()})
        yield there


def run(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), *words], env={"MAILBOT_IMAP_URL": "imap://x@127.0.0.1:9", "MAILBOT_IMAP_PASSWORD": "x"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.shows("F26")
def test_a_damaged_database_stops_the_start_and_says_the_way_back(office: Bureau, tmp_path: Path) -> None:
    office.house.close()
    file = tmp_path / "home" / "mailbot.db"
    content, told = bytearray(file.read_bytes()), 0
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 8 : page * 4096 + 60] = b"\xff" * 52
    file.write_bytes(content)
    status, said = run(tmp_path / "home", "run", "--once")
    assert status == 3 and "台账数据库已损坏" in said and "restore" in said
    for wrong in (b"no database at all" * 400, bytes(100) + content[100:]):
        file.write_bytes(wrong)
        status, said = run(tmp_path / "home", "run", "--once")
        assert status == 3 and "台账数据库已损坏" in said
        told += 1
    assert told == 2 and file.read_bytes() == wrong  # it was not touched


@pytest.mark.shows("F26")
def test_a_database_whose_last_pages_are_lost_is_not_worked_on_until_a_person_says_so(office: Bureau, tmp_path: Path) -> None:
    home = tmp_path / "home"
    old = sqlite3.connect(tmp_path / "old.db")
    with sqlite3.connect(home / "mailbot.db") as source:
        source.backup(old)
    old.close()
    office.later(minutes=5).post("zhian", {"清单.docx": risk_list("治安市场监管所")})
    office.flush(hurry=True)
    office.house.close()
    for left in home.glob("mailbot.db*"):
        if left.suffix != ".head":
            left.unlink()
    shutil.copy(tmp_path / "old.db", home / "mailbot.db")  # as after a lost -wal, or an old copy put in its place
    status, said = run(home, "run", "--once")
    assert status == 3 and "台账比程序上次写到的旧" in said and "audit accept" in said
    head = (home / "mailbot.db.head").read_bytes()
    for command in (("outbox", "--send"), ("digest", "--send"), ("outbox", "--pause", "x"), ("run", "--once")):
        status, said = run(home, *command)
        assert status == 3 and "台账比程序上次写到的旧" in said, command
    assert run(home, "backup", str(tmp_path / "b.zip"))[0] != 0
    assert (home / "mailbot.db.head").read_bytes() == head, "a smaller number there would let the next one start"
    status, said = run(home, "audit", "accept")
    assert status == 1 and "有 1 封信不知是否发过" in said
    ledger = Ledger(f"sqlite:///{home / 'mailbot.db'}")
    ledger.must_be_sound()
    assert [u.recipient for u in ledger.unsure()] == ["xinzhen@units.example"] and ledger.waiting_count() == 0
    ledger.close()
    assert run(home, "audit", "accept")[0] == 0


@pytest.mark.shows("F26")
def test_a_database_that_refuses_its_write_ahead_log_is_not_used(tmp_path: Path) -> None:
    """SQLite says so in the row of the pragma alone; a database in memory refuses as a network drive does."""
    with pytest.raises(NoWal, match="WAL"):
        _sqlite_set_up(sqlite3.connect(":memory:"), None)

    class Refusing(sqlite3.Connection):
        def execute(self, statement: str, *more: Any) -> sqlite3.Cursor:
            if "journal_mode" in statement:
                raise sqlite3.DatabaseError("disk I/O error")
            return super().execute(statement, *more)

    with pytest.raises(sqlite3.DatabaseError):
        _sqlite_set_up(sqlite3.connect(tmp_path / "x.db", factory=Refusing), None)


def test_a_sound_database_is_worked_on(office: Bureau) -> None:
    office.house.ledger.must_be_sound()
    assert office.house.ledger.accept_older("li", office.now) is None
    assert LedgerUnsound().temporary is False


def test_while_a_mail_is_tried_out_others_write_and_nothing_of_it_is_left(office: Bureau, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with office.house.ledger.rehearsal():
        office.house.ledger.put_mark("tried", "yes")
        with sqlite3.connect(home / "mailbot.db", timeout=0.2) as other:
            other.execute("INSERT INTO marks (name, value) VALUES ('other', 'written')")
        other.close()
        assert office.house.ledger.mark("tried") == "yes" and office.house.ledger.mark("other") is None
    assert office.house.ledger.mark("tried") is None and office.house.ledger.mark("other") == "written"


def damaged(file: Path, index: str, key: bytes) -> None:
    """One bit of a key in an index, as a disk may lose it: each page is still well formed."""
    with sqlite3.connect(file) as c:
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = c.execute("PRAGMA page_size").fetchone()[0]
        pages = [r for (r,) in c.execute(f"SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = '{index}'")]
    c.close()
    content = bytearray(file.read_bytes())
    at = next(n for page in pages if (n := content.find(key, (page - 1) * size, page * size)) >= 0)
    content[at + 1] ^= 1
    file.write_bytes(content)


COMMANDS = [("run", "--once"), ("ingest", "MAIL"), ("review", "settle", "1", "是"), ("remind",), ("digest", "--send"), ("outbox", "--pause", "x"),
            ("audit", "accept")]  # fmt: skip


@pytest.mark.shows("F26", "F07", "P7")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_index_is_seen_before_anything_is_added_to_the_ledger(tmp_path: Path, command: tuple[str, ...]) -> None:
    """By the index of mails alone it is known that a mail was taken before."""
    home, mail = tmp_path / "home", tmp_path / "mail.eml"
    mail.write_bytes(compose("xinzhen@units.example", files={"清单.docx": risk_list()}, when="2024-03-28T09:00:00", message_id="<one-of-many@units.example>"))
    with ExitStack() as stack:
        office = office_in(home, stack, "2024-03-28T09:00:00")
        Story(office.house, office.intake).take(mail.read_bytes())
        office.post("stranger@mail.example", {"清单.docx": risk_list()}, "新镇市场监管所一季度问题清单")
    damaged(home / "mailbot.db", "messages", b"<one-of-many@")
    before = rows(home / "mailbot.db")
    status, said = run(home, "--now", "2024-03-28T09:40:00", *(str(mail) if word == "MAIL" else word for word in command))
    assert status == 3 and "台账数据库已损坏" in said, said
    assert rows(home / "mailbot.db") == before


def rows(file: Path) -> list[int]:
    with sqlite3.connect(file) as c:
        found = [c.execute(f"SELECT count(*) FROM {table} NOT INDEXED").fetchone()[0] for table in ("messages", "letters", "rulings", "audit")]
    c.close()
    return found
