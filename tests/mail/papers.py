"""Small files of our forms, the same bytes on every machine: nothing in them is compressed and no date is that of today."""

import binascii
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

FORMATS = Path(__file__).parent.parent / "golden" / "formats"
UNIT = "八仙筒市场监管所"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

HEADS = ("序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况")
RISK = ("1", "处方药与非处方药混放。", "责令改正。", "是")
PROGRESS = "共检查零售企业及使用单位86家次，出动执法人员172人次；发现风险隐患数24条，销号21个"

Table = Sequence[Sequence[str]]


def still_zip(members: Iterable[tuple[str, bytes]] | Mapping[str, bytes]) -> bytes:
    """A zip of stored members with one fixed date."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            info = zipfile.ZipInfo(name, (2024, 3, 28, 9, 0, 0))
            info.create_system = 0
            archive.writestr(info, content)
    return out.getvalue()


def stilled(content: bytes) -> bytes:
    """A zip repacked so."""
    with zipfile.ZipFile(BytesIO(content)) as old:
        return still_zip([(name, old.read(name)) for name in old.namelist()])


def golden(name: str) -> bytes:
    """A file made by a real office program."""
    return (FORMATS / name).read_bytes()


# --- Word --------------------------------------------------------------------------------------------------------------------


def paragraph(words: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'


def table(rows: Table) -> str:
    return "<w:tbl>" + "".join("<w:tr>" + "".join(f"<w:tc>{paragraph(c)}</w:tc>" for c in row) + "</w:tr>" for row in rows) + "</w:tbl>"


def word_parts(body: str, relations: str = "", kind: str = "vnd.openxmlformats-officedocument.wordprocessingml.document.main") -> dict[str, bytes]:
    """The parts of a Word package around the XML of a body."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="application/{kind}+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document {_W} xmlns:r="{_OFFICE}"><w:body>{body}</w:body></w:document>',
        **({"word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'} if relations else {}),
    }  # fmt: skip
    return {name: (_XML + content).encode() for name, content in parts.items()}


def relation(number: str, kind: str, target: str, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{number}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'


def risk_rows() -> Table:
    return (HEADS, (*RISK, PROGRESS))


def risk_body(unit: str = UNIT, day: str = "2024年3月28日", rows: Table | None = None) -> str:
    """The XML of a risk list: heading, head, table."""
    head = f"填报单位：{unit}（盖章）      填报日期：{day}"
    return paragraph("“两品一械”风险隐患排查问题清单") + paragraph(head) + table(rows or risk_rows())


def risk_docx(unit: str = UNIT, day: str = "2024年3月28日", rows: Table | None = None) -> bytes:
    return still_zip(word_parts(risk_body(unit, day, rows)))


def note_docx(*words: str) -> bytes:
    """A Word file of these paragraphs, no form."""
    return still_zip(word_parts("".join(map(paragraph, words))))


# --- Excel -------------------------------------------------------------------------------------------------------------------


def cell(place: str, value: str | int) -> str:
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def row_xml(number: int, values: Sequence[str | int]) -> str:
    return f'<row r="{number}">' + "".join(cell(f"{'ABCDEFGHIJ'[n]}{number}", v) for n, v in enumerate(values) if v != "") + "</row>"


def sheet_xml(rows: Iterable[str], before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{_S}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def book_parts(sheets: Mapping[str, str], hidden: tuple[str, ...] = (), more: str = "", styles: str = "") -> dict[str, bytes]:
    """The parts of a workbook: name of a sheet -> its XML."""
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = "".join(
        '<sheet name="{}" sheetId="{}"{} r:id="r{}"/>'.format(name, n, ' state="hidden"' if name in hidden else "", n) for n, name in enumerate(sheets, 1)
    )
    relations = "".join(relation(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1))
    overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{sheet_type}.worksheet+xml"/>' for n in range(1, len(sheets) + 1))
    if styles:
        relations += relation("rs", "styles", "styles.xml")
        overrides += f'<Override PartName="/xl/styles.xml" ContentType="{sheet_type}.styles+xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_S}" xmlns:r="{_OFFICE}">{more}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": content for n, content in enumerate(sheets.values(), 1)},
        **({"xl/styles.xml": styles} if styles else {}),
    }  # fmt: skip
    return {name: (_XML + content).encode() for name, content in parts.items()}


def risk_sheet(unit: str = UNIT, day: str = "2024年3月28日") -> list[str]:
    """The rows of a risk list in Excel."""
    lines: list[Sequence[str | int]] = [
        ("“两品一械”风险隐患排查问题清单",), (f"填报单位：{unit}（盖章）", "", "", f"填报日期：{day}"), HEADS, (*RISK, PROGRESS),
    ]  # fmt: skip
    return [row_xml(n, line) for n, line in enumerate(lines, 1)]


def risk_xlsx() -> bytes:
    return still_zip(book_parts({"问题清单": sheet_xml(risk_sheet())}))


# --- pictures, packers -------------------------------------------------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def stored_deflate(data: bytes) -> bytes:
    """A deflate stream that compresses nothing, the same whatever zlib is there."""
    pieces = [data[at : at + 65_535] for at in range(0, len(data), 65_535)] or [b""]
    return b"".join(struct.pack("<BHH", n == len(pieces) - 1, len(p), len(p) ^ 0xFFFF) + p for n, p in enumerate(pieces))


def png(width: int, height: int, bytes_of_rows: bytes | None = None) -> bytes:
    """A picture of one bit a pixel, white with a black bar every eighth line."""
    row = (width + 7) // 8
    pixels = b"".join(b"\0" + (b"\0" if y % 8 == 0 else b"\xff") * row for y in range(height)) if bytes_of_rows is None else bytes_of_rows
    packed = b"\x78\x01" + stored_deflate(pixels) + struct.pack(">I", zlib.adler32(pixels))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


@cache
def page() -> bytes:
    """A page large enough to count as one; more than 16 kB, the end of a file in which bsdtar looks for a zip."""
    return png(328, 392)


@cache
def logo() -> bytes:
    return png(64, 32)


def gzipped(data: bytes, name: bytes = b"") -> bytes:
    flags = 8 if name else 0
    head = struct.pack("<BBBBIBB", 0x1F, 0x8B, 8, flags, 0, 0, 255) + (name + b"\0" if name else b"")
    return head + stored_deflate(data) + struct.pack("<II", binascii.crc32(data), len(data))


def text_pdf(lines: Sequence[str], trailer: str = "", catalog: str = "", kids: str = "[3 0 R]") -> bytes:
    """A PDF of one page of plain words; `trailer` and `catalog`: more entries there."""
    drawn = "BT /F1 14 Tf 72 720 Td 18 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", f"<< /Type /Pages /Kids {kids} /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    return pdf(objects, trailer)


def pdf(objects: Sequence[str | bytes], trailer: str = "") -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    at = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + b"".join(f"{o:010} 00000 n \n".encode() for o in offsets)
    return out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{at}\n%%EOF\n".encode()
