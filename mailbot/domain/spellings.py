"""How alike two headings are, and which of many spellings a text means: compared without brackets, units and blanks."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from mailbot.domain.text import fold

_BRACKETED = re.compile(r"\([^()]*\)")
_EDGES = "*#:;,.、。-_·\"'“”|丶"
LEAST_LIKENESS = 0.7  # below it nothing is said to be alike
_REMEMBERED = 4096  # texts of which one form's spellings know the scores: the same cells are asked for again and again
_WITHIN = 2.5  # a heading that holds another one may be so many times as long


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """Folded, brackets with all that is in them dropped (units, hints), punctuation at the edges dropped."""
    flat = fold(text)
    without = _BRACKETED.sub("", flat) if "(" in flat else flat
    return (without or flat.strip("()")).strip(_EDGES)


@lru_cache(maxsize=8192)
def likeness(text: str, wanted: str) -> float:
    """How surely a bare text means the wanted heading, 0..1. One holding the other is good from four characters on."""
    if not text or not wanted:
        return 0.0
    if text == wanted:
        return 1.0
    shorter, longer = sorted((text, wanted), key=len)
    if len(shorter) >= 4 and shorter in longer:
        return max(0.8, len(shorter) / len(longer)) if len(longer) <= _WITHIN * len(shorter) else 0.0
    return SequenceMatcher(None, text, wanted, autojunk=False).ratio() if len(shorter) >= 3 else 0.0


class Spellings:
    """All spellings of several things (columns, parts, labels) made ready to be looked up. Built once for a form."""

    def __init__(self, wanted: Mapping[str, Iterable[str]]) -> None:
        pairs = dict.fromkeys((bare(s), name) for name, spellings in wanted.items() for s in spellings)
        self._known = tuple((word, name, frozenset(word)) for word, name in pairs if word)
        self.words = frozenset(word for word, _ in pairs)
        self._characters = frozenset("".join(s for spellings in wanted.values() for s in spellings)) | frozenset("".join(self.words))
        self._longest = _WITHIN * max(map(len, self.words), default=0)
        self._seen: dict[str, Mapping[str, float]] = {}

    def scores(self, text: str) -> Mapping[str, float]:
        """name -> the best likeness of a text to its spellings, where it is at least LEAST_LIKENESS."""
        found = self._seen.get(text)
        if found is None:
            if len(text) > 4 * self._longest:
                return {}
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            found = self._seen[text] = {} if self.foreign(text) else self.alike(bare(text))
        return found

    def foreign(self, text: str) -> bool:
        """Whether not one character of the text stands in any spelling: nearly all figures and names of a sheet."""
        return self._characters.isdisjoint(text)

    def alike(self, words: str) -> Mapping[str, float]:
        """`scores` worked out anew. Comparing two words is costly: it is spared where their characters cannot reach it. Two
        fifths of a text's characters, and more, stand in every word that it is like."""
        best = dict[str, float]()
        if len(words) > self._longest or _WITHIN * sum(map(self._characters.__contains__, words)) < len(words):
            return best
        mine = frozenset(words)
        length, twice = len(words), len(words) - len(mine)
        for word, name, characters in self._known:
            shared = len(mine & characters) + max(twice, len(word) - len(characters))
            smaller, larger = (length, len(word)) if length < len(word) else (len(word), length)
            held = shared >= smaller >= 4 and larger <= _WITHIN * smaller
            if (held or 2 * shared >= LEAST_LIKENESS * (smaller + larger)) and (score := likeness(words, word)) >= LEAST_LIKENESS:
                best[name] = max(score, best.get(name, 0.0))
        return best
