"""The nightly look at the archive (reliability.md F39): whether what it holds is what came."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.app.ports import Archive, Ledger
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.retention import quota

log = logging.getLogger(__name__)
_MOST_BYTES = 1_000_000_000  # of a night: what is more waits for the next
_CHECKED = "archive_check"  # a mark
_NAMED = 5
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class ArchiveCheck:
    """`days`: within which every file is looked at once, where a night's bytes suffice. What is wrong is remembered, looked at again
    every night, and forgotten once it is as it should be."""

    ledger: Ledger
    archive: Archive
    days: int
    clock: Callable[[], datetime]

    def once_a_day(self) -> tuple[str, ...] | None:
        """A job of the worker: None where today's part was looked at. What is wrong, in sentences."""
        today, state = self._today(), self._state()
        if state["day"] == today:
            return None
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

    @property
    def looked_on(self) -> str:
        """The day of the last look, "" where nobody ever looked."""
        return str(self._state()["day"])

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
            rest -= self.archive.size(sha256)
            found |= self._wrong(sha256)
        return len(part), found

    def _again(self, faults: Mapping[str, str]) -> dict[str, str]:
        deleted = self.ledger.deletions() if faults else {}
        return {sha256: why for known in sorted(faults)[:1000] if known not in deleted for sha256, why in self._wrong(known).items()}

    def _wrong(self, sha256: str) -> dict[str, str]:
        fault = self.archive.fault(sha256)
        return {sha256: fault} if fault else {}

    def _state(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.ledger.mark(_CHECKED) or "{}")
        return {"day": "", "next": "", "faults": {}} | known

    def _remember(self, day: str, next_: str, faults: Mapping[str, str]) -> None:
        self.ledger.put_mark(_CHECKED, json.dumps({"day": day, "next": next_, "faults": faults}))

    def _today(self) -> str:
        return self.clock().astimezone(SHANGHAI).date().isoformat()
