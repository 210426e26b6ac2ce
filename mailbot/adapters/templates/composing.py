"""A letter as RFC 5322 bytes, put together by hand: what is not written here cannot stand in it. Read back once before it is
believed (CVE-2024-6923)."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from urllib.parse import quote

from mailbot.domain.errors import MailbotError
from mailbot.domain.periods import SHANGHAI

_LINE = 78  # characters of a header's line (RFC 5322 2.1.1)
_LONGEST = 998  # octets of any line (RFC 5321 4.5.3.1.6)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")  # a line end that one server sees and another does not
_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class LetterUnsafe(MailbotError):
    def __init__(self, what: str) -> None:
        super().__init__(f"写好的信没有通过发信前检查（{what}），没有放入发件箱", detail=what)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a letter; its name ends in .docx or .xlsx."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """`thread`: In-Reply-To and References; ids that were checked when the letter was written."""

    from_: tuple[str, str]  # name, address
    to: str
    subject: str
    message_id: str
    written_at: datetime
    thread: tuple[str, str] = ("", "")
    reply_to: str = ""  # an address; only in letters to staff
    answers: bool = True  # a mail, as opposed to written by ourselves (RFC 3834)


def composed(head: Head, body: str, page: str = "", enclosures: Sequence[Enclosure] = ()) -> bytes:
    """Plain text, the page that says the same where there is one, and the enclosures. Raises LetterUnsafe; ValueError or
    HeaderParseError for an address that is none."""
    if any(map(_CONTROL.search, (head.subject, *head.from_, head.to, head.reply_to, *head.thread))):
        raise LetterUnsafe("信头里有控制字符")
    subject, office = (text.replace("=?", "= ?") for text in (head.subject, head.from_[0]))  # what is left encoded would be decoded once more
    mark = re.sub(r"[^A-Za-z0-9.]", "", head.message_id)[:60]
    said = _text("plain", body)
    if page:
        said = _several("alternative", f"=_a{mark}", [said, _text("html", page)])
    if enclosures:
        said = _several("mixed", f"=_{mark}", [said, *map(_part, enclosures)])
    lines = _thread(*head.thread) + "\r\n".join((
        "MIME-Version: 1.0", _from(office, head.from_[1]), _line("To", _address(head.to)), _line("Subject", subject),
        *((_line("Reply-To", _address(head.reply_to)),) if head.reply_to else ()),
        f"Date: {format_datetime(head.written_at.astimezone(SHANGHAI))}", f"Message-ID: {_id(head.message_id)}",
        f"Auto-Submitted: {'auto-replied' if head.answers else 'auto-generated'}", "X-Auto-Response-Suppress: All", "",
    ))  # fmt: skip
    own, _, _ = said.partition(b"\r\n\r\n")
    _check(lines + own.decode("ascii") + "\r\n\r\n", head, subject)
    return _one_mail(lines.encode("ascii") + said)


def _text(kind: str, text: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode("ascii") + encodebytes(text.encode()).replace(b"\n", b"\r\n")


def _several(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """A multipart of parts that have their own heads; base64 lines never begin with the boundary's dashes."""
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'.encode("ascii")
    line = f"--{boundary}".encode("ascii")
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _part(file: Enclosure) -> bytes:
    """Its name in both ways: RFC 2047 for old clients here, RFC 2231 for all others (china-mail.md §2)."""
    ending = file.name[file.name.rfind(".") :]
    if ending not in _TYPES or not file.name.isprintable() or "/" in file.name:
        raise LetterUnsafe("附件名不成样子")
    old = Header(file.name, "utf-8", maxlinelen=_LINE - 8).encode(linesep="\r\n")
    head = (
        f'Content-Type: {_TYPES[ending]};\r\n name="{old}"\r\nContent-Transfer-Encoding: base64\r\n'
        f"Content-Disposition: attachment;\r\n filename*=UTF-8''{quote(file.name, safe='')}\r\n\r\n"
    )
    return head.encode("ascii") + encodebytes(file.content).replace(b"\n", b"\r\n")


@lru_cache(maxsize=8)
def _from(name: str, address: str) -> str:
    return _line("From", formataddr((name, address)))


@lru_cache(maxsize=1024)
def _address(text: str) -> str:
    """The address as it stands in a header. Raises HeaderParseError or ValueError for what is none, or more than one."""
    return Address(addr_spec=text).addr_spec


def _line(name: str, value: str) -> str:
    """A header, encoded and folded where it must be."""
    short = value.isascii() and len(name) + len(value) + 2 <= _LINE
    return f"{name}: " + (value if short else Header(value, header_name=name).encode(linesep="\r\n"))


def _id(text: str) -> str:
    """On one line however long it is: many readers cut a folded one (reliability.md, finding 7)."""
    if not re.fullmatch(r"<[\x21-\x7e]{3,250}>", text):
        raise LetterUnsafe("信的编号不成样子")
    return text


def _thread(in_reply_to: str, references: str) -> str:
    """One id a line: encoded as other long headers are, no client threads."""
    if not in_reply_to:
        return ""
    folded = "\r\n ".join(references.split())
    return f"In-Reply-To: {in_reply_to}\r\nReferences: {folded}\r\n"


_ALLOWED = {"from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress",
            "content-type", "content-transfer-encoding", "mime-version"}  # fmt: skip


_ALWAYS = _ALLOWED - {"reply-to", "in-reply-to", "references"}


def _check(text: str, head: Head, subject: str) -> None:
    """Reads our own head back: exactly our headers, each once, one sender, one recipient."""
    back = HeaderParser(policy=compat32).parsestr(text)
    names = [k.lower() for k in back]
    if not _ALWAYS <= set(names) <= _ALLOWED or len(names) != len(set(names)) or back.get_payload():
        raise LetterUnsafe("多出或少了信头")
    if back["To"] != head.to or (back["Reply-To"] or "") != head.reply_to:
        raise LetterUnsafe("收件人不止一个")
    if parseaddr(back["From"])[1] != head.from_[1]:
        raise LetterUnsafe("发件人走样")
    if re.sub(r"\s+", "", str(make_header(decode_header(back["Subject"])))) != re.sub(r"\s+", "", subject):
        raise LetterUnsafe("主题走样")


def _one_mail(raw: bytes) -> bytes:
    """The whole as servers see it: seven-bit, every line ended by CR LF and short enough, and none that ends the mail before its end
    (SMTP smuggling, CVE-2023-51764)."""
    if not raw.isascii() or b"\0" in raw or _LONE.search(raw):
        raise LetterUnsafe("正文里有不该有的字节")
    lines = raw.split(b"\r\n")
    if max(map(len, lines)) > _LONGEST or b"." in lines:
        raise LetterUnsafe("有一行太长，或者只有一个点")
    return raw
