"""The header of a mail as an Envelope. Needs no parser: it reads the header block itself, line by line, so that it also
serves a mail that is too hostile to be parsed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from mailbot.adapters.mime.words import decode_bytes, decode_words, parameter, unfold
from mailbot.domain.mail import Envelope

LONE_CR = re.compile(rb"\r(?!\n)")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f]")  # some readers end at them, others pass over them
_ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]*)(?:\.[A-Za-z0-9-]+)*"
_BARE = re.compile(rf"<?({_ADDRESS})>?(?:[ \t]*\([^()<>@,;:\\\"]*\))?\Z")
_QUOTED_NAME = re.compile(rf"\"((?:[^\"\\]|\\.)*)\"[ \t]*<({_ADDRESS})>\Z")
_PLAIN_NAME = re.compile(rf"([^\"<>(),;:\\]*?)[ \t]*<({_ADDRESS})>\Z")
_ANY_ADDRESS = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
_TYPE = re.compile(rb"\s*([A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+)")
_ZONE = re.compile(r"[+-]\d{4}\b|\b(?:GMT|UTC?|Z|[ECMP][SD]T)\b")
_VALUE_CHARS = 20_000
_SUBJECT_CHARS = 1_000
_RECIPIENTS = 500
_CHINA = timezone(timedelta(hours=8))


def normalised(raw: bytes) -> bytes:
    """All line ends as LF."""
    if b"\r" not in raw:
        return raw
    if LONE_CR.search(raw):
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw.replace(b"\r", b"")  # several times as quick


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a header block in order: lower-case name and the bytes behind the colon, folds kept."""

    fields: tuple[tuple[str, bytes], ...]

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> bytes:
        return next((value for key, value in self.fields if key == name), b"")


def read_header(head: bytes) -> Header:
    """The fields of a line-normalised header block. Lines that are no field and go on with none are passed over."""
    fields: list[tuple[str, bytes]] = []
    for lines in re.split(rb"\n(?![ \t])", head):
        if match := _FIELD.match(lines):
            fields.append((match[1].decode("ascii").lower(), match[2]))
        elif fields and goes_on(fields[-1][1], lines):
            fields[-1] = fields[-1][0], fields[-1][1] + b"\n " + lines
    return Header(tuple(fields))


def goes_on(before: bytes, line: bytes) -> bool:
    """Whether a line that is no field plainly belongs to the one before it, and only the blank of its fold is missing."""
    return line.startswith(b"=?") or before.rstrip().endswith(b";")


def read_envelope(header: Header) -> Envelope:
    """All there is to know from the header. Never raises."""
    sender, sender_name = _sender(header)
    values: dict[str, list[str]] = {}
    for name, raw in header.fields:
        values.setdefault(name, []).append(_one_line(decode_words(raw))[:_VALUE_CHARS])
    received = header.first("received")
    return Envelope(
        message_id=_one_line(decode_bytes(unfold(header.first("message-id")))),
        subject=values.get("subject", [""])[0][:_SUBJECT_CHARS],
        sender=sender,
        sender_name=sender_name,
        recipients=_recipients(header),
        date=read_date(header.first("date")),
        received=read_date(received.rpartition(b";")[2]) if b";" in received else None,
        headers={name: tuple(all_values) for name, all_values in values.items()},
    )


def content_type(header: Header) -> tuple[str, str]:
    """(type/subtype in lower case, report-type); text/plain where nothing usable is said."""
    raw = header.first("content-type")[:8_000]
    match = _TYPE.match(raw)
    kind = match[1].decode("ascii").lower() if match else "text/plain"
    return kind, parameter(raw, "report-type").lower() if kind == "multipart/report" else ""


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _sender(header: Header) -> tuple[str | None, str]:
    """The one mailbox of the one From, strictly: what two programs could read in two ways is nobody's address
    (reliability.md, finding 5). The name is only for showing."""
    values = header.all("from")
    if not values:
        return None, ""
    # Raw 8-bit names are decoded first, so that a GBK second byte is not taken for '@' or a backslash.
    text = decode_bytes(unfold(values[0]))
    name, address = _mailbox(text)
    if len(values) > 1 or len(text) > 2_000 or _UNSEEN.search(text):
        return None, name
    return address, name


def _mailbox(text: str) -> tuple[str, str | None]:
    """(display name, address or None)."""
    if match := _BARE.match(text):
        return "", _strict(match[1]) if text.startswith("<") == (">" in text) else None
    if match := _QUOTED_NAME.match(text):
        return _decoded_name(re.sub(r"\\(.)", r"\1", match[1])), _strict(match[2])
    if match := _PLAIN_NAME.match(text):
        name = match[1].strip()
        plain = "@" not in name or name.lower() == match[2].lower()
        return _decoded_name(name), _strict(match[2]) if plain else None
    return _decoded_name(text.partition("<")[0].strip(' "')), None


def _strict(address: str) -> str | None:
    local, _, domain = address.partition("@")
    if "=?" in address or len(local) > 64 or len(address) > 254 or domain.endswith("-"):
        return None
    return address.lower()


def _decoded_name(name: str) -> str:
    return _one_line(decode_words(name.encode("utf-8", "replace")))[:200]


def _recipients(header: Header) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in header.all("to") + header.all("cc"):
        unquoted = re.sub(rb"\"[^\"]*\"", b"", value)
        for match in _ANY_ADDRESS.finditer(unquoted):
            found.setdefault(match[0].decode("ascii").lower())
    return tuple(found)[:_RECIPIENTS]


def read_date(raw: bytes) -> datetime | None:
    """An aware time, None where the zone or the date is missing or absurd. CST is Chinese here, not Chicago's."""
    text = decode_bytes(unfold(raw))[:200]
    chinese = re.search(r"\bCST\b", text) and not re.search(r"[+-]\d{4}", text)
    try:
        parts = parsedate_tz(text)
        if parts is None or not 1980 <= parts[0] <= 2200:
            return None
        zone = _CHINA if chinese else _zone(text, parts[9])
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=zone) if zone else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _zone(text: str, offset: int | None) -> timezone | None:
    # The library takes a missing zone for UTC.
    if offset is None or not _ZONE.search(text):
        return UTC if "-0000" in text else None
    return timezone(timedelta(seconds=offset)) if abs(offset) <= 14 * 3600 else None
