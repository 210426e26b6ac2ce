"""Real servers as fixtures. Each is started once per test process, on free ports, in folders of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailbot.domain.servers import Server
from tests.servers.dovecot import ACCOUNTS, BOT, Dovecot, dovecot
from tests.servers.postfix import postfix, postfix_program
from tests.servers.postgres import postgres_server, postgres_url
from tests.servers.real import as_root, missing
from tests.servers.relay import relay

__all__ = ["postgres_server", "postgres_url"]


@dataclass(frozen=True)
class RealMail:
    """A running Dovecot and a server that sends into it. Accounts: `dovecot.ACCOUNTS`; the bot is `user`."""

    imap_host: str
    imap_port: int
    smtp_host: str
    smtp_port: int  # STARTTLS
    user: str
    password: str
    ca_file: Path
    smtp_by: str
    deliver: Callable[[str, bytes], None]
    mails: Callable[[str], list[bytes]]
    mailboxes: Dovecot

    def imap(self, address: str = BOT) -> Server:
        return Server(self.imap_host, self.imap_port, address, ACCOUNTS[address], "tls", self.ca_file, 20.0)

    def smtp(self, address: str = BOT) -> Server:
        return Server(self.smtp_host, self.smtp_port, address, ACCOUNTS[address], "starttls", self.ca_file, 20.0)


@pytest.fixture(scope="session")
def real_dovecot() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture(scope="session")
def smtp_relay(real_dovecot: Dovecot) -> Iterator[RealMail]:
    """Sending by aiosmtpd: works everywhere Dovecot does."""
    with relay(real_dovecot) as port:
        yield _real_mail(real_dovecot, port, "aiosmtpd")


@pytest.fixture(scope="session")
def smtp_postfix(real_dovecot: Dovecot) -> Iterator[RealMail]:
    """Sending by a real Postfix."""
    if postfix_program() is None:
        missing("Postfix is not installed (Debian: postfix)")
    if not as_root():
        missing("Postfix needs root")
    with postfix(real_dovecot) as running:
        yield _real_mail(real_dovecot, running.starttls_port, "postfix")


@pytest.fixture
def real_mail(request: pytest.FixtureRequest) -> RealMail:
    """For whole loops: Postfix where it can run, else aiosmtpd."""
    usable = postfix_program() is not None and as_root()
    found: RealMail = request.getfixturevalue("smtp_postfix" if usable else "smtp_relay")
    return found


def _real_mail(server: Dovecot, smtp_port: int, by: str) -> RealMail:
    mail = {"deliver": server.deliver, "mails": server.mails, "mailboxes": server, "smtp_by": by}
    return RealMail("localhost", server.imaps_port, "localhost", smtp_port, BOT, ACCOUNTS[BOT], server.ca_file, **mail)  # type: ignore[arg-type]
