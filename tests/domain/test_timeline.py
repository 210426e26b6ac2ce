"""The stages of a campaign on a line of time."""

from dataclasses import replace
from datetime import date

import pytest

from mailbot.domain.policy import Rules
from mailbot.domain.timeline import span_words, timeline, timelines


@pytest.mark.parametrize(("start", "end", "words"), [
    (date(2023, 7, 1), date(2023, 7, 31), "2023年7月"), (date(2023, 7, 1), date(2023, 9, 30), "2023年7月至9月"),
    (date(2023, 7, 1), date(2024, 2, 29), "2023年7月至2024年2月"), (date(2023, 7, 1), date(2024, 2, 28), "2023年7月1日至2024年2月28日"),
    (date(2022, 3, 10), date(2022, 4, 15), "2022年3月10日至4月15日"),
])  # fmt: skip
def test_a_span_of_whole_months_is_said_by_months(start: date, end: date, words: str) -> None:
    assert span_words(start, end) == words


def test_stages_that_are_over_run_and_come_are_told_apart_to_the_day(rules: Rules) -> None:
    campaign = rules.campaign("naiman-2023")
    for day, now in ((date(2023, 7, 1), {"动员部署", "督查（第一次）"}), (date(2023, 7, 31), {"动员部署", "督查（第一次）", "组织实施"}),
                     (date(2023, 8, 1), {"督查（第一次）", "组织实施"}), (date(2024, 12, 31), {"组织实施", "总结"}), (date(2025, 1, 1), set())):  # fmt: skip
        assert {s.name for s in timeline(campaign, day).of("now")} == now, day


def test_every_bar_lies_within_the_line_and_in_order(rules: Rules) -> None:
    for campaign in rules.campaigns:
        line = timeline(campaign, date(2024, 3, 29))
        assert [s.start for s in line.stages] == sorted(s.start for s in line.stages)
        assert all(s.begins >= 0 and s.long > 0 and s.begins + s.long <= 1.000001 for s in line.stages)
        assert max(s.begins + s.long for s in line.stages) == pytest.approx(1)


def test_a_campaign_is_told_of_from_a_month_before_until_its_last_reports_are_in(rules: Rules) -> None:
    campaign = rules.campaign("naiman-2023")
    days = {date(2023, 5, 30): 0, date(2023, 5, 31): 1, date(2025, 3, 3): 1, date(2025, 3, 4): 0}
    assert [len(timelines([campaign], day)) for day in days] == list(days.values())
    assert timelines([replace(campaign, stages=())], date(2024, 1, 1)) == ()
