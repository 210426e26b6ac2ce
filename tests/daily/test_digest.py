"""What the staff are told every morning, and that one click or one line of an answer settles a case."""

import email
import email.policy
import io
import json
import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from daily.conftest import Office, Open, moment
from daily.province import Remembered, filed, province
from daily.scene import morning
from stories.conftest import compose
from typer.testing import CliRunner

from mailbot.app import cli
from mailbot.app.demo import papers
from mailbot.app.digest import as_json
from mailbot.app.places import bundled
from mailbot.domain.campaigns import Waiver
from mailbot.domain.digest import Digest, Health, Trouble
from mailbot.domain.mail import RawMail
from mailbot.domain.outcome import Outcome, ReviewItem
from mailbot.domain.records import Posted, Sendable, Written
from mailbot.domain.tokens import answered_digest, clicked
from mailbot.domain.wellbeing import unwell, well

STAFF = "office@bureau.example"


def built(office: Office) -> Digest:
    return office.house.digesting().build()


def pages(office: Office) -> tuple[str, str]:
    """(text, HTML) of the digest as of now."""
    digest = built(office)
    return office.house.daily_letters.digest_text(digest), office.house.daily_letters.digest_page(digest)


def with_groups(office: Office, **addresses: str) -> Office:
    first, *rest = office.house.rules.campaigns
    groups = tuple(replace(g, addresses=(addresses[g.id],)) if g.id in addresses else g for g in first.groups)
    office.house.__dict__["rules"] = replace(office.house.rules, campaigns=(replace(first, groups=groups), *rest))
    return office


# --- what stands in it --------------------------------------------------------------------------------------------------


def test_the_first_screen_says_what_to_do_then_how_far_things_are_then_today_then_health(open_office: Open) -> None:
    for page in pages(morning(open_office())):
        places = [page.index(words) for words in ("重大问题", "今天要我做什么", "到哪一步了", "收到了什么", "今天系统会做什么", "系统是否正常")]
        assert places == sorted(places)
        assert page.index("关于某药店销售疑似假药的紧急报告") < places[1]


def test_both_forms_of_the_digest_tell_the_same(open_office: Open) -> None:
    text, page = pages(morning(open_office()))
    shown = re.sub(r"<[^>]+>", " ", page)
    for words in ("5 件等您定", "25 项逾期未报齐", "固日班花市场监管所", "登记这封信，今后这个地址都算黄花塔拉市场监管所的", "给 13 个单位发催报提醒", "已全部收齐"):
        assert words in text and words.replace(" ", "") in re.sub(r"\s", "", shown), words


def test_the_subject_has_numbers_before_words(open_office: Open) -> None:
    office = morning(open_office())
    office.house.digesting().write()
    (letter,) = office.letters("digest")
    assert letter["Subject"] == "【日报】3月29日：重大问题 1 件，5 件等您定，25 项逾期"


def test_an_office_with_nothing_to_do_is_told_so(open_office: Open) -> None:
    office = open_office("2023-07-20T08:00:00")
    office.house.ledger.put_mark("last_poll", "2023-07-20T07:59:00+08:00")
    text, page = pages(office)
    assert "今天没有要您定的事" in text and "今天没有要您定的事" in page and "系统正常" in text
    assert [p.campaign for p in built(office).pictures] == ["naiman-2023"], "the other campaign has not begun"


def test_the_picture_counts_the_current_period_and_what_is_owed_of_earlier_ones(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    office.both("xinzhen", "risk-list", "2024Q1", "2024-03-20T10:00:00")
    office.file("zhian", "risk-list", "2024Q1", "editable", "2024-03-21T10:00:00")
    office.both("xinzhen", "risk-list", "2023Q4", "2024-01-03T10:00:00")
    office.both("zhian", "risk-list", "2023Q4", "2023-12-30T10:00:00")
    digest = built(office)
    count = next(d for d in digest.pictures[0].duties if d.duty == "risk-list")
    assert (count.period, count.due, count.days_left) == ("2024年第一季度", moment("2024-04-01T23:59:59"), 3)
    assert (count.done, count.partial, count.nothing, count.owed) == (1, 1, 18, 20)
    assert count.earlier_open == 18 + 20  # of 2023Q4 two are in, of 2023Q3 none
    row = next(r for r in digest.pictures[0].rows if r.unit == "新镇市场监管所")
    cell = row.cells[[d.duty for d in digest.pictures[0].current].index("risk-list")]
    assert cell is not None and cell.marks == ("overdue", "complete-late", "complete") and cell.earlier_open == 0
    assert "收齐 1/20，不全 1，没报 18，往期还欠 38" in office.house.daily_letters.digest_text(digest)


def test_a_duty_that_nobody_need_report_is_not_said_to_be_complete_of_no_units(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    first, *rest = office.house.rules.campaigns
    units = [u.id for u in first.owers(first.duty("liaison"))]
    for n in (len(units), 1):
        waivers = tuple(Waiver(unit=u, duty="liaison", period="2023-07-27", why="已另报") for u in units[:n])
        office.house.__dict__["rules"] = replace(office.house.rules, campaigns=(replace(first, waivers=waivers), *rest))
        for page in pages(office):
            assert ("联络员报名（2023年7月27日（周四），全部免报）" in page) == (n > 1) and "，0 个单位" not in page
    for unit in units[1:]:
        office.both(unit, "liaison", "2023-07-27", "2023-07-20T10:00:00")
    for page in pages(office):
        assert f"联络员报名（2023年7月27日（周四），{len(units) - 1} 个单位，免报 1 个）" in page


def test_a_letter_of_last_week_that_came_back_since_the_last_digest_is_a_trouble_of_this_one(open_office: Open) -> None:
    office = open_office("2024-03-25T09:00:00")
    office.house.ledger.put_letters([Posted("k", "receipt", "xinzhen@units.example", "Re: 清单", b"x", "waiting", unit="xinzhen")], office.now[0])
    ledger = office.house.ledger
    ledger.claim(1)
    ledger.settle_letter(1, "sent", office.now[0])
    assert ledger.came_back(1, "被对方服务器退回", office.at("2024-03-28T20:00:00").now[0])
    told = {day: [t.state for t in health.troubles] for day in ("28T08:00", "29T08:00") if (health := built(office.at(f"2024-03-{day}:00")).health)}
    assert told == {"28T08:00": [], "29T08:00": ["被退回"]}
    office.house.digesting().write()
    later = built(office.at("2024-04-01T08:00:00")).health
    assert later is not None and later.troubles == ()


def test_the_longest_overdue_stands_first(open_office: Open) -> None:
    late = built(open_office("2024-03-29T08:00:00")).late
    assert [line.days for line in late] == sorted((line.days for line in late), reverse=True)
    assert late[0].title == "联络员报名" and late[0].days == 246


def test_a_mail_is_counted_in_one_digest_only(open_office: Open) -> None:
    office = open_office("2024-03-28T08:00:00")
    office.file("xinzhen", "risk-list", "2024Q1", "editable", "2024-03-28T07:50:00", decided="2024-03-28T07:55:00")
    office.file("zhian", "risk-list", "2024Q1", "editable", "2024-03-28T07:59:00", decided="2024-03-28T08:04:00")  # fetched after the digest
    first = built(office).arrivals
    assert first.total == 1 or (first.total == 2 and first.lines), "as of eight only what was received by then"
    office.house.digesting().write()
    office.at("2024-03-29T08:00:00")
    office.file("mingren", "risk-list", "2024Q1", "editable", "2024-03-28T09:00:00")
    who = [line.who for line in built(office).arrivals.lines]
    assert sorted(who) == ["明仁市场监管所", "治安市场监管所"]


@pytest.mark.parametrize(
    ("now", "since"),
    [("2024-03-29T08:00:00", "2024-03-28T08:00:00"), ("2024-04-01T08:00:00", "2024-03-29T08:00:00"), ("2023-10-07T08:00:00", "2023-09-28T08:00:00")],
    ids=["a day", "Monday since Friday", "after a holiday"],
)
def test_the_first_digest_begins_where_the_last_one_would_have_been(open_office: Open, now: str, since: str) -> None:
    assert built(open_office(now)).since == moment(since)


def test_a_digest_begins_where_the_last_one_of_an_earlier_day_ended(open_office: Open) -> None:
    office = open_office("2024-03-25T08:10:00")
    office.house.digesting().write()
    assert built(office.at("2024-03-25T15:00:00")).since == moment("2024-03-22T08:00:00"), "the same day's does not count"
    assert built(office.at("2024-03-28T08:00:00")).since == moment("2024-03-25T08:10:00")


# --- cases ------------------------------------------------------------------------------------------------------------------


def test_a_case_shows_its_evidence_masked_and_its_ready_made_answers(open_office: Open) -> None:
    digest = built(morning(open_office()))
    cases = {c.number: c for g in digest.cases for c in g.cases}
    assert len(cases) == digest.case_count == 5
    case = cases[1]
    assert case.evidence[0] == "hh***@mail.example（像是黄花塔拉市场监管所），3月28日 15:02"
    assert case.evidence[1:] == ("主题：一季度清单", "文件：一季度问题清单.docx", "文件：盖章.jpg")
    assert [a.key for a in case.choices] == ["是", "长期", "否"]
    assert "hh8866" not in json.dumps(as_json(digest), ensure_ascii=False)


def test_every_answer_is_a_prepared_mail_with_a_token_that_signs_its_words(open_office: Open) -> None:
    office = morning(open_office())
    digest = built(office)
    secret = office.house.ledger.signing_key(lambda: b"")
    hrefs = [a.href for g in digest.cases for a in (*g.choices, *(a for c in g.cases for a in c.choices))]
    assert len(hrefs) > 12 and len(set(hrefs)) == len(hrefs)
    for href in hrefs:
        parts = urlsplit(href)
        subject = parse_qs(parts.query)["subject"][0]
        assert (parts.scheme, unquote(parts.path)) == ("mailto", "nmyxjg@163.com")
        assert clicked(secret, subject, moment("2024-03-30T09:00:00"), 14) == moment("2024-03-29T08:00:00")
        assert clicked(secret, subject.replace("处理 1", "处理 2", 1) + " ", moment("2024-03-30T09:00:00"), 14) is None or "处理 1" not in subject


def test_cases_of_one_sender_and_strangers_of_one_day_are_answered_together(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    stranger = "没有登记的邮箱报送，请核实"
    for n, (who, when) in enumerate([("a", "28T09"), ("a", "28T10"), ("b", "28T11"), ("c", "28T12"), ("d", "27T12")]):
        office.ask("", "unknown-sender", stranger, f"2024-03-{when}:00:00", sender=f"{who}@x.example", subject=f"材料{n}")
    groups = built(office).cases
    assert [(g.title, [c.number for c in g.cases]) for g in groups] == [
        ("a***@x.example 的 2 件", [1, 2]), ("3月28日没有登记的邮箱来信 2 件", [3, 4]), ("", [5]),
    ]  # fmt: skip
    assert [a.key for a in groups[0].choices] == ["否"] and groups[0].choices[0].label.startswith("2 件一起")
    assert "%201%E3%80%812%20" in groups[0].choices[0].href or "1、2" in unquote(groups[0].choices[0].href)


def test_one_link_does_not_name_more_cases_than_a_subject_can_hold(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    for n in range(70):
        office.ask("", "unknown-sender", "没有登记的邮箱报送，请核实", "2024-03-28T09:00:00", sender="a@x.example", subject=f"材料{n}")
    digest = built(office)
    assert [a.href for a in digest.cases[0].choices] == [""]
    page = office.house.daily_letters.digest(digest, STAFF, "<x@y.example>", None)
    html = _html(email.message_from_bytes(page.raw, policy=email.policy.default))  # type: ignore[arg-type]
    assert len(html.encode()) <= 95_000 and "还有 30 件没有列出" in html


def _take(office: Office, raw: bytes) -> Any:
    with office.house.intake() as intake:
        (taken,) = intake.take_all([intake.keep(RawMail([raw], file="answer.eml"))])
        return taken


def test_sending_the_prepared_mail_settles_the_case(open_office: Open) -> None:
    office = morning(open_office())
    case = next(c for g in built(office).cases for c in g.cases if c.number == 5)
    subject = parse_qs(urlsplit(case.choices[0].href).query)["subject"][0]
    office.at("2024-03-29T09:10:00")
    taken = _take(office, compose(STAFF, subject, "", when="2024-03-29T09:10:00", results=""))
    assert taken.outcome.disposition == "command"
    assert 5 not in {r.id for r in office.house.ledger.open_reviews(office.now[0])}
    taken = _take(office, compose(STAFF, "处理 4 知道了", "", when="2024-03-29T09:12:00", results=""))
    assert 4 in {r.id for r in office.house.ledger.open_reviews(office.now[0])}, "without a token nothing is carried out"


def test_a_click_files_what_a_stranger_sent(open_office: Open) -> None:
    office = open_office("2024-03-29T07:30:00")
    paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28))
    _take(office, compose("stranger@mail.example", "清单", files={"清单.docx": paper}, when="2024-03-29T07:30:00", results=""))
    assert not office.house.ledger.all_filings()
    (case,) = (c for g in built(office.at("2024-03-29T08:00:00")).cases for c in g.cases)
    assert any("看起来是" in line and "风险隐患排查问题清单（2024年第一季度）" in line for line in case.evidence), case.evidence
    yes = next(a for a in case.choices if a.key == "是")
    subject = parse_qs(urlsplit(yes.href).query)["subject"][0]
    _take(office.at("2024-03-29T08:20:00"), compose(STAFF, subject, "", when="2024-03-29T08:20:00", results=""))
    assert [(f.unit, f.duty, f.period) for f in office.house.ledger.all_filings()] == [("xinzhen", "risk-list", "2024Q1")]
    assert built(office).case_count == 0


def test_a_line_of_an_answer_to_the_digest_settles_the_case(open_office: Open) -> None:
    office = morning(open_office())
    office.house.digesting().write()
    (letter,) = office.letters("digest")
    office.at("2024-03-29T09:10:00")
    raw = compose(STAFF, f"回复：{letter['Subject']}", "4 知道了 5 知道了", when="2024-03-29T09:10:00", results="", headers={"In-Reply-To": letter["Message-ID"]})
    assert _take(office, raw).outcome.disposition == "command"
    assert {r.id for r in office.house.ledger.open_reviews(office.now[0])} == {1, 2, 3}


def test_the_example_names_real_cases_and_answers(open_office: Open) -> None:
    text, page = pages(morning(open_office()))
    assert "例如：1 是 2 否" in text and "例如：1 是 2 否" in page


# --- today and health ------------------------------------------------------------------------------------------------------


def test_the_digest_says_what_the_bot_will_send_today(open_office: Open) -> None:
    office = open_office("2024-04-08T08:00:00")
    today = built(office).today
    planned = office.reminding().plan(office.reminding().opens()).round
    assert today.reminded == len(planned.reminders) == 20 and today.at == moment("2024-04-08T09:00:00")
    assert len(today.escalated) == 37 and not office.states(), "looking writes nothing"
    office.at("2024-04-08T09:01:00").reminding().write()
    after = built(office).today
    assert (after.reminded, after.written) == (0, 20)
    assert built(office.at("2024-04-06T08:00:00")).today.at is None


HEALTHY = Health(moment("2024-03-29T08:00:00"), "live", moment("2024-03-29T07:58:00"), moment("2024-03-28T17:00:00"), disk_free=0.5, disk_bytes=10**11)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last_poll": None}, "还没有从收件邮箱取过信"),
        ({"last_poll": moment("2024-03-28T20:00:00")}, "已过 12 小时"),
        ({"last_poll": moment("2024-03-20T08:00:00")}, "已过 9 天"),
        ({"paused": "03-28 10:00 起，服务商提示异常"}, "发信已暂停（03-28 10:00 起，服务商提示异常）"),
        ({"disk_free": 0.03, "disk_bytes": 3 * 10**9}, "磁盘只剩 3%（3.0 GB）"),
        ({"troubles": (Trouble("zh***@units.example", "Re: 材料", "被退回", "地址不存在"),)}, "信被退回：zh***@units.example，Re: 材料（地址不存在）"),
        ({"bad": ("治安市场监管所 zh***@units.example",)}, "送不到信的邮箱：治安市场监管所 zh***@units.example"),
        ({"missing_years": (2027,)}, "没有录入2027年的放假和调休安排"),
        ({"queue": 300, "budget_days": 4}, "要 4 天才发得完"),
        ({"held_back": (("新镇市场监管所 xi***@units.example", 40),), "per_address": 5}, "（每个一天 5 封）：新镇市场监管所 xi***@units.example（40 封），共 40 封"),
    ],
)
def test_what_is_wrong_with_the_bot_is_said(changed: dict[str, Any], words: str) -> None:
    assert not list(unwell(HEALTHY)) and len(list(well(HEALTHY))) == 3
    (line,) = unwell(replace(HEALTHY, **changed))
    assert words in line


def test_health_is_gathered_from_what_happened(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    health = built(office).health
    assert health is not None and health.last_poll is None and health.sending == "live" and health.disk_bytes > 0
    office.house.ledger.put_letters([Posted("k", "receipt", "xinzhen@units.example", "Re: 材料", b"", "waiting", unit="xinzhen")], office.now[0])
    (waiting,) = office.house.ledger.waiting(office.now[0])
    office.house.ledger.claim(waiting.id)
    office.house.ledger.settle_letter(waiting.id, "failed", moment("2024-03-29T07:00:00"), problem="地址不存在")
    (trouble,) = built(office).health.troubles  # type: ignore[union-attr]
    assert (trouble.to, trouble.state) == ("xi***@units.example", "失败")


@pytest.mark.shows("P7")
def test_a_letter_that_was_sent_a_second_time_is_counted_in_the_next_digest_only(open_office: Open) -> None:
    office = open_office("2024-03-29T07:00:00")
    ledger, sent = office.house.ledger, [0]
    ledger.put_letters([Posted(f"k{n}", "receipt", "xinzhen@units.example", "Re: 材料", b"", "waiting", unit="xinzhen") for n in range(3)], office.now[0])
    first, second, _ = (x.id for x in ledger.waiting(office.now[0]))
    for number in (first, second):
        ledger.claim(number)  # and the process dies
    ledger.interrupted(office.now[0])
    ledger.was_seen(second, office.now[0])  # it lies among what was sent: it is not sent again

    class Way:
        def send(self, raw: bytes, recipient: str) -> None:
            sent[0] += 1

    outbox = replace(office.house.outbox(), connect=lambda: nullcontext(Way()), pause=lambda _: None)
    assert outbox.flush().sent == sent[0] == 2
    office.at("2024-03-29T08:00:00")
    (line,) = (line for line in built(office).well if "又发了一次" in line)
    assert "有 1 封信头一次不知是否发出，又发了一次（同一封信，编号相同）" in line
    office.house.digesting().write()
    assert not any("又发了一次" in line for line in built(office.at("2024-03-30T08:00:00")).well)


def test_a_year_without_a_calendar_is_nagged_in_time(open_office: Open) -> None:
    last = max(open_office().house.rules.calendar.holidays)
    assert not built(open_office(f"{last}-10-20T08:00:00")).health.missing_years  # type: ignore[union-attr]
    assert built(open_office(f"{last}-11-20T08:00:00")).health.missing_years == (last + 1,)  # type: ignore[union-attr]


# --- groups ------------------------------------------------------------------------------------------------------------------


def test_a_group_is_told_of_its_own_duties_only_and_cannot_settle(open_office: Open) -> None:
    office = with_groups(morning(open_office()), jicha="jicha@bureau.example")
    office.house.digesting().write()
    letters = {str(m["To"]): m for m in office.letters("digest")}
    assert set(letters) == {STAFF, "jicha@bureau.example"}
    text, page = _text(letters["jicha@bureau.example"]), _html(letters["jicha@bureau.example"])
    assert "稽查执法组" in text and "典型案例" in text and "案件查办统计数据" not in text and "系统是否正常" not in text
    assert "mailto:" not in page and "mailto:" in _html(letters[STAFF])


def test_a_group_whose_address_is_the_offices_gets_the_offices_digest_only(open_office: Open) -> None:
    office = with_groups(open_office("2024-03-29T08:00:00"), jicha=STAFF.upper())
    office.house.digesting().write()
    assert [m["To"] for m in office.letters("digest")] == [STAFF]


# --- once a day ----------------------------------------------------------------------------------------------------------------


def test_there_is_one_digest_a_working_day_from_eight_on_made_good_the_same_day(open_office: Open) -> None:
    office = open_office("2024-03-29T07:59:00")
    written = []
    for when in ("2024-03-29T07:59:00", "2024-03-29T08:00:30", "2024-03-29T08:05:00", "2024-03-30T08:10:00", "2024-04-01T14:00:00", "2024-04-01T14:05:00"):
        office.at(when).house.digesting().write_once_a_day()
        written.append(len(office.letters("digest")))
    assert written == [0, 1, 1, 1, 2, 2]
    first, second = office.letters("digest")
    assert "3月28日 08:00 到 3月29日 08:00" in _text(first) and "3月29日 08:00 到 4月1日 14:00" in _text(second)


def test_two_workers_write_one_digest(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    assert (office.house.digesting().write(), office.house.digesting().write()) == (1, 0)


def test_there_may_be_a_digest_every_day(open_office: Open) -> None:
    office = open_office("2024-03-30T08:10:00")
    rules = office.house.rules
    schedule = replace(rules.settings.schedule, digest_days="all")
    office.house.__dict__["rules"] = replace(rules, settings=replace(rules.settings, schedule=schedule))
    assert office.house.digesting().is_due() and built(office).since == moment("2024-03-29T08:00:00")


def test_a_digest_that_waited_over_its_day_stays(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    office.house.digesting().write()
    (letter,) = office.house.ledger.waiting(office.now[0])
    assert isinstance(letter, Sendable)
    assert office.at("2024-03-29T23:59:00").house.digesting().still_wanted(letter)
    assert not office.at("2024-03-30T00:01:00").house.digesting().still_wanted(letter)


@pytest.mark.parametrize(("sending", "state"), [("shadow", "shadow"), ("staff-only", "waiting"), ("live", "waiting")])
def test_staff_get_their_digest_in_staff_only(open_office: Open, sending: str, state: str) -> None:
    office = open_office("2024-03-29T08:00:00", MAILBOT_SENDING=sending)
    office.house.digesting().write()
    assert office.states() == [("digest", state)]


def test_a_fault_in_a_daily_letter_does_not_stop_the_other_nor_the_mail(open_office: Open) -> None:
    from mailbot.app.daily import Daily

    house, done = open_office().house, []

    def broken() -> tuple[str, ...]:
        raise KeyError("period")

    daily = Daily((("日报", broken), ("催报提醒", lambda: (done.append(1), ())[1])), house.ledger, house.clock)
    assert daily() == ("程序写日报时出错，邮件照常收发，请把日志交给维护人员。",) and done == [1]


@pytest.mark.shows("P15", "F33")
def test_a_digest_that_cannot_be_written_is_an_alarm_and_the_next_one_that_can_tells_it(open_office: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from mailbot.adapters.templates import TemplateError
    from mailbot.app import watching
    from mailbot.domain.alarms import alarms

    office = open_office("2024-03-28T08:00:20")
    house, daily, vitals = office.house, office.house.daily(), office.house.vitals()

    def raised() -> list[str]:
        return [a.sentence for a in alarms(watching.from_inside(house, vitals)) if a.kind == "daily"]

    def broken(*_: object) -> Written:
        raise TemplateError("digest.html", ValueError("x"))

    monkeypatch.setattr(house.daily_letters, "digest", broken)
    assert "digest.html" in daily()[0] and not raised(), "a busy moment is no alarm"
    office.at("2024-03-28T08:35:00")
    daily()
    (sentence,) = raised()
    assert "日报从 3月28日 08:00 起没有做成" in sentence and "digest.html" in sentence
    office.at("2024-03-29T00:10:00")
    daily()
    assert raised(), "that nothing is due now mends nothing"
    monkeypatch.undo()
    office.at("2024-03-29T08:00:20")
    assert daily() == () and not raised()
    assert "日报从 3月28日 08:00 起没能做成" in _text(office.letters("digest")[0])
    assert not [line for line in house.digesting().build().unwell if "没能做成" in line]


@pytest.mark.shows("F33")
def test_a_digest_that_cannot_be_written_for_one_group_is_written_for_the_others(open_office: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from mailbot.adapters.templates import TemplateError

    office = with_groups(open_office("2024-03-29T08:00:00"), jicha="jicha@bureau.example")
    right = office.house.daily_letters.digest

    def broken(digest: Digest, *more: Any) -> Written:
        if not digest.group:
            raise TemplateError("digest.html", ValueError("x"))
        return right(digest, *more)

    monkeypatch.setattr(office.house.daily_letters, "digest", broken)
    for _ in range(2):
        with pytest.raises(TemplateError):
            office.house.digesting().write_once_a_day()
    assert [m["To"] for m in office.letters("digest")] == ["jicha@bureau.example"]
    monkeypatch.undo()
    office.house.digesting().write_once_a_day()
    assert sorted(m["To"] for m in office.letters("digest")) == sorted(["jicha@bureau.example", STAFF])


# --- as a mail -------------------------------------------------------------------------------------------------------------------


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _html(letter: EmailMessage) -> str:
    body = letter.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_the_mail_is_text_and_page_with_the_ledger_beside_them(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    digesting = office.house.digesting()
    around = replace(digesting.around, workbook=lambda: b"PK\x03\x04 a workbook")
    assert replace(digesting, around=around).write() == 1
    (letter,) = office.letters("digest")
    assert letter.get_content_type() == "multipart/mixed" and letter["To"] == STAFF and letter["Auto-Submitted"] == "auto-generated"
    both, book = letter.iter_parts()
    assert both.get_content_type() == "multipart/alternative" and [p.get_content_type() for p in both.iter_parts()] == ["text/plain", "text/html"]
    assert book.get_filename() == "台账2024-03-29.xlsx" and book.get_content() == b"PK\x03\x04 a workbook"
    assert "完整台账见附件" in _text(letter) and "完整台账见附件" in _html(letter)
    key = office.house.ledger.signing_key(lambda: b"")
    assert answered_digest(key, letter["Message-ID"], (STAFF,), moment("2024-03-30T08:00:00"), 14) == moment("2024-03-29T08:00:00")


def test_lines_of_the_mail_are_short_and_ascii(open_office: Open) -> None:
    office = morning(open_office())
    office.house.digesting().write()
    (queued,) = [q for q in office.house.ledger.letters_listed() if q.kind == "digest"]
    lines = queued.raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and b"\n" not in queued.raw.replace(b"\r\n", b"") and queued.raw.isascii()


def test_the_stages_of_each_campaign_are_told_and_which_of_them_run(open_office: Open) -> None:
    text, page = pages(open_office("2024-03-29T08:00:00"))
    assert "现在：组织实施（2023年7月25日至2024年12月31日）、交流会（2024年3月）；接下来：督查（第二次）（2024年4月至6月）" in text
    assert "<b>交流会</b>" in page and "<b>总结</b>" not in page and "2024年3月，现在" in page
    told = as_json(built(open_office("2024-03-29T08:00:00")))["timelines"]
    assert [t["campaign"] for t in told] == ["naiman-2023", "yongan-2023"] and told[0]["stages"][0]["start"] == "2023-07-01"


def test_what_senders_write_is_text_in_the_page_and_never_markup(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    nasty = '<script>alert(1)</script><img src=http://evil.example/x.png>"&{{7*191}}'
    office.record(Outcome("review", "q", reviews=(ReviewItem("unknown-sender", nasty, (f"{nasty}.docx",)),)), "", "2024-03-28T10:00:00",
                  sender="x@evil.example", subject=nasty)  # fmt: skip
    office.file("xinzhen", "major-issue", "open", "editable", "2024-03-28T18:20:00", title=nasty, name=nasty)
    text, page = pages(office)
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page and ">1337" not in page
    assert "{{7*191}}" in page
    assert "<script>alert(1)</script>" in text and "{{7*191}}" in text


def test_the_page_needs_nothing_from_elsewhere_and_no_style_sheet(open_office: Open) -> None:
    _, page = pages(morning(open_office()))
    for word in ("<script", "<style", "<link", "<img", "url(", "http:", "https:", "class=", "position:", "float:", "flex", "grid", "@media", "javascript:", "<form"):
        assert word not in page, word
    assert {urlsplit(h).scheme for h in re.findall(r'href="([^"]+)"', page)} == {"mailto"}
    opened = re.findall(r"<(table|tr|td|div|b|p|a|span|h2|h3)\b", page)
    closed = re.findall(r"</(table|tr|td|div|b|p|a|span|h2|h3)>", page)
    assert sorted(opened) == sorted(closed)


def test_neither_exclamation_marks_nor_nones_stand_in_it(open_office: Open) -> None:
    for when in ("2023-07-20T08:00:00", "2024-03-29T08:00:00", "2024-04-06T10:00:00", "2025-02-03T08:30:00"):
        office = open_office(when)
        for page in pages(office):
            assert "！" not in page and "None" not in page and "risk-list" not in page and "overdue" not in page
        assert "!" not in pages(office)[0]


# --- a province -------------------------------------------------------------------------------------------------------------------


def test_a_province_is_told_shortly_and_counted_wholly(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    office.house.__dict__["rules"] = province(office.house.rules, 600)
    ledger = Remembered(office.house.ledger, filed(office.house.rules, office.now[0]))
    digesting = office.house.digesting()
    digesting = replace(digesting, ledger=ledger, reminding=replace(digesting.reminding, ledger=ledger))  # type: ignore[arg-type]
    digest = digesting.build()
    picture = digest.pictures[0]
    assert picture.units == 602 == picture.hidden + len(picture.rows) and all(r.late for r in picture.rows)
    assert next(d for d in picture.duties if d.duty == "risk-list").owed == 600
    letter = office.house.daily_letters.digest(digest, STAFF, "<x@y.example>", None)
    page = _html(email.message_from_bytes(letter.raw, policy=email.policy.default))  # type: ignore[arg-type]
    assert len(page.encode()) < 100_000 and "其余见台账" in page
    assert f"{digest.late_count} 项逾期" in letter.subject and digest.late_count > 1000


# --- the command ------------------------------------------------------------------------------------------------------------------


def _run(tmp_path: Path, *words: str, now: str = "2024-03-29T08:00:00") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, ["--config", str(bundled("config")), "--home", str(tmp_path / "home"), "--now", now, *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_writes_the_page_and_gives_json(tmp_path: Path) -> None:
    status, out, _ = _run(tmp_path, "digest", "--html", str(tmp_path / "日报.html"))
    assert status == 0 and "== 到哪一步了 ==" in out and (tmp_path / "日报.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    status, out, _ = _run(tmp_path, "digest", "--json")
    shown = json.loads(out)
    assert status == 0 and shown["as_of"] == "2024-03-29T08:00:00+08:00" and shown["late_count"] == len(shown["late"]) > 200
    assert {d["duty"] for d in shown["pictures"][0]["duties"]} >= {"risk-list", "case-stats"} and shown["health"]["sending"] == "shadow"
    _, out, _ = _run(tmp_path, "outbox", "--json")
    assert json.loads(out)["letters"] == []
    status, _, told = _run(tmp_path, "digest", "--html", str(tmp_path / "nowhere" / "x.html"))
    assert status == 2 and "没有这个文件夹" in told


def test_the_command_writes_one_digest_a_day(tmp_path: Path) -> None:
    status, _, told = _run(tmp_path, "digest", "--send")
    assert status == 0 and "只记下，不发信" in told
    _, _, told = _run(tmp_path, "digest", "--send", now="2024-03-29T15:00:00")
    assert "已经写过" in told
    _, out, _ = _run(tmp_path, "outbox", "--json")
    assert [(x["kind"], x["to"]) for x in json.loads(out)["letters"]] == [("digest", STAFF)]


def test_the_command_ends_with_one_where_a_person_must_decide(tmp_path: Path, open_office: Open) -> None:
    mail = tmp_path / "x.eml"
    mail.write_bytes(compose("xinzhen@units.example", "请教", "请问什么时候报？", when="2024-03-28T10:00:00"))
    _run(tmp_path, "ingest", str(mail))
    status, out, _ = _run(tmp_path, "digest")
    assert status == 1 and "1 件等您定" in out and "新镇市场监管所" in out


def test_the_page_is_readable_as_html(open_office: Open) -> None:
    from lxml import etree

    _, page = pages(morning(open_office()))
    parser = etree.HTMLParser(recover=False)
    tree = etree.parse(io.BytesIO(page.encode()), parser)
    assert len(tree.findall(".//a")) > 10


def test_risks_that_vanish_while_open_are_named(open_office: Open) -> None:
    from mailbot.app.digest_extras import risk_lines
    from mailbot.app.status import standings
    from mailbot.domain.obligations import Filing

    office = open_office("2024-03-29T08:00:00")
    mixed, damp = "处方药与非处方药混放", "阴凉区温度超标没有记录"

    def filing(period: str, when: str, *rows: tuple[str, bool]) -> Filing:
        told = tuple({"no": str(n), "risk": words, "measure": "整改", "eliminated": gone} for n, (words, gone) in enumerate(rows, 1))
        return Filing("naiman-2023", "xinzhen", "risk-list", period, "editable", "risk-list", "清单.docx", "0" * 64, 1, moment(when), rows=told, message=1)

    filings = (filing("2023Q4", "2023-12-28T10:00:00", (mixed, False), (damp, False)), filing("2024Q1", "2024-03-27T10:00:00", (mixed, True)))
    ledger = Remembered(office.house.ledger, filings)
    (line,) = risk_lines(office.house.rules, standings(office.house.rules, ledger, office.now[0]))  # type: ignore[arg-type]
    assert (line.title, line.new, line.open, line.closed) == ("风险隐患排查问题清单（2024年第一季度）", 0, 0, 1)
    assert line.dropped_count == 1 and line.dropped == (("新镇市场监管所", damp),)
    text = office.house.daily_letters.digest_text(replace(built(office), risks=(line,)))
    assert f"新镇市场监管所：{damp}" in text and "没有销号就不再列出的 1 条" in text


def test_config_check_and_doctor_nag_about_a_year_without_a_calendar(tmp_path: Path, open_office: Open) -> None:
    from mailbot.app.doctor import examine

    last = max(open_office().house.rules.calendar.holidays)
    words = f"没有录入{last + 1}年的放假和调休安排"
    status, out, _ = _run(tmp_path, "config", "check", now=f"{last}-11-20T09:00:00")
    assert status == 0 and words in out
    assert "放假和调休安排" not in _run(tmp_path, "config", "check", now=f"{last}-03-20T09:00:00")[1]
    found = {c.name: c for c in examine(open_office(f"{last}-11-20T08:00:00").house)}
    assert found["放假安排"].ok and words in found["放假安排"].sentence
    assert not {c.name: c for c in examine(open_office(f"{last + 1}-01-20T08:00:00").house)}["放假安排"].ok


def test_a_broken_template_of_the_day_is_found_by_config_check(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bundled("config"), tmp_path / "own" / "config")
    shutil.copytree(bundled("templates"), tmp_path / "own" / "templates")
    page = tmp_path / "own" / "templates" / "digest.html"
    page.write_text(page.read_text(encoding="utf-8") + "{% if %}", encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["--config", str(tmp_path / "own" / "config"), "--home", str(tmp_path / "home"), "config", "check"])
    assert done.exit_code == 2 and "digest.html" in done.stderr


def test_a_mail_of_a_stranger_is_not_listed_under_the_units_name(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    office.ask("xinzhen", "unknown-sender", "没有登记的邮箱报送，请核实", "2024-03-28T15:00:00", sender="hh8866@mail.example", kind="held")
    office.both("zhian", "risk-list", "2024Q1", "2024-03-28T16:00:00")
    assert [line.who for line in built(office).arrivals.lines] == ["治安市场监管所", "治安市场监管所", "hh***@mail.example（像是新镇市场监管所）"]


@pytest.mark.shows("P13")
def test_every_file_that_could_not_be_read_is_named_however_much_else_came(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    names = [f"照片{n:02}.zip" for n in range(18)]
    shown = [{"path": path, "findings": [{"code": "encrypted"}]} for path in names]
    office.record(Outcome("submission", ""), "xinzhen", "2024-03-28T09:00:00", items=shown)
    for n in range(30):
        office.record(Outcome("submission", ""), "zhian", "2024-03-28T10:00:00", items=[{"path": f"加密{n:02}.7z", "findings": [{"code": "encrypted"}]}])
    for _ in range(250):
        office.record(Outcome("review", ""), "mingren", "2024-03-28T11:00:00", kind="held")
    for page in pages(office):
        assert all(name in page for name in names) and all(f"加密{n:02}.7z" in page for n in range(30))
    office.house.digesting().write()
    (letter, *_) = office.letters("digest")
    assert all(name in str(letter.get_body(("plain",)).get_content()) for name in names)  # type: ignore[attr-defined]


@pytest.mark.shows("P13")
def test_where_there_is_no_room_for_all_unread_files_their_number_is_said(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    for n in range(70):
        unread = [{"path": f"{n:02}-{one:02}.zip", "findings": [{"code": "corrupt"}]} for one in range(25)]
        office.record(Outcome("submission", ""), "zhian", f"2024-03-28T10:{59 - n % 60:02}:00", items=unread)
    for page in pages(office):
        assert "等 25 个" in page and "还有 10 封来信里有没有读出的附件" in page
