"""Seals on drawn pages: what is one is found, what looks a little like one is not."""

import math
import random

import pytest
from PIL import Image, ImageDraw

from mailbot.domain.pages import Seal
from parsers.scans.seals import colour, find
from tests.scans.drawn import DARK_RED, ORANGE, PURPLE, RED, glyph, imprint, paper, scanned, stamped, written

Colour3 = tuple[int, int, int]


def _page(dpi: int = 110, **how: object) -> Image.Image:
    return written(paper(dpi), lines=22, **how)  # type: ignore[arg-type]


def _headed(dpi: int = 110) -> Image.Image:
    """Large red letters and a red line above the words, as on paper of an authority."""
    page = written(_page(dpi, top=0.3), top=0.09, lines=1, side=15, fill=RED, left=0.12)
    ImageDraw.Draw(page).line((page.width * 0.1, page.height * 0.2, page.width * 0.9, page.height * 0.2), fill=RED, width=5)
    return page


def _only(page: Image.Image) -> Seal:
    (seal,) = find(page)
    return seal


def _is_at(seal: Seal, x: float, y: float) -> bool:
    return math.hypot((seal.box.left + seal.box.right) / 2 - x, (seal.box.top + seal.box.bottom) / 2 - y) < 0.02


@pytest.mark.parametrize("strength", [1.0, 0.6, 0.35])
@pytest.mark.parametrize("ink", [RED, DARK_RED, ORANGE, PURPLE])
def test_a_seal_of_any_red_is_found_even_faint(ink: Colour3, strength: float) -> None:
    seal = _only(scanned(stamped(_page(), (0.68, 0.8), strength=strength, turn=-11, ink=ink)))
    assert (seal.shape, seal.ink) == ("round", "red")
    assert _is_at(seal, 0.68, 0.8)
    assert abs(seal.millimetres - 42) < 1.5
    assert seal.certainty > 0.7


def test_a_seal_over_words_is_found() -> None:
    assert _is_at(_only(scanned(stamped(_page(), (0.45, 0.35), strength=0.5))), 0.45, 0.35)


def test_a_seal_on_paper_with_a_red_head_is_found_beside_and_over_it() -> None:
    for at in ((0.7, 0.7), (0.5, 0.2), (0.3, 0.1)):
        assert _is_at(_only(scanned(stamped(_headed(), at, strength=0.7))), *at)


def test_a_dry_and_patchy_seal_is_found() -> None:
    assert _is_at(_only(scanned(stamped(_page(), (0.6, 0.78), strength=0.9, dry=0.6))), 0.6, 0.78)


@pytest.mark.parametrize("star", [True, False])
@pytest.mark.parametrize("millimetres", [38, 42, 45])
def test_a_long_name_in_small_letters_near_the_ring_hides_no_seal(millimetres: float, star: bool) -> None:
    seal = _only(scanned(stamped(_page(), (0.6, 0.78), millimetres, letters=20, high=3.2 / millimetres, star=star)))
    assert _is_at(seal, 0.6, 0.78)
    assert seal.certainty > 0.7


@pytest.mark.parametrize("strength", [0.8, 0.3])
def test_a_seal_that_fades_on_one_side_is_found_and_not_doubted(strength: float) -> None:
    seal = _only(scanned(stamped(_page(), (0.6, 0.78), strength=strength, leant=0.9)))
    assert _is_at(seal, 0.6, 0.78)
    assert seal.certainty > 0.5


def test_a_seal_whose_letters_are_lost_is_known_by_its_star() -> None:
    seal = _only(scanned(stamped(_page(), (0.6, 0.78), letters=0)))
    assert _is_at(seal, 0.6, 0.78)
    assert seal.certainty > 0.6


def test_a_ring_of_which_all_within_is_lost_is_for_people_to_look_at() -> None:
    assert 0.3 <= _only(scanned(stamped(_page(), (0.6, 0.78), letters=0, star=False))).certainty < 0.6


def test_a_seal_on_red_ruled_paper_is_no_date_stamp() -> None:
    draw, _, _, mm = _draw(page := _page())
    for k in range(8):
        draw.line((12 * mm, 170 * mm + k * 13 * mm, 198 * mm, 170 * mm + k * 13 * mm), fill=RED, width=2)
    assert _is_at(_only(scanned(stamped(page, (0.6, 0.78)))), 0.6, 0.78)


@pytest.mark.parametrize("x", [0.99, 0.02])
def test_half_a_seal_across_the_edge_of_the_page_is_found(x: float) -> None:
    assert _is_at(_only(scanned(stamped(_page(), (x, 0.5)), tilt=0.2)), x, 0.5)


def test_a_coarse_and_strongly_packed_scan_still_shows_its_seal() -> None:
    assert find(scanned(stamped(_page(75), (0.6, 0.75), strength=0.5), quality=30, noise=6))


def test_yellow_light_and_tinted_paper_hide_no_seal_and_make_none() -> None:
    tinted = written(paper(110, tint=(247, 226, 168)), lines=22)
    assert find(scanned(tinted.copy())) == ()
    assert _is_at(_only(scanned(stamped(tinted, (0.6, 0.75), strength=0.5))), 0.6, 0.75)


@pytest.mark.parametrize(("long_side", "on_a4"), [(420, 29.7), (210, 59.4)])
def test_a_seal_of_42_mm_is_told_as_such_on_a3_and_a5(long_side: int, on_a4: float) -> None:
    """The scale of a picture is not known: all pages here are drawn as if A4."""
    assert abs(_only(scanned(stamped(_page(), (0.6, 0.75), millimetres=on_a4))).millimetres - 42) < 2


def test_both_seals_of_a_page_are_found() -> None:
    page = stamped(stamped(_page(), (0.3, 0.8)), (0.72, 0.75), millimetres=38, seed=4)
    first, second = find(scanned(page))
    assert {_is_at(first, 0.3, 0.8), _is_at(second, 0.3, 0.8)} == {True, False}


@pytest.mark.parametrize("turn", [0, 9, 40])
@pytest.mark.parametrize(("shape", "millimetres"), [("square", 20), ("square", 38), ("oval", 45)])
def test_square_and_oval_seals_are_named_as_such_however_they_are_turned(shape: str, millimetres: float, turn: float) -> None:
    seal = _only(scanned(stamped(_page(120), (0.6, 0.8), millimetres=millimetres, turn=turn, shape=shape, star=False)))
    assert seal.shape == shape
    assert abs(seal.millimetres - millimetres) < 2


@pytest.mark.parametrize("rows", [(6,), (6, 5)])
def test_an_oval_seal_with_its_name_in_straight_lines_is_found(rows: tuple[int, ...]) -> None:
    page = stamped(_page(120), (0.6, 0.8), 40, shape="oval", star=False, letters=0, turn=4)
    draw, x, y, mm = _draw(page)
    for row, count in enumerate(rows):
        for k in range(count):
            glyph(draw, (x + (k - (count - 1) / 2) * 4.2 * mm, y + (row - (len(rows) - 1) / 2) * 6 * mm), 3.8 * mm, RED, random.Random(count * k))
    assert _only(scanned(page)).shape == "oval"


def test_a_personal_seal_beside_the_round_one_is_found_too() -> None:
    page = stamped(stamped(_page(120), (0.35, 0.83)), (0.7, 0.83), millimetres=20, shape="square", strength=0.9)
    assert [seal.shape for seal in sorted(find(scanned(page)), key=lambda s: s.shape)] == ["round", "square"]


# --- what is no seal -----------------------------------------------------------------------------------------------------


def _draw(page: Image.Image) -> tuple[ImageDraw.ImageDraw, float, float, float]:
    """(draw, x, y, pixels a millimetre) of a free place."""
    return ImageDraw.Draw(page), page.width * 0.6, page.height * 0.8, max(page.size) / 297


def _circle(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, **how: object) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), **how)  # type: ignore[arg-type]


def _filled_logo() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    _circle(draw, x, y, 20 * mm, fill=RED)
    glyph(draw, (x, y), 22 * mm, "white", random.Random(1))
    return page


def _small_ring_logo() -> Image.Image:
    page = _page()
    mark = imprint(20 * max(page.size) / 297, letters=9)
    page.paste(mark, (80, 40), mark)
    return page


def _one_sign_in_a_ring() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    _circle(draw, x, y, 21 * mm, outline=RED, width=6)
    glyph(draw, (x, y), 24 * mm, RED, random.Random(1))
    return page


def _pie() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    for start, end, fill in ((0, 140, RED), (140, 260, (60, 90, 200)), (260, 360, (240, 180, 40))):
        draw.pieslice((x - 21 * mm, y - 21 * mm, x + 21 * mm, y + 21 * mm), start, end, fill=fill, outline=RED, width=4)
    return page


def _pie_of_lines() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    for start in range(0, 360, 45):
        draw.pieslice((x - 21 * mm, y - 21 * mm, x + 21 * mm, y + 21 * mm), start, start + 45, outline=RED, width=4)
    return page


def _doughnut() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    _circle(draw, x, y, 21 * mm, outline=RED, width=round(7 * mm))
    glyph(draw, (x, y), 12 * mm, RED, random.Random(1))
    return page


def _thumb() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    for ridge in range(1, 14):
        draw.ellipse((x - ridge * 0.6 * mm, y - ridge * 0.8 * mm, x + ridge * 0.6 * mm, y + ridge * 0.8 * mm), outline=RED, width=2)
    return page


def _pen_ring() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    points = [(x + 20 * mm * r * math.cos(t), y + 20 * mm * r * math.sin(t)) for t, r in ((k / 10, 1 + 0.03 * math.sin(k / 7)) for k in range(66))]
    draw.line(points, fill=RED, width=4)
    return page


def _date_stamp(across: float) -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    radius, dice = across / 2 * mm, random.Random(3)
    _circle(draw, x, y, radius, outline=RED, width=4)
    for side in (-1, 1):
        draw.line((x - radius * 0.95, y + side * 0.28 * radius, x + radius * 0.95, y + side * 0.28 * radius), fill=RED, width=3)
    for row, count in ((-0.58, 3), (0, 6), (0.58, 3)):
        for k in range(count):
            glyph(draw, (x + (k - (count - 1) / 2) * radius * 0.28, y + row * radius), radius * 0.26, RED, dice)
    return page


def _red_frame() -> Image.Image:
    draw, x, y, mm = _draw(page := _page())
    draw.rectangle((x - 25 * mm, y - 9 * mm, x + 25 * mm, y + 9 * mm), outline=RED, width=5)
    for k in range(4):
        glyph(draw, (x + (k - 1.5) * 11 * mm, y), 10 * mm, RED, random.Random(k))
    return page


def _red_table() -> Image.Image:
    page = _page()
    draw = ImageDraw.Draw(page)
    for k in range(18):
        draw.line((100, 120 + k * 60, page.width - 100, 120 + k * 60), fill=RED, width=3)
    for x in (100, 230, 420, 600, page.width - 100):
        draw.line((x, 120, x, 1140), fill=RED, width=3)
    return page


_NONE = {
    "plain words": _page, "a red head": _headed, "red words": lambda: _page(fill=RED), "large red words": lambda: _page(fill=RED, side=9),
    "a red logo": _filled_logo, "a small ring": _small_ring_logo, "one sign in a ring": _one_sign_in_a_ring, "a pie": _pie,
    "a pie of lines": _pie_of_lines, "a doughnut": _doughnut, "a thumb": _thumb,
    "a small date stamp": lambda: _date_stamp(28), "a large date stamp": lambda: _date_stamp(38), "a red frame": _red_frame, "a red table": _red_table,
    "a red sheet": lambda: paper(110, tint=RED),
}  # fmt: skip


@pytest.mark.parametrize("what", _NONE)
def test_what_only_looks_like_a_seal_is_none(what: str) -> None:
    assert find(scanned(_NONE[what]())) == ()


def test_a_ring_drawn_as_true_as_a_dies_is_at_most_for_people_to_look_at() -> None:
    assert all(seal.certainty < 0.6 for seal in find(scanned(_pen_ring())))
    assert find(_grey(scanned(_pen_ring()))) == ()


# --- pages without colour ------------------------------------------------------------------------------------------------


def _grey(page: Image.Image) -> Image.Image:
    return page.convert("L").convert("RGB")


def test_a_page_says_whether_it_has_colours() -> None:
    stamp = scanned(stamped(_page(), (0.6, 0.8), strength=0.4))
    assert colour(stamp) == "colour"
    assert colour(_grey(stamp)) == "grey"
    assert colour(stamp.convert("L").point(lambda v: 255 * (v > 150)).convert("RGB")) == "black"


@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_a_ring_with_a_star_on_a_grey_page_looks_stamped(strength: float) -> None:
    seal = _only(_grey(scanned(stamped(_page(), (0.6, 0.8), strength=strength))))
    assert (seal.shape, seal.ink) == ("round", "dark")
    assert _is_at(seal, 0.6, 0.8)


@pytest.mark.parametrize("what", ["plain words", "a red head", "a red logo", "a pie", "a doughnut", "a red frame", "a red table", "a thumb"])
def test_a_grey_page_without_one_does_not(what: str) -> None:
    assert find(_grey(scanned(_NONE[what]()))) == ()


def test_a_blank_page_has_nothing() -> None:
    assert find(paper(110)) == ()
    assert find(scanned(paper(110))) == ()
