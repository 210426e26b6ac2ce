"""Text as people in offices write it: folded for matching, cleaned for showing, counted as Word counts it.

Nothing here decides anything; matching code folds both sides with `fold` and compares.
"""

import re
import unicodedata
from functools import lru_cache

# What Unicode calls default-ignorable, and the blank of Braille: nobody sees it, and nothing may be told apart by it.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ACCENT = re.compile("[\u0300-\u036f\u20d0-\u20f0]")  # on a letter that bears none: 治\u0301安 is 治安
_SIGNS = str.maketrans("‐‑‒–—―−﹣－─━ー〔［【｛《〈「『〕］】｝》〉」』", "-" * 12 + "(" * 8 + ")" * 8)
_FOLDED = re.compile(f"[{''.join(map(chr, _SIGNS))}]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
# A run of Latin letters or digits is one character for Word; everything else that is not white space is one each.
_COUNTED = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+(?:[.\'\u2019%-][A-Za-z0-9]+)*%?|[^\s]")


def squash(text: str) -> str:
    """NFKC, invisible characters dropped, runs of white space made one space. Keeps words readable."""
    return _SPACE.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, one dash, one bracket, no white space, lower case."""
    return _short_folded(text) if len(text) <= _SHORT else _folded(text)


_SHORT = 200  # a line or a cell: every form and layout asks for the same ones again


def _folded(text: str) -> str:
    if not text.isascii():  # called for every cell and line: looking before translating spares most of the time
        text = _ACCENT.sub("", unicodedata.normalize("NFKC", INVISIBLE.sub("", text)))
        text = text.translate(_SIGNS) if _FOLDED.search(text) else text
    return "".join(text.split()).lower()


_short_folded = lru_cache(maxsize=16_384)(_folded)


def show(text: str, limit: int = 200) -> str:
    """A sender's text made safe for one line of a letter or a log: no control or direction marks, cut to `limit`."""
    line = _SPACE.sub(" ", _CONTROL.sub(" ", INVISIBLE.sub("", text))).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def count_characters(text: str) -> int:
    """字数 as the notice means it: CJK characters and all punctuation one each, a run of Latin letters or digits one."""
    return len(_COUNTED.findall(unicodedata.normalize("NFC", text)))
