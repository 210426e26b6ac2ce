from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.cadences import Daily, HalfYearly, Monthly, Quarterly, Weekly, Yearly
from mailbot.domain.periods import (
    day_in_month,
    end_of,
    month_of,
    period_from_id,
    quarter_of,
)


@pytest.mark.parametrize("text", ["2023-07", "2024Q1", "2024H2", "2023", "2023-09-15", "2024W05", "2020W53", "open"])
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


def test_the_other_cadences_are_due_within_the_period_they_report_or_the_one_after_it() -> None:
    def dues(cadence: Daily | Weekly | Quarterly | HalfYearly | Yearly) -> list[tuple[str, str]]:
        return [(p.id, d.isoformat()) for p, d in cadence.owed()]

    assert dues(Daily(every="day", first="2024-02-28", last="2024-03-01")) == [(d, d) for d in ("2024-02-28", "2024-02-29", "2024-03-01")]
    assert dues(Weekly(every="week", weekday="fri", first="2024W52", last="2025W01")) == [("2024W52", "2024-12-27"), ("2025W01", "2025-01-03")]
    assert dues(Weekly(every="week", weekday="mon", reports="previous", first="2024W05", last="2024W05")) == [("2024W05", "2024-02-05")]
    end = Quarterly(every="quarter", month=3, day=25, reports="this", first="2024Q1", last="2024Q2")
    assert dues(end) == [("2024Q1", "2024-03-25"), ("2024Q2", "2024-06-25")]
    assert dues(HalfYearly(every="half-year", day=31, first="2024H1", last="2024H2")) == [("2024H1", "2024-06-30"), ("2024H2", "2024-12-31")]
    assert dues(HalfYearly(every="half-year", month=1, day=10, reports="previous", first="2024H2", last="2024H2")) == [("2024H2", "2025-01-10")]
    assert dues(Yearly(every="year", month=1, day=10, reports="previous", first="2024", last="2024")) == [("2024", "2025-01-10")]


def test_a_period_of_another_kind_is_no_first_period() -> None:
    with pytest.raises(ValueError, match="no quarter"):
        Quarterly(every="quarter", first="2024-01", last="2024Q2").owed()


@given(st.integers(2000, 2098), st.integers(1, 4))
def test_quarters_follow_each_other_without_gap_or_overlap(year: int, number: int) -> None:
    this = quarter_of(year, number)
    following = quarter_of(year + number // 4, number % 4 + 1)
    assert this.end == following.start
    assert this.holds(this.start) and not this.holds(this.end)
