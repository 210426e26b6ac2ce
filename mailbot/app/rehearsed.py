"""What `mailbot config try` found, for people and as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from mailbot.app.explain import evidence_line, named
from mailbot.app.rehearse import Tried
from mailbot.domain.masking import masked, shown
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.rehearsing import Aspect, Change, DutyChange, Owed
from mailbot.domain.words import COPIES, DISPOSITIONS, REPLIES, SEVERITIES, STATES

_ABOUT = {"disposition": "处理结果", "unit": "单位", "trusted": "发件人可信", "reply": "答复", "missing": "还缺", "form": "表种", "copy": "版本",
          "duty": "报送事项", "period": "报告期", "findings": "问题", "item": "文件"}  # fmt: skip

_WORDS: Mapping[str, Mapping[str, str]] = {"disposition": DISPOSITIONS, "reply": REPLIES, "copy": COPIES, "trusted": {"True": "是", "False": "否"}}


def summary(tried: Tried) -> str:
    losing = sum(change.loses for change in tried.changes)
    absent = f"（另有 {tried.absent} 封原件已不在存档里，没有试）" if tried.absent else ""
    if not tried.changes and not tried.duties:
        return f"用新规则重新判定了 {tried.mails} 封邮件{absent}，结果都一样。什么也没有写入。"
    told = f"，其中 {losing} 封原来登记的会不再登记，或者要转人工" if losing else ""
    duties = f"；{len(tried.duties)} 个报送事项的应报项会有变化" if tried.duties else ""
    return f"用新规则重新判定了 {tried.mails} 封邮件{absent}：{len(tried.changes)} 封会有变化{told}{duties}。什么也没有写入。"


def tables(tried: Tried, old: Rules, new: Rules) -> Iterator[Any]:
    if tried.changes:
        table = Table(title="会有变化的邮件", title_justify="left", show_lines=True)
        for name, share in (("邮件", 2), ("原来 → 改后", 4), ("为什么", 3)):
            table.add_column(name, overflow="fold", ratio=share)
        for change in tried.changes:
            past = change.past
            mail = f"{past.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}\n{masked(past.sender or '（不能确认）')}\n{shown(past.subject, 60)}"
            what = Text("\n".join(_aspects(change, old, new)), style="red" if change.loses else "")
            table.add_row(Text(mail), what, Text("\n".join(_why(change, old, new))))
        yield table
    if tried.duties:
        table = Table(title="会有变化的应报项", title_justify="left")
        for name in ("专项行动", "报送事项", "原来", "改后", "说明"):
            table.add_column(name, overflow="fold")
        for duty in tried.duties:
            table.add_row(_campaign(duty, old, new), _duty(duty, old, new), _owed(duty.before), _owed(duty.after), _remark(duty))
        yield table


def as_json(tried: Tried) -> dict[str, Any]:
    """`changes`: one a mail, ids as in `ingest --json`; `duties`: one a duty whose obligations differ."""
    return {
        "mails": tried.mails, "absent": tried.absent,
        "changes": [
            {
                "file": c.past.file, "sha256": c.past.sha256, "subject": c.past.subject, "received_at": c.past.received_at.astimezone(SHANGHAI).isoformat(),
                "loses": c.loses, "aspects": [asdict(a) for a in c.aspects], "reason": c.reason or None,
                "why": {"gone": [asdict(e) for e in c.gone], "new": [asdict(e) for e in c.new]},
            }
            for c in tried.changes
        ],
        "duties": [
            {"campaign": d.campaign, "duty": d.duty, "before": _owed_json(d.before), "after": _owed_json(d.after), "moved": d.moved,
             "other_state": d.other_state}
            for d in tried.duties
        ],
    }  # fmt: skip


def _aspects(change: Change, old: Rules, new: Rules) -> Iterator[str]:
    path = ""
    for aspect in change.aspects:
        if aspect.path != path:
            path = aspect.path
            if path:
                yield f"{path}："
        yield ("　" if aspect.path else "") + _aspect(aspect, old, new)


def _aspect(aspect: Aspect, old: Rules, new: Rules) -> str:
    if aspect.about == "findings":
        severity, _, message = (aspect.before or aspect.after).partition("\t")
        return f"{'多' if aspect.after else '少'}一个问题（{SEVERITIES[severity]}）：{message}"
    if aspect.about == "item":
        return "多出这个文件" if aspect.after else "没有了这个文件"
    return f"{_ABOUT[aspect.about]}：{_said(aspect.about, aspect.before, old)} → {_said(aspect.about, aspect.after, new)}"


def _said(about: str, value: str, rules: Rules) -> str:
    if not value:
        return "无"
    if about == "missing":
        return "、".join(_lacking(m, rules) for m in value.split())
    words: Mapping[str, str] | None = _WORDS.get(about)
    return words[value] if words else named(about, value, rules)


def _lacking(missing: str, rules: Rules) -> str:
    duty, period, copy = missing.split("/")
    return f"{named('duty', duty, rules)} {named('period', period, rules)} {COPIES.get(copy, copy)}".replace("  ", " ")


def _why(change: Change, old: Rules, new: Rules) -> Iterator[str]:
    dropped = dict.fromkeys(a.before for a in change.aspects if a.about == "duty" and a.before and a.before not in _duties(new))
    for duty in dropped:
        yield f"新规则里没有{named('duty', duty, old)}这一项"
    if change.reason:
        yield change.reason
    for evidence in change.new:
        yield f"现在：{evidence_line(evidence, new, '')}"
    for evidence in change.gone:
        yield f"原来：{evidence_line(evidence, old, '')}"
    if not (dropped or change.reason or change.new or change.gone):
        yield "看到的字都一样，检查的要求、截止时间或者名称变了"


def _duties(rules: Rules) -> frozenset[str]:
    return frozenset(duty.id for campaign in rules.campaigns for duty in campaign.duties)


def _campaign(duty: DutyChange, old: Rules, new: Rules) -> str:
    return next((c.title for rules in (new, old) for c in rules.campaigns if c.id == duty.campaign), duty.campaign)


def _duty(duty: DutyChange, old: Rules, new: Rules) -> str:
    campaigns = (c for rules in (new, old) for c in rules.campaigns if c.id == duty.campaign)
    return next((d.title for c in campaigns for d in c.duties if d.id == duty.duty), duty.duty)


def _owed(owed: Owed | None) -> str:
    if owed is None:
        return "没有"
    return f"{owed.owed} 项（{'，'.join(f'{STATES[state]} {owed.states[state]}' for state in STATES if owed.states.get(state))}）"


def _remark(duty: DutyChange) -> str:
    told = (f"截止时间不同的 {duty.moved} 项" if duty.moved else "", f"状态不同的 {duty.other_state} 项" if duty.other_state else "")
    return "；".join(filter(None, told))


def _owed_json(owed: Owed | None) -> dict[str, Any] | None:
    return None if owed is None else {"owed": owed.owed, "states": dict(owed.states)}
