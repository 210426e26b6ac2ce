"""What senders write stands in a cell as they wrote it, and nothing of it is calculated, refused or taken for a path."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from mailbot.adapters.archive import Archive
from mailbot.adapters.blanks import written
from mailbot.adapters.workbook import write_book
from mailbot.app.exports.originals import Wanted, boxed, hand_over
from mailbot.domain.blanks import Cell, Grid, Page
from mailbot.domain.filenames import Names, safe_name
from mailbot.domain.obligations import Filing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.sheets import MOST_TEXT, Column, Sheet, SheetNames, printable

FORMULAS = ['=1+1', '=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠A1", " =1", "=", "%0A=1", "|x"]
BROKEN = ["\x00a", "\x0b\x0c", "\ud800", "a\ufffeb\uffff", "\x1b[31m", "\u202egpj.exe", "x" * 40_000, "𠮷" * 20_000, "_x000D_"]


def _book(texts: list[str], tmp_path: Path, onto: bytes | None = None) -> Path:
    file = tmp_path / "book.xlsx"
    write_book([Sheet("表", "标题", (Column("一", 9), Column("二", 9, "centre")), [(t, t) for t in texts])], file, onto)
    return file


@pytest.mark.shows("A50")
@pytest.mark.parametrize("onto", [False, True], ids=["alone", "behind a form"])
def test_a_text_that_looks_like_a_formula_is_a_text_and_bears_the_mark_of_one(onto: bool, tmp_path: Path) -> None:
    page = Page("表", ("表",), grid=Grid((1,), ((Cell("=1+1"),), (Cell("@x", printed=True),))))
    sheet = openpyxl.load_workbook(_book(FORMULAS, tmp_path, written(page, ".xlsx") if onto else None)).worksheets[-1]
    cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row]
    assert [c.value for c in cells] == [printable(t) for t in FORMULAS for _ in range(2)]
    assert {c.data_type for c in cells} == {"s"} and all(c.quotePrefix for c in cells)


@pytest.mark.shows("A50")
def test_no_formula_stands_in_the_file_at_all(tmp_path: Path) -> None:
    with zipfile.ZipFile(_book(FORMULAS, tmp_path)) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")


@pytest.mark.shows("A50")
def test_a_form_that_is_filled_with_texts_of_senders_holds_no_formula_of_theirs() -> None:
    page = Page("表", ("=标题",), head=("=填报单位",), grid=Grid((1, 1), tuple((Cell(t), Cell(t, type="yes-no")) for t in FORMULAS)))
    with zipfile.ZipFile(io.BytesIO(written(page, ".xlsx"))) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")


@pytest.mark.shows("A50", "A72")
def test_texts_that_no_workbook_can_hold_are_cleaned_and_cut(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(_book(BROKEN, tmp_path)).active
    values = [sheet.cell(row, 1).value for row in range(3, 3 + len(BROKEN))]
    assert values[:6] == ["a", None, None, "ab", "[31m", "gpj.exe"]
    assert all(len((v or "").encode("utf-16-le")) // 2 <= MOST_TEXT for v in values)
    assert values[6].endswith("x…") and values[7].endswith("𠮷…")


def test_sheets_get_names_that_excel_takes() -> None:
    names = SheetNames()
    given = [names.unique(n) for n in ("a/b:c?", "A B C", "'x'", "", "History", "长" * 40, "长" * 40, "工作总结", "工作总结")]
    assert given == ["a b c", "A B C(2)", "x", "表", "History(2)", "长" * 31, "长" * 28 + "(2)", "工作总结", "工作总结(2)"]


@pytest.mark.shows("A32", "A33")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "_.._etc_passwd"), ("..", "文件"), ("C:\\a\\b.docx", "C__a_b.docx"), ("CON", "_CON"), ("nul.docx", "_nul.docx"),
        ("Lpt1.tar.gz", "_Lpt1.tar.gz"), ("清单.docx. ", "清单.docx"), (".htaccess", "htaccess"), ("a\x00b\nc\u202e.docx", "a_b_c_.docx"),
        ("一季度清单 (最终).docx", "一季度清单 (最终).docx"), ("", "文件"), ("a\udcffb", "a_b"),
    ],
)  # fmt: skip
def test_a_name_from_a_sender_is_never_a_path_or_a_device(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = safe_name("清" * 200 + ".docx")
    assert name.endswith("清.docx") and len(name.encode()) <= 150


def test_names_in_a_folder_are_told_apart_without_regard_to_case() -> None:
    names = Names()
    given = [names.unique("甲/乙", n) for n in ("清单.docx", "清单.DOCX", "清单.docx", "清单(2).docx")]
    assert given == ["甲/乙/清单.docx", "甲/乙/清单(2).DOCX", "甲/乙/清单(3).docx", "甲/乙/清单(2)(2).docx"]
    assert len({g.casefold() for g in given}) == 4
    assert names.unique("../x", "a") == "文件/x/a"


def test_more_rows_than_a_sheet_has_go_on_in_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailbot.adapters.workbook.MOST_ROWS", 10)
    file = tmp_path / "long.xlsx"
    write_book([Sheet("长表", "标题", (Column("一"),), ((n,) for n in range(17)), long=True), Sheet("空表", "标题", (Column("一"),), [])], file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["长表", "长表(2)", "长表(3)", "空表"]
    assert [[c.value for c in sheet["A"][2:]] for sheet in book] == [list(range(8)), list(range(8, 16)), [16], []]


class _Opened:
    """An opener whose child was taken over: what lies in its folder is as the test laid it."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    @contextmanager
    def files_of(self, raw: Path) -> Iterator[dict[str, Path]]:
        yield self._files


def _wanted(content: bytes) -> Wanted:
    sha256 = hashlib.sha256(content).hexdigest()
    filing = Filing("c", "u", "d", "2024Q1", "editable", None, "清单.docx", sha256, len(content), datetime(2024, 3, 1, tzinfo=SHANGHAI))
    return Wanted(filing, "mail", "甲", "清单.docx")


@pytest.mark.parametrize("laid", ["link", "other bytes", "as many other bytes", "nothing", "folder", "pipe"])
def test_what_a_taken_over_child_lays_in_place_of_a_file_is_not_handed_out(laid: str, tmp_path: Path) -> None:
    secret, place = tmp_path / "secret", tmp_path / "1"
    secret.write_bytes(b"of this machine")
    if laid == "link":
        place.symlink_to(secret)
    elif laid == "other bytes":
        place.write_bytes(b"other")
    elif laid == "as many other bytes":
        place.write_bytes(b"of this machinX")
    elif laid == "folder":
        place.mkdir()
    elif laid == "pipe":
        os.mkfifo(place)
    wanted = _wanted(b"of this machine")
    with boxed(tmp_path / "a.zip") as box:
        assert hand_over(_Opened({wanted.filing.sha256: place}), Archive(tmp_path), box, "mail", [wanted]) == {}


def test_what_was_filed_is_handed_out_with_its_checksum(tmp_path: Path) -> None:
    wanted, place = _wanted(b"paper"), tmp_path / "1"
    place.write_bytes(b"paper")
    with boxed(tmp_path / "a.zip") as box:
        assert hand_over(_Opened({wanted.filing.sha256: place}), Archive(tmp_path), box, "mail", [wanted]) == {0: "甲/清单.docx"}
        box.close_with_sums(datetime(2024, 3, 1, tzinfo=SHANGHAI))
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert packed.read("SHA256SUMS").decode() == f"{hashlib.sha256(b'paper').hexdigest()}  甲/清单.docx\n"
