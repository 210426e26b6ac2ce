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
# The first of these that is offered is taken: a click on it, or the words one writes behind the number. To send something back is only
# for a case about which nothing else can be done.
_LIKED = (("长期", True), ("延期", False), ("免报", True), ("知道了", False), ("退回", True))


@dataclass(frozen=True, slots=True)
class Word:
    """One mail of the clerk's. `answers`: numbers of cases in the digest and the keys of what was answered; `clicked` or written by hand."""

    answers: tuple[tuple[int, str], ...]
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
    """What the clerk sends after reading a digest: a mail a click, and one reply for all that is answered by hand."""
    by_hand: list[tuple[int, str]] = []
    for case, answers in offered(digest).items():
        key, click = next(((key, click) for key, click in _LIKED if key in answers), ("知道了", False))
        if click:
            yield Word(((case, key),), True, clicked(answers[key], when, case))
        else:
            by_hand.append((case, key))
    if by_hand:
        yield Word(tuple(by_hand), False, _reply(digest, by_hand, when, office))


def clicked(href: str, when: datetime, case: int) -> bytes:
    """Exactly the prepared mail."""
    parts = urlsplit(href)
    query = parse_qs(parts.query)
    return _mail(unquote(parts.path), query["subject"][0], query["body"][0], when, f"click-{case}").as_bytes()


def _reply(digest: Arrived, answers: list[tuple[int, str]], when: datetime, office: str) -> bytes:
    """A plain reply, the digest quoted below it."""
    mail, text = digest.mail, " ".join(f"{case} {key}" for case, key in answers)
    answer = _mail(office, f"Re: {mail['Subject']}", f"{text}\n\n> {mail['Subject']}\n> 1 是 2 否\n", when, f"reply-{answers[0][0]}")
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
