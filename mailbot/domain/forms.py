"""A form is data: how it is recognised, laid out and checked (config/forms/ID.yaml), and what was read from one.

The layout is its own fingerprint: the classifier reads the same headings and columns the parser does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from mailbot.domain.check_rules import Check
from mailbot.domain.rule import Between, Rule, ToldBy
from mailbot.domain.spellings import Spellings, bare

ValueType = Literal["text", "number", "decimal", "date", "yes-no", "phone", "mobile", "email", "names"]
Value = str | int | float | bool | None | tuple[str, ...]


Role = Literal["unit", "date", "period"]


@dataclass(frozen=True, kw_only=True)
class Labelled(Rule):
    """A value behind or beside a label. `role` tells the house what the value means beyond its field: the reporting unit, the
    report date, the period."""

    field: str
    labels: tuple[str, ...]
    type: ValueType = "text"
    role: Role | None = None
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Head(Labelled):
    """A value behind a label in a line around the table or under the title: 填报单位：… 填报日期：… 统计期：…

    On the blank the first label stands; `printed`: what stands there behind the gap to write in: （盖章）, 年 第 季度;
    `below`: it stands below the table."""

    printed: str = ""
    below: bool = False


@dataclass(frozen=True, kw_only=True)
class Column(Rule):
    """A column of a table. `heads`: every spelling of its heading (compared folded, brackets and units dropped).
    `role`: number, where the column only numbers the rows. `unit`: 万元 where the form counts so; a head that says （元） is
    then converted. `sample`: what the printed sample row says here, to know it again where its 例： was taken off. `width`: on
    the blank, as a share of all widths; 0: by type."""

    field: str
    heads: tuple[str, ...]
    type: ValueType = "text"
    role: Literal["number"] | None = None
    required: bool = False
    unit: Literal["", "万元"] = ""
    sample: str = ""
    width: Annotated[int, Between(0)] = 0


@dataclass(frozen=True, kw_only=True)
class Counter(Rule):
    """A number in running text. `patterns`: regular expressions over folded text, group 1 is the number
    (`{n}` stands for a number in any writing, possibly left blank). The first pattern that is found counts."""

    field: str
    label: str
    patterns: tuple[str, ...]


class _Layout(Rule):
    """What all layouts answer alike."""

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        """The values that stand behind or beside labels."""
        return ()

    def of_role(self, role: Role) -> Labelled | None:
        """The first labelled value of a role."""
        return next((one for one in self.labelled if one.role == role), None)


@dataclass(frozen=True, kw_only=True)
class TableLayout(_Layout):
    """A head, columns and rows. `counters` usually stand in the cells of column `counters_in`; what is not found there
    is looked for in the other cells and in the paragraphs.
    `kinds`: rows are told by the words of their first column (药品, 医疗器械 …) instead of being free.
    `sentence`: the running text with the counters as it is printed on the blank, a counter's field in braces where its number
    goes: 出动执法人员{officers_sent}人次. It stands in the first row's `counters_in`, else under the table."""

    kind: Literal["table"] = "table"
    heads: tuple[Head, ...] = ()
    columns: tuple[Column, ...]
    counters: tuple[Counter, ...] = ()
    counters_in: str | None = None
    sample: str | None = None  # what begins a sample row: 例：
    sentence: str = ""
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        return self.heads

    @cached_property
    def number_field(self) -> str | None:
        """The field of the column that only numbers the rows."""
        return next((c.field for c in self.columns if c.role == "number"), None)

    @cached_property
    def spelled(self) -> Spellings:
        return Spellings({c.field: c.heads for c in self.columns})

    @cached_property
    def kinds_spelled(self) -> dict[str, str]:
        """Every bare spelling of a kind -> the kind, the longest first."""
        pairs = ((bare(s), kind) for kind, also in self.kinds.items() for s in (kind, *also))
        return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


@dataclass(frozen=True, kw_only=True)
class Part(Rule):
    """A part of a text under its own heading. `least`: characters as Word counts them, hints excluded.

    `under`: the field of the part it is a sub-part of (二（一）…); that part's text holds it too.
    `heading_only`: the heading must stand, nothing need be written below it (五、其他).
    `hint`: what the template prints under the heading; like `SectionsLayout.hints` it is not the writer's own words."""

    field: str
    heading: str
    also: tuple[str, ...] = ()
    least: Annotated[int, Between(0, 20_000)] = 0
    required: bool = True
    optional_note: str | None = None  # said to staff only where the part is absent
    under: str | None = None
    heading_only: bool = False
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class SectionsLayout(_Layout):
    """A titled text in parts. `hints`: template sentences that are not the writer's own words, besides those of the parts."""

    kind: Literal["sections"] = "sections"
    heads: tuple[Head, ...] = ()
    parts: tuple[Part, ...]
    hints: tuple[str, ...] = ()

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        return self.heads

    @cached_property
    def spelled(self) -> Spellings:
        return Spellings({p.field: (p.heading, *p.also) for p in self.parts})

    @cached_property
    def not_theirs(self) -> tuple[str, ...]:
        """Every sentence of the template's own."""
        return (*self.hints, *(p.hint for p in self.parts if p.hint))


@dataclass(frozen=True, kw_only=True)
class Label(Labelled):
    """A cell of a label/value table; the value stands in the next cell (to the right, else below).
    On the blank: `group` is printed once to the left of all neighbouring labels that name it (联络员); `beside`: it stands in
    the row of the label before it."""

    group: str = ""
    beside: bool = False


@dataclass(frozen=True, kw_only=True)
class LabelsLayout(_Layout):
    kind: Literal["labels"] = "labels"
    labels: tuple[Label, ...]

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        return self.labels

    @cached_property
    def spelled(self) -> Spellings:
        return Spellings({x.field: x.labels for x in self.labels})


@dataclass(frozen=True, kw_only=True)
class FreeLayout(_Layout):
    """Any titled text."""

    kind: Literal["free"] = "free"


Layout = Annotated[TableLayout | SectionsLayout | LabelsLayout | FreeLayout, ToldBy("kind")]


@dataclass(frozen=True, kw_only=True)
class Recognise(Rule):
    """What tells this form from others beyond its own layout.

    `titles`: words of its title (folded, any of them). `names`: words people use for it in file names and subjects.
    `against`: words that speak against it. `outdated`: words that only an older edition bears (wrong-form-version)."""

    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Extract(Rule):
    """A field taken from the words of a part (or of the whole text where `part` is missing).

    `flag`: true where a pattern is found and none of `unless`; `list`: every group 1, once each; `date`: the last
    date in a sentence that holds a pattern; `number`: group 1."""

    field: str
    part: str | None = None
    take: Literal["flag", "list", "date", "number"]
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Blank(Rule):
    """What is printed on the empty form besides its layout. All of it may be left out.

    `annex`: 附件3. `title`: its lines, else the form's title. `mark`: under the titles, (参考模板). `above`: lines over the
    table or text (报送要求). `heading`: the title of the text itself where `title` heads a cover. `notes`: lines below.
    `rows`: empty rows of a table. `landscape`: on its side; left out, tables of more than four columns are."""

    annex: str = ""
    title: tuple[str, ...] = ()
    mark: str = ""
    above: tuple[str, ...] = ()
    heading: str = ""
    notes: tuple[str, ...] = ()
    rows: Annotated[int, Between(1, 500)] = 10
    landscape: bool | None = None


@dataclass(frozen=True, kw_only=True)
class FormType(Rule):
    """One form of the field: risk-list, typical-case … `nil`: patterns of a nil report's sentence (本期无…)."""

    id: str
    title: str
    recognise: Recognise = Recognise()
    layout: Layout
    extract: tuple[Extract, ...] = ()
    checks: tuple[Check, ...] = ()
    nil: tuple[str, ...] = ()
    blank: Blank = Blank()


@dataclass(frozen=True, slots=True)
class Section:
    """A part as it was found. `text` without heading and hints; "" where only the heading stands."""

    field: str
    heading: str
    number: int  # its place among the form's parts, from 1
    text: str
    characters: int


@dataclass(frozen=True, slots=True)
class ParsedForm:
    """What was read from one document by one form's layout.

    `fields` and `rows` use the contract's keys: a blank is None, a written 无 or — is "", zero is 0.
    `invalid`: field -> text that stands there and could not be read as its type. `conflicts`: counter -> the different
    numbers it was written with. `unit_text`, `title`, `period_text`: where the document speaks of unit and period.
    `signature`: the last lines (unit and date under a report). `labels`: field -> what the page calls it.
    `tabled`: False where a table came as running text (a text PDF), so that nothing can be said of its rows.
    """

    form: str
    title: str = ""
    unit_text: str | None = None
    period_text: str = ""
    reported_on: date | None = None
    signature: str = ""
    fields: Mapping[str, Value] = field(default_factory=dict)
    rows: tuple[Mapping[str, Value], ...] = ()
    sections: tuple[Section, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    invalid: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sample_rows: int = 0
    unfilled: bool = False
    nil: bool = False
    tabled: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """One word on the page (or in the name, subject, address) that spoke for (+) or against (-) an answer."""

    about: Literal["form", "unit", "period", "copy", "sender", "duty", "campaign"]
    answer: str
    weight: float
    seen: str
    source: str  # document, subject, file name, address, partner, obligations, staff
