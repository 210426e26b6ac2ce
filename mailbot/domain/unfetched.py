"""Mails that a server lists and does not give. They are asked for again and again, are told once, stand in the digest until they are
solved, those that vanished until one digest told it, and are never lost from sight: every mail ever listed is taken, held here, waiting
for its turn, or gone from the server (reliability.md P2)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailbot.domain.mail import Place
from mailbot.domain.periods import SHANGHAI

PATIENCE = 3  # polls in which a mail is asked for in vain before others no longer wait for it
_AGAIN = timedelta(hours=1)  # after which it is asked for once more from then on
_NAMED = 5  # of many that are gone
NOT_GIVEN = "服务器列出了这封信，却给不出内容。"


@dataclass(frozen=True, slots=True)
class Unfetched:
    """`tries`: in how many polls it was asked for in vain, `asked_at` when last; `why`: a Chinese sentence. `gone_at`: when it was seen
    that it lies there no more."""

    place: Place
    since: datetime
    asked_at: datetime
    tries: int
    why: str
    gone_at: datetime | None = None

    def is_told(self, last_digest: datetime | None) -> bool:
        """Of one that is gone: whether a digest told it since."""
        return self.gone_at is not None and last_digest is not None and self.gone_at <= last_digest

    @property
    def is_held(self) -> bool:
        """Whether the bookmark goes on without it; from then on staff know of it."""
        return self.tries >= PATIENCE

    def is_due(self, now: datetime) -> bool:
        """Whether it is asked for in this poll. A clock that was set back makes nothing wait longer."""
        return not self.is_held or not timedelta(0) <= now - self.asked_at < _AGAIN


def in_vain(place: Place, before: Unfetched | None, why: str, now: datetime, *, for_good: bool = False) -> Unfetched:
    """It was asked for once more and not given. `for_good`: asking again the next minute cannot help (a mail over the limit)."""
    tries = (before.tries if before else 0) + 1
    return Unfetched(place, before.since if before else now, now, max(tries, PATIENCE) if for_good else tries, why)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a server listed of one folder: all from UID `after` on or, where that is 1, all received since a day in China."""

    folder: str
    uidvalidity: int
    since: date
    after: int
    places: frozenset[Place]

    def lacks(self, place: Place) -> bool:
        """Whether a mail of this folder would stand in the listing if it still lay where it was."""
        if place.folder != self.folder or place in self.places:
            return False
        if place.uidvalidity != self.uidvalidity:  # the folder was built anew: what lies there now is listed under new numbers
            return True
        return place.uid >= self.after if self.after > 1 else place.internaldate.astimezone(SHANGHAI).date() >= self.since


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the mails of a listing ended. `waiting`: kept or not yet asked for, the next round goes on with them."""

    listed: Collection[Place]
    taken: Collection[Place]
    held: Collection[Place]
    waiting: Collection[Place]

    @property
    def missing(self) -> frozenset[Place]:
        """What ended nowhere: there is nothing of that kind unless we are wrong."""
        return frozenset(self.listed) - frozenset(self.taken) - frozenset(self.held) - frozenset(self.waiting)

    @property
    def are_closed(self) -> bool:
        """Whether nothing of the listing need be listed again."""
        return not self.missing and not self.waiting


def held(some: Iterable[Unfetched]) -> tuple[Unfetched, ...]:
    """Those of them that staff know of, the oldest first."""
    return tuple(sorted((one for one in some if one.is_held and one.gone_at is None), key=lambda one: one.since))


def vanished(some: Iterable[Unfetched]) -> tuple[Place, ...]:
    """Where those of them lay that are gone, the oldest first."""
    return tuple(one.place for one in sorted(some, key=lambda one: one.since) if one.gone_at is not None)


def told_once(before: Unfetched | None, now: Unfetched) -> str:
    """What staff are told at the moment from which a mail is held, "" before and after."""
    if not now.is_held or (before is not None and before.is_held):
        return ""
    return f"有一封信取不回来（{where(now.place)}）：{now.why}别的信照常处理；这封每小时再取一次，列在日报里，直到取到或移出原来的文件夹。"


def gone_words(places: Iterable[Place]) -> str:
    """What staff are told of mails that vanished before they were fetched, "" where none did."""
    gone = tuple(places)
    named = "；".join(map(where, gone[:_NAMED])) + ("；等" if len(gone) > _NAMED else "")
    return f"有 {len(gone)} 封信在取回之前已不在原处（{named}），可能被删除、移走，或邮箱重新编了号。不放心的请登录邮箱查看。" if gone else ""


def where(place: Place) -> str:
    """The folder, when it came, how large it is: enough to find it in the mailbox by eye."""
    came = place.internaldate.astimezone(SHANGHAI)
    folder = "收件箱" if place.folder.upper() == "INBOX" else place.folder
    return f"{folder}，{came.month}月{came.day}日 {came:%H:%M} 收到，{place.size / 1_000_000:.1f} MB"
