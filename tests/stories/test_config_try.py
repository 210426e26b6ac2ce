"""`config try`: what other rules would decide about the mails that are archived, and why; nothing is written."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.places import bundled
from mailbot.app.rehearse import Tried, try_rules
from mailbot.app.review import Reviewing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.rehearsing import Aspect
from tests.stories.conftest import Story

NOW = datetime(2024, 4, 2, 9, tzinfo=SHANGHAI)


def _pair(unit: str) -> dict[str, bytes]:
    paper = papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 28))
    return {"清单.docx": paper, "清单-章.jpg": stamped_jpeg(Page(title="清单", lines=(), seal=unit))}


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    shutil.copytree(bundled("config"), tmp_path / "newer")
    return tmp_path / "newer"


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _tried(story: Story, newer: Path) -> Tried:
    other = replace(story.house, config=newer)
    return try_rules(story.house.ledger, story.house.rehearsal, other.rehearsal, NOW, lambda done, total: None)


def _left(home: Path) -> dict[str, str]:
    files = sorted(p for p in home.rglob("*") if p.is_file() and not p.name.endswith("-shm"))  # there it stands who reads
    return {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_under_the_same_rules_nothing_changes_and_nothing_is_written(story: Story, newer: Path) -> None:
    story.post("xinzhen", files=_pair("新镇市场监管所"), when="2024-03-28T10:00:00")
    story.post("xinzhen", "请问", "请问怎么填？", when="2024-03-28T11:00:00")
    before = _left(story.house.home)
    tried = _tried(story, newer)
    assert (tried.mails, tried.changes, tried.duties) == (2, (), ())
    assert _left(story.house.home) == before


def test_a_unit_that_loses_its_address_loses_its_reports_and_the_table_says_why(story: Story, newer: Path) -> None:
    story.post("xinzhen", files=_pair("新镇市场监管所"), when="2024-03-28T10:00:00")
    story.post("zhian", files=_pair("治安市场监管所"), when="2024-03-28T10:05:00")
    _edit(newer / "campaigns" / "naiman-2023.yaml", "[xinzhen@units.example]", "[other@units.example]")
    tried = _tried(story, newer)
    (change,) = tried.changes
    assert change.loses and change.past.sender == "xinzhen@units.example"
    assert Aspect("disposition", "", "submission", "review") in change.aspects
    assert Aspect("reply", "", "receipt", "held") in change.aspects
    assert "未登记" in change.reason
    (duty,) = tried.duties
    assert (duty.duty, duty.other_state) == ("risk-list", 1)


def test_a_later_due_date_changes_what_is_late_and_what_is_owed_until_when(story: Story, newer: Path) -> None:
    story.post("xinzhen", files=_pair("新镇市场监管所"), when="2024-04-01T23:00:00")
    was = "due: {every: quarter, day: 1, first: 2023Q3, last: 2024Q4}\n    nil"
    _edit(newer / "campaigns" / "naiman-2023.yaml", was, was.replace("day: 1", "day: 5"))
    tried = _tried(story, newer)
    (duty,) = tried.duties
    assert duty.moved == 120 and duty.before is not None and duty.after is not None and duty.before.owed == duty.after.owed == 120
    assert duty.other_state == 19  # of the first quarter, due tomorrow now: all but the one that is in


def test_what_a_person_ruled_is_said_again_at_its_place(story: Story, newer: Path) -> None:
    told = story.post("somebody@else.example", files=_pair("新镇市场监管所"), when="2024-03-28T10:00:00")
    assert told["disposition"] == "review"
    Reviewing(story.intake, "办公室").settle(story.house.ledger.open_reviews(NOW)[0].id, "是")
    assert story.house.ledger.all_filings()
    assert _tried(story, newer).changes == ()
    _edit(newer / "forms" / "risk-list.yaml", "not-above, field: risks_closed,", "not-above, field: retailers_checked,")
    (change,) = _tried(story, newer).changes  # decided with the ruling: filed, and now with a finding
    assert {a.about for a in change.aspects} == {"findings", "reply"}


def test_a_mail_whose_bytes_are_gone_is_left_out_and_counted(story: Story, newer: Path) -> None:
    told = story.post("xinzhen", files=_pair("新镇市场监管所"), when="2024-03-28T10:00:00")
    story.house.archive.path(told["sha256"]).unlink()
    tried = _tried(story, newer)
    assert (tried.mails, tried.absent) == (0, 1)


@pytest.fixture
def archived(story: Story) -> Iterator[Story]:
    story.post("xinzhen", files=_pair("新镇市场监管所"), when="2024-03-28T10:00:00")
    story.house.ledger.close()
    yield story


def test_the_command_prints_a_table_or_json_and_its_status_says_whether_something_is_lost(archived: Story, newer: Path) -> None:
    def tried(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailbot", "--config", str(bundled("config")), "--home", str(archived.house.home), "config", "try", str(newer), *more]
        return subprocess.run(command, env=os.environ | {"MAILBOT_SCANS": "off", "COLUMNS": "160"}, capture_output=True, text=True, timeout=120)

    same = tried()
    assert same.returncode == 0 and "结果都一样" in same.stdout
    _edit(newer / "campaigns" / "naiman-2023.yaml", "[xinzhen@units.example]", "[other@units.example]")
    other = tried("--json")
    assert other.returncode == 1
    told = json.loads(other.stdout)
    assert told["mails"] == 1 and told["changes"][0]["loses"] and told["duties"][0]["duty"] == "risk-list"
    table = tried()
    assert "登记 → 待人工" in table.stdout and "什么也没有写入" in table.stdout and "xinzhen@units" not in table.stdout
    _edit(newer / "mailbot.yaml", "sending: shadow", "sending: shado")
    wrong = tried()
    assert wrong.returncode == 2 and "shado" in wrong.stderr
