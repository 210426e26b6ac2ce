"""PDF: paragraphs, pages that are only pictures, and whether a seal may be on a page with text. By pypdfium2.

Only what a person sees counts: hidden text is left out, but for the layer of recognised text that scanners lay under a page's picture.
Nothing is rendered here; seals and OCR have their own rooms.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mailbot.domain.documents import Document, Paragraph
from parsers.readers import Unreadable
from parsers.readers.pages import Piece, paragraphs

_PAGES = 200
_CHARS = 100_000  # a page
_LEAST_CHARS = 4  # a page number over a scan is no text layer
_OBJECTS = 5_000
_FORM_DEPTH = 4
_SIGNATURES = 50


_PACKED_TWICE = re.compile(rb"/Filter\s*\[(?:\s*/\w+)*?\s*/Fl(?:ateDecode)?\s*/Fl(?:ateDecode)?\b")
_WHITE = 250  # of 255 in every colour


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[str, ...]  # paragraphs
    scan: bool  # only pictures or drawings, with or without a layer of recognised text
    sealable: bool
    unseen: bool  # hidden text was left out


def read(content: bytes) -> Document:
    """The Document of a PDF. Raises Unreadable: encrypted where a password is asked for, corrupt where it cannot be opened,
    too-large for a stream packed twice (no program writes that; 900 bytes unpack to gigabytes), unsupported for an XFA form,
    whose pages say no more than that another program is needed."""
    import pypdfium2 as pdfium  # type: ignore[import-untyped]
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    if _PACKED_TWICE.search(content):
        raise Unreadable("too-large", "PDF stream packed twice")
    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        # pdfium's last error may be an earlier file's; a locked file always says /Encrypt in the open
        locked = b"/Encrypt" in content and ("password" in str(error).lower() or "security" in str(error).lower())
        raise Unreadable("encrypted" if locked else "corrupt", str(error)) from error
    try:
        if pdf.get_formtype() == raw.FORMTYPE_XFA_FULL:
            raise Unreadable("unsupported", "XFA form")
        count, annexes = len(pdf), raw.FPDFDoc_GetAttachmentCount(pdf.raw)
        signed = _is_signed(pdf)
        pages = [_page(pdf, index) for index in range(min(count, _PAGES))]
    finally:
        pdf.close()
    if not pages:
        raise Unreadable("corrupt", "PDF without pages")
    notes = (
        f"only the first {_PAGES} of {count} pages read" if count > _PAGES else "",
        f"{annexes} files inside not read" if annexes > 0 else "",
        "text that nobody sees left out" if any(page.unseen for page in pages) else "",
    )
    return _document(pages, signed, "; ".join(filter(None, notes)))


def _is_signed(pdf: Any) -> bool:
    """Whether a signature field of the file is filled in (ISO 32000 12.8): an electronic seal or signature, valid or not."""
    import pypdfium2.raw as raw

    signatures = (raw.FPDF_GetSignatureObject(pdf.raw, n) for n in range(min(raw.FPDF_GetSignatureCount(pdf.raw), _SIGNATURES)))
    return any(raw.FPDFSignatureObj_GetContents(signature, None, 0) > 0 for signature in signatures if signature)


def _document(pages: list[_Page], signed: bool, detail: str) -> Document:
    scans = sum(page.scan for page in pages)
    blocks = tuple(Paragraph(line) for page in pages for line in page.lines)
    scanned = scans > 0 and not any(page.lines and not page.scan for page in pages)
    sealable = signed or any(page.sealable for page in pages)
    return Document("pdf", blocks, pictures=scans, scanned=scanned, sealable=sealable, stamped=signed, detail=detail)


def _page(pdf: Any, index: int) -> _Page:
    import pypdfium2.raw as raw

    page = pdf[index]
    try:
        objects = list(islice(page.get_objects(max_depth=_FORM_DEPTH), _OBJECTS))
        drawn, picture = _drawings(objects)
        texts = [item for item in objects if item.type == raw.FPDF_PAGEOBJ_TEXT]
        hidden = [item for item in texts if _is_hidden(item, drawn)]
        layer = picture and bool(hidden) and len(hidden) == len(texts)
        leave = [item for item in hidden if item.level == 0 and not layer]
        for item in leave:
            page.remove_obj(item)
        written = paragraphs(_pieces(page), page.get_width())
        lines = written if sum(map(len, written)) >= _LEAST_CHARS else ()
        return _Page(lines, (drawn and not lines) or layer, picture or _annotated(page), bool(leave))
    finally:
        page.close()


def _pieces(page: Any) -> Iterator[Piece]:
    """Each character with its place, in points. What pdfium makes up itself (spaces, line ends) is left out."""
    from ctypes import byref, c_double

    import pypdfium2.raw as raw

    text = page.get_textpage()
    x, y, box = c_double(), c_double(), raw.FS_RECTF()
    turn = page.get_rotation()
    try:
        for at in range(min(text.count_chars(), _CHARS)):
            code = raw.FPDFText_GetUnicode(text.raw, at)
            if code < 32 or code in (0xFFFE, 0xFFFF) or raw.FPDFText_IsGenerated(text.raw, at) == 1:
                continue
            raw.FPDFText_GetCharOrigin(text.raw, at, byref(x), byref(y))
            raw.FPDFText_GetLooseCharBox(text.raw, at, byref(box))
            left, right, base = _turned(turn, x.value, y.value, box)
            size = abs(box.top - box.bottom) if turn in (0, 180) else abs(box.right - box.left)
            yield Piece(left, right, base, size or 1.0, chr(code) if code < 0x110000 else "")
    finally:
        text.close()


def _turned(turn: int, x: float, y: float, box: Any) -> tuple[float, float, float]:
    """(left, right, base line downwards) as they are seen on a page that is shown turned by so many degrees."""
    if turn == 90:
        return y, box.top, x
    if turn == 180:
        return -x, -box.left, y
    if turn == 270:
        return -y, -box.bottom, -x
    return x, box.right, -y


def _is_hidden(item: Any, drawn: bool) -> bool:
    """Text drawn invisibly or fully transparent; white text where nothing is drawn that it could stand on."""
    from ctypes import byref, c_uint

    import pypdfium2.raw as raw

    if raw.FPDFTextObj_GetTextRenderMode(item.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
        return True
    r, g, b, a = c_uint(), c_uint(), c_uint(), c_uint()
    told = raw.FPDFPageObj_GetFillColor(item.raw, byref(r), byref(g), byref(b), byref(a))
    return bool(told) and (a.value == 0 or (not drawn and min(r.value, g.value, b.value) >= _WHITE))


def _drawings(objects: list[Any]) -> tuple[bool, bool]:
    """(anything drawn, something that might be a seal): a picture, or a red drawing as electronic seals are. A page with more
    objects than are looked at may hold anything."""
    import pypdfium2.raw as raw

    if len(objects) >= _OBJECTS:
        return True, True
    shapes = [item for item in objects if item.type == raw.FPDF_PAGEOBJ_PATH]
    pictures = any(item.type in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING) for item in objects)
    return pictures or bool(shapes), pictures or any(_is_red(item) for item in shapes)


def _is_red(item: Any) -> bool:
    from ctypes import byref, c_uint

    import pypdfium2.raw as raw

    for ask in (raw.FPDFPageObj_GetFillColor, raw.FPDFPageObj_GetStrokeColor):
        r, g, b, a = c_uint(), c_uint(), c_uint(), c_uint()
        if ask(item.raw, byref(r), byref(g), byref(b), byref(a)) and r.value > 140 and max(g.value, b.value) < 110:
            return True
    return False


def _annotated(page: Any) -> bool:
    """Any annotation but a plain link may carry a seal."""
    import pypdfium2.raw as raw

    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 100)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if annotation:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
            if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                return True
    return False
