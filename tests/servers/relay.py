"""Where there is no Postfix: aiosmtpd with STARTTLS and a login, handing on to Dovecot's LMTP (components.md §2)."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.dovecot import ACCOUNTS, Dovecot
from tests.servers.real import free_port


class _ToLmtp:
    def __init__(self, port: int) -> None:
        self.port = port

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        def push() -> dict[str, tuple[int, bytes]]:
            with smtplib.LMTP("127.0.0.1", self.port, "localhost") as lmtp:
                return lmtp.sendmail(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")

        try:
            bad = await asyncio.to_thread(push)
        except smtplib.SMTPRecipientsRefused:
            return "550 5.1.1 User unknown"
        except (OSError, smtplib.SMTPException):
            return "451 4.3.0 delivery deferred"
        return "550 5.1.1 some recipients refused" if bad else "250 2.0.0 delivered"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and ACCOUNTS.get(data.login.decode()) == data.password.decode()
    return AuthResult(success=good, handled=False)


@contextmanager
def relay(mailboxes: Dovecot) -> Iterator[int]:
    """The port of a STARTTLS server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(mailboxes.ca_file, mailboxes.key_file)
    handler = _ToLmtp(mailboxes.lmtp_port)
    port = free_port()  # the controller knocks at its own port, so it cannot be 0
    login: dict[str, Any] = {"authenticator": _authenticate, "auth_required": True}
    controller = Controller(handler, hostname="127.0.0.1", port=port, tls_context=context, server_hostname="localhost", **login)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
