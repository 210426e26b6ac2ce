"""The oracle of reliability.md §3 for every hostile and odd mail: taken between two good ones, it costs only itself. Alone each is taken in
tests/mail/test_odd.py. One home for many of them, as in an office that is under attack; what one leaves behind, the next one meets."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hostile.watching import Watch, peak, watched
from mail.case import Case
from mail.corpus import CASES, adversarial
from mail.make import office
from mail.papers import page, risk_docx
from mail.pieces import file, mail, text

from mailbot.app.intake import Intake, Taken
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI

_SHARES = 4  # the corpus in so many homes
_ALL = bool(os.environ.get("MAILBOT_SOAK"))
_EVERY = 1 if _ALL else 40  # without it every fortieth mail, and one of each row; every mail alone is taken in tests/mail/test_odd.py
_LONGEST = 30.0  # seconds of one mail; the specification allows 60
_MOST_MEMORY = 1_000_000_000  # bytes of a child, as the cage says
_UNITS = {"daqintala": "大沁他拉市场监管所", "qinglongshan": "青龙山市场监管所", "dongming": "东明市场监管所", "mingren": "明仁市场监管所"}
# No word of a mail and nobody's address stands in a log.
_UNSAID = ("units.example", "163.example", "市场监管", "问题清单", "passwd", "DROP TABLE", "INFO accepted", "script")


@dataclass(frozen=True)
class Step:
    """A mail of the row, hostile or good, and what became of it."""

    name: str
    good: bool
    raw: bytes
    taken: Taken
    seconds: float


def _good(number: int) -> tuple[str, bytes]:
    """(the unit's address, a mail that is filed whole and receipted)."""
    local, unit = list(_UNITS.items())[number % len(_UNITS)]
    address, moment = f"{local}@units.example", datetime(2024, 3, 28, 9, 0, tzinfo=SHANGHAI) + timedelta(seconds=number)
    paper, scan = file("一季度问题清单.docx", risk_docx(unit)), file("扫描件.png", page())
    trace = f"Return-Path: <{address}>\r\nReceived: from units.example by mx.bureau.example;\r\n\t{format_datetime(moment)}\r\n".encode()
    return address, mail(text(), paper, scan, changes={"From": address.encode(), "Message-ID": b"<good.%d@units.example>" % number}, trace=trace)


def _went(cases: Iterable[Case], house: House, intake: Intake) -> list[Step]:
    """good, hostile, good, hostile, …, good, one after the other into one ledger."""
    steps = []

    def step(name: str, good: bool, raw: bytes) -> None:
        began = time.monotonic()
        taken = next(intake.take_all([intake.keep(RawMail([raw], file="odd.eml"))]))
        steps.append(Step(name, good, raw, taken, time.monotonic() - began))

    for number, one in enumerate(cases):
        step(f"good before {one.name}", True, _good(number)[1])
        step(one.name, False, one.raw())
    step("good at the end", True, _good(len(steps))[1])
    return steps


def _chosen(share: int) -> tuple[Case, ...]:
    """The mails of one home. In the share for every day there is at least one of each row."""
    if _ALL:
        return CASES[share::_SHARES]
    seen: set[str] = set()
    chosen = []
    for number, one in enumerate(CASES):
        if number % _EVERY == 0 or not seen.issuperset(adversarial(one)):
            chosen.append(one)
            seen.update(adversarial(one))
    return tuple(chosen)


@pytest.fixture(scope="module", params=range(_SHARES if _ALL else 1))
def row(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Step], House, Watch, Path, Path]:
    home, scratch, empty = (tmp_path_factory.mktemp(name) for name in ("home", "scratch", "empty"))
    mine = _chosen(request.param)
    with pytest.MonkeyPatch.context() as patch, watched(home, scratch, Path(os.devnull)) as watch:
        patch.setenv("TMPDIR", str(scratch))
        patch.setattr(tempfile, "tempdir", str(scratch))
        patch.setenv("HOME", str(empty))
        patch.chdir(empty)
        patch.setattr("sys.dont_write_bytecode", True)
        with office(home) as (house, intake):
            return _went(mine, house, intake), house, watch, scratch, empty


Row = tuple[list[Step], House, Watch, Path, Path]


@pytest.mark.shows("P10", *sorted({shown for one in CASES for shown in adversarial(one)}))
def test_the_mails_before_and_after_a_hostile_one_are_filed_and_receipted(row: Row, record_property: Callable[[str, object], None]) -> None:
    steps = row[0]
    good = [step for step in steps if step.good]
    wrong = [
        step.name for step in good
        if (step.taken.outcome.disposition, step.taken.outcome.kind, len(step.taken.outcome.filings), len(step.taken.letters)) != ("submission", "receipt", 2, 1)
        or step.taken.letters[0].recipient != step.taken.facts.sender.address
    ]  # fmt: skip
    assert not wrong and len(good) == len(steps) - len(good) + 1
    record_property("runs", f"hostile mails between two good ones: {len(steps) - len(good)}")


@pytest.mark.shows("P1", "P2")
def test_every_mail_is_archived_byte_for_byte_and_has_its_place_in_the_ledger(row: Row) -> None:
    steps, house = row[0], row[1]
    assert [s.name for s in steps if house.archive.path(hashlib.sha256(s.raw).hexdigest()).read_bytes() != s.raw] == []
    assert [s.name for s in steps if s.taken.message is None] == []


@pytest.mark.shows("P10")
def test_no_mail_takes_longer_than_it_may_and_no_child_grows_beyond_its_limit(row: Row) -> None:
    steps, _, watch, *_ = row
    assert [(s.name, s.seconds) for s in steps if s.seconds > _LONGEST] == []
    assert peak() < max(_MOST_MEMORY, watch.grown * 1.1)


@pytest.mark.shows("P11", "A32", "A37", "A41", "A42", "A67", "A76")
def test_nothing_is_written_outside_home_and_scratch_and_nobody_is_called(row: Row) -> None:
    _, house, watch, scratch, empty = row
    assert watch.connections == [] and watch.outside == []
    assert list(empty.iterdir()) == [] and [p.name for p in scratch.iterdir() if not p.name.startswith("pytest")] == []
    names = {p.relative_to(house.home).parts[0] for p in house.home.rglob("*") if p.is_file()}
    assert not {name for name in names if name not in ("archive", "looks", "pages") and not name.startswith("mailbot.")}
    assert all(len(p.name.partition(".")[0]) == 64 for p in (house.home / "archive").rglob("*") if p.is_file())  # its hash and nothing else (A76)


@pytest.mark.shows("A06", "A60", "A69")
def test_every_event_is_one_clean_line_without_a_word_of_the_mail(row: Row) -> None:
    steps, _, watch, *_ = row
    assert sum(line.startswith("taken ") for line in watch.records) >= len([s for s in steps if s.taken.outcome.disposition != "duplicate"])
    assert [line for line in watch.records if not line.isprintable() or len(line) > 1_000] == []
    assert [line for line in watch.records if any(word in line for word in _UNSAID)] == []

