"""`mailbot watch`: looks from outside whether the worker lives and the house can be written, and calls somebody where not.

Run by a second scheduler (a systemd timer, the Windows task planner) every few minutes. The worker itself looks by the same facts while it
lives; who died cannot say so."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from mailbot.app.marks import WATCHED, undone
from mailbot.app.vitals import Vitals, read_beat
from mailbot.domain.alarms import Facts, Limits, News, Undone, Waiting, alarms
from mailbot.domain.errors import MailbotError

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House


def from_inside(house: "House", vitals: Vitals) -> Facts:
    """What the worker sees while it lives."""
    waiting, ledger = _asked(house.ledger.waiting_longest)
    return Facts(house.clock(), vitals.beat(), False, waiting, _free(house), house.unwritable(), ledger, unaccounted=_unaccounted(house), undone=_undone(house))


def from_outside(house: "House") -> Facts:
    """What somebody sees who only looks; that it looked is noted in the ledger, for the digest."""
    now, beat = house.clock(), read_beat(house.home)
    trouble = house.unwritable()
    rules = ""
    try:
        house.rules  # noqa: B018 - whether they load
    except MailbotError as problem:
        rules = problem.sentence.splitlines()[0]

    def noted() -> Waiting:
        house.ledger.put_mark(WATCHED, now.isoformat())
        return house.ledger.waiting_longest()

    waiting, ledger = _asked(noted) if not trouble or house.secret("MAILBOT_DATABASE_URL") else (None, "")
    certificate, unaccounted = _certificate(house, rules), _unaccounted(house) if waiting else 0
    return Facts(now, beat, True, waiting, _free(house), trouble, ledger, rules, certificate, unaccounted, _undone(house) if waiting else ())


def limits(house: "House") -> Limits:
    """By mailbot.yaml; the defaults where it is wrong."""
    settings = house.calling.settings
    return Limits.of(settings.alarm, settings.mailbox.poll_minutes) if settings else Limits()


def looked(house: "House", facts: Facts, say: Callable[[str], None]) -> News:
    """What stands, and who is to hear of it heard. `say`: tells who is at the screen that a channel failed."""
    return house.calling.alarming(say).look(alarms(facts, limits(house)))


def _asked(question: Callable[[], Waiting]) -> tuple[Waiting | None, str]:
    try:
        return question(), ""
    except MailbotError as problem:
        return None, problem.detail or type(problem).__name__
    except Exception as problem:  # noqa: BLE001 - whatever a database may raise is what is to be told
        return None, type(problem).__name__


def _unaccounted(house: "House") -> int:
    """Where the ledger counts what became of each mail it saw (P2)."""
    with suppress(Exception):  # a ledger that cannot be read is told of by itself
        return house.ledger.unaccounted()
    return 0


def _undone(house: "House") -> tuple[Undone, ...]:
    with suppress(Exception):  # as above
        return undone(house.ledger)
    return ()


def _free(house: "House") -> float | None:
    free, all_ = house.free_space()
    return free / all_ if all_ else None


def _certificate(house: "House", rules: str) -> datetime | None:
    return None if rules else house.calling.certificate_ends()
