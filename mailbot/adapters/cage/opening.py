"""From raw bytes to a Message in one process: structure, unpacking, reading. The child does the first two and one read at
a time on request; `read_here` does all at once, for tests and for those who trust their file."""

from dataclasses import replace
from hashlib import sha256

from mailbot.adapters.limits import DEFAULT_LIMITS, Leaf, Limits
from mailbot.domain.documents import Document
from mailbot.domain.mail import Attachment, Message


def open_mail(raw: bytes, limits: Limits) -> tuple[Message, tuple[Leaf, ...]]:
    """(message without files, its leaves unpacked)."""
    from mailbot.adapters.mime import read_attached, read_structure
    from mailbot.adapters.unpack import expand

    structure = read_structure(raw, limits)
    leaves, words = expand(structure.leaves, limits, read_attached)
    message = Message(
        envelope=structure.envelope,
        text=structure.text[: limits.text_chars],
        quoted="\n".join(filter(None, (structure.quoted, *words)))[: limits.text_chars],
        content_key=structure.content_key,
        content_type=structure.content_type,
        report_type=structure.report_type,
        trouble=structure.trouble,
    )
    return message, leaves


def open_head(raw: bytes, limits: Limits, trouble: str) -> Message:
    """The bounded header of a mail, where opening the mail itself killed the child."""
    from mailbot.adapters.mime import read_head

    head = read_head(raw, limits, trouble)
    return Message(
        head.envelope, content_key=head.content_key, content_type=head.content_type, report_type=head.report_type, trouble=trouble
    )


def read_leaf(content: bytes, name: str) -> Document:
    """The document in a file, by its content. Never raises."""
    from parsers.readers import read

    return read(content, name)


def attachment(leaf: Leaf, document: Document) -> Attachment:
    return Attachment(leaf.path, leaf.name, sha256(leaf.content).hexdigest(), len(leaf.content), document, leaf.inline, leaf.forwarded)


def unread(leaf: Leaf) -> Document | None:
    """The answer for a leaf that must not be read, None for all others."""
    if leaf.trouble is None:
        return None
    from parsers.readers.sniff import kind_of, sniff

    return Document(kind_of(sniff(leaf.content)), trouble=leaf.trouble, detail=leaf.detail)


def read_here(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """The whole way in this process, without the cage's protection."""
    message, leaves = open_mail(raw, limits)
    files = tuple(attachment(leaf, unread(leaf) or read_leaf(leaf.content, leaf.name)) for leaf in leaves)
    return replace(message, attachments=files)
