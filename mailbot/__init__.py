"""mailbot: the office mailbox that answers for itself."""

__version__ = "0.1.0"
