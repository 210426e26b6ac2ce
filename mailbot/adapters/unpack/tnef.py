"""winmail.dat: what Outlook sends when it forgets that others read MIME ([MS-OXTNEF]). Files with their long names, embedded
messages, and the text where the mail itself has none. Attributes stand one after another; nothing is decompressed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from mailbot.adapters.mime.words import decode_bytes
from mailbot.adapters.unpack.box import Box, Refused, part_of

_SIGNATURE = 0x223E9F78
_CODEPAGE, _BODY, _PROPERTIES = 0x00069007, 0x0002800C, 0x00069003
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_MOST_PROPERTIES = 2_000
_SMALL = 4_000_000  # bytes of an attribute that is taken into memory: names, texts, properties; an embedded message

# MAPI: property ids and types
_P_BODY, _P_DATA, _P_NAME, _P_LONG_NAME, _P_SHOWN_NAME = 0x1000, 0x3701, 0x3704, 0x3707, 0x3001
_STRING8, _UNICODE, _OBJECT, _BINARY, _MANY = 0x001E, 0x001F, 0x000D, 0x0102, 0x1000
_WIDTHS = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16}
_IID_BYTES = 16  # stands before an embedded object

Properties = dict[int, tuple[int, bytes]]  # id -> (type, value)


@dataclass
class _File:
    """One attached file while its attributes are being met."""

    title: str = ""
    data: tuple[int, int] | None = None  # offset and length in the stream
    embedded: bytes = b""


def open_tnef(box: Box, stream: BinaryIO, depth: int, folder: str = "") -> str:
    """Fills the box; the text inside. Raises Refused; what was read before stays in the box."""
    if depth < 0:
        raise Refused("archive-unsafe", "messages nested too deeply in a winmail.dat")
    head = stream.read(6)
    if len(head) < 6 or struct.unpack("<IH", head)[0] != _SIGNATURE:
        raise Refused("corrupt", "no TNEF")
    charset, text = "gb18030", ""
    files: list[_File] = []
    try:
        for name, at, length in _attributes(stream):
            value = _value(stream, at, length) if name != _DATA else b""
            if name == _CODEPAGE:
                charset = _charset(value)
            elif name == _BODY:
                text = decode_bytes(value.rstrip(b"\0"), charset)
            elif name == _PROPERTIES:
                text = text or _words(_properties(value), _P_BODY, charset)
            elif name == _NEW_FILE:
                files.append(_File())
            elif files:
                _file_attribute(files[-1], name, (at, length), value, charset)
    finally:
        for file in files:
            _give_out(file, box, stream, depth, folder)
    return text


def _attributes(stream: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """(name, offset, length) of each attribute. Raises Refused where the file ends inside one."""
    end = stream.seek(0, 2)
    at = 6
    while at + 9 <= end:
        stream.seek(at)
        _, name, length = struct.unpack("<BII", stream.read(9))
        if at + 9 + length > end:
            raise Refused("corrupt", "winmail.dat is cut off")
        yield name, at + 9, length
        at += 9 + length + 2  # a checksum follows


def _value(stream: BinaryIO, at: int, length: int) -> bytes:
    stream.seek(at)
    return stream.read(min(length, _SMALL))


def _charset(value: bytes) -> str:
    number = int.from_bytes(value[:4], "little")
    return {936: "gb18030", 54936: "gb18030", 65001: "utf-8", 950: "big5"}.get(number, f"cp{number}")


def _file_attribute(file: _File, name: int, place: tuple[int, int], value: bytes, charset: str) -> None:
    if name == _TITLE:
        file.title = file.title or decode_bytes(value.rstrip(b"\0"), charset)
    elif name == _DATA:
        file.data = place
    elif name == _FILE_PROPERTIES:
        found = _properties(value)
        file.title = _words(found, _P_LONG_NAME, charset) or file.title or _words(found, _P_NAME, charset)
        file.title = file.title or _words(found, _P_SHOWN_NAME, charset)
        kind, data = found.get(_P_DATA, (0, b""))
        if kind == _OBJECT:
            file.embedded = data[_IID_BYTES:]


def _give_out(file: _File, box: Box, stream: BinaryIO, depth: int, folder: str) -> None:
    """A file into the box; an embedded message's files below its name."""
    name = f"{folder}{file.title or '附件'}".replace("\\", "_")
    if file.embedded:
        open_tnef(box, BytesIO(file.embedded), depth - 1, f"{name}/")
    elif file.data and box.wants(file.title):
        box.add(name, box.budget.counted(part_of(stream, *file.data), file.data[1]))


def _words(found: Properties, name: int, charset: str) -> str:
    kind, value = found.get(name, (0, b""))
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return decode_bytes(value.rstrip(b"\0"), charset) if kind == _STRING8 else ""


def _properties(data: bytes) -> Properties:
    """The single-valued properties in a list of them, as far as it can be read."""
    found: Properties = {}
    stream = BytesIO(data)
    try:
        for _ in range(min(_number(stream), _MOST_PROPERTIES)):
            kind, name = struct.unpack("<HH", stream.read(4))
            if name >= 0x8000:
                _skip_given_name(stream)
            values = _property_values(stream, kind)
            found.setdefault(name, (kind, values[0] if values else b""))
    except (struct.error, KeyError):  # cut off, or of a type nobody knows the width of
        pass
    return found


def _property_values(stream: BytesIO, kind: int) -> list[bytes]:
    single = kind & ~_MANY
    if single in (_STRING8, _UNICODE, _OBJECT, _BINARY):
        return [_padded(stream, _number(stream)) for _ in range(min(_number(stream), _MOST_PROPERTIES))]
    count = _number(stream) if kind & _MANY else 1
    return [stream.read(_WIDTHS[single]) for _ in range(min(count, _MOST_PROPERTIES))]


def _skip_given_name(stream: BytesIO) -> None:
    stream.read(16)
    if _number(stream):  # named by a string, not a number
        _padded(stream, _number(stream))
    else:
        stream.read(4)


def _padded(stream: BytesIO, length: int) -> bytes:
    value = stream.read(length)
    stream.read(-length % 4)
    return value


def _number(stream: BytesIO) -> int:
    (number,) = struct.unpack("<I", stream.read(4))
    return int(number)
