"""The product as production builds it, round after round in the world outside. What differs: mailbox and postman are the world's files,
randomness is fixed, and mails are read in this process once and remembered (the cage has a suite of its own)."""

import hashlib
import pickle
import time as clock
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.cage.opening import open_mail, read_leaf, unread
from mailbot.adapters.ledger import store
from mailbot.adapters.limits import Limits
from mailbot.app import wiring
from mailbot.app.places import bundled
from mailbot.app.wiring import House, ground, reading
from mailbot.domain.errors import LeaseLost, MailbotError
from mailbot.domain.forms import FormType
from mailbot.domain.letters import Letter
from mailbot.domain.mail import Attachment, Envelope, Message
from mailbot.domain.part import Part
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Mailbox, Rules, Schedule
from mailbot.domain.reading import Reading
from mailbot.domain.records import Written
from tests.crash.scenarios import BOT, KEY, Scenario
from tests.crash.world import Box, Postman, World, opened, put

_LIVE_SINCE = datetime(2024, 1, 1, tzinfo=SHANGHAI)
_TRIES = 4  # of a round that ends with our own error: exit status 3 says "run again"


@dataclass(frozen=True)
class Remembering:
    """Reads as the cage's child does, each mail once for all processes. The bytes in the archive must be what their name says, each time."""

    memo: Path
    limits: Limits
    at_once: int = 1
    known: dict[str, Any] = field(default_factory=dict)

    def read_mail(
        self, raw_path: Path, forms_for: Callable[[Envelope], tuple[FormType, ...]], assigned: Mapping[str, str] = {}
    ) -> tuple[Message, tuple[Reading, ...]]:
        sha256 = hashlib.sha256(raw_path.read_bytes()).hexdigest()
        assert raw_path.stem == sha256, "the archive holds other bytes than it says"
        key = f"{sha256}-{self.limits.file_bytes}-{self.limits.mail_bytes}"
        envelope: Envelope = self._once(f"{key}-head", lambda: self._opened(raw_path).envelope)
        forms = {form.id: form for form in forms_for(envelope)}
        told = hashlib.sha256(repr((sorted(forms), sorted(assigned.items()))).encode()).hexdigest()[:16]
        found: tuple[Message, tuple[Reading, ...]] = self._once(f"{key}-{told}", lambda: self._read(raw_path, forms, assigned))
        return found

    def _once(self, key: str, read: Callable[[], Any]) -> Any:
        if key not in self.known:
            path = self.memo / key
            if not path.exists():
                put(path, pickle.dumps(read()))
            self.known[key] = pickle.loads(path.read_bytes())
        return self.known[key]

    def _opened(self, raw: Path) -> Message:
        with TemporaryDirectory(prefix="mailbot-") as scratch:
            return open_mail(raw, Path(scratch), self.limits)[0]

    def _read(self, raw: Path, forms: Mapping[str, FormType], assigned: Mapping[str, str]) -> tuple[Message, tuple[Reading, ...]]:
        readings: list[Reading] = []
        with TemporaryDirectory(prefix="mailbot-") as scratch:
            message, leaves = open_mail(raw, Path(scratch), self.limits)
            for leaf in leaves:
                parts: tuple[Part, ...]
                if (document := unread(leaf)) is not None:
                    parts = (Part(document),)
                else:
                    said = assigned.get(leaf.path)
                    wanted = (forms[said],) if said else tuple(forms.values())
                    assert leaf.content.file is not None
                    parts = read_leaf(leaf.content.file, leaf.name, wanted, certain=bool(said))
                paths = [leaf.path] if len(parts) == 1 else [f"{leaf.path}#{n}" for n in range(1, len(parts) + 1)]
                for path, part in zip(paths, parts, strict=True):
                    content = leaf.content
                    file = Attachment(path, leaf.name, content.sha256, content.size, part.document, leaf.inline, leaf.forwarded)
                    readings.append(Reading(file, part.classification, part.parsed, part.fault))
        return replace(message, attachments=tuple(r.attachment for r in readings)), tuple(readings)


class TemplateBroken(MailbotError):
    default = "回执的模板有误，这封信没有写成。"


@dataclass(frozen=True)
class Stumbling:
    """A writer whose template for one kind of letter is broken (reliability.md F33)."""

    writer: Any
    kind: str

    def letter(self, letter: Letter, written_at: datetime) -> Written:
        if letter.kind == self.kind:
            raise TemplateBroken
        written: Written = self.writer.letter(letter, written_at)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.writer, name)


@dataclass(frozen=True)
class Crashing(House):
    """The house with the world's mailbox and postman."""

    world: World = field(default_factory=lambda: World(Path()))

    @contextmanager
    def mailbox(self, box: Mailbox | None = None) -> Iterator[Any]:
        with opened(Box(self.world, (box or self.rules.settings.mailbox).address)) as mailbox:
            yield mailbox

    @contextmanager
    def postman(self) -> Iterator[Any]:
        yield Postman(self.world)

    def _ledger_book(self) -> None:
        """The digest goes without its workbook, whose bytes bear the moment they were written (tests/daily has it)."""


def rules_of(scenario: Scenario) -> Rules:
    rules = _bundled_rules()
    schedule = rules.settings.schedule if scenario.daily else Schedule(digest_at=time(23, 50), reminders_at=time(23, 55))
    settings = replace(rules.settings, sending="live", answer_from=_LIVE_SINCE, schedule=schedule, **scenario.settings)
    policy = {"scans": "seals" if scenario.looks_at_pages else "off", **scenario.policy}
    settings = replace(settings, policy=replace(settings.policy, **policy))
    if scenario.sender:
        settings = replace(settings, sender=replace(settings.sender, **scenario.sender))
    first = rules.campaigns[0]
    few = replace(first, units=tuple(u for u in first.units if u.id in scenario.units))
    return replace(rules, settings=settings, campaigns=(few,))


@cache
def _bundled_rules() -> Rules:
    return rules_adapter.load(bundled("config"))


_ready: dict[str, dict[str, Any]] = {}  # scenario -> what the next life need not make anew: rules, compiled templates and statements


def keep_engines() -> None:
    """Of the warm parent only: an engine that was closed opens anew, and its statements are compiled once for all lives."""
    store.engine_of = cache(store.engine_of)


class Player:
    """Plays a scenario in this process, from the round at which the world stands."""

    def __init__(self, scenario: Scenario, world: World, memo: Path, database: str | None = None) -> None:
        self.scenario, self.world = scenario, world
        self.now = scenario.rounds[min(world.round, len(scenario.rounds) - 1)].at
        ground.fresh_key = reading.fresh_key = wiring.fresh_key = lambda: KEY
        wiring.free_space = lambda _: (50_000_000_000, 100_000_000_000)  # the digest tells it
        environment = {"MAILBOT_SCANS": "off"} | ({"MAILBOT_DATABASE_URL": database} if database else {})
        self.house = Crashing(
            bundled("config"), world.home, lambda: self.now, environment, lambda _: None,
            world,
        )  # fmt: skip
        ready = _ready.setdefault(scenario.name, {"rules": rules_of(scenario)})
        self.house.__dict__.update(ready)
        ready["_wording"] = self.house._wording
        policy = ready["rules"].policy
        reader = Remembering(memo, Limits(mail_bytes=policy.mail_limit, file_bytes=policy.file_limit))
        reading.Cage = lambda *_, **__: nullcontext(reader)  # type: ignore[assignment, misc]
        if scenario.stumbles_over:
            self.house.__dict__["templates"] = Stumbling(self.house.templates, scenario.stumbles_over)
        self.workers: dict[bool, Any] = {}
        self.upset = False  # the database did not answer: there may be a next round at the same minute

    def play(self, before_round: Callable[[int], None] = lambda _: None) -> None:
        self.world.home.mkdir(parents=True, exist_ok=True)
        with self.house.alone() as asked:
            assert asked is not None, "the lock of a killed process is still held"
            self.house.archive.sweep(clock.time() + 1)  # as if an hour had passed
            for number in range(self.world.round, len(self.scenario.rounds)):
                self.world.begin(number)
                before_round(number)
                self.round(number, asked)
        self.house.close()

    def round(self, number: int, asked: Callable[[], None]) -> None:
        said = self.scenario.rounds[number]
        self.now = said.at
        self._deliver(number)
        for attempt in range(_TRIES):
            try:
                asked()  # who is no longer alone ends, as the command does
                with self.house.intake() as intake:
                    worker = self.workers.setdefault(said.scheduled, self.house.worker(intake, lambda done, total: None, scheduled=said.scheduled, alone=asked))
                    done = worker.once()
            except LeaseLost:
                raise
            except MailbotError as problem:
                self.workers.clear()
                self.world.tell((problem.sentence,))
                if attempt == _TRIES - 1:
                    raise
                continue
            self.world.tell(done.problems)
            if not done.temporary and not self.upset:
                return
            self.upset = False
            self.workers.clear()  # what failed is not tried less often: the next round is here already

    def _deliver(self, number: int) -> None:
        if self.world.delivered(number):
            return
        for mail in self.scenario.rounds[number].mails:
            raw = mail.raw if isinstance(mail.raw, bytes) else mail.raw(self.world, self.house)
            there = [path.read_bytes() for _, _, path in self.world.lying(mail.box)]
            if mail.again or raw not in there:
                self.world.deliver(mail.box, raw, mail.when)
        self.world.note_delivered(number)


__all__ = ["BOT", "Player", "keep_engines"]
