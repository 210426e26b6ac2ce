"""Kinds of units out of the words in which a notice names those who report."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mailbot.domain.notices.draft import DraftDuty, DraftUnit

_ALL = re.compile(
    r"^(?:全[市县旗区州省]|[市县旗区州省]直(?=各|有关|相关|部门|单位)|(?:[市县旗区州省]级?)(?=各|直属|局|有关|相关)|局机关|机关|旗局|市局|县局|区局|局(?=各|机关|属)|本(?=[市县旗区])"
    r"|各级|各有关|各相关|各直属|各|所有|全体|有关|相关|直属|下属|所属|辖区|其他)"
)
_SPELLED: Mapping[str, tuple[str, ...]] = {
    "市场监管所": ("市场监督管理所", "市场监管所", "监管所", "市监所", "所"),
    "市场监督管理所": ("市场监督管理所", "市场监管所", "监管所", "市监所", "所"),
    "股室": ("股", "室"),
    "科室": ("科", "室"),
    "处室": ("处", "室"),
}
_PLACES = ("省", "市", "县", "旗", "区", "州", "盟")
_SINGLE = ("村", "校", "乡", "镇", "所", "站", "队", *_PLACES)
_GENERAL = ("村", "校", "乡", "镇", "县", "单位", "部门", "乡镇", "街道", "学校", "机构", "企业", "科室", "股室", "处室")
_OF_PLACE = re.compile(r"^(?:[省市县旗区州盟](?!场)、?){1,3}(?:直属|级)?(?=[\u4e00-\u9fff]{2,}$)")  # before what an office is called
_VAGUE = re.compile(r"(?:[省市县旗州盟]|(?<!社)区)$|(?:单位|部门|机构|企业)$")


def kind_of(words: str) -> str:
    """The kind that words of a notice name: 各市场监管所 -> 市场监管所, 各相关科室 -> 科室, 旗市场监管综合行政执法大队 as it stands."""
    plain = re.sub(r"[（(][^（()）]*[)）]|\s", "", re.sub(r"乡\s*[（(]镇[)）]", "乡镇", words))
    rest = plain
    while (shorter := _ALL.sub("", rest, count=1)) != rest and (len(shorter) > 1 or shorter in _SINGLE):
        rest = shorter
    if rest.endswith("工作组"):
        return "工作组"
    return "单位" if rest in ("各地", "各级") else rest or plain


def kinds_of(duties: Iterable[DraftDuty], units: Sequence[DraftUnit]) -> dict[str, str]:
    """words of a notice -> kind, for duties that somebody owes. Words that end alike name one kind, the shortest: 综合执法大队 and 执法大队; the kinds of a roster
    that the notice gives go before."""
    words = list(dict.fromkeys(w for duty in duties if duty.due.kind not in ("event", "any") for w in duty.who))
    known = list(dict.fromkeys(u.kind for u in units))
    named = {w: kind_of(w) for w in words}
    kinds = sorted({*named.values(), *known}, key=len)
    for word, kind in named.items():
        shorter = next((k for k in known if kind.endswith(k) or k.endswith(kind)), None) or next((k for k in kinds if len(k) >= 3 and kind.endswith(k)), kind)
        named[word] = shorter
    return named


def examples_of(kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, kind) of units as they may be called, for the roster that an admin fills in: one that the notice names itself (执法大队),
    else 某某 of the kind."""
    found: list[tuple[str, str]] = []
    for kind in dict.fromkeys(kinds.values()):
        named = [words for words, its in kinds.items() if its == kind and not _ALL.match(words) and not re.search(r"[（(]", words)]
        plural = len(named) < sum(its == kind for its in kinds.values()) or kind in _GENERAL
        found += [(f"某某{kind}", kind)] if plural or not named else [(name, kind) for name in named]
    return found or [("某某单位", "单位")]


def endings_of(kind: str) -> tuple[str, ...]:
    """How names of units of a kind may end, the longest first: 安委办, 办 for 市安委办; () where the kind does not tell (县区, 县直行业主管部门)."""
    if kind in _SPELLED:
        return _SPELLED[kind]
    if kind in _GENERAL or is_vague(kind):
        return ()
    kind = _OF_PLACE.sub("", kind)
    return tuple(dict.fromkeys((kind, kind[-1:] if kind[-1:] in "所股科室处站校院镇乡组局办" else kind[-2:])))


def is_vague(kind: str) -> bool:
    """Whether a kind is a place or a word for many kinds: how names of its units end stands nowhere."""
    return kind not in _GENERAL and bool(_VAGUE.search(kind))
