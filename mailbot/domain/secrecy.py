"""Marks of state secrets (秘密★1年, 机密★, 绝密★): such papers have no business in a mailbox on the internet. What bears one is kept as it
came, shown to nobody by us, and a person is called (reliability.md A68; 保密法, GB/T 9704: 密级和保密期限 stand at the top of the first page).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailbot.domain.text import fold

if TYPE_CHECKING:  # who unpacks an archive asks for names alone
    from mailbot.domain.mail import Message
    from mailbot.domain.reading import Reading

# Over folded words with one space between them (people write 秘　密), traditional characters made simplified. The star is the mark wherever it
# stands, another sign where a time follows it; without either only where nothing else can be meant: in brackets, as 密级 of its own, first or last
# in a name or between its dashes, alone on a line or in a cell. 商业秘密, 机密文件管理 and 秘密级以下 only speak of secrets.
_LEVEL = "(?:绝 ?密|机 ?密|秘 ?密)(?: ?级(?!别))?"
_TERM = r"(?: ?(?:\d{1,2}|[一二两三五十]{1,3}) ?(?:年|个?月)| ?长期)"
_STAR = "[★☆⭐🌟⋆✩-✰]"
_STARRED = re.compile(
    rf"{_LEVEL} ?(?:{_STAR}|[*·•・](?={_TERM}))|{_STAR} ?{_LEVEL}(?=$|{_TERM}|[- _.,:;()\[\]])"
    rf"|(?:^|[ (\[:;,_-])密 ?级 ?:? ?{_LEVEL}(?! ?(?:及|或|以[上下]))(?=$|{_TERM}|[- *_.,;)\]]|{_STAR})"
)
_BRACKETED = re.compile(rf"[(\[] ?{_LEVEL}{_TERM}? ?[)\]]")
_FIRST = re.compile(  # 机密-清单.docx
    rf"^(?:(?:re|fw|fwd|转发|回复|答复)(?:\[\d+\])? ?: ?)*{_LEVEL}(?=$|{_TERM}|[-_:.,，(* ]|{_STAR}|、(?! ?{_LEVEL}))(?! ?(?:及|或|以[上下]))"
)
_LAST = re.compile(rf"[-_ )]{_LEVEL}{_TERM}?(?= ?(?:\(\d+\)| ?- ?副本)?(?:\.\w{{1,5}})?$|[-_])")  # 清单-机密(1).docx, 清单_机密_1稿.docx
_FOR_A_TIME = re.compile(rf"(?<![\u4e00-\u9fff]){_LEVEL}{_TERM}")  # 2024机密1年
_ALONE = re.compile(  # with the number of the copy before it and the urgency behind it: 000001 机密 特急
    rf"(?:\d{{4,8}} )?[(\[]? ?{_LEVEL}(?: ?(?:{_STAR}|[*]).{{0,12}}|{_TERM})? ?[)\]]?(?: (?:特急|加急|特提|平急|急件))?"
)
_TRADITIONAL = str.maketrans("絕機祕級個長", "绝机秘级个长")
_TOP = 12  # lines of a page on which the mark may stand
_LONGEST = 2_000  # characters of it that are looked at


def secrecy_mark(message: "Message", readings: "Iterable[Reading]") -> str:
    """Where a mark stands, in Chinese (主题, 文件名, 正文, 转发的邮件, 文件首页); "" where there is none."""
    files = tuple(reading.attachment for reading in readings)
    if marks_name(message.envelope.subject):
        return "主题"
    if any(marks_name(piece) for file in files for piece in file.path.split("/")):
        return "文件名"
    if any(map(_marks_page, (message.text, message.otherwise, message.quoted))):
        return "正文"
    if any(marks_name(subject) or _marks_page(text) for subject, _, text in (words.partition("\n") for words in message.within)):
        return "转发的邮件"
    names_of_sheets = (table.name for file in files for table in file.document.tables)
    return "文件首页" if any(_marks_page(f.document.text) for f in files) or any(map(marks_name, names_of_sheets)) else ""


def names_are_marked(message: "Message", readings: "Iterable[Reading]") -> bool:
    """Whether subject or a file's name bears a mark: then nobody looks at its pages."""
    return secrecy_mark(message, readings) in ("主题", "文件名")


def marks_name(name: str) -> bool:
    """Whether a subject, or the name of a file or a sheet, bears a mark."""
    words = _words(name[:_LONGEST])
    return any(mark.search(words) for mark in (_STARRED, _BRACKETED, _FIRST, _LAST, _FOR_A_TIME))


def _marks_page(text: str) -> bool:
    """A starred mark in the first lines, one in brackets where a line begins, or a line or cell there that is nothing but the level; a head
    that lists the levels is none."""
    for line in text[:_LONGEST].split("\n")[:_TOP]:
        alone = [cell for cell in map(_words, line.split("\t")) if _ALONE.fullmatch(cell)]
        words = _words(line)
        if len(alone) == 1 or _STARRED.search(words) or _BRACKETED.match(words):
            return True
    return False


def _words(text: str) -> str:
    return " ".join(filter(None, map(fold, text.split()))).translate(_TRADITIONAL)
