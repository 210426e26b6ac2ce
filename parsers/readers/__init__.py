"""Files to Documents: `read(content, name)` looks at the bytes, never at the name, and never raises for what is in them.

One file per type, loaded only when needed. `python -m parsers.readers FILE` prints a Document as text.
"""

from collections.abc import Callable
from importlib import import_module
from traceback import walk_tb

from mailbot.domain.documents import Document, Trouble
from parsers.readers.ours import OUR_TROUBLE
from parsers.readers.sniff import Format, kind_of, sniff

__all__ = ["Unreadable", "read", "unloaded"]

Reader = Callable[[bytes], Document]

# Format -> the module whose `read` reads it.
_READERS: dict[Format, str] = {
    "docx": "docx", "xlsx": "xlsx", "xlsb": "xls", "ods": "odf", "odt": "odf", "xml": "office_xml", "mht": "mht", "ole-sheet": "xls",
    "pdf": "pdf", "text": "text", "html": "html", "ole-word": "doc",
    "rtf": "rtf", "ofd": "ofd",
    **dict.fromkeys(("jpg", "png", "gif", "bmp", "tiff", "webp", "heic"), "image"),
}  # fmt: skip
# What readers load only when they need it. `unloaded` tries these too.
_LIBRARIES = (
    "lxml.etree", "olefile", "openpyxl", "PIL.Image", "pypdfium2", "pypdfium2.raw", "python_calamine", "xlrd",
)  # fmt: skip
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
    """The Document in some bytes. Every failure is a trouble of the Document, but what is no fault of the file: ImportError where a
    library does not load, OSError where the disk is full or the like (OUR_TROUBLE)."""
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
    except (KeyboardInterrupt, SystemExit, ImportError):
        raise
    except BaseException as error:  # the one boundary: libraries fail in any way, calamine's panic is a BaseException
        if isinstance(error, OSError) and error.errno in OUR_TROUBLE:
            raise
        if _while_importing(error):  # a shared library that ctypes does not find is an OSError
            raise ImportError(f"{type(error).__name__}: {error}"[:300]) from error
        return Document(kind, trouble="corrupt", detail=f"{format_}: {type(error).__name__}: {error}"[:300])


def _while_importing(error: BaseException) -> bool:
    """Python leaves its own frames out of what it tells; a module that is being loaded stays."""
    return any(frame.f_code.co_name == "<module>" for frame, _ in walk_tb(error.__traceback__))


def unloaded() -> dict[str, str]:
    """Readers and libraries that do not load on this machine, and what they say."""
    found: dict[str, str] = {}
    for name in (*(f"parsers.readers.{reader}" for reader in sorted(set(_READERS.values()))), *_LIBRARIES):
        try:
            import_module(name)
        except Exception as error:  # noqa: BLE001 - a library that is half there fails in any way
            found[name.removeprefix("parsers.readers.")] = f"{type(error).__name__}: {error}"[:200]
    return found
