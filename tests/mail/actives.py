"""Files that want something run, fetched, or believed that nobody sees: macros, fields, entities, layers (A44, A46-A58)."""

import hashlib
import struct
from io import BytesIO

import olefile  # type: ignore[import-untyped]

from tests import ole
from tests.mail.case import FILE, FILED, OWED, UNIT, Case, Expect, case
from tests.mail.papers import (
    book_parts,
    golden,
    paragraph,
    pdf,
    relation,
    risk_body,
    risk_sheet,
    row_xml,
    sheet_xml,
    still_zip,
    text_pdf,
    word_parts,
)  # fmt: skip
from tests.mail.pieces import with_file

SHEET, PDF = "一季度问题清单.xlsx", "问题清单扫描件.pdf"
NIL = "2024年第一季度风险隐患排查问题清单：本期无风险隐患"
_EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "{}">]>'


def _is(name: str, findings: str = "") -> Expect:
    return Expect(items=(f"{name} = {FILED}{' ! ' + findings if findings else ''}",), missing=OWED)


def _nil(name: str, findings: str = "") -> Expect:
    return Expect(reply="receipt", items=(f"{name} = {FILED} nil{' ! ' + findings if findings else ''}",))


def _bad(name: str, trouble: str, copy: str = "editable") -> Expect:
    return Expect("review", "missing", items=(f"{name} = risk-list {copy} - ! {trouble}",))


def _word(body: str, relations: str = "", **parts: bytes) -> bytes:
    return with_file(still_zip(word_parts(body, relations) | {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}), FILE)


def _document_with(dtd: str) -> bytes:
    parts = word_parts(paragraph("&e;") + risk_body())
    document = parts["word/document.xml"].decode().replace("&amp;e;", "&e;")
    parts["word/document.xml"] = document.replace("<w:document", f"{dtd}<w:document", 1).encode()
    return with_file(still_zip(parts), FILE)


_OBJECT = (
    '<w:p><w:r><w:object xmlns:o="urn:schemas-microsoft-com:office:office"><o:OLEObject Type="Embed" ProgID="Package" r:id="r7"/></w:object></w:r></w:p>'
)  # fmt: skip
_CONTROL = '<w:p><w:r><w:object><w:control r:id="r7" w:name="CommandButton1"/></w:object></w:r></w:p>'
_FIELD = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
_IN_PIECES = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in (" D", "DEAU", "TO c:\\\\windows\\\\system32\\\\cmd.exe", ' "/k calc"'))

_RTF = (
    rb"{\rtf1\ansi{\object\objautlink\objupdate{\*\objclass Excel.Sheet}{\*\objdata 0105}}"
    rb"{\field{\*\fldinst DDEAUTO c:\\\\x}{\fldrslt x}}\par %b}"
)  # fmt: skip


def _typed(parts: dict[str, bytes], name: str, kind: str, content: bytes) -> bytes:
    """A package with one more part, of which only the list of types says what it is."""
    said = f'<Override PartName="/{name}" ContentType="application/{kind}"/></Types>'.encode()
    return still_zip({**parts, "[Content_Types].xml": parts["[Content_Types].xml"].replace(b"</Types>", said), name: content})


def _word_typed(name: str, kind: str, content: bytes) -> bytes:
    return with_file(_typed(word_parts(risk_body()), name, kind, content), FILE)


def _old_word(words: str, flags: int = 0x1000, **more: bytes) -> bytes:
    """A Word 97 file of one line and these further streams."""
    with olefile.OleFileIO(BytesIO(ole.word(words.encode("utf-16-le"), flags=flags))) as made:
        streams = {name: made.openstream(name).read() for name in ("WordDocument", "0Table")}
    return with_file(ole.file({**streams, **more}), "一季度风险隐患清单.doc")


WORD = [
    case("docx-dtd-on-a-server", "A44", _document_with('<!DOCTYPE x SYSTEM "http://203.0.113.9/x.dtd">'), _bad(FILE, "corrupt")),
    case("docx-external-entity-on-a-server", "A44", _document_with(_EXTERNAL.format("http://203.0.113.9/e")), _bad(FILE, "corrupt")),
    case("docx-dtd-in-a-part-that-nobody-reads", "A44",
         _word(risk_body(), docProps__core_dot_xml=b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://203.0.113.9/">]><x>&e;</x>'), _bad(FILE, "corrupt")),
    case("docx-with-an-object-inside", "A46",
         _word(_OBJECT + risk_body(), relation("r7", "oleObject", "embeddings/o1.bin"), word__embeddings__o1_dot_bin=ole.file({"\1Ole10Native": b"MZ"})),
         _is(FILE)),
    case("docx-with-an-activex-control", "A46",
         _word(_CONTROL + risk_body(), relation("r7", "control", "activeX/a1.xml"), word__activeX__a1_dot_xml=b"<ax:ocx/>"), _is(FILE, "macro")),
    case("docx-ddeauto-in-pieces", "A47", _word(_FIELD.format(_IN_PIECES) + risk_body()), _is(FILE, "macro")),
    case("docx-dde-in-a-simple-field", "A47", _word('<w:p><w:fldSimple w:instr=" DDE Excel x y"/></w:p>' + risk_body()), _is(FILE, "macro")),
    case("docx-includes-a-file-of-this-machine", "A46",
         _word(_FIELD.format('<w:r><w:instrText>INCLUDETEXT "/etc/passwd"</w:instrText></w:r>') + risk_body()), _is(FILE)),
    case("docx-with-macro-under-another-name", "A47", _word_typed("word/evil.bin", "vnd.ms-office.vbaProject", b"x"), _is(FILE, "macro")),
    case("rtf-with-ddeauto-and-a-linked-object", "A47",
         with_file(_RTF % "".join(f"\\u{ord(c)}?" for c in NIL).encode(), "一季度风险隐患清单.doc"), _nil("一季度风险隐患清单.doc", "macro")),
    case("doc-with-macro", "A47", _old_word(NIL + "\r", Macros=b"\1\0"), _nil("一季度风险隐患清单.doc", "macro")),
    case("doc-with-ddeauto", "A47", _old_word(f"\x13 DDEAUTO c:\\\\cmd.exe \x14 \x15{NIL}\r"), _nil("一季度风险隐患清单.doc", "macro")),
    case("doc-fast-saved", "A53", _old_word(NIL + "\r", flags=0x1004), _nil("一季度风险隐患清单.doc")),
]  # fmt: skip


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _biff(*, eight: bool, macro: bool = False) -> bytes:
    """A workbook of Excel 5 or 97 ([MS-XLS]) whose one shown sheet says that there is nothing to report; `macro`: and a sheet of Excel 4 macros."""

    def string(text: str, wide: str) -> bytes:
        data = text.encode("utf-16-le") if eight else text.encode("gbk")
        return struct.pack(wide, len(text) if eight else len(data)) + (b"\1" if eight else b"") + data

    def begin(kind: int) -> bytes:
        return _record(0x809, struct.pack("<HHHH", 0x600 if eight else 0x500, kind, 0x2000, 0x7CD) + (bytes(8) if eight else b""))

    label = struct.pack("<HHH", 0, 0, 0) + string(NIL, "<H")
    bodies = [(0, "清单", begin(0x10) + _record(0x204, label) + _record(0x0A, b""))]
    bodies += [(1, "宏", begin(0x40) + _record(0x0A, b""))] * macro
    codepage = _record(0x42, struct.pack("<H", 1200 if eight else 936))
    sheets = [bytes((0, kind)) + string(name, "<B") for kind, name, _ in bodies]
    at = len(begin(5) + codepage) + sum(8 + len(sheet) for sheet in sheets) + 4
    out = begin(5) + codepage
    for sheet, (_, _, body) in zip(sheets, bodies, strict=True):
        out += _record(0x85, struct.pack("<I", at) + sheet)
        at += len(body)
    out += _record(0x0A, b"") + b"".join(body for _, _, body in bodies)
    return ole.file({"Workbook" if eight else "Book": out})


def _locked_xls() -> bytes:
    """The record FILEPASS behind the first BOF."""
    content = golden("risk-list-sheet.xls")
    at = content.index(b"\x09\x08\x10\0\0\x06\x05\0") + 20
    length = struct.unpack_from("<H", content, at + 2)[0]
    return content[:at] + struct.pack("<HH", 0x2F, length) + content[at + 4 :]


def _book(rows: list[str], before: str = "", **more: bytes) -> bytes:
    parts = book_parts({"问题清单": sheet_xml(rows, before)})
    return with_file(still_zip(parts | {name.replace("__", "/").replace("_dot_", "."): data for name, data in more.items()}), SHEET)


def _book_typed(name: str, kind: str, content: bytes) -> bytes:
    return with_file(_typed(book_parts({"问题清单": sheet_xml(risk_sheet())}), name, kind, content), SHEET)


_LINKED = "vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"
_ASKS = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'


def _sheet_with(dtd: str, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    parts = book_parts({"问题清单": sheet_xml(risk_sheet())}) | {"xl/sharedStrings.xml": b"<sst/>"}
    head, mark, rest = parts[name].rpartition(b"?>\n") if b"?>" in parts[name] else (b"", b"", parts[name])
    parts[name] = head + mark + dtd.encode() + rest
    return with_file(still_zip(parts), SHEET)


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
_SHOWN = ("=cmd|' /C calc'!A0", '=HYPERLINK("http://203.0.113.9/","点")', "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "\t=1", "\r=1", "=1_x0000_")
_ROWS = risk_sheet()


def _formulas() -> list[str]:
    """Rows of the form whose every text column begins like a formula, as text and as the value of a formula."""
    rows = []
    for number, shown in enumerate(_SHOWN, 5):
        row = row_xml(number, (str(number - 3), shown, shown, "是", shown))
        cached = shown.replace("&", "&amp;").replace("<", "&lt;").replace("\t", "").replace("\r", "")
        rows.append(row.replace("</row>", f'<c r="F{number}" t="str"><f>1+1</f><v>{cached}</v></c></row>'))
    return rows


_HIDDEN = '<cols><col min="7" max="7" hidden="1"/></cols>'
_LINK = row_xml(5, ("2", "药店温湿度记录不连续。", "责令改正。", "是")).replace(
    "</row>", '<c r="E5" t="str"><f>HYPERLINK("http://203.0.113.9/","已整改")</f><v>已整改</v></c></row>'
)
EXCEL = [
    case("xls-with-macro", "A47",
         with_file(golden("risk-list-sheet.xls") + "_VBA_PROJECT".encode("utf-16-le").ljust(512, b"\0"), "一季度问题清单.xls"),
         _is("一季度问题清单.xls", "macro")),
    case("xls-with-a-sheet-of-excel-4-macros", "A47", with_file(_biff(eight=True, macro=True), "一季度问题清单.xls"), _nil("一季度问题清单.xls", "macro")),
    case("xlsx-with-a-sheet-of-excel-4-macros", "A47", _book(_ROWS, xl__macrosheets__sheet1_dot_xml=b"<xm:macrosheet/>"), _is(SHEET, "macro")),
    case("xlsx-with-a-sheet-of-excel-4-macros-by-its-type", "A47",
         _book_typed("xl/worksheets/sheet2.xml", "vnd.ms-excel.macrosheet+xml", b"<m/>"), _is(SHEET, "macro")),
    case("xlsx-that-asks-cmd", "A47", _book_typed("xl/externalLinks/externalLink1.xml", _LINKED, _ASKS), _is(SHEET, "macro")),
    case("xlsx-with-a-hyperlink-formula", "A47", _book([*_ROWS, _LINK]), _is(SHEET)),
    case("xlsx-external-entity", "A49", _sheet_with(_EXTERNAL.format("file:///etc/passwd")), _bad(SHEET, "corrupt")),
    case("xlsx-entity-bomb-in-the-shared-strings", "A49", _sheet_with(_BOMB, "xl/sharedStrings.xml"), _bad(SHEET, "corrupt")),
    case("xlsx-formulas-in-every-column", "A50", _book([*_ROWS, *_formulas()]), _is(SHEET)),
    case("xlsx-hidden-column-of-another-unit", "A51",
         _book([_ROWS[0], row_xml(2, (f"填报单位：{UNIT}（盖章）", "", "", "填报日期：2024年3月28日", "", "", "填报单位：治安市场监管所")), *_ROWS[2:]], _HIDDEN),
         _is(SHEET)),
    case("xls-of-excel-5", "A52", with_file(_biff(eight=False), "一季度问题清单.xls"), _nil("一季度问题清单.xls")),
    case("xls-locked", "A52", with_file(_locked_xls(), "一季度问题清单.xls"), _bad("一季度问题清单.xls", "encrypted")),
    case("html-called-xlsx", "A35", with_file(golden("risk-list-sheet.html"), SHEET), _is(SHEET)),
    case("csv-called-xlsx", "A35", with_file(golden("risk-list-sheet.csv"), SHEET), _is(SHEET)),
]  # fmt: skip

# --- PDF and pictures -----------------------------------------------------------------------------------------------------------

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def _locked_for_changes() -> bytes:
    """A PDF with an owner's password and none for readers (ISO 32000 7.6.3, revision 2): anybody may open it."""
    owner = _rc4(hashlib.md5(b"owner".ljust(5) + _PAD[: 32 - 5]).digest()[:5], _PAD)
    number = bytes(16)
    key = hashlib.md5(_PAD + owner + struct.pack("<i", -4) + number).digest()[:5]
    user = _rc4(key, _PAD)
    drawn = b"BT /F1 14 Tf 72 720 Td (report of the quarter) Tj ET"
    stream = _rc4(hashlib.md5(key + b"\4\0\0" + b"\0\0").digest()[:10], drawn)
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{owner.hex()}> /U <{user.hex()}> >> /ID [<{number.hex()}><{number.hex()}>]"
    return pdf([
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ], lock)  # fmt: skip


def _page_of(drawn: str, font: str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", catalog: str = "", box: str = "0 0 595 842", *more: str) -> bytes:
    return pdf([
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream", font, *more,
    ])  # fmt: skip


_WORDS = "BT /F1 14 Tf 72 720 Td (report of the quarter) Tj ET"
_PICKLE = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /#2Ftmp#2Fhostile#2Fevil "
    "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X >>] >>"
)
_INSIDE = "/Names << /EmbeddedFiles << /Names [(a.exe) << /Type /Filespec /F (a.exe) /EF << /F 6 0 R >> >>] >> >>"
UNSEALED = Expect(items=(f"{PDF} = risk-list scan 2024Q1 ! no-seal",), missing=None)
PDFS = [
    case("pdf-locked-for-changes-only", "A55", with_file(_locked_for_changes(), PDF), UNSEALED),
    case("pdf-with-javascript-alone", "A55", with_file(text_pdf(["x"], catalog="/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), PDF), UNSEALED),
    case("pdf-with-a-file-inside", "A55",
         with_file(_page_of(_WORDS, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", _INSIDE, "0 0 595 842",
                            "<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream"), PDF), UNSEALED),
    case("pdf-of-an-xfa-form", "A55",
         with_file(_page_of("BT ET", "<< >>", "/NeedsRendering true /AcroForm << /Fields [] /XFA 6 0 R >>"), PDF),
         Expect(disposition=None, reply=None, items=None)),
    case("pdf-whose-encoding-is-a-path", "A55", with_file(_page_of("BT /F1 14 Tf 72 720 Td <0041> Tj ET", _PICKLE), PDF), Expect(items=None, missing=None)),
    case("pdf-of-one-page-a-hundred-metres-wide", "A56", with_file(_page_of(_WORDS, box="0 0 283465 283465"), PDF), UNSEALED),
    case("pdf-of-a-page-of-no-size", "A56", with_file(_page_of(_WORDS, box="0 0 0 0"), PDF), Expect(items=None, missing=None, disposition=None, reply=None)),
    case("pdf-of-white-words", "A56", with_file(_page_of("1 g " + _WORDS), PDF), UNSEALED),
]  # fmt: skip


def _with_exif(content: bytes) -> bytes:
    """A photo that says who took it and where: Artist and GPS of EXIF."""
    artist = b"HAN-CANARY 13800001111\0"
    entries = struct.pack("<HHII", 0x013B, 2, len(artist), 100) + struct.pack("<HHII", 0x8825, 4, 1, 60)
    main = struct.pack("<H", 2) + entries + struct.pack("<I", 0)
    gps = struct.pack("<H", 1) + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<I", 0)
    tiff = (b"II*\0" + struct.pack("<I", 8) + main).ljust(60, b"\0") + gps
    body = b"Exif\0\0" + tiff.ljust(100, b"\0") + artist
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + content[2:]


PICTURES = [
    case("picture-that-says-who-took-it-and-where", "A58", with_file(_with_exif(golden("scan.jpg")), "问题清单扫描件.jpg"),
         Expect(items=("问题清单扫描件.jpg = risk-list scan 2024Q1",), missing=("risk-list 2024Q1 editable",))),
    case("picture-png-cut-off", "A57", with_file(golden("scan.png")[:3_000], "问题清单扫描件.png"), _bad("问题清单扫描件.png", "corrupt", "scan")),
]  # fmt: skip

CASES: list[Case] = [*WORD, *EXCEL, *PDFS, *PICTURES]
