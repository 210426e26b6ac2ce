"""Letters of ours that come back. A report is believed only where it holds a Message-ID that we signed for the very address that it
was sent to: whoever knows one letter's id cannot silence another address (reliability.md, finding 12)."""

import hmac
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mailbot.domain.mail import Message
from mailbot.domain.masking import shown

LOOKED_AT = 2_000_000  # bytes of a report
_NAMED_AT_MOST = 50  # letters of ours that one report is believed to return: each costs a look through the outbox
_FAR = 1 << 34  # seconds: no letter was written so late
_SAID_AT_MOST = 600  # signs of a server's words that are looked at
_SIGNS = 24  # of the signature, in hexadecimal: 96 bits
_OURS = re.compile(r"(?<![A-Za-z0-9-])([A-Za-z0-9-]{1,60})\.([a-z-]{1,20})\.([0-9a-f]{8,10})\.([0-9a-f]{24})@")
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{56,76}\r?\n)+[A-Za-z0-9+/]*={0,2}")
_ACTION = re.compile(r"(?im)^action:\s*([a-z]+)")
_STATUS = re.compile(r"(?im)^status:\s*([245]\.\d{1,3}\.\d{1,3})")
_DIAGNOSTIC = re.compile(r"(?im)^diagnostic-code:[^\n]*(?:\n[ \t][^\n]*)*")
_SAID = re.compile(r"(?i)\b[45]\d\d[ -]+(?:[245]\.\d\.\d+[ -]+)?[^\r\n<]{4,160}")
_AT = re.compile(r"\S+@\S+")
_RETURNED = re.compile(r"退信|退回|投递失败|undeliver|returned mail|(?:mail )?delivery (?:status|fail)|failure notice", re.IGNORECASE)
_POSTMASTER = re.compile(r"^(?:mailer-daemon|postmaster)(?:\+.*)?@")
_OWN_ID = re.compile(rb"(?im)^Message-ID:\s*(<[^<>\s]{1,300}>)")


def message_id(number: str, kind: str, written_at: datetime, signature: str, domain: str) -> str:
    """<number.kind.moment.signature@domain>: the moment, in hexadecimal seconds, is what a letter is found by."""
    safe = re.sub(r"[^A-Za-z0-9-]", "", number)[:60] or "0"
    return f"<{safe}.{kind}.{int(written_at.timestamp()):08x}.{signature}@{domain}>"


def signature(secret: bytes, key: str, recipient: str) -> str:
    """Binds a letter to the one address that it is sent to."""
    return hmac.digest(secret, f"{key}\n{recipient.lower()}".encode(), "sha256").hex()[:_SIGNS]


@dataclass(frozen=True, slots=True)
class Named:
    """A Message-ID that looks like one of ours: when that letter was written, and what it was signed with."""

    written_at: datetime
    signature: str

    def is_of(self, secret: bytes, key: str, recipient: str) -> bool:
        return hmac.compare_digest(self.signature, signature(secret, key, recipient))


def id_of(raw: bytes) -> str:
    """The Message-ID of a letter of ours, "" where its bytes hold none."""
    found = _OWN_ID.search(raw.partition(b"\r\n\r\n")[0])
    return found[1].decode("ascii", "replace") if found else ""


def named_in(text: str) -> tuple[Named, ...]:
    """The Message-IDs in a text that look like ours, each once, and of a text full of them the first."""
    found = (Named(datetime.fromtimestamp(int(m[3], 16), UTC), m[4]) for m in _OURS.finditer(text) if int(m[3], 16) < _FAR)
    named: dict[Named, None] = {}
    for one in found:
        named[one] = None
        if len(named) == _NAMED_AT_MOST:
            break
    return tuple(named)


def is_return(message: Message) -> bool:
    """Whether an automatic mail says that something was not delivered. A read receipt and an automatic reply name our letter too, and
    prove the opposite."""
    if message.report_type == "disposition-notification":
        return False
    sender = message.envelope.sender or ""
    return message.report_type == "delivery-status" or bool(_POSTMASTER.match(sender)) or bool(_RETURNED.search(message.envelope.subject))


@dataclass(frozen=True, slots=True)
class Report:
    """What a machine's mail says of letters of ours. `why`: Chinese, with the server's own words, without an address."""

    kind: Literal["returned", "delayed"]
    named: tuple[Named, ...]
    why: str


def report_of(raw: bytes, texts: Iterable[str]) -> Report | None:
    """What a report tells, None where it names no letter. `raw`: the mail, at most LOOKED_AT of it is read; `texts`: what was
    decoded from it, the quoted part too."""
    raw = raw[:LOOKED_AT]
    text = "\n".join((raw.decode("utf-8", "replace"), *_hidden(raw), *texts)).replace("\r\n", "\n")
    named = named_in(text)
    return Report("delayed" if _only_late(text) else "returned", named, _why(text)) if named else None


def _hidden(raw: bytes) -> Iterable[str]:
    """What stands in base64, be it the letter that is returned."""
    for block in _BASE64.finditer(raw):
        whole = b"".join(block[0].split())
        try:
            yield b64decode(whole[: len(whole) // 4 * 4]).decode("utf-8", "replace")
        except (Error, ValueError):
            continue


def _only_late(text: str) -> bool:
    """The server still tries: nothing came back yet (RFC 3464 2.3.3, 2.3.4)."""
    actions = {a.lower() for a in _ACTION.findall(text)}
    if actions:
        return not actions & {"failed"}
    states = _STATUS.findall(text)
    return bool(states) and all(not s.startswith("5") for s in states)


def _why(text: str) -> str:
    status = next(iter(_STATUS.findall(text)), "")
    diagnostic = _DIAGNOSTIC.search(text)
    said = diagnostic[0].partition(":")[2].partition(";")[2] if diagnostic else ""
    if not said and (line := _SAID.search(text)):
        said = line[0]
    told = shown(_AT.sub("", said[:_SAID_AT_MOST]), 120)
    return "被对方服务器退回" + (f"（{' '.join(filter(None, (status if status not in told else '', told)))}）" if status or told else "")
