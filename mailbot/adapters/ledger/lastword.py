"""How far the audit had come, beside a database that is a file: whoever loses the file's last pages (a lost -wal) or puts an old copy in
its place is told so, instead of answering everything again (reliability.md F26)."""

import os
import threading
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

from mailbot.domain.audit import Head

_LENGTH = 96


class LastWord:
    """A line in FILE.head, written after each commit and not synced: what it says is never more than what was committed."""

    def __init__(self, url: URL) -> None:
        self._file = self.place(Path(url.database)) if url.get_backend_name() == "sqlite" and url.database else None
        self._handle: int | None = None
        self._most = 0
        self._one = threading.Lock()  # letters are sent beside the mail that is taken

    @staticmethod
    def place(database: Path) -> Path:
        return database.with_name(database.name + ".head")

    def leave(self, head: Head, *, accepted: bool = False) -> None:
        """Never less than what stands there, unless a person `accepted` that. What cannot be written (a full disk) only weakens the look
        at it."""
        if self._file is None:
            return
        with self._one, suppress(OSError):
            if self._handle is None:
                before = self.read()
                self._most = before.count if before else 0
                self._handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
                os.ftruncate(self._handle, _LENGTH)
            if head.count < self._most and not accepted:  # two commits at once leave their word in any order
                return
            self._most = head.count
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, f"{head.count} {head.hash}".ljust(_LENGTH - 1).encode() + b"\n")

    def read(self) -> Head | None:
        """None where nothing was ever written, or it is not readable."""
        if self._file is None:
            return None
        try:
            count, sha256 = self._file.read_text("ascii").partition("\n")[0].split()
            return Head(int(count), sha256)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
