"""docs/reliability.md, written by the tests themselves.

    python -m tests.reliability.document [--results FILE --mutants FILE] [--soak FILE]

Without files it runs first all tests that show a row, then all mutants (half an hour; `make reliability`). Tests of one name count together.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from reliability.rows import TITLES, by_kind

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"
_MOST = 6  # tests named in a row; the others are counted
_HEAD = """# What is promised, and what shows it

Written by the tests (`make reliability`), not by hand. The promises P1–P15, the faults F01–F40 and the inputs A01–A80 are those of the
reliability specification; where the contract of the product differs, it goes before (HOLD, SILENT and PART mean: a person decides, no reply,
a finding). A test says which rows it shows (`@pytest.mark.shows`); a row's result is that of all its tests in the run named here.

Each promise has mutants: small patches that break it. A mutant is *red* where the test named beside it fails once the patch is applied:
a test that cannot fail shows nothing. All mutants again: `python -m tests.reliability.mutants`.
"""


def page(results: Mapping[str, Any], mutants: list[Mapping[str, Any]], run: str, soak: Mapping[str, Any]) -> str:
    """`results`, `soak`: as gathering.py leaves them; `mutants`: as mutants.py; `run`: when and where that was, in words."""
    parts = [_HEAD, f"**Last run:** {run}.\n", _counts(results, soak), _mutants(mutants)]
    shown = _by_row(results)
    for kind, rows in by_kind().items():
        lines = [f"## {TITLES[kind]}\n", "| | as specified | tests | last result |", "|---|---|---|---|"]
        lines += [f"| {id_} | {_cell(words)} | {_names(shown[id_])} | {_result(shown[id_])} |" for id_, words in rows.items()]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def named(text: str) -> dict[str, frozenset[str]]:
    """Row -> the tests that a page names for it."""
    rows = (line.split(" | ") for line in text.splitlines() if line.startswith(("| P", "| F", "| A")))
    return {cells[0].strip("| "): frozenset(part.split("`")[1] for part in cells[-2].split("<br>") if "`" in part) for cells in rows if len(cells) >= 4}


def _by_row(results: Mapping[str, Any]) -> dict[str, dict[str, Counter[str]]]:
    """Row -> test without its parameters -> outcomes."""
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for test, told in sorted(results.items()):
        for row in told["shows"]:
            found[row][test.partition("[")[0]][told["outcome"]] += 1
    return found


def _names(tests: Mapping[str, Counter[str]]) -> str:
    if not tests:
        return "none"
    most = sorted(tests.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    lines = [f"`{name.removeprefix('tests/')}`" + (f" ×{sum(outcomes.values())}" if sum(outcomes.values()) > 1 else "") for name, outcomes in most[:_MOST]]
    return "<br>".join((*lines, *((f"and {len(most) - _MOST} more",) if len(most) > _MOST else ())))


def _result(tests: Mapping[str, Counter[str]]) -> str:
    outcomes: Counter[str] = sum(tests.values(), Counter())
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "not shown"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace("@", "&#64;")


def _counts(results: Mapping[str, Any], soak: Mapping[str, Any]) -> str:
    short, long = _runs(results), _runs(soak)
    lines = [f"| {what} | {_number(short[what])} | {_number(long[what])} |" for what in sorted({*short, *long})]
    head = ("## How much was run\n", "| | in `make test` | in `make soak` |", "|---|---|---|", f"| tests that show a row | {len(results):,} | |")
    return "\n".join((*head, *lines)) + "\n"


def _runs(results: Mapping[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for told in results.values():
        found.update(told["runs"])
    return found


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _mutants(mutants: list[Mapping[str, Any]]) -> str:
    lines = ["## Mutants\n", "| | what was broken | in | the test | came out |", "|---|---|---|---|---|"]
    for one in mutants:
        m = one.get("mutant", one)
        lines.append(f"| {m['promise']} | {_cell(m['says'])} | `{m['file']}` | `{m['test'].removeprefix('tests/')}` | {'red' if one['red'] else one['why']} |")
    return "\n".join(lines) + "\n"


def _gathered(folder: Path) -> tuple[Path, Path]:
    results, mutants = folder / "results.json", folder / "mutants.json"
    subprocess.run([sys.executable, "-m", "pytest", "tests", "-n", "2", "--dist", "loadscope", "--reliability", str(results)], cwd=ROOT, check=False)
    subprocess.run([sys.executable, "-m", "tests.reliability.mutants", "--json", str(mutants)], cwd=ROOT, check=False)
    return results, mutants


def _versions() -> Iterator[str]:
    yield f"{datetime.now(UTC):%Y-%m-%d}"
    yield f"CPython {platform.python_version()}, {platform.system()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, metavar="FILE")
    parser.add_argument("--mutants", type=Path, metavar="FILE")
    parser.add_argument("--soak", type=Path, metavar="FILE", help="the results of `make soak`; its counts stand beside those of `make test`")
    files = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results, mutants = (files.results, files.mutants) if files.results and files.mutants else _gathered(Path(folder))
        read = [json.loads(file.read_text(encoding="utf-8")) for file in (results, mutants)]
    soak = json.loads(files.soak.read_text(encoding="utf-8")) if files.soak else {}
    PAGE.write_text(page(read[0], read[1], ", ".join(_versions()), soak), encoding="utf-8")
    missing = [id_ for rows in by_kind().values() for id_ in rows if not any(id_ in told["shows"] for told in read[0].values())]
    print(f"{PAGE.relative_to(ROOT)}: {len(read[0])} tests; rows without a test: {', '.join(missing) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
