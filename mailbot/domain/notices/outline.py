"""Sentences under their headings."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.domain.documents import Block, Paragraph, Table
from mailbot.domain.notices.marks import is_date_line, level_of, without_number
from mailbot.domain.notices.notice import Sentence

_HEADING = 45  # characters
_STOPS = "。！？"
_OPENING, _CLOSING = "（(《“〈【〔", "）)》”〉】〕"
_DATED = re.compile(r"[^。；：]{2,24}?[（(][^（()）]{0,30}(?:\d\s*月|\d{4}\s*年|\d\s*日|即日)[^（()）]{0,40}[)）]")
_PROSE_CELL = re.compile(r"[，。；：].{6,}|[前内]报|报[送至给]")


def sentences_of(blocks: Iterable[Block], annex: str = "", first: int = 0) -> Iterator[Sentence]:
    """The sentences of paragraphs and of prose in cells. `first`: the number of the first block as a paragraph of the whole notice.
    A heading is a sentence too: a short point may be all that is said of a duty."""
    above: list[tuple[int, str]] = []
    for number, block in enumerate(blocks, first):
        if isinstance(block, Table):
            cells = dict.fromkeys(c.strip() for row in block.rows for c in row)
            for cell in cells:
                if len(cell) > 12 and _PROSE_CELL.search(cell):
                    yield from (Sentence(text, _words(above), annex, number) for text in split(cell))
            continue
        said = headed(block)
        heading, rest = said.heading, said.rest
        level = level_of(block.text) or block.level
        if level:
            above = [(other, words) for other, words in above if other < level]
        if heading and not rest:
            yield Sentence(heading, _words(above), annex, number)
        if heading:
            above.append((level, heading.rstrip("。：:")))
        if heading and rest and not said.is_label:
            yield Sentence(heading, _words(above[:-1]), annex, number)
        yield from (Sentence(text, _words(above), annex, number) for text in split(rest))


def _words(above: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(words for _, words in above)


@dataclass(frozen=True, slots=True)
class Headed:
    """A paragraph's heading, "" where it has none, and what stands behind it. `is_label`: the heading is a label (1.报送时间：…) that stays in
    its sentence: `rest` is then the whole paragraph."""

    heading: str
    rest: str
    is_label: bool = False


def headed(block: Paragraph) -> Headed:
    """The heading of a paragraph: the whole where it is short and ends no sentence, else its first short sentence (（一）严防严控风险隐患。…), a stage
    with its time in brackets, or a label."""
    text = block.text
    number = level_of(text)
    if not number and not (block.level and len(text) <= _HEADING):
        return Headed("", text)
    if len(text) <= _HEADING and not text.endswith(("。", "；", "：", ";", ":", "，", ",")) and "。" not in text and not is_date_line(text):
        return Headed(text, "")
    if number and (match := _DATED.match(text)) and len(match[0]) < len(text):
        return Headed(match[0], text[match.end() :].lstrip(" ：:。"))
    start, stop, rest = text.partition("。")
    if number and stop and rest.strip() and len(start) <= _HEADING:
        return Headed(start + stop, rest.strip())
    label, colon, behind = re.sub(":", "：", text[: _HEADING // 2]).partition("：")
    if number and colon and len(without_number(label)) <= 12 and (behind or len(text) > _HEADING // 2):
        return Headed(label, text, is_label=True)
    return Headed("", text)


def split(text: str) -> Iterator[str]:
    """A paragraph's sentences, each with its stop; a stop in brackets or quotation marks ends none, unless they never close."""
    start = depth = 0
    for place, sign in enumerate(text):
        if sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth = max(0, depth - 1)
        elif sign in _STOPS and (depth == 0 or not any(c in text[place : place + 200] for c in _CLOSING)):
            depth = 0
            yield text[start : place + 1].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()
