"""Raw mail on disk, named by its hash, safe before anything is parsed (temp, fsync, rename, fsync of the folder)."""

import hashlib
import os
from pathlib import Path

from mailbot.domain.errors import MailbotError


class ArchiveError(MailbotError):
    def __init__(self, problem: OSError) -> None:
        super().__init__(f"邮件存档失败：{problem.strerror or problem}。请检查磁盘空间和目录权限，处理后重新运行", temporary=True)


class Archive:
    """`keep` returns once the bytes are on the disk to stay; the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.eml"

    def keep(self, content: bytes) -> str:
        """Archives the bytes and returns their SHA-256. Raises ArchiveError (temporary) where the disk refuses."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        try:
            if not (path.exists() and path.stat().st_size == len(content)):
                _write_durably(path, content)
        except OSError as problem:
            raise ArchiveError(problem) from problem
        return sha256


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        _fsync_folder(folder)


def _fsync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; NTFS journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
