"""Reports on paper: by LibreOffice, many in one call, drawn by pypdfium2; and where the unit sets its seal."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image

from tests.pages.second.reports import Report
from tests.pages.second.typed import day_words, editable

_MM = 25.4 / 72
_BATCH = 80  # files to one call; after some 250 LibreOffice ended without a word


@dataclass(frozen=True, slots=True)
class Print:
    """One printed page; sizes in mm. `spot`: where the seal belongs, None on pages without."""

    pdf: Path
    number: int
    size: tuple[float, float]
    spot: tuple[float, float] | None

    def picture(self, per_mm: float) -> Image.Image:
        with pypdfium2.PdfDocument(self.pdf) as file:
            return file[self.number].render(scale=per_mm * _MM).to_pil().convert("RGB")


def printed(reports: Mapping[str, Report], folder: Path) -> dict[str, list[Print]]:
    """Name of the case -> its pages. A PDF is kept in the folder under the hash of the file that was printed, and not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: editable(report) for name, report in reports.items()}
    places = {name: folder / f"{hashlib.sha256(content).hexdigest()[:20]}.pdf" for name, content in files.items()}
    with tempfile.TemporaryDirectory() as office:
        waiting = [Path(office, places[name].stem + report.ending) for name, report in reports.items() if not places[name].exists()]
        contents = {places[name].stem: content for name, content in files.items()}
        for file in waiting:
            file.write_bytes(contents[file.stem])
        for start in range(0, len(waiting), _BATCH):
            _converted(waiting[start : start + _BATCH], folder)
    return {name: _pages(places[name], report) for name, report in reports.items()}


def _converted(files: Sequence[Path], folder: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        raise RuntimeError("LibreOffice (soffice) is needed to print the reports")
    profile = f"-env:UserInstallation=file://{files[0].parent}/profile"
    command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=900)


def _pages(pdf: Path, report: Report) -> list[Print]:
    """The pages; the seal goes on 盖章 of a head, else half over the date of the signature."""
    pages = []
    with pypdfium2.PdfDocument(pdf) as file:
        spots = [_spot(page, report) for page in file]
        wanted = next((k for k in (range(len(spots)) if not report.body else reversed(range(len(spots)))) if spots[k]), len(spots) - 1)
        for number, page in enumerate(file):
            wide, high = (side * _MM for side in page.get_size())
            pages.append(Print(pdf, number, (wide, high), (spots[number] or (wide * 0.66, high * 0.8)) if number == wanted else None))
    return pages


def _spot(page: pypdfium2.PdfPage, report: Report) -> tuple[float, float] | None:
    text, high = page.get_textpage(), page.get_height()
    for words in ("盖章", day_words(report)):
        finder, found = text.search(words), None
        while place := finder.get_next():
            found = place
        if found:
            left, bottom, right, top = text.get_charbox(found[0])
            # half over the date: a little to the right of where it begins, its middle above the line
            return (left + right) / 2 * _MM + (8 if words != "盖章" else 4), (high - (top + bottom) / 2) * _MM - (
                5 if words != "盖章" else 0
            )
    return None
