"""Child processes: started, asked, killed, replaced.

Why no pool from the shelf: pebble and loky take a child's answer by pickle, so that a child that was taken over runs code in the parent
(tried), and at a time-out pebble kills the worker but not what it started, loky nobody. execnet's answers are safe, but it caps no size,
has no time-out that kills, and does not end a worker that hangs.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from compileall import compile_dir
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import mailbot
from mailbot.adapters.cage.frames import read_frame, write_frame
from mailbot.adapters.codec import BadAnswer

T = TypeVar("T")

_SERVED = 2_000  # requests after which a child is replaced, so that no leak grows for ever
_ROOT = str(Path(mailbot.__file__).resolve().parent.parent)
_CODE = _ROOT  # where a child finds its code
# The last two say whether and where compiled modules are kept: to compile them anew costs a child more than to load them.
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_COMPILED = ("mailbot/domain", "mailbot/adapters/mime", "mailbot/adapters/unpack", "parsers")  # what only children load


class ChildFailed(Exception):
    """A request that got no answer: the child died, hung or gave up. `hung`: it ran out of time."""

    def __init__(self, detail: str, hung: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.hung = detail, hung


class Child:
    """One child process. Answers arrive through a thread, because only so can a pipe be waited for on every system."""

    def __init__(self, memory: int, file_bytes: int, scratch: Path, forms: dict[str, Any]) -> None:
        """`memory`: bytes of address space, `file_bytes`: of the largest file it may write, `scratch`: where, and nowhere else."""
        _compile()
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        environment |= {"PYTHONPATH": _CODE, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "HOME"), str(scratch))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mailbot.adapters.cage", str(memory), str(file_bytes), str(scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=scratch,
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
        except (ValueError, OSError, MemoryError):
            pass  # garbage on the pipe: as good as dead
        finally:
            self._inbox.put(None)

    def ask(self, request: dict[str, Any], seconds: float, cpu: float) -> dict[str, Any]:
        """The child's answer. `cpu`: seconds of the processor. Raises ChildFailed; the child is of no use after that."""
        try:
            write_frame(self._requests, request | {"seconds": int(seconds) + 1, "cpu": max(int(cpu), 1)})
            answer = self._inbox.get(timeout=seconds)
        except OSError as error:
            raise ChildFailed(f"reader process is gone: {error}") from error
        except queue.Empty:
            raise ChildFailed(f"no answer within {seconds:.0f} seconds", hung=True) from None
        if answer is None:
            raise ChildFailed(f"reader process died with exit code {self._ended()}")
        self.served += 1
        self.stale = bool(answer.get("stale")) or self.served >= _SERVED
        if answer.get("ours"):
            raise OSError(int(answer["ours"]), str(answer["failed"]))
        if "failed" in answer:
            raise ChildFailed(str(answer["failed"]))
        return answer

    def _ended(self) -> int:
        """With what it ended; one that only shut its mouth is ended."""
        try:
            return self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

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
    """The child a mail is being read with, replaced when it died, hung, lied or has grown. `folder`: where it may write."""

    def __init__(self, child: Child | None, folder: Path, start: Callable[[Path], Child], cpu: float) -> None:
        self.child, self.folder = child, folder
        self._start, self._cpu = start, cpu

    def ask(self, request: dict[str, Any], seconds: float, take: Callable[[dict[str, Any]], T]) -> T:
        """One answer, as `take` makes it of what the child said. Raises ChildFailed; there is a new child after that."""
        if self.child is None:
            self.child = self._start(self.folder)
        try:
            taken = take(self.child.ask(request, seconds, self._cpu))
        except (BadAnswer, KeyError, TypeError) as error:
            self.drop()
            raise ChildFailed(f"answer of another shape: {error}"[:300]) from error
        except BaseException:  # also an interrupt: a late answer must never be taken for the next one's
            self.drop()
            raise
        if self.child.stale:
            self.drop()
        return taken

    def drop(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child = None


@cache
def _compile() -> None:
    """Once, by us: children may not write beside our code, and would compile it anew at each start."""
    if not sys.dont_write_bytecode:
        for folder in _COMPILED:
            compile_dir(Path(_ROOT, folder), quiet=2)
