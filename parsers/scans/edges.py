"""Where a page lies on a photo: its four sides, by the lines that part two colours. Any desk will do, and a page partly out of the picture."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parsers.scans.ink import widest

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float64]

_LONG = 256  # pixels at which a page is looked for
_TURNS = 180  # directions of lines, one a degree
_LINES = 16  # the best looked at
_NEAR_BORDER = 3  # pixels: a side there is the picture's own
_FULL, _FAINT = 40.0, 12.0  # of 255: two colours that differ so much part page and desk beyond doubt; where all four sides can be seen
_BORDER = 0.5  # what the picture's own border counts for a side
_LEAST_SIDE, _SHARP_SIDE, _LEAST_MEAN = 0.3, 0.6, 0.55  # sharper where other sides are out of the picture
_ALL_ALONG = 0.8  # faint sides count where they are there all along
_PARALLEL = np.radians(18)
_SAMPLES = np.linspace(0.04, 0.96, 40)


def corners(image: "Image") -> Floats | None:
    """The page's corners on the picture, in pixels: top left, top right, bottom right, bottom left as they are seen. None where the page
    fills the picture, or where no page is to be seen."""
    from PIL import Image, ImageFilter

    factor = _LONG / max(image.size)
    small = image.resize((max(8, round(image.width * factor)), max(8, round(image.height * factor))), Image.Resampling.BOX)
    bare = 255 - widest(255 - widest(np.asarray(small), 2), 2)  # without what is written
    seen = np.asarray(Image.fromarray(bare).filter(ImageFilter.BoxBlur(1)), dtype=np.float32)
    high, wide = seen.shape[:2]
    quads = _quads(np.concatenate([_lines(seen), _border(wide, high)]), wide, high)
    if not len(quads):
        return None
    scores, real = _judged(quads, seen)
    best = int(scores.argmax())
    if scores[best] <= 0 or real[best] < 2:
        return None
    found: Floats = (quads[best] + 0.5) * (image.width / wide, image.height / high)
    return found


def _border(wide: int, high: int) -> Floats:
    """Lines are (direction of their normal, distance from the picture's middle)."""
    quarter = np.pi / 2
    return np.array([(0, wide / 2 - 1), (0, 1 - wide / 2), (quarter, high / 2 - 1), (quarter, 1 - high / 2)])


def _lines(seen: npt.NDArray[np.float32]) -> Floats:
    """The strongest straight edges, by the vote of every pixel that lies on one (Hough, with the gradient's direction)."""
    across = np.zeros(seen.shape[:2], dtype=np.float32)
    down = np.zeros_like(across)
    dx, dy = seen[:, 2:] - seen[:, :-2], seen[2:] - seen[:-2]
    channel_x, channel_y = np.abs(dx).argmax(axis=2)[..., None], np.abs(dy).argmax(axis=2)[..., None]
    across[:, 1:-1] = np.take_along_axis(dx, channel_x, 2)[..., 0]
    down[1:-1] = np.take_along_axis(dy, channel_y, 2)[..., 0]
    strength = np.hypot(across, down)
    y, x = np.nonzero(strength > max(6.0, float(np.sort(strength, axis=None)[int(strength.size * 0.8)])))
    weight = np.minimum(strength[y, x], _FULL)
    facing = np.degrees(np.arctan2(down[y, x], across[y, x]))
    reach = int(np.hypot(*strength.shape)) // 2 + 2
    votes = np.zeros((_TURNS, 2 * reach + 1))
    x, y = x - strength.shape[1] / 2, y - strength.shape[0] / 2
    for off in range(-6, 7):
        turn = np.round(facing + off).astype(int) % _TURNS
        away = np.round(x * np.cos(np.radians(turn)) + y * np.sin(np.radians(turn))).astype(int) + reach
        np.add.at(votes, (turn, away), weight)
    return _peaks(votes, reach)


def _peaks(votes: Floats, reach: int) -> Floats:
    smooth = votes + 0.5 * (np.roll(votes, 1, axis=1) + np.roll(votes, -1, axis=1))
    found = []
    for _ in range(_LINES):
        turn, away = np.unravel_index(int(smooth.argmax()), smooth.shape)
        found.append((np.radians(float(turn)), float(away) - reach))
        for near in range(-5, 6):
            row, flips = (turn + near) % _TURNS, not 0 <= turn + near < _TURNS
            middle = 2 * reach - away if flips else away
            smooth[row, max(0, middle - 4) : middle + 5] = 0
    return np.array(found)


def _quads(lines: Floats, wide: int, high: int) -> Floats:
    """Every four lines that might be a page's sides, as corners in pixels, clockwise as seen from the one nearest to the top left."""
    least = 0.4 * min(wide, high)
    pairs = [(a, b) for a, b in combinations(range(len(lines)), 2) if _opposite(lines[a], lines[b], least)]
    fours = [
        (a, c, b, d)
        for (a, b), (c, d) in combinations(pairs, 2)
        if len({a, b, c, d}) == 4 and abs(abs(np.degrees(lines[a, 0] - lines[c, 0])) % 180 - 90) < 25
    ]
    if not fours:
        return np.zeros((0, 4, 2))
    sides = np.array(fours)
    quads = _crossings(lines)[sides, np.roll(sides, -1, axis=1)] + (wide / 2, high / 2)
    rays = quads - quads.mean(axis=1, keepdims=True)
    quads = np.take_along_axis(quads, np.arctan2(rays[..., 1], rays[..., 0]).argsort(axis=1)[..., None], axis=1)
    first = quads.sum(axis=2).argmin(axis=1)
    quads = np.take_along_axis(quads, ((first[:, None] + np.arange(4)) % 4)[..., None], axis=1)
    room = 0.06 * max(wide, high)
    within = (quads > -room).all(axis=(1, 2)) & (quads < (wide + room, high + room)).all(axis=(1, 2))
    return quads[within & (_areas(quads) > 0.2 * wide * high)]


def _opposite(one: Floats, other: Floats, least: float) -> bool:
    """Nearly parallel, and not near each other."""
    apart = abs(one[0] - other[0])
    if apart > np.pi / 2:  # the normals point in opposite ways
        return bool(np.pi - apart < _PARALLEL and abs(one[1] + other[1]) > least)
    return bool(apart < _PARALLEL and abs(one[1] - other[1]) > least)


def _crossings(lines: Floats) -> Floats:
    """Where each line meets each other; far away where they are parallel."""
    turn, away = lines[:, 0], lines[:, 1]
    sine = np.sin(turn[None, :] - turn[:, None])
    sine = np.where(np.abs(sine) < 0.2, 1e-6, sine)
    x = (away[:, None] * np.sin(turn)[None, :] - away[None, :] * np.sin(turn)[:, None]) / sine
    y = (away[None, :] * np.cos(turn)[:, None] - away[:, None] * np.cos(turn)[None, :]) / sine
    return np.stack([x, y], axis=-1)


def _areas(quads: Floats) -> Floats:
    x, y = quads[..., 0], quads[..., 1]
    areas: Floats = 0.5 * np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    return areas


def _judged(quads: Floats, seen: npt.NDArray[np.float32]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """(score, sides that are really seen) of each: how sharply its sides part two colours all along."""
    high, wide = seen.shape[:2]
    begin, end = quads[:, :, None, :], np.roll(quads, -1, axis=1)[:, :, None, :]
    points = begin + (end - begin) * _SAMPLES[:, None]
    along = (end - begin) / np.maximum(np.linalg.norm(end - begin, axis=-1, keepdims=True), 1e-6)
    inwards = np.stack([-along[..., 1], along[..., 0]], axis=-1)  # clockwise as seen, so the page is at the right hand

    def colours(off: float) -> npt.NDArray[np.float32]:
        at = np.round(points + inwards * off).astype(int)
        there: npt.NDArray[np.float32] = seen[np.clip(at[..., 1], 0, high - 1), np.clip(at[..., 0], 0, wide - 1)]
        return there

    apart = np.abs(colours(2.5) - colours(-2.5)).max(axis=-1)
    support, faint = (np.minimum(apart / full, 1).mean(axis=-1) for full in (_FULL, _FAINT))
    x, y = points[..., 0], points[..., 1]
    edge = np.minimum(np.minimum(x, wide - 1 - x), np.minimum(y, high - 1 - y)).mean(axis=-1) < _NEAR_BORDER
    support = np.where(edge, _BORDER, support)
    mean = support.mean(axis=1)
    sharp = np.where(edge, 1.0, support).min(axis=1) > np.where(edge.any(axis=1), _SHARP_SIDE, _LEAST_SIDE)
    good = (sharp & (mean > _LEAST_MEAN)) | ((faint.min(axis=1) > _ALL_ALONG) & ~edge.any(axis=1))
    return np.where(good, mean + 0.3 * _areas(quads) / (wide * high), 0.0), (~edge).sum(axis=1)
