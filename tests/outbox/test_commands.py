"""`mailbot outbox` as people type it; what doctor says of sending; the worker that goes on for ever."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from outbox.conftest import UNIT, Bureau, risk_list, scan
from outbox.test_manners import put
from stories.conftest import compose

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.cli import main
from mailbot.app.doctor import examine

Make = Callable[..., Bureau]
Run = Callable[..., tuple[int, str, str]]
BOT = "nmyxjg@163.com"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    def started(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mailbot", "--home", str(tmp_path / "home"), "--now", "2024-03-28T12:00:00", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return started


@pytest.fixture
def server() -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOT: "pw", UNIT: "pw"}, netease=True) as mail:
        yield mail


def wired(server: EmbeddedMail) -> dict[str, str]:
    user = "nmyxjg%40163.com@127.0.0.1"
    return {"MAILBOT_IMAP_URL": f"imap://{user}:{server.imap_port}", "MAILBOT_SMTP_URL": f"smtp://{user}:{server.smtp_port}",
            "MAILBOT_IMAP_PASSWORD": "pw", "MAILBOT_SMTP_PASSWORD": "pw"}  # fmt: skip


def test_a_pause_is_told_wherever_one_looks_until_it_is_lifted(bureau: Make, run: Run) -> None:
    bureau()
    status, _, said = run("outbox", "--pause", "数字不对")
    assert status == 0 and said.count("发信已暂停") == 1 and "数字不对" in said
    status, shown, said = run("outbox", "--json")
    assert status == 1 and "数字不对" in json.loads(shown)["stopped"] and "数字不对" in said
    status, shown, said = run("outbox", "--resume", "--json")
    assert (status, json.loads(shown)["stopped"]) == (0, None) and "已恢复发信" in said


def test_pausing_and_resuming_at_once_is_refused(bureau: Make, run: Run) -> None:
    bureau()
    assert run("outbox", "--pause", "x", "--resume")[0] == 2


def test_resuming_does_not_take_a_stop_file_away(bureau: Make, run: Run) -> None:
    office = bureau()
    (office.house.home / "STOP.txt").write_text("", encoding="utf-8")
    status, _, said = run("outbox", "--resume")
    assert status == 1 and "删去数据文件夹里的 STOP 文件" in said


def test_the_list_says_which_letter_tells_what_was_joined(bureau: Make, run: Run) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("xinzhen", {"章.jpg": scan()}, "扫描件")
    office.flush(hurry=True)
    letters = json.loads(run("outbox", "--json")[1])["letters"]
    assert [(x["state"], x["joined_into"], x["unit"]) for x in letters] == [("joined", 3, "xinzhen"), ("joined", 3, "xinzhen"), ("sent", None, "xinzhen")]
    assert {"id", "state", "kind", "to", "subject", "created_at", "sent_at", "attempts", "problem"} <= letters[0].keys()
    assert "见第 3 号" in run("outbox")[1]


def test_send_sends_what_waits_in_its_window(bureau: Make, run: Run, server: EmbeddedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    for name, value in {**wired(server), "MAILBOT_SENDING": "live"}.items():
        monkeypatch.setenv(name, value)
    status, _, said = run("outbox", "--send")
    assert status == 0 and "发出 1 封，还有 0 封等待" in said and len(server.mails(UNIT)) == 1


def test_a_long_running_worker_lets_mails_of_one_unit_come_together(bureau: Make, server: EmbeddedMail) -> None:
    office = bureau(**wired(server))
    worker = office.house.worker(office.intake, lambda done, total: None, scheduled=True)
    worker = replace(worker, daily=tuple)
    server.deliver(BOT, compose(UNIT, files={"清单.docx": risk_list()}, when="2024-03-28T09:00:00"), when=office.now)
    assert worker.once().flushed.sent == 0
    server.deliver(BOT, compose(UNIT, "扫描件", files={"章.jpg": scan()}, when="2024-03-28T09:05:00"), when=office.later(minutes=5).now)
    assert worker.once().flushed.sent == 0 and office.later(minutes=10, seconds=1) and worker.once().flushed.sent == 1
    assert len(server.mails(UNIT)) == 1 and office.states() == ["joined", "joined", "sent"]


def test_a_long_running_worker_comes_back_to_the_mailbox_before_all_is_sent(bureau: Make, server: EmbeddedMail) -> None:
    office = bureau(**wired(server))
    for n in range(25):
        put(office.house.ledger, "digest", "office@bureau.example", n, office)
    worker = office.house.worker(office.intake, lambda done, total: None, scheduled=True)
    begun = office.now
    replace(worker, daily=tuple, outbox=office.outbox()).once()
    assert office.now - begun < timedelta(minutes=3, seconds=15) and 15 <= len(office.sent) < 25


def test_doctor_tells_of_the_kill_switch_and_of_a_sent_folder_that_is_not_there(bureau: Make, server: EmbeddedMail) -> None:
    office = bureau(**wired(server))
    assert "停发开关" not in {check.name for check in examine(office.house)}
    (office.house.home / "STOP").touch()
    settings = office.house.rules.settings
    for folder, ok in (("已发送", True), ("寄出", False)):
        rules = replace(office.house.rules, settings=replace(settings, sender=replace(settings.sender, sent_folder=folder)))
        house = replace(office.house)
        object.__setattr__(house, "rules", rules)
        checks = {check.name: check for check in examine(house)}
        assert checks["已发送文件夹"].ok is ok and not checks["停发开关"].ok
    assert "已发送" in checks["已发送文件夹"].mend
