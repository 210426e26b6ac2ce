"""`make bench`: whole processes beside each other in one run, as ratios (performance.md says what they should be).

Against a real Dovecot where one is installed, else the embedded server. Rounds are interleaved and the first is not counted;
a round only counts where every mail was taken in. `--full` asks a mailbox of 100,000 mails too, `--json` is for machines.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import pages, province, readers, workload
from tests.bench.stage import PASSWORD, USER, Stage, stage
from tests.servers.counting import Counting, counting

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to exit. `peak`: bytes of the largest process of its tree."""

    wall: float
    cpu: float
    peak: int


# A process begins with its parent's peak on Linux, so a small one must be the parent of what is measured.
_WATCHER = """
import os, sys, time
begun = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print([os.waitstatus_to_exitcode(status), time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024])
"""


def process(*command: str, environment: dict[str, str] | None = None) -> Run:
    """Runs a command to its end. Raises where it fails otherwise than with 1 (a person must look at something)."""
    watcher = (sys.executable, "-S", "-E", "-c", _WATCHER, *command)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # an installed program is compiled once
    said = subprocess.run(watcher, env={**kept, **(environment or {})}, stdout=subprocess.PIPE, check=True).stdout
    code, wall, cpu, peak = json.loads(said)
    if code not in (0, 1):
        raise RuntimeError(f"{command[1:6]} ended with {code}")
    return Run(wall, cpu, peak)


def python(*words: str, environment: dict[str, str] | None = None) -> Run:
    return process(sys.executable, *words, environment=environment)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mailbot-bench-") as name:
        yield Path(name)


def mailbot(at: Stage, home: Path, *words: str) -> Run:
    return python("-m", "mailbot", "--config", str(at.config), "--home", str(home), "-q", *words, environment=at.environment)


def whole_job(at: Stage, count: int) -> dict[str, list[Run]]:
    """The three side by side, `ROUNDS` times after a warm-up."""
    jobs: dict[str, Callable[[Path], Run]] = {
        "limit": lambda out: python("-m", "tests.bench.limit", str(out), str(at.imap_port), USER, PASSWORD),
        "afternoon": lambda out: python("-m", "tests.bench.afternoon", str(out), str(at.imap_port), str(at.smtp_port), USER, PASSWORD),
        "mailbot": lambda out: mailbot(at, out, "run", "--once"),
    }
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for number in range(ROUNDS + 1):
        for name, job in jobs.items():
            before = at.received()
            with folder() as out:
                run = job(out / "out")
                kept = sum(1 for path in (out / "out").rglob("*.eml"))
            answered = at.received() - before
            if kept != count or (name == "mailbot" and answered < 0.9 * count):  # a mail without files gets no letter
                raise RuntimeError(f"{name}: {kept} of {count} mails kept, {answered} answered")
            if number:
                runs[name].append(run)
            say(f"  {name}: {run.wall:.2f} s")
    return runs


def idle_poll(at: Stage, mails: int) -> Counting:
    """A poll with nothing new: bytes and commands over the wire, after one that took everything for known."""
    with folder() as home, counting(at.imap_port) as wire:
        moved = at.through(wire.port)
        mailbot(moved, home, "run", "--once")
        wire.clear()
        mailbot(moved, home, "run", "--once")
        say(f"  {mails} mails: {wire.commands} commands, {wire.octets} bytes")
        return wire


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def median(runs: list[Run], of: str) -> float:
    return statistics.median(getattr(run, of) for run in runs)


def measure(count: int, full: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    with ExitStack() as stack:
        at = stack.enter_context(stage())
        found["server"] = at.name
        say("start-up")
        with folder() as home:
            found["help_s"] = statistics.median(python("-m", "mailbot", "--help").wall for _ in range(5))
            mailbot(at, home, "run", "--once")
            polls = [mailbot(at, home, "run", "--once") for _ in range(5)]
            found["empty_poll_s"], found["empty_poll_MB"] = median(polls, "wall"), median(polls, "peak") / 1e6
        say("readers")
        found["docx_x_python_docx"], found["xlsx_x_openpyxl"] = readers.ratios()
        say("pages")
        found |= pages.costs()
        say("ledger, digest and rules of 22, 1 000 and 20 000 units")
        with folder() as out:
            found |= province.costs(lambda *words: python("-m", "mailbot", "-q", *words), out)
        say(f"whole job, {count} mails")
        at.fill(workload.mails(count))
        runs = whole_job(at, count)
        found |= {f"{name}_mails_per_s": count / median(r, "wall") for name, r in runs.items()}
        found |= {f"{name}_cpu_ms": 1000 * median(r, "cpu") / count for name, r in runs.items()}
        found["mailbot_x_afternoon"] = median(runs["afternoon"], "wall") / median(runs["mailbot"], "wall")
        found["mailbot_wall_x_limit"] = median(runs["mailbot"], "wall") / median(runs["limit"], "wall")
        found["peak_MB"] = median(runs["mailbot"], "peak") / 1e6
        say("config try")
        with folder() as home:
            mailbot(at, home, "run", "--once")
            found["try_ms_a_mail"] = 1000 * mailbot(at, home, "config", "try", str(at.config)).wall / count
        say("one mail of 50 MB")
        at.fill([workload.big_mail(50)])
        with folder() as home:
            found["peak_50MB_mail_MB"] = mailbot(at, home, "run", "--once").peak / 1e6
        say("idle polls")
        for mails in (1_000, 10_000, *((100_000,) if full else ())):
            at.fill_small(mails)
            wire = idle_poll(at, mails)
            found[f"idle_{mails}_commands"], found[f"idle_{mails}_bytes"] = wire.commands, wire.octets
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mails", type=int, default=300)
    asked.add_argument("--full", action="store_true")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    found = measure(options.mails, options.full)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:28} {value:10.2f}" if isinstance(value, float) else f"{name:28} {value:>10}")


if __name__ == "__main__":
    main()
