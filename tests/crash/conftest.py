"""One warm parent for all tests of a module, and a PostgreSQL whose commits last."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.crash.warm import HELD
from tests.servers.postgres import _programs, _run
from tests.servers.real import as_root, free_port, missing, short_folder

ROOT = Path(__file__).parent.parent.parent
SOAK = os.environ.get("MAILBOT_SOAK") == "1"
can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@dataclass
class Theatre:
    """The warm parent in a process of its own (tests/crash/warm.py)."""

    process: "subprocess.Popen[str]"
    folder: Path
    seconds: float = 0.0
    reached: dict[str, dict[str, int]] = field(default_factory=dict)

    def ask(self, scenario: str, *points: tuple[str, int], how: str = "kill", server: str | None = None) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"scenario": scenario, "points": points, "how": how, "server": server}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.seconds += answer["worked"]
        return answer

    def held(self) -> Path | None:
        """The file that a process which is held waits for."""
        path = self.folder / HELD
        return path if path.exists() else None

    def points(self, scenario: str, server: str | None = None) -> dict[str, int]:
        """How often each point is reached in the undisturbed run."""
        answer = self.ask(scenario, server=server)
        assert "wrong" not in answer, answer["wrong"]
        self.reached[scenario] = answer["reached"]
        return self.reached[scenario]

    def wrong(self, scenario: str, runs: list[tuple[tuple[str, int], ...]], how: str = "kill", server: str | None = None) -> list[str]:
        """What came out of disturbed runs that should not have."""
        answers = [(run, self.ask(scenario, *run, how=how, server=server)) for run in runs]
        return [f"{run}: {answer['wrong']}" for run, answer in answers if "wrong" in answer]


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.warm"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield Theatre(process, Path(json.loads(process.stdout.readline())["folder"]))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


@dataclass(frozen=True)
class Postgres:
    address: str
    restart: Callable[[], None]  # as if its machine had been switched off and on


@pytest.fixture(scope="module")
def lasting_postgres() -> Iterator[Postgres]:
    """A server of our own, which can be stopped in the middle of a transaction and keeps what it committed."""
    programs = _programs()
    if programs is None or shutil.which("runuser") is None:
        missing("PostgreSQL is not installed (Debian: postgresql)")
    with short_folder() as base:
        before: list[str] = []
        if as_root():
            shutil.chown(base, "postgres")
            before = ["runuser", "-u", "postgres", "--"]
        port, data = free_port(), str(base / "data")
        # no fsync: the machine itself stays on; synchronous_commit stays on, so that a commit is in the system's hands
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={base} -c fsync=off -c full_page_writes=off"
        control = [*before, str(programs / "pg_ctl"), "-D", data, "-w"]
        _run([*before, str(programs / "initdb"), "-D", data, "-U", "bot", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        start = [*control, "-l", str(base / "log"), "-o", options, "start"]
        _run(start)

        def restart() -> None:
            _run([*control, "-m", "immediate", "stop"])
            _run(start)

        try:
            yield Postgres(f"postgresql://bot@127.0.0.1:{port}", restart)
        finally:
            _run([*control, "-m", "immediate", "stop"])
