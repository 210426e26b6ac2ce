"""Values as people type them into cells: numbers, dates, yes or no, telephones.

A blank is None, a written 无, / or — is "" (they looked and there is none), zero is 0. What cannot be read as its type
comes back as `Unreadable`, so that the finding can quote it.
"""

import re
from dataclasses import dataclass
from datetime import date

from mailbot.domain.forms import Value, ValueType
from mailbot.domain.periods import dates_in
from mailbot.domain.text import CHINESE_NUMBER, chinese_number, fold, squash


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that stands where a value of another type should stand."""

    text: str


_NONE_WRITTEN = frozenset({"无", "无。", "没有", "暂无", "/", "//", "\\", "-", "--", "---", "----", "(无)", "n/a"})
_STAMPED = r"加?盖\s*公?\s*章|公\s*章|签\s*章|单位公章|加盖公章|签\s*字|印\s*章"
_STAMP = re.compile(rf"[（(【\[]\s*(?:{_STAMPED})\s*[)）】\]]|(?:盖章|签章)[:：]?\s*$")


def clean(text: str) -> str:
    """A cell's own words: underlines to write on and (盖章) dropped, blanks made one; punctuation stays as typed."""
    return re.sub(r"\s+", " ", _STAMP.sub(" ", text).replace("_", " ").replace("＿", " ")).strip()


def written_none(text: str) -> bool:
    return fold(text) in _NONE_WRITTEN


def as_type(text: str, kind: ValueType) -> Value | Unreadable:
    """The value of a cell; None for a blank, "" for a written 无."""
    words = clean(text)
    if not words:
        return None
    if kind == "yes-no":
        return _yes_no(words)
    if written_none(words):
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


def as_date(text: str) -> date | None:
    """The last full date in a text, in any common notation; also 24.3.26 and 2024 3 26, which only dates are."""
    text = re.sub(r"(?<=[一二三四五六七八九零〇○])[0oO](?=[一二三四五六七八九零〇○0-9oO])", "〇", text)  # 二0二四年
    text = re.sub(r"(?<=\d)[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?", " ", text)  # a cell's 00:00:00
    found = dates_in(text)
    if found:
        return found[-1]
    match = re.fullmatch(r"(?:20)?(\d\d)\s*[年./\-、 ]\s*(\d{1,2})\s*[月./\-、 ]\s*(\d{1,2})\s*[日号]?", squash(text))
    if match is None:
        match = re.fullmatch(r"二[零〇○Oo0](\d\d)年(\d{1,2})月(\d{1,2})[日号]?", fold(text))
    try:
        return date(2000 + int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _date(words: str) -> Value | Unreadable:
    day = as_date(words)
    if day:
        return day.isoformat()
    rest = re.sub(r"[年月日号./\-]", "", fold(words))
    return None if not rest or re.fullmatch(r"(?:19|20)\d\d|20|xx+", rest) else Unreadable(words)  # 2023年 月 日 is the empty form


_FIGURE = re.compile(
    rf"(?:共计|合计|约|共|计)?(?P<sign>[-负+]?)(?:(?P<digits>[\d,]*\.?\d+|\d+\.)|(?P<words>{CHINESE_NUMBER})(?:点(?P<tail>[零〇一二三四五六七八九]+))?)"
    r"(?P<unit>(?:[^\d.,-]{1,4})?)"
)


def figure(text: str) -> tuple[int | float, str] | None:
    """A number and the unit behind it: 42, ４２, 1,200, 四十二, -3, 三点五, 5.3万元, 12件; whole values come as int."""
    match = _FIGURE.fullmatch(fold(text))
    if match is None:
        return None
    if match["digits"]:
        value = float(match["digits"].replace(",", ""))
    else:
        whole = chinese_number(match["words"])
        if whole is None:
            return None
        tail = "".join(str(chinese_number(c)) for c in match["tail"] or "")
        value = float(f"{whole}.{tail or 0}")
    value = -value if match["sign"] in ("-", "负") else value
    return (int(value) if value.is_integer() else value), match["unit"]


def _number(words: str) -> Value | Unreadable:
    found = figure(words)
    if found is None:
        return Unreadable(words)
    value, unit = found
    if unit.startswith("万"):
        value = round(value * 10_000, 6)
        value = int(value) if float(value).is_integer() else value
    return Unreadable(words) if isinstance(value, float) else value


def _decimal(words: str) -> Value | Unreadable:
    found = figure(words)
    if found is None or found[1] == "元":
        return Unreadable(words)  # a figure in yuan where ten thousands are asked would be ten thousand times too much
    return found[0]


_TICK = "√✓✔☑☒vVＶ■●"
_OPEN_BOX = "□○☐口"
_NO = re.compile(r"否|未|没有|不|×|✗|✘|^x$|^n$|^no$|正在|整改中|部分|尚|待")
_YES = re.compile(r"是|已|√|✓|✔|☑|^y$|^v$|^yes$|排除|消除|完成|到位|销号|整改|合格")


def _yes_no(words: str) -> Value | Unreadable:
    """True for 是, √, 已排除, 已整改; False for 否, ×, 未排除, 整改中; None where 是/否 was left as printed."""
    flat = fold(words)
    if flat == "是否":
        return None
    if "是" in flat and "否" in flat and "是否" not in flat:
        return _ticked(re.sub(r"\s", "", words))
    if flat in _NONE_WRITTEN and not flat.startswith("没"):
        return None
    if _NO.search(flat.replace("是否", "")):
        return False
    return True if _YES.search(flat) else Unreadable(words)


def _ticked(text: str) -> bool | None:
    """是☑ 否□, ☑是 □否, 是(√)/否( ): which of the two bears the mark; None where none does."""
    yes, no = text.index("是"), text.rindex("否")
    marks = [i for i, c in enumerate(text) if c in _TICK]
    if len(marks) != 1 or yes > no:
        return None
    mark = marks[0]
    if mark < yes:
        return True
    if mark > no:
        return False
    between = text[yes + 1 : no]
    boxes_before = text[:yes] and text[yes - 1] in _OPEN_BOX
    return not (boxes_before or (len(between) >= 2 and text[no - 1] in _TICK and text[no - 2] in "/、,，;； "))


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
