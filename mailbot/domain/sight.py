"""How surely a number on a scan was read, and what a slip of the reader could have made of it."""

import re
from dataclasses import dataclass

from mailbot.domain.aligning import NUMBER, grams, plain, signs_of
from mailbot.domain.figures import digits, normal, parts, same_number
from mailbot.domain.pages import Box, Line, Look, Page

_LEGIBLE = 0.8  # below it a line says nothing but that two digits of a number are others
_GUESSED = 0.4  # below it not even that
_CLEAR = 0.7  # of a scan's words in sure lines; of 31 scans with many words amiss the misread ones had under 0.4, the others over 0.75
_SMALL = 20  # pixels that a line is high, as its box has it (small print at 90 dpi): below it digits are lost and nobody notices
_LIKE = frozenset(map(frozenset, ("17", "08", "06", "68", "38", "56", "09", "27")))
_GRAM = 4
_LONGEST = 400  # characters of a line, and
_MOST_LINES = 3_000  # lines of a scan that are looked at
_TOUCHED = 0.012  # of the page's width, a digit: how exactly the place of a number in its line is known
_LETTER = re.compile("[a-z]")  # B1 was 31


@dataclass(frozen=True, slots=True)
class _Seen:
    """One number of a line. `left`, `right`: two signs beside it. `legible`: at all; `guessed`: not, but the line was not lost;
    `risky`: something is in the way; `starts`, `ends`: the line does so with it, though it has words."""

    left: str
    right: str
    legible: bool
    guessed: bool
    risky: bool
    starts: bool
    ends: bool

    def may_be(self, said: str, seen: str, risky: bool) -> bool:
        """Whether a slip makes one number of the other: anywhere a point lost or found; digits lost at the end of a line; in a risky
        place digits lost, a rule of the table read as one, a digit taken for one that looks like it. Never 2 for 5. Hardly legible, any
        slip, but not two in one number that lost no digit."""
        a, b = digits(said), digits(seen)
        if not self.legible:
            return not self.guessed or len(a) != len(b) or sum(c != d for c, d in zip(a, b, strict=True)) < 2
        if a.lstrip("0") == b.lstrip("0") or (self.starts and a.endswith(b)) or (self.ends and a.startswith(b)):
            return True
        return risky and (_left_of(a, b) or b in (f"1{a}", f"{a}1"))


def _left_of(many: str, few: str) -> bool:
    """Whether digits are what is left of others: some lost, some taken for those that look like them, their order kept."""
    rest = iter(many)
    return all(any(c == d or frozenset((c, d)) in _LIKE for d in rest) for c in few)


class Sight:
    """What was read how surely on the pages of a scan. Of a text layer, and of what was typed, all is sure."""

    def __init__(self, look: Look | None) -> None:
        self._all_sure = look is None or look.reading == "text-layer"
        self._numbers: dict[str, list[_Seen]] = {}
        self._grams: set[str] = set()
        self._lines = [] if look is None else [(line, page) for page in look.pages for line in page.lines][:_MOST_LINES]
        for line, page in self._lines if not self._all_sure else ():
            self._learn(line, page)

    @property
    def legible(self) -> bool:
        """Whether the words were read well enough to say that they are other words."""
        weight = sum(len(line.text) for line, _ in self._lines)
        return self._all_sure or sum(line.legible * len(line.text) for line, _ in self._lines) >= _LEGIBLE * max(1, weight)

    @property
    def clear(self) -> bool:
        """Whether nearly all words were read so surely that they stand there as they were read."""
        weight = sum(len(line.text) for line, _ in self._lines)
        return self._all_sure or sum(len(line.text) for line, _ in self._lines if line.sure) >= _CLEAR * max(1, weight)

    def sure(self, said: str, seen: str, left: str = "", right: str = "", *, risky: bool = False) -> bool:
        """Whether no slip explains that `seen` was read where `said` is typed. `left`, `right`: the signs beside it. `risky`: slips
        are to be expected, whatever the reader thinks of the line."""
        if self._all_sure:
            return True
        were, are = parts(said), parts(seen)
        if len(were) != len(are):
            return False
        return all(self._sure(a, b, left, right, risky) for a, b in zip(were, are, strict=True) if not same_number(a, b))

    def _sure(self, said: str, seen: str, left: str, right: str, risky: bool) -> bool:
        there = self._numbers.get(normal(seen), [])
        beside = [(s.left[-1:] == left[-1:]) + (s.right[:1] == right[:1]) + (s.left == left) + (s.right == right) for s in there]
        meant = [s for s, score in zip(there, beside, strict=True) if score == max(beside)]
        return bool(meant) and all(not s.may_be(said, seen, risky or s.risky) for s in meant)

    def reads(self, text: str) -> bool:
        """Whether most of a text stands in legible lines."""
        wanted = tuple(grams(text, _GRAM))
        return self._all_sure or sum(gram in self._grams for gram in wanted) * 2 > len(wanted)

    def _learn(self, line: Line, page: Page) -> None:
        flat = plain(line.text[:_LONGEST])
        if line.legible >= _LEGIBLE and not any(_overlap(line.box, seal.box) for seal in page.seals):
            self._grams |= set(grams(signs_of(flat).text, _GRAM))
        for match in NUMBER.finditer(flat):
            before, after = flat[: match.start()], flat[match.end() :]
            box = _part(line.box, _width(before) / _width(flat), _width(before + match[0]) / _width(flat))
            over = [seal for seal in page.seals if _overlap(box, seal.box)]
            free = all(seal.ink == "red" for seal in over)  # red ink is taken out before reading
            legible, guessed = free and line.legible >= _LEGIBLE, not over and line.legible >= _GUESSED
            small = (box.bottom - box.top) * page.height < _SMALL
            risky = small or bool(over) or not line.sure or bool(_LETTER.search(before[-1:] + after[:1]))
            seen = _Seen(signs_of(before).text[-2:], signs_of(after).text[:2], legible, guessed, risky, bool(after) > bool(before), bool(before) > bool(after))
            self._numbers.setdefault(normal(match[0]), []).append(seen)


def _width(text: str) -> float:
    """Digits and Latin letters are half as wide as the others."""
    return sum(0.5 if sign.isascii() else 1.0 for sign in text) or 1.0


def _part(box: Box, start: float, end: float) -> Box:
    """The part of a line's box between two shares of its width."""
    width = box.right - box.left
    return Box(box.left + start * width - _TOUCHED, box.top, box.left + end * width + _TOUCHED, box.bottom)


def _overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
