"""What must be known of a rar before it is unpacked: libarchive reads encrypted members and single volumes of several as if
they were whole. Only the heads of its blocks are looked at (RAR 1.5-4 and RAR 5 format notes)."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mailbot.adapters.unpack.box import Refused

_RAR4, _RAR5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_BLOCKS = 5_000
_ENCRYPTED = Refused("encrypted", "archive asks for a password")
_VOLUME = Refused("unsupported", "one volume of an archive in several volumes")


def look_at_rar(file: Path) -> Refused | None:
    """Why a rar must not be opened; None for one that may be, and for other formats."""
    with file.open("rb") as stream:
        head = stream.read(8)
        if head == _RAR5:
            return next((reason for block in _blocks5(stream) if (reason := _of_block5(*block))), None)
        if head.startswith(_RAR4):
            stream.seek(7)
            return next((reason for block in _blocks4(stream) if (reason := _of_block4(*block))), None)
    return None


def _blocks4(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """(type, flags) of each block of RAR 1.5 to 4."""
    for _ in range(_BLOCKS):
        head = stream.read(7)
        if len(head) < 7:
            return
        _, kind, flags, size = struct.unpack("<HBHH", head)
        yield kind, flags
        added = int.from_bytes(stream.read(4), "little") - 4 if flags & 0x8000 else 0
        if size < 7 or kind == 0x7B:
            return
        stream.seek(size - 7 + added, 1)


def _of_block4(kind: int, flags: int) -> Refused | None:
    if (kind == 0x73 and flags & 0x80) or (kind == 0x74 and flags & 0x04):
        return _ENCRYPTED
    if (kind == 0x73 and flags & 0x01) or (kind == 0x74 and flags & 0x03):
        return _VOLUME
    return None


def _blocks5(stream: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """(type, flags, what follows the flags) of each block of RAR 5."""
    for _ in range(_BLOCKS):
        start = stream.read(4 + 3)
        size, used = _vint(start[4:])
        if len(start) < 7 or not size:
            return
        head = start[4 + used :] + stream.read(size - (3 - used))
        kind, at = _vint(head)
        flags, more = _vint(head[at:])
        yield kind, flags, head[at + more :]
        data = _numbers(head[at + more :], 2)[1 if flags & 0x01 else 0] if flags & 0x02 else 0
        if kind == 5:
            return
        stream.seek(data, 1)


def _of_block5(kind: int, flags: int, rest: bytes) -> Refused | None:
    if kind == 4:
        return _ENCRYPTED
    if kind == 1 and _numbers(rest, 2)[1 if flags & 0x01 else 0] & 0x01:
        return _VOLUME
    if kind == 2 and flags & 0x18:
        return _VOLUME
    if kind == 2 and flags & 0x01 and _has_encryption_record(rest[len(rest) - _vint(rest)[0] :]):
        return _ENCRYPTED
    return None


def _has_encryption_record(extra: bytes) -> bool:
    """Whether one of the records behind a file's head has type 1."""
    while extra:
        size, used = _vint(extra)
        if _vint(extra[used:])[0] == 1:
            return True
        if not size:
            return False
        extra = extra[used + size :]
    return False


def _numbers(data: bytes, count: int) -> list[int]:
    found = []
    for _ in range(count):
        number, used = _vint(data)
        found.append(number)
        data = data[used:]
    return found


def _vint(data: bytes) -> tuple[int, int]:
    """(number, bytes used): seven bits a byte, the lowest first."""
    number = 0
    for index, byte in enumerate(data[:10]):
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return number, index + 1
    return number, min(len(data), 10)
