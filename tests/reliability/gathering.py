"""Which tests show which row, and what came of them: `pytest --reliability FILE` leaves it as JSON.

A test says what it shows by `@pytest.mark.shows("P3", "F21")`, how much it ran by `record_property("runs", "crash-resume runs: 1234")`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from reliability.rows import ids

_RUNS = re.compile(r"(.+): (\d+)")


class Gathering:
    """A plugin. With xdist the workers mark their reports, the controller gathers them."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            shown = sorted({row for mark in item.iter_markers("shows") for row in mark.args})
            if unknown := set(shown) - ids():
                raise pytest.UsageError(f"{item.nodeid} shows {', '.join(sorted(unknown))}, which no row is called")
            if shown:
                item.user_properties.append(("shows", shown))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            for item in session.items:
                self._note(item.nodeid, dict(item.user_properties).get("shows", ()), "collected", ())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            told = report.user_properties
            outcome = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
            self._note(report.nodeid, next((rows for name, rows in told if name == "shows"), ()), outcome, [v for name, v in told if name == "runs"])

    def _note(self, test: str, shown: Iterable[str], outcome: str, runs: Iterable[str]) -> None:
        counted = {match[1]: int(match[2]) for said in runs if (match := _RUNS.fullmatch(str(said)))}
        if shown or counted:
            self._tests[test] = {"shows": sorted(shown), "outcome": outcome, "runs": counted}

    def pytest_sessionfinish(self) -> None:
        if self._file is not None:
            self._file.write_text(json.dumps(self._tests, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
