"""Named points at which a crash is rehearsed: over the whole way of a mail, from the mailbox to the answer's last mark.

In the product nobody watches and a point costs one comparison. The suite in tests/crash ends the process at each of them.
"""

from collections.abc import Callable

_watcher: Callable[[str], None] | None = None


def watch(watcher: Callable[[str], None] | None) -> None:
    """From now on `watcher` is told of every point that is reached; None: nobody is."""
    global _watcher
    _watcher = watcher


def reached(point: str) -> None:
    """The way has come so far. `point`: a literal, said at one place of the code only."""
    if _watcher is not None:
        _watcher(point)
