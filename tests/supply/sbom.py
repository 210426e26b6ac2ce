"""The list of what the product is made of (SBOM, CycloneDX 1.5 JSON), from the lock file:

    python -m tests.supply.sbom [FILE]                default: dist/mailbot.cdx.json

It is written from the locks alone, so that it says what is delivered, not what happens to be installed here; the same locks give the same
bytes. Checked before it is written: as many components as are locked, each with its hashes."""

import json
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

from tests.supply.lock import FILES, ROOT, Pin, pins


def made(locked: dict[str, tuple[Pin, ...]], project: dict[str, Any]) -> dict[str, Any]:
    """`locked`: by the name of the lock file; a component says which of them take it."""
    parts: dict[str, Pin] = {f"{pin.name}@{pin.version}": pin for several in locked.values() for pin in several}
    components = [_component(pin, [file for file, several in locked.items() if any(p.name == pin.name for p in several)]) for _, pin in sorted(parts.items())]
    identity = json.dumps(components, sort_keys=True)
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identity)}", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": root, "name": project["name"], "version": project["version"], "purl": root,
                                   "licenses": [{"license": {"id": project["license"]}}]}},
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [component["bom-ref"] for component in components]}],
    }  # fmt: skip


def _component(pin: Pin, files: list[str]) -> dict[str, Any]:
    properties = [{"name": "mailbot:lock", "value": file} for file in files] + ([{"name": "mailbot:marker", "value": pin.marker}] if pin.marker else [])
    purl = f"pkg:pypi/{pin.name}@{pin.version}"
    files_of_it = [{"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": one}]} for one in pin.hashes]
    return {"type": "library", "bom-ref": purl, "name": pin.name, "version": pin.version, "purl": purl, "externalReferences": files_of_it, "properties": properties}


def mistakes(bom: dict[str, Any], locked: dict[str, tuple[Pin, ...]]) -> list[str]:
    there = {(one["name"], one["version"]): one for one in bom["components"]}
    wanted = {(pin.name, pin.version): pin for several in locked.values() for pin in several}
    wrong = [f"missing: {name} {version}" for name, version in sorted(wanted.keys() - there.keys())]
    wrong += [f"not locked: {name} {version}" for name, version in sorted(there.keys() - wanted.keys())]
    wrong += [f"no hash: {name}" for (name, _), one in there.items() if not one["externalReferences"]]
    return wrong + (["nothing is listed"] if not there else [])


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "mailbot.cdx.json"
    locked = {name: pins((ROOT / name).read_text(encoding="utf-8")) for name in FILES}
    bom = made(locked, tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"])
    if wrong := mistakes(bom, locked):
        print(*wrong, sep="\n")
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file}: {len(bom['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
