"""What all zip-based Office files share: the guard before any library sees them."""

import zipfile
import zlib
from io import BytesIO

from parsers.readers import Unreadable

_PARTS = 10_000
_UNPACKED = 150_000_000
_XML_PART = 60_000_000
_HEAD = 2_048


def guarded(content: bytes) -> zipfile.ZipFile:
    """The opened package. Raises Unreadable: corrupt for a damaged zip or a DOCTYPE (no Office program writes one),
    too-large for a bomb. zipfile never gives more bytes than a member declares, so the declared sizes may be trusted."""
    try:
        package = zipfile.ZipFile(BytesIO(content))
        infos = package.infolist()
        if any(info.flag_bits & 0x1 for info in infos):
            raise Unreadable("encrypted", "zip member with a password")
        xml = [info for info in infos if info.filename.endswith((".xml", ".rels"))]
        if len(infos) > _PARTS or sum(i.file_size for i in infos) > _UNPACKED or any(i.file_size > _XML_PART for i in xml):
            raise Unreadable("too-large", "unpacks to more than an Office file may")
        for info in xml:
            with package.open(info) as part:
                head = part.read(_HEAD).replace(b"\0", b"")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise Unreadable("corrupt", f"DOCTYPE in {info.filename}")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, IndexError) as error:
        raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error
    return package


def has_macro(package: zipfile.ZipFile) -> bool:
    return any(name.lower().endswith("vbaproject.bin") for name in package.namelist())


def pictures(package: zipfile.ZipFile, folder: str) -> int:
    """How many picture files the package brings along."""
    endings = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".emf", ".wmf", ".webp")
    return sum(name.startswith(f"{folder}/media/") and name.lower().endswith(endings) for name in package.namelist())
