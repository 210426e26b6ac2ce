"""OLE2 files ([MS-CFB], version 3) and bare Word files written by hand, so that a test knows each byte that matters."""

import struct
from collections.abc import Mapping

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 file with these streams at its root, each padded to 4096 bytes, so that none is a mini stream."""
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    entries, data, chains = [b""], b"", []
    for name, content in padded.items():
        content += b"\0" * (-len(content) % _SECTOR)
        entries.append(_entry(name, 2, len(data) // _SECTOR, len(content), right=len(entries) + 1 if len(entries) < len(padded) else _FREE))
        chains.append((len(data) // _SECTOR, len(content) // _SECTOR))
        data += content
    entries[0] = _entry("Root Entry", 5, _END, 0, child=1 if padded else _FREE)
    directory = b"".join(entries)
    directory += b"\0" * (-len(directory) % _SECTOR)
    chains.append((len(data) // _SECTOR, len(directory) // _SECTOR))
    return _assembled(data + directory, chains)


def _assembled(body: bytes, chains: list[tuple[int, int]]) -> bytes:
    sectors = len(body) // _SECTOR
    fats = 1
    while fats * 128 < sectors + fats:
        fats += 1
    table = [_FREE] * (fats * 128)
    for first, count in chains:
        table[first : first + count] = [*range(first + 1, first + count), _END]
    table[sectors : sectors + fats] = [_FAT] * fats
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, fats, chains[-1][0], 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *(range(sectors, sectors + fats)), *([_FREE] * (109 - fats)))
    return head + body + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, first: int, size: int, right: int = _FREE, child: int = _FREE) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII", written, len(written), kind, 1, _FREE, right, child) + b"\0" * 36 + struct.pack("<III", first, size, 0)


def word(
    text: bytes, *, width: int = 2, language: int = 0x0804, flags: int = 0x1000, version: int = 0x00C1, characters: int | None = None
) -> bytes:
    """A Word 97 file of one piece of text, `width` bytes a character, without any formatting."""
    count = len(text) // width if characters is None else characters
    place = 1024 * 2 | 0x40000000 if width == 1 else 1024
    plc = struct.pack("<II", 0, count) + struct.pack("<HIH", 0, place, 0)
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    body = bytearray(1024)
    struct.pack_into("<HHHHHH", body, 0, 0xA5EC, version, 0, language, 0, flags)
    struct.pack_into("<i", body, 76, count)
    struct.pack_into("<II", body, 154 + 8 * 33, 0, len(clx))
    return file({"WordDocument": bytes(body) + text, "0Table": clx})


def word_6(text: bytes, flags: int = 0) -> bytes:
    """A Word 95 file: its text in one run of bytes."""
    body = bytearray(1024)
    struct.pack_into("<HHHHHH", body, 0, 0xA5DC, 104, 0, 0x0804, 0, flags)
    struct.pack_into("<II", body, 0x18, 1024, 1024 + len(text))
    struct.pack_into("<I", body, 0x34, len(text))
    return file({"WordDocument": bytes(body) + text})
