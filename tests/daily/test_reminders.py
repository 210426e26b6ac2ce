"""What reminds whom when, and that nobody is written to twice."""

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from daily.conftest import Office, Open, moment

from mailbot.app import cli
from mailbot.app.places import bundled
from mailbot.domain.campaigns import Extension, Waiver
from mailbot.domain.errors import SendError
from mailbot.domain.findings import finding
from mailbot.domain.manners import ended
from mailbot.domain.policy import Rules
from mailbot.domain.records import Sendable
from mailbot.domain.reminders import planned_day


def granting(office: Office, *grants: Extension | Waiver) -> Office:
    """The office with what staff granted."""
    (first, *rest) = office.house.rules.campaigns
    given = replace(first, extensions=tuple(g for g in grants if isinstance(g, Extension)), waivers=tuple(g for g in grants if isinstance(g, Waiver)))
    _with_rules(office, replace(office.house.rules, campaigns=(given, *rest)))
    return office


def _with_rules(office: Office, rules: Rules) -> None:
    office.house.__dict__["rules"] = rules


def settings(office: Office, **changes: Any) -> Office:
    rules = office.house.rules
    _with_rules(office, replace(rules, settings=replace(rules.settings, **changes)))
    return office


def done_but(office: Office, unit: str, *open_: tuple[str, str]) -> None:
    """Everything of a unit is in long ago but these."""
    campaign = office.house.rules.campaigns[0]
    for duty in campaign.duties:
        for who in campaign.owers(duty):
            if who.id == unit:
                for period, due in duty.due.owed():
                    if (duty.id, period.id) not in open_ and due < date(2024, 4, 10):
                        office.both(unit, duty.id, period.id, "2023-07-02T08:00:00", title="一案")


def mine(office: Office, unit: str) -> Any:
    """The reminder that would go to a unit now, None where there is none."""
    reminding = office.reminding()
    return next((r for r in reminding.plan(reminding.now()).round.reminders if r.unit.id == unit), None)


# --- which day ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "offset", "planned"),
    [
        ("2024-04-01", 3, "2024-03-29"),  # Friday
        ("2024-04-01", 1, "2024-03-29"),  # Sunday -> the Friday before
        ("2024-04-01", 0, "2024-04-01"),
        ("2024-04-01", -3, "2024-04-07"),  # 清明 4 to 6 April; Sunday the 7th is made up
        ("2023-10-01", 0, "2023-09-28"),  # the day before the holiday
        ("2023-10-01", -1, "2023-10-07"),  # a Saturday that is made up
        ("2031-05-03", 1, "2031-05-02"),  # a year that is not entered: weekends only
    ],
)
def test_steps_before_the_due_date_move_back_and_later_ones_forward(rules: Rules, due: str, offset: int, planned: str) -> None:
    assert planned_day(date.fromisoformat(due), offset, rules.calendar) == date.fromisoformat(planned)


def test_a_unit_that_is_done_hears_nothing(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    done_but(office, "xinzhen")
    assert mine(office, "xinzhen") is None
    assert mine(office, "zhian") is not None


def test_a_reminder_lists_all_that_is_owed_the_longest_overdue_first(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("case-stats", "2024-01"), ("case-stats", "2024-03"))
    reminder = mine(office, "xinzhen")
    assert [(i.key[2:], i.days_left, i.offset) for i in reminder.items] == [
        (("case-stats", "2024-01"), -69, None), (("case-stats", "2024-03"), -9, -7), (("risk-list", "2024Q1"), 3, 1), (("case-stats", "2024-04"), 22, None),
    ]  # fmt: skip


def test_nothing_is_written_on_a_day_off_nor_before_nine(open_office: Open) -> None:
    office = open_office("2024-03-30T10:00:00")  # Saturday
    assert office.reminding().write() is None and office.reminding().opens() == moment("2024-04-01T09:00:00")
    office.at("2024-03-29T08:59:59")
    assert office.reminding().write() is None and office.reminding().opens() == moment("2024-03-29T09:00:00")
    office.at("2024-04-07T09:00:00")  # a Sunday on which people work
    assert office.reminding().write() is not None
    assert office.states() and all(q.created_at == moment("2024-04-07T09:00:00") for q in office.house.ledger.letters_listed())


@pytest.mark.shows("F20")
def test_what_was_missed_is_made_good_once_and_what_is_stale_is_dropped(open_office: Open) -> None:
    office = open_office("2024-03-29T09:00:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"))
    office.at("2024-03-28T09:30:00")  # step 7 was due on the 25th; the bot was off
    assert [i.offset for i in mine(office, "xinzhen").items] == [7, None]
    office.at("2024-03-31T09:30:00").at("2024-04-01T09:30:00")  # steps 3 and 1 fell on the 29th, step 0 is today: only that is told
    assert [i.offset for i in mine(office, "xinzhen").items if i.key[2] == "risk-list"] == [0]
    office.at("2024-04-15T09:30:00")  # the last step, 7 after, was due on the 8th
    assert mine(office, "xinzhen") is None or "risk-list" not in {i.key[2] for i in mine(office, "xinzhen").items if i.offset is not None}


@pytest.mark.parametrize(("today", "offset"), [("2024-04-12", -6), ("2024-04-15", None)], ids=["five days ago", "more"])
def test_a_step_is_made_good_up_to_five_days_later(open_office: Open, today: str, offset: int | None) -> None:
    office = open_office(f"{today}T09:30:00")
    campaign = office.house.rules.campaigns[0]
    shifted = tuple(replace(d, remind=(-6,)) if d.id == "risk-list" else d for d in campaign.duties)  # planned for Sunday 7 April, a working day
    _with_rules(office, replace(office.house.rules, campaigns=(replace(campaign, duties=shifted), *office.house.rules.campaigns[1:])))
    done_but(office, "xinzhen", ("risk-list", "2024Q1"))
    told = mine(office, "xinzhen")
    assert (None if told is None else next((i.offset for i in told.items if i.key[2] == "risk-list"), None)) == offset


def test_a_unit_that_had_its_mail_today_hears_of_a_new_step_tomorrow(open_office: Open) -> None:
    office = open_office("2024-03-28T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    replace(office.reminding(), bad=lambda: {"mingren@units.example"}).write()
    granting(office, Extension(unit="xinzhen", duty="risk-list", period="2024Q1", due=date(2024, 3, 31), why="提前汇总"))  # a new step falls on today
    again = office.at("2024-03-28T15:00:00").reminding().write()
    assert again is not None and [r.unit.id for r in again.round.reminders] == ["mingren"], "who could not be reached in the morning"
    next_day = office.at("2024-03-29T09:30:00").reminding().write()
    assert next_day is not None and "xinzhen" in {r.unit.id for r in next_day.round.reminders}


def test_an_installation_in_the_middle_of_a_campaign_writes_no_flood(open_office: Open) -> None:
    office = open_office("2024-03-15T09:30:00")  # nothing is in, and dozens of steps are long past
    planned = office.reminding().write()
    assert planned is not None
    told = {i.key[2:] for r in planned.round.reminders for i in r.items if i.offset is not None}
    assert told == {("case-stats", "2024-03")} and not planned.round.escalations
    assert len(planned.round.reminders) == 18


# --- once ------------------------------------------------------------------------------------------------------------------


def test_a_second_run_and_a_second_worker_write_nothing(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    reminding = office.reminding()
    planned = reminding.plan(reminding.now())
    chased = list(reminding._chased(planned))
    assert office.house.ledger.put_chased(chased, reminding.now())
    before = office.states()
    assert not office.house.ledger.put_chased(chased, reminding.now()), "the other worker had decided the same meanwhile"
    again = office.at("2024-03-29T15:00:00").reminding().write()
    assert again is not None and not again.round.reminders and office.states() == before


def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_all(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    ledger = office.house.ledger
    chased = list(office.reminding()._chased(office.reminding().plan(office.now[0])))
    torn = [*chased[:5], replace(chased[5], letter=replace(chased[5].letter, recipient=None)), *chased[6:]]  # the sixth cannot be written
    assert not ledger.put_chased(torn, office.now[0])
    assert not office.states() and not ledger.reminders_taken("naiman-2023", {("risk-list", "2024Q1")})
    office.reminding().write()
    assert len(office.states()) == len(chased) > 6


@pytest.mark.shows("F33")
def test_a_reminder_that_cannot_be_worded_harms_itself_only_and_is_written_when_it_can_be(open_office: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template fails for one unit's letter: the others have theirs, staff see that this one has not, and the next day makes it good."""
    from mailbot.adapters.templates import TemplateError

    office = open_office("2024-03-28T09:30:00")
    right = office.house.daily_letters.chasing

    def broken(letter: Any) -> Any:
        if letter.kind == "reminder" and letter.unit.id == "baxiantong":
            raise TemplateError("reminder.txt", ZeroDivisionError("division by zero"))
        return right(letter)

    monkeypatch.setattr(office.house.daily_letters, "chasing", broken)
    office.reminding().write()
    states = {q.unit: q.state for q in office.house.ledger.letters_listed() if q.kind == "reminder"}
    assert states.pop("baxiantong") == "failed" and len(states) == 19 and set(states.values()) == {"waiting"}
    told = [line for line in office.house.digesting().build().unwell if "催报提醒（八仙筒市场监管所）" in line]
    assert len(told) == 1 and "reminder.txt" in told[0]
    before = office.states()
    office.at("2024-03-28T15:00:00").reminding().write()
    assert office.states() == before, "told once a day"
    monkeypatch.undo()
    office.at("2024-03-29T09:30:00").reminding().write()
    assert "waiting" in {q.state for q in office.house.ledger.letters_listed() if q.kind == "reminder" and q.unit == "baxiantong"}


def test_the_worker_asks_once_a_day(open_office: Open) -> None:
    office = open_office("2024-03-29T08:00:00")
    office.reminding().write_once_a_day()
    assert not office.states()
    office.at("2024-03-29T09:00:10").reminding().write_once_a_day()
    written = office.states()
    assert written
    done_but(office, "xinzhen")
    office.at("2024-03-29T16:00:00").reminding().write_once_a_day()
    assert office.states() == written


# --- extensions and waivers --------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_due_date_and_opens_its_steps_anew(open_office: Open) -> None:
    office = open_office("2024-03-25T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"))
    office.reminding().write()  # step 7
    office.at("2024-03-29T09:30:00").reminding().write()  # step 1
    granting(office, Extension(unit="xinzhen", duty="risk-list", period="2024Q1", due=date(2024, 4, 12), why="下乡检查", by="办公室"))
    told = []
    for day in range(1, 20):
        office.at(f"2024-04-{day:02}T09:30:00")
        reminder = mine(office, "xinzhen")
        told += [(day, i.offset) for i in (reminder.items if reminder else ()) if i.key[2] == "risk-list" and i.offset is not None]
        office.reminding().write()
    assert told == [(3, 7), (9, 3), (11, 1), (12, 0), (15, -3), (19, -7)]  # the 5th is a day off, so step 7 went on the 3rd; -1 and -3 fall together
    item = next(i for i in mine(office.at("2024-04-03T10:00:00"), "xinzhen").items) if mine(office, "xinzhen") else None
    assert item is None or "已延期到4月12日" in item.reckoning
    letters = [m.get_content() for m in office.letters("reminder") if m["To"] == "xinzhen@units.example"]
    assert any("已延期到4月12日" in text and "下乡检查" not in text and "4月12日（周五）" in text for text in letters)


def test_a_waived_obligation_is_not_reminded_and_a_waived_copy_not_asked_for(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    granting(office, Waiver(unit="xinzhen", duty="typical-case", period="2024Q1", why="本季度无案件"),
             Waiver(unit="xinzhen", duty="risk-list", period="2024Q1", why="公章送修", copy="scan"))  # fmt: skip
    items = mine(office, "xinzhen").items
    assert [(i.key[2], i.missing) for i in items if i.offset is not None] == [("risk-list", ("editable",))]


# --- to whom -----------------------------------------------------------------------------------------------------------------


def test_a_working_groups_reminder_goes_to_the_unit_that_sends_for_it(open_office: Open) -> None:
    office = open_office("2024-10-25T09:30:00")
    for unit in ("yaoxie", "group-yaoxie"):
        done_but(office, unit)
    reminder = mine(office, "yaoxie")
    behalf = [(i.unit.id, i.behalf) for i in reminder.items if i.key[2] == "flight-inspection" and i.key[3] == "2024-11-01"]
    assert sorted(behalf) == [("group-yaoxie", True), ("yaoxie", False)]
    office.reminding().write()
    (letter,) = [m for m in office.letters("reminder") if m["To"] == "yaoxie@units.example"]
    assert "代药品和医疗器械工作组报送：飞行检查工作开展情况" in letter.get_content()


def test_a_bad_address_gets_nothing_and_is_told_and_made_good_when_it_is_mended(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    reminding = replace(office.reminding(), bad=lambda: {"xinzhen@units.example"})
    planned = reminding.write()
    assert planned is not None and [u.id for _, u in planned.round.unreached] == ["xinzhen"]
    assert not [m for m in office.letters() if m["To"] == "xinzhen@units.example"]
    office.at("2024-04-01T09:30:00").reminding().write()
    assert [m for m in office.letters() if m["To"] == "xinzhen@units.example"]


def test_what_is_long_overdue_is_told_to_the_liaison_and_the_directors_once(open_office: Open) -> None:
    office = settings(open_office("2024-04-08T09:30:00"), directors=("director@bureau.example",))
    groups = tuple(replace(g, addresses=("jicha@bureau.example",)) if g.id == "jicha" else g for g in office.house.rules.campaigns[0].groups)
    _with_rules(office, replace(office.house.rules, campaigns=(replace(office.house.rules.campaigns[0], groups=groups), *office.house.rules.campaigns[1:])))
    for unit in [u.id for u in office.house.rules.campaigns[0].units if u.id != "xinzhen"]:
        done_but(office, unit)
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    planned = office.reminding().write()
    assert planned is not None
    told = {e.to: [i.item.key[2] for i in e.items] for e in planned.round.escalations}
    assert told == {"office@bureau.example": ["risk-list"], "jicha@bureau.example": ["typical-case"],
                    "director@bureau.example": ["risk-list", "typical-case"]}  # fmt: skip
    (own,) = office.letters("reminder")
    assert own["To"] == "xinzhen@units.example" and own.get_content().count("已一并告知分管联络员") == 2
    (director,) = [m for m in office.letters("escalation") if m["To"] == "director@bureau.example"]
    assert "新镇市场监管所" in director.get_content() and "已过 7 天" in director.get_content()
    for queued in office.house.ledger.letters_listed():
        office.house.ledger.claim(queued.id)
        office.house.ledger.settle_letter(queued.id, "sent", office.now[0])
    later = office.at("2024-04-09T09:30:00").reminding().write()
    assert later is not None and not later.round.escalations


def test_the_contact_in_an_escalation_is_masked(open_office: Open) -> None:
    from mailbot.domain.outcome import Contact, Outcome

    office = open_office("2024-04-08T09:30:00")
    contact = Contact("xinzhen", "xinzhen@units.example", (("name", "包青松"), ("mobile", "13812345678")))
    office.record(Outcome("submission", "", contacts=(contact,)), "xinzhen", "2023-07-20T10:00:00")
    office.reminding().write()
    (letter,) = office.letters("escalation")
    text = letter.get_content()
    assert "新镇市场监管所（包青松，138****78）" in text and "13812345678" not in text


# --- what waits --------------------------------------------------------------------------------------------------------------


def _sendable(office: Office, unit: str) -> Sendable:
    return next(w for w in office.house.ledger.waiting(office.now[0]) if w.recipient == f"{unit}@units.example" and w.kind == "reminder")


@pytest.mark.shows("F20")
def test_a_reminder_that_waits_goes_only_while_it_is_true_and_young(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    office.reminding().write()
    letter = _sendable(office, "xinzhen")
    assert office.at("2024-03-29T11:00:00").reminding().still_wanted(letter)
    office.both("xinzhen", "risk-list", "2024Q1", "2024-03-29T11:10:00")
    assert office.at("2024-03-29T11:20:00").reminding().still_wanted(letter), "one of two is still owed"
    office.both("xinzhen", "typical-case", "2024Q1", "2024-03-29T11:30:00", title="一案")
    assert not office.at("2024-03-29T11:40:00").reminding().still_wanted(letter)
    assert not office.at("2024-03-30T09:30:00").reminding().still_wanted(_sendable(office, "zhian")), "a day old"


def test_a_reminder_that_never_went_out_is_written_anew_with_what_is_owed_then(open_office: Open) -> None:
    office = open_office("2024-03-28T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    office.reminding().write()  # step 7, over the day's budget: it stays in the outbox
    assert ("reminder", "waiting") in office.states()
    settings(office, policy=replace(office.house.rules.policy, reminder_stale_days=9))
    campaign = office.house.rules.campaigns[0]
    never = tuple(replace(d, remind=(7,)) for d in campaign.duties)
    _with_rules(office, replace(office.house.rules, campaigns=(replace(campaign, duties=never), *office.house.rules.campaigns[1:])))
    office.both("xinzhen", "typical-case", "2024Q1", "2024-03-28T15:00:00", title="一案")
    office.at("2024-03-29T09:30:00").reminding().write()
    listed = [q for q in office.house.ledger.letters_listed() if q.recipient == "xinzhen@units.example"]
    assert [q.state for q in listed] == ["dropped", "waiting"] and "当天没有发出" in listed[0].problem
    text = [m.get_content() for m in office.letters("reminder") if m["To"] == "xinzhen@units.example"][-1]
    assert "风险隐患排查问题清单" in text and "典型案例" not in text


@pytest.mark.shows("P7", "F20")
@pytest.mark.parametrize("tried_again", [False, True])
def test_a_reminder_that_is_perhaps_out_is_not_written_anew_the_next_morning(open_office: Open, tried_again: bool) -> None:
    office = open_office("2024-03-28T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    settings(office, policy=replace(office.house.rules.policy, reminder_stale_days=9))
    campaign, ledger = office.house.rules.campaigns[0], office.house.ledger
    once = tuple(replace(d, remind=(7,)) for d in campaign.duties)
    _with_rules(office, replace(office.house.rules, campaigns=(replace(campaign, duties=once), *office.house.rules.campaigns[1:])))
    office.reminding().write()
    letter = _sendable(office, "xinzhen")
    ledger.claim(letter.id)  # the server took it, and the process died before it was noted
    assert ledger.interrupted(office.now[0]) == 1
    if tried_again:
        tried = next(x for x in ledger.waiting(office.now[0]) if x.id == letter.id)
        state, again, action = ended(SendError("temporary", "连不上"), tried, office.now[0], moment("2024-03-28T10:00:00"))
        ledger.claim(letter.id)
        ledger.settle_letter(letter.id, state, office.now[0], problem="连不上", again_at=again, action=action)
    office.at("2024-03-29T09:30:00").reminding().write()
    assert len([q for q in ledger.letters_listed() if q.unit == "xinzhen"]) == 1
    assert letter.id in {x.id for x in ledger.waiting(office.now[0])}, "the same bytes go once more"


@pytest.mark.parametrize(("sending", "states"), [("shadow", {"shadow"}), ("staff-only", {"shadow"}), ("live", {"waiting"})])
def test_reminders_go_out_only_when_sending_is_live(open_office: Open, sending: str, states: set[str]) -> None:
    office = open_office("2024-03-29T09:30:00", MAILBOT_SENDING=sending)
    office.reminding().write()
    assert {state for kind, state in office.states() if kind == "reminder"} == states


# --- what it says ------------------------------------------------------------------------------------------------------------


def test_the_letter_says_what_is_in_what_is_missing_and_how_to_mend_it(open_office: Open) -> None:
    office = open_office("2024-03-29T09:30:00")
    done_but(office, "xinzhen", ("risk-list", "2024Q1"), ("typical-case", "2024Q1"))
    fell = finding("cumulative-fell", where="“出动执法人员”", found="10", expected="不少于上季度的 12")
    office.file("xinzhen", "risk-list", "2024Q1", "editable", "2024-03-28T10:00:00", findings=(fell,))
    office.reminding().write()
    (letter,) = [m for m in office.letters("reminder") if m["To"] == "xinzhen@units.example"]
    assert letter["Subject"] == "【提醒】4月1日（周一）前：风险隐患排查问题清单（2024年第一季度）等3项"
    assert letter["Auto-Submitted"] == "auto-generated" and letter.get_content_type() == "text/plain"
    golden = Path(__file__).with_name("reminder.golden.txt")
    if os.environ.get("MAILBOT_WRITE_GOLDEN"):
        golden.write_text(letter.get_content().replace("\r\n", "\n"), encoding="utf-8")
    assert letter.get_content().replace("\r\n", "\n") == golden.read_text(encoding="utf-8")


def test_no_letter_has_an_exclamation_mark_or_a_code(open_office: Open) -> None:
    office = open_office("2024-04-08T09:30:00")
    office.reminding().write()
    for letter in office.letters():
        text = f"{letter['Subject']}\n{letter.get_content()}"
        assert "!" not in text and "！" not in text and "risk-list" not in text and "None" not in text
        assert letter["Subject"] and len(str(letter["Subject"])) < 80


# --- the command ---------------------------------------------------------------------------------------------------------------


def _run(capsys: pytest.CaptureFixture[str], tmp_path: Path, now: str, *words: str) -> tuple[int, str, str]:
    from typer.testing import CliRunner

    done = CliRunner().invoke(cli.app, ["--config", str(bundled("config")), "--home", str(tmp_path / "home"), "--now", now, *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_shows_and_then_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _run(capsys, tmp_path, "2024-03-29T09:30:00", "remind", "--dry-run", "--json")
    shown = json.loads(out)
    assert status == 0 and shown["as_of"] == "2024-03-29T09:30:00+08:00" and [r["kind"] for r in shown["reminders"]] == ["reminder"] * 20 + ["escalation"]
    first = shown["reminders"][0]
    assert (first["unit"], first["to"], first["kind"]) == ("大沁他拉市场监管所", "daqintala@units.example", "reminder")
    assert first["subject"].startswith("【提醒】")
    item = next(i for i in first["items"] if (i["duty"], i["period"]) == ("risk-list", "2024Q1"))
    assert (item["due"], item["offset"], item["days_left"], item["missing"]) == ("2024-04-01T23:59:59+08:00", 1, 3, ["editable", "scan"])
    _, out, _ = _run(capsys, tmp_path, "2024-03-29T09:30:00", "outbox", "--json")
    assert json.loads(out)["letters"] == [], "a dry run writes nothing"
    _, out, _ = _run(capsys, tmp_path, "2024-03-29T09:30:00", "remind", "--json")
    assert json.loads(out)["reminders"] == shown["reminders"]
    _, out, _ = _run(capsys, tmp_path, "2024-03-29T09:30:00", "outbox", "--json")
    assert len(json.loads(out)["letters"]) == 21
    _, out, _ = _run(capsys, tmp_path, "2024-03-29T12:00:00", "remind", "--json")
    assert json.loads(out)["reminders"] == []


def test_the_command_says_when_it_is_not_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, told = _run(capsys, tmp_path, "2024-03-30T09:30:00", "remind", "--json")
    assert status == 0 and json.loads(out)["reminders"] == [] and "下一次是 2024-04-01 09:00" in told
    status, out, _ = _run(capsys, tmp_path, "2024-03-29", "remind", "--dry-run", "--json")
    shown = json.loads(out)
    assert shown["written_at"] == "2024-03-29T09:00:00+08:00" and len(shown["reminders"]) == 21


def test_years_without_a_calendar_fall_back_to_weekends(open_office: Open) -> None:
    office = open_office("2031-05-03T09:30:00")  # Saturday
    assert office.reminding().opens() == moment("2031-05-05T09:00:00")
    assert office.reminding().plan(office.reminding().opens()).round.reminders == ()
    assert office.reminding().opens() - office.now[0] < timedelta(days=2)
