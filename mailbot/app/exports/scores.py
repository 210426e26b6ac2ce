"""Punctuality and quality of every unit as a workbook: ranking, then a row a unit and duty, then how it is counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mailbot.app.exports.tools import Exported, Tools, campaigns_asked, ending_of, saved
from mailbot.app.status import standings
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.obligations import by_key
from mailbot.domain.scores import Mark, Score, marks_of, ranked, summed
from mailbot.domain.sheets import CellValue, Column, Sheet
from mailbot.domain.units import Unit

_FIGURES = (
    Column("应报项", 5, "number"), Column("按时收齐", 5.5, "number"), Column("按时率", 5.5, "percent"), Column("迟报收齐", 5.5, "number"),
    Column("迟报总天数", 6, "number"), Column("未报或未收齐", 6.5, "number"), Column("首报无误", 5.5, "number"), Column("首报合格率", 6, "percent"),
    Column("首报问题数", 6, "number"), Column("补正次数", 5.5, "number"),
)  # fmt: skip
_HOW = (
    ("计入哪些", "截止时间已过的应报项，加上还没到截止时间、已经收齐的。经批准免报的不计；没有规定截止时间的（如典型做法）不计。"),
    ("按时收齐", "第一次收齐的时间不晚于截止时间。收齐是指要求的可编辑版和盖章扫描件都收到，没有要改的问题。收齐以后再更正，不影响按时。"),
    ("截止时间", "通知规定的日期当天 24 时以前收到都算按时（规则另有写明的除外）；经批准延期的，按延期后的时间。收到时间以邮件服务器收到为准。"),
    ("迟报天数", "第一次收齐的日期减去截止日期。"),
    ("未报或未收齐", "截止时间已过，到统计的时候还没有收齐的。"),
    ("首报无误", "第一封报送这一项的邮件里没有要改的问题。只来了一种材料（先发可编辑版、后发扫描件）不算问题。"),
    ("首报合格率", "首报无误的项数 ÷ 有来件的项数。"),
    ("首报问题数", "第一封邮件里要改的问题一共几处；只提醒、不用改的不计。"),
    ("补正次数", "到收齐为止，已经来过的材料又重发的邮件数；补齐另一种材料的不计。"),
    ("典型案例", "按季度计，每季度收齐规定的篇数就算收齐；质量只看使这一项收齐的那一篇。"),
    ("排名", "依次比较：按时率（高在前）、未报或未收齐（少在前）、迟报总天数（少在前）、首报合格率（高在前）、补正次数（少在前）；全部相同的名次并列。"),
    ("说明", "各项都是计数，没有另设分值；考核要用的分值，请按本局的考核办法由这些数折算。"),
)


def export_scores(tools: Tools, file: Path, *, campaign: str | None = None, over: bool = False) -> Exported:
    """Writes the scores as of now. Raises NotExportable, ExportNotSaved."""
    ending_of(file, {".xlsx": "Excel"}, "考核表")
    campaigns = campaigns_asked(tools.rules, campaign)
    with saved(file, over=over) as temporary:
        marks = _marks(tools, campaign)
        tools.books(_sheets(campaigns, marks, f"截至 {tools.today:%Y-%m-%d %H:%M}"), temporary)
    return Exported((f"{file}：考核表，计入 {sum(map(len, marks.values()))} 项，截至 {tools.today:%Y-%m-%d %H:%M}。",))


def _marks(tools: Tools, campaign: str | None) -> dict[str, list[Mark]]:
    found = standings(tools.rules, tools.ledger, tools.now, campaign=campaign)
    filed = by_key(f for f in tools.ledger.all_filings(campaign) if f.received_at <= tools.now)
    by_campaign: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks_of(found, filed):
        by_campaign[mark.obligation.campaign.id].append(mark)
    return by_campaign


def _sheets(campaigns: Sequence[Campaign], marks: Mapping[str, list[Mark]], as_of: str) -> Iterator[Sheet]:
    for campaign in campaigns:
        mine = marks.get(campaign.id, [])
        yield _ranking(campaign, mine, as_of)
        yield _by_duty(campaign, mine, as_of)
    yield Sheet("口径说明", "怎样统计", (Column("项目", 9), Column("口径", 70)), _HOW, (as_of,))


def _ranking(campaign: Campaign, marks: Iterable[Mark], as_of: str) -> Sheet:
    by_unit: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_unit[mark.obligation.unit.id].append(mark)
    scores = {u: summed(by_unit[u.id]) for u in campaign.units if u.id in by_unit}
    places = ranked(scores)
    among = {kind: {u.id: place for place, u, _ in ranked({u: s for u, s in scores.items() if u.kind == kind})} for kind in {u.kind for u in scores}}
    columns = (Column("名次", 4, "number"), Column("单位", 14), Column("类别", 7, "centre"), Column("同类名次", 5.5, "number"), *_FIGURES)
    rows = [(place, unit.name, unit.kind, among[unit.kind][unit.id], *_figures(score)) for place, unit, score in places]
    whole = summed(m for mine in by_unit.values() for m in mine)
    foot = ((None, "全部", None, None, *_figures(whole)),) if rows else ()
    notes = (f"{as_of}　排名和各项的口径见“口径说明”。",)
    return Sheet("排名", f"{campaign.title}：报送及时性和质量排名", columns, rows, notes, foot, still=2)


def _by_duty(campaign: Campaign, marks: Iterable[Mark], as_of: str) -> Sheet:
    cells: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        cells[mark.obligation.unit.id, mark.obligation.duty.id].append(mark)
    columns = (Column("单位", 14), Column("报送事项", 14), *_FIGURES)
    rows = [(u.name, d.title, *_figures(summed(cells[u.id, d.id]))) for u, d in _pairs(campaign) if (u.id, d.id) in cells]
    return Sheet("分事项", f"{campaign.title}：各单位各事项", columns, rows, (as_of,), still=2)


def _pairs(campaign: Campaign) -> Iterator[tuple[Unit, Duty]]:
    return ((unit, duty) for unit in campaign.units for duty in campaign.duties)


def _figures(score: Score) -> tuple[CellValue, ...]:
    return (
        score.counted, score.punctual, score.punctuality, score.late, score.late_days, score.missing, score.flawless,
        score.quality if score.submitted else None, score.errors if score.submitted else None, score.corrections if score.submitted else None,
    )  # fmt: skip
