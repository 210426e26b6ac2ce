"""Ruled tables are found in drawn pages: level and askew, faint, broken, merged; and not where there is none."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mailbot.domain.pages import Box, Grid
from parsers.scans.grid import askew, tables

WIDTH, HEIGHT = 1240, 1754
XS, YS = (150, 320, 560, 800, 1090), (400, 470, 640, 720, 800)


def page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    paper = Image.new("L", (WIDTH, HEIGHT), 245)
    return paper, ImageDraw.Draw(paper)


def ruled(draw: ImageDraw.ImageDraw, xs: Sequence[int] = XS, ys: Sequence[int] = YS, tone: int = 30, wide: int = 2) -> None:
    for y in ys:
        draw.line((xs[0], y, xs[-1], y), tone, wide)
    for x in xs:
        draw.line((x, ys[0], x, ys[-1]), tone, wide)


def lettered(draw: ImageDraw.ImageDraw, left: int, top: int, right: int, bottom: int, seed: int = 1) -> None:
    """Something like lines of Chinese: squares full of short strokes."""
    dice = random.Random(seed)
    for y in range(top, bottom - 24, 34):
        for x in range(left, right - 24, 27):
            for _ in range(5):
                across, down = x + dice.randint(0, 10), y + dice.randint(0, 22)
                draw.line((across, down, across + dice.randint(6, 14), down), 30, 2)
                across, down = x + dice.randint(0, 22), y + dice.randint(0, 10)
                draw.line((across, down, across, down + dice.randint(6, 14)), 30, 2)


def scanned(paper: Image.Image, degrees: float = 0.0) -> Image.Image:
    """Turned, blurred, in uneven light, with noise."""
    turned = paper.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=245).filter(ImageFilter.GaussianBlur(0.8))
    values = np.asarray(turned, dtype=np.float64) * np.linspace(0.85, 1.0, WIDTH)
    values += np.random.default_rng(3).normal(0, 6, values.shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def shape(grid: Grid) -> tuple[int, int]:
    return len(grid), len(grid[0])


def lies_at(box: Box, left: int, top: int, right: int, bottom: int, within: int = 6) -> bool:
    wanted = (left / WIDTH, top / HEIGHT, right / WIDTH, bottom / HEIGHT)
    return all(abs(a - b) * HEIGHT <= within for a, b in zip((box.left, box.top, box.right, box.bottom), wanted, strict=True))


def test_a_table_is_found_with_its_rows_and_columns() -> None:
    paper, draw = page()
    ruled(draw)
    lettered(draw, 580, 490, 780, 630)
    (grid,) = tables(scanned(paper))
    assert shape(grid) == (4, 4)
    assert lies_at(grid[1][2], 560, 470, 800, 640)


@pytest.mark.parametrize("degrees", [-2.0, -0.7, 0.4, 1.5, 3.0])
def test_a_page_askew_is_measured_and_its_table_found_once_it_is_turned(degrees: float) -> None:
    paper, draw = page()
    ruled(draw)
    lettered(draw, 150, 900, 1090, 1500)
    tilted = scanned(paper, degrees)
    measured = askew(tilted)
    assert measured == pytest.approx(-degrees, abs=0.25)
    (grid,) = tables(tilted.rotate(measured, Image.Resampling.BICUBIC, fillcolor=245))
    assert shape(grid) == (4, 4)


def test_rules_that_lean_a_little_still_make_a_table() -> None:
    paper, draw = page()
    ruled(draw)
    (grid,) = tables(scanned(paper, 0.6))
    assert shape(grid) == (4, 4)


def test_faint_rules_are_found() -> None:
    paper, draw = page()
    ruled(draw, tone=140, wide=1)
    (grid,) = tables(paper)
    assert shape(grid) == (4, 4)


def test_rules_with_small_breaks_are_whole() -> None:
    paper, draw = page()
    ruled(draw)
    for x in range(215, 1090, 130):
        draw.rectangle((x, 380, x + 5, 820), 245)
    (grid,) = tables(scanned(paper))
    assert shape(grid) == (4, 4)


def test_a_merged_cell_stands_in_every_place_that_it_covers() -> None:
    paper, draw = page()
    ruled(draw)
    draw.rectangle((325, 405, 795, 466), 245)  # two walls less in the first row
    draw.rectangle((155, 478, 314, 712), 245)  # one floor less in the first column
    (grid,) = tables(scanned(paper))
    assert grid[0][1] == grid[0][2] and lies_at(grid[0][1], 320, 400, 800, 470)
    assert grid[1][0] == grid[2][0] and lies_at(grid[1][0], 150, 470, 320, 720)
    assert len({cell for row in grid for cell in row}) == 14


def test_two_tables_come_from_top_to_bottom() -> None:
    paper, draw = page()
    ruled(draw, ys=(900, 980, 1060))
    ruled(draw, xs=(150, 500, 1090), ys=(400, 470, 540, 610))
    upper, lower = tables(scanned(paper))
    assert (shape(upper), shape(lower)) == ((3, 2), (2, 4))


def test_a_page_of_text_under_a_ruled_headline_has_no_table() -> None:
    paper, draw = page()
    draw.line((150, 300, 1090, 300), 30, 4)
    lettered(draw, 150, 350, 1090, 1600)
    assert tables(scanned(paper)) == ()


def test_a_frame_and_the_streaks_of_a_scanner_are_no_table() -> None:
    paper, draw = page()
    draw.rectangle((60, 60, 1180, 1690), outline=30, width=3)
    lettered(draw, 150, 350, 1090, 900)
    assert tables(scanned(paper)) == ()
    paper, draw = page()
    ruled(draw)
    draw.line((430, 0, 430, HEIGHT), 90, 2)
    (grid,) = tables(scanned(paper))
    assert shape(grid) == (4, 4)


def test_an_empty_page_is_level_and_has_no_table() -> None:
    paper, _ = page()
    assert askew(paper) == 0.0
    assert tables(paper) == ()
