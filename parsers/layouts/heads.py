"""Values behind a label in a line: 填报单位：八仙筒所（盖章）     填报日期：2024年 3 月 27 日.

The line may be a paragraph or a row of a table or sheet; there the value may stand in the label's cell or in the next.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mailbot.domain.documents import Document, Paragraph
from mailbot.domain.forms import Head, Label, Value
from mailbot.domain.headings import bare, distinct
from mailbot.domain.text import fold
from parsers.layouts.values import Unreadable, as_date, as_type, clean

# Labels of no field of ours that end the value before them.
_OTHERS = (
    "填报单位", "报送单位", "填报日期", "填表日期", "上报日期", "报送日期", "填报时间", "统计期", "统计时间",
    "填报人", "填表人", "制表人", "审核人", "复核人", "负责人", "单位负责人", "联系人", "联系电话", "电话", "分管领导", "签发人", "单位",
)  # fmt: skip
_LONGEST_LINE = 200
_NOTE = re.compile(r"^(?:备注|注|填表说明|填报说明|说明|请将)\d?[:此]?")  # the office's own words under the form


@dataclass(frozen=True, slots=True)
class Heads:
    """What stood behind the labels: typed values, what the page calls them, what could not be read."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)  # field -> the words as they stand, "" where blank
    labels: Mapping[str, str] = field(default_factory=dict)
    invalid: Mapping[str, str] = field(default_factory=dict)

    def of_role(self, heads: Iterable[Head | Label], role: str) -> str | None:
        """The words behind the label of that role: "" where blank, None where the page has no such label."""
        return next((self.texts[h.field] for h in heads if h.role == role and h.field in self.texts), None)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    head: Head | Label | None
    label: str


def read_heads(document: Document, heads: Sequence[Head | Label], *, loose: bool = False) -> Heads:
    """The heads of a form, each where it is first filled in (else where it stands blank).

    `loose`: a label counts without a colon too (lines of a text PDF that were a table once)."""
    texts: dict[str, str] = {}
    labels: dict[str, str] = {}
    for line in _lines(document):
        for head, label, words in _in_line(line, heads, loose):
            if head.field not in texts or (not texts[head.field] and words):
                texts[head.field], labels[head.field] = words, label
    if document.blocks:
        _stray_dates(document, heads, texts, labels)
    fields: dict[str, Value] = {h.field: None for h in heads}
    invalid: dict[str, str] = {}
    value: Value | Unreadable
    for head in heads:
        value = as_type(texts.get(head.field, ""), head.type)
        if isinstance(value, Unreadable):
            invalid[head.field] = value.text
        else:
            fields[head.field] = value
    return Heads(fields, texts, labels, invalid)


def is_head_line(text: str, heads: Sequence[Head | Label]) -> bool:
    """Whether a line begins with one of the labels and is no running text, or is a label and nothing else."""
    found = _labels_in(text, heads, loose=False) or _label_cell(text, heads)
    return bool(found) and len(text) <= _LONGEST_LINE and not text[: found[0].start].strip()


def _lines(document: Document) -> Iterable[tuple[str, ...]]:
    """Every line as its cells; a paragraph is one cell. Notes (备注：请发送至邮箱：…) are left out."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield from ((t,) for t in block.text.splitlines() if t.strip() and not _NOTE.match(fold(t)))
        else:
            yield from (distinct(row) for row in block.rows)


def _in_line(cells: tuple[str, ...], heads: Sequence[Head | Label], loose: bool) -> Iterable[tuple[Head | Label, str, str]]:
    """Each label of a line with its value; a label that ends its cell takes the next cell that bears words."""
    for place, cell in enumerate(cells):
        if len(cell) > _LONGEST_LINE:
            continue
        found = _labels_in(cell, heads, loose) or (_label_cell(cell, heads) if len(cells) > 1 else ())
        for i, one in enumerate(found):
            if one.head is None:
                continue
            stop = found[i + 1].start if i + 1 < len(found) else len(cell)
            value = _value_of(cell[one.end : stop], one.head)
            if not value and i + 1 == len(found):
                value = _next_cell(cells[place + 1 :], heads, one.head)
            yield one.head, one.label, value


def _label_cell(cell: str, heads: Sequence[Head | Label]) -> tuple[_Found, ...]:
    """A cell of a row that is nothing but a label; its value stands in the next."""
    words = bare(cell)
    head = next((h for h in heads for w in h.labels if bare(w) == words), None)
    return (_Found(0, len(cell), head, clean(cell)),) if head else ()


def _next_cell(cells: tuple[str, ...], heads: Sequence[Head | Label], head: Head | Label) -> str:
    following = next((c for c in cells if clean(c)), "")
    is_label = bool(_labels_in(following, heads, loose=False)) or bare(following) in _known_words(tuple(heads))
    return "" if is_label or len(following) > 60 else _value_of(following, head)


def _value_of(text: str, head: Head | Label) -> str:
    """The value alone: for a unit or a name what stands before a wide gap, for a date the whole."""
    if head.type == "date" or head.role == "period":
        words = clean(text).strip(":：;；,，。")
        return "" if re.fullmatch(r"[年月日季度第期\s]*", words) else words  # 年 月, as printed
    first = re.split(r"\s{3,}|\t", text.strip())[0]
    return clean(first).strip(":：;；,，。")


@lru_cache(maxsize=256)
def _known_words(heads: tuple[Head | Label, ...]) -> frozenset[str]:
    return frozenset(bare(label) for h in heads for label in h.labels) | frozenset(_OTHERS)


@lru_cache(maxsize=256)
def _pattern(heads: tuple[Head | Label, ...], loose: bool) -> re.Pattern[str]:
    """Any label, blanks between its characters, brackets behind it, then a colon (or a blank at the line's start)."""
    words = sorted({*(w for h in heads for w in h.labels), *_OTHERS}, key=len, reverse=True)
    alternatives = "|".join(r"[ \t\u3000]*".join(map(re.escape, fold(w))) for w in words)
    end = r"(?:[ \t\u3000]*[:：]|(?=[ \t\u3000]{1,}\S)|$)" if loose else r"[ \t\u3000]*[:：]"
    start = r"(?<![\u4e00-\u9fff])" if loose else ""
    return re.compile(rf"{start}(?P<label>{alternatives})(?:[ \t\u3000]*[（(][^（()）]{{0,12}}[)）])?{end}")


@lru_cache(maxsize=256)
def _by_word(heads: tuple[Head | Label, ...]) -> dict[str, Head | Label]:
    return {fold(w): h for h in heads for w in h.labels}


def _labels_in(text: str, heads: Sequence[Head | Label], loose: bool) -> tuple[_Found, ...]:
    by_word = _by_word(tuple(heads))
    found = []
    for match in _pattern(tuple(heads), loose).finditer(text):
        found.append(_Found(match.start(), match.end(), by_word.get(fold(match["label"])), clean(match["label"])))
    return tuple(found)


def _stray_dates(document: Document, heads: Sequence[Head | Label], texts: dict[str, str], labels: dict[str, str]) -> None:
    """A date without its label in a line that bears another label (审核人：… 2024年10月16日) is the report's date."""
    wanted = next((h for h in heads if h.role == "date" and not texts.get(h.field)), None)
    if wanted is None or (wanted.field in labels and wanted.required):
        return
    for cells in _lines(document):
        if not any(_labels_in(c, heads, loose=False) for c in cells):
            continue
        for cell in cells:
            for piece in re.split(r"\s{3,}|\t", cell):
                if as_date(piece) and len(piece) <= 16 and not _labels_in(piece, heads, loose=False):
                    texts[wanted.field] = clean(piece)
                    labels.setdefault(wanted.field, wanted.labels[0])
                    return
