"""The server we send through (RFC 5321), by smtplib: one mail, one recipient, and a clear word about how it ended.

What a refusal means is said in one table (refusals.py). Whether a mail may have gone out although no answer came is told apart from
whether it certainly did not (reliability.md P7, F17). A server that drips bytes for ever is hung up on (F04).
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from types import TracebackType
from typing import Any, Self

from mailbot.adapters.network import Deadline, cause_of, connected
from mailbot.adapters.smtp.refusals import NO_MECHANISM, REFUSALS, SPENT, classify, clean, for_all
from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import SendError
from mailbot.domain.servers import NOT_ASCII, Server

__all__ = ["REFUSALS", "SmtpSender", "classify", "wire_form"]

log = logging.getLogger(__name__)

_TALK = 600.0  # seconds for logging in, and for offering one mail up to the final dot
_GOODBYE = 20.0
_LINE_LIMIT = 998  # RFC 5321 §4.5.3.1.6: 1000 with CRLF
# Plain addresses only (the set HTML forms allow): nothing that could end the command or name two people.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


_LOST = "与发件服务器的连接中断，邮件没有发出。"
_UNSURE = "邮件已交给发件服务器，但没有收到确认，可能已经发出。"
_UNTRUSTED = (
    "无法确认发件服务器的身份（证书不可信、与地址不符、已过期，或服务器不支持加密），已停止连接，密码没有发出。"
    "请检查服务器地址和本机时间；单位自建邮箱请用 MAILBOT_CA_FILE 指定证书文件。"
)


class SmtpSender:
    """Sends through one server. `with SmtpSender(server, from_) as sender: sender.send(raw, to)`.

    Connects at the first `send` and anew after `per_connection` mails (NetEase counts mails per connection). Where a
    connection that was used before takes no more, a new one is tried at once: it may have been left idle too long.
    `answer_timeout` is the wait after the final dot: ten minutes by RFC 5321 §4.5.3.2.6, for giving up earlier doubles mail; `talk` the
    time for all that comes before it, however slowly it drips.
    """

    def __init__(
        self, server: Server, envelope_from: str, *, per_connection: int = 10, answer_timeout: float = 600.0, talk: float = _TALK
    ) -> None:
        self.server = server
        self.envelope_from = envelope_from
        self._per_connection = per_connection
        self._answer_timeout, self._talk = answer_timeout, talk
        self._deadline = Deadline()
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def check(self) -> None:
        """Connect and log in, send nothing. Raises SendError as `send` would."""
        self._open()
        self.close()

    def send(self, raw: bytes, recipient: str) -> None:
        """Hand one mail to the server. Returns when the server has taken it (250); else raises SendError."""
        if not _ADDRESS.fullmatch(recipient):
            raise SendError("permanent", "收件地址的写法不正确，没有发出，请核对联系方式。", action="bad-address")
        body = wire_form(raw)
        if self._smtp is not None:
            try:
                return self._once(body, recipient)
            except SendError as problem:
                if problem.kind != "temporary" or problem.code not in (0, 421):  # no connection any more: nothing was taken
                    raise
        return self._once(body, recipient)

    def _once(self, body: bytes, recipient: str) -> None:
        try:
            self._offer(self._smtp or self._open(), body, recipient)
        except SendError as problem:
            if SPENT.search(problem.detail):  # this server takes fewer in one connection than we thought
                self._per_connection = max(1, min(self._per_connection, self._sent))
            self._drop()
            raise
        except BaseException:
            self._drop()
            raise
        self._sent += 1
        if self._sent >= self._per_connection:
            self.close()

    def close(self) -> None:
        """Say goodbye, if connected. Never raises: what was taken stays taken."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                with self._deadline.within(_GOODBYE):
                    smtp.quit()
            except (smtplib.SMTPException, OSError) as error:
                log.debug("QUIT failed: %s", type(error).__name__)
            self._hang_up(smtp)

    # --- how

    def _open(self) -> smtplib.SMTP:
        self.close()
        self._sent = 0
        smtp = None
        try:
            with _our_words(), _about_us(opening=True), self._deadline.within(self._talk):
                smtp = _connect(self.server, self._deadline.follow)
                _greet_and_login(smtp, self.server)
        except BaseException:
            self._hang_up(smtp)
            raise
        self._smtp = smtp
        return smtp

    def _offer(self, smtp: smtplib.SMTP, body: bytes, recipient: str) -> None:
        with _our_words(), self._deadline.within(self._talk):
            eight_bit = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") and not body.isascii() else []
            with _about_us():
                _expect(smtp.mail(self.envelope_from, eight_bit), 250)
            _expect(smtp.rcpt(recipient), 250, 251)
            _expect(smtp.docmd("DATA"), 354)
            smtp.send(_stuffed(body))
        # From here on the server may have the mail: silence, and what is no answer, is no longer a no.
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._answer_timeout)
            with self._deadline.within(self._answer_timeout):
                code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise SendError("ambiguous", _UNSURE, action="review", detail=type(error).__name__) from error
        if 400 <= code < 600:
            raise classify(code, _decoded(text))
        if not 200 <= code < 300:
            raise SendError("ambiguous", _UNSURE, action="review", code=max(code, 0), said=clean(_decoded(text)))
        if smtp.sock is not None:
            smtp.sock.settimeout(self.server.timeout)

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            self._hang_up(smtp)

    def _hang_up(self, smtp: smtplib.SMTP | None) -> None:
        self._deadline.forget()
        if smtp is not None:
            smtp.close()


def wire_form(raw: bytes) -> bytes:
    """The mail as it goes over the wire: CRLF everywhere (a bare CR or LF can smuggle a second mail), no line over 998.

    A longer line is broken with CRLF and a space, at a space where there is one: legal folding in a header
    (RFC 5322 §2.2.3), harmless in base64, and what MTAs do to such lines in a body.
    """
    lines = re.split(rb"\r\n|\r|\n", raw)
    if lines and lines[-1] == b"":
        lines.pop()
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _folded(line: bytes) -> Iterator[bytes]:
    while len(line) > _LINE_LIMIT:
        cut = line.rfind(b" ", 1, _LINE_LIMIT)
        if cut <= 0 or not line[:cut].strip():
            cut = _LINE_LIMIT
            while cut > _LINE_LIMIT - 4 and line[cut] & 0xC0 == 0x80:  # never inside a UTF-8 character
                cut -= 1
        yield line[:cut]
        line = b" " + line[cut:].removeprefix(b" ")
    yield line


def _stuffed(body: bytes) -> bytes:
    """Dots doubled at line starts, and the final dot (RFC 5321 §4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", body) + b".\r\n"


class _Smtp(smtplib.SMTP):
    """`follow` is told of the socket before a byte is read from it."""

    def __init__(self, server: Server, follow: Callable[[socket], None]) -> None:
        self._follow = follow
        # local_hostname: smtplib's own fallback, said at once, for asking the name server can take long and tells our name.
        super().__init__(server.host, server.port, "[127.0.0.1]", timeout=server.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        sock = connected(host, port, timeout)
        self._follow(sock)
        return sock


class _Tls(smtplib.SMTP_SSL, _Smtp):
    """TLS over the socket that the class behind SMTP_SSL gives."""

    def __init__(self, server: Server, follow: Callable[[socket], None]) -> None:
        self._follow = follow
        smtplib.SMTP_SSL.__init__(self, server.host, server.port, "[127.0.0.1]", timeout=server.timeout, context=tls_context(server))


def _connect(server: Server, follow: Callable[[socket], None]) -> smtplib.SMTP:
    smtp = (_Tls if server.security == "tls" else _Smtp)(server, follow)
    if smtp.sock is not None:  # see components.md: Nagle's algorithm costs 40 ms per mail
        smtp.sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return smtp


def _greet_and_login(smtp: smtplib.SMTP, server: Server) -> None:
    smtp.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        try:
            smtp.starttls(context=tls_context(server))
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
            raise SendError("refused-login", _UNTRUSTED, action="alert", detail="no STARTTLS", cause="no-tls") from error
        smtp.ehlo()
    if server.user:
        _login(smtp, server)


def _login(smtp: smtplib.SMTP, server: Server) -> None:
    """Every mechanism in turn, as `SMTP.login` does; but a server that hangs up after its first no (QQ) has said no, and why."""
    smtp.user, smtp.password = server.user, server.password
    answers: dict[str, Any] = {"CRAM-MD5": smtp.auth_cram_md5, "PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}
    refusal: smtplib.SMTPAuthenticationError | None = None
    for mechanism in [m for m in answers if m in smtp.esmtp_features.get("auth", "").split()]:
        try:
            smtp.auth(mechanism, answers[mechanism])
            return
        except UnicodeError as error:
            raise SendError("refused-login", f"{NOT_ASCII}。", action="alert", detail="password is not ASCII") from error
        except smtplib.SMTPAuthenticationError as error:
            refusal = error
        except smtplib.SMTPServerDisconnected:
            if refusal is None:
                raise
            break
    if refusal is None:
        raise SendError("refused-login", NO_MECHANISM, action="alert", detail="no AUTH offered that we know")
    raise classify(refusal.smtp_code, _decoded(refusal.smtp_error), logging_in=True) from refusal


def _expect(answer: tuple[int, bytes], *wanted: int) -> None:
    code, text = answer
    if code not in wanted:
        raise classify(code, _decoded(text))


def _decoded(text: bytes | str) -> str:
    """UTF-8 or, where a server speaks Chinese as it did twenty years ago, GBK (QQ's 535)."""
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("gb18030", "replace")


@contextmanager
def _our_words() -> Iterator[None]:
    """Turn what smtplib, ssl and socket raise before the final dot into a SendError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SendError("refused-login", _UNTRUSTED, action="alert", detail=error.verify_message, cause=cause_of(error)) from error
    except smtplib.SMTPResponseException as error:
        raise classify(error.smtp_code, _decoded(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SendError("temporary", _LOST, detail=clean(f"{type(error).__name__}: {error}"), cause=cause_of(error)) from error


@contextmanager
def _about_us(*, opening: bool = False) -> Iterator[None]:
    """Before a recipient was named, a no for good means this machine or this account, whatever it says: all letters wait, none is given
    up, and no unit's address is to blame. `opening`: a no for now means all letters too, for the next one would hear the same."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise for_all(classify(error.smtp_code, _decoded(error.smtp_error)), opening=opening) from error
    except SendError as error:
        raise for_all(error, opening=opening) from error.__cause__
