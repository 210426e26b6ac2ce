"""The pages that the product is measured on are made again alike, and their truth is what they show."""

import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mailbot.domain.classify import classify
from parsers.layouts import parse
from parsers.readers import read
from tests.pages import cases, looking, marks, papers, truth
from tests.pages.fonts import faces
from tests.pages.make import make
from tests.pages.papers import SORTS, Paper
from tests.pages.seal_tables import FAINT
from tests.pages.sheet import pictures
from tests.pages.writing import editable
from tests.servers.real import missing


@pytest.fixture(autouse=True, scope="module")
def _fonts() -> None:
    if not faces():
        missing("no Chinese font is installed")


@cache
def _papers() -> list[Paper]:
    return papers.papers(40, 7)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    out = tmp_path_factory.mktemp("pages")
    make(out, 30, 7, 12)
    return out


def _redness(picture: Image.Image, box: list[float]) -> np.ndarray[Any, Any]:
    spot = [round(share * size) for share, size in zip(box, picture.size * 2, strict=True)]
    red, green, blue = np.moveaxis(np.asarray(picture.crop(tuple(spot)), dtype=np.float32), 2, 0)  # type: ignore[arg-type]
    return np.asarray(red - (green + blue) / 2)


def test_the_same_seed_makes_the_same_files(made: Path, tmp_path: Path) -> None:
    make(tmp_path, 6, 7, 12)
    for file in sorted((tmp_path / "scans").iterdir()):
        assert file.read_bytes() == (made / "scans" / file.name).read_bytes(), file.name


def test_another_seed_makes_another_plan() -> None:
    one, other = (cases.plan(_papers(), 20, seed) for seed in (1, 2))
    assert [(c.paper.name, c.relation, c.hand) for c in one] != [(c.paper.name, c.relation, c.hand) for c in other]


def test_every_hundred_cases_have_every_relation_in_its_share() -> None:
    plan = cases.plan(_papers(), 300, 3)
    for relation, share in cases.RELATIONS.items():
        assert sum(case.relation == relation for case in plan) == 3 * share


@pytest.mark.parametrize("paper", _papers(), ids=lambda paper: f"{paper.form} {paper.unit}")
def test_the_product_reads_in_the_editable_file_what_the_truth_says(paper: Paper) -> None:
    document = read(editable(paper), f"x{paper.ending}")
    campaign = next(c for c in papers.rules().campaigns if c.id == paper.campaign)
    assert classify(document, papers.rules().forms_of((campaign,))).winner == paper.form
    parsed = parse(document, papers.rules().forms[paper.form])
    for name, value in paper.figures:
        if name in parsed.fields:
            assert str(parsed.fields[name]) == value, name


@pytest.mark.parametrize("relation", ["figure", "draft", "unit"])
@pytest.mark.parametrize("form", SORTS)
def test_a_copy_that_is_said_to_differ_differs(form: str, relation: cases.Relation) -> None:
    paper = next(p for p in _papers() if p.form == form)
    copy = cases.counterpart(paper, relation, random.Random(f"{form} {relation}"))
    assert editable(copy) != editable(paper)
    assert (copy.unit == paper.unit) == (relation != "unit")


def test_a_seals_box_holds_red_ink_and_an_unstamped_page_has_no_seal(made: Path) -> None:
    looked = 0
    for case in truth.read(made):
        if case["relation"] in ("unstamped", "screen"):
            assert not any(page["seals"] for page in case["pages"])
        if case["colour"] != "colour":
            continue
        for page, picture in zip(case["pages"], pictures(made, case), strict=True):
            upright = picture.rotate(-90 * case["turn"], expand=True)
            for seal in (s for s in page["seals"] if s["visible"] >= FAINT):
                looked += 1
                inside = _redness(upright, seal["seen"])
                assert np.percentile(inside, 95) - np.median(inside) > 0.6 * FAINT * 255, case["id"]
    assert looked > 10


def test_the_truth_tells_as_many_pages_as_the_files_have(made: Path) -> None:
    for case in truth.read(made):
        assert len(pictures(made, case)) == len(case["pages"]), case["id"]
        assert (made / case["editable"]).exists()


def test_a_small_sample_has_its_seals_found_and_nothing_else_taken_for_one(made: Path) -> None:
    there, found, wrong = 0, 0, []
    for case in truth.read(made):
        seen = looking.seals(made, case)
        for true, page in zip(case["pages"], seen["pages"], strict=True):
            wrong += [(case["id"], s["of"]) for s in page["seals"] if s["is"] is None]
            if case["colour"] == "colour":
                plain = {n for n, s in enumerate(true["seals"]) if s["visible"] >= FAINT}
                there += len(plain)
                found += len(plain & {s["is"] for s in page["seals"]})
    assert not wrong
    assert found >= 0.97 * there > 10


@pytest.mark.parametrize("name", marks.NAMES)
def test_every_mark_leaves_something_where_its_box_is(name: str) -> None:
    bare = Image.new("RGB", (840, 1188), "white")
    drawn, mark = marks.drawn(name, bare, 4.0, [], random.Random(name))
    spot = drawn.crop(tuple(round(v * 4) for v in mark.box))  # type: ignore[arg-type]
    assert np.asarray(spot).min() < 235
    outside = np.asarray(drawn).copy()
    left, top, right, bottom = (round(v * 4) for v in mark.box)
    outside[top : bottom + 1, left : right + 1] = 255
    assert outside.min() == 255
