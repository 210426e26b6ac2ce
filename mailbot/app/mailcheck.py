"""The mailboxes and the sender tried for real, for `mailbot doctor` and `mailbot init`: what the server said, why, and what to do.

Nothing is changed: mailboxes are opened read-only, nothing is sent. Only `by_mail` sends, one mail to ourselves.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol

from mailbot.domain.diagnosing import Advice, Trouble, advise, no_password, steps_as_text
from mailbot.domain.errors import ConnectionLost, FolderMissing, LoginRefused, MailbotError, SendError, TlsFailed, UnsafeLogin
from mailbot.domain.mail import FolderState, Place
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Mailbox
from mailbot.domain.providers import provider_of
from mailbot.domain.servers import Server

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House

_PAGE_DAYS = 31  # providers that show the last 30 days only show nothing older than this
_SMALL = 60_000  # bytes: our test mail with all that servers write into its header
_LOOK_EVERY, _SAID_EVERY = 3, 15  # seconds
_LISTED = 20  # folders that are named
_EPOCH = 1980  # before it: the server did not say when a mail came
SMTP_SECRET = "MAILBOT_SMTP_PASSWORD"
_NOT_COME = (
    "过几分钟在网页邮箱里找主题是“mailbot 自检”的信。在收件箱里的，只是慢；再运行一次 mailbot doctor --send-test。",
    "在别的文件夹里的，把那个文件夹写进 mailbot.yaml 的 mailbox.folders，或者在网页邮箱里把本邮箱的地址加入白名单。",
    "哪里都没有的，看有没有退信。",
)


class Session(Protocol):
    """What is asked of a logged-in mailbox."""

    def poll_folders(self, wanted: tuple[str, ...] = ...) -> tuple[FolderState, ...]: ...
    def folders(self) -> "tuple[Listed, ...]": ...
    def abilities(self) -> frozenset[str]: ...
    def count(self, folder: str) -> int: ...
    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]: ...
    def fetch(self, place: Place, max_bytes: int) -> Iterator[bytes] | None: ...
    def sent_folder(self) -> str | None: ...


class Listed(Protocol):
    """A folder of the mailbox."""

    @property
    def name(self) -> str: ...
    @property
    def flags(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` says what to do, a line a step, and is empty where all is well. `reached`: False where a server did
    not let us in."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""
    reached: bool = True


@dataclass
class MailCheck:
    """`renewed`: name of a password -> the step that says where a new one goes, with {secret} for what the provider calls it."""

    house: "House"
    renewed: Callable[[str], str]
    newest: datetime | None = field(default=None, init=False)  # when the newest mail came, by the server's clock

    # --- receiving

    def mailbox(self, box: Mailbox) -> Iterator[Check]:
        """One mailbox: the login, its folders, what is found in them. The first trouble ends it."""
        several = len(self.house.rules.settings.mailboxes) > 1
        beside = f" {box.address}" if several else ""
        name = f"收件邮箱{beside}"
        try:
            server = self.house.imap_server(box)
            if server.user and not server.password:
                yield self._lacking(name, box.address, server, box.password_from)
                return
            with self.house.mailbox(box) as session:
                told = "，已用 ID 报上程序名" if "ID" in session.abilities() else ""
                yield Check(name, True, f"登录成功，服务器身份可信{told}。")
                name = f"收件文件夹{beside}"
                folders = [folder.name for folder in session.poll_folders(box.folders)]
                yield self._folders(name, box, session, folders)
                name = f"查找邮件{beside}"
                yield self._recent(name, box, session, folders)
                if (wanted := self.house.rules.settings.sender.sent_folder) and box == self._sending_box:
                    name = "已发送文件夹"
                    yield _sent_folder(wanted, [folder.name for folder in session.folders()])
        except MailbotError as error:
            yield self._refused(name, box, error)

    def _folders(self, name: str, box: Mailbox, session: Session, folders: list[str]) -> Check:
        there = [folder.name for folder in session.folders() if "\\noselect" not in folder.flags]
        listed = "、".join(f"{folder} {session.count(folder)} 封" for folder in folders)
        lacking = [wanted for wanted in box.folders if wanted.upper() != "INBOX" and wanted not in there]
        others = [folder for folder in there if folder not in folders and folder.upper() != "INBOX"]
        words = f"将查看：{listed}。"
        if lacking:
            words += f"没有的文件夹自动跳过：{'、'.join(lacking)}。"
        if others:
            words += f"不看的文件夹：{'、'.join(others[:_LISTED])}{'等' if len(others) > _LISTED else ''}。"
        return Check(name, True, f"{words}请与网页邮箱显示的数量核对，少了的：{provider_of(box.address, box.host).fetch_all}")

    def _recent(self, name: str, box: Mailbox, session: Session, folders: list[str]) -> Check:
        today, days = self.house.clock().date(), box.lookback_days
        found = {folder: session.places(folder, today - timedelta(days=max(days, _PAGE_DAYS))) for folder in folders}
        since = today - timedelta(days=days)
        moments = [place.internaldate.astimezone(SHANGHAI) for places in found.values() for place in places]
        recent = sum(moment.date() >= since or moment.year < _EPOCH for moment in moments)
        newest = max((moment for moment in moments if moment.year >= _EPOCH), default=None)
        self.newest = max(filter(None, (self.newest, newest)), default=None)
        words = f"最近 {days} 天共有 {recent} 封{f'，最新的一封是 {newest:%Y-%m-%d %H:%M} 收到的' if newest else ''}。"
        inbox = found.get("INBOX", ())
        if days <= _PAGE_DAYS and inbox and len(inbox) == session.count("INBOX"):
            words += f"收件箱里没有 {_PAGE_DAYS} 天以前的邮件；网页上看得到更早的，说明收取范围没有放开。"
        return Check(name, True, words)

    # --- sending

    def sender(self) -> Check:
        """Whether we may log in where letters go out; nothing is sent."""
        name = "发件邮箱"
        try:
            server = self.house.smtp_server()
            if server.user and not server.password:
                return self._lacking(name, self.house.rules.settings.sender.address, server, SMTP_SECRET)
            with self.house.postman() as sender:
                sender.check()
        except MailbotError as error:
            return self._not_sent(name, error)
        return Check(name, True, "登录成功（没有发信）。")

    # --- both

    def by_mail(self, say: Callable[[str], None], patience: int) -> Check:
        """Sends a mail to the main mailbox and looks for it there, for `patience` seconds."""
        name, settings = "自发自收", self.house.rules.settings
        box = settings.mailbox
        token = secrets.token_hex(8)
        try:
            with self.house.mailbox(box) as session:
                since = self.house.clock().date() - timedelta(days=1)
                folders = [folder.name for folder in session.poll_folders(box.folders)]
                before = {_key(place) for folder in folders for place in session.places(folder, since)}
                with self.house.postman() as sender:
                    sender.send(_test_mail(settings.sender.address, box.address, token, self.house.clock()), box.address)
                say("测试信已交给发件服务器，等它到收件箱里来……")
                for waited in range(0, patience + 1, _LOOK_EVERY):
                    if folder := _where(session, folders, since, before, token):
                        return self._arrived(name, session, folder, waited, since, token)
                    if waited and waited % _SAID_EVERY == 0:
                        say(f"还没有到，已等 {waited} 秒……")
                    self.house.pause(_LOOK_EVERY)
        except SendError as error:
            return self._not_sent(name, error)
        except MailbotError as error:
            return self._refused(name, box, error)
        return Check(name, False, f"测试信发出去了，等了 {patience} 秒没有收到。", steps_as_text(_NOT_COME))

    def _arrived(self, name: str, session: Session, folder: str, waited: int, since: date, token: str) -> Check:
        sent = session.sent_folder()
        kept = bool(sent and sent != folder and _where(session, [sent], since, set(), token))
        copies = f"发出的信服务商自己存进了“{sent}”。" if kept else "“已发送”里没有它：要留底的，见手册里的 sent_folder。"
        if folder == "INBOX":
            return Check(name, True, f"测试信发出后约 {waited} 秒收到。{copies}信可以删去，程序不会答复它。")
        mend = "在网页邮箱里把本邮箱自己的地址加入白名单（或通讯录），不然各单位收到的信也可能进垃圾箱。"
        return Check(name, False, f"测试信收到了，但被放进“{folder}”。", mend)

    # --- what went wrong

    @property
    def _sending_box(self) -> Mailbox:
        settings = self.house.rules.settings
        return next((box for box in settings.mailboxes if box.address.lower() == settings.sender.address.lower()), settings.mailbox)

    def _lacking(self, name: str, address: str, server: Server, variable: str) -> Check:
        looked_in = f"环境变量 {variable} 没有设置，文件 {self.house.secret_file} 里也没有它"
        advice = no_password(address, server.host, looked_in, self.renewed(variable))
        return Check(name, False, advice.sentence, advice.mend, reached=False)

    def _refused(self, name: str, box: Mailbox, error: MailbotError) -> Check:
        if error.said or error.cause or (isinstance(error, LoginRefused | UnsafeLogin) and error.sentence == error.default):
            server = self.house.imap_server(box)
            trouble = Trouble("imap", server.host, server.port, box.address, self.renewed(box.password_from), error.said, 0, error.cause)
            return _told(name, advise(trouble))
        return Check(name, False, error.sentence, _mend(error), reached=not isinstance(error, ConnectionLost | LoginRefused | TlsFailed))

    def _not_sent(self, name: str, error: MailbotError) -> Check:
        if not isinstance(error, SendError) or not (error.said or error.cause):
            return Check(name, False, error.sentence, _mend(error), reached=not isinstance(error, SendError))
        server, address = self.house.smtp_server(), self.house.rules.settings.sender.address
        trouble = Trouble("smtp", server.host, server.port, address, self.renewed(SMTP_SECRET), error.said, error.code, error.cause)
        return _told(name, advise(trouble))


def _told(name: str, advice: Advice) -> Check:
    return Check(name, False, advice.sentence, advice.mend, reached=False)


def _mend(error: MailbotError) -> str:
    if isinstance(error, FolderMissing):
        return "改正 mailbot.yaml 里 mailbox.folders 的文件夹名称。"
    if error.temporary:
        return "稍后再试；一直这样，请把日志交给维护人员。"
    return "按上面的话改正，再运行一次。"


def _sent_folder(wanted: str, there: list[str]) -> Check:
    if wanted in there:
        return Check("已发送文件夹", True, f"发出的信会另存一份到“{wanted}”。")
    listed = "、".join(there) or "（没有文件夹）"
    return Check("已发送文件夹", False, f"邮箱里没有名为“{wanted}”的文件夹。", f"把 mailbot.yaml 里 sender.sent_folder 改成现有的：{listed}。")


def _test_mail(sender: str, recipient: str, token: str, now: datetime) -> bytes:
    mail = EmailMessage(SMTP)
    mail["From"], mail["To"], mail["Date"] = sender, recipient, format_datetime(now)
    mail["Subject"] = f"mailbot 自检 {now:%m-%d %H:%M}"
    mail["Message-ID"] = f"<selftest.{token}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"], mail["X-Mailbot-Test"] = "auto-generated", token
    mail.set_content("这封信是 mailbot 发给自己的，用来看发信、收信通不通。不用答复，可以删去。\n", cte="base64")
    return mail.as_bytes()


def _key(place: Place) -> tuple[str, int, int]:
    return place.folder, place.uidvalidity, place.uid


def _where(session: Session, folders: list[str], since: date, before: set[tuple[str, int, int]], token: str) -> str:
    """The folder in which the mail with our token lies, "" where it is in none. Servers may give it another Message-ID."""
    for folder in folders:
        for place in session.places(folder, since):
            if _key(place) not in before and place.size <= _SMALL and token.encode() in b"".join(session.fetch(place, _SMALL) or ()):
                return folder
    return ""
