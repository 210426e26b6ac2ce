"""What must fit together within one campaign."""

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from mailbot.adapters.rules import addresses
from mailbot.adapters.rules.duties import check_duties
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.roster import check_roster
from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType

_MONTHS = timedelta(days=62)  # a stage may stick out so far: notices write that


def check_campaign(reading: Reading, campaign: Campaign, forms: Collection[str]) -> None:
    names_its_file(reading, campaign)
    _dates(reading, campaign)
    for unit in campaign.units:
        addresses.look_at(reading, unit, "addresses", unit.addresses)
    for group in campaign.groups:
        addresses.look_at(reading, group, "addresses", group.addresses)
        if (plain := unicodedata.normalize("NFKC", group.phone)) != group.phone:
            reading.warn(group, "phone", f"“{group.phone}”里有全角的数字或符号，请写 {plain}", near=plain)
    for room in ("groups", "duties"):
        reading.tell_doubled(room)
    addresses.each_its_own(reading, campaign)
    check_roster(reading, campaign)
    check_duties(reading, campaign, forms)
    if not campaign.units and any(duty.who for duty in campaign.duties):
        reading.tell(campaign, "units", "名册还是空的，请填写 units")
    elif not campaign.units:
        reading.warn(campaign, "units", "还没有写报送单位")
    if not campaign.duties:
        reading.warn(campaign, "duties", "还没有写报送事项")


def names_its_file(reading: Reading, noun: Campaign | FormType) -> None:
    wanted = Path(reading.file).stem
    if noun.id != wanted:
        reading.tell(noun, "id", f"id 写的是“{noun.id}”，应与文件名一致：{wanted}", near=wanted)


def _dates(reading: Reading, campaign: Campaign) -> None:
    if not reading.is_sound(campaign, "start", "end"):
        return
    if campaign.end < campaign.start:
        reading.tell(campaign, "end", f"结束日期 {campaign.end} 在开始日期 {campaign.start} 前面")
        reading.spoil(campaign, "start")  # nothing can be measured by it
        return
    for stage in campaign.stages:
        if stage.end < stage.start:
            reading.tell(stage, "end", f"“{stage.name}”的最后一天 {stage.end} 在第一天 {stage.start} 前面")
        elif stage.end < campaign.start or stage.start > campaign.end:
            reading.tell(stage, "start", f"“{stage.name}”（{stage.start} 至 {stage.end}）不在专项行动期间（{campaign.start} 至 {campaign.end}）")
        elif stage.start < campaign.start - _MONTHS or stage.end > campaign.end + _MONTHS:
            reading.warn(stage, "end", f"“{stage.name}”（{stage.start} 至 {stage.end}）超出专项行动期间（{campaign.start} 至 {campaign.end}）两个月以上")
    if campaign.settled_before and not campaign.start <= campaign.settled_before <= campaign.end + _MONTHS:
        reading.warn(campaign, "settled_before", f"{campaign.settled_before} 不在专项行动期间（{campaign.start} 至 {campaign.end}）")
