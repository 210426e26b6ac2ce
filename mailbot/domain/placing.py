"""Each file of a mail is put in its place: whose it is, which duty, which period, which copy.

Documents first, by what they say. Then the scans, by what is on them, else by their file name, else by the document
they came with, else by what the unit still owes, in that order; where two answers stay possible a person is asked.
"""

import re
from dataclasses import replace

from mailbot.domain import classify
from mailbot.domain.assigning import periodless, with_duty
from mailbot.domain.campaigns import Copy
from mailbot.domain.findings import finding
from mailbot.domain.forms import Evidence, ParsedForm
from mailbot.domain.mail import Attachment
from mailbot.domain.masking import shown
from mailbot.domain.periods import period_from_id
from mailbot.domain.policy import Policy
from mailbot.domain.reading import Facts, Item, Reading
from mailbot.domain.scans import Scans
from mailbot.domain.sealing import sealing
from mailbot.domain.senders import Home, Sender
from mailbot.domain.several import at_home, with_twins
from mailbot.domain.text import fold
from mailbot.domain.whose import SPEAKS_FOR_ONE, homes_beside, homes_in, homes_like, one_a_campaign, own_homes, strange_head, unit_evidence
from mailbot.domain.words import NIL_NOT_ALLOWED
from mailbot.domain.wordsonly import bare_nil, nil_doubt

_EDITABLE_NAME = re.compile(r"\.(?:docx?|docm|dotx?|xlsx?|xlsm|xlsb|wps|et|rtf|odt|ods|csv|txt|html?)$", re.IGNORECASE)
_SCAN_NAME = re.compile(r"\.(?:pdf|ofd|jpe?g|png|tiff?|bmp|gif|webp|hei[cf])$", re.IGNORECASE)


def place(facts: Facts) -> tuple[Item, ...]:
    """All files of a mail as Items, in the order of the mail. Nothing is filed here."""
    first = _without_older([_said(_look(reading, facts), facts) for reading in facts.readings])
    documents = [_place_document(item, facts) if item.form and item.parsed else item for item in first]
    scans = Scans(facts, [i for i in documents if i.copy == "editable"], [i for i in documents if i.copy == "scan"])
    read_first = sorted((n for n, i in enumerate(documents) if _is_scan(i)), key=lambda n: documents[n].parsed is None)
    placed = {n: scans.place(documents[n]) for n in read_first}
    told = with_twins(tuple(_told(_annex_home(placed.get(n, i), documents, facts), facts) for n, i in enumerate(documents)), facts)
    return tuple(replace(i, trail=(*i.trail, *unit_evidence(i, facts))) if i.form else i for i in told)


def _said(item: Item, facts: Facts) -> Item:
    """The form and copy that a person said a file is."""
    for ruling in facts.rulings:
        if ruling.act == "assign" and ruling.covers(item.attachment.path):
            form = ruling.form or item.form
            parsed = item.parsed if item.parsed and item.parsed.form == form else ParsedForm(form) if form else None
            copy = ruling.copy or ("editable" if item.copy == "other" else item.copy)
            item = replace(item, form=form, copy=copy, parsed=parsed if copy == "editable" else item.parsed, ask="", score=1.0)
    return item


def _told(item: Item, facts: Facts) -> Item:
    """Where a person said a file belongs: nobody is asked any more, unless his words leave it open."""
    for ruling in facts.rulings:
        if ruling.act != "assign" or not ruling.covers(item.attachment.path) or item.form is None:
            continue
        campaign = next((c for c in facts.rules.campaigns if c.id == ruling.campaign), item.campaign)
        unit = campaign.roster.by_id(ruling.unit) if campaign and ruling.unit else item.unit
        if campaign is None or unit is None:
            continue
        home = (campaign.id, unit.id) == (item.campaign.id if item.campaign else "", item.unit.id if item.unit else "")
        kept = tuple(f for f in item.findings if f.code != "unit-mismatch")
        item = replace(item, campaign=campaign, unit=unit, by="staff", ask="", findings=kept)
        item = item if home and item.duty and not ruling.duty else with_duty(item, facts)
        duty = campaign.duty(ruling.duty) if ruling.duty else item.duty
        period = period_from_id(ruling.period) if ruling.period else item.period if duty == item.duty else None
        seen = Evidence("unit", unit.id, 1.0, ruling.by, "staff")
        item = replace(item, duty=duty, period=period, ask="" if duty and period else item.ask or "还不知道是哪一期的", trail=(*item.trail, seen))
    return item


def _without_older(items: list[Item]) -> list[Item]:
    """A file inside a forwarded or quoted mail is older than the mail: where the mail itself brings the same form in the same
    copy, that one is meant (the office's own template, last month's report)."""
    own = {(i.form, i.copy) for i in items if i.form and not i.attachment.forwarded}
    return [Item(i.attachment, "other") if i.attachment.forwarded and (i.form, i.copy) in own else i for i in items]


def _is_scan(item: Item) -> bool:
    return item.copy == "scan" and not item.attachment.document.trouble


def _look(reading: Reading, facts: Facts) -> Item:
    """What the content alone says: copy, form, seal."""
    file, rules = reading.attachment, facts.rules
    document = file.document
    if document.trouble:
        names = classify.by_name(file.name, facts.forms)
        findings = (finding(document.trouble, where=file.name, found=document.detail),)
        return Item(file, copy_by_name(file.name), names[0][0] if len(names) == 1 else None, findings=findings)
    if document.ours or _is_ornament(file, rules.policy):
        return Item(file, "other")
    if annex_of := classify.is_annex(document, file.name, facts.forms):
        return Item(file, "annex", annex_of)
    copy: Copy = "scan" if document.kind in ("image", "pdf") or document.scanned else "editable"
    winner = reading.classification.winner
    best = reading.classification.best
    item = Item(file, copy, winner, score=best.score if best else 0.0, parsed=reading.parsed, trail=best.evidence if best else ())
    if copy == "scan":
        item = replace(item, sealed=sealing((document,)).sealed)
    nil = bare_nil(document.text, f"{file.name} {facts.message.envelope.subject}", facts.forms) if copy == "editable" else None
    if nil and (winner is None or (winner == nil.id and nil.layout.kind == "free")):
        parsed = replace(reading.parsed or ParsedForm(nil.id), nil=True)
        item = replace(item, form=nil.id, parsed=parsed, score=item.score or 0.6, ask=nil_doubt(document.text, facts))
    if reading.classification.tied:
        titles = "、".join(rules.forms[f].title for f in reading.classification.tied)
        item = replace(item, ask=f"看不出是哪一种表：{titles}")
    if document.macro:
        item = replace(item, findings=(*item.findings, finding("macro", where=file.name)))
    return item


def copy_by_name(name: str) -> Copy:
    """For a file that could not be read, what its name says it was meant to be."""
    if _EDITABLE_NAME.search(name):
        return "editable"
    return "scan" if _SCAN_NAME.search(name) else "other"


def _is_ornament(file: Attachment, policy: Policy) -> bool:
    """Signature logos and icons: small pictures. What is shown in the text must be large to count as a page."""
    if file.document.kind != "image":
        return False
    width, height = file.document.pixels or (policy.picture_min_pixels, policy.picture_min_pixels)
    small_bytes, small_picture = file.size < policy.picture_min_bytes, min(width, height) < policy.picture_min_pixels
    return (small_bytes or small_picture) if file.inline else (small_bytes and small_picture)


def _place_document(item: Item, facts: Facts) -> Item:
    assert item.form and item.parsed
    sender = facts.sender
    if strange := strange_head(item.parsed.unit_text or "", facts):
        return periodless(replace(item, ask=strange), facts)
    named = homes_in(item.parsed, item.attachment.document, facts.rules.campaigns)
    by = "document"
    if not named:
        near, words = homes_like(item.parsed, facts.rules.campaigns)
        named, by = homes_beside(item, facts)
        agreed = near if _misread(words, item, sender) and not named else tuple(h for h in near if _agrees(h, sender, named))
        if near and not agreed:
            return periodless(replace(item, ask=f"表里的单位写的是“{shown(words, 30)}”，像是{near[0][1].name}，请确认"), facts)
        named, by = (agreed, "document") if agreed else (named, by)
    if sender.kind in SPEAKS_FOR_ONE:
        homes, mismatch = own_homes(sender, named)
        if mismatch:
            home = homes[0]
            other = finding("unit-mismatch", field="unit", where="填报单位", found=home[1].name, expected=sender.homes[0][1].name)
            return replace(item, campaign=home[0], unit=home[1], by=by, ask="表里写的是别的单位", findings=(*item.findings, other))
    elif not named:
        return periodless(replace(item, ask="看不出是哪个单位的"), facts)
    else:
        homes = one_a_campaign(named)
    placed = at_home(replace(item, by=by), homes, facts)
    forbidden = placed.nil and placed.duty and not placed.duty.nil_allowed
    return replace(placed, ask=placed.ask or NIL_NOT_ALLOWED) if forbidden else placed


def _misread(words: str, item: Item, sender: Sender) -> bool:
    """Whether nearly a name is that name: in a line that was not read surely a slip of the reader is likelier than a stranger. A unit
    that writes itself is not told of another's name for that."""
    look = item.attachment.document.look
    if sender.kind == "unit" or look is None or look.reading != "ocr":
        return False
    return not any(fold(words) in fold(line.text) and line.sure for page in look.pages for line in page.lines)


def _agrees(near: Home, sender: Sender, beside: tuple[Home, ...]) -> bool:
    """Whether a misspelt unit is the one that wrote, one it may send for, or the one that subject or file name give."""
    campaign, unit = near
    own = any(c.id == campaign.id and campaign.roster.may_send_for(mine, unit) for c, mine in sender.homes)
    return own or any((c.id, u.id) == (campaign.id, unit.id) for c, u in beside)


def _annex_home(item: Item, documents: list[Item], facts: Facts) -> Item:
    """A penalty decision belongs to the case it came with, else to the one case that still wants it."""
    if item.copy != "annex":
        return item
    home = next((d for d in documents if d.placed and d.form == item.form), None)
    if home:
        return replace(item, campaign=home.campaign, unit=home.unit, duty=home.duty, period=home.period)
    wanting = {f.key: f for f in facts.filings if f.form == item.form and any(found.code == "annex-missing" for found in f.findings)}
    wanting = {key: f for key, f in wanting.items() if not any(g.key == key and g.copy == "annex" for g in facts.filings)}
    if len(wanting) != 1:
        return replace(item, ask="看不出这份附件材料属于哪一份")
    ((campaign_id, unit_id, duty_id, period_id),) = wanting
    campaign = facts.rules.campaign(campaign_id)
    unit = campaign.roster.by_id(unit_id)
    return replace(item, campaign=campaign, unit=unit, duty=campaign.duty(duty_id), period=period_from_id(period_id), by="obligations")
