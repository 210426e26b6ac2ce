"""The office's clerk: reads the digest as it lies in the mailbox and settles what waits, by a click or by a plain reply. All the clerk
knows is the page."""

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

from mailbot.app.demo.post import Arrived

STAFF = "office@bureau.example"
_LINK = re.compile(r'<a href="(mailto:[^"]+)"')
_CASE = re.compile(r"处理\s+(\d+)\s+(\S+)")
# The first of these that is offered is taken: a click on it, or the words one writes behind the number.
_CLICKS = ("长期", "免报", "退回")
_WRITTEN = ("延期", "知道了", "是")


@dataclass(frozen=True, slots=True)
class Word:
    """One mail of the clerk's. `case`: the number in the digest; `answer`: its key; `clicked` or written by hand."""

    case: int
    answer: str
    clicked: bool
    raw: bytes


def offered(digest: Arrived) -> dict[int, dict[str, str]]:
    """Number of a case -> key of an answer -> the prepared mail, from the links on the page."""
    page = digest.mail.get_body(("html",))
    found: dict[int, dict[str, str]] = {}
    for link in _LINK.findall(page.get_content() if page else ""):
        href = unescape(link)
        subject = parse_qs(urlsplit(href).query)["subject"][0]
        if said := _CASE.match(subject):
            found.setdefault(int(said[1]), {})[said[2]] = href
    return found


def words(digest: Arrived, when: datetime, office: str) -> Iterator[Word]:
    """What the clerk sends after reading a digest: a mail a click, and one reply for what is answered by hand."""
    by_hand: list[tuple[int, str]] = []
    for case, answers in offered(digest).items():
        if click := next((key for key in _CLICKS if key in answers and not ("知道了" in answers or "延期" in answers and key == "退回")), None):
            yield Word(case, click, True, _clicked(answers[click], when, case))
        elif written := next((key for key in _WRITTEN if key in answers), None):
            by_hand.append((case, written))
    for case, key in by_hand:
        yield Word(case, key, False, _reply(digest, " ".join(f"{c} {k}" for c, k in by_hand), when, office, case))
        break


def _clicked(href: str, when: datetime, case: int) -> bytes:
    """Exactly the prepared mail."""
    parts = urlsplit(href)
    query = parse_qs(parts.query)
    return _mail(unquote(parts.path), query["subject"][0], query["body"][0], when, f"click-{case}").as_bytes()


def _reply(digest: Arrived, text: str, when: datetime, office: str, case: int) -> bytes:
    mail = digest.mail
    answer = _mail(office, f"Re: {mail['Subject']}", f"{text}\n\n> {mail['Subject']}\n> 1 是 2 否\n", when, f"reply-{case}")
    answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
    return answer.as_bytes()


def _mail(to: str, subject: str, text: str, when: datetime, key: str) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = Address("办公室", addr_spec=STAFF)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = f"<{when:%Y%m%d%H%M%S}.{key}@{STAFF.partition('@')[2]}>"
    mail.set_content(text)
    return mail
