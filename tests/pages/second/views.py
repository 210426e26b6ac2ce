"""How a sheet becomes a picture: a scanner with a binding shadow, a fax, a phone over a desk, a phone held close, an app that brightens.

A view answers the picture, the matrix from pixels of the sheet to pixels of the picture, and whether a desk is seen around the sheet.
"""

import io
import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.pages.second.chops import Array

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class View:
    """`where`: what was around the sheet."""

    picture: Image.Image
    matrix: Array
    desk: bool
    where: str


def view(hand: str, sheet: Array, mm: float, dice: random.Random) -> View:
    return {"scanner": _scanned, "app": _brightened, "phone": _on_desk, "close": _held_close}[hand](sheet, mm, dice)


def _picture(sheet: Array) -> Image.Image:
    return Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8))


def _matrix(corners: Points, goals: Points) -> Array:
    """The projective matrix that takes four corners to their goals."""
    lines, sides = [], []
    for (x, y), (u, v) in zip(corners, goals, strict=True):
        lines += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        sides += [u, v]
    return np.append(np.linalg.solve(np.array(lines), np.array(sides)), 1).reshape(3, 3)


def _corners(wide: float, high: float) -> Points:
    return [(0, 0), (wide, 0), (wide, high), (0, high)]


def _warped(picture: Image.Image, matrix: Array, size: tuple[int, int], ground: Image.Image) -> Image.Image:
    """The picture through the matrix, on a ground of that size."""
    back = np.linalg.inv(matrix)
    eight = tuple((back / back[2, 2]).ravel()[:8])
    moved = picture.transform(size, Image.Transform.PERSPECTIVE, eight, Image.Resampling.BICUBIC)
    cover = Image.new("L", picture.size, 255).transform(size, Image.Transform.PERSPECTIVE, eight, Image.Resampling.BILINEAR)
    return Image.composite(moved, ground, cover)


def _scanned(sheet: Array, mm: float, dice: random.Random) -> View:
    high, wide = sheet.shape[:2]
    turn = math.radians(dice.gauss(0, 1.1))
    shift = (dice.uniform(-2, 2) * mm, dice.uniform(-2, 2) * mm)
    cos, sin = math.cos(turn), math.sin(turn)
    middle = (wide / 2, high / 2)
    away = [(x - middle[0], y - middle[1]) for x, y in _corners(wide, high)]
    goals = [(middle[0] + cos * x - sin * y + shift[0], middle[1] + sin * x + cos * y + shift[1]) for x, y in away]
    matrix, lid = _matrix(_corners(wide, high), goals), dice.choice((250, 244, 60, 25))
    scan = np.asarray(_warped(_picture(sheet), matrix, (wide, high), Image.new("RGB", (wide, high), (lid,) * 3)), dtype=np.float32).copy()
    flaw = dice.choices(("", "binding", "fax", "streaks"), (45, 22, 13, 20))[0]
    x = np.arange(wide, dtype=np.float32)
    if flaw == "binding":
        scan *= (1 - 0.7 * np.exp(-x / (dice.uniform(5, 12) * mm)))[None, :, None]
    elif flaw == "streaks":
        for _ in range(dice.randint(1, 4)):
            left = dice.randrange(wide)
            scan[:, left : left + dice.randint(1, 2)] *= dice.choice((0.6, 0.8, 1.2))
    elif flaw == "fax":
        scan = _faxed(scan, dice)
    scan += np.random.default_rng(dice.randrange(2**32)).normal(0, dice.uniform(1, 5), scan.shape[:2])[..., None]
    return View(_picture(scan).filter(ImageFilter.GaussianBlur(dice.uniform(0, 0.6))), matrix, False, flaw or "glass")


def _faxed(scan: Array, dice: random.Random) -> Array:
    """Coarse lines down the page, some of them lost."""
    coarse = np.repeat(scan[::2], 2, axis=0)[: scan.shape[0]]
    for _ in range(dice.randint(2, 6)):
        y = dice.randrange(scan.shape[0])
        coarse[y : y + 2] = dice.choice((255, 120))
    return coarse


def _brightened(sheet: Array, mm: float, dice: random.Random) -> View:
    """An app flattened the page and made white whiter: faint things go."""
    close = _held_close(sheet, mm, dice, straight=True)
    seen = np.asarray(close.picture, dtype=np.float32)
    small = close.picture.resize((max(8, close.picture.width // 24), max(8, close.picture.height // 24)), Image.Resampling.BOX).filter(
        ImageFilter.MaxFilter(5)
    )
    ground = np.asarray(small.resize(close.picture.size, Image.Resampling.BICUBIC), dtype=np.float32)
    flat = seen / np.maximum(ground, 40) * 255
    limit = dice.uniform(205, 240)
    return View(_picture((flat - 25) * 255 / (limit - 25)), close.matrix, False, "app")


def _held_close(sheet: Array, mm: float, dice: random.Random, straight: bool = False) -> View:
    """The sheet fills the picture, its edges mostly outside."""
    high, wide = sheet.shape[:2]
    most = 0.008 if straight else 0.03
    goals = []
    for x, y in _corners(wide, high):
        dx, dy = dice.uniform(-most, most * 0.4) * wide, dice.uniform(-most, most * 0.4) * high
        goals.append((x + dx * (1 if x == 0 else -1), y + dy * (1 if y == 0 else -1)))
    matrix = _matrix(_corners(wide, high), goals)
    shot = np.asarray(_warped(_picture(sheet), matrix, (wide, high), Image.new("RGB", (wide, high), (96, 84, 74))), dtype=np.float32)
    return View(_picture(_lit(shot, dice, strong=not straight)), matrix, False, "hand")


def _on_desk(sheet: Array, mm: float, dice: random.Random) -> View:
    high, wide = sheet.shape[:2]
    size = (round(wide * dice.uniform(1.15, 1.4)), round(high * dice.uniform(1.12, 1.35)))
    turn = math.radians(dice.gauss(0, 4) + dice.choice((0, 0, 0, 0, 8, -8)))
    goals = []
    for x, y in _corners(wide, high):
        dx, dy = (x - wide / 2) * dice.uniform(0.93, 1), (y - high / 2) * dice.uniform(0.94, 1)
        goals.append((size[0] / 2 + dx * math.cos(turn) - dy * math.sin(turn), size[1] / 2 + dx * math.sin(turn) + dy * math.cos(turn)))
    matrix = _matrix(_corners(wide, high), goals)
    ground, where = _desk(size, goals, dice)
    shot = _warped(_picture(sheet), matrix, size, ground)
    if dice.random() < 0.25:
        _fingers(shot, goals, dice)
        where += "+fingers"
    return View(
        _picture(_lit(np.asarray(shot, dtype=np.float32), dice, strong=True)).filter(ImageFilter.GaussianBlur(dice.uniform(0.2, 0.9))),
        matrix,
        True,
        where,
    )


def _desk(size: tuple[int, int], goals: Points, dice: random.Random) -> tuple[Image.Image, str]:
    where = dice.choice(("oak", "slate", "cloth", "reddish", "pale"))
    colour = {"oak": (166, 124, 82), "slate": (72, 76, 82), "cloth": (58, 92, 72), "reddish": (112, 52, 44), "pale": (206, 204, 198)}[where]
    noise = np.random.default_rng(dice.randrange(2**32))
    grain = noise.normal(0, 9, (size[1], 1, 1)) + noise.normal(0, 4, (size[1], size[0], 1))
    ground = _picture(np.array(colour, np.float32) + grain.astype(np.float32))
    draw = ImageDraw.Draw(ground)
    if dice.random() < 0.3:  # another sheet below, and its shadow
        dx, dy = dice.uniform(-0.08, 0.08) * size[0], dice.uniform(0.02, 0.08) * size[1]
        draw.polygon([(x + dx, y + dy) for x, y in goals], fill=(214, 212, 206))
        for k in range(24):
            y = goals[3][1] + dy - k * size[1] * 0.02
            draw.line((goals[0][0] + dx + 0.1 * size[0], y, goals[1][0] + dx - 0.1 * size[0], y), (120, 120, 120), 2)
        where += "+sheet"
    draw.line([(x + 4, y + 5) for x, y in (*goals, goals[0])], tuple(round(c * 0.55) for c in colour), 9)
    return ground.filter(ImageFilter.GaussianBlur(2)), where


def _fingers(shot: Image.Image, goals: Points, dice: random.Random) -> None:
    """One or two fingers hold the sheet at its left or right edge."""
    right = dice.random() < 0.5
    (x0, y0), (x1, y1) = (goals[1], goals[2]) if right else (goals[0], goals[3])
    draw, thick = ImageDraw.Draw(shot), shot.width * 0.045
    for share in dice.sample((0.35, 0.45, 0.6, 0.8), dice.randint(1, 2)):
        x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
        tip = x - thick * 1.2 if right else x + thick * 1.2
        far = shot.width if right else 0
        draw.line((far, y + thick, tip, y), (206, 158, 132), round(thick))
        draw.ellipse((tip - thick / 2, y - thick / 2, tip + thick / 2, y + thick / 2), fill=(212, 164, 140))


def _lit(shot: Array, dice: random.Random, *, strong: bool) -> Array:
    """Light falls off to one side; sometimes a flash, or the shadow of the hand that holds the phone."""
    high, wide = shot.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32) / np.array((high, wide), np.float32)[:, None, None]
    turn = dice.uniform(0, 2 * math.pi)
    light = 1 + (0.28 if strong else 0.1) * dice.random() * ((x - 0.5) * math.cos(turn) + (y - 0.5) * math.sin(turn))
    kind = dice.choices(("", "flash", "shadow"), (60, 20, 20))[0] if strong else ""
    cx, cy = dice.uniform(0.2, 0.8), dice.uniform(0.2, 0.8)
    if kind == "flash":
        light += 0.35 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.035)
    elif kind == "shadow":
        light *= 1 - 0.38 / (1 + np.exp(-((x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)) * 40))
    green = dice.uniform(0.95, 1.0)
    warm = np.array((1, green, green * dice.uniform(0.86, 1.01)), np.float32)
    noise = np.random.default_rng(dice.randrange(2**32)).normal(0, dice.uniform(1.5, 6), (high, wide, 1)).astype(np.float32)
    return shot * light[..., None] * warm * dice.uniform(0.82, 1.02) + noise


# --- afterwards --------------------------------------------------------------------------------------------------------------


def recompressed(picture: Image.Image, quality: int) -> Image.Image:
    """Once through JPEG, as each forwarding does."""
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return Image.open(kept).convert("RGB")


def decoloured(picture: Image.Image, colour: str, dice: random.Random) -> Image.Image:
    """In grey; or black-and-white, dithered or by one limit."""
    if colour == "grey":
        return picture.convert("L")
    if colour == "black":
        grey = picture.convert("L")
        if dice.random() < 0.35:
            return grey.convert("1")  # dithered
        limit = dice.randint(140, 190)
        return grey.point([0] * limit + [255] * (256 - limit)).convert("1")
    return picture
