"""The world outside the process that is killed: a mailbox and a mail server as files in a folder. What the server accepted survives the
kill, as it does in real life; each file is there whole or not at all."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mailbot.adapters.smtp import classify
from mailbot.domain.bounces import id_of
from mailbot.domain.errors import SendError
from mailbot.domain.mail import FolderState, Place

# What the server may say to the next letter to an address: it takes it, it says a line, or nothing comes back any more.
TAKES, LOST, TAKES_AND_IS_LOST = "takes", "lost", "takes and is lost"


def put(path: Path, content: bytes) -> None:
    """The file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.rename(path)


def _numbered(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


@dataclass(frozen=True)
class World:
    """`folder`: home/ is the bot's, outside/ the world's."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    # --- the mailboxes

    def deliver(self, box: str, raw: bytes, when: datetime, folder: str = "INBOX") -> None:
        there = self.outside / "boxes" / box / folder
        put(there / f"{len(_numbered(there)) + 1:04} {when.isoformat()}", raw)

    def lying(self, box: str, folder: str = "INBOX") -> list[tuple[int, datetime, Path]]:
        """(UID, moment of receipt, where its bytes are)."""
        named = ((path.name.partition(" "), path) for path in _numbered(self.outside / "boxes" / box / folder))
        return [(int(uid), datetime.fromisoformat(moment), path) for (uid, _, moment), path in named]

    # --- the mail server

    def script(self, answers: dict[str, tuple[str, ...]]) -> None:
        """Address -> what the server says to each try of a letter to it; the last goes on for ever."""
        put(self.outside / "answers.json", json.dumps(answers).encode())

    def offered(self, raw: bytes, recipient: str) -> str:
        """What the server answers; what it takes it has from here on."""
        answers = json.loads((self.outside / "answers.json").read_bytes()).get(recipient, (TAKES,))
        tries = self.outside / "tries" / recipient
        number = len(_numbered(tries))
        said = str(answers[min(number, len(answers) - 1)])
        if said in (TAKES, TAKES_AND_IS_LOST):
            put(self.outside / "accepted" / f"{len(self.accepted()):04}", recipient.encode() + b"\n" + raw)
        put(tries / f"{number:04}", said.encode())
        return said

    def accepted(self) -> list[tuple[str, str, bytes]]:
        """(recipient, Message-ID, bytes) in the order they were taken."""
        found = []
        for path in _numbered(self.outside / "accepted"):
            recipient, _, raw = path.read_bytes().partition(b"\n")
            found.append((recipient.decode(), id_of(raw), raw))
        return found

    # --- where the story is, and what staff were told

    @property
    def round(self) -> int:
        path = self.outside / "round"
        return int(path.read_bytes()) if path.exists() else 0

    def begin(self, number: int) -> None:
        put(self.outside / "round", str(number).encode())

    def delivered(self, number: int) -> bool:
        return (self.outside / f"delivered-{number}").exists()

    def note_delivered(self, number: int) -> None:
        put(self.outside / f"delivered-{number}", b"")

    def tell(self, problems: tuple[str, ...]) -> None:
        with (self.outside / "told").open("a", encoding="utf-8") as file:
            file.writelines(f"{problem}\n" for problem in problems)

    def told(self) -> str:
        path = self.outside / "told"
        return path.read_text("utf-8") if path.exists() else ""


@dataclass(frozen=True)
class Box:
    """A mailbox of the world behind the port, as a server with UIDVALIDITY and UIDNEXT shows it (RFC 3501)."""

    world: World
    address: str

    def poll_folders(self, wanted: tuple[str, ...]) -> tuple[FolderState, ...]:
        return (self.state("INBOX"),)

    def state(self, folder: str) -> FolderState:
        return FolderState(folder, 7, len(self.world.lying(self.address, folder)) + 1)

    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]:
        there = self.world.lying(self.address, folder)
        return tuple(
            Place(folder, 7, uid, path.stat().st_size, moment, self.address)
            for uid, moment, path in there
            if uid >= after and (after > 1 or moment.date() >= since)
        )

    def fetch(self, place: Place, max_bytes: int) -> Iterator[bytes] | None:
        raw = next(path.read_bytes() for uid, _, path in self.world.lying(self.address, place.folder) if uid == place.uid)
        return (raw[start : start + 40_000] for start in range(0, len(raw), 40_000))

    def message_ids(self, folder: str, since: date) -> frozenset[str]:
        return frozenset(id_of(path.read_bytes()) for _, _, path in self.world.lying(self.address, folder))

    def sent_folder(self) -> str | None:
        return "已发送"

    def append(self, folder: str, raw: bytes, moment: datetime) -> None:
        self.world.deliver(self.address, raw, moment, folder)


@dataclass(frozen=True)
class Postman:
    """The world's mail server behind the port."""

    world: World

    def send(self, raw: bytes, recipient: str) -> None:
        said = self.world.offered(raw, recipient)
        if said in (LOST, TAKES_AND_IS_LOST):
            raise SendError("ambiguous", "邮件已交给发件服务器，但没有收到确认，可能已经发出。", action="review", detail="lost")
        if said != TAKES:
            code, _, text = said.partition(" ")
            raise classify(int(code), text)


@contextmanager
def opened(box: Box) -> Iterator[Box]:
    yield box
