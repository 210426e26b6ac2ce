"""Page formats (PDF, OFD) say where each glyph stands, not what a paragraph is. `paragraphs` puts lines and paragraphs together again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_GAP = 0.6  # of the font size: a wider gap within a line is shown as a space; between Chinese and digits there is a quarter
_SAME_LINE = 0.5  # of the font size
_FULL = 1.6  # font sizes short of the right margin that a line wrapped for want of room may end
_INDENT = 2.5  # font sizes that a paragraph's first line is set in
_REACH = 0.8  # of the page's width: where the right margin is at least
_ENDED = tuple("。！？；：!?;:")
_NUMBERED = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十百\d]{1,3}[）)、.．]|第[一二三四五六七八九十\d]{1,3}[条章部]|[①-⑳]|附件)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text on one base line. `left`, `right`, `base` (downwards from the page's top or any other line) and font `size` in one unit."""

    left: float
    right: float
    base: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    left: float
    right: float
    base: float
    size: float
    text: str
    parted: bool  # a wide gap stands in it: cells of a table, a head and its date


def paragraphs(pieces: Iterable[Piece], width: float) -> tuple[str, ...]:
    """The paragraphs of a page of some width, from top to bottom."""
    lines = list(_lines(pieces))
    margin = max(max((line.right for line in lines), default=0.0), _REACH * width)
    found: list[str] = []
    for number, line in enumerate(lines):
        if number and _goes_on(lines[number - 1], line, margin, width / 2):
            found[-1] += line.text.strip()
        else:
            found.append(line.text.strip())
    return tuple(found)


def _goes_on(line: _Line, following: _Line, margin: float, middle: float) -> bool:
    """Whether a line was only wrapped: it fills its page from the left to the right margin, ends in mid sentence, and the next one
    stands where a paragraph's second line stands and begins no new point."""
    indent = line.left - following.left
    return (
        line.right >= margin - _FULL * line.size
        and line.left < middle
        and not line.parted
        and not line.text.rstrip().endswith(_ENDED)
        and -_SAME_LINE * line.size <= indent <= _INDENT * line.size
        and following.base - line.base <= 3 * line.size
        and not _NUMBERED.match(following.text)
    )


def _lines(pieces: Iterable[Piece]) -> Iterator[_Line]:
    """Pieces on one base line, from left to right; lines of spaces are none."""
    line: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        if line and piece.base - line[0].base > min(piece.size, line[0].size) * _SAME_LINE:
            yield from _joined(line)
            line = []
        line.append(piece)
    yield from _joined(line)


def _joined(line: list[Piece]) -> Iterator[_Line]:
    seen = [piece for piece in line if piece.text.strip()]
    if not seen:
        return
    text, end, parted = "", 0.0, False
    for piece in sorted(line, key=lambda p: p.left):
        gap = bool(text) and piece.left - end > piece.size * _GAP
        parted = parted or gap
        text += " " * gap + piece.text
        end = max(end, piece.right)
    yield _Line(min(p.left for p in seen), end, line[0].base, max(p.size for p in seen), text, parted)
