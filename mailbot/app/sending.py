"""Sending in a thread of its own: a server that takes its time over one letter (RFC 5321 §4.5.3.2.6 grants it ten minutes after the
final dot) keeps no mail from being read (reliability.md F19). Never two at once: the second would take the first one's letter for one
that a crash cut off."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass

from mailbot.app.outbox import Flushed

log = logging.getLogger(__name__)


@dataclass
class Sending:
    """`patience`: seconds that a round waits for its letters before it goes on without them; what came of them is told by a later one."""

    patience: float = 200.0
    _begun: Future[Flushed] | None = None

    def flush(self, send: Callable[[], Flushed]) -> Flushed | None:
        """What `send` gave, or what was given meanwhile by the one that took long. None where it takes long still. What `send`
        raises is raised."""
        before, begun = self._begun, self._begun or _begin(send)
        self._begun = begun
        wait([begun], 0 if before else self.patience)
        if not begun.done():
            log.warning("the server takes long over a letter, polling goes on")
            return None
        self._begun = None
        return begun.result()

    def rest(self, seconds: float | None = None) -> bool:
        """Waits until nothing is being sent, so many seconds at most; whether it is so."""
        return self._begun is None or bool(wait([self._begun], seconds).done)


def _begin(send: Callable[[], Flushed]) -> Future[Flushed]:
    future: Future[Flushed] = Future()

    def run() -> None:
        try:
            future.set_result(send())
        except BaseException as problem:  # noqa: BLE001 - raised again where it is waited for
            future.set_exception(problem)

    # a daemon, as nobody who stops the worker waits ten minutes: the letter is then one that a crash cut off
    threading.Thread(target=run, name="sending", daemon=True).start()
    return future
