"""Photos and scans in every format that phones and scanners send."""

import io
import sys
from typing import Any

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from parsers.readers import read

register_heif_opener()


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert(mode).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "WEBP"])
def test_a_photo_of_a_phone_tells_its_size(kind: str) -> None:
    found = read(picture(kind), "IMG_0001.jpg")
    assert (found.kind, found.pixels, found.pictures, found.scanned, found.trouble) == ("image", (64, 48), 1, True, None)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_cut_off_photo_is_damage(kind: str) -> None:
    content = picture(kind, size=(300, 300))
    assert read(content[: len(content) // 2]).trouble == "corrupt"


def test_without_the_plug_in_a_photo_is_a_picture_of_unknown_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    found = read(picture("HEIF"))
    assert (found.pixels, found.scanned, found.trouble) == (None, True, None)


def test_a_cmyk_photo_from_a_printing_house_is_read() -> None:
    assert read(picture("JPEG", "CMYK")).pixels == (64, 48)


def test_a_phone_picture_with_a_preview_behind_it_is_one_picture() -> None:
    main = Image.new("RGB", (64, 48))
    out = io.BytesIO()
    main.save(out, "MPO", save_all=True, append_images=[main.resize((8, 6))])
    found = read(out.getvalue())
    assert (found.pixels, found.pictures) == ((64, 48), 1)


def test_a_fax_of_two_pages_counts_two() -> None:
    page = Image.effect_noise((200, 100), 50).convert("1")
    out = io.BytesIO()
    page.save(out, "TIFF", compression="group4", save_all=True, append_images=[page])
    assert (read(out.getvalue()).pictures, read(out.getvalue()).pixels) == (2, (200, 100))


def test_a_tiff_whose_pages_run_in_a_circle_is_counted_once() -> None:
    content = bytearray(picture("TIFF"))
    first = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[first : first + 2], "little")
    at = first + 2 + 12 * entries
    content[at : at + 4] = first.to_bytes(4, "little")
    assert read(bytes(content)).pictures == 1


@pytest.mark.parametrize(
    "content",
    [
        b"BM" + (54).to_bytes(4, "little") + b"\0" * 4 + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
        + (60_000).to_bytes(4, "little") * 2 + b"\1\0\x18\0" + b"\0" * 24,
        picture("GIF")[:6] + b"\xff\xff\xff\xff" + picture("GIF")[10:],
    ],
)  # fmt: skip
def test_huge_dimensions_in_a_small_file_are_not_believed(content: bytes) -> None:
    assert read(content).trouble == "too-large"
