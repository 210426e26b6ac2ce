"""Marks of state secrets (秘密★1年, 机密★, 绝密★): such papers have no business in a mailbox on the internet. What bears one is kept as it
came, shown to nobody by us, and a person is called (reliability.md A68; 保密法, GB/T 9704: 密级和保密期限 stand at the top of the first page).
"""

import re
from collections.abc import Iterable

from mailbot.domain.mail import Message
from mailbot.domain.reading import Reading
from mailbot.domain.text import fold

_LEVEL = "(?:绝密|机密|秘密)"
# Over folded text. The star is the mark wherever it stands; without it only where nothing else can be meant: in brackets, after 密级.
_STARRED = re.compile(rf"{_LEVEL}[★☆]|密级:?{_LEVEL}|[(\[]{_LEVEL}[)\]]")
_FIRST = re.compile(rf"^(?:(?:re|fw|fwd|转发|回复|答复):)*{_LEVEL}(?=$|[-_:.,、，(★])")  # 机密-清单.docx
_ALONE = re.compile(rf"{_LEVEL}(?:[★☆*].{{0,12}})?")
_TOP = 12  # lines of a page on which the mark may stand
_LONGEST = 2_000  # characters of it that are looked at


def secrecy_mark(message: Message, readings: Iterable[Reading]) -> str:
    """Where a mark stands, in Chinese (主题, 正文, 文件名, 文件首页); "" where there is none."""
    readings = tuple(readings)
    if _marks_name(message.envelope.subject):
        return "主题"
    if any(_marks_name(piece) for r in readings for piece in r.attachment.path.split("/")):
        return "文件名"
    if _marks_page(message.text):
        return "正文"
    return "文件首页" if any(_marks_page(r.attachment.document.text) for r in readings) else ""


def names_are_marked(message: Message, readings: Iterable[Reading]) -> bool:
    """Whether subject or a file's name bears a mark: then nobody looks at its pages."""
    return secrecy_mark(message, readings) in ("主题", "文件名")


def _marks_name(name: str) -> bool:
    folded = fold(name[:_LONGEST])
    return bool(_STARRED.search(folded) or _FIRST.match(folded))


def _marks_page(text: str) -> bool:
    """A starred mark in the first lines, or a line or cell there that is nothing but the level."""
    top = text[:_LONGEST].split("\n")[:_TOP]
    return any(_STARRED.search(fold(line)) or any(_ALONE.fullmatch(fold(cell)) for cell in line.split("\t")) for line in top)
