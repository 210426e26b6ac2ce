"""What the archive holds as the ledger knows it, and what retention deleted of it."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, func, insert, select, union

from mailbot.adapters.ledger.chain import note
from mailbot.adapters.ledger.letter_states import UNSETTLED
from mailbot.adapters.ledger.store import Store, put
from mailbot.adapters.tables import deletions, filings, letters, messages, reviews, sightings
from mailbot.domain.audit import Entry
from mailbot.domain.retention import Deleted, Stored

_GONE = select(deletions.c.sha256)
NAMED = union(select(messages.c.sha256), select(sightings.c.sha256)).subquery()  # all mails that the ledger names
_THERE = NAMED.c.sha256.not_in(_GONE)
_OPEN = "deletions_open"  # a mark: bytes that are to be gone may be on the disk


class RetentionShelf(Store):
    def archived_after(self, sha256: str, most: int) -> tuple[str, ...]:
        """The SHA-256 of mails that the archive must hold, in their order, behind one."""
        query = select(NAMED.c.sha256).where(_THERE, NAMED.c.sha256 > sha256).order_by(NAMED.c.sha256).limit(most)
        with self._read() as c:
            return tuple(c.execute(query).scalars())

    def archived_count(self) -> int:
        with self._read() as c:
            return int(c.execute(select(func.count()).select_from(NAMED).where(_THERE)).scalar_one())

    def mails_stored(self) -> tuple[Stored, ...]:
        """All mails whose bytes were not deleted, each with all versions of its bytes."""
        with self._read() as c:
            awaited = set(c.execute(select(reviews.c.message).where(reviews.c.settled_at.is_(None))).scalars())
            awaited |= set(c.execute(select(letters.c.message).where(UNSETTLED, letters.c.message.is_not(None))).scalars())
            filed: dict[int, set[tuple[str, str, str, str]]] = {}
            for r in c.execute(select(filings.c.message, filings.c.campaign, filings.c.unit, filings.c.duty, filings.c.period)):
                filed.setdefault(r.message, set()).add((r.campaign, r.unit, r.duty, r.period))
            versions: dict[int, set[str]] = {}
            for s in c.execute(select(sightings.c.message, sightings.c.sha256).where(sightings.c.message.is_not(None))):
                versions.setdefault(s.message, set()).add(s.sha256)
            mails = select(messages.c.id, messages.c.sha256, messages.c.disposition, messages.c.received_at).where(messages.c.sha256.not_in(_GONE))
            return tuple(
                Stored(m.id, tuple(sorted({m.sha256, *versions.get(m.id, ())})), m.disposition, m.received_at, m.id in awaited, tuple(sorted(filed.get(m.id, ()))))
                for m in c.execute(mails)
            )

    def deleted(self, some: Iterable[Deleted], entry: Entry) -> None:
        """The bytes of some mails are to be deleted by rule: said before they are, so that what is gone was said to go."""
        with self._write() as c:
            there = set(c.execute(_GONE).scalars())
            if new := {d.sha256: {"sha256": d.sha256, "at": d.at, "rule": d.rule, "size": d.size} for d in some if d.sha256 not in there}:
                c.execute(insert(deletions), list(new.values()))
                put(c, _OPEN, "yes")
                note(c, entry)

    def deletions_open(self) -> bool:
        """Whether some of the bytes that are to be gone may be on the disk."""
        return bool(self.mark(_OPEN))

    def deletions_done(self) -> None:
        self.put_mark(_OPEN, "")

    def deletions(self) -> dict[str, Deleted]:
        """SHA-256 of a mail whose bytes retention deleted -> when and why."""
        with self._read() as c:
            return {r.sha256: Deleted(r.sha256, r.at, r.rule, r.size) for r in c.execute(select(deletions))}

    def files_of(self, mails: Collection[str]) -> frozenset[str]:
        """The SHA-256 of the files that some mails (their SHA-256) brought."""
        wanted = frozenset(mails)
        with self._read() as c:
            told = [row.outcome for row in c.execute(select(messages.c.sha256, messages.c.outcome)) if row.sha256 in wanted]
        return frozenset(item["sha256"] for one in told for item in one.get("items", ()))


def came_again(c: Connection, sha256: str) -> None:
    """A mail was fetched once more: where its bytes were deleted they are to go again."""
    if c.execute(_GONE.where(deletions.c.sha256 == sha256)).first() is not None:
        put(c, _OPEN, "yes")
