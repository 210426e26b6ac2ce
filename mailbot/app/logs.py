"""The log: one event a line, no personal data, whatever a record says. This is the one place where that is held (reliability.md §4)."""

import logging
import sys
from types import TracebackType
from typing import TextIO

from mailbot.domain.masking import masked_text, one_line

_FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"
_NOISY = ("alembic", "apscheduler", "imapclient", "mail.log", "asyncio", "pymap")  # they tell of addresses and of every step
_secrets: set[str] = set()


def hide(secret: str) -> str:
    """A password that was read: from now on no line of the log has it. Gives it back."""
    if secret:
        _secrets.add(secret)
    return secret


class Masked(logging.Formatter):
    """A record with its traceback as one line; what is personal in it is masked, also in what a library says."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(masked_text(super().format(record), tuple(_secrets)))


def begin(level: int, stream: TextIO | None) -> None:
    """Sends what is at least of that level to a stream. What nobody caught is an event, too."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Masked(_FORM))
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, problem, trace)
        return
    logging.getLogger("mailbot").critical("our fault", exc_info=(kind, problem, trace))
    print("程序遇到意外情况，请把上面这一行日志交给维护人员。", file=sys.stderr)
