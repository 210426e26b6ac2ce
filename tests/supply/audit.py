"""Whether anything we lock is known to be unsafe:

    python -m tests.supply.audit                      the service by pip-audit where it answers for every package, else the snapshot
    python -m tests.supply.audit --snapshot           the snapshot alone (tests/supply/advisories.json)
    python -m tests.supply.audit --take FOLDER        takes the snapshot anew from a clone of the PyPA advisory database

pip-audit can be green and blind: against a mirror without the JSON API it finds no package and says that none is vulnerable. So what counts is
that as many were audited as are locked. Exit status: 0 all audited, nothing known · 1 something is known · 2 not all audited, or by a
snapshot that is empty or too old: no answer is no good answer."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from tests.supply.lock import FILES, ROOT, Pin, pins

SNAPSHOT = ROOT / "tests" / "supply" / "advisories.json"
_TOO_OLD = 45  # days
KNOWN, BLIND = 1, 2


@dataclass(frozen=True)
class Audit:
    """`audited`: names that somebody answered for. `known`: a line an advisory. `doubt`: why the answer does not count, "" where it does."""

    by: str
    audited: frozenset[str]
    known: tuple[str, ...]
    doubt: str = ""


def verdict(audit: Audit, locked: Iterable[Pin]) -> tuple[int, tuple[str, ...]]:
    """The exit status, and what is said."""
    names = frozenset(pin.name for pin in locked)
    missing = sorted(names - audit.audited)
    lines = [f"{audit.by}: audited {len(names & audit.audited)} of {len(names)} locked", *audit.known]
    if not names:
        return BLIND, (*lines, "nothing is locked: nothing was audited")
    if missing:
        lines.append(f"not audited: {', '.join(missing)}")
    if audit.doubt:
        lines.append(audit.doubt)
    return (KNOWN if audit.known else BLIND if missing or audit.doubt else 0), tuple(lines)


# --- by the snapshot ---------------------------------------------------------------------------------------------------------------


def by_snapshot(said: Mapping[str, Any], locked: Iterable[Pin], now: datetime) -> Audit:
    """`said`: {"taken": when the database was last changed, "source": …, "packages": name -> advisories}. A package without an entry was
    not looked up when the snapshot was taken."""
    packages = said.get("packages", {})
    taken = datetime.fromisoformat(said["taken"]) if said.get("taken") else None
    known = tuple(sorted({line for pin in locked for line in _known(pin, packages.get(pin.name, ()))}))
    if taken is None or not packages or not any(packages.values()):
        return Audit("snapshot", frozenset(), known, "the snapshot is empty")
    days = (now - taken).days
    doubt = f"the snapshot is {days} days old ({taken:%Y-%m-%d}), at most {_TOO_OLD} count: python -m tests.supply.audit --take FOLDER" if days > _TOO_OLD else ""
    return Audit(f"snapshot of {taken:%Y-%m-%d}", frozenset(packages), known, doubt)


def _known(pin: Pin, advisories: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for advisory in advisories:
        if affected(pin.version, advisory):
            fixed = ", ".join(sorted({event["fixed"] for events in advisory["ranges"] for event in events if "fixed" in event}))
            yield f"{pin.name} {pin.version}: {advisory['id']}{f', fixed in {fixed}' if fixed else ''}"


def affected(version: str, advisory: Mapping[str, Any]) -> bool:
    """By the OSV schema: named among the versions, or within a range of events."""
    if version in advisory["versions"]:
        return True
    return any(_within(Version(version), events) for events in advisory["ranges"])


def _within(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    inside = False
    for event in sorted(events, key=_order):
        (kind, at), *_ = event.items()
        if kind == "introduced" and (at == "0" or version >= _version(at)):
            inside = True
        elif (kind == "fixed" and version >= _version(at)) or (kind == "last_affected" and version > _version(at)):
            inside = False
    return inside


def _order(event: Mapping[str, str]) -> tuple[Version, int]:
    (kind, at), *_ = event.items()
    return Version("0") if at == "0" else _version(at), 0 if kind == "introduced" else 1


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")  # what nobody can compare counts as the oldest: rather one warning too many


def taken_from(folder: Path, locked: Iterable[Pin]) -> dict[str, Any]:
    """The advisories of our packages out of a clone (with or without a work tree) of the PyPA advisory database."""
    head = _git(folder, "log", "-1", "--format=%H %cI").split()
    names = sorted({pin.name for pin in locked})
    listed = _git(folder, "ls-tree", "-r", "--name-only", "HEAD", "vulns").splitlines()
    packages = {name: [_advisory(_git(folder, "show", f"HEAD:{path}")) for path in listed if path.split("/")[1].lower() == name] for name in names}
    return {"source": f"pypa/advisory-database@{head[0]}", "taken": head[1], "packages": packages}


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def _advisory(text: str) -> dict[str, Any]:
    import yaml

    said = yaml.safe_load(text)
    mine = [one for one in said.get("affected", ()) if one.get("package", {}).get("ecosystem") == "PyPI"]
    ranges = [[dict(event) for event in r["events"]] for one in mine for r in one.get("ranges", ()) if r["type"] == "ECOSYSTEM"]
    versions = sorted({str(version) for one in mine for version in one.get("versions", ())}) if not ranges else []
    return {"id": said["id"], "aliases": said.get("aliases", []), "ranges": ranges, "versions": versions}


# --- by the service ------------------------------------------------------------------------------------------------------------------


def by_service(file: Path, locked: Iterable[Pin]) -> Audit:
    """What pip-audit says. Raises OSError or ValueError where it does not answer."""
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        line = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--no-deps", "--disable-pip", "--format", "json", "--output", answer.name]
        subprocess.run(line, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
        return from_service(json.loads(Path(answer.name).read_text(encoding="utf-8")), locked)


def from_service(said: Mapping[str, Any], locked: Iterable[Pin]) -> Audit:
    """pip-audit's JSON. A dependency it skipped was not audited, whatever its exit status; nor was another version than ours."""
    from packaging.utils import canonicalize_name

    ours = {(pin.name, pin.version) for pin in locked}
    there = [one for one in said["dependencies"] if (canonicalize_name(one["name"]), one.get("version")) in ours]
    known = tuple(f"{one['name']} {one['version']}: {vuln['id']}" for one in there for vuln in one.get("vulns", ()))
    return Audit("pip-audit", frozenset(canonicalize_name(one["name"]) for one in there if "skip_reason" not in one), known)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", action="store_true")
    parser.add_argument("--take", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    file = ROOT / "requirements-full.lock"
    locked = pins(file.read_text(encoding="utf-8"))
    assert file.name in FILES
    if options.take:
        SNAPSHOT.write_text(json.dumps(taken_from(options.take, locked), indent=1) + "\n", encoding="utf-8")
    audit = None
    if not options.snapshot and not options.take:
        try:
            audit = by_service(file, locked)
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as problem:
            print(f"pip-audit gave no answer: {type(problem).__name__}")
    if audit is None or not audit.audited:
        audit = by_snapshot(json.loads(SNAPSHOT.read_text(encoding="utf-8")), locked, datetime.now(UTC))
    status, lines = verdict(audit, locked)
    print(*lines, sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
