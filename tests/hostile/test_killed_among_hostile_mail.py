"""A80: a mailbox full of hostile mail, the real worker in a process of its own, killed with -9 every few seconds until it is done. What it
decided, filed and wrote equals the undisturbed run; every mail of the server is accounted for (P2, P4). A letter goes out twice only where a kill
fell between the server's 250 and our commit (P7)."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from mail.corpus import CASES, adversarial

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.places import bundled
from mailbot.domain.periods import SHANGHAI

BOT = "nmyxjg@163.com"
_PEOPLE = ("baxiantong@units.example", "zhian@units.example", "office@bureau.example", "evil@163.example", "zhifadadui@units.example")
_SOAK = bool(os.environ.get("MAILBOT_SOAK"))
_SAMPLE, _KILLS, _EVERY = (400, 10_000, 5.0) if _SOAK else (30, 2, 2.0)  # mails, kills at most, seconds between them at most
_CAME = datetime(2024, 3, 28, 9, 0, tzinfo=SHANGHAI)
_LIVE = "2024-03-28T08:00:00"  # mail from before the bot went live is not answered
_ROUNDS = ("2024-03-28T09:01:00", "2024-03-28T10:30:00")  # the second sends what waited for more mail of the same unit
_ENOUGH = 300  # seconds for one undisturbed round
_HEAVY = 5_000_000  # bytes of a mail that is left out: IMAP inside this process would take longer with it than the worker

needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")


def _mails() -> list[bytes]:
    """A sample of the hostile mails, the same each time, each once."""
    mine = [raw for one in CASES if adversarial(one) and not one.tool and len(raw := one.raw()) < _HEAVY]
    return random.Random(80).sample(mine, min(_SAMPLE, len(mine)))


@dataclass
class Worker:
    """`mailbot run --once` for one home and one pair of servers."""

    servers: EmbeddedMail
    home: Path
    config: Path
    kills: int = 0
    said: list[str] = field(default_factory=list)

    def _started(self, now: str) -> "subprocess.Popen[bytes]":
        user = BOT.replace("@", "%40")
        environment = os.environ | {
            "MAILBOT_IMAP_URL": f"imap://{user}@127.0.0.1:{self.servers.imap_port}", "MAILBOT_IMAP_PASSWORD": "pw",
            "MAILBOT_SMTP_URL": f"smtp://{user}@127.0.0.1:{self.servers.smtp_port}", "MAILBOT_SMTP_PASSWORD": "pw",
            "MAILBOT_SENDING": "live", "MAILBOT_SCANS": "off",
        }  # fmt: skip
        words = ["--config", str(self.config), "--home", str(self.home), "--now", now, "run", "--once"]
        command = [sys.executable, "-c", "from mailbot.app.cli import main; main()", *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def whole(self, now: str) -> None:
        assert self._started(now).wait(_ENOUGH) in (0, 1)

    def killed(self, now: str, after: float) -> bool:
        """Whether it was still at work after so many seconds, and was killed."""
        process = self._started(now)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.kills += 1
            return True
        return False

    def rows(self, query: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.home / "mailbot.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def ledger(self) -> dict[str, list[tuple[object, ...]]]:
        """What was decided, without the numbers of rows."""
        return {
            "mails": sorted(self.rows("SELECT sha256, disposition, reason, unit FROM messages"), key=repr),
            "seen": sorted(self.rows("SELECT folder, uid, sha256, message IS NULL FROM sightings")),
            "filings": sorted(self.rows("SELECT unit, duty, period, copy, path, sha256 FROM filings"), key=repr),
            "asked": sorted(self.rows("SELECT m.sha256, r.kind, r.question FROM reviews r JOIN messages m ON m.id = r.message"), key=repr),
            "letters": sorted(self.rows("SELECT key, kind, recipient FROM letters"), key=repr),
        }

    def delivered(self) -> Counter[str]:
        """Message-IDs of our letters, wherever they arrived."""
        return Counter(str(message_from_bytes(raw)["Message-ID"]) for who in _PEOPLE for raw in self.servers.mails(who))


def _config(folder: Path) -> Path:
    """The bundled rules, with no seconds between two letters."""
    shutil.copytree(bundled("config"), folder)
    settings = folder / "mailbot.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("seconds_between: 10 ", "seconds_between: 0 "), encoding="utf-8")
    return folder


@needs_kill
@pytest.mark.shows("A80", "P2", "P4", "F28")
def test_a_worker_that_is_killed_again_and_again_among_hostile_mail_ends_as_if_nothing_had_been(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    mails, config, dice = _mails(), _config(tmp_path / "config"), random.Random(os.environ.get("MAILBOT_SEED", "80"))
    people = {BOT: "pw"} | dict.fromkeys(_PEOPLE, "pw")
    with EmbeddedMail(people, netease=True) as calm, EmbeddedMail(people, netease=True) as wild:
        undisturbed, disturbed = Worker(calm, tmp_path / "calm", config), Worker(wild, tmp_path / "wild", config)
        for worker in (undisturbed, disturbed):
            worker.whole(_LIVE)
            for raw in mails:
                worker.servers.deliver(BOT, raw, when=_CAME)
        began = time.monotonic()
        undisturbed.whole(_ROUNDS[0])
        needed = time.monotonic() - began
        undisturbed.whole(_ROUNDS[1])
        for now in _ROUNDS:
            while disturbed.kills < _KILLS and disturbed.killed(now, min(_EVERY, needed) * dice.uniform(0.4, 1.0)):
                pass
            disturbed.whole(now)
        wanted, found = undisturbed.ledger(), disturbed.ledger()
        assert {what: rows for what, rows in found.items() if rows != wanted[what]} == {}
        assert len(wanted["seen"]) == len(mails) and not any(row[3] for row in wanted["seen"])  # each has its message, or that of which it is a double
        once, again = undisturbed.delivered(), disturbed.delivered()
        unsent = [state for (state,) in disturbed.rows("SELECT state FROM letters") if state in ("ambiguous", "sending")]
        assert max(once.values()) == 1 and sum(once.values()) >= 3
        assert sum(again.values()) - len(again) <= disturbed.kills, "more letters doubled than kills"
        assert abs(len(once) - len(again)) <= len(unsent) <= disturbed.kills
    record_property("runs", f"kills among hostile mails: {disturbed.kills}")
    assert disturbed.kills >= 2
