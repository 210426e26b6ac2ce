"""Makes pages and their truth: `python -m tests.pages.make OUT [--count N] [--seed S] [--papers P] [--jobs 2]`. Same seed, same pages.

OUT/scans/0001-1.jpg …, OUT/editable/0001.docx …, OUT/truth.json (what it holds is said in tests/pages/truth.py). Needs a Chinese font
and LibreOffice; what LibreOffice printed is kept in OUT/prints. A case that is there already is not made again (its truth stands in
OUT/cases), so a run can be stopped, taken up, and made longer.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image
from pillow_heif import register_heif_opener
from rich.console import Console
from rich.progress import track

from tests.pages import digital, truth
from tests.pages.cases import Case, plan, presses
from tests.pages.hands import HANDS, Shot, greyed
from tests.pages.leaf import Leaf, Press, lay
from tests.pages.papers import papers
from tests.pages.printing import Printer, Sheet
from tests.pages.writing import editable

_STILL = time.gmtime(0)
_EXIF = {1: 6, 2: 3, 3: 8}  # quarter turns counter-clockwise of the pixels -> the orientation that undoes them


@dataclass(frozen=True, slots=True)
class Made:
    """One page: the leaf and its picture, upright."""

    leaf: Leaf
    shot: Shot


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--papers", type=int, default=160)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    make(given.out, given.count, given.seed, given.papers, given.jobs)


def make(out: Path, count: int, seed: int, kinds: int, jobs: int = 1) -> None:
    """Writes the folder."""
    cases = plan(papers(kinds, seed), count, seed)
    printer = Printer(out / "prints")
    for folder in ("scans", "editable", "cases"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    waiting = [case for case in cases if not (out / "cases" / f"{case.id}.json").exists()]
    printer.prepare(case.paper for case in waiting)
    with ProcessPoolExecutor(jobs) as pool:
        work = pool.map(partial(_keep, printer, out), waiting)
        list(track(work, "pages", len(waiting), console=Console(stderr=True), disable=len(waiting) < 50))
    truth.write(out, seed, [json.loads((out / "cases" / f"{case.id}.json").read_text("utf-8")) for case in cases])


def _keep(printer: Printer, out: Path, case: Case) -> None:
    told = json.dumps(written(case, printer, out), ensure_ascii=False)
    (out / "cases" / f"{case.id}.json").write_text(told, "utf-8")


def written(case: Case, printer: Printer, out: Path) -> truth.Case:
    """Makes one case's files and answers its truth."""
    register_heif_opener()
    sheets = printer.sheets(case.paper)
    stamped = presses(case, sheets)
    made = pages(case, sheets, stamped)
    contents = [digital.pdf(sheets, stamped)] if case.hand == "digital" else files(case, [m.shot.picture for m in made])
    names = []
    for number, content in enumerate(contents, 1):
        names.append(f"scans/{case.id}-{number}.{case.kind}")
        (out / names[-1]).write_bytes(content)
    beside = f"editable/{case.id}{case.copy.ending}"
    (out / beside).write_bytes(editable(case.copy))
    return truth.of(case, names, beside, made)


def pages(case: Case, sheets: Sequence[Sheet], stamped: Sequence[Sequence[Press]]) -> list[Made]:
    """The pages of a case, painted."""
    made = []
    for number, (sheet, seals) in enumerate(zip(sheets, stamped, strict=True)):
        dice = random.Random(f"page {case.id} {case.paper.look} {number}")
        wanted = case.marks if number == 0 else ()
        leaf = lay(sheet, case.per_mm, case.stock, seals, wanted, f"leaf {case.id} {case.paper.look} {number}")
        made.append(Made(leaf, greyed(HANDS[case.hand](leaf, dice), case.colour, dice)))
    return made


def files(case: Case, pictures: list[Image.Image]) -> Iterator[bytes]:
    """The pictures as the files that are sent: one PDF or TIFF, or one file a page."""
    turned = [picture.rotate(90 * case.turn, expand=True) for picture in pictures]
    if case.kind in ("pdf", "tiff"):
        yield _saved(case, turned)
    else:
        yield from (_saved(case, [picture]) for picture in turned)


def _saved(case: Case, pictures: list[Image.Image]) -> bytes:
    first, rest, buffer = pictures[0], pictures[1:], BytesIO()
    dpi = round(case.per_mm * 25.4)
    match case.kind:
        case "pdf":
            # a third of the devices write a resolution that is not so
            told = random.Random(case.id).choice((dpi, dpi, 72))
            how: dict[str, int | str] = {} if first.mode == "1" else {"quality": case.quality}
            first.save(buffer, "PDF", save_all=True, append_images=rest, resolution=told, creationDate=_STILL, modDate=_STILL, **how)
        case "tiff":
            how = {"compression": "group4"} if first.mode == "1" else {"compression": "jpeg", "quality": case.quality}
            first.save(buffer, "TIFF", save_all=True, append_images=rest, dpi=(dpi, dpi), **how)
        case "png":
            first.save(buffer, "PNG", compress_level=1, dpi=(dpi, dpi))
        case "webp":
            first.convert("RGB").save(buffer, "WEBP", quality=case.quality, method=1)
        case "heic":
            first.convert("RGB").save(buffer, "HEIF", quality=min(case.quality, 80), exif=_exif(case))
        case _:
            shown = first.convert("L") if first.mode == "1" else first
            shown.save(buffer, "JPEG", quality=case.quality, dpi=(dpi, dpi), exif=_exif(case))
    return buffer.getvalue()


def _exif(case: Case) -> bytes:
    exif = Image.Exif()
    if case.exif and case.turn:
        exif[0x0112] = _EXIF[case.turn]
    return exif.tobytes()


if __name__ == "__main__":
    main()
