"""From a notice to obligations: drafted, edited a little, loaded, and owed like under the packs that were written by hand.

The edits are those that a person must make: the roster, and who of it a duty means where the notice leaves that to be known.
"""

import re
import shutil
from pathlib import Path

import pytest

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.packs import YamlPacks
from mailbot.app.draft import draft_notice, save
from mailbot.app.places import bundled
from mailbot.domain.obligations import expand
from mailbot.domain.policy import Rules
from parsers.readers.lines import read_lines
from tests.notices.shared import FOLDER, known, text_of


def _drafted(name: str, campaign: str, folder: Path) -> Path:
    """A copy of the bundled rules in which the pack is the drafted one."""
    config = folder / "config"
    shutil.copytree(bundled("config"), config)
    file = config / "campaigns" / f"{campaign}.yaml"
    file.unlink()
    files = save(draft_notice(FOLDER / f"{name}.txt", campaign, known(), read_lines), file, YamlPacks())
    assert files == (file,)  # every annex is a form of the rules: no form is written
    return config


def _block(campaign: str, first: str, behind: str) -> str:
    """Lines of the hand-written pack, from the one that begins with `first` up to the one that begins with `behind`."""
    text = (bundled("config") / "campaigns" / f"{campaign}.yaml").read_text(encoding="utf-8")
    match = re.search(rf"^{re.escape(first)}.*?(?=^{re.escape(behind)})", text, re.MULTILINE | re.DOTALL)
    assert match
    return match[0]


def _edit(file: Path, *edits: tuple[str, str]) -> None:
    """Each edit: words that stand once in the file, and those instead."""
    text = file.read_text(encoding="utf-8")
    for words, instead in edits:
        assert text.count(words) == 1, words
        text = text.replace(words, instead)
    file.write_text(text, encoding="utf-8")


def _drafted_block(file: Path, first: str, behind: str) -> str:
    """The same of a drafted file, to be replaced."""
    match = re.search(rf"^{re.escape(first)}.*?(?=^{re.escape(behind)})", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert match
    return match[0]


def _who(file: Path, form: str, instead: str) -> tuple[str, str]:
    """The edit of who owes the one duty with a form."""
    match = re.search(rf"    form: {form}\n    who: ", text := file.read_text(encoding="utf-8"))
    assert match
    drafted = text[match.start() : text.index("\n", match.end())]
    return drafted, match[0] + instead


def _owed(rules: Rules, campaign: str) -> set[tuple[str, str, str, object]]:
    found = next(c for c in rules.campaigns if c.id == campaign)
    return {(o.unit.id, o.duty.id, o.period.id, o.due) for o in expand(found)}


def test_the_first_notice_drafted_and_edited_owes_what_the_hand_written_pack_does(tmp_path: Path, rules: Rules) -> None:
    config = _drafted("naiman", "naiman-2023", tmp_path)
    file = config / "campaigns" / "naiman-2023.yaml"
    _edit(
        file,
        (_drafted_block(file, "kinds:", "# 单位名称前面"), _block("naiman-2023", "kinds:", "units:")),
        (_drafted_block(file, "units: []", "# 办公室里"), _block("naiman-2023", "units:", "# 办公室的工作组")),
        _who(file, "liaison", "[市场监管所, 执法中队, 执法大队, 股室]"),
        _who(file, "risk-list", "[市场监管所, 执法中队, 执法大队, yaoxie, huazhuangpin]"),
        _who(file, "free-report", "[group-yaoxie, group-huazhuangpin, 执法大队, yaoxie, huazhuangpin]"),
        _who(file, "case-stats", "[执法大队, 执法中队, 市场监管所]"),
    )
    found = _owed(rules_adapter.load(config), "naiman-2023")
    assert found == _owed(rules, "naiman-2023")
    assert len(found) == 628


def test_the_second_notice_drafted_and_edited_owes_what_the_hand_written_pack_does(tmp_path: Path, rules: Rules) -> None:
    config = _drafted("yongan", "yongan-2023", tmp_path)
    roster = _block("yongan-2023", "units:", "groups:").replace("kind: 执法大队", "kind: 综合执法大队")
    file = config / "campaigns" / "yongan-2023.yaml"
    _edit(file, (_drafted_block(file, "units: []", "# 办公室里"), roster))
    found = _owed(rules_adapter.load(config), "yongan-2023")
    assert found == _owed(rules, "yongan-2023")
    assert len(found) == 28


@pytest.mark.parametrize("name", ["naiman", "yongan"])
def test_an_unedited_draft_lacks_nothing_but_the_roster(name: str, tmp_path: Path) -> None:
    config = _drafted(name, f"{name}-2023", tmp_path)
    with pytest.raises(rules_adapter.RulesError) as told:
        rules_adapter.load(config)
    assert [(m.key, m.sentence) for m in told.value.mistakes] == [("units", "名册还是空的，请填写 units")]


@pytest.mark.parametrize("name", ["wulate", "city", "ningxia"])
def test_of_the_other_three_nothing_is_owed_on_a_day(name: str, tmp_path: Path) -> None:
    drafted = draft_notice(FOLDER / f"{name}.txt", "neu-2024", known(), read_lines)
    text = YamlPacks().pack(drafted.pack)
    dues = re.findall(r"^ *due: (.*)$", text, re.MULTILINE)
    assert set(dues) <= {"{every: any-time}"}


def test_what_is_not_collected_here_is_only_shown(tmp_path: Path) -> None:
    text = YamlPacks().pack(draft_notice(FOLDER / "naiman.txt", "naiman-2023", known(), read_lines).pack)
    shown = re.findall(r"^  # - id: (\S+)$", text.partition("\nduties:")[2], re.MULTILINE)
    assert shown == ["typical-case-2", "typical-case-3"]  # squads to their headquarters, headquarters to the city
    assert "tlzfjc2019@163.com" in text_of("naiman")
    assert not re.search(r"^[^#\n]*tlzfjc2019", text, re.MULTILINE)
