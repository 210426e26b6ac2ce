"""`mailbot config try`: all archived mails are decided again under other rules, and what would change is told. Nothing is written.

Both the rules in force and the new ones decide everything from the first mail on, each in a ledger of its own that is thrown away, so
that nothing but the rules can make a difference: not the day, not a newer edition of the program. What people ruled is said again at
its place.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from mailbot.app.ahead import ahead
from mailbot.app.intake import Intake
from mailbot.app.judging import Kept
from mailbot.app.ports import Ledger
from mailbot.app.rulings import carry_out
from mailbot.app.status import standings
from mailbot.domain.errors import MailbotError
from mailbot.domain.records import Past
from mailbot.domain.rehearsing import Change, DutyChange, Shown, Stood, change, duty_changes, in_order, stood
from mailbot.domain.rulings import Ruling

log = logging.getLogger(__name__)


@dataclass
class Moment:
    """The clock of a rehearsal: it shows when each mail was decided."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Tried:
    """`absent`: mails whose bytes are no longer in the archive; they were left out."""

    mails: int
    absent: int
    changes: tuple[Change, ...]
    duties: tuple[DutyChange, ...]


@dataclass(frozen=True, slots=True)
class _Replayed:
    shown: Mapping[int, Shown]
    stood: Stood


Rehearsal = Callable[[Moment], AbstractContextManager[Intake]]  # an Intake with a ledger of its own that is gone afterwards


def try_rules(ledger: Ledger, old: Rehearsal, new: Rehearsal, now: datetime, tell: Callable[[int, int], None]) -> Tried:
    """`tell`: of every mail that was decided, of twice as many as there are."""
    past = ledger.past()
    happened = tuple(in_order(past, ledger.rulings(), ledger.commands()))
    done = 0

    def another() -> None:
        nonlocal done
        done += 1
        tell(done, 2 * len(past))

    before, after = (_replay(rules, happened, now, another) for rules in (old, new))
    changes = (change(mail, before.shown[mail.message], after.shown[mail.message]) for mail in past if mail.message in before.shown)
    return Tried(len(before.shown), len(past) - len(before.shown), tuple(filter(None, changes)), duty_changes(before.stood, after.stood))


def _replay(rehearsal: Rehearsal, happened: Iterable[Past | Ruling], now: datetime, another: Callable[[], None]) -> _Replayed:
    moment = Moment(now)
    with rehearsal(moment) as intake:
        numbers: dict[int, int] = {}
        said: dict[int, int] = {}
        for is_ruling, together in groupby(happened, key=lambda one: isinstance(one, Ruling)):
            if is_ruling:
                for ruling in together:
                    if isinstance(ruling, Ruling):
                        _rule(intake, ruling, moment, numbers, said)
            else:
                _take(intake, [one for one in together if isinstance(one, Past)], moment, numbers, another)
        moment.now = now
        kept = ((old, intake.ledger.kept(number)) for old, number in numbers.items())
        shown = {old: mail.shown for old, mail in kept if mail is not None}
        return _Replayed(shown, stood(standings(intake.in_force().rules, intake.ledger, now)))


def _take(intake: Intake, mails: list[Past], moment: Moment, numbers: dict[int, int], another: Callable[[], None]) -> None:
    """Decides mails one after the other. `numbers`: what the ledger calls them -> what the rehearsal does."""
    now = intake.in_force()
    there = [mail for mail in mails if intake.archive.path(mail.sha256).exists()]
    kept = (Kept(None, mail.file, mail.sha256, mail.received_at) for mail in there)
    for mail, read in zip(there, ahead(now.look, kept, intake.reader.at_once + 1), strict=True):
        moment.now = mail.decided_at
        number = now.settle(read).message
        if number is not None:
            numbers[mail.message] = number
        another()
    for _ in range(len(mails) - len(there)):
        another()


def _rule(intake: Intake, ruling: Ruling, moment: Moment, numbers: Mapping[int, int], said: dict[int, int]) -> None:
    """Says again what a person ruled, with the rehearsal's numbers; not what is about a mail that is no longer there."""
    about, undone = numbers.get(ruling.message or 0), said.get(ruling.undoes or 0)
    if (ruling.message is not None and about is None) or (ruling.undoes is not None and undone is None):
        return
    moment.now = ruling.at or moment.now
    (again,) = intake.ledger.rule([replace(ruling, id=None, message=about, undoes=undone, review=None)])
    said[ruling.id or 0] = again.id or 0
    try:
        carry_out(intake)
    except MailbotError as problem:  # what cannot be carried out under these rules stays as it is; the table shows it
        log.info("ruling not carried out in a rehearsal: %s", problem.detail)
