"""The audit (留痕), read; and single entries of what changes no other record."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from mailbot.adapters.ledger import chain
from mailbot.adapters.ledger.chain import head_in, links, note
from mailbot.adapters.ledger.restoring import mark_restored
from mailbot.adapters.ledger.store import Store, must_be_whole, put
from mailbot.adapters.tables import audit, filings, letters, marks
from mailbot.domain.audit import Entry, Head, Link, came
from mailbot.domain.restoring import Restored


class AuditShelf(Store):
    """What was changed, by whom, when. Rows are never changed; the database refuses it (adapters/append_only.py)."""

    def audited(self, *, since: datetime | None = None, until: datetime | None = None, what: str = "", about: str = "") -> Iterator[Link]:
        """The entries in their order, of a span, of a kind, about one thing (letter:5; message for all mails)."""
        query = select(audit).order_by(audit.c.id)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if what:
            query = query.where(audit.c.what == what)
        if about:
            query = query.where(audit.c.about == about if ":" in about else audit.c.about.startswith(f"{about}:", autoescape=True))
        with self._read() as c:
            yield from links(c.execute(query.execution_options(yield_per=1000)))

    def audit_head(self) -> Head:
        with self._read() as c:
            return head_in(c)

    def letters_there(self) -> Iterator[tuple[int, str, str]]:
        """Number, state and hash of the bytes of each letter."""
        query = select(letters.c.id, letters.c.state, letters.c.raw).order_by(letters.c.id).execution_options(yield_per=200)
        with self._read() as c:
            for row in c.execute(query):
                yield row.id, row.state, hashlib.sha256(row.raw).hexdigest() if row.raw else ""

    def filed_there(self) -> Iterator[tuple[int, list[str]]]:
        """The filings in force, each with the number of its mail, as the audit tells them."""
        query = select(filings).where(filings.c.withdrawn_by.is_(None)).order_by(filings.c.id).execution_options(yield_per=1000)
        with self._read() as c:
            for r in c.execute(query):
                yield r.message, [r.campaign, r.unit, r.duty, r.period, r.copy, r.sha256, came(r.received_at)]

    def is_the_last(self) -> bool:
        """Whether the chain goes through what was last left beside the database; True where there is no such word."""
        last = self._last_word.read()
        with self._read() as c:
            return last is None or chain.holds(c, last)

    def witness(self, entry: Entry) -> None:
        """Something that was done with the records and changed none: an export, a backup."""
        with self._write() as c:
            note(c, entry)

    def in_force(self, version: str, sending: str, now: datetime) -> None:
        """By which rules, and whether anything is sent, from now on: an entry where that is new."""
        said = f"{version} {sending}"
        if self.mark("in_force") == said:
            return
        with self._write() as c:
            last = c.execute(select(marks.c.value).where(marks.c.name == "in_force")).scalar()
            if last != said:
                put(c, "in_force", said)
                before = dict(zip(("rules", "sending"), last.split(), strict=False)) if last else None
                note(c, Entry("in-force", "rules:all", now, before, {"rules": version, "sending": sending}))

    def must_be_sound(self) -> None:
        """Before anything is sent: the file is whole, and not older than what was last written to it. Raises LedgerUnsound, LedgerOlder."""
        self._sound = False
        with self._read() as c:
            self._must_be_sound(c)

    def accept_older(self, by: str, now: datetime) -> int | None:
        """A person says that work goes on with an older ledger, as after a restore; how many letters are unsure. None where it is
        not older."""
        last = self._last_word.read()
        with self._read() as c:
            must_be_whole(c)
            head = head_in(c)
            if last is None or chain.holds(c, last):
                return None
        self._sound = True
        with self._write() as c:
            snapshot = c.execute(select(func.max(audit.c.at))).scalar() or now
            entry = Entry("restored", "ledger:all", now, {"last": last.count}, {"snapshot": snapshot.isoformat(), "head": head.short}, by, "command")
            unsure = mark_restored(c, Restored(min(snapshot, now), now), entry)
        self._last_word.leave(self.audit_head(), accepted=True)
        return unsure
