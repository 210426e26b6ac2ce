"""Whether the mailbox may send as much as the rules ask of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailbot.domain.budget import budget, told
from mailbot.domain.campaigns import Campaign
from mailbot.domain.policy import Rules
from mailbot.domain.units import Unit


def with_units(rules: Rules, number: int) -> Rules:
    campaign: Campaign = rules.campaigns[0]
    kind = next(u.kind for u in campaign.units if u.kind.endswith("所"))
    units = tuple(Unit(id=f"u{n}", name=f"第{n}市场监管所", kind=kind, addresses=(f"u{n}@units.example",)) for n in range(number))
    return replace(rules, campaigns=(replace(campaign, units=units),))


def test_the_bundled_roster_is_written_to_in_a_day(rules: Rules) -> None:
    found = budget(rules, date(2024, 3, 1))
    assert found.days == 1 and not found.reminders_too_many and not found.answers_too_many
    assert told(found) == [f"发信限额：每天 80 封，其中 20 封专留给答复；给全部 {found.units} 个单位各发一封要 1 天。"]


def test_a_thousand_units_take_days_and_that_is_said_with_the_day(rules: Rules) -> None:
    found = budget(with_units(rules, 1000), date(2024, 3, 25))
    assert (found.units, found.for_all, found.days) == (1000, 60, 17) and found.fullest == (date(2024, 4, 1), 1000)
    lines = told(found)
    assert "2024年4月1日到期的事项有 1000 个单位要报，当天的催报一天发不完（每天最多 60 封）" in lines[1] and "答复可能超过当天限额（80 封）" in lines[2]


@pytest.mark.parametrize(("units", "reminders", "answers"), [(60, False, False), (61, True, False), (80, True, False), (81, True, True)])
def test_the_limits_count_exactly(rules: Rules, units: int, reminders: bool, answers: bool) -> None:
    found = budget(with_units(rules, units), date(2024, 3, 25))
    assert (found.reminders_too_many, found.answers_too_many) == (reminders, answers)


def test_after_the_campaign_there_is_no_fullest_day(rules: Rules) -> None:
    found = budget(rules, date(2030, 1, 1))
    assert found.fullest is None and len(told(found)) == 1


def test_the_command_says_it_and_ends_well(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mailbot.app.cli import main

    monkeypatch.setattr("sys.argv", ["mailbot", "--home", str(tmp_path), "--now", "2024-03-01", "config", "check"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0 and "发信限额：每天 80 封" in capfd.readouterr().out
