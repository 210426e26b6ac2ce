"""Which office a name means: the issuer under its short name (市卫生健康委, 市局, 我委), one above it, one of its units.

What the issuer or an office above sends upward is no duty of the units."""

import re
from collections.abc import Sequence

from mailbot.domain.notices.titling import place_of, rank_of

_OURS = re.compile(
    r"(?:我|本)(?:局|委|办|厅|部|处|会|市|省|县|区|旗|院|校|中心|镇|乡|街道)(?:机关|党组|(?:领导小组)?办公室)?|[局委办厅院校]机关|(?:国家|国务院|省|自治区)[^、]{0,14}(?:局|委|厅|部)"
)
_MANY = re.compile(r"各|有关|相关|所有|全体|所属|下属|直属|[省市县区旗州]直|等|及其")
_LEVEL = re.compile(r"[省市县区旗州盟镇乡](?![直属级内场域])")
_OFFICE = re.compile(r"(?:局|委|厅|部|委员会|政府|办|办公室|指挥部)$")
_RULES = re.compile(r"(?:.{0,8}?[省市县区旗州盟])?(?:委|党委|人民政府|政府)(?:办公室|办)?")
_HIGHER = re.compile(r"(?:省|自治区|国家|国务院|部(?!门|分)|上级)")


def is_issuer(units: Sequence[str], issuer: str, addressees: Sequence[str] = ()) -> bool:
    """Whether the subject is who issued the notice, or stands above it, and is not addressed."""
    units = [u for u in units if u not in addressees]
    return bool(units) and all(_OURS.fullmatch(u) or means(u, issuer) or _stands_above(u, issuer) for u in units)


def goes_up(units: Sequence[str], receiver: str, issuer: str, addressees: Sequence[str], unsure: bool) -> bool:
    """Whether a paper goes over the head of the issuer: to a receiver above it, from nobody that the sentence names (`unsure`: 7月10日前需报省厅),
    or from one office of the issuer's own level that is not addressed."""
    if not receiver or means(receiver, issuer) or not is_above(receiver, issuer):
        return False
    return unsure or all(u not in addressees and not _MANY.search(u) and rank_of(u) == rank_of(issuer) > 0 for u in units)


def is_above(receiver: str, issuer: str) -> bool:
    """Whether a receiver stands above the issuer: a higher level, or the government or party committee of its own."""
    if rank_of(receiver) > rank_of(issuer) > 0:
        return True
    if _RULES.fullmatch(receiver) and issuer and not re.search(r"政府|[省市县区旗州]委(?!员)|党委", issuer):
        return True
    return bool(_HIGHER.match(receiver)) and bool(re.search(r"[市县区旗州盟镇乡]", issuer)) and "省" not in issuer


def means(name: str, issuer: str) -> bool:
    """Whether a name is that of the issuer, in full or short: 县住建委 for 东岭县住房和城乡建设委员会, 市局, 市安委会 for the office of it."""
    return any(name == each or (len(name) > 5 and each.endswith(name)) or _is_short_for(name, each) for each in issuer.split("、") if each)


def _is_short_for(name: str, issuer: str) -> bool:
    """Its characters stand in the issuer's name in the same order, its level and its last character are the issuer's."""
    place = place_of(issuer)
    rest = issuer[len(place) :]
    if name.startswith(place) and place:
        name = name[len(place) :]
    elif level := _LEVEL.match(name):
        if not place.endswith(level[0]):
            return False
        name = name[1:]
    elif len(name) < 3 or name[0] != rest[:1] or not _OFFICE.search(name):
        return False
    short = _ended(name)
    fulls = {_ended(rest), _ended(rest).removesuffix("办")}
    return bool(short) and not _MANY.search(name) and any(short[-1:] == full[-1:] and _in_order(short, full) for full in fulls)


def _ended(name: str) -> str:
    return re.sub("办公室$", "办", re.sub(r"委(?:员会|会)", "委", name))


def _in_order(short: str, full: str) -> bool:
    signs = iter(full)
    return all(sign in signs for sign in short)


def _stands_above(unit: str, issuer: str) -> bool:
    return rank_of(unit) > rank_of(issuer) > 0 and bool(_OFFICE.search(unit)) and not _MANY.search(unit)
