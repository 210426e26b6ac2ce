"""A person at a real terminal (pty): waits for words, types answers. For what asks and reads a code unseen."""

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE = 60.0  # seconds for one question; a slow machine starts Python in two


class Terminal:
    """`with Terminal(["init"], folder, environment) as person: person.sees("地址"); person.types("a@x.example")`.

    `shown` is all that stood on the screen."""

    def __init__(self, words: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-c", "from mailbot.app.cli import main; main()", *words]
        self._folder, self._environment = folder, {**environment, "TERM": "dumb", "PYTHONUTF8": "1"}
        self._octets, self._read_to = b"", 0
        self._status: int | None = None

    def __enter__(self) -> Self:
        self._pid, self._master = pty.fork()
        if self._pid == 0:  # the child: nothing of the tests may go on here
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest-xdist ignores it, and what is ignored stays so over exec
                os.chdir(self._folder)
                os.execve(self._command[0], self._command, self._environment)
            finally:
                os._exit(99)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._master)

    @property
    def shown(self) -> str:
        return self._octets.decode("utf-8", "replace").replace("\r\n", "\n")

    def sees(self, words: str) -> str:
        """Waits until the words stand on the screen, behind what was seen before; what stood between is returned."""
        end = time.monotonic() + _PATIENCE
        while (at := self.shown.find(words, self._read_to)) < 0:
            assert time.monotonic() < end and self._more(), f"waited for {words}; on the screen:\n{self.shown}"
        between, self._read_to = self.shown[self._read_to : at], at + len(words)
        return between

    def types(self, text: str, end: str = "\n") -> None:
        os.write(self._master, (text + end).encode())

    def interrupts(self, heard: str) -> None:
        """Ctrl-C, as the keyboard sends it, until the words stand on the screen: one that falls between the prompt and the reading of an
        answer is noticed by Python at the next key only."""
        for _ in range(10):
            os.write(self._master, b"\x03")
            end = time.monotonic() + 3
            while time.monotonic() < end and heard not in self.shown and self._more(end - time.monotonic()):
                pass
            if heard in self.shown:
                return

    def leaves(self) -> int:
        """The exit status."""
        while self._more():
            pass
        end = time.monotonic() + _PATIENCE
        while (found := os.waitpid(self._pid, os.WNOHANG))[0] == 0:
            assert time.monotonic() < end, f"it does not end; on the screen:\n{self.shown}"
            time.sleep(0.05)
        self._status = os.waitstatus_to_exitcode(found[1])
        return self._status

    def _more(self, patience: float = _PATIENCE) -> bool:
        try:
            if not select.select([self._master], [], [], max(0.0, patience))[0]:
                return False
            octets = os.read(self._master, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self._octets += re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", octets)
        return bool(octets)
