"""Which mail is this: taken in by another way, with other trace headers and line ends, it is the same mail."""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from mailbot.adapters.leaves import PIECE
from mailbot.adapters.mime.envelope import normalised
from mailbot.adapters.mime.words import unfold

_FIELD = re.compile(rb"^(from|to|date|subject)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)


def content_key(raw: Path) -> str:
    """SHA-256 over From, To, Date, Subject and body as sent; blanks at the end of the body do not count."""
    with raw.open("rb") as file:
        pieces = _normal_pieces(file)
        head, body = _split(pieces)
        fields = [(match[1].lower(), match[2]) for match in _FIELD.finditer(head)]
        digest = sha256()
        for wanted in (b"from", b"to", b"date", b"subject"):
            for name, value in fields:
                if name == wanted:
                    digest.update(name + b":" + unfold(value) + b"\0")
        to_last_word = digest.copy()
        for piece in chain((body,), pieces):
            if words := piece.rstrip():
                digest.update(words)
                to_last_word = digest.copy()
            digest.update(piece[len(words) :])
    return to_last_word.hexdigest()


def _normal_pieces(file: BinaryIO) -> Iterator[bytes]:
    """The file with LF as its only line end. A CR at the end of a piece waits for what follows it."""
    waiting = b""
    while piece := file.read(PIECE):
        piece = waiting + piece
        waiting = b"\r" if piece.endswith(b"\r") else b""
        yield normalised(piece[: len(piece) - len(waiting)])
    if waiting:
        yield b"\n"


def _split(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """(header block, what of the body came with it). A mail that starts with an empty line has no header."""
    head = bytearray()
    for piece in pieces:
        if piece.startswith(b"\n") and (not head or head.endswith(b"\n")):
            return bytes(head[:-1]), piece[1:]
        if (at := piece.find(b"\n\n")) >= 0:
            return bytes(head + piece[:at]), piece[at + 2 :]
        head += piece
    return bytes(head), b""
