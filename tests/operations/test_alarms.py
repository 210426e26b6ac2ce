"""Visible failure (P15): which facts are alarms, when they are told, and by real letters through another provider's server."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.app import forever, watching, wiring
from mailbot.app.vitals import read_beat
from mailbot.app.wiring import House
from mailbot.app.worker import Round
from mailbot.domain.alarms import Alarm, Beat, Facts, Limits, Raised, Undone, Waiting, alarms, news, told
from mailbot.domain.errors import SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Posted
from tests.operations.conftest import MAILBOT, SECRET, Office
from tests.servers.real import as_root, missing
from tests.servers.scripted import Scripted, imap_answers

NOW = datetime(2025, 3, 3, 10, 0, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)
BEAT = Beat(NOW - MINUTE, NOW - timedelta(days=1), NOW - 2 * MINUTE)
WELL = Facts(NOW, BEAT, disk_free=0.5)


def kinds(facts: Facts, **limits: timedelta) -> list[str]:
    return [alarm.kind for alarm in alarms(facts, Limits(**limits))]


# --- which facts are alarms ------------------------------------------------------------------------------------------------------


@pytest.mark.shows("P15")
@pytest.mark.parametrize(("facts", "expected"), [
    (WELL, []),
    (replace(WELL, beat=None), ["worker"]),
    (replace(WELL, beat=None, watched_from_outside=False), []),
    (replace(WELL, beat=replace(BEAT, at=NOW - 31 * MINUTE)), ["worker"]),
    (replace(WELL, beat=replace(BEAT, at=NOW - 29 * MINUTE)), []),
    (replace(WELL, beat=replace(BEAT, polled=NOW - 31 * MINUTE)), ["poll"]),
    (replace(WELL, beat=replace(BEAT, polled=NOW - 29 * MINUTE)), []),
    (replace(WELL, beat=replace(BEAT, polled=None)), ["poll"]),
    (replace(WELL, beat=replace(BEAT, polled=None, started=NOW - 5 * MINUTE)), []),
    (replace(WELL, beat=replace(BEAT, unread={"last_poll:1": NOW - 31 * MINUTE})), ["poll"]),
    (replace(WELL, beat=replace(BEAT, unread={"last_poll:1": NOW - 29 * MINUTE})), []),
    (replace(WELL, beat=replace(BEAT, polled=NOW - 31 * MINUTE, unread={"last_poll:1": NOW - 5 * MINUTE})), ["poll"]),
    (replace(WELL, beat=replace(BEAT, failing=NOW - 31 * MINUTE)), ["send"]),
    (replace(WELL, beat=replace(BEAT, failing=NOW - 29 * MINUTE)), []),
    (replace(WELL, beat=replace(BEAT, refused={"smtp": 3})), ["login"]),
    (replace(WELL, beat=replace(BEAT, refused={"smtp": 2, "last_poll": 2})), []),
    (replace(WELL, disk_free=0.0999), ["disk"]),
    (replace(WELL, disk_free=0.10), []),
    (replace(WELL, disk_free=None), []),
    (replace(WELL, home="Read-only file system"), ["home"]),
    (replace(WELL, ledger="OperationalError", waiting=None), ["ledger"]),
    (replace(WELL, rules="mailbot.yaml 第3行"), []),  # who lives goes on by the last good ones
    (replace(WELL, rules="mailbot.yaml 第3行", beat=None), ["rules", "worker"]),
    (replace(WELL, rules="mailbot.yaml 第3行", beat=replace(BEAT, at=NOW - 31 * MINUTE)), ["rules", "worker"]),
    (replace(WELL, beat=replace(BEAT, at=NOW + 11 * MINUTE)), ["clock"]),
    (replace(WELL, beat=replace(BEAT, at=NOW + 9 * MINUTE)), []),
    (replace(WELL, waiting=Waiting(newest=NOW + 11 * MINUTE)), ["clock"]),
    (replace(WELL, waiting=Waiting(oldest_letter=NOW - timedelta(hours=49), queue=3)), ["queue"]),
    (replace(WELL, waiting=Waiting(oldest_letter=NOW - timedelta(hours=47), queue=3)), []),
    (replace(WELL, waiting=Waiting(oldest_review=NOW - timedelta(days=8))), ["review"]),
    (replace(WELL, waiting=Waiting(oldest_review=NOW - timedelta(days=6))), []),
    (replace(WELL, waiting=Waiting(doubtful=3)), ["doubtful"]),
    (replace(WELL, waiting=Waiting(doubtful=2)), []),
    (replace(WELL, certificate_ends=NOW + timedelta(days=13)), ["certificate"]),
    (replace(WELL, certificate_ends=NOW + timedelta(days=15)), []),
    (replace(WELL, unaccounted=1), ["unaccounted"]),
    (replace(WELL, undone=(Undone("日报", NOW - 31 * MINUTE, "模板有误"),)), ["daily"]),
    (replace(WELL, undone=(Undone("日报", NOW - 29 * MINUTE, "模板有误"),)), []),
])  # fmt: skip
def test_what_is_an_alarm_and_what_is_not_yet(facts: Facts, expected: list[str]) -> None:
    assert kinds(facts) == expected


def test_the_limits_are_the_rules() -> None:
    late = replace(WELL, beat=replace(BEAT, polled=NOW - 50 * MINUTE))
    assert kinds(late) == ["poll"] and kinds(late, silence=timedelta(minutes=60)) == []


def test_every_sentence_is_for_people_and_says_what_to_do() -> None:
    bad = Facts(NOW, replace(BEAT, polled=None, failing=NOW - timedelta(hours=2), refused={"smtp": 5}, why="发件服务器拒绝"), True,
                Waiting(NOW - timedelta(days=9), 4, 5, NOW - timedelta(days=9), NOW + timedelta(hours=3)), 0.01, "x", "y", "z", NOW, 2,
                (Undone("日报", NOW - timedelta(hours=2), "模板有误"),))  # fmt: skip
    found = alarms(bad)
    assert len(found) == 13
    for alarm in (*found, *alarms(replace(bad, beat=None))):
        assert alarm.sentence.endswith(("。", "发件服务器拒绝", "z")) and "！" not in alarm.sentence, alarm
        assert any(word in alarm.sentence for word in ("请", "原因", "启动不了")), alarm


# --- when they are told ---------------------------------------------------------------------------------------------------------


@pytest.mark.shows("P15")
def test_one_letter_a_kind_and_day_and_an_all_clear() -> None:
    found = (Alarm("poll", "收不了信"),)
    first = news(found, (), NOW)
    assert [r.kind for r in first.to_tell] == ["poll"] and not first.over
    kept = told(first.standing, ["poll"], NOW)
    assert not news(found, kept, NOW + timedelta(hours=5)).to_tell
    assert [r.since for r in news(found, kept, NOW + timedelta(days=1)).to_tell] == [NOW], "the next day again, with when it began"
    assert [r.kind for r in news((), kept, NOW).over] == ["poll"]
    assert not news((), first.standing, NOW).over, "what nobody was told needs no all-clear"


@given(st.lists(st.sets(st.sampled_from(["poll", "send", "disk"])), max_size=60))
def test_whatever_comes_and_goes_nobody_gets_more_than_one_letter_a_kind_and_day(seen: list[set[str]]) -> None:
    """Flapping included: what was over within the day and begins anew is told, with an all-clear between, so the storm is bounded by those."""
    kept: tuple[Raised, ...] = ()
    for n, there in enumerate(seen):
        at = NOW + n * 7 * MINUTE
        heard = news((Alarm(kind, kind) for kind in sorted(there)), kept, at)
        assert {r.kind for r in heard.standing} == there
        assert not {r.kind for r in heard.to_tell} & {r.kind for r in kept if r.told == at.date()}
        kept = told(heard.standing, [r.kind for r in heard.to_tell], at)


# --- through real servers ---------------------------------------------------------------------------------------------------------


@pytest.mark.shows("P15")
def test_a_worker_that_was_killed_is_missed_by_who_looks_from_outside(office: Office, until: Callable[..., Any]) -> None:
    """A real worker, killed -9. The machine's clock is the test's: who looks half an hour later is told so by --now."""
    office.with_alarm()
    worker = office.start("run")
    try:
        until(lambda: (beat := read_beat(office.home)) is not None and beat.polled is not None)
        assert office.run("watch")[0] == 0 and office.alarms() == []
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=60)
    later = datetime.now(SHANGHAI) + timedelta(minutes=40)
    status, shown, aside = office.run("--now", later.isoformat(), "watch")
    assert status == 1 and shown == "" and "收信程序停了" in aside
    (letter,) = office.alarms()
    assert "【警报】" in letter and "收信程序停了" in letter and "mailbot doctor" in letter and str(office.home) in letter
    assert "收信程序停了" in (office.home / "ALARM.txt").read_text(encoding="utf-8")
    assert office.run("--now", (later + 5 * MINUTE).isoformat(), "watch")[0] == 1
    assert len(office.alarms()) == 1, "one letter a day"
    assert SECRET not in letter
    office.run("run", "--once")
    assert office.run("watch")[0] == 0
    assert len(office.alarms()) == 2 and "【已恢复】" in office.alarms()[1] and not (office.home / "ALARM.txt").exists()


@pytest.mark.shows("P15", "F11")
def test_a_mailbox_that_refuses_the_login_three_times_is_an_alarm_of_the_worker_itself(office: Office) -> None:
    office.with_alarm()
    refusing = imap_answers(lambda tag, verb, line: tag + b" NO LOGIN Login error\r\n" if verb == b"LOGIN" else None)
    with Scripted(b"* OK hi\r\n", refusing) as server:
        office.more["MAILBOT_IMAP_URL"] = f"imap://x@127.0.0.1:{server.port}"
        house = office.house()
        vitals = house.vitals()
        with house.intake() as intake:
            worker = house.worker(intake, lambda *_: None, vitals=vitals)
            for n in range(3):
                assert vitals.beat().most_refused == n
                vitals.note(worker.once())
    vitals.leave()
    found = alarms(watching.from_inside(house, vitals))
    assert [a.kind for a in found] == ["login"] and "授权码" in found[0].sentence
    house.calling.alarming(print).look(found)
    assert len(office.alarms()) == 1 and "登录" in office.alarms()[0]
    again = house.vitals()
    assert again.beat().most_refused == 3, "a new start forgets no trouble"
    house.close()


@pytest.mark.shows("P15", "F10")
def test_half_an_hour_without_a_successful_poll_is_an_alarm_with_its_cause(office: Office) -> None:
    """The folder of the rules cannot be opened: the worker lives, nothing comes in."""
    office.with_alarm()
    moments = [NOW]
    house = replace(office.house(), clock=lambda: moments[0])
    vitals = house.vitals()
    answers = imap_answers(lambda tag, verb, line: tag + b" NO [NONEXISTENT] no such mailbox\r\n" if verb in (b"EXAMINE", b"SELECT", b"STATUS", b"LIST") else None)
    with Scripted(b"* OK hi\r\n", answers) as server:
        gone = replace(house, environment=office.environment | {"MAILBOT_IMAP_URL": f"imap://x@127.0.0.1:{server.port}"})
        with gone.intake() as intake:
            vitals.note(gone.worker(intake, lambda *_: None, vitals=vitals).once())
        gone.close()
    assert alarms(watching.from_inside(house, vitals)) == ()
    moments[0] = NOW + 31 * MINUTE
    (alarm,) = alarms(watching.from_inside(house, vitals))
    assert alarm.kind == "poll" and "最近一次的原因" in alarm.sentence
    house.close()


def one_round(house: House) -> None:
    """As `mailbot run --once` does."""
    forever.once(house, lambda: None, forever.Screen(lambda _: None, print, print, lambda: nullcontext(lambda *_: None)))
    house.close()


@pytest.mark.shows("P15")
def test_a_mailbox_that_was_never_read_is_an_alarm_though_each_round_is_a_run_of_its_own(office: Office) -> None:
    """`mailbot run --once` from cron: what counts is when it was first tried, not when this run began."""
    office.more["MAILBOT_IMAP_URL"] = "imap://x@127.0.0.1:1"
    seen = []
    for minutes in (0, 15, 45):
        one_round(office.house(NOW + minutes * MINUTE))
        house = office.house(NOW + (minutes + 1) * MINUTE)
        seen.append([a.kind for a in alarms(watching.from_outside(house))])
        house.close()
    assert seen == [[], [], ["poll"]]
    del office.more["MAILBOT_IMAP_URL"]
    one_round(office.house(NOW + 60 * MINUTE))
    beat = read_beat(office.home)
    assert beat is not None and beat.polled == NOW + 60 * MINUTE and not beat.unread, "read once, it is over"


@pytest.mark.shows("P15", "F11")
def test_a_mailbox_that_lets_us_in_does_not_hide_another_that_never_does(office: Office) -> None:
    """Two mailboxes, each round a run of its own."""
    refusing = imap_answers(lambda tag, verb, line: tag + b" NO LOGIN Login error\r\n" if verb == b"LOGIN" else None)
    with Scripted(b"* OK hi\r\n", refusing) as server:
        other = {"address": "other@163.com", "host": "127.0.0.1", "port": server.port, "user": "other@163.com", "security": "plain",
                 "password_from": "MAILBOT_IMAP_PASSWORD"}  # fmt: skip
        office.set_rules(other_mailboxes=[other])
        for n in range(4):
            one_round(office.house(NOW + 20 * n * MINUTE))
    house = office.house(NOW + 61 * MINUTE)
    found = {a.kind: a.sentence for a in alarms(watching.from_outside(house))}
    assert set(found) == {"poll", "login"} and "连续 4 次" in found["login"] and "有一个信箱从 3月3日 10:00 起" in found["poll"]
    assert "other@" not in (office.home / "heartbeat.json").read_text(encoding="utf-8")
    house.close()


@pytest.mark.shows("P15")
def test_letters_that_cannot_go_out_for_half_an_hour_are_an_alarm(office: Office) -> None:
    office.with_alarm()
    office.set_rules(policy={"settle_minutes": 0})
    office.deliver(1)
    moments = [datetime.now(SHANGHAI)]
    house = replace(office.house(), clock=lambda: moments[0], environment=office.environment | {"MAILBOT_SMTP_URL": "smtp://x@127.0.0.1:1"})
    vitals = house.vitals()
    with house.intake() as intake:
        worker = house.worker(intake, lambda *_: None, vitals=vitals)
        vitals.note(worker.once())
        moments[0] += 31 * MINUTE
        vitals.note(worker.once())
    assert "send" in [a.kind for a in alarms(watching.from_inside(house, vitals))]
    mended = replace(house, environment=office.environment)
    moments[0] += 60 * MINUTE
    with mended.intake() as intake:
        vitals.note(mended.worker(intake, lambda *_: None, vitals=vitals).once())
    assert "send" not in [a.kind for a in alarms(watching.from_inside(house, vitals))]
    house.close()
    mended.close()


class Way:
    """A way out whose server says the same to every letter; None: it takes them."""

    def __init__(self, said: SendError | None) -> None:
        self.said = said

    def send(self, raw: bytes, recipient: str) -> None:
        if self.said is not None:
            raise self.said


FULL = SendError("temporary", "发件服务器暂时不收（452）。", code=452)
NEVER = SendError("permanent", "发件服务器拒绝了这封邮件（554），没有发出，请人工处理。", action="alert", code=554)
NOBODY = SendError("permanent", "收件地址不存在或已停用，没有发出，请核对联系方式。", action="bad-address", code=550)


def tried(house: House, letters: int, at: datetime) -> None:
    """So many letters wait to be tried."""
    key = f"inquiry:{at.isoformat()}"
    house.ledger.put_letters([Posted(f"{key}:{n}", "inquiry", f"{n}@units.example", "hi", b"x", "waiting", unit="baxiantong") for n in range(letters)], at)


@pytest.mark.shows("P15")
@pytest.mark.parametrize(("said", "letters", "expected"), [
    (FULL, [1], True), (FULL, [1, 1, 1], True), (NEVER, [1, 1], True), (NEVER, [2], True), (NOBODY, [3, 0, 1], True),
    (NOBODY, [1], False), (NEVER, [1], False), (None, [1, 1], False), (None, [], False),
], ids=["full", "still full", "never", "never in one round", "no such address, over and over", "one address", "one letter", "well", "nothing"])  # fmt: skip
def test_whatever_keeps_every_letter_from_going_out_for_half_an_hour_is_an_alarm(
    office: Office, said: SendError | None, letters: list[int], expected: bool
) -> None:
    """A server that refuses each letter, for now or for good, sends as little as one that is not there. One letter alone that is refused
    for good may be its own fault. `letters`: so many new ones in each round, ten minutes apart."""
    moments = [NOW]
    house = replace(office.house(), clock=lambda: moments[0])
    object.__setattr__(house, "postman", lambda: nullcontext(Way(said)))
    vitals = house.vitals()
    for count in letters:
        tried(house, count, moments[0])
        vitals.note(Round(flushed=house.outbox(vitals=vitals).flush(hurry=True)))
        moments[0] += 10 * MINUTE
    vitals.leave()
    moments[0] = NOW + 31 * MINUTE
    again = house.vitals()  # started anew
    assert [("send" in [a.kind for a in alarms(watching.from_inside(house, v))]) for v in (vitals, again)] == [expected, expected]
    object.__setattr__(house, "postman", lambda: nullcontext(Way(None)))
    tried(house, 1, moments[0])
    again.note(Round(flushed=house.outbox(vitals=again).flush(hurry=True)))
    assert again.beat().failing is None and again.beat().doubted is None, "one that is taken ends it"
    house.close()


@pytest.mark.shows("P15")
def test_a_channel_that_fails_is_said_and_tried_again_but_not_every_few_minutes(office: Office) -> None:
    office.with_alarm(port=1)
    moments, said = [NOW], list[str]()
    house = replace(office.house(), clock=lambda: moments[0])
    found = (Alarm("disk", "磁盘只剩 1%，请清理。"),)
    house.home.mkdir()
    assert house.calling.alarming(said.append).look(found).to_tell and len(said) == 1 and "警报没有送出" in said[0]
    moments[0] += 5 * MINUTE
    house.calling.alarming(said.append).look(found)
    assert len(said) == 1, "its account must not be locked, too"
    moments[0] += 30 * MINUTE
    office.with_alarm()
    replace(house, config=office.config).calling.alarming(said.append).look(found)
    assert len(office.alarms()) == 1 and len(said) == 1


@pytest.mark.shows("P15")
def test_an_all_clear_that_could_not_be_told_is_told_later(office: Office) -> None:
    office.with_alarm()
    moments = [NOW]
    house = replace(office.house(), clock=lambda: moments[0])
    house.home.mkdir()
    house.calling.alarming(print).look((Alarm("disk", "磁盘只剩 1%，请清理。"),))
    office.with_alarm(port=1)
    broken = replace(house, config=office.config)
    moments[0] += MINUTE
    broken.calling.alarming(lambda _: None).look(())
    office.with_alarm()
    moments[0] += 31 * MINUTE
    replace(house, config=office.config).calling.alarming(print).look(())
    assert [("已恢复" in letter) for letter in office.alarms()] == [False, True]


@pytest.mark.shows("P15")
def test_a_command_gets_the_sentence_as_one_word_and_no_shell_reads_it(office: Office, tmp_path: Path) -> None:
    script = tmp_path / "tell.py"
    script.write_text("import sys; open(sys.argv[1], 'w', encoding='utf-8').write(sys.argv[2] if len(sys.argv) > 2 else sys.stdin.read())")
    for n, hole in enumerate((["{}"], [])):
        office.set_rules(alarm={"command": [sys.executable, str(script), str(tmp_path / f"said{n}"), *hole]})
        house = replace(office.house(NOW.replace(tzinfo=None).isoformat()))
        house.home.mkdir(exist_ok=True)
        (house.home / "alarms.json").unlink(missing_ok=True)
        house.calling.alarming(print).look((Alarm("disk", "磁盘只剩 1% $(touch /nix); 请清理。"),))
        assert "$(touch /nix)" in (tmp_path / f"said{n}").read_text(encoding="utf-8")
    office.set_rules(alarm={"command": ["/nowhere/at-all"]})
    said: list[str] = []
    (house.home / "alarms.json").unlink()
    office.house().calling.alarming(said.append).look((Alarm("disk", "磁盘满了。"),))
    assert "警报没有送出（命令）" in said[0]


@pytest.mark.shows("P15", "F38")
def test_a_home_that_cannot_be_written_is_told_once_though_nothing_can_be_noted_there(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only file system is what the system call says (root may write where the mode forbids it): every write below the home fails."""
    office.with_alarm()
    office.home.mkdir()
    spare = tmp_path / "spare"
    spare.mkdir()
    real = os.open

    def refusing(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if str(path).startswith(str(office.home)) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system", str(path))
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    monkeypatch.setattr(Path, "write_text", lambda self, text, **_: _written(refusing, self, text))
    house = replace(office.house(), environment=office.environment | {"STATE_DIRECTORY": str(spare)})
    for _ in range(3):
        found = alarms(watching.from_outside(house))
        assert found[0].kind == "home" and "Read-only file system" in found[0].sentence
        house.calling.alarming(print).look(found)
    assert len(office.alarms()) == 1, "no storm, though the home takes no note"
    assert not {"alarms.json", "ALARM.txt"} & {file.name for file in office.home.iterdir()}


def _written(opener: Callable[..., int], file: Path, text: str) -> int:
    handle = opener(str(file), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        return opened.write(text)


@pytest.mark.shows("P15", "F38")
def test_a_read_only_mount_is_an_alarm_of_the_command(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The real thing, by a mount of its own namespace: nothing can be written, the alarm goes out all the same, and nothing is left half written."""
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    readonly = ["unshare", *([] if as_root() else ["-r"]), "-m", "sh", "-c", script, "sh", str(office.folder)]
    if not shutil.which("unshare") or subprocess.run([*readonly, "true"], capture_output=True, check=False).returncode:
        missing("unshare -m is not there or not allowed here")
    office.with_alarm()
    office.run("run", "--once")
    before = {p: p.read_bytes() for p in office.home.rglob("*") if p.is_file()}
    line = [*readonly, *MAILBOT, "--config", str(office.config), "--home", str(office.home)]
    given = {k: v for k, v in os.environ.items() if not k.startswith("MAILBOT_")} | office.environment | {"STATE_DIRECTORY": str(tmp_path_factory.mktemp("spare"))}
    seen = [subprocess.run([*line, "watch"], env=given, capture_output=True, text=True, timeout=60, check=False) for _ in range(2)]
    assert [one.returncode for one in seen] == [1, 1] and "写不进去" in seen[0].stderr, seen[0].stderr
    ended = subprocess.run([*line, "run", "--once"], env=given, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3 and "不能写" in ended.stderr, ended.stderr
    assert len(office.alarms()) == 1 and "写不进去" in office.alarms()[0]
    assert {p: p.read_bytes() for p in office.home.rglob("*") if p.is_file()} == before


@pytest.mark.shows("P15", "F21")
def test_a_full_disk_is_an_alarm_and_over_when_there_is_room_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.with_alarm()
    office.run("run", "--once")
    monkeypatch.setattr(wiring, "free_space", lambda _: (3, 100))
    house = office.house()
    found = alarms(watching.from_outside(house))
    assert [a.kind for a in found] == ["disk"] and "3%" in found[0].sentence
    house.calling.alarming(print).look(found)
    monkeypatch.setattr(wiring, "free_space", lambda _: (50, 100))
    house.calling.alarming(print).look(alarms(watching.from_outside(house)))
    assert ["磁盘" in letter for letter in office.alarms()] == [True, True] and "【已恢复】" in office.alarms()[1]
    house.close()


@pytest.mark.shows("P15")
def test_a_ledger_that_does_not_open_is_an_alarm(office: Office) -> None:
    office.with_alarm()
    office.more["MAILBOT_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    status, _, aside = office.run("watch")
    assert status == 1 and "台账数据库不能读写" in aside
    assert len(office.alarms()) == 1


@pytest.mark.shows("P15", "F32")
def test_rules_that_keep_the_worker_from_starting_are_an_alarm_by_the_account_that_can_still_be_read(office: Office) -> None:
    office.with_alarm()
    (office.config / "campaigns" / "naiman-2023.yaml").write_text("id: [", encoding="utf-8")
    status, _, aside = office.run("watch")
    assert status == 1 and "规则文件有误" in aside
    assert "规则" in office.alarms()[0]


def test_the_digest_says_when_somebody_last_looked_and_when_nobody_does_any_more(office: Office) -> None:
    house = office.house("2025-03-03T08:00:00")
    assert not [line for line in (*house.digesting().build().unwell, *house.digesting().build().well) if "定时查看" in line]
    house.ledger.put_mark("watched", "2025-03-03T07:55:00+08:00")
    (line,) = [line for line in house.digesting().build().well if "定时查看" in line]
    assert "3月3日 07:55" in line and "没有写警报送给谁" in line
    house.ledger.put_mark("watched", "2025-03-03T05:55:00+08:00")
    assert [line for line in house.digesting().build().unwell if "定时查看" in line and "没有再看" in line]
    house.close()


def test_the_sign_of_life_has_no_address_and_no_password(office: Office) -> None:
    office.more["MAILBOT_IMAP_PASSWORD"] = ""
    office.run("run", "--once")
    said = (office.home / "heartbeat.json").read_text(encoding="utf-8")
    assert "163.com 的授权码" in said and "nmyxjg@" not in said and SECRET not in said


@pytest.mark.parametrize("said", ["", "{}", "[]", '{"at": "x"}', '{"at": null, "started": null, "polled": null, "failing": null}', "\x00"])
def test_a_sign_of_life_that_is_none_counts_as_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "heartbeat.json").write_text(said)
    assert read_beat(tmp_path) is None


def test_within_a_round_the_sign_of_life_is_written_once_a_minute(office: Office) -> None:
    moments = [NOW]
    house = replace(office.house(), clock=lambda: moments[0])
    house.home.mkdir()
    vitals = house.vitals()
    for seconds in (0, 30, 59):
        moments[0] = NOW + timedelta(seconds=seconds)
        vitals.leave(often=True)
        beat = read_beat(office.home)
        assert beat is not None and beat.at == NOW
    moments[0] = NOW + timedelta(seconds=61)
    vitals.leave(often=True)
    beat = read_beat(office.home)
    assert beat is not None and beat.at == moments[0]
    house.close()


def test_the_wish_to_try_the_alarm_sends_one_that_says_it_is_a_trial(office: Office) -> None:
    assert office.run("watch", "--try")[0] == 1, "nobody is named"
    office.with_alarm()
    status, shown, _ = office.run("watch", "--try")
    assert status == 0 and "√ 信" in shown and "【试验】" in office.alarms()[0]
