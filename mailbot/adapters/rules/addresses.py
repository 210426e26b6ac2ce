"""Addresses in the rules: whether they are any, and whose they are."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from mailbot.adapters.rules.mistakes import perhaps
from mailbot.adapters.rules.reading import Reading
from mailbot.domain.campaigns import Campaign
from mailbot.domain.policy import Settings
from mailbot.domain.rule import Rule
from mailbot.domain.units import ADDRESS, Unit

_ADDRESS = re.compile(ADDRESS)


def look_at(reading: Reading, noun: Rule, key: str, addresses: Iterable[str]) -> None:
    """Tells of each word that is no address."""
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", address)).strip("<>“”。.")
            plain = re.sub(r"\.+(?=[.@])", "", plain)
            near = plain if _ADDRESS.fullmatch(plain) else ""
            several = len(re.split(r"[,;、\s]+", unicodedata.normalize("NFKC", address).replace("，", ",").strip())) > 1
            more = "，几个地址之间请用半角逗号“,”分开" if several and address.count("@") > 1 else perhaps(near)
            reading.tell(noun, key, f"“{address}”不是邮箱地址{more}", item=address, near=near)


def each_its_own(reading: Reading, campaign: Campaign) -> None:
    """An address is one unit's alone (within a campaign; another campaign may have the same unit again)."""
    owner: dict[str, Unit] = {}
    for unit in campaign.units:
        for address in unit.addresses:
            other = owner.setdefault(address.lower(), unit)
            if other is not unit:
                reading.tell(unit, "addresses", f"地址 {address} 已经登记给“{other.name}”，一个信箱只能登记给一个单位", item=address)
            elif sum(a.lower() == address.lower() for a in unit.addresses) > 1:
                reading.warn(unit, "addresses", f"地址 {address} 写了两遍", item=address)


def not_the_offices(reading: Reading, campaign: Campaign, settings: Settings, own: Mapping[str, str]) -> None:
    """`own`: the office's own addresses in lower case, with what they are. A unit's mail from one of them would be ours; from a
    member of staff it would be an order."""
    staff = {a.lower() for a in settings.staff}
    for unit in campaign.units:
        for address in unit.addresses:
            if what := own.get(address.lower()):
                reading.tell(unit, "addresses", f"{address} 是办公室自己的{what}，不能登记给报送单位", item=address)
            elif address.lower() in staff:
                words = f"{address} 也写在 mailbot.yaml 的 staff 里：从它发来的邮件一律按工作人员的处理，不当作“{unit.name}”的"
                reading.warn(unit, "addresses", words, item=address)
