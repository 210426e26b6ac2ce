"""The empty form goes with the letter where it helps, and nothing else ever does."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import docx
import openpyxl
from outbox.conftest import NAME, Bureau, risk_list, scan, text_of

from mailbot.app.demo import papers

Make = Callable[..., Bureau]


def test_a_scan_without_its_editable_copy_is_answered_with_the_form_to_fill_in(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"扫描.jpg": scan()}, "风险隐患排查问题清单扫描件")
    office.flush(hurry=True)
    letter = office.letter()
    (blank,) = letter.iter_attachments()
    assert blank.get_filename() == "两品一械风险隐患排查问题清单（空表）.docx" and "随信附上空表：“两品一械风险隐患排查问题清单（空表）.docx”" in text_of(letter)
    opened = docx.Document(BytesIO(blank.get_content()))
    assert "发现的共性风险隐患" in [cell.text for cell in opened.tables[0].rows[0].cells]


def test_both_ways_to_name_the_file_stand_in_the_letter(bureau: Make) -> None:
    from email import message_from_bytes
    from email.header import decode_header, make_header
    from email.policy import compat32

    office = bureau()
    office.post("xinzhen", {"扫描.jpg": scan()}, "风险隐患排查问题清单扫描件")
    office.flush(hurry=True)
    raw = office.sent[0][2]
    part = message_from_bytes(raw, policy=compat32).get_payload()[1]
    name = "两品一械风险隐患排查问题清单（空表）.docx"
    assert str(make_header(decode_header(part.get_param("name")))) == name and part.get_filename() == name
    assert max(map(len, raw.split(b"\r\n"))) < 998 and b"\n" not in raw.replace(b"\r\n", b"")


def test_a_table_of_figures_comes_as_a_workbook(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"扫描.jpg": scan()}, "案件查办统计数据 2024年3月 扫描件")
    office.flush(hurry=True)
    (blank,) = office.letter().iter_attachments()
    book = openpyxl.load_workbook(BytesIO(blank.get_content()))
    assert blank.get_filename().endswith(".xlsx") and "药品" in [cell.value for row in book.active for cell in row]


def test_an_empty_form_is_answered_with_a_fresh_one(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list(rows=(), counters=papers.Counters(), sample_left=True)})
    office.flush(hurry=True)
    assert [a.get_filename() for a in office.letter().iter_attachments()] == ["两品一械风险隐患排查问题清单（空表）.docx"]


def test_a_wrong_figure_is_mended_in_their_own_file(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list(counters=papers.Counters(risks_found=3, risks_closed=9)), "章.jpg": scan()})
    office.flush(hurry=True)
    assert list(office.letter().iter_attachments()) == [] and "随信附上" not in text_of(office.letter())
    assert office.letter().get_content_type() == "text/plain"


def test_what_came_after_all_needs_no_form(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"扫描.jpg": scan()}, "风险隐患排查问题清单扫描件")
    office.later(minutes=5).post("xinzhen", {"清单.docx": risk_list()}, "可编辑版")
    office.later(minutes=10).flush()
    assert len(office.sent) == 1 and list(office.letter().iter_attachments()) == [] and "已收齐" in office.letter()["Subject"]


def test_a_form_that_cannot_be_written_costs_the_enclosure_and_not_the_letter(bureau: Make) -> None:
    office = bureau()

    def broken(form: str) -> tuple[str, bytes]:
        raise OSError(form)

    office.house.templates._blank = broken
    office.post("xinzhen", {"扫描.jpg": scan()}, "风险隐患排查问题清单扫描件")
    office.flush(hurry=True)
    assert list(office.letter().iter_attachments()) == [] and "随信附上" not in text_of(office.letter())


def test_a_report_with_parts_left_out_comes_with_the_form(bureau: Make) -> None:
    office = bureau("2023-09-10T09:00:00")
    paper = papers.self_review_docx(unit=NAME, reported_on=date(2023, 9, 9))
    opened = docx.Document(BytesIO(paper))
    for paragraph in opened.paragraphs:
        if paragraph.text.startswith(("四", "二")):
            paragraph.text = "另"
    out = BytesIO()
    opened.save(out)
    office.post("xinzhen", {"自查报告.docx": out.getvalue()})
    office.flush(hurry=True)
    (blank,) = office.letter().iter_attachments()
    assert blank.get_filename().endswith("（空表）.docx")
