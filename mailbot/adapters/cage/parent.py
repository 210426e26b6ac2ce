"""The parent's side of the cage: starts children, asks them, kills them, and puts the answers together."""

import errno
import hashlib
import logging
import os
import queue
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from mailbot.adapters.cage.children import Child, ChildFailed, Slot
from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.scratch import Scratch, empty
from mailbot.adapters.codec import BadAnswer, from_json, to_json
from mailbot.adapters.limits import DEFAULT_LIMITS, MB, Limits
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.mail import Attachment, Envelope, Message
from mailbot.domain.pages import Look
from mailbot.domain.part import Part
from mailbot.domain.reading import Reading

log = logging.getLogger(__name__)
T = TypeVar("T")
_MEMORY = 512 * MB
_FILE_BYTES = 64 * MB
_NOTHING: Mapping[str, str] = {}
_READING_LEFT = 60  # seconds for what was not looked at in time and is to be read at least
_HEAD_SECONDS = 10  # of a mail's: kept for its header where all else failed
_TRIES = 3


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

    `seconds`: for one request (opening the mail, reading one file), `cpu`: of them, of the processor. `mail_seconds`: for a whole mail;
    what is unread then stays unread. What fails is tried again at the end of the mail, three times in all. `memory`: bytes of address space
    for a child. `forms`: all that may be looked for. `viewing`: pages are looked at too, as long as `mail_seconds` leave; what nobody looked
    at is read all the same. `scratch`: the place of the files while they are read.
    """

    def __init__(
        self,
        workers: int = 1,
        limits: Limits = DEFAULT_LIMITS,
        *,
        seconds: float = 30,
        cpu: float = 20,
        mail_seconds: float = 60,
        memory: int = _MEMORY,
        forms: Iterable[FormType] = (),
        viewing: Viewing | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.limits = limits
        self._viewing = viewing
        self._seconds, self._cpu, self._mail_seconds = seconds, cpu, mail_seconds
        told = {"forms": to_json(tuple(forms))}
        file_bytes = max(_FILE_BYTES, limits.mail_bytes + MB, limits.file_bytes + MB)
        self._start = lambda folder: Child(memory, file_bytes, folder, told)
        self._scratch = Scratch(scratch)
        # A child is None until it is needed; the number names its folder.
        self._slots: queue.LifoQueue[tuple[int, Child | None]] = queue.LifoQueue()
        for number in range(workers):
            self._slots.put((number, None))
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
        for _, child in slots:
            if child is not None:
                child.kill()
        self._scratch.close()
        for number, _ in slots:
            self._slots.put((number, None))

    def held(self) -> Mapping[str, bool]:
        """What a child on this machine is kept from: other `files`, the `network`; whether its `processes` are counted, and the whole
        `tree` of them ends with it; whether LibreOffice, the `office`, can start in it. Nothing where no child can be started."""
        with self._slot() as slot:
            try:
                return slot.ask({"op": "held"}, self._seconds, lambda answer: {name: answer[name] is True for name in HELD})
            except ChildFailed as failure:
                log.warning("no child: %s", failure)
                return dict.fromkeys(HELD, False)

    def unloaded(self) -> Mapping[str, str]:
        """The readers that do not load in a child, and what they say; none where no child can be started (`held` tells that)."""
        with self._slot() as slot:
            try:
                return slot.unloaded(self._seconds)
            except ChildFailed as failure:
                log.warning("no child: %s", failure)
                return {}

    def read_mail(
        self, raw: Path, forms_for: FormsFor = _no_forms, assigned: Mapping[str, str] = _NOTHING
    ) -> tuple[Message, tuple[Reading, ...]]:
        """The Message in a file, and its files read, one Reading a form. Never fails for what is in the file; OSError where it
        cannot be read at all. `assigned`: path -> id of the form that a person said a file is, whatever it looks like."""
        with self._slot() as slot:
            return self._read(_copied(raw, slot.folder), slot, forms_for, assigned)

    @contextmanager
    def files_of(self, raw: Path) -> Iterator[Mapping[str, Path]]:
        """The files of a mail, unpacked and unread: SHA-256 -> where its bytes lie until the end. Empty where the mail cannot be opened.
        What lies there is what a child says that it is: look before believing. OSError where the mail cannot be read at all."""
        with self._slot() as slot:
            try:
                _, leaves = self._opened(_copied(raw, slot.folder), slot, self._seconds)
            except ChildFailed as error:
                log.warning("not opened raw=%s: %s", raw.name[:12], error)
                leaves = ()
            slot.drop()  # nobody else touches what is being handed out
            yield {leaf.sha256: slot.folder / leaf.file for leaf in leaves if _is_file(slot.folder / leaf.file)}

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        """A child and its folder, which is empty before and after."""
        number, child = self._slots.get()
        try:
            slot = Slot(child, self._scratch.folder(number), self._start, self._cpu)
        except BaseException:
            self._slots.put((number, child))
            raise
        try:
            yield slot
        except BaseException:
            slot.drop()
            raise
        finally:
            try:
                empty(slot.folder)
            finally:
                self._slots.put((number, slot.child))

    def _opened(self, mail: Path, slot: Slot, left: float) -> tuple[Message, tuple[_FoundLeaf, ...]]:
        """Raises ChildFailed."""
        request = {"op": "open", "raw": str(mail), "scratch": str(slot.folder), "limits": to_json(self.limits)}
        return slot.ask(request, min(self._seconds, left), _message_and_leaves)

    def _read(self, mail: Path, slot: Slot, forms_for: FormsFor, assigned: Mapping[str, str]) -> tuple[Message, tuple[Reading, ...]]:
        deadline = time.monotonic() + self._mail_seconds
        try:
            message, leaves = _tried(lambda left: self._opened(mail, slot, left), deadline - min(_HEAD_SECONDS, self._mail_seconds / 2))
        except ChildFailed as error:
            return self._head(mail, slot, f"not parsed: {error}"), ()
        forms = [form.id for form in forms_for(message.envelope)]
        wanted = {leaf.sha256: leaf for leaf in reversed(leaves) if leaf.document is None}  # the first of those that are the same

        def parts(leaf: _FoundLeaf) -> tuple[Part, ...]:
            return self._parts(leaf, slot, deadline, [f"={told}"] if (told := assigned.get(leaf.path)) else forms)

        read = _each(tuple(wanted.values())[::-1], parts, deadline)
        readings = [r for leaf in leaves for r in _readings(leaf, (Part(leaf.document),) if leaf.document else read[leaf.sha256])]
        return replace(message, attachments=tuple(r.attachment for r in readings)), tuple(readings)

    def _head(self, mail: Path, slot: Slot, trouble: str) -> Message:
        """What the header of a mail says that cannot be opened; where even that cannot be read, a message of nobody."""
        request = {"op": "head", "raw": str(mail), "limits": to_json(self.limits), "trouble": trouble}
        try:
            return slot.ask(request, min(self._seconds, _HEAD_SECONDS), lambda answer: from_json(Message, answer["message"]))
        except ChildFailed:
            self._must_start(slot)
            return Message(Envelope(), trouble=trouble)

    def _must_start(self, slot: Slot) -> None:
        """That no child can be started here is our trouble, not the mail's. Raises OSError."""
        slot.drop()
        empty(slot.folder)
        try:
            slot.ask({"op": "held"}, self._seconds, dict)
        except ChildFailed as failure:
            raise OSError(errno.ECHILD, f"no reader process can be started: {failure}") from failure

    def _parts(self, leaf: _FoundLeaf, slot: Slot, deadline: float, forms: list[str]) -> tuple[Part, ...]:
        """Raises ChildFailed."""
        left = deadline - time.monotonic()
        if self._viewing is None:
            return self._read_only(leaf, slot, left, forms)
        try:
            return self._looked_at(self._viewing, leaf, slot, left, forms)
        except ChildFailed as error:
            log.warning("not looked at sha256=%s: %s", leaf.sha256[:12], error)
            parts = self._read_only(leaf, slot, left + _READING_LEFT, forms)
            return tuple(_unseen(part, error.hung, self._viewing.least_pixels) for part in parts)

    def _looked_at(self, viewing: Viewing, leaf: _FoundLeaf, slot: Slot, left: float, forms: list[str]) -> tuple[Part, ...]:
        if left <= 0:
            raise ChildFailed("not looked at: the mail took too long", hung=True)
        if not _holds(slot.folder / leaf.file, leaf.sha256):  # else what is kept for another file would be shown, or replaced
            raise ChildFailed("not looked at: it is not the file that it is said to be")
        known = viewing.looks.get(leaf.sha256) if not viewing.draws else None
        pictures = slot.folder / f"pictures-{leaf.file}"
        look, parts = slot.ask({
            "op": "look", "leaf": str(slot.folder / leaf.file), "name": leaf.name, "forms": forms, "known": to_json(known), "reads": viewing.reads,
            "least_pixels": viewing.least_pixels, "folder": str(pictures), "draws": viewing.draws,
        }, min(self._seconds, left), _look_and_parts)  # fmt: skip
        if look is not None and known is None:
            viewing.looks.keep(leaf.sha256, look, pictures)
        return parts

    def _read_only(self, leaf: _FoundLeaf, slot: Slot, left: float, forms: list[str]) -> tuple[Part, ...]:
        if left <= 0:
            return (_UNREAD,)
        request = {"op": "read", "leaf": str(slot.folder / leaf.file), "name": leaf.name, "forms": forms}
        return slot.ask(request, min(self._seconds, left), _parts_of)


HELD = ("files", "network", "tree", "processes", "office")
_UNREAD = Part(Document("other", trouble="corrupt", detail="not read: the mail took too long"))


def _copied(raw: Path, folder: Path) -> Path:
    """A mail where its child may see it; the archive it never sees."""
    mail = folder / "mail"
    shutil.copyfile(raw, mail)
    return mail


def _tried(ask: Callable[[float], T], deadline: float) -> T:
    """An answer, asked for until there is one, at most three times. `ask` gets the seconds that are left. Raises ChildFailed, the last one."""
    for _ in range(_TRIES - 1):
        try:
            return ask(max(deadline - time.monotonic(), 1))
        except ChildFailed as failure:
            if time.monotonic() >= deadline:
                raise
            log.warning("tried again: %s", failure)
    return ask(max(deadline - time.monotonic(), 1))


def _each(leaves: Sequence[_FoundLeaf], parts: Callable[[_FoundLeaf], tuple[Part, ...]], deadline: float) -> dict[str, tuple[Part, ...]]:
    """SHA-256 -> what is in the file. What failed is tried again after all others had their turn, so that it costs them nothing."""
    read: dict[str, tuple[Part, ...]] = {}
    for number in range(1, _TRIES + 1):
        failed: list[_FoundLeaf] = []
        for leaf in leaves:
            if number > 1 and time.monotonic() >= deadline:
                break
            try:
                read[leaf.sha256] = parts(leaf)
            except ChildFailed as error:
                log.warning("not read sha256=%s try=%d: %s", leaf.sha256[:12], number, error)
                read[leaf.sha256] = (Part(Document("other", trouble="corrupt", detail=f"reader failed: {error}")),)
                failed.append(leaf)
        leaves = failed
    return read


def _message_and_leaves(answer: dict[str, Any]) -> tuple[Message, tuple[_FoundLeaf, ...]]:
    return from_json(Message, answer["message"]), tuple(map(_sound, from_json(tuple[_FoundLeaf, ...], answer["leaves"])))


def _look_and_parts(answer: dict[str, Any]) -> tuple[Look | None, tuple[Part, ...]]:
    look: Look | None = from_json(Look | None, answer["look"])  # type: ignore[arg-type]  # a union is no type to mypy
    return look, _parts_of(answer)


def _parts_of(answer: dict[str, Any]) -> tuple[Part, ...]:
    parts = from_json(tuple[Part, ...], answer["parts"])
    if not parts:
        raise BadAnswer("no part")
    return parts


def _unseen(part: Part, hung: bool, least: int) -> Part:
    """A page that could not be looked at, which is said."""
    if not part.document.has_pages(least):
        return part
    return replace(part, document=replace(part.document, look=Look((), "time-out" if hung else "failed")))


def _sound(leaf: _FoundLeaf) -> _FoundLeaf:
    """A child that was taken over must not choose where in the house files lie."""
    if not re.fullmatch(r"[0-9a-f]{64}", leaf.sha256) or not re.fullmatch(r"[1-9]\d{0,5}|", leaf.file, re.ASCII):
        raise BadAnswer("no such leaf")
    return leaf


def _is_file(path: Path) -> bool:
    """A file, no link to one, whatever a child put there."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _holds(path: Path, sha256: str) -> bool:
    """Whether that is a file with these bytes. A child may put a link or a pipe there at any moment."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))) as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _readings(leaf: _FoundLeaf, parts: tuple[Part, ...]) -> list[Reading]:
    """Several forms in one file are several files, 文件.docx#1, 文件.docx#2."""
    paths = [leaf.path] if len(parts) == 1 else [f"{leaf.path}#{number}" for number in range(1, len(parts) + 1)]
    files = (Attachment(p, leaf.name, leaf.sha256, leaf.size, part.document, leaf.inline, leaf.forwarded) for p, part in zip(paths, parts, strict=True))
    return [Reading(file, part.classification, part.parsed, part.fault) for file, part in zip(files, parts, strict=True)]
