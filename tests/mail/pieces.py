"""Mails put together from bytes: EmailMessage would mend what is odd in them."""

import base64
import binascii
from collections.abc import Mapping

Value = bytes | tuple[bytes, ...] | None

MOMENT = b"Thu, 28 Mar 2024 09:00:00 +0800"
TRACE = (
    b"Return-Path: <baxiantong@units.example>\r\n"
    b"Received: from units.example by mx.bureau.example;\r\n\tThu, 28 Mar 2024 09:00:20 +0800\r\n"
    b"Authentication-Results: mx.bureau.example; spf=pass smtp.mailfrom=units.example; dkim=none; dmarc=none\r\n"
)
SENDER = b"baxiantong@units.example"
BODY = "附上问题清单，请查收。"
BOUNDARY = b"----=_Part_0001"


def word(text: str, charset: str = "utf-8", label: str = "", kind: str = "B") -> bytes:
    """One encoded word, whatever its length. `label`: the charset it claims to be in."""
    return raw_word(text.encode(charset), label or charset, kind)


def raw_word(data: bytes, label: str, kind: str = "B") -> bytes:
    coded = base64.b64encode(data) if kind in "Bb" else binascii.b2a_qp(data, header=True).replace(b"=\n", b"").replace(b"?", b"=3F")
    return b"=?%s?%s?%s?=" % (label.encode(), kind.encode(), coded)


def base64_lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def header(changes: Mapping[str, Value] | None = None, trace: bytes = TRACE) -> bytes:
    """The header block with its end. `changes`: other values; a tuple is a field that stands more than once, None one that does not."""
    fields: dict[str, Value] = {
        "From": SENDER, "To": b"nmyxjg@163.com", "Subject": word("2024年第一季度材料"), "Date": MOMENT,
        "Message-ID": b"<20240328.odd@units.example>", "MIME-Version": b"1.0",
    }  # fmt: skip
    out = trace
    for name, value in (fields | dict(changes or {})).items():
        for one in value if isinstance(value, tuple) else () if value is None else (value,):
            out += name.encode() + b": " + one + b"\r\n"
    return out + b"\r\n"


def part(kind: bytes, body: bytes, *fields: bytes) -> bytes:
    """A part with its header. `body` as it goes over the wire."""
    return b"".join(line + b"\r\n" for line in (b"Content-Type: " + kind, *fields)) + b"\r\n" + body


def text(words: str = BODY, kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    return part(kind, base64_lines(words.encode()), b"Content-Transfer-Encoding: base64")


def html(markup: str) -> bytes:
    return text(markup, b"text/html; charset=utf-8")


def attached(content: bytes, kind: bytes, disposition: bytes | None, *fields: bytes) -> bytes:
    """A file in base64 with these very values of Content-Type and Content-Disposition."""
    said = () if disposition is None else (b"Content-Disposition: " + disposition,)
    return part(kind, base64_lines(content), *said, b"Content-Transfer-Encoding: base64", *fields)


def file(name: str, content: bytes, *fields: bytes, kind: bytes = b"application/octet-stream") -> bytes:
    """A file as most programs send it: its name in encoded words, twice."""
    coded = word(name)
    return attached(content, kind + b'; name="' + coded + b'"', b'attachment; filename="' + coded + b'"', *fields)


def multipart(*parts: bytes, boundary: bytes = BOUNDARY, closed: bool = True) -> bytes:
    """The body of a multipart."""
    out = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts)
    return out + (b"--" + boundary + b"--\r\n" if closed else b"")


def inner(kind: bytes, *parts: bytes, boundary: bytes) -> bytes:
    """A multipart as a part."""
    return part(kind + b'; boundary="' + boundary + b'"', multipart(*parts, boundary=boundary))


def mail(*parts: bytes, changes: Mapping[str, Value] | None = None, kind: bytes = b"multipart/mixed", trace: bytes = TRACE, closed: bool = True) -> bytes:
    """A mail of these parts."""
    said = {"Content-Type": kind + b'; boundary="' + BOUNDARY + b'"', **(changes or {})}
    return header(said, trace) + multipart(*parts, closed=closed)


def plain(body: bytes, content_type: bytes | None = b"text/plain; charset=utf-8", changes: Mapping[str, Value] | None = None, encoding: bytes = b"8bit",
          trace: bytes = TRACE) -> bytes:  # fmt: skip
    """A mail of one text, its bytes as given."""
    said: dict[str, Value] = {"Content-Type": content_type, "Content-Transfer-Encoding": encoding, **(changes or {})}
    return header(said, trace) + body


def forwarded(raw: bytes) -> bytes:
    """A mail inside another as message/rfc822, with boundaries of its own."""
    return part(b"message/rfc822", raw.replace(BOUNDARY, b"----=_Inner_0001"))


def with_file(content: bytes, name: str, words: str = BODY, changes: Mapping[str, Value] | None = None) -> bytes:
    """The usual mail: a covering note and one file."""
    return mail(text(words), file(name, content), changes=changes)
