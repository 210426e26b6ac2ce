"""What staff say by mail, and what they said about a mail: orders with a valid token are understood and recorded, a mail that a person
sent back is not filed."""

import re
from dataclasses import replace

from mailbot.domain.commands import REPLY_ABOVE, Understood, described, take_back, understood
from mailbot.domain.letters import Letter, LetterKind, write
from mailbot.domain.mail import is_reply, may_answer
from mailbot.domain.outcome import Outcome, ReplyKind, ReviewItem
from mailbot.domain.phrases import LONGEST
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts
from mailbot.domain.reviews import Desk
from mailbot.domain.rulings import Ruling
from mailbot.domain.text import fold, show
from mailbot.domain.tokens import bears_token, without_token

_NUMBERED = re.compile(r"\s*+\d++\s*+[.、:：]?\s*+\S{1,6}\s*+$")
_MOST_NUMBERED = 200  # lines of an answer


def refused(facts: Facts, ruling: Ruling) -> Outcome:
    """A person said that nothing of it is filed. The unit that wrote is told why; nobody else is told anything."""
    sender = facts.sender
    unit = sender.unit if sender.trusted else None
    if ruling.act == "foreign":
        return Outcome("foreign", "工作人员认定与本信箱无关或不予登记", unit, "address" if unit else None, sender.trusted, trail=sender.evidence)
    outcome = Outcome("review", f"工作人员退回：{ruling.why}", unit, "address" if unit else None, sender.trusted, facts.items, trail=sender.evidence)
    if unit is None or not ruling.why or not may_answer(facts.message):
        return outcome
    to = sender.address if sender.kind == "unit" and sender.address else next(iter(unit.addresses), "")
    letter = replace(write("rejected", to, facts), unit=unit, group=sender.homes[0][0].group_of(None), why=ruling.why)
    return replace(outcome, kind="missing", letters=(letter,) if to else ())


def is_command(facts: Facts) -> bool:
    """An answer of staff without files: to a digest, known or not. Said by its token, its thread, its subject, or its numbered answers."""
    envelope = facts.message.envelope
    if answers_digest(facts):
        return not any(i.form for i in facts.items)
    is_answer = is_reply(envelope.subject) or bool(envelope.header("in-reply-to"))
    about_digest = any(w in envelope.subject for w in facts.rules.policy.command_subjects)
    return not facts.readings and (is_answer or (about_digest and _is_numbered(facts.message.text)))


def answers_digest(facts: Facts) -> bool:
    """Whether a mail bears a token of a digest, valid or not. With forms it is a report too, and both are done."""
    envelope = facts.message.envelope
    return bears_token(f"{envelope.subject} {envelope.header('in-reply-to')} {envelope.header('references')}")


def _is_numbered(text: str) -> bool:
    """Whether every line is a number and few words."""
    lines = [line for line in text.splitlines() if line.strip()]
    return 0 < len(lines) <= _MOST_NUMBERED and all(len(line) <= LONGEST and _NUMBERED.match(line) for line in lines)


def staff_word(facts: Facts) -> Outcome:
    """A staff address: an answer to a digest, or somebody pretending. Without a valid token nothing is carried out."""
    sender = facts.sender
    assert sender.address
    letter = _to_staff("command-held", sender.address, facts)
    if facts.desk and (facts.desk.digest_at or facts.desk.click_at) and not sender.forged:
        return _carried_out(facts, facts.desk, sender.address)
    if sender.forged:
        review = ReviewItem("forged-staff", "有人冒用工作人员的地址来信，未作任何处理")
        return Outcome("review", "收信服务器判定发件人系冒用", kind="held", letters=(letter,), reviews=(review,), trail=sender.evidence)
    return Outcome("command", "工作人员对日报的答复，没有有效口令，未执行", trusted=True, kind="held", letters=(letter,), trail=sender.evidence)


def _to_staff(kind: LetterKind, to: str, facts: Facts) -> Letter:
    letter = write(kind, to, facts)
    return replace(letter, to_staff=True, subject=without_token(letter.subject) or letter.subject)


def with_orders(outcome: Outcome, facts: Facts) -> Outcome:
    """Staff who send a report in answer to a digest: it is filed, and what they wrote above it is carried out, or they are told that it
    was not."""
    desk, by = facts.desk, facts.sender.address
    if desk is None or by is None or facts.sender.kind != "staff" or facts.turn or is_command(facts):
        return outcome
    told = _told(facts, desk, by)
    if not told.rulings and not told.unclear:
        return outcome
    if not (desk.digest_at or desk.click_at):
        return replace(outcome, letters=(*outcome.letters, _to_staff("command-held", by, facts)))
    reason = f"{outcome.reason}；{_gist(told)}"
    return replace(outcome, reason=reason, letters=(*outcome.letters, _answer(told, by, facts)), rulings=told.rulings)


def _told(facts: Facts, desk: Desk, by: str) -> Understood:
    """What a mail of staff orders: of a click only what its token signed, as it signed it (folded); without a valid token whatever it
    may have meant, to be shown."""
    text, click = facts.message.text.partition(REPLY_ABOVE)[0], fold(without_token(facts.message.envelope.subject))
    words = text if desk.digest_at else click if desk.click_at else f"{text}\n{click}"
    told = understood(words, desk, facts.rules, by=by, at=facts.received_at, via="mail")
    if not desk.click_at or desk.digest_at:
        return told
    beside = understood(text, desk, facts.rules, by=by, at=facts.received_at, via="mail")
    if beside.rulings or beside.unclear:  # what stands below a click is nobody's signed word
        told = replace(told, unclear=(*told.unclear, (show(text, 80), "点选的答案只看主题；别的话请直接回复日报")))
    return told


def _answer(told: Understood, by: str, facts: Facts) -> Letter:
    kind: LetterKind = "command-done" if told.rulings else "command-unclear"
    return replace(_to_staff(kind, by, facts), orders=tuple(_with_way_back(r, facts.rules) for r in told.rulings), unclear=told.unclear)


def _with_way_back(ruling: Ruling, rules: Rules) -> str:
    way = take_back(ruling, rules)
    return described(ruling, rules) + (f"（要撤销就写：{way}）" if way else "")


def _gist(told: Understood) -> str:
    return f"工作人员答复：{len(told.rulings)} 条处理意见" + (f"，{len(told.unclear)} 句没有看懂" if told.unclear else "")


def _carried_out(facts: Facts, desk: Desk, by: str) -> Outcome:
    """An answer with a valid token: what is understood is ordered, what is not is shown back."""
    told = _told(facts, desk, by)
    reply: ReplyKind = "held" if told.unclear or not told.rulings else "none"
    return Outcome("command", _gist(told), trusted=True, kind=reply, letters=(_answer(told, by, facts),), rulings=told.rulings, trail=facts.sender.evidence)
