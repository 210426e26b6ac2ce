"""Measures the product on a folder of pages with their truth: `python -m tests.pages.measure OUT [--json] [--write FILE.md]`.

Three steps, each by itself with `--steps`: seals (nothing is read), words (every page read, the scan held against its editable copy), mail
(whole mails through a rehearsal of the intake). What was measured of a case is kept in OUT/measured and not done again (`--again` does),
what was read in OUT/looks: a run can be stopped and taken up, and two processes share it with `--jobs 2`.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tests.pages import judging, looking, reading, seal_tables, truth, word_tables
from tests.pages.goals import goals
from tests.pages.looking import Found
from tests.pages.report import SECTIONS, written
from tests.pages.tables import Measured, Table, as_json, as_text


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with every case, and the tables that come of it."""

    work: Callable[[Path, truth.Case], Found]
    tables: Sequence[Callable[[Measured], Table]]


STEPS: Mapping[str, Step] = {
    "seals": Step(looking.seals, seal_tables.TABLES),
    "words": Step(reading.words, word_tables.READ),
    "mail": Step(judging.mail, word_tables.MAIL),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--section", choices=SECTIONS, default="first", help="of the page that --write writes")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=["seals"])
    given = parser.parse_args()
    cases, seed = truth.read(given.out)[: given.count], truth.seed(given.out)
    measured = Measured(cases, {step: run(given.out, step, cases, given.jobs, given.again) for step in given.steps})
    tables = [goals(measured), *(table(measured) for step in given.steps for table in STEPS[step].tables)]
    if given.write:
        given.write.write_text(written(given.write, given.section, len(cases), seed, tables), "utf-8")
    print(json.dumps(as_json(tables), ensure_ascii=False, indent=1) if given.json else as_text(tables))


def run(out: Path, step: str, cases: list[truth.Case], jobs: int, again: bool) -> dict[str, Found]:
    """What a step finds of every case, by the case's id; from what is kept where it is there."""
    kept = out / "measured" / step
    kept.mkdir(parents=True, exist_ok=True)
    waiting = [c for c in cases if again or not (kept / f"{c['id']}.json").exists()]
    work = partial(_one, out, step)
    bar = partial(track, description=step, total=len(waiting), console=Console(stderr=True), disable=not waiting)
    if jobs > 1:
        with ProcessPoolExecutor(jobs) as pool:
            list(bar(pool.map(work, waiting)))
    else:
        list(bar(map(work, waiting)))
    return {case["id"]: json.loads((kept / f"{case['id']}.json").read_text("utf-8")) for case in cases}


def _one(out: Path, step: str, case: truth.Case) -> None:
    found = STEPS[step].work(out, case)
    place = out / "measured" / step / f"{case['id']}.json"
    half = place.with_suffix(".half")
    half.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    half.rename(place)


if __name__ == "__main__":
    main()
