"""A Document as a Notice: noise off, broken lines joined, annexes apart, sentences under their headings."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from mailbot.domain.documents import Block, Document, Paragraph, Table
from mailbot.domain.notices.head import signature_of, title_of
from mailbot.domain.notices.marks import TITLE_END, annex_of, bare, is_date_line, is_organ, joined, level_of, printed, without_number
from mailbot.domain.notices.mending import mended
from mailbot.domain.notices.noise import META, pieces_of
from mailbot.domain.notices.notice import Annex, Notice, Sentence
from mailbot.domain.notices.outline import sentences_of

_TITLE_PARTS = 4  # lines of an annex's title
_TITLE = 40  # characters of one of them
_LIKE = 0.8
_FEW = 6  # lines between the list of annexes and the signature
_LABEL = re.compile(r"(?:填[报表]|报送|单位|申报|统计)[\u4e00-\u9fff]{0,6}\s*[:：（(]")
_FOOT = re.compile(r"(?:抄\s*送|主送|主题词)\s*[:：]|（?此件(?:公开|主动公开|依申请公开|不予公开)")


def notice_of(document: Document) -> Notice:
    """The notice in a document. What cannot be told apart stays together: no text is lost but noise."""
    blocks = _without_foot(mended(pieces_of(document)))
    print_lines = [b for b in blocks if isinstance(b, Paragraph) and printed(b.text)]
    starts, listed_at = _annex_lines(blocks)
    end = min(starts, default=len(blocks))
    body = [b for b in blocks[:end] if b not in print_lines]
    lines = _words_of([*body, *_with_offices(blocks, print_lines)])
    title, behind = title_of([b.text for b in body if isinstance(b, Paragraph)])
    listed, places = _listed(blocks[:end], listed_at)
    text = _text_of([b for n, b in enumerate(blocks[:end]) if n not in places and b not in print_lines], title, behind)
    annexes = tuple(_annex(blocks, start, stop, dict(listed)) for start, stop in pairwise([*starts, len(blocks)]))
    sentences = list(sentences_of(text))
    for annex in annexes:
        sentences += sentences_of(annex.blocks, annex.label, _next_number(sentences))
    return Notice(title, lines, tuple(sentences), annexes, listed, signature_of(lines).issued)


def _next_number(sentences: Sequence[Sentence]) -> int:
    return sentences[-1].paragraph + 1 if sentences else 0


def _without_foot(blocks: Sequence[Block]) -> list[Block]:
    """抄送 and the like off."""
    return [b for b in blocks if isinstance(b, Table) or not _FOOT.match(b.text)]


def _with_offices(blocks: Sequence[Block], print_lines: Sequence[Block]) -> list[Block]:
    """The print lines, each with the office in the line above where it names none itself."""
    found: list[Block] = []
    for line in print_lines:
        place = blocks.index(line)
        above = blocks[place - 1] if place else None
        if isinstance(above, Paragraph) and isinstance(line, Paragraph) and not (printed(line.text) or ("", ""))[0] and is_organ(above.text):
            found.append(above)
        found.append(line)
    return found


def _words_of(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(text for b in blocks for text in ((b.text,) if isinstance(b, Paragraph) else ("\t".join(row) for row in b.rows)))


def _text_of(body: Sequence[Block], title: str, behind: int) -> list[Block]:
    """What follows the title; a site may have run the title together with the first sentence."""
    paragraphs = [n for n, b in enumerate(body) if isinstance(b, Paragraph)]
    start = paragraphs[behind] if behind < len(paragraphs) else len(body)
    text = [b for b in body[start:] if isinstance(b, Table) or not META.match(b.text)]
    first = text[0] if text else None
    if title and isinstance(first, Paragraph) and len(first.text) > len(title) and 0 <= (place := first.text.find(title)) < _TITLE:
        text[0] = Paragraph(first.text[place + len(title) :].strip(), first.level)
    return text


def _annex_lines(blocks: Sequence[Block]) -> tuple[list[int], list[int]]:
    """(where annexes begin, where the notice lists them). A line 附件1 belongs to the list where the list goes on behind it (numbered
    titles, one more line of an annex), where the signature follows, or where the same label comes again later."""
    marked = [(n, found) for n, b in enumerate(blocks) if (found := annex_of(_text(b)))]
    starts: list[int] = []
    listed: list[int] = []
    begun: set[tuple[str, str]] = set()
    last = {label: n for n, (label, _) in marked}
    for n, (label, title) in marked:
        again = last[label] > n
        if not starts and (_lists(blocks, n, title) or (title and (again or _is_signed(blocks, n + 1)))):
            listed.append(n)
        elif (label, title) not in begun:  # else it stands at the head of a new page
            starts.append(n)
            begun.add((label, title))
    return starts, listed


def _lists(blocks: Sequence[Block], place: int, title: str) -> bool:
    """Whether a line 附件： begins or goes on with a list of titles."""
    following = _text(blocks[place + 1]) if place + 1 < len(blocks) else ""
    if level_of(title) == 3 or (title and annex_of(following)):
        return True
    return not title and _text(blocks[place]).rstrip().endswith(("：", ":")) and (level_of(following) == 3 or bool(following and _is_signed(blocks, place + 2)))


def _is_signed(blocks: Sequence[Block], place: int) -> bool:
    """Whether the signature stands at a place or follows a few short lines later, or nothing follows at all."""
    for n, block in enumerate(blocks[place : place + _FEW], place):
        text = _text(block)
        if not text or annex_of(text) or len(text) > 2 * _TITLE:
            return False
        if is_date_line(text) or (is_organ(text, 2) and n + 1 < len(blocks) and is_date_line(_text(blocks[n + 1]))):
            return True
    return place >= len(blocks)


def _text(block: Block) -> str:
    return block.text if isinstance(block, Paragraph) else ""


def _listed(blocks: Sequence[Block], at: Sequence[int]) -> tuple[tuple[tuple[str, str], ...], set[int]]:
    """((附件3, its title) …, the places of those lines) as the notice lists its annexes: 附件：1.… 2.…, or a line each."""
    found: dict[str, str] = {}
    places = set(at)
    for n in at:
        label, title = annex_of(_text(blocks[n])) or ("", "")
        if label != "附件" and title:
            found[label] = title
            continue
        items = [title] if title else []
        for place, block in enumerate(blocks[n + 1 :], n + 1):
            text = _text(block)
            if not text or "。" in text or annex_of(text) or _is_signed(blocks[: place + 2], place) or (items and level_of(text) in (1, 2)):
                break
            places.add(place)
            if level_of(text) == 3 or not items:
                items.append(text)
            else:
                items[-1] = joined(items[-1], text)
        for item in items:
            for part in re.split(r"(?<=\S)\s+(?=\d{1,2}\s*[.．、])", item):
                number = re.match(r"(\d{1,2})\s*[.．、]", part)
                found.setdefault(f"附件{number[1]}" if number else "附件", without_number(part).strip("。；; "))
    return tuple(found.items()), places


def _annex(blocks: Sequence[Block], start: int, stop: int, listed: dict[str, str]) -> Annex:
    label, title = annex_of(_text(blocks[start])) or ("附件", "")
    inside = [b for b in blocks[start + 1 : stop] if not (isinstance(b, Paragraph) and printed(b.text)) and annex_of(_text(b)) != (label, "")]
    wanted = listed.get(label) or (next(iter(listed.values())) if len(listed) == 1 else "")
    parts = 0 if title and not wanted else _title_parts(title, inside, wanted)
    for block in inside[:parts]:
        title = joined(title, _text(block))
    return Annex(label, title.replace(" ", ""), tuple(inside[parts:]))


def _title_parts(title: str, inside: Sequence[Block], wanted: str) -> int:
    """How many of an annex's first lines are its title: those that make up what the notice lists, else what reads like one."""
    words = [title]
    for block in inside[:_TITLE_PARTS]:
        text = _text(block)
        if not text or len(text) > _TITLE or text.endswith(("。", "：", "；")) or level_of(text) in (1, 2) or _LABEL.match(text):
            break
        words.append(text)
    if wanted:
        scored = [(_likeness("".join(words[: n + 1]), wanted), -n) for n in range(len(words))]
        best, count = max(scored)
        if best >= _LIKE:
            return _with_mark(words, -count)
    whole = next((n for n in range(1, len(words)) if TITLE_END.search(words[n]) or re.search(r"[表单册书稿板文账]$", bare(words[n]))), min(1, len(words) - 1))
    return 0 if title else _with_mark(words, whole)


def _with_mark(words: Sequence[str], count: int) -> int:
    """(参考模板) under a title belongs to it."""
    return count + 1 if count + 1 < len(words) and re.fullmatch(r"[（(].{2,12}[)）]", words[count + 1]) else count


def _likeness(text: str, wanted: str) -> float:
    a, b = bare(text), bare(wanted)
    return 1.0 if a == b and a else SequenceMatcher(None, a, b, autojunk=False).ratio()
