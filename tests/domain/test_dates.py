"""Dates and periods as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.dates import as_date, dates_in, days_in, excel_day, mentions_in
from mailbot.domain.periods import period_from_id

_THIRD: dict[int | None, tuple[str, ...]] = {
    None: ("第三季度", "三季度", "3季度", "Q3", "三季报", "7-9月", "7月-9月", "7月—9月", "七至九月", "7~9月", "7至9月份", "七月至九月", "7、8、9月", "1—9月",
           "前三季度", "前三个季度", "一至三季度", "1-3季度", "第一、二、三季度"),
    2023: ("2023Q3", "2023年Q3", "2023-Q3", "2023_Q3", "Q3-2023", "2023年第三季度", "2023三季度", "2023年度第三季度", "23年三季度", "二〇二三年第三季度",
           "二0二三年三季度", "２０２３年三季度", "2023年7-9月", "2023年7月至2023年9月", "2023.7-2023.9", "2023.07-09", "2023年1-9月(累计)", "2023年前三季度",
           "2023年7月1日至9月30日", "2023年7月1日-2023年9月30日", "2023年第1-3季度", "2023年1季度至3季度"),
}  # fmt: skip
_JULY: dict[int | None, tuple[str, ...]] = {
    None: ("七月份", "07月", "7月份报表"),
    2023: ("2023.07", "202307", "2023-07", "2023/7", "2023年7月", "2023年07月", "２０２３．０７", "23年7月", "二〇二三年七月", "2023年7月1日至7月31日"),
}  # fmt: skip


@pytest.mark.parametrize(
    "text", ["2024.3.5", "2024年 3 月 5 日", "二〇二四年三月五日", "2024/03/05", "2024-03-05", "２０２４年３月５日", "20240305", "2024年3月5号", "二○二四年三月五日"]
)
def test_a_date_is_read_in_every_common_notation(text: str) -> None:
    assert dates_in(f"填报日期：{text} ") == (date(2024, 3, 5),)


@pytest.mark.parametrize("text", ["2024年13月5日", "电话 0475-4211188", "第3-5条", "2024年1-9月", "2024年2月30日"])
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert dates_in(text) == ()


@pytest.mark.parametrize(
    ("text", "kind", "number", "year"),
    [
        ("2023年第三季度“两品一械”问题清单", "quarter", 3, 2023), ("三季度", "quarter", 3, None), ("7-9月", "quarter", 3, None),
        ("2023年1-9月（累计）", "quarter", 3, 2023), ("2024Q1", "quarter", 1, 2024), ("二〇二四年四季度", "quarter", 4, 2024),
        ("统计期：2024年10月", "month", 10, 2024), ("12月月报", "month", 12, None), ("2024-09月报", "month", 9, 2024),
        ("十一月份月报", "month", 11, None), ("2024年上半年", "half", 1, 2024),
        *((text, "quarter", 3, year) for year, texts in _THIRD.items() for text in texts),
        *((text, "month", 7, year) for year, texts in _JULY.items() for text in texts),
    ],
)  # fmt: skip
def test_a_period_is_read_from_the_words_for_it(text: str, kind: str, number: int, year: int | None) -> None:
    first = mentions_in(text)[0]
    assert (first.kind, first.number, first.year) == (kind, number, year)


def test_a_date_is_no_mention_of_its_month() -> None:
    assert mentions_in("截至2023年8月31日，3月29日报来") == ()


def test_a_bare_number_behind_月报_is_a_month_only_in_a_file_name() -> None:
    assert mentions_in("月报8-章.pdf") == ()
    assert mentions_in("月报8-章.pdf", bare=True)[0].number == 8


@pytest.mark.parametrize(("text", "ids"), [
    ("截至9月底", {"2023-09", "2023Q3"}), ("截至2023年9月末", {"2023-09", "2023Q3"}), ("2023年上半年", {"2023H1", "2023Q2"}), ("2023年全年", {"2023Q4"}),
    ("2023年1-9月", {"2023-09", "2023Q3"}), ("9月", {"2023-09"}), ("8-9月", set()),
])  # fmt: skip
def test_what_is_said_up_to_the_end_of_a_quarter_names_the_quarter_too(text: str, ids: set[str]) -> None:
    known = [period_from_id(i) for i in ("2023-08", "2023-09", "2023-12", "2023Q2", "2023Q3", "2023Q4", "2023H1", "2023H2")]
    assert {p.id for p in known if any(m.fits(p) for m in mentions_in(text))} == ids


@pytest.mark.parametrize("text", ["四季青社区", "三个月", "6个月内", "第1-3项 附件1-3", "电话13900002024", "附件1-3 清单", "DOC03271056_1"])
def test_what_is_no_period_is_not_taken_for_one(text: str) -> None:
    assert mentions_in(text) == ()


def test_the_month_and_the_quarter_before_are_counted_from_the_papers_day() -> None:
    assert [(m.number, m.year) for m in mentions_in("上月、上季度", day=date(2024, 1, 3))] == [(12, 2023), (4, 2023)]
    assert mentions_in("上月、上季度") == ()


@pytest.mark.parametrize("text", [
    "2024年3月28日", "2024.3.28", "2024-3-28", "2024/03/28", "二〇二四年三月二十八日", "二O二四年三月廿八日", "24年3月28日", "20240328", "2024 年 3 月 28 日",
    "2024、3、28", "2024，3，28", "２０２４．３．２８", "24.3.28", "2024 3 28", "2024年3月28", "2024-03-28 00:00:00", "2024—03—28",
])  # fmt: skip
def test_a_place_for_a_date_takes_every_notation(text: str) -> None:
    assert as_date(text) == date(2024, 3, 28)


@pytest.mark.parametrize("text", ["3月28日", "2024年3月", "年 月 日", "2024", "45379"])
def test_what_lacks_a_part_is_no_date(text: str) -> None:
    assert as_date(text) is None


def test_a_bare_serial_of_excel_is_a_day() -> None:
    assert [excel_day(t) for t in ("45379", "12", "99999", "45379.5")] == [date(2024, 3, 28), None, None, None]


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_date_written_out_is_read_back(day: date) -> None:
    assert dates_in(f"{day.year}年{day.month}月{day.day}日") == (day,)
    assert dates_in(day.isoformat()) == (day,)


@pytest.mark.parametrize("text", ["2024年2月21日至3月20日", "2024年2月21日—3月20日", "2024.2.21-2024.3.20", "2024年2月20日-3月19日", "2月21日—3月20日"])
def test_a_stretch_of_days_into_the_next_month_is_told_by_its_end(text: str) -> None:
    assert [(m.kind, m.number) for m in mentions_in(text)] == [("month", 3)]


def test_a_stretch_of_days_over_new_year_ends_in_the_new_one() -> None:
    assert [(m.number, m.year) for m in mentions_in("2023年12月21日至1月20日")] == [(1, 2024)]


# --- weeks, half years, years, single days -------------------------------------------------------------------------------------

_FIFTH = [
    "第5周安全周报", "第五周", "2024年第5周", "2024W05", "W05", "1月29日—2月4日", "（1月29日至2月2日）", "2024.1.29-2.4", "1.29-2.4周报", "1月29—2月4日",
    "2024年1月29日-2024年2月4日", "20240129-20240204", "上周情况", "第5周（1月29日-2月4日）",
]  # fmt: skip


@pytest.mark.parametrize("text", _FIFTH)
def test_a_week_is_told_by_its_number_its_days_or_from_today(text: str) -> None:
    known = [period_from_id(f"2024W{n:02}") for n in range(1, 53)]
    first = next(m for m in mentions_in(text, day=date(2024, 2, 5)) if m.kind == "week")
    assert [p.id for p in known if first.fits(p)] == ["2024W05"]


def test_the_days_of_a_week_stand_before_its_number_which_may_be_counted_in_another_way() -> None:
    assert [m.middle for m in mentions_in("第3周（1月29日-2月4日）") if m.kind == "week"] == [(2, 1), None]


def test_a_week_over_new_year_is_told_by_its_middle() -> None:
    (week,) = (m for m in mentions_in("12月30日-1月5日") if m.kind == "week")
    assert week.fits(period_from_id("2025W01")) and not week.fits(period_from_id("2024W52"))


@pytest.mark.parametrize("text", ["2月第1周", "2月份第二周", "周一至周五", "星期五", "上周五", "3月1日至3月31日", "2024年1-9月", "第53条", "2月30日-2月31日"])
def test_what_is_no_week_is_not_taken_for_one(text: str) -> None:
    assert [m for m in mentions_in(text, day=date(2024, 2, 5)) if m.kind == "week"] == []


@pytest.mark.parametrize(("text", "year"), [
    ("2024年度工作计划", 2024), ("2024年工作总结", 2024), ("24年度总结", 2024), ("工作计划2024", 2024), ("二〇二四年工作要点", 2024), ("2024年全年", 2024),
    ("2024年1-12月", 2024), ("本年度总结", 2024), ("去年总结", 2023), ("上年度总结", 2023),
])  # fmt: skip
def test_a_year_is_read_from_the_words_for_it(text: str, year: int) -> None:
    assert {m.year for m in mentions_in(text, day=date(2024, 2, 5)) if m.kind == "year"} == {year}


@pytest.mark.parametrize("text", ["奈市监发〔2023〕66号", "2024年3月", "2024年第一季度", "2024-03-05", "2024Q1", "电话13920240000"])
def test_what_is_said_of_a_part_of_a_year_is_no_mention_of_the_year(text: str) -> None:
    assert [m for m in mentions_in(text) if m.kind == "year"] == []


@pytest.mark.parametrize(("text", "half"), [("2024年上半年", 1), ("下半年", 2), ("1-6月", 1), ("2024年7—12月", 2)])
def test_a_half_year_is_read_from_the_words_for_it(text: str, half: int) -> None:
    assert [m.number for m in mentions_in(text) if m.kind == "half"] == [half]


@pytest.mark.parametrize(("text", "said"), [
    ("2024年6月3日零报告", [(603, 2024)]), ("6月3日零报告", [(603, None)]), ("零报告20240603", [(603, 2024)]), ("零报告0603", [(603, None)]),
    ("昨日无情况", [(204, 2024)]), ("今天无情况", [(205, 2024)]), ("第1305号", []),
])  # fmt: skip
def test_a_single_day_is_read_for_reports_of_every_day(text: str, said: list[tuple[int, int | None]]) -> None:
    assert [(m.number, m.year) for m in days_in(text, bare=True, day=date(2024, 2, 5))] == said
