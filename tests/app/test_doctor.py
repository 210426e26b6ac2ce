"""The doctor finds what is wrong, says how to mend it, and changes nothing."""

import dataclasses
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailbot.adapters import disk
from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.doctor import Check, examine
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.periods import SHANGHAI
from parsers.readers import office
from parsers.scans import ocr
from tests.servers.scripted import Scripted, imap_answers

BOX = "bot@bureau.example"


def house_with(make_house: Callable[..., House], mail: EmbeddedMail, password: str = "secret", **more: Any) -> House:
    return make_house(
        MAILBOT_IMAP_URL=f"imap://{BOX.replace('@', '%40')}@127.0.0.1:{mail.imap_port}",
        MAILBOT_SMTP_URL=f"smtp://{BOX.replace('@', '%40')}@127.0.0.1:{mail.smtp_port}",
        MAILBOT_IMAP_PASSWORD=password,
        MAILBOT_SMTP_PASSWORD=password,
        **more,
    )


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.mark.parametrize("netease", [False, True])
def test_a_healthy_house(make_house: Callable[..., House], netease: bool) -> None:
    with EmbeddedMail({BOX: "secret"}, netease=netease) as mail:
        mail.deliver(BOX, b"Subject: x\r\n\r\n", datetime(2025, 1, 30, tzinfo=UTC))
        house = house_with(make_house, mail)
        checks = by_name(examine(house))
        assert mail.mails(BOX) == [b"Subject: x\r\n\r\n"]
    for name in ("数据文件夹", "规则", "台账", "收件邮箱", "收件文件夹", "查找邮件", "时钟", "发件邮箱"):
        assert checks[name].ok, checks[name]
    assert "INBOX 1 封" in checks["收件文件夹"].sentence and "收取最近30天邮件" in checks["收件文件夹"].sentence
    assert "共有 1 封" in checks["查找邮件"].sentence and "2025-01-30 08:00" in checks["查找邮件"].sentence
    assert not netease or "ID 报上程序名" in checks["收件邮箱"].sentence
    assert "自发自收" not in checks, "a plain doctor sends nothing"
    assert not list(house.home.glob(".doctor*"))


def test_a_wrong_password_is_told_for_both_ways(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "secret"}) as mail:
        checks = by_name(examine(house_with(make_house, mail, password="wrong")))
    for name in ("收件邮箱", "发件邮箱"):
        assert not checks[name].ok
        assert "授权码" in checks[name].mend
    assert checks["台账"].ok, "one trouble does not hide the rest"


def test_servers_that_are_not_there(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "secret"}) as mail:
        house = house_with(make_house, mail)
    checks = by_name(examine(house))
    for name, port in (("收件邮箱", mail.imap_port), ("发件邮箱", mail.smtp_port)):
        assert (checks[name].ok, checks[name].sentence) == (False, f"连不上 127.0.0.1:{port}：那里拒绝连接，没有服务在听。")
        assert "网络" in checks[name].mend


def refusing_imap(words: bytes, at: bytes = b"LOGIN") -> Scripted:
    return Scripted(b"* OK hi\r\n", imap_answers(lambda tag, verb, line: tag + b" NO " + words + b"\r\n" if verb == at else None))


def at_port(make_house: Callable[..., House], imap: int, smtp: int = 1, **more: Any) -> House:
    user = BOX.replace("@", "%40")
    urls = {"MAILBOT_IMAP_URL": f"imap://{user}@127.0.0.1:{imap}", "MAILBOT_SMTP_URL": f"smtp://{user}@127.0.0.1:{smtp}"}
    return make_house(**urls, **{"MAILBOT_IMAP_PASSWORD": "x", "MAILBOT_SMTP_PASSWORD": "x"} | more)


@pytest.mark.parametrize(
    ("words", "at", "name", "said", "step"),
    [
        (b"LOGIN Login error or password error", b"LOGIN", "收件邮箱", "它对几种原因只说这一句", "授权密码管理"),
        (b"LOGIN User is locked", b"LOGIN", "收件邮箱", "账号已停用或被锁", "解冻"),
        (b"EXAMINE Unsafe Login. Please contact kefu@188.com for help", b"EXAMINE", "收件文件夹", "让登录了，但不让读信", "kefu@188.com"),
        (b"moon in the wrong house", b"LOGIN", "收件邮箱", "不能断定原因", "授权密码管理"),
    ],
)
def test_the_providers_own_words_are_quoted_with_the_steps_for_that_provider(
    make_house: Callable[..., House], words: bytes, at: bytes, name: str, said: str, step: str
) -> None:
    with refusing_imap(words, at) as server:
        check = by_name(examine(at_port(make_house, server.port)))[name]
    quoted = words.decode().replace("kefu@188.com", "（邮箱地址）")
    assert not check.ok and f"“{quoted}”" in check.sentence and said in check.sentence and "网易163邮箱" in check.sentence
    assert step in check.mend


def test_a_password_that_cannot_be_right_is_told_before_anybody_is_asked(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "secret"}, netease=True) as mail:
        checks = by_name(examine(house_with(make_house, mail, password="授权码")))
    for name in ("收件邮箱", "发件邮箱"):
        assert not checks[name].ok and "全角字符" in checks[name].sentence and "服务器" not in checks[name].sentence, checks[name]


def test_a_sender_that_knows_no_password_login_is_told_as_that(make_house: Callable[..., House]) -> None:
    def answer(line: bytes) -> bytes:
        return b"250-hi\r\n250 AUTH XOAUTH2\r\n" if line.upper().startswith(b"EHLO") else b"221 bye\r\n"

    with Scripted(b"220 hi\r\n", answer) as smtp, refusing_imap(b"no") as imap:
        check = by_name(examine(at_port(make_house, imap.port, smtp.port)))["发件邮箱"]
    assert not check.ok and "不提供授权码登录" in check.sentence and "587" in check.sentence


def test_the_senders_refusal_is_told_too(make_house: Callable[..., House]) -> None:
    def answer(line: bytes) -> bytes:
        return {b"EHLO": b"250-hi\r\n250 AUTH PLAIN\r\n", b"AUTH": b"550 User has no permission\r\n"}.get(line.split()[0].upper(), b"221 bye\r\n")

    with Scripted(b"220 hi\r\n", answer) as smtp, refusing_imap(b"no") as imap:
        check = by_name(examine(at_port(make_house, imap.port, smtp.port)))["发件邮箱"]
    assert not check.ok and "“550 User has no permission”" in check.sentence and "SMTP 服务没有开启" in check.sentence
    assert "IMAP/SMTP服务" in check.mend and "MAILBOT_SMTP_PASSWORD" in check.mend


def test_a_missing_password_is_told_by_its_name_and_nobody_tries_to_log_in(make_house: Callable[..., House]) -> None:
    with refusing_imap(b"no") as server:
        checks = by_name(examine(at_port(make_house, server.port, server.port, MAILBOT_IMAP_PASSWORD="", MAILBOT_SMTP_PASSWORD="")))
        assert server.heard == []
    for name, variable in (("收件邮箱", "MAILBOT_IMAP_PASSWORD"), ("发件邮箱", "MAILBOT_SMTP_PASSWORD")):
        assert not checks[name].ok and f"环境变量 {variable} 没有设置" in checks[name].sentence
        assert "secrets.env" in checks[name].mend and variable in checks[name].mend


def test_each_mailbox_is_looked_at_with_its_own_password(make_house: Callable[..., House], tmp_path: Path) -> None:
    other = "second@bureau.example"
    with EmbeddedMail({BOX: "secret", other: "another"}) as mail:
        rules = shutil.copytree(bundled("config"), tmp_path / "config")
        boxes = f"other_mailboxes:\n  - {{address: {other}, host: 127.0.0.1, port: {mail.imap_port}, user: {other}, security: plain,"
        with (rules / "mailbot.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{boxes} password_from: SECOND_PASSWORD}}\n")
        lacking = by_name(examine(house_with(make_house, mail, config=rules)))
        there = by_name(examine(house_with(make_house, mail, config=rules, SECOND_PASSWORD="another")))
        wrong = by_name(examine(house_with(make_house, mail, config=rules, SECOND_PASSWORD="secret")))
    assert "环境变量 SECOND_PASSWORD 没有设置" in lacking[f"收件邮箱 {other}"].sentence
    assert there[f"收件邮箱 {other}"].ok and there["收件邮箱 nmyxjg@163.com"].ok and there[f"查找邮件 {other}"].ok
    assert not wrong[f"收件邮箱 {other}"].ok and "SECOND_PASSWORD" in wrong[f"收件邮箱 {other}"].mend
    assert [lacking["收件邮箱 nmyxjg@163.com"].ok, wrong["收件邮箱 nmyxjg@163.com"].ok] == [True, True], "one does not hide the other"


def test_a_password_may_stand_in_a_file_that_nobody_else_reads(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "sec#ret \"1\""}) as mail:
        house = house_with(make_house, mail, password="")
        house.keep_secrets({"MAILBOT_IMAP_PASSWORD": "old", "MAILBOT_SMTP_PASSWORD": "sec#ret \"1\""})
        house.keep_secrets({"MAILBOT_IMAP_PASSWORD": "sec#ret \"1\""})
        checks = by_name(examine(house))
        assert checks["收件邮箱"].ok and checks["发件邮箱"].ok
        assert stat.S_IMODE(house.secret_file.stat().st_mode) == 0o600 and [p.name for p in house.home.glob("*secrets*")] == ["secrets.env"]
        assert by_name(examine(house_with(make_house, mail, password="wrong")))["收件邮箱"].ok is False, "the environment goes before the file"
        house.secret_file.chmod(0o640)
        told = by_name(examine(house))["收件邮箱"]
        assert not told.ok and "别人也能读" in told.sentence and f"chmod 600 {house.secret_file}" in told.sentence


@pytest.mark.parametrize(("line", "found"), [
    ("A_WORD=abc", "abc"), ("  export A_WORD = 'a b'", "a b"), ('A_WORD="a\\\\b\\"c"', 'a\\b"c'), ("# A_WORD=x\n\nA_WORD=y", "y"),
    ("A_WORD=", ""), ("\ufeffA_WORD=z", "z"),
])  # fmt: skip
def test_the_file_of_secrets_is_read_as_systemd_reads_it(make_house: Callable[..., House], line: str, found: str) -> None:
    house = make_house()
    house.home.mkdir()
    house.secret_file.write_text(f"{line}\n", encoding="utf-8")
    house.secret_file.chmod(0o600)
    assert house.secret("A_WORD") == found


def test_a_line_that_is_no_secret_is_told_by_its_number_and_not_repeated(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.home.mkdir()
    house.secret_file.write_text("A_WORD=x\nabcdEFGH12345678\n")
    house.secret_file.chmod(0o600)
    with pytest.raises(ConfigurationError, match="第2行") as caught:
        house.secret("A_WORD")
    assert "abcdEFGH" not in caught.value.sentence


def test_a_mail_to_ourselves_is_sent_only_when_asked_for(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({"nmyxjg@163.com": "secret"}, netease=True) as mail:
        urls = {"MAILBOT_IMAP_URL": f"imap://nmyxjg%40163.com@127.0.0.1:{mail.imap_port}", "MAILBOT_SMTP_URL": f"smtp://nmyxjg%40163.com@127.0.0.1:{mail.smtp_port}"}
        house = make_house(f"{datetime.now(SHANGHAI):%Y-%m-%dT%H:%M:%S}", **urls, MAILBOT_IMAP_PASSWORD="secret", MAILBOT_SMTP_PASSWORD="secret")
        examine(house)
        assert mail.mails("nmyxjg@163.com") == []
        said: list[str] = []
        check = by_name(examine(house, by_mail=said.append))["自发自收"]
        (raw,) = mail.mails("nmyxjg@163.com")
    assert check.ok and "秒收到" in check.sentence and said
    assert b"Auto-Submitted: auto-generated" in raw and b"secret" not in raw


def test_a_mail_to_ourselves_that_does_not_come_is_told_and_waited_for_no_longer_than_said(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "secret", "nmyxjg@163.com": "other"}) as mail:  # what goes to the mailbox's address lies in another account
        pauses: list[float] = []
        house = dataclasses.replace(house_with(make_house, mail), pause=pauses.append)
        check = by_name(examine(house, by_mail=lambda _: None))["自发自收"]
    assert not check.ok and "没有收到" in check.sentence and "--send-test" in check.mend
    assert 50 < sum(pauses) < 70


def test_an_error_tells_its_cause_and_promises_no_second_try() -> None:
    def kinds(kind: type[MailbotError]) -> Iterator[type[MailbotError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from kinds(below)

    assert len(list(kinds(MailbotError))) > 15
    assert not [kind.__name__ for kind in kinds(MailbotError) if "自动再试" in kind.default]


@pytest.mark.parametrize(
    ("programs", "there"),
    [((), {"bsdtar": False, "LibreOffice": False}), (("bsdtar", "soffice"), {"bsdtar": True, "LibreOffice": True}),
     (("libreoffice",), {"bsdtar": False, "LibreOffice": True})],
)  # fmt: skip
def test_it_asks_for_outside_programs_as_those_do_who_start_them(
    make_house: Callable[..., House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], there: dict[str, bool]
) -> None:
    for name in programs:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    office.program.cache_clear()
    house = make_house()
    checks = by_name(examine(house))
    office.program.cache_clear()
    there = there | {"OCR": ocr.available()}
    assert house.tools().keys() == there.keys() == {name.removeprefix("外部程序 ") for name in checks if name.startswith("外部程序 ")}
    for name, is_there in there.items():
        check = checks[f"外部程序 {name}"]
        assert check.ok and check.sentence.startswith("已安装" if is_there else "没有安装"), check


def test_a_slow_clock(make_house: Callable[..., House]) -> None:
    with EmbeddedMail({BOX: "secret"}) as mail:
        mail.deliver(BOX, b"Subject: x\r\n\r\n", datetime(2025, 2, 1, 3, 0, tzinfo=UTC))
        checks = by_name(examine(house_with(make_house, mail)))
    assert not checks["时钟"].ok
    assert "120 分钟" in checks["时钟"].sentence


def test_a_home_that_cannot_be_written(make_house: Callable[..., House], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file stands in the way")
    with EmbeddedMail({BOX: "secret"}) as mail:
        first = examine(house_with(make_house, mail))[0]
    assert (first.name, first.ok) == ("数据文件夹", False)
    assert "--home" in first.mend


def test_broken_rules_end_the_examination(make_house: Callable[..., House], tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    checks = examine(make_house(config=tmp_path / "config"))
    assert (checks[-1].name, checks[-1].ok) == ("规则", False)


def test_where_a_folder_cannot_be_opened_the_data_folder_is_good_all_the_same(make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows opens no folder: nothing but the folder's own fsync is left out there."""
    house = make_house()

    def opened(path: Any, flags: int, *rest: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return os.open(path, flags, *rest)

    monkeypatch.setattr(disk, "os", SimpleNamespace(**vars(os) | {"name": "nt", "open": opened}))
    assert house.unwritable() == "" and by_name(examine(house))["数据文件夹"].ok
    assert not [left for left in house.home.iterdir() if left.name.startswith(".")]
    monkeypatch.setattr(disk, "os", SimpleNamespace(**vars(os) | {"open": opened}))
    assert house.unwritable() == "Permission denied", "elsewhere a folder that cannot be synced is no place for mail"
