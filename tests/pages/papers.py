"""Papers of the eight kinds of form, as data: whose, which period, which figures stand where. All invented; same dice, same paper."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from mailbot.adapters import rules as rules_adapter
from mailbot.app.places import bundled
from mailbot.domain.policy import Rules
from mailbot.domain.units import Unit
from tests.pages import sayings

COUNTERS = (
    "producers_checked", "preparation_rooms_checked", "wholesalers_checked", "retailers_checked", "officers_sent", "risks_found",
    "risks_closed", "consultations", "consultation_items", "county_consultations", "county_consultation_items",
)  # fmt: skip
CASE_KINDS = ("药品", "医疗器械", "化妆品")
CASE_FIELDS = ("filed", "closed", "goods_value", "fines", "transferred", "suspended", "revoked", "persons_penalised")
QUARTERS = ("2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4")
SENTENCE = (
    "截至目前，共检查“两品一械”生产企业{producers_checked}家次，医疗机构制剂室{preparation_rooms_checked}家次，"
    "批发企业、零售连锁总部{wholesalers_checked}家次；共检查零售企业及使用单位{retailers_checked}家次。"
    "出动执法人员{officers_sent}人次；发现风险隐患数{risks_found}条，销号{risks_closed}个。"
    "盟市本级召开风险会商{consultations}次，研究风险会商事项{consultation_items}个，"
    "所辖旗县（市、区）共召开风险会商{county_consultations}次，研究风险会商事项{county_consultation_items}个"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the paragraphs below it."""

    heading: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What one unit reports once. Figures stand in the texts by their names, in braces; `figures` says what they are.

    `rows`: of the table, in the order of its columns. `look`: the seed of how the file is dressed. `period` as the ledger writes it.
    """

    campaign: str
    form: str
    unit: str
    name: str
    period: str
    day: date
    title: str
    figures: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    ending: str = ".docx"
    look: int = 0
    red_head: bool = False

    def said(self, text: str) -> str:
        """A text with its figures in their places."""
        return text.format(**dict(self.figures))

    def changed(self, figures: Mapping[str, str]) -> "Paper":
        return replace(self, figures=tuple((name, figures.get(name, value)) for name, value in self.figures))


@cache
def rules() -> Rules:
    return rules_adapter.load(bundled("config"))


def units(campaign: str, *kinds: str) -> list[Unit]:
    """Units of the roster that have an address, of those kinds (all where none is named)."""
    found = next(c for c in rules().campaigns if c.id == campaign).units
    return [u for u in found if u.addresses and (not kinds or u.kind in kinds)]


def written_name(unit: Unit, dice: random.Random) -> str:
    """A unit's name as it may stand on its paper."""
    full = unit.name.replace("市场监管所", "市场监督管理所")
    return dice.choices((unit.name, full, f"奈曼旗{full}" if "@units" in unit.addresses[0] else full), (50, 30, 20))[0]


def seal_words(unit: Unit, dice: random.Random) -> str:
    """A unit's name as it stands on its seal: the full one, mostly with the bureau before it."""
    full = unit.name.replace("市场监管所", "市场监督管理所")
    town = "奈曼旗" if "@units" in unit.addresses[0] else "永安市"
    return dice.choices((full, f"{town}{full}", f"{town}市场监督管理局{full}"), (30, 30, 40))[0]


class _Figures:
    """Names figures as they are drawn."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def keep(self, value: str) -> str:
        self.found.append((f"f{len(self.found) + 1}", value))
        return self.found[-1][0]

    def parts(self, dice: random.Random, *said: tuple[str, tuple[str, ...], int]) -> tuple[Part, ...]:
        """Parts of so many sentences each, drawn from a bank."""
        return tuple(Part(h, sayings.settled(dice.sample(bank, min(n, len(bank))), dice, self.keep)) for h, bank, n in said)


def risk_list(unit: Unit, period: str, dice: random.Random) -> Paper:
    number = QUARTERS.index(period) + 1
    found = _Figures()
    drawn = dice.sample(sayings.RISKS, dice.choices((2, 3, 4, 5, 7), (25, 30, 20, 15, 10))[0])
    rows = []
    for place, (risk, measure) in enumerate(drawn):
        progress = SENTENCE if place == 0 else sayings.settled((dice.choice(sayings.PROGRESS),), dice, found.keep)[0]
        rows.append((str(place + 1), risk, measure, dice.choice("是是否"), progress))
    return Paper(
        "naiman-2023", "risk-list", unit.id, written_name(unit, dice), period, _after_quarter(period, dice),
        "“两品一械”风险隐患排查问题清单", (*_counters(number, dice), *found.found), rows=tuple(rows),
        ending=dice.choices((".docx", ".xlsx"), (70, 30))[0], look=dice.randrange(10**6),
    )  # fmt: skip


def _counters(number: int, dice: random.Random) -> list[tuple[str, str]]:
    """Cumulative figures after so many quarters."""
    shops = dice.randint(38, 96) * number + dice.randint(0, 9)
    risks = dice.randint(6, 19) * number
    values = (
        dice.randint(0, 2), dice.randint(0, 1), dice.randint(0, 3), shops, shops * 2 + dice.randint(0, 40), risks,
        risks - dice.randint(0, 5), dice.randint(0, 2), dice.randint(0, 4), dice.randint(0, 2) + number, dice.randint(0, 5) + number,
    )  # fmt: skip
    return [(name, str(value)) for name, value in zip(COUNTERS, values, strict=True)]


def _after_quarter(period: str, dice: random.Random) -> date:
    year, quarter = int(period[:4]), int(period[-1])
    due = date(year + quarter // 4, quarter * 3 % 12 + 1, 1)
    return due - timedelta(dice.randint(0, 8))


def case_stats(unit: Unit, period: str, dice: random.Random) -> Paper:
    figures: dict[str, str] = {}
    for kind in CASE_KINDS:
        filed = dice.choices((0, 1, 2, 3, 5, 8, 12), (10, 20, 25, 20, 12, 8, 5))[0]
        money = [round(dice.uniform(0.1, 4.9) * filed, 2) for _ in range(2)]
        values = (filed, dice.randint(0, filed), *money, *(dice.choices((0, 1, 2), (80, 15, 5))[0] for _ in range(3)), dice.randint(0, 2))
        figures |= {f"{kind}.{field}": f"{value:g}" for field, value in zip(CASE_FIELDS, values, strict=True)}
    year, month = map(int, period.split("-"))
    paper = Paper(
        "naiman-2023", "case-stats", unit.id, written_name(unit, dice), period, date(year, month, dice.randint(12, 20)),
        "“两品一械”案件查办统计表", tuple(figures.items()), rows=(tuple(dice.sample(sayings.PEOPLE, 2)),), ending=".xlsx",
        look=dice.randrange(10**6),
    )  # fmt: skip
    return added_up(paper)


def added_up(paper: Paper) -> Paper:
    """Case figures with the row 合计 made anew."""
    values = {name: value for name, value in paper.figures if not name.startswith("合计")}
    sums = {f"合计.{f}": f"{round(sum(float(values[f'{k}.{f}']) for k in CASE_KINDS), 2):g}" for f in CASE_FIELDS}
    return replace(paper, figures=tuple((values | sums).items()))


def typical_case(unit: Unit, period: str, dice: random.Random) -> Paper:
    subject, law, penalty = dice.choice(sayings.CASES)
    found = _Figures()
    story = Part("一、案情概述", sayings.settled(dice.sample(sayings.CASE_STORY, dice.randint(2, 4)), dice, found.keep))
    name, day = written_name(unit, dice), _after_quarter(period, dice)
    decided = day - timedelta(dice.randint(8, 50))
    outcome = (
        f"当事人的行为违反了{law}的规定。{decided.year}年{decided.month}月{decided.day}日，我单位依法对当事人作出{penalty}的行政处罚。"
    )
    parts = (story, Part("二、查办结果", sayings.settled((outcome,), dice, found.keep)))
    return Paper("naiman-2023", "typical-case", unit.id, name, period, day, f"{name}报送{subject}案", tuple(found.found), parts,
                 look=dice.randrange(10**6))  # fmt: skip


def self_review(unit: Unit, period: str, dice: random.Random) -> Paper:
    found = _Figures()
    parts = found.parts(
        dice, ("一、药品安全巩固提升工作简要情况", sayings.WORK, dice.randint(3, 8)), ("二、工作亮点", sayings.GOOD, dice.randint(1, 3)),
        ("三、存在问题和分析", sayings.PROBLEMS, len(sayings.PROBLEMS)), ("四、下一步措施和建议", sayings.ADVICE, dice.randint(2, 4)),
    )  # fmt: skip
    name = written_name(unit, dice)
    return _report(
        "self-review",
        unit,
        name,
        period,
        date(2023, 9, dice.randint(6, 15)),
        f"{name}\n2023年药品安全巩固提升工作自查报告",
        found,
        parts,
        dice,
    )


def work_summary(unit: Unit, period: str, dice: random.Random) -> Paper:
    found = _Figures()
    parts = found.parts(
        dice, ("一、基本情况", sayings.WORK[:3], dice.randint(1, 2)), ("二、主要工作进展", sayings.WORK[3:], dice.randint(4, 9)),
        ("三、工作亮点", sayings.GOOD, dice.randint(1, 3)), ("四、意见建议", sayings.ADVICE, dice.randint(1, 3)),
    )  # fmt: skip
    final = "" if period == "2024-11-01" else "阶段性"
    name, due = written_name(unit, dice), date.fromisoformat(period)
    parts = (*parts, Part("五、其他", ("无。",)))
    return _report(
        "work-summary",
        unit,
        name,
        period,
        due - timedelta(dice.randint(0, 9)),
        f"{name}药品安全巩固提升行动{final}工作总结报告",
        found,
        parts,
        dice,
    )


def work_summary_yongan(unit: Unit, period: str, dice: random.Random) -> Paper:
    found = _Figures()
    parts = found.parts(
        dice, ("一、工作部署情况", sayings.WORK[3:5], 2), ("二、工作主要成效", (), 0), ("（一）风险隐患排查情况", sayings.WORK[5:9], 2),
        ("（二）移送通报情况", ("通报药品线索{1-9}条、医疗器械线索{1-5}条，移送公安机关案件{1-3}件。",), 1),
        ("（三）案件查办情况", sayings.WORK[14:], 1), ("（四）其他工作", sayings.WORK[9:14], 2), ("三、主要经验和做法", sayings.GOOD, 2),
        ("四、意见建议", sayings.ADVICE, dice.randint(1, 3)),
    )  # fmt: skip
    due = date.fromisoformat(period)
    final = "" if period == "2024-11-01" else "阶段性"
    parts = (*parts, Part("五、其他", ("无。",)))
    name = written_name(unit, dice)
    return _report(
        "work-summary-yongan",
        unit,
        name,
        period,
        due - timedelta(dice.randint(0, 9)),
        f"{name}\n药品安全巩固提升行动{final}工作总结",
        found,
        parts,
        dice,
    )


def free_report(unit: Unit, period: str, dice: random.Random) -> Paper:
    found = _Figures()
    name, due = written_name(unit, dice), date.fromisoformat(period)
    title, banks = dice.choice((("飞行检查工作开展情况", sayings.WORK), ("典型做法", sayings.GOOD + sayings.WORK[:4])))
    if unit.kind in ("市场监管所", "执法中队"):
        title, banks = "典型做法", sayings.GOOD + sayings.WORK[:4]
    parts = found.parts(dice, ("", banks, dice.randint(4, 9)))
    told = "open" if title == "典型做法" else period
    return _report(
        "free-report", unit, name, told, due - timedelta(dice.randint(0, 9)), f"{name}药品安全巩固提升行动{title}", found, parts, dice
    )


def _report(
    form: str, unit: Unit, name: str, period: str, day: date, title: str, found: _Figures, parts: tuple[Part, ...], dice: random.Random
) -> Paper:
    campaign = "yongan-2023" if form.endswith("yongan") else "naiman-2023"
    red = form in ("free-report", "work-summary", "self-review") and dice.random() < 0.3
    return Paper(campaign, form, unit.id, name, period, day, title, tuple(found.found), parts, look=dice.randrange(10**6), red_head=red)


def liaison(unit: Unit, period: str, dice: random.Random) -> Paper:
    figures = (("office_phone", f"0475-{dice.randint(4000000, 4999999)}"), ("mobile", f"13{dice.randint(100000000, 999999999)}"))
    row = (dice.choice(sayings.PEOPLE), dice.choice(("综合办公室", "执法股", "药械监管岗", "办公室")), dice.choice(sayings.POSTS))
    return Paper("naiman-2023", "liaison", unit.id, written_name(unit, dice), period, date(2023, 7, dice.randint(25, 27)),
                 "药品安全巩固提升行动联络员报名表", figures, rows=(row,), look=dice.randrange(10**6))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of paper: who makes it, for which units and periods, how common it is."""

    make: Callable[[Unit, str, random.Random], Paper]
    campaign: str
    kinds: tuple[str, ...]
    periods: tuple[str, ...]
    share: int


_FIELD = ("市场监管所", "执法中队")
SORTS: Mapping[str, Sort] = {
    "risk-list": Sort(risk_list, "naiman-2023", (*_FIELD, "执法大队"), QUARTERS, 28),
    "case-stats": Sort(case_stats, "naiman-2023", (*_FIELD, "执法大队"), tuple(f"2024-{m:02d}" for m in range(1, 13)), 16),
    "typical-case": Sort(typical_case, "naiman-2023", _FIELD, QUARTERS, 14),
    "self-review": Sort(self_review, "naiman-2023", _FIELD, ("2023-09-15",), 8),
    "work-summary": Sort(work_summary, "naiman-2023", _FIELD, ("2023-11-01", "2024-06-01", "2024-11-01"), 14),
    "work-summary-yongan": Sort(work_summary_yongan, "yongan-2023", (), ("2023-10-23", "2024-05-23", "2024-11-01"), 6),
    "liaison": Sort(liaison, "naiman-2023", (), ("2023-07-27",), 6),
    "free-report": Sort(free_report, "naiman-2023", ("股室", "执法大队", *_FIELD), ("2023-11-01", "2024-11-01"), 8),
}


def papers(count: int, seed: int) -> list[Paper]:
    """So many papers, the kinds of form in their shares."""
    dice = random.Random(f"papers {seed}")
    forms = list(SORTS)
    drawn = dice.choices(forms, [SORTS[f].share for f in forms], k=max(0, count - len(forms)))
    return [one(form, dice) for form in (*forms, *drawn)[:count]]


def one(form: str, dice: random.Random, unit: Unit | None = None, period: str = "") -> Paper:
    sort = SORTS[form]
    return sort.make(unit or dice.choice(units(sort.campaign, *sort.kinds)), period or dice.choice(sort.periods), dice)
