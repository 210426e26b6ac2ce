"""The doctor finds what is wrong, says how to mend it, and changes nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.doctor import Check, examine
from mailbot.app.wiring import House
from mailbot.domain.errors import MailbotError
from parsers.readers import office
from parsers.scans import ocr

BOX = "bot@bureau.example"


def house_with(make_house: Callable[..., House], mail: EmbeddedMail, password: str = "secret", **more: str) -> House:
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
    assert "INBOX 1 封" in checks["收件文件夹"].sentence
    assert "共有 1 封" in checks["查找邮件"].sentence
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
        assert (checks[name].ok, checks[name].sentence) == (False, f"与 127.0.0.1:{port} 连不上，或者连接中断。")
        assert "网络" in checks[name].mend


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
