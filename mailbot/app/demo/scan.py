"""A stamped page as it comes from a scanner or a phone: lines of text, a red round seal, a little grain. Same seed, same bytes."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

_FONTS = (  # the usual places; without any of them the page shows grey bars for its lines
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
_PAPER, _INK, _BAR, _RED = (250, 249, 245), (40, 40, 45), (150, 150, 152), (214, 32, 38)
_WIDTH, _HEIGHT, _MARGIN, _ROOM = 1000, 1414, 110, 1090  # A4 at about 120 dots an inch; _ROOM: for the lines


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the page. `seal`: the unit whose seal it bears, None for an unstamped page."""

    title: str
    lines: Sequence[str]
    seal: str | None
    seed: int = 0
    grey: bool = False
    tilt: float = 0.6  # degrees


def has_font() -> bool:
    """Whether words can be drawn here; else a page shows bars in their place."""
    return _font(24) is not None


def stamped_jpeg(page: Page) -> bytes:
    return _saved(_picture(page), "JPEG")


def stamped_pdf(page: Page) -> bytes:
    """The same picture as the only content of a PDF, as an office scanner makes it."""
    return _saved(_picture(page), "PDF")


def _saved(picture: "Image", kind: Literal["JPEG", "PDF"]) -> bytes:
    import time

    buffer = BytesIO()
    if kind == "JPEG":
        picture.save(buffer, "JPEG", quality=80, dpi=(120, 120))
    else:
        picture.save(buffer, "PDF", resolution=120, quality=80, creationDate=time.gmtime(0), modDate=time.gmtime(0))
    return buffer.getvalue()


def _picture(page: Page) -> "Image":
    from PIL import Image

    dice = random.Random(page.seed)
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    end = _write(picture, page, dice)
    if page.seal is not None:
        _stamp(picture, page.seal, (_WIDTH - 320 + dice.randint(-30, 30), min(end + 60, _HEIGHT - 240)), dice.uniform(-12, 12))
    picture = picture.rotate(page.tilt, Image.Resampling.BICUBIC, fillcolor=_PAPER)
    picture = _grain(picture, dice)
    return picture.convert("L") if page.grey else picture


def _write(picture: "Image", page: Page, dice: random.Random) -> int:
    """Title and lines, or bars of about their length. Returns where the text ends."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    y = _MARGIN
    small, step = _sizes(page.lines)
    for number, line in enumerate((page.title, *_wrapped(page.lines, small))):
        size, left = (34, None) if number == 0 else (small, _MARGIN)
        font = _font(size)
        width = min(len(line) * size, _WIDTH - 2 * _MARGIN)
        x = left if left is not None else (_WIDTH - width) // 2
        if font:
            draw.text((x, y), line, font=font, fill=_INK)
        elif line.strip():
            draw.rectangle((x, y + 6, x + width - dice.randint(0, 20), y + size - 4), fill=_BAR)
        y += step + (42 if number == 0 else 0)
    return y


def _sizes(lines: Sequence[str]) -> tuple[int, int]:
    """Size of the letters and height of a line: a long text is set smaller, to leave room for the seal."""
    return (24, 42) if len(_wrapped(lines, 24)) <= _ROOM // 42 else (17, 29)


def _wrapped(lines: Sequence[str], size: int) -> list[str]:
    """Lines cut to the page's width, and no more of them than it holds."""
    width = (_WIDTH - 2 * _MARGIN) // size
    cut = [line[i : i + width] for line in lines for i in range(0, max(len(line), 1), width)]
    return cut[: _ROOM // (42 if size == 24 else 29)]


def _stamp(picture: "Image", unit: str, centre: tuple[int, int], angle: float) -> None:
    """The unit's round seal, 42 mm wide as the rule says: ring, star, and the name around the star where a font is found."""
    from PIL import Image, ImageDraw

    radius = 100
    seal = Image.new("RGBA", (2 * radius + 10, 2 * radius + 10), (*_RED, 0))
    draw, middle = ImageDraw.Draw(seal), radius + 5
    draw.ellipse((5, 5, 2 * radius + 5, 2 * radius + 5), outline=(*_RED, 225), width=7)
    points = [(middle + r * math.sin(k * math.pi / 5), middle - r * math.cos(k * math.pi / 5)) for k in range(10) for r in ((42, 16)[k % 2],)]
    draw.polygon(points, fill=(*_RED, 225))
    _name_around(seal, unit, middle, radius - 26)
    seal = seal.rotate(angle, Image.Resampling.BICUBIC)
    picture.paste(seal, (centre[0] - middle, centre[1] - middle), seal)


def _name_around(seal: "Image", name: str, middle: int, radius: int) -> None:
    from PIL import Image, ImageDraw

    font = _font(24)
    if font is None:
        return
    step = min(260 / max(len(name) - 1, 1), 30)
    for place, sign in enumerate(name):
        turn = (place - (len(name) - 1) / 2) * step
        glyph = Image.new("RGBA", (34, 34), (*_RED, 0))
        ImageDraw.Draw(glyph).text((17, 17), sign, font=font, fill=(*_RED, 225), anchor="mm")
        glyph = glyph.rotate(-turn, Image.Resampling.BICUBIC)
        x, y = middle + radius * math.sin(math.radians(turn)), middle - radius * math.cos(math.radians(turn))
        seal.alpha_composite(glyph, (round(x) - 17, round(y) - 17))


def _grain(picture: "Image", dice: random.Random) -> "Image":
    """What a scanner's glass adds; also keeps the file as large as real scans are."""
    from PIL import Image

    noise = Image.frombytes("L", (_WIDTH // 4, _HEIGHT // 4), dice.randbytes((_WIDTH // 4) * (_HEIGHT // 4)))
    grey = noise.resize(picture.size, Image.Resampling.BILINEAR).convert("RGB")
    return Image.blend(picture, grey, 0.06)


@lru_cache(maxsize=8)
def _font(size: int) -> "FreeTypeFont | None":
    from PIL import ImageFont

    for place in _FONTS:
        if Path(place).is_file():
            return ImageFont.truetype(place, size)
    return None
