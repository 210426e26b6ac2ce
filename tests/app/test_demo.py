"""The demo end to end: the story is played, checks itself, and leaves what it says it leaves."""

import email
import email.policy
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailbot.app.cli import app
from mailbot.app.demo import play, run_demo
from mailbot.app.demo.cast import STRANGER, cast


@dataclass(frozen=True)
class Shown:
    folder: Path
    status: int
    lines: tuple[str, ...]

    def letters(self) -> list[tuple[str, str]]:
        """(to, subject) in the order they arrived."""
        mails = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default) for p in sorted((self.folder / "replies").iterdir())]
        return [(str(m["To"]), str(m["Subject"])) for m in mails]


def _played(folder: Path, *, fast: bool) -> Shown:
    lines: list[str] = []
    return Shown(folder, run_demo(folder, fast=fast, config=None, say=lines.append), tuple(lines))


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return _played(tmp_path_factory.mktemp("short"), fast=True)


def test_the_right_answers_reach_the_right_mailboxes(short: Shown) -> None:
    assert short.status == 0, "\n".join(short.lines)
    found = [(to, subject.rpartition("【")[2].rstrip("】") if subject.startswith("Re:") else subject[:5]) for to, subject in short.letters()]
    assert sorted(found) == sorted([
        ("dongming@units.example", "待改：1处"),
        ("dongming@units.example", "已收齐"),
        ("baxiantong@units.example", "已收齐"),
        ("tuchengzi@units.example", "已转联络员"),
        (STRANGER, "暂未登记"),
        ("weiliansu@units.example", "【请核实】"),
    ])  # fmt: skip


def test_nobody_automatic_and_no_duplicate_is_answered(short: Shown) -> None:
    to = [address for address, _ in short.letters()]
    assert "qinglongshan@units.example" not in to
    assert to.count("baxiantong@units.example") == 1
    mails = [p.read_bytes() for p in sorted((short.folder / "mails").iterdir())]
    assert len(mails) == len(cast(fast=True)) == len(set(mails)) + 1


def test_what_is_left_can_be_read(short: Shown) -> None:
    text = (short.folder / "replies.txt").read_text(encoding="utf-8")
    assert "现有 612 字，要求不少于 800 字" in text
    table = (short.folder / "status.txt").read_text(encoding="utf-8")
    assert "八仙筒市场监管所" in table
    ledger = json.loads((short.folder / "status.json").read_text(encoding="utf-8"))
    done = {(o["unit"], o["duty"], o["period"]) for o in ledger["obligations"] if o["state"] == "complete"}
    assert done == {("东明市场监管所", "self-review", "2023-09-15"), ("八仙筒市场监管所", "risk-list", "2024Q1")}
    assert str(short.folder) in short.lines[-2]


def test_the_letters_bear_the_dates_of_the_story(short: Shown) -> None:
    first = email.message_from_bytes(min((short.folder / "replies").iterdir()).read_bytes(), policy=email.policy.default)
    assert first["Date"].datetime.date().isoformat() == "2023-09-12"


def test_the_whole_story_goes_as_told_and_leaves_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    stale = tmp_path / "replies" / "99-old.eml"
    stale.parent.mkdir()
    stale.write_bytes(b"")
    whole = _played(tmp_path, fast=False)
    assert whole.status == 0, "\n".join(whole.lines)
    assert not stale.exists()
    tells = [s.tells for s in cast(fast=False)]
    assert set(tells) == {"receipt", "missing", "held", "inquiry", "none"}
    assert len(whole.letters()) == sum(t != "none" for t in tells) + sum(s.warns is not None for s in cast(fast=False))


def test_a_story_that_goes_otherwise_is_said_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tuple(replace(s, tells="receipt") for s in cast(fast=True) if s.key in ("review-short", "automatic"))
    monkeypatch.setattr(play, "cast", lambda *, fast: wrong)
    shown = _played(tmp_path, fast=True)
    assert shown.status == 1
    said = "\n".join(shown.lines)
    assert "应为“回执”，却是“补正通知”" in said
    assert "应为“回执”，却是“不答复”" in said
    assert "信应送到 qinglongshan@units.example，却送到 （没有人）" in said


def test_rules_without_the_cast_are_refused_in_words(tmp_path: Path) -> None:
    import shutil

    from mailbot.app.wiring import bundled

    shutil.copytree(bundled("config"), tmp_path / "config")
    pack = tmp_path / "config" / "campaigns" / "naiman-2023.yaml"
    pack.write_text(pack.read_text(encoding="utf-8").replace("dongming@units.example", "other@units.example"), encoding="utf-8")
    lines: list[str] = []
    assert run_demo(tmp_path / "out", fast=True, config=tmp_path / "config", say=lines.append) == 2
    assert "dongming@units.example" in lines[-1]


def test_the_command_runs_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["demo", "--fast", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "全部与预期相符" in done.output
