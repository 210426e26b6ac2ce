"""Pictures of pages: by file name, else by the document they came with, else by what the unit still owes, in that order."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from mailbot.domain import classify
from mailbot.domain.assigning import periodless
from mailbot.domain.campaign_names import campaign_named
from mailbot.domain.dates import dates_in, days_in, mentions_in
from mailbot.domain.forms import Evidence
from mailbot.domain.inspecting import is_another
from mailbot.domain.matching import Words, duties_for
from mailbot.domain.obligations import Standing, by_key, expand, standing, wants_scan
from mailbot.domain.periods import Period
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Home
from mailbot.domain.several import at_home
from mailbot.domain.text import fold
from mailbot.domain.whose import SPEAKS_FOR_ONE, homes_beside, one_a_campaign, own_homes


class Scans:
    """Places scans. Those whose words were read come with the place that these tell."""

    def __init__(self, facts: Facts, editables: list[Item], scans: Iterable[Item]) -> None:
        self.facts, self.sender = facts, facts.sender
        self.partners = [e for e in editables if e.form and not e.attachment.document.trouble]
        self.unread = {e.form for e in editables if e.form and e.attachment.document.trouble}
        self.claimed = [s for s in scans if any(_is_of(s, p) for p in self.partners)]
        self.first_pages: list[Item] = []

    def place(self, scan: Item) -> Item:
        """To be asked for scans whose words were read before the others: a page without a title belongs to the page that has one."""
        placed = self._read(scan) if scan.parsed else self._unread(scan)
        if scan.parsed and placed.placed:
            self.first_pages.append(placed)
        return placed

    def _read(self, scan: Item) -> Item:
        """Where its words put it; but with the document it came with, where that place does not wait for it or its words leave the place
        open: last quarter's page, another unit's, a name or a month misread. It is then held against that document. A month that has
        not begun was misread."""
        if scan.placed and any(_is_of(scan, p) for p in self.partners):
            return scan
        free = [p for p in _near(scan, self.partners) if not any(_is_of(c, p) for c in self.claimed)]
        alike = [p for p in free if p.form == scan.form] or free
        begun = scan.placed and self._has_begun(scan.period)
        if begun and _says_period(scan) and self._waits_for(scan, alike):
            return scan
        if _distinct(alike) == 1 and alike[0].placed:
            placed = self._like(replace(scan, findings=(), trail=()), alike[0], "partner")
            self.claimed.append(placed)
            return placed
        if begun or any(f.code == "unit-mismatch" for f in scan.findings):
            return scan
        placed = self._unread(replace(scan, parsed=None, findings=(), ask="", by=""))
        if placed.placed and placed.form == scan.form:
            return replace(placed, parsed=scan.parsed)
        return replace(scan, ask=f"扫描件上写的是{scan.period.title}，还没有到，请确认是哪一期的") if scan.placed and scan.period else scan

    def _has_begun(self, period: Period | None) -> bool:
        return period is None or period.kind in ("date", "open") or period.start <= self.facts.received_at.date()

    def _waits_for(self, scan: Item, alike: Iterable[Item]) -> bool:
        """Whether the obligation that a scan names is still open for one. Beside a paper of the same unit and duty for another period the
        period is likelier misread: then its own paper must be in, and the page must not agree with the one beside it."""
        assert scan.obligation
        filed = by_key(self.facts.filings).get(scan.obligation.key, ())
        there = standing(scan.obligation, filed, self.facts.received_at)
        rivals = [p for p in alike if p.placed and (p.unit, p.duty) == (scan.unit, scan.duty)]
        if rivals and not (there.current("editable") and all(is_another(scan, p, self.facts) for p in rivals)):
            return False
        return not there.done and wants_scan(there)

    def _unread(self, scan: Item) -> Item:
        for step in (self._by_name, self._by_first_page, self._by_partner, self._by_obligations):
            placed = step(scan)
            if placed is not None:
                self.claimed.append(placed)
                return placed
        return replace(scan, ask="看不出这份扫描件是哪一项的")

    def _like(self, scan: Item, partner: Item, by: str) -> Item:
        return replace(
            scan, form=partner.form, campaign=partner.campaign, unit=partner.unit, duty=partner.duty, period=partner.period,
            ask=partner.ask, by=by, score=0.9 if by == "file name" else 0.8,
            trail=(*scan.trail, Evidence("form", partner.form or "", 0.8, scan.attachment.name if by == "file name" else partner.attachment.name, by)),
        )  # fmt: skip

    def _by_name(self, scan: Item) -> Item | None:
        known = [f for f, _ in classify.by_name(scan.attachment.name, self.facts.forms)]
        beside = _near(scan, [p for p in self.partners if p.form in known])
        if beside:
            best = self._same_stem(scan, beside)
            return self._like(scan, best, "file name") if best else None
        return self._of_form(scan, known[0], "file name") if len(known) == 1 else None

    def _of_form(self, scan: Item, form: str, by: str) -> Item:
        """A scan of a known form that came without its document: what waits for it, else by dates like any document."""
        waiting = self._waiting(scan, form)
        if len(waiting) == 1:
            return self._for(scan, waiting[0], by)
        homes = self._homes(scan, form)
        if not homes:
            return periodless(replace(scan, form=form, ask="看不出是哪个单位的"), self.facts)
        return at_home(replace(scan, form=form, by=by, score=0.7), homes, self.facts, words=self._words(scan))

    def _by_first_page(self, scan: Item) -> Item | None:
        """A photo of a page that goes on what another photo of the same mail begins: of several the one before it, by their names."""
        begun = sorted((p for p in _near(scan, self.first_pages) if p.attachment.document.kind == "image"), key=_natural)
        if scan.attachment.document.kind != "image" or not scan.attachment.document.blocks or not begun:
            return None
        if _distinct(begun) == 1:
            return self._like(scan, begun[0], "partner")
        before = [p for p in begun if _natural(p) < _natural(scan)]
        return self._like(scan, before[-1], "partner") if before else None

    def _by_partner(self, scan: Item) -> Item | None:
        near = _near(scan, self.partners)
        partners = [p for p in near if not any(c.duty == p.duty and c.period == p.period and c.unit == p.unit for c in self.claimed)]
        partners = partners or (near if _distinct(near) == 1 else [])
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
        soon = [s for s in self._standings if s.state in ("upcoming", "overdue") and self._is_near(s)]
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
        found = [s for s in self._standings if s.state == "partial" and wants_scan(s) and s.current("editable")]
        found = [s for s in found if form is None or s.obligation.duty.form == form]
        if form is None:
            subject = [f for f, _ in classify.by_name(self.facts.message.envelope.subject, self.facts.forms)]
            found = [s for s in found if not subject or s.obligation.duty.form in subject]
        if len(self.sender.homes) > 1:
            text = f"{scan.attachment.name} {self.facts.message.envelope.subject}"
            named = campaign_named(text, [c for c, _ in self.sender.homes])
            found = [s for s in found if named is None or s.obligation.campaign.id == named.id]
        said = self._said_periods(scan)
        fitting = [s for s in found if s.obligation.period in said]
        return fitting if fitting or self._says_year(scan) else found

    def _says_year(self, scan: Item) -> bool:
        """Whether name or subject name an owed month or quarter with its year: then it is for that one and for no other."""
        mentions = mentions_in(f"{scan.attachment.name} {self.facts.message.envelope.subject}")
        return any(m.year and m.kind in ("week", "month", "quarter", "half") and m.fits(s.obligation.period) for m in mentions for s in self._standings)

    def _said_periods(self, scan: Item) -> set[Period]:
        text = f"{scan.attachment.name} {self.facts.message.envelope.subject}"
        mentions, days = mentions_in(text, bare=True), days_in(text, bare=True)
        said = ((s.obligation.period, days if s.obligation.duty.due.daily else mentions) for s in self._standings)
        return {period for period, spoken in said if any(m.fits(period) for m in spoken)}

    @cached_property
    def _standings(self) -> list[Standing]:
        filed = by_key(self.facts.filings)
        owed = (o for campaign, unit in self.sender.homes for o in expand(campaign, unit))
        return [standing(o, filed.get(o.key, ()), self.facts.received_at) for o in owed]

    def _homes(self, scan: Item, form: str) -> tuple[Home, ...]:
        named, _ = homes_beside(scan, self.facts)
        if self.sender.kind in SPEAKS_FOR_ONE:
            homes, mismatch = own_homes(self.sender, named)
            return () if mismatch else homes
        return one_a_campaign(h for h in named if duties_for(*h, form))

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


def _is_of(scan: Item, paper: Item) -> bool:
    return scan.obligation is not None and paper.obligation is not None and scan.obligation.key == paper.obligation.key


def _says_period(scan: Item) -> bool:
    return any(e.about == "period" and e.source == "document" for e in scan.trail)


def _near(scan: Item, partners: list[Item]) -> list[Item]:
    """The papers in the scan's own folder of an archive (一中队/清单.docx, 一中队/盖章.jpg) where there are any, else all."""
    folder = scan.attachment.path.rpartition("/")[0]
    return [p for p in partners if p.attachment.path.rpartition("/")[0] == folder] or partners


def _distinct(items: list[Item]) -> int:
    return len({(i.unit.id if i.unit else "", i.duty.id if i.duty else "", i.period.id if i.period else "") for i in items})


def _natural(item: Item) -> list[tuple[int, str]]:
    """照片2 before 照片10."""
    return [(int(word), "") if word.isdigit() else (-1, word) for word in re.split(r"(\d{1,9})", item.attachment.path)]


def _stem(name: str) -> str:
    flat = fold(re.sub(r"\.[^.]*$", "", name))
    return re.sub(r"(?:-|_|\(|\))|扫描件?|盖章版?|-?章$|签章|副本|定稿|最终版?|拍照|照片|图片|电子版|\d+$", "", flat)
