"""A text as it is matched, with the way back to where it stands: one width, one dash, round brackets, no blanks."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DASHES = dict.fromkeys("‐‑‒–—―−﹣－─━ー", "-")
_COLONS = dict.fromkeys("∶꞉ː", ":")  # typed for a colon in Word: 16∶00
_BRACKETS = {**dict.fromkeys("〔［【｛", "("), **dict.fromkeys("〕］】｝", ")")}
_MISREAD_DASH = re.compile(r"(?<=[月日])一(?=\d)")  # 11月一12月: a dash read as a numeral
_FIRST_MONTH = re.compile(r"(?<![万亿千百\d.])元(?=月)")  # 元月3日


@dataclass(frozen=True, slots=True)
class Flat:
    """`text`: what is matched. `places[i]`: where its i-th character stands in the text that people see (`source`)."""

    text: str
    places: tuple[int, ...]
    source: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where flat[start:end] stands in the source."""
        return (self.places[start], self.places[end - 1] + 1) if start < end else (0, 0)

    def seen(self, start: int, end: int) -> str:
        """The words of the source behind flat[start:end], blanks between Chinese characters taken out."""
        first, last = self.span(start, end)
        return re.sub(r"\s+", "", self.source[first:last])


def as_written(words: str, source: str) -> str:
    """Words of a flat text with the brackets of its source."""
    wide = words.replace("(", "（").replace(")", "）")
    return wide if words not in source and wide in re.sub(r"\s", "", source) else words


@lru_cache(maxsize=8192)
def _folded(char: str) -> str:
    char = _DASHES.get(char, _BRACKETS.get(char, _COLONS.get(char, char)))
    char = unicodedata.normalize("NFKC", char)
    char = _DASHES.get(char, _BRACKETS.get(char, "~" if char == "〜" else char))
    return "" if char.isspace() or unicodedata.category(char[:1] or " ") in ("Cc", "Cf") else char


def flat(text: str) -> Flat:
    pieces: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        folded = _folded(char)
        pieces.append(folded)
        places.extend([place] * len(folded))
    return Flat(_FIRST_MONTH.sub("1", _MISREAD_DASH.sub("-", "".join(pieces))), tuple(places), text)
