"""The reports of the second generator, as data: all eight forms, and what may stand in the editable copy beside a scan."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailbot.domain.units import Unit
from tests.pages.papers import CASE_FIELDS, CASE_KINDS, COUNTERS, QUARTERS, units
from tests.pages.second import phrases

COUNTED = (
    "到目前为止，共检查“两品一械”生产企业{producers_checked}家次，医疗机构制剂室{preparation_rooms_checked}家次，"
    "批发企业、零售连锁总部{wholesalers_checked}家次，检查零售企业及使用单位{retailers_checked}家次，出动执法人员{officers_sent}人次，"
    "发现风险隐患{risks_found}条，销号{risks_closed}个。本级召开风险会商{consultations}次，研究会商事项{consultation_items}个；"
    "所辖旗县召开风险会商{county_consultations}次，研究会商事项{county_consultation_items}个。"
)

_NOTHING_ELSE = (("head", "五、其他"), ("text", "无。"))


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `body`: ("head" | "sub" | "text", words with {names} of figures). `rows`: cells of a table. `style`: how the file is dressed."""

    form: str
    campaign: str
    unit: str
    name: str
    period: str
    day: date
    title: str
    figures: tuple[tuple[str, str], ...]
    body: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    style: int = 0

    def filled(self, text: str) -> str:
        return text.format(**dict(self.figures)) if "{" in text else text

    @property
    def ending(self) -> str:
        return ".xlsx" if self.form == "case-stats" or (self.form == "risk-list" and self.style % 4 == 0) else ".docx"


class _Pen:
    """Draws figures into sentences and remembers them by name."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.figures: list[tuple[str, str]] = []

    def figure(self, hashes: str) -> str:
        value = self.dice.randint(1, 9) if len(hashes) == 1 else self.dice.randint(11, 389)
        self.figures.append((f"n{len(self.figures) + 1}", str(value)))
        return "{" + self.figures[-1][0] + "}"

    def settle(self, text: str) -> str:
        return re.sub("#+", lambda hit: self.figure(hit[0]), text)

    def part(self, heading: str, bank: Sequence[str], count: int, kind: str = "head") -> list[tuple[str, str]]:
        chosen = sorted(self.dice.sample(range(len(bank)), min(count, len(bank))))
        return [(kind, heading), *(("text", self.settle(bank[k])) for k in chosen)]


def _name(unit: Unit, dice: random.Random) -> str:
    full = unit.name.replace("市场监管所", "市场监督管理所")
    return dice.choice((unit.name, full, full, f"奈曼旗{full}" if "@units" in unit.addresses[0] else full))


def _quarter_day(period: str, dice: random.Random) -> date:
    year, quarter = int(period[:4]), int(period[-1])
    return date(year + quarter // 4, quarter * 3 % 12 + 1, 1) - timedelta(dice.randint(0, 6))


def _risk_list(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, upto = _Pen(dice), QUARTERS.index(period) + 1
    found = dice.randint(4, 15) * upto
    values = (dice.randint(0, 3), dice.randint(0, 2), dice.randint(0, 4), dice.randint(25, 140) * upto, dice.randint(60, 260) * upto, found,
              found - dice.randint(0, 3), dice.randint(0, 3), dice.randint(0, 6), dice.randint(1, 4) * upto, dice.randint(1, 5) * upto)  # fmt: skip
    figures = [(name, str(value)) for name, value in zip(COUNTERS, values, strict=True)]
    rows = []
    for number, (risk, measure) in enumerate(dice.sample(phrases.RISK, dice.randint(2, 5)), 1):
        rows.append(
            (
                str(number),
                risk,
                pen.settle(measure),
                dice.choice("是否"),
                COUNTED if number == 1 else pen.settle(dice.choice(phrases.STEPS)),
            )
        )
    title = dice.choice(("“两品一械”风险隐患排查问题清单", "风险隐患排查问题清单"))
    return Report("risk-list", "naiman-2023", unit.id, _name(unit, dice), period, _quarter_day(period, dice), title,
                  (*figures, *pen.figures), rows=tuple(rows), style=dice.randrange(1000))  # fmt: skip


def _case_stats(unit: Unit, period: str, dice: random.Random) -> Report:
    figures = {}
    for kind in CASE_KINDS:
        filed = dice.randint(0, 9)
        values = (
            filed,
            dice.randint(0, filed),
            *(round(dice.uniform(0.05, 3) * filed, 2) for _ in range(2)),
            *dice.choices((0, 0, 0, 1, 2), k=4),
        )
        figures |= {f"{kind}.{field}": f"{value:g}" for field, value in zip(CASE_FIELDS, values, strict=True)}
    year, month = map(int, period.split("-"))
    return summed(Report("case-stats", "naiman-2023", unit.id, _name(unit, dice), period, date(year, month, dice.randint(14, 20)),
                         dice.choice(("案件查办统计表", "“两品一械”案件查办情况统计表")), tuple(figures.items()),
                         rows=(tuple(dice.sample(phrases.NAMES, 2)),), style=dice.randrange(1000)))  # fmt: skip


def summed(report: Report) -> Report:
    """Case figures with 合计 made anew."""
    values = {name: value for name, value in report.figures if not name.startswith("合计")}
    sums = {f"合计.{f}": f"{round(sum(float(values[f'{k}.{f}']) for k in CASE_KINDS), 2):g}" for f in CASE_FIELDS}
    return replace(report, figures=tuple((values | sums).items()))


def _typical_case(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, name, day = _Pen(dice), _name(unit, dice), _quarter_day(period, dice)
    offence, law, penalty = dice.choice(phrases.OFFENCES)
    decided = day - timedelta(dice.randint(5, 40))
    body = pen.part("一、案情概述", phrases.STORY, dice.randint(3, 4))
    outcome = f"依据{law}有关规定，{decided:%Y年%-m月%-d日}对当事人作出{penalty}##0元的行政处罚，案件现已办结，款项已全部入库。"
    body += [("head", "二、查办结果"), ("text", pen.settle(outcome))]
    return Report("typical-case", "naiman-2023", unit.id, name, period, day, f"{name}报送{offence}案", tuple(pen.figures), tuple(body),
                  style=dice.randrange(1000))  # fmt: skip


def _self_review(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, name = _Pen(dice), _name(unit, dice)
    body = [*pen.part("一、药品安全巩固提升工作简要情况", phrases.DONE, dice.randint(3, 7)), *pen.part("二、工作亮点", phrases.BRIGHT, 2),
            *pen.part("三、存在问题和分析", phrases.TROUBLE, 12), *pen.part("四、下一步措施和建议", phrases.NEXT, 3)]  # fmt: skip
    return _text(
        "self-review", unit, name, period, date(2023, 9, dice.randint(4, 14)), f"{name}2023年药品安全巩固提升工作自查报告", pen, body
    )


def _work_summary(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, name = _Pen(dice), _name(unit, dice)
    body = [*pen.part("一、基本情况", phrases.DONE[:4], 2), *pen.part("二、主要工作进展", phrases.DONE[4:], dice.randint(4, 7)),
            *pen.part("三、工作亮点", phrases.BRIGHT, dice.randint(1, 3)), *pen.part("四、意见建议", phrases.NEXT, 2), *_NOTHING_ELSE]  # fmt: skip
    kind = "" if period == "2024-11-01" else "阶段性"
    return _text("work-summary", unit, name, period, _before(period, dice), f"药品安全巩固提升行动{kind}工作总结", pen, body)


def _work_summary_yongan(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, name = _Pen(dice), _name(unit, dice)
    body = [*pen.part("一、工作部署情况", phrases.DONE[:3], 2), ("head", "二、工作主要成效"),
            *pen.part("（一）风险隐患排查情况", phrases.DONE[3:7], 2, "sub"), ("sub", "（二）移送通报情况"),
            ("text", pen.settle("全年通报药品线索#条、医疗器械线索#条，移送公安机关案件#件。")),
            *pen.part("（三）案件查办情况", ("查处违法案件##件，罚没款共计##元。",), 1, "sub"), *pen.part("（四）其他工作", phrases.DONE[7:], 2, "sub"),
            *pen.part("三、主要经验和做法", phrases.BRIGHT, 2), *pen.part("四、意见建议", phrases.NEXT, 2), *_NOTHING_ELSE]  # fmt: skip
    kind = "" if period == "2024-11-01" else "阶段性"
    return _text("work-summary-yongan", unit, name, period, _before(period, dice), f"{name}药品安全巩固提升行动{kind}工作总结", pen, body)


def _free_report(unit: Unit, period: str, dice: random.Random) -> Report:
    pen, name = _Pen(dice), _name(unit, dice)
    body = [*pen.part("一、开展飞行检查的情况", phrases.DONE, dice.randint(3, 6)), *pen.part("二、成效", phrases.BRIGHT, 2)]
    return _text("free-report", unit, name, period, _before(period, dice), f"{name}飞行检查工作开展情况报告", pen, body)


def _before(period: str, dice: random.Random) -> date:
    return date.fromisoformat(period) - timedelta(dice.randint(0, 7))


def _text(form: str, unit: Unit, name: str, period: str, day: date, title: str, pen: _Pen, body: list[tuple[str, str]]) -> Report:
    campaign = "yongan-2023" if form.endswith("yongan") else "naiman-2023"
    return Report(form, campaign, unit.id, name, period, day, title, tuple(pen.figures), tuple(body), style=pen.dice.randrange(1000))


def _liaison(unit: Unit, period: str, dice: random.Random) -> Report:
    figures = (("office_phone", f"0475-42{dice.randint(10000, 99999)}"), ("mobile", f"15{dice.randint(100000000, 999999999)}"))
    row = (dice.choice(phrases.NAMES), dice.choice(phrases.OFFICES), dice.choice(phrases.POSTS))
    return Report("liaison", "naiman-2023", unit.id, _name(unit, dice), period, date(2023, 7, dice.randint(25, 27)),
                  dice.choice(("联络员报名表", "药品安全巩固提升行动联络员登记表")), figures, rows=(row,), style=dice.randrange(1000))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sort:
    """A form: who writes it, of which periods, how common it is."""

    make: Callable[[Unit, str, random.Random], Report]
    campaign: str
    kinds: tuple[str, ...]
    periods: tuple[str, ...]
    share: int


_FIELD = ("市场监管所", "执法中队")
SORTS = {
    "risk-list": Sort(_risk_list, "naiman-2023", _FIELD, QUARTERS, 26),
    "case-stats": Sort(_case_stats, "naiman-2023", _FIELD, tuple(f"2024-{m:02d}" for m in range(1, 13)), 18),
    "typical-case": Sort(_typical_case, "naiman-2023", _FIELD, QUARTERS, 14),
    "self-review": Sort(_self_review, "naiman-2023", _FIELD, ("2023-09-15",), 8),
    "work-summary": Sort(_work_summary, "naiman-2023", _FIELD, ("2023-11-01", "2024-06-01", "2024-11-01"), 13),
    "work-summary-yongan": Sort(_work_summary_yongan, "yongan-2023", (), ("2023-10-23", "2024-05-23", "2024-11-01"), 7),
    "liaison": Sort(_liaison, "naiman-2023", (), ("2023-07-27",), 8),
    "free-report": Sort(_free_report, "naiman-2023", ("股室", "执法大队"), ("2023-11-01", "2024-11-01"), 6),
}


def one(form: str, dice: random.Random, unit: Unit | None = None, period: str = "") -> Report:
    sort = SORTS[form]
    return sort.make(unit or dice.choice(units(sort.campaign, *sort.kinds)), period or dice.choice(sort.periods), dice)


def owner(report: Report) -> Unit:
    return next(unit for unit in units(report.campaign) if unit.id == report.unit)


def beside(report: Report, relation: str, dice: random.Random) -> Report:
    """What the editable copy says that comes with the scan of `report`."""
    match relation:
        case "figure":
            return _altered(report, dice, 1)
        case "draft":
            return _altered(_reworded(report, dice), dice, 3)
        case "quarter":
            return one(report.form, dice, owner(report), dice.choice([p for p in SORTS[report.form].periods if p != report.period]))
        case "other":
            fitting = [
                f
                for f, s in SORTS.items()
                if f != report.form and s.campaign == report.campaign and owner(report).kind in (s.kinds or _FIELD)
            ]
            return one(dice.choice(fitting), dice, owner(report))
        case "unit":
            others = [u for u in units(report.campaign, *SORTS[report.form].kinds) if u.id != report.unit]
            return one(report.form, dice, dice.choice(others), report.period)
    return report


def _altered(report: Report, dice: random.Random, count: int) -> Report:
    """Some figures are others, as people mistype: a digit more, a digit swapped, a little more."""
    values = dict(report.figures)
    names = [name for name in values if not name.startswith("合计")]
    for name in dice.sample(names, min(count, len(names))):
        old = values[name]
        if len(old) > 6:
            values[name] = old[:-1] + str((int(old[-1]) + dice.randint(1, 9)) % 10)
        elif "." in old:
            values[name] = f"{float(old) + dice.choice((0.3, 1, 2.5)):g}"
        else:
            values[name] = dice.choice((str(int(old) + dice.randint(1, 9)), str(int(old) * 10 + dice.randint(1, 9))))
    changed = replace(report, figures=tuple(values.items()))
    return summed(changed) if report.form == "case-stats" else changed


def _reworded(report: Report, dice: random.Random) -> Report:
    """A sentence was taken out of the later version, or a row."""
    texts = [k for k, (kind, text) in enumerate(report.body) if kind == "text" and len(text) > 20 and "处罚" not in text]
    if texts:
        gone = dice.choice(texts)
        return replace(report, body=tuple(b for k, b in enumerate(report.body) if k != gone))
    return replace(report, rows=report.rows[:-1]) if report.form == "risk-list" and len(report.rows) > 2 else report
