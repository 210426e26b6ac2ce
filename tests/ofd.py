"""OFD files written by hand after GB/T 33190-2016, so that a test knows each object in them."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_LINE = 8.0  # mm
_SIZE = 4.2  # mm, about 12 pt


def width(text: str, size: float = _SIZE) -> float:
    """How wide a text stands, in mm: Chinese characters are as wide as high, others half so."""
    return sum(size if ord(c) > 0x2E7F else size / 2 for c in text)


def text_object(number: int, x: float, y: float, text: str, more: str = "", size: float = _SIZE) -> str:
    """One line of text, its base line `size` below y."""
    advance = " ".join(f"{width(c, size):g}" for c in text[:-1])
    deltas = f' DeltaX="{advance}"' if advance else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{x:g} {y:g} 170 {size + 1:g}" Font="3" Size="{size:g}"{more}>'
        f'<ofd:TextCode X="0" Y="{size:g}"{deltas}>{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def picture(number: int) -> str:
    return f'<ofd:ImageObject ID="{number}" Boundary="0 0 210 297" CTM="210 0 0 297 0 0" ResourceID="9"/>'


def page(objects: str, template: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {_SPACE}><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>'
        f'{template}<ofd:Content><ofd:Layer ID="100">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def lines_page(lines: Sequence[Sequence[tuple[float, str]]]) -> str:
    """A page of lines, each of pieces (x in mm, text)."""
    return page(
        "".join(text_object(n * 20 + m, x, 20 + n * _LINE, t) for n, line in enumerate(lines) for m, (x, t) in enumerate(line) if t)
    )


def document(pages: Iterable[str], parts: dict[str, str | bytes] | None = None, common: str = "", tail: str = "") -> dict[str, str | bytes]:
    """The parts of one document below Doc_0."""
    found = list(pages)
    listed = "".join(f'<ofd:Page ID="{n + 1}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(found)))
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Document {_SPACE}><ofd:CommonData><ofd:MaxUnitID>999</ofd:MaxUnitID>'
        f"<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{tail}</ofd:Document>"
    )
    return {"Document.xml": head, **{f"Pages/Page_{n}/Content.xml": p for n, p in enumerate(found)}, **(parts or {})}


def package(*documents: dict[str, str | bytes], signatures: str = "") -> bytes:
    """The zip: OFD.xml and Doc_0, Doc_1 … ; `signatures`: path of the list of the first document's signatures."""
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>{n:032x}</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot>"
        + (f"<ofd:Signatures>{signatures}</ofd:Signatures>" if signatures and n == 0 else "")
        + "</ofd:DocBody>"
        for n in range(len(documents))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "OFD.xml", f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {_SPACE} DocType="OFD" Version="1.1">{bodies}</ofd:OFD>'
        )
        for number, parts in enumerate(documents):
            for name, content in parts.items():
                archive.writestr(f"Doc_{number}/{name}", content)
    return out.getvalue()


def stamp_parts() -> dict[str, str | bytes]:
    """A signature with a seal on page 1, as in §18 of the standard. The signed value is no real one."""
    return {
        "Signs/Signatures.xml": f'<ofd:Signatures {_SPACE}><ofd:MaxSignId>s001</ofd:MaxSignId>'
        '<ofd:Signature ID="s001" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/></ofd:Signatures>',
        "Signs/Sign_0/Signature.xml": f'<ofd:Signature {_SPACE}><ofd:SignedInfo><ofd:Provider ProviderName="test"/>'
        '<ofd:StampAnnot ID="1" PageRef="1" Boundary="120 220 42 42"/></ofd:SignedInfo>'
        "<ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue></ofd:Signature>",
        "Signs/Sign_0/SignedValue.dat": b"\x30\x00",
    }  # fmt: skip


def annotation_parts(kind: str) -> dict[str, str | bytes]:
    """An annotation of a kind with a picture in it, on page 1 (§17)."""
    return {
        "Annots/Annotations.xml": f'<ofd:Annotations {_SPACE}><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>'
        "</ofd:Annotations>",
        "Annots/Page_0/Annotation.xml": f'<ofd:PageAnnot {_SPACE}><ofd:Annot ID="50" Type="{kind}"><ofd:Appearance Boundary="120 220 42 42">'
        f"{picture(51)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>",
    }  # fmt: skip
