"""Who owes what, what was filed for it, and how it stands. Standing is derived each time, never stored."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Literal

from mailbot.domain.campaigns import Campaign, Copy, Duty, Extension, Waiver
from mailbot.domain.findings import OF_THE_SCAN, Finding
from mailbot.domain.forms import Value
from mailbot.domain.periods import Period, end_of
from mailbot.domain.text import fold
from mailbot.domain.units import Unit

State = Literal["upcoming", "partial", "complete", "complete-late", "overdue", "waived"]
Key = tuple[str, str, str, str]  # campaign, unit id, duty, period id

_SLIPS = 0.06  # of a title's signs may be misread; one in a short title
_MARKS = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class Obligation:
    """One unit owes one duty for one period by `due` (应报项). `due` is None for what may come at any time. `extension`,
    `waivers`: what was granted for it; an extension is in `due` already."""

    campaign: Campaign
    unit: Unit
    duty: Duty
    period: Period
    due: datetime | None
    extension: Extension | None = None
    waivers: tuple[Waiver, ...] = ()

    @property
    def key(self) -> Key:
        return self.campaign.id, self.unit.id, self.duty.id, self.period.id

    @property
    def title(self) -> str:
        """风险隐患排查问题清单（2024年第一季度）."""
        return self.duty.titled(self.period)

    @property
    def hour(self) -> str:
        """The time of day until which it is in time (15:00); "" where that is the whole day."""
        return f"{self.due:%H:%M}" if self.due and self.duty.at and self.extension is None else ""

    @property
    def wanted(self) -> tuple[Copy, ...]:
        """The copies that are owed: those of the duty without those that were waived."""
        return tuple(c for c in self.duty.wanted if all(w.copy != c for w in self.waivers))

    @property
    def waiver(self) -> Waiver | None:
        """That nothing of it is owed."""
        return next((w for w in reversed(self.waivers) if w.copy is None), None)

    @property
    def reckoning(self) -> str:
        """How the due date was computed, in words that units may read: who extended it and why is the office's matter."""
        if self.due is None:
            return "没有规定截止时间"
        said = self.duty.due.words + (f"（{self.duty.at:%H:%M}前）" if self.duty.at else "" if self.duty.inclusive else "（不含当日）")
        if self.extension is None:
            return said
        return f"{said}；已延期到{self.extension.due.month}月{self.extension.due.day}日"


@dataclass(frozen=True, slots=True)
class Filing:
    """One file that was taken for one copy of one obligation (报送件). Nothing of it ever changes.

    `order` tells filings of the same moment apart (position among all filings). `nil`: a nil report, which stands
    for all copies. `message` is the ledger's key of the mail; None while the mail is just being decided.
    """

    campaign: str
    unit: str
    duty: str
    period: str
    copy: Copy
    form: str | None
    path: str
    sha256: str
    size: int
    received_at: datetime
    order: int = 0
    fields: Mapping[str, Value] = field(default_factory=dict)
    rows: tuple[Mapping[str, Value], ...] = ()
    findings: tuple[Finding, ...] = ()
    sealed: bool | None = None
    nil: bool = False
    title: str = ""
    message: int | None = None

    @property
    def key(self) -> Key:
        return self.campaign, self.unit, self.duty, self.period

    def errors(self, beside: Mapping[Copy, "Filing"]) -> tuple[Finding, ...]:
        """The errors that still stand, given what else is in: an annex answers its finding; so does the other copy that came with a
        later mail, which was held against this one again."""
        other = beside.get("editable" if self.copy == "scan" else "scan")
        anew = other is not None and other.message != self.message and (other.received_at, other.order) > (self.received_at, self.order)
        answered = {"annex-missing": "annex" in beside, "scan-differs": anew}
        return tuple(f for f in self.findings if f.severity == "error" and not answered.get(f.code, False))


@dataclass(frozen=True, slots=True)
class Standing:
    """How one obligation stands at a moment (报送状态).

    `copies`: ok, missing, or wrong (it is in, but an error stands in it). `complete_at`: since when everything is in
    and right, as of now; the first such moment counts for lateness (a later correction makes nobody late).
    """

    obligation: Obligation
    state: State
    copies: Mapping[Copy, Literal["ok", "missing", "wrong"]]
    filings: tuple[Filing, ...]  # the current ones, not superseded
    complete_at: datetime | None
    late_days: int

    @property
    def done(self) -> bool:
        return self.state in ("complete", "complete-late", "waived")

    @property
    def missing(self) -> tuple[Copy, ...]:
        return tuple(copy for copy, how in self.copies.items() if how == "missing")

    def current(self, copy: Copy) -> Filing | None:
        return next((f for f in self.filings if f.copy == copy), None)

    @property
    def errors(self) -> tuple[tuple[Filing, Finding], ...]:
        """What stands wrong in the current filings."""
        beside = {f.copy: f for f in self.filings}
        return tuple((filing, found) for filing in self.filings for found in filing.errors(beside))


def wants_scan(there: Standing) -> bool:
    """Whether a scan would help: none is in, or the one that is in must be sent anew."""
    return "scan" in there.missing or any(found.code in OF_THE_SCAN for _, found in there.errors)


def expand(campaign: Campaign, only: Unit | None = None) -> Iterator[Obligation]:
    """Everything that is owed in a campaign, or by one unit of it: duty by duty, unit by unit, in order of time."""
    for duty in campaign.duties:
        for unit in campaign.owers(duty):
            if only is None or unit.id == only.id:
                for period, due in duty.due.owed():
                    yield _granted(campaign, unit, duty, period, due)


def obligation_for(campaign: Campaign, unit: Unit, duty: Duty, period: Period) -> Obligation:
    """The obligation a filing serves; without a due date where nobody owes it (own cases of the squad HQ, good practice)."""
    due = duty.due.due_of(period) if campaign.owes(unit, duty) else None
    return _granted(campaign, unit, duty, period, due) if due else Obligation(campaign, unit, duty, period, None)


def _granted(campaign: Campaign, unit: Unit, duty: Duty, period: Period, due: date) -> Obligation:
    if campaign.settled_before and due < campaign.settled_before:
        done = Waiver(unit=unit.id, duty=duty.id, period=period.id, why="启用本程序以前的，不再计")
        return Obligation(campaign, unit, duty, period, duty.until(due), None, (done,))
    if not (campaign.extensions or campaign.waivers):
        return Obligation(campaign, unit, duty, period, duty.until(due))
    extension = campaign.extension_of(unit, duty, period.id)
    until = end_of(extension.due) if extension else duty.until(due)
    return Obligation(campaign, unit, duty, period, until, extension, campaign.waivers_of(unit, duty, period.id))


def by_key(filings: Iterable[Filing]) -> dict[Key, list[Filing]]:
    found: dict[Key, list[Filing]] = {}
    for filing in sorted(filings, key=lambda f: (f.received_at, f.order)):
        found.setdefault(filing.key, []).append(filing)
    return found


def _current(filings: Iterable[Filing]) -> dict[Copy, Filing]:
    """A later filing of the same copy supersedes the earlier one; both are kept."""
    return {f.copy: f for f in sorted(filings, key=lambda f: (f.received_at, f.order))}


def _is_complete(owed: Obligation, current: Mapping[Copy, Filing]) -> bool:
    if not current or any(f.errors(current) for f in current.values() if f.copy in ("editable", "scan")):
        return False
    nil = current.get("editable")
    if nil is not None and nil.nil and owed.duty.nil_allowed:
        return True
    return all(copy in current for copy in owed.wanted) and any(c in current for c in ("editable", "scan"))


def standing(obligation: Obligation, filings: Iterable[Filing], now: datetime) -> Standing:
    """How an obligation stands at `now` by what was received until then."""
    known = sorted((f for f in filings if f.received_at <= now), key=lambda f: (f.received_at, f.order))
    cases = _cases(obligation.duty, known)
    complete = [c for c in cases if _is_complete(obligation, _current(c))]
    enough = len(complete) >= (obligation.duty.quota or 1)
    unfinished = [c for c in cases if c not in complete]
    current = complete[-1] if enough else unfinished[-1] if unfinished else complete[-1] if complete else []
    copies, complete_at = _copies(obligation, _current(current)), _complete_at(obligation, complete) if enough else None
    due = obligation.due
    late = _days_late(due, now)
    if complete_at:
        late = _days_late(due, complete_at)
        state: State = "complete-late" if late else "complete"
    elif obligation.waiver:
        state, late = "waived", 0
    elif current:
        state = "partial"
    else:
        state = "overdue" if due and now > due else "upcoming"
    return Standing(obligation, state, copies, tuple(_current(current).values()), complete_at, late)


def _days_late(due: datetime | None, moment: datetime) -> int:
    """Begun days; 1 where a time of day was missed on the day itself."""
    return max(1, (moment.date() - due.date()).days) if due and moment > due else 0


def late_by(due: datetime, moment: datetime) -> str:
    """How late in words: 3 天, on the day itself 2 小时 (begun hours)."""
    days = (moment.date() - due.date()).days
    return f"{days} 天" if days else f"{-(-(moment - due).total_seconds() // 3600):.0f} 小时"


def _cases(duty: Duty, filings: list[Filing]) -> list[list[Filing]]:
    """A duty with a quota takes several papers a period (typical cases): those of one title belong together, and a scan
    or annex goes with the paper whose title it bears, be it misread, else with the one before it. Every other duty has one."""
    if not duty.quota:
        return [filings] if filings else []
    cases: dict[str, list[Filing]] = {}
    typed = [f.title for f in filings if f.copy == "editable"]
    last = ""
    for filing in filings:
        title = filing.title if filing.copy == "editable" else _meant(filing.title, typed)
        last = title if filing.copy == "editable" or not cases else title or last
        cases.setdefault(last, []).append(filing)
    if "" in cases and len(cases) > 1:  # a scan that came before its paper
        early = cases.pop("")
        first = next(iter(cases))
        cases[first] = early + cases[first]
    return list(cases.values())


def _meant(seen: str, typed: Collection[str]) -> str:
    """The typed title that a scan's means, which may be misread: the nearest, within a slip or a share of a long one. Itself where
    none is near or two are equally."""
    if not seen or seen in typed:
        return seen
    marks = _MARKS.sub("", fold(seen))
    slips = {title: _slips(marks, _MARKS.sub("", fold(title))) for title in typed if title}
    least = min(slips.values(), default=0)
    near = [title for title, n in slips.items() if n == least]
    return near[0] if len(near) == 1 and least <= max(1, len(marks) * _SLIPS) else seen


def _slips(a: str, b: str) -> int:
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return max(len(a), len(b)) - same


def _copies(owed: Obligation, current: Mapping[Copy, Filing]) -> dict[Copy, Literal["ok", "missing", "wrong"]]:
    nil = current.get("editable")
    if nil is not None and nil.nil and owed.duty.nil_allowed:
        return dict.fromkeys(owed.wanted, "ok")
    there: tuple[Copy, ...] = ("editable", "scan")
    wanted = dict.fromkeys((*owed.wanted, *(c for c in there if c in current)))
    return {copy: ("wrong" if current[copy].errors(current) else "ok") if copy in current else "missing" for copy in wanted}


def _complete_at(owed: Obligation, complete: list[list[Filing]]) -> datetime:
    """When the last paper that the quota needs was whole for the first time."""
    firsts = sorted(next(c[n].received_at for n in range(len(c)) if _is_complete(owed, _current(c[: n + 1]))) for c in complete)
    return firsts[(owed.duty.quota or 1) - 1]


# --- which period is meant ---------------------------------------------------------------------------------------------


def nearest(owed: Iterable[tuple[Period, date]], day: date) -> Period | None:
    """The period whose due date lies nearest to a day; of two equally near the one that is not past."""
    return min(owed, key=lambda p: (abs((p[1] - day).days), p[1] < day), default=(None, None))[0]


def plausible(owed: Iterable[tuple[Period, date]], day: date) -> tuple[Period, ...]:
    """The periods a report of that date may be about: the one whose due date is nearest, and the one the day is in."""
    pairs = tuple(owed)
    near = nearest(pairs, day)
    return tuple(dict.fromkeys(p for p, _ in pairs if p == near or (p.kind != "date" and p.holds(day))))


def quota_period(owed: Iterable[tuple[Period, date]], day: date, is_open: Mapping[Period, bool]) -> Period | None:
    """The quarter a case received on `day` serves: up to the due date of an ended quarter that one while it is open;
    later the quarter of its receipt; outside the campaign the nearest."""
    pairs = tuple(owed)
    for period, due in pairs:
        if period.end <= day <= due and is_open.get(period, True):
            return period
    return next((p for p, _ in pairs if p.holds(day)), None) or nearest(pairs, day)


def case_of(duty: Duty, filings: list[Filing], filing: Filing) -> list[Filing]:
    """The filings that belong to the same paper as `filing`: all of them, unless the duty takes several a period."""
    return next((case for case in _cases(duty, filings) if any(f is filing for f in case)), filings)
