"""Seals as units have them made, and their imprints: how much ink stands where (0 to 1). Colour comes when it is pressed on a page.

Sizes in millimetres, after 国发〔1999〕25号 (facts/china-mail.md §6): round, 45 mm at most, a star or the emblem in the middle.
"""

import math
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from tests.pages.fonts import families, font

Grid = NDArray[np.float32]
Shape = Literal["round", "square", "oval"]
Middle = Literal["star", "emblem", "none"]
_PX = 16  # pixels per millimetre of the drawing; imprints are scaled down from it


@dataclass(frozen=True, slots=True)
class Stamp:
    """A seal as it was cut. `words`: what its ring says. `below`: a second line under the star (a number, 业务专用章)."""

    words: str
    shape: Shape
    millimetres: float
    middle: Middle
    below: str
    family: str
    rim: float  # mm
    inner: bool  # a second, thin ring


def cut(words: str, dice: random.Random) -> Stamp:
    """A seal for those words. Same dice, same seal."""
    short = len(words) <= 12  # a long name leaves no room below the star, nor on an oval
    shape: Shape = dice.choices(("round", "square", "oval"), (88, 6, 6 * short))[0]
    middle: Middle = dice.choices(("star", "emblem", "none"), (86, 8, 6))[0] if shape == "round" else "none"
    below = dice.choices(("", "1505250" + str(dice.randint(100000, 999999)), "业务专用章", "（1）"), (70, 16, 8 * short, 6 * short))[0]
    sizes = {"round": (35, 38, 40, 40, 42, 42, 42, 45, 50), "square": (30, 35, 40), "oval": (40, 45)}
    part = dice.choices(("song", "kai", "hei"), (60, 25, 15))[0]
    return Stamp(
        words, shape, dice.choice(sizes[shape]), middle, below if shape == "round" else "", dice.choice(families(part)),
        dice.uniform(0.8, 1.3), dice.random() < 0.15,
    )  # fmt: skip


def drawn(stamp: Stamp) -> Image.Image:
    """The seal's face as a picture of ink, mode L: 255 where the rubber stands."""
    size = round(stamp.millimetres * _PX)
    face = Image.new("L", (size + 8, size + 8))
    draw = ImageDraw.Draw(face)
    if stamp.shape == "square":
        _square(draw, stamp, size)
        return face
    tall = size if stamp.shape == "round" else round(size * 2 / 3)
    top = (size - tall) // 2
    box = (4, 4 + top, 4 + size, 4 + top + tall)
    draw.ellipse(box, outline=255, width=round(stamp.rim * _PX))
    if stamp.inner:
        gap = round(1.2 * _PX + stamp.rim * _PX)
        draw.ellipse((box[0] + gap, box[1] + gap, box[2] - gap, box[3] - gap), outline=255, width=_PX // 3)
    centre = size / 2 + 4
    if stamp.middle == "star":
        _star(draw, centre, centre, size / 6)
    elif stamp.middle == "emblem":
        _emblem(draw, centre, size / 5)
    _around(face, stamp, size, tall)
    if stamp.below:
        _below(draw, stamp, centre, size)
    return face


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    turns = [(math.pi * k / 5, radius if k % 2 == 0 else radius * 0.382) for k in range(10)]
    draw.polygon([(x + r * math.sin(t), y - r * math.cos(t)) for t, r in turns], fill=255)


def _emblem(draw: ImageDraw.ImageDraw, c: float, radius: float) -> None:
    """Something as busy as the national emblem: wreath, gate, gear, five stars."""
    for k in range(26):
        turn = math.pi * (0.15 + 1.7 * k / 25) + math.pi
        x, y = c + radius * math.sin(turn), c - radius * math.cos(turn)
        draw.ellipse((x - radius * 0.13, y - radius * 0.09, x + radius * 0.13, y + radius * 0.09), outline=255, width=4)
    draw.arc((c - radius * 0.8, c - radius * 0.8, c + radius * 0.8, c + radius * 0.8), 120, 420, fill=255, width=5)
    draw.rectangle((c - radius * 0.45, c + radius * 0.1, c + radius * 0.45, c + radius * 0.4), outline=255, width=6)
    draw.polygon(
        [(c - radius * 0.55, c + radius * 0.1), (c + radius * 0.55, c + radius * 0.1), (c, c - radius * 0.15)], outline=255, width=6
    )
    _star(draw, c, c - radius * 0.42, radius * 0.2)
    for k in (-2, -1, 1, 2):
        _star(draw, c + k * radius * 0.22, c - radius * (0.34 if abs(k) == 1 else 0.22), radius * 0.09)


def _around(face: Image.Image, stamp: Stamp, size: int, tall: int) -> None:
    """The words along the upper arc, left to right, each upright to the rim."""
    count = len(stamp.words)
    span = min(290.0, 24.0 * count) if stamp.shape == "round" else min(220.0, 17.0 * count)
    step = span / max(count - 1, 1)
    high = min(0.16 * size, math.radians(step) * size * 0.33 * 1.75)  # condensed letters: up to 1.75 as high as wide
    wide = min(high, math.radians(step) * size * 0.36)
    edge = stamp.rim * _PX + (2.0 * _PX if stamp.inner else 0.8 * _PX) + high / 2
    letters = font(stamp.family, round(high), "Bold")
    for place, sign in enumerate(stamp.words):
        turn = math.radians((place - (count - 1) / 2) * step)
        tile = Image.new("L", (round(high * 1.5),) * 2)
        middle = tile.width / 2
        ImageDraw.Draw(tile).text((middle, middle), sign, font=letters, fill=255, anchor="mm")
        narrow = tile.resize((max(1, round(tile.width * wide / high)), tile.height), Image.Resampling.BILINEAR)
        rx, ry = size / 2 - edge, tall / 2 - edge
        lean = math.degrees(math.atan2(math.sin(turn) * ry, math.cos(turn) * rx)) if stamp.shape == "oval" else math.degrees(turn)
        turned = narrow.rotate(-lean, Image.Resampling.BILINEAR, expand=True)
        x, y = size / 2 + 4 + rx * math.sin(turn), size / 2 + 4 - ry * math.cos(turn)
        place_at = (round(x - turned.width / 2), round(y - turned.height / 2))
        under = face.crop((*place_at, place_at[0] + turned.width, place_at[1] + turned.height))
        face.paste(ImageChops.lighter(under, turned), place_at)


def _below(draw: ImageDraw.ImageDraw, stamp: Stamp, centre: float, size: int) -> None:
    letters = font(stamp.family, round(size * (0.045 if stamp.below[0].isdigit() else 0.09)))
    draw.text((centre, centre + size * (0.36 if stamp.below[0].isdigit() else 0.28)), stamp.below, font=letters, fill=255, anchor="mm")


def _square(draw: ImageDraw.ImageDraw, stamp: Stamp, size: int) -> None:
    """The words in columns from the right, as on an old seal."""
    draw.rectangle((4, 4, 4 + size, 4 + size), outline=255, width=round(stamp.rim * _PX))
    words = stamp.words if len(stamp.words) % 2 == 0 else stamp.words + "印"
    columns = 2 if len(words) <= 8 else 3 if len(words) <= 15 else 4
    a_column = math.ceil(len(words) / columns)
    room = (size - 2 * stamp.rim * _PX) / max(columns, a_column)
    letters = font(stamp.family, round(room * 0.86), "Bold")
    across, down = size / columns, size / a_column
    for place, sign in enumerate(words):
        x = 4 + size - across * (place // a_column + 0.5)
        y = 4 + down * (place % a_column + 0.5)
        draw.text((x, y), sign, font=letters, fill=255, anchor="mm")


def imprint(stamp: Stamp, per_mm: float, angle: float, double: bool, chance: np.random.Generator) -> Grid:
    """An even imprint (0 to 1), in pixels of the page; turned by `angle` degrees counter-clockwise. `double`: the hand slipped,
    it stands there twice."""
    face = drawn(stamp)
    if double:
        face = ImageOps.expand(face, 2 * _PX)
        slip = (round(chance.uniform(0.5, 1.4) * _PX), round(chance.uniform(-1.2, 1.2) * _PX))
        face = ImageChops.lighter(face, ImageChops.offset(face, *slip).point(lambda v: v * 0.55))
    scale = per_mm / _PX
    face = face.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    face = face.resize((max(8, round(face.width * scale)), max(8, round(face.height * scale))), Image.Resampling.BOX)
    return np.asarray(face.filter(ImageFilter.GaussianBlur(0.12 * per_mm)), dtype=np.float32) / np.float32(255)


def pressure(shape: tuple[int, ...], patchy: float, per_mm: float, chance: np.random.Generator) -> Grid:
    """How the press was uneven (factors to 1): broad patches, and the grain of the paper. `patchy` 0 to 1."""
    high, wide = shape
    patches = Image.fromarray((chance.random((6, 6)) * 255).astype(np.uint8)).resize((wide, high), Image.Resampling.BICUBIC)
    fine = chance.random((max(2, round(high / per_mm * 2.5)), max(2, round(wide / per_mm * 2.5))))
    grain = Image.fromarray((fine * 255).astype(np.uint8)).resize((wide, high), Image.Resampling.BILINEAR)
    uneven = 1 - patchy * 0.75 * np.asarray(patches, dtype=np.float32) / 255 - patchy * 0.35 * np.asarray(grain, dtype=np.float32) / 255
    return np.asarray(np.clip(uneven, 0.05, 1), dtype=np.float32)
