"""RAR, CAB and LZH archives by hand, because no free program writes them: stored members only, as the published format notes
describe. bsdtar, lsar and 7z read them; a test asks the tools that are there."""

import struct
from zlib import crc32


def _rar4_block(kind: int, flags: int, body: bytes, data: bytes = b"") -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", crc32(head) & 0xFFFF) + head + data


def rar4(*members: tuple[bytes, bytes], archive_flags: int = 0, file_flags: int = 0) -> bytes:
    """A RAR 4 archive. File flags: 0x02 goes on in the next volume, 0x04 encrypted. Archive flags: 0x01 volume, 0x80 encrypted heads."""
    out = b"Rar!\x1a\x07\x00" + _rar4_block(0x73, archive_flags, bytes(6))
    for name, content in members:
        size, method, stamp = len(content), 0x30, 0x58E14000
        body = struct.pack("<IIBIIBBHI", size, size, 2, crc32(content), stamp, 20, method, len(name), 0x20) + name
        out += _rar4_block(0x74, 0x8000 | file_flags, body, content)
    return out + _rar4_block(0x7B, 0x4000, b"")


def _vint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _rar5_block(body: bytes, data: bytes = b"") -> bytes:
    head = _vint(len(body)) + body
    return struct.pack("<I", crc32(head)) + head + data


def rar5(*members: tuple[str, bytes], archive_flags: int = 0, encrypted: bool = False, encrypted_head: bool = False) -> bytes:
    """A RAR 5 archive. Archive flags: 0x01 volume. `encrypted`: members have the record that says so."""
    out = b"Rar!\x1a\x07\x01\x00"
    if encrypted_head:
        return out + _rar5_block(bytes((4, 0, 0, 0, 15)) + bytes(16)) + bytes(64)
    out += _rar5_block(bytes((1, 0, archive_flags)))
    for name, content in members:
        said = _vint(4) + _vint(len(content)) + _vint(0x20) + struct.pack("<I", crc32(content)) + bytes((0, 0))
        written = name.encode()
        extra = bytes((37, 1)) + bytes(36) if encrypted else b""
        sizes = (_vint(len(extra)) if extra else b"") + _vint(len(content))
        out += _rar5_block(bytes((2, 3 if extra else 2)) + sizes + said + _vint(len(written)) + written + extra, content)
    return out + _rar5_block(bytes((5, 0, 0)))


def cab(*members: tuple[bytes, bytes]) -> bytes:
    """A Microsoft cabinet of one folder; names are marked as UTF-8."""
    data = b"".join(content for _, content in members)
    entries, at = b"", 0
    for name, content in members:
        entries += struct.pack("<IIHHHH", len(content), at, 0, 0x58E1, 0, 0x20 | 0x80) + name + b"\0"
        at += len(content)
    files_at = 36 + 8
    data_at = files_at + len(entries)
    end = data_at + 8 + len(data)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, end, 0, files_at, 0, 3, 1, 1, len(members), 0, 0, 0)
    return head + struct.pack("<IHH", data_at, 1, 0) + entries + struct.pack("<IHH", 0, len(data), len(data)) + data


def lzh(*members: tuple[bytes, bytes]) -> bytes:
    """An LHA archive with headers of level 0."""
    out = b""
    for name, content in members:
        rest = b"-lh0-" + struct.pack("<III", len(content), len(content), 0x58E14000) + bytes((0x20, 0, len(name))) + name
        rest += struct.pack("<H", _crc16(content))
        out += bytes((len(rest), sum(rest) & 0xFF)) + rest + content
    return out + b"\0"


def _crc16(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value
