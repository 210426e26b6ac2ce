"""What the running worker notices of itself, and the sign of life it leaves in the home folder: heartbeat.json, moments and counts only."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from mailbot.app.marks import last_poll
from mailbot.app.ports import Clock, Ledger, Postman
from mailbot.app.stopping import written_whole
from mailbot.app.worker import Round
from mailbot.domain.alarms import Beat
from mailbot.domain.errors import LoginRefused, MailbotError, SendError, UnsafeLogin
from mailbot.domain.masking import masked_text
from mailbot.domain.policy import Settings

HEARTBEAT = "heartbeat.json"
_OFTEN = timedelta(minutes=1)  # within a round; a mail alone may take that long
_WHY = 200  # characters
_MOMENTS = ("at", "started", "polled", "failing", "doubted")
T = TypeVar("T")


@dataclass
class Vitals:
    """`refused`: by the name of an account, logins refused one after the other. What an earlier run left behind goes on: trouble is not
    over because the machine was started anew.

    `failing`: since when letters are tried and none is taken, until one is. A letter that is refused for good may be to blame itself (its
    address, its size), so it begins nothing alone (`doubted`: when it was); when the next one is not taken either, the server is."""

    home: Path
    clock: Clock
    ledger: Ledger
    settings: Settings
    started: datetime = field(init=False)
    refused: dict[str, int] = field(default_factory=dict)
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
            if before.refused:
                self.refused["before"] = before.refused

    # --- what is noticed

    @contextmanager
    def reading(self, name: str, opened: AbstractContextManager[T]) -> Iterator[T]:
        """A session of a mailbox; whether it let us in is counted."""
        try:
            with opened as session:
                yield session
        except (LoginRefused, UnsafeLogin):
            self._refused(name)
            raise
        self._let_in(name)

    @contextmanager
    def sending(self, opened: AbstractContextManager[Postman]) -> Iterator[Postman]:
        with opened as postman:
            yield _Counted(postman, self)

    def _refused(self, name: str) -> None:
        self.refused[name] = self.refused.get(name, self.refused.pop("before", 0)) + 1

    def _let_in(self, name: str) -> None:
        self.refused.pop(name, None)
        self.refused.pop("before", None)

    def _taken(self) -> None:
        self._let_in("smtp")
        self.failing = self.doubted = None

    def _not_taken(self, problem: SendError) -> None:
        if problem.kind == "refused-login":
            self._refused("smtp")
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
        return Beat(self.clock(), self.started, self._polled(), self.failing, max(self.refused.values(), default=0), self.why, self.doubted)

    def _polled(self) -> datetime | None:
        """When the mailbox that was read longest ago was read; None where one never was, or the ledger does not tell."""
        try:
            marks = [self.ledger.mark(last_poll(box, self.settings)) for box in self.settings.mailboxes]
        except MailbotError:
            return None
        moments = [datetime.fromisoformat(mark) for mark in marks if mark]
        return min(moments) if len(moments) == len(marks) else None

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
        return Beat(**moments, refused=int(said["refused"]), why=str(said["why"]))  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
