"""From a raw mail on disk to a Message in one process: structure, unpacking, reading. The child does the first two and one
read at a time on request; `read_here` does all at once, for tests and for those who trust their file."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailbot.adapters.leaves import Leaf, Store
from mailbot.adapters.limits import DEFAULT_LIMITS, Limits
from mailbot.domain.documents import MOST_LINES, Document
from mailbot.domain.mail import Attachment, Message
from mailbot.domain.pages import Look

if TYPE_CHECKING:  # a child loads what it needs when it needs it
    from mailbot.domain.forms import FormType
    from mailbot.domain.part import Part
    from parsers.scans.ocr import Engine

_HEAD = 4_000  # characters of an attached mail that are kept as its own


def open_mail(raw: Path, scratch: Path, limits: Limits) -> tuple[Message, tuple[Leaf, ...]]:
    """(message without files, its leaves unpacked into the scratch folder)."""
    from mailbot.adapters.mime import read_attached, read_structure
    from mailbot.adapters.unpack import expand

    store = Store(scratch, limits)
    structure = read_structure(raw, limits, store)
    found = expand(structure.leaves, limits, store, read_attached)
    message = Message(
        envelope=structure.envelope,
        text=_cut(structure.text or found.text, limits),
        quoted=_cut("\n".join(filter(None, (structure.quoted, *found.words))), limits),
        content_key=structure.content_key,
        content_type=structure.content_type,
        report_type=structure.report_type,
        trouble="; ".join(filter(None, (structure.trouble, found.trouble))),
        links=structure.links,
        otherwise=_cut(structure.otherwise, limits),
        within=tuple(words[:_HEAD] for words in found.within),
        veiled=structure.veiled,
    )
    return message, found.leaves


def _cut(text: str, limits: Limits) -> str:
    """As much of a body as is looked at: the parent decides by it, which has no deadline."""
    text = text[: limits.text_chars]
    return text if text.count("\n") < limits.text_lines else "\n".join(text.split("\n", limits.text_lines)[: limits.text_lines])


def open_head(raw: Path, limits: Limits, trouble: str) -> Message:
    """The bounded header of a mail, where opening the mail itself failed."""
    from mailbot.adapters.mime import read_head

    head = read_head(raw, limits, trouble)
    return Message(
        head.envelope, content_key=head.content_key, content_type=head.content_type, report_type=head.report_type, trouble=trouble
    )


def read_leaf(file: Path, name: str, forms: "Sequence[FormType]" = (), *, certain: bool = False) -> "tuple[Part, ...]":
    """What is in a file, by its content, one part for each of the forms in it. Never raises for what is in it. `certain`: a person
    said that it is the one form given."""
    from parsers.readers import read
    from parsers.recognising import recognise

    return recognise(read(file.read_bytes(), name).cut(MOST_LINES), forms, certain=certain)


def look_at_leaf(
    file: Path, name: str, forms: "Sequence[FormType]", known: Look | None, eyes: "Eyes", *, certain: bool = False
) -> "tuple[Look | None, tuple[Part, ...]]":
    """What is seen on a file's pages and what is read there; `known`: what was seen on the same file before."""
    from mailbot.domain.slips import repaired, vocabulary
    from parsers.readers import read
    from parsers.recognising import recognise
    from parsers.scans.looking import document_of, into, look

    document = read(file.read_bytes(), name).cut(MOST_LINES)
    if not document.has_pages(eyes.least_pixels):
        return None, recognise(document, forms, certain=certain)
    seen = known or look(file.read_bytes(), eyes.engine, in_time=eyes.in_time, keep=into(eyes.folder, draws=eyes.draws))
    legible = repaired(document_of(document, seen).cut(MOST_LINES), seen.pages, vocabulary(forms))
    return seen, recognise(legible, forms, certain=certain)


@dataclass(frozen=True, slots=True)
class Eyes:
    """How to look at one file. `until`: when no more words are read (time.monotonic). `folder`: where the seals' thumbnails go;
    `draws`: also pictures of the pages with all that was seen."""

    reads: bool
    until: float
    least_pixels: int
    folder: Path
    draws: bool = False

    @property
    def engine(self) -> "Engine | None":
        return _engine() if self.reads else None

    def in_time(self) -> bool:
        return time.monotonic() < self.until


@cache
def _engine() -> "Engine | None":
    from parsers.scans.ocr import Engine, available

    return Engine() if available() else None


def unread(leaf: Leaf) -> Document | None:
    """The answer for a leaf that must not be read, None for all others."""
    if leaf.trouble is None:
        return None
    from parsers.readers.sniff import kind_of, sniff, sniff_file

    format_ = sniff_file(leaf.content.file) if leaf.content.file else sniff(leaf.content.head)
    return Document(kind_of(format_), trouble=leaf.trouble, detail=leaf.detail)


def read_here(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """The whole way in this process, without the cage's protection."""
    with TemporaryDirectory(prefix="mailbot-") as folder:
        mail = Path(folder) / "mail"
        mail.write_bytes(raw)
        message, leaves = open_mail(mail, Path(folder), limits)
        return replace(message, attachments=tuple(_read(leaf) for leaf in leaves))


def _read(leaf: Leaf) -> Attachment:
    document = unread(leaf)
    if document is None and leaf.content.file is not None:
        (part,) = read_leaf(leaf.content.file, leaf.name)
        document = part.document
    assert document is not None  # a leaf without a file has a trouble
    return Attachment(leaf.path, leaf.name, leaf.content.sha256, leaf.content.size, document, leaf.inline, leaf.forwarded)
