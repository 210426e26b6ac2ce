"""The disk under the data: whether it can be written to stay, how much is free. Shared by what keeps files."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_AS_A_MAIL = 65_536  # bytes; a disk that takes a name may take no more


def sync_folder(folder: Path) -> None:
    """The names in a folder are on the disk. Raises OSError."""
    if os.name == "nt":  # a folder cannot be opened there; NTFS journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(folders: Iterable[Path]) -> str:
    """Why the first of the folders that refuses does so, "" where all can be written to stay. Nothing is left there."""
    for folder in folders:
        try:
            _write_through(folder)
        except OSError as problem:
            return problem.strerror or type(problem).__name__
    return ""


def _write_through(folder: Path) -> None:
    """What the archive does with every mail: write, fsync, rename, fsync the folder. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=".try-", dir=folder)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"\0" * _AS_A_MAIL)
            file.flush()
            os.fsync(file.fileno())
        written = written.rename(written.with_suffix(".done"))
        sync_folder(folder)
    finally:
        with suppress(OSError):
            written.unlink()


def free_space(folder: str | os.PathLike[str]) -> tuple[int, int]:
    """(bytes free, bytes in all) where the folder lies; zeros where that is not told."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return 0, 0
    return usage.free, usage.total
