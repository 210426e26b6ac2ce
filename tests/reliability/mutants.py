"""Breaks the product on purpose, one small patch after the other, and shows that the named test turns red.

    python -m tests.reliability.mutants [P1 P7 …] [--first] [--json FILE]

Each promise has its mutants in mutants/P….yaml. All happens in a copy of the tree. Exit status 1 where a test was not green before, a
patch does not apply, or a test stayed green although the promise was broken.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).with_name("mutants")
_SECONDS = 300  # for one test; a mutant may well hang
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "demo-output", "var", "*.egg-info", "build", "dist")


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file` and is replaced by `new`; then `test` is red."""

    promise: str
    says: str
    file: str
    old: str
    new: str
    test: str

    def applied(self, text: str) -> str:
        """The broken text. Raises ValueError where `old` does not stand there exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.promise}: {self.file} holds {text.count(self.old)} times what is to be replaced ({self.says})")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a mutant: red as it should be, or else why not."""

    mutant: Mutant
    red: bool
    why: str = ""


def all_mutants() -> tuple[Mutant, ...]:
    """In the order of the promises."""
    files = sorted(FOLDER.glob("P*.yaml"), key=lambda file: (int(file.stem[1:].partition("-")[0]), file.stem))
    return tuple(
        Mutant("P" + str(int(file.stem[1:].partition("-")[0])), **entry)
        for file in files for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or ()
    )  # fmt: skip


def tried(mutants: Sequence[Mutant]) -> Iterator[Seen]:
    """One after the other, in a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        sound = {test: _run(copy, test) for test in dict.fromkeys(mutant.test for mutant in mutants)}
        for mutant in mutants:
            if sound[mutant.test] != 0:
                yield Seen(mutant, False, "the test is not green (or is skipped) without it")
                continue
            yield _tried(copy, mutant)


def _tried(copy: Path, mutant: Mutant) -> Seen:
    file = copy / mutant.file
    before = file.read_text(encoding="utf-8")
    try:
        file.write_text(mutant.applied(before), encoding="utf-8")
    except ValueError as problem:
        return Seen(mutant, False, str(problem))
    try:
        status = _run(copy, mutant.test)
    finally:
        file.write_text(before, encoding="utf-8")
    return Seen(mutant, status == 1, "" if status == 1 else "the test stayed green" if status == 0 else f"pytest ended with {status}")


def _run(copy: Path, test: str) -> int:
    """0 passed, 1 failed (also where it hung), 5 nothing ran or all was skipped."""
    command = [sys.executable, "-m", "pytest", test, "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return 1
    return 5 if done.returncode == 0 and " passed" not in done.stdout else done.returncode


def _firsts(mutants: Iterable[Mutant]) -> tuple[Mutant, ...]:
    return tuple({mutant.promise: mutant for mutant in reversed(tuple(mutants))}.values())[::-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("promises", nargs="*", metavar="P…")
    parser.add_argument("--first", action="store_true", help="one mutant a promise")
    parser.add_argument("--json", type=Path, metavar="FILE")
    wanted = parser.parse_args()
    mutants = tuple(mutant for mutant in all_mutants() if not wanted.promises or mutant.promise in wanted.promises)
    seen = []
    for one in tried(_firsts(mutants) if wanted.first else mutants):
        seen.append(one)
        print(f"{'red  ' if one.red else 'GREEN'} {one.mutant.promise:4} {one.mutant.says}\n      {one.mutant.test} {one.why}".rstrip(), flush=True)
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(one.mutant) | {"red": one.red, "why": one.why} for one in seen], indent=1), encoding="utf-8")
    stayed = sum(not one.red for one in seen)
    print(f"{len(seen)} mutants, {len(seen) - stayed} red, {stayed} not")
    return 1 if stayed or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
