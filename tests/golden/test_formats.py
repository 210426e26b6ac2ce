"""Every bundled form in every format that units send: each gives the answer that stands beside it.

The .json are written by `python -m tests.golden.make_formats --bless` and reviewed by eye.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mailbot.domain.documents import Document
from parsers.readers import read
from tests.golden.reading import FORMATS, golden, read_as
from tests.golden.samples import SAMPLES

PAGES = ("pdf", "ofd")
# The same bytes under the names that other programs give them.
ALSO_CALLED = {"doc": ("wps", "docx"), "xls": ("et", "xlsx"), "rtf": ("doc",), "html": ("xls", "doc"), "xlsx": ("xls",), "docx": ("pdf",)}
# What a page says less than a document: (sample, format) -> keys of the golden answer, and why.
LESS = {
    # a table on a page is running text, cell beside cell; the first number of a narrow column is cut in two by its neighbours
    ("risk-list", "pdf"): ("rows",),
    ("risk-list", "ofd"): ("rows", "producers_checked"),
}


def wanted(sample: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FORMATS / f"{sample}.json").read_text("utf-8"))
    return found


def files() -> list[Path]:
    return sorted(f for sample in SAMPLES for f in FORMATS.glob(f"{sample}.*") if f.suffix != ".json")


def without_space(value: Any) -> Any:
    """On a page lines and gaps stand where the printer set them."""
    if isinstance(value, str):
        return re.sub(r"\s+", "", value)
    if isinstance(value, dict):
        return {key: without_space(inner) for key, inner in value.items()}
    return [without_space(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("file", files(), ids=lambda f: f.name)
def test_a_format_gives_the_golden_answer(file: Path) -> None:
    sample, ending = file.stem, file.suffix[1:]
    found, answer = golden(read_as(file, sample)), wanted(sample)
    if ending in PAGES:
        found, answer = without_space(found), without_space(answer)
        for key in LESS.get((sample, ending), ()):
            for told in (found, answer):
                told.pop(key, None)
                told["fields"].pop(key, None)
    assert found == answer


def test_every_sample_is_there_in_every_format() -> None:
    there = {sample: {f.suffix[1:] for f in files() if f.stem == sample} for sample in SAMPLES}
    word = {"docx", "docm", "doc", "rtf", "odt", "html", "pdf", "ofd"}
    sheet = {"xlsx", "xlsm", "xls", "ods", "html", "csv"}
    assert there == {
        sample: sheet if source == "xlsx" else word | ({"txt"} if wanted(sample)["sections"] or sample == "free-report" else set())
        for sample, (source, _) in SAMPLES.items()
    }


@pytest.mark.parametrize(
    ("file", "called"),
    [(f, called) for f in files() if f.stem in ("risk-list", "case-stats") for called in ALSO_CALLED.get(f.suffix[1:], ())],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_wrong_name_changes_nothing(file: Path, called: str) -> None:
    assert golden(read_as(file, file.stem, f"报表.{called}")) == wanted(file.stem)


@pytest.mark.parametrize("file", [f for f in files() if f.suffix in (".docm", ".xlsm", ".docx", ".xlsx")], ids=lambda f: f.name)
def test_macros_are_told(file: Path) -> None:
    assert read(file.read_bytes()).macro == file.suffix.endswith("m")


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_a_page_says_nothing_of_rows(sample: str) -> None:
    for file in files():
        if file.stem == sample and sample.startswith(("risk-list", "case-stats")):
            assert read_as(file, sample).tabled == (file.suffix[1:] not in PAGES)


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "bmp", "tiff", "heic", "webp", "pdf"])
def test_a_scan_is_a_scan_in_every_format_of_pictures(ending: str) -> None:
    found = read((FORMATS / f"scan.{ending}").read_bytes(), "材料.docx")
    assert (found.trouble, found.scanned, found.blocks) == (None, True, ())
    assert found.pictures == (2 if ending == "tiff" else 1)
    assert found == Document("pdf", pictures=1, scanned=True) or found.pixels == (495, 700)
