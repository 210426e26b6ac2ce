"""The merged form of all units: the notice's own page with their rows and sums, where it comes from, what became of each risk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mailbot.app.exports.chapters import export_chapters
from mailbot.app.exports.ledger import STATE_TONES, copy_word, problems
from mailbot.app.exports.tools import (
    Asked,
    Exported,
    Tools,
    Watch,
    archived_of,
    asked,
    ending_of,
    receipt_number,
    saved,
    which_campaign,
)
from mailbot.app.status import standings
from mailbot.domain import risks
from mailbot.domain.blanks import Page
from mailbot.domain.campaigns import Copy
from mailbot.domain.forms import FormType, FreeLayout, LabelsLayout, SectionsLayout
from mailbot.domain.obligations import Filing, Standing
from mailbot.domain.periods import Period
from mailbot.domain.printed import Block, Grid, Heading, Text
from mailbot.domain.rollup import Merged, Source, figure_names, figures_of, merged, source, total_row
from mailbot.domain.rollup_page import Printing, beside, listed, rollup_page, words
from mailbot.domain.sheets import CellValue, Column, Sheet, Tone
from mailbot.domain.units import Unit
from mailbot.domain.words import STATES

ENDINGS = {".docx": "Word", ".xlsx": "Excel"}
_PARTS = {"counted": "计入", "nil": "零报告", "beyond": "计入（未要求报送）", "unreadable": "未计入：只有扫描件", "missing": "未报", "waived": "免报"}
_PART_TONES: Mapping[str, Tone] = {
    "计入": "good", "零报告": "good", "计入（未要求报送）": "good", "未计入：只有扫描件": "warn", "未报": "bad", "免报": "quiet",
}  # fmt: skip
_RISK_TONES: Mapping[str, Tone] = {
    "不再列出": "bad", "未销号": "warn", "新增": "fair", "已销号": "good", "未报": "quiet",
}  # fmt: skip


def export_rollup(
    tools: Tools, duty: str, period: str, file: Path, *, campaign: str | None = None, over: bool = False, watch: Watch | None = None
) -> Exported:
    """Writes the merged form of one duty and period. Raises NotExportable, ExportNotSaved."""
    one = asked(tools, duty, period, campaign)
    form = tools.rules.forms[one.duty.form]
    if isinstance(form.layout, SectionsLayout | FreeLayout):
        ending_of(file, {".docx": "Word"}, f"“{one.duty.title}”的汇编")
        return export_chapters(tools, one, file, over=over, watch=watch)
    ending = ending_of(file, ENDINGS, f"“{one.duty.title}”的汇总表")
    found = standings(tools.rules, tools.ledger, tools.now, campaign=one.campaign.id, duty=one.duty.id)
    gathered = _gathered(tools, one, form, found)
    with saved(file, over=over) as temporary:
        if isinstance(form.layout, LabelsLayout):
            _write_addresses(tools, one, form, gathered, ending, temporary)
        else:
            _write_merged(tools, one, gathered, ending, temporary)
    filed = gathered.merged.names("counted", "nil", "beyond")
    told = f"{file}：{one.title}，{len(filed)} 个单位。" + (f"{line}。" if (line := listed("未报单位", gathered.merged.names("missing"))) else "")
    return Exported((told, *which_campaign(tools, one)))


@dataclass(frozen=True, slots=True)
class _Gathered:
    """The merged form, the number of each paper's receipt, and the risks that were followed."""

    merged: Merged
    numbers: Mapping[str, str]  # unit id -> receipt
    risks: tuple[risks.Risk, ...]
    periods: tuple[Period, ...]  # over which they were followed


def _gathered(tools: Tools, one: Asked, form: FormType, found: Iterable[Standing]) -> _Gathered:
    all_ = list(found)
    sources = [source(s) for s in all_ if s.obligation.period == one.period]
    archived = archived_of(tools.ledger, (s.paper for s in sources if s.paper))
    numbers = {s.unit.id: receipt_number(s.paper, archived) for s in sources if s.paper}
    followed = followed_risks(all_, one.period) if risks.lists_risks(form) else ()
    periods = tuple(sorted({s.obligation.period for s in all_ if s.obligation.period <= one.period}))
    return _Gathered(merged(form, sources), numbers, followed, periods)


def followed_risks(found: Iterable[Standing], until: Period) -> tuple[risks.Risk, ...]:
    """The risks of all units of one duty, from their standings over all periods."""
    lists: dict[str, dict[Period, Filing | None]] = {}
    units: dict[str, Unit] = {}
    for there in found:
        owed = there.obligation
        units[owed.unit.id] = owed.unit
        lists.setdefault(owed.unit.id, {})[owed.period] = there.current("editable")
    return tuple(risk for unit, mine in lists.items() for risk in risks.follow(units[unit].name, mine, until))


# --- tables ----------------------------------------------------------------------------------------------------------------


def _write_merged(tools: Tools, one: Asked, gathered: _Gathered, ending: str, file: Path) -> None:
    printing = Printing(one.campaign.issuer, one.period, tools.today.date())
    page = rollup_page(gathered.merged, printing)
    origin = _source_sheet(tools, one, gathered)
    if ending == ".xlsx":
        tools.books([origin, *_risk_sheets(one, gathered)], file, tools.pages(page, ".xlsx"))
        return
    blocks = [b for sheet in (*_in_two(origin), *_risk_sheets(one, gathered)) for b in _as_blocks(sheet)]
    tools.texts(blocks, file, tools.pages(page, ".docx"))


def _as_blocks(sheet: Sheet) -> Iterator[Block]:
    """A sheet behind the form, as a table of a Word file."""
    yield Heading(sheet.title, anew=True)
    for note in sheet.notes:
        yield Text(note, "note")
    yield Grid(sheet.columns, [*sheet.rows, *sheet.foot], small=len(sheet.columns) > 9)


def _in_two(sheet: Sheet) -> Iterator[Sheet]:
    """The source list as a page is wide: papers, then figures."""
    rows, wide = list(sheet.rows), len(_SOURCE)
    yield replace(sheet, columns=sheet.columns[:wide], rows=[row[:wide] for row in rows], foot=())
    if len(sheet.columns) > wide:
        figures = (replace(_SOURCE[0], width=9), *(replace(c, width=max(c.width, 4)) for c in sheet.columns[wide:]))
        foot = [(row[0], *row[wide:]) for row in sheet.foot[:2]]
        yield Sheet("数据", sheet.title.replace("来源", "各单位数据"), figures, [(row[0], *row[wide:]) for row in rows], sheet.notes[1:], tuple(foot))


def _source_sheet(tools: Tools, one: Asked, gathered: _Gathered) -> Sheet:
    """Where the sums come from: a row a unit, its own figures, and below them the sums with who is not in them."""
    whole = gathered.merged
    names = figure_names(whole.form)
    total = total_row(whole.form)
    columns = (*_SOURCE, *(Column(n, _head_room(n), "number") for n in names.values()), *((Column(f"与本单位“{total}”核对", 14),) if total else ()))
    rows = [_source_row(tools, s, gathered, tuple(names)) for s in whole.sources]
    as_of = f"截至 {tools.today:%Y-%m-%d %H:%M}"
    return Sheet("来源", f"{one.title}汇总：来源", columns, rows, (as_of, "；".join(beside(whole)) + "。"), _source_foot(whole, tuple(names)))


_SOURCE = (
    Column("单位", 12), Column("文件", 14), Column("收到时间", 8.5, "moment"), Column("回执编号", 9, "centre"), Column("报送状态", 5, "centre", STATE_TONES),
    Column("计入情况", 6, "centre", _PART_TONES), Column("还缺或有误", 16),
)  # fmt: skip


def _head_room(head: str) -> float:
    return min(max(3.6, len(head) / 3), 6)


def _source_row(tools: Tools, from_: Source, gathered: _Gathered, names: tuple[str, ...]) -> tuple[CellValue, ...]:
    paper, form = from_.paper, gathered.merged.form
    own = figures_of(form, paper) if paper else {}
    lacks = [f"缺{what}" for what, copy in _LACKING if copy_word(from_.standing, copy) == "缺" and from_.part != "missing"]
    wrong = problems(from_.standing, tools.writer.sentence) if from_.standing.errors else ""
    check: tuple[CellValue, ...] = ()
    if total_row(form):
        check = ("；".join(gathered.merged.disputed.get(from_.unit.name, ())) or ("相符" if paper and not paper.nil else ""),)
    return (
        from_.unit.name, paper.path if paper else "", paper.received_at if paper else None, gathered.numbers.get(from_.unit.id, ""),
        STATES[from_.standing.state], _PARTS[from_.part], "\n".join(filter(None, ("，".join(lacks), wrong))),
        *(_figure_cell(own.get(name), paper) for name in names), *check,
    )  # fmt: skip


_LACKING: tuple[tuple[str, Copy], ...] = (("可编辑版", "editable"), ("盖章扫描件", "scan"))


def _figure_cell(figure: float | None, paper: Filing | None) -> CellValue:
    """A blank in a paper that is in is said; it is no zero."""
    return figure if figure is not None or paper is None else "零报告" if paper.nil else "未填"


def _source_foot(whole: Merged, names: tuple[str, ...]) -> tuple[tuple[CellValue, ...], ...]:
    """The sums, and beside each who is not in it."""
    total = total_row(whole.form)
    sums = [whole.cells[total or "", name] if total else whole.counters.get(name) for name in names]
    if not names or (total is None and not whole.counters):
        return ()
    pad = (None,) * (len(_SOURCE) - 1)
    end: tuple[CellValue, ...] = (None,) if total else ()
    missing = "、".join(whole.names("missing", "unreadable")) or "无"
    blank = ("\n".join(s.blank) if s and s.blank else "无" for s in sums)
    return (
        ("合计", *pad, *(s.value if s else None for s in sums), *end), ("未填、没有计入的单位", *pad, *blank, *end),
        ("未报、没有计入的单位", missing, *pad[1:], *(None for _ in names), *end),
    )  # fmt: skip


# --- closing risks -----------------------------------------------------------------------------------------------------------


def _risk_sheets(one: Asked, gathered: _Gathered) -> Iterator[Sheet]:
    """A row a risk, a column a period. Nothing where the form lists no risks."""
    if not risks.lists_risks(gathered.merged.form):
        return
    told = risks.summary(gathered.risks, one.period).all
    notes = (
        f"{one.period.title}：新增 {told.new}，仍未销号 {told.open}，本期销号 {told.closed}，上期未销号而本期不再列出 {told.dropped}。",
        "逐条对照各期清单的文字得出：“是否排除”填“是”的为已销号；上期未销号、本期清单里没有的，为“不再列出”，请向该单位核实。"
        "带“？”的，是两期文字相近但不完全相同，按同一条隐患处理，请核对。",
    )
    columns = (
        Column("单位", 12), Column("风险隐患", 24), Column("管控措施", 20), *(Column(p.title, 7, "centre", _RISK_TONES, within=True) for p in gathered.periods),
        Column("现状", 8, "centre", _RISK_TONES, within=True),
    )  # fmt: skip
    rows = [_risk_row(risk, gathered.periods) for risk in gathered.risks]
    yield Sheet("销号", f"风险隐患销号情况（截至{one.period.title}）", columns, rows, notes, still=2)


def _risk_row(risk: risks.Risk, periods: Iterable[Period]) -> tuple[CellValue, ...]:
    steps = [risk.at(p) for p in periods]
    cells = [f"{risks.WORDS[s.state]}{'？' if s.doubtful else ''}" if s else "" for s in steps]
    return risk.unit, risk.text, risk.measure, *cells, risks.WORDS[risk.state]


# --- the address book ------------------------------------------------------------------------------------------------------


def _write_addresses(tools: Tools, one: Asked, form: FormType, gathered: _Gathered, ending: str, file: Path) -> None:
    """A row a unit with what its form says: the 通讯录. Telephone numbers in full, it is for the office."""
    labels = [x for x in form.layout.labelled if x.role != "unit"]
    columns = (Column("序号", 3.5, "centre"), Column("单位", 13), *(Column(x.labels[0], _ADDRESS_ROOM.get(x.type, 6)) for x in labels), Column("说明", 7))
    rows = [_address_row(n, s, [x.field for x in labels]) for n, s in enumerate(gathered.merged.sources, 1)]
    title = f"{one.campaign.short}联络员通讯录" if one.duty.contact else f"{one.duty.title}汇总"
    inside = "　内部使用，含电话号码" if any(x.type in ("phone", "mobile") for x in labels) else ""
    notes = (f"截至 {tools.today:%Y-%m-%d %H:%M}{inside}",)
    if ending == ".xlsx":
        tools.books([Sheet("通讯录" if one.duty.contact else "汇总", title, columns, rows, notes, still=2)], file)
        return
    page = Page(title, (title,), landscape=len(columns) > 7)
    tools.texts([*(Text(n, "note") for n in notes), Grid(columns, rows)], file, tools.pages(page, ".docx"))


_ADDRESS_ROOM = {"email": 12, "phone": 9, "mobile": 9}


def _address_row(number: int, from_: Source, fields: list[str]) -> tuple[CellValue, ...]:
    paper = from_.paper
    values = (words(paper.fields.get(name)) if paper else "" for name in fields)
    return number, from_.unit.name, *values, "" if from_.standing.done else STATES[from_.standing.state]

