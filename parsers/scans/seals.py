"""Seals on the picture of a page: where they are, of what shape, how sure. By numpy and Pillow alone.

Round ones are looked for by their ring wherever there is ink (parsers/scans/circles.py), square and oval ones among the patches of red that
stand alone (parsers/scans/blobs.py); parsers/scans/likeness.py says how like a seal each is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mailbot.domain.pages import Box, Colour, Seal, Shape
from parsers.scans.blobs import outlines
from parsers.scans.circles import ANGLES, Circle, candidates, fitted
from parsers.scans.ink import LONG_SIDE, Array, colour, ink
from parsers.scans.likeness import LEAST_INK, Tint, look, sure_oval, sure_round, sure_square

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Colour", "colour", "find"]

_PER_MM = LONG_SIDE / 297
_TRIES = 20  # rings looked at closely
_SURE = 0.3
_LEAST_PIXELS = 60  # of a page that are red; less is a speck
_PATCH = 1.3  # times the weakest ink, to be part of a patch
_MOST = 6  # seals of a page


@dataclass(frozen=True, slots=True)
class _Mark:
    """A seal in pixels of the ink's map."""

    shape: Shape
    ink: Tint
    circle: Circle
    certainty: float


def find(image: "Image") -> tuple[Seal, ...]:
    """The seals on an upright RGB picture of a page, the surest first. Where it has no colours, rings of a seal's size with a star or
    letters in them count as dark ones. Scale is not known: sizes are told as on A4, or as on A3 or A5 where A4 gives no seal's size."""
    seen = ink(image)
    if colour(image) != "colour":
        found = list(_round(seen.dark, np.zeros_like(seen.dark), "dark"))
    elif int((seen.red > LEAST_INK["red"]).sum()) < _LEAST_PIXELS:
        return ()
    else:
        found = [*_round(seen.red, seen.dark, "red"), *_others(seen.red, seen.dark)]
    high, wide = seen.red.shape
    return tuple(_seal(mark, wide, high) for mark in _surest(found)[:_MOST])


def _surest(found: Iterable[_Mark]) -> list[_Mark]:
    """The surest first; of those that lie in one another the surest alone, and rather a round one than an oval laid around it."""
    kept: list[_Mark] = []
    for mark in sorted(found, key=lambda mark: (-mark.certainty, mark.shape != "round")):
        if not any(_within(mark.circle, other.circle) for other in kept):
            kept.append(mark)
    return kept


def _round(field: Array, black: Array, tint: Tint) -> Iterator[_Mark]:
    taken: list[Circle] = []
    for guess in candidates(np.clip((field - 0.03) / 0.12, 0, 1), _TRIES):
        if any(_within(guess, other) for other in taken):
            continue
        circle = fitted(field, guess)
        seen = look(field, black, circle)
        sure = sure_round(seen, circle, tint) if seen else 0.0
        if sure >= _SURE:
            taken.append(circle)
            yield _Mark("round", tint, circle, sure)


def _others(red: Array, black: Array) -> Iterator[_Mark]:
    """Square and oval ones; they are told only where they stand apart from other red."""
    for shape, outline in outlines(red > _PATCH * LEAST_INK["red"]):
        circle = fitted(red, outline) if shape == "oval" else outline
        seen = look(red, black, circle)
        sure = 0.0 if seen is None else sure_oval(seen, circle) if shape == "oval" else sure_square(seen, circle)
        if sure >= _SURE:
            yield _Mark(shape, "red", circle, sure)


def _within(one: Circle, other: Circle) -> bool:
    return bool(np.hypot(one.x - other.x, one.y - other.y) < other.radius)


def _seal(mark: _Mark, wide: int, high: int) -> Seal:
    circle = mark.circle
    x = circle.x + circle.radii * np.sin(ANGLES)
    y = circle.y - circle.radii * np.cos(ANGLES)
    box = Box(float(x.min()) / wide, float(y.min()) / high, float(x.max()) / wide, float(y.max()) / high)
    half = circle.radii.min() if mark.shape == "square" else circle.radii.max() if mark.shape == "oval" else circle.radius
    across = 2 * float(half) / _PER_MM
    return Seal(mark.shape, mark.ink, box, round(_on_paper(across) if mark.shape == "round" else across, 1), round(mark.certainty, 2))


def _on_paper(across: float) -> float:
    """Millimetres of a round seal that measures so many were the page A4: it may be A3 or A5, where A4 gives no seal's size."""
    return next((across * paper for paper in (1, 2**0.5, 0.5**0.5) if 34 <= across * paper <= 51), across)
