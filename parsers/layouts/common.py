"""What every layout does alike: title, signature, nil sentences, dates at the end of a page."""

import re
from collections.abc import Sequence
from datetime import date

from mailbot.domain.dates import as_date
from mailbot.domain.headings import Line, numbering
from mailbot.domain.spellings import bare
from mailbot.domain.text import fold
from parsers.layouts.values import clean

_UNIT_END = re.compile(r"(?:所|队|股|局|科|室|组|中心|办公室|办)$")
_NOISE = re.compile(
    r"^(?:附件\d*[:、]?$|附件[一二三四五六七八九十\d]+$|附表\d*$|\((?:参考模板|模板|样表|样式)\)$|参考模板$|报送要求|填表说明|备注[:：]|注[:：]|说明[:：]"
    r"|第\d+页|-\d+-$|\d+$|单位:\S{0,8}$|\d{1,2}[.、](?!.*案$))"
)
_BELOW = re.compile(r"^(?:附件|联系人|联系电话|电话|抄送|\(?此页无正文)")  # what may stand below or between a signature
_LONGEST_TITLE = 70
_LONGEST_SIGNATURE = 40


def is_noise(text: str) -> bool:
    """Lines of the template that are no one's words: 附件3, (参考模板), 填表说明：…"""
    return bool(_NOISE.match(fold(text)))


def is_title_line(text: str) -> bool:
    """A short line that may belong to a title: no note of the template, no sentence, no opening address."""
    if numbering(fold(text)) or fold(text).startswith("现将"):
        return False
    return not is_noise(text) and len(text) <= _LONGEST_TITLE and not text.rstrip().endswith(("。", "：", ":", "；", ";", "，"))


def title_of(lines: Sequence[str]) -> str:
    """The last group of short lines before a form's body: noise and running text part the groups."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if is_title_line(line):
            groups[-1].append(clean(line))
        else:
            groups.append([])
    filled = [g for g in groups if any(g)]
    return " ".join(t for t in filled[-1] if t) if filled else ""


def signature_of(lines: Sequence[Line]) -> tuple[int, str, date | None]:
    """The unit and date under a text: (index of its first line, its words, the date). (len, "", None) where there is none.

    Notes below it (备注：…) are looked over; a line counts only if it is a date, a unit's name or (盖章)."""
    end = len(lines)
    while end and end > len(lines) - 3 and (is_noise(lines[end - 1].text) or _BELOW.match(fold(lines[end - 1].text))):
        end -= 1
    start, day = end, None
    while start and start > end - 4 and _signs(lines[start - 1].text):
        start -= 1
        day = day or as_date(lines[start].text)
    if start == end:
        return len(lines), "", None
    return start, "\n".join(clean(line.text) for line in lines[start:end]), day


def _signs(text: str) -> bool:
    words = clean(text)
    if not words:
        return bool(text.strip())  # only (盖章)
    if len(words) > _LONGEST_SIGNATURE or re.search(r"[。；;！!？?：:]", words):
        return False
    return as_date(words) is not None or bool(_UNIT_END.search(bare(words))) or bool(re.fullmatch(r"[\d\s年月日.]*年\s*月\s*日", words))


def unit_from_signature(signature: str) -> str | None:
    """The unit's name among the signature's lines, without the date."""
    for line in signature.splitlines():
        words = re.split(r"\s{2,}|\s(?=\d{4})", line)[0]
        if _UNIT_END.search(bare(words)) and as_date(words) is None:
            return words
    return None
