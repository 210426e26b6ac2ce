"""Header bytes to text: encoded words, raw 8-bit values, RFC 2231 parameters, as Chinese programs really write them.

Works on the bytes of the header alone and never raises. The order of charsets is that of china-mail.md §3: the declared one
(gb2312 and gbk read as gb18030), UTF-8, gb18030. Every loop is linear in its input.
"""

import base64
import binascii
import codecs
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_GB = frozenset({"gb2312", "gbk", "xgbk", "cp936", "936", "ms936", "euccn", "gb231280", "csgb2312", "csgbk", "gb18030", "xgb2312", "gb"})
# Codecs that are no charset of a mail, or that are slow on purpose-made input.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "charmap", "mbcs", "oem"})
_LATIN = frozenset({"iso8859-1", "iso8859-15", "cp1252"})

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_WORD_TEXT = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=")
_FOLD = re.compile(rb"\r?\n(?=[ \t])|[\r\n]+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CHINESE = re.compile(r"[\x20-\x7e\u3000-\u303f\u4e00-\u9fff\uff00-\uffef—“”‘’…·]*")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WRONG = re.compile("[\ufffd\ue000-\uf8ff]")
_SEGMENTS = 500
_LABEL = 60  # characters of the longest name of a charset


@lru_cache(maxsize=256)
def codec_name(charset: str) -> str | None:
    """The Python codec for a charset label, None where there is none. gb2312 and its kin are read as gb18030.

    Only this is asked for codecs, so that none is used that gives no text (hex, zip, rot13): those fail at their first byte."""
    if len(charset) > _LABEL:
        return None
    plain = re.sub(r"[-_ .\"']", "", charset.split("*")[0]).lower()
    if plain in _GB:
        return "gb18030"
    try:
        name = codecs.lookup(charset.split("*")[0].strip(" \"'")).name
        b"a".decode(name, "replace")  # of no bytes at all Python makes a text by any codec
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _REFUSED else name


def decode_bytes(data: bytes, charset: str = "") -> str:
    """Text of some bytes: the declared charset, else UTF-8, else gb18030, each strictly; at last with replacements."""
    declared = codec_name(charset) if charset else None
    tries: list[str | None] = [declared, "utf-8", "gb18030"]
    if declared in _LATIN and not data.isascii():
        # Old programs label GB2312 or UTF-8 as Latin; text that is wholly valid there is not French by accident.
        tries = ["utf-8", "gb2312", declared]
    for name in tries:
        if name:
            try:
                return _SURROGATES.sub("\ufffd", data.decode(name))
            except (UnicodeError, ValueError):
                continue
    # Nothing fits wholly: the reading with the fewest replacements is the least wrong. UTF-8 with a broken byte is nearly always
    # some gb18030 too, full of rare signs and private ones.
    readings = [data.decode(name, "replace") for name in dict.fromkeys((declared or "utf-8", "utf-8", "gb18030"))]
    return _SURROGATES.sub("\ufffd", min(readings, key=lambda text: len(_WRONG.findall(text))))


def unfold(raw: bytes) -> bytes:
    """A header value on one line."""
    return _FOLD.sub(b"", raw).strip(b" \t")


def _word_bytes(encoding: bytes, payload: bytes) -> bytes:
    if encoding in b"bB":
        clean = _NOT_BASE64.sub(b"", payload)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    return binascii.a2b_qp(re.sub(rb"\r?\n[ \t]*", b"", payload), header=True)


def decode_words(raw: bytes) -> str:
    """The text of an unstructured header value. Neighbouring words of one charset are joined before decoding, because
    QQ and others cut a character in two; what was encoded twice is decoded twice."""
    text = _decode_once(raw)
    for _ in range(2):
        if not _WORD_TEXT.search(text):
            break
        text = _decode_once(text.encode("utf-8", "replace"))
    return text


def _decode_once(raw: bytes) -> str:
    out: list[str] = []
    pending, charset, at = b"", "", 0
    for match in _WORD.finditer(raw):
        between = raw[at : match.start()]
        label = match[1].decode("ascii", "replace").lower().split("*")[0]
        if between.strip(b" \t\r\n") or (pending and label != charset):
            out.append(decode_bytes(pending, charset))
            pending = b""
        if between.strip(b" \t\r\n") or at == 0:
            out.append(decode_bytes(_FOLD.sub(b"", between)))
        pending += _word_bytes(match[2], match[3])
        charset, at = label, match.end()
    out.append(decode_bytes(pending, charset))
    out.append(decode_bytes(_FOLD.sub(b"", raw[at:])))
    return "".join(out).strip()


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_PARAMETER = re.compile(rb"(?:\A|[;\s])\s*+([^\s;=\"]++)\s*+=\s*+")
_NEXT = re.compile(rb";\s*(?=[A-Za-z0-9_*-]+\s*=|$)|;\s*\Z")
_CLOSING = re.compile(rb"\"\s*+(?=[;(]|\Z|[A-Za-z0-9_*-]++\s*+=)")  # a quote with nothing of the value behind it
_BETWEEN_WORDS = re.compile(rb"\"\s*+\"(?==\?)")  # each encoded word in quotes of its own


def parameters(raw: bytes) -> list[tuple[str, bytes]]:
    """The parameters behind the first ';' in order, names in lower case, quotes taken off, nothing decoded.

    Takes unquoted values with blanks, and GBK values in which a second byte looks like a backslash."""
    _, _, rest = _FOLD.sub(b"", raw).partition(b";")
    pairs = not _is_utf8(rest)
    found: list[tuple[str, bytes]] = []
    at = 0
    while len(found) < _SEGMENTS and (match := _PARAMETER.search(rest, at)):
        name = match[1].decode("ascii", "replace").lower()
        if rest[match.end() : match.end() + 1] == b'"':
            value, at = _quoted(rest, match.end() + 1, pairs)
        else:
            end = _NEXT.search(rest, match.end())
            at = end.start() if end else len(rest)
            value = rest[match.end() : at].strip()
        found.append((name, value))
    return found


def _quoted(data: bytes, at: int, pairs: bool) -> tuple[bytes, int]:
    """The value up to the closing quote, and the place behind it. Quotes with more of the value behind them belong to it, up to
    the last one. `pairs`: bytes from 0x81 come in twos (GBK)."""
    out = bytearray()
    last = 0  # the length of the value before its last quote
    while at < len(data):
        byte = data[at]
        if pairs and byte >= 0x81:
            out += data[at : at + 2]
            at += 2
        elif byte == 0x5C and data[at + 1 : at + 2] in (b'"', b"\\"):
            out += data[at + 1 : at + 2]
            at += 2
        elif byte == 0x22 and (closing := _CLOSING.match(data, at)):
            return bytes(out), closing.end()
        elif byte == 0x22 and (between := _BETWEEN_WORDS.match(data, at)):
            at = between.end()
        else:
            last = len(out) if byte == 0x22 else last
            out.append(byte)
            at += 1
    return bytes(out[:last] if last else out), at


def parameter(raw: bytes, name: str) -> str:
    """One parameter as text, "" where it is missing: `name*=` and its numbered pieces before plain `name=`."""
    plain: bytes | None = None
    pieces: dict[int, tuple[bytes, bool]] = {}
    for key, value in parameters(raw):
        base, *marks = key.split("*")
        if base != name:
            continue
        if not marks:
            plain = value if plain is None else plain
        elif marks == [""]:
            pieces = {0: (value, True)}
            break
        elif marks[0].isascii() and marks[0].isdigit() and len(marks[0]) < 5:
            pieces.setdefault(int(marks[0]), (value, len(marks) > 1))
    if pieces:
        return _joined(pieces) or _plain(plain or b"")
    return _plain(plain or b"")


def _joined(pieces: dict[int, tuple[bytes, bool]]) -> str:
    charset, data = "", b""
    for number in sorted(pieces):
        value, extended = pieces[number]
        if extended:
            if number == min(pieces) and value.count(b"'") >= 2:
                label, _, value = value.split(b"'", 2)
                charset = label.decode("ascii", "replace")
            value = unquote_to_bytes(value)
        data += value
    if b"=?" in data and (text := decode_words(data)) != data.decode("latin-1"):
        return text
    return decode_bytes(data, charset)


def _plain(value: bytes) -> str:
    text = decode_words(value)
    if not re.search(r"%[89A-Fa-f][0-9A-Fa-f]", text):
        return text
    data = unquote_to_bytes(text)  # a browser's habit: %E6%9C%88.docx in a plain parameter
    if _is_utf8(data):
        return data.decode("utf-8")
    gb = data.decode("gb18030", "replace")
    return gb if _CHINESE.fullmatch(gb) else text
