"""From placed items to filings: checked against what came before, late or in time, complete or not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mailbot.domain import checks, classify
from mailbot.domain.campaign_names import campaign_before
from mailbot.domain.findings import SOFT_WHEN_COMPLETE, Finding, finding
from mailbot.domain.forms import TableLayout, Value
from mailbot.domain.naming import nobodys
from mailbot.domain.obligations import Filing, Key, Standing, by_key, case_of, late_by, standing
from mailbot.domain.outcome import Contact, ReviewItem
from mailbot.domain.periods import period_from_id
from mailbot.domain.reading import Facts, Item
from mailbot.domain.rulings import Ruling
from mailbot.domain.senders import Sender
from mailbot.domain.words import NIL_NOT_ALLOWED


def decided(item: Item) -> Item:
    readable = not item.attachment.document.trouble
    return replace(item, filed=readable and item.placed and item.copy in ("editable", "scan", "annex"))


_NEWEST = 1_000_000_000  # behind every filing of the ledger; the ledger gives its own number when it records


def to_filing(item: Item, facts: Facts, order: int) -> Filing:
    obligation, parsed, file = item.obligation, item.parsed, item.attachment
    assert obligation
    campaign, unit, duty, period = obligation.key
    title = item.title or (parsed.title if parsed else "")
    return Filing(
        campaign=campaign, unit=unit, duty=duty, period=period, copy=item.copy, form=item.form, path=file.path, sha256=file.sha256,
        size=file.size, received_at=facts.received_at, order=_NEWEST + order, fields=dict(item.fields), rows=parsed.rows if parsed else (),
        findings=item.findings, sealed=item.sealed, nil=item.nil, title=title if obligation.duty.quota else "",
    )  # fmt: skip


def with_findings(item: Item, facts: Facts) -> Item:
    """The checks of the form, against what the same unit reported for the period before."""
    if not item.parsed or item.ask or item.form is None or item.nil:
        return item
    form = facts.rules.forms[item.form]
    found = checks.check(item.parsed, form, _earlier(item, facts))
    old = classify.outdated(item.attachment.document, form)
    if old:
        found += (finding("wrong-form-version", where="表头", found=old, expected=form.title),)
    if item.by == "document" and item.unit:  # the title or the signature names the unit where the head does not
        unit = form.layout.of_role("unit")
        found = tuple(f for f in found if not (unit and (f.code, f.field) == ("field-missing", unit.field)))
    if item.copy == "scan":  # what is typed is judged in the editable copy
        found = tuple(f for f in found if f.code in ("wrong-form-version",))
    return replace(item, findings=(*item.findings, *found))


def one_of_each(items: tuple[Item, ...], facts: Facts) -> tuple[Item, ...]:
    """Several documents for one obligation in one mail: a blank beside a filled one is left aside; where the figures of two differ
    a person chooses, and nothing of that obligation is filed."""
    filled = {(i.form, i.unit) for i in items if i.filed and i.copy == "editable" and not _is_blank(i)}
    kept = tuple(Item(i.attachment, "other") if _is_blank(i) and (i.form, i.unit) in filled else i for i in items)
    contested = _contested(kept, facts)
    ask = "同一封信里有几份同样的表，数字不一样，请确认以哪一份为准"
    return tuple(replace(i, filed=False, ask=ask) if i.filed and i.obligation and i.obligation.key in contested else i for i in kept)


def _is_blank(item: Item) -> bool:
    return any(f.code == "template-unfilled" for f in item.findings)


def _contested(items: tuple[Item, ...], facts: Facts) -> set[Key]:
    """The obligations for which this mail brings two documents with other figures."""
    first: dict[Key, dict[str, float]] = {}
    contested = set()
    for item in items:
        obligation, figures = item.obligation, _figures_of(item, facts)
        counts = item.filed and item.copy == "editable" and obligation and not obligation.duty.quota and figures
        if counts and obligation and first.setdefault(obligation.key, figures) != figures:
            contested.add(obligation.key)
    return contested


def _figures_of(item: Item, facts: Facts) -> dict[str, float]:
    layout = facts.rules.forms[item.form].layout if item.form else None
    numbers = layout.number_field if isinstance(layout, TableLayout) else None
    return _figures(item.fields, item.parsed.rows if item.parsed else (), numbers)


def _earlier(item: Item, facts: Facts) -> checks.ParsedFields | None:
    obligation = item.obligation
    if not obligation or not obligation.duty.period_shown(obligation.period):
        return None
    mine = [f for f in facts.filings if f.key[:3] == obligation.key[:3] and f.copy == "editable" and f.fields and not f.nil]
    before = [f for f in mine if period_from_id(f.period) < obligation.period]
    if not before:
        return None
    last = max(before, key=lambda f: (period_from_id(f.period), f.received_at, f.order))
    return checks.ParsedFields(last.fields, period_from_id(last.period).title)


_PLAIN = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9.-]+\.[a-z]{2,}")
Filed = Mapping[Key, list[Filing]]


def judged(item: Item, facts: Facts, filed: Filed) -> Item:
    """What can only be said of an item beside everything that is filed, this mail included."""
    return _late(_annex_missing(_scan_outdated(item, facts, filed), facts, filed), facts)


def _scan_outdated(item: Item, facts: Facts, filed: Filed) -> Item:
    """A corrected document without a new scan, where nobody could read the page: if its figures differ from those the stamped page was
    filed with, the page must be stamped anew. The document it came with stands for it."""
    if item.compared or not item.filed or item.copy != "editable" or item.form is None or not item.obligation or item.obligation.duty.quota:
        return item
    mine = sorted((f for f in facts.filings if f.key == item.obligation.key), key=lambda f: (f.received_at, f.order))
    scan = next((f for f in reversed(mine) if f.copy == "scan"), None)
    papers = [f for f in mine if f.copy == "editable" and not f.nil]
    if scan is None or not papers or any(f.copy == "scan" and f.order >= _NEWEST for f in filed[item.obligation.key]):
        return item
    before = [f for f in papers if (f.received_at, f.order) <= (scan.received_at, scan.order) or f.message == scan.message]
    paper, layout = (before or papers[:1])[-1], facts.rules.forms[item.form].layout
    stamped = _figures(paper.fields, paper.rows, layout.number_field if isinstance(layout, TableLayout) else None)
    now = _figures_of(item, facts)
    changed = next((name for name in now if name in stamped and stamped[name] != now[name]), None)
    if changed is None:
        return item
    label = (item.parsed.labels.get(changed.partition("@")[0], changed) if item.parsed else changed) + changed.partition("@")[2]
    differs = finding("scan-differs", field=changed, where=f"“{label}”（按盖章时一同报来的可编辑版）", found=f"{stamped[changed]:g}", expected=f"{now[changed]:g}")
    return replace(item, findings=(*item.findings, differs))


def _figures(fields: Mapping[str, Value], rows: Sequence[Mapping[str, Value]], numbers: str | None) -> dict[str, float]:
    """All numbers of a form: field -> figure, field@row -> figure; those of the column `numbers`, which number the rows, apart."""
    told = {name: value for name, value in fields.items() if isinstance(value, int | float) and not isinstance(value, bool)}
    for number, row in enumerate(rows, 1):
        named = next((str(v) for v in row.values() if isinstance(v, str) and len(v) <= 6), str(number))
        told |= {f"{f}@{named}": v for f, v in row.items() if f != numbers and isinstance(v, int | float) and not isinstance(v, bool)}
    return told


def _annex_missing(item: Item, facts: Facts, filed: Filed) -> Item:
    if not item.filed or item.copy != "editable" or not item.parsed or item.form is None:
        return item
    wanted = checks.annex_wanted(item.parsed, facts.rules.forms[item.form])
    there = filed.get(item.obligation.key, []) if item.obligation else []
    if wanted is None or any(f.copy == "annex" for f in there):
        return item
    return replace(item, findings=(*item.findings, finding("annex-missing", where="附件", expected=wanted.title)))


def _late(item: Item, facts: Facts) -> Item:
    """Late by the time of receipt; a correction of what was complete in time makes nobody late."""
    obligation = item.obligation
    if not item.filed or not obligation or not obligation.due or facts.received_at <= obligation.due:
        return item
    if standing(obligation, by_key(facts.filings).get(obligation.key, ()), facts.received_at).done:
        return item
    until = f"{obligation.due:%Y-%m-%d %H:%M}" if obligation.hour else f"{obligation.due:%Y-%m-%d}"
    where = campaign_before(obligation, facts.rules.campaigns) + obligation.title
    missed = finding("late", where=where, found=late_by(obligation.due, facts.received_at), expected=until)
    return replace(item, findings=(*item.findings, missed))


def touched_standings(facts: Facts, items: tuple[Item, ...], filings: tuple[Filing, ...]) -> tuple[Standing, ...]:
    """How every obligation that this mail files for stands with it; of a quota only the paper that came."""
    together = by_key((*facts.filings, *filings))
    found: dict[object, Standing] = {}
    for item, filing in zip([i for i in items if i.filed], filings, strict=True):
        obligation = item.obligation
        assert obligation
        mine = case_of(obligation.duty, together[obligation.key], filing)
        found[(obligation.key, mine[0].path if obligation.duty.quota else "")] = standing(obligation, mine, facts.as_of)
    return tuple(found.values())


def softened(items: tuple[Item, ...], touched: tuple[Standing, ...]) -> tuple[Item, ...]:
    """A file that could not be read weighs less where everything owed is there without it."""
    if not touched or any(s.missing for s in touched):
        return items

    def soft(found: Finding) -> Finding:
        return replace(found, severity="warning") if found.code in SOFT_WHEN_COMPLETE else found

    return tuple(replace(i, findings=tuple(map(soft, i.findings))) for i in items)


def reviews_of(items: tuple[Item, ...]) -> tuple[ReviewItem, ...]:
    """What must be asked, each question once for all its files: a scan shares the question of the document that it was paired with."""
    asked: dict[tuple[str, str], list[str]] = {}
    mismatched = {i.ask for i in items if any(f.code == "unit-mismatch" for f in i.findings)}
    for item in items:
        if item.ask:
            kind = "unit-mismatch" if item.ask in mismatched else "nil-not-allowed" if item.ask == NIL_NOT_ALLOWED else "undecided"
            asked.setdefault((kind, item.ask), []).append(item.attachment.path)
    return tuple(ReviewItem(kind, question, tuple(paths)) for (kind, question), paths in asked.items())


def notes_of(items: tuple[Item, ...]) -> tuple[ReviewItem, ...]:
    """What staff should look at, though nothing waits for it."""
    return tuple(ReviewItem("please-look", note, (item.attachment.path,)) for item in items for note in item.notes)


def contacts_of(items: tuple[Item, ...], sender: Sender) -> tuple[Contact, ...]:
    return tuple(
        Contact(i.unit.id, sender.address or "", tuple(sorted(i.fields.items())))
        for i in items
        if i.filed and i.duty and i.duty.contact and i.copy == "editable" and i.unit
    )


def new_addresses(items: tuple[Item, ...], facts: Facts) -> tuple[ReviewItem, ...]:
    """An e-mail address on an accepted liaison form that is not the unit's yet: registered when a person says so. Ours, a
    colleague's or a machine's is never proposed: what goes there reaches no unit."""
    found: dict[str, ReviewItem] = {}
    for item in items:
        address = str(item.fields.get("email") or "").strip().lower()
        if not (item.filed and item.duty and item.duty.contact and item.copy == "editable" and item.unit and item.campaign and _PLAIN.fullmatch(address)):
            continue
        if address in {a.lower() for a in item.unit.addresses} or any(c.roster.by_address(address) for c in facts.rules.campaigns) or nobodys(address, facts.rules):
            continue
        register = Ruling("register", campaign=item.campaign.id, unit=item.unit.id, address=address)
        question = f"联络员表上写了新邮箱 {address}，是否登记为{item.unit.name}的邮箱？"
        before = found[address].proposed if address in found else ()  # the same form, for another campaign
        found[address] = ReviewItem("new-contact", found[address].question if before else question, proposed=(*before, register))
    return tuple(found.values())


def accepted(items: tuple[Item, ...], facts: Facts) -> tuple[Item, ...]:
    """Findings that a person accepted count no more; they stay as notes."""
    said = [r for r in facts.rulings if r.act == "accept"]
    if not said:
        return items

    def is_accepted(item: Item, found: Finding) -> bool:
        return any(r.covers(item.attachment.path) and (not r.codes or found.code in r.codes) for r in said)

    def judged_by_person(item: Item) -> Item:
        findings = (replace(f, severity="note") if f.code not in ("late", "missing-scan", "missing-editable") and is_accepted(item, f) else f for f in item.findings)
        return replace(item, findings=tuple(findings))

    return tuple(judged_by_person(item) for item in items)
