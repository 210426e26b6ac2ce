"""The rules of the model: the bundled ones with one campaign, a handful of units and three duties; and the ways in which they change. What is
in force is read back here as plain YAML, not by the product."""

import shutil
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CAMPAIGN = "naiman-2023"
STAFF = "office@bureau.example"
UNITS = {
    "xinzhen": "新镇市场监管所", "baxiantong": "八仙筒市场监管所", "zhian": "治安市场监管所", "zhifa1": "执法一中队",
    "zhifadadui": "市场监管综合行政执法大队",
}  # fmt: skip
SENDS_FOR = {"zhifadadui": ("zhifa1",)}
MOVED = "moved@units.example"  # the new address of a unit that moves
CAPS = 5, 80  # letters a day to one address, letters a day
_DUTIES = ("liaison", "case-stats", "risk-list")


def write(config: Path, bundled: Path) -> None:
    """A folder of rules, small enough to be read and walked through in milliseconds."""
    shutil.copytree(bundled, config)
    for other in (config / "campaigns").glob("*.yaml"):
        if other.stem != CAMPAIGN:
            other.unlink()
    campaign = _read(config)
    campaign["units"] = [u for u in campaign["units"] if u["id"] in UNITS]
    for unit in campaign["units"]:
        if "sends_for" in unit:
            unit["sends_for"] = ["执法中队"]
    campaign["duties"] = [d for d in campaign["duties"] if d["id"] in _DUTIES]
    for duty in campaign["duties"]:
        duty["who"] = [who for who in duty["who"] if who in ("市场监管所", "执法中队", "执法大队")]
        if "first" in duty["due"]:
            duty["due"]["first"] = "2024-01" if "-" in str(duty["due"]["first"]) else "2023Q4"
    _keep(config, campaign)
    office = config / "mailbot.yaml"
    text = office.read_text(encoding="utf-8")
    office.write_text(text.replace("campaigns: [naiman-2023, yongan-2023]", f"campaigns: [{CAMPAIGN}]"), encoding="utf-8")
    cap(config, *CAPS)


def _file(config: Path) -> Path:
    return config / "campaigns" / f"{CAMPAIGN}.yaml"


def _read(config: Path) -> Any:
    return deepcopy(_parsed(_file(config).read_text(encoding="utf-8")))


@lru_cache(64)
def _parsed(text: str) -> Any:
    return yaml.safe_load(text)


def _keep(config: Path, campaign: Any) -> None:
    _file(config).write_text(yaml.safe_dump(campaign, allow_unicode=True, sort_keys=False), encoding="utf-8")


def move(config: Path, unit: str, address: str) -> None:
    """From now on a unit has another registered address."""
    campaign = _read(config)
    next(u for u in campaign["units"] if u["id"] == unit)["addresses"] = [address]
    _keep(config, campaign)


def cap(config: Path, per_address: int, per_day: int) -> None:
    """How many letters a day an address, and all together, may get."""
    file = config / "mailbot.yaml"
    settings = deepcopy(_parsed(file.read_text(encoding="utf-8")))
    settings["policy"]["letters_per_address_and_day"] = per_address
    settings["sender"] |= {"per_day": per_day, "kept_for_answers": min(20, per_day - 1)}
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")


def broken(config: Path, yes: bool) -> None:
    """Somebody saves half a file, or mends it again."""
    file, good = config / "mailbot.yaml", config / "mailbot.good"
    if yes and not good.exists():
        shutil.copy(file, good)
        file.write_text(good.read_text(encoding="utf-8")[:700] + "\n  oops: [", encoding="utf-8")
    elif not yes and good.exists():
        good.replace(file)


def is_broken(config: Path) -> bool:
    return (config / "mailbot.good").exists()


def roster_of(config: Path) -> dict[str, str]:
    """Address -> unit, as the file says."""
    units = _parsed(_file(config).read_text(encoding="utf-8"))["units"]
    return {address: unit["id"] for unit in units for address in unit["addresses"]}


def caps_of(config: Path) -> tuple[int, int]:
    """(letters a day to one address, letters a day), as the file says; of a broken file those of the last good one."""
    file = config / ("mailbot.good" if is_broken(config) else "mailbot.yaml")
    settings = _parsed(file.read_text(encoding="utf-8"))
    return settings["policy"]["letters_per_address_and_day"], settings["sender"]["per_day"]
