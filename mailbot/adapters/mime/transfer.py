"""Bodies out of their transfer encoding, piece by piece, as far as they can be decoded: nothing here raises for bad input."""

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from mailbot.adapters.leaves import PIECE
from mailbot.adapters.mime.envelope import Header
from mailbot.adapters.mime.scan import Part
from mailbot.adapters.mime.uu import UuLines

_TOKEN = re.compile(rb"[A-Za-z0-9-]+")
_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_SIGNS))
_BASE64 = _SIGNS + b"\r\n\t "


def encoding_of(header: Header) -> str:
    """The Content-Transfer-Encoding in lower case, without the quotes and comments that some programs add; "" for none."""
    match = _TOKEN.search(header.first("content-transfer-encoding"))
    return match[0].decode("ascii").lower() if match else ""


def decoded(raw: BinaryIO, body: Part) -> Iterator[bytes]:
    """The content of a part of the mail in `raw`, in pieces of at most about PIECE bytes."""
    pieces = _slice(raw, body)
    encoding = encoding_of(body.header)
    if encoding == "base64":
        return _base64(pieces)
    if encoding == "quoted-printable":
        return _quoted_printable(pieces)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uuencoded(pieces)
    return pieces


def first_bytes(raw: BinaryIO, body: Part, most: int) -> bytes:
    """The decoded beginning of a part. What had to be cut ends with a whole line, so that no character is cut in two."""
    out = bytearray()
    for piece in decoded(raw, body):
        out += piece
        if len(out) > most:
            cut = out.rfind(b"\n", 0, most)
            return bytes(out[: cut + 1 if cut > 0 else most])
    return bytes(out)


def _slice(raw: BinaryIO, body: Part) -> Iterator[bytes]:
    raw.seek(body.start)
    left = body.end - body.start
    while left > 0 and (piece := raw.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes that are none of base64 are passed over; padding ends a group, not the body: some programs encode in blocks."""
    left = b""
    for piece in pieces:
        left += piece
        cut = left.rfind(b"\n") + 1 or len(left)
        block, rest = left[:cut], left[cut:]
        try:
            yield _orderly(block)
            left = rest
        except binascii.Error:
            padding = block.find(b"=")
            if padding >= 0 and block[padding:].translate(None, _BASE64):  # another part, whose boundary was lost
                yield _group(block[:padding].translate(None, _NOT_BASE64))
                return
            *closed, last = block.translate(None, _NOT_BASE64).split(b"=")
            whole = len(last) - len(last) % 4
            yield b"".join(map(_group, (*closed, last[:whole])))
            left = last[whole:] + rest
    yield b"".join(map(_group, left.translate(None, _NOT_BASE64).split(b"=")))


def _orderly(block: bytes) -> bytes:
    """A block of whole groups, as nearly all are; in half the time. binascii.Error for any other."""
    padding = block.find(b"=")
    if 0 <= padding < len(block.rstrip(b"=\r\n\t ")):
        raise binascii.Error("padding inside")
    return binascii.a2b_base64(block)


def _group(data: bytes) -> bytes:
    """A group without its padding. A single character over says nothing."""
    return binascii.a2b_base64(data[: len(data) - (len(data) % 4 == 1)] + b"==") if data else b""


def _quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        left += piece
        cut = left.rfind(b"\n") + 1
        if not cut:  # a line without end: up to the last sign that may belong to what follows
            sign = left.rfind(b"=", max(0, len(left) - 3))
            cut = len(left) if sign < 0 else sign
        yield binascii.a2b_qp(left[:cut])
        left = left[cut:]
    yield binascii.a2b_qp(left)


def _uuencoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    lines = UuLines()
    left = b""
    for piece in pieces:
        *whole, left = (left + piece).splitlines(keepends=True) or (b"",)
        yield b"".join(map(lines.take, whole))
    yield lines.take(left)
