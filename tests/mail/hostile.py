"""Mails built to cost time, memory or disk (A22-A27, A30, A36, A38, A45, A48, A54, A56, A61, A71): too large to be committed, made when needed.

Whatever is said of them, they must be settled within the time of the test, and nothing may be filed that was not read."""

import struct
import zlib

from tests.mail.case import FILE, FILED, OWED, Case, Expect, case, filed
from tests.mail.packing import Member, zipped
from tests.mail.papers import book_parts, paragraph, pdf, risk_body, risk_docx, risk_sheet, sheet_xml, still_zip, word_parts
from tests.mail.pieces import BOUNDARY, attached, file, header, html, mail, multipart, part, plain, text, with_file, word

SETTLED = Expect(disposition=None, reply=None, items=None)
HELD = Expect("review", "missing", items=None)
NOBODY = Expect("review", None, items=None, unit=None, trusted=False)  # From says nobody, and nothing of the mail may be read
UNTOLD = Expect("review", "held", items=(f"{FILE} = {FILED}",), trusted=False, sender="")

_DOCX = file(FILE, risk_docx())
_KIND = b"application/octet-stream"


def _with(**changes: bytes) -> bytes:
    return mail(text(), _DOCX, changes={name.replace("_", "-"): value for name, value in changes.items()})


def _named(kind: bytes, disposition: bytes) -> bytes:
    return mail(text(), attached(risk_docx(), kind, disposition))


def _forwarded(depth: int) -> bytes:
    inner = b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n" * depth
    return header({"Content-Type": b"message/rfc822"}) + inner + with_file(risk_docx(), FILE)


def _nested(depth: int) -> bytes:
    heads = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(depth))
    return header({"Content-Type": b"multipart/mixed; boundary=b0"}) + heads + b"--b%d\r\n" % depth + _DOCX


HEADER = [
    case("from-with-500-parentheses", "A22", lambda: _with(From=b"(" * 500 + b" <baxiantong@units.example>"), UNTOLD, kept=False),
    case("from-with-100000-quotes", "A22", lambda: _with(From=b'"' * 100_000 + b" <baxiantong@units.example>"), NOBODY, kept=False),
    case("subject-of-a-megabyte", "A23", lambda: _with(Subject=b"a" * 1_000_000), SETTLED, kept=False),
    case("subject-of-20000-words", "A23", lambda: _with(Subject=b"\r\n ".join([word("材")] * 20_000)), SETTLED, kept=False),
    case("subject-of-60-kilobytes-of-words", "A23", lambda: _with(Subject=b"\r\n ".join([word("材料材料材料")] * 1_500)), filed(FILE), kept=False),
    case("header-of-100000-lines", "A24", lambda: _with(X_A=b"\r\nX-B: 1" * 100_000), SETTLED, kept=False),
    case("header-line-of-ten-megabytes", "A24", lambda: _with(X_A=b"a" * 10_000_000), SETTLED, kept=False),
    case("header-without-an-end", "A24", lambda: header()[:-2], Expect("foreign", "none", items=()), kept=False),
    case("nul-bytes-everywhere", "A24", lambda: _with(X_A=b"\0\0\0", Subject=b"\0a\0").replace(b"\r\n\r\n--", b"\r\n\r\n\0\0\0\r\n--"), filed(FILE),
         kept=False),
    case("content-type-of-20000-semicolons", "A27", lambda: _named(_KIND, b"attachment" + b";" * 20_000 + b'filename="a.docx"'), SETTLED, kept=False),
    case("content-type-of-5000-parameters", "A27",
         lambda: _named(_KIND + b"".join(b"; a%d=b" % n for n in range(600)), b'attachment; filename="' + word(FILE) + b'"'), filed(FILE), kept=False),
    case("file-name-in-5000-pieces", "A27", lambda: _named(_KIND, b"attachment" + b"".join(b"; filename*%d=a" % n for n in range(5_000))), SETTLED, kept=False),
    case("recipients-by-the-thousand", "A24", lambda: _with(Cc=b",\r\n ".join(b"a%d@x.example" % n for n in range(1_500))), filed(FILE), kept=False),
]  # fmt: skip

PARTS = [
    case("fifty-thousand-parts", "A25",
         lambda: header({"Content-Type": b'multipart/mixed; boundary="b"'}) + b"--b\r\n\r\nx\r\n" * 50_000 + b"--b--\r\n", HELD, kept=False),
    case("two-thousand-nested-mails", "A25", lambda: _forwarded(2_000), HELD, kept=False),
    case("five-hundred-nested-multiparts", "A25", lambda: _nested(500), HELD, kept=False),
    case("a-thousand-small-files", "A71", lambda: mail(text(), *(file(f"{n}.txt", b"x" * 1_000) for n in range(900))), SETTLED, kept=False),
    case("lines-that-look-like-boundaries", "A26",
         lambda: mail(text(), part(b"text/plain", b"--" + BOUNDARY[:-1] + b"\r\n" + b"--x\r\n" * 10_000), _DOCX), filed(FILE), kept=False),
    case("body-line-of-ten-megabytes", "A24", lambda: mail(part(b"text/plain", b"a" * 10_000_000), _DOCX), filed(FILE), kept=False),
    case("mail-over-the-limit", "A36", lambda: mail(text(), _DOCX) + b"x" * 60_000_001,
         Expect("review", "missing", items=("整封邮件 = - other - ! too-large",)), kept=False),
    case("file-over-the-limit", "A36", lambda: mail(text(), part(_KIND, b"x" * 25_000_001, b'Content-Disposition: attachment; filename="big.docx"'), _DOCX),
         Expect(items=("big.docx = - editable - ! too-large", f"{FILE} = {FILED}"), missing=OWED), kept=False),
]  # fmt: skip


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _bomb() -> bytes:
    """A hundred megabytes in a hundred kilobytes."""
    return with_file(zipped(Member(b"a.docx", _deflated(bytes(100_000_000)), method=8, said=100_000_000, crc=zlib.crc32(bytes(100_000_000)))), "材料.zip")


def _docx_with_a_huge_part() -> bytes:
    members = [Member(n.encode(), c) for n, c in word_parts("").items() if n != "word/document.xml"]
    huge = b"<w:p/>" * 11_000_000
    return with_file(zipped(*members, Member(b"word/document.xml", _deflated(huge), method=8, said=len(huge), crc=zlib.crc32(huge))), FILE)


def _nested_tables(depth: int) -> bytes:
    return with_file(still_zip(word_parts("<w:tbl><w:tr><w:tc>" * depth + "</w:tc></w:tr></w:tbl>" * depth)), FILE)


def _pdf_bomb() -> bytes:
    twice = zlib.compress(zlib.compress(bytes(80_000_000), 9), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n" % len(twice) + twice + b"\nendstream"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    return with_file(pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream]), "清单.pdf")


def _pdf_of_pages(count: int) -> bytes:
    kids = " ".join(f"{n + 3} 0 R" for n in range(count))
    pages = ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 7200000 7200000] >>"] * count
    return with_file(pdf(["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>", *pages]), "问题清单扫描件.pdf")


def _tiff_loop() -> bytes:
    """A TIFF whose one directory is followed by itself."""
    entries = [(256, 4, 1, 400), (257, 4, 1, 600), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (278, 4, 1, 600), (279, 4, 1, 30_000)]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", 30_008)
    return b"II*\0" + struct.pack("<I", 30_008) + bytes(30_000) + body


_DEEP = "<table><tr><td>" * 100_000
FILES = [
    case("zip-bomb", "A38", _bomb, Expect("review", "missing", items=("材料.zip = - other - ! archive-unsafe",)), kept=False),
    case("zip-of-20000-empty-members", "A38", lambda: with_file(zipped(*(Member(b"%d" % n, b"") for n in range(20_000))), "材料.zip"),
         Expect("review", "missing", items=("材料.zip = - other - ! archive-unsafe",)), kept=False),
    case("docx-of-66-megabytes-of-xml", "A45", _docx_with_a_huge_part,
         Expect("review", "missing", items=(f"{FILE} = risk-list editable - ! too-large",)), kept=False),
    case("docx-of-3000-nested-tables", "A45", lambda: _nested_tables(3_000),
         Expect("review", "missing", items=(f"{FILE} = risk-list editable - ! corrupt",)), kept=False),
    case("docx-of-100000-paragraphs-before-the-form", "A45",
         lambda: with_file(still_zip(word_parts(paragraph("说明") * 100_000 + risk_body())), FILE), SETTLED, kept=False),
    case("xlsx-of-a-hundred-sheets", "A48",
         lambda: with_file(still_zip(book_parts({f"S{n}": sheet_xml(risk_sheet() if n == 99 else []) for n in range(100)})), "一季度问题清单.xlsx"),
         filed("一季度问题清单.xlsx"), kept=False),
    case("pdf-bomb-twice-packed", "A54", _pdf_bomb, SETTLED, kept=False),
    case("pdf-of-10000-pages-a-hundred-metres-wide", "A56", lambda: _pdf_of_pages(10_000), SETTLED, kept=False),
    case("tiff-that-follows-itself", "A57", lambda: with_file(_tiff_loop(), "问题清单扫描件.tif"), SETTLED, kept=False),
    case("html-of-100000-nested-tables", "A30", lambda: mail(html("<p>请问几号报？</p>" + _DEEP)), Expect("inquiry", "inquiry", items=()), kept=False),
    case("text-aimed-at-patterns", "A61",
         lambda: plain(b"\xe8\xaf\xb7\xe9\x97\xae " + b"a" * 50_000 + b"!" + b" " * 50_000 + "第一季度".encode() * 10_000), SETTLED, kept=False),
    case("twenty-thousand-open-comments", "A30", lambda: mail(html("请问几号报？" + "<!--" * 20_000 + "<![if" * 20_000)),
         Expect("inquiry", "inquiry", items=()), kept=False),
    case("name-of-ten-thousand-characters", ("A32", "A60"),
         lambda: mail(text(), attached(risk_docx(), _KIND, b'attachment; filename="' + b"a" * 7_000 + b'.docx"')), Expect(missing=OWED, items=None),
         kept=False),
    case("epilogue-of-base64", "A28", lambda: header({"Content-Type": b"multipart/mixed; boundary=b"}) + multipart(_DOCX, boundary=b"b") + b"AAAA" * 500_000,
         filed(FILE), kept=False),
]  # fmt: skip

CASES: list[Case] = [*HEADER, *PARTS, *FILES]
