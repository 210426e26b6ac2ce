"""Calling somebody by a second channel (reliability.md P15): once a kind and day, and once when it is over.

What stands is kept in alarms.json in the home folder, and for people in ALARM.txt there; where the home cannot be written, beside
(`spare`): an alarm about a full disk must not become a letter every five minutes."""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from mailbot.app.alarm_letter import over_text, page, subject, text
from mailbot.app.ports import Clock
from mailbot.app.stopping import written_whole
from mailbot.domain.alarms import Alarm, News, Raised, news, told
from mailbot.domain.errors import MailbotError

log = logging.getLogger(__name__)
PAGE, NOTES = "ALARM.txt", "alarms.json"
_AGAIN = timedelta(minutes=30)  # a channel that failed rests: its account must not be locked, too
Channel = Callable[[str, str], None]  # tells a subject and a text; raises MailbotError


@dataclass(frozen=True, slots=True)
class Notes:
    """`rest`: until when channels that failed are not tried again. `owed`: what is over and was not told yet."""

    standing: tuple[Raised, ...] = ()
    rest: datetime | None = None
    owed: tuple[Raised, ...] = ()


@dataclass(frozen=True)
class Alarming:
    """`channels`: with their Chinese names; all of them are tried, one that takes it is enough. `say`: tells who is at the screen."""

    home: Path
    spare: Path
    office: str
    clock: Clock
    channels: tuple[tuple[str, Channel], ...]
    say: Callable[[str], None] = field(default=lambda _: None)

    def look(self, found: Iterable[Alarm]) -> News:
        """Tells what is to be told of these alarms, and what of earlier ones is over."""
        notes, now = self.notes(), self.clock()
        heard = news(found, notes.standing, now)
        over = (*notes.owed, *heard.over)
        standing, rest = heard.standing, notes.rest if notes.rest is not None and now < notes.rest <= now + _AGAIN else None
        if (heard.to_tell or over) and rest is None:
            standing, over, rest = self._told(heard, over, now)
        self._keep(Notes(standing, rest, over))
        return News(standing, heard.to_tell, heard.over)

    def _told(self, heard: News, over: tuple[Raised, ...], now: datetime) -> tuple[tuple[Raised, ...], tuple[Raised, ...], datetime | None]:
        """What stands, what is owed, and how long the channels rest. Without a channel the file and the screen have told it."""
        for raised in heard.to_tell:
            log.warning("alarm kind=%s", raised.kind)
        taken = not self.channels
        for name, channel in self.channels:
            try:
                if heard.to_tell:
                    channel(subject(self.office, heard.to_tell), text(self.office, heard.standing, self.home, now))
                if over:
                    channel(subject(self.office, over, over=True), over_text(self.office, over, heard.standing, now))
                taken = True
            except MailbotError as problem:
                log.warning("alarm not told: %s %s", type(problem).__name__, problem.detail)
                self.say(f"警报没有送出（{name}）：{problem.sentence}")
        if not taken:
            return heard.standing, over, now + _AGAIN
        return told(heard.standing, (raised.kind for raised in heard.to_tell), now), (), None

    # --- what is kept

    def notes(self) -> Notes:
        """What was noted last, at home or beside it."""
        found = [notes for folder in (self.home, self.spare) if (notes := _read(folder / self._name(folder))) is not None]
        return max(found, key=lambda one: one[0])[1] if found else Notes()

    def _keep(self, notes: Notes) -> None:
        now = self.clock()
        kept = written_whole(self.home / NOTES, _written(notes, now))
        if not kept:
            written_whole(self.spare / self._name(self.spare), _written(notes, now))
        if notes.standing:
            written_whole(self.home / PAGE, page(notes.standing, now))
        else:
            _gone(self.home / PAGE)

    def _name(self, folder: Path) -> str:
        return NOTES if folder == self.home else f"mailbot-alarms-{abs(hash_of(str(self.home.absolute()))):x}.json"


def hash_of(name: str) -> int:
    """The same in every process, unlike `hash`."""
    import zlib

    return zlib.crc32(name.encode())


def _gone(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:  # it stands there wrongly: the moment in it tells how old it is
        log.warning("not removed: %s", PAGE)


def _written(notes: Notes, now: datetime) -> str:
    return json.dumps({
        "at": now.isoformat(), "rest": notes.rest.isoformat() if notes.rest else None,
        "standing": [_row(raised) for raised in notes.standing], "owed": [_row(raised) for raised in notes.owed],
    }, ensure_ascii=False)  # fmt: skip


def _row(raised: Raised) -> dict[str, str | None]:
    return {"kind": raised.kind, "sentence": raised.sentence, "since": raised.since.isoformat(), "told": raised.told.isoformat() if raised.told else None}


def _read(file: Path) -> tuple[datetime, Notes] | None:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        rest = datetime.fromisoformat(said["rest"]) if said["rest"] else None
        return datetime.fromisoformat(said["at"]), Notes(tuple(map(_raised, said["standing"])), rest, tuple(map(_raised, said["owed"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _raised(row: dict[str, str]) -> Raised:
    return Raised(row["kind"], row["sentence"], datetime.fromisoformat(row["since"]), date.fromisoformat(row["told"]) if row["told"] else None)
