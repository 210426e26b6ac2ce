"""The stages of a campaign on a line of time: what is over, what runs, what comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from mailbot.domain.campaigns import Campaign
from mailbot.domain.periods import month_of

Course = Literal["over", "now", "ahead"]
COURSE_WORDS: dict[Course, str] = {"over": "已过", "now": "现在", "ahead": "还没到"}
_BEFORE, _AFTER = timedelta(days=31), timedelta(days=62)  # a campaign is told of a month before it begins, and until its last reports are in


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage. `end`: its last day. `begins`, `long`: its place on the line, in shares (0 to 1) of the campaign's time."""

    name: str
    start: date
    end: date
    course: Course
    begins: float
    long: float

    @property
    def span(self) -> str:
        return span_words(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Timeline:
    """`today`: where the day lies on the line, a share; None where it lies outside."""

    campaign: str
    title: str
    start: date
    end: date
    stages: tuple[StageLine, ...]
    today: float | None

    @property
    def span(self) -> str:
        return span_words(self.start, self.end)

    def of(self, course: Course) -> tuple[StageLine, ...]:
        return tuple(s for s in self.stages if s.course == course)

    @property
    def words(self) -> str:
        """现在：组织实施（到2024年12月）；接下来：总结（2024年10月至12月）；已过：动员部署."""
        now = "、".join(f"{s.name}（{s.span}）" for s in self.of("now"))
        ahead = "、".join(f"{s.name}（{s.span}）" for s in self.of("ahead"))
        over = "、".join(s.name for s in self.of("over"))
        return "；".join(f"{head}：{said}" for head, said in (("现在", now), ("接下来", ahead), ("已过", over)) if said)


def timeline(campaign: Campaign, day: date) -> Timeline:
    """The stages in order of time, with where `day` lies among them."""
    start = min([campaign.start, *(s.start for s in campaign.stages)])
    end = max([campaign.end, *(s.end for s in campaign.stages)])
    whole = (end - start).days + 1

    def share(until: date) -> float:
        return min(1.0, max(0.0, (until - start).days / whole))

    stages = tuple(
        StageLine(s.name, s.start, s.end, "over" if s.end < day else "ahead" if s.start > day else "now", share(s.start),
                  share(s.end + timedelta(days=1)) - share(s.start))
        for s in sorted(campaign.stages, key=lambda s: s.start)
    )  # fmt: skip
    return Timeline(campaign.id, campaign.title, campaign.start, campaign.end, stages, share(day) if start <= day <= end else None)


def timelines(campaigns: Iterable[Campaign], day: date) -> tuple[Timeline, ...]:
    """Those of the campaigns that have stages and run now, are about to, or ended not long ago."""
    return tuple(timeline(c, day) for c in campaigns if c.stages and c.start - _BEFORE <= day <= c.end + _AFTER)


def span_words(start: date, end: date) -> str:
    """From day to day; whole months without their days: 2023年7月至9月, 2023年7月25日至2024年12月31日."""
    if start.day == 1 and end == month_of(end.year, end.month).end - timedelta(days=1):
        first, last = f"{start.year}年{start.month}月", f"{end.month}月"
        if (start.year, start.month) == (end.year, end.month):
            return first
    else:
        first, last = f"{start.year}年{start.month}月{start.day}日", f"{end.month}月{end.day}日"
    return f"{first}至{'' if start.year == end.year else f'{end.year}年'}{last}"
