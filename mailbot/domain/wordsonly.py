"""A mail without a form: what do its words want? And nil reports written in the text of a mail."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from mailbot.domain import classify
from mailbot.domain.documents import Document, Paragraph
from mailbot.domain.findings import finding
from mailbot.domain.forms import FormType, ParsedForm
from mailbot.domain.mail import Attachment
from mailbot.domain.masking import shown
from mailbot.domain.matching import Words, choose_duties, choose_period, duties_for, other_period
from mailbot.domain.nil import is_nil_sentence
from mailbot.domain.reading import Facts, Item
from mailbot.domain.senders import Home
from mailbot.domain.several import among
from mailbot.domain.text import count_characters, fold
from mailbot.domain.whose import one_a_campaign, own_homes, spoken_homes
from mailbot.domain.words import NIL_NOT_ALLOWED

_LONG_BODY = 200  # characters; shorter than any report and longer than a covering note

_FIGURE = re.compile(r"(?<![\d零〇一二三四五六七八九十百千])[\d零〇一二三四五六七八九十百千]++\s*+(?:家次|人次|条|个|件|万元|次|项|起)")


def only_words(facts: Facts) -> Literal["question", "announced", "report", "nil", ""]:
    text = f"{facts.message.envelope.subject}\n{facts.message.text}"
    body = facts.message.text
    if count_characters(body) >= _LONG_BODY and classify.classify(_as_document(body), facts.forms).winner:
        return "report"
    if len(_FIGURE.findall(body)) >= 3 and classify.by_name(text, facts.forms):
        return "report"
    if facts.rules.question.search(text):
        return "question"
    if facts.sender.kind == "unit" and _nil_forms(text, facts.forms):
        return "nil"
    return "announced" if facts.rules.announcing.search(text) else ""


def _as_document(text: str) -> Document:
    return Document("text", tuple(Paragraph(line) for line in text.splitlines() if line.strip()))


def is_about_us(facts: Facts) -> bool:
    text = fold(f"{facts.message.envelope.subject} {facts.message.text}")
    return any(fold(term) in text for c in facts.rules.campaigns for term in (c.title, c.short, *c.terms))


def _nil_forms(text: str, forms: Iterable[FormType]) -> list[FormType]:
    return [f for f in forms if f.nil and any(is_nil_sentence(line, f) for line in text.splitlines())]


def bare_nil(text: str, beside: str, forms: Iterable[FormType]) -> FormType | None:
    """The one form of which a short text says that there is nothing to report (本期无风险隐患); where it could be several, the
    one that the text or the words beside it (file name, subject) name."""
    if not text.strip() or count_characters(text) > _LONG_BODY:
        return None
    nil = _nil_forms(text, forms)
    named = {form for form, _ in classify.by_name(f"{text} {beside}", nil)}
    nil = [f for f in nil if f.id in named] or nil
    return nil[0] if len(nil) == 1 else None


def nil_doubt(text: str, facts: Facts) -> str:
    """Why a text that says 本期无… may mean something else (Chinese), "" where nothing in it speaks against it: what comes later, is
    corrected, supposed or somebody else's (policy.nil_doubts), or figures that are not zero."""
    lines = [fold(line) for line in text.splitlines()]
    words = next((m[0] for line in lines if (m := facts.rules.nil_doubts.search(line))), "")
    words = words or next((m[0] for m in _FIGURE.finditer(fold(text)) if not re.match(r"[0零〇]+\D", m[0])), "")
    return f"来信像是零报告，又说到“{shown(words, 20)}”，请确认" if words else ""


def nil_item(facts: Facts, beside: Iterable[Item]) -> Item | None:
    """A nil report in the text of a mail (本期无…): it counts where form, unit and period are plain, the duty allows it, and
    nothing else is in the mail. Of people we do not know only what names one of our units."""
    body, sender = facts.message.text, facts.sender
    text = f"{facts.message.envelope.subject}\n{body}"
    if sender.kind == "staff" or not body or facts.rules.question.search(body):
        return None
    form = bare_nil(text, "", facts.forms)
    if form is None:
        return None
    homes = spoken_homes(text, facts)
    others = [i for i in beside if i.form or i.attachment.document.trouble]
    if not (sender.homes or homes) or any(i.form == form.id for i in others):
        return None
    content = body.encode()
    file = Attachment("正文", "正文", hashlib.sha256(content).hexdigest(), len(content), Document("text"))
    doubt = f"随信有别的材料，正文又像是{form.title}的零报告，请确认是否登记" if others else nil_doubt(text, facts)
    doubt = doubt or ("来信像是零报告，但邮件的纯文本和网页两种正文写的不一样，请确认" if facts.message.otherwise else "")
    doubt = doubt or ("来信像是零报告，但网页正文里有显示不出来的文字，请确认" if facts.message.veiled else "")
    doubt = doubt or ("来信像是零报告，但邮件有两个不同的主题，请确认" if len(set(facts.message.envelope.all("subject"))) > 1 else "")
    item = Item(file, "editable", form.id, parsed=ParsedForm(form.id, nil=True), score=0.6, ask=doubt)
    placed = [_of_duty(each, text, facts) for each in _of_units(item, homes, facts)]
    kept = [each for each in placed if each]
    return among(item, kept, text, facts) if kept else None


def _of_units(item: Item, homes: tuple[Home, ...], facts: Facts) -> list[Item]:
    """A nil report's unit in each campaign that may want it: as on a form, the one it names; where several are named, or something else
    is in doubt, a person says."""
    assert item.form
    sender = facts.sender
    if not sender.homes:
        able = one_a_campaign(h for h in homes if duties_for(*h, item.form)) or homes[:1]
        return [replace(item, campaign=c, unit=u, by="signature") for c, u in able]
    own, mismatch = own_homes(sender, () if item.ask else homes)
    able = tuple(h for h in own if duties_for(*h, item.form)) or own[:1]
    return [_of_unit(item, home, homes, facts, mismatch) for home in able]


def _of_unit(item: Item, home: Home, homes: tuple[Home, ...], facts: Facts, mismatch: bool) -> Item:
    sender = facts.sender
    placed = replace(item, campaign=home[0], unit=home[1], by="address" if home in sender.homes else "document")
    if mismatch:
        other = finding("unit-mismatch", field="unit", where="正文", found=home[1].name, expected=sender.homes[0][1].name)
        return replace(placed, ask="正文里写的是别的单位", findings=(other,))
    strange = next((unit.name for c, unit in homes if c.id == home[0].id and unit.id != home[1].id), "")
    return replace(placed, ask=f"正文里还写到{strange}，请确认是谁的零报告") if strange and not item.ask else placed


def _of_duty(item: Item, text: str, facts: Facts) -> Item | None:
    assert item.campaign and item.unit and item.form
    words, day = Words(subject=text.replace("\n", " ")), facts.received_at.date()
    duties = choose_duties(duties_for(item.campaign, item.unit, item.form), words)
    if len(duties) != 1:
        return item if item.ask else None
    answer = choose_period(duties[0], words, day, {})
    strange = other_period(text, answer.period, day) if answer.period else ""
    ask = item.ask or answer.ask or (f"正文里还说到“{strange}”，请确认零报告是哪一期的" if strange else "")
    return replace(item, duty=duties[0], period=answer.period, ask=ask or ("" if duties[0].nil_allowed else NIL_NOT_ALLOWED))
