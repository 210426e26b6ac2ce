"""Which duty and which period a form is for: the document first, then the subject, then the file name (contract, Periods)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.dates import Mention, days_in, mentions_in
from mailbot.domain.findings import Finding, finding
from mailbot.domain.forms import Evidence, ParsedForm
from mailbot.domain.obligations import nearest, plausible, quota_period
from mailbot.domain.periods import OPEN, Period, PeriodKind
from mailbot.domain.text import fold
from mailbot.domain.units import Unit

Owed = tuple[tuple[Period, date], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The places that may speak of form and period, strongest first."""

    title: str = ""
    period_text: str = ""
    reported_on: date | None = None
    subject: str = ""
    name: str = ""
    start: str = ""  # the first lines of a free text

    @classmethod
    def of(cls, parsed: ParsedForm | None, subject: str, name: str, start: str = "") -> "Words":
        if parsed is None:
            return cls(subject=subject, name=name, start=start)
        return cls(parsed.title, parsed.period_text, parsed.reported_on, subject, name, start)


@dataclass(frozen=True, slots=True)
class PeriodAnswer:
    """`ask`: why nobody but a person can say, "" else."""

    period: Period | None
    findings: tuple[Finding, ...] = ()
    ask: str = ""
    trail: tuple[Evidence, ...] = ()


def duties_for(campaign: Campaign, unit: Unit, form: str) -> tuple[Duty, ...]:
    return tuple(d for d in campaign.duties if d.form == form and campaign.may_file(unit, d))


def choose_duties(duties: tuple[Duty, ...], words: Words) -> tuple[Duty, ...]:
    """The duties a paper may be for. Duties of one form are told apart by their words, looked for place by place; a
    word in brackets is the template's own (（阶段性）工作总结) and tells nothing. Several are left where dates must tell."""
    if len(duties) < 2:
        return duties
    told = [d for d in duties if d.words]
    for place in (words.title, words.subject, words.name, words.start):
        text = fold(place)
        found = {d.id: max(map(len, hits)) for d in told if (hits := [fold(w) for w in d.words if fold(w) in text and f"({fold(w)})" not in text])}
        if found:
            longest = max(found.values())
            return tuple(d for d in duties if found.get(d.id) == longest)
    dated = tuple(d for d in duties if tuple(d.due.owed()))
    untold = tuple(d for d in dated if not d.words)
    return dated if untold else ()


def choose_period(duty: Duty, words: Words, received: date, is_open: Mapping[Period, bool]) -> PeriodAnswer:
    """The period of a duty that a paper is about, by its words and dates."""
    owed: Owed = tuple(duty.due.owed())
    if not owed:
        return PeriodAnswer(OPEN)
    if owed[0][0].kind == "date" and not duty.due.daily:
        day = _sensible(words.reported_on, received)
        return PeriodAnswer(nearest(owed, day), (), "", (_seen(nearest(owed, day), day.isoformat(), "document"),))
    said = {
        "document": _resolve(owed, f"{words.period_text} {words.title}", words.reported_on or received),
        "subject": _resolve(owed, words.subject, words.reported_on or received),
        "file name": _resolve(owed, words.name, words.reported_on or received, bare=True),
    }
    if duty.quota:
        named = next((p for p, _ in said.values() if p), None)
        period = named or quota_period(owed, received, is_open)
        return PeriodAnswer(period, (), "", _for_and_against(period, tuple(_seen(p, m, s) for s, (p, m) in said.items() if p)))
    return _weigh(owed, said, words.reported_on, received)


def _weigh(owed: Owed, said: Mapping[str, tuple[Period | None, str]], reported_on: date | None, received: date) -> PeriodAnswer:
    """The document counts; where it is silent subject and file name must agree. What else is said is a warning."""
    (document, spoken), (subject, _), (name, _) = said["document"], said["subject"], said["file name"]
    trail = tuple(_seen(p, seen, source) for source, (p, seen) in said.items() if p)
    if spoken and not document:
        return PeriodAnswer(None, (), f"表中写的“{spoken}”不在应报的报告期内", trail)
    may_be = plausible(owed, reported_on) if reported_on and abs((received - reported_on).days) < 300 else ()
    if document:
        period, against = document, tuple(p for p in (subject, name) if p and p != document)
        if may_be and document not in may_be:
            against = (*against, may_be[0])
    elif may_be:
        period = next((p for p in (subject, name) if p in may_be), None) or nearest(owed, reported_on or received) or may_be[0]
        against = tuple(p for p in (subject, name) if p and p != period)
    elif subject and name and subject != name:
        return PeriodAnswer(None, (), f"主题说的是{subject.title}，文件名说的是{name.title}", trail)
    else:
        chosen = subject or name or nearest(owed, received)
        return PeriodAnswer(chosen, (), "", trail or ((_seen(chosen, received.isoformat(), "obligations"),) if chosen else ()))
    wrong = (finding("wrong-period", where="报告期", found=against[0].title, expected=period.title),) if against else ()
    return PeriodAnswer(period, wrong, "", _for_and_against(period, trail) or (_seen(period, str(reported_on), "document"),))


def _for_and_against(period: Period | None, trail: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What was seen, negative where it names another period than that which was taken."""
    return tuple(e if period is None or e.answer == period.id else replace(e, weight=-e.weight) for e in trail)


def _seen(period: Period | None, seen: str, source: str) -> Evidence:
    return Evidence("period", period.id if period else "", 1.0, seen, source)


def _sensible(reported_on: date | None, received: date) -> date:
    """The date on the paper, unless it is far from the day it came (a year mistyped, last year's file)."""
    return reported_on if reported_on and abs((received - reported_on).days) < 200 else received


def _resolve(owed: Owed, text: str, day: date, *, bare: bool = False) -> tuple[Period | None, str]:
    """The owed period that a text names (of several years the one due nearest to `day`), and the words it was seen by.
    (None, words) where a period with its year is named that is not owed."""
    unknown = ""
    for mention in spoken_of(owed, text, bare=bare, day=day):
        fits = [pair for pair in owed if mention.fits(pair[0])]
        if fits:
            return nearest(fits, day), mention.seen
        if _is_full(mention):
            unknown = mention.seen
    return None, unknown


def spoken_of(owed: Owed, text: str, *, bare: bool = False, day: date | None = None) -> Iterator[Mention]:
    """What a text says of periods of the kind that is owed: of months for a monthly report, of days for one of every day."""
    kind = owed[0][0].kind
    mentions = days_in(text, bare=bare, day=day) if kind == "date" else mentions_in(text, bare=bare, day=day)
    return (m for m in mentions if m.kind == kind)


def other_period(text: str, period: Period, day: date) -> str:
    """The first words of a text that name a month, quarter, half or the like which is not, and does not touch, the period; "" where none do."""
    if period.kind in ("date", "open"):
        return ""
    last = period.end - timedelta(days=1)
    months = {period.start.month, last.month} | {n for n in range(1, 13) if period.holds(date(period.start.year, n, 1))}
    for mention in mentions_in(text, day=day):
        if mention.kind == period.kind:
            touches = mention.fits(period)
        elif mention.kind in _MONTHS:
            touches = mention.year in (None, period.start.year, last.year) and bool(_months(mention) & months)
        else:
            continue
        if not touches:
            return mention.seen
    return ""


_MONTHS: Mapping[PeriodKind, int] = {"month": 1, "quarter": 3, "half": 6}


def _months(mention: Mention) -> set[int]:
    long = _MONTHS[mention.kind]
    return set(range((mention.number - 1) * long + 1, mention.number * long + 1))


def _is_full(mention: Mention) -> bool:
    return mention.year is not None


def open_periods(duty: Duty, done: Iterable[str]) -> dict[Period, bool]:
    """Which periods of a duty are still open, given the ids of those that are complete."""
    finished = set(done)
    return {period: period.id not in finished for period, _ in duty.due.owed()}
