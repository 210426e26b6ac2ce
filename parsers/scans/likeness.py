"""How like a seal something is: what a ring, an oval or a square looks like, and how sure one may be. Limits were measured on drawn pages
(docs/scans.md); true seals lie far from them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from parsers.scans.circles import Circle, polar
from parsers.scans.ink import Array

Tint = Literal["red", "dark"]

LEAST_INK: dict[Tint, float] = {"red": 0.045, "dark": 0.1}  # weaker is noise
_LEAST_RADIUS, _SMALL_RADIUS, _MOST_RADIUS = 27.5, 33, 74  # pixels; among the small ones only those with a star (dates are stamped as small)
_LEAST_SIDE, _MOST_SIDE = 26, 96  # pixels of a square one
_STEP = 0.025  # of the radius
_SHARES = np.arange(0.0, 1.2501, _STEP, dtype=np.float32)
_WORDS_HIGH = 3  # steps on the way out, the least: a long name is written in small letters near the ring
_TRUE = 0.003  # of the radius: a line that leaves its curve by less comes of a die, hardly of a hand
_WITHOUT_LETTERS = 0.4  # how sure one may be of an oval with something in it
_STAR = 0.95  # of the heart full: no day of the month fills it
_STAR_ALONE, _RING_ALONE = 0.7, 0.4  # how sure of a die's ring with nothing in it but a star, with nothing at all
_CUP = 55  # pixels: a cup leaves a larger ring, and no seal on A4 is so large
_TRACE = 0.03  # ink so weak that only a die's ring shows in it
_SPECK = 0.025
_PRINT = 0.45  # darker is black print, which hides a seal under it


@dataclass(frozen=True, slots=True)
class Look:
    """What the neighbourhood of an outline looks like, as shares of 1.

    `seen`: of the outline, what lies on the page and not under black print. `cover`: of that, what bears ink. `level`: how strong the ink is
    there, `line`: how evenly. `outside`, `gap`, `inside`, `heart`: how full of ink it is just around the outline, just within, in all that it
    holds, in the middle; `moat`: between a star and the words; `beside`: ink around it to ink within. `letters`: changes between ink and
    paper on the way round where the words stand thickest; `grain`: the same on the way out. `barred`: two straight lines go across, as in a
    date stamp.
    """

    seen: float
    cover: float
    level: float
    line: float
    outside: float
    gap: float
    inside: float
    beside: float
    heart: float
    moat: float
    letters: float
    grain: float
    barred: bool


def look(field: Array, black: Array, circle: Circle) -> Look | None:
    """`field`: the ink, `black`: print that may hide it. None where too little can be seen."""
    ink, hidden = polar(field, circle, _SHARES, outside=-1.0), polar(black, circle, _SHARES)
    on_page = ink >= 0
    edge = _at(0.95, 1.05)
    seen = on_page[:, edge].all(axis=1) & (hidden[:, edge].max(axis=1) < _PRINT)
    if seen.mean() < 0.2:
        return None
    ring = ink[:, edge].max(axis=1)[seen]
    level = float(np.sort(ring)[len(ring) * 6 // 10])
    strong = ink > max(0.45 * level, _SPECK)
    # words are thinner than the ring and fainter with it, each in its own way
    around = np.sort(ink[:, _at(0.6, 0.85)], axis=None)
    words = ink > max(min(0.5 * float(around[len(around) * 9 // 10]), 0.45 * level), 0.15 * level, _SPECK)
    weight = on_page * _SHARES

    def fill(marked: npt.NDArray[np.bool_], low: float, high: float) -> float:
        part = weight[:, _at(low, high)]
        return float((marked[:, _at(low, high)] * part).sum() / max(part.sum(), 1e-6))

    band = words[:, _at(0.6, 0.85)]
    return Look(
        seen=float(seen.mean()),
        cover=float((ring > 0.4 * level).mean()),
        level=level,
        line=float(np.median(ring)) / max(level, 1e-6),
        outside=fill(strong, 1.1, 1.2),
        gap=fill(strong, 0.875, 0.925),
        inside=fill(words, 0.0, 0.875),
        beside=fill(strong, 1.1, 1.25) / max(fill(strong, 0.0, 0.875), 0.01),
        heart=fill(strong, 0.0, 0.1),
        moat=fill(words, 0.45, 0.58),
        letters=float(np.sort((band[1:] != band[:-1]).sum(axis=0))[-_WORDS_HIGH] / max(on_page[:, 30].mean(), 0.1)),
        grain=float((band[:, 1:] != band[:, :-1]).sum(axis=1).mean()),
        barred=_barred(field > max(0.3 * level, _SPECK), circle),
    )


def _at(low: float, high: float) -> slice:
    return slice(round(low / _STEP), round(high / _STEP) + 1)


def _barred(marked: npt.NDArray[np.bool_], circle: Circle) -> bool:
    """Whether two parallel lines of ink go all across, one on either side of the middle, and end there: those of ruled paper go on."""
    turns = np.radians(np.arange(0, 180, 4))[:, None, None]
    off = np.arange(-0.6, 0.61, 0.04)[None, :, None]

    def inked(along: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x = circle.x + circle.radius * (along * np.cos(turns) - off * np.sin(turns))
        y = circle.y + circle.radius * (along * np.sin(turns) + off * np.cos(turns))
        high, wide = marked.shape
        there = marked[np.clip(np.round(y), 0, high - 1).astype(int), np.clip(np.round(x), 0, wide - 1).astype(int)]
        share: npt.NDArray[np.float64] = there.mean(axis=2)
        return share

    chord, beyond = np.sqrt(0.88**2 - off**2), np.sqrt(1.1**2 - off**2)
    lines = inked(np.linspace(-1, 1, 30)[None, None, :] * chord) > 0.88
    for side in (-1, 1):
        lines &= inked(side * (beyond + np.linspace(0, 0.3, 8)[None, None, :])) < 0.7
    apart = np.abs(off[0, :, 0]) > 0.1
    return bool((lines[:, apart & (off[0, :, 0] < 0)].any(axis=1) & lines[:, apart & (off[0, :, 0] > 0)].any(axis=1)).any())


def sure_round(look: Look, circle: Circle, tint: Tint) -> float:
    """0 to 1: that this ring is a round seal's."""
    if not _LEAST_RADIUS < circle.radius < _MOST_RADIUS or (look.barred and look.heart < _STAR):
        return 0.0
    star, large = _ramp(look.heart, 0.4, 0.6), circle.radius > _SMALL_RADIUS
    if tint == "dark":  # black print goes through it and stands around it; without a star it must have many letters
        alone = _ramp(look.outside, 0.5, 0.3) * _ramp(look.cover, 0.75, 0.9)
        words = max(_ramp(look.heart, 0.6, 0.8), _ramp(look.letters, 20, 30) * (look.grain > 0.8))
        return _line(look, circle) * alone * _words(look) * words * (look.level > LEAST_INK["dark"])
    within = _words(look) * (1.0 if large else star)
    if large and circle.radius < _CUP and circle.uneven < _TRUE:  # a die's ring: its words are the first to go on a filtered page
        starred = _STAR_ALONE * star * _ramp(look.cover, 0.9, 0.97) * _ramp(look.moat, 0.08, 0.04)
        within = max(within, starred, _RING_ALONE * _ramp(look.cover, 0.7, 0.8) * _ramp(look.inside, 0.12, 0.08))
    weak = 1.0 if look.level > LEAST_INK["red"] else _RING_ALONE * (look.level > _TRACE)
    return _line(look, circle) * _alone(look) * min(within, weak)


def sure_oval(look: Look, circle: Circle) -> float:
    """0 to 1: that this oval of red ink is a seal."""
    long, short = float(circle.radii.max()), float(circle.radii.min())
    if not (_LEAST_RADIUS < long < _MOST_RADIUS and 0.5 < short / long < 0.88) or look.level < LEAST_INK["red"] or look.barred:
        return 0.0
    # in an oval the words stand in straight lines, too: a complete line around any of them will do, with less certainty
    complete = _WITHOUT_LETTERS * _ramp(look.cover, 0.85, 0.95) * _ramp(look.line, 0.8, 0.9) * _filled(look)
    return _line(look, circle) * _alone(look) * max(_words(look), complete) * (look.seen > 0.5)


def sure_square(look: Look, circle: Circle) -> float:
    """0 to 1: that this square of red ink is a seal. Its words may touch the frame."""
    if not _LEAST_SIDE < 2 * float(circle.radii.min()) < _MOST_SIDE or look.level < LEAST_INK["red"]:
        return 0.0
    frame = min(_ramp(look.cover, 0.55, 0.75), _ramp(look.line, 0.65, 0.8)) * _ramp(look.outside, 0.3, 0.1)
    return frame * _ramp(look.inside, 0.03, 0.06) * _ramp(look.inside, 0.55, 0.45) * _ramp(look.letters, 4, 8) * _ramp(look.grain, 0.3, 0.5)


def _line(look: Look, circle: Circle) -> float:
    """A smooth line of ink all around. One so true that only a die draws it may fade on one side, where the hand pressed less."""
    if circle.uneven < _TRUE:
        pressed = min(_ramp(look.cover, 0.35, 0.75), _ramp(look.line, 0.4, 0.7))
    else:
        pressed = _ramp(look.cover, 0.45 if circle.uneven < 0.01 else 0.75, 0.85) * _ramp(look.line, 0.6, 0.8)
    return pressed * _ramp(circle.uneven, 0.02, 0.014) * _ramp(look.gap, 0.7, 0.4)


def _alone(look: Look) -> float:
    """With little beside it."""
    return _ramp(look.outside, 0.5, 0.25) * (look.outside < 0.04 or look.beside < 0.6)


def _words(look: Look) -> float:
    """Words along the line, and room between them."""
    return _filled(look) * _ramp(look.letters, 6, 10) * _ramp(look.grain, 0.2, 0.4)


def _filled(look: Look) -> float:
    """With something in it, yet not full."""
    return _ramp(look.inside, 0.02, 0.04) * _ramp(look.inside, 0.7, 0.55)


def _ramp(value: float, none: float, full: float) -> float:
    """0 at `none` and beyond, 1 at `full` and beyond, straight between."""
    return min(1.0, max(0.0, (value - none) / (full - none)))
