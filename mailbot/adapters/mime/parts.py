"""The walk over the parts of a mail: bodies to text, everything else to files on disk, in the order of the mail."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from mailbot.adapters.leaves import Leaf, Store
from mailbot.adapters.limits import Limits
from mailbot.adapters.mime.bodies import html_to_text, split_quoted, tidy
from mailbot.adapters.mime.envelope import content_type
from mailbot.adapters.mime.links import Marks
from mailbot.adapters.mime.names import NAMELESS_MAIL, clean_name, invented_name, part_name
from mailbot.adapters.mime.scan import Part
from mailbot.adapters.mime.transfer import decoded, first_bytes
from mailbot.adapters.mime.uu import Block, split_blocks
from mailbot.adapters.mime.words import decode_bytes, decode_words, parameter, parameters, unfold
from mailbot.domain.documents import Trouble
from mailbot.domain.mail import Link
from parsers.readers.sniff import extension

_TEXTS = ("text/plain", "text/html", "text/enriched")
_PART_HEAD = re.compile(rb"^--[^\r\n]*\r?\ncontent-[a-z-]+[ \t]*:", re.IGNORECASE | re.MULTILINE)
_METHOD = re.compile(rb"^METHOD[ \t]*[;:]", re.IGNORECASE | re.MULTILINE)
_REPORTS = ("delivery-status", "disposition-notification", "feedback-report")
_MAILS = ("message/rfc822", "message/global")
# Parts that say something about the others and hold nothing of the sender's own.
_NO_FILES = (
    "application/applefile", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
    "application/pgp-encrypted", "text/rfc822-headers",
)  # fmt: skip
_UNREAD: dict[str, tuple[Trouble, str]] = {
    "application/pkcs7-mime": ("unsupported", "S/MIME: the mail is inside a .p7m file"),
    "application/x-pkcs7-mime": ("unsupported", "S/MIME: the mail is inside a .p7m file"),
    "message/partial": ("unsupported", "message/partial: one piece of a mail that was sent in pieces"),
    "message/external-body": ("unsupported", "message/external-body: only names a file that lies elsewhere"),
}


@dataclass
class Gathered:
    """What the walk has met so far."""

    raw: BinaryIO
    store: Store
    limits: Limits
    prefix: str = ""
    forwarded: bool = False
    leaves: list[Leaf] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)  # the Content-ID of each leaf
    shown: set[str] = field(default_factory=set)  # the Content-IDs that HTML shows
    counts: Counter[str] = field(default_factory=Counter)
    doubts: list[str] = field(default_factory=list)  # where two programs may see different parts
    reports: list[str] = field(default_factory=list)  # what only programs write: delivery-status, disposition-notification, calendar
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    unshown: list[str] = field(default_factory=list)  # HTML beside a plain text that says the same: only for its links
    quoted: list[str] = field(default_factory=list)

    def inner(self) -> "Gathered":
        """For the forms of one text: its own texts, everything else shared."""
        return replace(self, plain=[], html=[], quoted=[])

    def files(self) -> tuple[Leaf, ...]:
        """The leaves, with `inline` for those that the HTML of the mail shows."""
        return tuple(replace(leaf, inline=bool(cid) and cid in self.shown) for leaf, cid in zip(self.leaves, self.ids, strict=True))

    def add(self, leaf: Leaf, content_id: str = "") -> None:
        self.leaves.append(leaf)
        self.ids.append(content_id)


def walk(part: Part, found: Gathered) -> None:
    """Gathers one part and what is below it. Depth is bounded by the scan."""
    said = part.header.all("content-type")
    if len({(unfold(value).partition(b";")[0].strip().lower(), tuple(sorted(parameters(value)))) for value in said}) > 1:
        found.doubts.append("two content types")
    if any(_two_boundaries(value) for value in said):
        found.doubts.append("two boundary parameters")
    if not part.parts:
        _single(part, found)
    elif part.kind == "multipart/encrypted":
        _encrypted(part.parts, found)
    elif part.kind == "multipart/alternative":
        _alternative(part.parts, found)
    else:
        for child in part.parts:
            walk(child, found)


def _two_boundaries(content_type: bytes) -> bool:
    """Whether a boundary is said twice, be it once whole and once in pieces (RFC 2231): one program takes the one, another the other."""
    said = [name.split("*") for name, _ in parameters(content_type) if name.partition("*")[0] == "boundary"]
    pieces = [marks[0] for _, *marks in said if marks and marks[0]]
    return len(pieces) != len(set(pieces)) or len(said) - len(pieces) + bool(pieces) > 1


def _single(body: Part, found: Gathered) -> None:
    """A part without parts below it."""
    kind = content_type(body.header)[0] if body.header.first("content-type") else body.default
    attached = body.header.first("content-disposition").strip().lower().startswith(b"attachment")
    name = part_name(body.header)
    if report := _report(body, kind, attached, name, found):
        found.reports.append(report)
    if kind.startswith("multipart/"):
        _without_parts(body, found)
    elif kind in _TEXTS and not attached and not name:
        _text(body, kind, found)
    elif kind.startswith("message/") and kind not in (*_MAILS, *_UNREAD):  # reports of servers: only words
        found.quoted.append(tidy(_fields(first_bytes(found.raw, body, found.limits.header_bytes))))
    elif kind not in _NO_FILES and not (kind == "text/calendar" and not attached and not name):
        _file(body, kind, name, found)


def _report(body: Part, kind: str, attached: bool, name: str, found: Gathered) -> str:
    """What a part says that only a program writes, "" for any other. A report or a calendar that somebody attached is a file."""
    report = kind.removeprefix("message/").removeprefix("global-")
    if report in _REPORTS and kind != report:
        return "" if attached else report
    if kind != "text/calendar":
        return ""
    asked = bool(parameter(body.header.first("content-type"), "method"))
    return "calendar" if asked or (not attached and not name and _METHOD.search(first_bytes(found.raw, body, found.limits.header_bytes))) else ""


def _without_parts(body: Part, found: Gathered) -> None:
    """A multipart whose boundary is not declared or never occurs: text, if anything, unless there may be parts in it."""
    if body.boundary is None or _PART_HEAD.search(first_bytes(found.raw, body, found.limits.header_bytes)):
        found.doubts.append("parts without their boundary")
    else:
        _text(body, "text/plain", found)


def _fields(block: bytes) -> str:
    return "\n".join(decode_words(line) for line in block.splitlines())


def _text(body: Part, kind: str, found: Gathered) -> None:
    data = first_bytes(found.raw, body, found.limits.body_bytes)
    charset = parameter(body.header.first("content-type"), "charset")
    if kind == "text/html":
        text = decode_bytes(data, charset)[: found.limits.html_chars]
        found.html.append(text)
        found.shown.update(re.findall(r"cid:([^\"'\s>)]{1,200})", text, re.IGNORECASE))
        return
    data, blocks = split_blocks(data)
    found.plain.append(decode_bytes(data[: 4 * found.limits.text_chars], charset)[: found.limits.text_chars])
    for block in blocks:
        _uu_file(block, charset, found)


def _uu_file(block: Block, charset: str, found: Gathered) -> None:
    name = clean_name(decode_bytes(block.name, charset)) or invented_name("", extension(block.content), found.counts)
    leaf = Leaf(found.prefix + name, name, found.store.keep([block.content]), forwarded=found.forwarded)
    found.add(leaf if block.whole else replace(leaf, trouble="corrupt", detail="uuencoded file without its end"))


def _alternative(children: list[Part], found: Gathered) -> None:
    """One text in several forms: the plain one counts if it says anything, else the HTML one. Files stay files."""
    inner = found.inner()
    for child in children:
        walk(child, inner)
    found.quoted += inner.quoted
    if any(text.strip() for text in inner.plain):
        found.plain += inner.plain
        found.unshown += inner.html
    else:
        found.html += inner.html


def _encrypted(children: list[Part], found: Gathered) -> None:
    """PGP/MIME: a control part, and the mail itself, which only the holder of a key can read."""
    before = len(found.leaves)
    for child in children:
        walk(child, found)
    for at in range(before, len(found.leaves)):
        found.leaves[at] = replace(found.leaves[at], trouble="encrypted", detail="PGP: the mail is encrypted")


def _file(body: Part, kind: str, name: str, found: Gathered) -> None:
    is_mail = kind in _MAILS
    content = found.store.keep(decoded(found.raw, body), mail=is_mail)
    name = name or (NAMELESS_MAIL if is_mail else invented_name(kind, extension(content.head), found.counts))
    leaf = Leaf(found.prefix + name, name, content, forwarded=found.forwarded, mail=is_mail)
    if kind in _UNREAD:
        leaf = replace(leaf, trouble=_UNREAD[kind][0], detail=_UNREAD[kind][1])
    found.add(leaf, decode_words(body.header.first("content-id")).strip("<> "))


def texts(found: Gathered) -> tuple[str, str, tuple[Link, ...], str, bool]:
    """(own text, quoted text, links of the own text, what the HTML form of the text says where that is something else, whether some of
    it may not be shown): plain and HTML bodies in one, older mail cut off."""
    own: list[str] = []
    quoted: list[str] = []
    marks = Marks(found.limits.links)
    veiled = False
    for text in found.plain:
        mine, older = split_quoted(marks.mark_plain(tidy(text)))
        own.append(mine)
        quoted.append(older)
    for markup in found.html:
        shown, in_quotes, veils = html_to_text(markup, found.limits.html_chars, marks)
        veiled |= veils
        mine, older = split_quoted(shown)
        own.append(mine)
        quoted += [older, in_quotes]
    forms = [html_to_text(markup, found.limits.html_chars, marks) for markup in found.unshown]
    unshown = [split_quoted(shown)[0] for shown, *_ in forms]
    links = marks.links("\n".join((*unshown, *own)))
    written, beside = tidy(marks.written_out(_joined(own))), tidy(marks.written_out(_joined(unshown)))
    otherwise = beside if found.unshown and _words(beside) != _words(written) else ""
    return written, tidy(marks.written_out(_joined([*quoted, *found.quoted]))), links, otherwise, veiled or any(veils for *_, veils in forms)


def _words(text: str) -> str:
    """Letters and digits alone, without addresses: of a text in two forms the one has marks, blanks and links that the other has not."""
    return "".join(c for c in re.sub(r"https?://[\x21-\x3b\x3d\x3f-\x7e]+", "", text) if c.isalnum())


def _joined(pieces: list[str]) -> str:
    return "\n".join(piece for piece in pieces if piece)
