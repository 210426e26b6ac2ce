"""Circles in a map of ink: where they may be (a vote by FFT), and how they run (a fit along the line)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from parsers.scans.ink import Array

RADII = np.arange(12.5, 37.5)  # millimetres, were the page A4: a 35 mm seal on A3 up to a 50 mm seal on A5
_LEAST_RADIUS = 10  # pixels: a fit that shrinks below has found nothing
_MARGIN = 36  # cells around the page, for centres that lie beyond its edge
_LITTLE = 0.02  # ink, as a share of the surroundings
_STEP = 32  # cells: pages of nearly one size share their templates
ANGLES = np.linspace(0, 2 * np.pi, 180, endpoint=False, dtype=np.float32)  # from the top, clockwise
_NINE_OF_TEN = len(ANGLES) * 9 // 10
_SEARCH = np.linspace(0.88, 1.12, 25, dtype=np.float32)  # shares of the radius between which the line is looked for
_BASIS = np.stack([np.ones_like(ANGLES), np.sin(ANGLES), -np.cos(ANGLES), np.cos(2 * ANGLES), np.sin(2 * ANGLES)], axis=1)


@dataclass(frozen=True, slots=True)
class Circle:
    """A ring's outer line, in pixels of its map: the centre, and the radius at each of ANGLES (a seal seen aslant is an ellipse).
    `uneven`: how far the line leaves that smooth curve for the most part, as a share of the radius."""

    x: float
    y: float
    radii: Array
    uneven: float = 0.0

    @property
    def radius(self) -> float:
        return float(self.radii.mean())


def candidates(ink: Array, most: int) -> Iterator[Circle]:
    """Where a circle may be, the likeliest first. `ink`: 0 to 1, two pixels a millimetre."""
    cells = _halved(ink)
    high, wide = (-(-(side + 2 * _MARGIN) // _STEP) * _STEP for side in cells.shape)
    padded = np.zeros((high, wide), dtype=np.float32)
    padded[_MARGIN : _MARGIN + cells.shape[0], _MARGIN : _MARGIN + cells.shape[1]] = cells
    spectrum = np.fft.rfft2(padded)
    best, which = np.zeros_like(padded), np.zeros(padded.shape, dtype=np.int8)
    *templates, disc = _templates(high, wide)
    for number, template in enumerate(templates):
        votes = np.fft.irfft2(spectrum * template, s=(high, wide))
        better = votes > best
        best[better], which[better] = votes[better], number
    # where there is much ink there are many chances: votes count against what lies around
    best /= np.sqrt(np.maximum(np.fft.irfft2(spectrum * disc, s=(high, wide)), 0) + _LITTLE)
    for _ in range(most):
        y, x = np.unravel_index(int(best.argmax()), best.shape)
        if best[y, x] <= 0:
            return
        radius = float(RADII[which[y, x]])
        yield Circle(2 * (int(x) - _MARGIN) + 0.5, 2 * (int(y) - _MARGIN) + 0.5, np.full_like(ANGLES, 2 * radius))
        best[max(0, y - 5) : y + 6, max(0, x - 5) : x + 6] = 0


def _halved(ink: Array) -> Array:
    high, wide = ink.shape[0] // 2 * 2, ink.shape[1] // 2 * 2
    means: Array = ink[:high, :wide].reshape(high // 2, 2, wide // 2, 2).mean(axis=(1, 3))
    return means


@lru_cache(maxsize=3)
def _templates(high: int, wide: int) -> npt.NDArray[np.complex64]:
    """For each radius a ring that counts for, with a ring within and one without that count against it: text and filled shapes give nothing. Last a disc."""
    y, x = np.ogrid[:high, :wide]
    away = np.hypot(np.minimum(y, high - y), np.minimum(x, wide - x)).astype(np.float32)

    def ring(radius: float) -> Array:
        line: Array = np.exp(-(((away - radius) / 0.9) ** 2))
        line /= line.sum()
        return line

    disc = away < RADII[-1]
    rings = [ring(r) - 0.2 * ring(r - 3.2) - 0.8 * ring(r + 3.2) for r in RADII]
    return np.stack([np.fft.rfft2(kernel).astype(np.complex64) for kernel in (*rings, disc / disc.sum())])


def fitted(ink: Array, circle: Circle) -> Circle:
    """The same circle (or oval) laid along the line of ink near it."""
    for _ in range(3):
        lines = polar(ink, circle, _SEARCH)
        ridge = lines[:, 6:-6] - 0.5 * (lines[:, 12:] + lines[:, :-12])
        ridge = np.add.reduce([np.roll(ridge, turn, axis=0) for turn in (-2, -1, 0, 1, 2)])
        strength = np.clip(ridge.max(axis=1), 0, None)
        found = _SEARCH[6:-6][ridge.argmax(axis=1)]
        curve, weights = found, strength + 1e-4
        for _ in range(2):  # the second time without what lies apart
            root = np.sqrt(weights)
            solution = np.linalg.lstsq(_BASIS * root[:, None], found * root, rcond=None)[0]
            curve = _BASIS @ solution
            weights = strength * (np.abs(found - curve) < 0.04) + 1e-6
        clear = strength > 0.3 * np.sort(strength)[_NINE_OF_TEN]
        away = np.sort(np.abs(found - curve)[clear])
        uneven = float(away[len(away) * 7 // 10]) if len(away) else 1.0
        shape = circle.radii * (_BASIS[:, [0, 3, 4]] @ solution[[0, 3, 4]])
        across, down = solution[1:3] * circle.radius
        if shape.min() < _LEAST_RADIUS or abs(solution[1:]).max() > 0.3:
            return replace(circle, uneven=1.0)
        circle = Circle(circle.x + float(across), circle.y + float(down), shape.astype(np.float32), uneven)
    return circle


def polar(picture: Array, circle: Circle, shares: Array, angles: Array = ANGLES, outside: float = 0.0) -> Array:
    """What stands at each angle (rows) and each share of the radius there (columns), between pixels by the four around."""
    radii = circle.radii if angles is ANGLES else np.interp(angles, ANGLES, circle.radii, period=2 * np.pi)
    rho = radii[:, None] * shares[None, :]
    x = circle.x + rho * np.sin(angles)[:, None]
    y = circle.y - rho * np.cos(angles)[:, None]
    high, wide = picture.shape
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    inside = (left >= 0) & (top >= 0) & (left < wide - 1) & (top < high - 1)
    left, top = np.clip(left, 0, wide - 2), np.clip(top, 0, high - 2)
    dx, dy = (x - left).astype(np.float32), (y - top).astype(np.float32)
    upper = picture[top, left] * (1 - dx) + picture[top, left + 1] * dx
    lower = picture[top + 1, left] * (1 - dx) + picture[top + 1, left + 1] * dx
    return np.where(inside, upper * (1 - dy) + lower * dy, np.float32(outside)).astype(np.float32)
