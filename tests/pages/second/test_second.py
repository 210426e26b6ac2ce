"""The second generator makes the same pages again, and its truth is what they show."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from parsers.readers import read
from tests.pages import truth
from tests.pages.fonts import faces
from tests.pages.papers import rules
from tests.pages.reading import _paper
from tests.pages.second.make import make, plan
from tests.pages.second.reports import SORTS
from tests.pages.second.typed import editable
from tests.servers.real import missing


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not faces():
        missing("no Chinese font is installed")
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    out = tmp_path_factory.mktemp("second")
    make(out, 10, 5)
    return out


@cache
def _plan() -> list[Any]:
    return plan(100, 5)


def test_the_same_seed_makes_the_same_pages_again(made: Path, tmp_path: Path) -> None:
    make(tmp_path, 3, 5)
    for file in sorted(path for folder in ("scans", "editable") for path in (tmp_path / folder).iterdir()):
        assert file.read_bytes() == (made / file.relative_to(tmp_path)).read_bytes(), file.name
    assert truth.read(tmp_path) == truth.read(made)[:3]


def test_of_a_hundred_cases_sixty_are_the_same_paper_and_all_forms_occur() -> None:
    assert sum(case.relation == "same" for case in _plan()) == 60
    assert {case.report.form for case in _plan()} == set(SORTS)


def test_a_copy_says_the_same_just_where_the_truth_says_same() -> None:
    for case in _plan():
        alike = case.relation in ("same", "seal", "unstamped")
        assert (editable(case.copy) == editable(case.report)) == alike, (case.id, case.relation)


def test_the_editable_copies_are_of_the_form_and_unit_that_the_truth_names() -> None:
    for case in _plan()[:40]:
        campaign = next(c for c in rules().campaigns if c.id == case.copy.campaign)
        paper = _paper(read(editable(case.copy), "copy" + case.copy.ending), campaign)
        assert (paper.form, paper.unit) == (case.copy.form, case.copy.unit), case.id


def test_where_the_truth_says_a_strong_seal_is_the_picture_is_red(made: Path) -> None:
    looked = 0
    for case in truth.read(made):
        if case["colour"] != "colour" or case["kind"] == "pdf" or case["turn"]:
            continue
        for name, page in zip(case["files"], case["pages"], strict=True):
            with Image.open(made / name) as file:
                picture = np.asarray(file.convert("RGB"), dtype=np.float32)
            if file.getexif().get(0x0112, 1) != 1:
                continue
            for seal in page["seals"]:
                high, wide = picture.shape[:2]
                left, top, right, bottom = (round(v * side) for v, side in zip(seal["seen"], (wide, high) * 2, strict=True))
                red = picture[..., 0] - picture[..., 1:].mean(axis=2)
                assert np.percentile(red[top:bottom, left:right], 97) > np.median(red) + 8 or seal["visible"] < 0.045
                looked += 1
    assert looked


def test_every_file_that_the_truth_names_is_there(made: Path) -> None:
    told = json.loads((made / "truth.json").read_text("utf-8"))
    for case in told["cases"]:
        assert all((made / name).stat().st_size > 500 for name in (*case["files"], case["editable"]))
