"""The libraries that everyone takes are the judges: what python-docx, openpyxl, xlrd and LibreOffice see, our readers see too."""

import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import docx
import openpyxl
import pytest
import xlrd

from parsers.readers import read
from parsers.readers.cells import text
from tests.servers.real import missing

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"
WORDS = sorted(GOLDEN.glob("*.docx"))
SHEETS = sorted(GOLDEN.glob("*.xls[xm]"))
OLD_SHEETS = sorted(GOLDEN.glob("*.xls"))


def name_of(path: Path) -> str:
    return path.name


def characters(words: str) -> Counter[str]:
    return Counter(re.sub(r"\s", "", words))


def words_of_python_docx(content: bytes) -> Iterator[str]:
    document = docx.Document(io.BytesIO(content))
    yield from (paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        for row in table.rows:
            yield from (cell.text for cell in row.cells)


def hidden_words(content: bytes) -> str:
    """python-docx sees these, a person does not."""
    return "".join(run.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs for run in paragraph.runs if run.font.hidden)


@pytest.mark.parametrize("path", WORDS, ids=name_of)
def test_word_file_gives_all_that_python_docx_sees(path: Path) -> None:
    content = path.read_bytes()
    missing = characters("".join(words_of_python_docx(content))) - characters(read(content).text)
    assert not missing - characters(hidden_words(content))


@pytest.mark.parametrize("path", WORDS, ids=name_of)
def test_headings_are_those_of_python_docx(path: Path) -> None:
    content = path.read_bytes()
    paragraphs = docx.Document(io.BytesIO(content)).paragraphs
    styled = {
        p.text: int(p.style.name[-1]) for p in paragraphs if p.style and re.fullmatch(r"Heading [1-9]", p.style.name) and p.text.strip()
    }
    assert {p.text: p.level for p in read(content).paragraphs if p.text in styled} == styled


def cells_of_openpyxl(content: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return [
        [text(v) for row in sheet.iter_rows(values_only=True) for v in row if text(v)] for sheet in book if sheet.sheet_state == "visible"
    ]


@pytest.mark.parametrize("path", SHEETS, ids=name_of)
def test_workbook_gives_the_cells_that_openpyxl_sees(path: Path) -> None:
    content = path.read_bytes()
    found = read(content)
    assert [[cell for row in table.rows for cell in row if cell] for table in found.tables] == [c for c in cells_of_openpyxl(content) if c]


def shown(cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment: datetime = xlrd.xldate_as_datetime(cell.value, 0)
        return text(moment)
    return text(bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value)


@pytest.mark.parametrize("path", OLD_SHEETS, ids=name_of)
def test_old_workbook_gives_the_cells_that_xlrd_sees(path: Path) -> None:
    content = path.read_bytes()
    sheets = [s for s in xlrd.open_workbook(file_contents=content).sheets() if s.visibility == 0]
    theirs = [[shown(cell) for row in sheet.get_rows() for cell in row if shown(cell)] for sheet in sheets]
    assert [[cell for row in table.rows for cell in row if cell] for table in read(content).tables] == [c for c in theirs if c]


def document() -> bytes:
    made = docx.Document()
    made.add_heading("一、工作亮点", 1)
    made.add_paragraph("第一段  两个空格\t制表\n换行")
    table = made.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "表头"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "药品"
    table.cell(2, 2).text = "3"
    table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "内"
    made.add_paragraph("完")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "月报"
    for row in (
        ["案件月报"],
        ["类别", "件数", "日期", "旧"],
        ["药品", 3, date(2024, 3, 28), 9],
        ["旧药品", 9, None, 9],
        ["器械", 2.5, None, 9],
    ):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.active.row_dimensions[4].hidden = True
    book.active.column_dimensions["D"].hidden = True
    book.create_sheet("藏")["A1"] = "x"
    book["藏"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def converted(content: bytes, ending: str, wanted: str, folder: Path) -> bytes:
    """What LibreOffice makes of a file. Its exit status says nothing; that the file is there says it."""
    source = folder / f"in.{ending}"
    source.write_bytes(content)
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", wanted]
    subprocess.run([*command, "--outdir", str(folder / "out"), str(source)], capture_output=True, timeout=120, check=False)
    return (folder / "out" / f"in.{wanted}").read_bytes()


@pytest.fixture
def libreoffice() -> None:
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("wanted", ["odt", "fodt", "docx", "docm", "dotx"])
def test_text_reads_the_same_in_every_format_that_libreoffice_writes(wanted: str, tmp_path: Path) -> None:
    assert read(converted(document(), "docx", wanted, tmp_path)).blocks == read(document()).blocks


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("wanted", ["ods", "fods", "xlsx", "xltx"])
def test_sheet_reads_the_same_in_every_format_that_libreoffice_writes(wanted: str, tmp_path: Path) -> None:
    found = read(converted(workbook(), "xlsx", wanted, tmp_path))
    assert found.tables == read(workbook()).tables
    assert found.tables[0].rows == (("案件月报", "", ""), ("类别", "件数", "日期"), ("药品", "3", "2024-03-28"), ("器械", "2.5", ""))
