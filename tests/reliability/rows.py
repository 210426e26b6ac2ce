"""The rows that docs/reliability.md answers for: promises (P…), faults (F…), inputs (A…), each with its words."""

from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("rows.yaml")
TITLES = {"promises": "Promises", "faults": "Faults", "inputs": "Inputs"}


@cache
def by_kind() -> dict[str, dict[str, str]]:
    """`promises`, `faults`, `inputs` -> id -> its words."""
    found: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


@cache
def ids() -> frozenset[str]:
    return frozenset(id_ for rows in by_kind().values() for id_ in rows)
