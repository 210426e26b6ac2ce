"""An office with servers of this process: its mailbox, and an account of another provider that alarms go out of."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from stories.conftest import compose

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.demo import papers
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.periods import SHANGHAI
from tests.servers.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

BOX, STAFF, UNIT, SECRET = "nmyxjg@163.com", "office@bureau.example", "baxiantong@units.example", "canary-Secret-7731"
ALARM, DUTY = "alarm@other.example", "duty@other.example"
MAILBOT = (sys.executable, "-m", "mailbot")


@dataclass
class Office:
    folder: Path
    mail: EmbeddedMail
    other: EmbeddedMail
    more: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def environment(self) -> dict[str, str]:
        user = BOX.replace("@", "%40")
        return {
            "MAILBOT_IMAP_URL": f"imap://{user}@127.0.0.1:{self.mail.imap_port}", "MAILBOT_SMTP_URL": f"smtp://{user}@127.0.0.1:{self.mail.smtp_port}",
            "MAILBOT_IMAP_PASSWORD": SECRET, "MAILBOT_SMTP_PASSWORD": SECRET, "MAILBOT_ALARM_PASSWORD": SECRET, "MAILBOT_SENDING": "live",
            "MAILBOT_SCANS": "off",
        } | self.more  # fmt: skip

    def set_rules(self, **said: object) -> None:
        """Keys of mailbot.yaml; of policy and sender only those that are said."""
        file = self.config / "mailbot.yaml"
        rules = yaml.safe_load(file.read_text(encoding="utf-8"))
        rules |= {key: rules[key] | value if key in ("policy", "sender") and isinstance(value, dict) else value for key, value in said.items()}
        file.write_text(yaml.safe_dump(rules, allow_unicode=True), encoding="utf-8")

    def with_alarm(self, **said: object) -> None:
        account = {"to": [DUTY], "host": "127.0.0.1", "port": self.other.smtp_port, "user": ALARM, "security": "plain"}
        self.set_rules(alarm=account | said)

    def house(self, moment: datetime | str | None = None, home: Path | None = None) -> House:
        """In this process, with a clock that stands at a moment, or with the real one."""
        at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI) if isinstance(moment, str) else moment
        return House(self.config, home or self.home, lambda: at or datetime.now(SHANGHAI), self.environment, lambda _: None)

    def start(self, *words: str, home: Path | None = None) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        line = [*MAILBOT, "--config", str(self.config), "--home", str(home or self.home), *words]
        given = {k: v for k, v in os.environ.items() if not k.startswith("MAILBOT_")} | self.environment
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given, cwd=Path(__file__).parents[2])

    def run(self, *words: str, home: Path | None = None) -> tuple[int, str, str]:
        process = self.start(*words, home=home)
        shown, aside = process.communicate(timeout=120)
        return process.returncode, shown, aside

    def deliver(self, count: int = 3) -> None:
        """Mails of one unit with the form of contacts, each with its receipt."""
        now = datetime.now(UTC)
        for number in range(count):
            file = {f"联络表{number}.docx": papers.liaison_docx(unit="八仙筒市场监管所", name="王敏")}
            self.mail.deliver(BOX, compose(UNIT, f"联络表{number}", files=file, when=f"{now.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}"), now)

    def alarms(self) -> list[str]:
        """What the other provider delivered, as subject and text."""
        import email
        import email.policy

        read = [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.other.mails(DUTY)]
        return [f"{m['Subject']}\n{m.get_content()}" for m in read]  # type: ignore[attr-defined]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(bundled("config"), tmp_path / "config")
    shutil.copytree(bundled("templates"), tmp_path / "templates")
    with EmbeddedMail({BOX: SECRET, STAFF: "x", UNIT: "x"}) as mail, EmbeddedMail({ALARM: SECRET, DUTY: "x"}) as other:
        made = Office(tmp_path, mail, other)
        made.set_rules(staff=[STAFF], answer_from="2020-01-01T00:00:00+08:00", sender={"seconds_between": 0})
        yield made


@pytest.fixture
def until() -> Callable[[Callable[[], object]], object]:
    """Waits for something to become true, a minute at most."""
    import time

    def wait(asked: Callable[[], object]) -> object:
        end = time.monotonic() + 60
        while not (found := asked()):
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.1)
        return found

    return wait
