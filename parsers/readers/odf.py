"""OpenDocument text and sheets (odt, ods, and their templates): content.xml as a person sees it.

Deletions, comments, footnotes and hidden words, rows, columns and sheets are left out. Repeated cells and rows, of which an empty
sheet holds a million, are written out only as far as something stands in them.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from mailbot.domain.documents import Block, Document, Paragraph, Table
from parsers.readers import Unreadable
from parsers.readers.cells import table
from parsers.readers.cells import text as cell_text
from parsers.readers.odf_lists import OFFICE, STYLE, TABLE, TEXT, Lists, bounded
from parsers.readers.odf_tables import grid
from parsers.readers.ooxml import Element, opened, part, pictures, xml

_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_UNSEEN = (
    TEXT + "tracked-changes", TEXT + "note", TEXT + "ruby-text", TEXT + "hidden-text", OFFICE + "annotation", OFFICE + "forms",
    TABLE + "tracked-changes", TABLE + "shapes", _DRAW + "object",
)  # fmt: skip
_BLANKS = re.compile(r"[ \t\r\n]+")
_SPACES = {TEXT + "tab": "\t", TEXT + "line-break": "\n"}


def read(content: bytes) -> Document:
    """The Document of an OpenDocument file. Raises Unreadable."""
    with opened(content) as package:
        if b"encryption-data" in (part(package, "META-INF/manifest.xml") or b""):
            raise Unreadable("encrypted", "OpenDocument file with a password")
        root = xml(package, "content.xml")
        if root is None:
            raise Unreadable("corrupt", "no content.xml")
        found = of_tree(root, xml(package, "styles.xml"))
        media = pictures(package, "Pictures")
        scanned = not any(c.strip() for c in found.text) and media > 0
        macro = any(name.startswith(("Basic/", "Scripts/")) for name in package.namelist())
        return Document(found.kind, found.blocks, pictures=media if scanned else 0, scanned=scanned, macro=macro)


def of_tree(root: Element, styles: Element | None) -> Document:
    """The Document of content.xml, or of a flat file that is one XML."""
    body = root.find(OFFICE + "body")
    sheet, page = (body.find(OFFICE + name) if body is not None else None for name in ("spreadsheet", "text"))
    walk = _Walk([root] if styles is None else [root, styles])
    if sheet is not None:
        return Document("sheet", tuple(walk.sheets(sheet)))
    if page is None:
        raise Unreadable("corrupt", "neither text nor sheets in it")
    _take_out_deleted(page)
    return Document("word", tuple(walk.blocks(page)))


@dataclass
class _Walk:
    roots: list[Element]
    boxes: list[Element] = field(default_factory=list)  # text boxes met in the open paragraph

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Styles of hidden words and of hidden sheets."""
        return frozenset(
            style.get(STYLE + "name", "")
            for root in self.roots
            for style in root.iter(STYLE + "style")
            for own in style
            if own.get(TEXT + "display") == "none" or own.get(TABLE + "display") == "false"
        )

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.roots)

    def blocks(self, parent: Element, level: int = 0, style: str = "") -> Iterator[Block]:
        """Paragraphs and tables in order. `level`, `style`: of the list they stand in."""
        for element in parent:
            if element.tag in (TEXT + "p", TEXT + "h"):
                yield from self._paragraph(element)
            elif element.tag == TEXT + "list":
                yield from self.blocks(element, level + 1, element.get(TEXT + "style-name", style))
            elif element.tag == TEXT + "list-item":
                yield from self._numbered(element, level, style)
            elif element.tag == TABLE + "table":
                yield from self._table(element)
            elif element.tag not in _UNSEEN and element.get(TEXT + "display") != "none":
                yield from self.blocks(element, level, style)

    def _numbered(self, item: Element, level: int, style: str) -> Iterator[Block]:
        """A list item: its number stands before its first paragraph."""
        label = self.lists.label(style, level, item.get(TEXT + "start-value", ""))
        for block in self.blocks(item, level, style):
            yield Paragraph(label + block.text, block.level) if isinstance(block, Paragraph) else block
            label = ""

    def _paragraph(self, element: Element) -> Iterator[Block]:
        text = self._words(element)
        boxes, self.boxes = self.boxes, []
        outline = element.get(TEXT + "outline-level", "1") if element.tag == TEXT + "h" else "0"
        if text.strip():
            yield Paragraph(text.strip("\n"), bounded(outline, 9))
        for box in boxes:
            yield from self.blocks(box)

    def _words(self, element: Element) -> str:
        if element.tag in _UNSEEN or element.get(TEXT + "style-name") in self.hidden:
            return ""
        if element.tag == _DRAW + "text-box":
            self.boxes.append(element)
            return ""
        if element.tag == TEXT + "s":
            return " " * bounded(element.get(TEXT + "c", "1"), 1_000)
        pieces = [_SPACES.get(element.tag, ""), _unwrapped(element.text)]
        for child in element:
            pieces += (self._words(child), _unwrapped(child.tail))
        return "".join(pieces)

    def sheets(self, parent: Element) -> Iterator[Table]:
        for sheet in parent.iterchildren(TABLE + "table"):
            shown = sheet.get(TABLE + "style-name") not in self.hidden
            if shown and (found := table(grid(sheet, self._value, merged_once=True), sheet.get(TABLE + "name", ""))):
                yield found

    def _table(self, element: Element) -> Iterator[Block]:
        inner: list[Table] = []
        rows = list(grid(element, lambda cell: self._lines(cell, inner), merged_once=False))
        width = max(map(len, rows), default=0)
        if width:
            yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        yield from inner

    def _lines(self, cell: Element, inner: list[Table]) -> str:
        """The paragraphs of a cell, one a line. Tables in it are kept for later."""
        blocks = tuple(self.blocks(cell))
        inner += [block for block in blocks if isinstance(block, Table)]
        return "\n".join(block.text.strip() for block in blocks if isinstance(block, Paragraph))

    def _value(self, cell: Element) -> str:
        """A cell of a sheet as the other sheets show it: plain numbers, ISO dates; else its words."""
        kind = cell.get(OFFICE + "value-type")
        if kind in ("float", "currency", "percentage"):
            with suppress(ValueError, OverflowError):
                return cell_text(float(cell.get(OFFICE + "value", "")))
        if kind == "date":
            moment: str = cell.get(OFFICE + "date-value", "")
            return moment.removesuffix("T00:00:00").replace("T", " ")
        if kind == "boolean":
            return "是" if cell.get(OFFICE + "boolean-value") == "true" else "否"
        return self._lines(cell, [])


def _take_out_deleted(page: Element) -> None:
    """Deletions mostly stand apart in tracked-changes, but a document that was saved showing them keeps them in place."""
    from lxml import etree  # type: ignore[import-untyped]

    deleted = {d.getparent().get(TEXT + "id") for d in page.iter(TEXT + "deletion")}
    deleting = False
    for event, element in etree.iterwalk(page, events=("start", "end")) if deleted else ():
        if element.get(TEXT + "change-id") in deleted and element.tag != TEXT + "change":
            deleting = element.tag == TEXT + "change-start"
        if deleting and event == "start":
            element.text = None
        elif deleting:
            element.tail = None


def _unwrapped(text: str | None) -> str:
    """Line ends in the XML are blanks on the page."""
    return _BLANKS.sub(" ", text) if text else ""
