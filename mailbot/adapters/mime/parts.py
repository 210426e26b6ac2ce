"""The walk over the parts of a parsed message: bodies to text, everything else to leaves, in the order of the mail."""

import base64
import binascii
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message as Part

from mailbot.adapters.limits import Leaf, Limits
from mailbot.adapters.mime.bodies import html_to_text, split_quoted, tidy
from mailbot.adapters.mime.caps import normalised, too_costly
from mailbot.adapters.mime.words import decode_bytes, decode_words, parameter, parameters
from mailbot.domain.text import show
from parsers.readers.sniff import extension

_UNSAFE = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAME_CHARS = 200
NAMELESS_MAIL = "转发邮件.eml"  # not after its subject, which is the sender's to choose
_TEXTS = ("text/plain", "text/html", "text/enriched")


@dataclass
class Gathered:
    """What the walk has met so far. The texts are one mail's own; the files, their Content-IDs, the Content-IDs that
    HTML shows, and the counters for nameless files are shared with the mails forwarded inside it."""

    limits: Limits
    leaves: list[Leaf] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)  # one for each leaf
    shown: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    doubts: list[str] = field(default_factory=list)  # where two programs may see different parts
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)

    def inner(self) -> "Gathered":
        return Gathered(self.limits, self.leaves, self.ids, self.shown, self.counts, self.doubts)

    def files(self) -> tuple[Leaf, ...]:
        """The leaves, with `inline` for those that the HTML of the mail shows."""
        return tuple(replace(leaf, inline=bool(cid) and cid in self.shown) for leaf, cid in zip(self.leaves, self.ids, strict=True))


def clean_name(name: str) -> str:
    """A sender's file name made safe to show: separators and control characters become '_', direction marks go,
    over-long stems are cut. "" where nothing is left."""
    shown = show(_UNSAFE.sub("_", name), 100_000)
    if shown.strip(". _") == "":
        return ""
    if len(shown) > _NAME_CHARS:
        stem, dot, suffix = shown.rpartition(".")
        tail = dot + suffix if dot and len(suffix) <= 10 else ""
        shown = (stem if tail else shown)[: _NAME_CHARS - len(tail) - 1] + "…" + tail
    return shown


def raw_field(part: Part, name: str) -> bytes:
    """The bytes of the first header of that name, as they were sent; compat32 keeps them as surrogates."""
    for key, value in part.raw_items():
        if key.lower() == name:
            return str(value).encode("ascii", "surrogateescape") if _encodable(str(value)) else str(value).encode("utf-8", "replace")
    return b""


def _encodable(value: str) -> bool:
    return all(ord(c) < 128 or 0xDC80 <= ord(c) <= 0xDCFF for c in value)


def part_name(part: Part) -> str:
    """The file name of a part as its sender meant it, cleaned; "" where it has none."""
    for header, key in (("content-disposition", "filename"), ("content-type", "name"), ("content-disposition", "name")):
        if name := clean_name(parameter(raw_field(part, header), key)):
            return name
    return ""


def part_type(part: Part) -> str:
    match = re.match(rb"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)", raw_field(part, "content-type"))
    return match[1].decode("ascii", "replace").lower() if match else part.get_content_type()


def part_bytes(part: Part) -> bytes:
    """The content of a leaf part. What cannot be decoded is handed on as it stands."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def walk(part: Part, found: Gathered, prefix: str = "", forwarded: bool = False) -> None:
    """Gathers one part and what is below it. Depth is bounded by the caps taken before parsing."""
    kind = part_type(part)
    children = part.get_payload() if part.is_multipart() else None  # else it may raise: a NUL in the charset
    if kind.startswith("message/") and isinstance(children, list):
        _attached_message(part, kind, found, prefix)
    elif isinstance(children, list):
        if sum(name == "boundary" for name, _ in parameters(raw_field(part, "content-type"))) > 1:
            found.doubts.append("two boundary parameters")
        parts = [child for child in children if isinstance(child, Part)]
        if kind == "multipart/alternative":
            _alternative(parts, found, prefix, forwarded)
        else:
            for child in parts:
                walk(child, found, prefix, forwarded)
    elif _is_body(part, kind):
        _body(part, kind, found)
    elif not (kind.startswith("multipart/") and not part_bytes(part).strip()):
        found.leaves.append(_leaf(part, kind, found, prefix, forwarded))
        found.ids.append(decode_words(raw_field(part, "content-id")).strip("<> "))


def _is_body(part: Part, kind: str) -> bool:
    if kind.startswith("multipart/"):  # a multipart whose boundary never occurs is text to the reader
        return True
    disposition = raw_field(part, "content-disposition").strip().lower()
    return kind in _TEXTS and not disposition.startswith(b"attachment") and not part_name(part)


def _body(part: Part, kind: str, found: Gathered) -> None:
    text = body_text(part)[: found.limits.html_chars]
    if kind == "text/html":
        found.html.append(text)
        found.shown.update(re.findall(r"cid:([^\"'\s>)]{1,200})", text, re.IGNORECASE))
    else:
        found.plain.append(text[: found.limits.text_chars])


def body_text(part: Part) -> str:
    return decode_bytes(part_bytes(part), parameter(raw_field(part, "content-type"), "charset"))


def _alternative(children: list[Part], found: Gathered, prefix: str, forwarded: bool) -> None:
    """One text in several forms: the plain one counts if it says anything, else the HTML one. Files stay files."""
    inner = found.inner()
    for child in children:
        walk(child, inner, prefix, forwarded)
    found.quoted += inner.quoted
    if any(text.strip() for text in inner.plain):
        found.plain += inner.plain
    else:
        found.html += inner.html


def _leaf(part: Part, kind: str, found: Gathered, prefix: str, forwarded: bool) -> Leaf:
    content = part_bytes(part)
    name = part_name(part) or _invented(kind, content, found)
    return Leaf(prefix + name, name, content, forwarded=forwarded)


def _invented(kind: str, content: bytes, found: Gathered) -> str:
    suffix = extension(content)
    if suffix in ("jpg", "png", "gif", "bmp", "tiff", "webp", "heic") or (kind.startswith("image/") and suffix == "bin"):
        found.counts["picture"] += 1
        return f"正文图片-{found.counts['picture']}.{suffix}"
    found.counts["file"] += 1
    return f"附件-{found.counts['file']}.{suffix}"


def _attached_message(part: Part, kind: str, found: Gathered, prefix: str) -> None:
    """A forwarded mail: its files are leaves of ours, its words are quoted. Delivery reports are only words."""
    children = [child for child in part.get_payload() if isinstance(child, Part)]
    if kind not in ("message/rfc822", "message/global"):
        found.quoted += ["\n".join(f"{k}: {decode_words(str(v).encode('utf-8', 'replace'))}" for k, v in c.raw_items()) for c in children]
        return
    for child in children:
        name = part_name(part) or NAMELESS_MAIL
        mail = _transfer_decoded(part, child, found.limits)
        inner = found.inner()
        walk(mail, inner, f"{prefix}{name}/", forwarded=True)
        found.quoted += [text for text in texts(inner) if text]


def _transfer_decoded(part: Part, child: Part, limits: Limits) -> Part:
    """Some programs send message/rfc822 in base64, which the standard forbids and the parser leaves as it is."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding != "base64" or child.keys() or child.is_multipart():
        return child
    try:
        raw = base64.b64decode(part_bytes(child))
        return child if too_costly(normalised(raw), limits) else message_from_bytes(raw)
    except (binascii.Error, RecursionError):
        return child


def texts(found: Gathered) -> tuple[str, str]:
    """(own text, quoted text) of what was gathered: plain and HTML bodies in one, older mail cut off."""
    own: list[str] = []
    quoted: list[str] = []
    for text in found.plain:
        mine, older = split_quoted(tidy(text))
        own.append(mine)
        quoted.append(older)
    for markup in found.html:
        shown, in_quotes = html_to_text(markup, found.limits.html_chars)
        mine, older = split_quoted(shown)
        own.append(mine)
        quoted += [older, in_quotes]
    return _joined(own), _joined([*quoted, *found.quoted])


def _joined(pieces: list[str]) -> str:
    return "\n".join(piece for piece in pieces if piece)
