"""Everything needed to go on elsewhere, in one file: the ledger as it stands at one moment, the archive, the rules and templates in use.
Not the secrets. And back: into an empty home, all of it or nothing."""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from mailbot import __version__
from mailbot.app.ports import Archive
from mailbot.domain.audit import Entry, Head
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.restoring import Dump, Restored
from mailbot.domain.retention import Deleted
from mailbot.domain.reviews import OpenReview

log = logging.getLogger(__name__)
Watch = Callable[[int, int], None]
_MAY_LIE = frozenset(("secrets.env", "worker.lock", "STOP"))  # in a home that counts as empty
_STAGING = ".restoring-"
_ROOM = 1.2  # what a restore needs on the disk, by what is unpacked: the rows become a database besides


class NotHere(ConfigurationError):
    """Where a backup is to be restored to something lies already, or there is no room; or a backup would replace a file."""


class Snapshot(Protocol):
    """The ledger at one moment (adapters/ledger/dump.py)."""

    @property
    def version(self) -> str: ...
    @property
    def head(self) -> Head: ...
    def tables(self) -> tuple[str, ...]: ...
    def rows(self, table: str) -> Iterator[bytes]: ...
    def mails(self) -> tuple[str, ...]: ...


class Source(Protocol):
    """The ledger that is backed up."""

    def snapshot(self) -> AbstractContextManager[Snapshot]: ...
    def open_reviews(self, now: datetime) -> tuple[OpenReview, ...]: ...
    def deletions(self) -> Mapping[str, Deleted]: ...
    def witness(self, entry: Entry) -> None: ...


class Writer(Protocol):
    """A backup being written (adapters/bundle.py)."""

    def takes(self, name: str) -> bool: ...
    def add(self, name: str, pieces: Iterable[bytes]) -> str: ...
    def add_file(self, name: str, file: Path) -> str: ...
    def finish(self, told: Mapping[str, Any]) -> None: ...


class Bundle(Protocol):
    @property
    def told(self) -> Mapping[str, Any]: ...
    @property
    def files(self) -> Mapping[str, tuple[int, str]]: ...
    @property
    def size(self) -> int: ...
    def unpack(self, folder: Path, watch: Watch) -> None: ...


class Load(Protocol):
    """Fills the empty database of a home; it counts once the block is left, and nothing is left where that raises. How many letters are unsure.
    `staged`: where a database that is a file may lie until then."""

    def __call__(self, dump: Dump, restored: Restored, entry: Entry, staged: Path) -> AbstractContextManager[int]: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a command says, and whether a person must look at something."""

    lines: tuple[str, ...]
    attention: bool = False


# --- away ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BackingUp:
    """`rules`: name in the backup -> file in use. `looks`: the pictures of seals that a person is to look at, by the file they are of.
    `writing`: a new backup file, whole or not at all."""

    ledger: Source
    archive: Archive
    rules: Callable[[], Mapping[str, Path]]
    looks: Callable[[str], Iterable[Path]]
    writing: Callable[[Path], AbstractContextManager[Writer]]
    clock: Callable[[], datetime]

    def write(self, file: Path, watch: Watch, *, over: bool = False, by: str = "") -> Told:
        """Raises NotHere and what the disk or the database says. Others may go on writing meanwhile."""
        if not file.parent.is_dir() or file.is_dir():
            raise NotHere(f"没有这个文件夹：{file.parent}，请先建好。" if not file.is_dir() else f"{file} 是一个文件夹，请写一个文件名。")
        if file.exists() and not over:
            raise NotHere(f"已经有这个文件：{file}。要换成新的，请加 --force；不想换，请另起一个文件名。")
        now, rows = self.clock(), 0
        with self.writing(file) as out, self.ledger.snapshot() as snapshot:
            counts = {table: _counted(out, table, snapshot) for table in snapshot.tables()}
            mails = snapshot.mails()
            missing, altered = self._mails(out, mails, watch)
            rules = self.rules()
            odd = [rule.name for name, rule in rules.items() if not out.takes(name)]
            for name, rule in rules.items():
                if out.takes(name):
                    out.add_file(name, rule)
            for sha256 in sorted({one for review in self.ledger.open_reviews(now) for one in review.sha256}):
                for picture in self.looks(sha256):
                    out.add_file(f"pages/{sha256[:2]}/{sha256}/{picture.name}", picture)
            deleted = frozenset(self.ledger.deletions())
            lost = [sha256 for sha256 in missing if sha256 not in deleted]
            head = {"count": snapshot.head.count, "hash": snapshot.head.hash}
            about = {"at": now.isoformat(), "mailbot": __version__, "schema": snapshot.version, "audit": head, "rows": counts}
            out.finish(about | {"missing": missing, "altered": altered})
            rows = sum(counts.values())
            short, count = snapshot.head.short, snapshot.head.count
        told = {"mails": len(mails) - len(missing), "rows": rows, "missing": len(lost), "altered": len(altered), "head": short}
        unwitnessed = self._unwitnessed(Entry("backup", "ledger:all", self.clock(), None, told, by, "command"))
        left_out = (f"规则和模板里有 {len(odd)} 个文件名字特别，没有放进去：{'、'.join(odd[:5])}。",) if odd else ()
        lines = (*_backup_lines(file, len(mails) - len(missing), (count, short), lost, altered), *left_out, *unwitnessed)
        return Told(lines, bool(lost or altered or odd or unwitnessed))

    def _unwitnessed(self, entry: Entry) -> tuple[str, ...]:
        """The backup is whole by now, whatever the ledger says."""
        try:
            self.ledger.witness(entry)
        except MailbotError as problem:
            log.warning("backup not witnessed: %s", problem.detail)
            return (f"备份是完整的，但这一次没有记进留痕：{problem.sentence}",)
        return ()

    def _mails(self, out: Writer, mails: tuple[str, ...], watch: Watch) -> tuple[list[str], list[str]]:
        """Adds the raw mails, each read once; those that are not there, and those that are not what came."""
        missing, altered = [], []
        for done, sha256 in enumerate(mails):
            watch(done, len(mails))
            try:
                if out.add_file(f"archive/{sha256[:2]}/{sha256}.eml", self.archive.path(sha256)) != sha256:
                    altered.append(sha256)
            except FileNotFoundError:
                missing.append(sha256)
        watch(len(mails), len(mails))
        return missing, altered


def _counted(out: Writer, table: str, snapshot: Snapshot) -> int:
    count = 0

    def rows() -> Iterator[bytes]:
        nonlocal count
        for row in snapshot.rows(table):
            count += 1
            yield row

    out.add(f"ledger/{table}.jsonl", rows())
    return count


def _backup_lines(file: Path, mails: int, head: tuple[int, str], lost: list[str], altered: list[str]) -> Iterator[str]:
    yield f"备份写好：{file}（{_size(file.stat().st_size)}），原邮件 {mails} 封，留痕 {head[0]} 条（{head[1]}）。"
    yield "里面有各单位的材料、联系方式和签名密钥，请放在安全的地方，最好换一块盘。"
    yield "没有放进去的：授权码和密码（secrets.env、环境变量）、服务和计划任务的设置。恢复以后要重新填。"
    if lost:
        yield f"存档里缺 {len(lost)} 封原邮件，没法备份，请查原因。编号：{'、'.join(one[:12] for one in lost[:5])}{' 等' if len(lost) > 5 else ''}"
    if altered:
        yield f"存档里有 {len(altered)} 封原邮件被改动过，照样放进了备份：{'、'.join(one[:12] for one in altered[:5])}{' 等' if len(altered) > 5 else ''}"


def _size(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{max(1, number // 1000)} KB"


# --- and back --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BringingBack:
    """`home`: where it goes. `reading` opens a backup. `load` fills the database."""

    home: Path
    reading: Callable[[Path], AbstractContextManager[Bundle]]
    load: Load
    clock: Callable[[], datetime]

    def restore(self, file: Path, watch: Watch, by: str = "") -> Told:
        """Raises NotHere, and what is wrong with the file; then nothing was restored."""
        self._must_be_empty()
        with self.reading(file) as bundle:
            if (free := shutil.disk_usage(self.home).free) < bundle.size * _ROOM:
                raise NotHere(f"磁盘只剩 {_size(free)}，恢复要 {_size(int(bundle.size * _ROOM))}。请换一处，或者清理以后再来。")
            staging = self.home / f"{_STAGING}{uuid4().hex[:8]}"
            try:
                return self._restore(bundle, staging, watch, by)
            except OSError as problem:
                raise MailbotError(f"恢复没有成功（{problem.strerror or problem}），没有留下一半。请检查磁盘空间和权限。", temporary=True) from problem
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def _must_be_empty(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for left in self.home.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        there = [p.name for p in self.home.iterdir() if p.name not in _MAY_LIE and not p.name.endswith(".lock")]
        if there:
            shown = "、".join(sorted(there)[:4]) + (" 等" if len(there) > 4 else "")
            raise NotHere(
                f"数据文件夹 {self.home} 不是空的（{shown}），不能恢复到这里。"
                "请用 --home 指一个空文件夹；要在原处恢复，先停下 mailbot，把原来的文件夹改名留着，再来。"
            )

    def _restore(self, bundle: Bundle, staging: Path, watch: Watch, by: str) -> Told:
        told = bundle.told
        try:
            snapshot, head, version = datetime.fromisoformat(told["at"]), Head(int(told["audit"]["count"]), str(told["audit"]["hash"])), str(told["schema"])
            rows, made_by = sum(map(int, told["rows"].values())), str(told["mailbot"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise NotHere("备份的目录里缺内容或者写得不对，没有恢复任何内容。请换一份备份。") from problem
        bundle.unpack(staging, watch)
        dump = Dump(version, {p.stem: _lines(p) for p in sorted((staging / "ledger").glob("*.jsonl"))}, head)
        restored = Restored(snapshot, max(self.clock(), snapshot))
        entry = Entry("restored", "ledger:all", restored.at, None, {"snapshot": snapshot.isoformat(), "head": head.short, "mailbot": made_by}, by, "command")
        moved: list[Path] = []
        try:
            with self.load(dump, restored, entry, staging) as unsure:
                self._move_in(staging, moved)
        except BaseException:
            for place in moved:
                shutil.rmtree(place, ignore_errors=True)
            raise
        log.info("restored snapshot=%s rows=%d unsure=%d", snapshot.isoformat(), rows, unsure)
        mails = sum(name.startswith("archive/") for name in bundle.files)
        return Told(tuple(_restore_lines(self.home, restored, mails, head, unsure, told)), bool(unsure))

    def _move_in(self, staging: Path, moved: list[Path]) -> None:
        """The folders take their places; the database, which makes it count, comes after them."""
        for name in ("archive", "pages", "rules"):
            if (staging / name).is_dir():
                moved.append(self.home / name)
                (staging / name).rename(self.home / name)


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        yield from source


def _restore_lines(home: Path, restored: Restored, mails: int, head: Head, unsure: int, told: Mapping[str, Any]) -> Iterator[str]:
    rules = home / "rules" / "config"
    yield f"已恢复到 {home}：{_moment(restored.snapshot)} 的台账，原邮件 {mails} 封，逐个核对过校验值；留痕 {head.count} 条，前后相连（{head.short}）。"
    if told.get("missing"):
        yield f"备份的时候就没有的原邮件 {len(told['missing'])} 封。"
    if told.get("altered"):
        yield f"备份的时候就已经被改动过的原邮件 {len(told['altered'])} 封，照备份里的样子恢复了：mailbot audit check --files 会再列出来。"
    yield "接着要做的："
    yield f"  1. 授权码和密码不在备份里：写进 {home / 'secrets.env'} 或环境变量。"
    yield f"  2. 备份时用的规则和模板在 {rules.parent}；要用它，运行时写 --config {rules}。"
    yield f"  3. 先看一遍：mailbot --config {rules} --home {home} doctor，再看 outbox 和 status。"
    yield "  4. 原来那台机器上的 mailbot 要停掉，不能两处同时运行。"
    yield f"  5. 运行 mailbot --config {rules} --home {home} run：{_moment(restored.snapshot)} 以后的来信会重新收取、登记。"
    yield (
        "恢复之前收到的信，原来的程序可能已经答复过：对它们的答复先不发，到“已发送”文件夹里核对，找到的算已发，"
        "没找到的，只有证明“已发送”里确实留有我们的信才发，否则等人定（mailbot outbox --release 放行，--drop 不发）。"
    )
    if unsure:
        yield f"备份的时候等着发的 {unsure} 封信也是这样。"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
