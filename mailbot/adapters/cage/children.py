"""Child processes: started, asked, killed, replaced."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import mailbot
from mailbot.adapters.cage.frames import read_frame, write_frame

_SERVED = 2_000  # requests after which a child is replaced, so that no leak grows for ever
_ROOT = str(Path(mailbot.__file__).resolve().parent.parent)
# The last two say whether and where compiled modules are kept: to compile them anew costs a child more than to load them.
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


class ChildFailed(Exception):
    """A request that got no answer: the child died, hung or gave up. `hung`: it ran out of time."""

    def __init__(self, detail: str, hung: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.hung = detail, hung


class Child:
    """One child process. Answers arrive through a thread, because only so can a pipe be waited for on every system."""

    def __init__(self, memory: int, forms: dict[str, Any]) -> None:
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        environment |= {"PYTHONPATH": _ROOT, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailbot.adapters.cage", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # both were asked for
        self._requests: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._answers: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.served = 0
        self.stale = False
        with contextlib.suppress(OSError):  # the first request tells
            write_frame(self._requests, forms)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _listen(self) -> None:
        try:
            while (answer := read_frame(self._answers)) is not None:
                self._inbox.put(answer)
        except (ValueError, OSError):
            pass  # garbage on the pipe: as good as dead
        self._inbox.put(None)

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The child's answer. Raises ChildFailed; the child is of no use after that."""
        try:
            write_frame(self._requests, request | {"seconds": int(seconds) + 1})
            answer = self._inbox.get(timeout=seconds)
        except OSError as error:
            raise ChildFailed(f"reader process is gone: {error}") from error
        except queue.Empty:
            raise ChildFailed(f"no answer within {seconds:.0f} seconds", hung=True) from None
        if answer is None:
            raise ChildFailed(f"reader process died with exit code {self._process.wait()}")
        self.served += 1
        self.stale = bool(answer.get("stale")) or self.served >= _SERVED
        if answer.get("ours"):
            raise OSError(int(answer["ours"]), str(answer["failed"]))
        if "failed" in answer:
            raise ChildFailed(str(answer["failed"]))
        return answer

    def kill(self) -> None:
        """Ends the child and all it started, and leaves no zombie and no open pipe."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()
        with contextlib.suppress(OSError):
            self._requests.close()
        self._thread.join()
        self._answers.close()


class Slot:
    """The child a mail is being read with, replaced when it died, hung or has grown."""

    def __init__(self, child: Child | None, start: Callable[[], Child]) -> None:
        self.child = child
        self._start = start

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """One answer. A child that dies of what earlier requests left behind is not the file's fault: one that had
        served before gets a second, new one; a hang does not. Raises ChildFailed."""
        used = self.child is not None and self.child.served > 0
        try:
            return self._once(request, seconds)
        except ChildFailed as failure:
            if failure.hung or not used:
                raise
            return self._once(request, seconds)

    def _once(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        if self.child is None:
            self.child = self._start()
        try:
            answer = self.child.ask(request, seconds)
        except BaseException:  # also an interrupt: a late answer must never be taken for the next one's
            self._drop()
            raise
        if self.child.stale:
            self._drop()
        return answer

    def _drop(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child = None
