"""Small pages for the tests of this folder, drawn by Pillow alone: strokes stand for glyphs, so that no font is needed."""

import math
import random
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

RED, DARK_RED, ORANGE, PURPLE = (205, 25, 35), (150, 20, 25), (225, 90, 40), (185, 30, 95)
Point = tuple[float, float]


def paper(dpi: float = 150, size: Point = (210, 297), tint: tuple[int, int, int] = (250, 249, 247)) -> Image.Image:
    """An empty sheet of `size` millimetres."""
    return Image.new("RGB", (round(size[0] * dpi / 25.4), round(size[1] * dpi / 25.4)), tint)


def glyph(draw: ImageDraw.ImageDraw, at: Point, side: float, fill: object, dice: random.Random) -> None:
    """Some strokes in a square around a point, about as black as a Chinese character."""
    half, wide = side * 0.44, max(1, round(side * 0.09))
    for _ in range(3):
        y = at[1] + dice.uniform(-half, half)
        draw.line((at[0] - half, y, at[0] + half, y + dice.uniform(-1, 1)), fill=fill, width=wide)
    for _ in range(2):
        x = at[0] + dice.uniform(-half, half)
        draw.line((x, at[1] - half, x + dice.uniform(-half, half) / 2, at[1] + half), fill=fill, width=wide)


def written(
    page: Image.Image, top: float = 0.1, lines: int = 24, side: float = 5.0, fill: object = (30, 30, 34), left: float = 0.14, seed: int = 1
) -> Image.Image:
    """Lines of strokes from `top` (a share of the height), `side` millimetres high on A4."""
    draw, dice, px = ImageDraw.Draw(page), random.Random(seed), max(page.size) / 297
    for line in range(lines):
        y = page.height * top + line * side * 1.75 * px
        end = page.width * (1 - left) - (dice.random() < 0.3) * dice.uniform(0, page.width * 0.4)
        x = page.width * left
        while x < end and y < page.height * 0.93:
            glyph(draw, (x, y), side * px, fill, dice)
            x += side * px * 1.06
    return page


def imprint(
    across: float, letters: int = 12, ink: tuple[int, int, int] = RED, shape: str = "round", seed: int = 1, star: bool = True, high: float = 0.13
) -> Image.Image:
    """A seal `across` pixels wide as RGBA, drawn four times as large first: a line around, letters along it, `high` as a share of it, a star."""
    dice, big = random.Random(seed), round(across * 4)
    tall = round(big * 0.667) if shape == "oval" else big
    seal = Image.new("RGBA", (big, tall), (*ink, 0))
    draw, wide = ImageDraw.Draw(seal), round(big * 0.028)
    if shape == "square":
        draw.rectangle((0, 0, big - 1, big - 1), outline=(*ink, 255), width=round(big * 0.05))
        for x, y in ((0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7)):
            glyph(draw, (x * big, y * big), big * 0.36, (*ink, 255), dice)
        return seal.resize((round(across), round(across)), Image.Resampling.LANCZOS)
    draw.ellipse((0, 0, big - 1, tall - 1), outline=(*ink, 255), width=wide)
    side, span = tall * high, min(270.0, 24.0 * letters)
    for number in range(letters):
        turn = math.radians((number - (letters - 1) / 2) * span / max(letters - 1, 1))
        sign = Image.new("RGBA", (round(side * 1.5),) * 2, (*ink, 0))
        glyph(ImageDraw.Draw(sign), (sign.width / 2,) * 2, side, (*ink, 255), dice)
        sign = sign.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
        x, y = big / 2 + (big / 2 - wide - side * 0.75) * math.sin(turn), tall / 2 - (tall / 2 - wide - side * 0.75) * math.cos(turn)
        seal.alpha_composite(sign, (max(0, round(x - sign.width / 2)), max(0, round(y - sign.height / 2))))
    if star:
        arm = tall * 0.16
        points = [(big / 2 + r * math.sin(k * math.pi / 5), tall / 2 - r * math.cos(k * math.pi / 5)) for k in range(10) for r in ((arm, arm * 0.4)[k % 2],)]
        draw.polygon(points, fill=(*ink, 255))
    return seal.resize((round(across), round(across * tall / big)), Image.Resampling.LANCZOS)


def stamped(
    page: Image.Image, at: Point, millimetres: float = 42, strength: float = 0.85, turn: float = 0, dry: float = 0, leant: float = 0, **how: object
) -> Image.Image:
    """A seal pressed onto the page with its centre at shares of width and height: ink is multiplied onto what is there.
    `dry`: 0 to 1, how patchy. `leant`: the share of it, on its right, across which the ink fades to nothing."""
    mark = imprint(millimetres * max(page.size) / 297, **how).rotate(turn, Image.Resampling.BICUBIC, expand=True)  # type: ignore[arg-type]
    cover = np.asarray(mark.getchannel("A")).astype(float) / 255 * strength
    if dry:
        grain = Image.fromarray(np.random.default_rng(7).integers(0, 256, (14, 14), dtype=np.uint8)).resize(mark.size, Image.Resampling.BICUBIC)
        cover *= np.clip(1.4 - dry * np.asarray(grain) / 128, 0.1, 1)
    if leant:
        cover *= np.clip((1 - np.linspace(0, 1, mark.width)) / leant, 0, 1)
    ink = np.asarray(mark.convert("RGB")).astype(float)[:, :, :3] / 255
    ink = np.array(how.get("ink", RED)) / 255 * np.ones_like(ink)
    x, y = round(at[0] * page.width - mark.width / 2), round(at[1] * page.height - mark.height / 2)
    box = (max(x, 0), max(y, 0), min(x + mark.width, page.width), min(y + mark.height, page.height))
    under = np.asarray(page.crop(box)).astype(float)
    part = (slice(box[1] - y, box[3] - y), slice(box[0] - x, box[2] - x))
    page.paste(Image.fromarray((under * (1 - cover[part][..., None] * (1 - ink[part]))).astype(np.uint8)), box[:2])
    return page


def scanned(page: Image.Image, tilt: float = 0.7, blur: float = 0.6, noise: float = 4, quality: int = 75) -> Image.Image:
    """What a scanner and JPEG make of it."""
    page = page.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=(250, 249, 247)).filter(ImageFilter.GaussianBlur(blur))
    grain = np.random.default_rng(3).normal(0, noise, (page.height, page.width, 3))
    page = Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8))
    return Image.open(BytesIO(saved(page, "JPEG", quality=quality))).convert("RGB")


def saved(page: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    buffer = BytesIO()
    page.save(buffer, kind, **how)  # type: ignore[arg-type]
    return buffer.getvalue()
