"""What reviewers found in daily operation: stopping, alarms with broken rules, who may read the data, what commands say."""

import ast
import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from mailbot.app import cli, forever
from mailbot.app.doctor import examine
from mailbot.app.outbox import Flushed
from mailbot.domain import alarms, diagnosing, errors, providers
from mailbot.domain.masking import masked_text
from tests.operations.conftest import SECRET, Office

STOPPED = """
import signal, sys, threading, time
from concurrent.futures import Future
from mailbot.app import worker
signal.signal(signal.SIGINT, signal.default_int_handler)
worker._LEAVING = float(sys.argv[1])
rounds = 0

def once():
    global rounds
    rounds += 1
    if rounds > 1:
        print("begun", flush=True)
        time.sleep(2)
        print("done", flush=True)
    return worker.Round()

try:
    worker.repeat(once, 0.001, lambda _: None)
except KeyboardInterrupt:
    print("left", flush=True)
"""


@pytest.mark.shows("P12")
@pytest.mark.parametrize(("patience", "said", "status"), [("30", ["done", "left"], 0), ("0.2", [], 130)])
def test_whoever_is_told_to_stop_lets_the_round_end_or_ends_with_it(patience: str, said: list[str], status: int) -> None:
    """Never does the lock go while a round works on."""
    process = subprocess.Popen([sys.executable, "-c", STOPPED, patience], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=30)
    assert (shown.split(), process.returncode) == (said, status)


@pytest.mark.shows("P12")
def test_the_service_is_ended_as_by_hand(office: Office, until: Callable[..., Any]) -> None:
    office.home.mkdir()
    worker = office.start("run")
    until(lambda: (office.home / "heartbeat.json").exists())
    worker.send_signal(signal.SIGTERM)
    _, aside = worker.communicate(timeout=60)
    assert worker.returncode in (0, 1) and "已停止" in aside, aside


def test_no_sentence_of_ours_is_taken_for_a_password() -> None:
    """All Chinese texts in the modules that say what is wrong."""
    for module in (errors, diagnosing, providers, alarms):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[\u4e00-\u9fff]", node.value):
                said = re.sub(r"\S+@\S+", "", node.value)  # an address is masked wherever it stands
                assert masked_text(said) == said


@pytest.mark.parametrize("said", ["密码是abcd1234", "授权码不是abcd1234", "密码为“abcd1234”", "授权码是网abcd1234"])
def test_a_password_behind_its_word_is_masked(said: str) -> None:
    assert "abcd" not in masked_text(said)


def test_what_nobody_caught_is_no_success_with_a_remark(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """1 would mean: done, and somebody must look."""

    def broken(**_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", broken)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3 and capsys.readouterr().err


def test_a_backup_that_failed_takes_no_older_one_with_it(tmp_path: Path) -> None:
    """Python itself ends with 1 where it cannot even begin."""
    unit = Path(__file__).parents[2] / "docs" / "deploy" / "mailbot-backup.service"
    line = next(line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStartPost="))
    words = [word.replace("/srv/mailbot-backup", str(tmp_path)).replace("%%", "%") for word in shlex.split(line.partition("=")[2])]
    old = tmp_path / "mailbot-20240101-0230.zip"
    old.touch()
    os.utime(old, (1, 1))
    subprocess.run(words, check=True)
    assert old.exists()
    (tmp_path / "mailbot-20240401-0230.zip").touch()
    subprocess.run(words, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mailbot-20240401-0230.zip"]


@pytest.mark.shows("P15")
@pytest.mark.parametrize("broken", ["a: [\n", "\t: x\n", "office: 1\nnix: 2\n", ""])
def test_broken_rules_are_told_to_whom_the_last_good_ones_name(office: Office, broken: str) -> None:
    office.home.mkdir()
    office.with_alarm()
    office.run("watch")
    before = len(office.alarms())
    assert SECRET not in (office.home / "mailbot.last.yaml").read_text(encoding="utf-8")
    (office.config / "mailbot.yaml").write_text(broken, encoding="utf-8")
    status, _, aside = office.run("watch")
    assert status == 1 and "规则文件有误" in aside and "mailbot config check" in aside, aside
    assert [one for one in office.alarms()[before:] if "规则文件有误" in one], "the last good mailbot.yaml names who is to hear it"


@pytest.mark.shows("P15")
def test_nobody_is_taken_for_told_while_it_is_not_known_whom_to_tell(office: Office) -> None:
    office.home.mkdir()
    good = (office.config / "mailbot.yaml").read_text(encoding="utf-8")
    (office.config / "mailbot.yaml").write_text("a: [\n", encoding="utf-8")
    status, shown, aside = office.run("watch")
    assert status == 1 and "没有写警报送给谁" not in shown + aside and "读不到 alarm" in aside
    assert all(raised["told"] is None for raised in json.loads((office.home / "alarms.json").read_text())["standing"])
    status, shown, aside = office.run("watch", "--try")
    assert status == 1 and "规则有误，读不到 alarm：先运行 mailbot config check" in shown
    (office.config / "mailbot.yaml").write_text(good, encoding="utf-8")


def test_the_digest_says_when_the_last_backup_was(office: Office, tmp_path: Path) -> None:
    house = office.house("2024-04-01T09:00:00")
    assert not any("备份" in line for line in (*house.digesting().build().well, *house.digesting().build().unwell)), "nobody ever made one"
    house.backing_up().write(tmp_path / "b.zip", lambda *_: None)
    house.close()
    for now, good in (("2024-04-09T08:00:00", True), ("2024-04-09T10:00:00", False)):
        house = office.house(now)
        told = house.digesting().build()
        assert any("最近一次备份" in line for line in (told.well if good else told.unwell)), now
        assert not any("最近一次备份" in line for line in (told.unwell if good else told.well)), now
        house.close()


def test_an_order_about_the_outbox_is_answered_by_itself(office: Office) -> None:
    office.home.mkdir()
    status, shown, aside = office.run("outbox", "--pause", "数字不对")
    assert (status, shown) == (0, "") and aside.count("发信已暂停") == 1, aside
    status, shown, aside = office.run("outbox")
    assert status == 1 and "发件箱" in shown and "发信已暂停" in aside
    assert office.run("outbox", "--resume")[:2] == (0, "")
    assert office.run("outbox", "--release", "7")[:2] == (1, ""), "there is no such letter"
    assert office.run("outbox", "--release", "1", "--drop", "2")[0] == 2


def test_doctor_says_whether_the_worker_runs_and_who_else_may_look(office: Office) -> None:
    def said(now: str) -> dict[str, Any]:
        house = office.house(now)
        try:
            return {check.name: check for check in examine(house)}
        finally:
            house.close()

    office.home.mkdir(mode=0o755)
    office.home.chmod(0o755)
    found = said("2024-04-01T09:00:00")
    assert found["收信程序"].ok and "还没有运行过" in found["收信程序"].sentence and "chmod 700" in found["数据文件夹"].sentence
    office.home.chmod(0o700)
    house = office.house("2024-04-01T09:00:00")
    house.vitals().leave()
    house.close()
    found = said("2024-04-01T09:05:00")
    assert found["收信程序"].ok and "在运行" in found["收信程序"].sentence and "chmod" not in found["数据文件夹"].sentence
    found = said("2024-04-01T12:05:00")
    assert not found["收信程序"].ok and "没有在运行" in found["收信程序"].sentence


def test_doctor_asks_whether_the_ledger_is_sound(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsound() -> None:
        raise errors.MailbotError("台账不对。")

    house = office.house("2024-04-01T09:00:00")
    monkeypatch.setattr(house.ledger, "must_be_sound", unsound)
    (check,) = (check for check in examine(house) if check.name == "台账")
    assert not check.ok and "台账不对" in check.sentence
    house.close()


def test_the_audit_reads_as_chinese(office: Office) -> None:
    office.deliver(1)
    office.run("run", "--once")
    _, shown, _ = office.run("audit")
    assert "{" not in shown and '"' not in shown and "判为登记" in shown and "信 1：补正通知" in shown, shown
    assert json.loads(office.run("audit", "--json")[1].splitlines()[0])["after"].startswith("{")
    status, _, aside = office.run("audit", "--since", "昨天")
    assert status == 2 and "--since" in aside and "--now" not in aside


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_what_we_write_is_for_us_alone(office: Office) -> None:
    office.deliver(1)
    before = os.umask(0o022)
    try:
        office.run("run", "--once")
    finally:
        os.umask(before)
    assert [path for path in (office.home, *office.home.rglob("*")) if path.stat().st_mode & 0o077] == []


@pytest.mark.shows("P12")
def test_whoever_is_told_to_stop_waits_for_the_letter_that_is_being_sent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cut off from the round that began it: the server takes its time."""
    order, over = list[str](), threading.Event()

    def sending() -> Flushed:
        over.wait(10)
        order.append("sent")
        return Flushed()

    def stopped(rounds: Any, *_: Any) -> None:
        worker = rounds.__self__
        worker.sending.patience = 0
        assert worker.sending.flush(sending) is None and worker.sending.rest(0) is False
        threading.Timer(0.3, over.set).start()
        raise KeyboardInterrupt

    monkeypatch.setattr(forever, "repeat", stopped)
    office.home.mkdir()
    with pytest.raises(KeyboardInterrupt):
        forever.for_ever(office.house(), lambda: None, forever.Screen(print, print, print, lambda: nullcontext(lambda *_: None)))
    assert order == ["sent"]
