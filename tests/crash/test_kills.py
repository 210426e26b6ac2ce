"""Killed with -9 wherever it may be, the bot goes on as if nothing had been: the way of isync's own suite (reliability.md A).

The undisturbed run of a scenario tells how often it reaches each fail point; then a process is killed at each of them, another one
resumes, plays to the end and once more, and what is there is compared: tables, archive, what the server took, what is left over. With
MAILBOT_SOAK=1 at every reaching of every point, and thousands of pairs. Else every point of every scenario is reached once: its first time
in one scenario, its last in the next, by turns (both where an order is given and taken back); a good mail is killed at every reaching; and
a few pairs by seed."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.conftest import SOAK, Theatre, can_fork
from tests.crash.scenarios import scenarios
from tests.crash.warm import chosen

pytestmark = can_fork
PRODUCT = Path(__file__).parent.parent.parent / "mailbot"
RECOVERING = ("doubt.noted",)  # points that only a recovery reaches
SEEDS, PAIRS = (range(7, 22), 200) if SOAK else (range(7, 8), 12)
Told = Callable[[str, object], None]


def _which(scenario: str) -> str:
    """Which reachings of the points are tried: in scenarios side by side the first and the last."""
    if SOAK or scenario == "one good mail":
        return "every"
    if scenario == "staff say yes and take it back":  # that an order is not carried out twice shows only where the first one is cut off
        return "ends"
    return ("first", "last")[list(scenarios()).index(scenario) % 2]


@pytest.mark.shows("P1", "P3", "P4", "P7", "F18", "F28")
@pytest.mark.parametrize("scenario", scenarios())
def test_killed_at_any_point_and_resumed_all_is_as_if_nothing_had_been(scenario: str, theatre: Theatre, record_property: Told) -> None:
    runs = [(point,) for point in chosen(theatre.points(scenario), _which(scenario))]
    wrong = theatre.wrong(scenario, runs)
    record_property("runs", f"crash-resume runs on SQLite: {len(runs)}")
    assert wrong == []


@pytest.mark.shows("F29", "P4")
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_again_while_it_recovers_all_is_as_if_nothing_had_been(seed: int, theatre: Theatre, record_property: Told) -> None:
    """Pairs by seed, and the point that only a recovery reaches."""
    chance, runs = random.Random(seed), 0
    every = {name: chosen(theatre.points(name)) for name in scenarios()}
    pairs = [("one good mail", (("letter.claimed", 1), ("doubt.noted", 1))), ("one good mail", (("letter.taken", 1), ("doubt.noted", 1)))]
    for _ in range(PAIRS):
        name = chance.choice(list(every))
        first, second = chance.choice(every[name]), chance.choice(every[name])
        pairs.append((name, (first, (second[0], chance.randint(1, max(1, second[1]))))))
    wrong = []
    for name, pair in pairs:
        wrong += [f"{name}: {told}" for told in theatre.wrong(name, [pair])]
        runs += 1
    record_property("runs", f"crash-resume runs with a second crash: {runs}")
    assert wrong == []


@pytest.mark.shows("F27", "P4")
def test_a_commit_whose_answer_was_lost_changes_nothing(theatre: Theatre, record_property: Told) -> None:
    """The database did it and could not say so: the use case sees an error, and the same round is done again."""
    runs = 0
    wrong = []
    for name in scenarios() if SOAK else ("one good mail", *random.Random(8).sample(list(scenarios()), 6)):
        times = theatre.points(name)["transaction.committed"]
        picked = range(2, times + 1) if SOAK or name == "one good mail" else (random.Random(name).randint(2, times),)
        wrong += [f"{name}: {told}" for told in theatre.wrong(name, [(("transaction.committed", n),) for n in picked], how="unknown")]
        runs += len(picked)
    record_property("runs", f"commits whose answer was lost: {runs}")
    assert wrong == []


def test_every_point_in_the_code_is_reached_by_the_suite(theatre: Theatre) -> None:
    said = re.findall(r'\breached\("([^"]+)"\)', "\n".join(path.read_text("utf-8") for path in sorted(PRODUCT.rglob("*.py"))))
    assert len(said) == len(set(said)), "each point is said once"
    reached = {name for scenario in scenarios() for name in theatre.points(scenario)}
    assert set(said) == reached | set(RECOVERING)


def test_a_kill_that_did_not_happen_is_told_and_not_taken_for_a_run(theatre: Theatre) -> None:
    assert "was not reached" in theatre.wrong("one good mail", [(("letter.taken", 99),)])[0]


def test_there_are_more_than_twelve_scenarios() -> None:
    assert len(scenarios()) >= 12
