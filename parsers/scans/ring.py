"""The words along a seal's ring as one line of print, black on white, for a reader of lines."""

from typing import TYPE_CHECKING

import numpy as np

from mailbot.domain.pages import Seal
from parsers.scans.circles import ANGLES, Circle, fitted, polar
from parsers.scans.ink import Array, ink

if TYPE_CHECKING:
    from PIL.Image import Image

HEIGHT = 64  # pixels of the strip
_AROUND = 0.15  # of the seal's size, looked at beside it
_SIZE = 640  # pixels of the crop's longer side: a seal of 42 mm at 300 dpi has 500
_CELL = 20  # of them: the paper is looked for in some 140 around, more than the star is wide
_WORDS = (0.58, 0.965)  # shares of the radius between which the words stand, the ring's own line left out
_MIDDLE = 0.78
_EMPTY = 0.06  # of the line's height that is ink, where nothing is written
_MARGIN = 14  # degrees of nothing that are left at either end


def unrolled(image: "Image", seal: Seal) -> "Image":
    """The strip of a round or oval seal on an upright page, grey, 64 pixels high: it is cut where the ring is empty for longest (below the
    star), and read clockwise from there."""
    from PIL import Image

    coarse, fine, circle = _close(image, seal)
    low, high = _WORDS
    shares = np.linspace(high, low, HEIGHT, dtype=np.float32)  # the letters' heads are outside
    wide = round(2 * np.pi * _MIDDLE * HEIGHT / (high - low))
    angles = np.linspace(0, 2 * np.pi, wide, endpoint=False, dtype=np.float32)
    begin, end = _written(_full(polar(coarse, circle, shares, angles).T))
    strip = np.roll(_full(polar(fine, circle, shares, angles).T), -begin, axis=1)[:, : end - begin]
    return Image.fromarray(255 - (strip * 255).astype(np.uint8))


def _close(image: "Image", seal: Seal) -> tuple[Array, Array, Circle]:
    """(where the seal's ink is, that ink in all detail, the ring): the seal and a little around it."""
    left, top = seal.box.left * image.width, seal.box.top * image.height
    right, bottom = seal.box.right * image.width, seal.box.bottom * image.height
    room = _AROUND * max(right - left, bottom - top)
    part = image.crop((round(left - room), round(top - room), round(right + room), round(bottom + room)))
    seen = ink(part, _SIZE, _CELL)
    field = seen.red if seal.ink == "red" else seen.dark
    scale = field.shape[1] / part.width
    wide, high = (right - left) / 2 * scale, (bottom - top) / 2 * scale
    radii = wide * high / np.hypot(high * np.sin(ANGLES), wide * np.cos(ANGLES))
    rough = Circle(field.shape[1] / 2, field.shape[0] / 2, radii.astype(np.float32))
    near = fitted(field, rough)
    circle = near if near.uneven < 0.03 else rough
    if seal.ink == "dark":
        return field, field, circle
    # JPEG keeps colours coarsely: the fine lines of letters are in brightness alone, and colour tells which of it is the seal's
    fine = seen.any * np.clip(1.6 - 2 * seen.dark, 0, 1) * _full(2 * field)
    return field, fine.astype(np.float32), circle


def _full(ink: Array) -> Array:
    """Stretched, so that its strongest thirtieth is black."""
    full: Array = np.clip(ink / max(float(np.sort(ink, axis=None)[int(ink.size * 0.97)]), 0.02), 0, 1)
    return full


def _written(strip: Array) -> tuple[int, int]:
    """The columns from and to which to read: the longest empty part is left out but for some of it at both ends. The second may lie
    beyond the end, where the strip goes on from its beginning."""
    wide = strip.shape[1]
    marked = _smooth((strip > 0.35).mean(axis=0), wide // 60) > _EMPTY
    if marked.all() or not marked.any():
        return wide // 2, wide // 2 + wide  # cut at the bottom
    places = np.flatnonzero(marked)
    gaps = np.diff(places, append=places[0] + wide)
    last = int(gaps.argmax())
    margin = min(wide * _MARGIN // 360, int(gaps[last]) // 2)
    begin = int(places[(last + 1) % len(places)]) - margin
    return begin, begin + wide - int(gaps[last]) + 1 + 2 * margin


def _smooth(values: Array, reach: int) -> Array:
    around = np.concatenate([values[-reach:], values, values[:reach]])
    smooth: Array = np.convolve(around, np.ones(2 * reach + 1) / (2 * reach + 1), "valid")
    return smooth
