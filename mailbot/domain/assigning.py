"""The duty and the period of a paper whose unit and form are known."""

import re
from dataclasses import replace

from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.forms import Evidence
from mailbot.domain.mail import Attachment
from mailbot.domain.matching import Words, choose_duties, choose_period, duties_for, open_periods
from mailbot.domain.obligations import by_key, obligation_for, standing
from mailbot.domain.periods import Period
from mailbot.domain.reading import Facts, Item
from mailbot.domain.units import Unit

_PART = re.compile(r"#\d+$")  # 文件.xlsx#2


def with_duty(item: Item, facts: Facts, *, words: Words | None = None) -> Item:
    assert item.campaign and item.unit and item.form
    start = "\n".join(p.text for p in item.attachment.document.paragraphs[:5])
    words = words or Words.of(item.parsed, facts.message.envelope.subject, _name(item.attachment), start)
    duties = choose_duties(duties_for(item.campaign, item.unit, item.form), words)
    if not duties:
        return replace(item, ask=item.ask or "这份材料对不上这个单位应报的事项")
    answers = [(d, choose_period(d, words, facts.received_at.date(), _open(item.campaign, item.unit, d, facts) if d.quota else {})) for d in duties]
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


def _name(file: Attachment) -> str:
    """The file's name; of one form among several in a workbook the name of its sheet first (7月, 8月, 9月)."""
    sheets = [t.name for t in file.document.tables[:1]] if _PART.search(file.path) else []
    return " ".join((*sheets, file.name))


def _due(duty: Duty, period: Period | None) -> int:
    return next((due.toordinal() for p, due in duty.due.owed() if p == period), 0)


def periodless(item: Item, facts: Facts) -> Item:
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
