"""Bytes to pictures of pages: every format, upright, on white, at one size, within limits."""

import zipfile
from io import BytesIO

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from parsers.scans.pictures import LONG_SIDE, NoPicture, Picture, pictures
from tests.reportpdf import text_pdf
from tests.scans.drawn import paper, saved, stamped, written


def _page(dpi: int = 100) -> Image.Image:
    return stamped(written(paper(dpi)), (0.7, 0.75))


def _only(content: bytes) -> Picture:
    (picture,) = pictures(content)
    return picture


def _differ(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of 255, at the first one's size made small."""
    size = (one.width // 4, one.height // 4)
    a, b = (np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), dtype=float) for image in (one, other))
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "HEIF"])
def test_a_page_comes_out_of_every_format_as_it_was(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    page = _page(60)
    picture = _only(saved(page, kind))
    assert picture.image.mode == "RGB"
    assert picture.source == picture.image.size == page.size
    assert (picture.number, picture.of, picture.text_layer) == (1, 1, False)
    assert _differ(page, picture.image) < 4


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_exif_turns_a_photo_and_is_not_applied_twice(turn: int) -> None:
    page = _page()
    exif = Image.Exif()
    exif[0x0112] = turn
    as_held = page.transpose({1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turn]) if turn > 1 else page
    for kind in ("JPEG", "PNG"):
        picture = _only(saved(as_held, kind, exif=exif))
        assert picture.image.size == page.size
        assert _differ(page, picture.image) < 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_kind_of_pixel_becomes_rgb_on_white(mode: str) -> None:
    page = _page().convert("L").point(lambda v: 255 * (v > 200))
    if mode.startswith("I"):
        held = Image.fromarray(np.asarray(page).astype(np.uint16) * 257)
        held = held.convert("I") if mode == "I" else held
    elif mode in ("LA", "RGBA"):  # black words, and nothing at all where the paper is
        held = Image.new("L", page.size, 0).convert(mode)
        held.putalpha(page.point(lambda v: 255 - v))
    else:
        held = page.convert("RGB").convert(mode) if mode != "L" else page
    picture = _only(saved(held, "TIFF" if mode in ("CMYK", "YCbCr", "I;16", "I") else "PNG"))
    assert _differ(page, picture.image) < 4


def test_a_large_picture_is_made_smaller_and_a_small_one_is_left() -> None:
    assert max(_only(saved(paper(250), "JPEG")).image.size) == LONG_SIDE
    assert max(_only(saved(paper(250).convert("1"), "TIFF")).image.size) == LONG_SIDE
    assert _only(saved(paper(40), "PNG")).image.size == paper(40).size


def test_the_declared_dpi_says_nothing_about_the_size() -> None:
    page = _page(150)
    sizes = {_only(saved(page, kind, **how)).image.size for dpi in (10, 72, 1200) for kind, how in (("JPEG", {"dpi": (dpi, dpi)}), ("PDF", {"resolution": dpi}))}
    assert {max(size) for size in sizes} <= {page.height, page.height + 1, page.height - 1}


def test_all_pages_of_a_fax_come_in_order_and_no_more_than_wanted() -> None:
    pages = [Image.new("L", (300, 400), shade) for shade in (0, 100, 200)]
    content = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert [p.image.getpixel((5, 5)) for p in pictures(content)] == [(0, 0, 0), (100, 100, 100), (200, 200, 200)]
    assert [(p.number, p.of) for p in pictures(content, most=2)] == [(1, 3), (2, 3)]


def test_a_scanned_pdf_gives_the_pictures_at_their_own_size_and_turned_as_the_page_says() -> None:
    page = _page()
    pdf = pdfium.PdfDocument(saved(page, "PDF", resolution=100))
    pdf[0].set_rotation(90)
    buffer = BytesIO()
    pdf.save(buffer)
    picture = _only(buffer.getvalue())
    assert abs(picture.image.width - page.height) <= 1
    assert _differ(page.transpose(Image.Transpose.ROTATE_270), picture.image) < 4


def test_a_pdf_page_with_words_is_rendered_and_says_so() -> None:
    picture = _only(text_pdf(["Quarterly report", "of the station"]))
    assert picture.text_layer
    assert 1500 < max(picture.image.size) <= LONG_SIDE
    assert np.asarray(picture.image).min() < 60


def test_pictures_in_a_word_file_are_its_pages_in_their_order() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<document/>")
        for number, dpi in ((10, 60), (2, 50), (1, 40)):
            package.writestr(f"word/media/image{number}.jpeg", saved(_page(dpi), "JPEG"))
        package.writestr("docProps/thumbnail.jpeg", saved(_page(30), "JPEG"))
    assert [p.image.size for p in pictures(buffer.getvalue())] == [paper(dpi).size for dpi in (40, 50, 60)]


def test_a_broken_page_is_left_out_and_its_number_is_missing() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<document/>")
        for number in (1, 2, 3):
            content = saved(_page(60), "JPEG")
            package.writestr(f"word/media/image{number}.jpeg", content[: len(content) // 3] if number == 2 else content)
    assert [(p.number, p.of) for p in pictures(buffer.getvalue())] == [(1, 3), (3, 3)]


@pytest.mark.parametrize(
    "content",
    [b"", b"plain words", b"%PDF-1.4 broken", b"\xff\xd8\xff\xe0 cut", b"PK\x03\x04 broken", b"\x89PNG\r\n\x1a\n", b"II*\0\x08\0\0\0"],
    ids=["empty", "text", "pdf", "jpg", "zip", "png", "tiff"],
)
def test_what_holds_no_picture_is_told_as_one_trouble(content: bytes) -> None:
    with pytest.raises(NoPicture):
        list(pictures(content))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    bomb = saved(Image.new("P", (9_200, 9_200)), "PNG")
    with pytest.raises(NoPicture, match="too many"):
        list(pictures(bomb))
