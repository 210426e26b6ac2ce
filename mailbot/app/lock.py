"""One worker a home, and one a database: locks that the system or the database lets go when the process dies, never a stale file.

What polls or sends takes both (`alone`): run, outbox --send, digest --send. What only takes mail or writes letters (ingest, remind, review)
may run beside it: each mail, letter and decision is one transaction under a unique key, whoever comes second finds it there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mailbot.app.ports import Ledger
from mailbot.domain.errors import MailbotError

Asked = Callable[[], None]  # whether we are still alone; raises LeaseLost


@contextmanager
def alone(home: Path, ledger: Callable[[], Ledger]) -> Iterator[Asked | None]:
    """None inside for everyone who comes while another polls or sends, from this home or from any other on the same database. `ledger`
    is opened only by who has the home."""
    with one_worker(home) as mine:
        if not mine:
            yield None
            return
        with ledger().lease(_locked) as asked:
            yield asked


@contextmanager
def one_worker(home: Path) -> Iterator[bool]:
    """True inside for the first; False for everyone who comes while it runs."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "worker.lock").open("a+b")
    except OSError as problem:
        raise MailbotError(f"数据文件夹 {home} 不能写（{problem.strerror}），请检查权限和磁盘，或用 --home 换一处", temporary=True) from problem
    with opened as file:
        yield _locked(file.fileno())


def _locked(handle: int) -> bool:
    try:
        _lock(handle)
    except OSError:
        return False
    return True


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
