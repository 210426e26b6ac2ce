"""Text as people in offices write it: folded for matching, cleaned for showing, counted as Word counts it.

Nothing here decides anything; matching code folds both sides with `fold` and compares.
"""

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－─━ー"), "-")
_BRACKETS = str.maketrans("〔［【｛《〈「『〕］】｝》〉」』", "((((((((" "))))))))")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
# A run of Latin letters or digits is one character for Word; everything else that is not white space is one each.
_COUNTED = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+(?:[.\'\u2019%-][A-Za-z0-9]+)*%?|[^\s]")

_DIGITS = {**{c: i for i, c in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "两": 2,
           **{c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}}
_SCORES = {"廿": "二十", "卅": "三十"}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
CHINESE_NUMBER = "[零〇○一二三四五六七八九十廿卅百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]+"


_LONGEST = 15  # characters of a number; longer ones are no counter of any office and cost time


def squash(text: str) -> str:
    """NFKC, invisible characters dropped, runs of white space made one space. Keeps words readable."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, one dash, one bracket, no white space, lower case."""
    flat = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _SPACE.sub("", flat.translate(_DASHES).translate(_BRACKETS)).lower()


def show(text: str, limit: int = 200) -> str:
    """A sender's text made safe for one line of a letter or a log: no control or direction marks, cut to `limit`."""
    line = _SPACE.sub(" ", _CONTROL.sub(" ", _INVISIBLE.sub("", text))).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def count_characters(text: str) -> int:
    """字数 as the notice means it: CJK characters and all punctuation one each, a run of Latin letters or digits one."""
    return len(_COUNTED.findall(unicodedata.normalize("NFC", text)))


def chinese_number(text: str) -> int | None:
    """The value of a Chinese numeral such as 四十二, 一千二百 or 二〇二四; None where it is none."""
    if not text or len(text) > _LONGEST:
        return None
    text = "".join(_SCORES.get(c, c) for c in text)
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _TENS:
            section += (digit or 1) * _TENS[c]
            digit = 0
        elif c in _MYRIADS:
            total = (total + section + digit) * _MYRIADS[c]
            section = digit = 0
        else:
            return None
    return total + section + digit


def whole_number(text: str) -> int | None:
    """A counter as people type it: 42, ４２, 1,200, 四十二; None where it is no whole number."""
    flat = fold(text).replace(",", "")
    if len(flat) > _LONGEST:
        return None
    if re.fullmatch(r"\d+(\.0+)?", flat):
        return int(float(flat))
    return chinese_number(flat) if re.fullmatch(CHINESE_NUMBER, flat) else None
