"""Read lines become paragraphs and tables, as a reader of documents would make them."""

from itertools import pairwise

from mailbot.domain.documents import Paragraph, Table
from mailbot.domain.pages import Box, Grid, Line, Page
from parsers.scans import words

WIDTH, HEIGHT = 1000, 1400
EM = 24


def line(text: str, left: float, top: float, legible: float = 0.99, height: float = 32) -> Line:
    """A line of characters 24 pixels wide, from a place in pixels."""
    box = Box(left / WIDTH, top / HEIGHT, (left + EM * len(text)) / WIDTH, (top + height) / HEIGHT)
    return Line(text, box, legible)


def grid(xs: tuple[int, ...], ys: tuple[int, ...]) -> Grid:
    return tuple(
        tuple(Box(a / WIDTH, top / HEIGHT, b / WIDTH, bottom / HEIGHT) for a, b in pairwise(xs))
        for top, bottom in pairwise(ys)
    )


def page(*lines: Line, grids: tuple[Grid, ...] = (), number: int = 1) -> Page:
    return Page(number, WIDTH, HEIGHT, "colour", lines=lines, grids=grids)


def test_a_wrapped_line_goes_on_in_the_next_and_a_new_point_does_not() -> None:
    full = "我" * 33
    found = words.blocks((page(line("一、基本情况", 148, 200), line(full, 148, 250), line("二。", 100, 300), line("二、工作亮点", 148, 350)),))
    assert found == (Paragraph("一、基本情况"), Paragraph(full + "二。"), Paragraph("二、工作亮点"))


def test_lines_side_by_side_are_one_paragraph_with_a_gap() -> None:
    found = words.blocks((page(line("填报日期：2024年3月27日", 600, 202), line("填报单位：八仙筒所", 100, 200)),))
    assert found == (Paragraph("填报单位：八仙筒所 填报日期：2024年3月27日"),)


def test_lines_in_a_ruled_table_are_its_cells_in_the_order_of_the_page() -> None:
    table = grid((100, 200, 900), (300, 360, 480))
    lines = (
        line("清单", 400, 200), line("序号", 110, 310), line("工作开展情况", 210, 310), line("1", 110, 370),
        line("截至目前，共检查零售企业八十六家次。", 210, 370), line("出动执法人员172人次", 210, 404), line("注：累计数据", 100, 500),
    )  # fmt: skip
    found = words.blocks((page(*lines, grids=(table,)),))
    cell = "截至目前，共检查零售企业八十六家次。\n出动执法人员172人次"
    assert found == (Paragraph("清单"), Table((("序号", "工作开展情况"), ("1", cell))), Paragraph("注：累计数据"))


def test_a_cell_wide_line_is_joined_with_the_next() -> None:
    table = grid((100, 200, 900), (300, 420, 480))
    found = words.blocks((page(line("责" * 28, 210, 310), line("令改正", 210, 344), grids=(table,)),))
    assert found == (Table((("", "责" * 28 + "令改正"), ("", ""))),)


def test_a_merged_cell_repeats_its_text() -> None:
    ((left, right), lower) = grid((100, 200, 900), (300, 360, 420))
    merged = Box(left.left, left.top, right.right, right.bottom)
    found = words.blocks((page(line("单位名称", 110, 310), grids=(((merged, merged), lower),)),))
    assert found == (Table((("单位名称", "单位名称"), ("", ""))),)


def test_a_table_that_goes_on_on_the_next_page_is_one_table_without_its_second_head() -> None:
    first = page(line("序号", 110, 310), line("措施", 210, 310), line("1", 110, 370), line("约谈", 210, 370), line("- 1 -", 450, 1350),
                 grids=(grid((100, 200, 900), (300, 360, 420)),))  # fmt: skip
    second = page(line("序号", 110, 110), line("措施", 210, 110), line("2", 110, 170), line("复查", 210, 170), line("第2页", 450, 1350),
                  grids=(grid((100, 200, 900), (100, 160, 220)),), number=2)  # fmt: skip
    assert words.blocks((first, second)) == (Table((("序号", "措施"), ("1", "约谈"), ("2", "复查"))),)


def test_a_row_that_the_end_of_a_page_cut_goes_on_on_the_next() -> None:
    first = page(line("1", 110, 310), line("截至目前，出动", 210, 310), grids=(grid((100, 200, 900), (300, 360)),))
    second = page(line("172人次", 210, 110), grids=(grid((100, 200, 900), (100, 160)),), number=2)
    assert words.blocks((first, second)) == (Table((("1", "截至目前，出动172人次"),)),)


def test_tables_of_different_widths_on_two_pages_stay_two() -> None:
    first = page(line("1", 110, 310), grids=(grid((100, 200, 900), (300, 360)),))
    second = page(line("2", 110, 110), grids=(grid((100, 200, 500, 900), (100, 160)),), number=2)
    assert len(words.blocks((first, second))) == 2


def test_pages_without_words_have_no_blocks() -> None:
    assert words.blocks((page(),)) == ()


def test_the_rest_of_a_long_title_centred_below_it_belongs_to_it() -> None:
    title = "八仙筒市场监管所药品安全巩固提升行动阶段性工作"  # 23 characters of 24 pixels
    centre = 200 + 23 * EM / 2
    found = words.blocks((page(line(title, 200, 200), line("总结", centre - EM, 240), line("一、基本情况", 148, 300)),))
    assert found == (Paragraph(title + "总结"), Paragraph("一、基本情况"))
    short = words.blocks((page(line("八仙筒市场监管所", 400, 200), line("自查报告", 448, 240)),))
    assert short == (Paragraph("八仙筒市场监管所"), Paragraph("自查报告"))


def test_a_number_at_the_foot_is_the_page_s_and_one_in_the_text_is_not() -> None:
    assert words.blocks((page(line("12", 500, 700), line("12", 500, 1340)),)) == (Paragraph("12"),)
