"""What the bytes are, whatever the name says: by their first bytes and, for zip and OLE2, by what lies inside.

Only the standard library and only a bounded look; nothing is unpacked.
"""

import re
import zipfile
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from mailbot.domain.documents import FileKind
from parsers.readers.ole import MAGIC as OLE
from parsers.readers.ole import root_names
from parsers.readers.zip_heads import MAGIC as ZIP
from parsers.readers.zip_heads import zip_heads

Format = Literal[
    "docx", "xlsx", "pptx", "xlsb", "ods", "odt", "odp", "ofd", "visio-x", "iwork", "zip", "broken-zip", "ole-word", "ole-sheet", "ole-slides",
    "ole-visio", "ole-works", "ole-publisher", "ole-encrypted", "ole-msg", "ole", "broken-ole", "pdf", "jpg", "png", "gif", "bmp", "tiff", "webp",
    "heic", "svg", "psd", "html", "mht", "mail", "rtf", "rar", "7z", "gz", "bz2", "xz", "tar", "cab", "lzh", "iso", "tnef", "exe", "xml", "text", "empty", "bin",
]  # fmt: skip

# Formats that hold other files.
ARCHIVES: tuple[Format, ...] = ("zip", "rar", "7z", "gz", "bz2", "xz", "tar", "cab", "lzh", "iso", "tnef")

_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"), (b"BM", "bmp"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gz"), (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"), (b"MSCF", "cab"), (b"\x78\x9f\x3e\x22", "tnef"), (b"{\\rtf", "rtf"), (b"MZ", "exe"), (b"\x7fELF", "exe"),
    (b"8BPS", "psd"),
)  # fmt: skip
# A stream or storage at the root of an OLE2 file -> what program's file it is; the first one that is there counts.
_OLE_ROOTS: tuple[tuple[str, Format], ...] = (
    ("EncryptedPackage", "ole-encrypted"), ("WordDocument", "ole-word"), ("Workbook", "ole-sheet"), ("Book", "ole-sheet"), ("BOOK", "ole-sheet"),
    ("PowerPoint Document", "ole-slides"), ("VisioDocument", "ole-visio"), ("Quill", "ole-publisher"), ("__properties_version1.0", "ole-msg"),
    ("MatOST", "ole-works"), ("MM", "ole-works"),
)  # fmt: skip
_PDF = re.compile(rb"%PDF-[0-9]")
_LZH = re.compile(rb"..-l[hz][0-9ds]-", re.DOTALL)
_MAIL_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MAIL_KEYS = re.compile(rb"^(from|subject|received|date|message-id|mime-version|content-type|to)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|meta)[\s>]", re.IGNORECASE)
# The root of Word 2003, Excel 2003, a flat package, flat OpenDocument; it may hold <Table …>, which is no HTML.
_OFFICE_XML = re.compile(rb"<\?xml[^>]*>\s*(?:<[?!][^>]*>\s*)*<(?:\w+:)?(?:wordDocument|Workbook|package|document)[\s>]")
_WEB_ARCHIVE = re.compile(rb"(?:MIME-Version:|From: <Saved by)(?s:.*?)^Content-Type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
_SENT = re.compile(rb"^(?:To|Received):", re.IGNORECASE | re.MULTILINE)
_TEXT_LOOK = 4096
_LOOK = 33_000  # where an iso says what it is
_ZIP_LOOK = 200_000
_ODF_LOOK = 200
_HEADS = 100
_OFFICE_MEMBERS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/")


def sniff(content: bytes) -> Format:
    """The format of a file. "bin" is what nothing here knows."""
    if not content:
        return "empty"
    if content.startswith(OLE):
        return _ole(content)
    if content.startswith(_ZIPS):
        return _zip(BytesIO(content))
    for magic, name in _MAGIC:
        if content.startswith(magic) and (name != "bmp" or _is_bmp(content)):
            return name
    if _PDF.search(content[:1024]) and not looks_like_mail(content[:1024]):
        return "pdf"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis", b"avif"):
        return "heic"
    if content[257:262] == b"ustar":
        return "tar"
    if _LZH.match(content):
        return "lzh"
    if content[32_769:32_774] == b"CD001":
        return "iso"
    if content[:2] in (b"\x09\x08", b"\x09\x04") or content[:4] in (b"\x09\0\x04\0", b"\x09\x02\x06\0"):
        return "ole-sheet"  # a BIFF stream without its OLE2 coat
    return _words(content)


def sniff_file(file: Path) -> Format:
    """The format of a file on disk, of which no more is read than is needed."""
    with file.open("rb") as stream:
        head = stream.read(_LOOK)
        if head.startswith(OLE):
            return sniff(head + stream.read())
        return _zip(stream) if head.startswith(_ZIPS) else sniff(head)


def _is_bmp(content: bytes) -> bool:
    return len(content) > 26 and int.from_bytes(content[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


def _ole(content: bytes) -> Format:
    try:
        names = root_names(content)
    except ValueError:
        return "broken-ole"
    return next((format_ for name, format_ in _OLE_ROOTS if name in names), "ole")


def _zip(stream: BinaryIO) -> Format:
    try:
        with zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, IndexError, UnicodeError):
        return _broken_zip(_head(stream, _ZIP_LOOK))
    head = _head(stream, _ODF_LOOK)
    if head.startswith(ZIP) and all(info.header_offset for info in infos):
        return _broken_zip(_head(stream, _ZIP_LOOK))  # cut off: what was found is the directory of a file stored in it
    names = [info.filename for info in infos]
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
        if "visio/document.xml" in known:
            return "visio-x"
    if "OFD.xml" in known:
        return "ofd"
    if "mimetype" in known and "content.xml" in known:
        return _open_document(head)
    if "Index/Document.iwa" in known or "Index.zip" in known or "index.apxl" in known:
        return "iwork"
    return "zip"


def _head(stream: BinaryIO, most: int) -> bytes:
    stream.seek(0)
    return stream.read(most)


def _open_document(head: bytes) -> Format:
    """The mimetype is the first member and not compressed (OpenDocument 1.2, part 3, 3.3)."""
    if b"opendocument.spreadsheet" in head:
        return "ods"
    return "odp" if b"opendocument.presentation" in head else "odt"


def _broken_zip(head: bytes) -> Format:
    """A zip whose directory is gone. The heads before its members still say whether it was an Office file."""
    if not any(one.name.startswith(_OFFICE_MEMBERS) for one in islice(zip_heads(BytesIO(head)), _HEADS)):
        return "broken-zip"
    if b"word/" in head:
        return "docx"
    return "xlsx" if b"xl/" in head else "broken-zip"


def _words(content: bytes) -> Format:
    head = content[:_TEXT_LOOK].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _OFFICE_XML.match(head):
        return "xml"
    if _WEB_ARCHIVE.match(head) and not _SENT.search(head):
        return "mht"
    if looks_like_mail(head):
        return "mail"
    if _HTML.search(head.replace(b"\0", b"")) and head.replace(b"\0", b"").lstrip(b"\xff\xfe").startswith(b"<"):
        return "html"
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head):
        return "svg"
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
    endings = {"ole-word": "doc", "ole-sheet": "xls", "ole-encrypted": "docx", "ole-msg": "msg", "ole": "doc", "ole-slides": "ppt",
               "ole-visio": "vsd", "ole-works": "wps", "ole-publisher": "pub", "broken-ole": "doc", "visio-x": "vsdx", "iwork": "pages", "broken-zip": "zip",
               "mail": "eml", "text": "txt", "tnef": "dat", "empty": "bin"}  # fmt: skip
    name = sniff(content)
    return endings.get(name, name)


_KINDS: dict[FileKind, tuple[Format, ...]] = {
    "word": ("docx", "ole-word", "odt", "rtf"),
    "sheet": ("xlsx", "xlsb", "ods", "ole-sheet"),
    "text": ("text",),
    "html": ("html", "mht"),
    "pdf": ("pdf", "ofd"),  # both are pages, not text to be edited
    "image": ("jpg", "png", "gif", "bmp", "tiff", "webp", "heic"),
    "mail": ("mail", "ole-msg"),
    "archive": (*ARCHIVES, "broken-zip"),
}


def kind_of(format_: Format) -> FileKind:
    """The kind of document a format belongs to."""
    return next((kind for kind, formats in _KINDS.items() if format_ in formats), "other")
