"""The server we send through (RFC 5321), by smtplib: one mail, one recipient, and a clear word about how it ended.

What a refusal means is said in one table, REFUSALS, by the provider's letter code: the same letter code comes under
different numbers (china-mail.md §2). Whether a mail may have gone out although no answer came is told apart from
whether it certainly did not (reliability.md P7, F17).
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from types import TracebackType
from typing import Any, Self

from mailbot.adapters.network import cause_of, connected
from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import SendAction, SendError, SendKind, Wait
from mailbot.domain.servers import NOT_ASCII, Server

log = logging.getLogger(__name__)

_MINUTE, _HOUR = 60, 3600
_LINE_LIMIT = 998  # RFC 5321 §4.5.3.1.6: 1000 with CRLF
# Plain addresses only (the set HTML forms allow): nothing that could end the command or name two people.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: answers that match `pattern` (and begin with one of `codes`, if given) mean this."""

    pattern: re.Pattern[str]
    kind: SendKind
    action: SendAction
    wait: Wait
    sentence: str
    codes: str = "45"


def _row(pattern: str, kind: SendKind, action: SendAction, wait: Wait, sentence: str, codes: str = "45") -> Refusal:
    return Refusal(re.compile(pattern, re.I), kind, action, wait, sentence, codes)


_LOGIN_SENTENCE = (
    "发件邮箱登录被拒绝。请确认：用的是客户端授权码而不是网页登录密码；授权码没有过期或被重置；邮箱网页版“设置”里已开启 SMTP 服务。"
    "改正前请不要反复重试，以免账号被锁。运行 mailbot doctor，看服务器的原话和这家邮箱的改法。"
)
_NO_MECHANISM = "发件服务器不提供授权码登录（AUTH PLAIN、LOGIN），多半是端口或加密方式不对：465 用 tls，587 用 starttls。"
_SPENT = re.compile(r"MI:(?:DMC|CEL|CCL)|RP:(?:DRC|CCL)")  # too much for this one connection
# First match wins. china-mail.md §2 (NetEase's own table), QQ's texts, then the enhanced codes of RFC 3463.
REFUSALS: tuple[Refusal, ...] = (
    _row(r"too much fail authentication", "pause", "alert", _HOUR, "发件邮箱因多次登录失败被暂时限制，已停发一小时。请检查授权码。"),
    _row(r"HL:(?:ICC|IFC|REP|MEP)", "pause", "retry", 30 * _MINUTE, "邮箱服务商限制了本机的连接次数，暂停发信三十分钟。"),
    _row(r"HL:(?:IHU|IPB|ITC)|blacklist", "pause", "alert", "tomorrow", "邮箱服务商拒绝本机网络地址发信，今天已停发，请联系服务商。"),
    _row(r"MI:SPB|WM:BLU", "pause", "alert", "tomorrow", "发件账号被邮箱服务商列入限制名单，今天已停发，请联系服务商。"),
    _row(_SPENT.pattern, "temporary", "retry", _MINUTE, "这次连接发信过多，稍后重新连接再发。"),
    _row(r"MI:SFQ", "pause", "retry", 20 * _MINUTE, "十五分钟内发信超过限额，全部暂停二十分钟。"),
    _row(r"RP:QRC", "pause", "retry", _HOUR, "短时间内收件人过多，全部暂停一小时。"),
    _row(r"MI:STC|RP:TRC", "pause", "alert", "tomorrow", "今天的发信限额已用完，明天零点十分后继续。"),
    _row(r"RP:RCL", "permanent", "alert", None, "邮箱服务商认为一封信的收件人过多，没有发出。"),
    _row(r"DT:SPM", "temporary", "review", 2 * _MINUTE, "邮件被怀疑是垃圾邮件，两分钟后只再试一次，仍不行请人工处理。", "4"),
    _row(r"DT:SPM|DT:SUM|spam", "permanent", "alert", None, "邮件被判为垃圾邮件或信头不符，没有发出；同样内容不再重发，请人工处理。", "5"),
    _row(
        r"illegal attachment|exceeded mailsize|5\.3\.4|size limit",
        "permanent", "fix-content", None, "附件类型被禁止或邮件过大，没有发出。", "5",
    ),
    _row(
        r"must equal authorized user|same as authorization user|NULL sender",
        "pause", "alert", _HOUR, "发件人地址必须与登录的邮箱账号相同，请检查 mailbot.yaml 的发件设置。",
    ),
    _row(
        r"login fail|authentication (?:failed|required)|authoriz\w+ code|授权码|user has no permission|5\.7\.8",
        "refused-login", "alert", None, _LOGIN_SENTENCE, "5",
    ),
    _row(
        r"invalid user|user suspended|no such user|user unknown|user not found|mailbox (?:unavailable|not found)|5\.1\.[1236]|5\.2\.1",
        "permanent", "bad-address", None, "收件地址不存在或已停用，没有发出，请核对联系方式。", "5",
    ),
)  # fmt: skip
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
    `answer_timeout` is the wait after the final dot: ten minutes by RFC 5321 §4.5.3.2.6, for giving up earlier doubles mail.
    """

    def __init__(self, server: Server, envelope_from: str, *, per_connection: int = 10, answer_timeout: float = 600.0) -> None:
        self.server = server
        self.envelope_from = envelope_from
        self._per_connection = per_connection
        self._answer_timeout = answer_timeout
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
            if _SPENT.search(problem.detail):  # this server takes fewer in one connection than we thought
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
                smtp.quit()
            except (smtplib.SMTPException, OSError) as error:
                log.debug("QUIT failed: %s", type(error).__name__)
            smtp.close()

    # --- how

    def _open(self) -> smtplib.SMTP:
        self.close()
        self._sent = 0
        with _our_words(), _about_us(opening=True):
            smtp = _connect(self.server)
        try:
            with _our_words(), _about_us(opening=True):
                _greet_and_login(smtp, self.server)
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp
        return smtp

    def _offer(self, smtp: smtplib.SMTP, body: bytes, recipient: str) -> None:
        with _our_words():
            eight_bit = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") and not body.isascii() else []
            with _about_us():
                _expect(smtp.mail(self.envelope_from, eight_bit), 250)
            _expect(smtp.rcpt(recipient), 250, 251)
            _expect(smtp.docmd("DATA"), 354)
            smtp.send(_stuffed(body))
        # From here on the server may have the mail: silence is no longer a no.
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._answer_timeout)
            answer = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise SendError("ambiguous", _UNSURE, action="review", detail=type(error).__name__) from error
        with _our_words():
            _expect(answer, 250)
            if smtp.sock is not None:
                smtp.sock.settimeout(self.server.timeout)

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def classify(code: int, text: str, *, logging_in: bool = False) -> SendError:
    """What an answer means, by REFUSALS; unknown 4xx: this mail later, unknown 5xx: never, and tell staff. While `logging_in` no mail is
    meant, nor anybody's address: a 5xx refuses the login."""
    said = _clean(text)
    for row in REFUSALS:
        if str(code)[:1] in row.codes and row.pattern.search(text) and not (logging_in and row.kind == "permanent"):
            return SendError(row.kind, row.sentence, action=row.action, wait=row.wait, code=code, said=said)
    if code in (530, 534, 535, 538) or (logging_in and 500 <= code < 600):
        return SendError("refused-login", _LOGIN_SENTENCE, action="alert", code=code, said=said)
    if 500 <= code < 600:
        return SendError("permanent", f"发件服务器拒绝了这封邮件（{code}），没有发出，请人工处理。", action="alert", code=code, said=said)
    return SendError("temporary", f"发件服务器暂时不收（{code}）。", code=code, said=said)


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
    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        return connected(host, port, timeout)


class _Tls(smtplib.SMTP_SSL, _Smtp):
    """TLS over the socket that the class behind SMTP_SSL gives."""


def _connect(server: Server) -> smtplib.SMTP:
    # local_hostname: smtplib's own fallback, said at once, for asking the name server can take long and tells our name.
    if server.security == "tls":
        context = tls_context(server)
        smtp: smtplib.SMTP = _Tls(server.host, server.port, "[127.0.0.1]", timeout=server.timeout, context=context)
    else:
        smtp = _Smtp(server.host, server.port, "[127.0.0.1]", timeout=server.timeout)
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
        raise SendError("refused-login", _NO_MECHANISM, action="alert", detail="no AUTH offered that we know")
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
        raise SendError("temporary", _LOST, detail=_clean(f"{type(error).__name__}: {error}"), cause=cause_of(error)) from error


@contextmanager
def _about_us(*, opening: bool = False) -> Iterator[None]:
    """Before a recipient was named, a no for good means this machine or this account, whatever it says: all letters wait, none is given
    up, and no unit's address is to blame. `opening`: a no for now means all letters too, for the next one would hear the same."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _for_all(classify(error.smtp_code, _decoded(error.smtp_error)), opening) from error
    except SendError as error:
        raise _for_all(error, opening) from error.__cause__


def _for_all(problem: SendError, opening: bool) -> SendError:
    if problem.kind == "permanent":
        sentence = f"发件服务器拒绝本机或本账号发信（{problem.code}），暂停发信一小时，请人工查看。"
        return SendError("pause", sentence, action="alert", wait=_HOUR, code=problem.code, said=problem.said)
    if opening and problem.kind == "temporary" and problem.code:
        return SendError("pause", problem.sentence, action=problem.action, wait=problem.wait, code=problem.code, said=problem.said)
    return problem


def _clean(text: str) -> str:
    """One line, short, printable, no address."""
    hidden = re.sub(r"\S+@\S+", "<address>", text)
    return "".join(c if c.isprintable() else " " for c in hidden)[:200]
