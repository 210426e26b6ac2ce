"""The warm parent: has everything loaded, forks a child for each life of the bot, kills it where it is told, and compares.

`python -m tests.crash.warm` answers requests, one JSON object a line, until its input ends. A request is a `Job`."""

import gc
import hashlib
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailbot import failpoints
from mailbot.adapters.ledger import LedgerError
from mailbot.domain.errors import LeaseLost, MailbotError
from tests.crash import ledgers
from tests.crash.office import Player, keep_engines
from tests.crash.scenarios import Scenario, scenarios
from tests.crash.world import LOST, World

Point = tuple[str, int]  # a fail point and the how-manieth time it is reached
WINDOW = ("letter.taken", "settled.written", "transaction.written")  # the server has the letter, the ledger does not know it yet
HELD = "held"
_SECONDS = 60  # a life that takes longer hangs


class Wrong(Exception):
    """What came out is not what it should be."""


@dataclass
class Trace:
    """Of the undisturbed run: how often each point was reached before each round and in all, and what was left behind."""

    before: list[Counter[str]] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    tables: dict[str, ledgers.Rows] = field(default_factory=dict)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    copies: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)  # points in the order of their first reaching


class Theatre:
    """One folder in memory where all lives are lived."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.memo, self.scratch = folder, folder / "memo", folder / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.world = World(folder / "world")
        self.all = scenarios()
        self.traces: dict[tuple[str, bool], Trace] = {}
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.scratch)

    # --- lives

    def live(self, work: Callable[[], None]) -> int:
        """Does some work in a child; how it ended: 0, or the negative signal. Raises Wrong with what the child says."""
        said = self.folder / "said"
        said.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            status = 1
            gc.disable()
            try:
                signal.alarm(_SECONDS)
                work()
                status = 0
            except BaseException:  # noqa: BLE001 - a child tells it all to its parent
                said.write_text(traceback.format_exc(), "utf-8")
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(ended)
        if code > 0 or code == -signal.SIGALRM:
            raise Wrong(f"a life ended with {code}: {said.read_text('utf-8') if said.exists() else 'it hung'}")
        return code

    def watched(
        self, scenario: Scenario, database: str | None, watcher: Callable[[str], None] | None, before: Callable[[int], None] = lambda _: None
    ) -> Callable[[], None]:
        def work() -> None:
            failpoints.watch(watcher)
            with suppress(LeaseLost):  # another process goes on
                Player(scenario, self.world, self.memo, database).play(before)

        return work

    def upset(self, scenario: Scenario, database: str | None, disturbance: "Disturbance") -> Callable[[], None]:
        """A life that is disturbed. Where the database does not answer it may end with exit status 3: run again."""

        def work() -> None:
            logging.getLogger("mailbot").addHandler(_Log(self.world))
            failpoints.watch(disturbance)
            disturbance.player = Player(scenario, self.world, self.memo, database)
            try:
                disturbance.player.play(disturbance.arm)
            except LeaseLost:
                pass
            except MailbotError as problem:
                if disturbance.how == "kill" or not problem.temporary:
                    raise

        return work

    def recovery(self, scenario: Scenario, database: str | None) -> Callable[[], None]:
        """The rest of the story, and the last round once more, which must change nothing."""

        def work() -> None:
            for _ in range(2):
                Player(scenario, self.world, self.memo, database).play()

        return work

    # --- the undisturbed run

    def empty(self, scenario: Scenario) -> None:
        shutil.rmtree(self.world.folder, ignore_errors=True)
        self.world.outside.mkdir(parents=True)
        self.world.script(dict(scenario.answers))

    def undisturbed(self, scenario: Scenario, database: "Database | None") -> Trace:
        """Played once and remembered, with a picture of the world before each round."""
        key = (scenario.name, database is not None)
        if key in self.traces:
            return self.traces[key]
        self.empty(scenario)
        url = database.fresh() if database else None
        counted: Counter[str] = Counter()
        before: list[Counter[str]] = []
        pictures = self._pictures(scenario)
        shutil.rmtree(pictures, ignore_errors=True)

        def picture(number: int) -> None:
            before.append(Counter(counted))
            if database is None:
                shutil.copytree(self.world.folder, pictures / str(number))

        def before_round(number: int) -> None:
            if number:
                picture(number)

        picture(0)  # the very first: there is not even a database

        try:  # in this very process, so that the children find everything loaded and compiled
            self.watched(scenario, url, lambda name: counted.update((name,)), before_round)()
        except Exception:  # noqa: BLE001 - told as what it is
            raise Wrong(traceback.format_exc()) from None
        finally:
            failpoints.watch(None)
            gc.collect()
            gc.freeze()
        trace = Trace(before, counted, order=list(counted))
        trace.tables = ledgers.tables(self.world, url)
        trace.accepted, trace.copies, trace.archived = self._outside()
        self.live(self.watched(scenario, url, None))
        self._same(scenario, trace, url, frozenset(), frozenset(), "the undisturbed run once more")
        self.traces[key] = trace
        return trace

    def _pictures(self, scenario: Scenario) -> Path:
        return self.folder / "pictures" / scenario.name

    def _outside(self) -> tuple[Counter[tuple[str, str]], list[str], list[str]]:
        accepted = Counter((recipient, number) for recipient, number, _ in self.world.accepted())
        boxes = self.world.outside / "boxes"
        copies = sorted(f"{path.parent.parent.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in boxes.glob("*/已发送/*"))
        return accepted, copies, ledgers.archived(self.world)

    # --- a run that is disturbed

    def disturbed(self, job: "Job", database: "Database | None" = None) -> dict[str, Any]:
        """Plays with a kill at each of the points (the second counted from the recovery on), recovers, and compares."""
        scenario = self.all[job.scenario]
        trace = self.undisturbed(scenario, database)
        point = job.points[0]
        url = self._stage(scenario, trace, point, database)
        passed = trace.before[self.world.round][point[0]] if database is None else 0
        later = self.world.round > 0  # what the process that resumes there reaches before the round is not of that round
        doubted, window, killed = set[str](), set[str](), 0
        for number, (name, nth) in enumerate(job.points):
            first = number == 0
            disturbance = Disturbance(job.how, name, nth - (passed if first else 0), url, self.folder / HELD, armed=not (first and later))
            code = self.live(self.upset(scenario, url, disturbance))
            if code == 0:
                if number == 0 and job.how == "kill":
                    raise Wrong(f"{name} was not reached a {nth}. time")
                break
            killed += 1
            if database is not None:
                database.forget_lost_numbers(url or "")
            cut_off = self._being_sent(url)
            doubted |= cut_off
            window |= cut_off if name in WINDOW else set()
        self.live(self.recovery(scenario, url))
        if job.how != "kill":
            self._redone(trace, url, f"after {job.points}")
            return {"killed": killed, "doubted": 0}
        if doubted and not self._heard_of_doubt():
            raise Wrong("a letter was cut off and nobody was told")
        self._same(scenario, trace, url, frozenset(doubted), frozenset(window), f"after {job.points}", killed)
        return {"killed": killed, "doubted": len(doubted)}

    def _stage(self, scenario: Scenario, trace: Trace, point: Point, database: "Database | None") -> str | None:
        """The world as it was before the round in which the point is reached."""
        if database is not None:
            self.empty(scenario)
            return database.fresh()
        number = max((n for n, passed in enumerate(trace.before) if passed[point[0]] < point[1]), default=0)
        shutil.rmtree(self.world.folder, ignore_errors=True)
        shutil.copytree(self._pictures(scenario) / str(number), self.world.folder, copy_function=_copied)
        return None

    def _being_sent(self, url: str | None) -> set[str]:
        if url is None and not (self.world.home / "mailbot.db").exists():
            return set()
        try:
            return {row["key"] for row in ledgers.tables(self.world, url)["letters"] if row["state"] == "sending"}
        except Exception as problem:  # there are no tables yet
            if "no such table" in str(problem) or "does not exist" in str(problem):
                return set()
            raise

    def _clean(self, scenario: Scenario) -> None:
        left = ledgers.left_over(self.world, self.scratch)
        if left:
            raise Wrong(f"left behind: {left}")

    def _heard_of_doubt(self) -> bool:
        """Whether staff or the log heard that a letter was cut off."""
        told = self.world.told()
        return "上次在发送途中中断" in told or "ambiguous letters=" in told

    def _redone(self, trace: Trace, url: str | None, when: str) -> None:
        """Nobody was killed, but a part of a round failed and was done by the next. A letter whose end could not be written down is handed
        over once more at most."""
        if apart := ledgers.redone(trace.tables, found := ledgers.tables(self.world, url)):
            raise Wrong(f"{when}: {apart}")
        accepted, _, archived = self._outside()
        if archived != trace.archived:
            raise Wrong(f"{when}: the archive differs")
        if never := [row["key"] for row in found["letters"] if row["state"] == "sent" and not accepted[(row["recipient"], _id_of(row))]]:
            raise Wrong(f"{when}: {never} never went out")
        more = sum(times - 1 for times in accepted.values()) - sum(times - 1 for times in trace.accepted.values())
        if more > self._heard_of_doubt():
            raise Wrong(f"{when}: taken more than once: {accepted}")

    def _same(self, scenario: Scenario, trace: Trace, url: str | None, doubted: frozenset[str], window: frozenset[str], when: str, killed: int = 0) -> None:
        apart = ledgers.difference(trace.tables, found := ledgers.tables(self.world, url), doubted, twice=killed > 1)
        if apart:
            raise Wrong(f"{when}: {apart}")
        accepted, copies, archived = self._outside()
        if archived != trace.archived or (copies != trace.copies and not doubted):
            raise Wrong(f"{when}: the archive or the copies differ")
        keys = {_id_of(row): row["key"] for row in found["letters"]}
        for number in accepted.keys() | trace.accepted.keys():
            more = accepted[number] - trace.accepted[number]
            key = keys.get(number[1], "")
            if more > (1 if key in window else 0) or (more < 0 and key not in doubted):
                raise Wrong(f"{when}: {number} was taken {accepted[number]} times, {trace.accepted[number]} wanted")
            if key in doubted and accepted[number] == 0 < trace.accepted[number] and not _is_left_to_people(scenario, found, number, killed):
                raise Wrong(f"{when}: {number} never went out")
        for path in (self.scratch.glob("mailbot-*") if killed else ()):
            shutil.rmtree(path)  # of a process that was killed: the system's own tidying, not ours
        self._clean(scenario)


def _copied(source: str, target: str) -> None:
    """Mails outside and in the archive are never changed once they are there."""
    if "/boxes/" in source or "/archive/" in source:
        os.link(source, target)
    else:
        shutil.copyfile(source, target)


def _is_left_to_people(scenario: Scenario, found: dict[str, ledgers.Rows], number: tuple[str, str], killed: int) -> bool:
    """Whether a letter was in doubt twice, so that it is not tried a third time but shown to staff (P7)."""
    twice = killed > 1 or LOST in scenario.answers.get(number[0], ())
    return twice and [row["state"] for row in found["letters"] if _id_of(row) == number[1]] == ["ambiguous"]


def _id_of(row: dict[str, Any]) -> str:
    from mailbot.domain.bounces import id_of

    return id_of(row["raw"])


@dataclass
class Disturbance:
    """What befalls a process that reaches a point for the n-th time: `kill` -9; `unknown`: the database did it and its answer was lost;
    `terminate`: PostgreSQL ends all sessions of this database; `hold`: it waits until somebody removes the file `held`.

    `armed`: it counts from the process's start on, else from its first round on."""

    how: str
    name: str
    nth: int
    url: str | None
    held: Path
    armed: bool = True
    player: Player | None = None

    def arm(self, _: int) -> None:
        self.armed = True

    def __call__(self, reached: str) -> None:
        if reached != self.name or not self.armed:
            return
        self.nth -= 1
        if self.nth != 0:
            return
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.player is not None:
            self.player.upset = True
        if self.how == "unknown":
            raise LedgerError(OSError("the answer was lost"))
        if self.how == "hold":
            self.held.touch()
            while self.held.exists():
                time.sleep(0.02)
        else:
            _terminate(self.url or "")


class _Log(logging.Handler):
    """What a life says in the log, which survives it."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self.world = world

    def emit(self, record: logging.LogRecord) -> None:
        self.world.tell((record.getMessage(),))


def _terminate(url: str) -> None:
    import psycopg

    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


@dataclass
class Database:
    """A PostgreSQL server; `fresh` gives an empty database each time."""

    server: str

    def fresh(self) -> str:
        import psycopg

        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS crash WITH (FORCE)")
            connection.execute("CREATE DATABASE crash STRATEGY wal_log" if connection.info.server_version >= 150000 else "CREATE DATABASE crash")
        return f"{self.server}/crash".replace("postgresql://", "postgresql+psycopg://", 1)


    def forget_lost_numbers(self, url: str) -> None:
        """The next rows get the numbers that a cut-off transaction had drawn, so that what quotes a number reads the same."""
        import psycopg

        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
            for table in (name for name in ledgers.TABLES if name != "marks"):
                if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,):
                    highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"
                    connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest}, false)")


@dataclass(frozen=True)
class Job:
    """`points`: where the process is disturbed; the second is counted from the recovery on."""

    scenario: str
    points: tuple[Point, ...] = ()
    how: str = "kill"
    server: str | None = None


def _worked() -> float:
    """Seconds of a core, with those of the children that ended."""
    return sum(os.times()[:4])


def serve(folder: Path) -> None:
    keep_engines()
    theatre = Theatre(folder)
    print(json.dumps({"folder": str(folder)}), flush=True)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        job = Job(request["scenario"], tuple((n, k) for n, k in request.get("points", ())), request.get("how", "kill"), request.get("server"))
        database = Database(job.server) if job.server else None
        start, worked = time.perf_counter(), _worked()
        try:
            if job.points:
                answer = theatre.disturbed(job, database)
            else:
                trace = theatre.undisturbed(theatre.all[job.scenario], database)
                answer = {"reached": dict(trace.reached), "order": trace.order, "letters": [r["state"] for r in trace.tables["letters"]],
                          "filings": len(trace.tables["filings"]), "accepted": sum(trace.accepted.values()),
                          "dispositions": [r["disposition"] for r in trace.tables["messages"]]}
        except Exception as problem:  # noqa: BLE001 - the suite tells it
            answer = {"wrong": str(problem) if isinstance(problem, Wrong) else traceback.format_exc()}
        print(json.dumps(answer | {"seconds": round(time.perf_counter() - start, 4), "worked": round(_worked() - worked, 4)}, ensure_ascii=False), flush=True)


def chosen(reached: dict[str, int], which: str = "every") -> list[Point]:
    """Every reaching of each point, or the `first` only, or the `last`, or both `ends`."""

    def wanted(times: int) -> tuple[int, ...]:
        ends = {"first": (1,), "last": (times,), "ends": tuple(sorted({1, times}))}
        return ends[which] if which in ends else tuple(range(1, times + 1))

    return [(name, n) for name, times in sorted(reached.items()) for n in wanted(times)]


def sampled(seed: str, points: list[Point], most: int) -> list[Point]:
    return random.Random(seed).sample(points, min(most, len(points)))


if __name__ == "__main__":
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="mb-crash-", dir=base) as name:
        serve(Path(name))
