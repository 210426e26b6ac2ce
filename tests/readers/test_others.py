"""PDF, pictures, text, HTML, and how a file is known by its bytes."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from PIL import Image

from mailbot.domain.documents import Paragraph, Table
from parsers.readers import read
from parsers.readers.sniff import extension, sniff
from tests import ole


def page_with(objects: bytes, resources: bytes = b"", extra: bytes = b"", page: bytes = b"") -> bytes:
    """A one-page PDF written by hand, so that the test knows each object in it."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>" + resources + b">>" + page + b">>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(objects), objects),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    if extra:
        parts.append(extra)
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(out),
    )


WORDS = b"BT /F 12 Tf 20 100 Td (first line) Tj 0 -20 Td (second) Tj ET"
PICTURE = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream\nx\nendstream"
DRAW = b" q 50 0 0 50 10 10 cm /I Do Q"
USES = b"/XObject<</I 6 0 R>>"


def test_pdf_text_comes_in_lines_and_bears_no_seal() -> None:
    found = read(page_with(WORDS))
    assert found.blocks == (Paragraph("first line"), Paragraph("second"))
    assert (found.scanned, found.pictures, found.sealable) == (False, 0, False)


def test_pdf_of_a_picture_is_a_scan() -> None:
    found = read(page_with(DRAW, USES, PICTURE))
    assert (found.scanned, found.pictures, found.blocks) == (True, 1, ())


SEALS = {
    "a picture": page_with(WORDS + DRAW, USES, PICTURE),
    "a stamp annotation": page_with(WORDS, b"", b"<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]>>", b"/Annots[6 0 R]"),
    "a red drawing": page_with(WORDS + b" 1 0 0 RG 10 10 50 50 re S"),
}


@pytest.mark.parametrize("case", SEALS)
def test_pdf_with_text_may_bear_a_seal_where_it_holds(case: str) -> None:
    found = read(SEALS[case])
    assert (found.sealable, found.scanned) == (True, False)


def test_black_lines_and_links_are_no_seal() -> None:
    assert not read(page_with(WORDS + b" 0 0 0 RG 10 10 50 50 re S")).sealable
    assert not read(page_with(WORDS, b"", b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>", b"/Annots[6 0 R]")).sealable


def test_blank_pdf_is_no_scan() -> None:
    pdf = pdfium.PdfDocument.new()
    pdf.new_page(200, 200)
    out = io.BytesIO()
    pdf.save(out)
    assert (read(out.getvalue()).scanned, read(out.getvalue()).trouble) == (False, None)
    assert raw.FPDF_PAGEOBJ_IMAGE  # the constant the reader compares with


def test_cut_off_pdf_is_corrupt() -> None:
    assert read(b"%PDF-1.4\n1 0 obj\n<<").trouble == "corrupt"


def test_pdf_behind_a_password_is_encrypted() -> None:
    lock = b"<</Filter/Standard/V 1/R 2/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">/P -4>>"
    content = page_with(WORDS, b"", lock).replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Encrypt 6 0 R/ID[<41><41>]>>")
    assert read(content).trouble == "encrypted"


def picture(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP"])
def test_picture_tells_its_size_whatever_its_name(kind: str) -> None:
    found = read(picture(kind), "报表.docx")
    assert (found.kind, found.pixels, found.pictures, found.scanned, found.trouble) == ("image", (64, 48), 1, True, None)


def test_tiff_of_three_pages_counts_three() -> None:
    out = io.BytesIO()
    pages = [Image.new("L", (10, 10), n) for n in (0, 100, 200)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    assert read(out.getvalue()).pictures == 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_cut_off_picture_is_corrupt(kind: str) -> None:
    content = picture(kind, (300, 300))
    assert read(content[: len(content) // 2]).trouble == "corrupt"


def test_picture_of_too_many_pixels_is_not_unpacked() -> None:
    header = b"IHDR" + (65_000).to_bytes(4, "big") * 2 + b"\1\0\0\0\0"
    import zlib

    content = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    content += (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    assert read(content).trouble == "too-large"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_text_is_read_in_its_charset(charset: str) -> None:
    found = read("填报单位：东明所\r\n\r\n共三家（镕）。".encode(charset))
    assert (found.kind, found.blocks) == ("text", (Paragraph("填报单位：东明所"), Paragraph("共三家（镕）。")))


@pytest.mark.parametrize("mark", [",", "\t"])
def test_lines_with_the_same_number_of_separators_are_a_table(mark: str) -> None:
    assert read(f"类别{mark}件数\r\n药品{mark}3\r\n".encode("gbk")).blocks == (Table((("类别", "件数"), ("药品", "3"))),)


def test_csv_with_a_title_and_a_note_is_one_table_as_in_excel() -> None:
    content = '案件月报\n填报单位：,东明所\n类别;,"件数, 起",金额\n药品,3,"1,200"\n器械,,5\n注：按月填报\n'.encode("gb18030")
    assert read(content).blocks == (
        Table((
            ("案件月报", "", ""), ("填报单位：", "东明所", ""), ("类别;", "件数, 起", "金额"), ("药品", "3", "1,200"), ("器械", "", "5"),
            ("注：按月填报", "", ""),
        )),
    )  # fmt: skip


def test_csv_with_semicolons_and_a_line_break_in_a_cell_is_a_table() -> None:
    assert read('类别;件数;措施\n药品;3;"查\n封"\n'.encode()).tables[0].rows == (("类别", "件数", "措施"), ("药品", "3", "查\n封"))


def test_csv_of_labels_and_values_under_a_title_is_a_table() -> None:
    assert read("报名表\n姓名,甲\n职务,所长\n电话,1\n".encode()).tables[0].rows == (
        ("报名表", ""),
        ("姓名", "甲"),
        ("职务", "所长"),
        ("电话", "1"),
    )


@pytest.mark.parametrize(
    "words", ["one, two\nthree\n", "甲,乙\n丙\n丁,戊\n己,庚\n", "甲\n乙\n丙\n丁\n戊,己\n庚,辛\n壬,癸\n", "甲,乙\n丙,丁\n戊\n"]
)
def test_text_with_a_comma_now_and_then_is_no_table(words: str) -> None:
    assert read(words.encode()).tables == ()


HTML = (
    "<html><head><style>p{}</style><script>x</script></head><body><h2>案件月报</h2><p>单位：<b>东明</b>所</p><table>"
    "<tr><td rowspan=2>药品</td><td colspan=2>件数</td></tr><tr><td>1</td><td>2<br>3</td></tr></table>完</body></html>"
)


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_html_saved_as_xls_gives_its_tables(charset: str) -> None:
    found = read(HTML.encode(charset), "月报.xls")
    assert found.kind == "html"
    assert found.blocks == (
        Paragraph("案件月报", 2),
        Paragraph("单位：东明所"),
        Table((("药品", "件数", "件数"), ("药品", "1", "2\n3"))),
        Paragraph("完"),
    )


def test_what_a_browser_does_not_show_is_left_out() -> None:
    content = (
        "<html><body><p>见</p><p style='display: none'>藏</p><table><tr style='display:none'><td>旧</td></tr>"
        "<tr><td>新<span style='mso-hide:all'>藏</span></td></tr></table></body></html>"
    )
    assert read(content.encode()).blocks == (Paragraph("见"), Table((("新",),)))


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def ole_of(*streams: str) -> bytes:
    return ole.file(dict.fromkeys(streams, b"x"))


FORMATS = {
    "docx": zipped("[Content_Types].xml", "word/document.xml"),
    "xlsx": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": zipped("[Content_Types].xml", "ppt/presentation.xml"),
    "ofd": zipped("OFD.xml"),
    "zip": zipped("a.docx", "b.xlsx"),
    "broken-zip": zipped("a.txt")[:40],
    "ole-word": ole_of("WordDocument", "1Table"),
    "ole-sheet": ole_of("Workbook"),
    "ole-encrypted": ole_of("EncryptionInfo", "EncryptedPackage"),
    "ole-slides": ole_of("PowerPoint Document", "Current User"),
    "ole-visio": ole_of("VisioDocument"),
    "ole-works": ole_of("MatOST"),
    "ole-msg": ole_of("__properties_version1.0", "__substg1.0_0037001F"),
    "ole": ole_of("Contents"),
    "broken-ole": ole_of("Workbook")[:700],
    "rar": b"Rar!\x1a\x07\x01\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "gz": b"\x1f\x8b\x08\0",
    "tnef": b"\x78\x9f\x3e\x22\0",
    "rtf": b"{\\rtf1 x}",
    "mail": b"From: a@b.cn\r\nTo: x\r\nSubject: s\r\n\r\nx",
    "html": "\ufeff<!DOCTYPE html><html></html>".encode(),
    "text": "主题: 月报\n共三家".encode("gbk"),
    "exe": b"MZ\x90\0",
    "iwork": zipped("Index/Document.iwa", "preview.jpg"),
    "svg": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>",
    "psd": b"8BPS\0\1",
    "bin": bytes(range(256)),
    "empty": b"",
}


@pytest.mark.parametrize("wanted", FORMATS)
def test_format_is_known_by_the_bytes(wanted: str) -> None:
    assert sniff(FORMATS[wanted]) == wanted


@pytest.mark.parametrize(
    ("wanted", "trouble"),
    [
        ("rar", "unsupported"), ("7z", "unsupported"), ("ofd", "corrupt"), ("ole-word", "unsupported"), ("pptx", "unsupported"),
        ("bin", "unsupported"), ("exe", "unsupported"), ("ole-slides", "unsupported"), ("ole-visio", "unsupported"), ("ole-works", "unsupported"),
        ("ole-msg", "unsupported"), ("ole", "unsupported"), ("iwork", "unsupported"), ("svg", "unsupported"), ("psd", "unsupported"),
        ("ole-encrypted", "encrypted"), ("ole-sheet", "corrupt"), ("broken-ole", "corrupt"),
        ("broken-zip", "corrupt"), ("docx", "corrupt"), ("xlsx", "corrupt"), ("empty", "empty-file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(wanted: str, trouble: str) -> None:
    found = read(FORMATS[wanted], "x.docx")
    assert (found.trouble, found.blocks) == (trouble, ())
    assert found.detail


def test_ending_for_nameless_content() -> None:
    assert [extension(FORMATS[name]) for name in ("docx", "ole-word", "mail", "text", "bin")] == ["docx", "doc", "eml", "txt", "bin"]


def test_readers_run_alone_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(HTML.encode())
    done = subprocess.run(
        [sys.executable, "-m", "parsers.readers", str(file)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert "## 案件月报" in done.stdout
    assert "药品 | 1 | 2⏎3" in done.stdout
