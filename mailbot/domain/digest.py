"""The daily digest (日报) as data: what the staff are to do, how far things are, what the bot does today, whether it is well. Every text
in it is ready to be shown, addresses are masked. mailbot/domain/briefing.py and mailbot/domain/picture.py build it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.domain.alarms import BACKUP_IS_OLD, LEAST_FREE, POLL_IS_OLD, WATCH_IS_OLD, Undone
from mailbot.domain.audit import Head
from mailbot.domain.campaigns import Copy
from mailbot.domain.mail import Place
from mailbot.domain.obligations import State
from mailbot.domain.timeline import Timeline
from mailbot.domain.unfetched import Unfetched

_FAR = 30  # days
_FEW, _MANY = 12, 60  # mails that are listed: that came, and that have files nobody could read

# --- what needs a person ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A ready-made answer: `key` is what one writes behind the number (12 是), `href` the prepared mail, "" where there is none."""

    key: str
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One question to the staff. `evidence`: from whom (masked), the subject, the files, what the bot saw. `who`: the masked address;
    `party`: the same sign for all of one sender. `group`: id of the group in charge, "" where that is not known."""

    number: int
    kind: str
    question: str
    evidence: tuple[str, ...]
    choices: tuple[Answer, ...]
    received_at: datetime
    who: str = ""
    party: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases that one answer may settle together; `title` and `choices` are empty where a case stands alone."""

    title: str
    cases: tuple[Case, ...]
    choices: tuple[Answer, ...] = ()


# --- what came ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as the ledger knows it. `filed`: (campaign, duty, period, copy) of its files that were filed. `unit`: its id; of
    a mail that is not trusted the one it seems to be from. `unread`: paths of its files that could not be read."""

    received_at: datetime
    unit: str | None
    sender: str
    subject: str
    disposition: str
    reply: str
    reason: str
    filed: tuple[tuple[str, str, str, Copy], ...] = ()
    trusted: bool = True
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as the digest lists it. `who`: the unit, or the masked address. `unread`: some of its files could not be read."""

    at: datetime
    who: str
    what: str
    result: str
    wants_someone: bool
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`counts`: Chinese word of the disposition -> how many mails. `lines`: all with files that could not be read, of the others the
    last ones, newest first. `unread`: how many of the former there are, however few are listed."""

    counts: Mapping[str, int]
    lines: tuple[Arrival, ...]
    unread: int = 0

    @property
    def first(self) -> tuple[Arrival, ...]:
        """Those that a letter lists: all with unread files, as far as there is room for them, of the others a few."""
        return self.lines[: min(max(_FEW, self.unread), _MANY)]

    @property
    def unlisted(self) -> int:
        """How many mails with unread files there was no room for."""
        return self.unread - sum(line.unread for line in self.first)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class UrgentFiling:
    """A file that was filed for an urgent duty, as the ledger knows it."""

    received_at: datetime
    campaign: str
    unit: str
    duty: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Urgent:
    """A filing that staff must see first (重大问题)."""

    at: datetime
    unit: str
    duty: str
    title: str
    file: str


# --- how far things are --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyCount:
    """One duty: how its current period stands (`period`, `due`), unit by unit, and what is open of earlier ones. `waiting`: names of the
    units of the current period that are not done, the first few."""

    duty: str
    title: str
    period: str
    due: datetime
    days_left: int
    complete: int = 0
    late: int = 0  # complete, but late
    partial: int = 0
    overdue: int = 0
    upcoming: int = 0
    waived: int = 0
    earlier_open: int = 0
    waiting: tuple[str, ...] = ()

    @property
    def owed(self) -> int:
        return self.complete + self.late + self.partial + self.overdue + self.upcoming

    @property
    def done(self) -> int:
        return self.complete + self.late

    @property
    def nothing(self) -> int:
        """Units of which nothing is in."""
        return self.overdue + self.upcoming

    @property
    def settled(self) -> bool:
        """Nothing more is to come for now."""
        return self.done == self.owed and not self.earlier_open

    @property
    def far(self) -> bool:
        """It is too early to look at it."""
        return self.days_left > _FAR and not (self.done or self.partial or self.earlier_open)


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit, one duty: the states of the last periods, oldest first, and how many earlier ones are not done and late."""

    marks: tuple[State, ...] = ()
    earlier_open: int = 0


@dataclass(frozen=True, slots=True)
class UnitRow:
    """`cells`: one a column of the picture, None where the duty is not owed. `late`: obligations that are late."""

    unit: str
    cells: tuple[Cell | None, ...]
    late: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One campaign as unit x duty. Columns of `rows` are the duties that are open now. `hidden`: units that are not shown one by one."""

    campaign: str
    title: str
    duties: tuple[DutyCount, ...]
    rows: tuple[UnitRow, ...]
    units: int
    hidden: int = 0

    @property
    def current(self) -> tuple[DutyCount, ...]:
        return tuple(d for d in self.duties if not d.settled and not d.far)

    @property
    def settled(self) -> tuple[DutyCount, ...]:
        return tuple(d for d in self.duties if d.settled)

    @property
    def far(self) -> tuple[DutyCount, ...]:
        return tuple(d for d in self.duties if d.far and not d.settled)


@dataclass(frozen=True, slots=True)
class Late:
    """One obligation that is past its due date and not done."""

    unit: str
    title: str
    due: datetime
    days: int
    what: str


@dataclass(frozen=True, slots=True)
class RiskLine:
    """What became of the risks of one period (销号). `dropped`: unit and words of those that vanished while open."""

    title: str
    new: int
    open: int
    closed: int
    dropped_count: int = 0
    dropped: tuple[tuple[str, str], ...] = ()


# --- what the bot does today, and how it is ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Today:
    """`reminders`: units that are reminded with how many items each, `reminded` in all; `at`: when, None where there are none today. `written`: those of today
    that are written already. `escalated`: what becomes long overdue today. `waiting`: Chinese word of the kind -> letters that wait."""

    working_day: bool
    at: datetime | None = None
    reminders: tuple[tuple[str, int], ...] = ()
    reminded: int = 0
    written: int = 0
    escalated: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A letter that did not arrive, or may not have. `to` is masked."""

    to: str
    subject: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Health:
    """`sending`: how the rules have it. `bad`: masked addresses that nothing is sent to, with their units. `rulings`: what people
    decided since; `undone`: of these what takes an earlier word back. `others`: the other mailboxes and when each was read last.
    `audit`: the end of the audit. `unsure`: letters that a ledger before a restore may have sent. `faults`: Chinese sentences, what the
    nightly look at the archive found. `undone_jobs`: what is done once a day and could not be, this digest itself, maybe.
    `rules_refused`: since when changed rules are wrong and not taken. `budget_days`: so many days the waiting letters need, 0 where
    one does. `watched`: when `mailbot watch` last looked, None where nobody has it look; `alarm`: whether it would call anybody. `unfetched`: mails that the
    servers list and do not give; `vanished`: where mails lay that were gone before they were given; `unaccounted`: how many were listed
    and ended nowhere. `sent_again`: letters that went out since and had perhaps gone out before. `held_back`: masked addresses that had
    their share of the day (`per_address`), and how many letters wait for each."""

    as_of: datetime
    sending: str
    last_poll: datetime | None = None
    last_sent: datetime | None = None
    sent_again: int = 0
    held_back: tuple[tuple[str, int], ...] = ()
    per_address: int = 0
    queue: int = 0
    troubles: tuple[Trouble, ...] = ()
    bad: tuple[str, ...] = ()
    disk_free: float | None = None  # share
    disk_bytes: int = 0
    missing_years: tuple[int, ...] = ()
    paused: str = ""
    budget_days: int = 0
    rulings: int = 0
    undone: int = 0
    rules_refused: datetime | None = None
    others: tuple[tuple[str, datetime | None], ...] = ()
    watched: datetime | None = None
    alarm: bool = True
    unfetched: tuple[Unfetched, ...] = ()
    vanished: tuple[Place, ...] = ()
    unaccounted: int = 0
    audit: Head = field(default_factory=Head)
    unsure: int = 0
    faults: tuple[str, ...] = ()
    undone_jobs: tuple[Undone, ...] = ()
    backed_up: datetime | None = None  # None where nobody ever made one here

    @property
    def backup_is_old(self) -> bool:
        return self.backed_up is not None and self.as_of - self.backed_up > BACKUP_IS_OLD

    @property
    def watch_is_old(self) -> bool:
        return self.watched is not None and self.as_of - self.watched > WATCH_IS_OLD

    @property
    def poll_is_old(self) -> bool:
        return self._is_old(self.last_poll)

    @property
    def unread(self) -> tuple[tuple[str, datetime | None], ...]:
        """The other mailboxes that were not read for long."""
        return tuple((address, polled) for address, polled in self.others if self._is_old(polled))

    def _is_old(self, polled: datetime | None) -> bool:
        return polled is None or self.as_of - polled > POLL_IS_OLD

    @property
    def disk_is_low(self) -> bool:
        return self.disk_free is not None and self.disk_free < LEAST_FREE


# --- the whole -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digest:
    """One day's digest: to the office, or to one group (`group` is its name) with only its duties and without health."""

    as_of: datetime
    since: datetime
    group: str
    urgent: tuple[Urgent, ...]
    cases: tuple[Cases, ...]
    pictures: tuple[Picture, ...]
    late: tuple[Late, ...]
    arrivals: Arrivals
    today: Today
    risks: tuple[RiskLine, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    health: Health | None = None
    warnings: tuple[str, ...] = ()
    case_count: int = 0
    late_count: int = 0
    unwell: tuple[str, ...] = ()  # what is wrong with the bot, the worst first
    well: tuple[str, ...] = ()
    cut: bool = False  # lists were shortened so that mail programs show all of it; the counts stand for all

    @property
    def shown_cases(self) -> int:
        return sum(len(several.cases) for several in self.cases)

    @property
    def example(self) -> str:
        """How the first cases may be answered by hand: 12 是 13 否."""
        first = [case for several in self.cases for case in several.cases if case.choices][:2]
        return " ".join(f"{case.number} {case.choices[-n].key}" for n, case in enumerate(first))
