"""F30 and P14 of reliability.md: time is the server's. The machine's clock may stand wrong or step while the bot runs: no verdict
changes, nothing is sent twice. The clock is the one that is passed in, stepped by the test; where libfaketime is installed the same
is done to the real process (test_the_process...)."""

import email
import email.policy
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from daily.conftest import Office, moment, open_office
from outbox.conftest import Bureau, bureau, risk_list
from outbox.test_manners import put
from stories.conftest import compose

from mailbot.app.wiring import House
from tests.servers.office import polled_office
from tests.servers.real import missing
from tests.servers.scripted_mailbox import ScriptedMailbox

__all__ = ["bureau", "open_office"]
NAMES = {"xinzhen": "新镇市场监管所", "zhian": "治安市场监管所"}
Make = Callable[..., House]


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's time zone, as TZ has it."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield str(request.param)
    monkeypatch.undo()
    time.tzset()


def two_around_the_deadline(box: ScriptedMailbox) -> None:
    """Due 2024-04-01 23:59:59 in China. One mail two seconds before it and one two seconds behind, told in other zones; their Date
    headers claim the opposite."""
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text)

    for uid, unit, came, dated in (
        (1, "xinzhen", "2024-04-01T15:59:58+00:00", "2024-04-03T09:00:00"), (2, "zhian", "2024-04-01T11:00:02-05:00", "2024-03-30T09:00:00"),
    ):  # fmt: skip
        raw = compose(f"{unit}@units.example", files={"清单.docx": risk_list(NAMES[unit])}, when=dated).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        head, _, rest = raw.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"received:")]
        box.put(uid, b"\r\n".join(lines) + b"\r\n\r\n" + rest, at(came))


def verdicts(house: House) -> dict[str, tuple[bool, datetime]]:
    """Unit -> whether the bot found it late, and when the ledger says it came."""
    filings = {filing.unit: filing for filing in house.ledger.all_filings()}
    return {unit: (any(f.code == "late" for f in filing.findings), filing.received_at) for unit, filing in filings.items()}


@pytest.mark.shows("P14", "F30", "A21")
@pytest.mark.parametrize(("zone", "step"), [
    ("Asia/Shanghai", {}), ("Asia/Shanghai", {"days": 365}), ("Europe/Berlin", {"days": -1}), ("America/New_York", {"seconds": 30}),
], indirect=["zone"])  # fmt: skip
def test_who_is_late_is_said_by_the_server_whatever_the_machines_clock_and_zone(zone: str, step: dict[str, float], make_house: Make) -> None:
    assert time.tzname and zone == os.environ["TZ"]
    box = ScriptedMailbox()
    two_around_the_deadline(box)
    with box.serve() as server, polled_office(make_house, server.port) as office:
        office.clock[0] = moment("2024-04-02T09:00:00") + timedelta(**step)
        taken = len(office.poll().taken)
        office.clock[0] = moment("2024-04-02T10:00:00")  # a year ahead, mail of today is too old to be listed: it is when the clock is right
        assert taken + len(office.poll().taken) == 2 and taken == (0 if "days" in step and step["days"] > 0 else 2)
        found = verdicts(office.house)
        assert {unit: late for unit, (late, _) in found.items()} == {"xinzhen": False, "zhian": True}
        assert found["xinzhen"][1] == moment("2024-04-01T23:59:58") and found["zhian"][1] == moment("2024-04-02T00:00:02")


_STEPS = (timedelta(0), timedelta(seconds=-30), timedelta(seconds=30), timedelta(days=-1), timedelta(0))


def reminded(office: Office, steps: Callable[[int], Sequence[timedelta]]) -> Counter[tuple[str, str]]:
    """Two weeks around a deadline, rounds at 09:30: what went out in that year, by address and subject. `steps`: how the clock stands in
    the rounds of a day, seen from the true time."""
    sent: list[tuple[str, str, datetime]] = []

    class Way:
        def send(self, raw: bytes, recipient: str) -> None:
            sent.append((recipient, str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"]), office.now[0]))

    def pause(seconds: float) -> None:
        office.now[0] += timedelta(seconds=seconds)

    outbox = replace(office.house.outbox(), connect=lambda: nullcontext(Way()), pause=pause)
    for number in range(14):
        for step in steps(number):
            office.now[0] = moment("2024-03-22T09:30:00") + timedelta(days=number) + step
            office.reminding().write_once_a_day()
            outbox.flush(hurry=True, patient=True)
    return Counter((to, subject) for to, subject, at in sent if at.year == 2024)


@pytest.mark.shows("P14", "F30")
def test_no_reminder_goes_out_twice_while_the_clock_steps(open_office: Callable[..., Office], tmp_path: Path) -> None:
    """In between the clock goes back and forth by half a minute and back a day, each day, and for one round a year ahead: what units hear
    is what they hear of a clock that stands right."""
    first = open_office("2024-03-22T09:30:00")
    right = reminded(first, lambda _: _STEPS[:1])
    first.house.close()  # else SQLite, closing it some day, removes the -wal of the other, which lies where its own lay
    shutil.move(tmp_path / "home", tmp_path / "first")
    office = open_office("2024-03-22T09:30:00")
    stepped = reminded(office, lambda n: (*_STEPS[:3], timedelta(days=365), *_STEPS[3:]) if n == 8 else _STEPS)
    assert sum(right.values()) >= 40
    assert stepped - right == Counter(), "nothing twice"
    assert right - stepped == Counter(), f"nothing left out; {Counter(office.states())}"


@pytest.mark.shows("P14", "P6", "F30")
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"], indirect=True)
def test_the_end_of_summer_time_changes_no_limit_and_no_window(zone: str, bureau: Callable[..., Bureau]) -> None:
    """In Berlin 02:00–03:00 of 27 October 2024 comes twice; in China nothing happens at 09:00. Twenty letters a quarter of an hour."""
    office = bureau("2024-10-27T08:30:00")
    for number in range(50):
        put(office.house.ledger, "digest", "office@bureau.example", number, office)
    for _ in range(16):
        office.later(minutes=5).flush()
    times = [at for at, _, _ in office.sent]
    assert len(times) == 50 and zone
    most = max(sum(at <= other < at + timedelta(minutes=15) for other in times) for at in times)
    assert most == 20
    assert times[0] == moment("2024-10-27T08:35:00") and times[-1] < moment("2024-10-27T09:20:00")


@pytest.mark.shows("P14", "F30", "P12")
def test_the_process_itself_under_a_clock_that_lies_says_the_same(make_house: Make, tmp_path: Path) -> None:
    """`mailbot run --once` three times on one home: a year ahead, a day behind, and as it is. libfaketime lies to the real process."""
    if shutil.which("faketime") is None:
        missing("faketime is not installed (Debian: faketime)")
    box = ScriptedMailbox()
    two_around_the_deadline(box)
    with box.serve() as server:
        environment = {
            **os.environ, "MAILBOT_IMAP_URL": f"imap://nmyxjg%40163.com@127.0.0.1:{server.port}", "MAILBOT_IMAP_PASSWORD": "x",
            "MAILBOT_SENDING": "shadow", "MAILBOT_SCANS": "off", "TZ": "Asia/Shanghai", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        said = []
        for clock in ("2025-04-02 09:00:00", "2024-03-31 23:59:58", "2024-04-02 09:00:00"):
            command = ["faketime", "-f", f"@{clock}", sys.executable, "-m", "mailbot", "--home", str(tmp_path / "home"), "run", "--once"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
            said.append(next((line for line in done.stderr.splitlines() if "收 " in line), done.stderr[-500:]))
    house = make_house("2024-04-10T09:00:00")
    assert {unit: late for unit, (late, _) in verdicts(house).items()} == {"xinzhen": False, "zhian": True}, said
    letters = Counter((letter.recipient, letter.subject) for letter in house.ledger.letters_listed())
    assert max(letters.values()) == 1, "nothing is written twice"
    house.close()
