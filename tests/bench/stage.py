"""The servers of a bench and the rules mailbot runs by there: sending without pauses and caps, everything else as bundled."""

import logging
import shutil
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.places import bundled
from tests.servers.dovecot import ACCOUNTS, BOT, Dovecot, dovecot
from tests.servers.real import free_port, short_folder

USER, PASSWORD = BOT, ACCOUNTS[BOT]


class _Sink:
    """Takes every letter and counts."""

    def __init__(self) -> None:
        self.letters = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters += 1
        return "250 taken"


def _anybody(*_: object) -> AuthResult:
    return AuthResult(success=True)


@dataclass(frozen=True)
class Stage:
    name: str
    server: Dovecot | EmbeddedMail
    sink: _Sink
    config: Path
    imap_port: int
    smtp_port: int

    @property
    def environment(self) -> dict[str, str]:
        name = USER.replace("@", "%40")
        return {
            "MAILBOT_IMAP_URL": f"imap://{name}@127.0.0.1:{self.imap_port}", "MAILBOT_IMAP_PASSWORD": PASSWORD,
            "MAILBOT_SMTP_URL": f"smtp://{name}@127.0.0.1:{self.smtp_port}", "MAILBOT_SMTP_PASSWORD": PASSWORD, "MAILBOT_SENDING": "live",
        }  # fmt: skip

    def through(self, imap_port: int) -> "Stage":
        return replace(self, imap_port=imap_port)

    def received(self) -> int:
        return self.sink.letters

    def fill(self, mails: Iterable[bytes]) -> None:
        """The mailbox holds these and nothing else."""
        if isinstance(self.server, EmbeddedMail):
            self.server.remove(USER)
            for raw in mails:
                self.server.deliver(USER, raw)
            return
        new = self._empty_maildir(self.server)
        for number, raw in enumerate(mails):
            (new / f"{int(time.time())}.M{number:06d}.bench").write_bytes(raw)
        self._own(self.server)

    def fill_small(self, count: int) -> None:
        """So many mails of some bytes, from before the window mailbot looks at."""
        self.fill(b"Date: Mon, 01 Jan 2024 08:00:00 +0800\r\nSubject: %d\r\nMessage-ID: <%d@x.example>\r\n\r\nx\r\n" % (n, n) for n in range(count))

    @staticmethod
    def _empty_maildir(server: Dovecot) -> Path:
        home = server.base / "mail" / USER
        shutil.rmtree(home, ignore_errors=True)
        for part in ("new", "cur", "tmp"):
            (home / "Maildir" / part).mkdir(parents=True)
        return home / "Maildir" / "new"

    @staticmethod
    def _own(server: Dovecot) -> None:
        owner = (server.base / "mail").stat()
        for path in (server.base / "mail").rglob("*"):
            shutil.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def stage() -> Iterator[Stage]:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd tells of every login
    warnings.simplefilter("ignore", DeprecationWarning)
    with ExitStack() as stack:
        sink, smtp_port = _Sink(), free_port()
        controller = Controller(sink, hostname="127.0.0.1", port=smtp_port, authenticator=_anybody, auth_require_tls=False)
        controller.start()
        stack.callback(controller.stop)
        config = _rules(stack.enter_context(short_folder()))
        try:
            server: Dovecot | EmbeddedMail = stack.enter_context(dovecot())
        except pytest.skip.Exception:
            server = stack.enter_context(EmbeddedMail({USER: PASSWORD}))
        yield Stage(type(server).__name__, server, sink, config, server.imap_port, smtp_port)


def _rules(folder: Path) -> Path:
    shutil.copytree(bundled("config"), folder / "config")
    file = folder / "config" / "mailbot.yaml"
    rules = yaml.safe_load(file.read_text("utf-8"))
    rules["answer_from"] = "2020-01-01T00:00:00+08:00"
    rules["sender"] |= {"seconds_between": 0, "per_day": 1_000_000}
    rules.setdefault("policy", {})["letters_per_address_and_day"] = 1_000_000
    file.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    return folder / "config"
