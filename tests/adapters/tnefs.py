"""winmail.dat by hand, as [MS-OXTNEF] describes it: what Outlook writes, in small."""

import struct

NEW_FILE, TITLE, DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
CODEPAGE, BODY, PROPERTIES = 0x00069007, 0x0002800C, 0x00069003


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(*attributes: bytes) -> bytes:
    codepage = attribute(1, CODEPAGE, struct.pack("<II", 936, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, b"\0\0\1\0") + codepage + b"".join(attributes)


def prop(name: int, kind: int, value: bytes) -> bytes:
    """One MAPI property; strings, objects and binaries with their count and length, padded to four bytes."""
    if kind in (0x001E, 0x001F, 0x000D, 0x0102):
        return struct.pack("<HHII", kind, name, 1, len(value)) + value + bytes(-len(value) % 4)
    return struct.pack("<HH", kind, name) + value


def named_prop(kind: int, value: bytes) -> bytes:
    """One whose name is a string, as programs add of their own."""
    name = "X-甲".encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", kind, 0x8001) + bytes(16) + struct.pack("<II", 1, len(name)) + name + bytes(-len(name) % 4)
    return head + prop(0, kind, value)[4:]


def props(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def long_name(name: str) -> bytes:
    return prop(0x3707, 0x001F, name.encode("utf-16-le") + b"\0\0")


def file(title: bytes, content: bytes, *values: bytes) -> bytes:
    """The attributes of one attached file."""
    out = attribute(2, NEW_FILE, bytes(14)) + attribute(2, TITLE, title + b"\0") + attribute(2, DATA, content)
    return out + (attribute(2, FILE_PROPERTIES, props(*values)) if values else b"")


def embedded(name: str, inner: bytes) -> bytes:
    """An attached Outlook message."""
    values = props(long_name(name), prop(0x3705, 0x0003, struct.pack("<I", 5)), prop(0x3701, 0x000D, bytes(16) + inner))
    return attribute(2, NEW_FILE, bytes(14)) + attribute(2, FILE_PROPERTIES, values)
