"""What outlives a crash of the bot: the mail server, the addressees, the wall clock. And what can go wrong there. Nothing here decides
anything about mail; what happened is written down for tests/model/checker.py."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from mailbot.domain.errors import ConnectionLost, MailboxConfused, SendError
from mailbot.domain.mail import FolderState, Place

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOT = "nmyxjg@163.com"
FOLDERS = ("INBOX", "垃圾邮件")
SENT = "已发送"
_OWN_ID = re.compile(rb"(?im)^Message-ID:\s*(<[^<>\s]+>)")
SmtpMode = Literal["up", "down", "4xx", "5xx", "5xx-address", "ambiguous", "lost", "pause"]
ImapMode = Literal["up", "down", "cut", "confused", "vanish"]


class Crash(BaseException):
    """The process is gone: nothing in the product may catch this."""


@dataclass(frozen=True, slots=True)
class Lying:
    """One mail as it lies in a folder."""

    uid: int
    raw: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """A letter that an addressee has. `at`: the true moment; `bot_day`: the day by the bot's clock. `in_force`: the roster's variant, how
    the bot was sending, the caps, and whether the kill switch was on."""

    at: datetime
    bot_day: date
    to: str
    raw: bytes
    caps: tuple[int, int]
    stopped: bool


@dataclass
class World:
    """`skew`: how far the bot's clock is off. `armed`: the n-th tick of a name (any where "") is a crash. `netease`: a server that does
    not tell UIDNEXT."""

    now: datetime
    netease: bool = False
    keeps_sent: bool = False
    skew: timedelta = timedelta()
    folders: dict[str, list[Lying]] = field(default_factory=lambda: {name: [] for name in FOLDERS})
    uidvalidity: int = 1
    uidnext: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FOLDERS, 1))
    smtp: SmtpMode = "up"
    smtp_left: int = 0  # letters for which `smtp` holds; -1: until it is said otherwise
    imap: ImapMode = "up"
    imap_left: int = 0
    sink: list[Delivered] = field(default_factory=list)
    tries: list[tuple[str, bytes, str]] = field(default_factory=list)  # to whom, what, how it ended for the bot
    doubts: dict[bytes, int] = field(default_factory=dict)  # bytes of a letter -> how often nobody could know whether it went out
    on_the_wire: bytes | None = None  # accepted, and not yet known to be settled
    refused: dict[bytes, str] = field(default_factory=dict)
    caps: tuple[int, int] = (5, 80)
    stopped: bool = False
    armed: tuple[str, int] | None = None
    ticks: int = 0
    seen: "list[str]" = field(default_factory=list)  # names of ticks since the last look
    before_delivery: "list[object]" = field(default_factory=list)

    # --- clocks ---------------------------------------------------------------------------------------------------------------

    def clock(self) -> datetime:
        """The bot's."""
        return self.now + self.skew

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def tick(self, name: str) -> None:
        """A place at which the bot may be cut off."""
        self.seen.append(name)
        if self.armed is None or (self.armed[0] and self.armed[0] != name):
            return
        self.armed = (self.armed[0], self.armed[1] - 1)
        if self.armed[1] <= 0:
            self.armed = None
            raise Crash(name)

    # --- the mailbox ------------------------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        self.folders[folder].append(Lying(self.uidnext[folder], raw, (at or self.now).replace(microsecond=0)))
        self.uidnext[folder] += 1

    def renumber(self, *, tell: bool) -> None:
        """The server rebuilt its index. `tell`: with a new UIDVALIDITY, as it should; 163 says 1 for ever."""
        for folder, mails in self.folders.items():
            self.folders[folder] = [Lying(n, mail.raw, mail.at) for n, mail in enumerate(mails, 1)]
            self.uidnext[folder] = len(mails) + 1
        self.uidvalidity += tell

    def expunge(self, folder: str, number: int) -> Lying | None:
        mails = self.folders[folder]
        return mails.pop(number % len(mails)) if mails else None

    def _imap_fault(self) -> ImapMode:
        if self.imap == "up" or self.imap_left == 0:
            return "up"
        self.imap_left -= 1
        return self.imap

    # --- the addressees ---------------------------------------------------------------------------------------------------------

    def hand_over(self, raw: bytes, to: str) -> None:
        """One letter to one address, as the sending server treats it."""
        mode: SmtpMode = "up"
        if self.smtp != "up" and self.smtp_left != 0:
            mode = self.smtp
            self.smtp_left -= self.smtp_left > 0
        if mode in ("up", "ambiguous"):
            self.sink.append(Delivered(self.now, self.clock().astimezone(SHANGHAI).date(), to, raw, self.caps, self.stopped))
            self.on_the_wire = raw
        self.tries.append((to, raw, mode))
        self.tick("accepted" if mode in ("up", "ambiguous") else "refused")
        if mode in ("ambiguous", "lost"):
            self.doubts[raw] = self.doubts.get(raw, 0) + 1
            self.on_the_wire = None
            raise SendError("ambiguous", "不知是否发出")
        if mode in ("5xx", "5xx-address"):
            self.refused[raw] = to
        if mode != "up":
            raise _REFUSALS[mode]()


_REFUSALS = {
    "down": lambda: SendError("temporary", "连不上发信服务器"),
    "4xx": lambda: SendError("temporary", "对方服务器忙", code=451),
    "5xx": lambda: SendError("permanent", "对方拒收", code=554, action="alert"),
    "5xx-address": lambda: SendError("permanent", "没有这个邮箱", code=550, action="bad-address"),
    "pause": lambda: SendError("pause", "发得太快", code=451, wait=1200),
}


@dataclass
class ImapSession:
    """One login to the mailbox."""

    world: World
    account: str

    def __enter__(self) -> Self:
        if self.world._imap_fault() == "down":
            raise ConnectionLost
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def poll_folders(self, wanted: tuple[str, ...]) -> tuple[FolderState, ...]:
        self.world.tick("listed")
        return tuple(self.state(name) if not self.world.netease else FolderState(name) for name in wanted if name in self.world.folders)

    def state(self, folder: str) -> FolderState:
        return FolderState(folder, self.world.uidvalidity, None if self.world.netease else self.world.uidnext[folder])

    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]:
        there = self.world.folders[folder]
        return tuple(
            Place(folder, self.world.uidvalidity, m.uid, len(m.raw), m.at, self.account) for m in there if m.at.date() >= since and m.uid >= after
        )  # fmt: skip

    def fetch(self, place: Place, max_bytes: int) -> Iterable[bytes] | None:
        self.world.tick("fetch")
        if self.world.imap == "vanish" and self.world._imap_fault() == "vanish":
            self.world.folders[place.folder] = [m for m in self.world.folders[place.folder] if m.uid != place.uid]
        if self.world.imap == "confused" and self.world._imap_fault() == "confused":
            raise MailboxConfused
        found = next((m for m in self.world.folders[place.folder] if m.uid == place.uid), None)
        return None if found is None or len(found.raw) > max_bytes else self._pieces(found.raw)

    def _pieces(self, raw: bytes) -> Iterator[bytes]:
        half = len(raw) // 2
        yield raw[:half]
        if self.world.imap == "cut" and self.world._imap_fault() == "cut":
            raise ConnectionLost
        self.world.tick("half")
        yield raw[half:]

    def message_ids(self, folder: str, since: date) -> frozenset[str]:
        """Of the Sent folder alone: what the server took from us."""
        gone = (one.raw for one in self.world.sink if one.at.date() >= since)
        return frozenset(found[1].decode() for raw in gone if folder == SENT and (found := _OWN_ID.search(raw)))

    def sent_folder(self) -> str | None:
        return SENT if self.world.keeps_sent else None

    def append(self, folder: str, raw: bytes, moment: datetime) -> None:
        raise NotImplementedError  # the rules of the model keep no copies


@dataclass
class SmtpSession:
    world: World
    witness: "object" = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, raw: bytes, recipient: str) -> None:
        self.world.on_the_wire = None  # the one before is settled, else this one would not be tried
        self.world.tick("send")
        for look in self.world.before_delivery:
            look(raw, recipient)  # type: ignore[operator]
        self.world.hand_over(raw, recipient)
