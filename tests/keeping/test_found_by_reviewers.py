"""What reviewers found about backups: what they say of an unwilling disk, of foreign and damaged files, and who may read what they bring back."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Bureau, office_in, risk_list

from mailbot.adapters.bundle import BackupNotWritten, NotABackup, writing
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.errors import ConfigurationError, MailbotError


def unwatched(done: int, whole: int) -> None:
    """Nobody looks at the bar."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with ExitStack() as stack:
        there = office_in(tmp_path / "home", stack, "2024-03-28T09:00:00")
        there.post("xinzhen", {"清单.docx": risk_list()})
        there.flush(hurry=True)
        yield there


@pytest.fixture
def backup(office: Bureau, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    office.house.backing_up().write(file, unwatched)
    return file


def elsewhere(office: Bureau) -> House:
    return House(bundled("config"), office.house.home.parent / "elsewhere", lambda: office.now, {"MAILBOT_SCANS": "off"})


def remade(backup: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The same with another index."""
    file = backup.with_name("remade.zip")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "index.json":
                told = json.loads(content)
                change(told)
                content = json.dumps(told).encode()
            new.writestr(name, content)
    return file


def test_a_read_only_disk_is_said_in_our_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(BackupNotWritten, match="写不进"), writing(tmp_path / "b.zip"):
        pass


def test_a_backup_that_could_not_be_noted_is_a_backup(office: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise MailbotError("台账写不进去。")

    monkeypatch.setattr(office.house.ledger, "witness", refused)
    told = office.house.backing_up().write(tmp_path / "b.zip", unwatched)
    assert told.attention and "备份是完整的" in told.lines[-1] and "台账写不进去" in told.lines[-1]
    assert zipfile.is_zipfile(tmp_path / "b.zip")


def test_a_folder_is_no_backup(office: Bureau, tmp_path: Path) -> None:
    with pytest.raises(NotABackup, match="是一个文件夹"):
        elsewhere(office).bringing_back().restore(tmp_path, unwatched)


@pytest.mark.parametrize("key", ["at", "audit", "schema", "rows", "mailbot"])
def test_an_index_without_a_key_restores_nothing(office: Bureau, backup: Path, key: str) -> None:
    house = elsewhere(office)
    with pytest.raises(ConfigurationError, match="没有恢复任何内容"):
        house.bringing_back().restore(remade(backup, lambda told: told.pop(key)), unwatched)
    assert list(house.home.iterdir()) == []


def test_a_damaged_audit_is_the_files_fault(office: Bureau, backup: Path) -> None:
    with pytest.raises(ConfigurationError, match="没有恢复"):  # exit status 2: trying again does not help
        elsewhere(office).bringing_back().restore(remade(backup, lambda told: told["audit"].update(hash="f" * 64)), unwatched)


def test_altered_mails_are_counted_again_and_nobody_else_reads_what_came_back(office: Bureau, tmp_path: Path) -> None:
    mail = next((office.house.home / "archive").rglob("*.eml"))
    mail.chmod(0o600)
    mail.write_bytes(b"altered")
    office.house.backing_up().write(tmp_path / "b.zip", unwatched)
    house = elsewhere(office)
    told = house.bringing_back().restore(tmp_path / "b.zip", unwatched)
    assert any("被改动过的原邮件 1 封" in line for line in told.lines)
    (step,) = (line for line in told.lines if "5. 运行" in line)
    assert f"--home {house.home}" in step and "--config" in step
    if os.name != "nt":
        assert {path.stat().st_mode & 0o777 for path in (house.home / "archive").rglob("*.eml")} == {0o600}
    house.close()
