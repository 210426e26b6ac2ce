"""Where on a page there is ink, and whether it is red. Colours are taken against the paper beside them, so that yellow light, shadows and
tinted paper do not count."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mailbot.domain.pages import Colour

if TYPE_CHECKING:
    from PIL.Image import Image

Array = npt.NDArray[np.float32]

LONG_SIDE = 594  # pixels: 2 a millimetre on A4
_GREY, _GREY_SHARE = 4, 0.0003  # of 255: the channels of a grey picture are farther apart than JPEG's rounding at no more than so many pixels
_BLACK_SHARE = 0.97  # of the pixels of a black-and-white picture are at either end, whatever was drawn smooth


@dataclass(frozen=True, slots=True)
class Ink:
    """0 (none) to 1 (full) for every pixel of the page made small. `red`: red ink. `dark`: black print. `any`: ink of any colour."""

    red: Array
    dark: Array
    any: Array


def colour(image: "Image") -> Colour:
    """Whether an RGB picture has colours, shades of grey, or only black and white."""
    small = image if max(image.size) <= LONG_SIDE else image.resize(_size(image), 0)  # nearest: noise and hard edges stay
    r, g, b = (np.asarray(band) for band in small.split())
    apart = np.maximum(np.maximum(r, g), b) - np.minimum(np.minimum(r, g), b)
    if (apart > _GREY).mean() > _GREY_SHARE:
        return "colour"
    ends = ((g < 32) | (g > 223)).mean()
    return "black" if ends > _BLACK_SHARE else "grey"


def ink(image: "Image", long_side: int = LONG_SIDE, cell: int = 4) -> Ink:
    """The ink on an RGB picture of a page, or of a part of it: so many pixels long, the paper looked for in steps of so many pixels."""
    from PIL import Image

    size = _size(image, long_side)
    small = image.resize(size, Image.Resampling.BOX if size[0] < image.width else Image.Resampling.BILINEAR)
    seen = np.asarray(small, dtype=np.float32) / np.maximum(np.asarray(paper(small, cell).resize(size, Image.Resampling.BILINEAR), dtype=np.float32), 40)
    r, g, b = seen[:, :, 0], seen[:, :, 1], seen[:, :, 2]
    # red of any shade lacks green; orange lacks blue even more, purple less; yellow lacks blue alone
    red = np.minimum(0.7 * (r - g) + 0.3 * (r - b), 2 * (r - g))
    return Ink(np.clip(red, 0, 1), np.clip(1 - seen.max(axis=2), 0, 1), np.clip(1 - seen.min(axis=2), 0, 1))


def _size(image: "Image", long_side: int = LONG_SIDE) -> tuple[int, int]:
    factor = long_side / max(image.size)
    return max(1, round(image.width * factor)), max(1, round(image.height * factor))


def paper(image: "Image", cell: int) -> "Image":
    """The paper under a picture, made small by `cell`: the brightest within three cells around, smoothed."""
    from PIL import Image, ImageFilter

    size = max(1, image.width // cell), max(1, image.height // cell)
    coarse = np.asarray(image.resize(size, Image.Resampling.BOX))
    return Image.fromarray(widest(coarse, 3)).filter(ImageFilter.BoxBlur(5))


def widest(pixels: npt.NDArray[np.uint8], reach: int) -> npt.NDArray[np.uint8]:
    """For every pixel the brightest one within `reach` rows and columns, in each channel; Pillow's filter is ten times as slow."""
    for axis in (0, 1):
        found = pixels.copy()
        for off in range(1, min(reach, pixels.shape[axis] - 1) + 1):
            near, far = [slice(None)] * pixels.ndim, [slice(None)] * pixels.ndim
            near[axis], far[axis] = slice(None, -off), slice(off, None)
            np.maximum(found[tuple(near)], pixels[tuple(far)], out=found[tuple(near)])
            np.maximum(found[tuple(far)], pixels[tuple(near)], out=found[tuple(far)])
        pixels = found
    return pixels
