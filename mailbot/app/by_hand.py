"""The manual way out: letters that wait are handed to people as texts, and are no longer ours to send."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from mailbot.app.ports import Clock, Ledger
from mailbot.domain.errors import MailbotError
from mailbot.domain.filenames import safe_name
from mailbot.domain.records import Queued
from mailbot.domain.words import LETTERS

HANDED = "已导出，由人工发送"
_LIST = "清单.txt"


@dataclass(frozen=True)
class ByHand:
    """A letter is on the disk before it is taken out of the outbox, in one step; one that a worker took first is taken off the disk again.
    A crash before that step leaves it in the outbox, and what is exported twice bears the same number; after it the letter is theirs, and
    `mailbot outbox` says so beside it."""

    ledger: Ledger
    clock: Clock

    def hand_over(self, folder: Path) -> tuple[Queued, ...]:
        """The letters that people now have to send. Raises MailbotError where the disk refuses."""
        waiting = [letter for letter in self.ledger.letters_listed() if letter.state == "waiting"]
        handed = tuple(self._handed(folder, waiting))
        if handed:
            lines = [f"{letter.id:05}  {letter.recipient}  {letter.subject}" for letter in handed]
            head = f"{self.clock():%Y-%m-%d %H:%M} 导出 {len(handed)} 封，系统不会再发它们。请照各文件里的收件人、主题和正文发出。"
            with _told():
                _write(folder / _LIST, "\n".join((head, "", *lines, "")).encode())
        return handed

    def _handed(self, folder: Path, letters: list[Queued]) -> Iterator[Queued]:
        for letter in letters:
            with _told():
                written = tuple(_files(folder, letter))
            if self.ledger.withdraw(letter.id, HANDED, self.clock()):
                yield letter
            else:
                for file in written:
                    file.unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    """OSError as our own."""
    try:
        yield
    except OSError as problem:
        sentence = "信导不出来，请检查磁盘空间和文件夹权限；还没有导出的信仍在发件箱里。"
        raise MailbotError(sentence, temporary=True, detail=str(problem.strerror)) from problem


def _files(folder: Path, letter: Queued) -> Iterator[Path]:
    """The text of a letter, and beside it what is enclosed."""
    mail = message_from_bytes(letter.raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    enclosed = [(f"{letter.id:05}-{safe_name(part.get_filename() or '附件')}", part.get_content()) for part in mail.iter_attachments()]
    head = (f"收件人：{letter.recipient}", f"主题：{letter.subject}", f"种类：{LETTERS.get(letter.kind, letter.kind)}",
            *(f"附件：{name}" for name, _ in enclosed))  # fmt: skip
    text = "\n".join((*head, "", body.get_content() if body is not None else "", ""))
    yield _write(folder / f"{letter.id:05}.txt", text.encode())
    for name, content in enclosed:
        yield _write(folder / name, content if isinstance(content, bytes) else str(content).encode())


def _write(file: Path, content: bytes) -> Path:
    """Only its owner may read it: addresses and a unit's data stand in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    return file
