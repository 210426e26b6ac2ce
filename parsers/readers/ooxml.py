"""What all zip-based Office files share: opening the package within limits, its XML parts, and how they relate."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from mailbot.domain.documents import EXPORT_MARK
from parsers.readers import Unreadable

_PARTS = 10_000
_UNPACKED = 150_000_000
_XML_PART = 60_000_000
_HEAD = 2_048
# What stands before the first element where there is no DOCTYPE: a mark of the byte order, instructions, comments. None is taken back.
_PROLOG = re.compile(rb"[^<]*+(?:(?><\?.*?\?>|<!--.*?-->)[^<]*+)*+<[\w:]", re.DOTALL)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, IndexError)
# ISO 29500 strict writes other names for the same things; read as the common (transitional) ones.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
)

Element = Any  # lxml's elements have no types of their own


def opened(content: bytes) -> zipfile.ZipFile:
    """The opened package. Raises Unreadable: corrupt for a damaged zip, encrypted for a member with a password, too-large
    for a bomb. zipfile never gives more bytes than a member declares, so the declared sizes may be trusted."""
    try:
        package = zipfile.ZipFile(BytesIO(content))
    except _BROKEN as error:
        raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error
    infos = package.infolist()
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unreadable("encrypted", "zip member with a password")
    xml = (info.file_size for info in infos if info.filename.endswith((".xml", ".rels")))
    if len(infos) > _PARTS or sum(i.file_size for i in infos) > _UNPACKED or max(xml, default=0) > _XML_PART:
        raise Unreadable("too-large", "unpacks to more than an Office file may")
    return package


def guarded(content: bytes) -> zipfile.ZipFile:
    """The opened package of which no part may bear a DOCTYPE, read or not (no Office program writes one). A part that is damaged is
    left to whoever reads it."""
    package = opened(content)
    for name in package.namelist():
        if name.endswith((".xml", ".rels")):
            with suppress(*_BROKEN), package.open(name) as member:
                head = member.read(_HEAD)
                _no_doctype(name, head if _begins(head) else head + member.read())
    return package


def _begins(data: bytes) -> bool:
    """Whether the first element comes, and nothing before it that might be a DOCTYPE; also in UTF-16."""
    return _PROLOG.match(data.replace(b"\0", b"")) is not None


def _no_doctype(name: str, data: bytes) -> None:
    if not _begins(data[:_HEAD]) and not _begins(data) and b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise Unreadable("corrupt", f"DOCTYPE in {name}")


def part(package: zipfile.ZipFile, name: str) -> bytes | None:
    """The bytes of a part, None where the package has none of that name. Raises Unreadable."""
    try:
        return package.read(name)
    except KeyError:
        return None
    except _BROKEN as error:
        raise Unreadable("corrupt", f"{name}: {error}") from error


def xml_part(package: zipfile.ZipFile, name: str) -> bytes | None:
    """The same for XML, which may bear no DOCTYPE."""
    data = part(package, name)
    if data is not None:
        _no_doctype(name, data)
    return data


def parsed(data: bytes, name: str) -> Element:
    """The root of a part's XML, strict names made common, without comments; nothing is fetched. Raises Unreadable."""
    from lxml import etree  # type: ignore[import-untyped]

    if b"http://purl.oclc.org/" in data:
        for strict, common in _STRICT:
            data = data.replace(strict, common)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("corrupt", f"{name}: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("corrupt", f"DOCTYPE in {name}")
    return root


def xml(package: zipfile.ZipFile, name: str) -> Element | None:
    data = xml_part(package, name)
    return None if data is None else parsed(data, name)


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind`: the last word of its type (styles, header, aFChunk). `target`: a part of the package; links that lead
    out of it are left out, so that nothing is ever fetched."""

    id: str
    kind: str
    target: str


def relations(package: zipfile.ZipFile, name: str = "") -> tuple[Relation, ...]:
    """What a part (or, for "", the package) points to; targets that do not exist (NULL, #_top) are left out too."""
    folder, file = posixpath.split(name)
    return tuple(_relations(package, folder, posixpath.join(folder, "_rels", f"{file}.rels")))


def all_relations(package: zipfile.ZipFile) -> Iterator[Relation]:
    """What any part points to."""
    for name in package.namelist():
        if name.endswith(".rels"):
            yield from _relations(package, posixpath.dirname(posixpath.dirname(name)), name)


def outward(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(kind, target) of what leads out of the package. For telling of it, never for following it."""
    for name in package.namelist():
        for item in _listed(package, name) if name.endswith(".rels") else ():
            if item.get("TargetMode") == "External":
                yield item.get("Type", "").rpartition("/")[2], item.get("Target", "")


def _relations(package: zipfile.ZipFile, folder: str, name: str) -> Iterator[Relation]:
    for item in _listed(package, name):
        target = item.get("Target", "")
        inside = posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target))
        if item.get("TargetMode") != "External" and inside in package.NameToInfo:
            yield Relation(item.get("Id", ""), item.get("Type", "").rpartition("/")[2], inside)


def _listed(package: zipfile.ZipFile, name: str) -> Iterator[Element]:
    with suppress(Unreadable):  # without them the usual names still hold
        root = xml(package, name)
        yield from () if root is None else root


def is_ours(package: zipfile.ZipFile) -> bool:
    """Whether we wrote it as an export (EXPORT_MARK), also after somebody saved it anew."""
    with suppress(Unreadable):  # properties that cannot be read are no reason to leave a form unread
        about = xml(package, next((r.target for r in relations(package) if r.kind == "core-properties"), "docProps/core.xml"))
        return about is not None and any(EXPORT_MARK in (item.text or "") for item in about.iter("{*}keywords"))
    return False


def pictures(package: zipfile.ZipFile, folder: str) -> int:
    """How many picture files the package brings along."""
    endings = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".emf", ".wmf", ".webp")
    return sum(name.startswith(f"{folder}/media/") and name.lower().endswith(endings) for name in package.namelist())
