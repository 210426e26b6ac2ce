"""What the bytes are, whatever the name says: by their first bytes and, for zip and OLE2, by what lies inside.

Only the standard library and only a bounded look; nothing is unpacked.
"""

import re
import zipfile
from io import BytesIO
from typing import Literal

from mailbot.domain.documents import FileKind

Format = Literal[
    "docx", "xlsx", "pptx", "xlsb", "ods", "odt", "ofd", "zip", "broken-zip", "ole-word", "ole-sheet", "ole-encrypted", "ole-msg",
    "ole", "broken-ole", "pdf", "jpg", "png", "gif", "bmp", "tiff", "webp", "heic", "html", "mail", "rtf", "rar", "7z", "gz", "bz2", "xz", "tar",
    "cab", "tnef", "exe", "xml", "text", "empty", "bin",
]  # fmt: skip

# Formats that hold other files. Only zip is opened so far; the others are named as what they are.
ARCHIVES: tuple[Format, ...] = ("zip", "rar", "7z", "gz", "bz2", "xz", "tar", "cab", "tnef")

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"), (b"BM", "bmp"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gz"), (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"), (b"MSCF", "cab"), (b"\x78\x9f\x3e\x22", "tnef"), (b"{\\rtf", "rtf"), (b"MZ", "exe"), (b"\x7fELF", "exe"),
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIL_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MAIL_KEYS = re.compile(rb"^(from|subject|received|date|message-id|mime-version|content-type|to)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|meta)[\s>]", re.IGNORECASE)
_TEXT_LOOK = 4096


def sniff(content: bytes) -> Format:
    """The format of a file. "bin" is what nothing here knows."""
    if not content:
        return "empty"
    if content.startswith(_OLE):
        return _ole(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(content)
    if b"%PDF-" in content[:1024]:
        return "pdf"
    for magic, name in _MAGIC:
        if content.startswith(magic) and (name != "bmp" or _is_bmp(content)):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis", b"avif"):
        return "heic"
    if content[257:262] == b"ustar":
        return "tar"
    if content[:2] == b"\x09\x08" or content[:2] == b"\x09\x04":
        return "ole-sheet"  # a BIFF stream without its OLE2 coat
    return _words(content)


def _is_bmp(content: bytes) -> bool:
    return len(content) > 26 and int.from_bytes(content[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


def _ole(content: bytes) -> Format:
    """By the names of the streams: an OLE2 directory writes them as UTF-16."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    directory = (int.from_bytes(content[48:52], "little") + 1) << int.from_bytes(content[30:32], "little") % 16
    if directory >= len(content):
        return "broken-ole"
    if holds("EncryptedPackage"):
        return "ole-encrypted"
    if holds("WordDocument"):
        return "ole-word"
    if holds("Workbook") or holds("Book\0"):
        return "ole-sheet"
    return "ole-msg" if holds("__substg1.0_") else "ole"


def _zip(content: bytes) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, IndexError, UnicodeError):
        return _broken_zip(content)
    known = set(names)
    if "[Content_Types].xml" in known or "word/document.xml" in known or "xl/workbook.xml" in known:
        if any(name.startswith("word/") for name in names):
            return "docx"
        if "xl/workbook.bin" in known:
            return "xlsb"
        if any(name.startswith("xl/") for name in names):
            return "xlsx"
        if any(name.startswith("ppt/") for name in names):
            return "pptx"
    if "OFD.xml" in known:
        return "ofd"
    if "mimetype" in known and "content.xml" in known:
        return "ods" if b"opendocument.spreadsheet" in content[:200] else "odt"
    return "zip"


def _broken_zip(content: bytes) -> Format:
    """A zip whose directory is gone. The local headers still say whether it was an Office file."""
    head = content[:200_000]
    if b"word/" in head:
        return "docx"
    return "xlsx" if b"xl/" in head else "broken-zip"


def _words(content: bytes) -> Format:
    head = content[:_TEXT_LOOK].lstrip(b"\xef\xbb\xbf \t\r\n")
    if looks_like_mail(head):
        return "mail"
    if _HTML.search(head.replace(b"\0", b"")) and head.replace(b"\0", b"").lstrip(b"\xff\xfe").startswith(b"<"):
        return "html"
    if head.startswith(b"<?xml"):
        return "xml"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    odd = sum(byte < 9 or 13 < byte < 32 for byte in content[:_TEXT_LOOK])
    return "bin" if b"\0" in content[:_TEXT_LOOK] or odd * 20 > min(len(content), _TEXT_LOOK) else "text"


def looks_like_mail(head: bytes) -> bool:
    """A header field in the first line and three well-known ones in the first lines."""
    if head.startswith(b"From ") and b"\n" in head:
        head = head.partition(b"\n")[2]
    return bool(_MAIL_FIELD.match(head)) and len({key.lower() for key in _MAIL_KEYS.findall(head)}) >= 3


def extension(content: bytes) -> str:
    """A file name ending for nameless content."""
    endings = {"ole-word": "doc", "ole-sheet": "xls", "ole-encrypted": "docx", "ole-msg": "msg", "ole": "doc", "broken-zip": "zip",
               "mail": "eml", "text": "txt", "tnef": "dat", "empty": "bin"}  # fmt: skip
    name = sniff(content)
    return endings.get(name, name)


_KINDS: dict[FileKind, tuple[Format, ...]] = {
    "word": ("docx", "ole-word", "odt", "rtf"),
    "sheet": ("xlsx", "xlsb", "ods", "ole-sheet"),
    "text": ("text",),
    "html": ("html",),
    "pdf": ("pdf",),
    "image": ("jpg", "png", "gif", "bmp", "tiff", "webp", "heic"),
    "mail": ("mail", "ole-msg"),
    "archive": (*ARCHIVES, "broken-zip"),
}


def kind_of(format_: Format) -> FileKind:
    """The kind of document a format belongs to."""
    return next((kind for kind, formats in _KINDS.items() if format_ in formats), "other")
