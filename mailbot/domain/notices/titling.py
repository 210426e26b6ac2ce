"""What a campaign is called, and how high the offices stand that a notice names."""

import re

from mailbot.domain.notices.draft import Draft

_PLACE = re.compile(r"^[\u4e00-\u9fffXx×]{1,8}?(?:省|自治区|自治州|市|县|旗|区|州)(?!场|域|级)")
_ABOUT = re.compile(r"^.*?关于(?:印发|转发|下发)?(?:组织开展|深入开展|深入实施|组织实施|开展|实施|进一步做好|切实做好|做好|加强|报送|建立|实行)?")
_TAIL = re.compile(r"(?:工作)?(?:的)?(?:工作|实施|行动|活动)?(?:通知|方案|意见|办法|计划|要点|函)(?:的通知)?$")


def place_of(office: str) -> str:
    """奈曼旗 of 奈曼旗市场监督管理局; "" where no place stands before a name."""
    match = _PLACE.match(office)
    return match[0] if match else ""


def rank_of(office: str) -> int:
    """How high an office stands by the place in its name: 3 for a province, 2 for a city, 1 for a county; 0 where no place is named."""
    match = _PLACE.match(office) or re.match(r"(?:自治区|[省市州县旗区])(?!场|域|级)", office)
    return 0 if not match else 3 if match[0].endswith(("省", "自治区")) else 2 if match[0].endswith(("市", "州")) else 1


def campaign_title(draft: Draft) -> str:
    """What the notice is about: 关于印发《…实施方案》的通知 and 某局关于开展…的通知 without their frame."""
    inside = re.search(r"《([^《》]+)》", draft.title)
    title = inside[1] if inside and "印发" in draft.title[: inside.start()] else _ABOUT.sub("", draft.title)
    title = _TAIL.sub("", title).strip("《》“” ") or draft.title
    place = place_of(draft.issuer)
    return title if not title or place in title or place_of(title) else place + title


def short_title(title: str) -> str:
    """A title without the place before it."""
    short = _PLACE.sub("", title)
    return short if len(short) >= 2 else title
