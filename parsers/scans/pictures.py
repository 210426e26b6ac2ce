"""Bytes of a picture, a PDF or an Office file of pictures -> the pictures of its pages: upright as the file says, RGB on white, and at one
size whatever the file declares. By Pillow and pypdfium2.

Office packages (docx, xlsx, odt, ofd) give the picture files they hold, in the order of their names, which is the order of their insertion.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from parsers.readers import Unreadable
from parsers.readers.ooxml import opened, part
from parsers.readers.sniff import sniff

if TYPE_CHECKING:
    from PIL.Image import Image

LONG_SIDE = 2200  # pixels of a picture's longer side at most: A4 at 190 dpi, where 10 point characters are 26 pixels high
_BYTES = 250_000_000  # of a picture before it is made smaller
_TWICE = 6  # bytes a pixel that libjpeg keeps for a progressive JPEG, over and above the picture
_LEAST_CHARS = 4  # a page number over a scan is no text layer; as parsers.readers.pdf
_MAX_SCALE = 4.0  # of a point: no page is rendered finer than 288 dpi, however small its paper
_PICTURES = ("jpg", "png", "gif", "bmp", "tiff", "webp", "heic")
_PACKAGES = ("docx", "xlsx", "odt", "ods", "ofd")
_GREYS = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, RuntimeError, KeyError, ZeroDivisionError, MemoryError)


class NoPicture(Exception):
    """Nothing of the file can be looked at. Its text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page. `number` from 1, of `of` pages the file has. `text_layer`: the page's words stand in the file, as text of a PDF.
    `source`: width and height in pixels as the file has it, or in points for a PDF page. `grey`: the file holds shades of grey alone, whatever
    was on the paper."""

    image: "Image"
    number: int
    of: int
    text_layer: bool
    source: tuple[int, int]
    grey: bool = False


def pictures(content: bytes, most: int = 20) -> Iterator[Picture]:
    """The first `most` pages of a file, one after the other; a page that is broken is left out, which its number tells.
    Raises NoPicture where there is none at all: no picture's format, encrypted, too large, or all pages broken."""
    kind = sniff(content)
    if kind == "pdf":
        found = _pdf(content, most)
    elif kind in _PICTURES:
        found = _frames(content, most)
    elif kind in _PACKAGES:
        found = _package(content, most)
    else:
        raise NoPicture(f"no pictures in {kind}")
    first = next(found, None)
    if first is None:
        raise NoPicture(f"no page of the {kind} can be looked at")
    yield first
    yield from found


def _package(content: bytes, most: int) -> Iterator[Picture]:
    try:
        with opened(content) as package:
            names = [name for name in sorted(package.namelist(), key=_natural) if _holds_picture(package, name)]
            for number, name in enumerate(names[:most], 1):
                try:
                    frame = next(_frames(part(package, name) or b"", 1))
                except (NoPicture, StopIteration):
                    continue
                yield Picture(frame.image, number, len(names), False, frame.source)
    except Unreadable as reason:
        raise NoPicture(reason.detail) from reason


def _natural(name: str) -> list[tuple[int, str]]:
    """image2 before image10."""
    return [(int(word), "") if word.isdigit() else (-1, word) for word in re.split(r"(\d{1,9})", name)]


def _holds_picture(package: zipfile.ZipFile, name: str) -> bool:
    """A page is no thumbnail of Office and no icon."""
    if package.NameToInfo[name].file_size < 2_000 or "thumbnail" in name.lower():
        return False
    return name.lower().endswith((".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic"))


def _frames(content: bytes, most: int) -> Iterator[Picture]:
    from PIL import Image

    try:
        with _file(content) as file:
            count = getattr(file, "n_frames", 1) if file.format == "TIFF" else 1  # the others move, or repeat the picture smaller
            for index in range(min(count, most)):
                try:
                    file.seek(index)
                    source, grey = file.size, file.mode in _GREYS
                    yield Picture(_upright(file), index + 1, count, False, source, grey)
                except _BROKEN:
                    if count == 1:
                        raise
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise NoPicture(f"{type(error).__name__}: {error}") from error


def _file(content: bytes) -> Any:
    """The opened picture file, nothing of it unpacked yet."""
    from PIL import Image

    with suppress(ImportError):  # without it a HEIC file is a picture of an unknown kind
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd tags; and the limit of pixels in _upright is ours
        return Image.open(BytesIO(content))


def _upright(file: Any) -> "Image":
    """The frame a file stands at: made small while it is decoded where its format allows, turned as EXIF says."""
    from PIL import ImageOps

    jpeg = file.format in ("JPEG", "MPO")
    wanted = max(file.size) / LONG_SIDE
    if jpeg and wanted > 1:
        file.draft("RGB", (round(file.width / wanted), round(file.height / wanted)))
    kept = (_TWICE if jpeg and "progressive" in file.info else 0) * file.width * file.height
    if file.width * file.height * _channels(file) + kept > _BYTES:
        raise ValueError(f"{file.width} x {file.height} pixels are too many")
    return ImageOps.exif_transpose(_rgb(file))


def _channels(file: Any) -> int:
    """Bytes a pixel while it is worked on."""
    return 3 if file.mode == "P" else 2 * len(file.getbands()) if file.mode.startswith("I;16") else 4 if file.mode in "IF" else len(file.getbands())


def _rgb(file: Any) -> "Image":
    """A small RGB picture of any mode; what shows through is white. EXIF is kept for whoever turns it."""
    from PIL import Image

    exif = file.getexif()
    image = _eight_bits(file) if file.mode in ("I", "F") or file.mode.startswith("I;16") else file
    see_through = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    if image.mode in ("1", "P", "PA", "RGBa", "La", "LAB", "HSV") or (see_through and image.mode != "RGBA"):
        image = image.convert("RGBA" if see_through else "L" if image.mode == "1" else "RGB")
    image = smaller(image, LONG_SIDE)
    if see_through:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    image = image.convert("RGB")
    image.info["exif"] = exif.tobytes() if exif else b""
    return image


def _eight_bits(image: Any) -> "Image":
    """Grey of 16 or 32 bits; its own range where it says no other."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image, dtype=np.float32)
    top = 65535.0 if values.max() > 255 else 255.0 if values.max() > 1 else 1.0
    return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))


def smaller(image: "Image", long_side: int) -> "Image":
    """The picture with its longer side at most so long."""
    from PIL import Image

    factor = long_side / max(image.size)
    if factor >= 1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _pdf(content: bytes, most: int) -> Iterator[Picture]:
    import pypdfium2 as pdfium  # type: ignore[import-untyped]

    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise NoPicture(str(error)) from error
    try:
        pdf.init_forms()  # else signature fields do not show
        for index in range(min(len(pdf), most)):
            try:
                yield _rendered(pdf, index)
            except (pdfium.PdfiumError, *_BROKEN):
                continue
    finally:
        pdf.close()


def _rendered(pdf: Any, index: int) -> Picture:
    """One page as a person sees it, annotations and turned as it says. A page that is one picture comes at that picture's size."""
    page = pdf[index]
    try:
        width, height = page.get_size()
        scale = min(LONG_SIDE, _pixels(page)) / max(width, height)
        image = page.render(scale=min(scale, LONG_SIDE / max(width, height)), rev_byteorder=True, draw_annots=True).to_pil()
        text = page.get_textpage()
        layer = text.count_chars() >= _LEAST_CHARS
        text.close()
        return Picture(image.convert("RGB"), index + 1, len(pdf), layer, (round(width), round(height)), _is_grey(page))
    finally:
        page.close()


def _is_grey(page: Any) -> bool:
    """Whether a page shows pictures and all of them are made of shades of grey."""
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    facts = [item.get_metadata() for item in islice(page.get_objects(max_depth=3), 50) if item.type == raw.FPDF_PAGEOBJ_IMAGE]
    greys = (raw.FPDF_COLORSPACE_DEVICEGRAY, raw.FPDF_COLORSPACE_CALGRAY)
    return bool(facts) and all(f.colorspace in greys or f.bits_per_pixel == 1 for f in facts)


def _pixels(page: Any) -> float:
    """How long a page's longer side is in pixels: its picture's own where one covers it, else that of a good print."""
    import pypdfium2.raw as raw

    width, height = page.get_size()
    for item in islice(page.get_objects(max_depth=3), 50):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            if (right - left) * (top - bottom) > 0.8 * width * height:
                return float(max(item.get_px_size()))
    return min(float(LONG_SIDE), float(max(width, height)) * _MAX_SCALE)
