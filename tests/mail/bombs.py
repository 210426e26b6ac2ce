"""More mails built to cost time, memory or disk: those that the rows of reliability.md name and `hostile` does not hold. None is committed.

What the rows name and is not built here, as it takes the same way through the code: a zip that holds itself (as `zip-twenty-deep`: the
depth is counted, not the names), a million empty members (as `zip-of-20000-empty-members`; a million do not go into 25 MB), a solid RAR
bomb (as `7z-bomb`: both come as a stream out of bsdtar, whose bytes are counted; no free program writes RAR).
"""

import struct
import zlib

from tests.mail.case import FILE, OWED, Case, Expect, case, filed
from tests.mail.hostile import NOBODY, SETTLED
from tests.mail.packing import Member, zipped
from tests.mail.packing_more import iso, rar5_link_then_file, repeated_deflate, seven_zip_bomb, zip_of_zips
from tests.mail.papers import _chunk, book_parts, page, pdf, png, risk_docx, risk_sheet, sheet_xml, still_zip, word_parts
from tests.mail.pieces import attached, file, html, mail, text, with_file, word

_KIND = b"application/octet-stream"
_TEN_MB = bytes(10_000_000)
SHEET = "一季度问题清单.xlsx"
PDF = "问题清单扫描件.pdf"


def _refused(trouble: str, name: str, form: str = "- other") -> Expect:
    return Expect("review", "missing", items=(f"{name} = {form} - ! {trouble}",))


def _changed(**changes: bytes) -> bytes:
    return mail(text(), file(FILE, risk_docx()), changes={name.replace("_", "-"): value for name, value in changes.items()})


HEADS = [
    case("from-with-5000-parentheses", "A22", lambda: _changed(From=b"(" * 5_000 + b" <baxiantong@units.example>"),
         Expect("review", None, items=None, trusted=False, sender=""), kept=False),
    case("from-with-70000-parentheses", "A22", lambda: _changed(From=b"(" * 70_000 + b" <baxiantong@units.example>"), NOBODY, kept=False),
    case("subject-of-200-kilobytes-of-words", "A23", lambda: _changed(Subject=b"\r\n ".join([word("材料材料材料")] * 5_000)), SETTLED, kept=False),
    case("content-type-of-five-thousand-parameters", "A27",
         lambda: mail(text(), attached(risk_docx(), _KIND + b"".join(b"; a%d=b" % n for n in range(5_000)), b'attachment; filename="' + word(FILE) + b'"')),
         SETTLED, kept=False),
    case("html-of-five-megabytes-of-nested-tables", "A30", lambda: mail(html("<p>请问几号报？</p>" + "<table><tr><td>" * 340_000)), SETTLED, kept=False),
]  # fmt: skip


def _zeros(times: int, packed_name: bytes = b"a.docx", said: int | None = None) -> bytes:
    """A zip of one file of `times` ten megabytes of zeros."""
    return zipped(Member(packed_name, repeated_deflate(_TEN_MB, times), method=8, said=min(said or times * len(_TEN_MB), 0xFFFFFFFE), crc=0))


ARCHIVES = [
    case("zip-twenty-deep", "A38", lambda: with_file(zip_of_zips(20, b"a.docx", risk_docx()), "材料.zip"),
         _refused("archive-unsafe", "材料.zip/19.zip/18.zip"), kept=False),
    case("zip-bomb-of-ten-gigabytes", "A38", lambda: with_file(_zeros(1_000), "材料.zip"), _refused("archive-unsafe", "材料.zip"), kept=False),
    case("zip-bomb-that-says-it-is-small", "A38", lambda: with_file(_zeros(100, said=1_000), "材料.zip"), _refused("corrupt", "材料.zip"), kept=False),
    case("zip-says-more-than-it-holds", "A38",
         lambda: with_file(zipped(Member(FILE.encode("gbk"), risk_docx(), said=0xFFFFFFF0), Member(b"p.png", page())), "材料.zip"),
         Expect(reply="receipt", items=(f"材料.zip/{FILE} = risk-list editable 2024Q1", "材料.zip/p.png = risk-list scan 2024Q1"), missing=()), kept=False),
    case("zip-member-over-the-limit-of-a-file", "A38", lambda: with_file(zipped(Member(b"a.docx", b"x" * 26_000_000)), "材料.zip"),
         Expect("review", "missing", items=("材料.zip = - other - ! too-large",)), kept=False),
    case("7z-bomb", "A42", lambda: with_file(seven_zip_bomb("a.docx", 60_000_000), "材料.7z"), _refused("archive-unsafe", "材料.7z"), kept=False,
         tool="bsdtar"),
    case("rar5-link-then-file-through-it", "A41", lambda: with_file(rar5_link_then_file("/tmp", "x.docx", risk_docx()), "材料.rar"),
         Expect(items=("材料.rar = - other - ! archive-unsafe", "材料.rar/l/x.docx = risk-list editable 2024Q1"), missing=OWED),
         kept=False, tool="bsdtar"),
    case("iso", "A43", lambda: with_file(iso("q1.docx", risk_docx()), "材料.iso"),
         Expect(missing=OWED, items=("材料.iso/q1.docx = risk-list editable 2024Q1",)), kept=False, tool="bsdtar"),
]  # fmt: skip


def _huge_part() -> bytes:
    """A Word file of 300 megabytes of XML in some hundred kilobytes."""
    members = [Member(n.encode(), c) for n, c in word_parts("").items() if n != "word/document.xml"]
    block = b"<w:p/>" * 1_000_000
    huge = Member(b"word/document.xml", repeated_deflate(block, 50), method=8, said=50 * len(block), crc=zlib.crc32(block))
    return with_file(zipped(*members, huge), FILE)


def _million_styles() -> bytes:
    cells = "<xf/>" * 1_000_000
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/></fonts><fills><fill/><fill/></fills>'
        f"<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>"
    )  # fmt: skip
    return with_file(still_zip(book_parts({"问题清单": sheet_xml(risk_sheet())}, styles=styles)), SHEET)


def _lzw_bomb() -> bytes:
    """Content of a page, one byte repeated by LZW codes of growing length (256 clear, then each new entry)."""
    codes = [256, 32, *range(258, 258 + 3_800)]
    bits, width, size = [], 9, 258
    for code in codes:
        bits.append(f"{code:0{width}b}")
        if code != 256:
            size += 1
            width = 9 if size < 511 else 10 if size < 1_023 else 11 if size < 2_047 else 12
    line = "".join(bits) * 40
    data = int(line.ljust(-(-len(line) // 8) * 8, "0"), 2).to_bytes(-(-len(line) // 8), "big")
    stream = b"<< /Length %d /Filter /LZWDecode >>\nstream\n" % len(data) + data + b"\nendstream"
    page_of = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    return pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page_of, stream])


def _pdf_of_objects(count: int) -> bytes:
    """As many objects as go into a file of 25 MB."""
    first = pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"])
    return first.replace(b"xref\n0 4", b"".join(b"%d 0 obj 1 endobj\n" % (n + 4) for n in range(count)) + b"xref\n0 4", 1)


def _prev_of_itself() -> bytes:
    content = pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"])
    at = content.rindex(b"startxref") + 10
    return content.replace(b"trailer\n<< ", b"trailer\n<< /Prev %d " % int(content[at : content.index(b"\n", at)]))


def _apng(frames: int) -> bytes:
    """A PNG that says it moves: 10,000 frames of which each is the first one's size."""
    still, dot = page(), zlib.compress(b"\0\0")
    first = still.index(b"IDAT") - 4
    shown = _chunk(b"acTL", struct.pack(">II", frames, 0)) + _chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 328, 392, 0, 0, 1, 1, 0, 0))
    more = (
        _chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * n - 1, 1, 1, 0, 0, 1, 1, 0, 0)) + _chunk(b"fdAT", struct.pack(">I", 2 * n) + dot)
        for n in range(1, frames)
    )  # fmt: skip
    return still[:first] + shown + still[first:-12] + b"".join(more) + still[-12:]


DOCUMENTS = [
    case("docx-of-300-megabytes-of-xml", "A45", _huge_part, _refused("too-large", FILE, "risk-list editable"), kept=False),
    case("xlsx-of-a-million-styles", "A48", _million_styles, filed(SHEET), kept=False),
    case("pdf-whose-tables-point-at-themselves", "A54", lambda: with_file(_prev_of_itself(), PDF), SETTLED, kept=False),
    case("pdf-lzw-bomb", "A54", lambda: with_file(_lzw_bomb(), PDF), SETTLED, kept=False),
    case("pdf-of-a-million-objects", "A54", lambda: with_file(_pdf_of_objects(1_000_000), PDF), SETTLED, kept=False),
    case("picture-of-14000-by-14000", "A57", lambda: with_file(png(14_000, 14_000, b"\0"), "问题清单扫描件.png"),
         _refused("too-large", "问题清单扫描件.png", "risk-list scan"), kept=False),
    case("picture-that-moves-10000-times", "A57", lambda: with_file(_apng(10_000), "问题清单扫描件.png"),
         Expect(items=("问题清单扫描件.png = risk-list scan 2024Q1",), missing=("risk-list 2024Q1 editable",)), kept=False),
    case("a-thousand-attachments-of-a-kilobyte", "A71", lambda: mail(text(), *(file(f"{n}.txt", b"x" * 1_000) for n in range(1_100))),
         Expect("review", "missing", items=None), kept=False),
]  # fmt: skip

CASES: list[Case] = [*HEADS, *ARCHIVES, *DOCUMENTS]
