"""The audit trail, read; and single entries of what changes no other record."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from mailbot.adapters.ledger.chain import head_in, links, note
from mailbot.adapters.ledger.restored import mark_restored
from mailbot.adapters.ledger.store import LedgerUnsound, Store, put
from mailbot.adapters.tables import audit, marks
from mailbot.domain.audit import Entry, Head, Link
from mailbot.domain.errors import MailbotError
from mailbot.domain.restoring import Restored


class LedgerOlder(MailbotError):
    default = (
        "台账比程序上次写到的旧：最后的一些记录不见了（-wal 文件丢失，或者换上了旧的数据库文件）。程序没有启动，也没有动它。"
        "有备份的，恢复到一个空文件夹：mailbot --home 新文件夹 restore 备份文件。"
        "确定就用现在这一份接着办，运行 mailbot audit accept：可能已经发过的信先不发，逐封核对。"
    )


class TrailShelf(Store):
    """What was changed, by whom, when. Rows are never changed; the database refuses it (adapters/append_only.py)."""

    def trail(self, *, since: datetime | None = None, until: datetime | None = None, what: str = "", about: str = "") -> Iterator[Link]:
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

    def trail_head(self) -> Head:
        with self._read() as c:
            return head_in(c)

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
        """Before work begins: the file is whole, and not older than what was last written to it. Raises LedgerUnsound, LedgerOlder."""
        with self._read() as c:
            head = head_in(c)
            if c.dialect.name == "sqlite" and c.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise LedgerUnsound
        last = self._last_word.read()
        if last is not None and last.count > head.count:
            raise LedgerOlder(detail=f"{head.count} of {last.count}")

    def accept_older(self, by: str, now: datetime) -> int | None:
        """A person says that work goes on with an older ledger, as after a restore; how many letters are unsure. None where it is
        not older."""
        last, head = self._last_word.read(), self.trail_head()
        if last is None or last.count <= head.count:
            return None
        with self._write() as c:
            snapshot = c.execute(select(func.max(audit.c.at))).scalar() or now
            entry = Entry("restored", "ledger:all", now, {"lost": last.count - head.count}, {"snapshot": snapshot.isoformat(), "head": head.short}, by, "command")
            unsure = mark_restored(c, Restored(min(snapshot, now), now), entry)
        self._last_word.leave(self.trail_head())
        return unsure
