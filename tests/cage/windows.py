"""A stand-in for the Python of a Windows office PC, on Linux: what is not there is taken away, then `mailbot` is run.

    python tests/cage/windows.py ARGUMENTS OF MAILBOT…     (without any: imports every module)

Gone, here and in the readers (windows_child/sitecustomize.py), are fcntl, resource, pwd, grp, termios for our code, and what only POSIX has
of os and signal, but SIGKILL, by which the standard library kills here. `os.name` stays what it is, for the standard library
itself chooses its own modules by it; so what Windows adds (msvcrt, drive letters, locked open files, its encodings) is not shown here.
"""

import builtins
import fcntl
import os
import pkgutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_GONE = {"fcntl", "resource", "pwd", "grp", "termios"}
_OS = ("fork", "forkpty", "killpg", "setsid", "getuid", "geteuid", "getegid", "setresuid", "pidfd_open", "WNOHANG", "WIFEXITED", "O_NOFOLLOW", "O_NONBLOCK")
_SIGNAL = ("alarm", "SIGALRM", "SIGXCPU", "SIGHUP", "setitimer", "pthread_sigmask")


class _Msvcrt(ModuleType):
    LK_NBLCK = 2

    @staticmethod
    def locking(handle: int, mode: int, _: int) -> None:
        """A lock of one byte, which two processes cannot have; OSError for the second."""
        assert mode == _Msvcrt.LK_NBLCK
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def take_away() -> None:
    own_import = builtins.__import__

    def imported(name: str, *rest: Any, **more: Any) -> Any:
        asker = (rest[0] if rest else more.get("globals")) or {}
        if name in _GONE and str(asker.get("__name__")).partition(".")[0] in ("mailbot", "parsers", "__main__"):
            raise ImportError(f"no module named {name} on Windows", name=name)
        return own_import(name, *rest, **more)

    builtins.__import__ = imported
    sys.modules["msvcrt"] = _Msvcrt("msvcrt")
    for name in ("asyncio", "selectors", "shutil", "tempfile", "threading", "multiprocessing.util"):  # the standard library first, whole
        import_module(name)
    for name in _OS:
        vars(os).pop(name, None)
    for name in _SIGNAL:
        vars(signal).pop(name, None)


def _import_all() -> None:
    import mailbot
    import parsers

    names = [
        found.name for package in (mailbot, parsers) for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__") and ".migrations.versions" not in found.name and found.name.rpartition(".")[2] != "env"
    ]  # fmt: skip
    for name in names:
        import_module(name)
    print(len(names))


if __name__ == "__main__":
    assert subprocess  # it knows its system before anything is gone
    take_away()
    if sys.argv[1:]:
        from mailbot.adapters.cage import children
        from mailbot.app.cli import main

        children._CODE = os.pathsep.join((str(Path(__file__).with_name("windows_child")), children._ROOT))

        sys.exit(main())
    _import_all()
