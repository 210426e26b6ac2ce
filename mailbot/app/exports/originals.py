"""The files of archived mails, handed from the cage into a zip: as they were sent, under cleaned names, each with its checksum."""

import hashlib
import logging
import os
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from mailbot.app.ports import Archive, Opener
from mailbot.domain.filenames import Names
from mailbot.domain.obligations import Filing
from mailbot.domain.periods import SHANGHAI

log = logging.getLogger(__name__)
_PIECE = 1 << 16
_STORED = frozenset({".docx", ".xlsx", ".pptx", ".zip", ".rar", ".7z", ".jpg", ".jpeg", ".png", ".gz", ".pdf", ".ofd"})  # packed already
_NO_TRICKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # no link is followed, no pipe waited for
SUMS = "SHA256SUMS"


class Altered(Exception):
    """A mail in the archive has other bytes than those that came: it proves nothing and goes into no zip."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that goes into the zip: which filing, out of which archived mail, into which folder under which name."""

    filing: Filing
    mail: str  # SHA-256 of the mail's bytes
    folder: str
    name: str


@dataclass
class Box:
    """A zip being filled. Names in it are unique and safe; `sums` grows with them."""

    zip: zipfile.ZipFile
    names: Names = field(default_factory=Names)
    sums: list[tuple[str, str]] = field(default_factory=list)

    def add(self, source: BinaryIO, folder: str, name: str, when: datetime) -> str:
        """Copies what can be read from `source`; its name in the zip."""
        place = self.names.unique(folder, name) if folder else name
        digest = hashlib.sha256()
        with self.zip.open(_entry(place, when), "w", force_zip64=True) as out:
            while piece := source.read(_PIECE):
                digest.update(piece)
                out.write(piece)
        self.sums.append((digest.hexdigest(), place))
        return place

    def close_with_sums(self, when: datetime) -> None:
        """The list that `sha256sum -c SHA256SUMS` takes, as the last file. No name holds a line end or a backslash."""
        text = "".join(f"{sha256}  {place}\n" for sha256, place in self.sums)
        with self.zip.open(_entry(SUMS, when), "w") as out:
            out.write(text.encode())


def _entry(place: str, when: datetime) -> zipfile.ZipInfo:
    there = when.astimezone(SHANGHAI)
    entry = zipfile.ZipInfo(place, (min(max(there.year, 1980), 2107), *there.timetuple()[1:6]))
    entry.compress_type = zipfile.ZIP_STORED if Path(place).suffix.lower() in _STORED else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    entry.create_system = 3  # a Unix file: not executable
    return entry


@contextmanager
def boxed(file: Path) -> Iterator[Box]:
    """A new zip at `file`."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as packed:
        yield Box(packed)


def hand_over(hands: Opener, archive: Archive, box: Box, mail: str, wanted: Iterable[Wanted]) -> dict[int, str]:
    """Puts files of one mail into the box: position in `wanted` -> name in the zip. What is not there any more, or is not what was
    filed, is left out."""
    found: dict[int, str] = {}
    try:
        with hands.files_of(archive.path(mail)) as files:
            for n, one in enumerate(wanted):
                if (place := _handed(files, one, box)) is not None:
                    found[n] = place
    except FileNotFoundError:
        log.warning("not in the archive sha256=%s", mail[:12])
    return found


def _handed(files: Mapping[str, Path], one: Wanted, box: Box) -> str | None:
    file = files.get(one.filing.sha256)
    if file is None:
        return None
    try:
        handle = os.open(file, os.O_RDONLY | _NO_TRICKS)
    except OSError:  # a child that was taken over lays a link there
        return None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_size != one.filing.size:
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != one.filing.sha256:
            return None
        source.seek(0)
        return box.add(source, one.folder, one.name, one.filing.received_at)


def add_mail(archive: Archive, box: Box, mail: str, folder: str, name: str, when: datetime) -> str | None:
    """Puts the mail itself into the box; None where the archive has it no more. Raises Altered where it is not what came."""
    try:
        with archive.path(mail).open("rb") as source:
            if hashlib.file_digest(source, "sha256").hexdigest() != mail:
                log.warning("altered in the archive sha256=%s", mail[:12])
                raise Altered
            source.seek(0)
            return box.add(source, folder, name, when)
    except FileNotFoundError:
        return None


def by_mail(wanted: Iterable[Wanted]) -> dict[str, list[Wanted]]:
    """In order of the mails' first mention."""
    found: dict[str, list[Wanted]] = {}
    for one in wanted:
        found.setdefault(one.mail, []).append(one)
    return found


def name_of(filing: Filing) -> str:
    """The file's own name, as sent: 材料.zip/清单.docx#2 -> 清单.docx."""
    return re.sub(r"#\d+$", "", filing.path.rpartition("/")[2]) or "文件"
