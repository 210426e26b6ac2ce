"""Where the words of one reading stand in another: pieces of a scan's text find their place in the typed text.

A number is one sign (#) here, so that another figure in the same words is seen as another figure. Blanks and punctuation, which
a reader of pictures loses first, are left out. Time is bounded: pieces are short, and so is what each is held against.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from mailbot.domain.text import squash

_MOST = 20_000  # signs of a text that are looked at: some fifteen pages
_PIECE = 60  # signs: a line and a half of print
_GRAM = 3
_SAME_GRAMS = 16  # places of one gram that are remembered: a hostile page repeats itself
_LEAST = 4  # signs in one run, to be sure of a place
_SLACK = 4  # signs lost or doubled before a piece
_CANDIDATES = 3
_LONG = 8  # words of a line that can only stand where it belongs
_RUN = 6  # signs without a place that are more than slips

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LOOKS_NOUGHT = re.compile(r"(?<=\d)[oO〇]|[oO〇](?=\d)")
_LOOKS_ONE = re.compile(r"(?<=\d)[lI|]|[lI|](?=\d)")
_SIGN = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]")


@dataclass(frozen=True, slots=True)
class Signs:
    """A text as signs. `numbers`: place of a # -> the number as written; `lines`: where each line begins."""

    text: str
    numbers: Mapping[int, str]
    lines: tuple[int, ...]

    @property
    def words(self) -> int:
        return len(self.text) - len(self.numbers)


def signs_of(text: str) -> Signs:
    """The first 20 000 signs of a text."""
    signs: list[str] = []
    numbers: dict[int, str] = {}
    lines: list[int] = []
    for line in text.splitlines():
        lines.append(len(signs))
        flat = _LOOKS_ONE.sub("1", _LOOKS_NOUGHT.sub("0", squash(line).lower()))
        for match in _SIGN.finditer(flat[:_MOST]):
            if match[0][0].isdigit():
                numbers[len(signs)] = match[0]
            signs.append("#" if match[0][0].isdigit() else match[0])
        if len(signs) >= _MOST:
            break
    return Signs("".join(signs), numbers, tuple(lines))


@dataclass(frozen=True, slots=True)
class Aligned:
    """`pairs`: place of a number in the typed text -> its place on the scan; only numbers that stand alone among words.
    `long`: words of the scan in lines long enough to be sure of their place; `placed`: the share of those that found it, 0 to 1.
    `strange`: runs within such a line that stand nowhere in the typed text; `unseen`: runs of the typed text that were not read on
    the scan. Runs are (first, behind the last)."""

    pairs: Mapping[int, int]
    long: int
    placed: float
    strange: tuple[tuple[int, int], ...]
    unseen: tuple[tuple[int, int], ...]


def align(scan: Signs, typed: Signs) -> Aligned:
    """What of a scan's text stands where in the typed text."""
    seeker, pieces = _Seeker(scan, typed), tuple(_pieces(scan))
    for first, behind in pieces:
        seeker.seek(first, behind)
    long = [(first, behind) for first, behind in pieces if behind - first - scan.text.count("#", first, behind) >= _LONG]
    words = [i for first, behind in long for i in range(first, behind) if scan.text[i] != "#"]
    placed = sum(seeker.placed[i] for i in words) / max(1, len(words))
    strange = tuple((first + a, first + b) for first, behind in long for a, b in _runs(seeker.placed[first:behind]))
    return Aligned(seeker.pairs, len(words), placed, strange, tuple(_runs(seeker.seen)))


def _pieces(scan: Signs) -> Iterator[tuple[int, int]]:
    for first, behind in zip(scan.lines, (*scan.lines[1:], len(scan.text)), strict=True):
        yield from ((i, min(i + _PIECE, behind)) for i in range(first, behind, _PIECE))


def _runs(marks: bytearray) -> Iterator[tuple[int, int]]:
    return ((m.start(), m.end()) for m in re.finditer(rb"\x00{%d,}" % _RUN, bytes(marks)))


def _alone(text: str, place: int) -> bool:
    return "#" not in text[max(0, place - 1) : place] + text[place + 1 : place + 2]


class _Seeker:
    """Holds what was placed so far. Pieces that come in the order of the typed text keep it where words occur twice."""

    def __init__(self, scan: Signs, typed: Signs) -> None:
        self.scan, self.typed = scan, typed
        self.placed, self.seen = bytearray(len(scan.text)), bytearray(len(typed.text))
        self.pairs: dict[int, int] = {}
        self.next = 0
        self.grams: dict[str, list[int]] = {}
        for i in range(len(typed.text) - _GRAM + 1):
            found = self.grams.setdefault(typed.text[i : i + _GRAM], [])
            if len(found) < _SAME_GRAMS:
                found.append(i)

    def seek(self, first: int, behind: int) -> None:
        """Finds the place of a piece; what is left before and behind it is sought on its own (cells read in one line)."""
        piece = self.scan.text[first:behind]
        if len(piece) < _LEAST or len(piece) < 2 * piece.count("#"):  # cells of figures stand anywhere
            return
        held = [(self._weigh(first, blocks), blocks) for blocks in map(lambda d: self._blocks(piece, d), self._shifts(piece))]
        score, blocks = max(held, key=lambda h: h[0], default=((0.0, 0), []))
        if score[0] < _LEAST:
            return
        self._take(first, blocks)
        before, after = blocks[0][0], blocks[-1][0] + blocks[-1][2]
        for left, right in ((first, first + before), (first + after, behind)):
            if _LEAST <= right - left < behind - first:
                self.seek(left, right)

    def _shifts(self, piece: str) -> list[int]:
        """How far the piece may stand behind its own places, the most likely first."""
        votes: Counter[int] = Counter()
        for i in range(len(piece) - _GRAM + 1):
            gram = piece[i : i + _GRAM]
            if gram.count("#") < _GRAM:
                votes.update(place - i for place in self.grams.get(gram, ()))
        near = {shift: sum(votes[shift + d] for d in range(-2, 3)) for shift in votes}
        ranked = sorted(near, key=lambda s: (-near[s], abs(s - self.next)))
        kept: list[int] = []
        for shift in ranked:
            if all(abs(shift - k) > 2 for k in kept):
                kept.append(shift)
        return kept[:_CANDIDATES]

    def _blocks(self, piece: str, shift: int) -> list[tuple[int, int, int]]:
        """(place in the piece, place in the typed text, length) of the runs that are equal around a shift."""
        start = max(0, shift - _SLACK)
        window = self.typed.text[start : shift + len(piece) + _SLACK]
        found = SequenceMatcher(None, piece, window, autojunk=False).get_matching_blocks()
        return [(b.a, start + b.b, b.size) for b in found if b.size >= 2]

    def _weigh(self, first: int, blocks: list[tuple[int, int, int]]) -> tuple[float, int]:
        """Equal signs, of which one run is sure; among equals the place in order, then the one of equal numbers."""
        if max((size for _, _, size in blocks), default=0) < _LEAST:
            return 0.0, 0
        equal, fresh = sum(size for _, _, size in blocks), not any(self.seen[b : b + size].count(1) * 2 > size for _, b, size in blocks)
        in_order = abs(blocks[0][1] - blocks[0][0] - self.next) <= _SLACK
        others = sum(self.scan.numbers[first + i] != self.typed.numbers[j] for i, j in self._numbers(first, blocks))
        return equal + 2.0 * in_order + 1.0 * fresh, -others

    def _numbers(self, first: int, blocks: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
        """(place in the piece, place in the typed text) of numbers in runs of equal signs. Of numbers side by side nobody knows
        which is which once one is lost, or read in two."""
        for a, b, size in blocks:
            for k in range(size if size >= 3 else 0):
                if self.scan.text[first + a + k] == "#" and _alone(self.scan.text, first + a + k) and _alone(self.typed.text, b + k):
                    yield a + k, b + k

    def _take(self, first: int, blocks: list[tuple[int, int, int]]) -> None:
        for a, b, size in blocks:
            self.placed[first + a : first + a + size] = b"\x01" * size
            self.seen[b : b + size] = b"\x01" * size
        for i, j in self._numbers(first, blocks):
            self.pairs.setdefault(j, first + i)
        a, b, size = blocks[-1]
        self.next = b + size
