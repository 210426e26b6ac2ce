"""Which form is this: the forms' own headings, columns and labels are looked for, and the words of their titles.

Exactly one form may win. Two that tie are an answer naming both; then a person is asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from mailbot.domain.check_rules import AnnexWhen
from mailbot.domain.documents import Document
from mailbot.domain.forms import Evidence, FormType, FreeLayout, LabelsLayout, SectionsLayout, TableLayout
from mailbot.domain.headings import Line, find_headings, find_table, numbering, page_lines
from mailbot.domain.nil import nil_words
from mailbot.domain.spellings import bare
from mailbot.domain.text import count_characters, fold

__all__ = ["Candidate", "Classification", "FormType", "by_name", "classify", "is_annex", "outdated"]

THRESHOLD = 0.5
MARGIN = 0.12
_OWN_WEIGHT = 0.62  # all headings, columns or labels found
_TITLE_WEIGHT = {"sections": 0.5, "table": 0.36, "labels": 0.36, "free": 0.5}
_AGAINST_WEIGHT = 0.5
_NIL_WEIGHT = 0.2
_LOOKED_AT = 3000  # lines; no form of ours is longer
_TOP_LINES = 8
_TOP_LINE_LENGTH = 80
_LEAST_FREE_TEXT = 60
_LONGEST_QUOTE = 30
_FREE_ALONE = 0.3  # a titled text with no word of any duty: the lead's to judge


@dataclass(frozen=True, slots=True)
class Candidate:
    """One form with its score 0..1 and what spoke for and against it. `own`: the share 0..1 of its own headings, columns
    or labels that stand there, whatever the title says."""

    form: str
    score: float
    evidence: tuple[Evidence, ...] = ()
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Classification:
    """Candidates, best first. `winner` where exactly one form may win; `tied` names those that cannot be told apart."""

    candidates: tuple[Candidate, ...] = ()
    winner: str | None = None
    tied: tuple[str, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The candidate that won."""
        return next((c for c in self.candidates if c.form == self.winner), None)


NOT_LOOKED_FOR = Classification()


def classify(document: Document, forms: Iterable[FormType]) -> Classification:
    """The form of a document by its content alone; file name and subject are `by_name`'s."""
    if document.trouble or not document.blocks:
        return Classification()
    page = _Page.of(document)
    known = tuple(forms)
    ranked = sorted((_judge(page, form) for form in known), key=lambda c: -c.score)
    free = {form.id for form in known if isinstance(form.layout, FreeLayout)}
    fixed = [c for c in ranked if c.form not in free and c.score >= THRESHOLD]
    return _decide(tuple(c for c in ranked if c.score > 0), fixed)


def _decide(ranked: tuple[Candidate, ...], fixed: Sequence[Candidate]) -> Classification:
    """A form with a layout of its own goes before free text; the first must lead the second clearly."""
    strong = fixed or [c for c in ranked if c.score >= THRESHOLD]
    if not strong:
        return Classification(ranked)
    tied = tuple(c.form for c in strong if strong[0].score - c.score < MARGIN)
    return Classification(ranked, None, tied) if len(tied) > 1 else Classification(ranked, strong[0].form)


@dataclass(frozen=True)
class _Page:
    """A document looked at once for all forms."""

    document: Document
    lines: tuple[Line, ...]
    top: str  # the first short lines, folded, where a title stands
    titles: tuple[str, ...]  # those of them that may be titles

    @cached_property
    def text(self) -> str:
        """All words, folded. Few pages are asked for them."""
        return fold(self.document.text)

    def is_titled(self, word: str) -> bool:
        """Whether one of the first lines is that word or ends with it; words inside a sentence or a note do not count."""
        wanted = fold(word)
        return wanted in self.top and any(wanted in x and (x.rstrip(")").endswith(wanted) or len(x) <= len(wanted) + 12) for x in self.titles)

    @classmethod
    def of(cls, document: Document) -> "_Page":
        lines = page_lines(document)[:_LOOKED_AT]
        top = tuple(fold(x.text) for x in lines[:_TOP_LINES] if len(x.text) <= _TOP_LINE_LENGTH)
        titles = tuple(x for x in top if not x.startswith("附") and not numbering(x) and not {",", "。", ";"} & set(x))
        return cls(document, lines, " ".join(top), titles)


def _judge(page: _Page, form: FormType) -> Candidate:
    own = _own_marks(page, form)
    evidence = [*_title(page, form), *own, *_against(page, form), *_nil(page, form)]
    score = sum(e.weight for e in evidence)
    return Candidate(form.id, round(max(0.0, min(1.0, score)), 3), tuple(evidence), sum(e.weight for e in own) / _OWN_WEIGHT)


def _seen(form: FormType, weight: float, words: str) -> Evidence:
    return Evidence("form", form.id, round(weight, 3), words, "document")


def _title(page: _Page, form: FormType) -> tuple[Evidence, ...]:
    """The longest of the form's title words among the first lines."""
    words = max((w for w in form.recognise.titles if fold(w) in page.top), key=len, default=None)
    return (_seen(form, _TITLE_WEIGHT[form.layout.kind], words),) if words else ()


def _against(page: _Page, form: FormType) -> tuple[Evidence, ...]:
    return tuple(_seen(form, -_AGAINST_WEIGHT, w) for w in form.recognise.against if page.is_titled(w))


def _nil(page: _Page, form: FormType) -> tuple[Evidence, ...]:
    """A nil report's sentence helps a form whose title is said (the table may be missing)."""
    sayable = form.nil and isinstance(form.layout, TableLayout) and _title(page, form) and len(page.text) < 600
    words = nil_words(page.document.text, form) if sayable else ""
    return (_seen(form, _NIL_WEIGHT, words),) if words else ()


def _own_marks(page: _Page, form: FormType) -> tuple[Evidence, ...]:
    """The form's own headings, columns or labels: each found one counts its share, what is missing counts nothing."""
    match form.layout:
        case TableLayout() as layout:
            marks = _columns(page, layout)
            whole = len(layout.columns)
        case SectionsLayout() as layout:
            found = find_headings(page.lines, layout)
            marks = tuple(h.text for h in found)
            whole = len(layout.parts)
        case LabelsLayout() as layout:
            marks = _labels(page, layout)
            whole = max(2, len(layout.labels))
        case FreeLayout():
            return _free(page, form)
    share = _OWN_WEIGHT / whole
    return tuple(_seen(form, share, mark) for mark in marks[:whole])


def _columns(page: _Page, layout: TableLayout) -> tuple[str, ...]:
    """Column heads of the best head row; in a page without tables (text PDF) the heads that stand in the text."""
    _, head = find_table(page.document, layout)
    if head:
        return tuple(head.labels.values())
    if page.document.tables:
        return ()
    found = tuple(next((h for h in c.heads if len(bare(h)) >= 3 and fold(h) in page.text), "") for c in layout.columns)
    return tuple(f for f in found if f)


def _labels(page: _Page, layout: LabelsLayout) -> tuple[str, ...]:
    """Labels that stand alone in a cell, or begin a line or stand after a blank in a page without tables."""
    lines = {text for text in {x.text for x in page.lines} if len(text) <= _TOP_LINE_LENGTH and not layout.spelled.foreign(text)}
    cells = {bare(text) for text in lines}
    words = cells | {bare(w) for text in lines for w in _pieces(text)}
    known = words if not page.document.tables or len(cells & layout.spelled.words) < 2 else cells
    return tuple(s for x in layout.labels if (s := next((s for s in x.labels if bare(s) in known), "")))


def _pieces(line: str) -> list[str]:
    return line.replace("：", " ").replace(":", " ").split()


def _free(page: _Page, form: FormType) -> tuple[Evidence, ...]:
    """A titled text of enough length; without a word of a duty it is a candidate that never wins."""
    if page.document.tables or count_characters(page.document.text) < _LEAST_FREE_TEXT:
        return ()
    return (_seen(form, _FREE_ALONE if not _title(page, form) else 0.1, page.lines[0].text.strip()[:_LONGEST_QUOTE]),)


# --- names, annexes, editions --------------------------------------------------------------------------------------------


def by_name(text: str, forms: Iterable[FormType], source: str = "file name") -> tuple[tuple[str, Evidence], ...]:
    """The forms whose names stand in a file name or subject, the longest match first. A name inside another form's
    longer one (案例 in 典型案例…) does not count; 自查总结 names two forms."""
    folded = fold(text)
    hits = [(form.id, fold(n)) for form in forms for n in form.recognise.names if fold(n) in folded]
    places = {word: _starts(folded, word) for _, word in hits}
    kept = [(f, w) for f, w in hits if any(not any(_inside(w, s, w2, places[w2]) for f2, w2 in hits if f2 != f) for s in places[w])]
    best: dict[str, str] = {}
    for form_id, word in kept:
        if len(word) > len(best.get(form_id, "")):
            best[form_id] = word
    ordered = sorted(best.items(), key=lambda item: -len(item[1]))
    return tuple((f, Evidence("form", f, round(min(1.0, len(w) / 8), 3), w, source)) for f, w in ordered)


def _starts(text: str, word: str) -> frozenset[int]:
    return frozenset(m.start() for m in re.finditer(f"(?={re.escape(word)})", text))


def _inside(word: str, start: int, other: str, places: frozenset[int]) -> bool:
    """Whether a word that starts there is part of a longer one, which starts at these places."""
    return any(start - ahead in places for ahead in range(len(other) - len(word) + 1)) if len(other) > len(word) else False


def is_annex(document: Document, name: str, forms: Iterable[FormType]) -> str | None:
    """The form whose annex (行政处罚决定书) this is, by its file name or its first lines; None where it is none's."""
    page = _Page.of(document.cut(_TOP_LINES))
    words = {form.id: tuple(n for c in form.checks if isinstance(c, AnnexWhen) for n in c.names) for form in forms}
    return next((form_id for form_id, names in words.items() if any(fold(n) in fold(name) or page.is_titled(n) for n in names)), None)


def outdated(document: Document, form: FormType) -> str | None:
    """The words of an older edition that the document bears (wrong-form-version)."""
    text = fold(document.text)
    return next((w for w in form.recognise.outdated if fold(w) in text), None)
