"""What is done with the archive once a day: a part of it is looked at again, and what its days are over is deleted."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.app.ports import Archive, Ledger
from mailbot.app.status import standings
from mailbot.domain.audit import Entry
from mailbot.domain.keeping import NAMES, Deleted, Kept, over, quota
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules

log = logging.getLogger(__name__)
_PIECE = 1 << 20
_MOST_BYTES = 1_000_000_000  # of a night: what is more waits for the next
_CHECKED, _RETAINED = "archive_check", "retention_done"  # marks
_NAMED = 5
Watch = Callable[[int, int], None]


# --- the nightly look (reliability.md F39) ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ArchiveCheck:
    """`days`: within which every file is looked at once, where a night's bytes suffice. What is wrong is remembered, looked at again
    every night, and forgotten once it is as it should be."""

    ledger: Ledger
    archive: Archive
    days: int
    clock: Callable[[], datetime]

    def once_a_day(self) -> tuple[str, ...]:
        """A job of the worker: nothing where today's part was looked at. What is wrong, in sentences."""
        today, state = self._today(), self._state()
        if state["day"] == today:
            return ()
        faults = self._again(state["faults"])
        wanted = quota(self.ledger.archived_count(), self.days)
        part = self.ledger.archived_after(state["next"], wanted)
        looked, found = self._look(part)
        faults |= found
        rest = len(part) < wanted  # the end was reached: from the beginning tomorrow
        self._remember(today, "" if rest and looked == len(part) else part[looked - 1] if looked else state["next"], faults)
        log.info("archive looked at=%d wrong=%d", looked, len(faults))
        return self.sentences() if found else ()

    def all_now(self, watch: Watch) -> None:
        """Every file, whatever it takes."""
        part, whole, faults, done, last = self.ledger.archived_after("", 1000), self.ledger.archived_count(), dict[str, str](), 0, ""
        while part:
            for sha256 in part:
                watch(done, whole)
                faults |= self._wrong(sha256)
                done += 1
            last = part[-1]
            part = self.ledger.archived_after(last, 1000)
        watch(whole, whole)
        self._remember(self._today(), "", faults)

    def sentences(self) -> tuple[str, ...]:
        """What is known to be wrong."""
        faults: Mapping[str, str] = self._state()["faults"]
        words = {"missing": "存档里缺 {0} 封原邮件", "altered": "存档里有 {0} 封原邮件被改动过", "unreadable": "存档里有 {0} 封原邮件读不出来，请检查磁盘"}
        told = []
        for kind, text in words.items():
            mine = sorted(sha256 for sha256, why in faults.items() if why == kind)
            if mine:
                named = "、".join(f"{one[:2]}/{one[:12]}…" for one in mine[:_NAMED]) + (" 等" if len(mine) > _NAMED else "")
                told.append(f"{text.format(len(mine))}：{named}。请从备份里找回（archive 文件夹下同名的文件）。")
        return tuple(told)

    def _look(self, part: Sequence[str]) -> tuple[int, dict[str, str]]:
        """How many were looked at within a night's bytes, and what is wrong with them."""
        rest, found = _MOST_BYTES, dict[str, str]()
        for done, sha256 in enumerate(part):
            if rest <= 0:
                return done, found
            rest -= self._size(sha256)
            found |= self._wrong(sha256)
        return len(part), found

    def _again(self, faults: Mapping[str, str]) -> dict[str, str]:
        deleted = self.ledger.deletions() if faults else {}
        return {sha256: why for known in sorted(faults)[:1000] if known not in deleted for sha256, why in self._wrong(known).items()}

    def _wrong(self, sha256: str) -> dict[str, str]:
        try:
            with self.archive.path(sha256).open("rb") as file:
                return {} if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else {sha256: "altered"}
        except FileNotFoundError:
            return {sha256: "missing"}
        except OSError:
            return {sha256: "unreadable"}

    def _size(self, sha256: str) -> int:
        try:
            return self.archive.path(sha256).stat().st_size
        except OSError:
            return 0

    def _state(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.ledger.mark(_CHECKED) or "{}")
        return {"day": "", "next": "", "faults": {}} | known

    def _remember(self, day: str, next_: str, faults: Mapping[str, str]) -> None:
        self.ledger.put_mark(_CHECKED, json.dumps({"day": day, "next": next_, "faults": faults}))

    def _today(self) -> str:
        return self.clock().astimezone(SHANGHAI).date().isoformat()


# --- retention -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Retaining:
    """`rules`: those in force now."""

    rules: Callable[[], Rules]
    ledger: Ledger
    archive: Archive
    clock: Callable[[], datetime]

    def plan(self) -> tuple[tuple[Kept, str], ...]:
        """The mails whose days are over, with the rule that says so."""
        rules, now = self.rules(), self.clock()
        if not rules.policy.retention.any:
            return ()
        kept = self.ledger.mails_kept()
        return tuple(over(kept, now, rules.policy.retention, _closed(rules, kept, standings(rules, self.ledger, now), now)))

    def carry_out(self) -> tuple[Deleted, ...]:
        """Deletes them: first it is recorded, then done; what a crash left is done the next time."""
        now = self.clock()
        self._finish()
        gone = [Deleted(sha256, now, rule, self._size(sha256)) for kept, rule in self.plan() for sha256 in kept.sha256]
        if gone:
            counts = {rule: sum(d.rule == rule for d in gone) for rule in NAMES}
            told = {"files": len(gone), "bytes": sum(d.size for d in gone), "by": {k: v for k, v in counts.items() if v}}
            told["list"] = hashlib.sha256("\n".join(d.sha256 for d in gone).encode()).hexdigest()  # of the table of deletions
            self.ledger.deleted(gone, Entry("deleted", "archive:all", now, None, told))
            self._remove(gone)
            log.info("retention files=%d bytes=%d", len(gone), sum(d.size for d in gone))
        return tuple(gone)

    def once_a_day(self) -> tuple[str, ...]:
        """A job of the worker."""
        today = self.clock().astimezone(SHANGHAI).date().isoformat()
        if self.rules().policy.retention.any and self.ledger.mark(_RETAINED) != today:
            self.carry_out()
            self.ledger.put_mark(_RETAINED, today)
        return ()

    def _finish(self) -> None:
        self._remove(self.ledger.deletions().values())

    def _remove(self, some: Iterable[Deleted]) -> None:
        for one in some:
            self.archive.remove(one.sha256)

    def _size(self, sha256: str) -> int:
        try:
            return self.archive.path(sha256).stat().st_size
        except OSError:
            return 0


def _closed(rules: Rules, kept: Iterable[Kept], found: Iterable[Standing], now: datetime) -> frozenset[tuple[str, str, str, str]]:
    """Of which nothing more is to come: obligations that are done or waived, and what nobody owes, in campaigns that are over."""
    ended = {c.id for c in rules.campaigns if c.end < now.astimezone(SHANGHAI).date()}
    done = {s.obligation.key: s.done for s in found}
    return frozenset(key for one in kept for key in one.filed if key[0] in ended and done.get(key, True))
