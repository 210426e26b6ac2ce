"""decide(): everything known about one mail -> what is filed, who is answered what, what a person must settle. Pure.

The order of the questions is the contract's table "who may file", top to bottom.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from mailbot.domain import checks, classify
from mailbot.domain.campaigns import Campaign, Copy
from mailbot.domain.documents import Document, Trouble
from mailbot.domain.findings import SOFT_WHEN_COMPLETE, Finding, finding
from mailbot.domain.forms import Evidence, Value
from mailbot.domain.letters import Letter, LetterKind, duty_line, file_line, owed_soon, write
from mailbot.domain.mail import Attachment, Envelope, Place, automatic_because, may_answer
from mailbot.domain.obligations import Filing, Standing, by_key, case_of, standing
from mailbot.domain.periods import period_from_id
from mailbot.domain.placing import place
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Sender
from mailbot.domain.units import Unit
from mailbot.domain.wordsonly import is_about_us, nil_item, only_words

Disposition = Literal["submission", "review", "inquiry", "command", "automatic", "duplicate", "foreign"]
ReplyKind = Literal["receipt", "missing", "unknown-unit", "held", "inquiry", "none"]


@dataclass(frozen=True, slots=True)
class Missing:
    duty: str
    period: str
    copy: Copy


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """What a person must settle: why (Chinese), and which files it is about."""

    kind: str
    question: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A liaison form's fields; `address` becomes registered only when staff confirm it."""

    unit: str
    address: str
    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is decided about one mail. Nothing has happened yet."""

    disposition: Disposition
    reason: str
    unit: Unit | None = None
    unit_by: str | None = None
    trusted: bool = False
    items: tuple[Item, ...] = ()
    kind: ReplyKind = "none"
    missing: tuple[Missing, ...] = ()
    letters: tuple[Letter, ...] = ()
    filings: tuple[Filing, ...] = ()
    reviews: tuple[ReviewItem, ...] = ()
    contacts: tuple[Contact, ...] = ()
    trail: tuple[Evidence, ...] = field(default=())


def decide(facts: Facts) -> Outcome:
    """The whole decision about one mail, top to bottom."""
    if facts.first_seen is not None:
        return Outcome("duplicate", "这封邮件以前收过，不重复登记")
    machine = automatic_because(facts.message, facts.rules.own_addresses)
    if machine:
        return Outcome("automatic", f"自动邮件（{machine}），不答复")
    sender = facts.sender
    if sender.kind == "staff" and (sender.forged or _is_command(facts)):
        return _staff_word(facts)
    if facts.message.trouble:
        return _unreadable(facts)
    items = place(facts)
    nil = nil_item(facts) if not any(i.form or i.attachment.document.trouble for i in items) else None
    items = (*items, nil) if nil else items
    if not any(_is_ours(i, facts) for i in items):
        return _words_only(facts, items)
    if not sender.trusted:
        return _untrusted(facts, items)
    return _may_not_answer(_file(facts, items), facts)


def _may_not_answer(outcome: Outcome, facts: Facts) -> Outcome:
    if may_answer(facts.message) or not outcome.letters:
        return outcome
    note = ReviewItem("no-answer", "来信要求不自动答复（X-Auto-Response-Suppress），材料已登记，请视情告知对方")
    return replace(outcome, kind="none", letters=(), reviews=(*outcome.reviews, note))


def _is_ours(item: Item, facts: Facts) -> bool:
    """Whether a file is the business of this mailbox. From people we do not know a picture or an unreadable file is
    only ours where name, subject or text speak of our forms."""
    if item.form and not (item.form in _free_forms(facts) and item.duty is None and not facts.sender.homes):
        return True
    if item.copy not in ("scan", "annex") and not item.attachment.document.trouble:
        return False
    if facts.sender.kind == "unit":
        return True
    about = f"{facts.message.envelope.subject} {item.attachment.name}"
    return bool(classify.by_name(about, facts.forms))


def _free_forms(facts: Facts) -> set[str]:
    return {f.id for f in facts.rules.forms.values() if f.layout.kind == "free"}


# --- staff, strangers, forgers -------------------------------------------------------------------------------------------


def _is_command(facts: Facts) -> bool:
    subject = facts.message.envelope.subject
    is_answer = subject.strip()[:3].lower() in ("re:", "回复:", "回复：", "答复:", "答复：") or bool(facts.message.envelope.header("in-reply-to"))
    return not facts.readings and is_answer and any(w in subject for w in facts.rules.policy.command_subjects)


def _staff_word(facts: Facts) -> Outcome:
    """A staff address: an answer to a digest, or somebody pretending. Without a valid token nothing is carried out."""
    sender = facts.sender
    assert sender.address
    letter = replace(write("command-held", sender.address, facts), to_staff=True)
    if sender.forged:
        review = ReviewItem("forged-staff", "有人冒用工作人员的地址来信，未作任何处理")
        return Outcome("review", "收信服务器判定发件人系冒用", kind="held", letters=(letter,), reviews=(review,), trail=sender.evidence)
    return Outcome("command", "工作人员对日报的答复，没有有效口令，未执行", trusted=True, kind="held", letters=(letter,), trail=sender.evidence)


def _untrusted(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    """Held: nothing is filed until a person says yes. Unit data goes to registered addresses only."""
    sender = facts.sender
    items = tuple(_with_findings(i, facts) for i in items)
    paths = tuple(i.attachment.path for i in items if i.copy != "other")
    if sender.forged and sender.unit:
        letters = tuple(replace(write("forged-notice", a, facts), unit=sender.unit) for a in sender.unit.addresses[:1])
        review = ReviewItem("forged", f"收信服务器判定这封信冒用了{sender.unit.name}的地址，请核实", paths)
        return Outcome("review", "发件人地址系冒用，材料暂未登记", sender.unit, "address", False, items, "held", letters=letters, reviews=(review,),
                       trail=sender.evidence)  # fmt: skip
    known = next((i for i in items if i.unit), None)
    unit, by = (known.unit, known.by) if known else (None, None)
    kind: LetterKind = "held" if unit else "unknown-unit"
    letters = ()
    if sender.address and not facts.stranger_answered and may_answer(facts.message):
        letters = (write(kind, sender.address, facts),)
    if unit:
        about = tuple(dict.fromkeys(i.obligation.title for i in items if i.unit == unit and i.obligation))
        letters += tuple(replace(write("held-notice", a, facts), unit=unit, about=about) for a in unit.addresses[:1])
    question = f"未登记的地址送来{unit.name}的材料，是否登记？" if unit else "未登记的地址送来材料，看不出是哪个单位，请确认"
    reply: ReplyKind = ("held" if unit else "unknown-unit") if letters else "none"
    return Outcome("review", "发件地址未登记，材料暂未登记", unit, by, False, items, reply, letters=letters,
                   reviews=(ReviewItem("unknown-sender", question, paths),), trail=sender.evidence)  # fmt: skip


def _unreadable(facts: Facts) -> Outcome:
    """The mail as a whole could not be read (too large, broken, ambiguous): nothing is filed, a person looks at it, and a
    unit we know hears that its mail did not get through."""
    sender = facts.sender
    trouble: Trouble = "too-large" if facts.message.trouble.startswith("too-large") else "corrupt"
    whole = Attachment("整封邮件", "整封邮件", "", 0, Document("mail", trouble=trouble, detail=facts.message.trouble))
    item = Item(whole, "other", findings=(finding(trouble, where="整封邮件", found=facts.message.trouble),))
    reviews = (ReviewItem("unreadable", "整封邮件读不出来，请人工登录邮箱查看"),)
    unit = sender.unit if sender.trusted else None
    outcome = Outcome("review", "整封邮件读不出来，没有登记任何材料", unit, "address" if unit else None, sender.trusted, (item,),
                      reviews=reviews, trail=sender.evidence)  # fmt: skip
    if unit is None or not may_answer(facts.message):
        return outcome
    return replace(outcome, kind="missing", letters=(_receipt("missing", sender.address or "", facts, (item,), (), *sender.homes[0]),))


def _words_only(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    """No form in it: a question, an announcement without its file, a report typed into the mail, or nothing of ours."""
    sender = facts.sender
    said = only_words(facts)
    if not sender.trusted:
        if said == "question" and is_about_us(facts):
            review = ReviewItem("question", "未登记的地址来信询问本项工作，请视情答复")
            return Outcome("inquiry", "陌生人询问，转工作人员", items=items, reviews=(review,), trail=sender.evidence)
        return Outcome("foreign", "与本信箱无关，不答复", items=items, trail=sender.evidence)
    outcome = Outcome("foreign", "没有材料，也没有问题", sender.unit, "address" if sender.unit else None, True, items, trail=sender.evidence)
    to = sender.address or ""
    group = sender.homes[0][0].group_of(None) if sender.homes else None

    def letter(kind: LetterKind) -> tuple[Letter, ...]:
        return (replace(write(kind, to, facts), unit=sender.unit, group=group),)

    if sender.kind == "staff":
        return outcome
    if said == "question":
        review = ReviewItem("question", f"{sender.unit.name if sender.unit else to}来信询问，请答复")
        asked = replace(outcome, disposition="inquiry", reason="来信询问，转联络员", kind="inquiry", letters=letter("inquiry"), reviews=(review,))
        return _may_not_answer(asked, facts)
    if said == "announced" and not facts.readings:
        return _may_not_answer(replace(outcome, disposition="inquiry", reason="邮件里没有附件", kind="missing", letters=letter("no-file")), facts)
    if said == "report" or items:
        question = "材料写在了邮件正文里，请确认怎样登记" if said == "report" else "认不出附件是哪一种表，请确认"
        review = ReviewItem("body-report" if said == "report" else "unknown-file", question, tuple(i.attachment.path for i in items))
        return replace(outcome, disposition="review", reason=question, reviews=(review,))
    return outcome


# --- filing --------------------------------------------------------------------------------------------------------------


def _file(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    sender = facts.sender
    items = tuple(_with_findings(_decided(i), facts) for i in items)
    filings = tuple(_filing(i, facts, n) for n, i in enumerate(items) if i.filed)
    filed = by_key((*facts.filings, *filings))
    items = tuple(_late(_annex_missing(i, facts, filed), facts) for i in items)
    filings = tuple(_filing(i, facts, n) for n, i in enumerate(items) if i.filed)
    touched = _touched(facts, items, filings)
    items = _softened(items, touched)
    missing = tuple(Missing(s.obligation.duty.id, s.obligation.period.id, c) for s in touched if not s.done for c in s.missing)
    held = [i for i in items if any(f.code == "unit-mismatch" for f in i.findings)]
    reviews = _reviews(items)
    wrong = missing or any(f.severity == "error" for i in items for f in i.findings) or any("wrong" in s.copies.values() for s in touched)
    if not filings and not reviews:
        reviews = (ReviewItem("unreadable", "附件都读不出来，没有登记任何材料", tuple(i.attachment.path for i in items)),)
    # no receipt without a filing, ever
    kind: ReplyKind = "held" if held else "missing" if wrong else "receipt" if filings else "none"
    unit, by = _unit_of(items, held, sender)
    return Outcome(
        "review" if reviews else "submission", _reason(filings, held, reviews), unit, by, True, items, kind, missing,
        _answers(kind, facts, items, touched), filings, reviews, _contacts(items, sender), sender.evidence,
    )  # fmt: skip


def _reason(filings: tuple[Filing, ...], held: list[Item], reviews: tuple[ReviewItem, ...]) -> str:
    if held:
        return "表里写的单位与发件地址登记的单位不一致"
    if reviews:
        return reviews[0].question
    return f"登记 {len(filings)} 个文件"


def _decided(item: Item) -> Item:
    readable = not item.attachment.document.trouble
    return replace(item, filed=readable and item.placed and item.copy in ("editable", "scan", "annex"))


def _unit_of(items: Iterable[Item], held: list[Item], sender: Sender) -> tuple[Unit | None, str | None]:
    if held:
        return held[0].unit, "document"
    filed = next((i for i in items if i.filed), None) or next((i for i in items if i.unit), None)
    if sender.unit and (filed is None or filed.unit is None or filed.unit.id == sender.unit.id):
        return sender.unit, "address"
    return (filed.unit, filed.by or "document") if filed else (None, None)


_NEWEST = 1_000_000_000  # behind every filing of the ledger; the ledger gives its own number when it records


def _filing(item: Item, facts: Facts, order: int) -> Filing:
    obligation, parsed, file = item.obligation, item.parsed, item.attachment
    assert obligation
    campaign, unit, duty, period = obligation.key
    return Filing(
        campaign=campaign, unit=unit, duty=duty, period=period, copy=item.copy, form=item.form, path=file.path, sha256=file.sha256,
        size=file.size, received_at=facts.received_at, order=_NEWEST + order, fields=dict(item.fields), rows=parsed.rows if parsed else (),
        findings=item.findings, sealed=item.sealed, nil=item.nil, title=parsed.title if parsed and obligation.duty.quota else "",
    )  # fmt: skip


def _with_findings(item: Item, facts: Facts) -> Item:
    """The checks of the form, against what the same unit reported for the period before."""
    if not item.parsed or item.ask or item.form is None or item.nil:
        return item
    form = facts.rules.forms[item.form]
    found = checks.check(item.parsed, form, _earlier(item, facts))
    old = classify.outdated(item.attachment.document, form)
    if old:
        found += (finding("wrong-form-version", where="表头", found=old, expected=form.title),)
    if item.copy == "scan":  # what is typed is judged in the editable copy
        found = tuple(f for f in found if f.code in ("wrong-form-version",))
    return replace(item, findings=(*item.findings, *found))


def _earlier(item: Item, facts: Facts) -> checks.ParsedFields | None:
    obligation = item.obligation
    if not obligation or obligation.period.kind in ("date", "open"):
        return None
    mine = [f for f in facts.filings if f.key[:3] == obligation.key[:3] and f.copy == "editable" and f.fields and not f.nil]
    before = [f for f in mine if period_from_id(f.period) < obligation.period]
    if not before:
        return None
    last = max(before, key=lambda f: (period_from_id(f.period), f.received_at, f.order))
    return checks.ParsedFields(last.fields, period_from_id(last.period).title)


def _annex_missing(item: Item, facts: Facts, filed: dict[tuple[str, str, str, str], list[Filing]]) -> Item:
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
    days = (facts.received_at.date() - obligation.due.date()).days
    return replace(item, findings=(*item.findings, finding("late", where=obligation.title, found=f"{days} 天", expected=f"{obligation.due:%Y-%m-%d}")))


def _touched(facts: Facts, items: tuple[Item, ...], filings: tuple[Filing, ...]) -> tuple[Standing, ...]:
    """How every obligation that this mail files for stands with it; of a quota only the paper that came."""
    together = by_key((*facts.filings, *filings))
    found: dict[object, Standing] = {}
    for item, filing in zip([i for i in items if i.filed], filings, strict=True):
        obligation = item.obligation
        assert obligation
        mine = case_of(obligation.duty, together[obligation.key], filing)
        found[(obligation.key, mine[0].path if obligation.duty.quota else "")] = standing(obligation, mine, facts.received_at)
    return tuple(found.values())


def _softened(items: tuple[Item, ...], touched: tuple[Standing, ...]) -> tuple[Item, ...]:
    """A file that could not be read weighs less where everything owed is there without it."""
    if not touched or any(s.missing for s in touched):
        return items

    def soft(found: Finding) -> Finding:
        return replace(found, severity="warning") if found.code in SOFT_WHEN_COMPLETE else found

    return tuple(replace(i, findings=tuple(map(soft, i.findings))) for i in items)


def _reviews(items: tuple[Item, ...]) -> tuple[ReviewItem, ...]:
    asked: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.ask:
            kind = "unit-mismatch" if any(f.code == "unit-mismatch" for f in item.findings) else "undecided"
            asked.setdefault((kind, item.ask), []).append(item.attachment.path)
    return tuple(ReviewItem(kind, question, tuple(paths)) for (kind, question), paths in asked.items())


def _contacts(items: tuple[Item, ...], sender: Sender) -> tuple[Contact, ...]:
    return tuple(
        Contact(i.unit.id, sender.address or "", tuple(sorted(i.fields.items())))
        for i in items
        if i.filed and i.duty and i.duty.contact and i.copy == "editable" and i.unit
    )


# --- letters -------------------------------------------------------------------------------------------------------------


def _answers(kind: ReplyKind, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...]) -> tuple[Letter, ...]:
    sender = facts.sender
    if kind == "none":
        return ()
    if kind == "held":
        return (replace(write("held", sender.address or "", facts), unit=sender.unit, group=sender.homes[0][0].group_of(None)),)
    units: dict[str, tuple[Campaign, Unit]] = {i.unit.id: (i.campaign, i.unit) for i in items if i.unit and i.campaign}
    if not units and sender.homes:
        units = {sender.homes[0][1].id: sender.homes[0]}
    letters = [
        _receipt(kind, to, facts, items, touched, campaign, unit)
        for campaign, unit in units.values()
        for to in _addressees(sender, unit)
    ]  # fmt: skip
    return tuple({letter.key: letter for letter in letters}.values())


def _addressees(sender: Sender, unit: Unit) -> tuple[str, ...]:
    """The unit's own address that wrote; else the unit's registered one, and the unit that sent on its behalf."""
    if sender.kind == "unit" and sender.unit and sender.address:
        if sender.unit.id == unit.id:
            return (sender.address,)
        return (sender.address, *unit.addresses[:1])
    return unit.addresses[:1]


def _receipt(
    kind: ReplyKind, to: str, facts: Facts, items: tuple[Item, ...], touched: tuple[Standing, ...], campaign: Campaign, unit: Unit
) -> Letter:
    mine = [i for i in items if i.unit is None or i.unit.id == unit.id]
    standings = [s for s in touched if s.obligation.unit.id == unit.id]
    titles = {f.id: f.title for f in facts.rules.forms.values()}
    told = frozenset(s.obligation.key for s in standings)
    broken = {i.copy for i in mine if i.attachment.document.trouble}
    letter_kind: LetterKind = "receipt" if kind == "receipt" else "missing"
    duty = standings[0].obligation.duty if standings else next((i.duty for i in mine if i.duty), None)
    return replace(
        write(letter_kind, to, facts), unit=unit, group=campaign.group_of(duty),
        files=tuple(file_line(i, titles) for i in mine if i.copy != "other" or i.findings),
        duties=tuple(duty_line(s, facts.received_at, {i.attachment.sha256 for i in mine}, broken) for s in standings),
        owed=owed_soon(campaign, unit, by_key(facts.filings), facts.received_at, facts.rules.policy.owed_days_ahead, told),
        seal_unchecked=any(i.filed and i.copy == "scan" and i.sealed is None for i in mine),
    )  # fmt: skip


def received_moment(place: Place | None, envelope: Envelope, now: datetime) -> datetime:
    """The moment of receipt: the server's INTERNALDATE, else the topmost Received, else Date, else now. A moment from
    before there was e-mail is a server's or sender's nonsense and not believed."""
    said = (place.internaldate if place else None, envelope.received, envelope.date)
    return next((moment for moment in said if moment and moment.year > 1990), now)
