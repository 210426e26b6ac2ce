"""Mails of the tests on their way through mime and unpack: bytes in, structure and files out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from mailbot.adapters.cage.opening import open_mail
from mailbot.adapters.leaves import Leaf, Store
from mailbot.adapters.limits import DEFAULT_LIMITS, Limits
from mailbot.adapters.mime import Structure, read_attached, read_structure
from mailbot.adapters.unpack import Unpacked, expand
from mailbot.domain.mail import Message

HEAD = b"From: a@b.cn\r\nSubject: s\r\n"


@contextmanager
def _stored(raw: bytes) -> Iterator[tuple[Path, Path]]:
    """(file of the mail, scratch folder)."""
    with tempfile.TemporaryDirectory(prefix="mailbot-test-") as folder:
        mail = Path(folder) / "mail"
        mail.write_bytes(raw)
        yield mail, Path(folder)


def structure_of(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Structure:
    """The structure of a mail; the bytes of its files are gone with the scratch folder."""
    with _stored(raw) as (mail, folder):
        return read_structure(mail, limits, Store(folder, limits))


def opened(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """The mail with its files unpacked, but not read."""
    with _stored(raw) as (mail, folder):
        return open_mail(mail, folder, limits)[0]


def files(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, bytes | str]]:
    """(path, content) of each unpacked file; the trouble in the place of the content where it has one."""
    with _stored(raw) as (mail, folder):
        leaves = open_mail(mail, folder, limits)[1]
        return [(leaf.path, leaf.trouble or (leaf.content.file.read_bytes() if leaf.content.file else b"")) for leaf in leaves]


def forwarded(raw: bytes) -> list[tuple[str, bool]]:
    """(path, is inside a forwarded mail) of each unpacked file."""
    with _stored(raw) as (mail, folder):
        return [(leaf.path, leaf.forwarded) for leaf in open_mail(mail, folder, DEFAULT_LIMITS)[1]]


def unpacked(*given: tuple[str, bytes], limits: Limits = DEFAULT_LIMITS) -> Unpacked:
    """Files of these names as they come out of a mail, unpacked."""
    with tempfile.TemporaryDirectory(prefix="mailbot-test-") as folder:
        store = Store(Path(folder), limits)
        return expand(tuple(Leaf(name, name, store.keep([content])) for name, content in given), limits, store, read_attached)


def parts(*pieces: bytes, kind: bytes = b"multipart/mixed") -> bytes:
    """A mail of these parts, each with its own header."""
    boundary = b"B%x" % crc32(b"".join(pieces))
    out = HEAD + b"MIME-Version: 1.0\r\nContent-Type: " + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
    return out + b"".join(b"--" + boundary + b"\r\n" + piece + b"\r\n" for piece in pieces) + b"--" + boundary + b"--\r\n"
