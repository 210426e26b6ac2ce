"""What people are shown of a page: its picture with what was seen, and the seal alone."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mailbot.domain.pages import Box, Line, Page, Seal
from parsers.scans import drawing
from tests.scans.drawn import paper, stamped, written

_ORANGE, _BLUE = np.array((225, 100, 0)), np.array((46, 110, 190))


def _page(**how: object) -> Page:
    seal = Seal("round", "red", Box(0.5, 0.6, 0.7, 0.74), 42.0, 0.97, "某某市场监督管理所", 0.9)
    return Page(1, 1240, 1754, "colour", seals=(seal,), **how)  # type: ignore[arg-type]


def _shown(content: bytes) -> Image.Image:
    assert content.startswith(b"\x89PNG")
    return Image.open(BytesIO(content)).convert("RGB")


def _has(image: Image.Image, colour: np.ndarray) -> bool:
    return bool((np.abs(np.asarray(image).astype(int) - colour).sum(axis=2) < 12).sum() > 50)


def test_the_page_is_shown_with_its_seal_marked() -> None:
    shown = _shown(drawing.drawn(stamped(paper(150), (0.6, 0.67)), _page()))
    assert max(shown.size) == 1400
    assert _has(shown, _ORANGE)
    assert not _has(shown, _BLUE)


def test_lines_are_framed_and_their_words_stand_beside_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(lines=(Line("奈曼旗示例市场监督管理所", Box(0.2, 0.1, 0.8, 0.13), 0.99), Line("字迹不清\n第二行", Box(0.2, 0.2, 0.5, 0.27), 0.4)))
    shown = _shown(drawing.drawn(written(paper(150)), page))
    assert _has(shown, _BLUE)
    if drawing._font_file():
        assert shown.width > shown.height
        assert np.asarray(shown.crop((shown.width // 2, 0, shown.width, shown.height)).convert("L")).min() < 100


def test_without_a_chinese_font_there_are_frames_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_font_file", lambda: "")
    shown = _shown(drawing.drawn(paper(150), _page(lines=(Line("字", Box(0.2, 0.1, 0.8, 0.13), 0.99),))))
    assert shown.width < shown.height
    assert _has(shown, _BLUE)
    assert _has(shown, _ORANGE)


def test_the_cells_of_a_table_are_drawn() -> None:
    cell, other = Box(0.1, 0.1, 0.4, 0.2), Box(0.4, 0.1, 0.9, 0.2)
    assert _has(_shown(drawing.drawn(paper(150), _page(grids=(((cell, other),),)))), np.array((150, 185, 220)))


def test_a_thumbnail_is_the_seal_and_little_else() -> None:
    page = stamped(paper(200), (0.6, 0.67))
    shown = _shown(drawing.thumbnail(page, _page().seals[0]))
    assert max(shown.size) == 240
    red = np.asarray(shown).astype(int)
    assert ((red[:, :, 0] - red[:, :, 1]) > 60).mean() > 0.08


@pytest.mark.parametrize("box", [Box(-0.1, 0.4, 0.1, 0.54), Box(0.95, 0.95, 1.2, 1.1)])
def test_the_thumbnail_of_half_a_seal_stays_on_the_page(box: Box) -> None:
    shown = _shown(drawing.thumbnail(paper(100), Seal("round", "red", box, 42.0, 0.9)))
    assert 0 < shown.width <= 240
    assert np.asarray(shown).min() > 200  # paper only, no black from beyond the page
