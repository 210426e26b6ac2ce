"""A mail as the rest of the house sees it, and whether a machine may answer it (RFC 3834, RFC 5230)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from mailbot.domain.documents import Document
from mailbot.domain.text import squash


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a server a mail lies. 163 always says UIDVALIDITY 1, so size and date belong to the key. `account`: the mailbox's address."""

    folder: str
    uidvalidity: int
    uid: int
    size: int
    internaldate: datetime
    account: str = ""

    def __post_init__(self) -> None:
        if self.internaldate.tzinfo is None:
            raise ValueError("internaldate must know its time zone")


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder of the mailbox as the server tells it: while both numbers stay the same nothing new has come (RFC 3501
    §2.3.1.1). `uidnext` is None where the server does not say it (NetEase)."""

    name: str
    uidvalidity: int = 0
    uidnext: int | None = None


_TRUSTED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a folder was read: what it held below `uidnext` (0 where the server does not say it) is taken. `listed_at`: when
    the whole of the last `days` days was listed. A short cut only: what is taken is told by the sightings, and a bookmark is
    believed for a day, so that whatever a server or a clock did wrong is made good by the next full listing."""

    uidvalidity: int
    uidnext: int
    days: int
    listed_at: datetime

    def follows(self, last: "Bookmark | None") -> bool:
        """Whether nothing but what came since `last` can be new."""
        if last is None or not last.uidnext or self.uidnext < last.uidnext:
            return False
        same = (self.uidvalidity, self.days) == (last.uidvalidity, last.days)
        return same and last.listed_at <= self.listed_at < last.listed_at + _TRUSTED


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as the server gives it: its bytes in order, to be read once. `place` is None for a file handed to `ingest`."""

    pieces: Iterable[bytes]
    place: Place | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header, decoded. `headers` maps lower-case names to all values in order, topmost first.

    `sender` is the one address of From in lower case, None where From is missing, doubled, a group or malformed:
    then nobody is taken for the sender (reliability.md, finding 5). `received` is the date of the topmost Received.
    """

    message_id: str = ""
    subject: str = ""
    sender: str | None = None
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    date: datetime | None = None
    received: datetime | None = None
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The topmost value of a header, "" where there is none."""
        values = self.headers.get(name.lower(), ())
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.headers.get(name.lower(), ())


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail, unpacked. `path` shows the way in: 材料.zip/一季度清单.docx, 原邮件.eml/附件.docx.

    `name` is the last part of `path` as the sender wrote it (cleaned for showing, never used as a path on disk).
    `inline`: shown in the text of the mail (Content-ID referred to by the HTML part). `forwarded`: inside a message
    that was forwarded. `expires`: of a cloud attachment, of which only a link came; None where that is not said.
    """

    path: str
    name: str
    sha256: str
    size: int
    document: Document
    inline: bool = False
    forwarded: bool = False
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A web link of the mail's text, never followed. `text`: the words shown for it; `near`: the shown text of the block it stands
    in (webmail writes name, size and expiry of a cloud attachment beside the link), at most 400 characters. `marks`: what the
    link's own HTML attributes say (filename, filesize, expiretime, title), lower-case names.
    """

    url: str
    text: str = ""
    near: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, read: header, own text (quoted older mail cut off), files, and the links of its own text.

    `content_key` is the SHA-256 over body, From, To, Date and Subject as sent: trace and X- headers do not count.
    `trouble` says why the structure could not be read in full; the raw bytes are archived in any case.
    """

    envelope: Envelope
    text: str = ""
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()
    content_key: str = ""
    content_type: str = "text/plain"
    report_type: str = ""  # of a multipart/report, or of a part that only programs write: delivery-status, disposition-notification, calendar
    trouble: str = ""
    links: tuple[Link, ...] = ()
    otherwise: str = ""  # what the HTML form of the text says, where that is something else than `text`
    within: tuple[str, ...] = ()  # what attached mails and winmail.dat say: a subject, or nothing, and on the lines below it the head of a text
    veiled: bool = False  # by its styles some of `text` may be shown to nobody: white, flat, hidden by a rule


_AUTO_REPLY = r"(?:自动[回答][复覆]|自動[回答][復覆]|auto(?:matic)?[\s-]*(?:repl(?:y|ied)|response))"
# Behind what programs and gateways put before a subject: Re:, 转发：, [外部邮件]. Who sends again what came back (退信重报) is a person.
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*+(?:(?:(?:re|fw|fwd|回复|答复|转发)\s*[:：]|[\[【(（][^\[\]【】()（）]{0,30}[\]】)）])\s*+)*+"
    rf"(?:{_AUTO_REPLY}|(?:休假|度假|放假|请假|出差|外出|离岗|不在办公室|系统|邮件)中?(?:期间|通知)?{_AUTO_REPLY}\s*(?:[:：]|$)"
    r"|out\s+of\s+(?:the\s+)?office|系统退信|邮件被退回|undeliver(?:ed|able)"
    r"|(?:退信(?:通知|提醒)?|邮件退回(?:通知|提醒))\s*(?:$|[:：](?!.*重[新报发寄]))|(?:邮件)?投递失败(?!.*重[新报发寄])|邮件(?:发送|送达)失败(?:通知|提醒)"
    r"|delivery (?:status notification|failure)|mail delivery failed|returned mail|failure notice|(?:已读|read|已读回执|读取回执)\s*(?:[:：]|回执\s*$))"
    rf"|[(（【\[]\s*{_AUTO_REPLY}\s*[)）】\]]|(?:的|[\s\-—:：，,])(?:自动回复|自动答复)\s*$",
    re.IGNORECASE,
)
_AUTOMATIC_TEXT = re.compile(r"(?:这|此|本)封?(?:邮件|信)?[是为由]一?封?(?:系统|邮箱)?的?自动[回答]复(?![^。]{0,20}[吗么?])")
_FIRST_WORDS = 100  # characters of a text, in which a program says what it is
_MACHINE = re.compile(  # RFC 5230 4.6 names some of them
    r"^(?:mail(?:er)?-?daemon|m?daemon|postmaster|listserv|majordomo|bounces?(?:[-._].*)?|auto-?reply|(?:no|do[-_.]?not)[-_.]?reply\d*"
    r"|no[-_.]?reply[-._].*|.*[-._]no[-_.]?reply\d*|owner-.*|.*-(?:owner|request|bounces?))(?:\+.*)?$"
)
# Why a mail counts as a machine's; words.AUTOMATIC says it in Chinese.
Automatic = Literal[
    "auto-submitted", "subject", "text", "null-return-path", "auto-return-path", "list-id", "precedence", "provider-mark", "calendar", "report",
    "machine-address", "own-address", "own-letter",
]  # fmt: skip
_PROVIDER_MARKS = ("x-qq-auto-reply", "x-qq-holidayreply", "x-autoreply", "x-autorespond", "x-mail-autoreply", "x-failed-recipients", "hmm-notify")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_NOBODYS_PATH = re.compile(r"(?:<>|<?(?:mailer-daemon|postmaster)(?:@[^<>]*)?>?)?", re.IGNORECASE)  # of a bounce
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification", "message/feedback-report")
_LOOPING = ("mailing-list", "x-mailing-list", "x-beenthere", "x-loop", "x-rt-loop-prevention", "x-auto-reply-from", "x-autoreply-from")
_REPLY = re.compile(r"^(?:\s*(?:re|回复|答复|回覆)\s*[:：]\s*)+", re.IGNORECASE)


def without_comments(value: str) -> str:
    """A header's value without what stands in round brackets, one within the other too (RFC 5322 3.2.2). One that is never closed stays."""
    kept: list[str] = []
    opened: list[int] = []
    for sign in value:
        if sign == ")" and opened:
            del kept[opened.pop() :]
            sign = " "
        elif sign == "(":
            opened.append(len(kept))
        kept.append(sign)
    return "".join(kept)


def is_machine_address(address: str) -> bool:
    """Whether nobody reads what is sent to an address (postmaster@, no-reply@); in lower case."""
    return bool(_MACHINE.match(address.partition("@")[0]))


def is_reply(subject: str) -> bool:
    return bool(_REPLY.match(subject))


def plain_subject(subject: str) -> str:
    """The subject without Re:, 回复： and the like before it."""
    return _REPLY.sub("", subject)


def automatic_because(message: Message, own_addresses: frozenset[str]) -> Automatic | None:
    """Why this mail was written by a machine, or None where a person seems to have sent it.

    The rows of the contract's table: Auto-Submitted, subject, null return path, list mail, machine addresses,
    delivery and read reports, ourselves; and what Chinese providers set instead (china-mail.md §3).
    """
    envelope = message.envelope
    if any(without_comments(v).partition(";")[0].strip().lower() != "no" for v in envelope.all("auto-submitted")):  # RFC 3834 §5
        return "auto-submitted"
    if _AUTOMATIC_SUBJECT.search(squash(envelope.subject)):
        return "subject"
    if _AUTOMATIC_TEXT.search(squash(message.text[:_FIRST_WORDS])):
        return "text"
    if any(_NOBODYS_PATH.fullmatch(re.sub(r"\s", "", without_comments(path))) for path in envelope.all("return-path")):
        return "null-return-path"
    if "+auto_=" in envelope.header("return-path"):
        return "auto-return-path"
    if envelope.all("list-id"):
        return "list-id"
    if any(not _BULK.isdisjoint(re.split(r"[\s;,\"]+", without_comments(v).lower())) for v in envelope.all("precedence")):
        return "precedence"
    if any(v.strip().lower() not in ("no", "false", "none", "0") for name in _PROVIDER_MARKS for v in envelope.all(name)):
        return "provider-mark"
    if message.content_type == "text/calendar" or message.report_type == "calendar":
        return "calendar"
    if message.report_type or message.content_type in _REPORTS or without_comments(envelope.header("content-type")).strip().lower().startswith(_REPORTS):
        return "report"
    sender = envelope.sender or ""
    if sender and is_machine_address(sender):
        return "machine-address"
    if sender in own_addresses or re.sub(r"\+[^@]*", "", sender) in own_addresses:
        return "own-address"
    return None


def may_answer(message: Message) -> bool:
    """Whether the header asks machines not to answer. Only for mail that is not automatic itself."""
    if any(name.startswith("list-") or name in _LOOPING for name in message.envelope.headers):
        return False
    asked = ",".join(message.envelope.all("x-auto-response-suppress")).lower()
    return not any(word in asked for word in ("all", "autoreply", "oof"))


def received_moment(place: Place | None, envelope: Envelope, now: datetime) -> datetime:
    """The moment of receipt: the server's INTERNALDATE, else the topmost Received, else Date, else now. A moment from
    before there was e-mail is a server's or sender's nonsense and not believed."""
    said = (place.internaldate if place else None, envelope.received, envelope.date)
    return next((moment for moment in said if moment and moment.year > 1990), now)
