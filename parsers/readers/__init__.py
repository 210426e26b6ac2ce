"""Files to Documents: `read(content, name)` looks at the bytes, never at the name, and never raises.

One file per type, loaded only when needed. `python -m parsers.readers FILE` prints a Document as text.
"""

from collections.abc import Callable
from importlib import import_module

from mailbot.domain.documents import Document, Trouble
from parsers.readers.sniff import Format, kind_of, sniff

__all__ = ["Unreadable", "read"]

Reader = Callable[[bytes], Document]

# Format -> the module whose `read` reads it.
_READERS: dict[Format, str] = {
    "docx": "docx", "xlsx": "xlsx", "xlsb": "xls", "ods": "odf", "odt": "odf", "xml": "office_xml", "mht": "mht", "ole-sheet": "xls",
    "pdf": "pdf", "text": "text", "html": "html", "ole-word": "doc",
    "rtf": "rtf", "ofd": "ofd",
    **dict.fromkeys(("jpg", "png", "gif", "bmp", "tiff", "webp", "heic"), "image"),
}  # fmt: skip
_TROUBLES: dict[Format, tuple[Trouble, str]] = {
    "empty": ("empty-file", "file of 0 bytes"),
    "ole-encrypted": ("encrypted", "Office file with a password"),
    "broken-ole": ("corrupt", "OLE2 file without its directory"),
    "broken-zip": ("corrupt", "zip directory missing or damaged"),
}
# What people call the formats that nothing here reads; the others are called as `sniff` calls them.
_NAMES: dict[Format, str] = {
    "pptx": "PowerPoint", "ole-slides": "PowerPoint or WPS slides (ppt, dps)", "odp": "OpenDocument slides", "ole-visio": "Visio (vsd)",
    "visio-x": "Visio (vsdx)", "ole-works": "Microsoft Works (wps)", "ole-publisher": "Publisher (pub)", "ole-msg": "Outlook mail (msg)",
    "ole": "OLE2 file of an unknown program", "iwork": "Apple Pages, Numbers or Keynote", "svg": "SVG drawing", "psd": "Photoshop picture",
    "exe": "program", "bin": "unknown format",
}  # fmt: skip


class Unreadable(Exception):
    """A reader's way to say which trouble a file has. Caught in `read`."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble, self.detail = trouble, detail


def read(content: bytes, name: str = "") -> Document:  # noqa: ARG001 - never by name, but every reader is asked alike
    """The Document in some bytes. Every failure is a trouble of the Document."""
    format_ = sniff(content)
    kind = kind_of(format_)
    if format_ in _TROUBLES:
        trouble, detail = _TROUBLES[format_]
        return Document(kind, trouble=trouble, detail=detail)
    if format_ not in _READERS:
        return Document(kind, trouble="unsupported", detail=f"no reader for {_NAMES.get(format_, format_)}")
    try:
        reader: Reader = import_module(f"parsers.readers.{_READERS[format_]}").read
        return reader(content)
    except Unreadable as reason:
        return Document(kind, trouble=reason.trouble, detail=reason.detail)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the one boundary: libraries fail in any way, calamine's panic is a BaseException
        return Document(kind, trouble="corrupt", detail=f"{format_}: {type(error).__name__}: {error}"[:300])
