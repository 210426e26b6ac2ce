"""How much goes out, in which order, how fast; and how all of it is stopped."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from outbox.conftest import UNIT, Bureau, risk_list, scan, text_of

from mailbot.adapters.ledger import Ledger
from mailbot.domain.errors import SendError
from mailbot.domain.records import Posted

Make = Callable[..., Bureau]


def put(ledger: Ledger, kind: str, to: str, number: int, office: Bureau, unit: str | None = None) -> None:
    """A letter straight into the outbox, as the use cases of the day put theirs."""
    from sqlalchemy import insert

    from mailbot.adapters.ledger.rows import letter_row
    from mailbot.adapters.tables import letters

    posted = Posted(f"{kind}:{number}", kind, to, f"{kind} {number}", b"Subject: x\r\n\r\nx\r\n", "waiting", unit=unit)
    with ledger.engine.begin() as connection:
        connection.execute(insert(letters), letter_row(posted, None, office.now))


@pytest.mark.shows("P6")
def test_twelve_mails_on_a_deadline_day_give_five_letters_and_one_next_morning_that_names_all_others(bureau: Make) -> None:
    office = bureau("2024-04-01T08:00:00")
    for n in range(12):
        office.post("xinzhen", {f"清单{n}.docx": risk_list()}, f"清单 {n}")
        office.later(minutes=20).flush()
    assert [to for _, to, _ in office.sent] == [UNIT] * 5
    told = office.flush()
    assert "有 7 封信超过当天的发信上限，顺延到明天早上七点以后" in told.problems
    for moment in ("2024-04-02T00:00:05", "2024-04-02T06:59:00"):
        assert office.at(moment).flush().sent == 0
    assert office.at("2024-04-02T07:01:00").flush().sent == 1
    text = text_of(office.letter())
    assert all(f"清单{n}.docx" in text for n in range(5, 12)) and "7 封来信" in text and "已过 1 天" in text
    assert office.states().count("joined") == 7 and office.flush().sent == 0


@pytest.mark.shows("P6")
def test_the_digest_names_whose_letters_wait_because_the_address_had_its_share(bureau: Make) -> None:
    office = bureau()
    for n in range(9):
        put(office.house.ledger, "inquiry", UNIT, n, office, "xinzhen")
        put(office.house.ledger, "digest", "office@bureau.example", n, office)
    put(office.house.ledger, "inquiry", UNIT.title(), 9, office, "xinzhen")
    put(office.house.ledger, "inquiry", "zhian@units.example", 10, office.later(minutes=-1), "zhian")
    digesting = office.house.digesting()
    assert not any("上限" in line for line in digesting.build().unwell), "they wait, and may go"
    office.later(minutes=2).flush(seconds_between=0)
    (line,) = (line for line in digesting.build().unwell if "上限" in line)
    assert line.startswith("今天已发满上限的邮箱（每个一天 5 封）：新镇市场监管所 xi***@units.example（5 封），共 5 封信等到明天早上七点以后。")
    office.at("2024-03-29T08:00:00").flush(seconds_between=0)
    assert not any("上限" in line for line in digesting.build().unwell)


def test_in_the_night_a_unit_that_was_not_over_its_cap_is_answered_as_by_day(bureau: Make) -> None:
    office = bureau("2024-04-01T23:50:00")
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.at("2024-04-02T00:06:00").flush().sent == 1


def test_a_letter_that_waited_over_midnight_counts_its_days_anew(bureau: Make) -> None:
    office = bureau("2024-03-29T23:50:00")
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.at("2024-03-30T00:06:00").flush()
    assert "还有 2 天" in text_of(office.letter()) and office.states() == ["joined", "sent"]


def test_staff_may_get_more_than_five(bureau: Make) -> None:
    office = bureau()
    for n in range(7):
        put(office.house.ledger, "digest", "office@bureau.example", n, office)
        put(office.house.ledger, "reminder", UNIT, n, office, "xinzhen")
    office.flush()
    assert [to for _, to, _ in office.sent].count("office@bureau.example") == 7 and [to for _, to, _ in office.sent].count(UNIT) == 5


def test_answers_go_first_then_the_office_then_reminders_then_strangers(bureau: Make) -> None:
    office = bureau()
    put(office.house.ledger, "held", "s@mail.example", 1, office)
    put(office.house.ledger, "reminder", "zhian@units.example", 2, office, "zhian")
    put(office.house.ledger, "digest", "office@bureau.example", 3, office)
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.flush(hurry=True)
    assert [to for _, to, _ in office.sent] == [UNIT, "office@bureau.example", "zhian@units.example", "s@mail.example"]


def test_what_is_kept_for_answers_no_reminder_gets(bureau: Make) -> None:
    office = bureau()
    for n in range(6):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    told = office.flush(per_day=5, kept_for_answers=2)
    assert told.sent == 3 and told.waiting == 3
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.flush(per_day=5, kept_for_answers=2, hurry=True).sent == 1
    assert office.at("2024-03-29T07:00:00").flush(per_day=5, kept_for_answers=2).sent == 3


@pytest.mark.shows("P6")
def test_twenty_in_a_quarter_of_an_hour_also_after_a_restart(bureau: Make) -> None:
    office = bureau()
    for n in range(50):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    first = office.flush(seconds_between=1)
    assert first.sent == 20 and first.waiting == 30 and first.problems == ()
    office.house.ledger.close()
    object.__setattr__(office.house, "ledger", Ledger(f"sqlite:///{office.house.home / 'mailbot.db'}"))  # as after a restart
    assert office.later(minutes=5).flush().sent == 0
    assert office.later(minutes=11).flush(seconds_between=1).sent == 20
    moments = [moment for moment, _, _ in office.sent]
    for moment in moments:
        assert sum(moment <= other < moment + timedelta(minutes=15) for other in moments) <= 20


def test_ten_seconds_lie_between_two_letters_and_a_round_of_the_worker_is_over_after_three_minutes(bureau: Make) -> None:
    office = bureau()
    for n in range(30):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    begun = office.now
    told = office.flush(limit=timedelta(minutes=3), per_quarter_hour=100)
    gaps = {(b - a).total_seconds() for (a, _, _), (b, _, _) in zip(office.sent, office.sent[1:], strict=False)}
    assert gaps == {10.0} and office.now - begun < timedelta(minutes=3, seconds=15) and told.sent == 19 and told.waiting == 11
    assert office.flush(limit=timedelta(minutes=3), per_quarter_hour=100).sent == 11


def test_whoever_says_send_waits_for_the_next_quarter_of_an_hour(bureau: Make) -> None:
    office = bureau()
    for n in range(45):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    assert office.flush(patient=True, seconds_between=1).sent == 45 and office.now.hour == 9 and office.now.minute >= 30


def test_the_kill_switch_lets_only_letters_to_staff_go(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    put(office.house.ledger, "digest", "office@bureau.example", 1, office)
    (office.house.home / "STOP").write_text("数字不对，先停一停")
    told = office.flush(hurry=True)
    assert [to for _, to, _ in office.sent] == ["office@bureau.example"]
    assert "发信已暂停（STOP 文件" in told.problems[0] and "数字不对" in told.problems[0]
    (office.house.home / "STOP").unlink()
    assert office.flush(hurry=True).sent == 1


def test_the_kill_switch_stops_a_round_that_runs(bureau: Make) -> None:
    from dataclasses import replace

    from mailbot.domain.records import Stop

    office = bureau()
    for n in range(5):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    outbox = office.outbox()

    def pull(seconds: float) -> None:
        office.house.ledger.stop(Stop("管理员", office.now, "写错了"))

    assert replace(outbox, pause=pull).flush().sent == 1
    office.house.ledger.resume("管理员", office.now)
    assert outbox.flush().sent == 4


def test_a_text_taken_for_spam_is_tried_once_more_and_never_again(bureau: Make) -> None:
    office = bureau()
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    spam = SendError("temporary", "被怀疑是垃圾邮件", action="review", wait=120, code=451)
    office.answers = [spam, spam]
    office.flush()
    assert office.later(seconds=119).flush().problems == () and office.states() == ["waiting"]
    office.later(seconds=2).flush()
    assert office.states() == ["failed"] and office.later(days=1).flush().sent == 0
    assert [q.action for q in office.house.ledger.wanting_staff(office.now - timedelta(days=3), office.now)] == ["review"]


def test_an_address_that_does_not_exist_is_shown_until_a_letter_arrives_there(bureau: Make) -> None:
    office = bureau()
    office.answers = [SendError("permanent", "收件地址不存在", action="bad-address", code=550)]
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    office.flush()
    (bad,) = office.house.ledger.bad_addresses()
    assert (bad.address, bad.unit, bad.why, bad.since) == (UNIT, "xinzhen", "收件地址不存在", office.now)
    put(office.house.ledger, "reminder", UNIT, 2, office.later(days=1), "xinzhen")
    office.flush()
    assert office.house.ledger.bad_addresses() == ()


@pytest.mark.parametrize("action", ["alert", "fix-content"])
def test_what_a_refusal_asks_of_staff_is_kept(bureau: Make, action: Any) -> None:
    office = bureau()
    office.answers = [SendError("permanent", "没有发出", action=action, code=552)]
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    assert office.flush().problems == ("没有发出",)
    assert [(q.state, q.action) for q in office.listed()] == [("failed", action)] and office.house.ledger.bad_addresses() == ()


def test_a_pause_of_the_provider_is_kept_also_by_whoever_is_in_a_hurry(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list(), "章.jpg": scan()})
    office.answers = [SendError("pause", "发得太快", wait=1200)]
    office.flush(hurry=True)
    office.post("zhian", {"清单.docx": risk_list("治安市场监管所")})
    assert office.later(minutes=19).flush(hurry=True).sent == 0
    assert office.later(minutes=2).flush(hurry=True).sent == 2




def test_what_is_no_longer_wanted_is_not_sent(bureau: Make) -> None:
    from dataclasses import replace

    office = bureau()
    for n in range(3):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, "u")
    second = office.listed()[1].id
    assert replace(office.outbox(), still_wanted={"reminder": lambda letter: letter.id != second}).flush().sent == 2
    assert office.states() == ["sent", "dropped", "sent"] and office.flush().sent == 0


@pytest.mark.shows("F20")
def test_a_reminder_that_was_tried_once_is_not_sent_days_late_either(bureau: Make) -> None:
    from dataclasses import replace

    office = bureau("2024-03-29T09:31:00")  # a Friday
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    out = replace(office.outbox(), still_wanted=office.house.outbox().still_wanted)
    office.answers = [SendError("temporary", "连不上", code=0)]
    out.flush()
    assert office.states() == ["waiting"]
    office.at("2024-03-31T12:00:00")  # Sunday
    assert out.flush().sent == 0 and office.states() == ["dropped"]


@pytest.mark.shows("P7", "F20")
def test_what_is_perhaps_out_is_not_withdrawn_but_goes_once_more(bureau: Make) -> None:
    from dataclasses import replace

    office = bureau()
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    (letter,) = office.listed()
    office.house.ledger.claim(letter.id)  # and the process dies
    out = replace(office.outbox(), still_wanted={"reminder": lambda _: False})
    office.answers = [SendError("temporary", "稍后再试", code=451)]
    assert out.flush().sent == 0 and not office.house.ledger.withdraw(letter.id, "由人工发送", office.now)
    assert office.later(minutes=30) and out.flush().sent == 1 and office.states() == ["sent"]
