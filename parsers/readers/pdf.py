"""PDF: lines of text, pages that are only pictures, and whether a seal may be on a page with text. By pypdfium2.

Nothing is rendered here; seals and OCR have their own rooms.
"""

from dataclasses import dataclass
from typing import Any

from mailbot.domain.documents import Document, Paragraph
from parsers.readers import Unreadable

_PAGES = 200
_CHARS = 1_000_000
_LEAST_CHARS = 4  # a page number over a scan is no text layer
_OBJECTS = 5_000
_FORM_DEPTH = 4


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[str, ...]
    drawn: bool  # holds pictures or drawings
    sealable: bool


def read(content: bytes) -> Document:
    """The Document of a PDF. Raises Unreadable: encrypted where a password is asked for, corrupt where it cannot be opened."""
    import pypdfium2 as pdfium  # type: ignore[import-untyped]
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        raise Unreadable("encrypted" if locked else "corrupt", str(error)) from error
    try:
        count = len(pdf)
        signed = raw.FPDF_GetSignatureCount(pdf.raw) > 0
        pages = [_page(pdf, index) for index in range(min(count, _PAGES))]
    finally:
        pdf.close()
    if not pages:
        raise Unreadable("corrupt", "PDF without pages")
    scans = [page for page in pages if page.drawn and not page.lines]
    blocks = tuple(Paragraph(line) for page in pages for line in page.lines)
    sealable = signed or any(page.sealable for page in pages)
    detail = f"only the first {_PAGES} of {count} pages read" if count > _PAGES else ""
    return Document("pdf", blocks, pictures=len(scans), scanned=bool(scans) and not blocks, sealable=sealable, detail=detail)


def _page(pdf: Any, index: int) -> _Page:
    page = pdf[index]
    try:
        text = page.get_textpage()
        try:
            written = text.get_text_range(count=min(text.count_chars(), _CHARS))
        finally:
            text.close()
        lines = tuple(line.strip() for line in written.replace("\r", "\n").replace("\ufffe", "-").split("\n") if line.strip())
        if sum(map(len, lines)) < _LEAST_CHARS:
            lines = ()
        drawn, picture = _drawings(page)
        return _Page(lines, drawn, picture or _annotated(page))
    finally:
        page.close()


def _drawings(page: Any) -> tuple[bool, bool]:
    """(anything drawn, something that might be a seal): a picture, or a red drawing as electronic seals are."""
    import pypdfium2.raw as raw

    drawn = False
    for number, item in enumerate(page.get_objects(max_depth=_FORM_DEPTH)):
        if number > _OBJECTS:
            return True, True
        if item.type in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
            return True, True
        if item.type == raw.FPDF_PAGEOBJ_PATH:
            drawn = True
            if _is_red(item):
                return True, True
    return drawn, False


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
