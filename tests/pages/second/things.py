"""What lies on a sheet beside its print: kinds of paper, things in red that are no seal, and what an office does to paper.

Sheets are float arrays [height, width, 3] of 0 to 255. Every thing in red tells its box in pixels, and two names: the group under which the
tables count it, and what it is.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.pages.second.chops import Array, emblem, font

Box = tuple[float, float, float, float]
_RED = (206, 30, 40)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in red. `group`: of seal_tables; `kind`: what it is; `box`: pixels of the sheet."""

    group: str
    kind: str
    box: Box


def blended(sheet: Array, ink: Array, colour: tuple[int, int, int], left: int, top: int) -> None:
    """Ink (0 to 1) laid on the sheet in place: what is dark below stays dark."""
    high, wide = sheet.shape[:2]
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + ink.shape[0], high), min(left + ink.shape[1], wide)
    if y0 < y1 and x0 < x1:
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left, None]
        sheet[y0:y1, x0:x1] *= 1 - part * (1 - np.array(colour, np.float32) / 255)


def _drawn(
    sheet: Array,
    wide: float,
    high: float,
    place: tuple[float, float],
    colour: tuple[int, int, int],
    paint: Callable[[ImageDraw.ImageDraw, int, int], None],
    strength: float = 0.9,
    angle: float = 0,
) -> Box:
    """Something painted in one colour on a tile of that size (pixels); its box."""
    tile = Image.new("L", (max(2, round(wide)), max(2, round(high))), 0)
    paint(ImageDraw.Draw(tile), tile.width, tile.height)
    if angle:
        tile = tile.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    left, top = round(place[0]), round(place[1])
    blended(sheet, np.asarray(tile.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float32) / 255 * strength, colour, left, top)
    return (left, top, left + tile.width, top + tile.height)


# --- things in red -----------------------------------------------------------------------------------------------------------


def _urgent(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    def paint(draw: ImageDraw.ImageDraw, wide: int, high: int) -> None:
        draw.rectangle((1, 1, wide - 2, high - 2), outline=255, width=max(2, round(0.7 * mm)))
        draw.text((wide / 2, high / 2), words, 255, font("Noto Sans CJK SC", "Bold", round(high * 0.62)), "mm")

    words = dice.choice(("特急", "加 急", "已归档"))
    return _drawn(sheet, 34 * mm, 13 * mm, at, _RED, paint, dice.uniform(0.5, 0.95), dice.uniform(-12, 12))


def _note(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    words = dice.choice(("请李股长阅处", "同意上报", "已核对 无误"))
    letters = font("AR PL UKai CN", "Book", round(7 * mm))
    return _drawn(
        sheet,
        8 * mm * len(words),
        10 * mm,
        at,
        (220, 40, 50),
        lambda d, w, h: d.text((w / 2, h / 2), words, 255, letters, "mm"),
        0.85,
        dice.uniform(-8, 14),
    )


def _signature(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    def paint(draw: ImageDraw.ImageDraw, wide: int, high: int) -> None:
        points = [
            (wide * (0.05 + 0.9 * k / 40) + dice.gauss(0, wide * 0.03), high * (0.5 + 0.42 * math.sin(k * 1.7 + dice.random())))
            for k in range(41)
        ]
        draw.line(points, 255, max(1, round(0.5 * mm)), "curve")

    return _drawn(sheet, 34 * mm, 14 * mm, at, (214, 30, 60), paint, 0.9, dice.uniform(-10, 10))


def _flag(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    """A printed photograph of a flag before a sky."""
    wide, high = round(44 * mm), round(30 * mm)
    photo = Image.new("RGB", (wide, high), (150, 190, 225))
    draw = ImageDraw.Draw(photo)
    draw.polygon(
        [
            (wide * 0.12, high * 0.15),
            (wide * 0.55, high * 0.25),
            (wide * 0.92, high * 0.12),
            (wide * 0.9, high * 0.7),
            (wide * 0.5, high * 0.82),
            (wide * 0.12, high * 0.72),
        ],
        fill=(205, 24, 28),
    )
    draw.ellipse((wide * 0.2, high * 0.25, wide * 0.32, high * 0.43), fill=(240, 205, 40))
    draw.line((wide * 0.12, high * 0.05, wide * 0.12, high), (90, 90, 90), max(1, round(mm)))
    return _pasted(sheet, photo, at)


def _bars(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    wide, high = round(60 * mm), round(36 * mm)
    chart = Image.new("RGB", (wide, high), (255, 255, 255))
    draw = ImageDraw.Draw(chart)
    for k in range(7):
        top = high * dice.uniform(0.1, 0.8)
        draw.rectangle(
            (wide * (0.06 + k * 0.13), top, wide * (0.15 + k * 0.13), high - mm), fill=(200, 50, 40) if k % 2 else (235, 140, 120)
        )
    draw.line((wide * 0.03, high - mm, wide, high - mm), (60, 60, 60), 2)
    return _pasted(sheet, chart, at)


def _pasted(sheet: Array, photo: Image.Image, at: tuple[float, float]) -> Box:
    left, top = round(at[0]), round(at[1])
    part = sheet[top : top + photo.height, left : left + photo.width]
    part *= np.asarray(photo, dtype=np.float32)[: part.shape[0], : part.shape[1]] / 255
    return (left, top, left + photo.width, top + photo.height)


def _company(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    """A company's round logo: a full disc or a ring, something simple in it, no words around."""
    full = dice.random() < 0.5

    def paint(draw: ImageDraw.ImageDraw, wide: int, high: int) -> None:
        draw.ellipse((0, 0, wide - 1, high - 1), fill=255 if full else None, outline=255, width=max(2, round(1.6 * mm)))
        draw.text(
            (wide / 2, high / 2), dice.choice("康药安和"), 0 if full else 255, font("Noto Sans CJK SC", "Black", round(high * 0.55)), "mm"
        )

    size = dice.uniform(14, 26) * mm
    return _drawn(sheet, size, size, at, (218, 20, 30), paint, 0.95)


def _badge(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    """The emblem of the state as printed over a letter's head, small."""
    size = dice.uniform(15, 22) * mm
    return _drawn(sheet, size, size, at, (222, 30, 24), lambda d, w, h: emblem(d, w / 2, h / 2, w * 0.45), 0.95)


def _pen_circle(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    def paint(draw: ImageDraw.ImageDraw, wide: int, high: int) -> None:
        points = [
            (
                wide * (0.5 + (0.43 + 0.04 * math.sin(k / 5)) * math.cos(k / 8)),
                high * (0.5 + (0.4 + 0.05 * math.cos(k / 9)) * math.sin(k / 8)),
            )
            for k in range(54)
        ]
        draw.line(points, 255, max(1, round(0.6 * mm)), "curve")

    return _drawn(sheet, dice.uniform(12, 40) * mm, dice.uniform(9, 24) * mm, at, (226, 36, 48), paint, 0.85, dice.uniform(-20, 20))


def _finger(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    wide, high = round(15 * mm), round(21 * mm)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    far = np.hypot((x / wide - 0.5) * 2, (y / high - 0.5) * 2)
    lines = 0.5 + 0.5 * np.sin(np.hypot(x - wide * 0.5, (y - high * 0.62) * 0.8) / mm * 2 * math.pi / 0.9 + np.sin(x / mm) * 0.8)
    blended(
        sheet,
        np.clip((1 - far) * 3, 0, 1) * np.clip(lines * 1.5 - 0.2, 0, 1) * dice.uniform(0.5, 0.9),
        (200, 30, 34),
        round(at[0]),
        round(at[1]),
    )
    return (at[0], at[1], at[0] + wide, at[1] + high)


def _code(sheet: Array, mm: float, at: tuple[float, float], dice: random.Random) -> Box:
    """A QR-like code in red."""
    cells = np.random.default_rng(dice.randrange(2**32)).random((29, 29)) < 0.5
    for y, x in ((0, 0), (0, 22), (22, 0)):
        cells[y : y + 7, x : x + 7] = True
        cells[y + 1 : y + 6, x + 1 : x + 6] = False
        cells[y + 2 : y + 5, x + 2 : x + 5] = True
    size = round(dice.uniform(20, 32) * mm)
    tile = Image.fromarray(cells.astype(np.uint8) * 255).resize((size, size), Image.Resampling.NEAREST)
    blended(sheet, np.asarray(tile, dtype=np.float32) / 255 * 0.95, (208, 20, 32), round(at[0]), round(at[1]))
    return (at[0], at[1], at[0] + size, at[1] + size)


THINGS: dict[str, tuple[str, Callable[[Array, float, tuple[float, float], random.Random], Box]]] = {
    "urgent": ("red-frame", _urgent), "note": ("red-text", _note), "signature": ("signature", _signature), "flag": ("logo", _flag),
    "bars": ("bars", _bars), "company": ("ring-logo", _company), "badge": ("logo", _badge), "pen-circle": ("pen-circle", _pen_circle),
    "finger": ("thumb", _finger), "code": ("logo", _code),
}  # fmt: skip


def put(kind: str, sheet: Array, mm: float, taken: list[Box], dice: random.Random) -> Thing | None:
    """The thing on the emptiest of some free places of the sheet; None where there is none."""
    high, wide = sheet.shape[:2]
    across, down = 66 * mm, 42 * mm
    places = [(dice.uniform(8 * mm, wide - across - 4 * mm), dice.uniform(8 * mm, high - down - 4 * mm)) for _ in range(24)]
    free = [(x, y) for x, y in places if not any(x < b[2] and b[0] < x + across and y < b[3] and b[1] < y + down for b in taken)]
    if not free:
        return None
    group, paint = THINGS[kind]
    at = max(free, key=lambda p: float(sheet[round(p[1]) : round(p[1] + down) : 3, round(p[0]) : round(p[0] + across) : 3].mean()))
    return Thing(group, kind, paint(sheet, mm, at, dice))


# --- paper -------------------------------------------------------------------------------------------------------------------

PAPERS = {
    "white": (252, 252, 250),
    "bright": (255, 255, 255),
    "yellowish": (248, 242, 224),
    "old": (234, 220, 190),
    "recycled": (222, 222, 216),
    "lined": (252, 252, 248),
    "red-grid": (252, 250, 246),
}


def papered(printed: Array, paper: str, mm: float, noise: np.random.Generator) -> Array:
    """The print on its paper, with rules where the paper has them."""
    sheet = printed * (np.array(PAPERS[paper], np.float32) / 255)
    if paper == "recycled":
        specks = noise.random(sheet.shape[:2]) < 0.0015
        sheet[specks] *= 0.6
    if paper in ("lined", "red-grid"):
        colour = np.array((120, 150, 215) if paper == "lined" else (226, 90, 90), np.float32) / 255
        for y in np.arange(30 * mm, sheet.shape[0] - 20 * mm, 9 * mm):
            sheet[round(y) : round(y) + max(1, round(0.2 * mm)), round(18 * mm) : round(-18 * mm)] *= colour
        if paper == "red-grid":
            for x in (18 * mm, sheet.shape[1] - 18 * mm):
                sheet[round(30 * mm) : round(-20 * mm), round(x) : round(x + 0.6 * mm) + 1] *= colour
    return sheet


# --- what an office does to it -------------------------------------------------------------------------------------------------


def _staple(sheet: Array, mm: float, dice: random.Random) -> None:
    x, y = round(dice.uniform(6, 11) * mm), round(dice.uniform(6, 14) * mm)
    sheet[y : y + max(2, round(0.6 * mm)), x : x + round(11 * mm)] *= 0.45
    sheet[y + round(0.8 * mm) : y + round(1.4 * mm), x : x + round(11 * mm)] *= 0.8


def _holes(sheet: Array, mm: float, dice: random.Random) -> None:
    for share in (0.36, 0.64):
        y, x, r = round(sheet.shape[0] * share), round(9 * mm), round(2.8 * mm)
        grid = np.hypot(*np.ogrid[-r : r + 1, -r : r + 1])
        sheet[y - r : y + r + 1, x - r : x + r + 1][grid < r] *= dice.uniform(0.15, 0.6)


def _creased(sheet: Array, mm: float, dice: random.Random) -> None:
    for share in dice.choice(((0.5,), (0.33, 0.66))):
        y = np.arange(sheet.shape[0]) - sheet.shape[0] * share
        sheet *= (1 - 0.22 * np.exp(-((y / (0.4 * mm)) ** 2)) + 0.05 * np.tanh(y / (8 * mm)) * np.exp(-((y / (25 * mm)) ** 2)))[
            :, None, None
        ].astype(np.float32)


def _coffee(sheet: Array, mm: float, dice: random.Random) -> None:
    """The ring a cup leaves, brown, with a thicker edge on one side."""
    y, x = np.ogrid[0 : sheet.shape[0], 0 : sheet.shape[1]]
    cy, cx, radius = dice.uniform(0.2, 0.8) * sheet.shape[0], dice.uniform(0.2, 0.8) * sheet.shape[1], dice.uniform(34, 42) * mm
    far, turn = np.hypot(y - cy, x - cx), np.arctan2(y - cy, x - cx)
    ring = np.exp(-(((far - radius) / (1.1 * mm)) ** 2)) * (0.55 + 0.45 * np.cos(turn - 1)) + 0.06 * (far < radius)
    sheet *= 1 - ring[..., None].astype(np.float32) * (1 - np.array((160, 112, 66), np.float32) / 255) * 0.75


def _carbon(sheet: Array, mm: float, dice: random.Random) -> None:
    """Blue smears of carbon paper."""
    for _ in range(dice.randint(2, 5)):
        y, x = dice.randrange(sheet.shape[0]), dice.randrange(sheet.shape[1])
        ink = Image.new("L", (round(dice.uniform(25, 70) * mm), round(dice.uniform(2, 9) * mm)), 0)
        ImageDraw.Draw(ink).ellipse((4, 2, ink.width - 4, ink.height - 2), fill=90)
        blended(sheet, np.asarray(ink.filter(ImageFilter.GaussianBlur(mm)), dtype=np.float32) / 255, (60, 70, 150), x, y)


WEAR: dict[str, Callable[[Array, float, random.Random], Any]] = {
    "staple": _staple,
    "holes": _holes,
    "creased": _creased,
    "coffee": _coffee,
    "carbon": _carbon,
}
