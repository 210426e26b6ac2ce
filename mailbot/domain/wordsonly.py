"""A mail without a form: what do its words want? And nil reports written in the text of a mail."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from mailbot.domain import classify
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType, ParsedForm
from mailbot.domain.mail import Attachment
from mailbot.domain.matching import Words, choose_duties, choose_period, duties_for
from mailbot.domain.nil import is_nil_sentence
from mailbot.domain.reading import Facts, Item
from mailbot.domain.text import count_characters, fold

_LONG_BODY = 200  # characters; shorter than any report and longer than a covering note


_FIGURE = re.compile(r"(?<![\d零〇一二三四五六七八九十百千])[\d零〇一二三四五六七八九十百千]++\s*+(?:家次|人次|条|个|件|万元|次|项|起)")


def only_words(facts: Facts) -> Literal["question", "announced", "report", "nil", ""]:
    text = f"{facts.message.envelope.subject}\n{facts.message.text}"
    body = facts.message.text
    if facts.body.winner and count_characters(body) >= _LONG_BODY:
        return "report"
    if len(_FIGURE.findall(body)) >= 3 and classify.by_name(text, facts.forms):
        return "report"
    if facts.rules.question.search(text):
        return "question"
    if facts.sender.kind == "unit" and _nil_forms(text, facts.forms):
        return "nil"
    return "announced" if facts.rules.announcing.search(text) else ""


def is_about_us(facts: Facts) -> bool:
    text = fold(f"{facts.message.envelope.subject} {facts.message.text}")
    return any(fold(term) in text for c in facts.rules.campaigns for term in (c.title, c.short, *c.terms))


def _nil_forms(text: str, forms: Iterable[FormType]) -> list[FormType]:
    return [f for f in forms if any(is_nil_sentence(line, f) for line in text.splitlines())]


def bare_nil(text: str, beside: str, forms: Iterable[FormType]) -> FormType | None:
    """The one form of which a short text says that there is nothing to report (本期无风险隐患); where it could be several, the
    one that the text or the words beside it (file name, subject) name."""
    if not text.strip() or count_characters(text) > _LONG_BODY:
        return None
    nil = _nil_forms(text, forms)
    named = {form for form, _ in classify.by_name(f"{text} {beside}", nil)}
    nil = [f for f in nil if f.id in named] or nil
    return nil[0] if len(nil) == 1 else None


def nil_item(facts: Facts) -> Item | None:
    """A nil report in the text of a mail (本期无…): it counts where the form is plain and the duty allows it."""
    body = facts.message.text
    if facts.sender.kind != "unit" or not body or facts.rules.question.search(body):
        return None
    form = bare_nil(f"{facts.message.envelope.subject}\n{body}", "", facts.forms)
    if form is None:
        return None
    content = body.encode()
    file = Attachment("正文", "正文", hashlib.sha256(content).hexdigest(), len(content), Document("text"))
    item = Item(file, "editable", form.id, parsed=ParsedForm(form.id, nil=True), score=0.6, by="address")
    words = Words(subject=f"{facts.message.envelope.subject} {body}")
    for campaign, unit in facts.sender.homes:
        duties = choose_duties(duties_for(campaign, unit, form.id), words)
        if len(duties) == 1:
            answer = choose_period(duties[0], words, facts.received_at.date(), {})
            ask = answer.ask or ("" if duties[0].nil_allowed else "来信说本期没有这一项，是否免报？")
            return replace(item, campaign=campaign, unit=unit, duty=duties[0], period=answer.period, ask=ask)
    return None
