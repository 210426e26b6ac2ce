"""What the worker does besides mail, once a day each: the digest, the reminders. One that fails does not keep the other, nor any mail,
from its way; it is tried again in the next round, and until it is done the ledger keeps since when it is not: alarms and the next digest tell it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from mailbot.app.marks import put_undone, undone
from mailbot.app.ports import Clock, Ledger
from mailbot.domain.alarms import Undone
from mailbot.domain.errors import MailbotError
from mailbot.domain.masking import masked_text

log = logging.getLogger(__name__)
# Does what is due and not yet done; Chinese sentences about what went wrong, None where nothing was due.
Job = Callable[[], tuple[str, ...] | None]
_WHY = 120  # characters


@dataclass(frozen=True)
class Daily:
    """`jobs`: by their Chinese names, in the order they are done."""

    jobs: tuple[tuple[str, Job], ...]
    ledger: Ledger
    clock: Clock

    def __call__(self) -> tuple[str, ...]:
        return tuple(sentence for name, job in self.jobs for sentence in self._done(name, job))

    def _done(self, name: str, job: Job) -> Iterator[str]:
        try:
            said = job()
        except MailbotError as problem:
            log.warning("daily job failed: %s %s", type(problem).__name__, problem.detail)
            trouble = problem.sentence
        except Exception:  # our own fault in what is written once a day must not stop the mail
            log.exception("our fault in a daily job")
            trouble = f"程序写{name}时出错，邮件照常收发，请把日志交给维护人员。"
        else:
            if said is not None:
                self._note(name)
            yield from said or ()
            return
        self._note(name, trouble)
        yield trouble

    def _note(self, name: str, why: str = "") -> None:
        """`why`: "" where it is done."""
        with suppress(MailbotError):  # the next round notes it
            before = {one.name: one for one in undone(self.ledger)}
            after = dict(before)
            if why:
                short = masked_text(why.splitlines()[0])[:_WHY].removesuffix("。")
                after[name] = replace(before.get(name, Undone(name, self.clock(), "")), why=short)
            else:
                after.pop(name, None)
            if after != before:
                put_undone(self.ledger, after.values())
