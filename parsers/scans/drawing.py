"""A page's picture with what was seen drawn on it, for people: lines and cells in blue, seals in orange, and beside it the words as they
were read, each where it stands. Words only where a Chinese font is found."""

import math
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.domain.pages import Box, Page, Seal
from parsers.scans.pictures import smaller

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_FONTS = (  # the usual places
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
_PAGE, _THUMBNAIL = 1400, 240  # pixels of the longer side
_PAPER, _LINE, _CELL, _DOUBTFUL, _SEAL = (252, 252, 250), (46, 110, 190), (150, 185, 220), (200, 120, 20), (225, 100, 0)
_WORDS, _UNSURE = (30, 34, 40), 0.8  # less legible is drawn in another colour
_SHAPES = {"round": "圆章", "square": "方章", "oval": "椭圆章"}
_CLEAR = 6  # pixels between a seal and its outline
_BESIDE = 0.12  # of a seal's size, shown around it


def drawn(image: "Image", page: Page) -> bytes:
    """A PNG of the upright picture with what is on the page; twice as wide where words were read and a font is there to show them."""
    from PIL import Image, ImageDraw

    left = smaller(image, _PAGE).convert("RGB")
    font = _font_file() if page.lines else ""
    sheet = Image.new("RGB", (left.width * (2 if font else 1), left.height), _PAPER)
    sheet.paste(left)
    draw = ImageDraw.Draw(sheet)
    for box in {box for grid in page.grids for row in grid for box in row}:
        draw.rectangle(_pixels(box, left), outline=_CELL, width=1)
    for line in page.lines:
        draw.rectangle(_pixels(line.box, left), outline=_LINE if line.legible >= _UNSURE else _DOUBTFUL, width=2)
        if font:
            colour = _WORDS if line.legible >= _UNSURE else _DOUBTFUL
            _write(draw, line.text, _pixels(line.box, left), left.width, colour)
    if font:
        draw.line((left.width, 0, left.width, left.height), fill=_CELL, width=2)
    for seal in page.seals:
        _mark(draw, seal, left)
    return _png(sheet)


def thumbnail(image: "Image", seal: Seal) -> bytes:
    """A PNG of the seal and a little around it, 240 pixels at most."""
    box = seal.box
    room_x, room_y = _BESIDE * (box.right - box.left), _BESIDE * (box.bottom - box.top)
    around = Box(max(0.0, box.left - room_x), max(0.0, box.top - room_y), min(1.0, box.right + room_x), min(1.0, box.bottom + room_y))
    left, top, right, bottom = _pixels(around, image)
    part = image.crop((math.floor(left), math.floor(top), max(math.ceil(right), int(left) + 1), max(math.ceil(bottom), int(top) + 1)))
    return _png(smaller(part, _THUMBNAIL))


def _pixels(box: Box, image: "Image") -> tuple[float, float, float, float]:
    return box.left * image.width, box.top * image.height, box.right * image.width, box.bottom * image.height


def _write(draw: "ImageDraw", text: str, box: tuple[float, float, float, float], shift: int, colour: tuple[int, int, int]) -> None:
    """The words in their box on the right half, as large as they fit."""
    left, top, right, bottom = box
    rows = text.split("\n")
    size = (bottom - top) * 0.86 / len(rows)
    longest = max(rows, key=len)
    wide = _font(10).getlength(longest) / 10 if longest else 1.0
    font = _font(max(6, int(min(size, (right - left) / max(wide, 0.1)))))
    for number, row in enumerate(rows):
        draw.text((left + shift, top + (number + 0.5) * (bottom - top) / len(rows)), row, font=font, fill=colour, anchor="lm")


def _mark(draw: "ImageDraw", seal: Seal, left: "Image") -> None:
    """The seal's outline, and what it was taken for."""
    box = _pixels(seal.box, left)
    box = (box[0] - _CLEAR, box[1] - _CLEAR, box[2] + _CLEAR, box[3] + _CLEAR)
    (draw.rectangle if seal.shape == "square" else draw.ellipse)(box, outline=_SEAL, width=5)
    if not _font_file():
        return
    said = f"{_SHAPES[seal.shape]}{'' if seal.ink == 'red' else '（黑白）'} {seal.millimetres:.0f} 毫米 {seal.certainty:.0%}"
    words = f"{said}\n{seal.words}" if seal.words else said
    font = _font(max(14, left.height // 70))
    wide, high = (draw.textbbox((0, 0), words, font=font)[k] for k in (2, 3))
    x = min(max(4, box[0]), max(4, left.width - wide - 8))
    y = box[3] + 6 if box[3] + high + 14 < left.height else max(4, box[1] - high - 12)
    draw.rounded_rectangle((x - 4, y - 2, x + wide + 4, y + high + 5), 4, fill=(255, 244, 230), outline=_SEAL)
    draw.text((x, y), words, font=font, fill=_SEAL)


@lru_cache(maxsize=1)
def _font_file() -> str:
    """"" where none is found."""
    return next((place for place in _FONTS if Path(place).is_file()), "")


@lru_cache(maxsize=64)
def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(_font_file(), size)


def _png(image: "Image") -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()
