"""The one place where the files of mails lie while they are read: a folder a cage, in it one a child.

Beside each folder stands a file that its owner holds locked. The lock ends with the process, however it dies; whoever comes next removes
the folders that nobody holds.
"""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from mailbot.adapters.file_lock import locked

log = logging.getLogger(__name__)
_LOCK = ".lock"


class Scratch:
    """`root`: the place, made when it is needed; the system's folder for temporary files where none is named, and nothing is swept there."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._held: BinaryIO | None = None
        self._folder: Path | None = None
        self._making = threading.Lock()  # two readers may begin at once

    def folder(self, number: int) -> Path:
        """The folder of one child, empty at first. Raises OSError."""
        with self._making:
            if self._folder is None:
                self._folder = self._new()
            folder = self._folder / str(number)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _new(self) -> Path:
        if self._root is None:
            return Path(tempfile.mkdtemp(prefix="mailbot-")).resolve()
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(self._root)
        while True:
            handle, name = tempfile.mkstemp(prefix="cage-", suffix=_LOCK, dir=self._root)
            self._held = os.fdopen(handle, "r+b")
            if locked(self._held.fileno()) and Path(name).exists():  # else a sweeper was quicker
                break
            self._held.close()
        folder = Path(name.removesuffix(_LOCK)).resolve()
        folder.mkdir(mode=0o700)
        return folder

    def close(self) -> None:
        """Removes it all. May be opened again."""
        folder, self._folder = self._folder, None
        if folder is not None:
            remove(folder)
        if self._held is not None:
            self._held.close()
            self._held = None
            if folder is not None and not folder.exists():
                folder.with_name(folder.name + _LOCK).unlink(missing_ok=True)


def sweep(root: Path) -> int:
    """Removes what dead cages left there. How many that were."""
    swept = 0
    for lock in root.glob(f"cage-*{_LOCK}"):
        try:
            with lock.open("r+b") as file:
                if not locked(file.fileno()):
                    continue
                remove(lock.with_name(lock.name.removesuffix(_LOCK)))
                if os.name != "nt":  # there an open file stays
                    lock.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            swept += 1
        except OSError:
            continue  # somebody else sweeps, too
    return swept


def empty(folder: Path) -> None:
    """Removes all that lies in a folder; the folder itself stays the one that its child may write to."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """A folder with all in it, also where whoever filled it took our rights from it. What cannot be removed is logged."""

    def again(_: Callable[..., Any], name: str, __: tuple[type[BaseException], BaseException, TracebackType]) -> None:
        path = Path(name)
        try:
            if path != folder:
                path.parent.chmod(0o700)
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except FileNotFoundError:
            pass
        except OSError as problem:
            log.warning("scratch not removed: %s", problem.strerror)

    if folder.exists():
        shutil.rmtree(folder, onerror=again)
