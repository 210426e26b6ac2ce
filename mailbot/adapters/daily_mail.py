"""The letters of the day (reminders, escalations, the digest) in words: Jinja2 templates from disk, RFC 5322 bytes out. In HTML
everything is escaped."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from email.encoders import encode_base64
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import format_datetime, formataddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailbot.domain.chasing import Escalation, Reminder
from mailbot.domain.digest import Digest
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.findings import Finding
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.picture import shortened
from mailbot.domain.policy import Settings
from mailbot.domain.records import Written
from mailbot.domain.text import show
from mailbot.domain.words import COPIES

if TYPE_CHECKING:  # most runs write none of these
    import jinja2

_TEMPLATES = ("reminder.txt", "escalation.txt", "digest.txt", "digest.html")
_WEEKDAYS = "一二三四五六日"
PAGE_BYTES = 95_000  # mail programs clip a page at 102 KB
_SHORTER = (40, 25, 15, 8, 4)  # entries of a list, until the page fits
_POLICY = compat32.clone(linesep="\r\n")


SignedId = Callable[[str, str, datetime, str, str], str]  # number, kind, moment, key, recipient -> Message-ID


class DailyTemplateError(ConfigurationError):
    def __init__(self, name: str, problem: Exception) -> None:
        super().__init__(f"信件模板 {name} 有误（{problem}），这封信没有写成，请修改模板", detail=str(problem))


class DailyLetterUnsafe(MailbotError):
    def __init__(self, what: str) -> None:
        super().__init__(f"写好的信没有通过发信前检查（{what}），没有放入发件箱", detail=what)


class DailyLetters:
    """`folders`: where templates are looked for, the office's own first. `sentence`: a finding in words. `signed_id` makes the
    Message-ID by which a letter that comes back is known."""

    def __init__(self, folders: tuple[Path, ...], settings: Settings, sentence: Callable[[Finding], str], signed_id: SignedId) -> None:
        self.settings, self._folders, self.sentence, self._signed_id = settings, folders, sentence, signed_id

    @cached_property
    def _jinja(self) -> "jinja2.Environment":
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folders), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            autoescape=lambda name: bool(name and name.endswith(".html")), auto_reload=False,
        )  # fmt: skip
        environment.globals |= {"clock": clock, "date": date}
        environment.filters |= {"day": day, "copy": COPIES.__getitem__, "sentence": self.sentence}
        return environment

    def check(self) -> None:
        """Compiles the templates. Raises DailyTemplateError for the first that is wrong or not there."""
        import jinja2

        for name in _TEMPLATES:
            try:
                self._jinja.get_template(name)
            except jinja2.TemplateError as problem:
                raise DailyTemplateError(name, problem) from problem

    def chasing(self, letter: Reminder | Escalation) -> Written:
        """A reminder or an escalation, plain text. Raises DailyTemplateError; DailyLetterUnsafe costs this letter alone."""
        text = self._rendered(f"{letter.kind}.txt", letter=letter, number=number(letter.key, letter.as_of))
        subject, _, body = text.strip().partition("\n")
        subject = show(subject, 150)
        signed = self._signed_id(number(letter.key, letter.as_of), letter.kind, letter.as_of, letter.key, letter.to)
        return Written(subject, self._sealed(_plain(_tidy(body)), letter.to, subject, letter.as_of, signed))

    def digest(self, digest: Digest, to: str, message_id: str, workbook: bytes | None) -> Written:
        """The digest as text and as a page that says the same; lists are shortened until mail programs show the page whole."""
        page, shown = "", digest
        for most in _SHORTER:
            shown = shortened(digest, most)
            page = _tight(self._rendered("digest.html", digest=shown, attached=workbook is not None))
            if len(page.encode()) <= PAGE_BYTES:
                break
        text = self._rendered("digest.txt", digest=shown, attached=workbook is not None)
        subject, _, body = text.strip().partition("\n")
        subject = show(subject, 150)
        both = MIMEMultipart("alternative")
        both.attach(_plain(_tidy(body)))
        both.attach(MIMEText(page, "html", "utf-8"))
        whole: Message = both
        if workbook is not None:
            whole = MIMEMultipart("mixed")
            whole.attach(both)
            whole.attach(_file(f"台账{digest.as_of:%Y-%m-%d}.xlsx", workbook))
        return Written(subject, self._sealed(whole, to, subject, digest.as_of, message_id))

    def digest_page(self, digest: Digest) -> str:
        """The page alone, whole, for a file."""
        return _tight(self._rendered("digest.html", digest=digest, attached=False))

    def digest_text(self, digest: Digest) -> str:
        return _tidy(self._rendered("digest.txt", digest=digest, attached=False))

    def _rendered(self, template: str, **values: Any) -> str:
        import jinja2

        try:
            return self._jinja.get_template(template).render(office=self.settings.office, policy=self.settings.policy, **values)
        except (jinja2.TemplateError, TypeError, ValueError, LookupError) as problem:
            raise DailyTemplateError(template, problem) from problem

    def _sealed(self, body: Message, to: str, subject: str, written_at: datetime, message_id: str) -> bytes:
        """With its head, read back once: one recipient, the subject as it was meant."""
        plain = subject.replace("=?", "= ?")  # what is left encoded would be decoded once more
        try:
            address = Address(addr_spec=to).addr_spec
        except (ValueError, HeaderParseError) as problem:
            raise DailyLetterUnsafe("收件地址不成样子") from problem
        body["From"] = formataddr((self.settings.sender.name, self.settings.sender.address))
        body["To"] = address
        body["Subject"] = Header(plain, "utf-8", header_name="Subject").encode(linesep="\r\n")
        body["Date"] = format_datetime(written_at.astimezone(SHANGHAI))
        body["Message-ID"] = message_id
        body["Auto-Submitted"], body["X-Auto-Response-Suppress"] = "auto-generated", "All"  # RFC 3834
        raw = body.as_bytes(policy=_POLICY)
        back = HeaderParser(policy=compat32).parsestr(raw.partition(b"\r\n\r\n")[0].decode("ascii"))
        if len(back.get_all("To", [])) != 1 or back["To"] != to or len(back.keys()) != len(set(map(str.lower, back.keys()))):
            raise DailyLetterUnsafe("收件人或信头走样")
        if _bare(str(make_header(decode_header(back["Subject"])))) != _bare(plain):
            raise DailyLetterUnsafe("主题走样")
        return raw


def _plain(text: str) -> MIMEText:
    return MIMEText(text, "plain", "utf-8")


def _file(name: str, content: bytes) -> MIMEBase:
    """An Excel file under its Chinese name, as old clients (RFC 2047 in name=) and new ones (RFC 2231) read it."""
    part = MIMEBase("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", name=Header(name, "utf-8").encode())
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    part.set_payload(content)
    encode_base64(part)
    return part


def _tight(page: str) -> str:
    """Without the indentation of the template, which costs a tenth of the size."""
    return re.sub(r"\n\s*", "\n", page).strip() + "\n"


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def number(key: str, moment: datetime) -> str:
    """20240326-1A2B3C: what a letter is called when somebody phones about it."""
    return f"{moment.astimezone(SHANGHAI):%Y%m%d}-{hashlib.sha256(key.encode()).hexdigest()[:6].upper()}"


def day(moment: datetime, *, year: bool = False) -> str:
    """3月29日（周五）, with the year where asked."""
    there = moment.astimezone(SHANGHAI)
    return f"{f'{there.year}年' if year else ''}{there.month}月{there.day}日（周{_WEEKDAYS[there.weekday()]}）"


def clock(moment: datetime) -> str:
    """3月29日 09:30."""
    there = moment.astimezone(SHANGHAI)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


def date(moment: datetime, as_of: datetime) -> str:
    """As `day`, with the year where it is not this one."""
    return day(moment, year=moment.astimezone(SHANGHAI).year != as_of.astimezone(SHANGHAI).year)
