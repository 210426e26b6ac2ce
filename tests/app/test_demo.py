"""The demo end to end: the story is played, checks itself, and leaves what it says it leaves."""

import email
import email.policy
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from mailbot.app.cli import app
from mailbot.app.demo import play, run_demo
from mailbot.app.demo.cast import STAFF, STRANGER, cast

REMINDED = (
    "daqintala", "baxiantong", "qinglongshan", "xinzhen", "zhian", "dongming", "sharihaolai", "yilongyong", "guribanhua", "baiyintala", "mingren",
    "huanghuatala", "tuchengzi", "weiliansu", "zhifa1", "zhifa2", "zhifa3", "zhifadadui", "yaoxie", "huazhuangpin",
)  # fmt: skip


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
    found = [(to, subject.rpartition("【")[2].rstrip("】") if subject.startswith("Re:") else subject[: subject.index("】") + 1]) for to, subject in short.letters()]
    assert sorted(found) == sorted([
        ("dongming@units.example", "待改：1处"),
        ("dongming@units.example", "已收齐"),
        ("baxiantong@units.example", "已收齐"),
        ("tuchengzi@units.example", "已转联络员"),
        (STRANGER, "暂未登记"),
        ("weiliansu@units.example", "【请核实】"),
        (STAFF, "【转来询问】"),
        (STAFF, "【日报】"),
        (STAFF, "已照办"),
        (STRANGER, "已收齐"),
        *((f"{unit}@units.example", "【提醒】") for unit in REMINDED),
    ])  # fmt: skip


def test_nobody_automatic_and_no_duplicate_is_answered(short: Shown) -> None:
    to = [address for address, subject in short.letters() if not subject.startswith("【提醒】")]
    assert "qinglongshan@units.example" not in to
    assert to.count("baxiantong@units.example") == 1
    mails = [p.read_bytes() for p in sorted((short.folder / "mails").iterdir())]
    assert len(mails) == sum(s.does in ("mail", "click") for s in cast(fast=True)) == len(set(mails)) + 1


def test_three_days_before_the_deadline_each_unit_hears_what_it_still_owes(short: Shown) -> None:
    text = (short.folder / "replies.txt").read_text(encoding="utf-8")
    letters = {m[1]: m[0] for m in re.finditer(r"收件人：(\S+)\n主　题：【提醒】.*?(?=═══|\Z)", text, re.DOTALL)}
    assert "典型案例（2024年第一季度）" in letters["baxiantong@units.example"]
    assert "风险隐患排查问题清单" not in letters["baxiantong@units.example"]  # it was complete on the 26th
    assert "风险隐患排查问题清单（2024年第一季度）" in letters["weiliansu@units.example"]  # the stranger's comes later that day


def test_a_click_in_the_digest_files_what_was_held_and_answers_whoever_sent_it(short: Shown) -> None:
    page = (short.folder / "digest.html").read_text(encoding="utf-8")
    assert "未登记的地址送来苇莲苏市场监管所的材料" in page and "mailto:" in page
    click = max((short.folder / "mails").iterdir()).read_bytes()
    assert b"office@bureau.example" in click
    mail = email.message_from_bytes(click, policy=email.policy.default)
    assert re.match(r"处理 \d+ 长期 \[", str(mail["Subject"]))
    assert short.letters()[-1][0] == STRANGER and "已收齐" in short.letters()[-1][1]


def test_the_ledger_is_left_as_a_workbook(short: Shown) -> None:
    book = openpyxl.load_workbook(short.folder / "ledger.xlsx")
    states = {row[0].value: row[3].value for row in book["风险隐患排查问题清单"].iter_rows() if row[1].value == "2024年第一季度"}
    assert states["八仙筒市场监管所"] == states["苇莲苏市场监管所"] == "已收齐" and "已收齐" not in {states["新镇市场监管所"], states["治安市场监管所"]}


def test_what_is_left_can_be_read(short: Shown) -> None:
    text = (short.folder / "replies.txt").read_text(encoding="utf-8")
    assert "现有 612 字，要求不少于 800 字" in text
    table = (short.folder / "status.txt").read_text(encoding="utf-8")
    assert "八仙筒市场监管所" in table
    ledger = json.loads((short.folder / "status.json").read_text(encoding="utf-8"))
    done = {(o["unit"], o["duty"], o["period"]) for o in ledger["obligations"] if o["state"] == "complete"}
    assert done == {("东明市场监管所", "self-review", "2023-09-15"), ("八仙筒市场监管所", "risk-list", "2024Q1"),
                    ("苇莲苏市场监管所", "risk-list", "2024Q1")}  # fmt: skip
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
    scenes = cast(fast=False)
    tells = [s.tells for s in scenes if s.does == "mail"]
    assert set(tells) == {"receipt", "missing", "held", "inquiry", "none"}
    answers = sum(t != "none" for t in tells) + sum(s.warns is not None for s in scenes)
    # and the digest, what the click is answered, the reminders, and that a unit's figures are wrong for more than a week
    assert len(whole.letters()) == answers + 1 + 1 + len(REMINDED) + 1


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

    from mailbot.app.places import bundled

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


def test_fast_and_full_exclude_each_other(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["demo", "--fast", "--full", "--out", str(tmp_path)])
    assert done.exit_code == 2 and "只能用一个" in done.output
