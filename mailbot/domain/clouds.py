"""Cloud attachments: files too large to be mailed that webmail leaves behind a link (超大附件, 网盘).

Nothing is ever fetched. A link is recorded as a file that did not come, with the name, size and expiry that stand beside it; which
links are meant is a rule (policy.cloud in mailbot.yaml, samples in china-mail.md §3).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from mailbot.domain.documents import Document
from mailbot.domain.mail import Attachment, Link, Message
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Cloud

_FILE_NAME = re.compile(
    r"[^\s<>()（）\[\]【】:：/\\|\"“”，,;；]{1,120}\.(?:docx?|docm|xlsx?|xlsm|wps|et|pdf|ofd|zip|rar|7z|tar|gz|jpe?g|png|tiff?|heic|txt|rtf|od[ts]|csv|mp4|pptx?)"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<![\d.])(\d{1,6}(?:\.\d{1,3})?)\s*(K|M|G|字节|B)(?:i?B)?(?![A-Za-z])", re.IGNORECASE)
_FACTORS = {"B": 1, "字": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_UNNAMED = "未命名文件"


@dataclass(frozen=True, slots=True)
class CloudFile:
    """One file behind a link. `size` in bytes, 0 where it is not said; `expires` None where it is not said or never."""

    provider: str
    name: str
    size: int = 0
    expires: datetime | None = None

    @property
    def told(self) -> str:
        """Provider, size and expiry in words: 网易邮箱，3.61 MB，2022年11月25日13:35到期."""
        size = f"，{self.size / 1e6:.3g} MB" if self.size else ""
        until = self.expires.astimezone(SHANGHAI) if self.expires else None
        day = f"，{until.year}年{until.month}月{until.day}日{until:%H:%M}到期" if until else ""
        return f"{self.provider}{size}{day}"


def cloud_attachments(message: Message, rules: Cloud) -> tuple[Attachment, ...]:
    """The cloud files of a mail's own text as attachments that did not come (trouble cloud-link), each once."""
    files = tuple(_once(_recognised(message.links, rules))) or tuple(_announced(message, rules))
    return tuple(
        Attachment(f"云附件：{f.name}", f.name, "", f.size, Document("other", trouble="cloud-link", detail=f.told), expires=f.expires) for f in files
    )


def _recognised(links: Iterable[Link], rules: Cloud) -> Iterator[CloudFile]:
    for link in links:
        provider = next((p.name for p in rules.providers if any(re.search(pattern, link.url, re.IGNORECASE) for pattern in p.urls)), None)
        if provider:
            yield CloudFile(provider, _name(link), _size(link), _expiry(link, rules.expiry))


def _once(files: Iterable[CloudFile]) -> Iterator[CloudFile]:
    """Webmail writes two or three links for one file, some without its name."""
    known = list(files)
    named = {f.name: f for f in reversed(known) if f.name != _UNNAMED}
    yield from (f for f in dict.fromkeys(known) if named.get(f.name) is f)
    if not named and known:
        yield known[0]


def _announced(message: Message, rules: Cloud) -> Iterator[CloudFile]:
    """A provider we do not know, whose words say that a large attachment stands behind some link."""
    for words in rules.words:
        if words in message.text:
            place = message.text[message.text.index(words) :][:400]
            names = _FILE_NAME.findall(place)
            yield CloudFile("超大附件", names[0] if names else _UNNAMED, _size_in(place), _moment_in(place, rules.expiry))
            return


def _name(link: Link) -> str:
    asked = parse_qs(urlsplit(link.url).query)
    told = (link.marks.get("filename"), link.marks.get("download"), *asked.get("filename", ()), *asked.get("file", ()), *asked.get("title", ()))
    for text in (*told, link.text, link.marks.get("title"), _before(link)):
        if text and (found := _FILE_NAME.findall(unquote(text))):
            return str(found[-1])[-120:]
    return _UNNAMED


def _before(link: Link) -> str:
    """What stands beside the link, up to the link: the name comes before it."""
    place = link.near.find(link.url)
    return link.near[:place] if place > 0 and _FILE_NAME.search(link.near[:place]) else link.near


def _size(link: Link) -> int:
    exact = link.marks.get("filesize", "")
    return int(exact) if exact.isascii() and exact.isdigit() and len(exact) < 16 else _size_in(f"{exact} {link.marks.get('title', '')} {link.near}")


def _size_in(text: str) -> int:
    found = _SIZE.search(text)
    return round(float(found[1]) * _FACTORS[found[2][0].upper()]) if found else 0


def _expiry(link: Link, patterns: tuple[str, ...]) -> datetime | None:
    told = (link.marks.get("expiretime", ""), *parse_qs(urlsplit(link.url).query).get("expired", ()))
    for stamp in told:
        if stamp.isascii() and stamp.isdigit() and len(stamp) in (10, 13):
            return datetime.fromtimestamp(int(stamp[:10]), UTC)
    return _moment_in(f"{link.marks.get('title', '')} {link.near}", patterns)


def _moment_in(text: str, patterns: tuple[str, ...]) -> datetime | None:
    """The moment by the first pattern that is found: groups year, month, day, hour, minute; without a time the day's end."""
    for pattern in patterns:
        for found in re.finditer(pattern, text):
            year, month, day, hour, minute = (int(number) if number else None for number in found.groups()[:5])
            try:
                return datetime(year or 0, month or 0, day or 0, 23 if hour is None else hour, 59 if minute is None else minute, tzinfo=SHANGHAI)
            except ValueError:
                continue
    return None
