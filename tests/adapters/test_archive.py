"""The archive: whole or not at all, once, under its hash."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.adapters.archive import Archive, ArchiveError
from mailbot.domain.errors import MailboxConfused


def test_pieces_become_one_file_named_by_its_hash(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    sha256 = archive.keep([b"From: a\r\n", b"", b"\r\nx"])
    assert sha256 == hashlib.sha256(b"From: a\r\n\r\nx").hexdigest()
    assert archive.path(sha256).read_bytes() == b"From: a\r\n\r\nx"
    assert archive.keep([b"From: a\r\n\r\nx"]) == sha256
    assert [p for p in (tmp_path / "archive").rglob("*") if p.is_file()] == [archive.path(sha256)], "nothing temporary is left"


def test_bytes_that_rotted_are_made_good_by_the_same_mail(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    sha256 = archive.keep([b"whole mail"])
    archive.path(sha256).write_bytes(b"whole mai1")
    assert archive.fault(sha256) == "altered"
    assert archive.keep([b"whole mail"]) == sha256
    assert archive.fault(sha256) == "" and archive.path(sha256).read_bytes() == b"whole mail"


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise MailboxConfused

    with pytest.raises(MailboxConfused):
        Archive(tmp_path).keep(broken())
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_half_written_is_swept_away(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = archive.keep([b"whole"])
    (tmp_path / ".incoming-left").write_bytes(b"half")
    now = (tmp_path / ".incoming-left").stat().st_mtime
    assert archive.sweep(now - 1) == 0, "somebody may be writing it"
    assert archive.sweep(now + 1) == 1 and archive.sweep(now + 1) == 0
    assert archive.path(sha256).read_bytes() == b"whole"


def test_a_file_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    path = archive.path(archive.keep([b"whole"]))
    path.write_bytes(b"wh")
    archive.keep([b"whole"])
    assert path.read_bytes() == b"whole"


def test_a_disk_that_refuses_is_our_trouble_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ArchiveError) as caught:
        Archive(tmp_path).keep([b"x"])
    assert caught.value.temporary
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
