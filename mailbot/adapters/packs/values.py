"""Values and comments as YAML."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

MODELINE = "# yaml-language-server: $schema=../schema/"  # then the schema's file
_WIDE = 120  # of a comment's line; a Chinese character counts two
# plain scalars that YAML reads as the text they are, in lists too; everything else is quoted
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff“《（〔][A-Za-z0-9\u3000-\u9fff\uff01-\uff5e“”‘’·—…〔〕（）_./@+-]*")
_PERIOD = re.compile(r"(?:19|20)\d\d(?:-\d\d|[QHW]\d{1,2})")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def scalar(value: object) -> str:
    """One value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or _PERIOD.fullmatch(text):
        return text
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text):
        return '"' + "".join(_escaped(c) for c in text) + '"'
    return "'" + text.replace("'", "''") + "'"


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    return sign if sign.isprintable() else f"\\u{ord(sign):04x}"


def flow(value: Any) -> str:
    """A value with all that is in it in one line: [甲, 乙], {every: month, day: 20}."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def comment(mark: str, text: str, indent: str = "") -> Iterator[str]:
    """A comment, broken at a width that people read: `# 原文：…`."""
    clean = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", " ", text).split())
    for n, line in enumerate(_wrapped(clean)):
        yield f"{indent}# {mark}{line}" if n == 0 else f"{indent}#   {line}"


def _wrapped(text: str) -> Iterator[str]:
    """Lines of a width; Latin words, numbers and addresses stay whole, and no line begins with a closing sign."""
    line, width = "", 0
    for piece in re.findall(r"[\w.@/+-]{1,60}(?<=[ -~])|.[，。；：、）)》”！？]*", text, re.ASCII):
        wide = sum(1 if c.isascii() else 2 for c in piece)
        if line and width + wide > _WIDE:
            yield line.rstrip()
            line, width, piece = "", 0, piece.lstrip()
        line, width = line + piece, width + wide
    yield line.rstrip()
