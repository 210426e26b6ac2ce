"""Habits of single mail programs and exporters that are not in the tables: heads, boundaries, parts and old encodings."""

from urllib.parse import quote_from_bytes

from tests.mail.case import FILE, FILED, OWED, Case, Expect, case, filed
from tests.mail.files import uu
from tests.mail.papers import (
    book_parts,
    golden,
    page,
    paragraph,
    relation,
    risk_body,
    risk_docx,
    risk_sheet,
    risk_xlsx,
    row_xml,
    sheet_xml,
    still_zip,
    word_parts,
)  # fmt: skip
from tests.mail.pieces import (
    BODY,
    BOUNDARY,
    TRACE,
    attached,
    file,
    forwarded,
    header,
    html,
    inner,
    mail,
    multipart,
    part,
    plain,
    text,
    with_file,
    word,
)

_FILE = file(FILE, risk_docx())
_KIND = b"application/octet-stream"
_USUAL = with_file(risk_docx(), FILE)
_NIL = Expect(reply="receipt", items=("正文 = risk-list editable 2024Q1 nil",))
_BARE = b'Content-Disposition: attachment; filename="' + word(FILE) + b'"'

HEADS = [
    case("mbox-line-on-top", "A24", b"From baxiantong@units.example Thu Mar 28 09:00:00 2024\r\n" + _USUAL, filed(FILE, sender="baxiantong@units.example")),
    case("byte-order-mark-on-top", "A24", b"\xef\xbb\xbf" + _USUAL, filed(FILE, sender="baxiantong@units.example")),
    case("blank-before-the-colon", "A24", _USUAL.replace(b"Subject:", b"Subject :").replace(b"Content-Disposition:", b"Content-Disposition :"),
         filed(FILE, subject="2024年第一季度材料")),
    case("fold-without-its-blank", "A24", with_file(risk_docx(), FILE, changes={"Subject": word("第一季度") + b"\r\n" + word("材料")}),
         filed(FILE, subject="第一季度材料")),
    case("fold-of-blanks-only", "A24", with_file(risk_docx(), FILE, changes={"Subject": b"\r\n " + word("第一季度") + b"\r\n \r\n " + word("材料")}),
         filed(FILE, subject="第一季度材料")),
    case("names-of-fields-in-odd-case", "A24",
         _USUAL.replace(b"Content-Disposition: attachment; filename", b"CONTENT-DISPOSITION: ATTACHMENT; FileName"), filed(FILE)),
    case("received-without-a-date", "A21", mail(text(), _FILE, trace=b"Received: from a by b\r\n" + TRACE.partition(b"\r\n")[2]),
         Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("from-name-without-a-blank-before-the-address", "A02", mail(text(), _FILE, changes={"From": word("八仙筒所") + b"<baxiantong@units.example>"}),
         filed(FILE, sender_name="八仙筒所")),
    case("from-unquoted-comma-in-the-name", "A02", mail(text(), _FILE, changes={"From": b"Han, Chun <baxiantong@units.example>"}),
         Expect("review", "held", items=(f"{FILE} = {FILED}",), trusted=False, sender="")),
    case("from-address-as-its-own-name", "A03", mail(text(), _FILE, changes={"From": b"baxiantong@units.example <baxiantong@units.example>"}), filed(FILE)),
]  # fmt: skip


def _disposed(disposition: bytes) -> bytes:
    return mail(text(), attached(risk_docx(), _KIND, disposition))


READ = Expect(missing=OWED, items=None)  # under whatever name
NAMES = [
    case("part-field-folded-without-its-blank", "A24", _disposed(b'attachment;\r\nfilename="' + word(FILE) + b'"'), filed(FILE)),
    case("name-with-an-open-quote", "A27", _disposed(b'attachment; filename="' + word(FILE)), filed(FILE)),
    case("name-with-bare-quotes-inside", "A27", _disposed('attachment; filename="关于"两品一械"问题清单.docx"'.encode()), filed('关于"两品一械"问题清单.docx')),
    case("name-in-words-each-in-its-own-quotes", "A27",
         _disposed(b'attachment; filename="' + word("一季度问题") + b'"\r\n\t"' + word("清单.docx") + b'"; size=3086'), filed(FILE)),
    case("name-in-percent-coded-gbk", "A27", _disposed(b'attachment; filename="' + quote_from_bytes(FILE.encode("gbk")).encode() + b'"'), filed(FILE)),
    case("name-with-a-semicolon-unquoted", "A27", _disposed("attachment; filename=一季度;问题清单.docx".encode()), READ),
    case("nil-report-as-a-text-file-in-gbk", "A29",
         mail(text(), attached("2024年第一季度风险隐患排查问题清单：本期无风险隐患".encode("gbk"), b'text/plain; name="' + word("零报告.txt") + b'"',
           b"attachment")),
         Expect(reply="receipt", items=("零报告.txt = risk-list editable 2024Q1 nil",))),
    case("no-mime-version", "A24", with_file(risk_docx(), FILE, changes={"MIME-Version": None}), filed(FILE)),
    case("to-undisclosed-recipients", "A07", with_file(risk_docx(), FILE, changes={"To": b"undisclosed-recipients:;"}),
         Expect(missing=OWED, to=("baxiantong@units.example",))),
]  # fmt: skip

_LOOSE = multipart(text(), _FILE).replace(b"--" + BOUNDARY + b"\r\n", b"--" + BOUNDARY + b" \t\r\n")
BOUNDARIES = [
    case("blanks-behind-the-boundaries", "A26", header({"Content-Type": b'multipart/mixed; boundary="' + BOUNDARY + b'"'}) + _LOOSE, filed(FILE)),
    case("boundary-that-begins-like-another", "A26",
         header({"Content-Type": b"multipart/mixed; boundary=b"})
         + multipart(inner(b"multipart/alternative", text(), html(f"<p>{BODY}</p>"), boundary=b"b1"), _FILE, boundary=b"b"), filed(FILE)),
    case("boundary-unquoted-with-an-equals-sign", "A26",
         header({"Content-Type": b"multipart/mixed; charset=gbk; boundary=----=_NextPart_000_0001"}) + multipart(text(), _FILE,
           boundary=b"----=_NextPart_000_0001"),
         filed(FILE)),
    case("boundary-single-quoted", "A26", header({"Content-Type": b"multipart/mixed; boundary='b'"}) + multipart(text(), _FILE, boundary=b"'b'"), filed(FILE)),
    case("digest-of-mails-without-types", "A78",
         mail(b"\r\n" + with_file(risk_docx(), FILE).replace(BOUNDARY, b"in"), kind=b"multipart/digest"),
         Expect(items=(f"转发邮件.eml/{FILE} = {FILED}",), missing=OWED)),
    case("two-files-in-one-related", "A26",
         mail(inner(b'multipart/related; type="text/html"', html(f"<p>{BODY}</p>"), _FILE, file("副本.xlsx", risk_xlsx()), boundary=b"rel")),
         Expect(items=(f"{FILE} = {FILED}", f"副本.xlsx = {FILED}"), missing=OWED)),
    case("apple-double", "A43",
         mail(text(), inner(b"multipart/appledouble", attached(b"\0\5\x16\7" + bytes(50), b"application/applefile", None), _FILE, boundary=b"ad")),
         filed(FILE)),
    case("words-on-both-sides-of-a-picture", "A31",
         mail(text("您好："), attached(page(), b"image/png", b'inline; filename="IMG_0001.png"'), text("盖章扫描件在上面，另附清单。"), _FILE),
         Expect(reply="receipt", missing=(), says="盖章扫描件在上面", items=("IMG_0001.png = risk-list scan 2024Q1", f"{FILE} = {FILED}"))),
    case("forward-with-a-name", "§3 forward",
         mail(text("转发。"), forwarded(_USUAL).replace(b"message/rfc822", b'message/rfc822; name="' + word("原邮件.eml") + b'"', 1)),
         Expect(items=(f"原邮件.eml/{FILE} = {FILED}",), missing=OWED, files=(f"原邮件.eml/{FILE} forwarded",))),
    case("forward-inside-a-forward", "A63", mail(text("转发。"), forwarded(mail(text("转发。"), part(b"message/rfc822", _USUAL.replace(BOUNDARY, b"deep"))))),
         Expect(items=(f"转发邮件.eml/转发邮件.eml/{FILE} = {FILED}",), missing=OWED)),
]  # fmt: skip

CODED = [
    case("transfer-encoding-with-a-semicolon", "A28",
         mail(text(), _FILE.replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: base64;")), filed(FILE)),
    case("transfer-encoding-in-quotes", "A28",
         mail(text(), _FILE.replace(b"Content-Transfer-Encoding: base64", b'Content-Transfer-Encoding: "base64"')), filed(FILE)),
    case("quoted-printable-file", "A28",
         mail(text(), part(_KIND, b"".join(b"=%02X" % b if n % 25 else b"=\r\n=%02X" % b for n, b in enumerate(risk_docx())), _BARE,
                           b"Content-Transfer-Encoding: quoted-printable")), filed(FILE)),
    case("uuencode-with-a-name-in-gbk", "A28", plain("见附件\r\n".encode("gbk") + uu(risk_docx(), FILE.encode("gbk")), b"text/plain"), filed(FILE)),
    case("uuencode-of-two-files", "A28", plain(uu(risk_docx(), b"1.docx") + b"\r\n" + uu(page(), b"2.png"), b"text/plain"),
         Expect(reply="receipt", missing=(), items=(f"1.docx = {FILED}", "2.png = risk-list scan 2024Q1"))),
    case("html-form-as-a-named-text-part", "A35",
         mail(text(), attached(golden("risk-list-sheet.html"), b'text/html; charset=utf-8; name="' + word("清单.html") + b'"', None)),
         filed("清单.html")),
]  # fmt: skip

_STRICT = {
    name: content.replace(b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main")
    for name, content in word_parts(risk_body()).items()
}
_SHARED = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>“两品一械”风险隐患</t></r><r><t>排查问题清单</t></r>'
    '<rPh sb="0" eb="1"><t>ignored</t></rPh></si></sst>'
)  # fmt: skip


def _shared_strings() -> bytes:
    title, *rows = risk_sheet()
    del title
    parts = book_parts({"问题清单": sheet_xml(['<row r="1"><c r="A1" t="s"><v>0</v></c></row>', *rows])})
    relations = parts["xl/_rels/workbook.xml.rels"].decode()
    parts["xl/_rels/workbook.xml.rels"] = relations.replace("</Relationships>", relation("r9", "sharedStrings", "sharedStrings.xml") + "</Relationships>").encode()
    return still_zip({**parts, "xl/sharedStrings.xml": _SHARED.encode()})


_LINK = {
    "xl/externalLinks/externalLink1.xml": b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    "xl/externalLinks/_rels/externalLink1.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" Type="x" Target="\\\\203.0.113.9\\share\\a.xlsx" TargetMode="External"/></Relationships>',
}
OFFICE = [
    case("docx-strict", "A46", with_file(still_zip(_STRICT), FILE), filed(FILE)),
    case("docx-with-html-inside", "A46",
         with_file(still_zip({**word_parts(risk_body() + '<w:altChunk r:id="r4"/>', relation("r4", "aFChunk", "chunk.html")),
                              "word/chunk.html": b"<html><body><script>1</script><img src='http://203.0.113.9/x.png'></body></html>"}), FILE), filed(FILE)),
    case("docx-of-unit-in-full-width-and-blanks", "A61",
         with_file(still_zip(word_parts(risk_body(unit="八 仙 筒 市 场 监 管 所", day="２０２４年０３月２８日"))), FILE), filed(FILE)),
    case("docx-explanation-before-the-form", "A46",
         with_file(still_zip(word_parts("".join(paragraph(f"说明{n}") for n in range(50)) + risk_body())), FILE), filed(FILE)),
    case("xlsx-rich-shared-strings", "A51", with_file(_shared_strings(), "清单.xlsx"), filed("清单.xlsx")),
    case("xlsx-form-on-the-second-sheet", "A51",
         with_file(still_zip(book_parts({"说明": sheet_xml([row_xml(1, ("请在第二张表填写",))]), "问题清单": sheet_xml(risk_sheet())})), "清单.xlsx"),
         filed("清单.xlsx")),
    case("xlsx-link-to-a-share", ("A49", "A67"), with_file(still_zip({**book_parts({"问题清单": sheet_xml(risk_sheet())}), **_LINK}), "清单.xlsx"),
         filed("清单.xlsx")),
]  # fmt: skip

CASES: list[Case] = [*HEADS, *NAMES, *BOUNDARIES, *CODED, *OFFICE]
