"""Word, Excel, PDF and picture files as they come: renamed, macro-laden, locked, damaged, and built to harm (A35, A44-A58; §4)."""

from tests import ofd, ole
from tests.mail.case import FILE, FILED, OWED, UNIT, Case, Expect, case
from tests.mail.papers import (
    RISK,
    book_parts,
    golden,
    page,
    paragraph,
    pdf,
    png,
    relation,
    risk_body,
    risk_docx,
    risk_rows,
    risk_sheet,
    row_xml,
    sheet_xml,
    still_zip,
    stilled,
    table,
    text_pdf,
    word_parts,
)  # fmt: skip
from tests.mail.pieces import with_file

SHEET = "一季度问题清单.xlsx"


def _is(name: str, findings: str = "") -> Expect:
    return Expect(items=(f"{name} = {FILED}{' ! ' + findings if findings else ''}",), missing=OWED)


def _bad(name: str, trouble: str, copy: str = "editable") -> Expect:
    return Expect("review", "missing", items=(f"{name} = risk-list {copy} - ! {trouble}",))


def _word(body: str, relations: str = "", **parts: bytes) -> bytes:
    return with_file(still_zip(word_parts(body, relations) | {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}), FILE)


def _with_dtd(dtd: str, words: str) -> bytes:
    parts = word_parts(paragraph("@") + risk_body())
    document = parts["word/document.xml"].decode()
    parts["word/document.xml"] = document.replace("<w:document", f"{dtd}<w:document", 1).replace(">@<", f">{words}<").encode()
    return with_file(still_zip(parts), FILE)


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
_EXTERNAL = relation("r9", "image", "http://203.0.113.9/x.png", external=True) + relation("r8", "attachedTemplate", "file:///etc/passwd", external=True)
_DRAWING = (
    '<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:link="r9"/></w:drawing></w:r></w:p>'
    '<w:p><w:r><w:instrText>INCLUDETEXT "file:///etc/passwd"</w:instrText></w:r></w:p>'
)  # fmt: skip
_BOX = '<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>'
_CONTROL = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
_DELETED = '<w:p><w:del w:id="1" w:author="x"><w:r><w:delText>填报单位：治安市场监管所</w:delText></w:r></w:del></w:p>'
_MACRO = "vnd.ms-word.document.macroEnabled.main"

WORD = [
    case("docx-external-entity", "A44", _with_dtd('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"), _bad(FILE, "corrupt")),
    case("docx-entity-bomb", "A44", _with_dtd(_BOMB, "&i;"), _bad(FILE, "corrupt")),
    case("docx-remote-pictures-and-templates", ("A46", "A67"), _word(_DRAWING + risk_body(), _EXTERNAL), _is(FILE)),
    case("docx-relationship-to-null", "§4 NULL relationship",
         _word(risk_body(), relation("r7", "image", "NULL") + relation("r6", "hyperlink", "#_top")), _is(FILE)),
    case("docx-without-relationships", "§4 NULL relationship",
         with_file(still_zip({k: v for k, v in word_parts(risk_body()).items() if "rels" not in k}), FILE), _is(FILE)),
    case("docx-form-in-a-content-control", "A46", _word(_CONTROL.format(risk_body())), _is(FILE)),
    case("docx-form-in-a-text-box", "A46",
         _word(_BOX.format(paragraph(f"填报单位：{UNIT}　填报日期：2024年3月28日")) + paragraph("风险隐患排查问题清单") + table(risk_rows())),
         _is(FILE)),
    case("docx-unit-of-another-in-deleted-words", "A46", _word(_DELETED + risk_body()), _is(FILE)),
    case("docx-with-macro", "A47",
         with_file(still_zip({**word_parts(risk_body(), kind=_MACRO), "word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "一季度问题清单.docm"),
         _is("一季度问题清单.docm", "macro")),
    case("docx-with-nothing-but-a-page-picture", "§3 signed paper photo",
         _word('<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:embed="r3"/></w:drawing></w:r></w:p>',
               relation("r3", "image", "media/page.png"), word__media__page_dot_png=page()),
         Expect(items=(f"{FILE} = risk-list scan 2024Q1",), missing=("risk-list 2024Q1 editable",))),
    case("docx-empty", "A36", _word(""), Expect("review", "none", items=(f"{FILE} = - editable -",))),
    case("docx-cut-off", "A40", with_file(risk_docx()[:1_500], FILE), _bad(FILE, "corrupt")),
    case("docx-locked", "§4 encrypted Office", with_file(ole.file({"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)}), FILE),
         _bad(FILE, "encrypted")),
    case("docx-of-another-year-dated-in-chinese-numerals", "A61", with_file(risk_docx(day="二〇二三年十二月二十八日"), FILE),
         Expect(items=(f"{FILE} = risk-list editable 2023Q4 ! late wrong-period",), missing=("risk-list 2023Q4 scan",))),
]  # fmt: skip

_DOC = golden("risk-list.doc")
_RTF = b"{\\rtf1\\ansi\\ansicpg936 " + "".join(f"\\'{byte:02x}" for byte in "2024年第一季度风险隐患排查问题清单：本期无风险隐患".encode("gbk")).encode() + b"}"
OLD_WORD = [
    case("doc-called-wps", "§4 wps", with_file(_DOC, "一季度问题清单.wps"), _is("一季度问题清单.wps")),
    case("doc-word-95", "A53", with_file(ole.word_6("风险隐患排查问题清单\r填报单位：八仙筒市场监管所\r".encode("gbk")), "一季度问题清单.doc"),
         Expect("review", "none", items=("一季度问题清单.doc = - editable -",))),
    case("doc-encrypted", "A53", with_file(ole.word("密".encode("utf-16-le"), flags=0x1100), "一季度问题清单.doc"), _bad("一季度问题清单.doc", "encrypted")),
    case("doc-whose-directory-is-gone", "A52", with_file(ole.file({"WordDocument": bytes(4096)})[:1024], "一季度问题清单.doc"),
         _bad("一季度问题清单.doc", "corrupt")),
    case("doc-that-is-rtf", "A53", with_file(_RTF, "一季度风险隐患清单.doc"),
         Expect(reply="receipt", items=("一季度风险隐患清单.doc = risk-list editable 2024Q1 nil",))),
    case("docx-called-doc", "A35", with_file(risk_docx(), "一季度问题清单.doc"), _is("一季度问题清单.doc")),
]  # fmt: skip

_ROWS = risk_sheet()
_FORMULA = row_xml(5, ("2", "药店温湿度记录不连续。", "责令改正。")) .replace("</row>", '<c r="D5" t="str"><f>IF(1,"是","否")</f></c></row>')
_FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/></fonts><fills><fill/><fill/></fills>'
    '<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf fillId="1"/></cellXfs></styleSheet>'
)  # fmt: skip


def _book(rows: list[str], before: str = "", after: str = "", **more: object) -> bytes:
    return with_file(still_zip(book_parts({"问题清单": sheet_xml(rows, before, after)}, **more)), SHEET)  # type: ignore[arg-type]


def _sheet_dtd() -> bytes:
    parts = book_parts({"问题清单": sheet_xml(_ROWS)})
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"<worksheet", _BOMB.encode() + b"<worksheet", 1)
    return with_file(still_zip(parts), SHEET)


def _loop() -> bytes:
    """An OLE2 file whose first sector is followed by itself."""
    content = ole.file({"Workbook": bytes(5_000)})
    return content[:-512] + bytes(4) + content[-508:]


_OTHER = [row_xml(1, ("风险隐患排查问题清单",)), row_xml(2, ("填报单位：治安市场监管所",))]
_TEXT_NUMBER = [*_ROWS[:2], _ROWS[2], row_xml(4, ("１", *RISK[1:], "检查零售企业及使用单位８６家次，发现风险隐患二十四条，销号21个。"))]
EXCEL = [
    case("xlsx-one-cell-at-the-far-end", "A48", _book([*_ROWS, _FAR]), _is(SHEET)),
    case("xlsx-dimension-of-one-cell", ("A48", "§4 wrong dimension"), _book(_ROWS, '<dimension ref="A1"/>'), _is(SHEET)),
    case("xlsx-dimension-of-everything", "A48", _book(_ROWS, '<dimension ref="A1:XFD1048576"/>'), _is(SHEET)),
    case("xlsx-row-zero-and-mad-columns", "A48", _book([*_ROWS, '<row r="0"><c r="AAAAAAA1"><v>1</v></c></row>']), _bad(SHEET, "corrupt")),
    case("xlsx-entity-bomb", "A49", _sheet_dtd(), _bad(SHEET, "corrupt")),
    case("xlsx-formula-texts", "A50",
         _book([*_ROWS, row_xml(5, ("2", "=cmd|' /C calc'!A0", "+1 @SUM(1)", "是"))]), _is(SHEET)),
    case("xlsx-hidden-sheet-of-another-unit", "A51",
         with_file(still_zip(book_parts({"问题清单": sheet_xml(_ROWS), "旧": sheet_xml(_OTHER)}, hidden=("旧",))), SHEET), _is(SHEET)),
    case("xlsx-hidden-row-of-another-unit", "A51", _book([*_ROWS, row_xml(5, ("填报单位：治安市场监管所",)).replace("<row ", '<row hidden="1" ')]), _is(SHEET)),
    case("xlsx-numbers-as-full-width-text", "A51", _book(_TEXT_NUMBER), _is(SHEET)),
    case("xlsx-dates-of-1904", "A51",
         _book([*_ROWS[:1], row_xml(2, (f"填报单位：{UNIT}", "", "", "填报日期：2024年3月28日")), *_ROWS[2:]], more='<workbookPr date1904="1"/>'),
         _is(SHEET)),
    case("xlsx-formula-without-its-value", ("A51", "§4 uncached formula"), _book([*_ROWS, _FORMULA]), Expect(missing=None, items=None)),
    case("xlsx-error-in-a-cell", "A51",
         _book([*_ROWS, row_xml(5, ("2", "药店温湿度记录不连续。", "责令改正。")).replace("</row>", '<c r="D5" t="e"><v>#REF!</v></c></row>')]),
         Expect(missing=None, items=None)),
    case("xlsx-empty-fill", "§4 empty fill", _book(_ROWS, styles=_STYLES), _is(SHEET)),
    case("xlsx-merged-title", "A51", _book(_ROWS, after='<mergeCells count="1"><mergeCell ref="A1:E1"/></mergeCells>'), _is(SHEET)),
    case("xlsx-with-macro", "A47",
         with_file(still_zip({**book_parts({"问题清单": sheet_xml(_ROWS)}), "xl/vbaProject.bin": b"\xd0\xcf"}), "一季度问题清单.xlsm"),
         _is("一季度问题清单.xlsm", "macro")),
    case("xls-called-xlsx", ("§4 BIFF8 renamed", "A35"), with_file(golden("risk-list-sheet.xls"), SHEET), _is(SHEET)),
    case("xls-called-et", "§4 et", with_file(golden("risk-list-sheet.xls"), "一季度问题清单.et"), _is("一季度问题清单.et")),
    case("html-called-xls", ("§4 HTML as xls", "A35", "A52"), with_file(golden("risk-list-sheet.html"), "一季度问题清单.xls"), _is("一季度问题清单.xls")),
    case("csv-called-xls", ("A35", "A52"), with_file(golden("risk-list-sheet.csv"), "一季度问题清单.xls"), _is("一季度问题清单.xls")),
    case("xls-cut-off", "A52", with_file(golden("risk-list-sheet.xls")[:2_000], "一季度问题清单.xls"), _bad("一季度问题清单.xls", "corrupt")),
    case("xls-whose-sectors-go-round", "A52", with_file(_loop(), "一季度问题清单.xls"), _bad("一季度问题清单.xls", "corrupt")),
    case("xlsx-locked", ("A52", "§4 encrypted Office"), with_file(ole.file({"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)}), SHEET),
         _bad(SHEET, "encrypted")),
    case("xlsx-of-nothing", "A36", _book([]), Expect("review", "none", items=(f"{SHEET} = - editable -",))),
]  # fmt: skip

PDF = "问题清单扫描件.pdf"
_SCAN = Expect(items=(f"{PDF} = risk-list scan 2024Q1",), missing=("risk-list 2024Q1 editable",))
_FLATE = b"<< /Length 3 /Filter [/FlateDecode /FlateDecode] >>\nstream\nxxx\nendstream"
_JS = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /AA << /O << /S /Launch /F (cmd.exe) >> >>"
_LOCK = "/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <" + "41" * 32 + "> /U <" + "42" * 32 + "> >> /ID [<00><00>]"
PDFS = [
    case("pdf-of-a-picture", ("§4 image PDF", "A56"), with_file(golden("scan.pdf"), PDF), _SCAN),
    case("pdf-of-words-without-a-seal", "A56", with_file(text_pdf(["report"]), PDF), Expect(items=(f"{PDF} = risk-list scan 2024Q1 ! no-seal",), missing=None)),
    case("pdf-with-a-cycle-of-pages", "A54", with_file(text_pdf(["x"], kids="[2 0 R]"), PDF), _bad(PDF, "corrupt", "scan")),
    case("pdf-without-a-root", "A54", with_file(text_pdf(["x"]).replace(b"/Root 1 0 R", b""), PDF),
         Expect(items=None, missing=None, disposition=None, reply=None)),
    case("pdf-broken-flate", "A54", with_file(pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                                                   "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>", _FLATE]), PDF),
         Expect(items=None, missing=None, disposition=None, reply=None)),
    case("pdf-with-javascript-and-launch", "A55", with_file(text_pdf(["x"], catalog=_JS), PDF),
         Expect(items=(f"{PDF} = risk-list scan 2024Q1 ! no-seal",), missing=None)),
    case("pdf-locked", "A55", with_file(text_pdf(["x"], trailer=_LOCK), PDF), _bad(PDF, "encrypted", "scan")),
    case("pdf-cut-off", "A54", with_file(golden("scan.pdf")[:9_000], PDF), _bad(PDF, "corrupt", "scan")),
    case("ofd-of-words", "§4 ofd",
         with_file(stilled(ofd.package(ofd.document([ofd.lines_page([[(20, "风险隐患排查问题清单")], [(20, f"填报单位：{UNIT}")]])]))), "问题清单.ofd"),
         Expect(items=("问题清单.ofd = risk-list scan 2024Q1 ! no-seal",), missing=None)),
]  # fmt: skip

_NIL_NAME = "问题清单扫描件"
PICTURES = [
    case("picture-heic", ("§4 heic", "A57"), with_file(golden("scan.heic"), f"{_NIL_NAME}.heic"), Expect(items=(f"{_NIL_NAME}.heic = risk-list scan 2024Q1",))),
    case("picture-webp", "A57", with_file(golden("scan.webp"), f"{_NIL_NAME}.webp"), Expect(items=(f"{_NIL_NAME}.webp = risk-list scan 2024Q1",))),
    case("picture-cut-off", "A57", with_file(golden("scan.jpg")[:8_000], f"{_NIL_NAME}.jpg"), _bad(f"{_NIL_NAME}.jpg", "corrupt", "scan")),
    case("picture-of-four-thousand-million-pixels", "A57", with_file(png(65_000, 65_000, b"\0"), f"{_NIL_NAME}.png"), Expect("review", "missing", items=None)),
    case("picture-svg-with-script", "A57", with_file(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "清单.svg"),
         Expect("review", "missing", items=("清单.svg = - other - ! unsupported",))),
    case("picture-called-docx", "A35", with_file(page(), FILE), Expect(items=(f"{FILE} = risk-list scan 2024Q1",), missing=("risk-list 2024Q1 editable",))),
]  # fmt: skip

CASES: list[Case] = [*WORD, *OLD_WORD, *EXCEL, *PDFS, *PICTURES]
