"""The ruled tables of a picture, by numpy alone: straight dark runs become rules, rules that cross become a table, and where no rule
parts two places of its grid they are one merged cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mailbot.domain.pages import Box, Grid

Mask = NDArray[np.bool_]
Ink = NDArray[np.int16]

_LONGEST_SIDE = 1500  # pixels of the picture that is searched
_COARSE, _PAPER = 4, 7  # the paper's tone is the lightest of so many places around, on a picture so many times smaller
_DARKER = 40  # of 255 than the paper: a rule, faint ones too
_STEEPEST, _STEP = 4.0, 0.2  # degrees: a scan lies so much askew, and so fine it is measured
_EVERY_ROW, _EVERY_COLUMN = 2, 6  # pixels that are enough to measure it
_SHORTEST_LEVEL = 0.028  # of the longer side: a shorter dark run is a stroke of a letter
_SHORTEST_UPRIGHT = 0.023  # the height of a row, more than that of a letter between two rules
_LONG = 0.1  # of the longer side: a shorter rule must begin and end at others
_NEAR = 6  # pixels: rules so near each other are one; ends so near a rule reach it
_THICK = 3  # pixels to both sides that a rule may stray
_GAP = 0.02  # of the longer side that a rule may be broken
_WORN, _EVEN = 20, 0.6  # but for so many per cent of it a rule is at least so dark as its median
_ASIDE, _CLEAR = 6, 0.5  # pixels beside an upright rule, and the share of it that must be clear there
_PARTS = 0.55  # of a cell's side that must be ruled to part it from the next
_NARROWEST = 9  # pixels of a cell
_LEAST_REACH = 25  # pixels beyond the outermost rule: less is a letter that touches the table
_LOOKED_BACK = 12  # runs of a group that the next run may touch
_MOST = 300  # rules that are looked at
_MOST_CELLS = 2000  # of a table; what has more is no form but a pattern


class _Run(NamedTuple):
    """A dark run of one row."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """A straight line from `start` to `end`: where it stands across its direction at 0, and how it leans, pixels for a pixel."""

    base: float
    lean: float
    start: int
    end: int

    def at(self, along: float) -> float:
        return self.base + self.lean * along

    @property
    def length(self) -> int:
        return self.end - self.start


def askew(paper: Image.Image) -> float:
    """Degrees counter-clockwise by which a grey page must be turned for its lines to lie level: then its dark pixels are gathered in
    the fewest rows. 0 for a page that is level, or so far askew that it is no scan."""
    rows, columns = np.nonzero(_ink(_small(paper))[::_EVERY_ROW, ::_EVERY_COLUMN] > _DARKER)
    if not len(rows):
        return 0.0
    angles = np.arange(-_STEEPEST, _STEEPEST + _STEP / 2, _STEP)
    best = max(angles, key=lambda angle: (_gathered(rows, columns, angle), -abs(angle)))
    return round(float(best), 2) if abs(best) < _STEEPEST - _STEP / 2 else 0.0


def _gathered(rows: NDArray[np.intp], columns: NDArray[np.intp], angle: float) -> int:
    level = np.rint(rows - columns * (_EVERY_COLUMN / _EVERY_ROW) * np.tan(np.radians(angle))).astype(np.intp)
    counts = np.bincount(level - level.min())
    return int((counts.astype(np.int64) ** 2).sum())


def tables(paper: Image.Image) -> tuple[Grid, ...]:
    """The tables of a grey page that lies more or less level, from top to bottom."""
    ink = _ink(_small(paper))
    dark, longer = ink > _DARKER, max(ink.shape)
    across, down = _runs(dark, round(_SHORTEST_LEVEL * longer)), _runs(dark.T, round(_SHORTEST_UPRIGHT * longer))
    upright = tuple(rule for rule in _rules(down, ink.T) if _is_clear(rule, ink.T))
    groups = _crossing(_rules(across, ink), upright, round(_LONG * longer))
    found = (_grid(_Lattice(level, upright), across, down) for level, upright in groups)
    return tuple(sorted((grid for grid in found if grid), key=lambda grid: grid[0][0].top))


def _small(paper: Image.Image) -> Image.Image:
    scale = _LONGEST_SIDE / max(paper.size)
    size = max(1, round(paper.width * scale)), max(1, round(paper.height * scale))
    return paper.resize(size, Image.Resampling.BOX) if scale < 1 else paper


def _ink(picture: Image.Image) -> Ink:
    """How much darker each pixel is than the paper around it, whatever the light. The paper's tone is the lightest near by."""
    coarse = picture.resize((max(1, picture.width // _COARSE), max(1, picture.height // _COARSE)), Image.Resampling.BOX)
    paper = coarse.filter(ImageFilter.MaxFilter(_PAPER)).resize(picture.size, Image.Resampling.BILINEAR)
    grey = picture.filter(ImageFilter.GaussianBlur(0.4))
    return np.asarray(paper, dtype=np.int16) - np.asarray(grey, dtype=np.int16)


def _runs(dark: Mask, shortest: int) -> Mask:
    """The pixels of level runs at least so long; they may have holes of two."""
    filled = _shrunk(_grown(dark, 3), 3)
    return _grown(_shrunk(filled, shortest), shortest) & filled


def _sums(mask: Mask, width: int) -> NDArray[np.int32]:
    """For each pixel how many of the `width` ones around it in its row are set; beyond the edge none is."""
    padded = np.pad(mask, ((0, 0), (width // 2 + 1, width - width // 2 - 1)))
    sums = np.cumsum(padded, axis=1, dtype=np.int32)
    return sums[:, width:] - sums[:, :-width]


def _shrunk(mask: Mask, width: int) -> Mask:
    full: Mask = _sums(mask, width) == width
    return full


def _grown(mask: Mask, width: int) -> Mask:
    touched: Mask = _sums(mask[:, ::-1], width)[:, ::-1] > 0
    return touched


def _rules(mask: Mask, ink: Ink) -> tuple[_Rule, ...]:
    """The level rules of a mask of runs, the longest of them, that are dark from end to end."""
    groups = sorted(_gathered_runs(mask), key=lambda runs: -sum(run.end - run.start for run in runs))
    return tuple(rule for rule in map(_fitted, groups[:_MOST]) if _is_even(rule, ink))


def _gathered_runs(mask: Mask) -> Iterator[list[_Run]]:
    """The runs of neighbouring rows that lie over each other, or follow each other with a small gap."""
    gap = round(_GAP * max(mask.shape))
    growing: list[list[_Run]] = []
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    for y in map(int, np.flatnonzero(mask.any(axis=1))):
        yield from (runs for runs in growing if y - runs[-1].row > _NEAR)
        growing = [runs for runs in growing if y - runs[-1].row <= _NEAR]
        for start, end in zip(np.flatnonzero(edges[y] == 1), np.flatnonzero(edges[y] == -1), strict=True):
            touching, apart = list[_Run](), list[list[_Run]]()
            for runs in growing:
                if any(r.start <= end + gap and start <= r.end + gap for r in runs[-_LOOKED_BACK:]):
                    touching += runs
                else:
                    apart.append(runs)
            growing = [*apart, [*sorted(touching), _Run(y, int(start), int(end))]]
    yield from growing


def _fitted(runs: Sequence[_Run]) -> _Rule:
    """The straight line through the ends of runs, the long ones before all; what strays from it (letters that touch) is no part of it."""
    rows, starts, ends = np.array(runs, dtype=np.float64).T
    along, across, weights = np.concatenate((starts, ends)), np.tile(rows, 2), np.tile((ends - starts) ** 4, 2)
    middle, height = np.average(along, weights=weights), np.average(across, weights=weights)
    lean = float(np.sum(weights * (along - middle) * (across - height)) / np.sum(weights * (along - middle) ** 2))
    straight = np.abs(rows - height - lean * ((starts + ends) / 2 - middle)) <= _THICK
    kept = straight if straight.any() else np.ones_like(straight)
    return _Rule(float(height - lean * middle), lean, int(starts[kept].min()), int(ends[kept].max()))


def _is_even(rule: _Rule, ink: Ink) -> bool:
    """Whether a rule is as dark, or as thick, from end to end: a thin one passes from one row of pixels to the next and is pale there, a
    black one is one pixel thick here and two there. The strokes of letters below each other, which may make a run, are neither."""
    band = np.stack([_beside(rule, ink, aside) for aside in range(-_THICK, _THICK + 1)]).clip(0)
    measures = band.max(axis=0), band.sum(axis=0)
    return any(float(np.percentile(measure, _WORN)) >= _EVEN * float(np.median(measure)) for measure in measures)


def _beside(rule: _Rule, ink: Ink, aside: int) -> Ink:
    """The ink along a rule, or so many pixels beside it."""
    along = np.arange(rule.start, rule.end)
    across = np.rint(rule.base + rule.lean * along).astype(np.intp) + aside
    pixels: Ink = ink[across.clip(0, ink.shape[0] - 1), along]
    return pixels


def _is_clear(rule: _Rule, ink: Ink) -> bool:
    """Whether beside a rule, on both sides, the paper is blank for the most part. Of an upright one only: letters keep away from it."""
    sides = (_beside(rule, ink, aside) < _DARKER for aside in (-_ASIDE, _ASIDE))
    return float(np.logical_and(*sides).mean()) >= _CLEAR


def _crossing(level: Sequence[_Rule], upright: Sequence[_Rule], long: int) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """Rules that cross or touch, group by group: each may be a table. A rule of a table meets two others at least; runs of letters and
    the line under a heading do not."""
    fewer = True
    while fewer:
        kept = [r for r in level if _holds(r, [u for u in upright if _meet(r, u)], long)]
        upright_kept = [u for u in upright if _holds(u, [r for r in kept if _meet(r, u)], long)]
        fewer = len(kept) < len(level) or len(upright_kept) < len(upright)
        level, upright = kept, upright_kept
    left = set(level)
    while left:
        rows, columns = {left.pop()}, set[_Rule]()
        grew = True
        while grew:
            more_columns = {u for u in upright if u not in columns and any(_meet(r, u) for r in rows)}
            columns |= more_columns
            more_rows = {r for r in left if any(_meet(r, u) for u in columns)}
            rows |= more_rows
            left -= more_rows
            grew = bool(more_columns or more_rows)
        yield list(rows), list(columns)


def _holds(rule: _Rule, met: Sequence[_Rule], long: int) -> bool:
    """Whether a rule that meets others is one of a table: it meets two, and a short one begins and ends at them; a streak of the
    scanner's glass runs on far beyond them both ways."""
    if len(met) < 2:
        return False
    places = sorted(other.at(rule.at(other.base)) for other in met)
    within = min(places[0] - rule.start, rule.end - places[-1]) <= long
    ends = all(min(abs(end - place) for place in places) <= _NEAR for end in (rule.start, rule.end))
    return within and (ends or rule.length >= long)


def _meet(level: _Rule, upright: _Rule) -> bool:
    x = upright.at(level.at(upright.base))
    y = level.at(x)
    return level.start - _NEAR <= x <= level.end + _NEAR and upright.start - _NEAR <= y <= upright.end + _NEAR


class _Lattice:
    """The places of a group of rules: rows between `ys`, columns between `xs`, on axes that lean as the rules do."""

    def __init__(self, level: Sequence[_Rule], upright: Sequence[_Rule]) -> None:
        self._falls, self._leans = median(r.lean for r in level), median(u.lean for u in upright)
        self._x = (min(r.start for r in level) + max(r.end for r in level)) / 2
        self._y = (min(u.start for u in upright) + max(u.end for u in upright)) / 2
        self.ys, self.xs = _places(level, upright, self._x), _places(upright, level, self._y)

    def row_at(self, y: float, x: float) -> float:
        """Where a level line that stands at y in the lattice's middle stands at x."""
        return y + self._falls * (x - self._x)

    def column_at(self, x: float, y: float) -> float:
        return x + self._leans * (y - self._y)

    def box(self, column: int, row: int, last_column: int, last_row: int, size: tuple[int, int]) -> Box:
        """The cell from one place to another."""
        left, right, top, bottom = self.xs[column], self.xs[last_column + 1], self.ys[row], self.ys[last_row + 1]
        x, y = (left + right) / 2, (top + bottom) / 2
        edges = (self.column_at(left, y), self.row_at(top, x), self.column_at(right, y), self.row_at(bottom, x))
        return Box(*(round(min(1.0, max(0.0, at / whole)), 5) for at, whole in zip(edges, size * 2, strict=True)))


def _places(rules: Sequence[_Rule], crossing: Sequence[_Rule], middle: float) -> list[float]:
    """Where parallel rules stand, in order; one too near the one before is the same. Where most of the crossing ones reach out beyond
    the outermost, the border there was cut off with the page's edge, or was never ruled."""
    first, last = median_low(r.start for r in crossing), median_low(r.end for r in crossing)
    at = sorted(r.at(middle) for r in rules)
    kept: list[float] = [first] if at[0] - first >= _LEAST_REACH else []
    for place in [*at, *([last] if last - at[-1] >= _LEAST_REACH else [])]:
        if not kept or place - kept[-1] >= _NARROWEST:
            kept.append(place)
    return kept


def _grid(lattice: _Lattice, across: Mask, down: Mask) -> Grid:
    """The grid of a group of rules, a place its cell's box; () where it has but one cell, a frame, or too many."""
    xs, ys, size = lattice.xs, lattice.ys, (across.shape[1], across.shape[0])
    if len(xs) * len(ys) > _MOST_CELLS:
        return ()
    floors = [[_ruled(across, lattice.row_at(y, a), lattice.row_at(y, b), a, b) for a, b in pairwise(xs)] for y in ys[1:]]
    walls = [[_ruled(down, lattice.column_at(x, a), lattice.column_at(x, b), a, b) for x in xs[1:]] for a, b in pairwise(ys)]
    places: list[list[Box | None]] = [[None] * (len(xs) - 1) for _ in ys[1:]]
    cells = 0
    for row, column in np.ndindex(len(ys) - 1, len(xs) - 1):
        if places[row][column] is None:
            last_row, last_column = _reach(row, column, floors, walls)
            cells += 1
            for r in range(row, last_row + 1):
                places[r][column : last_column + 1] = [lattice.box(column, row, last_column, last_row, size)] * (last_column + 1 - column)
    return tuple(tuple(cell for cell in row if cell) for row in places) if cells > 1 else ()


def _ruled(runs: Mask, first: float, last: float, start: float, end: float) -> bool:
    """Whether a rule stands there from start to end, for the most part."""
    band = runs[max(0, round(min(first, last)) - _THICK) : round(max(first, last)) + _THICK + 1, round(start) : round(end)]
    return bool(band.size) and float(band.any(axis=0).mean()) >= _PARTS


def _reach(row: int, column: int, floors: Sequence[Sequence[bool]], walls: Sequence[Sequence[bool]]) -> tuple[int, int]:
    """The last row and column of the cell that begins in a place: as far right as no wall stands, then as far down as no rule crosses."""
    last_column = column
    while last_column + 1 < len(floors[0]) and not walls[row][last_column]:
        last_column += 1
    last_row = row
    while last_row + 1 < len(walls) and not any((*floors[last_row][column : last_column + 1], *walls[last_row + 1][column:last_column])):
        last_row += 1
    return last_row, last_column
