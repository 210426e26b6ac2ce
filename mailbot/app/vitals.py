"""What the running worker notices of itself, and the sign of life it leaves in the home folder: heartbeat.json, moments and counts only."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from mailbot.app.marks import last_poll
from mailbot.app.ports import Clock, Ledger, Postman
from mailbot.app.stopping import written_whole
from mailbot.app.worker import Round
from mailbot.domain.alarms import Beat
from mailbot.domain.errors import LoginRefused, MailbotError, SendError, UnsafeLogin
from mailbot.domain.masking import masked_text
from mailbot.domain.policy import Mailbox, Settings

HEARTBEAT = "heartbeat.json"
_OFTEN = timedelta(minutes=1)  # within a round; a mail alone may take that long
_WHY = 200  # characters
_SMTP = "smtp"  # the account that letters go out of
_MOMENTS = ("at", "started", "polled", "failing", "doubted")
T = TypeVar("T")


@dataclass
class Vitals:
    """`refused`: by account, logins refused one after the other; `unread`: mailboxes that were never read, and since when they are tried.
    What an earlier run left behind goes on: trouble is not over because the machine was started anew, and one round is a run, too.
    A mailbox is named as its mark in the ledger is, so that no address stands in the sign of life.

    `failing`: since when letters are tried and none is taken, until one is. A letter that is refused for good may be to blame itself (its
    address, its size), so it begins nothing alone (`doubted`: when it was); when the next one is not taken either, the server is."""

    home: Path
    clock: Clock
    ledger: Ledger
    settings: Settings
    started: datetime = field(init=False)
    refused: dict[str, int] = field(default_factory=dict)
    unread: dict[str, datetime] = field(default_factory=dict)
    failing: datetime | None = None
    doubted: datetime | None = None
    why: str = ""
    _at: datetime | None = None

    def __post_init__(self) -> None:
        self.started = self.clock()
        before = read_beat(self.home)
        if before is not None and before.at <= self.started:
            if self.settings.sending != "shadow":  # else none is tried that could end it
                self.failing, self.doubted = before.failing, before.doubted
            known = {_SMTP, *self._boxes()}
            self.refused = {name: times for name, times in before.refused.items() if name in known}
            self.unread = {name: since for name, since in before.unread.items() if name in known}

    def _boxes(self) -> tuple[str, ...]:
        return tuple(last_poll(box, self.settings) for box in self.settings.mailboxes)

    # --- what is noticed

    @contextmanager
    def reading(self, box: Mailbox, opened: AbstractContextManager[T]) -> Iterator[T]:
        """A session of a mailbox; whether it let us in is counted."""
        name = last_poll(box, self.settings)
        try:
            with opened as session:
                yield session
        except (LoginRefused, UnsafeLogin):
            self._refused(name)
            raise
        self.refused.pop(name, None)

    @contextmanager
    def sending(self, opened: AbstractContextManager[Postman]) -> Iterator[Postman]:
        with opened as postman:
            yield _Counted(postman, self)

    def _refused(self, name: str) -> None:
        self.refused[name] = self.refused.get(name, 0) + 1

    def _taken(self) -> None:
        self.refused.pop(_SMTP, None)
        self.failing = self.doubted = None

    def _not_taken(self, problem: SendError) -> None:
        if problem.kind == "refused-login":
            self._refused(_SMTP)
        if problem.kind == "permanent" and self.doubted is None:
            self.doubted = self.clock()
        else:
            self._failed()

    def _failed(self) -> None:
        self.failing = self.failing or self.doubted or self.clock()

    def note(self, done: Round) -> None:
        """What a round came to."""
        if done.flushed.unreachable:
            self._failed()
        self.why = masked_text(done.problems[-1])[:_WHY] if done.problems else ""

    # --- what is left behind

    def beat(self) -> Beat:
        polled = self._polled()
        return Beat(self.clock(), self.started, polled, self.failing, dict(self.refused), self.why, self.doubted, dict(self.unread))

    def _polled(self) -> datetime | None:
        """When the mailbox that was read longest ago was read; None where none ever was, or the ledger does not tell."""
        try:
            marks = {name: self.ledger.mark(name) for name in self._boxes()}
        except MailbotError:
            return None
        self.unread = {name: self.unread.get(name, self.started) for name, mark in marks.items() if not mark}
        return min((datetime.fromisoformat(mark) for mark in marks.values() if mark), default=None)

    def leave(self, *, often: bool = False) -> None:
        """Writes the sign of life. `often`: called many times, it is written once a minute. Where the disk refuses it grows old, and that is seen."""
        now = self.clock()
        if often and self._at is not None and timedelta() <= now - self._at < _OFTEN:
            return
        self._at = now
        written_whole(self.home / HEARTBEAT, json.dumps(_plain(asdict(self.beat())), ensure_ascii=False))


@dataclass(frozen=True)
class _Counted:
    """A postman of whom is noted what he brings and what is not taken from him."""

    postman: Postman
    vitals: Vitals

    def send(self, raw: bytes, recipient: str) -> None:
        try:
            self.postman.send(raw, recipient)
        except SendError as problem:
            self.vitals._not_taken(problem)
            raise
        self.vitals._taken()


def read_beat(home: Path) -> Beat | None:
    """The last sign of life; None where there is none, or what stands there is none."""
    try:
        said = json.loads((home / HEARTBEAT).read_text(encoding="utf-8"))
        moments = {name: datetime.fromisoformat(said[name]) if said.get(name) else None for name in _MOMENTS}
        if moments["at"] is None or moments["started"] is None:
            return None
        refused = {name: int(times) for name, times in _named(said.get("refused")).items()}
        unread = {name: datetime.fromisoformat(since) for name, since in _named(said.get("unread")).items()}
        return Beat(**moments, refused=refused, why=str(said["why"]), unread=unread)  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _named(said: object) -> dict[str, Any]:
    return said if isinstance(said, dict) else {}  # another version's


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else _plain(value) if isinstance(value, dict) else value for name, value in values.items()}
