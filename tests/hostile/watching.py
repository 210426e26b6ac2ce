"""What this process does to the outside while hostile mails are taken: connections, and files written where nothing of ours belongs."""

import logging
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
_MODES = frozenset("wax+")


def peak() -> int:
    """Bytes of the biggest of this process and its children so far."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024


@dataclass
class Watch:
    """`outside`: files opened for writing that lie in none of the allowed folders. `records`: every event logged, as written.
    `grown`: how big children of this process, and itself, had been before: a child starts with its parent's peak."""

    allowed: tuple[str, ...]
    connections: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    grown: int = field(default_factory=peak)

    def seen(self, event: str, what: tuple[object, ...]) -> None:
        if event in _NETWORK:
            self.connections.append(f"{event} {what!r}")
        elif event == "open" and isinstance(what[1], str) and _MODES & set(what[1]) and isinstance(what[0], str) and not self._may(what[0]):
            self.outside.append(what[0])

    def _may(self, path: str) -> bool:
        return str(Path(path).absolute()).startswith(self.allowed)


_watching: list[Watch] = []


def _hook(event: str, what: tuple[object, ...]) -> None:
    for watch in _watching:
        watch.seen(event, what)


class _Ear(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.INFO)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        self._watch.records.append(self.format(record))


_installed = False


@contextmanager
def watched(*allowed: Path) -> Iterator[Watch]:
    """Watches until the end. An audit hook cannot be taken away again, so one is there for good and asks who is watching."""
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    watch = Watch((*map(str, allowed), "/dev/"))
    ear, house = _Ear(watch), logging.getLogger("mailbot")
    level = house.level
    house.setLevel(logging.INFO)  # not by assignment: loggers remember what their parents let through
    house.addHandler(ear)
    _watching.append(watch)
    try:
        yield watch
    finally:
        _watching.remove(watch)
        house.removeHandler(ear)
        house.setLevel(level)
