"""Shadow, staff-only and live; old mail; the outbox's manners. The way out is a list here; real SMTP is in tests/adapters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from stories.conftest import Story

from mailbot.app.intake import Intake
from mailbot.app.outbox import Outbox
from mailbot.app.wiring import House
from mailbot.domain.errors import SendError
from mailbot.domain.periods import SHANGHAI


@dataclass
class Way:
    """Stands in for the sending server; `refuse` makes it answer with an error."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    refuse: SendError | None = None

    def send(self, raw: bytes, recipient: str) -> None:
        if self.refuse:
            raise self.refuse
        self.sent.append((recipient, raw))


@dataclass
class Office:
    story: Story
    way: Way
    now: datetime

    def outbox(self) -> Outbox:
        @contextmanager
        def connect() -> Iterator[Way]:
            yield self.way

        house = self.story.house
        return Outbox(house.rules, house.ledger, connect, lambda: self.now, lambda _: None, house.templates, house.stopped)


@pytest.fixture
def office(make_house: Any) -> Iterator[Any]:
    opened: list[tuple[House, Any]] = []

    def make(sending: str, now: str = "2024-01-09T12:00:00") -> Office:
        house = make_house(now, MAILBOT_SENDING=sending)
        if sending != "staff-only":  # nobody to pass questions on to, so that each makes one letter
            house.__dict__["rules"] = replace(house.rules, settings=replace(house.rules.settings, staff=()))
        manager = house.intake()
        intake: Intake = manager.__enter__()
        opened.append((house, manager))
        return Office(Story(house, intake), Way(), datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))

    yield make
    for house, manager in opened:
        manager.__exit__(None, None, None)
        house.ledger.close()


def ask(office: Office, when: str = "2024-01-09T13:00:00", sender: str = "xinzhen") -> None:
    office.story.post(sender, "请教", f"请问月报怎么填？{when}", when=when)


def states(office: Office) -> list[str]:
    return [q.state for q in office.story.house.ledger.letters_listed()]


def test_in_shadow_everything_is_decided_and_nothing_is_sent_now_or_later(office: Any) -> None:
    shadow = office("shadow")
    ask(shadow)
    assert shadow.outbox().flush().sent == 0 and states(shadow) == ["shadow"]
    house = shadow.story.house
    live = replace(house.rules, settings=replace(house.rules.settings, sending="live"))
    later = replace(shadow.outbox(), rules=live)
    assert later.flush().sent == 0 and shadow.way.sent == []


def test_live_sends_each_letter_once_to_its_one_address(office: Any) -> None:
    live = office("live")
    ask(live)
    assert live.outbox().flush().sent == 1 and live.outbox().flush().sent == 0
    (sent,) = live.way.sent
    assert sent[0] == "xinzhen@units.example" and b"Auto-Submitted: auto-replied" in sent[1]
    assert states(live) == ["sent"]


def test_mail_older_than_the_moment_it_went_live_is_never_answered(office: Any) -> None:
    live = office("live")
    ask(live, when="2024-01-09T11:59:59")
    ask(live, when="2024-01-09T12:00:01")
    assert states(live) == ["withheld", "waiting"]


def test_staff_only_sends_to_nobody_else(office: Any) -> None:
    only = office("staff-only")
    ask(only)
    only.story.post("office@bureau.example", "Re: 【日报】1月9日", "1 是", when="2024-01-09T14:00:00")
    assert states(only) == ["shadow", "waiting", "waiting"] and only.outbox().flush().sent == 2
    assert {to for to, _ in only.way.sent} == {"office@bureau.example"}


@pytest.mark.shows("F15")
def test_a_temporary_refusal_waits_and_tries_again_and_gives_up_after_five_days(office: Any) -> None:
    live = office("live")
    ask(live)
    live.way.refuse = SendError("temporary", "对方服务器忙", code=451)
    assert live.outbox().flush().problems and states(live) == ["waiting"]
    assert live.outbox().flush().sent == 0  # not before its time
    for _ in range(25):
        live.now += timedelta(hours=5)
        live.outbox().flush()
    assert states(live) == ["failed"]


@pytest.mark.shows("F20")
def test_a_server_that_is_down_for_a_night_costs_no_letter(office: Any) -> None:
    live = office("live")
    ask(live)
    ask(live, sender="zhian")
    live.way.refuse = SendError("temporary", "连不上")
    for minutes in (0, 3, 20, 90, 300):
        live.now += timedelta(minutes=minutes)
        told = live.outbox().flush()
        assert len(told.problems) <= 1 and told.sent == 0  # one try a round, not one a letter
    live.way.refuse = None
    live.now += timedelta(hours=5)
    assert live.outbox().flush().sent == 2


def test_staff_only_holds_back_what_was_decided_live(office: Any) -> None:
    live = office("live")
    ask(live)
    house = live.story.house
    only = replace(house.rules, settings=replace(house.rules.settings, sending="staff-only"))
    assert replace(live.outbox(), rules=only).flush().sent == 0 and states(live) == ["waiting"]


def test_receipts_go_before_answers_to_strangers(office: Any) -> None:
    from mailbot.app.demo import papers

    live = office("live")
    paper = papers.case_stats_xlsx(unit="新镇市场监管所", month=(2024, 1))
    for n in range(8):
        live.story.post(f"s{n}@mail.example", "表", "您收一下", {"月报.xlsx": paper}, when=f"2024-01-09T13:0{n}:00")
    ask(live, when="2024-01-09T14:00:00")
    told = live.outbox().flush()
    assert live.way.sent[0][0] == "xinzhen@units.example" and b"In-Reply-To" in live.way.sent[0][1]
    assert any("超过当天的发信上限" in p for p in told.problems)


@pytest.mark.shows("F17", "P7")
def test_an_ambiguous_letter_is_tried_once_more_after_a_quarter_of_an_hour_and_then_only_shown(office: Any) -> None:
    live = office("live")
    ask(live)
    live.way.refuse = SendError("ambiguous", "不知是否发出")
    live.outbox().flush()
    live.now += timedelta(minutes=14)
    assert live.outbox().flush().problems == () and states(live) == ["ambiguous"]
    live.now += timedelta(minutes=2)
    assert live.outbox().flush().problems == ("不知是否发出",)
    live.way.refuse = None
    live.now += timedelta(days=1)
    assert live.outbox().flush().sent == 0 and states(live) == ["ambiguous"]
    assert [q.action for q in live.story.house.ledger.wanting_staff(live.now - timedelta(days=2), live.now)] == ["review"]


def test_an_ambiguous_letter_that_is_taken_at_the_second_try_is_the_very_same(office: Any) -> None:
    live = office("live")
    ask(live)
    raw = live.story.house.ledger.letters_listed()[0].raw
    live.way.refuse = SendError("ambiguous", "不知是否发出")
    live.outbox().flush()
    live.way.refuse = None
    live.now += timedelta(minutes=16)
    assert live.outbox().flush().sent == 1 and states(live) == ["sent"] and live.way.sent == [("xinzhen@units.example", raw)]


@pytest.mark.shows("F18", "P7")
def test_a_letter_cut_off_by_a_crash_goes_out_once_more_and_after_a_second_crash_is_only_shown(office: Any) -> None:
    live = office("live")
    ask(live)
    ledger = live.story.house.ledger
    assert ledger.claim(ledger.waiting(live.now)[0].id)
    told = live.outbox().flush()
    assert told.sent == 1 and "不知是否发出" in told.problems[0] and states(live) == ["sent"]
    ask(live, sender="zhian")
    for _ in range(2):
        letter = ledger.waiting(live.now)[0].id
        assert ledger.claim(letter)
        ledger.interrupted(live.now)
    assert states(live) == ["sent", "ambiguous"] and live.outbox().flush().sent == 0


@pytest.mark.shows("P6")
def test_an_address_gets_five_automatic_letters_a_day_and_the_rest_the_next(office: Any) -> None:
    live = office("live")
    for minute in range(7):
        ask(live, when=f"2024-01-09T13:{minute:02}:00")
    ask(live, sender="zhian")
    assert live.outbox().flush().sent == 6 and [to for to, _ in live.way.sent].count("zhian@units.example") == 1
    live.now += timedelta(days=1)
    assert live.outbox().flush().sent == 2


def test_ambiguous_letters_count_for_their_day_only(office: Any) -> None:
    live = office("live")
    live.way.refuse = SendError("ambiguous", "不知是否发出")
    for minute in range(6):
        ask(live, when=f"2024-01-09T13:{minute:02}:00")
    live.outbox().flush()
    live.way.refuse = None
    assert states(live).count("ambiguous") == 5 and live.outbox().flush().sent == 0
    live.now += timedelta(hours=1)
    assert live.outbox().flush().sent == 0  # five of today may have arrived
    live.now += timedelta(days=1)
    assert live.outbox().flush().sent == 5 and states(live).count("sent") == 5


def test_staff_only_weeks_are_not_the_moment_it_went_live(office: Any) -> None:
    only = office("staff-only")
    ask(only)
    assert only.story.house.ledger.live_since() is None


def test_a_long_message_id_is_answered_in_its_thread(office: Any) -> None:
    live = office("live")
    long_id = "<" + "AM6PR0402MB3383" * 8 + "@eurprd04.prod.outlook.example>"
    live.story.post("xinzhen", "请教", "请问怎么填？", when="2024-01-09T13:00:00", message_id=long_id)
    live.outbox().flush()
    assert f"In-Reply-To: {long_id}\r\n".encode() in live.way.sent[0][1]


def test_a_fault_of_ours_on_one_mail_costs_only_that_mail(office: Any) -> None:
    from mailbot.app.demo import papers

    live = office("live")
    reader = live.story.intake.reader

    class Broken:
        at_once = 1

        def read_mail(self, *asked: Any) -> Any:
            message, readings = reader.read_mail(*asked)
            return message, tuple(replace(r, fault="RuntimeError: a bug") for r in readings)

    paper = papers.case_stats_xlsx(unit="新镇市场监管所", month=(2024, 1))
    story = Story(live.story.house, replace(live.story.intake, reader=Broken()))
    shown = story.post("xinzhen", files={"月报.xlsx": paper}, when="2024-01-09T13:00:00")
    assert shown["disposition"] == "review" and shown["reply"]["kind"] == "none"
    assert [r.kind for r in story.house.ledger.open_reviews(story.house.clock())] == ["our-fault"]
    ask(live, when="2024-01-09T14:00:00")
    assert states(live) == ["waiting"]


def test_a_pause_stops_the_round(office: Any) -> None:
    live = office("live")
    ask(live)
    ask(live, sender="zhian")
    live.way.refuse = SendError("pause", "发得太快", wait=1200)
    assert len(live.outbox().flush().problems) == 1 and states(live) == ["waiting", "waiting"]
    live.way.refuse = None
    live.now += timedelta(minutes=10)
    assert live.outbox().flush().sent == 0  # no letter at all before the pause is over
    live.now += timedelta(minutes=11)
    assert live.outbox().flush().sent == 2


def test_a_subject_cannot_become_a_header_of_our_letter(office: Any) -> None:
    from email import message_from_bytes, policy

    live = office("live")
    raw = (
        b"From: xinzhen@units.example\r\nTo: nmyxjg@163.com\r\nMessage-ID: <x@y>\r\nSubject: =?utf-8?B?eA0KQmNjOiBldmlsQG1haWwuZXhhbXBsZQ==?=\r\n"
        b"Date: Tue, 9 Jan 2024 13:00:00 +0800\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "请问怎么填？".encode()
    )
    live.story.take(raw)
    assert live.outbox().flush().sent == 1
    letter = message_from_bytes(live.way.sent[0][1], policy=policy.default)
    assert letter["Bcc"] is None and "evil@mail.example" in letter["Subject"]
