"""A leaf of paper as it lies on the table: printed, stamped, with whatever else is on it. Measures in mm from its top left corner."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from tests.pages import marks
from tests.pages.printing import Sheet
from tests.pages.stamps import Stamp, imprint, pressure

Points = list[tuple[float, float]]

INKS = {  # reds of inks and pads, as they dry on white paper
    "red": (206, 32, 40), "bright": (228, 44, 50), "crimson": (188, 18, 60), "orange": (222, 74, 38), "dark": (160, 22, 34),
    "pink": (226, 70, 98), "vermilion": (216, 52, 30),
}  # fmt: skip
PAPERS = {
    "white": (253, 253, 252),
    "bright": (255, 255, 255),
    "yellowish": (250, 245, 228),
    "old": (240, 230, 204),
    "recycled": (226, 224, 216),
}


@dataclass(frozen=True, slots=True)
class Press:
    """One stamping: which seal, with how much ink, where. `strength` 0 to 1: the most ink that one spot takes."""

    stamp: Stamp
    unit: str | None  # of the roster; None: an outsider's
    ink: str
    strength: float
    patchy: float
    double: bool
    angle: float
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Printed:
    """A press as it came out. `outline`: points around it in mm. `strength`: the ink that is there on average over the seal's lines."""

    press: Press
    outline: Points
    strength: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """`picture`: RGB, at `per_mm` pixels a millimetre. `marks`: what looks like a seal and is none, with its box in mm."""

    picture: Image.Image
    per_mm: float
    seals: tuple[Printed, ...]
    marks: tuple[marks.Mark, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """The paper it is printed on. `toner`: how dark black is. `through`: how much the back page shows (0 to 1)."""

    paper: str
    toner: int
    through: float
    creases: int


def lay(sheet: Sheet, per_mm: float, stock: Stock, presses: Sequence[Press], wanted: Sequence[str], seed: str) -> Leaf:
    """The sheet printed on that stock, with those seals and those marks on it."""
    dice, chance = random.Random(seed), np.random.default_rng(random.Random(seed).randrange(2**32))
    picture = sheet.picture(per_mm * 25.4)
    picture = picture.point(lambda v: stock.toner + v * (255 - stock.toner) // 255)
    if stock.through:
        _show_through(picture, stock.through)
    drawn = []
    for name in wanted:
        picture, mark = marks.drawn(name, picture, per_mm, [p.centre for p in presses], dice)
        drawn.append(mark)
    seals = tuple(_pressed(picture, press, per_mm, chance) for press in presses)
    picture = ImageChops.multiply(picture, _stock(picture.size, stock, per_mm, dice, chance))
    return Leaf(picture, per_mm, seals, tuple(drawn))


def _show_through(picture: Image.Image, share: float) -> None:
    """Another page printed on the back, mirrored and faint."""
    back = ImageOps.flip(ImageOps.mirror(picture.convert("L"))).filter(ImageFilter.BoxBlur(3))
    faint = back.point(lambda v: 255 - round((255 - v) * share)).convert("RGB")
    picture.paste(ImageChops.multiply(picture, faint))


def _stock(size: tuple[int, int], stock: Stock, per_mm: float, dice: random.Random, chance: np.random.Generator) -> Image.Image:
    """The bare paper: its colour, its fibres, its folds."""
    rough = 10 if stock.paper == "recycled" else 3
    fibres = Image.fromarray((255 - chance.random((size[1] // 6 + 1, size[0] // 6 + 1)) * rough).astype(np.uint8)).resize(size)
    draw = ImageDraw.Draw(fibres)
    for number in range(stock.creases):
        along = (number + 1) / (stock.creases + 1) * size[1] + dice.uniform(-5, 5) * per_mm
        lean = dice.uniform(-1, 1) * per_mm
        draw.line((0, along - lean, size[0], along + lean), fill=dice.randint(205, 232), width=max(1, round(0.5 * per_mm)))
        draw.line((0, along - lean + per_mm, size[0], along + lean + per_mm), fill=246, width=max(1, round(1.2 * per_mm)))
    return ImageChops.multiply(Image.new("RGB", size, PAPERS[stock.paper]), fibres.convert("RGB"))


def _pressed(picture: Image.Image, press: Press, per_mm: float, chance: np.random.Generator) -> Printed:
    """Presses a seal onto the picture: its ink multiplies with what is there. What lies beyond the edge is lost."""
    bare = imprint(press.stamp, per_mm, press.angle, press.double, chance)
    ink = bare * pressure(bare.shape, press.patchy, per_mm, chance) * press.strength
    high, wide = ink.shape
    left, top = round(press.centre[0] * per_mm - wide / 2), round(press.centre[1] * per_mm - high / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(picture.width, left + wide), min(picture.height, top + high)
    spot = ink[y0 - top : y1 - top, x0 - left : x1 - left, None]
    below = np.asarray(picture.crop((x0, y0, x1, y1)), dtype=np.float32)
    colour = np.asarray(INKS[press.ink], dtype=np.float32) / 255
    picture.paste(Image.fromarray((below * (1 - spot * (1 - colour))).astype(np.uint8)), (x0, y0))
    return Printed(press, outline(press), float(ink.sum() / max(bare.sum(), 1)))


def outline(press: Press) -> Points:
    """Points on the seal's rim, in mm."""
    half = press.stamp.millimetres / 2
    turn = -np.radians(press.angle)
    if press.stamp.shape == "square":
        flat = [(half * x, half * y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    else:
        low = half if press.stamp.shape == "round" else half * 2 / 3
        flat = [(half * float(np.cos(t)), low * float(np.sin(t))) for t in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    return [
        (
            press.centre[0] + x * float(np.cos(turn)) - y * float(np.sin(turn)),
            press.centre[1] + x * float(np.sin(turn)) + y * float(np.cos(turn)),
        )
        for x, y in flat
    ]
