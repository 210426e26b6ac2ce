"""The duties of a campaign: who owes them, when, by which form; and what was granted."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from mailbot.adapters.rules.mistakes import listed, nearest, perhaps
from mailbot.adapters.rules.reading import Reading
from mailbot.domain.cadences import AnyTime, Fixed
from mailbot.domain.campaigns import Campaign, Duty, Extension, Waiver
from mailbot.domain.periods import Period, period_from_id, period_of

_GRACE = timedelta(days=62)  # the last period of a campaign is due after its end
_FAR = 90  # days before or after the due date beyond which a reminder is a slip
_LIKE = {"date": "2024-06-01", "week": "2024W05", "month": "2023-08", "quarter": "2023Q3", "half": "2024H1", "year": "'2024'"}


def check_duties(reading: Reading, campaign: Campaign, forms: Collection[str]) -> None:
    timely = set[int]()  # duties of which it can be said who owes them when: a slip in a year could mean a million due dates
    for duty in campaign.duties:
        _names(reading, duty, forms)
        before = len(reading.mistakes)
        _who(reading, campaign, duty)
        _due(reading, campaign, duty)
        if len(reading.mistakes) == before:
            timely.add(id(duty))
        _numbers(reading, duty)
    _look_alike(reading, campaign, timely)
    _grants(reading, campaign, timely)


def _names(reading: Reading, duty: Duty, forms: Collection[str]) -> None:
    if duty.form not in forms:
        near = nearest(duty.form.removesuffix(".yaml"), forms)
        reading.tell(duty, "form", f"没有“{duty.form}”这种表{perhaps(near) or '，forms 文件夹里有：' + listed(sorted(forms))}", near=near, allowed=sorted(forms))
    groups = reading.words_at("groups", "id")
    if duty.group and duty.group not in groups and not reading.names_lost("groups"):
        near = nearest(duty.group, groups)
        reading.tell(duty, "group", f"没有“{duty.group}”这个联络组{perhaps(near) or '，groups 里有：' + (listed(groups) or '（空）')}", near=near, allowed=groups)


def _who(reading: Reading, campaign: Campaign, duty: Duty) -> None:
    if duty.who and not campaign.units and reading.is_sound(campaign, "units"):
        return  # told once, of the roster
    kinds = {*reading.words_at("units", "kind"), *campaign.kinds}
    known = {*reading.words_at("units", "id"), *kinds}
    strange = [who for who in duty.who if who not in known]
    if strange and reading.names_lost("units"):
        return
    for who in strange:
        if by_name := next((u.id for u in campaign.units if u.name == who or who in u.aliases), ""):
            reading.tell(duty, "who", f"单位不写名称，写它的 id：“{who}”请写 {by_name}", item=who, near=by_name)
            continue
        near = nearest(who, known)
        comma = "；几个名称之间请用半角逗号“,”分开" if "，" in who or "、" in who else perhaps(near) or f"，类别有：{listed(sorted(kinds))}"
        reading.tell(duty, "who", f"没有“{who}”这个单位或类别{comma}", item=who, near=near)
    if not duty.who and not duty.anyone:
        reading.tell(duty, "who", "没有写谁应报：请写单位类别或单位的 id；人人可报的写 anyone: true")
    elif duty.who and not strange and not campaign.owers(duty) and reading.is_sound(campaign, "units", "kinds"):
        reading.tell(duty, "who", f"没有人要报这一项：名册里没有一个单位是“{listed(duty.who)}”")


def _due(reading: Reading, campaign: Campaign, duty: Duty) -> None:
    due: Any = duty.due
    if isinstance(due, Fixed):
        for day in due.dates:
            _in_time(reading, campaign, due, "dates", day, day.isoformat())
        for double in sorted({d for d in due.dates if due.dates.count(d) > 1}):
            reading.tell(due, "dates", f"{double} 写了两遍", item=double.isoformat())
    elif not isinstance(due, AnyTime) and _are_periods(reading, due):
        _span(reading, campaign, due)


def _are_periods(reading: Reading, due: Any) -> bool:
    """Whether `first` and `last` are periods of the cadence's kind, in order; else it is told."""
    found = [_period(text) for text in (due.first, due.last)]
    for key, text, period in zip(("first", "last"), (due.first, due.last), found, strict=True):
        if period is None or period.id != text or period.kind != due.kind:
            near = period_of(due.kind, period.start if key == "first" else period.end - timedelta(days=1)).id if period else ""
            words = f"写的是“{text}”，这里的报告期请写成 {_LIKE[due.kind]} 这样" + (f"，是不是想写“{near}”？" if near else "")
            reading.tell(due, key, words, item=text, near=near)
    if [p.id if p and p.kind == due.kind else None for p in found] != [due.first, due.last]:
        return False
    if found[0] > found[1]:  # type: ignore[operator]
        reading.tell(due, "last", f"最后一期 {due.last} 在第一期 {due.first} 前面")
        return False
    return True


# How people write a period -> its id.
_SPOKEN = (
    (re.compile(r"(\d{4})年第?([1-4])季度?"), "{0}Q{1}"),
    (re.compile(r"(\d{4})年?上半年"), "{0}H1"),
    (re.compile(r"(\d{4})年?下半年"), "{0}H2"),
    (re.compile(r"(\d{4})[-年./](\d{1,2})月?"), "{0}-{1:0>2}"),
    (re.compile(r"(\d{4})年第?(\d{1,2})周"), "{0}W{1:0>2}"),
    (re.compile(r"(\d{4})年度?"), "{0}"),
)
_ORDINALS = str.maketrans("一二三四", "1234")


def _period(text: str) -> Period | None:
    """The period that a text means; None where it is none. Whether it is written as it should be is not asked."""
    flat = text.upper().translate(_ORDINALS)
    spoken = next((shape.format(*found.groups()) for way, shape in _SPOKEN if (found := way.fullmatch(flat))), flat)
    try:
        return period_from_id(spoken)
    except ValueError:
        return None


def _span(reading: Reading, campaign: Campaign, due: Any) -> None:
    """Only the two ends are worked out."""
    for key, period in (("first", period_from_id(due.first)), ("last", period_from_id(due.last))):
        try:
            day = replace(due, first=period.id, last=period.id).owed()[0][1]
        except (ValueError, OverflowError):
            reading.tell(due, key, f"没有 {period.id} 这一期的截止日，请核对年份")
            continue
        _in_time(reading, campaign, due, key, day, "")


def _in_time(reading: Reading, campaign: Campaign, due: Any, key: str, day: date, item: str) -> None:
    if not reading.is_sound(campaign, "start", "end"):
        return
    if day < campaign.start:
        reading.tell(due, key, f"截止日 {day} 在专项行动开始（{campaign.start}）以前", item=item)
    elif day > campaign.end + _GRACE:
        reading.tell(due, key, f"截止日 {day} 比专项行动结束（{campaign.end}）晚了两个月以上", item=item)


def _numbers(reading: Reading, duty: Duty) -> None:
    if duty.quota is not None and duty.quota < 1:
        reading.tell(duty, "quota", f"写的是 {duty.quota}，至少是 1；没有份数要求的，请删去这个键")
    remind = duty.remind or ()
    for days in remind:
        if abs(days) > _FAR:
            reading.tell(duty, "remind", f"{days} 天离截止日太远，应在 -{_FAR} 到 {_FAR} 之间（截止前是正数，截止后是负数）", item=str(days))
    for double in sorted({d for d in remind if remind.count(d) > 1}):
        reading.warn(duty, "remind", f"{double} 写了两遍", item=str(double))


def _look_alike(reading: Reading, campaign: Campaign, timely: Collection[int]) -> None:
    """Two duties of one form that nothing on a paper could tell apart."""
    plain = [d for d in campaign.duties if not d.words and id(d) in timely and reading.is_sound(d, "words", "due")]
    for number, duty in enumerate(plain):
        for other in plain[:number]:
            same = duty.form == other.form and (_who_may(campaign, duty) & _who_may(campaign, other))
            if same and _days(duty) & _days(other):
                words = f"与“{other.title}”（{other.id}）用同一种表、同一些单位报、日子也相同，分不清；请给其中一项写 words"
                reading.warn(duty, "form", words)


def _who_may(campaign: Campaign, duty: Duty) -> set[str]:
    return {u.id for u in (campaign.units if duty.anyone else campaign.owers(duty))}


def _days(duty: Duty) -> frozenset[object]:
    """Its periods; of what has none, that it has none."""
    return frozenset({"any"}) if isinstance(duty.due, AnyTime) else frozenset(period for period, _ in duty.due.owed())


# --- what was granted ---------------------------------------------------------------------------------------------------------------


def _grants(reading: Reading, campaign: Campaign, timely: Collection[int]) -> None:
    """Extensions and waivers of what nobody owes would be of no use, and nobody would notice."""
    if not campaign.units and reading.is_sound(campaign, "units"):
        return  # told once, of the roster
    duties = {d.id: d for d in campaign.duties if id(d) in timely}
    for key in ("extensions", "waivers"):
        seen = set[object]()
        for grant in getattr(campaign, key):
            if _is_owed(reading, campaign, grant, duties.get(grant.duty)):
                one = (grant.unit, grant.duty, grant.period, getattr(grant, "copy", None))
                if one in seen:
                    reading.warn(grant, "unit", f"“{grant.unit}”“{grant.duty}”{grant.period} 前面已经写过一次，以这一次为准")
                seen.add(one)
    waived = {(w.unit, w.duty, w.period) for w in campaign.waivers if w.copy is None}
    for extension in campaign.extensions:
        if (extension.unit, extension.duty, extension.period) in waived:
            reading.warn(extension, "unit", f"“{extension.unit}”“{extension.duty}”{extension.period} 在 waivers 里已经免报，延期不起作用")


def _is_owed(reading: Reading, campaign: Campaign, grant: Extension | Waiver, duty: Duty | None) -> bool:
    for key, word, room in (("unit", grant.unit, "units"), ("duty", grant.duty, "duties")):
        known = reading.words_at(room, "id")
        if word not in known and not reading.names_lost(room):
            near = nearest(word, known)
            reading.tell(grant, key, f"没有“{word}”这个{'单位' if key == 'unit' else '事项'}{perhaps(near)}", near=near)
    unit = campaign.roster.by_id(grant.unit)
    if duty is None or not reading.is_sound(duty, "who", "due"):
        return False  # told of elsewhere
    if unit is None:
        _period_is_owed(reading, grant, duty)
        return False
    if not campaign.owes(unit, duty):
        reading.tell(grant, "unit", f"“{unit.name}”不用报“{duty.title}”，不用写")
        return False
    return _period_is_owed(reading, grant, duty)


def _period_is_owed(reading: Reading, grant: Extension | Waiver, duty: Duty) -> bool:
    owed = {period.id: day for period, day in duty.due.owed()}
    if grant.period not in owed:
        near = nearest(grant.period, owed)
        words = f"“{duty.title}”没有“{grant.period}”这一期{perhaps(near) or '，有：' + (listed(owed) or '（随时报，没有报告期）')}"
        reading.tell(grant, "period", words, near=near, allowed=owed)
        return False
    if isinstance(grant, Extension) and grant.due < owed[grant.period]:
        reading.tell(grant, "due", f"延到 {grant.due}，比原来的截止日 {owed[grant.period]} 还早")
        return False
    return True
