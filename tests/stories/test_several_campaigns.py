"""Campaigns side by side and one after the other: the same units, partly under other names and ids, the same forms, months that both want."""

import email
import email.policy
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from stories.conftest import Story, codes, compose, gist

from mailbot.app import status
from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.periods import SHANGHAI

OLD, NEW = "naiman-2023", "naiman-2024"
UNIT = "新镇市场监管所"
SCAN = stamped_jpeg(Page(title="扫描件", lines=("一",), seal=UNIT))


def _next_campaign(old: dict[str, Any]) -> dict[str, Any]:
    """The same bureau's campaign of the year after. 新镇 and the others keep their ids, 执法中队 have others; 八仙筒 has another name."""
    units = [u | {"id": f"n24-{u['id']}"} if u["kind"] == "执法中队" else dict(u) for u in old["units"]]
    for unit in units:
        if unit["id"] == "baxiantong":
            unit |= {"name": "八仙筒镇市场监管分局", "stem": "八仙筒"}
    who = ["市场监管所", "执法中队"]
    duties = [
        {"id": "liaison", "title": "联络员报名", "form": "liaison", "who": who, "copies": "editable", "contact": True,
         "due": {"every": "once", "dates": [date(2024, 7, 15)]}},
        {"id": "case-stats", "title": "案件查办统计数据", "form": "case-stats", "who": who, "copies": "editable", "nil_allowed": True,
         "due": {"every": "month", "day": 25, "reports": "this", "first": "2024-10", "last": "2025-05"}},
        {"id": "risk", "title": "风险隐患排查问题清单", "form": "risk-list", "who": who, "copies": "editable", "nil_allowed": True,
         "due": {"every": "quarter", "day": 5, "first": "2024Q4", "last": "2025Q1"}},
        {"id": "summary", "title": "阶段总结", "form": "work-summary-yongan", "who": who, "copies": "editable",
         "due": {"every": "once", "dates": [date(2024, 11, 5)]}},
        {"id": "self-review", "title": "自查报告", "form": "self-review", "who": who, "due": {"every": "once", "dates": [date(2024, 12, 20)]}, "copies": "editable"},
        {"id": "good-practice", "title": "典型做法", "form": "free-report", "anyone": True, "copies": "either", "words": ["典型做法", "经验做法"],
         "due": {"every": "any-time"}},
    ]  # fmt: skip
    kept = {k: old[k] for k in ("kinds", "prefixes", "groups", "terms", "issuer")}
    return kept | {
        "id": NEW, "title": "奈曼旗2024年药品经营专项整治行动", "short": "专项整治行动", "number": "奈市监发〔2024〕31号", "start": date(2024, 7, 1),
        "end": date(2025, 6, 30), "example": True, "units": units, "duties": duties,
        "stages": [{"name": "部署", "start": date(2024, 7, 1), "end": date(2024, 7, 31)}, {"name": "整治", "start": date(2024, 8, 1), "end": date(2025, 6, 30)}],
    }  # fmt: skip


class _Plain(yaml.SafeDumper):
    """Writes what stands in two places twice: the rules know no references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@pytest.fixture
def two_config(tmp_path: Path) -> Path:
    config = tmp_path / "rules" / "config"
    shutil.copytree(bundled("config"), config)
    old = yaml.safe_load((config / "campaigns" / f"{OLD}.yaml").read_text(encoding="utf-8"))
    new = yaml.dump(_next_campaign(old), Dumper=_Plain, allow_unicode=True, sort_keys=False)
    (config / "campaigns" / f"{NEW}.yaml").write_text(new, encoding="utf-8")
    settings = config / "mailbot.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("campaigns: [naiman-2023, yongan-2023]", f"campaigns: [{OLD}, yongan-2023, {NEW}]"), encoding="utf-8")
    return config


@pytest.fixture
def two(two_config: Path, make_house: Any) -> Iterator[Story]:
    house = make_house(config=two_config)
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def stats(month: tuple[int, int], unit: str = UNIT) -> bytes:
    return papers.case_stats_xlsx(unit=unit, month=month)


def risk(day: date, unit: str = UNIT, title: str = "“两品一械”风险隐患排查问题清单") -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=day, title=title)


def places(shown: dict[str, Any]) -> list[tuple[str | None, str | None, str | None]]:
    return [(i["campaign"], i["duty"], i["period"]) for i in shown["items"]]


def letters(story: Story) -> list[str]:
    return [m.get_content() for m in story.letters()]


# --- which campaign --------------------------------------------------------------------------------------------------------------


def test_a_form_that_only_one_campaign_uses_finds_it(two: Story) -> None:
    case = papers.typical_case_docx(unit=UNIT, reported_on=date(2024, 11, 20))
    assert {c for c, *_ in places(two.post("xinzhen", "典型案例", files={"案例.docx": case}, when="2024-11-20T10:00:00"))} == {OLD}


@pytest.mark.parametrize(("month", "when", "campaign"), [((2024, 9), "2024-09-19T10:00:00", OLD), ((2024, 9), "2024-12-22T10:00:00", OLD),
                                                          ((2025, 1), "2025-01-22T10:00:00", NEW), ((2025, 3), "2025-03-25T10:00:00", NEW)])  # fmt: skip
def test_a_month_that_only_one_campaign_wants_finds_it_also_when_late(two: Story, month: tuple[int, int], when: str, campaign: str) -> None:
    shown = two.post("xinzhen", "月报", files={"月报.xlsx": stats(month)}, when=when)
    assert places(shown) == [(campaign, "case-stats", f"{month[0]}-{month[1]:02}")]
    assert shown["unit"] == UNIT and shown["unit_by"] == "address"


@pytest.mark.parametrize(("subject", "name", "campaign"), [
    ("专项整治行动月报", "月报.xlsx", NEW), ("巩固提升行动11月月报", "月报.xlsx", OLD), ("月报", "奈市监发〔2024〕31号月报.xlsx", NEW),
    ("月报（奈曼旗2024年药品经营专项整治行动）", "月报.xlsx", NEW), ("11月月报", "药品安全巩固提升行动月报.xlsx", OLD),
])  # fmt: skip
def test_of_a_month_that_both_want_the_words_for_the_campaign_tell(two: Story, subject: str, name: str, campaign: str) -> None:
    shown = two.post("xinzhen", subject, files={name: stats((2024, 11))}, when="2024-11-19T10:00:00")
    assert places(shown) == [(campaign, "case-stats", "2024-11")], shown["reason"]


def test_of_a_month_that_both_want_a_person_is_asked_where_nothing_tells_and_one_answer_settles_it(two: Story) -> None:
    shown = two.post("xinzhen", "11月月报", files={"月报.xlsx": stats((2024, 11))}, when="2024-11-19T10:00:00")
    assert gist(shown) == ("review", "none") and places(shown)[0][1] is None
    assert "巩固提升行动" in shown["reason"] and "专项整治行动" in shown["reason"]
    from mailbot.domain.reviews import choices

    (review,) = two.house.ledger.open_reviews(datetime(2024, 11, 20, tzinfo=SHANGHAI))
    ready = {c.key: c for c in choices(review, two.house.rules)}
    labels = [c.label for c in ready.values() if c.label.startswith("登记为")]
    assert labels == ["登记为“巩固提升行动”的案件查办统计数据（2024年11月）", "登记为“专项整治行动”的案件查办统计数据（2024年11月）"]
    from mailbot.app.review import Reviewing

    Reviewing(two.intake, "office").settle(review.id, next(k for k, c in ready.items() if "专项整治" in c.label))
    assert two.state(UNIT, "case-stats", "2024-11", campaign=NEW)["state"] == "complete"
    assert two.state(UNIT, "case-stats", "2024-11", campaign=OLD)["state"] == "overdue"


def test_a_new_period_goes_to_the_new_campaign_and_a_late_one_still_reaches_the_old(two: Story) -> None:
    new = two.post("xinzhen", "一季度清单", files={"清单.docx": risk(date(2025, 4, 1))}, when="2025-04-01T10:00:00")
    assert places(new) == [(NEW, "risk", "2025Q1")]
    paper = risk(date(2024, 9, 29), title="2024年第三季度“两品一械”风险隐患排查问题清单")
    late = two.post("xinzhen", "补报", files={"清单.docx": paper}, when="2025-04-02T10:00:00")
    assert places(late) == [(OLD, "risk-list", "2024Q3")] and "late" in codes(late)


def test_a_paper_with_the_old_campaigns_name_on_the_new_ones_day_is_asked_about(two: Story) -> None:
    early = papers.self_review_docx(unit=UNIT, reported_on=date(2023, 9, 12))
    assert places(two.post("xinzhen", "自查报告", files={"自查.docx": early}, when="2023-09-12T10:00:00"))[0][0] == OLD
    review = papers.self_review_docx(unit=UNIT, year=2024, reported_on=date(2024, 12, 18))
    shown = two.post("xinzhen", "自查报告", files={"自查.docx": review}, when="2024-12-18T10:00:00")
    assert shown["disposition"] == "review" and "专项整治行动" in shown["reason"]
    shown = two.post("xinzhen", "专项整治行动自查报告", files={"自查.xlsx": stats((2025, 1))}, when="2024-12-18T10:00:00")
    assert places(shown)[0][0] == NEW


def test_a_campaign_that_has_ended_takes_no_report_of_the_new_one(two: Story) -> None:
    shown = two.post("xinzhen", "典型做法", files={"做法.docx": papers.free_report_docx(title="药品监管典型做法", unit=UNIT)}, when="2025-03-03T10:00:00")
    assert places(shown)[0][:2] == (NEW, "good-practice")


# --- units under two rosters -----------------------------------------------------------------------------------------------------


def test_a_unit_with_another_id_in_the_new_campaign_is_answered_as_itself_in_one_letter(two: Story) -> None:
    files = {"9月.xlsx": stats((2024, 9), "执法一中队"), "一月.xlsx": stats((2025, 1), "执法一中队")}
    shown = two.post("zhifa1", "月报", files=files, when="2025-01-20T10:00:00")
    assert sorted(c or "" for c, *_ in places(shown)) == [OLD, NEW]
    (letter,) = two.letters()
    assert letter["To"] == "zhifa1@units.example"
    text = letter.get_content()
    assert "“巩固提升行动”案件查办统计数据（2024年9月）" in text and "“专项整治行动”案件查办统计数据（2025年1月）" in text
    states = [two.state("执法一中队", "case-stats", p, campaign=c)["state"] for c, p in ((OLD, "2024-09"), (NEW, "2025-01"))]
    assert states == ["partial", "complete"]  # the old one wants a scan too


def test_a_unit_that_bears_another_name_in_the_new_campaign_may_use_either(two: Story) -> None:
    for name in ("八仙筒市场监管所", "八仙筒镇市场监管分局"):
        shown = two.post("baxiantong", "月报", files={f"{name}.xlsx": stats((2025, 2), name)}, when="2025-02-20T10:00:00")
        assert places(shown) == [(NEW, "case-stats", "2025-02")] and "unit-mismatch" not in codes(shown), shown["reason"]


def test_a_liaisons_form_is_for_both_campaigns_that_run(two: Story) -> None:
    form = papers.liaison_docx(unit=UNIT, name="张三")
    shown = two.post("xinzhen", "联络员表", files={"联络员.docx": form}, when="2024-07-10T10:00:00")
    assert {c for c, d, _ in places(shown) if d == "liaison"} == {OLD, NEW}
    assert two.state(UNIT, "liaison", "2024-07-15", campaign=NEW)["state"] == "complete"
    assert two.state(UNIT, "liaison", "2023-07-27", campaign=OLD)["copies"]["editable"] == "ok"
    assert len(two.letters()) == 1


def test_a_liaisons_form_that_names_its_campaign_is_for_that_alone_and_so_is_one_before_the_other_begins(two: Story) -> None:
    form = papers.liaison_docx(unit=UNIT, name="张三")
    shown = two.post("xinzhen", "专项整治行动联络员表", files={"联络员.docx": form}, when="2024-07-10T10:00:00")
    assert {c for c, *_ in places(shown)} == {NEW}
    shown = two.post("xinzhen", "联络员表", files={"联络员.docx": form}, when="2023-07-26T10:00:00")
    assert {c for c, *_ in places(shown)} == {OLD}


def test_a_nil_report_in_words_finds_its_campaign_too(two: Story) -> None:
    shown = two.post("xinzhen", "2025年1月案件统计", "本月无案件。", when="2025-01-21T10:00:00")
    assert places(shown) == [(NEW, "case-stats", "2025-01")], shown["reason"]
    shown = two.post("xinzhen", "11月案件统计", "本月无案件。", when="2024-11-19T10:00:00")
    assert shown["disposition"] == "review" and "专项整治行动" in shown["reason"]


def test_what_staff_forward_goes_to_the_campaign_of_its_period(two: Story) -> None:
    raw = compose("office@bureau.example", "Fw: 月报", "转新镇所月报", {"月报.xlsx": stats((2025, 2))}, when="2025-02-20T10:00:00")
    shown = two.take(raw)
    assert places(shown) == [(NEW, "case-stats", "2025-02")] and two.letters()[0]["To"] == "xinzhen@units.example"


# --- a scan alone ----------------------------------------------------------------------------------------------------------------


def test_a_scan_alone_goes_to_the_one_paper_that_waits_for_it(two: Story) -> None:
    two.post("xinzhen", "9月月报", files={"月报.xlsx": stats((2024, 9))}, when="2024-09-19T10:00:00")
    two.post("xinzhen", "专项整治行动10月月报", files={"月报.xlsx": stats((2024, 10))}, when="2024-10-19T10:00:00")
    shown = two.post("xinzhen", "材料", "", {"月报-章.jpg": SCAN}, when="2024-10-19T11:00:00")
    assert places(shown) == [(OLD, "case-stats", "2024-09")]


def test_a_scan_named_for_a_month_that_both_want_is_asked_about(two: Story) -> None:
    shown = two.post("xinzhen", "材料", "", {"11月月报-章.jpg": SCAN}, when="2024-11-19T11:00:00")
    assert shown["disposition"] == "review" and shown["items"][0]["duty"] is None
    shown = two.post("xinzhen", "巩固提升行动", "", {"11月月报-章.jpg": SCAN}, when="2024-11-19T12:00:00")
    assert places(shown) == [(OLD, "case-stats", "2024-11")]


# --- status, reminders, digest, staff ------------------------------------------------------------------------------------------


def _at(story: Story, text: str) -> House:
    moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    object.__setattr__(story.house, "clock", lambda: moment)
    return story.house


def test_a_unit_is_reminded_in_one_letter_of_what_it_owes_in_both(two: Story) -> None:
    house = _at(two, "2024-11-18T09:30:00")
    planned = house.reminding().plan(house.clock()).round
    to = [r.to for r in planned.reminders]
    assert len(to) == len(set(to)) and "zhifa1@units.example" in to
    mine = next(r for r in planned.reminders if r.to == "zhifa1@units.example")
    assert {i.key[0] for i in mine.items} == {OLD, NEW}
    text = email.message_from_bytes(house.daily_letters.chasing(mine).raw, policy=email.policy.default).get_content()
    assert "“巩固提升行动”案件查办统计数据（2024年11月）" in text and "“专项整治行动”案件查办统计数据（2024年11月）" in text
    house.reminding().write()
    assert house.reminding().plan(house.clock()).round.reminders == ()


def test_the_digest_and_the_status_show_each_campaign_by_itself(two: Story) -> None:
    two.post("xinzhen", "专项整治行动11月月报", files={"月报.xlsx": stats((2024, 11))}, when="2024-11-19T10:00:00")
    house = _at(two, "2024-11-20T08:00:00")
    shown = {p.campaign: p for p in house.digesting().build().pictures}
    assert {OLD, NEW} <= set(shown)
    done = {c: next(d for d in shown[c].duties if d.duty == "case-stats").done for c in (OLD, NEW)}
    assert done == {OLD: 0, NEW: 1}
    found = status.standings(house.rules, house.ledger, house.clock(), unit="新镇所", duty="case-stats")
    assert {s.obligation.campaign.id for s in found if s.obligation.period.id == "2024-11"} == {OLD, NEW}


def test_staff_say_which_campaign_where_a_unit_is_in_two(two: Story) -> None:
    from mailbot.domain.naming import Unclear, obligation_named, unit_named

    rules, day = two.house.rules, date(2024, 11, 20)

    def campaign(text: str) -> str:
        return obligation_named(text, rules, day)[0].id

    assert campaign("新镇所 典型案例 2024Q3") == OLD and campaign("新镇所 案件查办统计数据 2025-01") == NEW
    assert campaign("新镇所 案件查办统计数据 2024-11 专项整治行动") == NEW and campaign("新镇所 案件查办统计数据 2024-11 naiman-2023") == OLD
    with pytest.raises(Unclear, match="哪个专项行动"):
        campaign("新镇所 案件查办统计数据 2024-11")
    with pytest.raises(Unclear, match="新镇市场监管所（巩固提升行动）、新镇市场监管所（专项整治行动）"):
        unit_named("新镇所", rules)


# --- all bundled packs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_packs(tmp_path: Path, make_house: Any) -> Iterator[Story]:
    config = tmp_path / "rules" / "config"
    shutil.copytree(bundled("config"), config)
    settings = config / "mailbot.yaml"
    packs = ", ".join(sorted(p.stem for p in (config / "campaigns").glob("*.yaml")))
    settings.write_text(settings.read_text(encoding="utf-8").replace("campaigns: [naiman-2023, yongan-2023]", f"campaigns: [{packs}]"), encoding="utf-8")
    house = make_house(config=config)
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def test_the_packs_of_other_places_take_nothing_from_the_units_of_this_one(all_packs: Story) -> None:
    assert {c.id for c in all_packs.house.rules.campaigns} == {OLD, "yongan-2023", "wulate-2022", "city-2023", "ningxia"}
    campaign = all_packs.house.rules.campaign(OLD)
    for unit in campaign.owers(campaign.duty("case-stats")):
        shown = all_packs.post(unit.id, "月报", files={"月报.xlsx": stats((2024, 3), unit.name)}, when="2024-03-19T10:00:00")
        assert (places(shown), shown["unit"], codes(shown)) == ([(OLD, "case-stats", "2024-03")], unit.name, set()), unit.name
    case = papers.typical_case_docx(unit="执法三中队", reported_on=date(2024, 3, 28), subject="某药店案移送公安部门、人民法院")
    assert places(all_packs.post("zhifa3", "典型案例", files={"案例.docx": case}, when="2024-03-28T10:00:00")) == [(OLD, "typical-case", "2024Q1")]


def test_a_squad_of_another_place_with_the_same_name_is_known_by_its_address(all_packs: Story) -> None:
    report = papers.free_report_docx(title="药品安全专项整治工作信息", unit="执法三中队")
    shown = all_packs.post("zhifa3@wulate.example", "信息", files={"信息.docx": report}, when="2022-06-01T10:00:00")
    assert places(shown) == [("wulate-2022", "good-practice", "open")], shown["reason"]
    raw = compose("office@bureau.example", "Fw: 月报", "转月报", {"月报.xlsx": stats((2024, 3), "执法三中队")}, when="2024-03-19T10:00:00")
    assert places(all_packs.take(raw)) == [(OLD, "case-stats", "2024-03")]


def test_standing_duties_add_no_obligation(all_packs: Story) -> None:
    moment = datetime(2025, 2, 1, 9, tzinfo=SHANGHAI)
    found = status.standings(all_packs.house.rules, all_packs.house.ledger, moment)
    assert {s.obligation.campaign.id for s in found} == {OLD, "yongan-2023"} and sum(s.obligation.campaign.id == OLD for s in found) == 628


def test_the_stages_of_every_pack_stand_on_its_timeline(all_packs: Story) -> None:
    told = {t["id"]: t for t in status.timelines_json(all_packs.house.rules, date(2022, 6, 1))}
    assert [s["name"] for s in told["wulate-2022"]["stages"]] == ["动员部署", "组织实施", "专项检查", "督导检查"]
    assert [s["name"] for s in told["wulate-2022"]["stages"] if s["now"]] == ["组织实施", "专项检查", "督导检查"]
    assert [len(told[c]["stages"]) for c in (OLD, "yongan-2023", "city-2023", "ningxia")] == [6, 5, 5, 0]


def test_a_new_address_on_a_liaisons_form_is_asked_about_once_for_both_campaigns(two: Story) -> None:
    form = papers.liaison_docx(unit=UNIT, name="张三", email="zhangsan@units.example")
    two.post("xinzhen", "联络员表", files={"联络员.docx": form}, when="2024-07-10T10:00:00")
    (review,) = [r for r in two.house.ledger.open_reviews(datetime(2024, 7, 11, tzinfo=SHANGHAI)) if r.kind == "new-contact"]
    assert {r.campaign for r in review.proposed} == {OLD, NEW}
