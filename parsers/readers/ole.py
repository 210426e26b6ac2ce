"""What lies at the root of an OLE2 file ([MS-CFB]): the names in its directory, by a bounded walk that no loop can hold up.

Only the root counts: a workbook inside a Word file is no workbook.
"""

import struct
from collections.abc import Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # this and above are marks, not sector numbers
_ENTRY = 128


def root_names(content: bytes) -> frozenset[str]:
    """Names of the streams and storages at the root. Raises ValueError for a file whose tables are damaged or run in circles."""
    shift = int.from_bytes(content[30:32], "little")
    if shift not in (9, 12) or len(content) < 512:
        raise ValueError("no OLE2 header")
    size = 1 << shift
    fats, first = struct.unpack_from("<II", content, 44)
    if fats * size > len(content):
        raise ValueError(f"{fats} FAT sectors in {len(content)} bytes")
    fat_sectors = list(_fat_sectors(content, size, fats))
    directory = b"".join(_sector(content, number, size) for number in _chain(content, first, fat_sectors, size))
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
    if not entries:
        raise ValueError("no directory")
    return frozenset(_children(entries))


def _sector(content: bytes, number: int, size: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _fat_sectors(content: bytes, size: int, count: int) -> Iterator[int]:
    """The sectors of the FAT: 109 are named in the header, the others in a chain of DIFAT sectors."""
    found = [n for n in struct.unpack_from("<109I", content, 76) if n < _LAST]
    follow, seen = int.from_bytes(content[68:72], "little"), set[int]()
    while follow < _LAST and len(found) < count:
        raw = _sector(content, follow, size)
        if follow in seen or len(raw) < size:
            raise ValueError("DIFAT damaged")
        seen.add(follow)
        *numbers, follow = struct.unpack(f"<{size // 4}I", raw)
        found += [n for n in numbers if n < _LAST]
    yield from found


def _chain(content: bytes, first: int, fat_sectors: list[int], size: int) -> Iterator[int]:
    """The sectors of a stream in order."""
    seen, per, number = set[int](), size // 4, first
    while number < _LAST:
        if number in seen or number // per >= len(fat_sectors) or (number + 1) * size >= len(content):
            raise ValueError("chain of sectors damaged")
        seen.add(number)
        yield number
        table = _sector(content, fat_sectors[number // per], size)
        at = number % per * 4
        if len(table) < at + 4:
            raise ValueError("FAT cut off")
        number = int.from_bytes(table[at : at + 4], "little")


def _children(entries: list[bytes]) -> Iterator[str]:
    """Names below the root: a tree of left, right neighbours from the root's child on."""
    waiting, seen = [int.from_bytes(entries[0][76:80], "little")], set[int]()
    while waiting:
        number = waiting.pop()
        if number >= _LAST:
            continue
        if number in seen or number >= len(entries):
            raise ValueError("directory damaged")
        seen.add(number)
        entry = entries[number]
        length = min(int.from_bytes(entry[64:66], "little"), 64)
        yield entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
        waiting += struct.unpack_from("<II", entry, 68)
