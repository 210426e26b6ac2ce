"""Writes the locked dependencies anew, with hashes, from pyproject.toml:

    python -m pip install uv && python -m tests.supply.lock

requirements.lock: the product. requirements-full.lock: with its extras (OCR, PostgreSQL). Universal: markers say what only some systems or
Pythons take; no registry and no path of a machine stands in them. `--check` asks no network: whether they agree with pyproject.toml."""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
FILES: dict[str, tuple[str, ...]] = {"requirements.lock": (), "requirements-full.lock": ("ocr", "postgres")}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One locked package. `marker`: where it is taken, "" where everywhere."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pins(text: str) -> tuple[Pin, ...]:
    """What a lock file says. Raises ValueError for a line that is no pin, hash or comment."""
    found: list[Pin] = []
    for line in text.splitlines():
        if (pin := _PIN.match(line)) is not None:
            found.append(Pin(canonicalize_name(pin[1]), pin[2], (pin[3] or "").strip(), ()))
        elif (one := _HASH.search(line)) is not None and found:
            last = found[-1]
            found[-1] = Pin(last.name, last.version, last.marker, (*last.hashes, one[1]))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ValueError(f"not a pin: {line}")
    return tuple(found)


def wanted(extras: tuple[str, ...], project: Path = ROOT / "pyproject.toml") -> tuple[Requirement, ...]:
    """What pyproject.toml asks for itself."""
    said = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    lines = [*said["dependencies"], *(line for extra in extras for line in said["optional-dependencies"][extra])]
    return tuple(Requirement(line) for line in lines)


def mistakes(locked: tuple[Pin, ...], asked: tuple[Requirement, ...]) -> Iterator[str]:
    """Where a lock does not agree with what is asked for, or would not be safe to install from."""
    for pin in locked:
        if not pin.hashes:
            yield f"{pin.name}: no hash"
    for requirement in asked:
        found = [pin for pin in locked if pin.name == canonicalize_name(requirement.name)]
        if not found:
            yield f"{requirement.name}: not locked"
        for pin in found:
            if not requirement.specifier.contains(pin.version, prereleases=True):
                yield f"{requirement.name}: locked is {pin.version}, asked for is {requirement.specifier}"


def compiled(file: str, extras: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url",
            "--no-emit-find-links", "--no-annotate", "--no-header", "--upgrade", "--quiet", "--output-file", file]  # fmt: skip
    subprocess.run([*line, *(word for extra in extras for word in ("--extra", extra))], cwd=ROOT, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wrong: list[str] = []
    for file, extras in FILES.items():
        if not check:
            compiled(file, extras)
        locked = pins((ROOT / file).read_text(encoding="utf-8"))
        wrong += [f"{file}: {line}" for line in mistakes(locked, wanted(extras))]
        print(f"{file}: {len(locked)} packages")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
