"""Slips of a reader of pictures put right: where a line was not read surely and holds a word of the rules (a title, a label, a heading, the
head of a column) but for a character, the word is meant. Lines read surely stay as they are, and figures always do."""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from mailbot.domain.documents import Block, Document, Table
from mailbot.domain.forms import FormType, SectionsLayout, TableLayout
from mailbot.domain.pages import Page

_LEAST = 3  # characters of a word that may be put right
_LONG = 10  # characters of one in which two may be wrong
_ALONE = 6  # characters: a shorter word must stand by itself, else running text (化妆品经营者) holds many that are nearly one (化妆品类)
_BETWEEN = re.compile(r"\{[^}]*\}|[，。；、：“”（）]+")  # the words of a printed sentence: between its figures and points
_FIGURES = frozenset("0123456789零〇一二三四五六七八九十百千万亿两半")


def vocabulary(forms: Iterable[FormType]) -> frozenset[str]:
    """The words of the forms' rules by which they are recognised and read."""
    return frozenset(word for form in forms for word in _words(form) if len(word) >= _LEAST)


def repaired(document: Document, pages: Iterable[Page], words: Iterable[str]) -> Document:
    """A document made of the lines of pages, with the words put right in those lines that were not read surely."""
    known = frozenset(words)
    unsure = frozenset(line.text for page in pages for line in page.lines if not line.sure)
    return replace(document, blocks=tuple(_with(block, known, unsure) for block in document.blocks)) if unsure else document


def put_right(text: str, words: frozenset[str], unsure: Container[int] | None = None) -> str:
    """A text with the words in it that are known but for a character, where that character is one of the `unsure` places (None: any).
    Where two words may be meant nothing is changed, nor where it would cut into a word that stands there as it is."""
    whole = [(start, start + len(word)) for word in words for start in _starts(text, word)]
    found: dict[tuple[int, int], set[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        for start in _places(text, word, unsure):
            span = (start, start + len(word))
            if not any(_overlap(span, other) for other in found if other != span) and not any(_cuts(span, other) for other in whole):
                found.setdefault(span, set()).add(word)
    for (start, end), (word, *others) in found.items():
        text = text if others else text[:start] + word + text[end:]
    return text


def _overlap(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span[0] < other[1] and other[0] < span[1]


def _cuts(span: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a span holds a part of another, but not all of it, or is all in it."""
    return _overlap(span, other) and not (span[0] <= other[0] and other[1] <= span[1] and span != other)


def _places(text: str, word: str, unsure: Container[int] | None) -> Iterator[int]:
    """Where a word stands in a text but for a character, two in a long word; one of its parts is whole. A short word stands alone."""
    wrong = 2 if len(word) >= _LONG else 1
    size = len(word) // (wrong + 1)
    starts = set[int]()
    for number in range(wrong + 1):
        part = word[number * size : (number + 1) * size if number < wrong else None]
        starts |= {place - number * size for place in _starts(text, part)}
    for start in sorted(starts):
        end = start + len(word)
        if start < 0 or end > len(text) or (len(word) < _ALONE and not _stands_alone(text, start, end)):
            continue
        slips = [place for place in range(start, end) if text[place] != word[place - start]]
        if 0 < len(slips) <= wrong and all(_may_slip(text[i], word[i - start]) and (unsure is None or i in unsure) for i in slips):
            yield start


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[max(0, start - 1) : start].isalpha() and not text[end : end + 1].isalpha()


def _may_slip(there: str, meant: str) -> bool:
    return not (there.isspace() or there in _FIGURES or meant in _FIGURES)


def _with(block: Block, words: frozenset[str], unsure: frozenset[str]) -> Block:
    if isinstance(block, Table):
        return replace(block, rows=tuple(tuple(_said(cell, words, unsure) for cell in row) for row in block.rows))
    return replace(block, text=_said(block.text, words, unsure))


def _said(text: str, words: frozenset[str], unsure: frozenset[str]) -> str:
    """A block's text; a word may begin in one line and end in the next."""
    places = {i for line in unsure for start in _starts(text, line) for i in range(start, start + len(line))}
    return put_right(text, words, places) if places else text


def _starts(text: str, line: str) -> Iterator[int]:
    start = text.find(line)
    while start >= 0:
        yield start
        start = text.find(line, start + 1)


def _words(form: FormType) -> Iterator[str]:
    yield from form.recognise.titles
    for labelled in form.layout.labelled:
        yield from labelled.labels
    match form.layout:
        case TableLayout() as layout:
            for column in layout.columns:
                yield from column.heads
            for kind, spellings in layout.kinds.items():
                yield from (kind, *spellings)
            yield from _BETWEEN.split(layout.sentence)
        case SectionsLayout() as layout:
            for part in layout.parts:
                yield from (part.heading, *part.also)
        case _:
            pass
