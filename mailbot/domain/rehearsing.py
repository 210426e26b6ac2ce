"""What other rules would decide about mails that were decided before (`mailbot config try`): the order of what happened, and what differs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from mailbot.domain.forms import Evidence
from mailbot.domain.masking import masked
from mailbot.domain.obligations import Key, Standing, State
from mailbot.domain.records import Past
from mailbot.domain.rulings import Ruling

Shown = Mapping[str, Any]  # the contract's JSON of one mail
About = Literal["disposition", "unit", "trusted", "reply", "missing", "item", "form", "copy", "duty", "period", "findings"]
_OF_A_MAIL: tuple[About, ...] = ("disposition", "unit", "trusted")
_OF_A_FILE: tuple[About, ...] = ("form", "copy", "unit", "duty", "period")
_MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that differs. `path`: of which file, "" of the mail. Ids and codes as they stand in the JSON."""

    about: About
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One mail that would be decided differently. `gone`, `new`: what spoke for the old and for the new decision alone. `loses`: something
    that was filed would not be, or a person would have to look where none had to."""

    past: Past
    aspects: tuple[Aspect, ...]
    gone: tuple[Evidence, ...] = ()
    new: tuple[Evidence, ...] = ()
    reason: str = ""
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """How many obligations a duty has, and how they stand."""

    owed: int
    states: Mapping[str, int]  # State -> how many


@dataclass(frozen=True, slots=True)
class DutyChange:
    """A duty whose obligations would differ. `before`, `after`: None where the duty is not there. `moved`: obligations that both have, due
    at another moment; `other_state`: those of them that would stand otherwise."""

    campaign: str
    duty: str
    before: Owed | None
    after: Owed | None
    moved: int = 0
    other_state: int = 0


def in_order(mails: Sequence[Past], said: Iterable[Ruling], commands: Mapping[int, int]) -> Iterator[Past | Ruling]:
    """Mails and rulings as they followed each other. A mail that was decided again bears the later moment, so a mail counts as taken no
    later than any behind it. `commands`: id of a ruling -> the mail that said it."""
    taken: dict[int, datetime] = {}
    latest = None
    for mail in reversed(mails):
        latest = mail.decided_at if latest is None else min(latest, mail.decided_at)
        taken[mail.message] = latest
    waiting = list(said)
    for mail in mails:
        while waiting and _before(waiting[0], mail.message, taken[mail.message], commands):
            yield waiting.pop(0)
        yield mail
    yield from waiting


def _before(ruling: Ruling, message: int, taken: datetime, commands: Mapping[int, int]) -> bool:
    command = commands.get(ruling.id or 0)
    if command is not None:
        return command < message
    needed = ruling.message is None or ruling.message < message  # never before the mail that it is about
    return needed and ruling.at is not None and ruling.at <= taken


def change(past: Past, before: Shown, after: Shown) -> Change | None:
    """None where the same would be decided."""
    aspects = tuple(_aspects(before, after))
    if not aspects:
        return None
    were, are = _trail(before), _trail(after)
    gone, new = tuple(e for e in were if e not in are), tuple(e for e in are if e not in were)
    loses = (_filed(before) > _filed(after)) or (after["disposition"] == "review" and before["disposition"] != "review")
    return Change(past, aspects, _strongest(gone), _strongest(new), after["reason"] if before["reason"] != after["reason"] else "", loses)


def _aspects(before: Shown, after: Shown) -> Iterator[Aspect]:
    yield from _differing(_OF_A_MAIL, "", before, after)
    were, are = ({item["path"]: item for item in shown["items"]} for shown in (before, after))
    for path in dict.fromkeys((*were, *are)):
        if path in were and path in are:
            yield from _differing(_OF_A_FILE, path, were[path], are[path])
            yield from _findings(path, were[path], are[path])
        else:
            yield Aspect("item", path, "" if path not in were else "there", "" if path not in are else "there")
    if before["reply"]["kind"] != after["reply"]["kind"]:
        yield Aspect("reply", "", before["reply"]["kind"], after["reply"]["kind"])
    lacked, lacks = (tuple(f"{m['duty']}/{m['period']}/{m['copy']}" for m in shown["reply"]["missing"]) for shown in (before, after))
    if lacked != lacks:
        yield Aspect("missing", "", " ".join(lacked), " ".join(lacks))


def _differing(names: Iterable[About], path: str, before: Shown, after: Shown) -> Iterator[Aspect]:
    for name in names:
        if before.get(name) != after.get(name):
            yield Aspect(name, path, _text(before.get(name)), _text(after.get(name)))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _findings(path: str, before: Shown, after: Shown) -> Iterator[Aspect]:
    were, are = (Counter((f["severity"], f["message"]) for f in item["findings"]) for item in (before, after))
    for severity, message in were - are:
        yield Aspect("findings", path, f"{severity}\t{message}", "")
    for severity, message in are - were:
        yield Aspect("findings", path, "", f"{severity}\t{message}")


def _trail(shown: Shown) -> tuple[Evidence, ...]:
    found = (Evidence(**e) for trail in (shown["trail"], *(item["trail"] for item in shown["items"])) for e in trail)
    return tuple(dict.fromkeys(found))


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The few that weigh most, addresses masked: this is a list of many mails."""
    strongest = sorted(evidence, key=lambda e: -abs(e.weight))[:_MOST_REASONS]
    return tuple(replace(e, seen=masked(e.seen)) if e.source == "address" else e for e in strongest)


def _filed(shown: Shown) -> int:
    """How many files were taken for an obligation."""
    return sum(bool(item["duty"]) for item in shown["items"]) if shown["disposition"] == "submission" else 0


Stood = Mapping[Key, tuple[State, datetime | None]]


def stood(found: Iterable[Standing]) -> Stood:
    """How every obligation stands, without what was filed for it."""
    return {s.obligation.key: (s.state, s.obligation.due) for s in found}


def duty_changes(before: Stood, after: Stood) -> tuple[DutyChange, ...]:
    duties = dict.fromkeys((key[0], key[2]) for key in (*before, *after))
    were, are = _grouped(before), _grouped(after)
    found = []
    for campaign, duty in duties:
        old, new = were.get((campaign, duty), {}), are.get((campaign, duty), {})
        both = old.keys() & new.keys()
        moved, other = sum(old[k][1] != new[k][1] for k in both), sum(old[k][0] != new[k][0] for k in both)
        if moved or other or old.keys() != new.keys():
            found.append(DutyChange(campaign, duty, _owed(old), _owed(new), moved, other))
    return tuple(found)


def _grouped(stand: Stood) -> Mapping[tuple[str, str], Stood]:
    groups: dict[tuple[str, str], dict[Key, tuple[State, datetime | None]]] = {}
    for key, value in stand.items():
        groups.setdefault((key[0], key[2]), {})[key] = value
    return groups


def _owed(stand: Stood) -> Owed | None:
    return Owed(len(stand), Counter(state for state, _ in stand.values())) if stand else None
