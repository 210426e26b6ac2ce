"""A whole bot by its own wiring on a home folder, with the world's mailbox and postman behind its ports. It may be cut off at any tick, and
another one starts on the same home. Substitutes, for speed and so that a seed replays a run: files are read in this process and remembered
by content, mails are read one after the other (not ahead, in threads), the digest has no workbook."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy

from mailbot import failpoints
from mailbot.adapters.cage.opening import open_mail, read_leaf, unread
from mailbot.adapters.limits import DEFAULT_LIMITS
from mailbot.adapters.templates import Wording
from mailbot.app.digest import Digesting
from mailbot.app.intake import Intake
from mailbot.app.reload import RulesWatch
from mailbot.app.wiring import House
from mailbot.app.worker import Round, Worker
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.mail import Attachment, Envelope, Message
from mailbot.domain.part import Part
from mailbot.domain.policy import Mailbox, Rules
from mailbot.domain.reading import Reading
from tests.model.rules import caps_of, roster_of
from tests.model.world import Crash, ImapSession, SmtpSession, World

_RULES: dict[tuple[str, str], Rules | ConfigurationError] = {}
_WORDINGS: dict[tuple[str, str], Wording] = {}
_SOUND: set[tuple[str, str]] = set()
_MAILS: dict[object, tuple[Message, tuple[Reading, ...]]] = {}
_PARTS: dict[object, tuple[Part, ...]] = {}
_DISK = 700_000_000_000, 1_000_000_000_000  # bytes free, bytes in all


class Remembering:
    """Reads a mail in this process, once for each content and sender."""

    at_once = 1

    def __init__(self, forms: Mapping[str, Any]) -> None:
        self.forms = forms

    def read_mail(
        self, raw: Path, forms_for: Callable[[Envelope], tuple[Any, ...]], assigned: Mapping[str, str] | None = None
    ) -> tuple[Message, tuple[Reading, ...]]:
        raw.stat()  # as the real one: FileNotFoundError where it is not in the archive
        known = _MAILS.get(raw.name)
        forms = forms_for(known[0].envelope) if known else ()
        key = (raw.name, tuple(f.id for f in forms), tuple(sorted((assigned or {}).items())))
        if known is None or key not in _MAILS:
            read = self._read(raw, forms_for, assigned or {})
            _MAILS[raw.name] = read
            _MAILS[raw.name, tuple(f.id for f in forms_for(read[0].envelope)), key[2]] = read
            return read
        return _MAILS[key]

    def _read(self, raw: Path, forms_for: Callable[[Envelope], tuple[Any, ...]], assigned: Mapping[str, str]) -> tuple[Message, tuple[Reading, ...]]:
        with TemporaryDirectory(prefix="model-") as folder:
            message, leaves = open_mail(raw, Path(folder), DEFAULT_LIMITS)
            forms = forms_for(message.envelope)
            readings: list[Reading] = []
            for leaf in leaves:
                parts = self._parts(leaf, forms, assigned.get(leaf.path))
                paths = [leaf.path] if len(parts) == 1 else [f"{leaf.path}#{n}" for n in range(1, len(parts) + 1)]
                for path, part in zip(paths, parts, strict=True):
                    file = Attachment(path, leaf.name, leaf.content.sha256, leaf.content.size, part.document, leaf.inline, leaf.forwarded)
                    readings.append(Reading(file, part.classification, part.parsed, part.fault))
        return replace(message, attachments=tuple(r.attachment for r in readings)), tuple(readings)

    def _parts(self, leaf: Any, forms: tuple[Any, ...], told: str | None) -> tuple[Part, ...]:
        document = unread(leaf)
        if document is not None:
            return (Part(document),)
        wanted = (self.forms[told],) if told else forms
        key = (leaf.content.sha256, leaf.name, tuple(f.id for f in wanted), bool(told))
        if key not in _PARTS:
            _PARTS[key] = read_leaf(leaf.content.file, leaf.name, wanted, certain=bool(told))
        return _PARTS[key]


@dataclass(frozen=True)
class ModelHouse(House):
    """The house of the product; other is only what it reaches the world by."""

    world: World = field(default_factory=lambda: World(None))  # type: ignore[arg-type]

    @cached_property
    def _content(self) -> tuple[str, str]:
        """What the rules and the letters' words are made of, wherever the folder lies; remembered over all runs."""
        files = sorted(self.config.rglob("*.yaml"))
        return hashlib.sha256(b"".join(f.name.encode() + f.read_bytes() for f in files)).hexdigest(), self.environment["MAILBOT_SENDING"]

    @cached_property
    def _wording(self) -> Wording:
        if self._content not in _WORDINGS:
            _WORDINGS[self._content] = super()._wording
        return _WORDINGS[self._content]

    @cached_property
    def rules(self) -> Rules:
        self.read_from  # noqa: B018  as the product does: before they are read
        key = self._content
        if key not in _RULES:
            try:
                _RULES[key] = super().rules
            except ConfigurationError as problem:
                _RULES[key] = problem
        found = _RULES[key]
        if isinstance(found, ConfigurationError):
            raise found
        return found

    def renewed(self) -> House:
        """The letters' templates are tried once for each content of the rules."""
        new = replace(self)
        if new._content in _SOUND:
            new.rules  # noqa: B018  raises where they are wrong
            return new
        new = super().renewed()  # type: ignore[assignment]
        _SOUND.add(new._content)
        return new

    @contextmanager
    def mailbox(self, box: Mailbox | None = None) -> Iterator[Any]:
        with ImapSession(self.world, (box or self.rules.settings.mailbox).address) as session:
            yield session

    @contextmanager
    def postman(self) -> Iterator[Any]:
        with SmtpSession(self.world) as session:
            yield session

    def digesting(self) -> Digesting:
        whole = super().digesting()
        return replace(whole, around=replace(whole.around, workbook=lambda: None, disk=lambda: _DISK))


@dataclass
class Bot:
    """`config`, `home`: folders that outlive it. `told`: what it was started with, when (see checker)."""

    world: World
    config: Path
    home: Path
    sending: str = "live"
    crashes: int = 0
    loaded: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # number of mails delivered before -> roster in force from then on
    delivered: int = 0
    _house: ModelHouse | None = None
    _rest: ExitStack = field(default_factory=ExitStack)
    _worker: Worker | None = None
    _watch: RulesWatch[Any] | None = None
    _text: str = ""

    def start(self) -> None:
        """Raises ConfigurationError where the rules cannot be used."""
        environment = {"MAILBOT_SCANS": "off", "MAILBOT_SENDING": self.sending}
        self._open(ModelHouse(self.config, self.home, self.world.clock, environment, self.world.pause, self.world))

    def _open(self, house: ModelHouse) -> None:
        house.rules  # noqa: B018  before anything is opened
        self._house, self._rest = house, ExitStack()
        try:
            house.ledger.signing_key(lambda: b"model" * 6 + b"!!")
            engine = house.ledger.engine
            sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *_: self.world.tick("sql"))
            sqlalchemy.event.listen(engine, "commit", lambda _: self.world.tick("commit"))
            self._rest.callback(house.close)
            self._watch = house.rules_watch()
            intake: Intake = self._rest.enter_context(house.intake())
            intake = replace(intake, reader=Remembering(house.rules.forms))
            self._worker = house.worker(intake, lambda done, total: None, scheduled=True)
        except BaseException:
            self._rest.close()
            house.close()
            self._house = None
            raise
        self.world.caps = caps_of(self.config)
        self.loaded.append((self.delivered, roster_of(self.config)))

    @property
    def house(self) -> ModelHouse:
        assert self._house is not None
        return self._house

    def stop(self) -> None:
        self._rest.close()
        self._house = self._worker = self._watch = None

    def round(self, *, hurry: bool = False) -> Round | None:
        """One tick of the worker's schedule. None where it was cut off; then it was started anew."""
        return self._cut(lambda: self._round(hurry))

    def _round(self, hurry: bool) -> Round:
        if self._house is None:
            self.start()
        assert self._watch and self._worker
        following = self._watch.changed()
        if following is not None:
            self.stop()
            self._open(following)
        worker = replace(self._worker, hurry=hurry, ticking=lambda: self.world.now.timestamp())
        return worker.once()

    def flush(self) -> None:
        """`mailbot outbox --send`."""
        self._cut(lambda: self.house.outbox().flush(hurry=True))

    def restore(self, backup: Path) -> None:
        """`mailbot restore FILE` into an empty home, and it is not started yet."""
        environment = {"MAILBOT_SCANS": "off", "MAILBOT_SENDING": self.sending}
        house = ModelHouse(self.config, self.home, self.world.clock, environment, self.world.pause, self.world)
        house.bringing_back().restore(backup, lambda done, total: None)

    def _cut(self, act: Callable[[], Any]) -> Any:
        failpoints.watch(lambda _: self.world.tick("points"))
        try:
            return act()
        except Crash:
            self.crashes += 1
            wire = self.world.on_the_wire
            if wire is not None:
                self.world.doubts[wire] = self.world.doubts.get(wire, 0) + 1
            self.world.armed = None
            self.stop()
            return None
        finally:
            failpoints.watch(None)
            self.world.armed = None
            self.world.on_the_wire = None


def fresh_home(template: Path, home: Path) -> None:
    """An empty ledger, copied: making its tables takes longer than a step of the model."""
    home.mkdir(parents=True)
    shutil.copy(template / "mailbot.db", home / "mailbot.db")
