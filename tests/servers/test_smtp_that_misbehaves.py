"""F15–F20 of reliability.md over real sockets, from the outbox to the server: what is refused for now waits, what is refused for good is
told and not tried blindly, what may have gone out goes out once more at most, and reading goes on whatever sending does.
Postfix says the same in test_postfix_refuses.py."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from outbox.conftest import UNIT, Bureau, bureau
from outbox.test_manners import put

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.app.outbox import Flushed, Outbox
from mailbot.app.sending import Sending
from mailbot.domain.errors import SendError
from mailbot.domain.servers import Server
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.office import mail
from tests.servers.real import until
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import STAGES, ScriptedSmtp

__all__ = ["bureau"]
BOT = "nmyxjg@163.com"
OTHER = "zhian@units.example"
Make = Callable[..., Bureau]


@dataclass
class Way:
    """An office, and a server of the test's own as its way out."""

    office: Bureau
    smtp: ScriptedSmtp
    port: int

    def outbox(self, **settings: Any) -> Outbox:
        server = Server("127.0.0.1", self.port, BOT, "secret", "plain", None, 3.0)

        @contextmanager
        def connect() -> Iterator[SmtpSender]:
            with SmtpSender(server, BOT, answer_timeout=3.0) as sender:
                yield sender

        return replace(self.office.outbox(**settings), connect=connect)

    def flush(self) -> Flushed:
        return self.outbox().flush(hurry=True)

    def unwell(self) -> tuple[str, ...]:
        return tuple(self.office.house.digesting().build().unwell)

    def put(self, kind: str, to: str, number: int, unit: str | None = "xinzhen") -> None:
        put(self.office.house.ledger, kind, to, number, self.office, unit)


@pytest.fixture
def way(bureau: Make) -> Iterator[Way]:
    smtp = ScriptedSmtp()
    with smtp.serve() as server:
        yield Way(bureau("2024-04-01T09:00:00"), smtp, server.port)


_FOR_NOW = {"CONNECT": b"421 too busy", "EHLO": b"421 closing", "AUTH": b"454 try later", "MAIL": b"451 local error", "RCPT": b"450 greylisted",
            "DATA": b"451 no room", "DOT": b"452 4.3.1 disk full"}  # fmt: skip


@pytest.mark.shows("F15")
@pytest.mark.parametrize("stage", STAGES)
def test_a_no_for_now_at_any_stage_lets_the_letter_wait_and_it_goes_out_later_once(way: Way, stage: str) -> None:
    way.put("receipt", UNIT, 1)
    way.smtp.said[stage] = _FOR_NOW[stage]
    told = way.flush()
    assert told.sent == 0 and told.waiting == 1 and len(told.problems) == 1 and way.office.states() == ["waiting"]
    assert way.flush().sent == 0 and way.smtp.tried["CONNECT"] == 1, "not before its time"
    way.smtp.said.clear()
    way.office.later(minutes=16)
    assert way.flush().sent == 1 and way.office.states() == ["sent"] and len(way.smtp.taken) == 1


@pytest.mark.shows("F15")
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "AUTH"])
def test_a_no_for_now_before_any_letter_was_named_is_not_asked_for_again_by_each_letter(way: Way, stage: str) -> None:
    for number in range(5):
        way.put("receipt", f"unit{number}@units.example", number)
    way.smtp.said[stage] = _FOR_NOW[stage]
    told = way.flush()
    assert told.unreachable and told.waiting == 5 and way.smtp.tried["CONNECT"] == 1


@pytest.mark.shows("F15")
@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "RCPT", "DATA", "DOT"])
def test_too_many_in_a_quarter_of_an_hour_pauses_all_letters(way: Way, stage: str) -> None:
    way.put("receipt", UNIT, 1)
    way.put("receipt", OTHER, 2)
    way.smtp.said[stage] = b"451 MI:SFQ 163 smtp"
    told = way.flush()
    assert told.unreachable and told.waiting == 2 and way.smtp.tried["CONNECT"] == 1, "the second letter was not even tried"
    way.smtp.said.clear()
    assert way.office.later(minutes=19) and way.flush().sent == 0
    assert way.office.later(minutes=2) and way.flush().sent == 2


@pytest.mark.shows("F16")
@pytest.mark.parametrize(("stage", "said", "action"), [
    ("RCPT", b"550 5.1.1 no such user", "bad-address"), ("RCPT", b"571 whatever", "alert"), ("DATA", b"554 transaction failed", "alert"),
    ("DOT", b"554 DT:SPM spam", "alert"), ("DOT", b"552 Illegal Attachment", "fix-content"), ("DOT", b"500 what", "alert"),
])  # fmt: skip
def test_a_no_for_good_to_a_letter_is_never_tried_again_and_staff_hear_of_it(way: Way, stage: str, said: bytes, action: str) -> None:
    way.put("receipt", UNIT, 1)
    way.put("receipt", OTHER, 2)
    once = iter([said])
    way.smtp.said[stage] = lambda: next(once, {"RCPT": b"250 ok", "DATA": b"354 go", "DOT": b"250 taken"}[stage])
    told = way.flush()
    assert told.sent == 1 and told.problems and not told.unreachable, "the other letter goes out all the same"
    refused, other = way.office.listed()
    assert (refused.state, refused.action, other.state) == ("failed", action, "sent")
    assert any(line.startswith("信失败：xi***@units.example") for line in way.unwell()), way.unwell()
    for _ in range(8):
        way.office.later(hours=7)
        assert way.flush().sent == 0
    assert len(way.smtp.taken) == 1
    bad = [b.address for b in way.office.house.ledger.bad_addresses()]
    assert bad == ([UNIT] if action == "bad-address" else [])


@pytest.mark.shows("F16")
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL"])
@pytest.mark.parametrize("said", [b"554 no service for you", b"550 User suspended", b"550 5.7.1 spam source"])
def test_a_no_for_good_to_us_costs_no_letter_and_blames_no_address(way: Way, stage: str, said: bytes) -> None:
    way.put("receipt", UNIT, 1)
    way.put("receipt", OTHER, 2)
    way.smtp.said |= {stage: said, "HELO": said}
    told = way.flush()
    assert told.unreachable and told.problems and way.office.states() == ["waiting", "waiting"] and way.smtp.tried["CONNECT"] == 1
    assert way.office.house.ledger.bad_addresses() == ()
    assert way.office.later(minutes=59) and way.flush().sent == 0 and way.smtp.tried["CONNECT"] == 1, "not tried blindly"
    way.smtp.said.clear()
    assert way.office.later(minutes=2) and way.flush().sent == 2


@pytest.mark.shows("F16", "P3")
def test_a_refused_receipt_leaves_the_submission_as_it_was(way: Way) -> None:
    from outbox.conftest import risk_list

    way.office.post("xinzhen", {"清单.docx": risk_list()})
    before = way.office.house.ledger.all_filings()
    way.smtp.said["RCPT"] = b"550 5.1.1 no such user"
    assert way.flush().problems and way.office.states() == ["failed"]
    assert way.office.house.ledger.all_filings() == before != ()


@pytest.mark.shows("F17", "P7")
@pytest.mark.parametrize("second", ["taken", "lost again"])
def test_a_letter_whose_yes_was_lost_goes_out_once_more_the_very_same_and_never_again(way: Way, second: str) -> None:
    """The server stores the mail and hangs up before its 250."""
    way.put("receipt", UNIT, 1)
    way.smtp.said["DOT"] = lambda: None
    assert way.flush().sent == 0 and way.office.states() == ["ambiguous"]
    assert way.office.later(minutes=14) and way.flush().sent == 0 and len(way.smtp.offered) == 1
    if second == "taken":
        way.smtp.said.clear()
    way.office.later(minutes=20)
    way.flush()
    assert len(way.smtp.offered) == 2 and way.smtp.offered[0] == way.smtp.offered[1], "byte for byte, so the Message-ID too"
    assert way.office.states() == (["sent"] if second == "taken" else ["ambiguous"])
    assert any(line.startswith("信") for line in way.unwell()) == (second == "lost again"), "staff look for it"
    for _ in range(6):
        way.office.later(hours=9)
        way.flush()
    assert len(way.smtp.offered) == 2


@pytest.mark.shows("F18", "P7")
def test_a_crash_between_the_servers_yes_and_our_mark_doubles_one_letter_at_most(way: Way, tmp_path: Any) -> None:
    """The server answers 250 and kills the sender (a process of its own) with -9 in the same moment."""
    import os
    import signal
    import subprocess
    import sys

    way.put("receipt", UNIT, 1)
    way.put("receipt", OTHER, 2)
    home = way.office.house.home
    environment = {**os.environ, "MAILBOT_SMTP_URL": f"smtp://nmyxjg%40163.com@127.0.0.1:{way.port}", "MAILBOT_SMTP_PASSWORD": "x", "MAILBOT_SENDING": "live"}
    command = [sys.executable, "-m", "mailbot", "--home", str(home), "--now", "2024-04-01T09:05:00", "outbox", "--send"]
    running: list[subprocess.Popen[bytes]] = []
    kills = iter([True])

    def dot() -> bytes:
        if next(kills, False):
            running[0].send_signal(signal.SIGKILL)
            running[0].wait(10)
        return b"250 taken"

    way.smtp.said["DOT"] = dot
    running.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    assert running[0].wait(60) == -signal.SIGKILL and until(lambda: len(way.smtp.taken) == 1)
    told = way.flush()
    assert any("不知是否发出" in line for line in told.problems), "it is told"
    again = [raw for raw in way.smtp.taken if raw == way.smtp.taken[0]]
    assert len(way.smtp.taken) == 3 and way.office.states() == ["sent", "sent"] and len(again) >= 2
    for _ in range(4):
        way.office.later(hours=9)
        assert way.flush().sent == 0


@pytest.mark.shows("F19")
def test_a_server_that_takes_ten_minutes_over_the_dot_keeps_no_mail_from_being_read(way: Way) -> None:
    """Minutes are tenths of seconds here: a round waits 0.3 s for its letters, the server answers when the test says so."""
    release = threading.Event()
    way.put("receipt", UNIT, 1)
    way.smtp.said["DOT"] = lambda: b"250 taken" if release.wait(2.5) else b"250 taken late"
    box = ScriptedMailbox()
    with box.serve() as imap:
        server = Server("127.0.0.1", imap.port, BOT, "secret", "plain", None, 3.0)
        worker = replace(
            way.office.house.worker(way.office.intake, lambda done, total: None, scheduled=True), daily=tuple, outbox=way.outbox(), sending=Sending(0.3),
            open_mailbox=lambda found: ImapMailbox(server, found.address),
        )  # fmt: skip
        for number in range(1, 4):
            box.put(number, mail(f"mail {number}"))
            done = worker.once()
            assert [noted.subject for noted in done.taken] == [f"mail {number}"] and done.flushed.sent == 0 and not done.problems
        assert way.office.states() == ["sending"], "it is not taken for one that a crash cut off"
        assert len(way.smtp.offered) == 1
        release.set()
        worker.sending.rest()
        last = worker.once()
        assert last.flushed.sent == 1 and way.office.states() == ["sent"] and len(way.smtp.taken) == 1


@pytest.mark.shows("F19")
def test_the_answer_to_the_dot_is_waited_for_as_long_as_the_standard_says_and_no_command_else(way: Way) -> None:
    assert SmtpSender(Server("127.0.0.1", way.port, BOT, "x", "plain"), BOT)._answer_timeout == 600, "RFC 5321 4.5.3.2.6"
    server = Server("127.0.0.1", way.port, BOT, "secret", "plain", None, 0.3)
    way.smtp.said["DOT"] = lambda: time.sleep(0.8) or b"250 taken"  # type: ignore[func-returns-value]
    with SmtpSender(server, BOT, answer_timeout=5.0) as sender:
        sender.send(b"Subject: x\r\n\r\nx\r\n", UNIT)
        way.smtp.said["MAIL"] = lambda: time.sleep(0.8) or b"250 ok"  # type: ignore[func-returns-value]
        with pytest.raises(SendError) as caught:
            sender.send(b"Subject: x\r\n\r\nx\r\n", UNIT)
    assert caught.value.kind == "temporary" and len(way.smtp.taken) == 1


@pytest.mark.shows("F20", "P6")
def test_after_two_days_without_a_way_out_letters_go_in_order_within_the_caps_and_stale_reminders_not_at_all(way: Way) -> None:
    """A round every quarter of an hour for 48 hours; then the server is back. Nine letters wait for one unit, of which five a day may go."""
    with FaultProxy(way.port, Faults(refuse=True)) as proxy:
        down = Way(way.office, way.smtp, proxy.port)
        wanted = way.office.house.outbox().still_wanted

        def flush() -> Flushed:
            return replace(down.outbox(), still_wanted=wanted).flush()

        way.put("reminder", OTHER, 50, "zhian")
        way.put("held", "stranger@else.example", 60, None)
        for number in range(9):
            way.put("receipt", UNIT, number)
        for _ in range(4 * 48):
            assert flush().sent == 0
            way.office.later(minutes=15)
        assert set(way.office.states()) == {"waiting"} and way.smtp.taken == []
        tries = proxy.connections
        assert tries <= 2 * 48, "ever less often"
        proxy.faults = Faults()
        way.office.at("2024-04-03T12:00:00")
        flush()
        flush()
        assert way.smtp.recipients == [*[UNIT] * 5, "stranger@else.example"], "answers first, in their order; five to one address"
        by_kind = [(letter.kind, letter.state) for letter in way.office.listed()]
        assert ("reminder", "dropped") in by_kind, "a reminder of two days ago is dropped, not sent late"
        way.office.at("2024-04-04T08:00:00")
        flush()
        assert way.smtp.recipients[6:] == [UNIT] * 4
        assert [letter.subject for letter in sorted((x for x in way.office.listed() if x.kind == "receipt"), key=lambda x: (x.sent_at, x.id))] == [
            f"receipt {number}" for number in range(9)
        ]
        assert timedelta(hours=48) <= way.office.now - way.office.listed()[0].created_at
