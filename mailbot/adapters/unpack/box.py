"""What every opener of archives shares: the budget that counts while reading, names that are only shown, members as leaves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from mailbot.adapters.leaves import PIECE, Leaf, Store
from mailbot.adapters.limits import Limits
from mailbot.adapters.mime.names import clean_name
from mailbot.domain.documents import Trouble

_IGNORED_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
_IGNORED_BEGINNINGS = ("._", "~$", ".~lock.")  # macOS; who has a file open: Word, LibreOffice


class Refused(Exception):
    """Why an archive cannot be opened or read on: a code of the contract and a sentence for the log."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble, self.detail = trouble, detail


@dataclass
class Budget:
    """What one mail may still unpack."""

    limits: Limits
    unpacked: int = 0
    opened: int = 0  # leaves given out, and mails and archives opened

    def spend(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > self.limits.unpacked_bytes:
            raise Refused("archive-unsafe", f"more than {self.limits.unpacked_bytes} bytes unpacked")

    def counted(self, pieces: Iterable[bytes], packed: int) -> Iterator[bytes]:
        """The pieces of what had `packed` bytes, as long as they are fewer than the limits allow."""
        size = 0
        for piece in pieces:
            self.spend(len(piece))
            size += len(piece)
            if size > self.limits.ratio_from and size > self.limits.ratio * max(packed, 1):
                raise Refused("archive-unsafe", f"unpacks to more than {self.limits.ratio} times its size")
            yield piece


@dataclass
class Box:
    """An archive being opened: its members so far, and why some were refused."""

    leaf: Leaf
    budget: Budget
    store: Store
    members: list[Leaf] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    seen: int = 0

    def wants(self, name: str) -> bool:
        """Whether a member of this name is one of the sender's files. Raises Refused where there are too many."""
        self.seen += 1
        if self.seen > 10 * self.budget.limits.archive_members or len(self.members) >= self.budget.limits.archive_members + 1:
            raise Refused("archive-unsafe", f"more than {self.budget.limits.archive_members} files")
        if is_clutter(name):
            return False
        if leads_out(name):
            self.unsafe.append("path leaves the archive")
            return False
        return True

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """One member, stored. What `pieces` raises goes through."""
        if len(self.members) >= self.budget.limits.archive_members:
            raise Refused("archive-unsafe", f"more than {self.budget.limits.archive_members} files")
        shown = shown_name(name)
        content = self.store.keep(pieces)
        path = f"{self.leaf.path}/{shown}"
        self.members.append(replace(self.leaf, path=path, name=shown.rpartition("/")[2], content=content, inline=False, mail=False))

    def add_unread(self, name: str, trouble: Trouble, detail: str) -> None:
        """One member of which only the name can be given."""
        self.add(name, ())
        self.members[-1] = replace(self.members[-1], trouble=trouble, detail=detail)


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """A stream to its end."""
    while piece := stream.read(PIECE):
        yield piece


def part_of(stream: BinaryIO, at: int, length: int) -> Iterator[bytes]:
    """`length` bytes of a stream from offset `at`, fewer where it ends before."""
    stream.seek(at)
    while length > 0 and (piece := stream.read(min(PIECE, length))):
        length -= len(piece)
        yield piece


def is_clutter(name: str) -> bool:
    """Files that a system or an office program leaves beside the sender's own."""
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith(_IGNORED_BEGINNINGS) or parts[-1].lower() in _IGNORED_NAMES


def leads_out(name: str) -> bool:
    flat = name.replace("\\", "/")
    return flat.startswith("/") or flat[1:3] == ":/" or ".." in flat.split("/")


def shown_name(name: str) -> str:
    """The cleaned way to a member: 子目录/清单.docx. Backslashes part folders, as Windows programs write them."""
    parts = [clean_name(part) for part in name.split("\0")[0].replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part) or "未命名"
