"""A backup file: a zip whose last member is an index with the size and SHA-256 of all others. Written whole or not at all; read as if
somebody else had made it: only names of a few shapes, nothing longer than the index says, nothing that is not what its hash says."""

import hashlib
import json
import os
import re
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from mailbot.adapters.disk import sync_folder
from mailbot.domain.errors import ConfigurationError, MailbotError

_INDEX, _FORMAT, _EDITION = "index.json", "mailbot-backup", 1
_PIECE = 1 << 20
_INDEX_BYTES = 400_000_000  # of some million mails
_SAFE = r"\w[\w .()（）+,=@\-]{0,120}"
_NAMES = re.compile(
    rf"ledger/[a-z_]{{1,40}}\.jsonl|archive/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}\.eml|pages/([0-9a-f]{{2}})/\2[0-9a-f]{{62}}/{_SAFE}"
    rf"|rules/(?:config|config/forms|config/campaigns|templates)/{_SAFE}"
)

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)  # as zipfile says it
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class NotABackup(ConfigurationError):
    """Another file, or a damaged one: nothing of it was taken."""


class BackupNotWritten(MailbotError):
    passing = True


@dataclass
class BundleWriter:
    """What was added so far: name -> (size, SHA-256)."""

    _zip: zipfile.ZipFile
    added: dict[str, tuple[int, str]] = field(default_factory=dict)

    def takes(self, name: str) -> bool:
        """Whether a file may have that name in a backup."""
        return bool(_NAMES.fullmatch(name)) and ".." not in name

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """The SHA-256 of what was added."""
        assert self.takes(name), name
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        self.added[name] = size, digest.hexdigest()
        return digest.hexdigest()

    def add_file(self, name: str, file: Path) -> str:
        """Raises FileNotFoundError where it is not there."""
        with file.open("rb") as source:
            return self.add(name, iter(lambda: source.read(_PIECE), b""))

    def finish(self, told: Mapping[str, Any]) -> None:
        files = {name: {"size": size, "sha256": sha256} for name, (size, sha256) in self.added.items()}
        index = {"format": _FORMAT, "edition": _EDITION, **told, "files": files}
        with self._zip.open(_entry(_INDEX), "w", force_zip64=True) as out:
            out.write(json.dumps(index, ensure_ascii=False, indent=1).encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry._compresslevel = 1  # type: ignore[attr-defined]  # mails are half packed already: more costs time and saves little
    entry.external_attr = 0o100600 << 16
    return entry


@contextmanager
def writing(file: Path) -> Iterator[BundleWriter]:
    """A new backup at `file`, which only its owner may read; it has its name once all of it is on the disk. Raises BackupNotWritten."""
    temporary = file.with_name(f".mailbot-{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "w+b") as out:
            with zipfile.ZipFile(out, "w", allowZip64=True) as packed:
                yield BundleWriter(packed)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
        sync_folder(file.parent)
    except OSError as problem:
        raise BackupNotWritten(f"备份写不进 {file}（{problem.strerror or problem}），请检查磁盘空间和权限。没有留下半份。") from problem
    finally:
        with suppress(OSError):  # a read-only disk refuses even what is not there
            temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class Bundle:
    """A backup that is read. `told`: what its index says besides `files` (name -> (size, SHA-256))."""

    _zip: zipfile.ZipFile
    told: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.files.values())

    def unpack(self, folder: Path, watch: Callable[[int, int], None]) -> None:
        """All files below a new folder, each on the disk and with the right hash. Raises NotABackup; OSError where the disk refuses."""
        for done, (name, (size, sha256)) in enumerate(self.files.items()):
            watch(done, len(self.files))
            place = folder.joinpath(*name.split("/"))
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self._zip.open(name) as source, open(place, "xb", opener=_for_us_alone) as out:
                    whole = _copied(source, out, size) == sha256
            except (*_DAMAGED, ValueError) as problem:
                raise NotABackup(f"备份文件已损坏（{name}），没有恢复任何内容。请换一份备份。") from problem
            if not whole:
                raise NotABackup(f"备份里的 {name} 与目录里记的校验值不符，没有恢复任何内容。请换一份备份。")
        watch(len(self.files), len(self.files))


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _copied(source: Any, out: BinaryIO, size: int) -> str:
    """The SHA-256 of what was copied, "" where it is longer or shorter than `size`."""
    digest, rest = hashlib.sha256(), size
    while piece := source.read(min(_PIECE, rest + 1)):
        rest -= len(piece)
        if rest < 0:
            return ""
        digest.update(piece)
        out.write(piece)
    out.flush()
    os.fsync(out.fileno())
    return digest.hexdigest() if rest == 0 else ""


@contextmanager
def reading(file: Path) -> Iterator[Bundle]:
    """Raises NotABackup where it is none of ours, or damaged."""
    if file.is_dir():
        raise NotABackup(f"{file} 是一个文件夹，请写备份文件的名字。")
    try:
        with zipfile.ZipFile(file) as packed:
            told = _index(packed)
            files = told.pop("files")
            yield Bundle(packed, told, files)
    except FileNotFoundError:
        raise NotABackup(f"没有这个文件：{file}") from None
    except _DAMAGED as problem:
        raise NotABackup(f"{file} 不是 mailbot 的备份，或者已经损坏，没有恢复任何内容。") from problem


def _index(packed: zipfile.ZipFile) -> dict[str, Any]:
    names = [info.filename for info in packed.infolist()]
    foreign = NotABackup("这个文件不是 mailbot 的备份，没有恢复任何内容。")
    if _INDEX not in names or len(names) != len(set(names)) or packed.getinfo(_INDEX).file_size > _INDEX_BYTES:
        raise foreign
    try:
        with packed.open(_INDEX) as source:
            told = json.loads(source.read(_INDEX_BYTES))
        if told.get("format") != _FORMAT:
            raise foreign
        if told.get("edition") != _EDITION:
            raise NotABackup("这份备份由更新的 mailbot 写成，请先升级程序再恢复。")
        files = {str(name): (int(about["size"]), str(about["sha256"])) for name, about in told["files"].items()}
    except (*_DAMAGED, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as problem:
        raise foreign from problem
    altered = frozenset(told.get("altered", ()))
    strange = any(not _may_be(name, sha256, altered) for name, (_, sha256) in files.items())
    if strange or set(files) | {_INDEX} != set(names) or any(info.compress_type not in _PACKED for info in packed.infolist()):
        raise NotABackup("备份里有不该有的文件名，或者缺文件，没有恢复任何内容。请换一份备份。")
    if any(size < 0 or packed.getinfo(name).file_size != size for name, (size, _) in files.items()):
        raise NotABackup("备份里的文件与目录里记的大小不符，没有恢复任何内容。请换一份备份。")
    return {**told, "files": files}


def _may_be(name: str, sha256: str, altered: frozenset[str]) -> bool:
    """Only names of our shapes, none that leads elsewhere; a mail is named by its own hash, unless it was `altered` in the archive before."""
    if not _NAMES.fullmatch(name) or ".." in name:
        return False
    return not name.startswith("archive/") or name.endswith(f"/{sha256}.eml") or name[-68:-4] in altered
