"""tar, and files packed by gzip, bzip2 or xz: read as streams, front to back, nothing twice."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from mailbot.adapters.mime.words import decode_bytes
from mailbot.adapters.unpack.box import Box, Budget, Refused, pieces_of
from parsers.readers.sniff import sniff

_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, UnicodeError, OverflowError, RecursionError)
_LOOK = 600  # bytes that tell a tar
_ENDINGS = (".gz", ".bz2", ".xz")


class Counting:
    """A stream that a budget watches: what tarfile reads from it is counted, heads and padding too."""

    def __init__(self, stream: BinaryIO, budget: Budget, packed: int) -> None:
        self._stream = stream
        self._seen = 0
        self._budget, self._packed = budget, packed

    def read(self, count: int) -> bytes:
        piece = self._stream.read(count)
        self._seen += len(piece)
        self._budget.spend(len(piece))
        if self._seen > self._budget.limits.ratio_from and self._seen > self._budget.limits.ratio * max(self._packed, 1):
            raise Refused("archive-unsafe", f"unpacks to more than {self._budget.limits.ratio} times its size")
        return piece


def open_tar(box: Box) -> None:
    """Fills the box from a tar. Raises Refused; what was read before stays in the box."""
    assert box.leaf.content.file is not None  # asked before
    with box.leaf.content.file.open("rb") as file:
        take_tar(file, box)


def open_packed(box: Box) -> None:
    """Fills the box from a gzip, bzip2 or xz file: the members of a tar inside, else the one file inside."""
    try:
        with _unpacked(box) as stream:
            is_tar = sniff(stream.read(_LOOK)) == "tar"
        with _unpacked(box) as stream:
            if is_tar:
                take_tar(stream, box)
            else:
                box.add(_inner_name(box.leaf.name), box.budget.counted(pieces_of(stream), box.leaf.content.size))
    except MemoryError as error:
        raise Refused("archive-unsafe", "asks for more memory than there is") from error
    except _BROKEN as error:
        raise Refused("corrupt", f"{type(error).__name__}: {error}") from error


_OPEN = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}


def _unpacked(box: Box) -> BinaryIO:
    return cast(BinaryIO, _OPEN[sniff(box.leaf.content.head)](box.leaf.content.file))  # type: ignore[operator]


def _inner_name(name: str) -> str:
    ending = next((ending for ending in _ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)] if ending and len(name) > len(ending) else f"{name}-内容"


def take_tar(stream: BinaryIO, box: Box) -> None:
    """Fills the box from a stream of tar. Raises Refused; what was read before stays in the box."""
    counting = Counting(stream, box.budget, box.leaf.content.size)
    try:
        with tarfile.open(fileobj=counting, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:  # type: ignore[call-overload]
            for member in archive:
                _take_member(archive, member, box)
    except _BROKEN as error:
        raise Refused("corrupt", f"{type(error).__name__}: {error}") from error


def _take_member(archive: tarfile.TarFile, member: tarfile.TarInfo, box: Box) -> None:
    name = decode_bytes(member.name.encode("utf-8", "surrogateescape"))
    if member.isdir() or not box.wants(name):
        return
    if not member.isreg():
        box.unsafe.append("link in archive" if member.issym() or member.islnk() else "device in archive")
        return
    content = archive.extractfile(member)
    if content is not None:
        box.add(name, _whole(pieces_of(cast(BinaryIO, content)), member.size))


def _whole(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The pieces of a member; EOFError where they are fewer bytes than its head says."""
    seen = 0
    for piece in pieces:
        seen += len(piece)
        yield piece
    if seen < size:
        raise EOFError("archive ends inside a file")
