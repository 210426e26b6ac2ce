"""The ledger (台账) on SQLite or PostgreSQL: what came, what was filed, what waits to be sent, what people said."""

from mailbot.adapters.ledger.audit import AuditShelf
from mailbot.adapters.ledger.desk import DeskShelf
from mailbot.adapters.ledger.digest import DigestShelf
from mailbot.adapters.ledger.dump import DumpShelf, NotEmpty, NotLoaded, Snapshot, loading
from mailbot.adapters.ledger.lease import LeaseShelf
from mailbot.adapters.ledger.letters import LetterShelf
from mailbot.adapters.ledger.mail import MailShelf
from mailbot.adapters.ledger.reminders import RemindersShelf
from mailbot.adapters.ledger.restoring import RestoredShelf
from mailbot.adapters.ledger.retention import RetentionShelf
from mailbot.adapters.ledger.store import DatabaseUrlWrong, LedgerError
from mailbot.adapters.ledger.unfetched import UnfetchedShelf
from mailbot.adapters.ledger.vitals import VitalsShelf

__all__ = ["DatabaseUrlWrong", "Ledger", "LedgerError", "NotEmpty", "NotLoaded", "Snapshot", "loading"]


class Ledger(
    MailShelf, LetterShelf, DeskShelf, RemindersShelf, DigestShelf, LeaseShelf, VitalsShelf, UnfetchedShelf,
    AuditShelf, RestoredShelf, RetentionShelf, DumpShelf,
):  # fmt: skip
    """All reading and writing of state. Methods are whole transactions unless called inside `rehearsal`."""
