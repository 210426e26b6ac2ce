"""The parent's side of the cage: starts children, asks them, kills them, and puts the answers together."""

import logging
import queue
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from mailbot.adapters.cage.children import Child, ChildFailed, Slot
from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.codec import BadAnswer, from_json, to_json
from mailbot.adapters.limits import DEFAULT_LIMITS, Limits
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.mail import Attachment, Envelope, Message
from mailbot.domain.pages import Look
from mailbot.domain.part import Part
from mailbot.domain.reading import Reading

log = logging.getLogger(__name__)
_MEMORY = 1_000_000_000
_NOTHING: Mapping[str, str] = {}
_READING_LEFT = 60  # seconds for what was not looked at in time and is to be read at least


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


FormsFor = Callable[[Envelope], tuple[FormType, ...]]


def _no_forms(_: Envelope) -> tuple[FormType, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Viewing:
    """That pages are looked at, and how. `looks`: where what was seen is kept. `reads`: their words too, where OCR is installed.
    `least_pixels`: a smaller picture is no page. `draws`: pictures of the pages with what was seen, beside the thumbnails."""

    looks: Looks
    reads: bool = True
    least_pixels: int = 0
    draws: bool = False


class Cage:
    """Reads mails in `workers` child processes; threads may share it. A context manager: the children end with it.

    `seconds`: for one request (opening the mail, reading one file). `mail_seconds`: for a whole mail; what is unread
    then stays unread. `memory`: bytes of address space for a child. `forms`: all that may be looked for. `viewing`:
    pages are looked at too, as long as `mail_seconds` leave; what nobody looked at is read all the same.
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
        viewing: Viewing | None = None,
    ) -> None:
        self.limits = limits
        self._viewing = viewing
        self._seconds, self._mail_seconds = seconds, mail_seconds
        forms = tuple(forms)
        self._start = lambda: Child(memory, {"forms": to_json(forms)})
        # A slot is None until its child is needed.
        self._slots: queue.LifoQueue[Child | None] = queue.LifoQueue()
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

    def read_mail(
        self, raw: Path, forms_for: FormsFor = _no_forms, assigned: Mapping[str, str] = _NOTHING
    ) -> tuple[Message, tuple[Reading, ...]]:
        """The Message in a file, and its files read, one Reading a form. Never fails for what is in the file; OSError where it
        cannot be read at all. `assigned`: path -> id of the form that a person said a file is, whatever it looks like."""
        raw = Path(raw).resolve(strict=True)
        slot = Slot(self._slots.get(), self._start)
        try:
            with tempfile.TemporaryDirectory(prefix="mailbot-") as scratch:
                return self._read(raw, Path(scratch), slot, forms_for, assigned)
        finally:
            self._slots.put(slot.child)

    @contextmanager
    def files_of(self, raw: Path) -> Iterator[Mapping[str, Path]]:
        """The files of a mail, unpacked and unread: SHA-256 -> where its bytes lie until the end. Empty where the mail cannot be opened.
        What lies there is what a child says that it is: look before believing. OSError where the mail cannot be read at all."""
        raw = Path(raw).resolve(strict=True)
        slot = Slot(self._slots.get(), self._start)
        try:
            with tempfile.TemporaryDirectory(prefix="mailbot-") as scratch:
                request = {"op": "open", "raw": str(raw), "scratch": scratch, "limits": to_json(self.limits)}
                try:
                    leaves = tuple(map(_sound, from_json(tuple[_FoundLeaf, ...], slot.ask(request, self._seconds)["leaves"])))
                except (ChildFailed, BadAnswer, KeyError) as error:
                    log.warning("not opened raw=%s: %s", raw.name[:12], error)
                    leaves = ()
                yield {leaf.sha256: Path(scratch) / leaf.file for leaf in leaves if leaf.file.isdecimal()}
        finally:
            self._slots.put(slot.child)

    def _read(self, raw: Path, scratch: Path, slot: Slot, forms_for: FormsFor, assigned: Mapping[str, str]) -> tuple[Message, tuple[Reading, ...]]:
        deadline = time.monotonic() + self._mail_seconds
        request = {"op": "open", "raw": str(raw), "scratch": str(scratch), "limits": to_json(self.limits)}
        try:
            answer = slot.ask(request, self._seconds)
            message = from_json(Message, answer["message"])
            leaves = tuple(map(_sound, from_json(tuple[_FoundLeaf, ...], answer["leaves"])))
        except (ChildFailed, BadAnswer, KeyError) as error:
            return self._head(raw, slot, f"not parsed: {error}"), ()
        forms = [form.id for form in forms_for(message.envelope)]
        read: dict[str, tuple[Part, ...]] = {}
        readings: list[Reading] = []
        for leaf in leaves:
            if leaf.document is None and leaf.sha256 not in read:
                read[leaf.sha256] = self._parts(leaf, scratch, slot, deadline, [f"={told}"] if (told := assigned.get(leaf.path)) else forms)
            readings += _readings(leaf, (Part(leaf.document),) if leaf.document else read[leaf.sha256])
        return replace(message, attachments=tuple(r.attachment for r in readings)), tuple(readings)

    def _head(self, raw: Path, slot: Slot, trouble: str) -> Message:
        """What the header of a mail says that cannot be opened; where even that cannot be read, a message of nobody."""
        request = {"op": "head", "raw": str(raw), "limits": to_json(self.limits), "trouble": trouble}
        try:
            return from_json(Message, slot.ask(request, self._seconds)["message"])
        except (ChildFailed, BadAnswer, KeyError):
            return Message(Envelope(), trouble=trouble)

    def _parts(self, leaf: _FoundLeaf, scratch: Path, slot: Slot, deadline: float, forms: list[str]) -> tuple[Part, ...]:
        left = deadline - time.monotonic()
        if self._viewing is not None:
            try:
                return self._looked_at(self._viewing, leaf, scratch, slot, left, forms)
            except (ChildFailed, BadAnswer, KeyError) as error:
                log.warning("not looked at sha256=%s: %s", leaf.sha256[:12], error)
                parts = self._read_only(leaf, scratch, slot, deadline + _READING_LEFT - time.monotonic(), forms)
                return tuple(_unseen(part, isinstance(error, ChildFailed) and error.hung, self._viewing.least_pixels) for part in parts)
        return self._read_only(leaf, scratch, slot, left, forms)

    def _looked_at(self, viewing: Viewing, leaf: _FoundLeaf, scratch: Path, slot: Slot, left: float, forms: list[str]) -> tuple[Part, ...]:
        if left <= 0:
            raise ChildFailed("not looked at: the mail took too long", hung=True)
        known = viewing.looks.get(leaf.sha256) if not viewing.draws else None
        pictures = scratch / f"pictures-{leaf.file}"
        answer = slot.ask({
            "op": "look", "leaf": str(scratch / leaf.file), "name": leaf.name, "forms": forms, "known": to_json(known), "reads": viewing.reads,
            "least_pixels": viewing.least_pixels, "folder": str(pictures), "draws": viewing.draws,
        }, min(self._seconds, left))  # fmt: skip
        look = from_json(Look | None, answer["look"])  # type: ignore[arg-type]  # a union is no type to mypy
        if look is not None and known is None:
            viewing.looks.keep(leaf.sha256, look, pictures)
        return from_json(tuple[Part, ...], answer["parts"])

    def _read_only(self, leaf: _FoundLeaf, scratch: Path, slot: Slot, left: float, forms: list[str]) -> tuple[Part, ...]:
        if left <= 0:
            return (Part(Document("other", trouble="corrupt", detail="not read: the mail took too long")),)
        try:
            answer = slot.ask({"op": "read", "leaf": str(scratch / leaf.file), "name": leaf.name, "forms": forms}, min(self._seconds, left))
            return from_json(tuple[Part, ...], answer["parts"])
        except (ChildFailed, BadAnswer, KeyError) as error:
            return (Part(Document("other", trouble="corrupt", detail=f"reader failed: {error}")),)


def _unseen(part: Part, hung: bool, least: int) -> Part:
    """A page that could not be looked at, which is said."""
    if not part.document.has_pages(least):
        return part
    return replace(part, document=replace(part.document, look=Look((), "time-out" if hung else "failed")))


def _sound(leaf: _FoundLeaf) -> _FoundLeaf:
    """A child that was taken over must not choose where in the house files lie."""
    if not re.fullmatch(r"[0-9a-f]{64}", leaf.sha256) or not re.fullmatch(r"[\w.-]*", leaf.file):
        raise BadAnswer("no such leaf")
    return leaf


def _readings(leaf: _FoundLeaf, parts: tuple[Part, ...]) -> list[Reading]:
    """Several forms in one file are several files, 文件.docx#1, 文件.docx#2."""
    paths = [leaf.path] if len(parts) == 1 else [f"{leaf.path}#{number}" for number in range(1, len(parts) + 1)]
    files = (Attachment(p, leaf.name, leaf.sha256, leaf.size, part.document, leaf.inline, leaf.forwarded) for p, part in zip(paths, parts, strict=True))
    return [Reading(file, part.classification, part.parsed, part.fault) for file, part in zip(files, parts, strict=True)]
