"""A text to be printed as data: headings, paragraphs, tables, bars. How Word says it is the adapter's (mailbot/adapters/papers)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mailbot.domain.sheets import CellValue, Column, Tone

Style = Literal["text", "close", "note", "centred", "title", "banner"]


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 to 3. `anew`: on a new page."""

    text: str
    level: int = 1
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; each line of `text` is one. `close`: smaller and closer; `title`: of an article; `banner`: the large red line
    at the head of a 简报."""

    text: str
    style: Style = "text"


@dataclass(frozen=True, slots=True)
class Rule:
    """A red line across the page."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a head. `small`: many columns, small letters."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[CellValue]]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each name, made of parts: name -> (tone, number) from left to right. Drawn as shaded cells, which need no font and
    no picture. `legend`: what the tones mean."""

    bars: Mapping[str, tuple[tuple[Tone, int], ...]]
    legend: Mapping[Tone, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """A new section of paper. `landscape`: it lies on its side."""

    landscape: bool = False


Block = Heading | Text | Rule | Grid | Bars | Break
