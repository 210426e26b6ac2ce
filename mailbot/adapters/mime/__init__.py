"""Raw bytes of a mail to its structure: envelope, own text, files. Never raises, whatever the bytes.

mail-parser gives the message structure and its defects; header values, file names and charsets are decoded here from the
raw bytes, because mail-parser drops what it cannot decode (china-mail.md §3). Nothing is ever re-serialised.
"""

import logging
import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message as Part

from mailbot.adapters.limits import DEFAULT_LIMITS, Leaf, Limits
from mailbot.adapters.mime.caps import normalised, split_header, too_costly
from mailbot.adapters.mime.envelope import content_key, content_type, read_envelope, read_header
from mailbot.adapters.mime.parts import Gathered, texts, walk
from mailbot.domain.mail import Envelope

__all__ = ["Leaf", "Limits", "Structure", "read_attached", "read_head", "read_structure"]


@dataclass(frozen=True, slots=True)
class Structure:
    """A mail before its files are unpacked and read. `leaves` are in the order of the mail."""

    envelope: Envelope
    text: str = ""
    quoted: str = ""
    leaves: tuple[Leaf, ...] = ()
    content_key: str = ""
    content_type: str = "text/plain"
    report_type: str = ""
    trouble: str = ""


def read_structure(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Structure:
    """The structure of a mail. Over a limit or beyond parsing: the envelope alone, and `trouble` says why."""
    if len(raw) > limits.mail_bytes:
        return read_head(raw, limits, f"too-large: mail of {len(raw)} bytes")
    lines = normalised(raw)
    if reason := too_costly(lines, limits):
        return read_head(raw, limits, f"not parsed: {reason}")
    part, trouble = _parse(raw)
    if part is None:
        return read_head(raw, limits, trouble)
    header = read_header(split_header(lines)[0])
    found = Gathered(limits)
    try:
        walk(part, found)
        own, quoted = texts(found)
    except RecursionError:
        return read_head(raw, limits, "not parsed: nested too deeply")
    kind, report = content_type(header)
    trouble = "; ".join(dict.fromkeys(filter(None, (trouble, *found.doubts))))
    return Structure(_believed(read_envelope(header), raw), own, quoted, found.files(), content_key(raw), kind, report, trouble)


_LONE_CR = re.compile(rb"\r(?!\n)")


def _believed(envelope: Envelope, raw: bytes) -> Envelope:
    """A CR alone ends a line for some servers and not for others: what one takes for From the other never checked. Where
    the header mixes them nobody is taken for the sender."""
    head = re.split(rb"\r?\n\r?\n", raw[:1_000_000], maxsplit=1)[0]
    mixed = b"\n" in head and _LONE_CR.search(head)
    return replace(envelope, sender=None) if mixed else envelope


def read_head(raw: bytes, limits: Limits, trouble: str) -> Structure:
    """The header alone, bounded: what is left of a mail that cannot or must not be parsed."""
    head = split_header(normalised(raw[: limits.header_bytes]))[0]
    header = read_header(b"\n".join(line[: limits.part_field_bytes] for line in head.split(b"\n")[: limits.header_lines]))
    kind, report = content_type(header)
    return Structure(_believed(read_envelope(header), raw), content_key=content_key(raw), content_type=kind, report_type=report, trouble=trouble)


def read_attached(leaf: Leaf, limits: Limits) -> tuple[tuple[Leaf, ...], str] | None:
    """(files, words) of a mail that came as a file (.eml); None where it must not be parsed."""
    if too_costly(normalised(leaf.content), limits):
        return None
    part, _ = _parse(leaf.content)
    if part is None:
        return None
    found = Gathered(limits)
    try:
        walk(part, found, f"{leaf.path}/", forwarded=True)
        return found.files(), "\n".join(filter(None, texts(found)))
    except RecursionError:
        return None


def _parse(raw: bytes) -> tuple[Part | None, str]:
    """(message, what was wrong with it) by mail-parser, by the standard library where mail-parser gives up."""
    import mailparser  # type: ignore[import-untyped]

    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it would log the sender's words
    try:
        mail = mailparser.parse_from_bytes(raw)
        if isinstance(mail.message, Part):
            return mail.message, ""
    except Exception:  # noqa: BLE001 - the one boundary: it decodes headers and dates on the way, which may fail in any way
        pass
    try:
        return message_from_bytes(raw), ""
    except (RecursionError, ValueError) as error:
        return None, f"not parsed: {type(error).__name__}"
