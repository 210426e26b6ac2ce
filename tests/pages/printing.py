"""Papers on paper: the unit's own file through LibreOffice to a PDF (all in one call, kept in a folder), its pages drawn by pypdfium2."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pypdfium2
from PIL import Image

from tests.pages.papers import Paper
from tests.pages.writing import editable

_MM = 25.4
_POINT = _MM / 72
_STAMPED_HEAD = ("risk-list", "case-stats", "typical-case")
_BATCH = 40  # files to one call: a crash costs little


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed page. `width`, `height` in mm. `anchor`: the middle of where the seal belongs, in mm from the top left; one page of a
    paper has it."""

    pdf: Path
    number: int
    width: float
    height: float
    anchor: tuple[float, float] | None

    def picture(self, dpi: float) -> Image.Image:
        """The page, RGB."""
        with pypdfium2.PdfDocument(self.pdf) as document:
            return document[self.number].render(scale=dpi / 72).to_pil().convert("RGB")


class Printer:
    """Keeps the PDFs of papers in a folder under their content's hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self, papers: Iterable[Paper]) -> None:
        """Prints what is not there yet."""
        waiting = [paper for paper in dict.fromkeys(papers) if not (self._folder / _named(paper)).exists()]
        for start in range(0, len(waiting), _BATCH):
            _converted(waiting[start : start + _BATCH], self._folder)

    def sheets(self, paper: Paper) -> list[Sheet]:
        """The printed pages."""
        pdf = self._folder / _named(paper)
        found: list[Sheet] = []
        with pypdfium2.PdfDocument(pdf) as document:
            for number, page in enumerate(document):
                wide, high = page.get_size()
                found.append(Sheet(pdf, number, wide * _POINT, high * _POINT, _anchor(page, paper)))
        chosen = next((s for s in (found if paper.form in _STAMPED_HEAD else found[::-1]) if s.anchor), None) or found[-1]
        anchor = chosen.anchor or (chosen.width * 0.68, chosen.height * 0.78)
        return [replace(sheet, anchor=anchor if sheet is chosen else None) for sheet in found]


@cache
def _named(paper: Paper) -> str:
    """Where its PDF is kept: under the hash of the file that was printed."""
    return f"{hashlib.sha256(editable(paper)).hexdigest()[:20]}.pdf"


def _converted(papers: Sequence[Paper], folder: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        raise RuntimeError("LibreOffice (soffice) is needed to print the papers")
    with tempfile.TemporaryDirectory() as place:
        sources = [Path(place, _named(paper)).with_suffix(paper.ending) for paper in papers]
        for source, paper in zip(sources, papers, strict=True):
            source.write_bytes(editable(paper))
        profile = f"-env:UserInstallation=file://{place}/profile"
        command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", place, *map(str, sources)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        for paper in papers:
            shutil.move(Path(place, _named(paper)), folder / _named(paper))


def _anchor(page: pypdfium2.PdfPage, paper: Paper) -> tuple[float, float] | None:
    """Where units stamp: on the words 盖章 of a form's head; else on the name, as it stands last."""
    wanted = "盖章）" if paper.form in _STAMPED_HEAD else paper.name[-5:]
    height, words = page.get_height(), page.get_textpage()
    search, last = words.search(wanted), None
    while (place := search.get_next()) is not None:
        last = place
    if last is None:
        return None
    left, bottom, right, top = words.get_charbox(last[0])
    return (left + right) / 2 * _POINT, (height - (top + bottom) / 2) * _POINT
