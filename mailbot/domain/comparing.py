"""Is a scan the same paper as the editable copy beside it? Pure: from what both were read to, to a verdict.

A reader of pictures slips, so every figure that differs is weighed: could a slip have made the one out of the other? Of 2 600
numbers on rendered pages of 100 to 200 dpi (rapidocr 3.10) three were read wrong, all by digits lost under a seal's ring or at the
end of a line; below 90 dpi digits are lost anywhere and taken for those that look like them. `sight` knows these slips. So:

- compared are counts, amounts, telephones (wherever a number stands: a field, a cell of a table, running text) and 是/否;
- a date is no figure: it tells the period, and days are often written by hand. Names and other words are compared only as text;
- what is not on the scan, or not legible there, differs from nothing; but the two are only said to be the same where every figure of
  the typed fields and cells was met on the scan, and on a clear page every line. Of 473 right pairs that left nine more unsure, each for a figure that was lost;
- two legible passages (six signs or more) of the scan in whose place the editable copy has other words make the scan an older draft,
  or one and a figure that surely differs. What the scan only adds does not: letterheads, handwriting, the words of a seal;
- where a slip could explain it: unsure, a note for staff, and nothing is said to the unit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import islice
from typing import Literal

from mailbot.domain.aligning import Aligned, Signs, align, grams, signs_of
from mailbot.domain.figures import (
    YES_NO,
    Row,
    cells,
    differing,
    digits,
    is_figure,
    normal,
    parts,
    replaced,
    row_name,
    row_pairs,
    same_number,
    shown,
)
from mailbot.domain.forms import ParsedForm, Value
from mailbot.domain.pages import Look
from mailbot.domain.sight import Sight

Kind = Literal["same", "differs", "other-paper", "older-draft", "unsure"]

_LONG = 3  # digits of a figure that hardly stands twice by chance
_MANY, _MOST = 4, 1 / 3  # so many figures that differ, and such a share of all: no slips, though each might be one
_STRANGE = 0.35  # a smaller share of the scan's words in their place: another paper
_KNOWN = 0.7  # a larger one: the same paper, whatever was read for unit and period
_FEW_SLIPS, _MOST_SLIPS = 3, 0.03  # so many, and a share of the words; good print has none in a thousand, a blurred page of 80 dpi one in fifty
_LITTLE = 0.3  # of the typed text
_ALIKE = 4  # words before a number that make two places alike
_TOLD = 30  # words in long lines, to say anything of shares
_TOLD_STAFF = 3  # places that a note names
_GRAM = 3
_WORDS_MISSING = 20  # words of the typed text in one run that stand nowhere on a clear page: a row, a line
_START = 12  # of these are named
_MOST_BARE = 500  # figures of cells that are held against each other by their order


@dataclass(frozen=True, slots=True)
class Paper:
    """What one copy was read to. `unit` (an id), `period` (its title): as the page itself tells them; "" where it is silent (never from a
    subject, a file name or a sender). `text`: all words in page order, one paragraph or row a line. `look`: what was seen of a
    scan; None for what was typed. A filing of the ledger has fields and rows only: then these alone are compared."""

    form: str
    unit: str = ""
    period: str = ""
    title: str = ""
    unit_text: str = ""
    fields: Mapping[str, Value] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    look: Look | None = None

    @classmethod
    def of(cls, parsed: ParsedForm, *, unit: str = "", period: str = "", text: str = "", look: Look | None = None) -> "Paper":
        return cls(parsed.form, unit, period, parsed.title, parsed.unit_text or "", parsed.fields, parsed.rows, parsed.labels, text, look)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that reads otherwise. `where`: the place as people call it (“出动执法人员（人次）”, 第3行“罚没款”, 报送单位); `field`: the form's key,
    "" where it is about none. `sure`: no slip of the reader explains it."""

    where: str
    scan: str
    editable: str
    field: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences`: the places that count, the surest first; for another paper what is of another form, unit or period.
    `note`: a Chinese sentence for staff where it is unsure, "" else."""

    kind: Kind
    differences: tuple[Difference, ...] = ()
    note: str = ""


def compare(scan: Paper, editable: Paper) -> Verdict:
    """Whether the scan is of the paper that the editable copy is."""
    if not (scan.text or scan.fields or scan.rows):
        return Verdict("unsure", note="扫描件上的字没有读出来，未能与可编辑版核对")
    both = _Both(scan, editable)
    figures = sorted(both.differences(), key=lambda d: not d.sure)
    clear = any(d.sure for d in figures) or both.many(len(figures))
    if not clear and (strange := both.strange_figures()):
        figures, clear = [strange, *figures], True
    if other := both.another(clear):
        return other
    reworded = both.reworded()
    if len(reworded) >= 2 or (reworded and clear):
        return Verdict("older-draft", (*figures, *reworded))
    if clear:
        return Verdict("differs", tuple(figures))
    if figures or reworded:
        places = "；".join(f"{d.where}扫描件读作“{d.scan}”，可编辑版为“{d.editable}”" for d in (*figures, *reworded)[:_TOLD_STAFF])
        return Verdict("unsure", (*figures, *reworded), f"扫描件与可编辑版可能不一致，也可能是识别误差：{places}")
    if both.little:
        return Verdict("unsure", note="扫描件上只读出可编辑版的一小部分，可能不清楚或缺页，未能完整核对")
    if unmet := tuple(islice(both.unmet(), _TOLD_STAFF)):
        return Verdict("unsure", note=f"未能核对全部数字：{'；'.join(unmet)}")
    if missing := tuple(islice(both.missing(), _TOLD_STAFF)):
        return Verdict("unsure", note=f"可编辑版有而扫描件上没有看到：{'；'.join(missing)}")
    return Verdict("same")


class _Both:
    """The two papers side by side."""

    def __init__(self, scan: Paper, editable: Paper) -> None:
        self.scan, self.typed = scan, editable
        self.sight = Sight(scan.look)
        self.seen: Signs = signs_of(scan.text)
        self.said: Signs = signs_of(editable.text)

    @cached_property
    def aligned(self) -> Aligned:
        return align(self.seen, self.said)

    @property
    def little(self) -> bool:
        """Whether so little of the typed text was read that its being equal says nothing."""
        return bool(self.scan.text) and len(self.said.text) >= _TOLD and self.aligned.covered < _LITTLE

    # --- another paper ---------------------------------------------------------------------------------------------------

    def another(self, clear: bool) -> Verdict | None:
        """Another form, unit or period, or wholly other words. `clear`: figures surely differ. Where the words are the same and
        the figures too, it is rather the reader that took the name or the date for another one."""
        told, placed = self.aligned.long >= _TOLD, self.aligned.placed
        found = tuple(self._otherwise())
        if found and not clear and (placed >= _KNOWN or not told) and not self._other_words():
            said = "；".join(f"{d.where}读作“{d.scan}”" for d in found)
            alike = "扫描件内容与可编辑版相同，但" if told else "扫描件"
            return Verdict("unsure", found, f"{alike}{said}，请看一眼是否为同一份")
        if found:
            return Verdict("other-paper", found)
        if told and placed < _STRANGE:
            if not self.sight.legible:
                return Verdict("unsure", note="扫描件不清楚，未能与可编辑版核对")
            return Verdict("other-paper", (Difference("正文", self.scan.title or _start(self.scan), self.typed.title or _start(self.typed)),))
        return None

    def _otherwise(self) -> Iterator[Difference]:
        scan, typed = self.scan, self.typed
        for where, seen, said, name in (
            ("表名", (scan.form, scan.title), (typed.form, typed.title), ""),
            ("报送单位", (scan.unit, scan.unit_text), (typed.unit, typed.unit_text), "unit"),
            ("报告期", (scan.period, scan.period), (typed.period, typed.period), "period"),
        ):
            if seen[0] and said[0] and seen[0] != said[0]:
                yield Difference(where, seen[1] or seen[0], said[1] or said[0], name)

    def _other_words(self) -> bool:
        """Whether form, unit or period are told apart by more than a slip: a date in whose place stands a clearly read other one,
        or a unit's name of which more than one sign is another."""
        dates = ((i, j) for j, i in self.aligned.pairs.items() if self.said.dated(j))
        if any(not same_number(self.seen.numbers[i], self.said.numbers[j]) and self._sure_at(i, j) for i, j in dates):
            return True
        a, b = (signs_of(paper.unit_text or paper.title).text for paper in (self.scan, self.typed))
        equal = sum(m.size for m in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
        return self.scan.unit != self.typed.unit and bool(a and b) and max(len(a), len(b)) - equal > 1

    # --- figures ---------------------------------------------------------------------------------------------------------

    def differences(self) -> Iterator[Difference]:
        """Every figure that differs, each once though it is found in several ways: in running text, in fields, in rows, by order."""
        told: list[Difference] = []
        for found, needed in ((self._running(), None), (self._fields(), all), (self._rows(), any), (self._bare(), all)):
            told += _not_in(told, [d for d in found if needed is None or self._credible(d, needed)])
        return iter(told)

    def _running(self) -> Iterator[Difference]:
        for j, i in self.aligned.pairs.items():
            seen, said = self.seen.numbers[i], self.said.numbers[j]
            if not self.said.dated(j) and not same_number(seen, said) and j not in self._crossed:
                where, name = self._named(j, seen, said)
                yield Difference(where, seen, said, name, self._sure_at(i, j) and not self._shifted(i, j))

    def many(self, differing: int) -> bool:
        """Whether so many figures differ that slips do not explain them together."""
        compared = sum(not self.said.dated(j) for j in self.aligned.pairs) + len(self.said.bare)
        return not self._rough and differing >= max(_MANY, _MOST * compared)

    def strange_figures(self) -> Difference | None:
        """Long figures that the one copy has and the other nowhere, many on both sides: wherever each belongs, these are other figures."""
        seen, said = ({digits(n): _written(n) for n in numbers} for numbers in self._spare)
        there, here = (
            sorted(n for key, n in mine.items() if key not in other and len(digits(n)) >= _LONG) for mine, other in ((seen, said), (said, seen))
        )
        if self._rough or min(len(there), len(here)) < _MANY:
            return None
        return Difference("表中", "、".join(there[:_TOLD_STAFF]), "、".join(here[:_TOLD_STAFF]))

    def unmet(self) -> Iterator[str]:
        """What shows that not every figure was met: one of the typed fields and cells that does not stand on the scan as often as it is
        typed, or one too many on a scan of whose table no row was read. A nought says nothing: they are many, and easily lost."""
        read = Counter(normal(n) for n in self.seen.numbers.values()) | _figures(self.scan)
        written = Counter(normal(n) for n in self.said.numbers.values())
        typed = _figures(self.typed)
        for number in (typed & written if self.typed.text else typed) - read:
            yield f"{self._place_of(_written(number))[0]}的{_written(number)}在扫描件上没有读到"
        if not self.scan.rows and any(is_figure(v, shown(v)) for row in self.typed.rows for v in row.values()):
            yield from (f"扫描件上多出{_written(n)}" for n in sorted(self._spare[0] - {""}))

    @property
    def _rough(self) -> bool:
        """Whether so many words were misread that figures may have been too. Words that a sure reader reads otherwise are other words."""
        return self.aligned.slips > _FEW_SLIPS + _MOST_SLIPS * self.aligned.long and not self.sight.clear

    def _sure(self, said: str, seen: str, left: str = "", right: str = "", *, risky: bool = False) -> bool:
        """Whether no slip explains the number that was seen by the typed one."""
        return not self._rough and self.sight.sure(said, seen, left, right, risky=risky)

    def _sure_at(self, i: int, j: int) -> bool:
        """The same of the numbers at two places. Of a date any slip is believed: it is never all that tells two papers apart."""
        beside = self.seen.text[max(0, i - 2) : i], self.seen.text[i + 1 : i + 3]
        return self._sure(self.said.numbers[j], self.seen.numbers[i], *beside, risky=self.said.dated(j))

    def _named(self, j: int, seen: str, said: str) -> tuple[str, str]:
        """(where, field) of a number in running text: the one field that has these two values, else the words beside it."""
        fields = [f for f, v in self.typed.fields.items() if is_figure(v, said) and is_figure(self.scan.fields.get(f), seen)]
        if len(fields) == 1:
            return f"“{self._label(fields[0])}”", fields[0]
        return self._place_of(said) if self.said.beside[j] == "…" else (f"正文“{self.said.beside[j]}”", "")

    def _label(self, name: str) -> str:
        return self.typed.labels.get(name) or self.scan.labels.get(name) or name

    def _fields(self) -> Iterator[Difference]:
        for name, said in self.typed.fields.items():
            if not isinstance(said, bool) and (values := differing(self.scan.fields.get(name), said)):
                yield self._difference(f"“{self._label(name)}”", name, *values)

    def _rows(self) -> Iterator[Difference]:
        for number, (seen, said) in row_pairs(self.scan.rows, self.typed.rows):
            for name, values in cells(seen, said):
                yield self._difference(f"{row_name(number, said)}“{self._label(name)}”", name, *values)

    def _difference(self, where: str, name: str, seen: str, said: str) -> Difference:
        return Difference(where, seen, said, name, seen not in YES_NO and self._sure(said, seen))

    def _shifted(self, i: int, j: int) -> bool:
        """Whether one of two numbers stands on the other copy after the same words, at a place that was not found: a lost line makes a
        phrase that comes twice take the place of its like."""
        placed = set(self.aligned.pairs.values())
        lost = {(n, _before(self.said, at)) for at, n in self.said.numbers.items() if at not in self.aligned.pairs}
        more = {(n, _before(self.seen, at)) for at, n in self.seen.numbers.items() if at not in placed}
        return (self.seen.numbers[i], _before(self.said, j)) in lost or (self.said.numbers[j], _before(self.seen, i)) in more

    @cached_property
    def _crossed(self) -> frozenset[int]:
        """Places of numbers that follow the same words several times and only changed places among these: rows read in another order."""
        alike: dict[str, list[int]] = {}
        for j in self.aligned.pairs:
            alike.setdefault(self.said.beside[j], []).append(j)

        def only_moved(places: list[int]) -> bool:
            return sorted(normal(self.said.numbers[j]) for j in places) == sorted(normal(self.seen.numbers[self.aligned.pairs[j]]) for j in places)

        return frozenset(j for places in alike.values() if len(places) > 1 and only_moved(places) for j in places)

    @cached_property
    def _spare(self) -> tuple[frozenset[str], frozenset[str]]:
        """Numbers that stand oftener on the one copy than on the other, of those whose place no words tell: (scan, typed)."""
        placed = set(self.aligned.pairs.values())
        seen = Counter(normal(n) for i, n in self.seen.numbers.items() if i not in placed)
        said = Counter(normal(n) for j, n in self.said.numbers.items() if j not in self.aligned.pairs)
        return frozenset(seen - said), frozenset(said - seen)

    def _bare(self) -> Iterator[Difference]:
        """Figures of cells that differ where the scan's table was not found: by their order on the page alone."""
        if self.scan.rows and self.typed.rows:
            return
        seen, said = ([signs.numbers[i] for i in sorted(signs.bare)][:_MOST_BARE] for signs in (self.seen, self.said))
        for i, j in replaced(seen, said):
            where, name = self._place_of(said[j])
            yield self._difference(where, name, seen[i], said[j])

    def _place_of(self, number: str) -> tuple[str, str]:
        """(where, field) of a number that stands in only one field or cell of the editable copy."""
        fields = [(f"“{self._label(f)}”", f) for f, v in self.typed.fields.items() if number in parts(shown(v))]
        cells = [
            (f"{row_name(n, row)}“{self._label(f)}”", f)
            for n, row in enumerate(self.typed.rows, 1) for f, v in row.items() if is_figure(v, number)
        ]  # fmt: skip
        places = fields + cells
        return places[0] if len(places) == 1 else ("表中", "")

    def _credible(self, difference: Difference, needed: Callable[[Iterable[bool]], bool]) -> bool:
        """A lost line makes a field take its neighbour's number, a shifted column moves them all: but no number of the page is then one
        too many. Of a row it is enough that one is too few: small figures of other cells are easily lost."""
        if not (self.scan.text and self.typed.text) or difference.scan in YES_NO:
            return True
        seen, said = self._spare
        pairs = zip(parts(difference.scan), parts(difference.editable), strict=False)
        return any(needed((normal(a) in seen, normal(b) in said)) for a, b in pairs if not same_number(a, b))

    # --- words -----------------------------------------------------------------------------------------------------------

    def missing(self) -> Iterator[str]:
        """How the lines of the typed text begin that stand nowhere on a clear page."""
        there = frozenset(grams(self.seen.text, _GRAM))
        for first, behind in self.aligned.unseen if self.sight.clear else ():
            run = self.said.text[first:behind]
            if sum("#" not in gram and gram not in there for gram in set(grams(run, _GRAM))) >= _WORDS_MISSING:
                yield f"“{self.said.shown(first, min(behind, first + _START))}…”"

    def reworded(self) -> tuple[Difference, ...]:
        """Legible passages of the scan in whose place the editable copy has other words."""
        runs = ((a, b) for a, b in self.aligned.instead if self.sight.reads(self.seen.text[slice(*a)]))
        return tuple(Difference("正文", self.seen.shown(*a), self.said.shown(*b), sure=False) for a, b in runs)


def _start(paper: Paper) -> str:
    """What stands at the top of a paper that has no title."""
    return next((line.strip()[:30] for line in paper.text.splitlines() if line.strip()), "")


def _not_in(told: list[Difference], found: list[Difference]) -> Iterator[Difference]:
    """Those that were not told yet: a told one stands for one that has its values, first for the one in its place."""
    left = Counter(map(_values, told))
    named = Counter((_values(d), d.where) for d in told)
    for d in sorted(found, key=lambda d: (_values(d), d.where) not in named):
        left[_values(d)] -= 1
        if left[_values(d)] < 0:
            yield d


def _values(difference: Difference) -> tuple[str, str]:
    return normal(difference.scan), normal(difference.editable)


def _figures(paper: Paper) -> Counter[str]:
    """How often each figure but nought stands in fields and cells."""
    values = (*paper.fields.values(), *(v for row in paper.rows for v in row.values()))
    return Counter(n for v in values for part in parts(shown(v)) if (n := normal(part)))


def _written(number: str) -> str:
    """A compared number as people write it: its nought again."""
    return number if number[:1].isdigit() else f"0{number}"


def _before(signs: Signs, place: int) -> str:
    return signs.text[max(0, place - _ALIKE) : place]
