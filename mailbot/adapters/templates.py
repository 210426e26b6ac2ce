"""Letters and findings in words: Jinja2 templates from disk, RFC 5322 bytes out. Nothing of the sender is ever executed."""

import hashlib
import re
from base64 import encodebytes
from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import format_datetime, formataddr
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.findings import CODES, Finding
from mailbot.domain.letters import Letter
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Settings
from mailbot.domain.records import Written
from mailbot.domain.text import show
from mailbot.domain.words import COPIES

if TYPE_CHECKING:  # a poll of nothing writes no letter
    import jinja2

_LINE = 78  # characters of a header's line (RFC 5322 2.1.1)
_WEEKDAYS = "一二三四五六日"


class TemplateError(ConfigurationError):
    def __init__(self, name: str, problem: Exception) -> None:
        super().__init__(f"信件模板 {name} 有误（{problem}），这封信没有写成，请修改模板", detail=str(problem))


class LetterUnsafe(MailbotError):
    def __init__(self, what: str) -> None:
        super().__init__(f"写好的信没有通过发信前检查（{what}），没有放入发件箱", detail=what)


class Templates:
    """Renders `<kind>.txt` (first line: subject) and `findings.yaml` (a sentence a code)."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.settings, self._folder = settings, folder
        text = (folder / "findings.yaml").read_text(encoding="utf-8")
        self._sentences: Mapping[str, str] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        lacking = set(CODES) - set(self._sentences)
        if lacking:
            raise TemplateError("findings.yaml", KeyError(f"缺少 {'、'.join(sorted(lacking))}"))
        self._written = cache(self._compiled)
        self.sentence = lru_cache(maxsize=1024)(self._sentence)  # each is told in the record and in the letter

    def check(self) -> None:
        """Compiles every template. Raises TemplateError for the first that is wrong."""
        import jinja2

        for code in self._sentences:
            self._written(code)
        for name in self._jinja.list_templates(extensions=["txt"]):
            try:
                self._jinja.get_template(name)
            except jinja2.TemplateError as problem:
                raise TemplateError(name, problem) from problem

    @cached_property
    def _jinja(self) -> "jinja2.Environment":
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            autoescape=False, auto_reload=False,
        )  # fmt: skip  # plain text only; the HTML digest brings its own environment with autoescape
        environment.filters |= {"day": day, "kilobytes": kilobytes, "copy": lambda c: COPIES[c], "sentence": self.sentence}
        return environment

    def _compiled(self, code: str) -> "jinja2.Template":
        import jinja2

        try:
            return self._jinja.from_string(self._sentences[code].strip())
        except jinja2.TemplateError as problem:
            raise TemplateError(f"findings.yaml {code}", problem) from problem

    def _sentence(self, finding: Finding) -> str:
        """One clear Chinese sentence: where, what stands there, what is expected, how to mend it."""
        parts = {"where": show(finding.where, 80), "found": show(finding.found, 80), "expected": show(finding.expected, 80)}
        return self._written(finding.code).render(policy=self.settings.policy, **parts)

    def letter(self, letter: Letter, written_at: datetime) -> Written:
        """Raises TemplateError or LetterUnsafe; both cost the letter, never the record."""
        import jinja2

        name = f"{letter.kind}.txt"
        try:
            text = self._jinja.get_template(name).render(letter=letter, office=self.settings.office, policy=self.settings.policy)
        except (jinja2.TemplateError, TypeError, ValueError, LookupError) as problem:
            raise TemplateError(name, problem) from problem
        subject, _, body = text.strip().partition("\n")
        try:
            return Written(subject, self._message(letter, show(subject, 150), _tidy(body), written_at))
        except (ValueError, HeaderParseError) as problem:
            raise LetterUnsafe(str(problem)) from problem

    @cached_property
    def _from(self) -> str:
        return _line("From", formataddr((self.settings.sender.name, self.settings.sender.address)))

    def _message(self, letter: Letter, subject: str, body: str, written_at: datetime) -> bytes:
        plain = subject.replace("=?", "= ?")  # what is left encoded would be decoded once more
        digest = hashlib.sha256(letter.key.encode()).hexdigest()[:12]
        head = _thread(letter) + "\r\n".join((
            'Content-Type: text/plain; charset="utf-8"', "MIME-Version: 1.0", "Content-Transfer-Encoding: base64",
            self._from, _line("To", _address(letter.to)), _line("Subject", plain),
            f"Date: {format_datetime(written_at.astimezone(SHANGHAI))}",
            _line("Message-ID", f"<{letter.number}.{letter.kind}.{digest}@{self.settings.sender.address.partition('@')[2]}>"),
            "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "", "",
        ))  # fmt: skip  # RFC 3834
        _check(head, letter.to, plain)
        return head.encode("ascii") + encodebytes(body.encode()).replace(b"\n", b"\r\n")


@lru_cache(maxsize=1024)
def _address(text: str) -> str:
    """The address as it stands in a header. Raises HeaderParseError or ValueError for what is none, or more than one."""
    return Address(addr_spec=text).addr_spec


def _line(name: str, value: str) -> str:
    """A header, encoded and folded where it must be."""
    short = value.isascii() and len(name) + len(value) + 2 <= _LINE
    return f"{name}: " + (value if short else Header(value, header_name=name).encode(linesep="\r\n"))


def _thread(letter: Letter) -> str:
    """The two thread headers one id a line: encoded as other long headers are, no client threads. The ids were checked when the
    letter was written."""
    if not letter.in_reply_to:
        return ""
    folded = "\r\n ".join(letter.references.split())
    return f"In-Reply-To: {letter.in_reply_to}\r\nReferences: {folded}\r\n"


_ALLOWED = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress",
            "content-type", "content-transfer-encoding", "mime-version"}  # fmt: skip


def _check(head: str, to: str, subject: str) -> None:
    """Reads our own head back: exactly our headers, one recipient (a sender's subject must not become a header; CVE-2024-6923)."""
    back = HeaderParser(policy=compat32).parsestr(head)
    if not {k.lower() for k in back} <= _ALLOWED or len(back.keys()) != len(set(map(str.lower, back.keys()))):
        raise LetterUnsafe("多出了信头")
    if back["To"] != to:
        raise LetterUnsafe("收件人不止一个")
    if re.sub(r"\s+", "", str(make_header(decode_header(back["Subject"])))) != re.sub(r"\s+", "", subject):
        raise LetterUnsafe("主题走样")


def _tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def day(moment: datetime, *, year: bool = False) -> str:
    """3月29日（周五）, with the year where asked."""
    there = moment.astimezone(SHANGHAI)
    return f"{f'{there.year}年' if year else ''}{there.month}月{there.day}日（周{_WEEKDAYS[there.weekday()]}）"


def kilobytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"
