"""Reports of every day, every week, every half year and every year; due by the hour; and a day that does not count."""

import io
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from stories.conftest import Story, codes, gist

from mailbot.app.places import bundled
from mailbot.domain.periods import SHANGHAI


def _form(form: str, title: str, names: str, extra: str = "", nil: str = "") -> str:
    return f"""
id: {form}
title: {title}
recognise:
  titles: [{title}]
  names: [{names}]
layout:
  kind: labels
  labels:
    - {{field: unit, labels: [填报单位], role: unit, required: true}}
    - {{field: hazards, labels: [{title}隐患数], type: number, required: true}}
{extra}
{nil}
"""


FORMS = {
    "weekly-safety": _form("weekly-safety", "安全生产周报表", "安全周报, 周报", "    - {field: week, labels: [统计时段], role: period}"),
    "daily-zero": _form("daily-zero", "汛期安全日报表", "日报表, 零报告", "    - {field: day, labels: [填报日期], type: date, role: date}",
                        "nil: ['(?:今[日天]|昨[日天]|本日|当日|\\d+月\\d+日)[^。;]{0,10}?(?:无|没有)[^。;]{0,6}?(?:险情|事故|情况)']"),
    "half-summary": _form("half-summary", "安全生产半年总结表", "半年总结", "    - {field: day, labels: [填报日期], type: date, role: date}"),
    "year-plan": _form("year-plan", "安全生产年度计划表", "年度计划, 工作计划", "    - {field: day, labels: [填报日期], type: date, role: date}"),
    "once": _form("once", "安全生产自查表", "安全自查", "    - {field: day, labels: [填报日期], type: date, role: date}"),
}  # fmt: skip

CAMPAIGN = """
id: safety-2024
title: 2024年安全生产专项整治
short: 安全生产整治
start: 2024-01-01
end: 2024-12-31
kinds: {企业办: {endings: [企业办]}}
units:
  - {id: dongjie, name: 东街企业办, kind: 企业办, addresses: [dongjie@safety.example]}
  - {id: xijie, name: 西街企业办, kind: 企业办, addresses: [xijie@safety.example]}
groups: [{id: office, name: 安委办, liaison: 安委办值班员}]
duties:
  - id: weekly
    title: 安全周报
    form: weekly-safety
    who: [企业办]
    copies: editable
    due: {every: week, weekday: fri, first: 2024W02, last: 2024W50}
    at: '12:00'
  - id: daily
    title: 汛期日报
    form: daily-zero
    who: [企业办]
    copies: editable
    nil_allowed: true
    due: {every: day, first: 2024-06-01, last: 2024-08-31}
    at: '17:00'
  - {id: half, title: 半年总结, form: half-summary, who: [企业办], copies: editable, due: {every: half-year, month: 6, day: 20, first: 2024H1, last: 2024H2}}
  - {id: plan, title: 年度计划, form: year-plan, who: [企业办], copies: editable, due: {every: year, month: 1, day: 31, first: '2024', last: '2024'}}
  - {id: check, title: 安全自查, form: once, who: [企业办], copies: editable, due: {every: once, dates: [2024-03-05]}, inclusive: false}
"""


@pytest.fixture
def safety_config(tmp_path: Path) -> Path:
    config = tmp_path / "rules" / "config"
    shutil.copytree(bundled("config"), config)
    for form, text in FORMS.items():
        (config / "forms" / f"{form}.yaml").write_text(text, encoding="utf-8")
    (config / "campaigns" / "safety-2024.yaml").write_text(CAMPAIGN, encoding="utf-8")
    settings = config / "mailbot.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("campaigns: [naiman-2023, yongan-2023]", "campaigns: [safety-2024]"), encoding="utf-8")
    return config


@pytest.fixture
def safety(safety_config: Path, make_house: Any) -> Iterator[Story]:
    house = make_house(config=safety_config)
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def sheet(title: str, hazards: int | str = 3, **labels: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in ((title,), ("填报单位", "东街企业办"), *labels.items()):
        page.append(row)
    form_title = next(t for t in ("安全生产周报表", "汛期安全日报表", "安全生产半年总结表", "安全生产年度计划表", "安全生产自查表") if t in title)
    page.append((f"{form_title}隐患数", hazards))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def state(story: Story, duty: str, period: str, now: str = "2024-12-31T09:00:00", unit: str = "东街企业办") -> dict[str, Any]:
    return story.state(unit, duty, period, now, "safety-2024")


def sent(story: Story, subject: str, name: str, content: bytes, when: str) -> dict[str, Any]:
    return story.post("dongjie@safety.example", subject, "请查收", {name: content}, when=when)


# --- weeks ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("subject", "name", "title", "labels"), [
    ("第5周安全周报", "周报.xlsx", "安全生产周报表", {}),
    ("安全周报", "周报（1月29日—2月4日）.xlsx", "安全生产周报表", {}),
    ("安全周报", "周报.xlsx", "安全生产周报表（1月29日—2月2日）", {}),
    ("安全周报", "周报.xlsx", "安全生产周报表", {"统计时段": "2024年1月29日至2月4日"}),
    ("本周安全周报", "周报.xlsx", "安全生产周报表", {}),
    ("安全周报", "周报.xlsx", "安全生产周报表", {}),
])  # fmt: skip
def test_a_weekly_report_finds_its_week_by_number_by_days_or_by_the_day_it_came(
    safety: Story, subject: str, name: str, title: str, labels: dict[str, str]
) -> None:
    shown = sent(safety, subject, name, sheet(title, **labels), "2024-02-02T10:00:00")
    assert gist(shown) == ("submission", "receipt"), shown["reason"]
    assert (shown["items"][0]["duty"], shown["items"][0]["period"]) == ("weekly", "2024W05")
    there = state(safety, "weekly", "2024W05")
    assert (there["state"], there["due"]) == ("complete", "2024-02-02T12:00:00+08:00")


def test_a_late_weekly_report_of_the_week_before_is_filed_for_that_week(safety: Story) -> None:
    shown = sent(safety, "补报第4周周报", "周报.xlsx", sheet("安全生产周报表"), "2024-02-02T10:00:00")
    assert shown["items"][0]["period"] == "2024W04" and "late" in codes(shown)
    assert state(safety, "weekly", "2024W04")["state"] == "complete-late"
    assert "7 天" in safety.letters()[0].get_content()


def test_the_week_of_the_document_counts_and_another_in_the_subject_is_told(safety: Story) -> None:
    shown = sent(safety, "第6周周报", "周报.xlsx", sheet("安全生产周报表（1月29日—2月4日）"), "2024-02-02T10:00:00")
    assert shown["items"][0]["period"] == "2024W05" and codes(shown) == {"wrong-period"}


def test_where_subject_and_file_name_say_different_weeks_a_person_is_asked(safety: Story) -> None:
    shown = sent(safety, "第6周周报", "第5周周报.xlsx", sheet("安全生产周报表"), "2024-02-02T10:00:00")
    assert shown["disposition"] == "review" and shown["items"][0]["period"] is None


# --- days, and the hour --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "state_", "late"), [
    ("2024-06-03T16:59:59", "complete", ""), ("2024-06-03T17:00:01", "complete-late", "1 小时"),
    ("2024-06-03T19:10:00", "complete-late", "3 小时"), ("2024-06-04T09:00:00", "complete-late", "1 天"),
])  # fmt: skip
def test_a_daily_report_is_late_by_the_hour(safety: Story, when: str, state_: str, late: str) -> None:
    shown = sent(safety, "日报", "日报.xlsx", sheet("汛期安全日报表", 填报日期="2024年6月3日"), when)
    assert (shown["items"][0]["duty"], shown["items"][0]["period"]) == ("daily", "2024-06-03")
    assert state(safety, "daily", "2024-06-03")["state"] == state_
    letter = safety.letters()[0].get_content()
    assert "2024年6月3日（周一）17:00" in letter and "汛期日报（2024年6月3日）" in letter
    assert (f"迟报 {late}" in letter) == bool(late)


@pytest.mark.parametrize(("subject", "text"), [("零报告", "今日无险情。"), ("6月3日零报告", "今日无险情。"), ("汛期日报", "6月3日没有险情，汛期零报告。")])
def test_a_nil_report_in_the_text_serves_its_day(safety: Story, subject: str, text: str) -> None:
    shown = safety.post("dongjie@safety.example", subject, text, {}, when="2024-06-03T16:00:00")
    assert gist(shown) == ("submission", "receipt"), shown["reason"]
    assert (shown["items"][0]["period"], state(safety, "daily", "2024-06-03")["state"]) == ("2024-06-03", "complete")


def test_a_daily_report_named_in_the_subject_is_for_that_day_and_yesterdays_may_come_today(safety: Story) -> None:
    shown = sent(safety, "6月2日日报", "日报.xlsx", sheet("汛期安全日报表"), "2024-06-03T08:00:00")
    assert shown["items"][0]["period"] == "2024-06-02"
    shown = sent(safety, "日报", "日报0601.xlsx", sheet("汛期安全日报表"), "2024-06-03T08:10:00")
    assert shown["items"][0]["period"] == "2024-06-01"
    assert sent(safety, "日报", "日报.xlsx", sheet("汛期安全日报表"), "2024-06-03T16:10:00")["items"][0]["period"] == "2024-06-03"


# --- half years, years, a day that does not count ------------------------------------------------------------------------------


def test_a_summary_of_the_half_year_and_a_plan_of_the_year_find_their_periods(safety: Story) -> None:
    assert sent(safety, "上半年总结", "总结.xlsx", sheet("安全生产半年总结表"), "2024-06-18T09:00:00")["items"][0]["period"] == "2024H1"
    assert sent(safety, "总结", "总结.xlsx", sheet("2024年7-12月安全生产半年总结表"), "2024-12-19T09:00:00")["items"][0]["period"] == "2024H2"
    assert sent(safety, "2024年度计划", "计划.xlsx", sheet("安全生产年度计划表"), "2024-01-30T09:00:00")["items"][0]["period"] == "2024"
    assert [state(safety, d, p)["state"] for d, p in (("half", "2024H1"), ("half", "2024H2"), ("plan", "2024"))] == ["complete"] * 3


def test_a_plan_of_a_year_that_is_not_owed_is_asked_about(safety: Story) -> None:
    shown = sent(safety, "计划", "计划.xlsx", sheet("2025年度安全生产年度计划表"), "2024-12-20T09:00:00")
    assert shown["disposition"] == "review" and "2025" in shown["reason"]


def test_a_day_that_does_not_count_is_late_already(safety: Story) -> None:
    shown = sent(safety, "自查", "自查.xlsx", sheet("安全生产自查表"), "2024-03-05T08:00:00")
    assert "late" in codes(shown)
    there = state(safety, "check", "2024-03-05")
    assert (there["state"], there["due"], there["late_days"]) == ("complete-late", "2024-03-04T23:59:59+08:00", 1)
    assert "不含当日" in there["reckoning"]


# --- what is said of them every day --------------------------------------------------------------------------------------------


def _at(story: Story, text: str) -> None:
    moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    object.__setattr__(story.house, "clock", lambda: moment)


def test_what_is_due_every_day_is_told_the_day_after_and_only_the_next_lies_ahead(safety: Story) -> None:
    for day in (3, 4, 5, 6):
        safety.post("dongjie@safety.example", "零报告", "今日无险情。", {}, when=f"2024-06-{day:02}T16:00:00")
    _at(safety, "2024-06-07T09:30:00")  # Friday
    planned = safety.house.reminding().plan(safety.house.clock()).round
    mine = {r.unit.name: r for r in planned.reminders}
    assert set(mine) == {"东街企业办", "西街企业办"}  # both for the weekly report that is due today
    east = [(i.key[2], i.key[3]) for i in mine["东街企业办"].ahead]
    assert east == [("weekly", "2024W23"), ("daily", "2024-06-07"), ("half", "2024H1")]
    west = [(i.key[3], i.earlier) for i in mine["西街企业办"].overdue if i.key[2] == "daily"]
    assert west == [("2024-06-04", 3), ("2024-06-05", 0), ("2024-06-06", 0)]  # and the first three days
    letter = safety.house.daily_letters.chasing(mine["西街企业办"])
    text = __import__("email").message_from_bytes(letter.raw, policy=__import__("email.policy").policy.default).get_content()
    assert "这一事项更早的还有 3 期没有报齐" in text and f"还有 {mine['西街企业办'].total} 项没有报齐" in text
    assert "2024年6月7日（周五）12:00" in text and "每周五前报本周（12:00前）" in text


def test_nobody_is_told_every_morning_of_what_he_reports_every_evening(safety: Story) -> None:
    for unit in ("dongjie", "xijie"):
        for day in range(1, 6):
            safety.post(f"{unit}@safety.example", "零报告", f"6月{day}日无险情。", {}, when=f"2024-06-{day:02}T16:00:00")
    _at(safety, "2024-06-06T09:30:00")
    told = [i for r in safety.house.reminding().plan(safety.house.clock()).round.reminders for i in r.items if i.offset is not None]
    assert not [i for i in told if i.key[2] == "daily"]


def test_the_digest_shows_the_day_that_is_due_and_not_those_to_come(safety: Story) -> None:
    safety.post("dongjie@safety.example", "零报告", "今日无险情。", {}, when="2024-06-05T16:00:00")
    _at(safety, "2024-06-06T08:00:00")
    digest = safety.house.digesting().build()
    (picture,) = digest.pictures
    daily = next(d for d in picture.current if d.duty == "daily")
    assert daily.period == "2024年6月6日" and daily.due.hour == 17 and daily.earlier_open == 9
    assert "6月6日（周四）17:00截止" in safety.house.daily_letters.digest_text(digest)


def test_a_receipt_lists_only_the_next_of_what_is_due_every_day(safety: Story) -> None:
    sent(safety, "上半年总结", "总结.xlsx", sheet("安全生产半年总结表"), "2024-06-03T09:00:00")
    letter = safety.letters()[0].get_content()
    assert letter.count("汛期日报") == 1 and letter.count("安全周报") == 1
    assert "汛期日报（2024年6月3日），6月3日（周一）17:00前" in letter


def test_staff_name_such_periods_in_a_line(safety: Story) -> None:
    from mailbot.domain.naming import obligation_named

    day = datetime(2024, 6, 6, tzinfo=SHANGHAI).date()
    said = {
        "东街企业办 安全周报 第5周": "2024W05", "东街企业办 安全周报 2024W05": "2024W05", "东街企业办 安全周报 1月29日-2月4日": "2024W05",
        "东街企业办 汛期日报 6月3日": "2024-06-03", "东街企业办 汛期日报 2024-06-03": "2024-06-03", "东街企业办 半年总结 上半年": "2024H1",
        "东街企业办 半年总结 2024H2": "2024H2", "东街企业办 年度计划 2024": "2024",
    }  # fmt: skip
    assert {words: obligation_named(words, safety.house.rules, day)[3].id for words in said} == said


def test_the_exports_take_such_periods(safety: Story, tmp_path: Path) -> None:
    from mailbot.app.exports import evidence, ledger, rollup

    sent(safety, "第5周安全周报", "周报.xlsx", sheet("安全生产周报表"), "2024-02-02T10:00:00")
    safety.post("dongjie@safety.example", "零报告", "今日无险情。", {}, when="2024-06-05T16:00:00")
    _at(safety, "2024-06-06T08:00:00")
    tools = safety.house.exports()
    for period in ("2024W05", "第5周", "2024年第5周"):
        done = rollup.export_rollup(tools, "weekly", period, tmp_path / "周.xlsx", over=True, watch=lambda *_: None)
        assert (tmp_path / "周.xlsx").stat().st_size > 3000 and done.lines
    evidence.export_evidence(tools, "daily", "2024-06-05", tmp_path / "日.zip", over=True, watch=lambda *_: None)
    ledger.export_ledger(tools, tmp_path / "台账.xlsx")
    book = openpyxl.load_workbook(tmp_path / "台账.xlsx")
    assert {"安全周报", "汛期日报", "半年总结", "年度计划"} <= set(book.sheetnames)
    marks = [str(c.value) for row in book["总览"].iter_rows() for c in row if c.value and set(str(c.value)) <= set("前欠… 0123456789√×·迟")]
    assert "… ××××√··" in "".join(marks) or "前欠9 " in "".join(marks)
    assert max(map(len, marks)) < 25
