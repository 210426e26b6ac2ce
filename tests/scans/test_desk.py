"""Photos of a page on a desk become the page; what a scanner made stays as it is."""

import math
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from parsers.scans.desk import straight
from parsers.scans.seals import find
from tests.scans.drawn import paper, scanned, stamped, written

_DESKS = {"dark": (40, 38, 36), "wood": (170, 120, 70), "red": (150, 30, 35), "grey": (150, 152, 150), "blue": (50, 70, 140)}
Point = tuple[float, float]


def _sheet() -> Image.Image:
    return stamped(written(paper(110), lines=20), (0.68, 0.8), strength=0.8)


def _corners(turn: float, lean: float, scale: float, size: tuple[int, int]) -> list[Point]:
    """Where the corners of an upright A4 sheet lie on a photo: turned, and the far edge shorter."""
    points = []
    for x, y in ((-0.707, -1), (0.707, -1), (0.707, 1), (-0.707, 1)):
        x = x * (1 - lean * (y < 0))
        spin = math.radians(turn)
        points.append((x * math.cos(spin) - y * math.sin(spin), x * math.sin(spin) + y * math.cos(spin)))
    return [(size[0] / 2 + x * scale * size[1] / 2, size[1] / 2 + y * scale * size[1] / 2) for x, y in points]


def _photo(
    sheet: Image.Image, desk: tuple[int, int, int], turn: float = 3, lean: float = 0.06, scale: float = 0.85, shade: float = 1.0, shadow: bool = False
) -> Image.Image:
    size = (1350, 1800)
    quad = _corners(turn, lean, scale, size)
    chance = np.random.default_rng(5)
    photo = Image.fromarray(np.clip(np.array(desk) + chance.normal(0, 5, (size[1], size[0], 1)), 0, 255).astype(np.uint8))
    if shadow:  # what the edge of the paper throws, some of it all around
        dim = Image.new("L", size)
        ImageDraw.Draw(dim).polygon([(x + 3, y + 5) for x, y in quad], fill=150)
        photo.paste((60, 60, 60), mask=dim.filter(ImageFilter.GaussianBlur(9)))
    rows, right = [], []
    for (x, y), (u, v) in zip(quad, ((0, 0), (sheet.width, 0), sheet.size, (0, sheet.height)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    numbers = np.linalg.solve(np.array(rows), np.array(right)).tolist()
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(quad, fill=255)
    photo.paste(sheet.transform(size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC), mask=mask)
    light = np.linspace(1, shade, size[0])[None, :, None]
    return Image.fromarray((np.asarray(photo) * light + chance.normal(0, 2, (size[1], size[0], 3))).clip(0, 255).astype(np.uint8))


def _off(laid: object, turn: float, lean: float, scale: float) -> float:
    """The farthest of the corners found from where it was, as a share of the picture's height."""
    size = (1350, 1800)
    found = [(x * size[0], y * size[1]) for x, y in laid.corners]  # type: ignore[attr-defined]
    return max(min(math.dist(one, other) for other in found) for one in _corners(turn, lean, scale, size)) / size[1]


@pytest.mark.parametrize("desk", _DESKS)
def test_a_page_is_found_on_a_desk_of_any_colour(desk: str) -> None:
    image, laid = straight(_photo(_sheet(), _DESKS[desk]))
    assert laid.desk
    assert _off(laid, 3, 0.06, 0.85) < 0.012
    assert abs(image.height / image.width - 2**0.5) < 0.01
    (seal,) = find(image)
    assert math.hypot((seal.box.left + seal.box.right) / 2 - 0.68, (seal.box.top + seal.box.bottom) / 2 - 0.8) < 0.03


def test_a_page_is_found_on_a_white_desk_by_its_shadow() -> None:
    _, laid = straight(_photo(_sheet(), (236, 235, 232), shadow=True, scale=0.8))
    assert laid.desk
    assert _off(laid, 3, 0.06, 0.8) < 0.03


@pytest.mark.parametrize("turn", [-35, -14, 0, 22])
def test_it_may_lie_at_any_angle(turn: float) -> None:
    image, laid = straight(_photo(_sheet(), _DESKS["wood"], turn=turn, scale=0.7))
    assert _off(laid, turn, 0.06, 0.7) < 0.015
    assert abs(laid.turned - turn) < 1.5
    assert len(find(image)) == 1


def test_a_page_that_leaves_the_picture_on_one_side_is_still_cut_out_of_the_rest() -> None:
    photo = _photo(_sheet(), _DESKS["blue"], turn=0, scale=0.9)
    image, laid = straight(photo.crop((0, 0, photo.width, round(photo.height * 0.8))))
    assert laid.desk
    assert image.width < photo.width * 0.95


def test_shadow_is_taken_away_and_red_stays_red() -> None:
    image, _ = straight(_photo(_sheet(), _DESKS["dark"], shade=0.45))
    blank = np.asarray(image.resize((40, 56), Image.Resampling.BOX)).astype(int)[3:-3, 3:-3].max(axis=2)
    assert np.percentile(blank, 95) - np.percentile(blank, 50) < 15
    assert abs(np.percentile(blank[:, :8], 90) - np.percentile(blank[:, -8:], 90)) < 8
    (seal,) = find(image)
    x, y = round((seal.box.left + seal.box.right) / 2 * image.width), round((seal.box.top + seal.box.bottom) / 2 * image.height)
    star = np.asarray(image.crop((x - 4, y - 4, x + 4, y + 4))).reshape(-1, 3).mean(axis=0)
    assert star[0] - max(star[1], star[2]) > 60


def test_a_flat_scan_comes_back_as_the_same_picture() -> None:
    page = scanned(_sheet(), tilt=0.1)
    image, laid = straight(page)
    assert image is page
    assert laid.corners == ()
    assert (laid.desk, laid.turned) == (False, 0.0)


@pytest.mark.parametrize("tilt", [-3.0, 1.5])
def test_a_skewed_scan_is_made_level(tilt: float) -> None:
    _, laid = straight(scanned(_sheet(), tilt=tilt))
    assert abs(laid.turned + tilt) < 0.35
    assert not laid.desk


@pytest.mark.parametrize("quarter", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270])
def test_a_page_on_its_side_is_turned_so_that_its_lines_run_across(quarter: Image.Transpose) -> None:
    page = scanned(_sheet(), tilt=0.1)
    image, laid = straight(page.transpose(quarter))
    assert image.size == page.size
    assert abs(laid.turned - 90) < 1


def test_a_wide_page_with_lines_across_is_not_turned() -> None:
    image, laid = straight(scanned(written(paper(90, size=(297, 210)), lines=14), tilt=0.0))
    assert image.width > image.height
    assert laid.turned == 0.0


@pytest.mark.parametrize("shade", [255, 128, 0])
def test_a_picture_of_nothing_does_no_harm(shade: int) -> None:
    page = Image.new("RGB", (700, 900), (shade, shade, shade))
    image, laid = straight(page)
    assert not laid.desk
    assert image.size == page.size


def test_noise_and_tiny_pictures_do_no_harm() -> None:
    random.seed(1)
    noise = Image.frombytes("RGB", (300, 200), random.randbytes(300 * 200 * 3))
    for page in (noise, noise.crop((0, 0, 9, 7)), noise.crop((0, 0, 1, 1))):
        straight(page)
        find(page)
