"""Signed tokens (HMAC-SHA256, RFC 2104): that an answer is one to a digest of ours, or a click on one of its links. Nothing is stored:
a token is checked by making it again. A click counts once: not for a case about which somebody decided since its digest was written
(commands)."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from mailbot.domain.bounces import message_id, named_in, signature
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.text import fold

_LENGTH = 16  # hex digits, 64 bits: guessed one mail at a time
_STAMP = "%Y%m%dT%H%M%S"
_DIGEST_ID = re.compile(r"\.digest\.[0-9a-f]{8,10}\.[0-9a-f]{24}@")
_CLICK = re.compile(r"\[(\d{8}T\d{6})\.([0-9a-f]{16})\]")


def sign(key: bytes, *words: str) -> str:
    """The token of some words."""
    text = "\0".join(words).encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:_LENGTH]


def digest_key(moment: datetime, address: str) -> str:
    """The key of a day's digest to one address, in the outbox and in its signature."""
    return f"digest:{moment.astimezone(SHANGHAI):%Y-%m-%d}:{address.lower()}"


def digest_id(key: bytes, moment: datetime, address: str, domain: str) -> str:
    """The Message-ID of a digest to one address: an answer to it bears it in In-Reply-To or References."""
    told = digest_key(moment, address)
    return message_id(f"{moment.astimezone(SHANGHAI):%Y%m%d}", "digest", moment, signature(key, told, address), domain)


def answered_digest(key: bytes, thread: str, staff: Iterable[str], now: datetime, days: int) -> datetime | None:
    """The moment of the digest that a thread (In-Reply-To, References) belongs to, one of ours to any of the staff and not older
    than `days`; None where there is none."""
    for named in named_in(thread):
        if any(named.is_of(key, digest_key(named.written_at, address), address) for address in staff):
            return _young(named.written_at.astimezone(SHANGHAI), now, days)
    return None


def click(key: bytes, moment: datetime, words: str) -> str:
    """What stands at the end of a ready-made answer's subject, behind the words it signs. `moment`: of the digest it is in."""
    stamp = moment.astimezone(SHANGHAI).strftime(_STAMP)
    return f"[{stamp}.{sign(key, 'click', stamp, fold(words))}]"


def clicked(key: bytes, subject: str, now: datetime, days: int) -> datetime | None:
    """The moment of the digest whose ready-made answer a subject is, unchanged and not older than `days`; else None."""
    words = fold(without_token(subject))
    for stamp, token in _CLICK.findall(subject):
        if hmac.compare_digest(token, sign(key, "click", stamp, words)):
            return _young(_moment(stamp), now, days)
    return None


def bears_token(text: str) -> bool:
    """Whether a subject or thread looks like an answer to one of our digests, true or not."""
    return bool(_CLICK.search(text) or _DIGEST_ID.search(text))


def without_token(subject: str) -> str:
    return _CLICK.sub("", subject).strip()


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=SHANGHAI)


def _young(moment: datetime, now: datetime, days: int) -> datetime | None:
    return moment if moment <= now + timedelta(hours=1) and now - moment <= timedelta(days=days) else None
