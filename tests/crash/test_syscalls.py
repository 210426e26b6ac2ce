"""The second enumeration, which knows nothing of the code: the real command is killed or failed at the n-th system call (F21 to F25, F28,
F38), and the order of its calls proves that what it answers for is on the disk first.

A power failure cannot be made here. The order stands for it: what was synced before a letter went out is there after any failure."""

import os
import random
import re
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.conftest import SOAK
from tests.crash.traced import KINDS, Bureau, bureau, can_trace
from tests.servers.real import as_root, missing

Told = Callable[[str, object], None]
ATTENTION, TEMPORARY = 1, 3


@pytest.fixture(autouse=True)
def tracing() -> None:
    if reason := can_trace():
        missing(reason) if "not installed" in reason else pytest.skip(reason)


@dataclass(frozen=True)
class Undisturbed:
    left: dict[str, list[tuple[object, ...]]]
    archived: list[str]
    calls: list[str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    if can_trace():
        pytest.skip(can_trace())
    folder = tmp_path_factory.mktemp("undisturbed")
    with bureau(folder) as office:
        calls = office.calls(folder / "log")
        office.later()
        assert len(office.heard()) == 1
        return Undisturbed(office.left(), office.archived(), calls)


def comes_out_the_same(office: Bureau, wanted: Undisturbed) -> None:
    """The round is done again by a new process, and once more; then all is as if nothing had been."""
    told = office.later().stderr
    left, heard = office.left(), office.heard()
    office.later()
    assert office.left() == left and office.heard() == heard, "once more changed something"
    assert left == wanted.left and office.archived() == wanted.archived
    assert len(set(heard)) == 1 and (len(heard) == 1 or (len(heard) == 2 and "中断" in told))


def _points(calls: list[str]) -> list[tuple[str, int]]:
    times = {kind: sum(call.startswith(f"{kind}(") for call in calls) for kind in KINDS}
    every = [(kind, n) for kind, most in times.items() for n in range(1, most + 1)]
    if SOAK:
        return every
    return random.Random(3).sample(every, 1)


@pytest.mark.shows("P4", "F28")
def test_killed_at_the_nth_system_call_all_comes_out_the_same(undisturbed: Undisturbed, tmp_path: Path, record_property: Told) -> None:
    points = _points(undisturbed.calls)
    for number, (kind, n) in enumerate(points):
        with bureau(tmp_path / str(number)) as office:
            office.killed_at(kind, n)
            comes_out_the_same(office, undisturbed)
    record_property("runs", f"killed at a system call: {len(points)}")


# --- the order


def _first(calls: list[str], pattern: str, after: int = 0) -> int:
    found = next((i for i in range(after, len(calls)) if re.search(pattern, calls[i])), None)
    assert found is not None, f"no call like {pattern} behind the {after}."
    return found


@pytest.mark.shows("P1", "P3", "P7")
def test_the_mail_is_on_the_disk_then_recorded_then_claimed_and_only_then_answered(undisturbed: Undisturbed) -> None:
    """write(file), fsync(file), rename, fsync(folder), commit's fsync, claim's fsync, and only then SMTP; settled behind it."""
    calls = undisturbed.calls
    written = max(i for i, call in enumerate(calls) if re.match(r"write\(\d+<[^>]*/\.incoming-", call))
    synced = _first(calls, r"^fsync\(\d+<[^>]*/\.incoming-[^>]*>\) += 0", written)
    renamed = _first(calls, r'^rename\("[^"]*/\.incoming-[^"]*", "[^"]*/[0-9a-f]{64}', synced)
    shard = _first(calls, r"^fsync\(\d+<[^>]*/archive/[0-9a-f]{2}>\) += 0", renamed)
    archive = _first(calls, r"^fsync\(\d+<[^>]*/archive>\) += 0", renamed)
    home = _first(calls, r"^fsync\(\d+<[^>]*/home>\) += 0", renamed)
    begins = _first(calls, r'^sendto\(.*"mail FROM', max(shard, archive, home))
    wal = [i for i, call in enumerate(calls) if "mailbot.db-wal>" in call]
    before = [i for i in wal if shard < i < begins]
    commits = [i for i in before if re.match(r"fdatasync\(.*\) += 0", calls[i])]
    assert max(shard, archive, home) < min(before), "something of this mail is written into the database before its names are on the disk"
    assert len(commits) >= 2 and before[-1] == commits[-1], "recorded and claimed, each synced, and nothing unsynced when the letter goes out"
    assert [i for i in wal if i > begins and calls[i].startswith("fdatasync")], "how it ended is synced too"


@pytest.mark.shows("P1")
def test_a_mail_that_a_crash_left_unsynced_in_its_place_is_synced_before_it_is_recorded(tmp_path: Path) -> None:
    """Killed between the rename and the fsync of the folder: who finds the mail in its place does not take it for safe."""
    with bureau(tmp_path) as office:
        assert office.killed_at("fsync", 2), "the folder's fsync is the second"
        assert len(office.archived()) == 1 and office.left()["messages"] == []
        calls = office.calls(tmp_path / "log")
        synced = _first(calls, r"^fsync\(\d+<[^>]*/archive/[0-9a-f]{2}>\) += 0")
        assert synced < _first(calls, r'^sendto\(.*"mail FROM')
        recorded = [i for i, call in enumerate(calls) if "mailbot.db-wal>" in call and call.startswith("fdatasync") and i > synced]
        assert len(recorded) >= 2


# --- a disk that fails


def nothing_half(office: Bureau) -> None:
    left = office.left()
    assert left["messages"] == left["filings"] == left["letters"] == left["sightings"] == [] and office.heard() == []


@pytest.mark.shows("F24")
def test_a_mail_that_could_not_be_synced_is_not_stored_and_comes_again(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with bureau(tmp_path) as office:
        done = office.failing("fsync", "EIO", "1")
        assert done.returncode == TEMPORARY and "存档失败" in done.stderr
        nothing_half(office)
        assert office.archived() == []
        comes_out_the_same(office, undisturbed)


@pytest.mark.shows("F22")
def test_a_database_without_room_is_rolled_back_and_goes_on_by_itself(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with bureau(tmp_path) as office:
        assert office.run(words=("status",)).returncode == 0
        done = office.failing("pwrite64", "ENOSPC", "1+", office.home / "mailbot.db-wal")
        assert done.returncode == TEMPORARY and "台账数据库" in done.stderr
        nothing_half(office)
        comes_out_the_same(office, undisturbed)


@pytest.mark.shows("F22", "F24", "F28")
def test_whichever_call_of_the_database_fails_all_comes_out_the_same(undisturbed: Undisturbed, tmp_path: Path, record_property: Told) -> None:
    """The loop of SQLite's own tests: the first, second, … call fails until none is left; some of them by seed where it is no soak."""
    times = {kind: sum(call.startswith(f"{kind}(") and "mailbot.db-wal>" in call for call in undisturbed.calls) for kind in ("pwrite64", "fdatasync")}
    every = [(kind, error, n) for kind, error in (("pwrite64", "ENOSPC"), ("fdatasync", "EIO")) for n in range(1, times[kind] + 1)]
    picked = every if SOAK else random.Random(9).sample(every, 1)
    for number, (kind, error, n) in enumerate(picked):
        with bureau(tmp_path / str(number)) as office:
            office.failing(kind, error, str(n), office.home / "mailbot.db-wal")
            comes_out_the_same(office, undisturbed)
    record_property("runs", f"calls of the database that fail: {len(picked)}")


@pytest.mark.shows("F23")
@pytest.mark.parametrize(("most", "sentence"), [(100_000, "存档失败"), (2_000, "台账数据库")], ids=["the mail", "the database"])
def test_a_file_that_may_not_grow_is_our_trouble_and_passes(undisturbed: Undisturbed, tmp_path: Path, most: int, sentence: str) -> None:
    with bureau(tmp_path) as office:
        assert office.run(words=("status",)).returncode == 0
        done = office.run("prlimit", f"--fsize={most}")
        assert done.returncode == TEMPORARY and sentence in done.stderr
        nothing_half(office)
        comes_out_the_same(office, undisturbed)


@contextmanager
def mounted(*options: str, at: Path) -> Iterator[Callable[[str], None]]:
    """A file system of its own, to be remounted otherwise; root only."""
    if not as_root():
        missing("mounting needs root")
    at.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(at)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")
    try:
        yield lambda how: subprocess.run(["mount", "-o", f"remount,{how}", str(at)], check=True)
    finally:
        subprocess.run(["umount", str(at)], check=True)


@pytest.mark.shows("F21")
def test_an_archive_without_room_keeps_nothing_and_goes_on_when_there_is_some(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with mounted("-t", "tmpfs", "-o", "size=128k", "tmpfs", at=tmp_path / "home" / "archive") as remount, bureau(tmp_path) as office:
        done = office.run()
        assert done.returncode == TEMPORARY and "存档失败" in done.stderr and "磁盘空间" in done.stderr
        nothing_half(office)
        assert list((office.home / "archive").iterdir()) == []
        remount("size=8m")
        comes_out_the_same(office, undisturbed)


@pytest.mark.shows("F38")
def test_a_home_that_may_only_be_read_is_told_and_nothing_is_half_done(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with mounted("-t", "tmpfs", "-o", "size=16m", "tmpfs", at=tmp_path / "home") as remount, bureau(tmp_path) as office:
        assert office.run(words=("status",)).returncode == 0
        remount("ro")
        done = office.run()
        assert done.returncode == TEMPORARY and done.stderr.strip() and "Traceback" not in done.stderr
        assert office.heard() == []
        remount("rw")
        nothing_half(office)
        comes_out_the_same(office, undisturbed)


@pytest.mark.shows("F25")
def test_a_database_that_another_holds_for_a_while_is_waited_for(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with bureau(tmp_path) as office:
        assert office.run(words=("status",)).returncode == 0
        other = sqlite3.connect(office.home / "mailbot.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        letting_go = threading.Timer(3, lambda: other.execute("ROLLBACK"))
        letting_go.start()
        assert office.run().returncode in (0, ATTENTION)
        letting_go.join()
        other.close()
        comes_out_the_same(office, undisturbed)


@pytest.mark.shows("F25")
@pytest.mark.skipif(not SOAK, reason="takes as long as the patience with a busy database; make soak")
def test_a_database_that_another_never_lets_go_is_our_trouble_and_passes(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with bureau(tmp_path) as office:
        assert office.run(words=("status",)).returncode == 0
        other = sqlite3.connect(office.home / "mailbot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        done = office.run()
        assert done.returncode == TEMPORARY and "台账数据库" in done.stderr
        other.execute("ROLLBACK")
        other.close()
        nothing_half(office)
        comes_out_the_same(office, undisturbed)


def test_no_process_of_ours_is_left_behind() -> None:
    """Children die with the process that is killed, also at -9."""
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"mailbot.adapters.cage" in _read(p) and _parent(p.parent) == 1 and _ours(p.parent)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parent(process: Path) -> int:
    found = re.search(rb"PPid:\s+(\d+)", _read(process / "status"))
    return int(found[1]) if found else 0


def _ours(process: Path) -> bool:
    return str(os.environ.get("TMPDIR", "/nowhere")).encode() in _read(process / "environ")
