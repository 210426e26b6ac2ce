"""zip: by its directory, members by index; without one, by the heads that stand before them. Names in GBK, in UTF-8 with and
without the flag (macOS)."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from mailbot.adapters.leaves import PIECE
from mailbot.adapters.mime.words import decode_bytes
from mailbot.adapters.unpack.box import Box, Refused, part_of, pieces_of
from mailbot.domain.secrecy import marks_name
from parsers.readers.zip_heads import ZipHead, zip_heads

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, IndexError, NotImplementedError, RuntimeError)
_LOCKED = 0x1  # flag
_LINK, _KINDS, _REGULAR = 0o120000, 0o170000, 0o100000


def open_zip(box: Box) -> None:
    """Fills the box. Raises Refused where nothing of the archive may be read."""
    assert box.leaf.content.file is not None  # asked before
    try:
        with zipfile.ZipFile(box.leaf.content.file) as archive:
            for info in _wanted(archive, box):
                _take(archive, info, box)
    except _BROKEN as error:
        raise Refused("corrupt", f"{type(error).__name__}: {error}") from error
    troubles = {member.trouble for member in box.members}
    marked = any(marks_name(member.name) for member in box.members)  # its name is all that is known of it, and must be
    if len(troubles) == 1 and (trouble := troubles.pop()) is not None and not marked:
        detail = box.members[0].detail
        box.members.clear()
        raise Refused(trouble, detail)


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, box: Box) -> None:
    """One member. One that cannot be read is a member all the same, and said why."""
    name = true_name(info)
    if info.flag_bits & _LOCKED:
        box.add_unread(name, "encrypted", "member asks for a password")
        return
    try:
        with archive.open(info) as stream:
            box.add(name, box.budget.counted(pieces_of(cast(BinaryIO, stream)), info.compress_size))
    except NotImplementedError as error:
        box.add_unread(name, "unsupported", str(error))
    except _BROKEN as error:
        box.add_unread(name, "corrupt", f"{type(error).__name__}: {error}")


def _wanted(archive: zipfile.ZipFile, box: Box) -> list[zipfile.ZipInfo]:
    """The members that are files of the sender, known before anything is read."""
    infos = archive.infolist()
    _no_overlap(infos)
    wanted = []
    for info in infos:
        name = true_name(info)
        if info.is_dir() or name.endswith("\\") or not box.wants(name):
            continue
        mode = (info.external_attr >> 16) & _KINDS
        if info.create_system == 3 and mode not in (0, _REGULAR):
            box.unsafe.append("link in archive" if mode == _LINK else "device in archive")
            continue
        wanted.append(info)
    if len(wanted) > box.budget.limits.archive_members:
        raise Refused("archive-unsafe", f"{len(wanted)} files")
    return wanted


def _no_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes are a bomb (CVE-2024-0450): refused as a whole."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise Refused("archive-unsafe", "members overlap")
        end = info.header_offset + 30 + info.compress_size


def open_broken_zip(box: Box) -> None:
    """Fills the box with what is whole of a zip without a directory of its own: cut off, or another archive behind it. Always raises
    Refused."""
    assert box.leaf.content.file is not None  # asked before
    with box.leaf.content.file.open("rb") as stream:
        for head in zip_heads(stream):
            name = decode_bytes(head.name)
            if name.endswith(("/", "\\")) or not box.wants(name):
                continue
            try:
                box.add(name, box.budget.counted(_whole(stream, head), head.packed or box.leaf.content.size))
            except _BROKEN:
                continue  # the archive is said to be damaged
    raise Refused("corrupt", "directory missing or damaged")


def _whole(stream: BinaryIO, head: ZipHead) -> Iterator[bytes]:
    """The content of a member. Raises one of _BROKEN at its end where it is not whole."""
    crc = 0
    for piece in _unpacked(stream, head):
        crc = zlib.crc32(piece, crc)
        yield piece
    if head.packed is not None and crc != head.crc:
        raise zipfile.BadZipFile("wrong checksum")


def _unpacked(stream: BinaryIO, head: ZipHead) -> Iterator[bytes]:
    if head.flags & _LOCKED or head.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("member with a password or of another method")
    if head.method == zipfile.ZIP_STORED:
        if head.packed is None:
            raise zipfile.BadZipFile("size of a stored member not known")
        yield from part_of(stream, head.at, head.packed)
        return
    stream.seek(head.at)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        data = inflater.unconsumed_tail or stream.read(PIECE)
        if not data:
            raise EOFError("archive ends inside a file")
        yield inflater.decompress(data, PIECE)


def true_name(info: zipfile.ZipInfo) -> str:
    """The name as it was written: flagged UTF-8, else UTF-8 without the flag (macOS), else gb18030 (Windows)."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    return decode_bytes(raw)
