"""How a leaf of paper becomes a picture: a scanner, a phone's scanning app, a phone over a desk, a phone close by, a photo of a screen."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.pages.leaf import Leaf

Matrix = NDArray[np.float64]
Light = NDArray[np.float64]  # how bright it is over the picture, on a small grid
_GRID: tuple[Light, Light] = tuple(np.mgrid[0:1:96j, 0:1:96j])

DESKS = {
    "oak": (178, 134, 88), "mahogany": (98, 40, 28), "walnut": (84, 58, 42), "grey": (150, 150, 152), "white": (226, 226, 224),
    "black": (38, 38, 42), "green-cloth": (52, 92, 66), "red-cloth": (150, 40, 46), "blue-folder": (50, 78, 140),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shot:
    """An upright picture of a leaf. `matrix` takes pixels of the leaf to pixels of the picture. `desk`: more than paper is to be seen.

    `where`: the desk, the light, for the table of measures."""

    picture: Image.Image
    matrix: Matrix
    desk: bool
    where: str


def scanner(leaf: Leaf, dice: random.Random) -> Shot:
    """A flatbed or a feeder: a little askew, dust, streaks, a dark edge."""
    picture, matrix = _askew(leaf, dice.gauss(0, 0.9), dice)
    picture = picture.filter(ImageFilter.BoxBlur(dice.uniform(0.2, 1.2)))
    draw = ImageDraw.Draw(picture)
    for _ in range(dice.choice((0, 0, 5, 25, 70))):
        x, y, r = dice.randrange(picture.width), dice.randrange(picture.height), dice.uniform(0.05, 0.25) * leaf.per_mm
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(dice.randint(40, 140),) * 3)
    for _ in range(dice.choices((0, 1, 3), (80, 14, 6))[0]):
        x = dice.randrange(picture.width)
        draw.line((x, 0, x, picture.height), fill=(dice.randint(120, 210),) * 3, width=dice.choice((1, 1, 2)))
    if dice.random() < 0.25:
        _edge_shadow(picture, dice)
    return Shot(_grain(picture, dice.uniform(0.5, 5), dice), matrix, desk=False, where="scanner")


def app(leaf: Leaf, dice: random.Random) -> Shot:
    """扫描全能王 and its like: cut out, flattened, and "enhanced" until the paper is white."""
    picture, matrix = _bent(leaf, 0.006, dice)
    picture = _lit(picture, _fall(dice.uniform(0.75, 0.95), dice))
    low, high = dice.randint(20, 80), dice.randint(188, 222)
    picture = picture.point(lambda v: min(255, max(0, (v - low) * 255 // (high - low))))
    picture = picture.filter(ImageFilter.UnsharpMask(2, dice.randint(60, 160), 2))
    return Shot(picture, matrix, desk=False, where="app")


def phone(leaf: Leaf, dice: random.Random) -> Shot:
    """A photo of the page on a desk."""
    wide, high = leaf.picture.size
    size = round(max(wide, high) * dice.uniform(1.0, 1.12)), round(min(wide, high) * dice.uniform(1.05, 1.3))
    size = size if wide > high else size[::-1]
    desk = dice.choices(tuple(DESKS), (20, 14, 12, 14, 10, 10, 6, 4, 10))[0]
    quad = _quad(leaf, size, dice)
    matrix = _homography(_corners(wide, high), quad)
    page = _curled(leaf.picture, dice) if dice.random() < 0.3 else leaf.picture
    picture = _on_desk(page, matrix, _desk(DESKS[desk], size, dice), quad)
    return Shot(_photographed(picture, leaf.per_mm, dice), matrix, desk=True, where=f"phone/{desk}")


def close(leaf: Leaf, dice: random.Random) -> Shot:
    """A photo so close that the page fills the picture; a little of its margin may be lost."""
    picture, matrix = _bent(leaf, 0.02, dice, zoom=dice.uniform(1.0, 1.045))
    return Shot(_photographed(picture, leaf.per_mm, dice), matrix, desk=False, where="close")


def screen(leaf: Leaf, dice: random.Random) -> Shot:
    """A photo of the page on a screen: a window around it, the dark frame, the moiré of two grids."""
    wide, high = leaf.picture.size
    size = (round(wide * 1.3), round(high * 1.16))
    window = Image.new("RGB", size, (dice.randint(90, 200),) * 3)
    draw, bar = ImageDraw.Draw(window), round(high * 0.06)
    draw.rectangle((0, 0, size[0], bar), fill=dice.choice(((43, 87, 154), (240, 240, 240), (33, 115, 70))))
    at = ((size[0] - wide) // 2, bar + round(high * 0.03))
    window.paste(leaf.picture, at)
    matrix = _shift(*at)
    tilt = _homography(_corners(*size), [(x + dice.uniform(-0.02, 0.06) * size[0] * (1 if x == 0 else -1), y) for x, y in _corners(*size)])
    picture = _warp(window, tilt, size, (18, 18, 20))
    picture = ImageChops.multiply(_moire(picture, dice), Image.new("RGB", size, dice.choice(((214, 232, 255), (235, 240, 250)))))
    picture = picture.filter(ImageFilter.BoxBlur(dice.uniform(0.6, 1.6)))
    return Shot(_grain(picture, 4, dice), tilt @ matrix, desk=True, where="screen")


def digital(leaf: Leaf, dice: random.Random) -> Shot:
    """No hand at all: the page as an office program exports it."""
    return Shot(leaf.picture, np.eye(3), desk=False, where="digital")


HANDS: Mapping[str, Callable[[Leaf, random.Random], Shot]] = {"scanner": scanner, "app": app, "phone": phone, "close": close, "screen": screen,
         "digital": digital}  # fmt: skip


def greyed(shot: Shot, colour: str, dice: random.Random) -> Shot:
    """The shot in that colour mode: grey, or black and white by a threshold or by dots."""
    if colour == "colour":
        return shot
    grey = shot.picture.convert("L")
    if colour == "grey":
        return replace(shot, picture=grey)
    dots = dice.random() < 0.2
    level = dice.randint(140, 200)
    return replace(shot, picture=grey.convert("1") if dots else grey.point(lambda v: 255 if v > level else 0).convert("1"))


# --- where the paper lies ------------------------------------------------------------------------------------------------


def _askew(leaf: Leaf, degrees: float, dice: random.Random) -> tuple[Image.Image, Matrix]:
    """Turned a little and shifted on the glass."""
    wide, high = leaf.picture.size
    turn = math.radians(max(-2.5, min(2.5, degrees)))
    spin = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    shift = [dice.gauss(0, 1.2) * leaf.per_mm for _ in range(2)]
    matrix = _shift(wide / 2 + shift[0], high / 2 + shift[1]) @ spin @ _shift(-wide / 2, -high / 2)
    return _warp(leaf.picture, matrix, (wide, high), dice.choice(((255, 255, 255), (250, 250, 248), (236, 236, 236)))), matrix


def _bent(leaf: Leaf, share: float, dice: random.Random, zoom: float = 1.0) -> tuple[Image.Image, Matrix]:
    """Corners moved by up to that share of the size; enlarged by `zoom`."""
    wide, high = leaf.picture.size
    quad = []
    for x, y in _corners(wide, high):
        x, y = wide / 2 + (x - wide / 2) * zoom, high / 2 + (y - high / 2) * zoom
        quad.append((x + dice.uniform(-share, share) * wide, y + dice.uniform(-share, share) * high))
    matrix = _homography(_corners(wide, high), quad)
    return _warp(leaf.picture, matrix, (wide, high), (205, 203, 198)), matrix


def _quad(leaf: Leaf, size: tuple[int, int], dice: random.Random) -> list[tuple[float, float]]:
    """Where the corners of the page come to lie on the picture: turned, in perspective, all inside."""
    wide, high = leaf.picture.size
    turn = math.radians(dice.choices((dice.gauss(0, 4), dice.uniform(-40, 40)), (92, 8))[0])
    points = []
    for x, y in _corners(wide, high):
        x, y = x - wide / 2, y - high / 2
        far = 1 - dice.uniform(0, 0.07) * (y < 0) - dice.uniform(0, 0.03)
        x, y = x * far, y * far
        points.append((x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)))
    spread = [max(p[k] for p in points) - min(p[k] for p in points) for k in (0, 1)]
    room = dice.uniform(0.86, 0.97)
    scale = min(room * size[0] / spread[0], room * size[1] / spread[1])
    middle = [(max(p[k] for p in points) + min(p[k] for p in points)) / 2 for k in (0, 1)]
    slack = [(size[k] - spread[k] * scale) / 2 for k in (0, 1)]
    push = [dice.uniform(-0.7, 0.7) * slack[k] for k in (0, 1)]
    return [((x - middle[0]) * scale + size[0] / 2 + push[0], (y - middle[1]) * scale + size[1] / 2 + push[1]) for x, y in points]


def _corners(wide: float, high: float) -> list[tuple[float, float]]:
    return [(0, 0), (wide, 0), (wide, high), (0, high)]


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> Matrix:
    """The matrix that takes four points to four others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1).reshape(3, 3)


def _warp(picture: Image.Image, matrix: Matrix, size: tuple[int, int], fill: tuple[int, int, int] | int) -> Image.Image:
    inverse = np.linalg.inv(matrix)
    inverse /= inverse[2, 2]
    return picture.transform(size, Image.Transform.PERSPECTIVE, inverse.ravel()[:8].tolist(), Image.Resampling.BILINEAR, fillcolor=fill)


def _curled(picture: Image.Image, dice: random.Random) -> Image.Image:
    """A page that does not lie flat: its lines rise and fall a little across it."""
    wide, high = picture.size
    reach, phase, waves = dice.uniform(0.002, 0.006) * high, dice.uniform(0, 6.3), dice.uniform(2, 5)
    edges = np.linspace(0, wide, 13).round().astype(int).tolist()
    rise = [reach * math.sin(phase + waves * x / wide) for x in edges]
    mesh = [
        ((a, 0, b, high), (a, rise[n], a, high + rise[n], b, high + rise[n + 1], b, rise[n + 1]))
        for n, (a, b) in enumerate(pairwise(edges))
    ]  # fmt: skip
    return picture.transform(picture.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor="white")


# --- what surrounds it ---------------------------------------------------------------------------------------------------


def _desk(colour: tuple[int, int, int], size: tuple[int, int], dice: random.Random) -> Image.Image:
    """A table top: grain along one way, specks."""
    chance = np.random.default_rng(dice.randrange(2**32))
    grain = chance.random((dice.choice((40, 90, 200)), dice.choice((4, 8, 60))))
    texture = Image.fromarray((200 + grain * 55).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    desk = ImageChops.multiply(Image.new("RGB", size, colour), texture.convert("RGB"))
    if dice.random() < 0.3:  # a pen, the edge of a folder
        x, y, turn = dice.randrange(size[0]), dice.randrange(size[1]), dice.uniform(0, 6.3)
        end = (x + size[1] * 0.35 * math.cos(turn), y + size[1] * 0.35 * math.sin(turn))
        ImageDraw.Draw(desk).line((x, y, *end), fill=dice.choice(((20, 20, 25), (180, 30, 36), (230, 230, 235))), width=round(size[0] / 70))
    return desk


def _on_desk(page: Image.Image, matrix: Matrix, desk: Image.Image, quad: list[tuple[float, float]]) -> Image.Image:
    """The page laid on the desk, with the shadow that its edge throws."""
    small = (desk.width // 4, desk.height // 4)
    shade = Image.new("L", small, 255)
    ImageDraw.Draw(shade).polygon([((x + 8) / 4, (y + 12) / 4) for x, y in quad], fill=120)
    desk = ImageChops.multiply(desk, shade.filter(ImageFilter.GaussianBlur(4)).resize(desk.size).convert("RGB"))
    mask = Image.new("L", desk.size)
    ImageDraw.Draw(mask).polygon(quad, fill=255)
    desk.paste(_warp(page, matrix, desk.size, (255, 255, 255)), (0, 0), mask)
    return desk


def _photographed(picture: Image.Image, per_mm: float, dice: random.Random) -> Image.Image:
    """What light, lens and hand do: shade, colour of the lamp, blur, grain."""
    light = _fall(dice.uniform(0.5, 0.92), dice)
    if dice.random() < 0.35:
        light = light * _shadow(dice)
    if dice.random() < 0.08:
        light = light * _bands(dice)
    lamp = dice.choices(((1, 1, 1), (1, 0.96, 0.87), (1, 0.9, 0.75), (0.91, 0.95, 1), (0.94, 1, 0.96)), (40, 25, 12, 15, 8))[0]
    picture = _lit(picture, light * dice.uniform(0.9, 1.15), lamp)
    picture = picture.filter(ImageFilter.BoxBlur(dice.uniform(0.04, 0.24) * per_mm))
    if dice.random() < 0.1:
        reach = dice.choice((3, 5))
        line = [1.0 if (k // reach == reach // 2) else 0.0 for k in range(reach * reach)]
        picture = picture.filter(ImageFilter.Kernel((reach, reach), line))
    return _grain(picture, dice.uniform(1, 8), dice)


def _lit(picture: Image.Image, light: Light, lamp: tuple[float, float, float] = (1, 1, 1)) -> Image.Image:
    """The picture in that light; what is brighter than white is white."""
    most = float(light.max()) * max(lamp)
    layers = [
        Image.fromarray((light * share * (255 / most)).astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC) for share in lamp
    ]
    dim = ImageChops.multiply(picture, Image.merge("RGB", layers))
    return dim.point(lambda v: min(255, round(v * most)))


def _fall(darkest: float, dice: random.Random) -> Light:
    """Light that falls off to one side and to the corners."""
    y, x = _GRID
    turn = dice.uniform(0, 2 * math.pi)
    side = (x - 0.5) * math.cos(turn) + (y - 0.5) * math.sin(turn)
    corner = (x - 0.5) ** 2 + (y - 0.5) ** 2
    return 1 - (1 - darkest) * np.clip(0.5 + side + dice.uniform(0, 0.8) * corner, 0, 1)


def _shadow(dice: random.Random) -> Light:
    """The hand and the phone between lamp and page."""
    y, x = _GRID
    far = ((x - dice.uniform(0.1, 0.9)) / dice.uniform(0.2, 0.5)) ** 2 + ((y - dice.uniform(0.4, 1.1)) / dice.uniform(0.2, 0.5)) ** 2
    edge = 1 / (1 + np.exp((np.sqrt(far) - 1) * dice.uniform(4, 14)))
    return 1 - edge * dice.uniform(0.15, 0.45)


def _bands(dice: random.Random) -> Light:
    """The flicker of LED light on a rolling shutter."""
    return 0.95 + 0.05 * np.sin(_GRID[0] * dice.uniform(30, 90))


def _moire(picture: Image.Image, dice: random.Random) -> Image.Image:
    """Two grids that nearly fall together: slow waves in each colour, and the pixels of the screen."""
    high, wide = picture.height // 2, picture.width // 2
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    turn, layers = dice.uniform(0.05, 0.5), []
    for k in range(3):
        slow = np.sin((x * math.cos(turn) + y * math.sin(turn)) / dice.uniform(6, 22) + k)
        fast = np.sin(x * 2.1 + k) * np.sin(y * 2.1)
        layers.append(Image.fromarray((232 + 14 * slow + 8 * fast).astype(np.uint8)).resize(picture.size))
    return ImageChops.multiply(picture, Image.merge("RGB", layers))


def _edge_shadow(picture: Image.Image, dice: random.Random) -> None:
    """The dark strip where the lid did not close."""
    wide = round(picture.width * dice.uniform(0.005, 0.03))
    box = dice.choice(((0, 0, wide, picture.height), (picture.width - wide, 0, picture.width, picture.height), (0, 0, picture.width, wide)))
    ImageDraw.Draw(picture).rectangle(box, fill=(dice.randint(20, 150),) * 3)


def _grain(picture: Image.Image, sigma: float, dice: random.Random) -> Image.Image:
    """Sensor noise around the values that are there."""
    chance = np.random.default_rng(dice.randrange(2**32))
    tile = (128 + chance.standard_normal((256, 3 * 256)) * sigma).clip(0, 255).astype(np.uint8).reshape(256, 256, 3)
    times = (picture.height // 256 + 1, picture.width // 256 + 1, 1)
    noise = Image.fromarray(np.tile(tile, times)[: picture.height, : picture.width])
    return ImageChops.add(picture, noise, 1, -128)
