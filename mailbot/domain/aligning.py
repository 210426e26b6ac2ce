"""Where the words of one reading stand in another: pieces of a scan's text find their place in the typed text.

A number is one sign (#) here, so that another figure in the same words is seen as another figure. Blanks and punctuation, which
a reader of pictures loses first, are left out. Time is bounded: pieces are short, and so is what each is held against.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

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
_LINE = 20  # signs of the typed text that nothing on the scan was placed at: a line, a row of a table
_FAR = 400  # signs between the neighbours of a changed passage

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LOOKS_NOUGHT = re.compile(r"(?<=\d)[oO〇]|[oO〇](?=\d)")
_LOOKS_ONE = re.compile(r"(?<=\d)[lI|]|[lI|](?=\d)")
_DASHED_DATE = re.compile(r"(?<![\d.-])((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})(?![\d.-])")
_BESIDE = 12  # characters before a number that may tell what it counts
_WORDS_BEFORE = re.compile(r"([^\W\d_]+)\W*$")
_WORDS_BEHIND = re.compile(r"[^\W\d_]*")
_SIGN = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]")


@dataclass(frozen=True, slots=True)
class Signs:
    """A text as signs. `numbers`: place of a # -> the number as written; `beside`: -> the words before and behind it, a … between;
    `lines`: where each line begins; `bare`: places of the numbers in lines and cells without words."""

    text: str
    numbers: Mapping[int, str]
    beside: Mapping[int, str]
    lines: tuple[int, ...]
    bare: frozenset[int]

    def shown(self, first: int, behind: int) -> str:
        """The words and numbers of a run."""
        return "".join(self.numbers.get(i, self.text[i]) for i in range(first, behind))

    def dated(self, place: int) -> bool:
        """Whether the number at a place is part of a date."""
        return self.text[place + 1 : place + 2] in tuple("年月日号")


def plain(line: str) -> str:
    """A line with one blank between words, in lower case; letters that a reader sees in digits made digits again (2O24, l2), and
    dates written alike (2024-3-28 as 2024年3月28日)."""
    return _DASHED_DATE.sub(r"\1年\2月\3日", _LOOKS_ONE.sub("1", _LOOKS_NOUGHT.sub("0", squash(line).lower())))


def signs_of(text: str) -> Signs:
    """The first 20 000 signs of a text, its cells parted by tabs."""
    signs: list[str] = []
    numbers: dict[int, str] = {}
    beside: dict[int, str] = {}
    lines: list[int] = []
    bare: set[int] = set()
    for line in text.splitlines():
        lines.append(len(signs))
        for cell in line[:_MOST].split("\t"):
            flat = plain(cell)
            found = list(_SIGN.finditer(flat))
            there = {len(signs) + i: match for i, match in enumerate(found) if match[0][0].isdigit()}
            bare |= there.keys() if len(there) == len(found) else set()
            numbers |= {place: match[0] for place, match in there.items()}
            beside |= {place: _beside(flat, match) for place, match in there.items()}
            signs += ["#" if match[0][0].isdigit() else match[0] for match in found]
        if len(signs) >= _MOST:
            break
    return Signs("".join(signs), numbers, beside, tuple(lines), frozenset(bare))


def grams(text: str, size: int) -> Iterator[str]:
    """Every run of so many signs; a shorter text itself."""
    return (text[i : i + size] for i in range(max(1, len(text) - size + 1)))


def _beside(flat: str, match: re.Match[str]) -> str:
    before = _WORDS_BEFORE.search(flat[max(0, match.start() - _BESIDE) : match.start()])
    after = _WORDS_BEHIND.match(flat[match.end() : match.end() + 2])
    return f"{before[1] if before else ''}…{after[0] if after else ''}"


Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Aligned:
    """`pairs`: place of a number in the typed text -> its place on the scan; only numbers that stand alone among words.
    `long`: words of the scan in lines long enough to be sure of their place; `placed`: the share of those that found it, 0 to 1.
    `strange`: runs within such a line that stand nowhere in the typed text, (first, behind the last); `instead`: of these, those in
    whose place the typed text has other words, and where these are. `slips`: how many of the words are neither placed nor in such
    a run: what the reader took for another word. `unseen`: runs of the typed text, a line or more, at which nothing was placed."""

    pairs: Mapping[int, int]
    long: int
    placed: float
    covered: float
    slips: int
    strange: tuple[Run, ...]
    instead: tuple[tuple[Run, Run], ...]
    unseen: tuple[Run, ...]


def align(scan: Signs, typed: Signs) -> Aligned:
    """What of a scan's text stands where in the typed text."""
    seeker, pieces = _Seeker(scan, typed), tuple(_pieces(scan))
    for first, behind in pieces:
        seeker.seek(first, behind)
    long = [(first, behind) for first, behind in pieces if behind - first - scan.text.count("#", first, behind) >= _LONG]
    words = [i for first, behind in long for i in range(first, behind) if scan.text[i] != "#"]
    missed = [i for i in words if i not in seeker.placed]
    strange = tuple(run for piece in long for run in seeker.strange(*piece))
    aside = {i for run in strange for i in range(*run)}
    instead = tuple((run, other) for run in strange if (other := seeker.instead(*run)))
    placed = 1 - len(missed) / max(1, len(words))
    covered = sum(seeker.seen) / max(1, len(typed.text))
    unseen = tuple(m.span() for m in re.finditer(rb"\x00{%d,}" % _LINE, bytes(seeker.seen)))
    return Aligned(seeker.pairs, len(words), placed, covered, sum(i not in aside for i in missed), strange, instead, unseen)


def _pieces(scan: Signs) -> Iterator[tuple[int, int]]:
    """(first, behind the last) of the pieces of the lines; the short end of a wrapped line goes with what stands above it."""
    lines: list[tuple[int, int]] = []
    for first, behind in pairwise((*scan.lines, len(scan.text))):
        if lines and behind - first < _LONG and lines[-1][1] - lines[-1][0] >= _PIECE // 3:
            lines[-1] = (lines[-1][0], behind)
        else:
            lines.append((first, behind))
    for first, behind in lines:
        parts = max(1, -(-(behind - first) // _PIECE))
        cuts = [first + (behind - first) * n // parts for n in range(parts + 1)]
        yield from pairwise(cuts)


def _alone(text: str, place: int) -> bool:
    return "#" not in text[max(0, place - 1) : place] + text[place + 1 : place + 2]


class _Seeker:
    """Holds what was placed so far. Pieces that come in the order of the typed text keep it where words occur twice."""

    def __init__(self, scan: Signs, typed: Signs) -> None:
        self.scan, self.typed = scan, typed
        self.placed: dict[int, int] = {}  # place on the scan -> place in the typed text
        self.seen = bytearray(len(typed.text))
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
        places = [self._blocks(piece, shift) for shift in self._shifts(piece)]
        held = sorted(((self._fit(first, blocks), blocks) for blocks in places), key=lambda h: h[0], reverse=True)
        if not held or held[0][0][0] < _LEAST:
            return
        (fit, _), blocks = held[0]
        self._take(first, blocks, sure=all(other[0] < fit for other, there in held[1:] if there != blocks))
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
        kept: list[int] = []
        for shift in sorted(near, key=lambda s: (-near[s], abs(s - self.next))):
            if all(abs(shift - k) > 2 for k in kept):
                kept.append(shift)
            if len(kept) == _CANDIDATES:
                break
        return kept

    def _blocks(self, piece: str, shift: int) -> list[tuple[int, int, int]]:
        """(place in the piece, place in the typed text, length) of the runs that are equal around a shift."""
        start = max(0, shift - _SLACK)
        window = self.typed.text[start : shift + len(piece) + _SLACK]
        found = SequenceMatcher(None, piece, window, autojunk=False).get_matching_blocks()
        return [(b.a, start + b.b, b.size) for b in found if b.size >= 2]

    def _fit(self, first: int, blocks: list[tuple[int, int, int]]) -> tuple[int, int]:
        """How well a piece fits a place: (equal signs, a few more for a place in order or not yet taken; less the numbers that differ).
        Nothing where no run is long enough to be sure."""
        if max((size for _, _, size in blocks), default=0) < _LEAST:
            return 0, 0
        equal, again = sum(size for _, _, size in blocks), sum(sum(self.seen[b : b + size]) for _, b, size in blocks)
        in_order = abs(blocks[0][1] - blocks[0][0] - self.next) <= _SLACK
        others = sum(self.scan.numbers[first + i] != self.typed.numbers[j] for i, j in self._numbers(first, blocks))
        return equal + 2 * in_order + (2 * again < equal), -others

    def _numbers(self, first: int, blocks: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
        """(place in the piece, place in the typed text) of numbers in runs of equal signs. Of numbers side by side nobody knows
        which is which once one is lost, or read in two."""
        for a, b, size in blocks:
            for k in range(size if size >= 3 else 0):
                if self.scan.text[first + a + k] == "#" and _alone(self.scan.text, first + a + k) and _alone(self.typed.text, b + k):
                    yield a + k, b + k

    def _take(self, first: int, blocks: list[tuple[int, int, int]], *, sure: bool) -> None:
        """Notes the place of a piece. Of numbers whose words stand twice, out of order, nobody knows which is which."""
        for a, b, size in blocks:
            self.placed.update((first + a + k, b + k) for k in range(size))
            self.seen[b : b + size] = b"\x01" * size
        for i, j in self._numbers(first, blocks) if sure else ():
            self.pairs.setdefault(j, first + i)
        a, b, size = blocks[-1]
        self.next = b + size

    def strange(self, first: int, behind: int) -> Iterator[Run]:
        """The runs of a piece that found no place."""
        marks = bytes(i in self.placed for i in range(first, behind))
        return ((first + m.start(), first + m.end()) for m in re.finditer(rb"\x00{%d,}" % _RUN, marks))

    def instead(self, first: int, behind: int) -> Run | None:
        """The unseen words of the typed text between what stands there before and behind a run of the scan."""
        before = next((self.placed[i] for i in range(first - 1, first - _FAR, -1) if i in self.placed), None)
        after = next((self.placed[i] for i in range(behind, behind + _FAR) if i in self.placed), None)
        if before is None or after is None or not before < after <= before + _FAR:
            return None
        unseen = re.search(rb"\x00{%d,}" % _RUN, bytes(self.seen[before + 1 : after]))
        return (before + 1 + unseen.start(), before + 1 + unseen.end()) if unseen else None
