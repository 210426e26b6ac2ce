"""Marks of state secrets (秘密★1年, 机密★, 绝密★): such papers have no business in a mailbox on the internet. What bears one is kept as it
came, shown to nobody by us, and a person is called (reliability.md A68; 保密法, GB/T 9704: 密级和保密期限 stand at the top of the first page).
"""

import re
from collections.abc import Iterable

from mailbot.domain.mail import Message
from mailbot.domain.reading import Reading
from mailbot.domain.text import fold

# Over folded words with one space between them (people write 秘　密). The star is the mark wherever it stands, a * where a time follows it; without
# either only where nothing else can be meant: in brackets, as 密级 of its own, first in a name, alone on a line or in a cell.
_LEVEL = "(?:绝 ?密|机 ?密|秘 ?密)(?: ?级(?!别))?"
_TERM = r"(?: ?(?:\d{1,2}|[一二两三五十]{1,3}) ?(?:年|个?月)| ?长期)"
_STARRED = re.compile(rf"{_LEVEL} ?(?:[★☆]|\*(?={_TERM}))|(?:^|[ (\[:;,_-])密 ?级 ?:? ?{_LEVEL}(?! ?(?:及|或|以[上下]))(?=$|{_TERM}|[- ★☆*_.,;)\]])")
_BRACKETED = re.compile(rf"[(\[] ?{_LEVEL}{_TERM}? ?[)\]]")
_FIRST = re.compile(  # 机密-清单.docx
    rf"^(?:(?:re|fw|fwd|转发|回复|答复)(?:\[\d+\])? ?: ?)*{_LEVEL}(?=$|{_TERM}|[-_:.,，(★☆* ]|、(?! ?{_LEVEL}))(?! ?(?:及|或|以[上下]))"
)
_ALONE = re.compile(rf"[(\[]? ?{_LEVEL}(?: ?[★☆*].{{0,12}}|{_TERM})? ?[)\]]?")
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
    words = _words(name[:_LONGEST])
    return any(mark.search(words) for mark in (_STARRED, _BRACKETED, _FIRST))


def _marks_page(text: str) -> bool:
    """A starred mark in the first lines, or a line or cell there that is nothing but the level; a head that lists the levels is none."""
    for line in text[:_LONGEST].split("\n")[:_TOP]:
        alone = [cell for cell in map(_words, line.split("\t")) if _ALONE.fullmatch(cell)]
        if len(alone) == 1 or _STARRED.search(_words(line)):
            return True
    return False


def _words(text: str) -> str:
    return " ".join(map(fold, text.split()))
