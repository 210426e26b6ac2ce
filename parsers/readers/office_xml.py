"""Office files that are one XML: Flat OPC and Word 2003 (.xml, often named .doc), Excel 2003 (often .xls), flat OpenDocument."""

import zipfile
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO

from mailbot.domain.documents import Document, Table
from parsers.readers import Unreadable
from parsers.readers import read as read_any
from parsers.readers.cells import MAX_COLUMNS, MAX_ROWS, table
from parsers.readers.docx import Walk
from parsers.readers.docx_shown import P, W, show
from parsers.readers.docx_styles import Numbering, Styles
from parsers.readers.odf import of_tree
from parsers.readers.odf_lists import OFFICE
from parsers.readers.ooxml import Element, parsed
from parsers.readers.ooxml_asks import instructions, starts_a_program

_PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_WX = "{http://schemas.microsoft.com/office/word/2003/auxHint}"
_AML = "{http://schemas.microsoft.com/aml/2001/core}"
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_WORD_2003 = b"http://schemas.microsoft.com/office/word/2003/wordml"


def read(content: bytes) -> Document:
    """The Document of an Office file in XML. Raises Unreadable, unsupported for any other XML."""
    root = parsed(content.replace(_WORD_2003, W[1:-1].encode()), "file")
    if root.tag == _PKG + "package":
        return read_any(_zipped(root))
    if root.tag == W + "wordDocument":
        return _word(root)
    if root.tag == _SS + "Workbook":
        return Document("sheet", tuple(_sheets(root)))
    if root.tag == OFFICE + "document":
        return of_tree(root, None)
    raise Unreadable("unsupported", "XML of no Office program")


def _zipped(root: Element) -> bytes:
    """A flat package as the zip it stands for."""
    from lxml import etree  # type: ignore[import-untyped]

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for part in root.iterchildren(_PKG + "part"):
            data, binary = part.find(_PKG + "xmlData"), part.findtext(_PKG + "binaryData")
            if data is not None and len(data):
                package.writestr(part.get(_PKG + "name", "").lstrip("/"), etree.tostring(data[0]))
            elif binary:
                package.writestr(part.get(_PKG + "name", "").lstrip("/"), b64decode(binary))
    return out.getvalue()


def _word(root: Element) -> Document:
    """Word 2003 writes nearly what docx has; what differs is made alike first."""
    from lxml import etree

    for merge in root.iter(W + "vmerge"):
        merge.tag = W + "vMerge"
    for change in list(root.iter(_AML + "annotation")):
        if change.get(W + "type") == "Word.Deletion":
            change.clear()
    for label in list(root.iter(_WX + "t")):
        _write_out(label)
    etree.strip_tags(root, _AML + "annotation", _AML + "content", _WX + "sect", _WX + "sub-section")
    body, styles = root.find(W + "body"), root.find(W + "styles")
    if body is None:
        raise Unreadable("corrupt", "no document body")
    runs = root.find(W + "docSuppData") is not None or starts_a_program(instructions(root))
    known = Styles(b"" if styles is None else etree.tostring(styles))
    show(body, known.hides)
    return Document("word", tuple(Walk(known, lambda: Numbering(b""), lambda _: ()).page(body)), macro=runs)


def _write_out(label: Element) -> None:
    """The number of a list item is stored as Word showed it; it becomes the paragraph's first words."""
    from lxml import etree

    words = label.get(_WX + "val", "")
    paragraph = next(label.iterancestors(P), None)
    if paragraph is not None and any(c.isalnum() for c in words):
        run = etree.Element(W + "r")
        etree.SubElement(run, W + "t").text = words
        paragraph.insert(1, run)


def _sheets(root: Element) -> Iterator[Table]:
    for sheet in root.iterchildren(_SS + "Worksheet"):
        visible = sheet.findtext(f"{_EXCEL}WorksheetOptions/{_EXCEL}Visible", "")
        grid = None if visible.startswith("SheetHidden") else sheet.find(_SS + "Table")
        if grid is not None and (found := table(_rows(grid), sheet.get(_SS + "Name", ""))):
            yield found


def _rows(grid: Element) -> Iterator[list[str]]:
    """The shown rows; a row or cell may name its place and leave a gap before it."""
    hidden: set[int] = set()
    at = 0
    for column in grid.iterchildren(_SS + "Column"):
        at = _place(column, at, MAX_COLUMNS)
        span = _attribute(column, "Span", 0, MAX_COLUMNS)
        hidden.update(range(at, at + span + 1) if column.get(_SS + "Hidden") == "1" else ())
        at += span + 1
    at = 0
    for row in grid.iterchildren(_SS + "Row"):
        place = _place(row, at, MAX_ROWS)
        yield from ([] for _ in range(at, place))
        if row.get(_SS + "Hidden") != "1":
            yield [text for number, text in enumerate(_cells(row)) if number not in hidden]
        at = place + 1 + _attribute(row, "Span", 0, MAX_ROWS)


def _cells(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iterchildren(_SS + "Cell"):
        cells += [""] * (_place(cell, len(cells), MAX_COLUMNS) - len(cells))
        cells.append(_value(cell.find(_SS + "Data")))
        cells += [""] * _attribute(cell, "MergeAcross", 0, MAX_COLUMNS)
    return cells


def _value(data: Element | None) -> str:
    if data is None:
        return ""
    words, kind = "".join(data.itertext()), data.get(_SS + "Type")
    if kind == "DateTime":
        return words.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
    if kind == "Boolean":
        return "是" if words.strip() == "1" else "否"
    return words


def _place(element: Element, otherwise: int, most: int) -> int:
    """Where a row, column or cell stands, from 0."""
    return max(_attribute(element, "Index", otherwise + 1, most) - 1, otherwise)


def _attribute(element: Element, name: str, otherwise: int, most: int) -> int:
    value = element.get(_SS + name, "")
    return min(int(value), most) if value.isascii() and value.isdigit() and len(value) < 12 else otherwise
