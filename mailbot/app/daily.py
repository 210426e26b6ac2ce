"""What the worker does besides mail, once a day each: the digest, the reminders. One that fails does not keep the other, nor any mail,
from its way; it is tried again in the next round."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.domain.errors import MailbotError

log = logging.getLogger(__name__)
Job = Callable[[], tuple[str, ...]]  # does what is due and not yet done; Chinese sentences about what went wrong


@dataclass(frozen=True)
class Daily:
    """`jobs`: by their Chinese names, in the order they are done."""

    jobs: tuple[tuple[str, Job], ...]

    def __call__(self) -> tuple[str, ...]:
        return tuple(sentence for name, job in self.jobs for sentence in _done(name, job))


def _done(name: str, job: Job) -> tuple[str, ...]:
    try:
        return job()
    except MailbotError as problem:
        log.warning("daily job failed: %s %s", type(problem).__name__, problem.detail)
        return (problem.sentence,)
    except Exception:  # our own fault in what is written once a day must not stop the mail
        log.exception("our fault in a daily job")
        return (f"程序写{name}时出错，邮件照常收发，请把日志交给维护人员。",)
