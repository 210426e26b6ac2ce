"""Our readers beside the libraries that write these files, on the same bytes in one process."""

import io
import random
import time
from collections.abc import Callable

import docx
import openpyxl

from parsers.readers import read
from tests.bench import workload


def ratios() -> tuple[float, float]:
    """(python-docx / ours, openpyxl / ours), medians of CPU time over the same files."""
    chance = random.Random(7)
    words, sheets = [workload._report(chance) for _ in range(8)], [workload._sheet(chance) for _ in range(8)]
    read(words[0]), read(sheets[0])  # loads the libraries
    return _seconds(_python_docx, words) / _seconds(read, words), _seconds(_openpyxl, sheets) / _seconds(read, sheets)


def _python_docx(content: bytes) -> object:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [(p.style.name, p.text) for p in document.paragraphs], cells


def _openpyxl(content: bytes) -> object:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def _seconds(work: Callable[[bytes], object], files: list[bytes]) -> float:
    spent = []
    for _ in range(3):
        for content in files:
            started = time.process_time()
            work(content)
            spent.append(time.process_time() - started)
    return sorted(spent)[len(spent) // 2]
