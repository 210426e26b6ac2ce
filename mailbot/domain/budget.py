"""Whether the mailbox may send as much as the rules ask of it: said before a campaign begins, not on its deadline day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil

from mailbot.domain.campaigns import Campaign
from mailbot.domain.obligations import expand
from mailbot.domain.policy import Rules


@dataclass(frozen=True, slots=True)
class Budget:
    """`units`: how many have an address to write to. `for_all`: letters a day that are not kept for answers. `days`: how many it takes
    to write to each unit once. `fullest`: the coming due date on which most units owe something, and how many."""

    units: int
    per_day: int
    for_all: int
    days: int
    fullest: tuple[date, int] | None

    @property
    def reminders_too_many(self) -> bool:
        return self.fullest is not None and self.fullest[1] > self.for_all

    @property
    def answers_too_many(self) -> bool:
        """One answer a unit is the least that a deadline day brings."""
        return self.fullest is not None and self.fullest[1] > self.per_day


def budget(rules: Rules, today: date) -> Budget:
    """The budget as of `today`; due dates that are past are not counted."""
    sender = rules.settings.sender
    units = {(c.id, u.id) for c in rules.campaigns for u in c.units if u.addresses}
    for_all = max(1, sender.per_day - sender.kept_for_answers)
    owing: dict[date, set[tuple[str, str]]] = {}
    for day, unit in (pair for c in rules.campaigns for pair in _owed(c)):
        if day >= today and unit in units:
            owing.setdefault(day, set()).add(unit)
    fullest = max(((day, len(who)) for day, who in owing.items()), key=lambda pair: (pair[1], -pair[0].toordinal()), default=None)
    return Budget(len(units), sender.per_day, for_all, ceil(len(units) / for_all), fullest)


def _owed(campaign: Campaign) -> Iterator[tuple[date, tuple[str, str]]]:
    for obligation in expand(campaign):
        if obligation.due is not None and obligation.waiver is None:
            yield obligation.due.date(), (campaign.id, obligation.unit.id)


def told(found: Budget) -> list[str]:
    """The budget in sentences, warnings last."""
    lines = [f"发信限额：每天 {found.per_day} 封，其中 {found.per_day - found.for_all} 封专留给答复；给全部 {found.units} 个单位各发一封要 {found.days} 天。"]
    if found.fullest is None:
        return lines
    day, owing = found.fullest
    where = f"{day.year}年{day.month}月{day.day}日到期的事项有 {owing} 个单位要报"
    if found.reminders_too_many:
        lines.append(f"提醒：{where}，当天的催报一天发不完（每天最多 {found.for_all} 封），发不完的顺延到第二天早上。")
    if found.answers_too_many:
        lines.append(f"提醒：{where}，答复可能超过当天限额（{found.per_day} 封），超出的合并到第二天早上七点以后答复。")
    return lines
