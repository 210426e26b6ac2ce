"""Whether what a duty asks for comes to the office that issued the notice, or goes elsewhere."""

import re
from collections.abc import Collection

from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.offices import is_above, means
from mailbot.domain.notices.titling import place_of, rank_of

_NATION = 4  # rank_of
# 和 and 及 part receivers only behind the end of a name: 住房和城乡建设局 is one
_AND = re.compile(r"[、，,；;/]|(?<=[局委办厅部处科股室所队会组院校心府站关邮箱])(?:以及|和|及|与|并)|(?:并|同时)(?=抄|报|送|发)|抄[送报]")
_LEAD = re.compile(r"^(?:和|及|与|并|同时|分别|抄[送报]|报[送至]?|送至?|发至?|至|给)+")
_OURS = re.compile(
    r"(?:我|本)(?:[局委办厅部处会院校]|中心|单位)|[局委厅](?:机关|属|办公室|办|党组|领导小组|[\u4e00-\u9fff]{1,8}[科股室处]|$)"
    r"|(?:专项行动|工作)?领导小组办公室|办公室$"
)
_TOWN = re.compile(r"(?:各|所在|属地|辖区)?[\u4e00-\u9fff]{0,4}?(?:乡镇|[乡镇]|街道)(?:人民政府|政府|办事处|党委|党工委)")
_LEVEL_OFFICE = re.compile(r"([省市县旗区州])[局委厅]")


def elsewhere(duty: DraftDuty, issuer: str, mailbox: str, kinds: Collection[str]) -> str:
    """Why a duty is not this office's to collect, in Chinese; "" where it is, or where one of several receivers is this office. `mailbox`: the
    office's, "" where none is known. `kinds`: of the units that owe something."""
    if "@" in duty.channel and mailbox and duty.channel != mailbox:
        return f"报到别的邮箱（{duty.channel}），不归本办公室收"
    reasons = [_reason(part, issuer, kinds) for part in receivers(duty.to)]
    return f"报给{duty.to}（{'、'.join(dict.fromkeys(reasons))}），不归本办公室收" if reasons and all(reasons) else ""


def receivers(to: str) -> tuple[str, ...]:
    """市局和省药监局 -> both; 市住房和城乡建设局 is one."""
    return tuple(part for piece in _AND.split(re.sub(r"[（(][^（()）]*[)）]", "", to)) if (part := _LEAD.sub("", piece)))


def _reason(part: str, issuer: str, kinds: Collection[str]) -> str:
    """Why one receiver is not this office: above it, elsewhere, below it, or a unit that owes something itself."""
    if is_ours(part, issuer):
        return ""
    if any(kind.endswith(part) or (len(kind) > 1 and part.startswith(kind)) for kind in kinds):
        return "报送单位"
    if not issuer:
        return ""
    rank, own = rank_of(part.removeprefix("各")), rank_of(issuer)
    if 0 < rank < own or (own and _TOWN.match(part)):
        return "下级单位"
    if is_above(part, issuer) or rank == _NATION > own:
        return "上级单位"
    place = place_of(part)
    return "不是发文单位" if place and not any(place in each for each in issuer.split("、")) else ""


def is_ours(part: str, issuer: str) -> bool:
    """Whether a receiver is the issuer, under its name or as 我委, 本局, 旗局…, or a part of it."""
    if _OURS.match(part) or any(part.startswith(each) for each in issuer.split("、") if each) or means(part, issuer):
        return True
    level = _LEVEL_OFFICE.match(part)
    return bool(level) and rank_of(part) == rank_of(issuer)
