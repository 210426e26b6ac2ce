"""A raw mail on disk to its structure: envelope, own text, links, files. Never raises for what is in the mail.

The mail is read in pieces, never as a whole. `find_parts` says which parts there are, how they belong together and where they lie;
bodies are then decoded from the raw file, files straight to disk. Header values, file names and charsets are decoded here from the
raw bytes, because the libraries drop what they cannot decode (china-mail.md §3). Nothing is ever re-serialised.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from mailbot.adapters.leaves import Leaf, Store
from mailbot.adapters.limits import Limits
from mailbot.adapters.mime.envelope import LONE_CR, Header, content_type, normalised, read_envelope, read_header
from mailbot.adapters.mime.identity import content_key
from mailbot.adapters.mime.parts import Gathered, texts, walk
from mailbot.adapters.mime.scan import Lines, TooCostly, check_head, find_head, find_parts
from mailbot.domain.mail import Envelope, Link

__all__ = ["Structure", "read_attached", "read_head", "read_structure"]


_OPEN_WORD = re.compile(rb"=\?[^?\s]{0,60}(?:\?(?:[bBqQ](?:\?(?:[^?\s]*\??)?)?)?)?\Z")


@dataclass(frozen=True, slots=True)
class Structure:
    """A mail before its files are unpacked and read. `leaves` are in the order of the mail; a mail forwarded in it is one."""

    envelope: Envelope
    text: str = ""
    quoted: str = ""
    leaves: tuple[Leaf, ...] = ()
    content_key: str = ""
    content_type: str = "text/plain"
    report_type: str = ""
    trouble: str = ""
    links: tuple[Link, ...] = ()
    otherwise: str = ""
    veiled: bool = False


def read_structure(raw: Path, limits: Limits, store: Store) -> Structure:
    """The structure of a mail. Over a limit or beyond parsing: the envelope alone, and `trouble` says why."""
    if (size := raw.stat().st_size) > limits.mail_bytes:
        return read_head(raw, limits, f"too-large: mail of {size} bytes")
    try:
        with raw.open("rb", buffering=0) as file:
            head = _top(file, limits)
            lines = normalised(head)
            check_head(lines.rstrip(b"\n"), limits)
            file.seek(0)
            near = find_head(file, limits)
            file.seek(0)
            found = _gathered(file, limits, store)
    except TooCostly as reason:
        return read_head(raw, limits, f"not parsed: {reason}")
    own, quoted, links, otherwise, veiled = texts(found)
    header = read_header(lines)
    if header.all("from") and not near.all("from"):
        found.doubts.append("a header that may end in two places")
    kind, report = content_type(header)
    report = report or next(iter(found.reports), "")
    envelope = _believed(read_envelope(header), head, near)
    return Structure(envelope, own, quoted, found.files(), content_key(raw), kind, report, _doubts(found), links, otherwise, veiled)


def read_head(raw: Path, limits: Limits, trouble: str) -> Structure:
    """The header alone, bounded: what is left of a mail that cannot or must not be parsed."""
    with raw.open("rb", buffering=0) as file:
        head = _top(file, limits)[: limits.header_bytes]
        file.seek(0)
        near = find_head(file, limits)
    header = _bounded(head, limits)
    kind, report = content_type(header)
    return Structure(
        _believed(read_envelope(header), head, near), content_key=content_key(raw), content_type=kind, report_type=report, trouble=trouble
    )


def _bounded(head: bytes, limits: Limits) -> Header:
    lines = normalised(head[: limits.header_bytes]).split(b"\n")[: limits.header_lines]
    return read_header(b"\n".join(_cut(line, limits.part_field_bytes) for line in lines))


def _cut(line: bytes, most: int) -> bytes:
    """At most so much of a line; an encoded word that the cut leaves open goes too, for nobody can read it."""
    return line if len(line) <= most else _OPEN_WORD.sub(b"", line[:most])


def read_attached(leaf: Leaf, limits: Limits, store: Store) -> tuple[tuple[Leaf, ...], str, tuple[str, ...], str] | None:
    """(files, words, subject and texts, trouble) of a mail that came as a file or as message/rfc822; None where it must not be parsed."""
    if leaf.content.file is None:
        return None
    try:
        with leaf.content.file.open("rb", buffering=0) as file:
            subject = read_envelope(_bounded(_top(file, limits), limits)).subject
            file.seek(0)
            found = _gathered(file, limits, store, f"{leaf.path}/")
    except TooCostly:
        return None
    own, quoted, _, otherwise, _ = texts(found)
    within = (f"{subject}\n{own}", *(f"\n{text}" for text in (otherwise, quoted) if text))
    return found.files(), "\n".join(filter(None, (own, quoted))), within, _doubts(found)


def _doubts(found: Gathered) -> str:
    return "; ".join(dict.fromkeys(found.doubts))


def _top(raw: BinaryIO, limits: Limits) -> bytes:
    """The header block as it stands in the file, with the empty line that ends it; cut a little behind the limit."""
    out: list[bytes] = []
    size = 0
    lines = Lines(raw)
    while size <= limits.header_bytes and (line := lines.peek(limits.header_bytes)):
        lines.skip(len(line))
        size += len(line)
        out.append(line)
        if not line.strip(b"\r\n"):
            break
    return b"".join(out).removeprefix(BOM_UTF8)


def _believed(envelope: Envelope, head: bytes, near: Header) -> Envelope:
    """What one program takes for From another never checked: where a CR alone ends a line for some and not for others, and where From
    stands behind lines with which the header has ended for some (`near` is what stands before them). Then nobody is the sender."""
    mixed = b"\n" in head and LONE_CR.search(head)
    return replace(envelope, sender=None) if mixed or not near.all("from") else envelope


def _gathered(raw: BinaryIO, limits: Limits, store: Store, prefix: str = "") -> Gathered:
    """What the parts of a mail hold. Raises TooCostly."""
    scan = find_parts(raw, limits)
    found = Gathered(raw, store, limits, prefix, forwarded=bool(prefix))
    if scan.unsure:
        found.doubts.append("parts that cannot be told apart")
    walk(scan.mail, found)
    return found
