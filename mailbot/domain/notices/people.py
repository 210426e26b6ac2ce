"""Whom a notice says to ask, and the units that it lists by name. Persons are taken as contacts of groups only."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from mailbot.domain.documents import Table
from mailbot.domain.notices.draft import DraftGroup, DraftUnit
from mailbot.domain.notices.marks import without_number
from mailbot.domain.notices.notice import Notice, Sentence

_PERSON = r"[\u4e00-\u9fff]{1,2}\s?[\u4e00-\u9fff]{1,2}"
_NUMBER = r"(?:0\d{2,3}\s?[-—–－]{0,2}\s?)?\d{7,8}(?:\s?[-—转]\s?\d{1,6})?(?!\d)|1[3-9]\d{9}"
_NO_NAME = re.compile(r"联系|电话|方式|(?:处|科|股|室|办|局|部|组|所|司|院)$")
_LIAISON = re.compile(rf"(?:^|[、，,：:\s])(?P<name>{_PERSON})\s*[（(](?:兼)?联络员[)）]")
_GROUP_END = r"组|科|股|室|处|办|局|站|中心|部|所|队"
_ASKED = re.compile(
    rf"联\s*系\s*人(?:及(?:联系)?(?:电话|方式))?\s*[:：]\s*(?P<name>[\u4e00-\u9fff]\s?[\u4e00-\u9fff]{{1,3}}?)(?=[，,、；;。\s（(：:\d]|联系|电话|$)(?:[、，,]\s*[\u4e00-\u9fff]{{2,3}}(?=[；;，,、]\s*(?:联系|办公)?电话)){{0,2}}\s*(?:[（(](?P<group>[^（()）\d]{{2,20}})[)）])?"
    rf"(?:[，,；;、。\s]*(?:(?:联系|办公|咨询)?(?:电话|方式|号码)|手机)?(?:号码)?\s*[:：]?\s*(?P<phone>{_NUMBER}))?"
)
_LISTED = re.compile(rf"(?P<group>[\u4e00-\u9fff]{{2,14}}(?:{_GROUP_END}))[\s:：]+(?P<name>{_PERSON})(?:[\s，,:：]*(?:电话)?[:：]?\s*(?P<phone>{_NUMBER}))?")
_PHONE = re.compile(rf"(?:联系|咨询|办公)?电话\s*[:：]?\s*(?P<phone>{_NUMBER})")
_RECEIVER = re.compile(rf"(?:报送|报|发送|反馈|提交)(?:至|给|到)?(?P<group>[\u4e00-\u9fff]{{1,12}}?(?:{_GROUP_END}))(?=[，,。；;（(]|$)")


def groups_of(notice: Notice) -> tuple[DraftGroup, ...]:
    """The working groups with a liaison, and the contacts that are named to ask; a person named twice is one contact, under the
    longer name of the group."""
    found = list(dict.fromkeys((*_liaisons(notice.sentences), *_contacts(notice.sentences))))
    merged: list[DraftGroup] = []
    for group in found:
        if merged and not group.liaison and not group.name and merged[-1].liaison and not merged[-1].phone:
            merged[-1] = replace(merged[-1], phone=group.phone)  # 联系人：某某 in one line, 联系电话：… in the next
            continue
        same = next((n for n, other in enumerate(merged) if group.liaison and other.liaison == group.liaison), None)
        if same is None:
            merged.append(group)
        else:
            merged[same] = replace(merged[same], phone=merged[same].phone or group.phone, name=merged[same].name or group.name)
    return tuple(merged)


def _liaisons(sentences: Iterable[Sentence]) -> Iterator[DraftGroup]:
    for sentence in sentences:
        heading = without_number(sentence.headings[-1]) if sentence.headings else ""
        if re.fullmatch(rf"[\u4e00-\u9fff]{{2,20}}(?:{_GROUP_END})", heading):
            for match in _LIAISON.finditer(sentence.text):
                yield DraftGroup(heading, _plain(match["name"]), sentence=f"{heading}：{match['name']}（联络员）")


def _contacts(sentences: Sequence[Sentence]) -> Iterator[DraftGroup]:
    listing = False
    for sentence in sentences:
        text = sentence.text
        if listing and (match := _LISTED.fullmatch(text)):
            yield DraftGroup(match["group"], _plain(match["name"]), match["phone"] or "", text)
            continue
        listing = bool(re.search(r"联\s*系\s*人\s*[:：]\s*$", text))
        matches = list(_ASKED.finditer(text))
        for match in matches:
            bracketed = match["group"] or ""
            if _NO_NAME.search(match["name"]) or (bracketed and not re.search(rf"(?:{_GROUP_END})$", bracketed)):
                continue  # 联系人：药械（某某） names the matter first
            yield DraftGroup((match["group"] or _receiver(text[: match.start()])).strip(), _plain(match["name"]), match["phone"] or "", text)
        if not matches and (match := _PHONE.search(text)):
            yield DraftGroup(_receiver(text[: match.start()]), "", match["phone"], text)


def _receiver(text: str) -> str:
    found = list(_RECEIVER.finditer(text))
    return found[-1]["group"] if found else ""


def _plain(name: str) -> str:
    return re.sub(r"\s", "", name)


_UNIT_END = r"所|分局|站|中队|大队|队|股|科|室|处|中心|院|学校|小学|中学|幼儿园|乡|镇|街道"
_MEMBER = re.compile(
    rf"(?:[\u4e00-\u9fff]\s?){{2,5}}\s(?P<unit>[\u4e00-\u9fff\d ]{{2,28}}?(?:{_UNIT_END}))"
    r"副?(?:所长|站长|队长|股长|科长|主任|处长|院长|校长|园长|书记|镇长|乡长|负责人)(?:[（(].*[)）])?"
)
_ABOVE = re.compile(r"^[\u4e00-\u9fff]{2,20}?(?:市场监督管理局|市监局|市场监管局|局|委员会|人民政府)(?=[\u4e00-\u9fff\d])")
_LEAST = 3  # units of one kind that make a list a roster
_NAMES = re.compile(r"(?:单位|学校|机构|企业|部门|乡镇|街道)(?:名称)?")


def units_of(notice: Notice) -> tuple[DraftUnit, ...]:
    """The units that the notice lists: those whose heads are members of its groups (东风市场监督管理所所长), or the names in a table
    of them. Nothing where fewer than three bear the same kind of name: members of a committee are no roster."""
    found = dict[str, str]()
    for sentence in notice.sentences:
        if match := _MEMBER.fullmatch(re.sub(r"^[\u4e00-\u9fff]{1,2}\s?[\u4e00-\u9fff]{0,2}\s*[:：]\s*", "", sentence.text)):
            unit = _ABOVE.sub("", match["unit"].replace(" ", ""))
            if len(unit) > 1:
                found.setdefault(unit, match[0][match.start("unit") - match.start() :])  # without the person's name
    for name, line in _tabled(notice):
        found.setdefault(name, line)
    kinds = _kinds(found)
    if not any(kind not in ("股室", "科室", "处室") and len(kind) > 1 and list(kinds.values()).count(kind) >= _LEAST for kind in kinds.values()):
        return ()
    return tuple(DraftUnit(name, kinds[name], line) for name, line in found.items())


def _tabled(notice: Notice) -> Iterator[tuple[str, str]]:
    for annex in notice.annexes:
        for table in (b for b in annex.blocks if isinstance(b, Table) and re.search(r"名单|名册|一览表", annex.title)):
            column = next((n for n, cell in enumerate(table.rows[0]) if _NAMES.fullmatch(cell.strip())), None)
            if column is not None:
                yield from ((row[column].strip(), " ".join(dict.fromkeys(filter(None, row)))) for row in table.rows[1:] if row[column].strip())


def _kinds(names: Iterable[str]) -> dict[str, str]:
    """Each name's kind: the words in which all names of the same ending end (市场监督管理所), at least the ending itself."""
    by_end = defaultdict[str, list[str]](list)
    for name in names:
        match = re.search(rf"(?:{_UNIT_END})$", name)
        by_end[match[0] if match else name[-1]].append(name)
    kinds: dict[str, str] = {}
    for end, group in by_end.items():
        common = "".join(c[0] for c in takewhile(lambda c: len(set(c)) == 1, zip(*(reversed(n) for n in group), strict=False)))[::-1]
        kind = common if len(group) > 1 and len(common) < min(map(len, group)) else end
        kinds |= dict.fromkeys(group, f"{kind}室" if kind in ("股", "科", "处") else kind)
    return kinds
