"""The core on a Python that has nothing of POSIX (windows.py says what that shows and what not)."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from app.test_worker import BOT, UNIT, deliver, pair
from stories.conftest import compose

from mailbot.adapters.embedded import EmbeddedMail

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is no stand-in")
WINDOWS = Path(__file__).with_name("windows.py")
ROOT = WINDOWS.parent.parent.parent


def ran(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILBOT_")}
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "MAILBOT_SCANS": "off", **environment}
    return subprocess.run([sys.executable, str(WINDOWS), *arguments], env=kept, capture_output=True, text=True, timeout=120, check=False)


def test_every_module_can_be_imported_without_posix() -> None:
    done = ran()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 200


def test_a_mail_is_taken_without_posix(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(compose(UNIT, files=pair(), when="2024-03-29T09:00:00"))
    done = ran("--home", str(tmp_path / "home"), "--now", "2024-04-01T09:00:00", "ingest", "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["disposition"] == "submission"
    assert not list((tmp_path / "home" / "scratch").iterdir())


def test_the_rules_are_checked_without_posix(tmp_path: Path) -> None:
    done = ran("--home", str(tmp_path), "config", "check")
    assert done.returncode == 0, done.stderr


def test_a_round_is_run_and_doctor_tells_what_is_missing_without_posix(tmp_path: Path) -> None:
    with EmbeddedMail({BOT: "pw", UNIT: "pw"}, netease=True) as mail:
        deliver(mail, compose(UNIT, files=pair(), when="2024-04-01T09:30:00"), "2024-04-01T09:30:00")  # after going live
        servers = {
            "MAILBOT_IMAP_URL": f"imap://nmyxjg%40163.com@127.0.0.1:{mail.imap_port}", "MAILBOT_IMAP_PASSWORD": "pw",
            "MAILBOT_SMTP_URL": f"smtp://nmyxjg%40163.com@127.0.0.1:{mail.smtp_port}", "MAILBOT_SMTP_PASSWORD": "pw", "MAILBOT_SENDING": "live",
        }  # fmt: skip
        home = ("--home", str(tmp_path / "home"), "--now", "2024-04-01T09:00:00")
        done = ran(*home, "run", "--once", **servers)
        assert done.returncode in (0, 1), done.stderr
        assert len(mail.mails(UNIT)) == 1
        told = ran(*home, "doctor", **servers)
    assert "附件隔离" in told.stdout and "还缺这些保护" in told.stdout, told.stdout + told.stderr


def test_the_commands_of_the_handbooks_recipe_are_known_without_posix(tmp_path: Path) -> None:
    """As far as it goes here: that ours are there and take these words; py, venv and pip are Windows' own."""
    handbook = (ROOT / "docs" / "手册.md").read_text(encoding="utf-8")
    recipe = next(block for block in handbook.split("```") if "py -m venv" in block).strip().splitlines()
    ours = [shlex.split(line, posix=False)[1:] for line in recipe if line.startswith(r"venv\Scripts\mailbot ")]
    assert [command for words in ours for command in ("demo", "init", "doctor") if command in words] == ["demo", "init", "doctor"]
    (tmp_path / "config").mkdir()
    for words in ours:
        done = ran(*(word.replace(r"C:\mailbot", str(tmp_path)).replace("\\", "/") for word in words), "--help")
        assert done.returncode == 0, done.stderr
