"""The backup file itself: what is in it and what is not, and that a damaged, foreign or hostile one changes nothing."""

import hashlib
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Bureau, office_in, risk_list
from typer.testing import CliRunner

from mailbot.adapters.bundle import NotABackup
from mailbot.app.backup import NotHere
from mailbot.app.cli import app
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.errors import MailbotError


def unwatched(done: int, whole: int) -> None:
    """Nobody looks at the bar."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with ExitStack() as stack:
        there = office_in(tmp_path / "home", stack, "2024-03-28T09:00:00", MAILBOT_IMAP_PASSWORD="canary-of-the-environment")
        (tmp_path / "home" / "secrets.env").write_text("MAILBOT_SMTP_PASSWORD=canary-of-the-file\n")
        os.chmod(tmp_path / "home" / "secrets.env", 0o600)  # noqa: PTH101
        there.post("xinzhen", {"清单.docx": risk_list()})
        there.flush(hurry=True)
        yield there


@pytest.fixture
def backup(office: Bureau, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    office.house.backing_up().write(file, unwatched)
    return file


def elsewhere(office: Bureau, name: str = "elsewhere") -> House:
    return House(bundled("config"), office.house.home.parent / name, lambda: office.now, {"MAILBOT_SCANS": "off"})


def remade(backup: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same with other members, its index as it stands in them."""
    with zipfile.ZipFile(backup) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    file = backup.with_name("remade.zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return file


def listed(members: dict[str, bytes], name: str, **about: Any) -> None:
    index = json.loads(members["index.json"])
    index["files"][name] = index["files"].get(name, {"size": 3, "sha256": "0" * 64}) | about
    members["index.json"] = json.dumps(index).encode()


def test_no_secret_is_in_it_and_only_its_owner_may_read_it(backup: Path) -> None:
    with zipfile.ZipFile(backup) as packed:
        names = packed.namelist()
        everything = b"\n".join(packed.read(name) for name in names)
    assert b"canary" not in everything and not any("secret" in name for name in names)
    assert os.name == "nt" or backup.stat().st_mode & 0o077 == 0
    assert not list(backup.parent.glob(".mailbot-*"))


def test_it_is_whole_while_others_write(office: Bureau, tmp_path: Path) -> None:
    stop, other = threading.Event(), House(bundled("config"), office.house.home, lambda: office.now, {"MAILBOT_SCANS": "off"})

    def busy() -> None:
        n = 0
        while not stop.is_set():
            other.ledger.put_mark("busy", str(n := n + 1))
            other.ledger.in_force(f"v{n}", "live", office.now)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for n in range(5):
            office.house.backing_up().write(tmp_path / f"{n}.zip", unwatched)
    finally:
        stop.set()
        thread.join()
        other.close()
    for n in range(5):
        house = elsewhere(office, f"from{n}")
        house.bringing_back().restore(tmp_path / f"{n}.zip", unwatched)  # every hash and the chain are checked
        house.close()


HOSTILE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a name that leads elsewhere": lambda m: (m.update({"rules/config/../../../evil.yaml": b"abc"}), listed(m, "rules/config/../../../evil.yaml"))[0],
    "an absolute name": lambda m: (m.update({"/etc/evil": b"abc"}), listed(m, "/etc/evil"))[0],
    "a name of a secret": lambda m: (m.update({"secrets.env": b"abc"}), listed(m, "secrets.env"))[0],
    "a backslash": lambda m: (m.update({"rules/config/..\\evil.yaml": b"abc"}), listed(m, "rules/config/..\\evil.yaml"))[0],
    "a file that the index does not know": lambda m: m.update({"rules/config/more.yaml": b"abc"}),
    "a file that is not there": lambda m: listed(m, "rules/config/more.yaml"),
    "a file longer than the index says": lambda m: m.update({"ledger/marks.jsonl": m["ledger/marks.jsonl"] + b" " * 5_000_000}),
    "no index": lambda m: m.pop("index.json") and None,
    "an index that is no JSON": lambda m: m.update({"index.json": b"{"}),
    "an index nested without end": lambda m: m.update({"index.json": b"[" * 200_000}),
    "an index of another program": lambda m: m.update({"index.json": b'{"format": "other", "files": {}}'}),
    "rows of no table of ours": lambda m: (m.update({"ledger/evil.jsonl": b"{}\n"}), listed(m, "ledger/evil.jsonl", sha256=hashlib.sha256(b"{}\n").hexdigest()))[0],
}


@pytest.mark.shows("F26")
@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_nothing_is_restored(office: Bureau, backup: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    house = elsewhere(office)
    with pytest.raises(MailbotError, match=r"没有恢复|不是 mailbot 的备份") as told:
        house.bringing_back().restore(remade(backup, change), unwatched)
    assert "没有恢复" in told.value.sentence and list(house.home.iterdir()) == [] and not (house.home.parent / "evil.yaml").exists()


@pytest.mark.shows("F26")
def test_a_file_with_a_flipped_or_missing_byte_anywhere_is_refused_and_nothing_is_restored(
    office: Bureau, backup: Path, record_property: Callable[[str, Any], None]
) -> None:
    content, tried = backup.read_bytes(), 0
    house, file = elsewhere(office), backup.with_name("damaged.zip")
    head = content.rindex(b"PK\x05\x06")
    for place in range(40, head, max(1, head // 60)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :])
        try:
            house.bringing_back().restore(file, unwatched)
        except (NotABackup, MailbotError) as problem:
            assert problem.sentence and list(house.home.iterdir()) == []
            tried += 1
        else:  # a byte that says nothing (a time, a comment): then all is as it was
            house.close()
            assert [q.raw for q in elsewhere(office).ledger.letters_listed()] == [q.raw for q in office.listed()]
            shutil.rmtree(house.home)
    for length in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        with pytest.raises(NotABackup):
            house.bringing_back().restore(file, unwatched)
    assert tried > 30
    record_property("runs", f"damaged backups refused: {tried + 4}")


def test_a_home_that_is_not_empty_is_left_alone_and_says_what_to_do(office: Bureau, backup: Path) -> None:
    with pytest.raises(NotHere, match="不是空的"):
        House(bundled("config"), office.house.home, lambda: office.now, {}).bringing_back().restore(backup, unwatched)
    assert len(office.listed()) == 1


def test_a_disk_that_refuses_leaves_no_half_backup_and_no_half_restore(office: Bureau, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = elsewhere(office)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as m, pytest.raises(MailbotError, match="没有留下一半"):
        m.setattr("mailbot.adapters.bundle.os.fsync", full)
        house.bringing_back().restore(backup, unwatched)
    assert list(house.home.iterdir()) == []
    with monkeypatch.context() as m, pytest.raises(MailbotError, match="没有留下半份"):
        m.setattr("mailbot.adapters.bundle.os.fsync", full)
        office.house.backing_up().write(backup.with_name("second.zip"), unwatched)
    assert not backup.with_name("second.zip").exists() and not list(backup.parent.glob(".mailbot-*"))


def test_the_commands_say_what_was_done_and_what_to_do_next(office: Bureau, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    run = CliRunner().invoke(app, ["--home", str(office.house.home), "backup", str(file)])
    assert run.exit_code == 0 and "原邮件 1 封" in run.stdout and "授权码和密码" in run.stdout
    again = CliRunner().invoke(app, ["--home", str(office.house.home), "backup", str(file)])
    assert again.exit_code == 2
    back = CliRunner().invoke(app, ["--home", str(tmp_path / "new"), "restore", str(file)])
    assert back.exit_code == 0 and "接着要做的" in back.stdout and "secrets.env" in back.stdout
    foreign = CliRunner().invoke(app, ["--home", str(tmp_path / "other"), "restore", str(Path(__file__))])
    assert foreign.exit_code == 2
