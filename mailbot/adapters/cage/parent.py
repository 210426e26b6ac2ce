"""The parent's side of the cage: starts children, asks them, kills them, and puts the answers together."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import mailbot
from mailbot.adapters.cage.codec import BadAnswer, from_json, to_json
from mailbot.adapters.cage.frames import read_frame, write_frame
from mailbot.adapters.limits import DEFAULT_LIMITS, Limits
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.mail import Attachment, Envelope, Message
from mailbot.domain.reading import Part, Reading

_MEMORY = 1_000_000_000
_SERVED = 2_000  # requests after which a child is replaced, so that no leak grows for ever
_ROOT = str(Path(mailbot.__file__).resolve().parent.parent)
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP")


class ChildFailed(Exception):
    """A request that got no answer: the child died, hung or gave up. `hung`: it ran out of time."""

    def __init__(self, detail: str, hung: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.hung = detail, hung


@dataclass(frozen=True, slots=True)
class _FoundLeaf:
    """What the child says about a leaf; `document` is there already where it must not be read. `file`: its bytes, in the
    scratch folder."""

    path: str
    name: str
    file: str
    sha256: str
    size: int
    inline: bool
    forwarded: bool
    document: Document | None


class _Child:
    """One child process. Answers arrive through a thread, because only so can a pipe be waited for on every system."""

    def __init__(self, memory: int, forms: dict[str, Any]) -> None:
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        environment |= {"PYTHONPATH": _ROOT, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
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


FormsFor = Callable[[Envelope], tuple[FormType, ...]]


def _no_forms(_: Envelope) -> tuple[FormType, ...]:
    return ()


class Cage:
    """Reads mails in `workers` child processes; threads may share it. A context manager: the children end with it.

    `seconds`: for one request (opening the mail, reading one file). `mail_seconds`: for a whole mail; what is unread
    then stays unread. `memory`: bytes of address space for a child. `forms`: all that may be looked for.
    """

    def __init__(
        self,
        workers: int = 1,
        limits: Limits = DEFAULT_LIMITS,
        *,
        seconds: float = 60,
        mail_seconds: float = 180,
        memory: int = _MEMORY,
        forms: Iterable[FormType] = (),
    ) -> None:
        self.limits = limits
        self._seconds, self._mail_seconds = seconds, mail_seconds
        told = {"forms": [form.model_dump(mode="json") for form in forms]}
        self._start = lambda: _Child(memory, told)
        # A slot is None until its child is needed.
        self._slots: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._slots.put(None)
        self._workers = workers

    @property
    def at_once(self) -> int:
        return self._workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends all children, after the mails being read. A later `read_mail` starts new ones."""
        slots = [self._slots.get() for _ in range(self._workers)]
        for child in slots:
            if child is not None:
                child.kill()
            self._slots.put(None)

    def read_mail(self, raw: Path, forms_for: FormsFor = _no_forms) -> tuple[Message, tuple[Reading, ...]]:
        """The Message in a file, and its files read, one Reading a form. Never fails for what is in the file; OSError where it
        cannot be read at all."""
        raw = Path(raw).resolve(strict=True)
        slot = _Slot(self._slots.get(), self._start)
        try:
            with tempfile.TemporaryDirectory(prefix="mailbot-") as scratch:
                return self._read(raw, Path(scratch), slot, forms_for)
        finally:
            self._slots.put(slot.child)

    def _read(self, raw: Path, scratch: Path, slot: "_Slot", forms_for: FormsFor) -> tuple[Message, tuple[Reading, ...]]:
        deadline = time.monotonic() + self._mail_seconds
        request = {"op": "open", "raw": str(raw), "scratch": str(scratch), "limits": to_json(self.limits)}
        try:
            answer = slot.ask(request, self._seconds)
            message = from_json(Message, answer["message"])
            leaves = from_json(tuple[_FoundLeaf, ...], answer["leaves"])
        except (ChildFailed, BadAnswer, KeyError) as error:
            return self._head(raw, slot, f"not parsed: {error}"), ()
        forms = [form.id for form in forms_for(message.envelope)]
        read: dict[str, tuple[Part, ...]] = {}
        readings: list[Reading] = []
        for leaf in leaves:
            if leaf.document is None and leaf.sha256 not in read:
                read[leaf.sha256] = self._parts(leaf, scratch, slot, deadline, forms)
            readings += _readings(leaf, (Part(leaf.document),) if leaf.document else read[leaf.sha256])
        return replace(message, attachments=tuple(r.attachment for r in readings)), tuple(readings)

    def _head(self, raw: Path, slot: "_Slot", trouble: str) -> Message:
        """What the header of a mail says that cannot be opened; where even that cannot be read, a message of nobody."""
        request = {"op": "head", "raw": str(raw), "limits": to_json(self.limits), "trouble": trouble}
        try:
            return from_json(Message, slot.ask(request, self._seconds)["message"])
        except (ChildFailed, BadAnswer, KeyError):
            return Message(Envelope(), trouble=trouble)

    def _parts(self, leaf: _FoundLeaf, scratch: Path, slot: "_Slot", deadline: float, forms: list[str]) -> tuple[Part, ...]:
        seconds = min(self._seconds, deadline - time.monotonic())
        if seconds <= 0:
            return (Part(Document("other", trouble="corrupt", detail="not read: the mail took too long")),)
        try:
            answer = slot.ask({"op": "read", "leaf": str(scratch / leaf.file), "name": leaf.name, "forms": forms}, seconds)
            return from_json(tuple[Part, ...], answer["parts"])
        except (ChildFailed, BadAnswer, KeyError) as error:
            return (Part(Document("other", trouble="corrupt", detail=f"reader failed: {error}")),)


def _readings(leaf: _FoundLeaf, parts: tuple[Part, ...]) -> list[Reading]:
    """Several forms in one file are several files, 文件.docx#1, 文件.docx#2."""
    paths = [leaf.path] if len(parts) == 1 else [f"{leaf.path}#{number}" for number in range(1, len(parts) + 1)]
    files = (Attachment(p, leaf.name, leaf.sha256, leaf.size, part.document, leaf.inline, leaf.forwarded) for p, part in zip(paths, parts, strict=True))
    return [Reading(file, part.classification, part.parsed, part.fault) for file, part in zip(files, parts, strict=True)]


class _Slot:
    """The child a mail is being read with, replaced when it died, hung or has grown."""

    def __init__(self, child: _Child | None, start: Callable[[], _Child]) -> None:
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
