"""Units, duties, periods and days as staff write them in a line of plain words. What leaves open which one is meant is refused with
the reason, never guessed."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from mailbot.domain.campaign_names import campaign_called, campaign_named
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.dates import dates_in, days_in, mentions_in
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.mail import is_machine_address
from mailbot.domain.numbers import chinese_number
from mailbot.domain.obligations import obligation_for
from mailbot.domain.periods import Period
from mailbot.domain.policy import Rules
from mailbot.domain.rulings import Ruling
from mailbot.domain.text import fold
from mailbot.domain.units import Unit

_IDS = re.compile(r"(?<!\d)\d{4}(?:Q[1-4]|H[12]|W\d\d|-\d\d-\d\d|-\d\d)(?!\d)", re.IGNORECASE)
_YEAR_ID = re.compile(r"(?<![\d-])\d{4}(?=\s|$)")
_DAY = re.compile(r"(?<![\d年])(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?")
_SAID_DAY = re.compile(r"(?:\d{4}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*[日号]?|[今昨][日天]")
_SPAN = re.compile(r"(?<![\d月.])(\d{1,2}|[一二两三四五六七八九十几]{1,3})\s*个?\s*(天|日(?![前内])|周|星期)")
_USUAL = 3  # days, where nobody says how many
_LONG_PAST = timedelta(days=60)
LONGEST_GRACE = timedelta(days=366)  # an extension beyond a year is a slip of the pen
_WORD_END = re.compile(r"[\s，,。;；:：、（(]")


class Unclear(ConfigurationError):
    """Words that leave open what is meant: nothing is carried out, the reason is shown back."""


class SeveralUnits(Unclear):
    """A name that more than one unit bears, or one unit in more than one campaign."""

    def __init__(self, homes: list[tuple[Campaign, Unit]]) -> None:
        super().__init__("不知道是哪个单位：" + "、".join(f"{u.name}（{campaign_called(c, [h for h, _ in homes])}）" for c, u in homes[:4]))
        self.homes = homes


def obligation_named(text: str, rules: Rules, day: date, home: tuple[Campaign, Unit] | None = None) -> tuple[Campaign, Unit, Duty, Period]:
    """The obligation that some words name. Raises Unclear where they leave open which."""
    try:
        homes = [unit_named(text, rules, home)]
    except SeveralUnits as problem:  # one unit in several campaigns: what it is asked for tells which
        homes = problem.homes
    found, why = [], []
    for each in homes:
        try:
            found.append(_owed_named(text, *each, day))
        except Unclear as unclear:
            why.append(unclear)
    if len(found) == 1:
        return found[0]
    if not found and len(homes) == 1:
        raise why[0]
    shorts = "、".join(campaign_called(c, [h for h, _ in homes]) for c, *_ in (found or homes))
    raise Unclear(f"请写明是哪个专项行动的：{shorts}")


def _owed_named(text: str, campaign: Campaign, unit: Unit, day: date) -> tuple[Campaign, Unit, Duty, Period]:
    duty = duty_named(text, campaign)
    if duty is None:
        raise Unclear("请写明是哪一项，例如：免报 八仙筒所 典型案例 2024年第一季度 原因")
    if not campaign.owes(unit, duty):
        raise Unclear(f"{unit.name}不用报{duty.title}")
    return campaign, unit, duty, period_named(text, duty, day)


def unit_named(text: str, rules: Rules, home: tuple[Campaign, Unit] | None = None) -> tuple[Campaign, Unit]:
    """The unit whose name stands in a text, in the campaign that it names. Raises SeveralUnits, Unclear."""
    word = text.split()[0] if text.split() else ""
    exact = [(c, u) for c in rules.campaigns for u in c.units if u.id == word]
    found = exact or [(c, u) for c in rules.campaigns for u in c.roster.named(text)] or [(c, u) for c in rules.campaigns for u in c.roster.hinted(text)]
    if not found and home:
        return home
    if len(found) > 1 and (campaign := campaign_named(text, [c for c, _ in found]) or _with_id(text, rules)):
        found = [h for h in found if h[0].id == campaign.id]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Unclear("没有认出是哪个单位，请写单位名称")
    raise SeveralUnits(found)


def _with_id(text: str, rules: Rules) -> Campaign | None:
    return next((c for c in rules.campaigns if re.search(rf"(?<![\w-]){re.escape(c.id)}(?![\w-])", text)), None)


def unit_alone(text: str, rules: Rules) -> tuple[Campaign, Unit]:
    """The unit where its name comes first and no other follows: 八仙筒所, 八仙筒所的, 八仙筒. Raises Unclear where a sentence stands there."""
    word = _WORD_END.split(text.strip(), maxsplit=1)[0]
    bare = word.removesuffix("的") if len(word) > 1 else word
    campaign, unit = unit_named(text, rules)
    stem = fold(unit.stem) if unit.stem else None
    if word != unit.id and fold(bare) != stem and campaign.roster.is_name(bare) != unit:
        raise Unclear("没有认出是哪个单位，请写单位名称，例如：单位 八仙筒所")
    return campaign, unit


def duty_named(text: str, campaign: Campaign) -> Duty | None:
    """The one duty that a text names by id, by title, or by a telling piece of its title; the longest name wins."""
    flat = fold(text)
    named = {d.id: len(d.id) for d in campaign.duties if re.search(rf"(?<![\w-]){re.escape(d.id)}(?![\w-])", text)}
    for duty in campaign.duties:
        title = fold(duty.title)
        pieces = [title, title.removesuffix("报告"), title[-4:], *map(fold, duty.words)]
        hits = [len(piece) for piece in pieces if len(piece) >= 3 and piece in flat]
        named |= {duty.id: max(hits)} if hits and max(hits) > named.get(duty.id, 0) else {}
    longest = max(named.values(), default=0)
    best = [d for d in campaign.duties if named.get(d.id) == longest]
    return best[0] if len(best) == 1 and longest else None


def period_named(text: str, duty: Duty | None, day: date) -> Period:
    if duty is None:
        raise Unclear("请先写明是哪一项，再写报告期")
    owed = [p for p, _ in duty.due.owed()]
    ids = _YEAR_ID if owed and owed[0].kind == "year" else _IDS
    if match := ids.search(text):
        found = [p for p in owed if p.id.upper() == match[0].upper()]
    else:
        mentions = days_in(text, day=day)[:1] if duty.due.daily else mentions_in(text, day=day)  # what day is said next may be until when
        found = list(dict.fromkeys(p for m in mentions for p in owed if m.kind == p.kind and m.fits(p)))
        found = [p for p in found if p.start.year == day.year] or found if len(found) > 1 else found
    if not found and len(owed) == 1:
        return owed[0]
    if len(found) != 1:
        raise Unclear(f"请写明是哪一期，例如：{owed[-1].id}" if owed else f"{duty.title}没有固定的报告期")
    return found[0]


def until_named(text: str, due: date, today: date) -> date | None:
    """The day until which words extend a due date: the last day they name, else so many days after it (晚三天), or after today where
    it is past; None where they say neither."""
    said = [d for m in _DAY.finditer(text) if (d := _this_year_or_next(int(m[1]), int(m[2]), today))]
    if dates := (*dates_in(text), *said):
        return dates[-1]
    span = span_named(text)
    return max(due, today) + span if span else None


def span_named(text: str) -> timedelta | None:
    """三天, 2个星期, 两周; 几天 is as many as are usual."""
    match = _SPAN.search(text)
    if match is None:
        return None
    number = int(match[1]) if match[1].isdigit() else {"两": 2, "几": _USUAL}.get(match[1]) or chinese_number(match[1]) or _USUAL
    return timedelta(days=number * (7 if match[2] in ("周", "星期") else 1))


def _this_year_or_next(month: int, day: int, today: date) -> date | None:
    """A day said without its year: the next one that is not long past."""
    for year in (today.year, today.year + 1):
        with suppress(ValueError):
            if (found := date(year, month, day)) >= today - _LONG_PAST:
                return found
    return None


def extended(campaign: Campaign, unit: Unit, duty: Duty, period: Period, text: str, today: date, proposed: date | None = None) -> date:
    """The day until which words that may name the period too extend an obligation, else the one proposed. Raises Unclear where there
    is neither, or it is no extension."""
    due = obligation_for(campaign, unit, duty, period).due
    rest = _YEAR_ID.sub(" ", _IDS.sub(" ", text)) if period.kind != "date" else text.replace(period.id, " ")
    if duty.due.daily and rest == text:
        rest = _SAID_DAY.sub(" ", text, count=1)
    until = until_named(rest, due.date() if due else today, today) or proposed
    if until is None:
        raise Unclear("请写明延到哪一天，例如：延期 4月10日；没有编号的，例如：延期 八仙筒所 典型案例 2024Q1 4月10日 原因")
    return later(campaign, unit, duty, period, until)


def later(campaign: Campaign, unit: Unit, duty: Duty, period: Period, until: date) -> date:
    """The day, where it extends what is due: after the due date as it stands, at most a year. Raises Unclear where it does not."""
    due = obligation_for(campaign, unit, duty, period).due
    if due is None:
        raise Unclear(f"{unit.name}{duty.title}（{period.title}）没有截止日，不用延期")
    if not due.date() < until <= due.date() + LONGEST_GRACE:
        raise Unclear(f"现在的截止日是 {due:%Y-%m-%d}，只能延到那以后的一天，最多一年；写的是 {until:%Y-%m-%d}")
    return until


def registering(ruling: Ruling, rules: Rules) -> Ruling:
    """A registration, with the unit in its reason that loses the address; others as they are. Raises Unclear where the address
    can be no unit's."""
    if ruling.act != "register":
        return ruling
    if why := nobodys(ruling.address, rules):
        raise Unclear(why)
    loser = rules.campaign(ruling.campaign).roster.by_address(ruling.address)
    return replace(ruling, why=f"原来是{loser.name}的邮箱，改登记后{loser.name}不再用它") if loser and loser.id != ruling.unit else ruling


def nobodys(address: str, rules: Rules) -> str:
    """Why an address is never registered for a unit (Chinese): ours, a colleague's, a machine's. "" where it may be."""
    wanted = address.strip().lower()
    if wanted in rules.own_addresses:
        return "这是本信箱自己的地址，不能登记给单位"
    if wanted in rules.office_addresses:
        return "这是工作人员、领导或者联络组的地址，不能登记给单位"
    return "这是程序用的地址（如 postmaster、no-reply），不能登记给单位" if is_machine_address(wanted) else ""
