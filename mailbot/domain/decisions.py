"""decide(): everything known about one mail -> what is filed, who is answered what, what a person must settle. Pure.

The order of the questions is the contract's table "who may file", top to bottom.
"""

from collections.abc import Iterable
from dataclasses import replace

from mailbot.domain import classify
from mailbot.domain.answers import answers, receipt
from mailbot.domain.documents import Document, Trouble
from mailbot.domain.filing import (
    accepted,
    contacts_of,
    decided,
    judged,
    new_addresses,
    notes_of,
    one_of_each,
    reviews_of,
    softened,
    to_filing,
    touched_standings,
    with_findings,
)
from mailbot.domain.findings import finding
from mailbot.domain.inspecting import inspected, pages_only
from mailbot.domain.letters import Letter, LetterKind, write
from mailbot.domain.mail import Attachment, Automatic, automatic_because, may_answer
from mailbot.domain.obligations import Filing, by_key
from mailbot.domain.outcome import Missing, Outcome, ReplyKind, ReviewItem
from mailbot.domain.questions import group_asked, passed_on, question_of, words_of
from mailbot.domain.reading import Facts, Item
from mailbot.domain.refusals import concerns_all, told_why, without_refused
from mailbot.domain.rulings import SECRET
from mailbot.domain.secrecy import secrecy_mark
from mailbot.domain.senders import Sender
from mailbot.domain.staffword import is_command, refused, staff_word, with_orders
from mailbot.domain.units import Unit
from mailbot.domain.whose import spoken_homes
from mailbot.domain.words import AUTOMATIC
from mailbot.domain.wordsonly import is_about_us, nil_item, only_words


def decide(facts: Facts) -> Outcome:
    """The whole decision about one mail. Whoever asks machines not to answer is written nothing; of a forged mail the address is not the
    one who asks."""
    outcome = _decided(facts)
    if may_answer(facts.message) or facts.sender.forged:
        return outcome
    left = tuple(letter for letter in outcome.letters if letter.to.lower() != facts.message.envelope.sender)
    return outcome if left == outcome.letters else replace(outcome, kind=outcome.kind if left else "none", letters=left)


def _decided(facts: Facts) -> Outcome:
    """Top to bottom."""
    if facts.first_seen is not None:
        return Outcome("duplicate", "这封邮件以前收过，不重复登记")
    machine = "own-letter" if facts.own_letter else automatic_because(facts.message, facts.rules.own_addresses)
    if machine and not any(r.act == "vouch" for r in facts.rulings):
        return _of_a_machine(facts, machine)
    if machine:  # a person said that it counts; a machine is not answered all the same
        return replace(_of_a_person(facts), kind="none", letters=())
    return _of_a_person(facts)


def _of_a_person(facts: Facts) -> Outcome:
    """The rest of the table."""
    if said := next((r for r in reversed(facts.rulings) if r.act in ("reject", "foreign") and concerns_all(r, facts)), None):
        return refused(facts, said)
    sender = facts.sender
    if (where := secrecy_mark(facts.message, facts.readings)) and not _cleared(facts):
        return _secret(facts, where)
    if sender.kind == "staff" and (sender.forged or is_command(facts)):
        return staff_word(facts)
    if facts.message.trouble:
        return with_orders(_unreadable(facts), facts)
    nil = nil_item(facts, facts.items)
    items = (*facts.items, nil) if nil else facts.items
    forged_unit = sender.forged and sender.kind == "unit"
    if not forged_unit and not any(_is_ours(i, facts) for i in items):
        return with_orders(_words_only(facts, items), facts)
    if not sender.trusted:
        return _untrusted(facts, items)
    return with_orders(_may_not_answer(_with_clouds(_file(facts, items), facts), facts), facts)


def _of_a_machine(facts: Facts, why: Automatic) -> Outcome:
    """Nothing is filed and nobody answered. But a gateway may set such a mark on what a unit reports, and a person may pass
    on what came back: then staff are told."""
    outcome = Outcome("automatic", f"自动邮件（{AUTOMATIC[why]}），不答复")
    sender = facts.sender
    if why in _NEVER_A_REPORT or sender.kind != "unit" or not sender.trusted or any(r.act in ("reject", "foreign", "seen") for r in facts.rulings):
        return outcome
    paths = tuple(i.attachment.path for i in facts.items if i.form and (why == "report" or not i.attachment.forwarded))
    if not paths:
        return outcome
    if (where := secrecy_mark(facts.message, facts.readings)) and not _cleared(facts):
        return replace(outcome, reviews=_secret(facts, where).reviews)
    question = "这封自动发出的邮件里有报送材料，没有登记也没有答复，请人工确认"
    return replace(outcome, reviews=(ReviewItem("automatic-report", question, paths),))


_NEVER_A_REPORT: tuple[Automatic, ...] = ("own-letter", "own-address")  # what comes back, with our own enclosures


def _with_clouds(outcome: Outcome, facts: Facts) -> Outcome:
    """Cloud attachments stay on the list of staff until they expire: whoever wants one must fetch it by hand before. They are
    a reminder, nothing to decide, so they do not make the mail a matter of review."""
    links = [r.attachment for r in facts.readings if r.attachment.document.trouble == "cloud-link"]
    notes = (ReviewItem("cloud-link", f"只收到超大附件的链接，文件没有来：{a.name}（{a.document.detail}）", (a.path,), a.expires) for a in links)
    return replace(outcome, reviews=(*outcome.reviews, *notes))


def _may_not_answer(outcome: Outcome, facts: Facts) -> Outcome:
    if may_answer(facts.message) or not outcome.letters:
        return outcome
    note = ReviewItem("no-answer", "来信要求不自动答复（X-Auto-Response-Suppress），材料已登记，请视情告知对方")
    return replace(outcome, kind="none", letters=(), reviews=(*outcome.reviews, note))


def _cleared(facts: Facts) -> bool:
    """Whether a person said that what looks like a mark of secrecy is none."""
    return any(r.act == "accept" and SECRET in r.codes for r in facts.rulings)


def _secret(facts: Facts, where: str) -> Outcome:
    """Nothing of it is filed, shown or answered: no file is named, no word of it stands in the digest, which goes out by mail."""
    sender = facts.sender
    review = ReviewItem(SECRET, f"{where}里有国家秘密标志：内容没有登记，这里也不显示，请立即按保密规定处理，不要转发")
    unit = sender.unit if sender.trusted else None
    return Outcome("review", "有国家秘密标志，没有登记，也没有答复", unit, "address" if unit else None, sender.trusted, reviews=(review,), trail=sender.evidence)


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
    return bool(classify.by_name(about, facts.forms) or (item.attachment.document.trouble and spoken_homes(about, facts)))


def _free_forms(facts: Facts) -> set[str]:
    return {f.id for f in facts.rules.forms.values() if f.layout.kind == "free"}


# --- staff, strangers, forgers -------------------------------------------------------------------------------------------


def _untrusted(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    """Held: nothing is filed until a person says yes. Unit data goes to registered addresses only."""
    sender = facts.sender
    items = tuple(with_findings(i, facts) for i in items)
    paths = tuple(i.attachment.path for i in items if i.copy != "other")
    if sender.forged and sender.unit:
        letters = tuple(replace(write("forged-notice", a, facts), unit=sender.unit) for a in sender.unit.addresses[:1])
        review = ReviewItem("forged", f"收信服务器判定这封信冒用了{sender.unit.name}的地址，请核实", paths)
        return Outcome("review", "发件人地址系冒用，材料暂未登记", sender.unit, "address", False, items, "held", letters=letters, reviews=(review,),
                       trail=sender.evidence)  # fmt: skip
    known = next((i for i in items if i.unit), None)
    spoken = spoken_homes(facts.message.envelope.subject, facts)
    unit, by = (known.unit, known.by) if known else (spoken[0][1], "subject") if spoken else (None, None)
    kind: LetterKind = "held" if unit else "unknown-unit"
    letters = ()
    if sender.address and not sender.forged and not facts.stranger_answered and may_answer(facts.message):
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
    return replace(outcome, kind="missing", letters=(receipt("missing", sender.address or "", facts, (item,), (), sender.homes[:1]),))


def _words_only(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    """No form in it: a question, an announcement without its file, a report typed into the mail, or nothing of ours."""
    sender = facts.sender
    said = only_words(facts)
    if not sender.trusted:
        if said == "question" and is_about_us(facts):
            review = ReviewItem("question", "未登记的地址来信询问本项工作，请视情答复")
            return Outcome("inquiry", "陌生人询问，转工作人员", items=items, reviews=(review,), trail=sender.evidence)
        if sender.address and sender.address.lower() in facts.rules.office_addresses and not sender.forged and (noted := words_of(facts, "办公室同事")):
            return Outcome("inquiry", "联络组或领导来信，转工作人员", items=items, reviews=(noted,), trail=sender.evidence)
        return Outcome("foreign", "与本信箱无关，不答复", items=items, trail=sender.evidence)
    outcome = Outcome("foreign", "没有材料，也没有问题", sender.unit, "address" if sender.unit else None, True, items, trail=sender.evidence)
    to = sender.address or ""
    group = group_asked(facts)

    def letter(kind: LetterKind) -> tuple[Letter, ...]:
        return (replace(write(kind, to, facts), unit=sender.unit, group=group),)

    if sender.kind == "staff":
        return outcome
    if said == "question":
        review = question_of(facts)
        letters = (*letter("inquiry"), *passed_on(facts))
        asked = replace(outcome, disposition="inquiry", reason="来信询问，转联络员", kind="inquiry", letters=letters, reviews=(review,))
        return _may_not_answer(asked, facts)
    if said == "announced" and not facts.readings:
        return _may_not_answer(replace(outcome, disposition="inquiry", reason="邮件里没有附件", kind="missing", letters=letter("no-file")), facts)
    if said == "nil":
        review = ReviewItem("nil-report", "来信说本期没有，看不出是哪一项，请确认怎样登记")
        return replace(outcome, disposition="review", reason=review.question, reviews=(review,))
    if said == "report" or items:
        question = "材料写在了邮件正文里，请确认怎样登记" if said == "report" else "认不出附件是哪一种表，请确认"
        review = ReviewItem("body-report" if said == "report" else "unknown-file", question, tuple(i.attachment.path for i in items))
        return replace(outcome, disposition="review", reason=question, reviews=(review,))
    if noted := words_of(facts, sender.unit.name if sender.unit else ""):
        return replace(outcome, reason="没有材料，文字请工作人员看", reviews=(noted,))
    return outcome


# --- filing --------------------------------------------------------------------------------------------------------------


def _file(facts: Facts, items: tuple[Item, ...]) -> Outcome:
    sender = facts.sender
    items = one_of_each(tuple(with_findings(decided(i), facts) for i in without_refused(items, facts)), facts)
    items = inspected(pages_only(items, facts), facts)
    filings = tuple(to_filing(i, facts, n) for n, i in enumerate(items) if i.filed)
    filed = by_key((*facts.filings, *filings))
    items = accepted(tuple(judged(i, facts, filed) for i in items), facts)
    filings = tuple(to_filing(i, facts, n) for n, i in enumerate(items) if i.filed)
    touched = touched_standings(facts, items, filings)
    items = softened(items, touched)
    missing = tuple(Missing(s.obligation.duty.id, s.obligation.period.id, c) for s in touched if not s.done for c in s.missing)
    held = [i for i in items if any(f.code == "unit-mismatch" for f in i.findings)]
    reviews = reviews_of(items)
    wrong = missing or any(f.severity == "error" for i in items for f in i.findings) or any("wrong" in s.copies.values() for s in touched)
    if not filings and not reviews:
        reviews = (ReviewItem("unreadable", "附件都读不出来，没有登记任何材料", tuple(i.attachment.path for i in items)),)
    # no receipt without a filing, and none while a person must still decide about part of the mail
    own_hold: ReplyKind = "held" if sender.kind == "unit" else "none"  # where staff vouched they decide; nobody else is told
    kind: ReplyKind = own_hold if held else "missing" if wrong else "none" if reviews else "receipt"
    unit, by = _unit_of(items, held, sender)
    return Outcome(
        "review" if reviews else "submission", _reason(filings, held, reviews), unit, by, True, items, kind, missing,
        (*answers(kind, facts, items, touched), *told_why(facts)), filings, (*reviews, *notes_of(items), *new_addresses(items, facts)), contacts_of(items, sender),
        trail=sender.evidence,
    )  # fmt: skip


def _reason(filings: tuple[Filing, ...], held: list[Item], reviews: tuple[ReviewItem, ...]) -> str:
    if held:
        return "表里写的单位与发件地址登记的单位不一致"
    if reviews:
        return reviews[0].question
    return f"登记 {len(filings)} 个文件"


def _unit_of(items: Iterable[Item], held: list[Item], sender: Sender) -> tuple[Unit | None, str | None]:
    if held:
        return held[0].unit, "document"
    filed = next((i for i in items if i.filed), None) or next((i for i in items if i.unit), None)
    if sender.unit and (filed is None or filed.unit is None):
        return sender.unit, "address"
    if filed and filed.unit and any((c.id, u.id) == (filed.campaign.id if filed.campaign else "", filed.unit.id) for c, u in sender.homes):
        return filed.unit, "address"
    return (filed.unit, filed.by or "document") if filed else (None, None)
