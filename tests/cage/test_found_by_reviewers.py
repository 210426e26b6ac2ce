"""What reviewers found in the cage: two that begin at once, and machines on which no child could start."""

import errno
import os
import sys
import threading
from pathlib import Path

import pytest
from adapters.test_cage import mail, stored

from mailbot.adapters.cage import child, confine
from mailbot.adapters.cage import children as nursery
from mailbot.adapters.cage.parent import Cage
from mailbot.adapters.cage.scratch import Scratch

linux = pytest.mark.skipif(sys.platform != "linux", reason="what is held here only Linux holds")


@pytest.mark.shows("P11", "F35")
def test_readers_that_begin_at_once_share_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch, made, both = Scratch(tmp_path / "scratch"), list[Path](), threading.Barrier(2)
    new = scratch._new

    def slow() -> Path:
        threading.Event().wait(0.1)  # time enough for the other one
        made.append(new())
        return made[-1]

    monkeypatch.setattr(scratch, "_new", slow)

    def begin(number: int) -> None:
        both.wait()
        scratch.folder(number)

    readers = [threading.Thread(target=begin, args=(number,)) for number in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(made) == 1 and sorted(path.name for path in made[0].iterdir()) == ["0", "1"]
    scratch.close()
    assert list((tmp_path / "scratch").iterdir()) == []


@linux
def test_without_the_right_to_be_somebody_else_a_child_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root in a container without CAP_SETUID, or without the id 65534."""

    def refused(*_: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    class Nothing:
        def unshare(self, _: int) -> int:
            return 1

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setresuid", refused)
    monkeypatch.setattr(confine, "_libc", Nothing)
    assert confine.apart() is False


@linux
def test_a_limit_of_the_system_is_no_reason_to_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """LimitCPU= of a service, limits.conf: "no limit" is -1, and less than every number."""
    import resource

    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100_000, 100_000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    child._limit(resource.RLIMIT_CPU, 20, resource.RLIM_INFINITY)
    child._limit(resource.RLIMIT_CPU, 200_000, 300_000)
    child._limit(resource.RLIMIT_CPU, 20, 30)
    assert asked == [(20, 100_000), (100_000, 100_000), (20, 30)]


@linux
@pytest.mark.shows("P11")
def test_where_no_child_can_start_no_mail_is_called_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mailbot").mkdir()
    (tmp_path / "mailbot" / "__init__.py").write_text("raise SystemExit(7)\n")
    monkeypatch.setattr(nursery, "_CODE", str(tmp_path))
    with Cage(scratch=tmp_path / "scratch") as cage, pytest.raises(OSError, match="no reader"):
        cage.read_mail(stored(tmp_path, mail(("1.txt", b"one"))))
