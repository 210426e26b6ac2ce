"""Values behind a label in a line: 填报单位：八仙筒所（盖章）     填报日期：2024年 3 月 27 日.

The line may be a paragraph or a row of a table or sheet; there the value may stand in the label's cell or in the next.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from mailbot.domain.dates import as_date, mentions_in
from mailbot.domain.documents import Document, Paragraph
from mailbot.domain.forms import Labelled, Layout, Value
from mailbot.domain.headings import distinct
from mailbot.domain.papers import is_note, names_nobody
from mailbot.domain.spellings import bare
from mailbot.domain.text import fold
from parsers.layouts.values import Unreadable, as_type, clean

# Labels of no field of ours that end the value before them.
_OTHERS = (
    "填报单位", "报送单位", "填报日期", "填表日期", "上报日期", "报送日期", "填报时间", "统计期", "统计时间",
    "填报人", "填表人", "制表人", "审核人", "复核人", "负责人", "单位负责人", "联系人", "联系电话", "电话", "分管领导", "签发人", "单位",
)  # fmt: skip
_LONGEST_LINE = 200
_LONGEST_COLONLESS = 80
_LEAST_COLONLESS = 4  # words of a line of labels without colons: two labels, two values


@dataclass(frozen=True, slots=True)
class Heads:
    """What stood behind the labels: typed values, what the page calls them, what could not be read."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)  # field -> the words as they stand, "" where blank
    labels: Mapping[str, str] = field(default_factory=dict)
    invalid: Mapping[str, str] = field(default_factory=dict)

    def unit(self, layout: Layout) -> str | None:
        """The words behind the unit's label: "" where blank, None where the page has no such label."""
        return self._words(layout.of_role("unit"))

    def period(self, layout: Layout) -> str:
        """The words behind the period's label; a day there means its month (a cell with 2024年6月 holds 2024-06-01)."""
        words = self._words(layout.of_role("period")) or ""
        day = None if mentions_in(words) else as_date(words)
        return f"{day.year}年{day.month}月" if day else words

    def reported(self, layout: Layout, signed: date | None) -> tuple[dict[str, Value], date | None]:
        """The fields and the day of the report: the one behind the date's label, else the signature's. The signature's goes
        into the label's field only where the page has no such label; one left blank stays blank."""
        head = layout.of_role("date")
        if head is None:
            return dict(self.fields), signed
        fields = dict(self.fields)
        if head.field not in self.texts and signed:
            fields[head.field] = signed.isoformat()
        return fields, as_date(str(fields[head.field] or "")) or signed

    def _words(self, head: Labelled | None) -> str | None:
        return self.texts.get(head.field) if head else None


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    head: Labelled | None
    label: str


def read_heads(document: Document, heads: Sequence[Labelled], *, loose: bool = False) -> Heads:
    """The heads of a form, each where it is first filled in (else where it stands blank), behind its own printed label
    (审核人) rather than behind another word for it (单位负责人), wherever that stands.

    `loose`: a label counts without a colon too (lines of a text PDF that were a table once)."""
    texts: dict[str, str] = {}
    labels: dict[str, str] = {}
    known = label_words(tuple(heads), loose)
    for line in _lines(document, known):
        for head, label, words in known.values_in(line):
            better = bool(words) and _is_printed(label, head) and not _is_printed(labels.get(head.field, ""), head)
            if head.field not in texts or (not texts[head.field] and words) or better:
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


def _is_printed(label: str, head: Labelled) -> bool:
    """Whether a label is the one that the form itself prints."""
    return bare(label) == bare(head.labels[0])


def _lines(document: Document, known: "LabelWords") -> Iterable[tuple[str, ...]]:
    """Every line as its cells; a paragraph is one cell. Notes (备注：请发送至邮箱：…) are left out. Of a row of labels over a
    row of values each label comes with what stands below it."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield from ((t,) for t in block.text.splitlines() if t.strip() and not is_note(t))
        else:
            yield from (distinct(row) for row in block.rows)
            for upper, lower in pairwise(block.rows):
                if known.only_labels(upper) and not any(map(known.is_label, lower)):
                    yield from dict.fromkeys(zip(upper, lower, strict=False))


class LabelWords:
    """The labels of a form made ready to be found in lines. Built once for a form by `label_words`."""

    def __init__(self, heads: Sequence[Labelled], loose: bool) -> None:
        self._by_word = {bare(w): h for h in reversed(heads) for w in reversed(h.labels)}
        self._cells = frozenset((*self._by_word, *_OTHERS))
        self._longest = 2 * max(map(len, self._cells))
        self._pattern = _pattern(heads, loose)
        self._loose = loose
        self._heads = tuple(heads)
        self._firsts = tuple({w for h in heads for w in h.labels})

    def begins(self, text: str) -> bool:
        """Whether a line begins with one of the labels and is no running text, or is a label and nothing else."""
        if len(text) > _LONGEST_LINE:
            return False
        found = self._labels_in(text) or self._label_cell(text)
        return bool(found) and not text[: found[0].start].strip()

    def is_label(self, cell: str) -> bool:
        """Whether a cell is a label and nothing else."""
        return len(cell) <= self._longest and bare(cell) in self._cells

    def only_labels(self, row: Sequence[str]) -> bool:
        words = [cell for cell in distinct(tuple(row)) if cell.strip()]
        return len(words) > 1 and all(map(self.is_label, words))

    def speaks(self, text: str) -> bool:
        """Whether any label with its colon stands in a text."""
        return bool(self._labels_in(text))

    def values_in(self, cells: tuple[str, ...]) -> Iterable[tuple[Labelled, str, str]]:
        """Each label of a line with its value; a label that ends its cell takes the next cell that bears words."""
        for place, cell in enumerate(cells):
            if len(cell) > _LONGEST_LINE:
                continue
            found = self._labels_in(cell) or (self._label_cell(cell) if len(cells) > 1 else ())
            for i, one in enumerate(found):
                if one.head is None:
                    continue
                stop = found[i + 1].start if i + 1 < len(found) else len(cell)
                value = _value_of(cell[one.end : stop], one.head)
                if not value and i + 1 == len(found):
                    value = self._next_cell(cells[place + 1 :], one.head)
                yield one.head, one.label, value

    def _labels_in(self, text: str) -> tuple[_Found, ...]:
        if not self._loose and ":" not in text and "：" not in text:
            return self._without_colons(text)
        return tuple(_Found(m.start(), m.end(), self._by_word.get(bare(m["label"])), clean(m["label"])) for m in self._pattern.finditer(text))

    def _without_colons(self, text: str) -> tuple[_Found, ...]:
        """Several labels in a line that begins with one: 填报单位 八仙筒所   填报日期 2024年3月28日."""
        line = text.lstrip()
        if len(line) > _LONGEST_COLONLESS or not line.startswith(self._firsts) or len(line.split()) < _LEAST_COLONLESS:
            return ()
        found = label_words(self._heads, True)._labels_in(text)
        return found if len(found) > 1 and found[0].start == len(text) - len(line) else ()

    def _label_cell(self, cell: str) -> tuple[_Found, ...]:
        """A cell of a row that is nothing but a label; its value stands in the next."""
        head = self._by_word.get(bare(cell)) if len(cell) <= self._longest else None
        return (_Found(0, len(cell), head, clean(cell)),) if head else ()

    def _next_cell(self, cells: tuple[str, ...], head: Labelled) -> str:
        following = next((c for c in cells if clean(c)), "")
        is_label = self.speaks(following) or bare(following) in self._cells
        return "" if is_label or len(following) > 60 else _value_of(following, head)


@lru_cache(maxsize=64)
def label_words(heads: tuple[Labelled, ...], loose: bool = False) -> LabelWords:
    return LabelWords(heads, loose)


def _pattern(heads: Sequence[Labelled], loose: bool) -> re.Pattern[str]:
    """Any label, blanks between its characters, brackets behind it, then a colon (or a blank at the line's start)."""
    words = sorted({*(w for h in heads for w in h.labels), *_OTHERS}, key=len, reverse=True)
    alternatives = "|".join(r"[ \t\u3000]*".join(map(re.escape, fold(w))) for w in words)
    end = r"(?:[ \t\u3000]*[:：]|(?=[ \t\u3000]{1,}\S)|$)" if loose else r"[ \t\u3000]*[:：]"
    start = r"(?<![\u4e00-\u9fff])" if loose else ""
    return re.compile(rf"{start}(?P<label>{alternatives})(?:[ \t\u3000]*[（(][^（()）]{{0,12}}[)）])?{end}", re.IGNORECASE)


def _value_of(text: str, head: Labelled) -> str:
    """The value alone: for a unit or a name what stands before a wide gap, for a date the whole."""
    if head.type == "date" or head.role == "period":
        words = clean(text).strip(":：;；,，。")
        return "" if re.fullmatch(r"[年月日季度第期\s]*", words) else words  # 年 月, as printed
    first = clean(re.split(r"\s{3,}|\t", text.strip())[0]).strip(":：;；,，。")
    return "" if head.role == "unit" and names_nobody(first) else first


def _stray_dates(document: Document, heads: Sequence[Labelled], texts: dict[str, str], labels: dict[str, str]) -> None:
    """A date without its label in a line that bears another label (审核人：… 2024年10月16日) is the report's date."""
    wanted = next((h for h in heads if h.role == "date" and not texts.get(h.field)), None)
    if wanted is None or (wanted.field in labels and wanted.required):
        return
    known = label_words(tuple(heads))
    for cells in _lines(document, known):
        if not any(map(known.speaks, cells)):
            continue
        for cell in cells:
            for piece in re.split(r"\s{3,}|\t", cell):
                if as_date(piece) and len(piece) <= 16 and not known.speaks(piece):
                    texts[wanted.field] = clean(piece)
                    labels.setdefault(wanted.field, wanted.labels[0])
                    return
