from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.periods import (
    Monthly,
    Quarterly,
    dates_in,
    day_in_month,
    end_of,
    mentions_in,
    month_of,
    period_from_id,
    quarter_of,
)


@pytest.mark.parametrize("text", ["2023-07", "2024Q1", "2024H2", "2023", "2023-09-15", "open"])
def test_a_period_is_told_by_its_id(text: str) -> None:
    assert period_from_id(text).id == text


def test_day_30_in_february_is_its_last_day() -> None:
    assert day_in_month(2024, 2, 30) == date(2024, 2, 29)
    assert day_in_month(2023, 2, 30) == date(2023, 2, 28)


def test_a_quarterly_report_due_on_the_first_reports_the_quarter_before() -> None:
    owed = list(Quarterly(every="quarter", day=1, first="2023Q3", last="2024Q4").owed())
    assert [(p.id, d.isoformat()) for p, d in owed] == [
        ("2023Q3", "2023-10-01"), ("2023Q4", "2024-01-01"), ("2024Q1", "2024-04-01"),
        ("2024Q2", "2024-07-01"), ("2024Q3", "2024-10-01"), ("2024Q4", "2025-01-01"),
    ]  # fmt: skip


def test_a_monthly_report_due_on_day_20_reports_that_month_and_one_due_on_day_1_the_month_before() -> None:
    this = dict(Monthly(every="month", day=20, first="2023-08", last="2023-09").owed())
    assert this == {month_of(2023, 8): date(2023, 8, 20), month_of(2023, 9): date(2023, 9, 20)}
    before = dict(Monthly(every="month", day=1, reports="previous", first="2023-12", last="2023-12").owed())
    assert before == {month_of(2023, 12): date(2024, 1, 1)}


def test_a_named_day_is_in_time_until_its_last_second_unless_the_rule_excludes_it() -> None:
    assert end_of(date(2024, 4, 1)).isoformat() == "2024-04-01T23:59:59+08:00"
    assert end_of(date(2024, 4, 1), inclusive=False).isoformat() == "2024-03-31T23:59:59+08:00"


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


@given(st.integers(2000, 2098), st.integers(1, 4))
def test_quarters_follow_each_other_without_gap_or_overlap(year: int, number: int) -> None:
    this = quarter_of(year, number)
    following = quarter_of(year + number // 4, number % 4 + 1)
    assert this.end == following.start
    assert this.holds(this.start) and not this.holds(this.end)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_date_written_out_is_read_back(day: date) -> None:
    assert dates_in(f"{day.year}年{day.month}月{day.day}日") == (day,)
    assert dates_in(day.isoformat()) == (day,)
