"""What was drafted from a notice. Every piece cites its sentence; `doubts` are for the admin who edits the draft, in Chinese."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mailbot.domain.campaigns import Copy
from mailbot.domain.forms import FormType

DueKind = Literal["fixed", "daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly", "event", "any"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline as a notice words it.

    `dates`: 2023-09-15, or 06-05 where the notice names no year and it comes back each year. `day`: of the month; 0 its last. `weekday`:
    mon … sun. `month_of_period`: which month of the quarter, half or year. `reports`: the period it falls in (this) or the one before it
    (次月5日前, 每季度首月). `time`: 15:00. `year_inferred`: the year stands in the title or date of the notice, not in the sentence.
    `inclusive`: False where the notice excludes the day. `seen`: its words. `doubts`: what else it may mean."""

    kind: DueKind
    dates: tuple[str, ...] = ()
    day: int | None = None
    weekday: str | None = None
    month_of_period: int | None = None
    reports: Literal["this", "previous"] = "this"
    time: str | None = None
    year_inferred: bool = False
    inclusive: bool = True
    seen: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftDuty:
    """Something that somebody is to hand in. `who`: the words of the notice, one a kind or unit (各市场监管所, 执法大队); empty where it
    does not say. `form`: what is handed in, as the notice calls it, or the title of its annex. `annex`: 附件3, the first where
    several are named, "" where none.
    `copies`: which are asked for (scan: 盖章扫描件, 加盖公章; editable: 电子版, Word, 可编辑版), empty where nothing is said.
    `channel`: an address of a mailbox, or another way in the notice's words (钉钉群, 一体化平台, 药械科); "" where nothing is said.
    `to`: who receives it, in the notice's words. `reviewer`: who must approve it first. `quota`: 每季度不少于1个."""

    title: str
    who: tuple[str, ...]
    due: Deadline
    sentence: str
    form: str = ""
    annex: str = ""
    copies: tuple[Copy, ...] = ()
    channel: str = ""
    to: str = ""
    reviewer: str = ""
    quota: int | None = None
    annexes: tuple[str, ...] = ()  # all annexes that are named, the one in `annex` first
    nil: bool = False  # the notice asks for a nil report (零报告)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftStage:
    name: str
    start: date
    end: date
    sentence: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftGroup:
    """A group of the office (工作组) and whom to ask."""

    name: str
    liaison: str = ""
    phone: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DraftUnit:
    """A unit that the notice itself lists."""

    name: str
    kind: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DraftForm:
    """An annex as a form of ours. `doubts`: what an admin should look at. `known`: the id of a form that the rules have already and
    that is laid out alike; it is used, and there is nothing to write."""

    annex: str
    form: FormType
    doubts: tuple[str, ...] = ()
    known: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that was found. None and () where the notice says nothing. `cited`: name of a head item (number, issuer, issued, span,
    mailboxes) -> the line it was taken from. `doubts`: about the whole."""

    title: str
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    span: tuple[date, date] | None = None
    stages: tuple[DraftStage, ...] = ()
    mailboxes: tuple[str, ...] = ()
    duties: tuple[DraftDuty, ...] = ()
    groups: tuple[DraftGroup, ...] = ()
    units: tuple[DraftUnit, ...] = ()
    forms: tuple[DraftForm, ...] = ()
    cited: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()
