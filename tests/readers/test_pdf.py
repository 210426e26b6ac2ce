"""PDF: what is seen, what is hidden, and files made to hurt (reliability.md A54-A56). The files are written by hand."""

import zlib

import pytest

from parsers.readers import read

WORDS = b"BT /F 12 Tf 20 100 Td (first line) Tj ET"
PICTURE = b" q 50 0 0 50 10 10 cm /I Do Q"


def stream(content: bytes, keys: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), keys, content)


def built(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects; the first one is the catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + tail


def page(
    content: bytes,
    *,
    box: bytes = b"0 0 200 200",
    catalog: bytes = b"",
    keys: bytes = b"",
    filters: bytes = b"",
    more: tuple[bytes, ...] = (),
) -> bytes:
    """One page: objects 4 its content, 5 a font, 6 a picture, 7 and on `more`."""
    used = b"/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>"
    return built([
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s%s>>" % (box, used, keys),
        stream(content, filters),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        stream(b"x", b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"),
        *more,
    ])  # fmt: skip


def at(x: int, y: int, text: str, size: int = 10) -> bytes:
    return b"BT /F %d Tf %d %d Td (%s) Tj ET " % (size, x, y, text.encode())


def texts(content: bytes) -> list[str]:
    found = read(content)
    assert found.trouble is None, found.detail
    return [p.text for p in found.paragraphs]


def test_lines_come_in_the_order_of_the_page_whatever_the_order_of_the_file() -> None:
    assert texts(page(at(20, 50, "below") + at(120, 100, "right") + at(20, 100, "left"))) == ["left right", "below"]


def test_a_line_that_wraps_at_the_margin_goes_on() -> None:
    body = at(20, 100, "a sentence that reaches the right edge of") + at(20, 88, "its page. ") + at(20, 76, "1. A new point")
    assert texts(page(body, box=b"0 0 210 200")) == ["a sentence that reaches the right edge ofits page.", "1. A new point"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(turn: int) -> None:
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn]
    lines = b""
    for number, text in enumerate(("upper", "lower")):
        x, y = {90: (60 + 20 * number, 50), 180: (150, 60 + 20 * number), 270: (140 - 20 * number, 150)}[turn]
        lines += b"BT /F 10 Tf %d %d %d %d %d %d Tm (%s) Tj ET " % (cosine, sine, -sine, cosine, x, y, text.encode())
    assert texts(page(lines, keys=b"/Rotate %d" % turn)) == ["upper", "lower"]


HIDDEN = {
    "invisible": b"BT 3 Tr /F 12 Tf 20 60 Td (hidden words) Tj ET",
    "white on white": b"1 1 1 rg BT /F 12 Tf 20 60 Td (hidden words) Tj ET",
}


@pytest.mark.shows("A56")
@pytest.mark.parametrize("case", HIDDEN)
def test_text_that_nobody_sees_is_left_out_and_told(case: str) -> None:
    content = page(WORDS + b" " + HIDDEN[case])
    assert texts(content) == ["first line"]
    assert "nobody sees" in read(content).detail


def test_white_text_on_something_drawn_is_seen() -> None:
    assert texts(page(b"0 0 1 rg 0 50 200 40 re f " + HIDDEN["white on white"])) == ["hidden words"]


@pytest.mark.shows("A56")
def test_a_scan_with_a_layer_of_recognised_text_is_a_scan_and_its_words_are_read() -> None:
    found = read(page(PICTURE + b" " + HIDDEN["invisible"]))
    assert (found.scanned, found.pictures, found.text) == (True, 1, "hidden words")


BOMB = zlib.compress(zlib.compress(b"0" * 100_000_000, 9), 9)
NAMED = {
    "a stream packed twice": (page(BOMB, filters=b"/Filter[/FlateDecode/FlateDecode]"), "too-large"),
    "a page tree that holds itself": (built([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]), "corrupt"),
    "no pages at all": (built([b"<</Type/Nothing>>"]), "corrupt"),
    "an XFA form": (
        page(
            WORDS,
            catalog=b"/AcroForm<</Fields[]/XFA 7 0 R>>/NeedsRendering true",
            more=(stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>"),),
        ),
        "unsupported",
    ),
}


LOCK = b"/Encrypt<</Filter/Standard/V 1/R 2/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">/P -4>>/ID[<41><41>]"


def test_a_damaged_file_after_a_locked_one_is_no_locked_one() -> None:
    assert read(page(WORDS).replace(b"/Root 1 0 R", b"/Root 1 0 R" + LOCK)).trouble == "encrypted"
    assert read(NAMED["no pages at all"][0]).trouble == "corrupt"


@pytest.mark.parametrize("case", NAMED)
def test_what_cannot_be_read_is_named(case: str) -> None:
    content, trouble = NAMED[case]
    assert read(content).trouble == trouble


READ = {
    "a count of pages that lies": built(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
         b"/Resources<</Font<</F 5 0 R>>>>>>", stream(WORDS), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]),
    "an earlier part that is the file itself": page(WORDS).replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 9"),
    "a page of a hundred metres": page(WORDS, box=b"0 0 283465 283465"),
    "a script that starts": page(WORDS, catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_oddities_do_not_keep_the_words_from_being_read(case: str) -> None:
    assert texts(READ[case]) == ["first line"]


def test_of_ten_thousand_pages_the_first_are_read() -> None:
    pages = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"] * 10_000
    kids = b" ".join(b"%d 0 R" % (n + 5) for n in range(10_000))
    content = built([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count 10000>>" % kids, stream(WORDS),
                     b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", *pages])  # fmt: skip
    found = read(content)
    assert len(found.blocks) == 200
    assert "200 of 10000" in found.detail


@pytest.mark.shows("A55")
def test_files_inside_a_pdf_are_told() -> None:
    names = b"/Names<</EmbeddedFiles<</Names[(a.docx) 7 0 R]>>>>"
    spec = b"<</Type/Filespec/F(a.docx)/EF<</F 8 0 R>>>>"
    found = read(page(WORDS, catalog=names, more=(spec, stream(b"PK", b"/Type/EmbeddedFile"))))
    assert found.text == "first line"
    assert "1 files inside not read" in found.detail


def test_many_objects_on_a_page_may_hide_a_seal() -> None:
    found = read(page(b"0 0 1 1 re f\n" * 6_000 + WORDS))
    assert found.sealable


@pytest.mark.parametrize(("value", "stamped"), [(b"/V 8 0 R", True), (b"", False)], ids=["filled in", "empty"])
def test_a_signature_field_is_an_electronic_seal_once_it_is_filled_in(value: bytes, stamped: bool) -> None:
    field = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(s)/Rect[10 10 60 60]%s>>" % value
    signature = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<30820001>>>"
    content = page(WORDS, catalog=b"/AcroForm<</Fields[7 0 R]/SigFlags 3>>", keys=b"/Annots[7 0 R]", more=(field, signature))
    assert read(content).stamped is stamped
