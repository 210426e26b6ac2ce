"""zip: by its directory, members by index. Names in GBK, in UTF-8 with and without the flag (macOS)."""

import struct
import zipfile
import zlib
from dataclasses import replace

from mailbot.adapters.mime.words import decode_bytes
from mailbot.adapters.unpack.box import Box, Refused, pieces_of

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, IndexError, NotImplementedError, RuntimeError)
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
    if box.members and all(member.trouble == "corrupt" for member in box.members):
        detail = box.members[0].detail
        box.members.clear()
        raise Refused("corrupt", detail)


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, box: Box) -> None:
    """One member. A damaged one is a member all the same, and said to be damaged."""
    name = true_name(info)
    try:
        with archive.open(info) as stream:
            box.add(name, box.budget.counted(pieces_of(stream), info.compress_size))  # type: ignore[arg-type]
    except _BROKEN as error:
        box.add(name, ())
        box.members[-1] = replace(box.members[-1], trouble="corrupt", detail=f"{type(error).__name__}: {error}")


def _wanted(archive: zipfile.ZipFile, box: Box) -> list[zipfile.ZipInfo]:
    """The members that are files of the sender, known before anything is read."""
    infos = archive.infolist()
    _no_overlap(infos)
    wanted = []
    for info in infos:
        name = true_name(info)
        if info.is_dir() or name.endswith("\\") or not box.wants(name):
            continue
        if info.flag_bits & 0x1:
            raise Refused("encrypted", "member asks for a password")
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
