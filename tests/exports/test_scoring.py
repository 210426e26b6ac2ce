"""Punctuality and quality counted by hand."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from mailbot.app.exports.ledger import remark
from mailbot.domain.campaigns import Campaign, Duty, Extension, Waiver
from mailbot.domain.findings import Finding
from mailbot.domain.obligations import Filing, obligation_for, standing
from mailbot.domain.periods import SHANGHAI, period_from_id
from mailbot.domain.policy import Rules
from mailbot.domain.scores import Mark, Score, mark, ranked, summed
from mailbot.domain.units import Unit

WRONG = Finding("field-missing", "error", "measure")
TOLD = Finding("late", "warning")


def _filing(when: str, copy: str = "editable", *findings: Finding, message: int, title: str = "") -> Filing:
    moment = datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)
    return Filing("naiman-2023", "baxiantong", "risk-list", "2024Q1", copy, "risk-list", f"{copy}.docx", "0" * 64, 1, moment, message,  # type: ignore[arg-type]
                  findings=findings, message=message, title=title)  # fmt: skip


def _mark(rules: Rules, filings: list[Filing], now: str = "2024-04-11T09:00:00", duty: str = "risk-list") -> Mark | None:
    campaign = rules.campaigns[0]
    unit = campaign.roster.by_id("baxiantong")
    assert unit
    owed = obligation_for(campaign, unit, campaign.duty(duty), period_from_id("2024Q1"))
    return mark(standing(owed, filings, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)), filings)


# (filings, (complete, days late, errors in the first submission, corrections)); due 2024-04-01
TABLE = {
    "both in one mail": ([_filing("2024-03-28", message=1), _filing("2024-03-28", "scan", message=1)], (True, 0, 0, 0)),
    "two mails, the second on the last evening": ([_filing("2024-03-28", message=1), _filing("2024-04-01T23:00", "scan", message=2)], (True, 0, 0, 0)),
    "complete three days late": ([_filing("2024-03-28", message=1), _filing("2024-04-04", "scan", message=2)], (True, 3, 0, 0)),
    "one error, sent again": (
        [_filing("2024-03-28", "editable", WRONG, message=1), _filing("2024-03-28", "scan", message=1), _filing("2024-03-30", message=2)], (True, 0, 1, 1),
    ),
    "two errors, sent again twice": (
        [_filing("2024-03-20", "editable", WRONG, WRONG, message=1), _filing("2024-03-20", "scan", message=1),
         _filing("2024-03-22", "editable", WRONG, message=2), _filing("2024-03-24", message=3)], (True, 0, 2, 2),
    ),
    "a warning is no error": ([_filing("2024-03-28", "editable", TOLD, message=1), _filing("2024-03-28", "scan", message=1)], (True, 0, 0, 0)),
    "corrected after it was complete": (
        [_filing("2024-03-28", message=1), _filing("2024-03-28", "scan", message=1), _filing("2024-04-08", "editable", WRONG, message=2),
         _filing("2024-04-09", message=3)], (True, 0, 0, 0),
    ),
    "never complete": ([_filing("2024-03-28", message=1)], (False, 10, 0, 0)),
    "nothing came": ([], (False, 10, None, 0)),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_an_obligation_is_judged_by_its_first_complete_moment_and_its_first_submission(case: str, rules: Rules) -> None:
    filings, wanted = TABLE[case]
    found = _mark(rules, filings)
    assert found and (found.complete, found.late_days, found.errors, found.corrections) == wanted


def test_what_is_not_due_yet_counts_only_once_it_is_complete(rules: Rules) -> None:
    assert _mark(rules, [], now="2024-03-30T09:00:00") is None
    assert _mark(rules, [_filing("2024-03-28", message=1)], now="2024-03-30T09:00:00") is None
    done = _mark(rules, [_filing("2024-03-28", message=1), _filing("2024-03-28", "scan", message=1)], now="2024-03-30T09:00:00")
    assert done and done.punctual


def _score(*marks: tuple[bool, int, int | None, int]) -> Score:
    return summed(Mark(None, *each) for each in marks)  # type: ignore[arg-type]


def test_a_score_adds_up_its_marks() -> None:
    score = _score((True, 0, 0, 0), (True, 3, 2, 1), (False, 10, None, 0), (False, 5, 1, 2))
    assert score == Score(counted=4, punctual=1, late=1, missing=2, late_days=3, submitted=3, flawless=1, errors=3, corrections=3)
    assert score.punctuality == 0.25 and round(score.quality, 3) == 0.333


def test_equal_units_share_a_place_and_the_next_is_behind_both() -> None:
    good, late, later = _score((True, 0, 0, 0)), _score((True, 1, 0, 0)), _score((True, 2, 0, 0))
    units = [Unit(id=n, name=n, kind="所") for n in ("甲", "乙", "丙", "丁", "戊")]
    scores = dict(zip(units, (late, good, good, later, Score()), strict=True))
    assert [(place, unit.name) for place, unit, _ in ranked(scores)] == [(1, "乙"), (1, "丙"), (3, "甲"), (4, "丁")]


def test_what_was_waived_does_not_count(rules: Rules) -> None:
    campaign: Campaign = replace(rules.campaigns[0], waivers=(Waiver(unit="baxiantong", duty="risk-list", period="2024Q1", why="机构撤并"),))
    duty: Duty = campaign.duty("risk-list")
    unit = campaign.roster.by_id("baxiantong")
    assert unit
    owed = obligation_for(campaign, unit, duty, period_from_id("2024Q1"))
    assert mark(standing(owed, [], datetime(2024, 5, 1, tzinfo=SHANGHAI)), []) is None


def test_an_extension_moves_the_day_that_counts_and_is_told_in_the_ledger(rules: Rules) -> None:
    more = Extension(unit="baxiantong", duty="risk-list", period="2024Q1", due=date(2024, 4, 8), why="防汛", by="张某")
    half = Waiver(unit="baxiantong", duty="risk-list", period="2024Q1", why="公章更换", copy="scan")
    campaign: Campaign = replace(rules.campaigns[0], extensions=(more,), waivers=(half,))
    unit = campaign.roster.by_id("baxiantong")
    assert unit
    owed = obligation_for(campaign, unit, campaign.duty("risk-list"), period_from_id("2024Q1"))
    filings = [_filing("2024-04-07", message=1)]
    there = standing(owed, filings, datetime(2024, 4, 11, 9, tzinfo=SHANGHAI))
    judged = mark(there, filings)
    assert judged and judged.punctual
    assert "延期到4月8日（张某）：防汛" in remark(there) and remark(there).endswith("免报盖章扫描件：公章更换")
