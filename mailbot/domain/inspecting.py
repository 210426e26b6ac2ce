"""Scans beside the editable copies they go with: stamped or not, whose seal, the same paper or another one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mailbot.domain.comparing import Paper, Verdict, compare
from mailbot.domain.documents import Document
from mailbot.domain.filing import decided
from mailbot.domain.findings import Finding, finding
from mailbot.domain.matching import Words, choose_period
from mailbot.domain.obligations import Filing, Obligation, standing
from mailbot.domain.pages import Look, worst_of
from mailbot.domain.periods import period_from_id
from mailbot.domain.reading import Facts, Item, Reading
from mailbot.domain.retention import FAULTS
from mailbot.domain.sealing import sealing, strange_seal
from mailbot.domain.whose import homes_in
from mailbot.domain.words import COPIES

_FEW_SIGNS, _LEGIBLE = 12, 0.6  # fewer legible signs on all pages are no text
_TOLD = 3  # places that a letter names; who mends one finds the others
_NOT_READ = "扫描件上的文字没有读完，没有和可编辑版比对"
_BEST = ("same", "unsure", "differs", "older-draft", "other-paper")


@dataclass(frozen=True, slots=True)
class _Pair:
    """The files of one mail that are one paper's scan (several photos are one) and its editable copies."""

    obligation: Obligation
    scans: tuple[Item, ...]
    papers: tuple[Item, ...]


def _pairs(items: Sequence[Item]) -> Iterator[_Pair]:
    filed = [(item, item.obligation) for item in items if item.filed and item.obligation]
    for obligation in {o.key: o for _, o in filed}.values():
        mine = [item for item, o in filed if o.key == obligation.key]
        scans, papers = (tuple(i for i in mine if i.copy == copy) for copy in ("scan", "editable"))
        if obligation.duty.quota and len(papers) > 1:  # several cases of one period: each scan is of one of them
            yield from (_Pair(obligation, (scan,), papers) for scan in scans)
        elif scans or papers:
            yield _Pair(obligation, scans, papers)


def counterparts(facts: Facts) -> tuple[Filing, ...]:
    """What was filed before and must be read again, because this mail brings the other copy of the same paper: the newest editable
    copy, or all files of the newest scan."""
    found: list[Filing] = []
    for pair in _pairs(tuple(map(decided, facts.items))) if facts.sender.trusted and facts.filings else ():
        if bool(pair.scans) == bool(pair.papers) or pair.obligation.duty.quota:
            continue
        other = "editable" if pair.scans else "scan"
        mine = [f for f in facts.filings if f.key == pair.obligation.key and f.copy == other and not f.nil]
        newest = max(mine, key=lambda f: (f.received_at, f.order), default=None)
        found += [f for f in mine if newest and f.message == newest.message]
    return tuple(found)


def inspected(items: tuple[Item, ...], facts: Facts) -> tuple[Item, ...]:
    """The scans with `sealed` and what is wrong with them. Where the mail has only one copy, it is held against the other copy
    that came before."""
    told: dict[int, Item] = {}  # by identity: two files of a mail may bear one name
    for pair in _pairs(items):
        scans = _stamped(pair)
        told |= {id(old): new for old, new in zip(pair.scans, scans, strict=True)}
        bearer = (*pair.papers, *pair.scans)[-1]
        told[id(bearer)] = _compared(told.get(id(bearer), bearer), pair, facts)
    return tuple(told.get(id(item), item) for item in items)


def pages_only(items: tuple[Item, ...], facts: Facts) -> tuple[Item, ...]:
    """Beside a scan that is of its paper, other pictures are no pages of it: those without a word and without a seal (a shop's front, a
    shelf), and those whose words have no place in the paper (a licence). They lend it no seal."""
    strange = {id(i) for pair in _pairs(items) for i in _no_pages(pair, facts)}
    return tuple(Item(i.attachment, "other") if id(i) in strange else i for i in items)


def _no_pages(pair: _Pair, facts: Facts) -> tuple[Item, ...]:
    if len(pair.scans) < 2:  # one alone is judged as the scan
        return ()
    typed = [_paper((r,), pair.obligation, facts) for r in (*map(_reading, pair.papers), *facts.counterparts.get(pair.obligation.key, ())) if r.parsed]
    strange = tuple(i for i in pair.scans if _is_mute(i.attachment.document) or _is_elsewhere(i, typed, pair.obligation, facts))
    return strange if len(strange) < len(pair.scans) else ()


def _is_elsewhere(scan: Item, typed: Sequence[Paper], obligation: Obligation, facts: Facts) -> bool:
    """Whether a page was read and is, to each editable copy, another paper."""
    reading = _reading(scan)
    look = _look((reading,))
    if look.reading not in ("ocr", "text-layer") or not typed:
        return False
    page = _paper((reading,), obligation, facts, look)
    return all(compare(page, paper).kind == "other-paper" for paper in typed)


def is_another(scan: Item, paper: Item, facts: Facts) -> bool:
    """Whether a page, its period apart, does not agree with an editable copy."""
    obligation = paper.obligation
    assert obligation
    seen = (_reading(scan),)
    page, typed = _paper(seen, obligation, facts, _look(seen)), _paper((_reading(paper),), obligation, facts)
    return compare(replace(page, period=""), typed).kind != "same"


def _is_mute(document: Document) -> bool:
    """Whether its pages were read and bear next to no words, and no seal."""
    look = document.look
    if look is None or look.reading != "ocr" or any(page.seals for page in look.pages):
        return False
    return sum(len(line.text) for page in look.pages for line in page.lines if line.legible >= _LEGIBLE) < _FEW_SIGNS


def _stamped(pair: _Pair) -> tuple[Item, ...]:
    """What is said of all files of a scan stands at the last of them."""
    documents = [i.attachment.document for i in pair.scans]
    if not documents:
        return ()
    if all(map(_is_mute, documents)):
        blurred = finding("scan-unreadable", where=pair.scans[-1].attachment.name)
        return (*pair.scans[:-1], replace(pair.scans[-1], findings=(*pair.scans[-1].findings, blurred)))
    seal, campaign, unit = sealing(documents), pair.obligation.campaign, pair.obligation.unit
    other, doubt = strange_seal(documents, campaign.roster, unit)
    where = pair.scans[-1].attachment.name
    findings: list[Finding] = [finding("no-seal", where=where)] if seal.sealed is False else []
    if other:
        findings.append(finding("seal-other-unit", where=where, found=other.name, expected=unit.name))
    title = pair.papers[0].parsed.title if len(pair.papers) == 1 and pair.papers[0].parsed else ""
    scans = [replace(i, sealed=seal.sealed, seal_doubted=bool(seal.note or doubt), title=title) for i in pair.scans]
    scans[-1] = replace(scans[-1], findings=(*scans[-1].findings, *findings), notes=(*scans[-1].notes, *filter(None, (seal.note, doubt))))
    return tuple(scans)


def _compared(bearer: Item, pair: _Pair, facts: Facts) -> Item:
    """The item with what differs between the copies, or with a note for staff where that is not sure."""
    before = facts.counterparts.get(pair.obligation.key, ())
    pages = tuple(map(_reading, pair.scans)) or before
    typed = tuple(map(_reading, pair.papers)) or before
    if fault := facts.lost.get(pair.obligation.key):
        note = f"先前收到的{COPIES['editable' if pair.scans else 'scan']}，原邮件{FAULTS[fault]}，没有和这一份比对，请从备份里找回"
        return _with_old_differences(replace(bearer, compared=False, notes=(*bearer.notes, note)), pair, facts)
    if pages is typed or not (pages and typed):
        return bearer
    look = _look(pages)
    if look.reading not in ("ocr", "text-layer") or look.unseen:
        late = look.unseen or look.reading in ("time-out", "failed")
        return _with_old_differences(replace(bearer, compared=False, notes=(*bearer.notes, _NOT_READ) if late else bearer.notes), pair, facts)
    scan = _paper(pages, pair.obligation, facts, look)
    verdicts = [(compare(scan, _paper((t,), pair.obligation, facts)), t.parsed.title) for t in typed if t.parsed]
    verdict, title = min(verdicts, key=lambda v: _BEST.index(v[0].kind), default=(None, ""))
    if verdict and verdict.kind != "other-paper":
        bearer = replace(bearer, title=title)
    if verdict is None or verdict.kind == "unsure":
        note = verdict.note if verdict else ""
        return _with_old_differences(replace(bearer, compared=False, notes=(*bearer.notes, note) if note else bearer.notes), pair, facts)
    return replace(bearer, compared=True, findings=(*bearer.findings, *_differing(verdict)))


def _with_old_differences(bearer: Item, pair: _Pair, facts: Facts) -> Item:
    """Where nobody could tell whether a new document agrees with the scan that is in, what was wrong with that scan still is."""
    if pair.scans or pair.obligation.duty.quota:
        return bearer
    filed = [f for f in facts.filings if f.key == pair.obligation.key]
    old = (found for filing, found in standing(pair.obligation, filed, facts.received_at).errors if filing.copy == "scan")
    return replace(bearer, findings=(*bearer.findings, *(f for f in old if f.code == "scan-differs" and f not in bearer.findings)))


def _differing(verdict: Verdict) -> tuple[Finding, ...]:
    if verdict.kind in ("same", "unsure"):
        return ()
    return tuple(finding("scan-differs", field=d.field, where=d.where, found=d.scan.strip("“”"), expected=d.editable.strip("“”"))
                 for d in verdict.differences[:_TOLD])  # fmt: skip


def _reading(item: Item) -> Reading:
    return Reading(item.attachment, parsed=item.parsed)


def _look(readings: Sequence[Reading]) -> Look:
    """All pages of several files as one file's; as badly read as the worst of them. A text PDF nobody looked at has its words."""
    documents = [r.attachment.document for r in readings]
    looks = [d.look or Look((), "text-layer" if d.blocks else "no-ocr") for d in documents]
    return Look(tuple(page for look in looks for page in look.pages), worst_of(look.reading for look in looks), sum(look.unseen for look in looks))


def _paper(readings: Sequence[Reading], obligation: Obligation, facts: Facts, look: Look | None = None) -> Paper:
    """One copy as it speaks for itself: its unit and period where its own words tell them, both named as people are told them."""
    text = "\n".join(r.attachment.document.text for r in readings)
    first = next((r for r in readings if r.parsed), None)
    if first is None or first.parsed is None:
        return Paper("", text=text, look=look)
    homes = homes_in(first.parsed, first.attachment.document, (obligation.campaign,))
    words = Words(title=first.parsed.title, period_text=first.parsed.period_text)
    said = choose_period(obligation.duty, words, facts.received_at.date(), {})
    period = next((period_from_id(e.answer).title for e in said.trail if e.source == "document" and e.answer), "")
    unit = homes[0][1] if len(homes) == 1 else None
    parsed = replace(first.parsed, unit_text=first.parsed.unit_text or unit.name) if unit else first.parsed
    return Paper.of(parsed, unit=unit.id if unit else "", period=period, text=text, look=look)
