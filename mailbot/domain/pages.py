"""What was seen on the pages of a scan: colour, seals, read lines. Facts only; whose seal it is and what follows is decided elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

# Of a page as its file can show it: in colour; in shades of grey alone; black-and-white, one bit a pixel or as good as that.
Colour = Literal["colour", "grey", "black"]
Shape = Literal["round", "square", "oval"]

# Who read the words of the pages: a text layer, an OCR engine; or why nobody did.
# From the best to the worst.
HowRead = Literal["text-layer", "ocr", "no-ocr", "time-out", "failed"]


def worst_of(read: Iterable[HowRead]) -> HowRead:
    """How several pages or files were read, as one."""
    order = get_args(HowRead)
    return max(read, key=order.index)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, upright, in shares of its width and height (0 to 1)."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal's imprint. `ink`: red as it should be, or dark on a page without colour (a ring of the right size, no more).

    `millimetres`: the outer diameter, the longer side of an oval or square one. `certainty`: 0 to 1, of being a seal at all.
    `words`: what the ring says, "" where it was not read; `legible`: 0 to 1, how sure the reader is of those words.
    """

    shape: Shape
    ink: Literal["red", "dark"]
    box: Box
    millimetres: float
    certainty: float
    words: str = ""
    legible: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words on the page, or one cell of a table. `legible`: 0 to 1, how sure the reader is of its least sure letter or figure."""

    text: str
    box: Box
    legible: float

    @property
    def sure(self) -> bool:
        """Of 800 lines read from photos and scans every wrong one was less legible, and one in twelve of the right ones."""
        return self.legible >= 0.97


# A ruled table: its rows, and in each the box of every place; a merged cell repeats its box, as a Table's merged cell its text.
Grid = tuple[tuple[Box, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, turned upright. `number` from 1. `width`, `height`: pixels of the straightened picture. `turned`: degrees
    counter-clockwise by which the picture was turned. `desk`: it was a photo of a page on something and was straightened.
    `grids`: the ruled tables."""

    number: int
    width: int
    height: int
    colour: Colour
    seals: tuple[Seal, ...] = ()
    lines: tuple[Line, ...] = ()
    grids: tuple[Grid, ...] = ()
    turned: float = 0.0
    desk: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """All pages of one file, as far as they were looked at. `unseen`: pages beyond the limit."""

    pages: tuple[Page, ...]
    reading: HowRead
    unseen: int = 0
