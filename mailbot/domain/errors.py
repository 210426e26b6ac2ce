"""Trouble with us or with the world. Trouble with a sender's document is a Finding, never an exception.

Every error carries its own Chinese sentence and says whether running again later may help (`temporary`). Whoever will run
again by itself says so; the sentence tells the cause alone.
A subclass names one cause, so raising is one word: `raise UnsafeLogin`.
"""

from datetime import datetime, time, timedelta
from typing import ClassVar, Literal

# Why a server was not reached, or not trusted; "" where it was, and said no in words of its own. `refused`: nothing listens there;
# `cut`: it was there and hung up; `no-tls`: it does not speak TLS there; `handshake`: it speaks a TLS that we do not.
Cause = Literal[
    "", "no-name", "no-route", "refused", "no-answer", "cut", "no-tls", "handshake", "untrusted", "wrong-name", "expired", "not-yet-valid"
]


class MailbotError(Exception):
    """The root of all our errors. `sentence` is shown to people as it stands; `temporary` means: try again later.

    `detail` is for the log only: what was done and what came of it, never an address or a password. `said`: the server's own words, one
    line without addresses, "" where it said none; `mailbot doctor` quotes them.
    """

    default: ClassVar[str] = "程序遇到意外情况，请联系维护人员。"
    passing: ClassVar[bool] = False

    def __init__(
        self, sentence: str | None = None, *, temporary: bool | None = None, detail: str = "", said: str = "", cause: Cause = ""
    ) -> None:
        self.sentence = self.default if sentence is None else sentence
        self.temporary = self.passing if temporary is None else temporary
        self.detail = detail or said
        self.said = said
        self.cause = cause
        super().__init__(self.sentence)


class RecordRefused(MailbotError):
    """The ledger cannot hold what one mail leaves behind, today or tomorrow."""

    default = "有一封邮件记不进台账，已作为程序故障登记，请人工查看原邮件。"


class LeaseLost(MailbotError):
    """The connection that says that we alone work on this database is gone: another may have begun (reliability.md P12)."""

    default = "与数据库的连接断过，不能确定只有这一个程序在收发，已停下。程序会重新启动；没有自动启动的，请再运行 mailbot run。"
    passing = True


class ConfigurationError(MailbotError):
    """Something an admin wrote (rules, environment, templates) cannot be used: exit status 2."""


class ServerSettingsError(ConfigurationError):
    """The address, port, protection or CA file of a server cannot be used as written."""

    default = "服务器设置有误，请检查 mailbot.yaml 中的服务器地址、端口和加密方式。"


class MailboxError(MailbotError):
    """Something went wrong with the mailbox we read from."""

    default = "读取邮箱时出错。"
    passing = True


class ConnectionLost(MailboxError):
    """Refused, cut, timed out or said BYE."""

    default = "与收件服务器的连接中断。"


class LoginRefused(MailboxError):
    """A wrong or expired authorisation code; the provider's text does not tell which (china-mail.md §1)."""

    default = (
        "收件邮箱登录被拒绝。请确认：用的是客户端授权码而不是网页登录密码；授权码没有过期或被重置；"
        "邮箱网页版“设置”里已开启 IMAP 服务；邮箱与服务器地址是同一家。改正前请不要反复重试，以免账号被锁。"
        "运行 mailbot doctor，看服务器的原话和这家邮箱的改法。"
    )
    passing = False


class UnsafeLogin(MailboxError):
    """NetEase refuses EXAMINE with `Unsafe Login` where no ID was sent or the login looks risky to it."""

    default = (
        "网易邮箱提示“Unsafe Login”（不安全登录），暂不允许读取邮件。请用浏览器登录该邮箱，按提示完成安全验证，"
        "确认已开启 IMAP 服务，并尽量使用单位固定网络；仍不行请联系网易客服 kefu@188.com。"
    )
    passing = False


class FolderMissing(MailboxError):
    """A folder named in the rules is not in the mailbox."""

    passing = False

    def __init__(self, folder: str, *, detail: str = "") -> None:
        self.folder = folder
        super().__init__(f"邮箱里没有名为“{folder}”的文件夹，请检查 mailbot.yaml 里的文件夹名称。", detail=detail)


class TlsFailed(MailboxError):
    """The server's certificate is not to be trusted, or it offers no TLS. No password was sent."""

    default = (
        "无法确认收件服务器的身份（证书不可信、与地址不符、已过期，或服务器不支持加密），已停止连接，密码没有发出。"
        "请检查服务器地址和本机时间；单位自建邮箱请用 MAILBOT_CA_FILE 指定证书文件。"
    )
    passing = False


class MailboxConfused(MailboxError):
    """The server's answer breaks the protocol or contradicts what it said before: nothing of it is used."""

    default = "收件服务器的应答前后不一致，这封邮件暂未取回。"


class MailTooLarge(MailboxError):
    """A mail above the limit. It stays on the server; nothing of it was fetched."""

    passing = False

    def __init__(self, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        super().__init__(f"邮件过大（{_megabytes(size)} MB，上限 {_megabytes(limit)} MB），没有取回，请人工登录邮箱查看。")


SendKind = Literal["temporary", "permanent", "ambiguous", "pause", "refused-login"]
SendAction = Literal["retry", "review", "bad-address", "fix-content", "alert"]
Wait = int | Literal["tomorrow"] | None
_NEW_DAY = time(0, 10)  # providers count from midnight; ten minutes for their clocks (china-mail.md §2)


class SendError(MailbotError):
    """A mail was not, or not certainly, handed to the sending server.

    kind: `temporary` this mail later · `permanent` never this mail to this address · `ambiguous` perhaps it went out
    (reliability.md P7) · `pause` no mail at all until `resume_at` · `refused-login` nothing until staff mend the login.
    action: what the outbox does besides waiting. `code` is the SMTP number, 0 where none came.
    wait: seconds, "tomorrow", or None where the outbox's own back-off decides.
    """

    def __init__(
        self, kind: SendKind, sentence: str, *, action: SendAction = "retry", wait: Wait = None, code: int = 0,
        detail: str = "", said: str = "", cause: Cause = "",
    ) -> None:  # fmt: skip
        self.kind = kind
        self.action = action
        self.wait = wait
        self.code = code
        super().__init__(sentence, temporary=kind in ("temporary", "pause", "ambiguous"), detail=detail, said=said, cause=cause)

    def resume_at(self, now: datetime) -> datetime | None:
        """When sending may go on, seen from `now` (in the provider's time zone); None: the outbox decides."""
        if self.wait == "tomorrow":
            return datetime.combine(now.date() + timedelta(days=1), _NEW_DAY, tzinfo=now.tzinfo)
        return None if self.wait is None else now + timedelta(seconds=self.wait)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"
