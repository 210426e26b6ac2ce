"""Seals as cut and pressed by hand, drawn afresh: an alpha of ink, at a scale of its own, then worn, bled and pressed unevenly.

Round ones with one or two rings, with a star, the emblem of the state or nothing in the middle, with a number under it; square and oval ones.
"""

import math
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.pages.fonts import faces

Array = np.ndarray[Any, Any]
FINE = 16  # pixels per mm of a seal as it is cut
INKS = {
    "cinnabar": (214, 42, 30),
    "carmine": (199, 16, 62),
    "orange": (226, 78, 34),
    "brownish": (168, 34, 28),
    "photosensitive": (222, 18, 44),
}
_FACES = (
    ("Noto Serif CJK SC", "Bold"),
    ("Noto Serif CJK SC", "Black"),
    ("AR PL UKai CN", "Book"),
    ("WenQuanYi Zen Hei", "Regular"),
    ("Noto Sans CJK SC", "Medium"),
)


@dataclass(frozen=True, slots=True)
class Chop:
    """A seal. `size`: width and height in mm. `alpha`: where its rubber is, 0 to 1, FINE pixels per mm."""

    shape: str
    size: tuple[float, float]
    words: str
    alpha: Array


@dataclass(frozen=True, slots=True)
class Imprint:
    """A chop on a page: its middle in mm, degrees, ink, how strong, twice or once."""

    chop: Chop
    unit: str | None
    middle: tuple[float, float]
    angle: float
    ink: str
    strength: float
    manner: str
    double: bool


@cache
def font(family: str, style: str, size: int) -> ImageFont.FreeTypeFont:
    mine = [face for face in faces() if face.family == family]
    face = next((f for f in mine if f.style == style), mine[0] if mine else faces()[0])
    return ImageFont.truetype(face.path, size, index=face.index)


def cut(words: str, seed: str) -> Chop:
    """The chop of those words; same seed, same chop."""
    dice = random.Random(f"chop {seed}")
    shape = dice.choices(("round", "oval", "square"), (86, 7, 7))[0]
    family, style = dice.choice(_FACES)
    if shape == "square":
        side = dice.uniform(26, 36)
        return Chop(shape, (side, side), words, _square(words, side, family, style, dice))
    wide = dice.choice((38, 40, 42, 42, 45)) if shape == "round" else dice.choice((42, 45))
    high = wide if shape == "round" else wide * dice.uniform(0.68, 0.74)
    return Chop(shape, (wide, high), words, _ringed(words, wide, high, family, style, dice))


def _ringed(words: str, wide: float, high: float, family: str, style: str, dice: random.Random) -> Array:
    picture = Image.new("L", (round(wide * FINE), round(high * FINE)), 0)
    draw = ImageDraw.Draw(picture)
    thick = dice.uniform(0.8, 1.3) * FINE
    draw.ellipse((0, 0, picture.width - 1, picture.height - 1), outline=255, width=round(thick))
    inset = thick
    if dice.random() < 0.4:  # a thin ring inside the thick one
        gap = thick + dice.uniform(0.4, 0.8) * FINE
        draw.ellipse((gap, gap, picture.width - gap, picture.height - gap), outline=255, width=round(0.3 * FINE))
        inset = gap + 0.3 * FINE
    tall = min(wide * 0.155, (wide + high) * 0.9 / len(words), 6.4) * FINE
    _around(picture, words, tall, inset + tall * 0.62, (family, style), min(300, 17 * len(words) + 40))
    _middle(picture, dice, min(wide, high))
    if dice.random() < 0.35:
        number = "".join(str(dice.randint(0, 9)) for _ in range(13))
        _under(picture, number, 1.7 * FINE, inset + 1.6 * FINE)
    elif dice.random() < 0.25:
        letters = font(family, style, round(3.4 * FINE))
        draw.text((picture.width / 2, picture.height * 0.76), dice.choice(("办公室", "专用章", "（1）")), 255, letters, "mm")
    return _hand_cut(picture, dice)


def _around(picture: Image.Image, words: str, tall: float, inset: float, face: tuple[str, str], arc: float) -> None:
    """Words along the upper arc, feet inwards; they stand along the line of an ellipse."""
    letters = font(*face, round(tall))
    across, down = picture.width / 2 - inset, picture.height / 2 - inset
    fine = np.radians(np.linspace(-arc / 2, arc / 2, 400))
    run = np.concatenate([[0], np.cumsum(np.hypot(across * np.diff(np.sin(fine)), down * np.diff(np.cos(fine))))])
    for number, letter in enumerate(words):
        turn = float(np.interp(run[-1] * (number + 0.5) / len(words), run, fine))
        x, y = picture.width / 2 + across * math.sin(turn), picture.height / 2 - down * math.cos(turn)
        upright = math.atan2(math.sin(turn) / across, math.cos(turn) / down)
        tile = Image.new("L", (round(tall * 2),) * 2, 0)
        ImageDraw.Draw(tile).text((tall, tall), letter, 255, letters, "mm")
        narrow = tile.resize((round(tile.width * 0.82), tile.height)).rotate(-math.degrees(upright), Image.Resampling.BICUBIC, expand=True)
        picture.paste(255, (round(x - narrow.width / 2), round(y - narrow.height / 2)), narrow)


def _under(picture: Image.Image, number: str, tall: float, inset: float) -> None:
    """The registered number along the lower arc, feet outwards."""
    letters = font("WenQuanYi Zen Hei", "Regular", round(tall))
    for place, figure in enumerate(number):
        turn = math.radians(34 - 68 * (place + 0.5) / len(number))
        x = picture.width / 2 + (picture.width / 2 - inset) * math.sin(turn)
        y = picture.height / 2 + (picture.height / 2 - inset) * math.cos(turn)
        tile = Image.new("L", (round(tall * 2),) * 2, 0)
        ImageDraw.Draw(tile).text((tall, tall), figure, 255, letters, "mm")
        picture.paste(255, (round(x - tall), round(y - tall)), tile.rotate(math.degrees(turn), Image.Resampling.BICUBIC))


def _middle(picture: Image.Image, dice: random.Random, small: float) -> None:
    kind, draw = dice.choices(("star", "emblem", "hollow", "empty"), (62, 16, 8, 14))[0], ImageDraw.Draw(picture)
    x, y, radius = picture.width / 2, picture.height / 2, small * FINE * 0.155
    if kind in ("star", "hollow"):
        draw.polygon(_star(x, y, radius), fill=255 if kind == "star" else None, outline=255, width=round(0.4 * FINE))
    if kind == "emblem":
        emblem(draw, x, y, radius * 1.15)


def _star(x: float, y: float, radius: float, turn: float = 0) -> list[tuple[float, float]]:
    radii = (radius, radius * 0.382) * 5
    turns = (turn + k * math.pi / 5 for k in range(10))
    return [(x + r * math.sin(a), y - r * math.cos(a)) for a, r in zip(turns, radii, strict=True)]


def emblem(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Any = 255) -> None:
    """Something like the emblem of the state: a wreath, five stars, a gate, a wheel."""
    line = max(1, round(radius * 0.09))
    draw.arc((x - radius, y - radius, x + radius, y + radius), 120, 60, fill, line * 2)
    draw.polygon(_star(x, y - radius * 0.5, radius * 0.26), fill=fill)
    for turn in (-0.9, -0.5, 0.5, 0.9):
        draw.polygon(
            _star(x + radius * 0.62 * math.sin(turn), y - radius * 0.35 * math.cos(turn) + radius * 0.05, radius * 0.11), fill=fill
        )
    draw.rectangle((x - radius * 0.55, y + radius * 0.2, x + radius * 0.55, y + radius * 0.34), fill=fill)
    draw.polygon(
        [(x - radius * 0.4, y + radius * 0.17), (x + radius * 0.4, y + radius * 0.17), (x + radius * 0.25, y), (x - radius * 0.25, y)],
        fill=fill,
    )
    draw.ellipse((x - radius * 0.22, y + radius * 0.5, x + radius * 0.22, y + radius * 0.94), outline=fill, width=line)
    draw.line((x - radius * 0.8, y + radius * 0.75, x + radius * 0.8, y + radius * 0.75), fill, line)


def _square(words: str, side: float, family: str, style: str, dice: random.Random) -> Array:
    picture = Image.new("L", (round(side * FINE),) * 2, 0)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, picture.width - 1, picture.height - 1), outline=255, width=round(dice.uniform(0.8, 1.4) * FINE))
    shown = words[-12:] + "章印之"[: -len(words[-12:]) % 3]
    columns = math.ceil(len(shown) ** 0.5)
    rows = math.ceil(len(shown) / columns)
    step = (side - 4) * FINE / columns, (side - 4) * FINE / rows
    letters = font(family, style, round(min(step) * 0.92))
    for number, letter in enumerate(shown):  # from above, from the right
        column, row = columns - 1 - number // rows, number % rows
        draw.text((2 * FINE + step[0] * (column + 0.5), 2 * FINE + step[1] * (row + 0.5)), letter, 255, letters, "mm")
    return _hand_cut(picture, dice)


def _hand_cut(picture: Image.Image, dice: random.Random) -> Array:
    """Edges a knife leaves: the outline wanders a little, and here and there a chip is gone."""
    noise = np.random.default_rng(dice.randrange(2**32))
    small = Image.fromarray((noise.random((picture.height // 12, picture.width // 12)) * 255).astype(np.uint8))
    wander = np.asarray(small.resize(picture.size, Image.Resampling.BICUBIC), dtype=np.float32) / 255
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(FINE * dice.uniform(0.05, 0.14))), dtype=np.float32) / 255
    return np.clip((soft - 0.5 + (wander - 0.5) * dice.uniform(0.1, 0.5)) * 6 + 0.5, 0, 1)


# --- pressed ---------------------------------------------------------------------------------------------------------------

MANNERS = ("even", "worn", "wet", "tilted", "starved", "rolled")


def pressed(imprint: Imprint, per_mm: float, dice: random.Random) -> tuple[Array, float]:
    """How much ink lies where, 0 to 1, turned, at the scale of the page; and the mean of it where the rubber is."""
    rubber = imprint.chop.alpha
    noise = np.random.default_rng(dice.randrange(2**32))
    inked = rubber * _spread(imprint.manner, rubber.shape, noise, dice)
    strength = imprint.strength * inked
    average = float(strength[rubber > 0.5].mean())
    if imprint.manner == "wet":
        strength = _bled(strength, dice)
    if imprint.double:
        strength = np.maximum(
            strength, 0.6 * np.roll(strength, (round(dice.uniform(0.4, 1.2) * FINE), round(dice.uniform(-1.2, 1.2) * FINE)), (0, 1))
        )
    picture = Image.fromarray((np.pad(strength, 2 * FINE) * 255).astype(np.uint8)).rotate(
        imprint.angle, Image.Resampling.BICUBIC, expand=True
    )
    share = per_mm / FINE
    return np.asarray(
        picture.resize((max(1, round(picture.width * share)), max(1, round(picture.height * share))), Image.Resampling.BOX),
        dtype=np.float32,
    ) / 255, average


def _clouds(shape: tuple[int, ...], cells: int, noise: np.random.Generator) -> Array:
    """Soft noise, 0 to 1, of so many cells across."""
    small = Image.fromarray((noise.random((max(2, cells * shape[0] // shape[1]), cells)) * 255).astype(np.uint8))
    large = small.resize((shape[1], shape[0]), Image.Resampling.BICUBIC).filter(ImageFilter.BoxBlur(0.45 * shape[1] / cells))
    return np.clip((np.asarray(large, dtype=np.float32) / 255 - 0.5) * 1.5 + 0.5, 0, 1)


def _spread(manner: str, shape: tuple[int, ...], noise: np.random.Generator, dice: random.Random) -> Array:
    """How the ink takes: 0 to 1 over the rubber."""
    grain = 0.75 + 0.25 * _clouds(shape, 160, noise)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / shape[1] - 0.5
    turn = dice.uniform(0, 2 * math.pi)
    slope = x * math.cos(turn) + y * math.sin(turn)
    match manner:
        case "worn":
            return grain * np.clip((_clouds(shape, 26, noise) - 0.28) * 4, 0.12, 1)
        case "tilted":
            return grain * np.clip(0.62 + slope * 0.95, 0.12, 1)
        case "starved":
            return (
                grain * np.clip((_clouds(shape, 9, noise) - 0.2) * 2.2, 0.1, 1) * np.clip((_clouds(shape, 120, noise) - 0.2) * 2.4, 0.15, 1)
            )
        case "rolled":
            return grain * np.clip(1.15 - (np.abs(slope) * 2) ** 2, 0.25, 1)
        case "wet":
            return np.ones(shape, np.float32)
    return grain


def _bled(strength: Array, dice: random.Random) -> Array:
    """Too much ink: lines run wide and small gaps fill."""
    picture = Image.fromarray((strength * 255).astype(np.uint8))
    wide = np.asarray(picture.filter(ImageFilter.GaussianBlur(FINE * dice.uniform(0.12, 0.28))), dtype=np.float32) / 255
    return np.minimum(np.maximum(strength, wide * 1.5), max(float(strength.max()), 0.01))
