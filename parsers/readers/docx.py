"""Word files (docx, docm, dotx): paragraphs and tables in body order, as a person sees them.

python-docx opens the package; where it refuses (docm, dotx, NULL relationships: china-mail.md §4) the XML is read directly.
Either way the same walk over the elements makes the blocks.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from mailbot.domain.documents import Block, Document, Paragraph, Table
from parsers.readers import Unreadable
from parsers.readers.docx_styles import Numbering, Styles, attribute, child, local
from parsers.readers.ooxml import guarded, has_macro, pictures

_MAX_CELLS = 300_000
_MAX_SPAN = 100
_MAX_PARAGRAPHS = 100_000
_SKIPPED = frozenset(
    ("del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "rt", "fldChar", "annotationRef", "Fallback", "tblPr")
)
_BLOCK_WRAPS = frozenset({"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice"})

Element = Any  # lxml's elements have no types of their own


def read(content: bytes) -> Document:
    """The Document of a Word file. Raises Unreadable."""
    with guarded(content) as package:
        walk = _Walk(*_parts(content, package))
        blocks = tuple(walk.blocks(walk.body))
        media = pictures(package, "word")
        empty = not any(c.strip() for c in Document("word", blocks).text)
        return Document("word", blocks, pictures=media if empty else 0, scanned=empty and media > 0, macro=has_macro(package))


def _parts(content: bytes, package: zipfile.ZipFile) -> tuple[Element, Styles, Numbering]:
    """(body, styles, numbering) by python-docx, from the XML itself where that raises."""
    import docx
    from docx.opc.exceptions import OpcError
    from lxml import etree  # type: ignore[import-untyped]

    try:
        document = docx.Document(BytesIO(content))
        names = {part.partname: part for part in document.part.package.iter_parts()}
        numbering = names.get("/word/numbering.xml")
        root = etree.fromstring(numbering.blob, _parser()) if numbering is not None else None
        return document.element.body, Styles(document.styles.element), Numbering(root)
    except (KeyError, ValueError, AttributeError, TypeError, OpcError, etree.XMLSyntaxError, NotImplementedError, IndexError):
        root = _xml(package, "word/document.xml")
        body = child(root, "body") if root is not None else None
        if body is None:
            raise Unreadable("corrupt", "no document body") from None
        return body, Styles(_xml(package, "word/styles.xml")), Numbering(_xml(package, "word/numbering.xml"))


def _parser() -> Any:
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _xml(package: zipfile.ZipFile, name: str) -> Element | None:
    from lxml import etree

    try:
        data = package.read(name)
    except KeyError:
        return None
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise Unreadable("corrupt", f"{name}: {error}") from error
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if name == "word/document.xml":
            raise Unreadable("corrupt", f"{name}: {error}") from error
        return None  # styles and numbering are a help, not a need


@dataclass
class _Walk:
    body: Element
    styles: Styles
    numbering: Numbering
    cells: int = 0
    paragraphs: int = 0
    boxes: list[Element] = field(default_factory=list)

    def blocks(self, parent: Element) -> Iterator[Block]:
        """Paragraphs and tables below an element, in order; text boxes stand behind their paragraph."""
        for element in parent:
            name = local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name in _BLOCK_WRAPS:
                yield from self.blocks(element)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        self.paragraphs += 1
        if self.paragraphs > _MAX_PARAGRAPHS:
            raise Unreadable("too-large", f"more than {_MAX_PARAGRAPHS} paragraphs")
        text, boxes = self._text(element)
        label = self.numbering.label(element, self.styles) if text.strip() else ""
        if text.strip():
            yield Paragraph((label + text).strip("\n"), self.styles.level(element))
        for box in boxes:
            yield from self.blocks(box)

    def _text(self, element: Element) -> tuple[str, list[Element]]:
        """(shown text, text boxes) of a paragraph."""
        out: list[str] = []
        boxes: list[Element] = []
        self._runs(element, out, boxes)
        return "".join(out), boxes

    def _runs(self, element: Element, out: list[str], boxes: list[Element]) -> None:
        for item in element:
            name = local(item)
            if name == "t":
                out.append(item.text or "")
            elif name in ("tab", "ptab"):
                out.append("\t")
            elif name in ("br", "cr"):
                out.append("\n" if attribute(item, "type") in ("", "textWrapping") else "")
            elif name == "noBreakHyphen":
                out.append("-")
            elif name == "txbxContent":
                boxes.append(item)
            elif name in _SKIPPED or (name == "r" and _hidden(item)):
                continue
            else:
                self._runs(item, out, boxes)

    def _table(self, element: Element) -> Iterator[Block]:
        rows: list[list[str]] = []
        nested: list[Element] = []
        for row in _below(element, "tr"):
            properties = child(row, "trPr")
            if properties is not None and child(properties, "del") is not None:
                continue
            rows.append(self._row(row, rows[-1] if rows else [], nested))
        width = max(map(len, rows), default=0)
        if width:
            yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        for inner in nested:
            yield from self._paragraph(inner) if local(inner) == "p" else self.blocks([inner])

    def _row(self, row: Element, above: list[str], nested: list[Element]) -> list[str]:
        cells = [""] * _span(child(row, "trPr"), "gridBefore", least=0)
        for cell in _below(row, "tc"):
            properties = child(cell, "tcPr")
            merge = child(properties, "vMerge") if properties is not None else None
            if merge is not None and attribute(merge, "val") in ("", "continue"):
                text = above[len(cells)] if len(cells) < len(above) else ""
            else:
                text = self._cell(cell, nested)
            cells += [text] * _span(properties, "gridSpan", least=1)
        self.cells += len(cells)
        if self.cells > _MAX_CELLS:
            raise Unreadable("too-large", f"more than {_MAX_CELLS} table cells")
        return cells

    def _cell(self, cell: Element, nested: list[Element]) -> str:
        """The paragraphs of a cell, one a line; text boxes too. Tables in it are kept for later."""
        lines: list[str] = []
        for item in _flat(cell):
            if local(item) == "tbl":
                nested.append(item)
            elif local(item) == "p":
                text, boxes = self._text(item)
                label = self.numbering.label(item, self.styles) if text.strip() else ""
                lines.append(label + text)
                lines += [Document("word", tuple(self.blocks(box))).text for box in boxes]
        return "\n".join(line.strip() for line in lines if line.strip())


def _hidden(run: Element) -> bool:
    properties = child(run, "rPr")
    vanish = child(properties, "vanish") if properties is not None else None
    return vanish is not None and attribute(vanish, "val") not in ("0", "false", "off")


def _flat(parent: Element) -> Iterator[Element]:
    """The paragraphs and tables of a cell, content controls opened."""
    for element in parent:
        if local(element) in _BLOCK_WRAPS:
            yield from _flat(element)
        else:
            yield element


def _below(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, also inside content controls and tracked insertions."""
    for element in parent:
        if local(element) == name:
            yield element
        elif local(element) in _BLOCK_WRAPS:
            yield from _below(element, name)


def _span(properties: Element | None, name: str, least: int) -> int:
    element = child(properties, name) if properties is not None else None
    value = attribute(element, "val") if element is not None else ""
    return min(max(int(value), least), _MAX_SPAN) if value.isascii() and value.isdigit() else least
