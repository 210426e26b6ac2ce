"""Child processes: started, asked, killed, replaced.

Why no pool from the shelf: pebble and loky take a child's answer by pickle, so that a child that was taken over runs code in the parent
(tried), and at a time-out pebble kills the worker but not what it started, loky nobody. execnet passes plain values and no pickle; how it
stands a huge answer or a worker that hangs was not tried.
"""

import contextlib
import errno
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from compileall import compile_dir
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import mailbot
from mailbot.adapters.cage.frames import framed, read_frame
from mailbot.adapters.codec import BadAnswer, from_json

T = TypeVar("T")

_SERVED = 2_000  # requests after which a child is replaced, so that no leak grows for ever
_ROOT = str(Path(mailbot.__file__).resolve().parent.parent)
_CODE = _ROOT  # where a child finds its code
# The last two say whether and where compiled modules are kept: to compile them anew costs a child more than to load them.
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_LEFT = 2  # seconds that the threads of a killed child may take to end; a daemon that it left may hold its pipes open
_COMPILED = ("mailbot/domain", "mailbot/adapters/mime", "mailbot/adapters/unpack", "parsers")  # what only children load


class ChildFailed(Exception):
    """A request that got no answer: the child died, hung or gave up. `hung`: it ran out of time. `unloaded`: it says that a library of its
    own does not load."""

    def __init__(self, detail: str, hung: bool = False, unloaded: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.hung, self.unloaded = detail, hung, unloaded


class Child:
    """One child process. Requests go and answers arrive through threads, because only so can a pipe be waited for on every system."""

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
        self._outbox: queue.Queue[bytes | None] = queue.Queue()
        self._threads = tuple(threading.Thread(target=work, daemon=True) for work in (self._listen, self._tell))
        for thread in self._threads:
            thread.start()
        self.served = 0
        self.stale = False
        self._outbox.put(framed(forms))

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

    def _tell(self) -> None:
        """A child that hears nothing, and a pipe that is full, keep only this thread."""
        with contextlib.suppress(OSError, ValueError):  # it is gone: whoever asks is told by `_listen`
            while (frame := self._outbox.get()) is not None:
                self._requests.write(frame)
                self._requests.flush()

    def ask(self, request: dict[str, Any], seconds: float, cpu: float) -> dict[str, Any]:
        """The child's answer. `cpu`: seconds of the processor. Raises ChildFailed; the child is of no use after that."""
        try:
            self._outbox.put(framed(request | {"seconds": int(seconds) + 1, "cpu": max(int(cpu), 1)}))
            answer = self._inbox.get(timeout=seconds)
        except queue.Empty:
            raise ChildFailed(f"no answer within {seconds:.0f} seconds", hung=True) from None
        if answer is None:
            raise ChildFailed(f"reader process died with exit code {self._ended()}")
        self.served += 1
        self.stale = bool(answer.get("stale")) or self.served >= _SERVED
        if answer.get("ours"):
            raise OSError(int(answer["ours"]), str(answer["failed"]))
        if "failed" in answer:
            raise ChildFailed(str(answer["failed"]), unloaded=answer.get("unloaded") is True)
        return answer

    def _ended(self) -> int:
        """With what it ended; one that only shut its mouth is ended."""
        try:
            return self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """Ends the child and all it started, and leaves no zombie and no open pipe; but what got out of its reach and holds a pipe
        (only where the system grants no tree of processes) keeps that and its thread."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()
        self._outbox.put(None)
        until = time.monotonic() + _LEFT
        for thread, pipe in zip(self._threads, (self._answers, self._requests), strict=True):
            thread.join(max(until - time.monotonic(), 0.1))
            if not thread.is_alive():  # else to close it would wait for what the thread waits for
                with contextlib.suppress(OSError):
                    pipe.close()


class Slot:
    """The child a mail is being read with, replaced when it died, hung, lied or has grown. `folder`: where it may write."""

    def __init__(self, child: Child | None, folder: Path, start: Callable[[Path], Child], cpu: float) -> None:
        self.child, self.folder = child, folder
        self._start, self._cpu = start, cpu

    def ask(self, request: dict[str, Any], seconds: float, take: Callable[[dict[str, Any]], T]) -> T:
        """One answer, as `take` makes it of what the child said. Raises ChildFailed; there is a new child after that. OSError where the
        trouble is our own; that a library does not load is believed to a child alone that has seen no file."""
        try:
            return self._answer(request, seconds, take)
        except ChildFailed as failure:
            if failure.unloaded and request["op"] != "unloaded" and (missing := self.unloaded(seconds)):
                raise OSError(errno.ENOENT, f"readers that do not load: {missing}") from failure
            raise

    def _answer(self, request: dict[str, Any], seconds: float, take: Callable[[dict[str, Any]], T]) -> T:
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

    def unloaded(self, seconds: float) -> dict[str, str]:
        """Which readers do not load, as a child says that has seen no file yet; {} where it says nothing. Raises ChildFailed."""
        self.drop()
        return self.ask({"op": "unloaded"}, seconds, lambda answer: from_json(dict[str, str], answer["readers"]))

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
