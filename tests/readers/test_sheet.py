"""Excel files: cells as a person sees them, shown sheets only, and files that are larger than they look."""

import io
import time
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import python_calamine
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from PIL import Image

from mailbot.domain.documents import Table
from parsers.readers import read
from parsers.readers.cells import text


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new)
            target.writestr(name, data)
    return out.getvalue()


def rows_of(content: bytes) -> tuple[tuple[str, ...], ...]:
    document = read(content)
    assert document.trouble is None, document.detail
    return document.tables[0].rows


def test_values_stand_as_a_person_sees_them() -> None:
    content = sheet(
        [42, 5.3, 0.1 + 0.2, 11.0, True, False, None, "文字", date(2024, 3, 28), datetime.fromisoformat("2024-03-28T09:30"), 19900007917]
    )
    assert rows_of(content) == (("42", "5.3", "0.3", "11", "是", "否", "", "文字", "2024-03-28", "2024-03-28 09:30:00", "19900007917"),)


@pytest.mark.parametrize("form", ['yyyy"年"m"月"d"日"', "yyyy/m/d", "m-d", "[$-804]yyyy\\-mm\\-dd;@"])
def test_date_in_any_format_is_iso(form: str) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = date(2024, 3, 28)
    book.active["A1"].number_format = form
    assert rows_of(saved(book)) == (("2024-03-28",),)


def test_formula_shows_its_cached_value_and_nothing_where_it_has_none() -> None:
    content = sheet(["合计", "=1+1"])
    assert rows_of(content) == (("合计",),)
    cached = changed(content, "xl/worksheets/sheet1.xml", b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
    assert rows_of(cached) == (("合计", "2"),)


def test_merged_cell_shows_its_text_once() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["C2"] = "标题", "甲", "乙"
    book.active.merge_cells("A1:C1")
    assert rows_of(saved(book)) == (("标题", "", ""), ("甲", "", "乙"))


def test_hidden_and_empty_sheets_are_left_out_and_the_order_kept() -> None:
    book = openpyxl.Workbook()
    book.active.title, book.active["A1"] = "二月", "b"
    book.create_sheet("空")
    hidden = book.create_sheet("藏")
    hidden["A1"], hidden.sheet_state = "x", "hidden"
    book.create_sheet("一月")["A1"] = "a"
    assert read(saved(book)).tables == (Table((("b",),), "二月"), Table((("a",),), "一月"))


def test_empty_rows_and_columns_at_the_end_are_cut_off_and_gaps_kept() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B3"], book.active["F9"] = "a", "b", " "
    assert rows_of(saved(book)) == (("a", ""), ("", ""), ("", "b"))


def test_cell_in_the_last_corner_does_not_cost_a_minute() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "头", "尾"
    started = time.monotonic()
    assert rows_of(saved(book)) == (("头",),)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("spoiled", [b'r="A999999999"', b'r="AAAAAAA1"'])
def test_cell_that_no_sheet_has_does_not_kill_the_reader(spoiled: bytes) -> None:
    content = changed(sheet(["a"], ["b"]), "xl/worksheets/sheet1.xml", b'r="A2"', spoiled)
    assert read(content).trouble in (None, "corrupt")


def test_wrong_dimension_of_wps_does_not_hide_cells() -> None:
    content = changed(sheet(["a", "b"], ["c", "d"]), "xl/worksheets/sheet1.xml", b'<dimension ref="A1:B2"', b'<dimension ref="A1"')
    assert rows_of(content) == (("a", "b"), ("c", "d"))


def test_file_that_openpyxl_refuses_is_read() -> None:
    content = changed(sheet(["a"]), "xl/styles.xml", b"<fill><patternFill/></fill>", b"<fill />")
    with pytest.raises(TypeError):
        openpyxl.load_workbook(io.BytesIO(content))
    assert rows_of(content) == (("a",),)


def test_file_that_calamine_refuses_is_read() -> None:
    content = changed(sheet(["合计", 5.3], [None, "2"]), "xl/worksheets/sheet1.xml", b't="n"', b't="z"')
    with pytest.raises(python_calamine.CalamineError):
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    assert rows_of(content) == (("合计", "5.3"), ("", "2"))


@pytest.mark.shows("A51")
def test_hidden_rows_and_columns_are_left_out_and_told() -> None:
    book = openpyxl.Workbook()
    for row in (["类别", "旧", "件数"], ["药品", 9, 3], ["旧药品", 9, 9], ["器械", 9, 5]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"].hidden = True
    found = read(saved(book))
    assert found.tables[0].rows == (("类别", "件数"), ("药品", "3"), ("器械", "5"))
    assert found.detail == "Sheet: hidden rows 1, hidden columns 1"


def test_hidden_columns_count_from_the_sheets_edge() -> None:
    book = openpyxl.Workbook()
    book.active["C4"], book.active["D4"], book.active["D5"] = "旧", "甲", "乙"
    book.active.column_dimensions["C"].hidden = True
    assert rows_of(saved(book)) == (("甲",), ("乙",))


def test_errors_stand_as_a_person_sees_them() -> None:
    content = changed(sheet(["合计", 1]), "xl/worksheets/sheet1.xml", b't="n"><v>1<', b't="e"><v>#REF!<')
    assert rows_of(content) == (("合计", "#REF!"),)


@pytest.mark.shows("A51")
def test_formula_without_a_value_is_told_and_one_that_came_out_empty_is_not() -> None:
    content = sheet(["合计", "=1+1"])
    assert read(content).detail == "Sheet: formulas without a value in B1"
    empty = changed(content, "xl/worksheets/sheet1.xml", b'<c r="B1"><f>1+1</f><v></v>', b'<c r="B1" t="str"><f>1+1</f><v></v>')
    assert read(empty).detail == ""


def test_sheet_with_dates_from_1904_shows_the_same_days() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active["A1"] = date(2024, 3, 28)
    assert rows_of(saved(book)) == (("2024-03-28",),)


def test_text_that_looks_like_a_number_stays_as_it_was_typed() -> None:
    assert rows_of(sheet(["007", "152000000000123456", 152000000000123])) == (("007", "152000000000123456", "152000000000123"),)


def test_picture_in_a_cell_is_no_word() -> None:
    content = changed(sheet(["图", "x"]), "xl/worksheets/sheet1.xml", b"<t>x<", b'<t>=DISPIMG("ID_1",1)<')
    assert rows_of(content) == (("图",),)


def test_strict_workbook_is_read() -> None:
    common, strict = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    content = sheet(["合计", 5.3])
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        content = changed(content, part, common, strict)
    assert rows_of(content) == (("合计", "5.3"),)


def test_blank_workbook_is_read_and_empty() -> None:
    found = read(saved(openpyxl.Workbook()))
    assert (found.trouble, found.blocks, found.scanned) == (None, (), False)


def test_macro_is_told() -> None:
    content = sheet(["a"])
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert (read(out.getvalue()).macro, read(content).macro) == (True, False)


def test_workbook_of_pictures_alone_is_a_scan() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    book = openpyxl.Workbook()
    book.active.add_image(SheetImage(picture), "A1")
    found = read(saved(book))
    assert (found.scanned, found.pictures, found.tables) == (True, 1, ())


HOSTILE = {
    "DOCTYPE in a sheet": (
        changed(sheet(["a"]), "xl/worksheets/sheet1.xml", b"<worksheet", b'<!DOCTYPE x [<!ENTITY e "x">]><worksheet'),
        "corrupt",
    ),
    "cut off": (sheet(["a"])[:1_500], "corrupt"),
    "no sheets": (changed(sheet(["a"]), "xl/workbook.xml", b"<sheet ", b"<xheet "), "corrupt"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_a_trouble_and_no_exception(case: str) -> None:
    content, trouble = HOSTILE[case]
    found = read(content)
    assert (found.kind, found.trouble) == ("sheet", trouble)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1e15, "1000000000000000"),
        (-0.0, "0"),
        (1e300, "1e+300"),
        (2.50, "2.5"),
        ("a_x000D_\nb", "a\nb"),
        (" x ", "x"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_and_texts_at_the_edges(value: object, shown: str) -> None:
    assert text(value) == shown
