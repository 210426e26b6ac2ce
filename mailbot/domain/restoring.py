"""After a restore (从备份恢复) the ledger is older than the world: whatever concerns a moment before the restore may have been answered
already by the ledger that was lost. Such letters do not wait to be sent, they are looked for first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from mailbot.domain.audit import Head
from mailbot.domain.bounces import Named, signature
from mailbot.domain.joining import joined_key, thread_of
from mailbot.domain.letters import JOINABLE, Letter
from mailbot.domain.periods import SHANGHAI

ACTION = "restored"  # beside the state ambiguous: perhaps sent by the ledger that was lost
_RUN = 12  # letters to one address of which it is tried whether they went out as one
_ANSWERS = (*sorted(JOINABLE), "held", "unknown-unit", "inquiry", "rejected")  # of these a mail has one to an address
_TURNS = 40  # rulings for which an answer may have been written anew
_DAYS = 60  # of a lost span for which a reminder's key is tried

Fate = Literal["sent", "waiting", "stays"]


@dataclass(frozen=True, slots=True)
class Dump:
    """A ledger as a backup holds it: the shape of its tables, the rows of each as lines of JSON, where its audit ends."""

    version: str
    rows: Mapping[str, Iterable[bytes]]
    head: Head


@dataclass(frozen=True, slots=True)
class Restored:
    """`snapshot`: up to when the backup knows everything; `at`: when it was restored. In between anything may have been sent."""

    snapshot: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Unsure:
    """A letter of which nobody knows whether the lost ledger sent it. `says`: of answers that may have gone out as part of another."""

    id: int
    kind: str
    key: str
    recipient: str
    subject: str = ""
    says: Letter | None = None


def begins(state: str, concerns: datetime | None, restored: Restored | None) -> tuple[str, str | None]:
    """(state, action) in which a letter comes into the outbox. `concerns`: the moment of what it tells of (the mail it answers came,
    a person decided, a reminder's day), None where that is surely new."""
    if state == "waiting" and restored is not None and concerns is not None and concerns < restored.at:
        return "ambiguous", ACTION
    return state, None


def fates(unsure: Sequence[Unsure], seen: Iterable[Named], secret: bytes, restored: Restored, *, keeps: bool) -> Mapping[int, Fate]:
    """What becomes of the letters, given the Message-IDs in the Sent folder (`seen`). Found there, alone or as part of one answer
    to several mails: sent. Not found: it goes out only where the folder surely keeps our letters (`keeps`); else it stays for a person."""
    there = frozenset(named.signature for named in seen)
    found = {one.id for one in unsure if any(signature(secret, key, one.recipient) in there for key in _keys(one, restored))}
    for run in _runs(unsure):
        key = joined_key([one.says for one in run if one.says is not None])
        if signature(secret, key, run[0].recipient) in there:
            found.update(one.id for one in run)
    otherwise: Fate = "waiting" if keeps else "stays"
    return {one.id: "sent" if one.id in found else otherwise for one in unsure}


def _keys(one: Unsure, restored: Restored) -> Iterable[str]:
    """The keys under which the lost ledger may have written it: what is written once a day has the day in its key."""
    yield one.key
    yield from _answers(one.key)
    days = (restored.at.astimezone(SHANGHAI).date() - restored.snapshot.astimezone(SHANGHAI).date()).days
    for back in range(min(days, _DAYS) + 1):
        day = restored.at.astimezone(SHANGHAI).date() - timedelta(days=back)
        if (key := _on(one.key, day)) != one.key:
            yield key


def _answers(key: str) -> Iterable[str]:
    """The keys of all answers to the same mail and address: what was ruled at the keyboard and is lost may have made it another one."""
    kind, *rest = key.split(":")
    if kind not in _ANSWERS or len(rest) < 3:
        return
    for other in _ANSWERS:
        for turn in range(_TURNS):
            yield ":".join((other, *rest[:3], *((str(turn),) if turn else ()), *(part for part in rest[3:] if not part.isdigit())))


def _on(key: str, day: date) -> str:
    """A reminder's or escalation's key as it was on another day; any other key as it is."""
    kind, *parts = key.split(":")
    if kind not in ("reminder", "escalation"):
        return key
    return ":".join((kind, *(day.isoformat() if _is_day(part) else part for part in parts)))


def _is_day(part: str) -> bool:
    return len(part) == 10 and part[4] == part[7] == "-" and part.replace("-", "").isdigit()


def _runs(unsure: Sequence[Unsure]) -> Iterable[Sequence[Unsure]]:
    """Letters to one address and of one thread that may have gone out as one: those that came one after the other."""
    groups: dict[tuple[str, object], list[Unsure]] = {}
    for one in unsure:
        if one.says is not None:
            groups.setdefault((one.recipient, thread_of(one.says) or one.id), []).append(one)
    for mine in groups.values():
        mine.sort(key=lambda one: (one.says.received_at.timestamp() if one.says else 0.0, one.id))
        for first in range(len(mine)):
            for last in range(first + 1, min(len(mine), first + _RUN) + 1):
                yield mine[first:last]
