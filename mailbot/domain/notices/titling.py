"""What a campaign is called, and how high the offices stand that a notice names."""

import re

from mailbot.domain.notices.draft import Draft

_LEVEL = r"(?:省|自治区|自治州|市|县|旗|区|州)"
_PLACE = re.compile(rf"^[\u4e00-\u9fffXx×]{{1,8}}?{_LEVEL}(?!场|域|级)")
_NO_PLACE = re.compile(r"(?:全|团|各|该|本|我|社|园|学|校|小|景|林|库|灾|辖|县|市|地|所在|上级)(?:省|市|县|旗|区|州)$|^(?:全国)?城市$|推进|进行|开展|组织")
_BEFORE = re.compile(r"^(?:少先队|共青团|中共|中国共产党|中国共产主义青年团)")
_NATION = re.compile(
    r"国家(?!级)|国务院|中共中央|中央|全国(?!性)|(?:外交|国防|教育|科学技术|科技|工业和信息化|工信|公安|民政|司法|财政|人力资源(?:和)?社会保障|人社|自然资源|生态环境|住房(?:和)?城乡建设|住建"
    r"|交通运输|水利|农业农村|农业|商务|文化和旅游|文旅|应急管理|应急)部(?!门)"
)
_RANKS = {"省": 3, "自治区": 3, "市": 2, "自治州": 2, "州": 2}
_ABOUT = re.compile(r"^.*?关于(?:印发|转发|下发)?(?:组织开展|深入开展|深入实施|组织实施|开展|实施|深入推进|进一步做好|切实做好|做好|加强|报送|上报|建立|实行)?")
_NOTE = re.compile(r"(?:的)?(?:紧急|补充)?(?:通知|函|通报)$")
_PLAN = re.compile(r"(?:的)?(?:实施)?(?:方案|意见)$")
_QUOTED = {"“": "”", "《": "》", "〈": "〉", "（": "）"}


def place_of(office: str) -> str:
    """奈曼旗 of 奈曼旗市场监督管理局; "" where no place stands before a name (社区, 全县, 团市委)."""
    match = _PLACE.match(_BEFORE.sub("", office))
    return match[0] if match and not _NO_PLACE.search(match[0]) else ""


def rank_of(office: str) -> int:
    """How high an office stands by the place in its name, the last where several are named (清江市新桥区教育局): 4 for the nation, 3 for a
    province, 2 for a city, 1 for a county; 0 where no place is named."""
    if _NATION.match(office):
        return 4
    rest, level = _BEFORE.sub("", office), ""
    while place := place_of(rest):
        match = re.search(rf"{_LEVEL}$", place)
        level, rest = match[0] if match else "", rest[len(place) :]
    match = re.match(r"(?:自治区|[省市州县旗区])(?!场|域|级)", rest) if not level else None
    level = level or (match[0] if match else "")
    return _RANKS.get(level, 1) if level else 0


def campaign_title(draft: Draft) -> str:
    """What the notice is about: 关于印发《…实施方案》的通知 and 某局关于开展…的通知 without their frame. Nothing is cut inside “ ” or 《 》."""
    mark = draft.title.find("《")
    inside = _quoted(draft.title, mark) if mark >= 0 and "印发" in draft.title[:mark] else ""
    title = inside or _cut(_NOTE, _uncovered(_ABOUT, draft.title))
    title = _bare(_cut(_PLAN, title)) or draft.title
    place = place_of(draft.issuer)
    return title if not title or place in title or place_of(title) else place + title


def short_title(title: str, issuer: str = "") -> str:
    """A title without the place before it, that of its issuer or one that stands there alone."""
    place = place_of(issuer)
    if not (place and title.startswith(place)):
        place = place_of(title)
    short = title.removeprefix(place)
    return short if len(short) >= 2 and short[0] not in "、，和及与的” 》" else title


def _uncovered(pattern: re.Pattern[str], title: str) -> str:
    """A title without what a pattern takes from its beginning, where that is no part of a quotation."""
    match = pattern.match(title)
    return title[match.end() :] if match and _is_whole(match[0]) else title


def _cut(pattern: re.Pattern[str], title: str) -> str:
    match = pattern.search(title)
    rest = title[: match.start()] if match else title
    return rest if len(rest) >= 2 and _is_whole(rest) else title


def _is_whole(text: str) -> bool:
    """Whether each mark that opens closes."""
    return all(text.count(a) == text.count(b) for a, b in _QUOTED.items())


def _bare(title: str) -> str:
    """A title without the marks around the whole of it."""
    title = title.strip()
    while title[:1] in ("“", "《") and _quoted(title, 0) == title[1:-1] and title[-1:] == _QUOTED[title[0]]:
        title = title[1:-1].strip()
    return title


def _quoted(text: str, place: int) -> str:
    """What stands between the mark at a place and the one that closes it; "" where it stays open."""
    opening, closing, depth = text[place], _QUOTED[text[place]], 0
    for at in range(place, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return text[place + 1 : at]
    return ""
