"""OFD, the Chinese page format (GB/T 33190-2016): lines of text, pages that are only pictures, and whether a seal is on it.

A page says where each glyph stands, in mm from the top left. Seals are stamp annotations of a signature
or annotations with a picture; that one is there is read, that it is valid is not.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from mailbot.domain.documents import Document, Paragraph
from parsers.readers import Unreadable
from parsers.readers.ooxml import guarded
from parsers.readers.pages import Piece, paragraphs

_PAGES = 200
_GLYPHS = 1_000_000
_OBJECTS = 20_000
_SAME_LINE = 0.5  # of the font size
_WIDTH = 210.0  # mm, where a page does not say

Element = Any  # lxml's elements have no types of their own


def read(content: bytes) -> Document:
    """The Document of an OFD file. Raises Unreadable."""
    with guarded(content) as package:
        book = _Book(package)
        if not book.pages:
            raise Unreadable("corrupt", "OFD without pages")
        pages = [_page(book, page) for page in book.pages[:_PAGES]]
        stamped = any(_stamps(book))
    blocks = tuple(Paragraph(text) for texts, _ in pages for text in texts)
    drawn = any(pictures for _, pictures in pages)
    scans = sum(pictures and not texts for texts, pictures in pages)
    detail = f"only the first {_PAGES} of {len(book.pages)} pages read" if len(book.pages) > _PAGES else ""
    return Document(
        "pdf",
        blocks,
        pictures=scans,
        scanned=scans > 0 and not blocks,
        sealable=drawn or stamped or not blocks,
        stamped=stamped,
        detail=detail,
    )


class _Book:
    """The package: its documents' pages, page templates, signature and annotation lists, all as paths."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._names = {name.lower().replace("\\", "/"): name for name in package.namelist()}
        root = self.xml("OFD.xml")
        if root is None:
            raise Unreadable("corrupt", "no OFD.xml")
        self.pages: list[str] = []
        self.templates: dict[str, str] = {}  # ID -> path
        self.lists = [_at("OFD.xml", loc) for loc in _texts(root, "Signatures")]
        for path in [_at("OFD.xml", loc) for loc in _texts(root, "DocRoot")]:
            self._document(path)

    def _document(self, path: str) -> None:
        document = self.xml(path)
        if document is None:
            locked = any("encryption" in name for name in self._names)
            raise Unreadable("encrypted" if locked else "corrupt", f"no {path}")
        self.pages += [_at(path, e.get("BaseLoc", "")) for e in _all(document, "Page")]
        self.templates |= {e.get("ID", ""): _at(path, e.get("BaseLoc", "")) for e in _all(document, "TemplatePage")}
        self.lists += [_at(path, loc) for loc in _texts(document, "Annotations")]

    def xml(self, path: str) -> Element | None:
        """A part's root element; None where it is missing. Programs write paths in other case than the package."""
        from lxml import etree  # type: ignore[import-untyped]

        name = self._names.get(path.lower())
        if name is None:
            return None
        try:
            return etree.fromstring(self._package.read(name), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise Unreadable("corrupt", f"{path}: {error}") from error


def _page(book: _Book, path: str) -> tuple[tuple[str, ...], bool]:
    """(paragraphs from top to bottom, holds pictures) of a page and the templates under it."""
    page = book.xml(path)
    if page is None:
        raise Unreadable("corrupt", f"no {path}")
    layers = [book.xml(book.templates.get(e.get("TemplateID", ""), "")) for e in _all(page, "Template")]
    parts = [part for part in (*layers, page) if part is not None]
    pieces = [p for part in parts for e in islice(_all(part, "TextObject"), _OBJECTS) if _visible(e) for p in _pieces(e)]
    pictures = any(_visible(e) for part in parts for e in _all(part, "ImageObject"))
    box = next((_numbers(text) for text in _texts(page, "PhysicalBox")), [])
    return paragraphs(pieces, box[2] if len(box) > 2 else _WIDTH), pictures


def _visible(element: Element) -> bool:
    return str(element.get("Visible", "true")) != "false" and str(element.get("Alpha", "255")) != "0"


def _pieces(element: Element) -> Iterator[Piece]:
    """A TextObject's text in pieces that each stand in one line. Glyphs advance by DeltaX and DeltaY (GB/T 33190 §11.3)."""
    box, size = _numbers(element.get("Boundary", "")), (_numbers(element.get("Size", "")) or [3.5])[0]
    if len(box) < 4:
        return
    matrix = _numbers(element.get("CTM", ""))
    a, b, c, d, e, f = matrix if len(matrix) == 6 else (1, 0, 0, 1, 0, 0)
    high = size * (abs(d) or abs(c) or 1)
    x = y = 0.0
    for code in _all(element, "TextCode"):
        text = (code.text or "")[:_GLYPHS]
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        glyphs: list[tuple[float, float, str]] = []
        for character, right, down in zip(text, _deltas(code.get("DeltaX"), text), _deltas(code.get("DeltaY"), text), strict=False):
            glyphs.append((box[0] + a * x + c * y + e, box[1] + b * x + d * y + f, character))
            x, y = x + right, y + down
        yield from _parted(glyphs, high)


def _parted(glyphs: list[tuple[float, float, str]], size: float) -> Iterator[Piece]:
    begin = 0
    for at in range(1, len(glyphs) + 1):
        if at == len(glyphs) or abs(glyphs[at][1] - glyphs[begin][1]) > size * _SAME_LINE:
            part = glyphs[begin:at]
            last = part[-1]
            width = size * (1 if ord(last[2]) > 0x2E7F else 0.5)
            yield Piece(part[0][0], last[0] + width, part[0][1], size, "".join(character for _, _, character in part))
            begin = at


def _deltas(written: str | None, text: str) -> Iterator[float]:
    """The advance after each glyph: numbers, and `g n v` for n times v; 0 where nothing is said."""
    words = (written or "").split()
    count = at = 0
    while at < len(words) and count < len(text):
        if words[at] == "g" and at + 2 < len(words):
            times = min(int(_number(words[at + 1], 0)), len(text) - count)
            yield from [_number(words[at + 2], 0)] * times
            at, count = at + 3, count + max(times, 0)
        else:
            yield _number(words[at], 0)
            at, count = at + 1, count + 1
    yield from [0.0] * (len(text) - count)


def _stamps(book: _Book) -> Iterator[bool]:
    """True for every seal: a StampAnnot in a signature, or a Stamp or Watermark annotation with a picture in it."""
    for path in book.lists:
        listed = book.xml(path)
        for element in islice(_all(listed, "Signature", "Page"), _PAGES) if listed is not None else ():
            loc = element.get("BaseLoc") or next(_texts(element, "FileLoc"), "")
            part = book.xml(_at(path, loc))
            if part is not None:
                yield _holds(part, "StampAnnot")
                yield any(e.get("Type") in ("Stamp", "Watermark") and _holds(e, "ImageObject") for e in _all(part, "Annot"))


def _all(element: Element, *names: str) -> Iterator[Element]:
    """Descendants by local name: programs differ in the namespace they write."""
    return (e for e in element.iter("{*}*") if e.tag.rpartition("}")[2] in names)


def _holds(element: Element, name: str) -> bool:
    return next(_all(element, name), None) is not None


def _texts(element: Element, name: str) -> Iterator[str]:
    return ((e.text or "").strip() for e in _all(element, name) if (e.text or "").strip())


def _at(base: str, location: str) -> str:
    """An ST_Loc as a path in the package: from its root where it begins with a slash, else from the file it is written in."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), location.strip().replace("\\", "/"))).lstrip("/")


def _numbers(written: str) -> list[float]:
    return [_number(word, 0.0) for word in written.split()[:8]]


def _number(written: str | None, otherwise: float) -> float:
    try:
        value = float(written) if written else otherwise
    except ValueError:
        return otherwise
    return value if abs(value) < 1e6 else otherwise
