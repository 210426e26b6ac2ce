"""A seal's ring becomes a line of print: dark on white, from the first letter to the last, whatever way the seal was turned."""

import numpy as np
import pytest
from PIL import Image

from mailbot.domain.pages import Seal
from parsers.scans.ring import HEIGHT, unrolled
from parsers.scans.seals import find
from tests.scans.drawn import paper, scanned, stamped, written


def _strip(page: Image.Image) -> np.ndarray:
    (seal,) = find(page)
    return np.asarray(unrolled(page, seal), dtype=float)


def _stamped(letters: int = 9, turn: float = 0, over: bool = False, **how: object) -> Image.Image:
    page = paper(150)
    return scanned(stamped(written(page) if over else page, (0.5, 0.4), letters=letters, turn=turn, **how))  # type: ignore[arg-type]


def _letters(strip: np.ndarray) -> int:
    """Runs of columns with ink, small gaps inside a letter closed."""
    inked = (strip < 140).mean(axis=0) > 0.04
    starts = np.flatnonzero(np.diff(inked.astype(int), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(inked.astype(int), append=0) == -1)
    return 1 + int((starts[1:] - ends[:-1] > HEIGHT // 8).sum()) if len(starts) else 0


@pytest.mark.parametrize("letters", [6, 9])
@pytest.mark.parametrize("turn", [0, 20, -100, 180])
def test_every_letter_of_the_ring_stands_in_the_strip(letters: int, turn: float) -> None:
    strip = _strip(_stamped(letters, turn))
    assert strip.shape[0] == HEIGHT
    assert _letters(strip) == letters


def test_the_strip_is_dark_on_white_and_begins_and_ends_with_nothing() -> None:
    strip = _strip(_stamped())
    assert np.median(strip) > 240
    assert strip.min() < 30
    assert strip[:, :8].min() > 120
    assert strip[:, -8:].min() > 120


def test_the_letters_come_in_the_order_in_which_they_are_read() -> None:
    """One seal, its strip, and that of its mirror image: the second is the first one backwards."""
    page = _stamped(7)
    strip, mirrored = _strip(page), _strip(page.transpose(Image.Transpose.FLIP_LEFT_RIGHT))[:, ::-1]
    same = min(strip.shape[1], mirrored.shape[1])
    assert np.corrcoef(strip[:, :same].ravel(), mirrored[:, :same].ravel())[0, 1] > 0.8
    assert np.corrcoef(strip[:, :same].ravel(), strip[:, :same][:, ::-1].ravel())[0, 1] < 0.6


def test_print_under_the_seal_does_not_come_along() -> None:
    clean, over = _strip(_stamped(9)), _strip(_stamped(9, over=True))
    same = min(clean.shape[1], over.shape[1])
    dark_where_clean_is_white = (over[:, :same] < 100) & (clean[:, :same] > 230)
    assert dark_where_clean_is_white.mean() < 0.05


def test_an_oval_seal_is_unrolled_too() -> None:
    assert _letters(_strip(_stamped(8, shape="oval", star=False, millimetres=45))) >= 6


def test_a_dark_ring_on_a_grey_page_is_unrolled_by_its_darkness() -> None:
    assert _letters(_strip(_stamped(9).convert("L").convert("RGB"))) == 9


def test_half_a_seal_gives_a_strip_all_the_same() -> None:
    page = scanned(stamped(paper(150), (0.0, 0.5)), tilt=0)
    (seal,) = find(page)
    assert isinstance(seal, Seal)
    assert unrolled(page, seal).height == HEIGHT
