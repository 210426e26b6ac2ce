"""The open questions as the digest shows them: evidence, ready-made answers, and what may be answered to several at once."""

import hashlib
from collections.abc import Callable, Iterable

from mailbot.domain.briefing import Together, paper_title
from mailbot.domain.campaign_names import unit_called
from mailbot.domain.digest import Answer, Case
from mailbot.domain.masking import masked, shown
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.reviews import OpenReview, choices
from mailbot.domain.words import COPIES

Link = Callable[[tuple[OpenReview, ...], str], str]  # several questions and the key of an answer -> the prepared mail that gives it
_FILES = 3  # named for each case
_CLICKABLE = 60  # cases that one prepared mail may name; more of them are answered by hand (全部 是)


def no_link(_: tuple[OpenReview, ...], __: str) -> str:
    """Of a reader who may not settle: the cases are shown without answers."""
    return ""


def case(review: OpenReview, rules: Rules, link: Link) -> Case:
    answers = () if link is no_link else tuple(Answer(c.key, c.label, link((review,), c.key)) for c in choices(review, rules))
    sender = review.sender or ""
    party = hashlib.sha256(sender.lower().encode()).hexdigest()[:12] if sender else ""
    return Case(review.id, review.kind, review.question, tuple(_evidence(review, rules)), answers, review.received_at.astimezone(SHANGHAI),
                masked(sender), party, _group_in_charge(review, rules))  # fmt: skip


def together(reviews: Iterable[OpenReview], link: Link) -> Together:
    """What may be answered to several cases at once: the keys that every one of them has and that mean the same in each (a letter does
    not: A is another duty in each)."""
    known = {r.id: r for r in reviews}

    def answers(cases: tuple[Case, ...]) -> tuple[Answer, ...]:
        several = tuple(known[c.number] for c in cases)
        common = [a for a in cases[0].choices if not a.key.isascii() and all(any(b.key == a.key for b in c.choices) for c in cases)]
        return tuple(Answer(a.key, _label(a, cases), link(several, a.key) if len(several) <= _CLICKABLE else "") for a in common)

    return answers


def _label(answer: Answer, cases: tuple[Case, ...]) -> str:
    """What an answer to all of them is called: its own label where it is the same in each, else that it is for all."""
    labels = {next(b.label for b in c.choices if b.key == answer.key) for c in cases}
    return f"{len(cases)} 件一起：{answer.label}" if len(labels) == 1 else f"{len(cases)} 件都选“{answer.key}”"


def _evidence(review: OpenReview, rules: Rules) -> Iterable[str]:
    """From whom, what about, which files and what they were taken for."""
    unit = unit_called(review.unit, rules.campaigns, review.sender)
    received = review.received_at.astimezone(SHANGHAI)
    yield f"{masked(review.sender or '') or '发件人不能确认'}{f'（像是{unit}）' if unit else ''}，{received.month}月{received.day}日 {received:%H:%M}"
    if review.subject.strip():
        yield f"主题：{shown(review.subject, 60)}"
    seen = {s.path: s for s in review.seen}
    for path in review.paths[:_FILES]:
        there = seen.get(path)
        campaign = next((c for c in rules.campaigns if there and c.id == there.campaign), None)
        taken = paper_title(campaign, there.duty, there.period or "open") if there and there.duty else ""
        copy = COPIES.get(there.copy, "") if there and there.copy != "other" else ""
        words = "，".join(w for w in (there.unit if there else "", taken, copy) if w)
        yield f"文件：{shown(path, 60)}{f'，看起来是{words}' if words else ''}"
    if len(review.paths) > _FILES:
        yield f"还有 {len(review.paths) - _FILES} 个文件"


def _group_in_charge(review: OpenReview, rules: Rules) -> str:
    seen = next((s for s in review.seen if s.campaign and s.duty), None)
    campaign = next((c for c in rules.campaigns if seen and c.id == seen.campaign), None)
    duty = next((d for d in campaign.duties if seen and d.id == seen.duty), None) if campaign else None
    group = campaign.group_of(duty) if campaign and duty else None
    return group.id if group else ""
