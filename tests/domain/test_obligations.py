from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailbot.domain.findings import finding
from mailbot.domain.obligations import Filing, Obligation, by_key, case_of, obligation_for, quota_period, standing
from mailbot.domain.periods import SHANGHAI, period_from_id
from mailbot.domain.policy import Rules


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def owed(rules: Rules) -> Obligation:
    campaign = rules.campaign("naiman-2023")
    unit = campaign.roster.by_id("xinzhen")
    assert unit
    return obligation_for(campaign, unit, campaign.duty("risk-list"), period_from_id("2023Q4"))


def filed(owed: Obligation, copy: str, when: str, **more: object) -> Filing:
    return Filing(*owed.key, copy, "risk-list", f"{copy}.x", "0" * 64, 1, at(when), **more)  # type: ignore[arg-type]


def test_nothing_in_is_upcoming_until_the_due_moment_and_overdue_after_it(owed: Obligation) -> None:
    assert standing(owed, (), at("2024-01-01T23:59:59")).state == "upcoming"
    late = standing(owed, (), at("2024-01-03T00:00:00"))
    assert (late.state, late.late_days, late.missing) == ("overdue", 2, ("editable", "scan"))


def test_two_copies_in_two_mails_meet(owed: Obligation) -> None:
    first = filed(owed, "editable", "2023-12-26T15:50:00")
    second = filed(owed, "scan", "2023-12-26T16:02:00")
    assert standing(owed, (first,), at("2023-12-26T15:55:00")).missing == ("scan",)
    there = standing(owed, (first, second), at("2023-12-27T00:00:00"))
    assert (there.state, there.complete_at) == ("complete", second.received_at)


def test_mail_received_later_is_ignored(owed: Obligation) -> None:
    there = standing(owed, (filed(owed, "editable", "2023-12-26T15:50:00"),), at("2023-12-26T15:00:00"))
    assert there.state == "upcoming"


def test_an_error_keeps_a_filing_partial_and_a_warning_does_not(owed: Obligation) -> None:
    pair = (filed(owed, "editable", "2023-12-26T10:00:00", findings=(finding("field-missing"),)), filed(owed, "scan", "2023-12-26T10:00:00"))
    there = standing(owed, pair, at("2023-12-27T00:00:00"))
    assert there.state == "partial" and there.copies == {"editable": "wrong", "scan": "ok"}
    warned = (replace(pair[0], findings=(finding("sample-row-left"),)), pair[1])
    assert standing(owed, warned, at("2023-12-27T00:00:00")).state == "complete"


def test_a_later_filing_supersedes_the_same_copy_and_leaves_the_other(owed: Obligation) -> None:
    bad = filed(owed, "editable", "2023-12-26T10:00:00", findings=(finding("field-missing"),))
    scan = filed(owed, "scan", "2023-12-26T10:00:00")
    good = filed(owed, "editable", "2024-01-05T10:00:00", order=5)
    there = standing(owed, (good, bad, scan), at("2024-01-06T00:00:00"))
    assert (there.state, there.late_days) == ("complete-late", 4)
    assert there.current("editable") == good and there.current("scan") == scan


def test_a_correction_of_what_was_complete_in_time_makes_nobody_late(owed: Obligation) -> None:
    pair = (filed(owed, "editable", "2023-12-26T10:00:00"), filed(owed, "scan", "2023-12-26T10:00:00"))
    again = filed(owed, "editable", "2024-02-01T10:00:00", order=9)
    assert standing(owed, (*pair, again), at("2024-02-02T00:00:00")).state == "complete"


def test_a_nil_report_stands_for_all_copies_where_the_duty_allows_it(owed: Obligation, rules: Rules) -> None:
    nil = filed(owed, "editable", "2023-12-26T10:00:00", nil=True)
    assert standing(owed, (nil,), at("2023-12-27T00:00:00")).state == "complete"
    strict = replace(owed, duty=replace(owed.duty, nil_allowed=False))
    assert standing(strict, (nil,), at("2023-12-27T00:00:00")).state == "partial"


def test_one_complete_case_makes_the_quarter_and_another_incomplete_one_does_not_unmake_it(rules: Rules) -> None:
    campaign = rules.campaign("naiman-2023")
    unit = campaign.roster.by_id("xinzhen")
    assert unit
    owed = obligation_for(campaign, unit, campaign.duty("typical-case"), period_from_id("2023Q3"))
    first = (filed(owed, "editable", "2023-08-01T10:00:00", title="甲案"), filed(owed, "scan", "2023-08-01T10:00:00", order=1))
    second = filed(owed, "editable", "2023-09-01T10:00:00", title="乙案", order=2)
    assert standing(owed, (*first, second), at("2023-09-02T00:00:00")).state == "complete"
    assert standing(owed, (second,), at("2023-09-02T00:00:00")).state == "partial"


def test_a_quota_of_two_wants_two_complete_papers(rules: Rules) -> None:
    campaign = rules.campaign("naiman-2023")
    unit = campaign.roster.by_id("xinzhen")
    assert unit
    duty = replace(campaign.duty("typical-case"), quota=2)
    owed = replace(obligation_for(campaign, unit, campaign.duty("typical-case"), period_from_id("2023Q3")), duty=duty)
    one = (filed(owed, "editable", "2023-08-01T10:00:00", title="甲案"), filed(owed, "scan", "2023-08-01T10:00:00", order=1))
    two = (filed(owed, "editable", "2023-09-01T10:00:00", title="乙案", order=2), filed(owed, "scan", "2023-09-02T10:00:00", order=3))
    assert standing(owed, one, at("2023-09-03T00:00:00")).state == "partial"
    both = standing(owed, (*one, *two), at("2023-09-03T00:00:00"))
    assert (both.state, both.complete_at) == ("complete", two[1].received_at)


def cases_of(rules: Rules) -> Obligation:
    campaign = rules.campaign("naiman-2023")
    unit = campaign.roster.by_id("xinzhen")
    assert unit
    return obligation_for(campaign, unit, campaign.duty("typical-case"), period_from_id("2023Q3"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_scan_whose_title_was_misread_by_a_sign_goes_with_its_paper(rules: Rules, order: tuple[int, int]) -> None:
    owed = cases_of(rules)
    paper = filed(owed, "editable", "2023-08-01T10:00:00", title="某药店未凭处方销售处方药案", order=order[0])
    scan = filed(owed, "scan", "2023-08-01T10:00:00", title="某药店末凭处方销售处方药案", order=order[1])
    assert standing(owed, (paper, scan), at("2023-08-02T00:00:00")).state == "complete"


def test_cases_whose_typed_titles_differ_by_a_sign_stay_two_and_each_has_its_scan(rules: Rules) -> None:
    owed = cases_of(rules)
    titles = ("张某销售劣药案", "李某销售劣药案")
    papers = [filed(owed, "editable", "2023-08-01T10:00:00", title=t, order=n) for n, t in enumerate(titles)]
    scans = [filed(owed, "scan", "2023-08-01T10:00:00", title=t, order=2 + n) for n, t in enumerate(titles)]
    for scan, paper in zip(scans, papers, strict=True):
        assert case_of(owed.duty, [*papers, *scans], scan) == [paper, scan]
    between = filed(owed, "scan", "2023-08-01T10:00:00", title="弓某销售劣药案", order=4)
    assert case_of(owed.duty, [*papers, between], between) == [between]


def test_a_scan_of_another_title_is_another_case(rules: Rules) -> None:
    owed = cases_of(rules)
    paper = filed(owed, "editable", "2023-08-01T10:00:00", title="某药店未凭处方销售处方药案")
    other = filed(owed, "scan", "2023-08-01T10:00:00", title="某诊所未凭处方销售处方药案", order=1)
    assert case_of(owed.duty, [paper, other], other) == [other]


def test_a_case_up_to_the_due_date_serves_the_ended_quarter_while_that_is_open(rules: Rules) -> None:
    pairs = tuple(rules.campaign("naiman-2023").duty("typical-case").due.owed())
    q3, q4 = pairs[0][0], pairs[1][0]
    assert quota_period(pairs, at("2023-10-01T10:00:00").date(), {}) == q3
    assert quota_period(pairs, at("2023-10-01T10:00:00").date(), {q3: False}) == q4
    assert quota_period(pairs, at("2023-10-02T10:00:00").date(), {}) == q4
    assert quota_period(pairs, at("2023-08-15T10:00:00").date(), {}) == q3


def test_standing_does_not_depend_on_the_order_filings_are_given_in(owed: Obligation) -> None:
    filings = [filed(owed, c, "2023-12-20T10:00:00", order=n) for n, c in enumerate(("editable", "scan", "editable"))]
    now = filings[0].received_at + timedelta(days=1)
    assert standing(owed, filings, now) == standing(owed, reversed(filings), now)
    assert [f.order for f in by_key(reversed(filings))[owed.key]] == [0, 1, 2]
