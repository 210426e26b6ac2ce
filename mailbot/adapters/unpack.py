"""Archives and attached mails to leaf files, in memory, by index, within a budget that counts while reading.

Only zip is opened so far; every other archive is a leaf of its own that the reader calls unsupported. Nothing is written
to disk and no name out of an archive is ever used as a path: `材料.zip/清单.docx` is only for showing.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO

from mailbot.adapters.limits import Leaf, Limits
from mailbot.adapters.mime.parts import clean_name
from mailbot.adapters.mime.words import decode_bytes
from mailbot.domain.documents import Trouble
from parsers.readers.sniff import sniff

_CHUNK = 1 << 16
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, IndexError, NotImplementedError, RuntimeError)
_IGNORED_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
_LINK, _KINDS, _REGULAR = 0o120000, 0o170000, 0o100000

# (files, words) of a mail that came as a file; None where it must not be opened.
OpenMail = Callable[[Leaf, Limits], tuple[tuple[Leaf, ...], str] | None]


class Refused(Exception):
    """Why an archive cannot be opened or read on: a code of the contract and a sentence for the log."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble, self.detail = trouble, detail


@dataclass
class Budget:
    """What one mail may still unpack."""

    limits: Limits
    unpacked: int = 0
    leaves: int = 0

    def spend(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > self.limits.unpacked_bytes:
            raise Refused("archive-unsafe", f"more than {self.limits.unpacked_bytes} bytes unpacked")


@dataclass
class _Work:
    """A walk in progress: the leaves so far in order, and the words of mails found as files."""

    limits: Limits
    open_mail: OpenMail
    budget: Budget
    leaves: list[Leaf] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def expand(leaves: tuple[Leaf, ...], limits: Limits, open_mail: OpenMail) -> tuple[tuple[Leaf, ...], tuple[str, ...]]:
    """All files of a mail, archives and attached mails opened, in order; and the words of the attached mails.

    An archive whose members could be read is not a leaf itself, one that could not be is a leaf with its trouble; one with
    good and refused members gives both.
    """
    work = _Work(limits, open_mail, Budget(limits))
    for leaf in leaves:
        _expand(leaf, work, archives=0, mails=0)
    return tuple(work.leaves), tuple(work.words)


def _expand(leaf: Leaf, work: _Work, archives: int, mails: int) -> None:
    limits = work.limits
    if work.budget.leaves >= limits.leaves:
        return
    if not leaf.content or len(leaf.content) > limits.file_bytes or leaf.trouble:
        _add(work, _measured(leaf))
        return
    format_ = sniff(leaf.content)
    if format_ == "zip":
        if archives < limits.archive_depth:
            _expand_archive(leaf, work, archives, mails)
        else:
            _add(work, replace(leaf, trouble="archive-unsafe", detail=f"archives nested deeper than {limits.archive_depth}"))
    elif format_ == "mail" and mails < limits.mail_depth and (opened := work.open_mail(leaf, limits)):
        files, words = opened
        work.words.append(words)
        for file in files:
            _expand(file, work, archives, mails + 1)
    else:
        _add(work, leaf)


def _add(work: _Work, leaf: Leaf) -> None:
    work.budget.leaves += 1
    if work.budget.leaves == work.limits.leaves:
        leaf = replace(leaf, trouble="archive-unsafe", detail=f"more than {work.limits.leaves} files; the rest was not read")
    work.leaves.append(leaf)


def _measured(leaf: Leaf) -> Leaf:
    if leaf.trouble:
        return leaf
    if not leaf.content:
        return replace(leaf, trouble="empty-file", detail="file of 0 bytes")
    return replace(leaf, trouble="too-large", detail=f"file of {len(leaf.content)} bytes")


def _expand_archive(leaf: Leaf, work: _Work, archives: int, mails: int) -> None:
    try:
        members, unsafe = read_zip(leaf, work.budget)
    except Refused as refusal:
        _add(work, replace(leaf, trouble=refusal.trouble, detail=refusal.detail))
        return
    if unsafe:
        _add(work, replace(leaf, trouble="archive-unsafe", detail=unsafe))
    elif not members:
        _add(work, replace(leaf, trouble="empty-file", detail="archive without files"))
    for member in members:
        _expand(member, work, archives + 1, mails)


def read_zip(leaf: Leaf, budget: Budget) -> tuple[tuple[Leaf, ...], str]:
    """(members, why some members were refused or "") of a zip. Raises Refused where nothing of it may be read."""
    unsafe: list[str] = []
    members: list[Leaf] = []
    try:
        with zipfile.ZipFile(BytesIO(leaf.content)) as archive:
            wanted = _wanted(archive, budget.limits, unsafe)
            for info in wanted:
                try:
                    content = _content(archive, info, len(leaf.content), budget)
                except _BROKEN as error:
                    members.append(_broken_member(leaf, info, error))
                    continue
                members.append(_member(leaf, info, content))
    except _BROKEN as error:
        raise Refused("corrupt", f"{type(error).__name__}: {error}") from error
    if members and all(member.trouble == "corrupt" for member in members):
        raise Refused("corrupt", members[0].detail)
    return tuple(members), "; ".join(unsafe[:5])


def _broken_member(leaf: Leaf, info: zipfile.ZipInfo, error: BaseException) -> Leaf:
    member = _member(leaf, info, b"")
    return replace(member, trouble="corrupt", detail=f"{type(error).__name__}: {error}")


def _member(leaf: Leaf, info: zipfile.ZipInfo, content: bytes) -> Leaf:
    name = member_name(info)
    return replace(leaf, path=f"{leaf.path}/{name}", name=name.rpartition("/")[2], content=content, inline=False)


def _wanted(archive: zipfile.ZipFile, limits: Limits, unsafe: list[str]) -> list[zipfile.ZipInfo]:
    """The members that are files of the sender; refused ones are named in `unsafe`."""
    infos = archive.infolist()
    if len(infos) > 10 * limits.archive_members:
        raise Refused("archive-unsafe", f"{len(infos)} members")
    _no_overlap(infos)
    wanted = []
    for info in infos:
        raw = true_name(info)
        if info.is_dir() or raw.endswith("\\") or _is_clutter(raw):
            continue
        if info.flag_bits & 0x1:
            raise Refused("encrypted", "member asks for a password")
        if reason := _refusal(info, raw):
            unsafe.append(reason)
            continue
        wanted.append(info)
    if len(wanted) > limits.archive_members:
        raise Refused("archive-unsafe", f"{len(wanted)} files")
    return wanted


def _no_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes are a bomb (CVE-2024-0450): refused as a whole."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise Refused("archive-unsafe", "members overlap")
        end = info.header_offset + 30 + info.compress_size


def _is_clutter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in _IGNORED_NAMES


def _refusal(info: zipfile.ZipInfo, name: str) -> str:
    mode = (info.external_attr >> 16) & _KINDS
    if info.create_system == 3 and mode not in (0, _REGULAR):
        return "link in archive" if mode == _LINK else "device in archive"
    flat = name.replace("\\", "/")
    if flat.startswith("/") or flat[1:3] == ":/" or ".." in flat.split("/"):
        return "path leaves the archive"
    return ""


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, packed: int, budget: Budget) -> bytes:
    """The bytes of one member; the budget counts what really comes out, not what the directory promises."""
    limits = budget.limits
    out = bytearray()
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            budget.spend(len(chunk))
            out += chunk
            if len(out) > limits.ratio_from and len(out) > limits.ratio * max(info.compress_size, 1):
                raise Refused("archive-unsafe", f"a member unpacks to more than {limits.ratio} times its size")
            if len(out) > limits.unpacked_bytes or len(out) > limits.ratio * max(packed, limits.ratio_from):
                raise Refused("archive-unsafe", "a member is larger than the limit")
    return bytes(out)


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


def member_name(info: zipfile.ZipInfo) -> str:
    """The cleaned way to a member: 子目录/清单.docx. Backslashes part folders, as Windows programs write them."""
    parts = [clean_name(part) for part in true_name(info).split("\0")[0].replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part) or "未命名"
