"""A year and a half of the bundled campaign: 22 units with their habits, the scheduled worker, embedded servers, a clerk who reads the
digest. All that arrived anywhere is held against an oracle that shares no code with the product."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from season.oracle import LETTERS_A_DAY, OFFICE, Expected, Key, Oracle

from mailbot.app import status
from mailbot.app.demo.season import clerk, play
from mailbot.app.demo.season.play import Letter, Season
from mailbot.app.exports.ledger import export_ledger
from mailbot.app.places import bundled

# The deadline of the reviews, of the fourth quarter, a Friday before a long weekend, the first interim summary's end, the last day
TELLING = (date(2023, 9, 15), date(2024, 1, 2), date(2024, 3, 29), date(2024, 6, 3), date(2024, 11, 1), date(2025, 1, 27))
_ITEM = re.compile(r"^\d+\. (?:代(?P<other>.+?)报送：)?(?P<title>.+?)：截止", re.MULTILINE)
_LINE = re.compile(r"^- (?P<title>[^：]+)：收齐 (?P<done>\d+)/(?P<owed>\d+)(?:（其中迟报 (?P<late>\d+)）)?，不全 (?P<partial>\d+)，没报 (?P<nothing>\d+)"
                   r"(?:，免报 (?P<waived>\d+))?(?:，往期还欠 (?P<earlier>\d+))?。(?P<when>.*?)截止", re.MULTILINE)  # fmt: skip


@dataclass(frozen=True)
class Played:
    season: Season
    expected: Expected
    final: dict[Key, tuple[str, int]]
    left: int
    ledger: Path

    def of(self, kind: str) -> Iterator[Letter]:
        return (letter for letter in self.season.letters if letter.kind == kind)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("season")
    with play.season(None, folder) as season:
        house = season.house
        found = status.standings(house.rules_now(), house.ledger, house.clock())
        final = {s.obligation.key[1:]: (s.state, s.late_days) for s in found}
        export_ledger(house.exports(), folder / "ledger.xlsx")
        left = len(house.ledger.open_reviews(house.clock()))
    expected = Oracle(season.plan, bundled("config") / "calendar.yaml", TELLING).run()
    return Played(season, expected, final, left, folder / "ledger.xlsx")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def titles() -> dict[Key, tuple[str, str]]:
    """(name of the unit, title of what it owes) as the letters say them, from the rules read as plain YAML."""
    rules = yaml.safe_load((bundled("config") / "campaigns" / "naiman-2023.yaml").read_text(encoding="utf-8"))
    units = {u["id"]: u["name"] for u in rules["units"]}
    duties = {d["id"]: (d["title"], len(d["due"].get("dates", ()))) for d in rules["duties"]}
    return {key: (units[key[0]], _titled(*duties[key[1]], key[2])) for key in Oracle.everything()}


def _titled(title: str, dates: int, period: str) -> str:
    return title if dates == 1 else f"{title}（{_period(period)}{'前' if dates else ''}）"


def _period(period: str) -> str:
    if "Q" in period:
        return f"{period[:4]}年第{'一二三四'[int(period[5]) - 1]}季度"
    year, month, *day = map(int, period.split("-"))
    return f"{year}年{month}月" + (f"{day[0]}日" if day else "")


@cache
def _text(letter: Letter) -> str:
    body = letter.arrived.mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _moment(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def test_every_answer_goes_at_its_minute_and_every_letter_of_the_day_on_its_day(played: Played) -> None:
    """Reminders of a day are spread over quarters of an hour by the provider's pace: of them the day counts."""

    def signs(kind: str, at: datetime, to: str) -> tuple[object, str, str]:
        return at.date() if kind in ("reminder", "escalation") else _moment(at), to, kind

    came = Counter(signs(x.kind, x.at, x.arrived.address) for x in played.season.letters)
    wanted = Counter(signs(x.kind, x.at, x.to) for x in played.expected.letters)
    assert sorted((came - wanted).elements(), key=str) == []
    assert sorted((wanted - came).elements(), key=str) == []
    assert {"receipt", "missing", "reminder", "escalation", "digest", "held", "held-notice", "inquiry", "rejected"} <= {k for _, _, k in came}


def test_a_reminder_lists_all_that_its_unit_owes_and_nothing_else(played: Played, titles: dict[Key, tuple[str, str]]) -> None:
    names = {u.id: u.name for u in played.season.campaign.units}
    checked = 0
    for letter in played.of("reminder"):
        lists, _ = played.expected.reminders[letter.at.date(), letter.arrived.address]
        own = names[letter.arrived.address.partition("@")[0]]
        said = {(m["other"] or own, m["title"]) for m in _ITEM.finditer(_text(letter))}
        assert said == {titles[key] for key in lists}, (letter.at, letter.arrived.address)
        checked += 1
    assert checked == len(played.expected.reminders) > 1000


def test_what_is_long_overdue_is_told_to_the_office_once(played: Played, titles: dict[Key, tuple[str, str]]) -> None:
    for letter in played.of("escalation"):
        blocks = re.split(r"^\d+\. ", _text(letter), flags=re.MULTILINE)[1:]
        said = {(unit, block.partition("：截止")[0]) for block in blocks for unit in re.findall(r"^   - ([^（：]+)", block, re.MULTILINE)}
        assert said == {titles[key] for key in played.expected.escalations[letter.at.date()]}, letter.at
    told = [key for keys in played.expected.escalations.values() for key in keys]
    assert len(told) == len(set(told)) > 30


def test_no_unit_gets_more_than_its_cap_and_no_letter_goes_to_two_or_twice(played: Played) -> None:
    letters = played.season.letters
    a_day = Counter((x.at.date(), x.arrived.address) for x in letters if x.arrived.address != OFFICE)
    assert max(a_day.values()) == LETTERS_A_DAY
    assert not [x.arrived.subject for x in letters if x.arrived.mail["Cc"] or x.arrived.mail["Bcc"] or str(x.arrived.mail["To"]) != x.arrived.address]
    assert max(Counter(str(x.arrived.mail["Message-ID"]) for x in letters).values()) == 1
    assert max(Counter((x.arrived.address, _text(x)) for x in letters).values()) == 1
    assert max(Counter(x.at.date() for x in letters).values()) <= played.season.house.rules.settings.sender.per_day


def test_what_was_over_the_cap_is_answered_in_one_letter_the_next_morning(played: Played) -> None:
    squad = next(p.sender for p in played.season.plan.posts if p.papers and max(p.papers, key=lambda p: p.turn).turn > 1)
    there = [x for x in played.season.letters if x.arrived.address == squad]
    same_day = [x for x in there if x.at.date() == date(2023, 12, 27)]
    (morning,) = (x for x in there if x.at.date() == date(2023, 12, 28) and x.at.hour < 9)
    assert len(same_day) == LETTERS_A_DAY
    assert (morning.at.hour, morning.at.minute, morning.kind) == (7, 0, "receipt")
    mails = sum(p.sender == squad and p.when.date() == date(2023, 12, 27) for p in played.season.plan.posts)
    told = [number for x in (*same_day, morning) if x.kind == "receipt" for number in sorted(set(re.findall(r"\d{8}-[0-9A-F]{6}", _text(x))))]
    assert len(told) == len(set(told)) == mails > LETTERS_A_DAY + 2  # each mail is answered, and once


def test_an_address_that_returned_a_letter_is_not_reminded_until_a_letter_arrives_there_again(played: Played) -> None:
    bounce = next(p for p in played.season.plan.posts if p.act == "bounce")
    there = [x for x in played.season.letters if x.arrived.address == bounce.sender and x.at > bounce.when]
    assert there[0].kind == "receipt" and (there[0].at - bounce.when).days >= 5
    assert "reminder" in {x.kind for x in there[1:]}


def test_each_digest_counts_what_waits_and_what_is_late(played: Played) -> None:
    digests = {x.at.date(): x for x in played.of("digest")}
    assert digests.keys() == played.expected.digests.keys()
    for day, (cases, late, unwell) in played.expected.digests.items():
        wanted = f"【日报】{day.month}月{day.day}日：{cases} 件等您定，{late} 项逾期{'，系统异常' if unwell else ''}"
        assert digests[day].arrived.subject == wanted
        assert len(clerk.offered(digests[day].arrived)) == cases, day


@pytest.mark.parametrize("day", TELLING, ids=str)
def test_the_digest_of_a_telling_day_counts_unit_by_unit(played: Played, day: date) -> None:
    digest = next(x for x in played.of("digest") if x.at.date() == day)
    rules = yaml.safe_load((bundled("config") / "campaigns" / "naiman-2023.yaml").read_text(encoding="utf-8"))
    ids = {d["title"]: d["id"] for d in rules["duties"]}
    lines = list(_LINE.finditer(_text(digest)))
    assert len(lines) >= 3
    for line in lines:
        mine = {key: state for key, state in played.expected.states[day].items() if key[1] == ids[line["title"]]}
        now_on = _meant({key[2] for key in mine}, line["when"], day)
        states = Counter(state for key, (state, _) in mine.items() if key[2] == now_on)
        earlier = sum(late > 0 and state in ("partial", "overdue") for key, (state, late) in mine.items() if key[2] < now_on)
        done, nothing = states["complete"] + states["complete-late"], states["overdue"] + states["upcoming"]
        wanted = (done, states["complete-late"], states["partial"], nothing, states["waived"], earlier)
        assert tuple(int(line[name] or 0) for name in ("done", "late", "partial", "nothing", "waived", "earlier")) == wanted, line[0]
        assert int(line["owed"]) == done + states["partial"] + nothing


def _meant(periods: set[str], when: str, day: date) -> str:
    """The period whose words stand in front of 截止; a one-off duty's is its date."""
    named = [p for p in periods if f"{_period(p)}，" in when]
    dated = [p for p in periods if p.count("-") == 2 and f"{int(p[5:7])}月{int(p[8:])}日" in when]
    found = named or sorted(dated, key=lambda p: abs((date.fromisoformat(p) - day).days))[:1]
    assert len(found) == 1, (when, periods)
    return found[0]


def test_the_clerk_settles_everything_by_clicks_and_plain_replies(played: Played) -> None:
    said = Counter((key, word.clicked) for _, word in played.season.said for _, key in word.answers)
    assert said == {("长期", True): 1, ("免报", True): 1, ("退回", True): 1, ("延期", False): 1}
    assert played.left == 0
    assert played.season.problems == [] or all("超过当天的发信上限" in problem for _, problem in played.season.problems)


def test_the_ledger_ends_as_the_plan_says(played: Played) -> None:
    assert len(played.final) == 628
    assert {k: v for k, v in played.final.items() if v != played.expected.final[k]} == {}
    states = Counter(state for state, _ in played.final.values())
    assert min(states[s] for s in ("complete", "complete-late", "overdue")) > 10 and states["waived"] == 1 and states["upcoming"] == 0


def test_the_exported_ledger_opens_and_has_a_row_for_each_obligation(played: Played) -> None:
    book: Any = openpyxl.load_workbook(played.ledger, data_only=True)
    rows = 0
    for name in book.sheetnames:
        sheet = book[name]
        if name.startswith("总览"):
            continue
        head = next(r for r in range(1, 8) if sheet.cell(r, 1).value == "单位")
        due = next(c for c in range(1, 20) if sheet.cell(head, c).value == "截止时间")
        rows += sum(bool(sheet.cell(r, 1).value and sheet.cell(r, due).value) for r in range(head + 1, sheet.max_row + 1))
    assert rows == 628
