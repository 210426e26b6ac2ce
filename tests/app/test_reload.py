"""A running worker takes changed rules only where they are whole and valid; else it keeps those it has and tells staff once."""

import email
import email.policy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from stories.conftest import compose

from mailbot.app.demo import papers
from mailbot.app.places import bundled
from mailbot.app.reload import RulesWatch
from mailbot.app.wiring import House
from mailbot.app.worker import Round, repeat
from mailbot.domain.mail import RawMail


@dataclass
class Office:
    house: House
    config: Path
    watch: RulesWatch[House]
    while_waiting: list[Callable[[], None]] = field(default_factory=list)

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.config / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def told(self) -> list[str]:
        letters = (email.message_from_bytes(q.raw, policy=email.policy.default) for q in self.house.ledger.letters_listed())
        return [str(m.get_content()) for m in letters]  # type: ignore[attr-defined]

    def unwell(self) -> bool:
        """Whether the digest says that changed rules were not taken."""
        return any("没有采用" in line for line in self.house.digesting().build().unwell)


@pytest.fixture
def office(make_house: Callable[..., House], tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(bundled("config"), tmp_path / "config")
    shutil.copytree(bundled("templates"), tmp_path / "templates")
    waiting: list[Callable[[], None]] = []
    house = replace(make_house(config=tmp_path / "config", MAILBOT_SENDING="live"), pause=lambda _: waiting.pop(0)() if waiting else None)
    yield Office(house, tmp_path / "config", house.rules_watch(), waiting)
    house.ledger.close()


def test_rules_that_nobody_touched_are_not_read_again(office: Office) -> None:
    assert office.watch.changed() is None
    (office.config / "mailbot.yaml").touch()
    assert office.watch.changed() is None


def test_changed_rules_that_are_valid_are_taken_once(office: Office) -> None:
    office.edit("mailbot.yaml", "poll_minutes: 5", "poll_minutes: 7")
    new = office.watch.changed()
    assert new is not None and new.rules.settings.mailbox.poll_minutes == 7
    assert new.rules.version != office.house.rules.version
    assert office.watch.changed() is None and office.told() == []


@pytest.mark.shows("F32")
def test_wrong_rules_are_not_taken_and_staff_hear_of_it_once_with_file_and_line(office: Office) -> None:
    office.edit("campaigns/naiman-2023.yaml", "contact: true", "contcat: true")
    assert office.watch.changed() is None and office.watch.changed() is None
    (letter,) = office.told()
    assert "campaigns/naiman-2023.yaml 第" in letter and "contcat" in letter and "contact" in letter and office.house.rules.version in letter
    again = office.house.rules_watch()  # as after a crash: it is told under the same key
    again.known = ""
    assert again.changed() is None and len(office.told()) == 1
    office.edit("campaigns/naiman-2023.yaml", "contcat: true", "contacts: true")  # another mistake
    assert office.watch.changed() is None and len(office.told()) == 2
    assert office.unwell()
    office.edit("campaigns/naiman-2023.yaml", "contacts: true", "contact: true")
    new = office.watch.changed()  # as it was at first, and not what was refused last
    assert new is not None and new.rules.version == office.house.rules.version and len(office.told()) == 2
    assert not office.unwell()


def test_a_template_that_cannot_be_compiled_is_not_taken_either(office: Office) -> None:
    (office.config.parent / "templates" / "receipt.txt").write_text("{% if letter.files %}\n", encoding="utf-8")
    assert office.watch.changed() is None
    assert "receipt.txt" in office.told()[0]


@pytest.mark.shows("F32")
def test_nothing_is_taken_while_somebody_is_still_writing(office: Office) -> None:
    office.edit("mailbot.yaml", "poll_minutes: 5", "poll_minutes: 7")
    office.while_waiting.append(lambda: office.edit("mailbot.yaml", "poll_minutes: 7", "poll_minutes: 8"))
    assert office.watch.changed() is None
    new = office.watch.changed()
    assert new is not None and new.rules.settings.mailbox.poll_minutes == 8


@pytest.mark.shows("F32")
def test_half_a_copy_of_the_folder_is_told_and_the_whole_is_taken(office: Office) -> None:
    gone = office.config / "forms" / "risk-list.yaml"
    text = gone.read_bytes()
    gone.unlink()
    assert office.watch.changed() is None and "risk-list" in office.told()[0]
    gone.write_bytes(text.replace("填报数据均为累计数据".encode(), "数据均为累计".encode()))
    assert office.watch.changed() is not None


@pytest.mark.shows("F32")
def test_a_worker_ends_its_rounds_when_new_rules_stand_there_and_every_decision_bears_its_rules_version(office: Office) -> None:
    paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28))

    def take(house: House, day: int) -> None:
        with house.intake() as intake:
            raw = compose("xinzhen@units.example", files={"清单.docx": paper}, when=f"2024-03-{day}T10:00:00")
            list(intake.take_all([intake.keep(RawMail([raw]))]))

    new: list[House] = []

    def over() -> bool:
        new.extend(filter(None, [office.watch.changed()]))
        return bool(new)

    rounds: list[int] = []

    def one() -> Round:
        rounds.append(1)
        if len(rounds) == 2:
            office.edit("mailbot.yaml", "poll_minutes: 5", "poll_minutes: 7")
        return Round()

    repeat(one, 0.001, lambda _: None, over)
    assert len(rounds) == 2 and new[0].rules.settings.mailbox.poll_minutes == 7
    take(office.house, 28)
    take(new[0], 29)
    with office.house.ledger.engine.connect() as c:
        versions = list(c.execute(text("SELECT rules_version FROM messages ORDER BY id")).scalars())
    assert versions == [office.house.rules.version, new[0].rules.version] and versions[0] != versions[1]
    new[0].close()


def test_when_new_rules_stand_there_at_the_first_tick_the_worker_waits_for_the_next_one_and_goes_on(office: Office) -> None:
    rounds: list[int] = []

    def one() -> Round:
        rounds.append(1)
        return Round()

    repeat(one, 0.001, lambda _: None, lambda: True)
    assert len(rounds) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("receipt.txt", "主题\n{{ letter.nummer }}\n".encode("gb18030"), "不是 UTF-8 编码"),
        ("receipt.txt", "主题\n{{ lettre.number }}\n".encode(), "没有 lettre 这个名字"),
        ("receipt.txt", b"{% if letter %}\n", "模板写法有误"),
        ("findings.yaml", b"a: [", "YAML 写法有误"),
        ("findings.yaml", b"", "应当一行一个问题代码"),
        ("findings.yaml", "late: 迟了\n".encode("gb18030"), "不是 UTF-8 编码"),
        ("findings.yaml", b"late: x\n", "缺少"),
    ],
)
@pytest.mark.shows("F32", "F33")
def test_templates_that_cannot_be_used_are_told_like_rules_and_not_taken(office: Office, name: str, content: bytes, said: str) -> None:
    (office.config.parent / "templates" / name).write_bytes(content)
    assert office.watch.changed() is None
    assert f"templates/{name}" in office.told()[0] and said in office.told()[0]
    assert any(said in str(m) for m in office.house.checked().mistakes)


def test_the_bundled_templates_have_no_mistake(office: Office) -> None:
    assert office.house.checked().mistakes == ()


def test_what_is_behind_a_link_is_watched_too_and_leftovers_of_editors_are_not(office: Office, tmp_path: Path) -> None:
    (office.config / "campaigns").rename(tmp_path / "elsewhere")
    (office.config / "campaigns").symlink_to(tmp_path / "elsewhere")
    (office.config / "forms" / ".#risk-list.yaml").symlink_to(tmp_path / "nowhere")
    assert office.watch.changed() is None and office.told() == []
    office.edit("campaigns/naiman-2023.yaml", "short: 巩固提升行动", "short: 巩固行动")
    assert office.watch.changed() is not None


@pytest.mark.shows("F32")
def test_a_fault_of_ours_on_new_rules_is_told_and_costs_no_round(office: Office) -> None:
    def broken() -> House:
        raise RecursionError

    watch = replace(office.watch, sound=broken)
    office.edit("mailbot.yaml", "poll_minutes: 5", "poll_minutes: 7")
    assert watch.changed() is None and watch.changed() is None
    assert "检查改过的规则文件时出错" in office.told()[0] and len(office.told()) == 1
