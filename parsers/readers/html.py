"""HTML files, also those saved as .xls: paragraphs and tables. Scripts and styles are dropped, nothing is fetched."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mailbot.domain.documents import Block, Document, Paragraph, Table
from parsers.readers import Unreadable
from parsers.readers.text import decode

_CHARS = 5_000_000
_CELLS = 300_000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)
_DROPPED = frozenset({"script", "style", "head", "template", "noscript", "object", "svg", "iframe", "noframes"})
_INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "o:p", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
))  # fmt: skip

_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

Element = Any


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_DEPTH = 300
# Never closed by many programs, or without an end: they say nothing about depth.
_UNCOUNTED = frozenset(
    ("p", "li", "td", "th", "tr", "dt", "dd", "option", "br", "hr", "img", "input", "meta", "link", "col", "area", "base", "font", "wbr")
)


def not_too_deep(markup: str) -> str:
    """The markup up to where it nests deeper than any page does; beyond that libxml2 takes quadratic time."""
    open_tags: Counter[str] = Counter()
    depth = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name in _UNCOUNTED:
            continue
        if not match[1]:
            open_tags[name] += 1
            depth += 1
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
        if depth > _DEPTH:
            return markup[: match.start()]
    return markup


def read(content: bytes) -> Document:
    """The Document of an HTML file. Raises Unreadable."""
    from lxml import etree  # type: ignore[import-untyped]

    charset = _CHARSET.search(content[:4_096])
    markup = decode(content, charset[1].decode() if charset else "")[:_CHARS].replace("\0", "")
    markup = not_too_deep(markup)
    parser = etree.HTMLParser(no_network=True, recover=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    if root is None:
        raise Unreadable("corrupt", "nothing in the HTML")
    return Document("html", tuple(_Walk().blocks(root)))


class _Walk:
    """Depth is bounded by libxml2 (256)."""

    def __init__(self) -> None:
        self._line: list[str] = []
        self._cells = 0

    def blocks(self, root: Element) -> Iterator[Block]:
        yield from self._element(root)
        yield from self._flush()

    def _element(self, element: Element) -> Iterator[Block]:
        name = element.tag
        if name == "table" and _seen(element):
            yield from self._flush()
            yield from self._table(element)
        elif _seen(element):
            block = name not in _INLINE
            level = int(name[1]) if re.fullmatch(r"h[1-6]", name) else 0
            if block:
                yield from self._flush()
            self._line.append(element.text or "")
            for child in element:
                yield from self._element(child)
                self._line.append(child.tail or "")
            if block:
                yield from self._flush(level)

    def _flush(self, level: int = 0) -> Iterator[Block]:
        text = _squeezed("".join(self._line))
        self._line = []
        if text:
            yield Paragraph(text, level)

    def _table(self, element: Element) -> Iterator[Block]:
        rows: list[list[str]] = []
        below: dict[tuple[int, int], str] = {}  # places taken by a cell that spans rows
        inner: list[Element] = []
        for at, row in enumerate(filter(_seen, _rows(element))):
            cells: list[str] = []
            for cell in (c for c in row if c.tag in ("td", "th")):
                while (at, len(cells)) in below:
                    cells.append(below[at, len(cells)])
                text = _shown(cell, inner)
                wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
                below.update({(at + down, len(cells) + right): text for down in range(1, high) for right in range(wide)})
                cells += [text] * wide
                self._cells += wide * high
                if self._cells > _CELLS:
                    raise Unreadable("too-large", f"more than {_CELLS} table cells")
            while (at, len(cells)) in below:
                cells.append(below[at, len(cells)])
            rows.append(cells)
        width = max(map(len, rows), default=0)
        if any(any(row) for row in rows):
            yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        for table in inner:
            yield from self._table(table)


def _seen(element: Element) -> bool:
    """Whether a browser shows it."""
    return isinstance(element.tag, str) and element.tag not in _DROPPED and not _HIDDEN.search(element.get("style", ""))


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 100) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _shown(cell: Element, inner: list[Element]) -> str:
    """The words of a cell; tables in it are kept for later."""
    out = [cell.text or ""]
    for child in cell:
        if child.tag == "table" and _seen(child):
            inner.append(child)
        elif child.tag == "br":
            out.append("\n")
        elif _seen(child):
            out += [_shown(child, inner), "\n" if child.tag in ("p", "div", "li") else ""]
        out.append(child.tail or "")
    return _squeezed("".join(out), lines=True)


def _squeezed(text: str, lines: bool = False) -> str:
    if not lines:
        return re.sub(r"\s+", " ", text.replace("\xa0", " ")).strip()
    return "\n".join(filter(None, (_squeezed(line) for line in text.split("\n"))))
