"""What its days are over is deleted from the archive (保存期限), once a day, and with it what was seen on its pages."""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mailbot.app.ports import Archive, Ledger
from mailbot.app.status import standings
from mailbot.domain.audit import Entry
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.retention import NAMES, Deleted, Stored, over, reckoned

log = logging.getLogger(__name__)
_RETAINED = "retention_done"  # a mark


@dataclass(frozen=True)
class Retaining:
    """`rules`: those in force now."""

    rules: Callable[[], Rules]
    ledger: Ledger
    archive: Archive
    clock: Callable[[], datetime]
    forget: Callable[[str], None]  # what was seen on the pages of a file

    def plan(self) -> tuple[tuple[Stored, str], ...]:
        """The mails whose days are over, with the rule that says so."""
        rules = self.rules()
        if not rules.policy.retention.any:
            return ()
        kept = tuple(self.ledger.mails_stored())
        now = reckoned(self.clock(), kept)
        return tuple(over(kept, now, rules.policy.retention, _closed(rules, kept, standings(rules, self.ledger, now), now)))

    def carry_out(self) -> tuple[Deleted, ...]:
        """Deletes them: first it is recorded, then done; what a crash left is done the next time."""
        now = self.clock()
        self._finish()
        gone = [Deleted(sha256, now, rule, self.archive.size(sha256)) for kept, rule in self.plan() for sha256 in kept.sha256]
        if gone:
            counts = {rule: sum(d.rule == rule for d in gone) for rule in NAMES}
            told = {"files": len(gone), "bytes": sum(d.size for d in gone), "by": {k: v for k, v in counts.items() if v}}
            told["list"] = hashlib.sha256("\n".join(d.sha256 for d in gone).encode()).hexdigest()  # of the table of deletions
            self.ledger.deleted(gone, Entry("deleted", "archive:all", now, None, told))
            self._remove(gone)
            log.info("retention files=%d bytes=%d", len(gone), sum(d.size for d in gone))
        return tuple(gone)

    def once_a_day(self) -> tuple[str, ...] | None:
        """A job of the worker: None where today's is done, or nothing is ever deleted."""
        today = self.clock().astimezone(SHANGHAI).date().isoformat()
        if not self.rules().policy.retention.any or self.ledger.mark(_RETAINED) == today:
            return None
        self.carry_out()
        self.ledger.put_mark(_RETAINED, today)
        return ()

    def _finish(self) -> None:
        if self.ledger.deletions_open():
            self._remove(self.ledger.deletions().values())

    def _remove(self, some: Iterable[Deleted]) -> None:
        mails = tuple(one.sha256 for one in some)
        for sha256 in mails:
            self.archive.remove(sha256)
        asked = {sha256 for review in self.ledger.open_reviews(self.clock()) for sha256 in review.sha256}
        for sha256 in sorted(self.ledger.files_of(mails) - asked):  # where the same file came in a mail that is kept it is looked at anew
            self.forget(sha256)
        self.ledger.deletions_done()


def _closed(rules: Rules, kept: Iterable[Stored], found: Iterable[Standing], now: datetime) -> frozenset[tuple[str, str, str, str]]:
    """Of which nothing more is to come: obligations that are done or waived, and what nobody owes, in campaigns that are over."""
    ended = {c.id for c in rules.campaigns if c.end < now.astimezone(SHANGHAI).date()}
    done = {s.obligation.key: s.done for s in found}
    return frozenset(key for one in kept for key in one.filed if key[0] in ended and done.get(key, True))
