"""Texts of all units in one document (汇编): a chapter a unit, read again from the archive, and the originals in a zip beside it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from mailbot.app.exports.ledger import STATE_TONES, problems
from mailbot.app.exports.originals import Wanted, boxed, by_mail, hand_over, name_of
from mailbot.app.exports.tools import Asked, Exported, Hands, Tools, Watch, archived_of, receipt_number, saved, which_campaign
from mailbot.app.status import standings
from mailbot.domain.blanks import Page
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType, ParsedForm, SectionsLayout
from mailbot.domain.numbers import ordinal
from mailbot.domain.obligations import Filing, Standing, by_key, case_of, standing
from mailbot.domain.printed import Block, Break, Grid, Heading, Text
from mailbot.domain.reading import Reading
from mailbot.domain.rollup_page import listed
from mailbot.domain.sheets import CellValue, Column
from mailbot.domain.units import Unit
from mailbot.domain.words import COPIES, STATES

_LONGEST = 60_000  # characters of a chapter; the original beside it has all


@dataclass(frozen=True, slots=True)
class Paper:
    """One text of one unit. `standing`: of this paper alone, where the duty takes several a period. `reading`: what stands in it, None
    where it could not be read again. `left_out`: why it makes no chapter (Chinese), "" where it makes one."""

    unit: Unit
    standing: Standing
    filing: Filing
    number: str
    reading: Reading | None = None
    left_out: str = ""


def export_chapters(tools: Tools, one: Asked, file: Path, *, over: bool, watch: Watch | None) -> Exported:
    """Writes FILE.docx and, beside it, FILE-原件.zip. Raises NotExportable, ExportNotSaved."""
    found = [
        s for s in standings(tools.rules, tools.ledger, tools.now, campaign=one.campaign.id, duty=one.duty.id) if s.obligation.period == one.period
    ]
    beside = file.with_name(f"{file.stem}-原件.zip")
    with ExitStack() as stack:
        target, packed = stack.enter_context(saved(file, over=over)), stack.enter_context(saved(beside, over=over))
        papers = _papers(tools, found)
        archived = archived_of(tools.ledger, (f for s in papers for f in s.standing.filings))
        papers = [replace(p, number=receipt_number(p.filing, archived)) for p in papers]
        hands = stack.enter_context(tools.hands())
        papers = list(_read_again(tools, hands, one, papers, archived, watch))
        lost = _pack(tools, hands, packed, papers, archived)
        page = Page(one.title, (f"{one.duty.title}汇编", *filter(None, (f"（{one.period.title}）",) if one.period.title else ())))
        tools.texts(_blocks(tools, one, found, papers), target, tools.pages(page, ".docx"))
    unread = [p for p in papers if p.reading is None and not p.left_out]
    lines = [f"{file}：{one.title}汇编，{_extent(papers)}。", f"{beside}：原件。"]
    if unread or lost:
        lines.append(f"有 {len(unread)} 篇没有读出来，{lost} 个原件没有找到，请查看汇编末尾的来源表。")
    return Exported((*lines, *which_campaign(tools, one)), bool(unread or lost))


def _extent(papers: Iterable[Paper]) -> str:
    chapters = [p for p in papers if not p.left_out]
    return f"{len({p.unit.id for p in chapters})} 个单位 {len(chapters)} 篇"


def _papers(tools: Tools, found: Iterable[Standing]) -> list[Paper]:
    """All papers, each once; of a duty with a quota all of a unit's cases."""
    filed = by_key(f for f in tools.ledger.all_filings() if f.received_at <= tools.now)
    papers = []
    for there in found:
        mine = filed.get(there.obligation.key, [])
        cases = {id(case[0]): case for f in mine if (case := case_of(there.obligation.duty, mine, f))}
        for case in cases.values() if there.obligation.duty.quota else [mine]:
            alone = standing(there.obligation, case, tools.now)
            if alone.filings:
                papers.append(_paper(there.obligation.unit, alone))
    return papers


def _paper(unit: Unit, alone: Standing) -> Paper:
    text = alone.current("editable")
    if text is None:
        return Paper(unit, alone, alone.filings[0], "", left_out="没有可编辑版，未收录，请看随附的原件")
    return Paper(unit, alone, text, "", left_out="零报告" if text.nil else "")


# --- reading ---------------------------------------------------------------------------------------------------------------


def _read_again(
    tools: Tools, hands: Hands, one: Asked, papers: Sequence[Paper], archived: dict[int, str], watch: Watch | None
) -> Iterator[Paper]:
    """Each mail once, in the cage."""
    forms = tools.rules.forms_of((one.campaign,))
    read: dict[str, tuple[Reading, ...]] = {}
    for done, paper in enumerate(papers, 1):
        if paper.left_out:
            yield paper
            continue
        mail = archived.get(paper.filing.message or 0, "")
        if mail and mail not in read:
            read[mail] = _mail(tools, hands, mail, forms)
        mine = [r for r in read.get(mail, ()) if r.attachment.path == paper.filing.path and r.attachment.sha256 == paper.filing.sha256]
        yield replace(paper, reading=next((r for r in mine if r.attachment.document.trouble is None), None))
        if watch:
            watch(done, len(papers))


def _mail(tools: Tools, hands: Hands, mail: str, forms: tuple[FormType, ...]) -> tuple[Reading, ...]:
    try:
        return hands.read_mail(tools.archive.path(mail), lambda _: forms)[1]
    except FileNotFoundError:  # no longer in the archive
        return ()


def _pack(tools: Tools, hands: Hands, file: Path, papers: Iterable[Paper], archived: dict[int, str]) -> int:
    """The originals of all papers, both copies and annexes; how many could not be had."""
    wanted = [  # a report in the words of a mail has no file
        Wanted(f, archived.get(f.message or 0, ""), p.unit.name, f"{COPIES[f.copy]}_{name_of(f)}") for p in papers for f in p.standing.filings if not f.nil
    ]
    packed = 0
    with boxed(file) as box:
        for mail, some in by_mail(wanted).items():
            packed += len(hand_over(hands, tools.archive, box, mail, some)) if mail else 0
        box.close_with_sums(tools.now)
    return len(wanted) - packed


# --- writing ---------------------------------------------------------------------------------------------------------------


def _blocks(tools: Tools, one: Asked, found: Sequence[Standing], papers: Sequence[Paper]) -> Iterator[Block]:
    missing = tuple(s.obligation.unit.name for s in found if s.obligation.due and not s.filings and s.state != "waived")
    yield Text(f"{one.campaign.issuer}　{tools.today.year}年{tools.today.month}月{tools.today.day}日".strip("　"), "centred")
    yield Text(f"收录 {_extent(papers)}。" + (f"{listed('未报单位', missing)}。" if missing else ""), "note")
    last = None
    for paper in (p for p in papers if not p.left_out):
        if paper.unit.id != last:
            yield Heading(paper.unit.name, 1, anew=last is not None)
        last = paper.unit.id
        yield from _chapter(tools, one, paper)
    yield Break(landscape=True)
    yield Heading("来源", 1)
    yield Grid(_SOURCE, [*(_row(tools, p) for p in papers), *((name, "", None, "", STATES["overdue"], "未报") for name in missing)])


_SOURCE = (
    Column("单位", 13), Column("文件", 18), Column("收到时间", 8.5, "moment"), Column("回执编号", 9, "centre"), Column("报送状态", 6, "centre", STATE_TONES),
    Column("缺少或有误", 22),
)  # fmt: skip


def _chapter(tools: Tools, one: Asked, paper: Paper) -> Iterator[Block]:
    """Its title and parts; said so where it is not complete."""
    parsed = paper.reading.parsed if paper.reading else None
    yield Heading((parsed.title if parsed else "") or paper.filing.title or one.duty.title, 2)
    if lacks := _lacks(tools, paper):
        yield Text(f"（本篇还不齐备：{lacks}）", "note")
    if paper.reading is None:
        yield Text("（原件没有读出来，请看随附的原件。）", "note")
        return
    form = tools.rules.forms[one.duty.form]
    parts = list(_parts(parsed, form)) if parsed and parsed.form == form.id else []
    yield from parts or _whole(paper.reading.attachment.document, parsed.title if parsed else "")


def _parts(parsed: ParsedForm, form: FormType) -> Iterator[Block]:
    """The parts of a form of sections; a part's text holds its sub-parts."""
    if not isinstance(form.layout, SectionsLayout):
        return
    under = {p.field: p.under for p in form.layout.parts}
    there = {s.field for s in parsed.sections}
    number = 0
    for section in parsed.sections:
        if under.get(section.field) not in there:
            number += 1
            yield Heading(f"{ordinal(number)}、{section.heading}", 3)
            yield Text(section.text[:_LONGEST] or "（没有内容）")


def _whole(document: Document, title: str) -> Iterator[Block]:
    """All words below the title."""
    lines = [line for line in document.text.replace("\t", "　").splitlines() if line.strip()]
    if lines and title and lines[0].strip() in title:
        lines = lines[1:]
    yield Text("\n".join(lines)[:_LONGEST] or "（没有内容）")


def _lacks(tools: Tools, paper: Paper) -> str:
    missing = [f"缺{COPIES[copy]}" for copy in paper.standing.missing]
    wrong = problems(paper.standing, tools.writer.sentence).splitlines() if paper.standing.errors else []
    return "；".join([*missing, *(w.rstrip("。") for w in wrong)])


def _row(tools: Tools, paper: Paper) -> tuple[CellValue, ...]:
    whole = not paper.standing.missing and not paper.standing.errors
    state = STATES["complete"] if whole else STATES["partial"]
    unread = paper.left_out or ("" if paper.reading else "原件没有读出来")
    return (
        paper.unit.name, paper.filing.path, paper.filing.received_at, paper.number, state, "；".join(filter(None, (_lacks(tools, paper), unread))),
    )  # fmt: skip
