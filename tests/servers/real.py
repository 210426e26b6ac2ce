"""What all real servers of the tests need: skip or fail, a free port, a short folder, waiting."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip, and say why. Where MAILBOT_TEST_REAL=1 (set by .ci/run) nothing may be skipped: fail."""
    if os.environ.get("MAILBOT_TEST_REAL") == "1":
        pytest.fail(f"MAILBOT_TEST_REAL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for_port(port: int, alive: Callable[[], bool], log: Path, seconds: float = 15) -> None:
    """Until something listens; fails with the end of the log where the server died or never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    said = log.read_text("utf-8", "replace")[-2000:] if log.exists() else "(no log)"
    pytest.fail(f"no server on port {port}:\n{said}", pytrace=False)


def until(check: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether `check` comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return check()


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that other users can enter and whose path is short: a Unix socket's path has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="mb-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_root() -> bool:
    return os.geteuid() == 0
