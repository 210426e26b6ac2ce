"""Letters to the office: they never use up what units are owed, and nobody can call them forth without end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from outbox.conftest import UNIT, Bureau, risk_list
from outbox.test_manners import put
from stories.conftest import Story, compose

from mailbot.domain.manners import state_when_written
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Stop

Make = Callable[..., Bureau]
OFFICE = "office@bureau.example"


def to(office: Bureau, recipient: str) -> int:
    return sum(r == recipient for _, r, _ in office.sent)


def test_what_is_kept_for_answers_no_letter_to_the_office_gets(bureau: Make) -> None:
    office = bureau()
    for n in range(6):
        put(office.house.ledger, "command-done", OFFICE, n, office)
    assert office.flush(per_day=5, kept_for_answers=2).sent == 3
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.flush(per_day=5, kept_for_answers=2, hurry=True).sent == 1 and to(office, UNIT) == 1


@pytest.mark.shows("P6")
def test_of_a_hundred_questions_a_day_of_one_unit_five_are_passed_on_and_another_unit_is_asked_for_too(bureau: Make) -> None:
    office = bureau()
    for n in range(100):
        put(office.house.ledger, "forwarded-question", OFFICE, n, office, "xinzhen")
    put(office.house.ledger, "forwarded-question", OFFICE, 100, office, "zhian")
    office.flush(seconds_between=0)
    assert to(office, OFFICE) == 6 and office.states().count("dropped") == 95 and office.listed()[-1].state == "sent"
    assert office.listed()[50].problem == "这样的信当天已发了 5 封，没有再发；事情见日报"
    put(office.house.ledger, "forwarded-question", OFFICE, 101, office.later(days=1), "xinzhen")
    assert office.flush().sent == 1


@pytest.mark.parametrize("kinds", [("command-held", "command-held"), ("command-held", "command-unclear")])
def test_five_letters_a_day_that_say_not_carried_out_go_to_one_of_the_staff(kinds: tuple[str, str], bureau: Make) -> None:
    office = bureau()
    for n in range(8):
        put(office.house.ledger, kinds[n % 2], OFFICE, n, office)
    put(office.house.ledger, "command-held", "other@bureau.example", 9, office)
    put(office.house.ledger, "command-done", OFFICE, 10, office)
    office.flush(seconds_between=0)
    assert to(office, OFFICE) == 6 and to(office, "other@bureau.example") == 1 and office.states().count("dropped") == 3


@pytest.mark.shows("P6", "A16")
def test_an_absence_notice_that_answers_every_letter_of_ours_comes_to_an_end_the_same_day(bureau: Make) -> None:
    office = bureau("2024-03-29T08:30:00")
    for n in range(40):
        raw = compose(OFFICE, "Re: 收报日报", f"我正在休假，4月7日回来（第{n}次）。", when=f"{office.now:%Y-%m-%dT%H:%M:%S}", headers={"In-Reply-To": "<x@y>"})
        Story(office.house, office.intake).take(raw)
        office.later(minutes=5).flush()
    assert to(office, OFFICE) == 5 and office.states().count("dropped") == 35


def test_what_staff_and_units_wrote_before_the_bot_went_live_calls_forth_no_letter_to_the_office(bureau: Make) -> None:
    office = bureau("2024-03-28T15:00:00")
    office.house.ledger.put_mark("live_since", (office.now - timedelta(hours=3)).astimezone(SHANGHAI).isoformat())
    object.__setattr__(office.house.ledger, "_live_since", None)
    story = Story(office.house, office.intake)
    story.post(OFFICE, "Re: 收报日报", "知道了，谢谢", when="2024-03-01T09:00:00", headers={"In-Reply-To": "<x@y>"})
    story.post("xinzhen", "请问", "请问可以用电子章吗？", when="2024-03-01T10:00:00")
    assert {q.kind: q.state for q in office.listed()} == {"command-held": "withheld", "inquiry": "withheld", "forwarded-question": "withheld"}
    story.post("xinzhen", "请问", "请问联络员可以换吗？", when="2024-03-28T14:00:00")
    assert [(q.kind, q.state) for q in office.listed()][3:] == [("inquiry", "waiting"), ("forwarded-question", "waiting")]


@pytest.mark.shows("P6", "P14")
def test_a_liaison_whose_address_is_a_units_gets_the_units_letters_as_a_unit_does(bureau: Make) -> None:
    office = bureau()
    address, first = "yaoxie@units.example", office.house.rules.campaigns[0]
    groups = tuple(replace(g, addresses=(address,)) if g.id == "yaoxie" else g for g in first.groups)
    rules = replace(office.house.rules, campaigns=(replace(first, groups=groups), *office.house.rules.campaigns[1:]))
    outbox = office.outbox(seconds_between=0)
    outbox = replace(outbox, rules=replace(rules, settings=outbox.rules.settings))
    for n in range(8):
        put(office.house.ledger, "receipt", address, n, office, "yaoxie")
        put(office.house.ledger, "digest", address, n, office)
    assert outbox.flush(hurry=True).sent == 13 and office.states().count("waiting") == 3, "five a day, and all digests"
    staff_only = replace(outbox.rules, settings=replace(outbox.rules.settings, sending="staff-only"))
    stopped = replace(outbox, stopped=lambda: Stop("li", office.now, "写错了"))
    for n, out in enumerate((stopped, replace(outbox, rules=staff_only))):
        put(office.house.ledger, "receipt", address, 10 + n, office.later(days=1), "yaoxie")
        put(office.house.ledger, "digest", address, 10 + n, office)
        assert out.flush(hurry=True).sent == 1 and office.listed()[-1].state == "sent"
    assert state_when_written(staff_only, address, "receipt") == "shadow" and state_when_written(staff_only, address, "escalation") == "waiting"
