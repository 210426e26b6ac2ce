"""What must be known of a rar before it is unpacked: libarchive reads encrypted members and single volumes of several as if
they were whole. Only the heads of its blocks are looked at (RAR 1.5-4 and RAR 5 format notes)."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mailbot.adapters.unpack.box import Refused

_RAR4, _RAR5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_BLOCKS = 5_000
_LONGEST = 10  # bytes of a number
_ENCRYPTED = Refused("encrypted", "archive asks for a password")
_VOLUME = Refused("unsupported", "one volume of an archive in several volumes")


def look_at_rar(file: Path) -> Refused | None:
    """Why a rar must not be opened; None for one that may be, and for other formats."""
    with file.open("rb") as stream:
        head = stream.read(8)
        if head == _RAR5:
            return next((reason for block in _blocks5(stream, 8) if (reason := _of_block5(*block))), None)
        if head.startswith(_RAR4):
            return next((reason for block in _blocks4(stream, 7) if (reason := _of_block4(*block))), None)
    return None


def _head_at(stream: BinaryIO, at: int, size: int) -> bytes:
    """The bytes at a place that the file itself names; b"" where there are not so many."""
    end = stream.seek(0, 2)
    if at + size > end:
        return b""
    stream.seek(at)
    return stream.read(size)


def _blocks4(stream: BinaryIO, at: int) -> Iterator[tuple[int, int]]:
    """(type, flags) of each block of RAR 1.5 to 4, from the offset of the first on."""
    for _ in range(_BLOCKS):
        if not (head := _head_at(stream, at, 7)):
            return
        _, kind, flags, size = struct.unpack("<HBHH", head)
        yield kind, flags
        if size < 7 or kind == 0x7B:
            return
        added = int.from_bytes(_head_at(stream, at + 7, 4), "little") if flags & 0x8000 else 0
        at += size + added


def _of_block4(kind: int, flags: int) -> Refused | None:
    if (kind == 0x73 and flags & 0x80) or (kind == 0x74 and flags & 0x04):
        return _ENCRYPTED
    if (kind == 0x73 and flags & 0x01) or (kind == 0x74 and flags & 0x03):
        return _VOLUME
    return None


def _blocks5(stream: BinaryIO, at: int) -> Iterator[tuple[int, int, bytes]]:
    """(type, flags, what follows the flags) of each block of RAR 5, from the offset of the first on."""
    for _ in range(_BLOCKS):
        size, used = _vint(_head_at(stream, at + 4, 3))
        head = _head_at(stream, at + 4 + used, size)
        if not head:
            return
        kind, behind = _vint(head)
        flags, more = _vint(head[behind:])
        rest = head[behind + more :]
        yield kind, flags, rest
        if kind == 5:
            return
        data = _numbers(rest, 2)[1 if flags & 0x01 else 0] if flags & 0x02 else 0
        at += 4 + used + size + data


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
    at = 0
    while at < len(extra):
        size, used = _vint(extra[at : at + _LONGEST])
        if _vint(extra[at + used : at + used + _LONGEST])[0] == 1:
            return True
        if not size:
            return False
        at += used + size
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
    for index, byte in enumerate(data[:_LONGEST]):
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return number, index + 1
    return number, min(len(data), _LONGEST)
