"""Raw mail on disk, named by its hash, safe before anything is parsed (temp, fsync, rename, fsync of the folder)."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path

from mailbot.adapters.disk import sync_folder
from mailbot.domain.errors import MailbotError
from mailbot.domain.retention import Fault
from mailbot.failpoints import reached


class ArchiveError(MailbotError):
    def __init__(self, problem: OSError) -> None:
        super().__init__(f"邮件存档失败：{problem.strerror or problem}。请检查磁盘空间和目录权限，处理后重新运行", temporary=True)


class Archive:
    """`keep` returns once the bytes are on the disk to stay; the same bytes are kept once. `behind`: another archive that is read
    and never written."""

    def __init__(self, folder: Path, behind: "Archive | None" = None) -> None:
        self.folder, self._behind = folder, behind
        self._anchored: set[Path] = set()  # folders whose own names are on the disk, as far as this process knows

    def path(self, sha256: str) -> Path:
        """Where a mail lies, or would lie."""
        own = self._place(sha256)
        return self._behind.path(sha256) if self._behind and not own.exists() else own

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.eml"

    def keep(self, pieces: Iterable[bytes]) -> str:
        """Archives the bytes, piece by piece, and returns their SHA-256. Raises ArchiveError (temporary) where the disk
        refuses, and whatever the source of the pieces raises; then nothing is kept."""
        try:
            handle, name = self._incoming()
        except OSError as problem:
            raise ArchiveError(problem) from problem
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                sha256, size = _write(file.fileno(), pieces)
            self._settle(temporary, sha256, size)
        finally:
            temporary.unlink(missing_ok=True)
        return sha256

    def fault(self, sha256: str) -> Fault:
        """What is wrong with a mail that should lie here, read anew."""
        try:
            with self.path(sha256).open("rb") as file:
                return "" if _hash(file) == sha256 else "altered"
        except FileNotFoundError:
            return "missing"
        except OSError:
            return "unreadable"

    def size(self, sha256: str) -> int:
        """In bytes, 0 where it is not there."""
        try:
            return self.path(sha256).stat().st_size
        except OSError:
            return 0

    def remove(self, sha256: str) -> None:
        """Deletes a mail, be it gone already. Raises ArchiveError."""
        place = self._place(sha256)
        try:
            if place.exists():
                place.unlink()
                sync_folder(place.parent)
        except OSError as problem:
            raise ArchiveError(problem) from problem

    def sweep(self, before: float) -> int:
        """Removes what a crash left half written and nobody touched since `before` (seconds of the epoch). How many there were."""
        left = [path for path in self.folder.glob(".incoming-*") if path.stat().st_mtime < before]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _incoming(self) -> tuple[int, str]:
        try:
            return tempfile.mkstemp(prefix=".incoming-", dir=self.folder)
        except FileNotFoundError:  # the first mail
            self.folder.mkdir(parents=True, exist_ok=True)
            return tempfile.mkstemp(prefix=".incoming-", dir=self.folder)

    def _settle(self, temporary: Path, sha256: str, size: int) -> None:
        """Renames into place, so that a name in the archive always means the whole mail. What rotted there since is replaced."""
        path = self._place(sha256)
        try:
            if not (path.exists() and path.stat().st_size == size and _is(path, sha256)):
                path.parent.mkdir(exist_ok=True)
                temporary.replace(path)
                reached("archive.renamed")
            sync_folder(path.parent)  # also of a mail that is there: who put it there may have been killed before this line
            self._anchor(path.parent)
        except OSError as problem:
            raise ArchiveError(problem) from problem
        reached("archive.kept")

    def _anchor(self, folder: Path) -> None:
        """The folder's own name, and that of the archive, once a process: whoever made them may have been killed before they were on
        the disk."""
        for inner in (folder, self.folder):
            if inner not in self._anchored:
                sync_folder(inner.parent)
                self._anchored.add(inner)


def _hash(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _is(path: Path, sha256: str) -> bool:
    """Whether these bytes lie there; False also where they cannot be read."""
    try:
        with path.open("rb") as file:
            return _hash(file) == sha256
    except OSError:
        return False


def _write(handle: int, pieces: Iterable[bytes]) -> tuple[str, int]:
    """(SHA-256, size) of what is on the disk now. Only what the disk says is an ArchiveError; the pieces' own troubles are theirs."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        _to_disk(handle, piece)
    reached("archive.written")
    try:
        os.fsync(handle)
    except OSError as problem:
        raise ArchiveError(problem) from problem
    reached("archive.synced")
    return digest.hexdigest(), size


def _to_disk(handle: int, piece: bytes) -> None:
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[os.write(handle, rest) :]
    except OSError as problem:
        raise ArchiveError(problem) from problem
