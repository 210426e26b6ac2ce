"""The monthly brief (工作简报): what was due and came in a month, figures, a chart, who is late. Two pages, also for a thousand units."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.app.exports.rollup import followed_risks
from mailbot.app.exports.tools import Exported, NotExportable, Tools, campaigns_asked, ending_of, saved
from mailbot.app.status import standings
from mailbot.domain import risks
from mailbot.domain.blanks import Page
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.forms import TableLayout
from mailbot.domain.obligations import Filing, Standing, State
from mailbot.domain.periods import SHANGHAI, Period, end_of, month_of
from mailbot.domain.printed import Bars, Block, Grid, Heading, Rule, Text
from mailbot.domain.rollup import merged, numeric, source, total_row
from mailbot.domain.sheets import CellValue, Column, Tone
from mailbot.domain.text import show
from mailbot.domain.timeline import COURSE_WORDS, timeline
from mailbot.domain.words import STATES

_MOST_NAMES, _MOST_DUTIES, _MOST_ITEMS, _MOST_ROWS = 10, 5, 3, 6
_ALL_NAMES = 75  # of units, in all lists together
_FINDINGS = {
    "missing-scan": "缺盖章扫描件", "no-seal": "扫描件上没有公章", "scan-differs": "扫描件与可编辑版不一致", "section-too-short": "字数不够",
    "section-missing": "缺规定的部分", "field-missing": "有栏目未填", "field-invalid": "填写有误", "cumulative-fell": "累计数比上期减少",
    "total-mismatch": "合计与各行不符", "closed-exceeds-found": "销号数多于发现数", "template-unfilled": "发来的是空白模板", "annex-missing": "缺《行政处罚决定书》",
    "seal-other-unit": "公章不是本单位的", "scan-unreadable": "扫描件看不清",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Month:
    """What a brief tells of: `found` all standings at `as_of`, the end of the month or now; `due` those whose due date lies in it."""

    campaign: Campaign
    period: Period
    as_of: datetime
    found: tuple[Standing, ...]
    due: tuple[Standing, ...]
    received: tuple[Filing, ...]

    def is_due(self, there: Standing) -> bool:
        """Whether its due date lies in the month."""
        return there.obligation.due is not None and self.period.holds(there.obligation.due.date())

    def came(self, there: Standing) -> bool:
        """Whether something that counts for it came in the month."""
        return any(self.period.holds(f.received_at.astimezone(SHANGHAI).date()) for f in there.filings)

    @property
    def duties(self) -> list[Duty]:
        """Those due in the month."""
        there = {s.obligation.duty.id for s in self.due}
        return [d for d in self.campaign.duties if d.id in there]

    def of(self, duty: Duty) -> list[Standing]:
        return [s for s in self.due if s.obligation.duty.id == duty.id]


def export_brief(tools: Tools, month: str, file: Path, *, campaign: str | None = None, over: bool = False) -> Exported:
    """Writes the brief of a month (2024-03) of one campaign: that asked for, else the first of which something is due or came then.
    Raises NotExportable, ExportNotSaved."""
    ending_of(file, {".docx": "Word"}, "工作简报")
    period = _month_asked(month, tools.now)
    told = [t for c in campaigns_asked(tools.rules, campaign) if (t := _month(tools, c, period)) and (t.due or t.received)]
    if not told:
        raise NotExportable(f"{period.title}没有到期的报送事项，也没有来件，没有什么可写。")
    with saved(file, over=over) as temporary:
        page = Page(f"{period.title}工作简报", ("",))
        tools.texts(_blocks(tools, told[0]), temporary, tools.pages(page, ".docx"))
    more = [t.campaign.id for t in told[1:]]
    lines = [f"{file}：{told[0].campaign.title}，{period.title}工作简报。"]
    return Exported((*lines, *([f"{'、'.join(more)} 本月也有报送，要写它的简报请加 --campaign。"] if more else [])))


def _month_asked(text: str, now: datetime) -> Period:
    match = re.fullmatch(r"(\d{4})-(\d\d)", text)
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < 2000:
        raise NotExportable(f"“{text}”不是月份，请写成 2024-03 的样子。")
    period = month_of(int(match[1]), int(match[2]))
    if period.start > now.date():
        raise NotExportable(f"{period.title}还没有到。")
    return period


def _month(tools: Tools, campaign: Campaign, period: Period) -> _Month:
    as_of = min(tools.today, end_of(period.end - timedelta(days=1)))
    found = tuple(standings(tools.rules, tools.ledger, as_of, campaign=campaign.id))
    told = _Month(campaign, period, as_of, found, (), ())
    due = tuple(s for s in found if told.is_due(s))
    came = (f for f in tools.ledger.all_filings(campaign.id) if f.received_at <= as_of and period.holds(f.received_at.astimezone(SHANGHAI).date()))
    return replace(told, due=due, received=tuple(came))


# --- the text ----------------------------------------------------------------------------------------------------------------


def _blocks(tools: Tools, month: _Month) -> Iterator[Block]:
    day = month.as_of
    yield Text("工作简报", "banner")
    yield Text(f"（{month.period.start.year}年第{month.period.start.month}期）", "centred")
    yield Text(f"{month.campaign.issuer or tools.rules.settings.office}　　　　　　{day.year}年{day.month}月{day.day}日", "centred")
    yield Rule()
    yield Text(f"{month.campaign.short}{month.period.title}报送情况", "title")
    yield Text(_opening(month), "close")
    if month.duties:
        yield _table(month)
        yield _chart(month)
    if month.campaign.stages:
        yield from _stages(month)
    number = iter("一二三四五六")
    for title, lines in (("案件查办", _cases(tools, month)), ("风险隐患", _risks(tools, month)), ("各单位报送", _units(month)), ("需要注意", _notable(month))):
        written = list(lines)
        if written:
            yield Heading(f"{next(number)}、{title}", 3)
            yield Text("\n".join(written), "close")


def _stages(month: _Month) -> Iterator[Block]:
    """The campaign's stages side by side, with what runs at the end of the month."""
    line = timeline(month.campaign, month.as_of.date())
    now = "、".join(s.name for s in line.of("now"))
    yield Text(f"行动自{line.span}，{f'目前处于{now}阶段' if now else '目前不在规定的各阶段内'}。", "close")
    columns = (Column("阶段", 4), *(Column(s.name, 8, "centre") for s in line.stages))
    yield Grid(columns, [("起止", *(s.span for s in line.stages)), ("进展", *(COURSE_WORDS[s.course] for s in line.stages))], small=True)


def _opening(month: _Month) -> str:
    states = Counter(s.state for s in month.due)
    done = states["complete"] + states["complete-late"]
    mails = len({f.message for f in month.received})
    units = len({f.unit for f in month.received})
    began = f"本月收到 {units} 个单位的报送邮件 {mails} 封，登记材料 {len(month.received)} 份。"
    if not month.due:
        return f"{began}本月没有到期的报送事项。"
    owed = len(month.due) - states["waived"]
    rest = [f"{word} {states[state]} 项" for word, state in _NOT_DONE if states[state]]
    late = f"（其中迟报 {states['complete-late']} 项）" if states["complete-late"] else ""
    share = f"，收齐率 {done / owed:.0%}" if owed and not states["upcoming"] else ""
    left = f"；{'、'.join(rest)}" if rest else ""
    return f"{began}本月到期应报 {owed} 项，截至 {month.as_of.month} 月 {month.as_of.day} 日收齐 {done} 项{late}{share}{left}。"


_NOT_DONE: tuple[tuple[str, State], ...] = (("不全", "partial"), ("逾期未报", "overdue"), ("尚未到期", "upcoming"))
_HEADS = ("应报", "按时收齐", "迟报收齐", "不全", "逾期未报", "免报")
_TABLE_STATES: tuple[State, ...] = ("complete", "complete-late", "partial", "overdue", "waived")


def _table(month: _Month) -> Grid:
    rows: list[tuple[CellValue, ...]] = []
    for duty in month.duties[:_MOST_ROWS]:
        states = Counter(s.state for s in month.of(duty))
        rows.append((duty.title, states.total(), *(states[s] for s in _TABLE_STATES)))
    return Grid((Column("报送事项", 11), *(Column(h, 5.6, "number") for h in _HEADS)), rows)


def _chart(month: _Month) -> Bars:
    bars: dict[str, tuple[tuple[Tone, int], ...]] = {}
    for duty in month.duties[:_MOST_ROWS]:
        states = Counter(s.state for s in month.of(duty))
        bars[show(duty.title, 11)] = (
            ("good", states["complete"]), ("fair", states["complete-late"]), ("warn", states["partial"]), ("bad", states["overdue"]),
            ("quiet", states["upcoming"] + states["waived"]),
        )  # fmt: skip
    return Bars(bars, {"good": "按时收齐", "fair": "迟报收齐", "warn": "不全", "bad": "逾期未报", "quiet": "未到期、免报"})


def _current_period(month: _Month, duty: Duty) -> Period | None:
    """The latest period of a duty that was due in the month or of which something came in it."""
    there = [s.obligation.period for s in month.of(duty)]
    there += [s.obligation.period for s in month.found if s.obligation.duty.id == duty.id and month.came(s)]
    return max(there, default=None)


def _cases(tools: Tools, month: _Month) -> Iterator[str]:
    """Totals of forms whose rows are kinds, for the period that was reported in the month."""
    for duty in month.campaign.duties:
        form = tools.rules.forms[duty.form]
        period, total = _current_period(month, duty), total_row(form)
        if not isinstance(form.layout, TableLayout) or period is None or total is None:
            continue
        whole = merged(form, (source(s) for s in month.found if s.obligation.duty.id == duty.id and s.obligation.period == period))
        filed = whole.names("counted", "nil", "beyond")
        sums = {c: whole.cells[total, c.field].value for c in numeric(form.layout)}
        told = [f"{c.heads[0]} {v:.10g}{c.unit}" for c, v in sums.items() if v]
        nothing = "各项均为零" if any(v is not None for v in sums.values()) else "各项都没有填"
        missing = len(whole.names("missing", "unreadable"))
        rest = f"（{missing} 个单位未报，未计入）" if missing else ""
        if filed:
            yield f"{period.title}，{len(filed)} 个单位上报{duty.title}{rest}：{'，'.join(told) or nothing}。"


def _risks(tools: Tools, month: _Month) -> Iterator[str]:
    for duty in month.campaign.duties:
        form = tools.rules.forms[duty.form]
        period = _current_period(month, duty)
        if not risks.lists_risks(form) or period is None:
            continue
        mine = [s for s in month.found if s.obligation.duty.id == duty.id]
        whole = merged(form, (source(s) for s in mine if s.obligation.period == period))
        found, closed = whole.counters.get("risks_found"), whole.counters.get("risks_closed")
        if found and found.value is not None:
            units = len(whole.names("counted", "nil", "beyond"))
            gone = f"，销号 {closed.value} 条" if closed and closed.value is not None else ""
            yield f"截至{period.title}，{units} 个单位累计发现风险隐患 {found.value} 条{gone}。"
        told = risks.summary(followed_risks(mine, period), period)
        all_ = told.all
        if any((all_.new, all_.open, all_.closed, all_.dropped)):
            yield f"逐条跟踪共性隐患：新增 {all_.new} 条，仍未销号 {all_.open} 条，本期销号 {all_.closed} 条。"
        if told.dropped:
            yield f"有 {all_.dropped} 条上期未销号、本期不再列出，请{_some(dict.fromkeys(unit for unit, _, _ in told.dropped))}核实说明。"


def _units(month: _Month) -> Iterator[str]:
    """Who is done, late, missing, by name as long as that does not take pages."""
    duties = month.duties[:_MOST_DUTIES]
    lists = {duty.id: {state: [s.obligation.unit.name for s in month.of(duty) if s.state == state] for state in _LISTED} for duty in duties}
    several = [names for mine in lists.values() for names in mine.values() if names]
    most = _ALL_NAMES if sum(map(len, several)) <= _ALL_NAMES else max(4, _ALL_NAMES // 2 // len(several))
    for duty in duties:
        told = [_counted(state, names, most, len(month.of(duty))) for state, names in lists[duty.id].items() if names]
        if told:
            yield f"{duty.title}：{'；'.join(told)}。"


_LISTED: tuple[State, ...] = ("complete", "complete-late", "partial", "overdue")
_STATE_WORDS = {**STATES, "complete": "按时收齐", "complete-late": "迟报收齐"}


def _counted(state: State, names: Sequence[str], most: int, all_: int) -> str:
    """迟报收齐 2 个：甲、乙."""
    if len(names) == all_:
        return f"{all_} 个单位全部{_STATE_WORDS[state]}"
    return f"{_STATE_WORDS[state]} {len(names)} 个" + (f"：{'、'.join(names)}" if len(names) <= most else "（名单见台账）")


def _notable(month: _Month) -> Iterator[str]:
    """What stands wrong most often, what is overdue from before, and urgent reports of the month."""
    urgent = [d for d in month.campaign.duties if d.urgent]
    for duty in urgent:
        names = [s.obligation.unit.name for s in month.found if s.obligation.duty.id == duty.id and month.came(s)]
        if names:
            yield f"{duty.title}：{_some(names)}有报告，请及时处理。"
    wrong: Counter[str] = Counter(_FINDINGS[c] for s in month.due for c in {f.code for _, f in s.errors} if c in _FINDINGS)
    wrong.update("缺盖章扫描件" for s in month.due if "scan" in s.missing and s.filings)
    if wrong:
        yield f"来件中较多的问题：{'、'.join(f'{what} {n} 项' for what, n in wrong.most_common(_MOST_ITEMS))}。"
    before = [s for s in month.found if s.state in ("overdue", "partial") and s.late_days and not month.is_due(s)]
    if before:
        most = Counter(s.obligation.unit.name for s in before).most_common(_MOST_ITEMS)
        yield f"以前各期还有 {len(before)} 项没有收齐，较多的单位：{'、'.join(f'{name} {n} 项' for name, n in most)}。"


def _some(names: Iterable[str]) -> str:
    all_: Sequence[str] = list(names)
    return "、".join(all_[:_MOST_NAMES]) + (f"等 {len(all_)} 个单位" if len(all_) > _MOST_NAMES else "")
