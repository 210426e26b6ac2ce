"""The SMTP half: who may send, who is known, and into which mailbox a mail goes (an aiosmtpd handler)."""
# ruff: noqa: ARG002 - the signatures are aiosmtpd's

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class PostOffice:
    """Delivers to the users it knows, refuses all others with 550 5.1.1.

    `strict`: the envelope sender must be the login, as NetEase demands (553, china-mail.md §2).
    `answers`: lines to give to the next DATA instead of taking the mail.
    """

    def __init__(self, users: Mapping[str, str], put: Callable[[str, bytes], Awaitable[None]], *, strict: bool) -> None:
        self._users = users
        self._put = put
        self._strict = strict
        self.answers: deque[str] = deque()

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword):
            login = data.login.decode("utf-8", "replace").lower()
            if self._users.get(login) == data.password.decode("utf-8", "replace"):
                return AuthResult(success=True, auth_data=login)
        return AuthResult(success=False, handled=False, message="535 Error: authentication failed")

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self._strict and session.auth_data is None:
            return "530 5.7.0 Authentication required"
        if self._strict and not address:
            return "553 NULL sender is not allowed"
        if self._strict and address.lower() != session.auth_data:
            return "553 Mail from must equal authorized user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Mail OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address.lower() not in self._users:
            return "550 5.1.1 Invalid User"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 Mail OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.popleft()
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            await self._put(recipient.lower(), content)
        return "250 Mail OK queued as embedded"
