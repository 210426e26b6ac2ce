"""File names as senders wrote them, made safe to show, and names for files that have none."""

import re
from collections import Counter

from mailbot.adapters.mime.envelope import Header
from mailbot.adapters.mime.words import parameter
from mailbot.domain.text import show

_UNSAFE = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAME_CHARS = 200
_PICTURES = ("jpg", "png", "gif", "bmp", "tiff", "webp", "heic")
NAMELESS_MAIL = "转发邮件.eml"  # not after its subject, which is the sender's to choose


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


def part_name(header: Header) -> str:
    """The file name of a part as its sender meant it, cleaned; "" where it has none."""
    for field, key in (("content-disposition", "filename"), ("content-type", "name"), ("content-disposition", "name")):
        if name := clean_name(parameter(header.first(field), key)):
            return name
    return ""


def invented_name(kind: str, suffix: str, counts: Counter[str]) -> str:
    """A name for a nameless file of a mail: pictures 正文图片-1.jpg, others 附件-1.pdf, each counted on its own."""
    if suffix in _PICTURES or (kind.startswith("image/") and suffix == "bin"):
        counts["picture"] += 1
        return f"正文图片-{counts['picture']}.{suffix}"
    counts["file"] += 1
    return f"附件-{counts['file']}.{suffix}"
