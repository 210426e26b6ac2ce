"""Every mistake in the rules is told at once, with file, line, key and what to write instead."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from mailbot.adapters.rules import RulesError, load
from mailbot.app.places import bundled
from mailbot.domain.obligations import expand
from mailbot.domain.policy import Rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(bundled("config"), tmp_path / "config")
    return tmp_path / "config"


def _change(path: Path, old: str, new: str) -> int:
    """Replaces a text that stands there once and gives the line it stood in."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def _mistakes(folder: Path) -> list[str]:
    with pytest.raises(RulesError) as caught:
        load(folder)
    return [str(m) for m in caught.value.mistakes]


def test_the_first_campaign_owes_628_things(rules: Rules) -> None:
    owed = Counter(o.duty.id for o in expand(rules.campaign("naiman-2023")))
    assert owed == {"liaison": 22, "case-stats": 306, "risk-list": 120, "typical-case": 102, "self-review": 17, "interim-summary": 34,
                    "final-summary": 17, "flight-inspection": 10}  # fmt: skip


def test_the_second_campaign_wants_only_the_editable_copy(rules: Rules) -> None:
    campaign = rules.campaign("yongan-2023")
    assert {d.copies for d in campaign.duties} == {"editable"}
    assert len(list(expand(campaign))) == 28


def test_the_roster_is_the_contracts(rules: Rules) -> None:
    roster = rules.campaign("naiman-2023").roster
    unit = roster.by_address("BaXianTong@units.example")
    assert unit is not None and unit.name == "八仙筒市场监管所"
    assert roster.by_address("baxiantong@unıts.example") is None  # dotless i: no folding beyond ASCII


def test_an_unknown_key_is_refused_and_the_nearest_right_one_named(folder: Path) -> None:
    line = _change(folder / "campaigns" / "naiman-2023.yaml", "    contact: true", "    contcat: true")
    assert _mistakes(folder) == [f"campaigns/naiman-2023.yaml 第{line}行第5列 duties[liaison].contcat：没有“contcat”这个键，是不是想写“contact”？"]


def test_a_wrong_word_is_told_with_what_is_allowed(folder: Path) -> None:
    line = _change(folder / "mailbot.yaml", "sending: shadow", "sending: shado")
    (told,) = _mistakes(folder)
    assert told == f"mailbot.yaml 第{line}行第10列 sending：写的是“shado”，只能写：shadow、staff-only、live（最接近的是 shadow）"


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    _change(folder / "mailbot.yaml", "port: 993", "port: 九九三")
    _change(folder / "campaigns" / "yongan-2023.yaml", "dates: [2024-11-01]", "dates: [2024-13-01]")
    _change(folder / "forms" / "liaison.yaml", "id: liaison", "id: liaisons")
    told = "\n".join(_mistakes(folder))
    assert "mailbot.yaml" in told and "整数" in told
    assert "2024-13-01" in told and "日期" in told
    assert "应与文件名一致：liaison" in told


def test_a_duty_that_names_a_form_or_unit_that_is_not_there_is_told(folder: Path) -> None:
    _change(folder / "campaigns" / "naiman-2023.yaml", "    form: self-review", "    form: self-reveiw")
    _change(folder / "campaigns" / "naiman-2023.yaml", "who: [执法大队, 执法中队, 市场监管所]", "who: [执法大队, 执法中对, 市场监管所]")
    told = _mistakes(folder)
    assert any("没有“self-reveiw”这种表，是不是想写“self-review”？" in m for m in told)
    assert any("没有“执法中对”这个单位或类别，是不是想写“执法中队”？" in m for m in told)


@pytest.mark.shows("A75")
def test_one_address_for_two_units_is_refused(folder: Path) -> None:
    _change(folder / "campaigns" / "naiman-2023.yaml", "[xinzhen@units.example]", "[zhian@units.example]")
    assert any("已经登记给“新镇市场监管所”" in m for m in _mistakes(folder))


@pytest.mark.shows("A75")
def test_broken_yaml_is_told_with_its_line(folder: Path) -> None:
    with (folder / "calendar.yaml").open("a", encoding="utf-8") as file:
        file.write("\n  - : [\n")
    (told,) = _mistakes(folder)
    assert told.startswith("calendar.yaml 第") and "YAML 写法有误" in told


@pytest.mark.shows("A75")
def test_python_tags_and_other_encodings_are_refused(folder: Path) -> None:
    (folder / "calendar.yaml").write_text("holidays: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    (folder / "mailbot.yaml").write_bytes("office: 办公室".encode("gb18030"))
    told = "\n".join(_mistakes(folder))
    assert "calendar.yaml" in told and "不是 UTF-8 编码" in told


@pytest.mark.shows("A75")
def test_a_key_written_twice_is_told(folder: Path) -> None:
    with (folder / "mailbot.yaml").open("a", encoding="utf-8") as file:
        file.write("\nsending: live\n")
    assert any("这个键写了两遍" in m for m in _mistakes(folder))


def test_the_version_changes_with_any_rule(folder: Path) -> None:
    before = load(folder).version
    assert load(folder).version == before
    _change(folder / "mailbot.yaml", "poll_minutes: 5", "poll_minutes: 6")
    assert load(folder).version != before


def test_make_up_workdays_and_holidays_are_known_and_other_years_fall_back_to_weekends(rules: Rules) -> None:
    from datetime import date

    calendar = rules.calendar
    assert not calendar.is_working_day(date(2024, 10, 1)) and calendar.is_working_day(date(2024, 10, 12))
    assert calendar.is_working_day(date(2030, 10, 1)) and not calendar.is_working_day(date(2030, 10, 5))
