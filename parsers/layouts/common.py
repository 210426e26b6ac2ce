"""What every layout does alike: title, signature, dates at the end of a page."""

import re
from collections.abc import Sequence
from datetime import date

from mailbot.domain.dates import as_date
from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.headings import Line, numbering
from mailbot.domain.papers import STAMP, is_mark, is_note, may_be_name, stands_below
from mailbot.domain.text import fold
from parsers.layouts.values import clean, written_none

_NOISE = re.compile(r"第\d+页|-\d+-$|\d+$|单位:\S{0,8}$|\d{1,2}[.、](?!.*案$)|目录$")
_LONGEST_TITLE = 70
_LONGEST_SIGNATURE = 40
_SIGNED_IN = 4  # lines of a signature at most
_DAY_TO_WRITE = re.compile(r"[\d\s年月日.]*年\s*月\s*日")  # a date left as printed
_FROM_DATE_ON = re.compile(r"\s*(?:(?:19|20)\d\d|二[零〇○oO0]..)\s*[年./-].*")


def is_noise(text: str) -> bool:
    """Lines of the template that are no one's words: 附件3, (参考模板), 填表说明：…"""
    return is_note(text) or is_mark(text) or bool(_NOISE.match(fold(text)))


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


def below_tables(document: Document) -> list[Line]:
    """The lines of the paragraphs after the last table: where a form that is a table is signed."""
    last = max((i for i, b in enumerate(document.blocks) if isinstance(b, Table)), default=-1)
    return [Line(t) for b in document.blocks[last + 1 :] if isinstance(b, Paragraph) for t in b.text.splitlines() if t.strip()]


def signature_of(lines: Sequence[Line], top: str = "") -> tuple[int, str, date | None]:
    """The unit and date under a text: (index of its first line, its words, the date). (len, "", None) where there is none.

    What the unit is called is no matter: a short line that is no sentence signs where it stands beside a date or bears
    （盖章）; without either, where it stands in `top`, the words above the text, too. Notes below it are looked over."""
    end = len(lines)
    while end and end > len(lines) - 3 and (is_noise(lines[end - 1].text) or stands_below(lines[end - 1].text)):
        end -= 1
    start = _first_signing([line.text for line in lines[max(0, end - _SIGNED_IN - 1) : end]], top) + max(0, end - _SIGNED_IN - 1)
    if start == end:
        return len(lines), "", None
    words = [clean(line.text) for line in lines[start:end]]
    return start, "\n".join(words), next((day for text in reversed(words) if (day := as_date(text))), None)


def _first_signing(lines: Sequence[str], top: str) -> int:
    """Where the signature begins among the last lines of a text; their number where none of them signs."""
    end = len(lines)
    block = end
    while block and end - block < _SIGNED_IN and (_is_marked(lines[block - 1]) or _is_name(lines[block - 1])):
        block -= 1
    first = next((i for i in range(block, end) if _is_marked(lines[i])), end)
    if first == end:
        named = end > block and fold(clean(lines[-1])) in fold(top)
        return end - named
    if not any(map(_is_marked, lines[-2:])):
        return end  # lines that go on below a date are text
    above = int(not name_in(lines[first]))
    if block and lines[block - 1].rstrip().endswith(("。", "！", "；")):
        above += 1  # under a last sentence with its stop two lines may be a name: the bureau's and the unit's
    return max(block, first - above)


def _is_marked(text: str) -> bool:
    """A date, one to be written in, (盖章), or a name with one of them."""
    words = clean(text)
    if len(words) > _LONGEST_SIGNATURE or re.search(r"[。；;！!？?：:]", words):
        return False
    dated = as_date(words) is not None or _DAY_TO_WRITE.fullmatch(words) is not None
    return dated or (STAMP.search(text) is not None and (not words or _is_name(text)))


def _is_name(text: str) -> bool:
    words = clean(text)
    return may_be_name(words) and not written_none(words) and as_date(words) is None


def name_in(line: str) -> str:
    """The unit's name in a line of a signature, without a date behind it; "" where there is none."""
    words = _FROM_DATE_ON.sub("", clean(line))
    return words if _is_name(words) else ""


def unit_from_signature(signature: str) -> str | None:
    """The unit's name among the signature's lines: of several the one nearest to the date."""
    return next((name for line in reversed(signature.splitlines()) if (name := name_in(line))), None)
