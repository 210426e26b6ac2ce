"""The reader of pictures reads what is drawn: upright and turned, under a seal, in a table; without a network."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from mailbot.domain.pages import Box
from parsers.scans import ocr
from parsers.scans.ocr import Engine, upright, without_red

FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
FONT = next((path for path in FONTS if Path(path).exists()), None)
PRINTED = (
    "八仙筒市场监管所", "2023年药品安全巩固提升工作自查报告", "一、药品安全巩固提升工作简要情况", "出动执法人员172人次，检查零售药店86家次。",
    "二、工作亮点", "发现风险隐患24条，已销号21个。", "八仙筒市场监管所", "2023年9月12日",
)  # fmt: skip

pytestmark = [
    pytest.mark.skipif(not ocr.available(), reason="the extra [ocr] is not installed"),
    pytest.mark.skipif(FONT is None, reason="no Chinese font (Debian: fonts-wqy-microhei)"),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@cache
def font(size: int = 25) -> ImageFont.FreeTypeFont:
    assert FONT is not None
    return ImageFont.truetype(FONT, size)


def printed(lines: tuple[str, ...] = PRINTED) -> Image.Image:
    """A page of 150 dpi, printed and scanned: blurred, with noise."""
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    for number, text in enumerate(lines):
        draw.text((160, 180 + 60 * number), text, "black", font())
    return scanned(page)


def scanned(page: Image.Image) -> Image.Image:
    values = np.asarray(page.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float64)
    values += np.random.default_rng(1).normal(0, 7, values.shape[:2])[..., None] - 6
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def texts(seen: ocr.Seen) -> tuple[str, ...]:
    """What was read, commas and stops in one form."""
    return tuple(line.text.replace(",", "，") for line in seen.lines)


def test_the_lines_of_a_page_are_read_from_top_to_bottom_and_surely(engine: Engine) -> None:
    seen = engine.read(printed())
    assert texts(seen) == PRINTED
    assert (seen.turned, seen.grids) == (0.0, ())
    assert min(line.legible for line in seen.lines) > 0.8
    first = seen.lines[0].box
    assert 0.12 < first.left < 0.14 and 0.09 < first.top < 0.11 and first.bottom < 0.13


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_on_its_head_is_turned(engine: Engine, degrees: int) -> None:
    picture = upright(printed(), -degrees)
    seen = engine.read(picture)
    assert seen.turned == degrees
    assert texts(seen) == PRINTED


def test_a_page_that_lies_askew_is_levelled(engine: Engine) -> None:
    seen = engine.read(printed().rotate(-1.6, Image.Resampling.BICUBIC, fillcolor="white"))
    assert seen.turned == pytest.approx(1.6, abs=0.3)
    assert texts(seen) == PRINTED


def test_words_under_a_seal_are_read(engine: Engine) -> None:
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    draw.text((700, 700), "八仙筒市场监管所", "black", font())
    draw.text((700, 750), "2023年9月12日", "black", font())
    ink = Image.new("RGB", page.size, "white")
    red = ImageDraw.Draw(ink)
    red.ellipse((680, 610, 930, 860), outline=(205, 40, 45), width=8)
    red.regular_polygon((805, 735, 42), 5, fill=(205, 40, 45))
    stamped = Image.fromarray(np.minimum(np.asarray(page), np.asarray(ink)))
    assert texts(engine.read(scanned(stamped))) == ("八仙筒市场监管所", "2023年9月12日")
    assert np.asarray(without_red(ink)).min() > 200


def test_every_cell_of_a_table_is_read_a_lone_figure_too(engine: Engine) -> None:
    rows = (("类别", "立案数", "结案数", "罚没款"), ("药品", "3", "2", "3.5"), ("医疗器械", "1", "0", "12.06"), ("合计", "4", "2", "15.56"))
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            draw.rectangle((160 + 220 * c, 400 + 52 * r, 380 + 220 * c, 452 + 52 * r), outline="black", width=2)
            draw.text((270 + 220 * c, 426 + 52 * r), text, "black", font(), anchor="mm")
    seen = engine.read(scanned(page))
    (grid,) = seen.grids
    assert tuple(tuple(_within(box, seen) for box in row) for row in grid) == rows


def _within(box: Box, seen: ocr.Seen) -> str:
    middles = (((line.box.left + line.box.right) / 2, (line.box.top + line.box.bottom) / 2, line.text) for line in seen.lines)
    return "".join(text for x, y, text in middles if box.left < x < box.right and box.top < y < box.bottom)


def test_an_empty_page_has_no_words(engine: Engine) -> None:
    assert engine.read(scanned(Image.new("RGB", (1240, 1754), "white"))).lines == ()


def test_a_strip_is_read_as_one_line(engine: Engine) -> None:
    strip = Image.new("L", (520, 64), 255)
    ImageDraw.Draw(strip).text((20, 8), "奈曼旗八仙筒市场监管所", 0, font(44))
    words, legible = engine.words(strip)
    assert words == "奈曼旗八仙筒市场监管所"
    assert legible > 0.9
    assert engine.words(Image.new("L", (520, 64), 255)) == ("", 0.0)


def test_nothing_is_fetched_the_models_are_those_of_the_wheel(tmp_path: Path) -> None:
    alone = ["unshare", "-rn"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace may be made here")
    printed(PRINTED[:2]).save(tmp_path / "page.png")
    told = (
        "import sys; from PIL import Image; from parsers.scans.ocr import Engine;"
        "print(*(line.text for line in Engine().read(Image.open(sys.argv[1])).lines), sep='|')"
    )
    command = [*alone, sys.executable, "-X", "utf8", "-c", told, str(tmp_path / "page.png")]
    read = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=Path(ocr.__file__).parents[2])
    assert read.stdout.strip() == "|".join(PRINTED[:2])
