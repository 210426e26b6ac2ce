"""The daily digest from the facts: what came in words, which cases may be settled together, and what of it all concerns one group."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from mailbot.domain.campaign_names import unit_called
from mailbot.domain.campaigns import Campaign
from mailbot.domain.digest import Answer, Arrival, Arrivals, Arrived, Case, Cases
from mailbot.domain.masking import shown
from mailbot.domain.periods import period_from_id
from mailbot.domain.rulings import SECRET
from mailbot.domain.words import COPIES, DISPOSITIONS

_NAMED = 20  # files of one mail

Together = Callable[[tuple[Case, ...]], tuple[Answer, ...]]


def arrivals(came: Iterable[Arrived], counts: Mapping[str, int], campaigns: Iterable[Campaign], mask: Callable[[str], str]) -> Arrivals:
    """`came`: all mails with unread files and the last of the others, `counts`: how many of each disposition there were in all."""
    known = {c.id: c for c in campaigns}
    lines = [
        Arrival(a.received_at, _who(a, unit_called(a.unit, known.values(), a.sender), mask), _what(a, known), _result(a),
                bool(a.unread) or a.disposition in ("review", "inquiry"), bool(a.unread))
        for a in came
    ]  # fmt: skip
    lines.sort(key=lambda line: (not line.unread, -line.at.timestamp()))
    return Arrivals({DISPOSITIONS[d]: n for d, n in counts.items() if n}, tuple(lines), sum(line.unread for line in lines))


def _who(came: Arrived, unit: str, mask: Callable[[str], str]) -> str:
    if unit and came.trusted:
        return unit
    return (mask(came.sender) or "（不能确认）") + (f"（像是{unit}）" if unit else "")


def _what(came: Arrived, campaigns: Mapping[str, Campaign]) -> str:
    papers: dict[tuple[str, str, str], list[str]] = {}
    for campaign, duty, period, copy in came.filed:
        papers.setdefault((campaign, duty, period), []).append(COPIES[copy])
    if not papers:
        return shown(came.subject, 40) or "（无主题）"
    return "；".join(f"{paper_title(campaigns.get(c), d, p)}：{'、'.join(dict.fromkeys(copies))}" for (c, d, p), copies in papers.items())


def paper_title(campaign: Campaign | None, duty: str, period: str) -> str:
    """风险隐患排查问题清单（2024年第一季度）, for what stands in the ledger; an id that the rules no longer know stays one."""
    known = next((d for d in campaign.duties if d.id == duty), None) if campaign else None
    when = period_from_id(period)
    shown = known.period_shown(when) if known else "" if when.kind in ("date", "open") else when.title
    return f"{known.title if known else duty}{f'（{shown}）' if shown else ''}"


def _result(came: Arrived) -> str:
    done = "已登记，待补正" if came.reply == "missing" else "已登记"
    return (done if came.disposition == "submission" else DISPOSITIONS[came.disposition]) + _unread(came.unread)


def _unread(paths: tuple[str, ...]) -> str:
    """Which files could not be read: nobody is to take them for received."""
    named = "、".join(shown(path, 40) for path in paths[:_NAMED])
    return f"；没有读出：{named}{f' 等 {len(paths)} 个' if len(paths) > _NAMED else ''}" if paths else ""


def grouped(cases: Iterable[Case], together: Together) -> tuple[Cases, ...]:
    """Cases that may be settled by one answer stand together: all of one sender; all unknown addresses of a day. `together`: what may be
    answered to all of them, () where they have no answer in common."""
    of_party: dict[str, list[Case]] = {}
    for case in cases:
        of_party.setdefault(case.party or f"#{case.number}", []).append(case)
    found: list[Cases] = []
    strangers: dict[date, list[Case]] = {}
    for several in of_party.values():
        if len(several) == 1 and several[0].kind == "unknown-sender":
            strangers.setdefault(several[0].received_at.date(), []).append(several[0])
        else:
            found.append(_together(f"{several[0].who} 的 {len(several)} 件", several, together))
    for day, several in strangers.items():
        found.append(_together(f"{day.month}月{day.day}日没有登记的邮箱来信 {len(several)} 件", several, together))
    return tuple(sorted(found, key=lambda g: (all(c.kind not in ("urgent", SECRET) for c in g.cases), min(c.number for c in g.cases))))


def _together(title: str, cases: list[Case], together: Together) -> Cases:
    return Cases(title, tuple(cases), together(tuple(cases))) if len(cases) > 1 else Cases("", tuple(cases))
