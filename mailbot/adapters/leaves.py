"""A leaf file on its way to a reader, and the scratch folder where its bytes lie. Shared by mime, unpack and cage.

No file of a mail is ever held in memory here: bytes go in pieces from the raw mail or an archive to disk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mailbot.adapters.limits import Limits
from mailbot.domain.documents import Trouble

PIECE = 1 << 16  # bytes read at a time, from any file
_HEAD = 4_096


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes on disk. `file` is None where there are more bytes than a reader may see; `head` holds the first of them, to
    tell what they are."""

    file: Path | None
    size: int
    sha256: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of a mail before it is read. `trouble` is set where it must not be read at all.

    `name` is what `path` ends in; both are for showing, never for the disk. `mail`: the part says it is a message/rfc822.
    """

    path: str
    name: str
    content: Stored
    inline: bool = False
    forwarded: bool = False
    mail: bool = False
    trouble: Trouble | None = None
    detail: str = ""


class Store:
    """A scratch folder that takes bytes in pieces, each content a file with a number for its name."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._kept = 0

    def keep(self, pieces: Iterable[bytes], *, mail: bool = False) -> Stored:
        """Counted and hashed to the end, written only up to the size rule: that of a mail or that of a file. What `pieces`
        raises goes through."""
        most = self._limits.mail_bytes if mail else self._limits.file_bytes
        digest, size, head = sha256(), 0, b""
        self._kept += 1
        file = self._folder / str(self._kept)
        with file.open("wb", buffering=0) as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                if len(head) < _HEAD:
                    head += piece[: _HEAD - len(head)]
                if size <= most:
                    out.write(piece)
        if size > most:
            file.unlink()
            return Stored(None, size, digest.hexdigest(), head)
        return Stored(file, size, digest.hexdigest(), head)
