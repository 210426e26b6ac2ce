"""`mailbot watch`: looks from outside whether the worker lives and the house can be written, and calls somebody where not.

Run by a second scheduler (a systemd timer, the Windows task planner) every few minutes. The worker itself looks by the same facts while it
lives; who died cannot say so."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.app.digest import free_space
from mailbot.app.marks import WATCHED
from mailbot.app.vitals import Vitals, read_beat
from mailbot.domain.alarms import Beat, Facts, Limits, Waiting
from mailbot.domain.errors import MailbotError
from mailbot.domain.policy import Alarm as AlarmRules

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House


def limits(rules: AlarmRules, poll_minutes: int) -> Limits:
    """The rule's numbers; where mail is polled rarely, two polls may be missed."""
    return Limits(
        timedelta(minutes=max(rules.after_minutes, 2 * poll_minutes + rules.after_minutes // 2)), timedelta(hours=rules.queue_hours),
        timedelta(days=rules.review_days),
    )  # fmt: skip


def from_inside(house: "House", vitals: Vitals) -> Facts:
    """What the worker sees while it lives."""
    waiting, ledger = _asked(house.ledger.waiting_longest)
    return Facts(house.clock(), vitals.beat(), False, waiting, _free(house.home), unwritable(house.home), ledger, unaccounted=_unaccounted(house))


def from_outside(house: "House") -> Facts:
    """What somebody sees who only looks; that it looked is noted in the ledger, for the digest."""
    now, beat = house.clock(), read_beat(house.home)
    trouble = unwritable(house.home)
    rules = ""
    try:
        house.rules  # noqa: B018 - whether they load
    except MailbotError as problem:
        rules = problem.sentence.splitlines()[0]

    def noted() -> Waiting:
        house.ledger.put_mark(WATCHED, now.isoformat())
        return house.ledger.waiting_longest()

    waiting, ledger = _asked(noted) if not trouble or house.secret("MAILBOT_DATABASE_URL") else (None, "")
    dead = beat is None or not _lives(beat, now)
    certificate, unaccounted = _certificate(house, rules), _unaccounted(house) if waiting else 0
    return Facts(now, beat, True, waiting, _free(house.home), trouble, ledger, rules if dead else "", certificate, unaccounted)


def alarm_rules(house: "House") -> tuple[AlarmRules, int]:
    """The rule's numbers and how often mail is polled; the defaults where mailbot.yaml is wrong."""
    settings = house.settings_at_least
    return (settings.alarm, settings.mailbox.poll_minutes) if settings else (AlarmRules(), 5)


def _lives(beat: Beat, now: datetime) -> bool:
    return (now - beat.at).total_seconds() < 1800


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


def _free(home: Path) -> float | None:
    free, all_ = free_space(home)
    return free / all_ if all_ else None


def unwritable(home: Path) -> str:
    """Why nothing can be written there, "" where it can: a file as large as a small mail, at home and in the archive."""
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    for folder in (home, home / "archive"):
        if folder != home and not folder.exists():
            continue
        try:
            handle, name = tempfile.mkstemp(prefix=".watch-", dir=folder)
        except OSError as problem:
            return problem.strerror or type(problem).__name__
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(b"\0" * 65_536)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            return problem.strerror or type(problem).__name__
        finally:
            with suppress(OSError):
                Path(name).unlink()
    return ""


def _certificate(house: "House", rules: str) -> datetime | None:
    return None if rules else house.certificate_ends()
