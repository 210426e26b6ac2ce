"""The ledger (台账) on SQLite or PostgreSQL: what came, what was filed, what waits to be sent, what people said."""

from mailbot.adapters.ledger.desk import DeskShelf
from mailbot.adapters.ledger.digest import DigestShelf
from mailbot.adapters.ledger.letters import LetterShelf
from mailbot.adapters.ledger.mail import MailShelf
from mailbot.adapters.ledger.reminders import RemindersShelf
from mailbot.adapters.ledger.store import DatabaseUrlWrong, LedgerError

__all__ = ["DatabaseUrlWrong", "Ledger", "LedgerError"]


class Ledger(MailShelf, LetterShelf, DeskShelf, RemindersShelf, DigestShelf):
    """All reading and writing of state. Methods are whole transactions unless called inside `rehearsal`."""
