"""The ledger as a workbook: a picture of units and duties, then a sheet a duty, a row an obligation."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mailbot.app.exports.tools import Exported, Tools, campaigns_asked, ending_of, saved
from mailbot.app.status import standings
from mailbot.domain.campaigns import Campaign, Copy, Duty
from mailbot.domain.findings import Finding
from mailbot.domain.obligations import Standing, State
from mailbot.domain.picture import recent
from mailbot.domain.sheets import CellValue, Column, Sheet, Tone
from mailbot.domain.units import Unit
from mailbot.domain.words import STATES

MARKS: Mapping[State, str] = {"complete": "√", "complete-late": "迟", "partial": "△", "overdue": "×", "upcoming": "·", "waived": "免"}
LEGEND = "√ 按时收齐　迟 迟报收齐　△ 不全　× 逾期未报　· 未到期　免 免报；一格里从早到晚，一个报告期一个记号"
STATE_TONES: Mapping[str, Tone] = {
    STATES["complete"]: "good", STATES["complete-late"]: "fair", STATES["partial"]: "warn", STATES["overdue"]: "bad",
    STATES["upcoming"]: "quiet", STATES["waived"]: "quiet",
}  # fmt: skip
_PICTURE: Mapping[str, Tone] = {"×": "bad", "△": "warn", "迟": "fair", "√": "good"}  # the worst first
_LONG = 2_000  # rows
_IN, _LACKS, _WRONG, _NIL = "已收", "缺", "有误", "零报告"
_COPY_TONES: Mapping[str, Tone] = {_IN: "good", _LACKS: "bad", _WRONG: "warn", _NIL: "good"}
_COUNTED: tuple[State, ...] = ("complete", "complete-late", "partial", "overdue", "upcoming", "waived")
_COLUMNS = (
    Column("单位", 13), Column("报告期", 8, "centre"), Column("截止时间", 8.5, "moment"), Column("状态", 5.5, "centre", STATE_TONES),
    Column("可编辑版", 5, "centre", _COPY_TONES), Column("盖章扫描件", 6, "centre", _COPY_TONES), Column("收齐时间", 8.5, "moment"),
    Column("迟报天数", 5, "number"), Column("文件名", 20), Column("问题", 28), Column("说明", 12),
)  # fmt: skip

Sentence = Callable[[Finding], str]


def export_ledger(tools: Tools, file: Path, *, campaign: str | None = None, over: bool = False) -> Exported:
    """Writes the ledger as of now. Raises NotExportable, ExportNotSaved."""
    ending_of(file, {".xlsx": "Excel"}, "台账")
    campaigns = campaigns_asked(tools.rules, campaign)
    with saved(file, over=over) as temporary:
        found = standings(tools.rules, tools.ledger, tools.now, campaign=campaign)
        tools.books(ledger_sheets(campaigns, found, f"截至 {tools.today:%Y-%m-%d %H:%M}", tools.writer.sentence), temporary)
    return Exported((f"{file}：台账，{len(found)} 项，截至 {tools.today:%Y-%m-%d %H:%M}。",))


def ledger_sheets(campaigns: Sequence[Campaign], found: Iterable[Standing], as_of: str, sentence: Sentence) -> Iterator[Sheet]:
    """The overviews of all campaigns, then their duties. `as_of`: said under every title."""
    by_duty: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for there in found:
        by_duty[there.obligation.campaign.id, there.obligation.duty.id].append(there)
    for n, campaign in enumerate(campaigns):
        yield _overview(campaign, {d.id: by_duty[campaign.id, d.id] for d in campaign.duties}, as_of, "总览" if n == 0 else f"总览（{campaign.short}）")
    for campaign in campaigns:
        for duty in campaign.duties:
            if there_are := by_duty[campaign.id, duty.id]:
                yield _of_duty(campaign, duty, there_are, as_of, sentence)


# --- the picture -----------------------------------------------------------------------------------------------------------


def _overview(campaign: Campaign, by_duty: Mapping[str, list[Standing]], as_of: str, name: str) -> Sheet:
    duties = [d for d in campaign.duties if by_duty[d.id]]
    cells: dict[str, dict[str, list[Standing]]] = defaultdict(lambda: defaultdict(list))
    for duty in duties:
        for there in by_duty[duty.id]:
            cells[there.obligation.unit.id][duty.id].append(there)
    units = [u for u in campaign.units if u.id in cells]
    counts = [Column(STATES[s], 4, "number") for s in _COUNTED]
    columns = (Column("单位", 13), *(Column(d.title, _room(by_duty[d.id]), "centre", _PICTURE, within=True) for d in duties), Column("应报", 3.5, "number"), *counts)
    cut = any(recent(several)[1] for mine in cells.values() for several in mine.values())
    legend = f"{LEGEND}；期数很多的只列最近几期，“前欠 n”是更早的还没收齐几期" if cut else LEGEND
    notes = (f"{as_of}　{legend}", "最右各栏是项数；最下一行写的是：已收齐（含迟报）/ 应报。" + ("名册和地址为示例。" if campaign.example else ""))
    rows = (_picture_row(unit, duties, cells[unit.id]) for unit in units)
    return Sheet(name, f"{campaign.title}：报送情况总览", columns, rows, notes, (_totals(duties, by_duty),))


def _room(found: Sequence[Standing]) -> float:
    """A column as wide as its marks need, up to a year and a half of months."""
    most = len(marks(s for s in found if s.obligation.unit.id == found[0].obligation.unit.id))
    return min(max(5.0, most + 0.5), 19)


def _picture_row(unit: Unit, duties: Sequence[Duty], mine: Mapping[str, list[Standing]]) -> tuple[CellValue, ...]:
    all_ = [s for d in duties for s in mine.get(d.id, ())]
    return unit.name, *(marks(mine.get(d.id, ())) for d in duties), *_counts(all_)


def marks(found: Iterable[Standing]) -> str:
    """One mark a period, in order of time; of very many only the last, behind how many earlier ones are open."""
    shown, left_out, still_open = recent(found)
    return (f"前欠{still_open} " if still_open else "… " if left_out else "") + "".join(MARKS[s.state] for s in shown)


def _counts(found: Sequence[Standing]) -> tuple[int, ...]:
    """Of what is owed: how many in all, and in each state."""
    states = Counter(s.state for s in found if s.obligation.due)
    return states.total(), *(states[s] for s in _COUNTED)


def _totals(duties: Sequence[Duty], by_duty: Mapping[str, list[Standing]]) -> tuple[CellValue, ...]:
    def done(found: Sequence[Standing]) -> str:
        owed, complete, late, *_ = _counts(found)
        return f"{complete + late}/{owed}" if owed else f"收到 {len(found)}"

    return "合计", *(done(by_duty[d.id]) for d in duties), *_counts([s for d in duties for s in by_duty[d.id]])


# --- one duty --------------------------------------------------------------------------------------------------------------


def _of_duty(campaign: Campaign, duty: Duty, found: Sequence[Standing], as_of: str, sentence: Sentence) -> Sheet:
    owed, complete, late, partial, overdue, upcoming, waived = _counts(found)
    counts = f"应报 {owed} 项：按时收齐 {complete}，迟报收齐 {late}，不全 {partial}，逾期未报 {overdue}，未到期 {upcoming}，免报 {waived}"
    notes = (f"{as_of}　{counts}",) if owed else (f"{as_of}　收到 {len(found)} 项，没有规定截止时间",)
    return Sheet(duty.title, f"{duty.title}（{campaign.title}）", _COLUMNS, (_row(s, sentence) for s in found), notes, long=len(found) > _LONG)


def _row(there: Standing, sentence: Sentence) -> tuple[CellValue, ...]:
    owed = there.obligation
    files = "；".join(f.path for f in there.filings)
    return (
        owed.unit.name, owed.period.title or "不定期", owed.due, STATES[there.state], copy_word(there, "editable"), copy_word(there, "scan"),
        there.complete_at, there.late_days or None, files, problems(there, sentence), remark(there),
    )  # fmt: skip


def copy_word(there: Standing, copy: Copy) -> str:
    """Whether a copy is in; "" where it is not wanted, or nothing is due and nothing came."""
    if there.state == "waived" or (there.state == "upcoming" and not there.filings):
        return ""
    paper = there.current("editable")
    if paper is not None and paper.nil and copy in there.copies and there.copies[copy] == "ok":
        return _NIL
    return {"ok": _IN, "missing": _LACKS, "wrong": _WRONG}.get(there.copies.get(copy, ""), "")


def problems(there: Standing, sentence: Sentence) -> str:
    """What stands wrong in the current filings, a sentence each; warnings too, once everything is in."""
    found = [f for _, f in there.errors] or [f for filing in there.filings for f in filing.findings if f.severity == "warning"]
    return "\n".join(dict.fromkeys(sentence(f) for f in found))


def remark(there: Standing) -> str:
    """What was granted: more time, or not to report."""
    owed = there.obligation
    more = owed.extension
    said = [f"{owed.reckoning}{f'（{more.by}）' if more.by else ''}：{more.why}"] if more else []
    for waiver in owed.waivers:
        what = {"editable": "免报可编辑版", "scan": "免报盖章扫描件", None: "免报"}[waiver.copy]
        said.append(f"{what}{f'（{waiver.by}）' if waiver.by else ''}：{waiver.why}")
    return "；".join(said)
