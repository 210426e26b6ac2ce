"""The members of a zip by the heads that stand before them, for a zip whose directory is gone or is that of another
(APPNOTE.TXT 4.3.7). Nothing is unpacked."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"PK\x03\x04"
_HEAD = struct.Struct("<4s5H3I2H")
_LATER = 0x08  # flag: the sizes stand behind the content
_ZIP64 = 0xFFFFFFFF  # the size stands in the extra field
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class ZipHead:
    """A member: its name as written, and its content at the offset `at`. `packed`: its bytes there, None where the head does not
    know them; `crc` is then not known either."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int | None
    at: int


def zip_heads(stream: BinaryIO) -> Iterator[ZipHead]:
    """The members one after the other, from the beginning of the stream up to what is no head. The stream may be moved meanwhile."""
    place = 0
    while place >= 0:
        stream.seek(place)
        raw = stream.read(_HEAD.size)
        if len(raw) < _HEAD.size or not raw.startswith(MAGIC):
            return
        _, _, flags, method, _, _, crc, packed, _, name_bytes, extra_bytes = _HEAD.unpack(raw)
        at = place + _HEAD.size + name_bytes + extra_bytes
        known = not flags & _LATER and packed != _ZIP64
        yield ZipHead(stream.read(name_bytes), flags, method, crc, packed if known else None, at)
        place = at + packed if known else _next_head(stream, at)


def _next_head(stream: BinaryIO, at: int) -> int:
    """Where the next head begins, -1 where there is none."""
    stream.seek(at)
    kept = b""
    while piece := stream.read(_PIECE):
        if (found := (kept + piece).find(MAGIC)) >= 0:
            return at - len(kept) + found
        at += len(piece)
        kept = piece[-3:]
    return -1
