"""Every promise, fault and input has its tests, every promise its mutants, and docs/reliability.md says which."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reliability import document, mutants
from reliability.rows import by_kind

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Row -> the tests marked with it, by their names without parameters."""
    file = tmp_path_factory.mktemp("shown") / "collected.json"
    command = [sys.executable, "-m", "pytest", "tests", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--reliability", str(file)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found: dict[str, set[str]] = {}
    for test, told in json.loads(file.read_text(encoding="utf-8")).items():
        for row in told["shows"]:
            found.setdefault(row, set()).add(test.partition("[")[0])
    return found


def test_every_row_is_shown_by_a_test(shown: dict[str, set[str]]) -> None:
    assert [id_ for rows in by_kind().values() for id_ in rows if id_ not in shown] == []


def test_the_page_names_only_tests_that_show_the_row(shown: dict[str, set[str]]) -> None:
    told = document.named(document.PAGE.read_text(encoding="utf-8"))

    assert set(told) == set(shown)
    stale = {row: names for row, tests in told.items() if (names := {f"tests/{name}" for name in tests} - shown[row])}
    assert stale == {}, "write it anew: make reliability"


def test_every_promise_has_mutants_that_apply_to_the_code_as_it_is() -> None:
    known = mutants.all_mutants()

    assert {mutant.promise for mutant in known} == set(by_kind()["promises"])
    for mutant in known:
        assert mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
        name = mutant.test.partition("[")[0].rpartition("::")[2]
        assert f"def {name}(" in (ROOT / mutant.test.partition("::")[0]).read_text(encoding="utf-8"), mutant


def test_a_patch_that_does_not_apply_is_told() -> None:
    mutant = mutants.Mutant("P1", "nothing", "x", "a", "b", "t")

    with pytest.raises(ValueError, match="holds 2 times"):
        mutant.applied("aa")
