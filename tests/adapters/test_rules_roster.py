"""Whether each name of a roster means one unit is asked as the roster itself would answer it, and quickly for a province."""

import time
from pathlib import Path

import pytest
import yaml

from mailbot.adapters.rules import check, read
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.roster import check_roster
from mailbot.adapters.rules.text import tree_in
from mailbot.domain.campaigns import Campaign
from mailbot.domain.text import fold
from tests.adapters import small_rules

KINDS = {"所": {"endings": ["市场监管所", "监管所", "所"], "between": ["镇", "乡"]}, "队": {"endings": ["大队", "队"], "between": []}}


def pack(units: list[dict[str, object]]) -> str:
    data = {"id": "x", "title": "x", "short": "x", "start": "2025-01-01", "end": "2025-12-31", "kinds": KINDS, "units": units, "duties": []}
    return yaml.safe_dump(data, allow_unicode=True)


def told(units: list[dict[str, object]]) -> list[str]:
    reading = Reading("x", tree_in(pack(units)))
    campaign = reading.root(Campaign)
    assert campaign is not None
    check_roster(reading, campaign)
    return [m.sentence for m in reading.mistakes]


@pytest.mark.shows("A75")
@pytest.mark.parametrize(("first", "second", "spelling"), [
    ({"name": "八仙监管所", "stem": "八仙"}, {"name": "八仙镇监管所", "stem": "八仙镇"}, "八仙镇"),
    ({"name": "新镇监管所", "stem": "新镇"}, {"name": "新监管所", "stem": "新"}, "新镇"),
    ({"name": "东明监管所", "stem": "东明"}, {"name": "东明二所", "stem": "东明"}, "东明"),
    ({"name": "东明监管所", "stem": "东明"}, {"name": "明东监管所", "aliases": ["东明镇所"]}, "东明镇所"),
    ({"name": "东明监管所", "aliases": ["东所"]}, {"name": "明东监管所", "aliases": ["东 所"]}, "东 所"),
    ({"name": "（东）明监管所"}, {"name": "明东监管所", "aliases": ["(东)明监管所"]}, "(东)明监管所"),
])  # fmt: skip
def test_a_name_of_two_units_is_told_once(first: dict[str, object], second: dict[str, object], spelling: str) -> None:
    said = told([{"id": "a", "kind": "所", **first}, {"id": "b", "kind": "所", **second}])
    assert len(said) == 1 and spelling in said[0] and str(first["name"]) in said[0] and str(second["name"]) in said[0]


def test_names_that_are_each_ones_own_are_not_told() -> None:
    assert told([
        {"id": "a", "kind": "所", "name": "八仙监管所", "stem": "八仙"}, {"id": "b", "kind": "所", "name": "八仙筒监管所", "stem": "八仙筒"},
        {"id": "c", "kind": "队", "name": "八仙大队", "stem": "八仙"}, {"id": "d", "kind": "队", "name": "执法大队"},
    ]) == []  # fmt: skip


def test_a_kind_may_be_the_name_of_its_only_unit() -> None:
    units: list[dict[str, object]] = [{"id": "d", "kind": "队", "name": "执法大队", "aliases": ["大队"]}]
    assert told(units) == []
    assert told([*units, {"id": "e", "kind": "队", "name": "巡逻队"}]) == ["“大队”是一类单位（队）的叫法，不能专指“执法大队”"]


def test_the_short_way_finds_what_writing_all_names_out_finds() -> None:
    stems = ["八", "八仙", "八仙镇", "八仙镇乡", "东", "东镇", "东乡", "所", "东所"]
    for number, stem in enumerate(stems):
        for other in stems[number + 1 :]:
            units: list[dict[str, object]] = [{"id": f"u{n}", "name": f"第{n}号单位", "kind": kind, "stem": s}
                                              for n, (s, kind) in enumerate(((stem, "所"), (other, "所")))]  # fmt: skip
            roster = read(Campaign, pack(units)).roster
            written = [{fold(way) for way in roster._ways_to_write(unit)} for unit in roster.units]
            assert bool(told(units)) == bool(written[0] & written[1]), (stem, other)


def test_a_provinces_roster_is_looked_at_in_seconds(tmp_path: Path) -> None:
    folder = small_rules.write(tmp_path)
    data = yaml.safe_load(small_rules.CAMPAIGN)
    data["units"] += [{"id": f"u{n}", "name": f"第{n}号中学", "kind": "中学", "stem": f"第{n}号", "aliases": [f"{n}号店", f"{n}号点"],
                       "addresses": [f"u{n}@units.example"]} for n in range(20_000)]  # fmt: skip
    (folder / "campaigns" / "fire-2025.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    begun = time.process_time()
    found = check(folder)
    assert not found.mistakes and found.rules is not None and len(found.rules.campaigns[0].units) == 20_003
    assert time.process_time() - begun < 20, "it takes four where nothing else runs"
