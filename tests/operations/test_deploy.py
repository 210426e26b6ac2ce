"""The files to install by: what systemd says of the units, and that the container file names what there is."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from mailbot.app import cli
from tests.servers.real import missing
from tests.test_docs import mistake_in

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
UNITS = sorted((*SERVICES, *DEPLOY.glob("*.timer")))
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with paths that there are here."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        missing("systemd-analyze is not installed (Debian: systemd)")
    program = tmp_path / "srv" / "venv" / "bin" / "mailbot"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text(encoding="utf-8").replace("/srv/mailbot/", f"{tmp_path}/srv/"), encoding="utf-8")
    return tmp_path


def analyzed(*words: str, folder: Path) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_in_any_unit(installed: Path) -> None:
    for unit in UNITS:
        assert analyzed("verify", f"./{unit.name}", folder=installed) == (0, ""), unit.name
    broken = installed / "mailbot.service"
    broken.write_text(broken.read_text(encoding="utf-8").replace("ProtectSystem=strict", "ProtectSystm=strict"), encoding="utf-8")
    assert "ProtectSystm" in analyzed("verify", "./mailbot.service", folder=installed)[1], "a mistake would be told"


@pytest.mark.parametrize(("unit", "most"), [("mailbot.service", 3.5), ("mailbot-watch.service", 2.0), ("mailbot-backup.service", 2.0)])
def test_the_units_leave_little_open(installed: Path, unit: str, most: float) -> None:
    """Of 10, where an ordinary service has 9.6. The worker keeps namespaces and mounts for the cage inside."""
    status, said = analyzed("security", "--offline=true", f"--threshold={int(most * 10)}", f"./{unit}", folder=installed)
    assert status == 0, said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_each_service_is_held_by_what_the_list_asks_for(unit: Path) -> None:
    said = settings(unit)
    for key, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
                       "CapabilityBoundingSet": "", "User": "mailbot", "UMask": "0077", "LimitCORE": "0"}.items():  # fmt: skip
        assert said[key] == [value], key
    assert said["SystemCallFilter"][0].startswith("@system-service") and said["RestrictAddressFamilies"] and said["MemoryMax"] and said["TasksMax"]
    assert not re.search(r"PASSWORD=\S", unit.read_text(encoding="utf-8"))


def test_the_worker_may_still_put_its_parsers_into_namespaces() -> None:
    """What bwrap and unshare need: user, mount, pid, net, ipc and uts namespaces, mounting inside, and an uncovered /proc."""
    said = settings(DEPLOY / "mailbot.service")
    assert {"user", "mnt", "pid", "net", "ipc", "uts"} <= set(said["RestrictNamespaces"][0].split())
    assert "@mount" in said["SystemCallFilter"][0] and not {"ProtectKernelTunables", "ProtectKernelLogs", "ProtectProc", "ProcSubset"} & said.keys()
    assert said["RestartPreventExitStatus"] == ["2"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_the_commands_of_the_units_exist(unit: Path) -> None:
    (line,) = settings(unit)["ExecStart"]
    line = re.sub(r"^/bin/sh -c '(?:exec )?(.*)'$", r"\1", line)
    assert not mistake_in(line) and "/venv/bin/mailbot " in line
    assert get_command(cli.app)


# --- the container ----------------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", CONTAINER, flags=re.MULTILINE))
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())]


def test_the_container_copies_what_there_is_and_runs_as_nobody_special() -> None:
    found = instructions()
    assert found[0][0] == "ARG" and not [1 for word, _ in found if word == "ADD"]
    for word, rest in found:
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _ = shlex.split(rest)
            assert all((ROOT / source).exists() for source in sources), rest
        if word == "FROM":
            assert "/" not in rest.split()[0] and ":latest" not in rest and ":" in rest.split()[0], "a version, and no registry by name"
    last = [rest for word, rest in found if word == "USER"][-1]
    assert last.split(":")[0].isdigit() and last.split(":")[0] != "0"
    after = [word for word, _ in found[[n for n, (word, _) in enumerate(found) if word == "USER"][-1] + 1 :]]
    assert "RUN" not in after and "VOLUME" in after and "ENTRYPOINT" in after


def test_the_container_installs_only_by_hashes_and_its_commands_exist() -> None:
    installs = [part for word, rest in instructions() if word == "RUN" for part in rest.split("&&") if "pip install" in part]
    assert len(installs) == 2 and "--require-hashes" in installs[0] and "--no-deps" in installs[1]
    said = {word: rest for word, rest in instructions() if word in ("ENTRYPOINT", "CMD")}
    line = " ".join([*re.findall(r'"([^"]+)"', said["ENTRYPOINT"]), *re.findall(r'"([^"]+)"', said["CMD"])])
    assert not mistake_in(line)
    (health,) = [rest for word, rest in instructions() if word == "HEALTHCHECK"]
    assert not mistake_in(" ".join(re.findall(r'"([^"]+)"', health)))
    assert sys.version_info >= (3, 11)
