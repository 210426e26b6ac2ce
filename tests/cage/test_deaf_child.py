"""A child that was taken over and neither hears nor ends costs its time and no more: the parent never waits for it without bound."""

import sys
import threading
import time
from pathlib import Path

import pytest

from mailbot.adapters.cage import children as nursery
from mailbot.adapters.cage.children import Child, ChildFailed, Slot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stub forks")
_CHILD = """
import json, os, time
def hear():
    left = int.from_bytes(os.read(0, 4), "big")
    while left:
        left -= len(os.read(0, left))
def say(value):
    data = json.dumps(value).encode()
    os.write(1, len(data).to_bytes(4, "big") + data)
hear()
hear()
if MODE == "daemon" and os.fork() == 0:  # holds both pipes, out of reach of a killed group
    os.setsid()
    time.sleep(20)
    os._exit(0)
say({"stale": MODE == "daemon"})
time.sleep(600)
"""


@pytest.fixture
def slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Slot:
    package = tmp_path / "code" / "mailbot" / "adapters" / "cage"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").write_text("")
    (package / "__main__.py").write_text(_CHILD.replace("MODE", repr(request.param)))
    monkeypatch.setattr(nursery, "_CODE", str(tmp_path / "code"))
    monkeypatch.setattr(nursery, "_compile", lambda: None)
    return Slot(None, tmp_path, lambda folder: Child(10**9, 10**7, folder, {}), 20)


def in_time(work: threading.Thread, seconds: float) -> float:
    start = time.monotonic()
    work.start()
    work.join(seconds)
    assert not work.is_alive(), "the parent waits for ever"
    return time.monotonic() - start


@pytest.mark.shows("P10")
@pytest.mark.parametrize("slot", ["deaf"], indirect=True)
def test_a_child_that_reads_no_request_is_killed_after_its_time(slot: Slot) -> None:
    ended: list[ChildFailed] = []

    def ask() -> None:
        slot.ask({"op": "x"}, 10, dict)
        try:
            slot.ask({"op": "look", "known": "x" * 300_000}, 1, dict)  # more than a pipe holds
        except ChildFailed as failure:
            ended.append(failure)

    assert in_time(threading.Thread(target=ask, daemon=True), 15) < 12
    assert ended and ended[0].hung and slot.child is None


@pytest.mark.shows("P10")
@pytest.mark.parametrize("slot", ["daemon"], indirect=True)
def test_what_a_child_left_behind_with_its_pipes_is_not_waited_for(slot: Slot) -> None:
    assert in_time(threading.Thread(target=lambda: slot.ask({"op": "x"}, 5, dict), daemon=True), 12) < 10
    assert slot.child is None
