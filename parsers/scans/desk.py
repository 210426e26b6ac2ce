"""A picture of a page made straight: cut out of its desk, perspective and shadow taken away, its lines level. By numpy and Pillow.

What a flat scanner made comes back as it is, but for a skew or a quarter turn. Whether a page stands on its head cannot be told without reading it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parsers.scans.edges import Floats, corners
from parsers.scans.ink import paper
from parsers.scans.pictures import LONG_SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

_ROOT = 2**0.5  # how much longer than wide the paper of A and B sizes is; what is nearly so is so
_NEARLY = (1.22, 1.62)
_INSET = 0.004  # of the page: what its rim may still show of the desk
_SHADE = 0.85  # the darkest of the paper to the brightest, below which light is made even
_LEVEL = 0.35  # degrees that no reader minds
_SKEWS = np.arange(-5.0, 5.01, 0.5)
_GAIN = 1.03  # how much sharper the rows must become by a turn
_LOOK = 640  # pixels at which lines of words are looked for
_LEAST_INK = 300  # pixels there
_STRIPS = 8
_SURE = 1.25  # how much more the lines must stand out across than along, for a quarter turn


@dataclass(frozen=True, slots=True)
class Laid:
    """How a page lay. `turned`: degrees counter-clockwise by which its picture was turned. `desk`: it was cut out of a photo, where its
    `corners` were, in shares of width and height: top left, top right, bottom right, bottom left."""

    turned: float = 0.0
    desk: bool = False
    corners: tuple[tuple[float, float], ...] = ()


def straight(image: "Image") -> tuple["Image", Laid]:
    """The page on an RGB picture, upright but perhaps on its head."""
    quad = corners(image)
    page = image if quad is None else _cut_out(image, quad)
    quarter, skew = _lying(page)
    if quarter:
        from PIL import Image

        page = page.transpose(Image.Transpose.ROTATE_90)
    if abs(skew) > _LEVEL:
        page = _turned(page, skew)
    if quad is None:
        return _evened(page), Laid(90.0 * quarter + skew * (abs(skew) > _LEVEL))
    at = tuple((float(x) / image.width, float(y) / image.height) for x, y in quad)
    lean = float(np.degrees(np.arctan2(quad[1, 1] - quad[0, 1], quad[1, 0] - quad[0, 0])))
    return _evened(page), Laid(90.0 * quarter + lean + skew * (abs(skew) > _LEVEL), True, at)


def _cut_out(image: "Image", quad: Floats) -> "Image":
    """The four corners pulled out to a rectangle, as a sheet of paper is."""
    from PIL import Image

    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    wide, high = max(sides[0], sides[2]), max(sides[1], sides[3])
    if _NEARLY[0] < max(wide, high) / min(wide, high) < _NEARLY[1]:
        wide, high = (high * _ROOT, high) if wide > high else (wide, wide * _ROOT)
    shrink = min(1.0, LONG_SIDE / max(wide, high))
    size = (max(8, round(wide * shrink)), max(8, round(high * shrink)))
    quad = quad + (quad.mean(axis=0) - quad) * 2 * _INSET
    return image.transform(size, Image.Transform.PERSPECTIVE, _perspective(size, quad), Image.Resampling.BICUBIC)


def _perspective(size: tuple[int, int], quad: Floats) -> list[float]:
    """Pillow's eight numbers that lead from a place of the rectangle to its place within the four corners."""
    rows, right = [], []
    for (x, y), (u, v) in zip(((0, 0), (size[0], 0), size, (0, size[1])), quad, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    numbers: list[float] = np.linalg.solve(np.array(rows), np.array(right)).tolist()
    return numbers


def _turned(page: "Image", degrees: float) -> "Image":
    from PIL import Image

    edge = page.resize((1, 1), Image.Resampling.BOX, box=(0, 0, page.width, max(1, page.height // 40))).getpixel((0, 0))
    return page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=edge)


def _evened(page: "Image") -> "Image":
    """The page under even, white light, where its own is neither; red stays red, as only the paper's colour is taken away."""
    from PIL import Image

    light = paper(page, 16)
    low, high = np.percentile(np.asarray(light, dtype=np.float32), (2, 98), axis=(0, 1))
    if low.min() > _SHADE * high.max():
        return page
    factors = (255.0 / np.maximum(np.asarray(light.resize(page.size, Image.Resampling.BILINEAR)), 32)).astype(np.float32)
    return Image.fromarray(np.minimum(np.asarray(page) * factors, 255).astype(np.uint8))


def _lying(page: "Image") -> tuple[bool, float]:
    """(lines of words run downwards, degrees counter-clockwise to turn the page by, after a quarter turn if need be)."""
    marks = _marks(page)
    if int(marks.sum()) < _LEAST_INK:
        return False, 0.0
    quarter = _standing_out(marks.T) > _SURE * _standing_out(marks)
    if quarter:
        marks = np.rot90(marks)
    return quarter, _skew(marks)


def _marks(page: "Image") -> npt.NDArray[np.bool_]:
    """What is written, small. Red light alone: seals do not show in it."""
    from PIL import Image

    factor = min(1.0, _LOOK / max(page.size))
    small = page.getchannel("R").resize((max(8, round(page.width * factor)), max(8, round(page.height * factor))), Image.Resampling.BOX)
    light = np.asarray(paper(small, 4).resize(small.size, Image.Resampling.BILINEAR), dtype=np.float32)
    dark: npt.NDArray[np.bool_] = np.asarray(small, dtype=np.float32) < 0.75 * light
    margin_y, margin_x = dark.shape[0] // 40, dark.shape[1] // 40  # the rim of a page is no line of words
    dark[:margin_y], dark[-margin_y:], dark[:, :margin_x], dark[:, -margin_x:] = False, False, False, False
    return dark


def _standing_out(marks: npt.NDArray[np.bool_]) -> float:
    """How clearly rows of marks and rows of nothing take turns, in strips so narrow that a skew does no harm."""
    strips = np.array_split(marks, _STRIPS, axis=1)
    rows = np.array([strip.mean(axis=1) for strip in strips])
    steps = np.abs(rows[:, 3:] - rows[:, :-3])
    return float(steps.sum() / max(rows.sum(), 1e-6))


def _skew(marks: npt.NDArray[np.bool_]) -> float:
    """The turn at which rows stand out most."""
    y, x = np.nonzero(marks)
    x = x - marks.shape[1] / 2

    def sharpness(degrees: float) -> float:
        rows = np.round(y + x * np.tan(np.radians(degrees))).astype(int) + marks.shape[1]
        return float((np.bincount(rows).astype(float) ** 2).sum())

    coarse = max(_SKEWS, key=sharpness)
    if abs(coarse) == _SKEWS[-1]:  # no turn within reach is the best one
        return 0.0
    best = max(np.arange(coarse - 0.4, coarse + 0.41, 0.1), key=sharpness)
    return float(-best) if sharpness(best) > _GAIN * sharpness(0.0) else 0.0
