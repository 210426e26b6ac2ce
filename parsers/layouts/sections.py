"""Forms that are a titled text in parts under their own headings (自查报告, 工作总结, 典型案例)."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType, ParsedForm, Section, SectionsLayout
from mailbot.domain.headings import Heading, Line, find_headings, page_lines
from mailbot.domain.nil import says_nil
from mailbot.domain.numbers import ORDINAL, chinese_number
from mailbot.domain.papers import is_unnamed
from mailbot.domain.text import count_characters, fold
from parsers.layouts import common
from parsers.layouts.extracts import extract
from parsers.layouts.heads import label_words, read_heads
from parsers.layouts.values import as_type

_NUMBERED = re.compile(rf"(?P<part>第)?(?P<n>{ORDINAL})(?:部分|[、.:,])")
_CLASSES = {"(": "[（(〔［【｛《〈「『]", ")": "[)）〕］】｝》〉」』]", ",": "[,，]", ":": "[:：]", ";": "[;；]", '"': '["“”]'}


def parse_sections(document: Document, form: FormType, layout: SectionsLayout) -> ParsedForm:
    """Title, parts with their characters, signature, and what the form's `extract` takes from the words."""
    lines = page_lines(document)
    headings = find_headings(lines, layout)
    first = headings[0].line if headings else 0
    body_start = first if headings else min(len(lines), 12)
    below = headings[-1].line + 1 if headings else 0  # a heading never signs
    offset, signature, signed = common.signature_of(lines[below:], "\n".join(x.text for x in lines[:first]))
    body_end = below + offset
    heads = read_heads(document, layout.heads)
    title = common.title_of(_before(lines[:body_start], layout))
    sections = _sections(lines[:body_end], headings, layout)
    fields, day = heads.reported(layout, signed)
    fields |= {"title": None if is_unnamed(title) else title or None, "reported_on": day.isoformat() if day else None}
    texts = {s.field: s.text for s in sections}
    fields.update({p.field: texts.get(p.field) for p in layout.parts})
    fields.update({e.field: extract(e, texts, document) for e in form.extract})
    labels = {**{p.field: p.heading for p in layout.parts}, **heads.labels}
    printed = {h.text for h in headings}  # a part's text holds the headings of its sub-parts
    written = any(line not in printed for s in sections for line in s.text.splitlines())
    own = written or (not sections and bool(_without_hints("\n".join(x.text for x in lines), layout.not_theirs).strip()))
    nil = bool(form.nil) and not written and says_nil(document, form)
    return ParsedForm(
        form.id, title, heads.unit(layout), f"{heads.period(layout)} {title}".strip(), day,
        signature, fields, (), sections, labels, heads.invalid, unfilled=not own and not nil, nil=nil,
    )  # fmt: skip


def _before(lines: Sequence[Line], layout: SectionsLayout) -> tuple[str, ...]:
    """The lines above the first heading; head lines become empty, so that they part the title from what stands above."""
    known = label_words(layout.heads)
    return tuple("附件" if known.begins(x.text) or _is_hint(x.text, layout.not_theirs) else x.text for x in lines)


def _is_hint(text: str, hints: Sequence[str]) -> bool:
    return not _without_hints(text, hints).strip() if hints else False


def _sections(lines: Sequence[Line], headings: Sequence[Heading], layout: SectionsLayout) -> tuple[Section, ...]:
    """Each part's text up to the next heading; a part with sub-parts reaches to the next part."""
    numbers = _numbers(layout)
    found: list[Section] = []
    for i, heading in enumerate(headings):
        later = [h for h in headings[i + 1 :] if not (heading.part.under is None and h.part.under == heading.part.field)]
        end = _end(lines, heading, later[0].line if later else len(lines))
        words = [heading.rest] if heading.rest else []
        words += [x.text for x in lines[heading.line + 1 : end] if not common.is_noise(x.text) or re.match(r"\s*\d", x.text)]
        text = _without_hints("\n".join(words), layout.not_theirs)
        text = "\n".join(t.strip() for t in text.splitlines() if t.strip())
        label = heading.part.heading
        found.append(Section(heading.part.field, label, numbers[heading.part.field], text, count_characters(text)))
    return tuple(found)


def _end(lines: Sequence[Line], heading: Heading, latest: int) -> int:
    """Where a part ends: at the form's next heading, or before at a heading of the writer's own that goes on counting
    (三、… after 二、…), so that a foreign part never helps one to its length."""
    number = _NUMBERED.match(fold(heading.text))
    if number is None or heading.part.under:
        return latest
    wanted = (chinese_number(number["n"]) or 0) + 1
    for i in range(heading.line + 1, latest):
        other = _NUMBERED.match(fold(lines[i].text))
        same = other is not None and bool(other["part"]) == bool(number["part"]) and chinese_number(other["n"]) == wanted
        if same and len(lines[i].text) <= 30 and not lines[i].text.rstrip().endswith(("。", "；", "，")):
            return i
    return latest


def _numbers(layout: SectionsLayout) -> Mapping[str, int]:
    """Each part's place among the parts; a sub-part bears its parent's."""
    numbers: dict[str, int] = {}
    for part in layout.parts:
        numbers[part.field] = numbers[part.under] if part.under else 1 + sum(p.under is None for p in layout.parts if p.field in numbers)
    return numbers


@lru_cache(maxsize=256)
def _hint_pattern(hint: str) -> re.Pattern[str]:
    """A template sentence with blanks, line breaks, brackets and punctuation written in any way."""
    return re.compile(r"\s*".join(_CLASSES.get(c, re.escape(c)) for c in fold(hint)), re.IGNORECASE)


def _without_hints(text: str, hints: Sequence[str]) -> str:
    """The writer's own words: template sentences taken out, also where a word of them was changed, and lines of XX or ____."""
    for hint in hints:
        text = _hint_pattern(hint).sub("", text)
    printed = _printed(tuple(hints))
    text = _SENTENCE.sub(lambda m: "" if _is_edited(m[0], printed) else m[0], text) if printed else text
    return "\n".join(line for line in text.splitlines() if as_type(line, "text") is not None)


_SENTENCE = re.compile(r"[（(][^（()）\n]{4,}[)）]|[^（()）\n。]{4,}。?")  # in brackets, or up to its stop
_STILL_HINT = 0.8


@lru_cache(maxsize=256)
def _printed(hints: tuple[str, ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """The sentences of the hints, bare, with their characters."""
    sentences = dict.fromkeys(fold(s).strip("()。") for hint in hints for s in re.split("(?<=。)", hint))
    return tuple((s, frozenset(s)) for s in sentences if len(s) >= 6)


def _is_edited(sentence: str, printed: Sequence[tuple[str, frozenset[str]]]) -> bool:
    words = fold(sentence).strip("()。")
    mine = frozenset(words)
    near = (p for p, characters in printed if 3 * len(mine & characters) >= 2 * max(len(mine), len(characters)))
    return any(SequenceMatcher(None, words, p, autojunk=False).ratio() >= _STILL_HINT for p in near)
