"""The parent is killed: its children end with it, and whoever starts next sweeps what it left. And the poll in which a reader is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from adapters.test_cage import descendants, mail, stored
from stories.conftest import compose

from mailbot.adapters.cage import children as nursery
from mailbot.adapters.cage.parent import Cage
from mailbot.adapters.cage.scratch import Scratch, sweep
from mailbot.app.demo import papers
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail

STUBS = Path(__file__).with_name("stubs")
posix = pytest.mark.skipif(sys.platform != "linux", reason="what is held here only Linux holds")

PARENT = """
import sys
from pathlib import Path
from mailbot.adapters.cage import children
children._CODE = sys.argv[1]
from mailbot.adapters.cage.parent import Cage
with Cage(scratch=Path(sys.argv[2])) as cage:
    print("ready", flush=True)
    cage.read_mail(Path(sys.argv[3]))
"""


@posix
@pytest.mark.parametrize("stub", ["sleeps", "turns_in_c", "stays 20"])
@pytest.mark.shows("P11", "F35")
def test_children_end_with_a_parent_that_is_killed_and_its_scratch_is_swept(tmp_path: Path, stub: str) -> None:
    scratch = tmp_path / "scratch"
    path = stored(tmp_path, mail(("1.txt", f"stub: {stub}".encode())))
    before = descendants()
    command = [sys.executable, "-c", PARENT, f"{STUBS}{os.pathsep}{nursery._ROOT}", str(scratch), str(path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": nursery._ROOT})
    assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
    family_is = 20 if "stays" in stub else 2
    _until(lambda: len(descendants() - before) > family_is)  # the parent, the keeper, the reader, and what it started
    time.sleep(0.5)
    family = descendants() - before
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))
    assert [p for p in scratch.iterdir() if p.is_dir()], "it had no time to tidy up"
    with Cage(scratch=scratch) as cage:
        assert cage.read_mail(stored(tmp_path, mail(("1.txt", b"one"))))[0].attachments[0].document.text == "one"
        assert len([p for p in scratch.iterdir() if p.is_dir()]) == 1
    assert list(scratch.iterdir()) == []


def _until(there: Callable[[], bool], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


@pytest.mark.shows("F35")
def test_the_scratch_of_a_living_cage_is_not_swept(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    folder = scratch.folder(0)
    assert sweep(tmp_path / "scratch") == 0 and folder.is_dir()
    scratch.close()
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.fixture
def poisoned(make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS}{os.pathsep}{nursery._ROOT}")
    house = make_house("2024-04-01T09:00:00")
    yield house
    house.close()


@posix
@pytest.mark.parametrize("stub", ["crashes", *(["turns"] if os.environ.get("MAILBOT_SOAK") else [])])  # the second takes a minute
@pytest.mark.shows("P10", "P13", "F34")
def test_mails_before_and_after_a_poison_mail_are_filed_in_the_same_round(poisoned: House, stub: str) -> None:
    when = "2024-03-29T09:00:00"
    good = [
        compose(f"{unit}@units.example", files={"清单.docx": papers.risk_list_docx(unit=name, reported_on=date(2024, 3, 28))}, when=when)
        for unit, name in (("xinzhen", "新镇市场监管所"), ("zhian", "治安市场监管所"))
    ]
    poison = compose("dongming@units.example", files={"清单.txt": f"stub: {stub}".encode()}, when=when)
    began = time.monotonic()
    with poisoned.intake() as intake:
        kept = [intake.keep(RawMail([raw], file=f"{number}.eml")) for number, raw in enumerate((good[0], poison, good[1]))]
        before, bad, after = (taken.shown for taken in intake.take_all(kept))
    assert time.monotonic() - began < 75  # three times twenty seconds of the processor at most, and what the others take
    assert [one["disposition"] for one in (before, after)] == ["submission", "submission"]
    assert bad["disposition"] != "submission"
    (item,) = bad["items"]
    assert [finding["code"] for finding in item["findings"]] == ["corrupt"]
