"""What a page costs: making it a picture, laying it straight, looking for seals, reading its words; and what two children do in a minute."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.parent import Cage, Viewing
from mailbot.app.demo import papers, scan
from parsers.scans import desk, ocr, ring, seals
from parsers.scans.pictures import pictures

COUNT = 12
T = TypeVar("T")


def pages(count: int = COUNT) -> list[bytes]:
    """Stamped pages full of words, every other one a PDF."""
    texts = [papers.lines_of(papers.self_review_docx(unit="八仙筒市场监管所", problems=500 + 20 * n)) for n in range(count)]
    drawn = [scan.Page(lines[0], lines[1:], "八仙筒市场监管所", n) for n, lines in enumerate(texts)]
    return [(scan.stamped_pdf if n % 2 else scan.stamped_jpeg)(page) for n, page in enumerate(drawn)]


def costs() -> dict[str, float]:
    """Milliseconds of CPU a page, medians; pages a minute of whole mails by one and two children; MB of the largest child."""
    contents = pages()
    images = [next(pictures(content)).image for content in contents]
    found = {
        "page_picture_ms": _cost(lambda content: next(pictures(content)), contents),
        "page_straight_ms": _cost(desk.straight, images),
        "page_seals_ms": _cost(seals.find, images),
    }
    if ocr.available() and scan.has_font():
        engine = ocr.Engine()
        stamps = [(image, seals.find(image)[0]) for image in images]
        found["page_words_ms"] = _cost(engine.read, images)
        found["page_ring_ms"] = _cost(lambda stamp: engine.words(ring.unrolled(*stamp)), stamps)
    for workers in (1, 2):
        found[f"pages_a_minute_{workers}"] = _a_minute(contents, workers)
    found["page_child_peak_MB"] = float(subprocess.run([sys.executable, "-m", "tests.bench.pages"], capture_output=True, text=True, check=True).stdout)
    return found


def _cost(work: Callable[[T], object], things: Iterable[T]) -> float:
    spent = []
    for thing in things:
        started = time.process_time()
        work(thing)
        spent.append(1000 * (time.process_time() - started))
    return statistics.median(spent[1:])  # the first loads what it needs


def _a_minute(contents: list[bytes], workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        mails = [_mail(Path(folder), number, content) for number, content in enumerate(contents)]
        viewing = Viewing(Looks(Path(folder) / "pages"))
        with Cage(workers, memory=2_000_000_000, viewing=viewing) as cage, ThreadPoolExecutor(workers) as pool:
            list(pool.map(cage.read_mail, mails[:workers]))  # children and models are there
            started = time.perf_counter()
            list(pool.map(cage.read_mail, mails[workers:]))
            return 60 * len(mails[workers:]) / (time.perf_counter() - started)


def _mail(folder: Path, number: int, content: bytes) -> Path:
    from tests.adapters.test_cage import mail

    path = folder / f"{number}.eml"
    path.write_bytes(mail(("扫描件", content)))
    return path


if __name__ == "__main__":
    _a_minute(pages(4), 1)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
