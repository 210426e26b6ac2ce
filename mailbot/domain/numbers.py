"""Numbers as people type them: 42, ４２, 1,200, 四十二, 两百零五, 廿三, 1.2万, 三点五, 12件. Here and nowhere else.

`CHINESE_NUMBER`, `ORDINAL` (as parts are numbered: 一、 十二、) and `NUMBER` are patterns over folded text.
"""

import re

from mailbot.domain.text import fold

_DIGITS = {**{c: i for i, c in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "两": 2,
           **{c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}}  # fmt: skip
_CHINESE = "一二三四五六七八九"
_SCORES = {"廿": "二十", "卅": "三十"}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
CHINESE_NUMBER = "[零〇○一二三四五六七八九十廿卅百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]+"
ORDINAL = "[一二三四五六七八九十]{1,3}"
# 零 of 零售 and 一 of 一星期 are no numbers.
NUMBER = rf"\d+(?:\.\d+)?万|\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.0+)?|{CHINESE_NUMBER}(?!售|星)"
_LONGEST = 15  # characters of a number; longer ones are no count of any office and cost time


def chinese_number(text: str) -> int | None:
    """The value of a Chinese numeral such as 四十二, 一千二百, 一千二 (1200) or 二〇二四; None where it is none."""
    if not text or len(text) > _LONGEST:
        return None
    text = "".join(_SCORES.get(c, c) for c in text)
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = digit = place = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
            place = place if digit else 0
        elif c in _TENS:
            section += (digit or 1) * _TENS[c]
            digit, place = 0, _TENS[c] // 10
        elif c in _MYRIADS:
            total = (total + section + digit) * _MYRIADS[c]
            section = digit = 0
            place = _MYRIADS[c] // 10
        else:
            return None
    return total + section + digit * max(1, place)


def ordinal(number: int) -> str:
    """1 -> 一, 12 -> 十二, 20 -> 二十; from 1 to 99."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _CHINESE[tens - 1]) + ("十" if tens else "") + (_CHINESE[ones - 1] if ones else "")


_FIGURE = re.compile(
    rf"(?:共计|合计|约|共|计|近)?(?P<sign>[-负+]?)(?:(?P<digits>[\d,]*\.?\d+|\d+\.)|(?P<words>{CHINESE_NUMBER})(?:点(?P<tail>[零〇一二三四五六七八九]+))?)"
    r"(?P<myriad>[万千])?(?P<unit>(?:[^\d.,-]{1,4})?)"
)


def figure(text: str) -> tuple[int | float, str] | None:
    """A number and the unit behind it: 42, 四十二, -3, 12件 -> (12, 件), 5.3万元 -> (53000, 元); whole values come as int."""
    flat = fold(text)
    match = _FIGURE.fullmatch(flat) if len(flat) <= 2 * _LONGEST else None
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
    value = (-1 if match["sign"] in ("-", "负") else 1) * round(value * {"万": 10_000, "千": 1000}.get(match["myriad"], 1), 6)
    return (int(value) if value.is_integer() else value), match["unit"]


def whole_number(text: str) -> int | None:
    """A count: 42, ４２, 1,200, 四十二, 12件; None where it is no whole number."""
    found = figure(text)
    return found[0] if found and isinstance(found[0], int) else None
