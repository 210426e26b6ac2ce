"""`mailbot init` and `mailbot doctor` on a real Dovecot and a real SMTP server: TLS, STARTTLS, folders, a mail to ourselves and back."""

import os
from pathlib import Path
from typing import Any

from mailbot.adapters import rules as rules_adapter
from mailbot.app.doctor import examine
from mailbot.app.wiring import House, real_clock
from tests.app.terminal import Terminal


def environment(real_mail: Any) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAILBOT_")}
    return {**plain, "MAILBOT_CA_FILE": str(real_mail.ca_file), "MAILBOT_SCANS": "off"}


def test_a_conversation_sets_up_a_mailbox_that_doctor_finds_well(real_mail: Any, tmp_path: Path) -> None:
    imap, smtp = f"imaps://{real_mail.imap_host}:{real_mail.imap_port}", f"{real_mail.smtp_host}:{real_mail.smtp_port}"  # that port: STARTTLS
    words = ["init", "rules", "--imap", imap, "--smtp", smtp, "--office", "县局办公室", "--staff", "office@bureau.example"]
    words += ["--campaign", "naiman-2023", "--wait", "30"]
    with Terminal(words, tmp_path, environment(real_mail)) as admin:
        admin.sees("收件信箱的地址")
        admin.types(real_mail.user)
        admin.sees("登录名")
        admin.types("")
        admin.sees("输入时不显示")
        admin.types("not the word")
        said = admin.sees("改好后按回车再试")
        assert "原话是“" in said and "Authentication failed" in said
        admin.types("c")
        admin.sees("输入时不显示")
        admin.types(real_mail.password)
        admin.sees("√ 收件邮箱")
        admin.sees("√ 发件邮箱")
        admin.sees("√ 自发自收")
        admin.sees("把授权码存进")
        admin.types("y")
        assert admin.leaves() == 0, admin.shown
    settings = rules_adapter.load(tmp_path / "rules").settings
    assert (settings.mailbox.security, settings.sender.security) == ("tls", "starttls")
    house = House(tmp_path / "rules", tmp_path / "var", real_clock, environment(real_mail))
    checks = {check.name: check for check in examine(house)}
    house.close()
    for name in ("收件邮箱", "收件文件夹", "查找邮件", "时钟", "发件邮箱"):
        assert checks[name].ok, checks[name]
    assert "垃圾邮件" in checks["收件文件夹"].sentence


def test_a_server_of_nobody_we_trust_gets_no_password(real_mail: Any, tmp_path: Path) -> None:
    without = {name: value for name, value in environment(real_mail).items() if name != "MAILBOT_CA_FILE"}
    words = ["init", "--yes", "--address", real_mail.user, "--imap", f"imaps://localhost:{real_mail.imap_port}", "--smtp", "localhost:465",
             "--office", "县局办公室", "--staff", "office@bureau.example"]  # fmt: skip
    with Terminal(words, tmp_path, {**without, "MAILBOT_IMAP_PASSWORD": "x", "MAILBOT_SMTP_PASSWORD": "x"}) as admin:
        assert admin.leaves() == 3
        assert "证书不可信" in admin.shown and "MAILBOT_CA_FILE" in admin.shown and "密码没有发出" in admin.shown
    assert list(tmp_path.iterdir()) == []
