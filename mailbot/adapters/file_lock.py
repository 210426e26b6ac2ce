"""Locks on files that the system lets go when the process dies, however it dies: never a stale file. Shared by what must be alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailbot.domain.errors import MailbotError


def locked(handle: int) -> bool:
    """Whether the lock on an open file is ours now; it ends with the file."""
    try:
        _lock(handle)
    except OSError:
        return False
    return True


@contextmanager
def one_worker(home: Path) -> Iterator[bool]:
    """True inside for the first; False for everyone who comes while it runs."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "worker.lock").open("a+b")
    except OSError as problem:
        raise MailbotError(f"数据文件夹 {home} 不能写（{problem.strerror}），请检查权限和磁盘，或用 --home 换一处", temporary=True) from problem
    with opened as file:
        yield locked(file.fileno())


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
