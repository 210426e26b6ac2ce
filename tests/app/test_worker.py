"""The worker against the embedded servers that behave like 163: real sockets, from mailbox to answer."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from stories.conftest import compose

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.app.worker import Worker
from mailbot.domain.periods import SHANGHAI

BOT, UNIT = "nmyxjg@163.com", "xinzhen@units.example"
NOW = "2024-04-01T09:00:00"


@pytest.fixture
def servers() -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOT: "pw", UNIT: "pw", "zhian@units.example": "pw"}, netease=True) as mail:
        yield mail


@pytest.fixture
def office(servers: EmbeddedMail, make_house: Callable[..., House]) -> Iterator[tuple[House, Worker]]:
    house = make_house(
        NOW, MAILBOT_IMAP_URL=f"imap://nmyxjg%40163.com@127.0.0.1:{servers.imap_port}", MAILBOT_IMAP_PASSWORD="pw",
        MAILBOT_SMTP_URL=f"smtp://nmyxjg%40163.com@127.0.0.1:{servers.smtp_port}", MAILBOT_SMTP_PASSWORD="pw", MAILBOT_SENDING="live",
    )  # fmt: skip
    house = dataclasses.replace(house, pause=lambda _: None)
    with house.intake() as intake:
        yield house, house.worker(intake, lambda done, total: None)
    house.ledger.close()


def pair(unit: str = "新镇市场监管所") -> dict[str, bytes]:
    paper = papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 28))
    return {"清单.docx": paper, "清单-章.jpg": stamped_jpeg(Page(title="清单", lines=(), seal=unit))}


def deliver(servers: EmbeddedMail, raw: bytes, when: str, folder: str = "INBOX") -> None:
    servers.deliver(BOT, raw, when=datetime.fromisoformat(when).replace(tzinfo=SHANGHAI), folder=folder)


def test_a_mail_becomes_a_receipt_in_the_units_mailbox(servers: EmbeddedMail, office: tuple[House, Worker]) -> None:
    house, worker = office
    deliver(servers, compose(UNIT, files=pair(), when="2024-04-01T09:30:00", message_id="<mine@units.example>"), "2024-04-01T09:30:00")
    done = worker.once()
    assert len(done.taken) == 1 and done.flushed.sent == 1 and not done.problems
    (letter,) = servers.mails(UNIT)
    assert b"In-Reply-To: <mine@units.example>" in letter and b"Auto-Submitted: auto-replied" in letter
    again = worker.once()
    assert again.taken == () and again.flushed.sent == 0 and len(servers.mails(UNIT)) == 1
    assert house.ledger.all_filings()[0].received_at == datetime(2024, 4, 1, 9, 30, tzinfo=SHANGHAI)


@pytest.mark.shows("P1")
def test_the_mailbox_is_left_as_it_was(servers: EmbeddedMail, office: tuple[House, Worker]) -> None:
    from mailbot.adapters.imap import ImapMailbox

    house, worker = office
    raw = compose(UNIT, "请教", "请问怎么填？", when="2024-04-01T09:30:00")
    deliver(servers, raw, "2024-04-01T09:30:00")
    worker.once()
    with ImapMailbox(house.imap_server()) as box:
        assert box.count("INBOX") == 1
    assert servers.mails(BOT)[0].replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")


def test_reports_in_the_junk_folder_are_found(servers: EmbeddedMail, office: tuple[House, Worker]) -> None:
    deliver(servers, compose(UNIT, files=pair(), when="2024-04-01T09:30:00"), "2024-04-01T09:30:00", "垃圾邮件")
    assert [t.disposition for t in office[1].once().taken] == ["submission"]


@pytest.mark.shows("P10")
def test_one_hostile_mail_costs_only_itself(servers: EmbeddedMail, office: tuple[House, Worker]) -> None:
    deliver(servers, compose(UNIT, "请教一", "请问怎么填？", when="2024-04-01T09:10:00"), "2024-04-01T09:10:00")
    deliver(servers, b"From: a@b\r\nSubject: " + b"=?utf-8?B?QQ==?= " * 20_000 + b"\r\n\r\nx", "2024-04-01T09:20:00")
    deliver(servers, b"\x00\xff not a mail at all", "2024-04-01T09:25:00")
    deliver(servers, compose(UNIT, "请教二", "请问怎么填？", when="2024-04-01T09:30:00"), "2024-04-01T09:30:00")
    done = office[1].once()
    assert len(done.taken) == 4 and len(servers.mails(UNIT)) == 2
    assert [t.reply for t in done.taken] == ["inquiry", "none", "none", "inquiry"]


def test_a_mailbox_that_refuses_does_not_keep_letters_from_going_out(
    servers: EmbeddedMail, office: tuple[House, Worker], make_house: Callable[..., House], tmp_path: Path
) -> None:
    house, worker = office
    deliver(servers, compose(UNIT, "请教", "请问怎么填？", when="2024-04-01T09:30:00"), "2024-04-01T09:30:00")
    servers.answer_next("451 MI:SFQ too many")
    first = worker.once()
    assert first.flushed.sent == 0 and first.problems
    broken = dataclasses.replace(house, environment={**house.environment, "MAILBOT_IMAP_PASSWORD": "wrong"}, clock=lambda: house.clock().replace(day=2))
    with broken.intake() as intake:
        done = broken.worker(intake, lambda a, b: None).once()
    assert done.temporary and "授权码" in done.problems[0] and done.flushed.sent == 1
    assert len(servers.mails(UNIT)) == 1
    broken.ledger.close()


@pytest.mark.shows("F06")
def test_a_rebuilt_mailbox_with_the_same_uids_hides_no_mail(servers: EmbeddedMail, office: tuple[House, Worker]) -> None:
    house, worker = office
    deliver(servers, compose(UNIT, "请教一", "请问怎么填？", when="2024-04-01T09:10:00"), "2024-04-01T09:10:00")
    assert len(worker.once().taken) == 1
    with house.ledger.engine.begin() as connection:  # as if another mail had lain at this UID (163 always says UIDVALIDITY 1)
        connection.exec_driver_sql("UPDATE sightings SET size = size + 1")
    assert [t.disposition for t in worker.once().taken] == ["duplicate"]
    assert len(servers.mails(UNIT)) == 1 and worker.once().taken == ()


@pytest.mark.shows("F11")
def test_failed_rounds_are_repeated_less_and_less_often_and_after_half_an_hour_at_the_latest() -> None:
    from mailbot.app.worker import Patience

    now = [0.0]
    patience, ran = Patience(lambda: now[0]), []
    for minute in range(0, 200, 5):
        now[0] = minute * 60.0
        if patience.due():
            ran.append(minute)
            patience.note(failed=minute <= 110)
    assert ran == [0, 5, 20, 50, 80, 110, *range(140, 200, 5)]


def test_two_workers_are_one(tmp_path: Path) -> None:
    from mailbot.adapters.file_lock import one_worker

    with one_worker(tmp_path) as first, one_worker(tmp_path) as second:
        assert first and not second
    with one_worker(tmp_path) as third:
        assert third


def test_the_command_runs_one_round_and_tells_by_its_exit_status(servers: EmbeddedMail, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    environment: dict[str, Any] = {
        **os.environ, "MAILBOT_IMAP_URL": f"imap://nmyxjg%40163.com@127.0.0.1:{servers.imap_port}", "MAILBOT_IMAP_PASSWORD": "pw",
        "MAILBOT_SMTP_URL": f"smtp://nmyxjg%40163.com@127.0.0.1:{servers.smtp_port}", "MAILBOT_SMTP_PASSWORD": "pw", "MAILBOT_SENDING": "live",
    }  # fmt: skip
    command = [sys.executable, "-m", "mailbot", "--home", str(tmp_path / "h"), "--now", NOW, "run", "--once"]
    deliver(servers, compose(UNIT, files=pair(), when="2024-04-01T09:30:00"), "2024-04-01T09:30:00")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "收 1 封" in done.stderr and len(servers.mails(UNIT)) == 1
    wrong = subprocess.run(command, env={**environment, "MAILBOT_IMAP_PASSWORD": "no"}, capture_output=True, text=True, timeout=120)
    assert wrong.returncode == 3 and "授权码" in wrong.stderr


def test_several_mailboxes_are_read_and_one_that_is_out_of_reach_keeps_none_from_it(
    servers: EmbeddedMail, make_house: Callable[..., House], tmp_path: Path
) -> None:
    """The answer goes out by the one sender, and what one mailbox gave is never asked of another."""
    second = EmbeddedMail({"second@bureau.example": "two"})
    shutil.copytree(bundled("config"), tmp_path / "config")
    settings = tmp_path / "config" / "mailbot.yaml"
    with second:
        settings.write_text(settings.read_text(encoding="utf-8").replace("sender:\n", f"""other_mailboxes:
  - {{address: gone@bureau.example, host: 127.0.0.1, port: 1, user: gone@bureau.example, security: plain, password_from: GONE}}
  - {{address: second@bureau.example, host: 127.0.0.1, port: {second.imap_port}, user: second@bureau.example, security: plain, password_from: SECOND}}

sender:
""", 1), encoding="utf-8")  # fmt: skip
        house = make_house(
            NOW, MAILBOT_IMAP_URL=f"imap://nmyxjg%40163.com@127.0.0.1:{servers.imap_port}", MAILBOT_IMAP_PASSWORD="pw",
            MAILBOT_SMTP_URL=f"smtp://nmyxjg%40163.com@127.0.0.1:{servers.smtp_port}", MAILBOT_SMTP_PASSWORD="pw", MAILBOT_SENDING="live", SECOND="two",
        )  # fmt: skip
        house = dataclasses.replace(house, config=tmp_path / "config", pause=lambda _: None)
        moment = datetime(2024, 4, 1, 9, 30, tzinfo=SHANGHAI)
        second.deliver("second@bureau.example", compose(UNIT, files=pair(), when="2024-04-01T09:30:00", message_id="<one@units.example>"), when=moment)
        theirs = compose("zhian@units.example", files=pair("治安市场监管所"), when="2024-04-01T09:30:00", message_id="<two@units.example>")
        deliver(servers, theirs, "2024-04-01T09:30:00")
        with house.intake() as intake:
            worker = house.worker(intake, lambda done, total: None)
            done = worker.once()
            assert sorted(noted.message_id for noted in done.taken) == ["<one@units.example>", "<two@units.example>"]
            assert done.flushed.sent == 2 and len(servers.mails(UNIT)) == len(servers.mails("zhian@units.example")) == 1
            assert [p.split("：")[0] for p in done.problems] == ["gone@bureau.example"] and done.temporary
            assert not done.stuck  # the others are read at their time, the one that is gone less often
            assert [line for line in house.digesting().build().unwell if "信箱" in line] == [
                "信箱 gone@bureau.example 还没有取过信，别的信箱照常。请用 mailbot doctor 检查。"
            ]
            ticks = [0.0]
            worker = dataclasses.replace(worker, hurry=False, ticking=lambda: ticks[0], patience={})  # as one that goes on for ever
            assert worker.once().problems != ()
            again = worker.once()
            assert again.taken == () and again.problems == ()
            ticks[0] = 300.0
            assert worker.once().problems != ()  # the one that is gone has its turn again
    house.ledger.close()


def test_without_an_authorisation_code_nobody_logs_in_and_the_variable_is_named(make_house: Callable[..., House]) -> None:
    house = make_house(NOW, MAILBOT_IMAP_URL="imap://nmyxjg%40163.com@127.0.0.1:1", MAILBOT_IMAP_PASSWORD="")
    with house.intake() as intake:
        (problem,) = house.worker(intake, lambda done, total: None).once().problems
    assert problem == "没有 nmyxjg@163.com 的授权码。请写进环境变量 MAILBOT_IMAP_PASSWORD，或者数据文件夹里的 secrets.env。"
    house.ledger.close()
