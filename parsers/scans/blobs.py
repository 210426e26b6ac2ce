"""Patches of ink that stand alone, and the square or oval that would go around each: for seals that are not round."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from parsers.scans.circles import ANGLES, Circle

_CELL = 4  # pixels: ink less than 2 to 4 mm apart is one patch
_ROUNDS = 120  # of spreading a number over its patch, more than any seal is wide in cells
_LEAST, _MOST = 24, 135  # pixels across: 12 to 67 mm on A4, the diagonal of a square of 45
_DIRECTIONS = np.linspace(0, np.pi, 36, endpoint=False)
_ACROSS = np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)])


def outlines(marked: npt.NDArray[np.bool_]) -> Iterator[tuple[Literal["square", "oval"], Circle]]:
    """The outline of each patch of a seal's size, the largest first."""
    numbers = _numbered(_cells(marked))
    y, x = np.nonzero(marked)
    which = numbers[y // _CELL, x // _CELL]
    order = np.argsort(which, kind="stable")[int((which == 0).sum()) :]
    x, y, which = x[order], y[order], which[order]
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    patches = sorted(zip(starts, [*starts[1:], len(which)], strict=False), key=lambda span: span[0] - span[1])
    for start, end in patches[:12]:
        outline = _outline(x[start:end].astype(np.float64), y[start:end].astype(np.float64))
        if outline is not None:
            yield outline


def _cells(marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    high, wide = (-(-side // _CELL) * _CELL for side in marked.shape)
    padded = np.zeros((high, wide), dtype=bool)
    padded[: marked.shape[0], : marked.shape[1]] = marked
    full: npt.NDArray[np.bool_] = padded.reshape(high // _CELL, _CELL, wide // _CELL, _CELL).sum(axis=(1, 3)) >= 2
    return full


def _numbered(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Each patch of cells that touch has one number, 0 is nothing."""
    high, wide = cells.shape
    numbers = np.zeros((high + 2, wide + 2), dtype=np.int32)
    inner = numbers[1:-1, 1:-1]
    inner[cells] = np.arange(1, int(cells.sum()) + 1)
    for _ in range(_ROUNDS):
        rows = np.maximum(np.maximum(numbers[:-2], numbers[1:-1]), numbers[2:])
        spread = np.where(cells, np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]), 0)
        if np.array_equal(spread, inner):
            break
        inner[:] = spread
    return inner


def _outline(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> tuple[Literal["square", "oval"], Circle] | None:
    """By how far the patch reaches in every direction: a square's width goes with |cos| + |sin|, an oval's with a root of cos²."""
    along = np.stack([x, y], axis=1) @ _ACROSS
    near, far = along.min(axis=0), along.max(axis=0)
    widths = far - near + 1
    if widths.min() < _LEAST or widths.max() > _MOST:
        return None
    centre = np.linalg.lstsq(_ACROSS.T, (near + far) / 2, rcond=None)[0]
    waves = np.stack([np.ones_like(_DIRECTIONS), np.cos(2 * _DIRECTIONS), np.sin(2 * _DIRECTIONS)], axis=1)
    wave = np.linalg.lstsq(waves, widths**2, rcond=None)[0]
    oval_misses = np.abs(np.sqrt(np.maximum(waves @ wave, 1)) - widths).mean() / widths.mean()
    turn, side, square_misses = _square(widths)
    away = ANGLES - np.pi / 2  # of ANGLES, counted as _DIRECTIONS are: from the right, downwards
    if square_misses < oval_misses:
        radii = side / 2 / np.maximum(np.abs(np.cos(away - turn)), np.abs(np.sin(away - turn)))
        return "square", Circle(centre[0], centre[1], radii.astype(np.float32))
    swing = np.hypot(wave[1], wave[2])
    long, short = np.sqrt(wave[0] + swing) / 2, np.sqrt(max(wave[0] - swing, 1)) / 2
    lean = np.arctan2(wave[2], wave[1]) / 2
    radii = long * short / np.hypot(short * np.cos(away - lean), long * np.sin(away - lean))
    return "oval", Circle(centre[0], centre[1], radii.astype(np.float32))


def _square(widths: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """(turn, side, how far off) of the square whose widths these would be."""
    turns = np.linspace(0, np.pi / 2, 30, endpoint=False)
    forms = np.abs(np.cos(_DIRECTIONS - turns[:, None])) + np.abs(np.sin(_DIRECTIONS - turns[:, None]))
    sides = (widths / forms).mean(axis=1)
    misses = np.abs(sides[:, None] * forms - widths).mean(axis=1) / widths.mean()
    best = int(misses.argmin())
    return float(turns[best]), float(sides[best]), float(misses[best])
