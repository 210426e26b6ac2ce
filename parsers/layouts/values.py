"""Values as people type them into cells: numbers, dates, yes or no, telephones.

A blank is None, a written 无, / or — is "" (they looked and there is none), zero is 0. What cannot be read as its type
comes back as `Unreadable`, so that the finding can quote it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mailbot.domain.dates import as_date, excel_day
from mailbot.domain.forms import Value, ValueType
from mailbot.domain.numbers import figure, whole_number
from mailbot.domain.papers import STAMP, is_to_fill
from mailbot.domain.text import fold, squash


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that stands where a value of another type should stand."""

    text: str


_NONE_WRITTEN = frozenset({"无", "没有", "暂无", "/", "//", "\\", "(无)", "n/a"})
_AMONG = re.compile(r"\s*[（(](?:其中|包?含|包括)[^()（）]*[)）]\s*$")
_NONE_ASIDE = frozenset({"无此项", "无此情况", "不涉及", "未涉及", "未发生", "未开展", "空"})  # in a place for a number or date


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """A cell's own words: underlines to write on and (盖章) dropped, blanks made one; punctuation stays as typed."""
    return re.sub(r"\s+", " ", STAMP.sub(" ", text).replace("_", " ").replace("＿", " ")).strip()


def written_none(text: str) -> bool:
    """无, 无。, 暂无, /, — and rows of them."""
    flat = fold(text).rstrip("。.,;、")
    return flat in _NONE_WRITTEN or (bool(flat) and not flat.strip("-"))


@lru_cache(maxsize=8192)
def as_type(text: str, kind: ValueType) -> Value | Unreadable:
    """The value of a cell; None for a blank (and for XX or …… of the template), "" for a written 无."""
    words = clean(text)
    if not words or is_to_fill(words):
        return None
    if kind == "yes-no":
        return _yes_no(words)
    if written_none(words) or (kind != "text" and fold(words) in _NONE_ASIDE):
        return ""
    match kind:
        case "number":
            return _number(words)
        case "decimal":
            return _decimal(words)
        case "date":
            return _date(words)
        case "phone":
            return _phone(words)
        case "mobile":
            return _mobile(words)
        case "email":
            return _email(words)
        case "names":
            return tuple(n for n in re.split(r"[、,，;；\s]+", words) if n)
    return words


def _date(words: str) -> Value | Unreadable:
    day = as_date(words) or excel_day(words)
    if day:
        return day.isoformat()
    rest = re.sub(r"[年月日号./\-]", "", fold(words))
    return None if not rest or re.fullmatch(r"(?:19|20)\d\d|20|xx+", rest) else Unreadable(words)  # 2023年 月 日 is the empty form


def _number(words: str) -> Value | Unreadable:
    value = whole_number(_without_among(words))
    return Unreadable(words) if value is None else value


def _decimal(words: str) -> Value | Unreadable:
    found = figure(_without_among(words))
    return found[0] if found else Unreadable(words)


def _without_among(words: str) -> str:
    """3（含简易程序1件） is 3."""
    return _AMONG.sub("", words)


def ten_thousands(text: str, in_yuan: bool) -> Value | Unreadable:
    """An amount of a column that counts in 万元: 5.3, 5.3万元, 53000元. `in_yuan`: the column's head says （元）."""
    value = as_type(text, "decimal")
    if not isinstance(value, int | float):
        return value
    flat = fold(text)
    return round(value / 10_000, 6) if in_yuan or "万" in flat or flat.endswith("元") else value


_TICK = "√✓✔☑☒vVＶ■●"
_OPEN_BOX = "□○☐口"
_CHOICE = re.compile(r"[\Wvx口]*是[\Wvx口]*否[\Wvx口]*")  # the printed words and nothing but signs
_PARTED = re.compile(r"[\s/、,，;；]")
_NEITHER = re.compile(r"基本|大部分|不适用|待(?:复查|核|查|定|确认)")  # an answer that is none of the two
_NO = re.compile(r"否|^非$|未|没有|不|×|✗|✘|^x$|^n$|^no$|正在|整改中|部分|尚|待")
_YES = re.compile(r"是|已|√|✓|✔|☑|^y$|^v$|^yes$|排除|消除|完成|到位|销号|整改|合格")


def _yes_no(words: str) -> Value | Unreadable:
    """True for 是, √, 已排除, 已整改; False for 否, ×, 未排除, 整改中; None where 是/否 was left as printed; 基本是 is neither."""
    flat = fold(words)
    if _CHOICE.fullmatch(flat) or ("是" in flat and "否" in flat and "是否" not in flat):
        return _ticked(words)
    if _NEITHER.search(flat):
        return Unreadable(words)
    if written_none(flat) and not flat.startswith("没"):
        return None
    if _NO.search(flat.replace("是否", "")):
        return False
    return True if _YES.search(flat) else Unreadable(words)


def _ticked(text: str) -> bool | None:
    """是☑ 否□, ☑是 □否, 是(√)/否( ), 是 √否: which of the two bears the mark; None where none does. A mark between them
    belongs to the one that no blank or stroke parts from it."""
    yes, no = text.index("是"), text.rindex("否")
    marks = [i for i, c in enumerate(text) if c in _TICK]
    if len(marks) != 1 or yes > no:
        return None
    mark = marks[0]
    if mark < yes:
        return True
    if mark > no:
        return False
    if text[:yes].rstrip()[-1:] in tuple(_OPEN_BOX):
        return False
    from_yes, from_no = _PARTED.search(text[yes + 1 : mark]), _PARTED.search(text[mark + 1 : no])
    return None if from_yes and from_no else not from_yes


def _phone(words: str) -> Value | Unreadable:
    """Leniently: 7 or 8 digits, an area code, a mobile, a short number, an extension; several parted by 、 or /."""
    text = squash(words)
    numbers = [one for one in re.split(r"[、,;/，；]|(?<=\d{7})\s+(?=[01]\d{6})", text) if one.strip()]
    return text if numbers and all(_may_be_phone(one) for one in numbers) else Unreadable(text)


def _may_be_phone(text: str) -> bool:
    main = re.split(r"转|分机|ext|-(?=\d{1,4}$)(?<=\d{7}-)", text.lower())[0]
    digits = re.sub(r"^86(?=1\d{10}$)", "", re.sub(r"\D", "", main))
    if re.search(r"[a-z]", main) or not 3 <= len(digits) <= 13:
        return False
    return len(digits) == 11 or not re.match(r"1[3-9]\d{7}", digits)  # a mobile with a digit lost or doubled


def _mobile(words: str) -> Value | Unreadable:
    """Eleven digits beginning with 1, blanks and dashes inside allowed; of several numbers one must be such."""
    text = squash(words)
    numbers = [re.sub(r"^86(?=1\d{10}$)", "", re.sub(r"\D", "", one)) for one in re.split(r"[、,;/，；]", text) if one.strip()]
    if not any(re.fullmatch(r"1[3-9]\d{9}", n) for n in numbers):
        return Unreadable(text)
    return numbers[0] if len(numbers) == 1 else text


def _email(words: str) -> Value | Unreadable:
    text = re.sub(r"\s", "", words).replace("＠", "@")
    return text if re.fullmatch(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", text) else Unreadable(words)
