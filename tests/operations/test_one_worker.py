"""Two pollers or two senders started at once produce the same as one (P12, F31): real processes, a real kill, a real database."""

import email
import email.policy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from mailbot.app.forever import Screen, for_ever
from mailbot.domain.errors import LeaseLost
from tests.operations.conftest import UNIT, Office

_MANY = 8
_FEW = 8 if os.environ.get("MAILBOT_SOAK") else 3  # where eight are shown already
_BUSY = "不重复启动"


def receipts(office: Office) -> Counter[str]:
    """Message-ID of each letter that the unit got -> how often."""
    return Counter(str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"]) for raw in office.mail.mails(UNIT))


def standing(office: Office, home: Path | None = None) -> list[tuple[str, str, str]]:
    """What the ledger holds: each mail, how it was decided, and every letter's kind and state."""
    ledger = office.house(home=home).ledger
    try:
        with ledger._read() as c:
            mails = [("mail", row.sha256, row.disposition) for row in c.execute(text("SELECT sha256, disposition FROM messages ORDER BY sha256"))]
            letters = [("letter", row.kind, row.state) for row in c.execute(text("SELECT kind, state FROM letters ORDER BY kind, state, key"))]
        return mails + letters
    finally:
        ledger.close()


def at_once(office: Office, count: int, *words: str, homes: list[Path] | None = None) -> list[tuple[int, str]]:
    started = [office.start(*words, home=homes[n] if homes else None) for n in range(count)]
    ended = [(process.communicate(timeout=300), process.returncode) for process in started]
    return [(status, aside) for (_, aside), status in ended]


@pytest.mark.shows("P12", "F31")
def test_eight_workers_started_at_once_on_one_home_equal_one(office: Office, record_property: Callable[..., None]) -> None:
    office.set_rules(policy={"settle_minutes": 0})
    office.deliver(3)
    ended = at_once(office, _MANY, "run", "--once")
    assert {status for status, _ in ended} <= {0, 1}, ended
    alone_once = standing(office)
    shutil.rmtree(office.home)
    found = receipts(office)
    assert found and set(found.values()) == {1}, "each letter went out once"
    office.mail.remove(UNIT)
    assert office.run("run", "--once")[0] in (0, 1)
    assert standing(office) == alone_once, "eight left behind what one leaves"
    assert sum(receipts(office).values()) == sum(found.values())
    record_property("runs", f"workers started at once: {_MANY}")


@pytest.mark.shows("P12", "F31")
def test_while_one_works_the_others_say_so_and_end_well(office: Office, until: Callable[..., Any]) -> None:
    """A file of a lock that nobody holds stands in the way of nothing; a holder killed -9 is followed at once."""
    office.home.mkdir()
    (office.home / "worker.lock").write_text("4711\n")  # stale: a lock is held, not written
    worker = office.start("run")
    try:
        until(lambda: (office.home / "heartbeat.json").exists())
        for words in (("run", "--once"), ("outbox", "--send"), ("digest", "--send")):
            status, _, aside = office.run(*words)
            assert status in ((0,) if words[0] == "run" else (0, 1)), (words, aside)
            assert "已有一个 mailbot" in aside or "由它来发" in aside, aside
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=60)
    status, _, aside = office.run("run", "--once")
    assert "已有一个" not in aside and "收 0 封" in aside, aside


@pytest.mark.shows("P12")
def test_mail_taken_by_several_at_once_is_taken_once(office: Office, tmp_path: Path) -> None:
    """`ingest` takes no lease: what it does is one transaction a mail under a unique key."""
    office.deliver(4)
    folder = tmp_path / "mails"
    folder.mkdir()
    for number, raw in enumerate(office.mail.mails("nmyxjg@163.com")):
        (folder / f"{number}.eml").write_bytes(raw)
    ended = at_once(office, _FEW, "ingest", str(folder))
    assert {status for status, _ in ended} <= {0, 1}, ended
    together = standing(office)
    shutil.rmtree(office.home)
    office.run("ingest", str(folder))
    assert standing(office) == together and len([x for x in together if x[0] == "mail"]) == 4


@pytest.mark.shows("P12")
def test_reminders_written_by_two_at_once_are_written_once(office: Office) -> None:
    started = [office.start("--now", "2024-03-29T09:30:00", "remind", "--json") for _ in range(3)]
    written = [json.loads(process.communicate(timeout=120)[0])["reminders"] for process in started]
    assert all(process.returncode in (0, 1) for process in started) and max(map(len, written)) > 5
    ledger = office.house("2024-03-29T09:31:00").ledger
    to = Counter((letter.recipient, letter.kind) for letter in ledger.letters_listed())
    ledger.close()
    assert to and set(to.values()) == {1}


@pytest.mark.shows("P12", "F31")
def test_two_homes_on_one_database_are_one_worker(office: Office, postgres_url: str, tmp_path: Path, record_property: Callable[..., None]) -> None:
    office.more["MAILBOT_DATABASE_URL"] = postgres_url
    office.set_rules(policy={"settle_minutes": 0})
    office.deliver(3)
    homes = [tmp_path / f"home{n}" for n in range(_FEW)]
    ended = at_once(office, _FEW, "run", "--once", homes=homes)
    assert {status for status, _ in ended} <= {0, 1}, ended
    found = receipts(office)
    assert found and set(found.values()) == {1}
    assert len([x for x in standing(office, homes[0]) if x[0] == "mail"]) == 3
    record_property("runs", f"workers started at once: {_FEW}")


@pytest.mark.shows("P12", "F31")
def test_of_two_homes_on_one_database_the_second_waits_until_the_first_is_killed(
    office: Office, postgres_url: str, tmp_path: Path, until: Callable[..., Any]
) -> None:
    office.more["MAILBOT_DATABASE_URL"] = postgres_url
    worker = office.start("run", home=tmp_path / "one")
    try:
        until(lambda: (tmp_path / "one" / "heartbeat.json").exists())
        status, _, aside = office.run("run", "--once", home=tmp_path / "two")
        assert (status, _BUSY in aside) == (0, True), aside
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=60)
    assert _BUSY not in office.run("run", "--once", home=tmp_path / "two")[2], "the database let go with the connection"


@pytest.mark.shows("P12")
def test_a_lease_that_the_database_took_back_is_noticed_before_anything_is_sent(office: Office, postgres_url: str, tmp_path: Path) -> None:
    office.more["MAILBOT_DATABASE_URL"] = postgres_url
    house = office.house()
    elsewhere = replace(house, home=tmp_path / "b")
    house.ledger.put_mark("x", "y")
    with house.alone() as mine:
        assert mine is not None
        mine()
        with elsewhere.alone() as other:
            assert other is None
        engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as c:
            c.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        engine.dispose()
        with pytest.raises(LeaseLost):
            mine()
        with pytest.raises(LeaseLost):
            mine()  # a new connection would have nothing
        with pytest.raises(LeaseLost):
            house.outbox(mine).flush(hurry=True)
        with elsewhere.alone() as other:
            assert other is not None, "another may begin"
    elsewhere.close()
    house.close()


@pytest.mark.shows("P12")
def test_a_worker_that_lost_its_lease_ends_and_says_so(office: Office) -> None:
    house = office.house()
    settings = replace(house.rules.settings, mailbox=replace(house.rules.settings.mailbox, poll_minutes=0.005))  # type: ignore[arg-type]
    vars(house)["rules"] = replace(house.rules, settings=settings)
    rounds: list[object] = []

    def lease() -> None:
        if rounds:
            raise LeaseLost

    with suppress(SystemExit), pytest.raises(LeaseLost):
        for_ever(house, lease, Screen(rounds.append, print, print, lambda: nullcontext(lambda _, __: None)))
    assert len(rounds) == 1
    assert LeaseLost().temporary, "exit status 3: whoever started it starts it again"


def test_the_lock_is_not_inherited_by_children(office: Office, tmp_path: Path) -> None:
    """A worker killed -9 may leave a child of the cage behind for a moment; it holds no lock."""
    house = office.house()
    with house.alone() as mine:
        assert mine is not None
        child = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None and child.stdout.readline()
        opened = [str(fd.readlink()) for fd in Path(f"/proc/{child.pid}/fd").iterdir()]
        child.communicate("\n", timeout=30)
    house.close()
    assert not [name for name in opened if "worker.lock" in name or ".lease" in name]
