"""The real command as a process of its own, under strace: killed or failed at the n-th system call of a kind, or watched."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.places import bundled
from mailbot.domain.bounces import id_of
from tests.crash.scenarios import BOT, OFFICE, UNIT, Mail, mail, pair

ROOT = Path(__file__).parent.parent.parent
NOW, LATER = "2024-03-28T09:00:00", "2024-03-28T09:30:00"
_QUERIES = {
    "messages": "SELECT message_id, sha256, disposition, unit, number FROM messages ORDER BY id",
    "sightings": "SELECT account, folder, uid, sha256, message FROM sightings ORDER BY id",
    "filings": "SELECT message, unit, duty, period, copy, path, sha256 FROM filings ORDER BY id",
    "reviews": "SELECT message, kind, question FROM reviews ORDER BY id",
    "letters": "SELECT key, message, kind, recipient, subject, state FROM letters ORDER BY id",
}
# The marks that calls leave: what makes data last, what makes names last, what others hear.
KINDS = ("fsync", "fdatasync", "rename", "pwrite64", "unlink", "sendto")


@cache
def can_trace() -> str:
    """"" where strace is there and may trace and inject, else why not."""
    if sys.platform != "linux" or shutil.which("strace") is None:
        return "strace is not installed"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "true"]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()[:100]}"


@dataclass
class Bureau:
    """A home, and mail servers that outlive the process. `units`: who hears from us."""

    home: Path
    servers: EmbeddedMail
    config: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        imap, smtp = self.servers.imap_port, self.servers.smtp_port
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MAILBOT_")}
        return kept | {
            "MAILBOT_IMAP_URL": f"imap://nmyxjg%40163.com@127.0.0.1:{imap}", "MAILBOT_IMAP_PASSWORD": "pw", "MAILBOT_SENDING": "live",
            "MAILBOT_SMTP_URL": f"smtp://nmyxjg%40163.com@127.0.0.1:{smtp}", "MAILBOT_SMTP_PASSWORD": "pw", "MAILBOT_SCANS": "off",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT),
        } | self.more  # fmt: skip

    def run(self, *before: str, words: tuple[str, ...] = ("run", "--once"), now: str = NOW) -> "subprocess.CompletedProcess[str]":
        """One command. `before`: what it is run under: strace or prlimit with their options."""
        command = [sys.executable, "-m", "mailbot", "--config", str(self.config), "--home", str(self.home), "--now", now, *words]
        return subprocess.run([*before, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)

    def later(self) -> "subprocess.CompletedProcess[str]":
        """One round half an hour later: what was cut off goes out now at the latest."""
        return self.run(now=LATER)

    def killed_at(self, kind: str, when: int) -> bool:
        """One round, killed at the n-th call of a kind; whether there was one."""
        done = self.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={kind}", "-e", f"inject={kind}:signal=KILL:when={when}")
        return done.returncode not in (0, 1, 2, 3)

    def failing(self, kind: str, error: str, when: str, *paths: Path) -> "subprocess.CompletedProcess[str]":
        """One round in which some calls of a kind fail; on some paths only, where any are named."""
        only = [word for path in paths for word in ("-P", str(path))]
        return self.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={kind}", "-e", f"inject={kind}:error={error}:when={when}", *only)

    def calls(self, log: Path) -> list[str]:
        """One round under strace: the calls that matter in the order they ended, each with the file it is about."""
        kinds = "fsync,fdatasync,rename,pwrite64,write,sendto"
        done = self.run("strace", "-f", "-qq", "-y", "-s", "24", "-o", str(log), "-e", f"trace={kinds}")
        assert done.returncode in (0, 1), done.stderr
        begun: dict[str, str] = {}
        found = []
        for line in log.read_text("utf-8", "replace").splitlines():
            process, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[process] = call.removesuffix("<unfinished ...>")
            elif call.startswith("<..."):
                found.append(begun.pop(process, "") + call.partition("resumed>")[2])
            else:
                found.append(call)
        return found

    # --- what came of it

    def heard(self) -> list[str]:
        """The Message-IDs of the letters that the unit got."""
        return [id_of(raw) for raw in self.servers.mails(UNIT)]

    def left(self) -> dict[str, list[tuple[object, ...]]]:
        """What stands in the ledger, without moments and what is drawn by lot; the database is sound and nothing half lies about."""
        connection = sqlite3.connect(self.home / "mailbot.db")
        try:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {table: connection.execute(query).fetchall() for table, query in _QUERIES.items()}
        finally:
            connection.close()

    def archived(self) -> list[str]:
        """The mails in the archive, each whole."""
        files = sorted((self.home / "archive").rglob("*.eml"))
        assert all(hashlib.sha256(f.read_bytes()).hexdigest() == f.stem for f in files)
        return [f.stem for f in files]


@cache
def _mail() -> Mail:
    """The same bytes for all: a mail is made with boundaries drawn by lot."""
    return mail("09:01", files=pair())


@contextmanager
def bureau(folder: Path, **more: str) -> Iterator[Bureau]:
    """An office whose mailbox holds a pair of one unit; it does not wait between two letters."""
    config = folder / "config"
    if not config.exists():
        shutil.copytree(bundled("config"), config)
        settings = config / "mailbot.yaml"
        said = settings.read_text("utf-8").replace("seconds_between: 10", "seconds_between: 0")
        # else a first round that ends before it could note that it is live makes this a mail from before that, which nobody answers
        settings.write_text(f"{said}\nanswer_from: 2024-01-01T00:00:00+08:00\n", "utf-8")
    with EmbeddedMail({BOT: "pw", UNIT: "pw", OFFICE: "pw"}, netease=True) as servers:
        one = _mail()
        assert isinstance(one.raw, bytes)
        servers.deliver(BOT, one.raw, when=one.when)
        yield Bureau(folder / "home", servers, config, more)
