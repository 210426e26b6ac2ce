"""Locked dependencies, their list and the audit: an audit that audited nothing fails."""

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("packaging")
from tests.supply import audit, lock, sbom
from tests.supply.audit import BLIND, KNOWN, Audit, affected, by_snapshot, from_service, verdict
from tests.supply.lock import FILES, Pin, mistakes, pins, wanted

ROOT = Path(__file__).parents[2]
LOCKED = {file: pins((ROOT / file).read_text(encoding="utf-8")) for file in FILES}
NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("file", FILES)
def test_the_lock_agrees_with_pyproject_and_every_package_has_hashes(file: str) -> None:
    assert list(mistakes(LOCKED[file], wanted(FILES[file]))) == [], "python -m tests.supply.lock"
    assert len(LOCKED[file]) > 30
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text and "/home" not in text


def test_the_product_alone_is_a_part_of_the_whole() -> None:
    product, whole = ({(p.name, p.version) for p in LOCKED[file]} for file in FILES)
    assert product < whole and {"psycopg", "onnxruntime"} <= {name for name, _ in whole - product}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_whatever_the_system_each_direct_dependency_is_locked_once_for_it(system: str, python: str) -> None:
    from packaging.markers import Marker

    names = {"linux": ("posix", "Linux"), "win32": ("nt", "Windows"), "darwin": ("posix", "Darwin")}[system]
    there = {"sys_platform": system, "os_name": names[0], "platform_system": names[1], "python_version": python, "python_full_version": f"{python}.0",
             "platform_machine": "AMD64" if system == "win32" else "x86_64", "platform_python_implementation": "CPython",
             "implementation_name": "cpython", "extra": ""}  # fmt: skip
    taken = [pin.name for pin in LOCKED["requirements-full.lock"] if not pin.marker or Marker(pin.marker).evaluate(there)]
    assert len(taken) == len(set(taken)), "one version a system"
    assert {requirement.name.lower() for requirement in wanted(("ocr", "postgres"))} <= set(taken)


@pytest.mark.parametrize(("text", "said"), [
    ("jinja2==3.1.2\n", "no hash"), ("", "not locked"), (f"jinja2==2.0 \\\n    --hash=sha256:{'0' * 64}\n", "asked for is"),
])  # fmt: skip
def test_a_lock_that_is_wrong_is_told(text: str, said: str) -> None:
    from packaging.requirements import Requirement

    assert any(said in line for line in mistakes(pins(text), (Requirement("jinja2~=3.1"),)))


def test_a_line_that_is_no_pin_is_no_lock() -> None:
    with pytest.raises(ValueError, match="not a pin"):
        pins("--extra-index-url https://evil.example/simple\n")


# --- the audit -----------------------------------------------------------------------------------------------------------------------

PIN = Pin("jinja2", "3.1.2", "", ("0" * 64,))
ADVISORY: dict[str, Any] = {"id": "PYSEC-1", "aliases": [], "ranges": [[{"introduced": "0"}, {"fixed": "3.1.3"}]], "versions": []}


def snapshot(**changed: Any) -> dict[str, Any]:
    return {"source": "x", "taken": (NOW - timedelta(days=3)).isoformat(), "packages": {"jinja2": [ADVISORY]}} | changed


def test_what_is_known_is_told_with_the_version_that_mends_it() -> None:
    status, lines = verdict(by_snapshot(snapshot(), [PIN], NOW), [PIN])
    assert status == KNOWN and "jinja2 3.1.2: PYSEC-1, fixed in 3.1.3" in lines
    clean = Pin("jinja2", "3.1.3", "", PIN.hashes)
    assert verdict(by_snapshot(snapshot(), [clean], NOW), [clean]) == (0, ("snapshot of 2026-01-07: audited 1 of 1 locked",))


@pytest.mark.parametrize("said", [
    snapshot(packages={}), snapshot(packages={"jinja2": []}), snapshot(taken=None), {}, snapshot(taken=(NOW - timedelta(days=46)).isoformat()),
    snapshot(packages={"other": [ADVISORY]}),
])  # fmt: skip
def test_a_snapshot_that_is_empty_too_old_or_lacks_a_package_is_no_good_answer(said: dict[str, Any]) -> None:
    clean = Pin("jinja2", "3.1.3", "", PIN.hashes)
    assert verdict(by_snapshot(said, [clean], NOW), [clean])[0] == BLIND


def test_an_audit_of_nothing_fails() -> None:
    assert verdict(Audit("x", frozenset(), ()), [])[0] == BLIND
    assert verdict(Audit("x", frozenset(), ()), [PIN])[0] == BLIND


def test_a_service_that_skipped_a_package_audited_one_less() -> None:
    """What a mirror without the JSON API makes of pip-audit, word for word: the exit status is 0 and the last line says that all is well."""
    blind = {"dependencies": [{"name": "jinja2", "skip_reason": "Dependency not found on the index and could not be audited: jinja2 (3.1.2)"}], "fixes": []}
    assert verdict(from_service(blind, [PIN]), [PIN])[0] == BLIND
    other = {"dependencies": [{"name": "jinja2", "version": "3.1.6", "vulns": []}]}
    assert verdict(from_service(other, [PIN]), [PIN])[0] == BLIND, "another version than ours"
    good = {"dependencies": [{"name": "Jinja2", "version": "3.1.2", "vulns": []}]}
    assert verdict(from_service(good, [PIN]), [PIN])[0] == 0
    bad = {"dependencies": [{"name": "jinja2", "version": "3.1.2", "vulns": [{"id": "GHSA-1"}]}]}
    assert verdict(from_service(bad, [PIN]), [PIN])[0] == KNOWN


@pytest.mark.parametrize(("version", "events", "expected"), [
    ("3.1.2", [{"introduced": "0"}, {"fixed": "3.1.3"}], True), ("3.1.3", [{"introduced": "0"}, {"fixed": "3.1.3"}], False),
    ("2.0", [{"introduced": "3.0"}], False), ("3.0", [{"introduced": "3.0"}], True), ("4.1", [{"introduced": "0"}, {"last_affected": "4.0"}], False),
    ("4.0", [{"introduced": "0"}, {"last_affected": "4.0"}], True),
    ("5.5", [{"introduced": "0"}, {"fixed": "5.0"}, {"introduced": "5.2"}, {"fixed": "6"}], True),
    ("5.1", [{"introduced": "5.2"}, {"fixed": "6"}, {"introduced": "0"}, {"fixed": "5.0"}], False),
    ("3.10", [{"introduced": "0"}, {"fixed": "3.9"}], False),
])  # fmt: skip
def test_ranges_are_read_as_osv_means_them(version: str, events: list[dict[str, str]], expected: bool) -> None:
    assert affected(version, {"id": "x", "ranges": [events], "versions": []}) is expected
    assert affected("1.0", {"id": "x", "ranges": [], "versions": ["1.0"]})


def test_the_snapshot_that_lies_here_knows_every_locked_package() -> None:
    said = json.loads(audit.SNAPSHOT.read_text(encoding="utf-8"))
    taken = datetime.fromisoformat(said["taken"])
    result = by_snapshot(said, LOCKED["requirements-full.lock"], taken)
    assert {pin.name for pin in LOCKED["requirements-full.lock"]} <= result.audited and not result.known
    assert sum(map(len, said["packages"].values())) > 50, "Pillow and Jinja2 alone have more"


# --- the list --------------------------------------------------------------------------------------------------------------------------


def test_the_list_names_all_that_is_locked_with_its_hashes_and_is_the_same_each_time(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.json" for n in range(2)]
    for file in files:
        subprocess.run([sys.executable, "-m", "tests.supply.sbom", str(file)], cwd=ROOT, check=True, capture_output=True)
    assert files[0].read_bytes() == files[1].read_bytes()
    bom = json.loads(files[0].read_text(encoding="utf-8"))
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.5") and sbom.mistakes(bom, LOCKED) == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert bom["metadata"]["component"]["version"] == project["version"]


def test_a_list_that_lacks_or_invents_something_is_told() -> None:
    project = {"name": "x", "version": "1", "license": "Apache-2.0"}
    bom = sbom.made(LOCKED, project)
    gone = bom["components"].pop()
    assert sbom.mistakes(bom, LOCKED) == [f"missing: {gone['name']} {gone['version']}"]
    bom["components"].append(gone | {"version": "0"})
    assert len(sbom.mistakes(bom, LOCKED)) == 2
    assert "nothing is listed" in sbom.mistakes({"components": []}, {"a": ()})
    assert lock.ROOT == ROOT
