"""Punctuality and quality of units, for the appraisal (考核): counted from standings and filings, never weighed by invented points.

Punctual is who was complete by the due date the first time; a later correction makes nobody late. What is waived, and what is not
due yet, does not count, unless it is complete already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mailbot.domain.obligations import Filing, Key, Obligation, Standing, case_of, standing
from mailbot.domain.units import Unit


@dataclass(frozen=True, slots=True)
class Mark:
    """One obligation judged. `late_days`: 0 in time; where it is not complete yet, the days since it was due. `errors`: findings that
    had to be mended in the first submission, None where nothing came. `corrections`: mails until it was complete that sent a copy again."""

    obligation: Obligation
    complete: bool
    late_days: int
    errors: int | None
    corrections: int

    @property
    def punctual(self) -> bool:
        return self.complete and not self.late_days

    @property
    def flawless(self) -> bool:
        return self.errors == 0


@dataclass(frozen=True, slots=True)
class Score:
    """Sums over some marks. `missing`: due and not complete. `late`, `late_days`: of what was completed late. `submitted`: obligations for
    which something came; `flawless` of them had nothing to mend the first time."""

    counted: int = 0
    punctual: int = 0
    late: int = 0
    missing: int = 0
    late_days: int = 0
    submitted: int = 0
    flawless: int = 0
    errors: int = 0
    corrections: int = 0

    @property
    def punctuality(self) -> float:
        return self.punctual / self.counted if self.counted else 0.0

    @property
    def quality(self) -> float:
        return self.flawless / self.submitted if self.submitted else 0.0

    @property
    def order(self) -> tuple[float, ...]:
        """The smaller the better: share in time, missing, days late, share without errors, corrections."""
        return -round(self.punctuality, 6), self.missing, self.late_days, -round(self.quality, 6), self.corrections


def mark(there: Standing, filings: Sequence[Filing]) -> Mark | None:
    """One obligation judged; None where it does not count. `filings`: all that came for it up to the moment of the standing."""
    obligation = there.obligation
    complete = there.state in ("complete", "complete-late")
    if there.state == "waived" or obligation.due is None or not (complete or there.late_days or there.state == "overdue"):
        return None
    mine = case_of(obligation.duty, list(filings), there.filings[0]) if there.filings and obligation.duty.quota else filings
    errors, corrections = _quality(obligation, mine, there)
    return Mark(obligation, complete, there.late_days, errors, corrections)


def _quality(obligation: Obligation, filings: Sequence[Filing], there: Standing) -> tuple[int | None, int]:
    """(errors in the first submission, corrections until complete). A submission is a mail; one that only adds the missing copy is no
    correction."""
    mails = [tuple(mail) for _, mail in groupby(sorted(filings, key=_order), key=lambda f: (f.received_at, f.message))]
    if not mails:
        return None, 0
    first = standing(obligation, mails[0], mails[0][-1].received_at)
    seen: set[str] = set()
    corrections = 0
    for mail in mails:
        if there.complete_at is not None and mail[0].received_at > there.complete_at:
            break
        copies = {f.copy for f in mail if f.copy != "annex"}
        corrections += bool(copies & seen)
        seen |= copies
    return len(first.errors), corrections


def _order(filing: Filing) -> tuple[object, ...]:
    return filing.received_at, filing.message or 0, filing.order


def summed(marks: Iterable[Mark]) -> Score:
    score = Score()
    for m in marks:
        score = replace(
            score, counted=score.counted + 1, punctual=score.punctual + m.punctual, late=score.late + (m.complete and m.late_days > 0),
            missing=score.missing + (not m.complete), late_days=score.late_days + (m.late_days if m.complete else 0),
            submitted=score.submitted + (m.errors is not None), flawless=score.flawless + m.flawless, errors=score.errors + (m.errors or 0),
            corrections=score.corrections + m.corrections,
        )  # fmt: skip
    return score


def ranked(scores: Mapping[Unit, Score]) -> list[tuple[int, Unit, Score]]:
    """(place, unit, score), the best first; who is equal shares a place, and the next place is that many behind. Units of which
    nothing counts have none."""
    order = sorted(((u, s) for u, s in scores.items() if s.counted), key=lambda pair: pair[1].order)
    found: list[tuple[int, Unit, Score]] = []
    for n, (unit, score) in enumerate(order, 1):
        place = found[-1][0] if found and found[-1][2].order == score.order else n
        found.append((place, unit, score))
    return found


def marks_of(found: Iterable[Standing], filed: Mapping[Key, Sequence[Filing]]) -> list[Mark]:
    """`filed`: filings by obligation, none later than the moment of the standings."""
    judged = (mark(there, filed.get(there.obligation.key, ())) for there in found)
    return [m for m in judged if m is not None]
