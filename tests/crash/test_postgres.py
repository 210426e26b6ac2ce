"""The same on PostgreSQL: a seeded sample of kills, sessions that the server ends, and the server itself switched off (F27)."""

import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.crash.conftest import SOAK, Postgres, Theatre, can_fork
from tests.crash.scenarios import scenarios
from tests.crash.warm import Point, chosen

pytestmark = can_fork
Told = Callable[[str, object], None]


# Staff quote numbers there, and a transaction that was cut off takes its number with it.
QUOTING = ("staff say yes and take it back", "staff grant more time", "a stranger is known for good")


def _sample(theatre: Theatre, server: str, most: int, seed: int, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Point, ...]]]:
    """Scenario -> points, seeded, of two scenarios; every point of every scenario in a soak."""
    names = [name for name in scenarios() if name not in without]
    chance = random.Random(seed)
    if not SOAK:
        names = chance.sample(names, 2)
    every = [(name, point) for name in names for point in chosen(theatre.points(name, server))]
    picked = every if SOAK else chance.sample(every, most)
    return {name: [(point,) for one, point in picked if one == name] for name in names}


@pytest.mark.shows("P4", "F28")
def test_killed_at_any_point_on_postgresql(theatre: Theatre, lasting_postgres: Postgres, record_property: Told) -> None:
    picked = _sample(theatre, lasting_postgres.address, 4, 11)
    wrong = [w for name, runs in picked.items() for w in theatre.wrong(name, runs, server=lasting_postgres.address)]
    record_property("runs", f"crash-resume runs on PostgreSQL: {sum(map(len, picked.values()))}")
    assert wrong == []


@pytest.mark.shows("F27")
def test_sessions_that_the_server_ends_at_any_point_double_nothing(theatre: Theatre, lasting_postgres: Postgres, record_property: Told) -> None:
    picked = _sample(theatre, lasting_postgres.address, 3, 12, QUOTING)
    wrong = [w for name, runs in picked.items() for w in theatre.wrong(name, runs, how="terminate", server=lasting_postgres.address)]
    record_property("runs", f"PostgreSQL sessions ended by the server: {sum(map(len, picked.values()))}")
    assert wrong == []


@pytest.mark.shows("F27")
def test_a_server_that_is_switched_off_in_mid_transaction_doubles_nothing(
    theatre: Theatre, lasting_postgres: Postgres, record_property: Told
) -> None:
    """`pg_ctl stop -m immediate` while a transaction waits for its commit (the point holds until the server is gone)."""
    name = "a pair in two mails, one answer"
    times = theatre.points(name, lasting_postgres.address)["transaction.written"]
    picked = range(2, times + 1) if SOAK else (random.Random(5).randint(2, times),)
    wrong = []
    for n in picked:
        stopping = threading.Thread(target=_when_held, args=(theatre, lasting_postgres))
        stopping.start()
        wrong += theatre.wrong(name, [(("transaction.written", n),)], how="hold", server=lasting_postgres.address)
        stopping.join()
    record_property("runs", f"PostgreSQL switched off in mid-transaction: {len(picked)}")
    assert wrong == []


def _when_held(theatre: Theatre, server: Postgres) -> None:
    """The child says so by a file beside its world and waits for it to go."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if (held := theatre.held()) is not None:
            server.restart()
            held.unlink()
            return
        time.sleep(0.02)
