"""What the commands print for people to look at, and the JSON of outbox and review."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from mailbot.domain.manners import ONCE_MORE
from mailbot.domain.masking import masked, shown
from mailbot.domain.obligations import Standing, late_by
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.picture import recent
from mailbot.domain.policy import Rules
from mailbot.domain.records import Queued
from mailbot.domain.restoring import ACTION as RESTORED
from mailbot.domain.reviews import OpenReview, choices
from mailbot.domain.timeline import COURSE_WORDS, Timeline
from mailbot.domain.words import COPIES, LETTER_STATES, STATES

_MARKS = {"complete": ("√", "green"), "complete-late": ("√", "yellow"), "partial": ("△", "yellow"), "overdue": ("×", "red"),
          "upcoming": ("·", "dim"), "waived": ("—", "dim")}  # fmt: skip


Pictures = Callable[[OpenReview], tuple[Path, ...]]  # of the seals on the files that are to be looked at

def status_table(found: list[Standing], now: datetime, timelines: Iterable[Timeline] = ()) -> list[Any]:
    """A picture of unit x duty for each campaign, one mark a period, and the totals; before it the campaign's stages."""
    parts: list[Any] = []
    stages = {t.campaign: stages_table(t) for t in timelines}
    for campaign in dict.fromkeys((*(s.obligation.campaign.id for s in found), *stages)):
        if campaign in stages:
            parts += [stages[campaign], ""]
        mine = [s for s in found if s.obligation.campaign.id == campaign]
        if not mine:
            continue
        duties = list(dict.fromkeys((s.obligation.duty.id, s.obligation.duty.title) for s in mine))
        cells: dict[tuple[str, str], list[Standing]] = defaultdict(list)
        for s in mine:
            cells[s.obligation.unit.name, s.obligation.duty.id].append(s)
        table = Table(title=f"{mine[0].obligation.campaign.title}（截至 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}）", title_justify="left")
        table.add_column("单位", no_wrap=True)
        for _, title in duties:
            table.add_column(title, overflow="fold")
        for unit in dict.fromkeys(s.obligation.unit.name for s in mine):
            table.add_row(unit, *(_marks(cells.get((unit, duty), [])) for duty, _ in duties))
        totals: Counter[str] = Counter(s.state for s in mine)
        summary = "　".join(f"{STATES[state]} {totals[state]}" for state in STATES if totals[state])
        cut = "；期数很多的只列最近几期，“前欠 n”是更早的还没收齐几期" if any(recent(several)[1] for several in cells.values()) else ""
        parts += [table, f"应报 {len(mine)} 项：{summary}", f"√ 收齐（黄色为迟报）　△ 不全　× 逾期未报　· 未到期{cut}", ""]
    return parts or ["没有应报事项。"]


_BAR = 24  # signs


def stages_table(line: Timeline) -> Table:
    """A bar a stage on the campaign's time."""
    table = Table(title=f"{line.title}：{line.span}", title_justify="left", box=None, show_header=False, pad_edge=False)
    for stage in line.stages:
        begins = min(round(stage.begins * _BAR), _BAR - 1)
        long = max(1, min(round(stage.long * _BAR), _BAR - begins))
        style = _COURSES[stage.course]
        bar = Text("─" * begins, style="dim") + Text("━" * long, style=style) + Text("─" * (_BAR - begins - long), style="dim")
        table.add_row(Text(stage.name, style=style), bar, Text(stage.span), Text(COURSE_WORDS[stage.course], style=style))
    return table


_COURSES = {"over": "dim", "now": "bold cyan", "ahead": ""}


def unit_table(found: list[Standing], now: datetime) -> Table:
    """What one unit owes, line by line: until when and how that was computed, what is in."""
    table = Table(title="逐项", title_justify="left")
    for name in ("事项", "截止", "怎样算的", "状态", "还缺", "说明"):
        table.add_column(name, overflow="fold")
    for s in found:
        o, waiver = s.obligation, s.obligation.waiver
        due = f"{o.due:%Y-%m-%d}{f' {o.hour}' if o.hour else ''}" if o.due else "随时"
        lacking = "" if s.done else "、".join(COPIES[c] for c in s.missing)
        late = f"{'迟报' if s.done else '已过'} {late_by(o.due, s.complete_at or now)}" if s.late_days and o.due else ""
        granted = f"免报：{waiver.why}" if waiver else f"延期：{o.extension.why}（{o.extension.by}）" if o.extension else ""
        told = "；".join(filter(None, (granted, late)))
        table.add_row(Text(o.title), due, Text(o.reckoning), STATES[s.state], lacking, Text(told))
    return table


def _marks(standings: Iterable[Standing]) -> Text:
    shown, left_out, still_open = recent(standings)
    text = Text(f"前欠{still_open} " if still_open else "… " if left_out else "")
    for s in shown:
        mark, style = _MARKS[s.state]
        text.append(mark, style=style)
    return text


def outbox_table(letters: Iterable[Queued]) -> Table:
    table = Table(title="发件箱", title_justify="left")
    for name in ("编号", "状态", "收件人", "主题", "写成", "发出", "说明"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        table.add_row(str(letter.id), LETTER_STATES[letter.state], masked(letter.recipient), Text(shown(letter.subject)), _moment(letter.created_at),
                      _moment(letter.sent_at), Text(_remark(letter)))  # fmt: skip
    return table


def review_table(items: Iterable[OpenReview], pictures: Pictures, rules: Rules) -> Table:
    table = Table(title="待人工处理", title_justify="left")
    for name in ("编号", "收到", "来自", "主题", "要定什么", "可以答", "文件"):
        table.add_column(name, overflow="fold")
    for item in items:
        files = [*map(shown, item.paths), *(f"印章图：{picture}" for picture in pictures(item))]
        table.add_row(str(item.id), _moment(item.received_at), masked(item.sender or "（不能确认）"), Text(shown(item.subject, 60)),
                      Text(item.question), Text("\n".join(f"{c.key}：{c.label}" for c in choices(item, rules))), Text("\n".join(files)))  # fmt: skip
    return table


def _remark(letter: Queued) -> str:
    if letter.joined_into is not None:
        return f"见第 {letter.joined_into} 号"
    if letter.action == RESTORED:
        return "恢复备份以前可能已经发出，正对照“已发送”；放行或不发：--release、--drop"
    if letter.action == ONCE_MORE and letter.state == "sent":
        return "头一次不知是否发出，同一封信又发了一次"
    again = "，十五分钟后用同一封信再试一次" if letter.action == ONCE_MORE and letter.state == "ambiguous" else ""
    return letter.problem.rstrip("。") + again if again else letter.problem


def letter_json(letter: Queued) -> dict[str, Any]:
    return {
        "id": letter.id, "state": letter.state, "kind": letter.kind, "to": letter.recipient, "subject": letter.subject,
        "created_at": _iso(letter.created_at), "sent_at": _iso(letter.sent_at), "attempts": letter.attempts, "problem": letter.problem or None,
        "unit": letter.unit, "joined_into": letter.joined_into, "action": letter.action or None,
    }  # fmt: skip


def review_json(item: OpenReview, pictures: Pictures, rules: Rules) -> dict[str, Any]:
    return {
        "id": item.id, "kind": item.kind, "question": item.question, "paths": list(item.paths), "unit": item.unit,
        "from": masked(item.sender or ""), "subject": shown(item.subject), "received_at": _iso(item.received_at),
        "pictures": [str(picture) for picture in pictures(item)], "number": item.number,
        "answers": [{"answer": c.key, "label": c.label} for c in choices(item, rules)],
    }  # fmt: skip


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None
