"""Each file of a mail is put in its place: whose it is, which duty, which period, which copy.

Documents first, by what they say. Then the scans, by what is on them, else by their file name, else by the document
they came with, else by what the unit still owes, in that order; where two answers stay possible a person is asked.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from mailbot.domain import classify
from mailbot.domain.campaigns import Campaign, Copy, Duty
from mailbot.domain.documents import Document
from mailbot.domain.findings import finding
from mailbot.domain.forms import Evidence, ParsedForm
from mailbot.domain.mail import Attachment
from mailbot.domain.matching import Words, choose_duties, choose_period, duties_for, open_periods
from mailbot.domain.obligations import Standing, by_key, obligation_for, standing
from mailbot.domain.periods import Period, dates_in, mentions_in, period_from_id
from mailbot.domain.policy import Policy
from mailbot.domain.reading import Facts, Item, Reading
from mailbot.domain.senders import Home, Sender
from mailbot.domain.text import fold
from mailbot.domain.units import Unit

_EDITABLE_NAME = re.compile(r"\.(?:docx?|docm|dotx?|xlsx?|xlsm|xlsb|wps|et|rtf|odt|ods|csv|txt|html?)$", re.IGNORECASE)
_SCAN_NAME = re.compile(r"\.(?:pdf|ofd|jpe?g|png|tiff?|bmp|gif|webp|hei[cf])$", re.IGNORECASE)


def place(facts: Facts) -> tuple[Item, ...]:
    """All files of a mail as Items, in the order of the mail. Nothing is filed here."""
    first = [_look(reading, facts) for reading in facts.readings]
    documents = [_place_document(item, facts) if item.form and item.parsed else item for item in first]
    scans = _Scans(facts, [i for i in documents if i.copy == "editable"])
    return tuple(_annex_home(scans.place(i) if _is_unplaced_scan(i) else i, documents, facts) for i in documents)


def _is_unplaced_scan(item: Item) -> bool:
    return item.copy == "scan" and not item.parsed and not item.attachment.document.trouble


def _look(reading: Reading, facts: Facts) -> Item:
    """What the content alone says: copy, form, seal."""
    file, rules = reading.attachment, facts.rules
    document = file.document
    if document.trouble:
        names = classify.by_name(file.name, facts.forms)
        findings = (finding(document.trouble, where=file.name, found=document.detail),)
        return Item(file, copy_by_name(file.name), names[0][0] if len(names) == 1 else None, findings=findings)
    if _is_ornament(file, rules.policy):
        return Item(file, "other")
    if annex_of := classify.is_annex(document, file.name, facts.forms):
        return Item(file, "annex", annex_of)
    copy: Copy = "scan" if document.kind in ("image", "pdf") or document.scanned else "editable"
    winner = reading.classification.winner
    best = next((c for c in reading.classification.candidates if c.form == winner), None)
    item = Item(file, copy, winner, score=best.score if best else 0.0, parsed=reading.parsed, trail=best.evidence if best else ())
    if reading.classification.tied:
        titles = "、".join(rules.forms[f].title for f in reading.classification.tied)
        item = replace(item, ask=f"看不出是哪一种表：{titles}")
    if document.kind == "pdf" and not document.scanned and not document.sealable:
        item = replace(item, sealed=False, findings=(finding("no-seal", where=file.name),))
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


# --- whose -------------------------------------------------------------------------------------------------------------


def _homes_in(parsed: ParsedForm, document: Document, campaigns: Iterable[Campaign]) -> tuple[Home, ...]:
    """The units a document names in the places that say whose it is: head, else title, else signature."""
    last_lines = "\n".join(p.text for p in document.paragraphs[-3:])
    for place_text in (parsed.unit_text or "", parsed.title, parsed.signature or last_lines):
        homes = tuple((c, unit) for c in campaigns for unit in _named(c, place_text))
        if homes:
            return homes
    return ()


def _named(campaign: Campaign, text: str) -> tuple[Unit, ...]:
    whole = campaign.roster.is_name(text)
    if whole:
        return (whole,)
    named = campaign.roster.named(text)
    # 市场监管综合行政执法大队执法一中队: the last and smallest is meant
    if len(named) == 2 and campaign.roster.may_send_for(named[0], named[1]):
        return named[1:]
    return named


def _place_document(item: Item, facts: Facts) -> Item:
    assert item.form and item.parsed
    sender = facts.sender
    named = _homes_in(item.parsed, item.attachment.document, facts.rules.campaigns)
    by = "document"
    if not named:
        named, by = _homes_beside(item, facts)
    if sender.kind == "unit":
        home, mismatch = _own_home(item.form, sender, named)
        if mismatch:
            other = finding("unit-mismatch", field="unit", where="填报单位", found=home[1].name, expected=sender.homes[0][1].name)
            return replace(item, campaign=home[0], unit=home[1], by=by, ask="表里写的是别的单位", findings=(*item.findings, other))
    elif not named:
        return _periodless(replace(item, ask="看不出是哪个单位的"), facts)
    else:
        home = next((h for h in named if duties_for(*h, item.form)), named[0])
    return _with_duty(replace(item, campaign=home[0], unit=home[1], by=by), facts)


def _homes_beside(item: Item, facts: Facts) -> tuple[tuple[Home, ...], str]:
    """Where the document names nobody: subject, then file name; for people we do not know also bare stems and the text."""
    message, campaigns = facts.message, facts.rules.campaigns
    for text, by in ((message.envelope.subject, "subject"), (item.attachment.path, "file name")):
        homes = tuple((c, unit) for c in campaigns for unit in _named(c, text))
        if homes:
            return homes, by
    if facts.sender.kind == "unit":
        return (), "address"
    for text, by in ((message.envelope.subject, "subject"), (item.attachment.path, "file name")):
        homes = tuple((c, unit) for c in campaigns for unit in c.roster.hinted(text))
        if homes:
            return homes, by
    homes = tuple((c, unit) for c in campaigns for unit in c.roster.named(f"{message.text}\n{message.quoted}"))
    return homes, "signature"


def _own_home(form: str, sender: Sender, named: tuple[Home, ...]) -> tuple[Home, bool]:
    """The home a unit's paper goes to; True where it names a unit that this sender may not send for."""
    own = next((h for h in sender.homes if duties_for(*h, form)), sender.homes[0])
    if not named or any(unit == home[1] for _, unit in named for home in sender.homes):
        return own, False
    for campaign, unit in named:
        if any(c == campaign and campaign.roster.may_send_for(mine, unit) for c, mine in sender.homes):
            return (campaign, unit), False
    return named[0], True


# --- which duty and period -----------------------------------------------------------------------------------------------


def _with_duty(item: Item, facts: Facts, *, words: Words | None = None) -> Item:
    assert item.campaign and item.unit and item.form
    start = "\n".join(p.text for p in item.attachment.document.paragraphs[:5])
    words = words or Words.of(item.parsed, facts.message.envelope.subject, item.attachment.name, start)
    duties = choose_duties(duties_for(item.campaign, item.unit, item.form), words)
    if not duties:
        return replace(item, ask=item.ask or "这份材料对不上这个单位应报的事项")
    answers = [(d, choose_period(d, words, facts.received_at.date(), _open(item.campaign, item.unit, d, facts))) for d in duties]
    if len(answers) > 1:  # the one due nearest to the paper's date
        day = words.reported_on or facts.received_at.date()
        answers.sort(key=lambda a: abs(_due(a[0], a[1].period) - day.toordinal()))
        if not _due(answers[0][0], answers[0][1].period):
            return replace(item, ask=item.ask or "对得上不止一个报送事项：" + "、".join(d.title for d in duties))
    duty, answer = answers[0]
    return replace(
        item, duty=duty, period=answer.period, ask=item.ask or answer.ask, findings=(*item.findings, *answer.findings),
        trail=(*item.trail, Evidence("duty", duty.id, 1.0, words.title or words.subject or words.name, item.by or "document"), *answer.trail),
    )  # fmt: skip


def _due(duty: Duty, period: Period | None) -> int:
    return next((due.toordinal() for p, due in duty.due.owed() if p == period), 0)


def _periodless(item: Item, facts: Facts) -> Item:
    """A form whose unit is unknown: its period is still worth telling the person who decides."""
    assert item.form
    duties = [d for c in facts.rules.campaigns for d in c.duties if d.form == item.form]
    if len(duties) != 1:
        return item
    words = Words.of(item.parsed, facts.message.envelope.subject, item.attachment.name)
    answer = choose_period(duties[0], words, facts.received_at.date(), {})
    return replace(item, period=answer.period, trail=(*item.trail, *answer.trail))


def _open(campaign: Campaign, unit: Unit, duty: Duty, facts: Facts) -> dict[Period, bool]:
    filed = by_key(facts.filings)
    done = []
    for period, _ in duty.due.owed():
        obligation = obligation_for(campaign, unit, duty, period)
        if filed.get(obligation.key) and standing(obligation, filed[obligation.key], facts.received_at).done:
            done.append(period.id)
    return open_periods(duty, done)


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


# --- scans ---------------------------------------------------------------------------------------------------------------


class _Scans:
    """Places pictures of pages whose text nobody has read."""

    def __init__(self, facts: Facts, editables: list[Item]) -> None:
        self.facts, self.sender = facts, facts.sender
        self.partners = [e for e in editables if e.form and not e.attachment.document.trouble]
        self.unread = {e.form for e in editables if e.form and e.attachment.document.trouble}
        self.claimed: list[Item] = []

    def place(self, scan: Item) -> Item:
        for step in (self._by_name, self._by_partner, self._by_obligations):
            placed = step(scan)
            if placed is not None:
                self.claimed.append(placed)
                return placed
        return replace(scan, ask="看不出这份扫描件是哪一项的")

    def _like(self, scan: Item, partner: Item, by: str) -> Item:
        return replace(
            scan, form=partner.form, campaign=partner.campaign, unit=partner.unit, duty=partner.duty, period=partner.period,
            ask=partner.ask, by=by, score=0.9 if by == "file name" else 0.8,
            trail=(*scan.trail, Evidence("form", partner.form or "", 0.8, partner.attachment.name, by)),
        )  # fmt: skip

    def _by_name(self, scan: Item) -> Item | None:
        known = [f for f, _ in classify.by_name(scan.attachment.name, self.facts.forms)]
        beside = [p for p in self.partners if p.form in known]
        if beside:
            best = self._same_stem(scan, beside)
            return self._like(scan, best, "file name") if best else None
        return self._of_form(scan, known[0], "file name") if len(known) == 1 else None

    def _of_form(self, scan: Item, form: str, by: str) -> Item:
        """A scan of a known form that came without its document: what waits for it, else by dates like any document."""
        waiting = self._waiting(scan, form)
        if len(waiting) == 1:
            return self._for(scan, waiting[0], by)
        home = self._home(scan, form)
        if home is None:
            return _periodless(replace(scan, form=form, ask="看不出是哪个单位的"), self.facts)
        mine = replace(scan, form=form, campaign=home[0], unit=home[1], by=by, score=0.7)
        return _with_duty(mine, self.facts, words=self._words(scan))

    def _by_partner(self, scan: Item) -> Item | None:
        partners = [p for p in self.partners if not any(c.duty == p.duty and c.period == p.period and c.unit == p.unit for c in self.claimed)]
        partners = partners or (self.partners if _distinct(self.partners) == 1 else [])
        if not partners:
            return self._of_form(scan, next(iter(self.unread)) or "", "partner") if len(self.unread) == 1 else None
        if _distinct(partners) > 1:
            twin = self._same_stem(scan, partners)
            return self._like(scan, twin, "partner") if twin else replace(scan, ask="一封邮件里有几份表，看不出这份扫描件对应哪一份")
        return self._like(scan, partners[0], "partner")

    def _by_obligations(self, scan: Item) -> Item | None:
        waiting = self._waiting(scan, None)
        if len(waiting) == 1:
            return self._for(scan, waiting[0], "obligations")
        if len(waiting) > 1 or self.sender.kind != "unit":
            return None
        soon = [s for s in self._standings() if s.state in ("upcoming", "overdue") and self._is_near(s)]
        subject = [f for f, _ in classify.by_name(self.facts.message.envelope.subject, self.facts.forms)]
        narrowed = [s for s in soon if s.obligation.duty.form in subject] if subject else soon
        return self._for(scan, narrowed[0], "obligations") if len(narrowed) == 1 else None

    def _is_near(self, standing_: Standing) -> bool:
        due = standing_.obligation.due
        return bool(due and -15 <= (due - self.facts.received_at).days <= 20)

    def _for(self, scan: Item, there: Standing, by: str) -> Item:
        o = there.obligation
        seen = (Evidence("duty", o.duty.id, 0.6, o.title, by), Evidence("period", o.period.id, 0.6, o.title, "obligations"))
        return replace(scan, form=o.duty.form, campaign=o.campaign, unit=o.unit, duty=o.duty, period=o.period, by=by, score=0.6,
                       trail=(*scan.trail, *seen))  # fmt: skip

    def _waiting(self, scan: Item, form: str | None) -> list[Standing]:
        """Obligations of this sender with the document in and the scan missing; narrowed by what name and subject say."""
        found = [s for s in self._standings() if s.state == "partial" and "scan" in s.missing and s.current("editable")]
        found = [s for s in found if form is None or s.obligation.duty.form == form]
        if form is None:
            subject = [f for f, _ in classify.by_name(self.facts.message.envelope.subject, self.facts.forms)]
            found = [s for s in found if not subject or s.obligation.duty.form in subject]
        said = self._said_periods(scan)
        return [s for s in found if s.obligation.period in said] if said and any(s.obligation.period in said for s in found) else found

    def _said_periods(self, scan: Item) -> set[Period]:
        mentions = mentions_in(f"{scan.attachment.name} {self.facts.message.envelope.subject}", bare=True)
        return {s.obligation.period for s in self._standings() if any(m.fits(s.obligation.period) for m in mentions)}

    def _standings(self) -> list[Standing]:
        filed = by_key(self.facts.filings)
        found = []
        for campaign, unit in self.sender.homes:
            for duty in campaign.duties:
                if unit in campaign.owers(duty):
                    for period, _ in duty.due.owed():
                        obligation = obligation_for(campaign, unit, duty, period)
                        found.append(standing(obligation, filed.get(obligation.key, ()), self.facts.received_at))
        return found

    def _home(self, scan: Item, form: str) -> Home | None:
        named, _ = _homes_beside(scan, self.facts)
        if self.sender.kind == "unit":
            home, mismatch = _own_home(form, self.sender, named)
            return None if mismatch else home
        return next((h for h in named if duties_for(*h, form)), None)

    def _words(self, scan: Item) -> Words:
        name = scan.attachment.name
        dated = dates_in(name)
        return Words(subject=self.facts.message.envelope.subject, name=name, reported_on=dated[0] if dated else None)

    def _same_stem(self, scan: Item, partners: list[Item]) -> Item | None:
        """The one document whose name the scan's name shares (月报3-章.pdf, 月报3.xlsx); any where there is but one paper."""
        if _distinct(partners) == 1:
            return partners[0]
        stem = _stem(scan.attachment.name)
        same = [p for p in partners if _stem(p.attachment.name) in stem or stem in _stem(p.attachment.name)]
        if _distinct(same) == 1:
            return same[0]
        said = self._said_periods(scan)
        fitting = [p for p in partners if p.period in said]
        return fitting[0] if _distinct(fitting) == 1 else None


def _distinct(items: list[Item]) -> int:
    return len({(i.unit.id if i.unit else "", i.duty.id if i.duty else "", i.period.id if i.period else "") for i in items})


def _stem(name: str) -> str:
    flat = fold(re.sub(r"\.[^.]*$", "", name))
    return re.sub(r"(?:-|_|\(|\))|扫描件?|盖章版?|-?章$|签章|副本|定稿|最终版?|拍照|照片|图片|电子版|\d+$", "", flat)
