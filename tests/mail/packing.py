"""Archives written byte by byte: stored members, one fixed date, and every oddity where it has to stand."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

_DOS_DATE = struct.pack("<HH", 9 << 11, (2024 - 1980) << 9 | 3 << 5 | 28)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a zip. `name` as it is written. `flags`: 0x1 encrypted, 0x800 name in UTF-8. `crc`, `said`: what the heads claim
    instead of the truth. `mode`: Unix file mode, 0 for a member from Windows. `extra`: extra field of both heads."""

    name: bytes
    content: bytes
    flags: int = 0
    method: int = 0
    crc: int | None = None
    said: int | None = None
    mode: int = 0
    extra: bytes = b""

    def head(self) -> bytes:
        """What local and central head share, from 'version needed' to the length of the extra field."""
        size = len(self.content) if self.said is None else self.said
        crc = crc32(self.content) if self.crc is None else self.crc
        said = struct.pack("<HHH", 20, self.flags, self.method) + _DOS_DATE
        return said + struct.pack("<IIIHH", crc, len(self.content), size, len(self.name), len(self.extra))


def zipped(*members: Member, comment: bytes = b"") -> bytes:
    """A zip of these members."""
    out, places = b"", []
    for member in members:
        places.append(len(out))
        out += b"PK\x03\x04" + member.head() + member.name + member.extra + member.content
    directory = b"".join(_central(member, place) for member, place in zip(members, places, strict=True))
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(out), len(comment))
    return out + directory + b"PK\x05\x06" + end + comment


def _central(member: Member, place: int) -> bytes:
    made_by = struct.pack("<BB", 20, 3 if member.mode else 0)
    tail = struct.pack("<HHHII", 0, 0, 0, member.mode << 16, place)
    return b"PK\x01\x02" + made_by + member.head() + tail + member.name + member.extra


def overlapping(name: bytes, content: bytes, copies: int) -> bytes:
    """A zip whose directory names the same bytes `copies` times (CVE-2024-0450)."""
    member = Member(name, content)
    out = b"PK\x03\x04" + member.head() + name + content
    directory = b"".join(_central(Member(b"%d-" % n + name, content), 0) for n in range(copies))
    return out + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, copies, copies, len(directory), len(out), 0)


def zip64(name: bytes, content: bytes) -> bytes:
    """A zip whose sizes stand in zip64 extra fields, as some servers write always."""
    extra = struct.pack("<HHQQ", 1, 16, len(content), len(content))
    base = struct.pack("<HHH", 45, 0, 0) + _DOS_DATE + struct.pack("<III", crc32(content), 0xFFFFFFFF, 0xFFFFFFFF)
    head = base + struct.pack("<HH", len(name), len(extra))
    out = b"PK\x03\x04" + head + name + extra + content
    directory = b"PK\x01\x02" + struct.pack("<H", 45) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


# --- tar and 7z -----------------------------------------------------------------------------------------------------------


def tarred(*members: tuple[bytes, bytes], kind: bytes = b"0", link: bytes = b"") -> bytes:
    """A tar of ustar heads; `kind` and `link` are those of the last member."""
    out = b""
    for number, (name, content) in enumerate(members, 1):
        last = number == len(members)
        out += _tar_head(name, content, kind if last else b"0", link if last else b"") + content + bytes(-len(content) % 512)
    return out + bytes(1024)


def _tar_head(name: bytes, content: bytes, kind: bytes, link: bytes) -> bytes:
    head = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(content) + b"%011o\0" % 1_711_587_600
    tail = kind + link.ljust(100, b"\0") + b"ustar\x0000" + bytes(247)
    total = sum(head) + sum(tail) + 8 * 0x20
    return head + b"%06o\0 " % total + tail


def seven_zip(name: str, content: bytes, coder: bytes = b"\x01\x00") -> bytes:
    """A 7z of one stored file (7zFormat.txt). `coder`: the one coder, without its properties; Copy is 00."""
    return seven_zip_stream(name, content, len(content), crc32(content), coder)


def seven_zip_stream(name: str, packed_stream: bytes, size: int, crc: int, coder: bytes) -> bytes:
    """A 7z of one file of `size` bytes as its packed stream gives them."""
    names = name.encode("utf-16-le") + b"\0\0"
    packed = b"\x06" + _number(0) + _number(1) + b"\x09" + _number(len(packed_stream)) + b"\x00"
    folder = b"\x07\x0b" + _number(1) + b"\x00" + _number(1) + coder + b"\x0c" + _number(size) + b"\x0a\x01" + struct.pack("<I", crc) + b"\x00"
    files = b"\x05" + _number(1) + b"\x11" + _number(len(names) + 1) + b"\x00" + names + b"\x00"
    return seven_zip_around(packed_stream, b"\x01\x04" + packed + folder + b"\x08\x00" + b"\x00" + files + b"\x00")


def seven_zip_around(data: bytes, head: bytes) -> bytes:
    start = struct.pack("<QQI", len(data), len(head), crc32(head))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", crc32(start)) + start + data + head


AES = b"\x24\x06\xf1\x07\x01\x0a\x53\x07" + bytes(8)  # 7z: AES-256 and SHA-256; its id, ten bytes of properties: 2^19 rounds, eight bytes of IV


def seven_zip_locked(size: int = 64) -> bytes:
    """A 7z whose head itself is encrypted, as `7z a -mhe` makes it: names cannot be seen."""
    packed = b"\x06" + _number(0) + _number(1) + b"\x09" + _number(size) + b"\x00"
    folder = b"\x07\x0b" + _number(1) + b"\x00" + _number(1) + AES + b"\x0c" + _number(size) + b"\x0a\x01" + bytes(4) + b"\x00"
    return seven_zip_around(bytes(size), b"\x17" + packed + folder + b"\x00")


def _number(value: int) -> bytes:
    """A number of 7z: the first byte says how many follow, low bytes first."""
    if value < 0x80:
        return bytes((value,))
    if value < 0x4000:
        return bytes((0x80 | value >> 8, value & 0xFF))
    if value < 0x10000:
        return b"\xc0" + struct.pack("<H", value)
    return b"\xf0" + struct.pack("<I", value)


def names_of(members: Sequence[tuple[str, bytes]], charset: str) -> tuple[Member, ...]:
    """Members whose names are in a charset that nothing tells."""
    return tuple(Member(name.encode(charset), content) for name, content in members)
