"""Word files (docx, docm, dotx): paragraphs and tables in body order, as a person sees them.

The XML is read directly: python-docx leaves out content controls and text boxes and refuses docm, dotx and NULL relationships
(china-mail.md §4). First the tree is made to hold only what is shown (docx_shown), then it is walked once.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from mailbot.domain.documents import Block, Document, Paragraph, Table
from parsers.readers import Unreadable
from parsers.readers import read as read_any
from parsers.readers.docx_shown import TBL, TC, TR, VAL, P, W, Words, show, words
from parsers.readers.docx_styles import Numbering, Styles
from parsers.readers.ooxml import Element, Relation, guarded, is_ours, part, pictures, relations, xml, xml_part
from parsers.readers.ooxml_asks import asks, instructions_of
from parsers.readers.sniff import sniff

_MAX_CELLS = 300_000
_MAX_SPAN = 100
_MAX_PARAGRAPHS = 100_000
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PAGE_NUMBER = re.compile(r"[\s\d第页共/—–\-·~]*")
_SECRECY = re.compile(r"[\s★☆(（\[【]*[绝絕机機秘祕]\s*密\s*[级級]?(?:[\s★☆⭐*·)）\]】].{0,12})?")  # 机密★1年


def read(content: bytes) -> Document:
    """The Document of a Word file. Raises Unreadable."""
    with guarded(content) as package:
        main = next((r.target for r in relations(package) if r.kind == "officeDocument"), "word/document.xml")
        blocks = tuple(_blocks(package, main))
        asked = asks(package, instructions_of(package, main))
        media = pictures(package, "word")
        empty = not any(isinstance(b, Paragraph) or any(map(any, b.rows)) for b in blocks)
        scanned = empty and media > 0
        return Document(
            "word", blocks, pictures=media if empty else 0, scanned=scanned, macro=asked.runs, detail=asked.told, ours=is_ours(package)
        )  # fmt: skip


def _blocks(package: zipfile.ZipFile, main: str) -> Iterator[Block]:
    """What heads the pages, then the body."""
    root = xml(package, main)
    body = root.find(W + "body") if root is not None else None
    if body is None:
        raise Unreadable("corrupt", "no document body")
    around = relations(package, main)
    targets = {r.id: r.target for r in around}
    styles = Styles(_beside(package, around, "styles", main))
    walk = Walk(
        styles,
        numbering=cache(lambda: Numbering(_beside(package, around, "numbering", main))),
        chunk=lambda id_: _chunk(package, targets.get(id_, "")),
    )
    show(body, styles.hides)
    shown = tuple(walk.page(body))
    heads = {targets[id_] for id_ in _header_ids(body) if id_ in targets}
    yield from _page_heads([root for name in sorted(heads) if (root := xml(package, name)) is not None], styles, shown)
    yield from shown


def _beside(package: zipfile.ZipFile, around: tuple[Relation, ...], kind: str, main: str) -> bytes:
    """styles.xml or numbering.xml, b"" where there is none."""
    usual = posixpath.join(posixpath.dirname(main), f"{kind}.xml")
    return xml_part(package, next((r.target for r in around if r.kind == kind), usual)) or b""


def _chunk(package: zipfile.ZipFile, name: str) -> tuple[Block, ...]:
    """The blocks of a page of HTML or text that Word shows in this place. No other kind, so that nothing nests."""
    data = part(package, name) or b""
    return read_any(data).blocks if sniff(data) in ("html", "text") else ()


def _header_ids(body: Element) -> Iterator[str]:
    """The headers in use: a first page's own only where the section asks for one."""
    for section in body.iter(W + "sectPr"):
        for reference in section.iterchildren(W + "headerReference"):
            if reference.get(W + "type") == "default" or section.find(W + "titlePg") is not None:
                yield reference.get(_ID, "")


def _page_heads(headers: Sequence[Element], styles: Styles, body: tuple[Block, ...]) -> Iterator[Paragraph]:
    """Lines of the page headers that fill in something (填报单位：…) or mark it as secret, and all of them where no words stand
    above the first table. Slogans, page numbers and what the body says too would only disturb titles, so they are left out; footers always are."""
    titled = not body or isinstance(body[0], Paragraph)
    known = {"".join(line.split()) for line in Document("word", body).text.splitlines()} if headers else set()
    for root in headers:
        show(root, styles.hides)
        for line in (paragraph.text.strip() for paragraph in words(root).values()):
            key = "".join(line.split())
            if key not in known and not _PAGE_NUMBER.fullmatch(line) and (not titled or "：" in line or ":" in line or _SECRECY.fullmatch(line)):
                known.add(key)
                yield Paragraph(line)


@dataclass
class Walk:
    """Blocks of a shown tree. `chunk`: the blocks behind the id of an altChunk."""

    styles: Styles
    numbering: Callable[[], Numbering]  # loaded where a paragraph is numbered
    chunk: Callable[[str], Iterable[Block]]
    words: dict[Element, Words] = field(default_factory=dict)
    spans: dict[Element, int] = field(default_factory=dict)  # cell -> columns it covers, row -> columns left free before it
    continued: set[Element] = field(default_factory=set)  # cells that the one above reaches into
    cells: int = 0

    def page(self, body: Element) -> Iterator[Block]:
        self.words = words(body)
        if len(self.words) > _MAX_PARAGRAPHS:
            raise Unreadable("too-large", f"more than {_MAX_PARAGRAPHS} paragraphs")
        self.spans = {_owner(e): _columns(e.get(VAL, "")) for e in body.iter(W + "gridSpan", W + "gridBefore")}
        self.continued = {_owner(e) for e in body.iter(W + "vMerge") if e.get(VAL, "continue") == "continue"}
        return self._blocks(body)

    def _blocks(self, parent: Element) -> Iterator[Block]:
        for element in parent:
            if element.tag == P:
                if said := self._said(element).strip("\n"):
                    yield Paragraph(said, self.styles.level(self.words[element]))
            elif element.tag == TBL:
                yield from self._table(element)
            elif element.tag == W + "altChunk":
                yield from self.chunk(element.get(_ID, ""))

    def _said(self, paragraph: Element) -> str:
        """With the number that Word writes itself; an empty paragraph counts in its list but shows nothing."""
        numbered, said = self.styles.numbering(self.words[paragraph]), self.words[paragraph].text
        label = self.numbering().label(*numbered) if numbered else ""
        return label + said if said.strip() else ""

    def _table(self, element: Element) -> Iterator[Block]:
        rows: list[list[str]] = []
        nested: list[Element] = []
        for row in element.iterchildren(TR):
            rows.append(self._row(row, rows[-1] if rows else [], nested))
        width = max(map(len, rows), default=0)
        if width:
            yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        for inner in nested:
            yield from self._table(inner)

    def _row(self, row: Element, above: list[str], nested: list[Element]) -> list[str]:
        cells = [""] * self.spans.get(row, 0)
        for cell in row.iterchildren(TC):
            inherited = above[len(cells)] if len(cells) < len(above) else ""
            said = inherited if cell in self.continued else self._cell(cell, nested)
            cells += [said] * max(self.spans.get(cell, 1), 1)
        self.cells += len(cells)
        if self.cells > _MAX_CELLS:
            raise Unreadable("too-large", f"more than {_MAX_CELLS} table cells")
        return cells

    def _cell(self, cell: Element, nested: list[Element]) -> str:
        """The paragraphs of a cell, one a line. Tables in it are kept for later."""
        nested += cell.iterchildren(TBL)
        lines = (self._said(paragraph).strip() for paragraph in cell.iterchildren(P))
        return "\n".join(line for line in lines if line)


def _owner(mark: Element) -> Element:
    """The cell or row that a mark in its tcPr or trPr belongs to."""
    return mark.getparent().getparent()


def _columns(value: str) -> int:
    return min(int(value), _MAX_SPAN) if value.isascii() and value.isdigit() else 1
