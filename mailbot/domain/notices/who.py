"""Who is to report, as the notice says it: the subject of the sentence, of the one before, or those it is addressed to."""

import re
from collections.abc import Sequence

from mailbot.domain.notices.flat import as_written

_END = (
    r"(?:局|委|办|厅|部|处|科|股|室|所|队|中心|站|院|校|园|厂|公司|企业|政府|街道|乡|镇|村|社区|单位|部门|机构|组织|组|会|办公室|县|市|区|旗|盟|州|地|兵团|团|场|户|者|人|[中小大]学|学院|医院|高校|园所"
    r"|[河湖林田]长|(?<=[局委厅院校])机关|馆|院所|基地|分会|支队|银行|商|店|们|专班|党委|支部)"
)
# 和 and 应 that belong to a name: 住房和城乡建设局, 应急管理局
_AND_IN_NAME = r"信息化|城乡|社会保障|旅游|自然资源|改革|草原|体育|技术|计划生育|大数据|新闻出版|老龄"
_UNIT = (
    rf"(?:应急|和(?={_AND_IN_NAME})|[^,。;:、()和及与以至将把要应须在请于]|(?<=高)校|以上|以下){{0,30}}?{_END}(?:\([^()]{{1,24}}\)(?:应急"
    rf"|和(?={_AND_IN_NAME})|[^,。;:、()和及与要应须在请于将把]){{0,16}}?(?:{_END})?)?"
)
_JOIN = rf"(?:、|,(?=各|有关|相关)|和(?!{_AND_IN_NAME})|及|以及|与|/)"
_MODAL = (
    r"(?=配合|协助|会同|联合(?!会)|发挥|坚持|实行|要(?!素|件)|应(?!急)|须|需|请|务必|务于|负责(?!人)|于|在(?!线|校|建)|按|根据|可(?!持)|每|将|结合|严格|认真|统一|必须|把|经(?!济|营|信|开)"
    r"|牵头|汇总|审核|组织(?!部|人事)|也|均|对|从|通过|分别|及时|报(?!社)|上报|填|指定|确定|明确|收集|安排"
    r"|加强|全面|确保|做好|由|自(?!治|然)|向|当(?!地)|即|以(?!上|下)|推荐|选派|开展|积极|高度|对照|参照|进行|有(?!关)|落实|指派"
    r"|制[定订]|研究|编制|完成|召开|梳理|排查|整理|形成|总结|提供|准备|报名|围绕|强化|突出|定于|拟|推进|针对|凡|未|已|送|交(?!通)|分解|细化|进一步|加大|加快|选取|选择|登记|再|先"
    r"|切实|抓紧|逐级|不得|如|若|登录|深入|建立|成立|利用|继续|接到|收到"
    r"|定期|随时|提交|第|次月|\d|发现|发生|遇|,|:|$)"
)
_START = re.compile(
    r"(?:\d{1,2}[.、)]|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、|[①-⑳]|、)*(?:请|要求|由|其中|另|望"
    r"|烦请|务请|同时|并|责成|督促|组织)*(?:以上|上述|前述)?"
)
_LIST = re.compile(rf"(?P<who>{_UNIT}(?:{_JOIN}{_UNIT}){{0,12}})(?:们)?{_MODAL}")
_WHOLE = re.compile(rf"{_UNIT}(?:{_JOIN}{_UNIT}){{0,12}}")
_UNITLIKE = re.compile(
    # begins as units do, or is any short name
    r"^(?:各|全|有关|相关|责任|所属|直属|市|县|区|旗|省|州|盟|镇|乡|村|街|承|牵|参|基|医|学|高|中|企|监|执|综|社|本级|驻"
    r"|[^的是不为等]{2,30}$)"
)
_YOU = re.compile(r"^(?:你|贵|本单位|本部门|其|们$)")
_NO_UNIT = re.compile(
    r"^全[省市县区旗州]$|\d[年月日时:]|前向|^按|^依|^认真|^精心|^严格|^积极|适时|专人|^每|^自|报送|上报|^经|^由|^向|^对|问题|情况|信息(?!化)|材料"
    r"|数据(?!局|资源|管理)|总结|报告|方案|工作$|行动|措施|机制|任务|会议|表$|联系人|联络员|负责人|填报人|原则|基础上|过程|期间|为[主准]"
    r"|发现|开展|提高|强化|进一步|落实|形成|成立|辖区内的|以下|过程|的人|本人|通过|传真|邮件|将|收到"
)
_PLAIN = re.compile(r"(?:各|有关|相关)[一-龥]{2,12}(?:单位|部门)")
_REGION = re.compile(r"各?(?:省|市|县|区|州|盟|旗|自治区|自治州|直辖市|\([市区县旗、]+\))+")
_NO_ADDRESS = re.compile(r"附件|如下|联系|邮箱|^[^各,，、]{0,6}单位：$|时间|来源|标题|来文|主题词|索引|发文|发布|字号|文号|电话|职责")


def subject_of(text: str, before: int, first: bool = False) -> tuple[str, ...]:
    """The units that a sentence has as its subject, looked for clause by clause backwards from a place in its flat text, or from its
    beginning on (`first`); () if none."""
    starts = [0, *(m.end() for m in re.finditer(r"[,。;](?![^(]{0,40}\))|:(?!\d)|\)(?=各)|(?<![自理缘])由|请(?=各)", text[:before]))]
    for start in starts if first else reversed(starts):
        lead = _START.match(text, start)
        match = _LIST.match(text, lead.end() if lead else start)
        if match and match.end() <= before + 1:
            units = split_units(match["who"])
            if units:
                return (*_said_before(text, match.start(), starts), *units)
    return ()


def _said_before(text: str, place: int, starts: Sequence[int]) -> tuple[str, ...]:
    """The units of a clause that is nothing but their names: 各中小学,幼儿园于…."""
    start = max((s for s in starts if s < place), default=place)
    clause = text[start : place - 1] if text[place - 1 : place] == "," else ""
    lead = _START.match(clause)
    words = clause[lead.end() :] if lead else clause
    return split_units(words) if words.startswith("各") and _WHOLE.fullmatch(words) else ()


def split_units(words: str) -> tuple[str, ...]:
    """执法大队和各市场监管所 -> both; 各执法中队(市场监管所) -> both; 各县(市、区)教育局 is one. () where one of them is no unit."""
    parts = _parted(words)
    found: list[str] = []
    for part in parts:
        part = re.sub(r"\((?:详见|见)[^()]*\)$", "", part)
        part = re.sub(r"^[^各]{2,20}(?:后|前|期间|时|内)(?=各)", "", part)
        bracket = re.fullmatch(r"([^()]+)\(([^()]+)\)", part)
        inner = bracket and re.fullmatch(rf"[^,。:;0-9]{{2,20}}{_END}", bracket[2]) and not re.search(r"以下简称|统称|含|[市区县旗]$", bracket[2])
        found += [bracket[1], *_parted(bracket[2])] if bracket and inner else [part]
    if not found or any(len(f) < 2 or _is_no_unit(f) for f in found):
        return ()
    if all(_YOU.match(f) for f in found):
        return ()
    return tuple(dict.fromkeys(found)) if _UNITLIKE.match(found[0]) else ()


def _is_no_unit(name: str) -> bool:
    bare = re.sub(r"\([^()]*\)", "", name)
    return bool(_NO_UNIT.search(re.sub(r"(?<=.{2})(?:专项)?行动(?=领导小组|指挥部|工作专班)", "", bare))) and not _PLAIN.fullmatch(bare)


def _parted(words: str) -> list[str]:
    """At 、 and 和 outside brackets; 股、室、局、中心 are kinds of one list and stay together."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(words):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign in "、,/和及与" and not (sign == "和" and re.match(_AND_IN_NAME, words[place + 1 :])):
            parts.append(words[start:place])
            start = place + 1
    parts.append(words[start:])
    parts = [re.sub(r"^以$|以$", "", p) if i < len(parts) - 1 else p for i, p in enumerate(parts)]
    if len(parts) > 1 and any(len(p) < 2 for p in parts):
        return [words]
    return _regions_joined([p for p in parts if p])


def _regions_joined(parts: list[str]) -> list[str]:
    """各市、县教育局 is one name."""
    kept: list[str] = []
    for part in parts:
        if kept and _REGION.fullmatch(kept[-1].split("、")[-1]) and not part.startswith("各") and re.match(r"县|区|市|州|盟|旗|自治|直辖", part):
            kept[-1] += f"、{part}"
        else:
            kept.append(part)
    return kept


def addressees_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Those a notice is addressed to: the line before its text that names units and ends with a colon (各市场监管所，综合执法大队，
    各相关科室：), or with nothing where each of them is 各…."""
    for line in lines[:25]:
        words = re.sub(r"\s", "", line).replace("（", "(").replace("）", ")").replace(":", "：")
        if not re.fullmatch(r"[^。;!?0-9：]{3,160}：?", words) or _NO_ADDRESS.search(words) or not (words.endswith("：") or words.startswith("各")):
            continue
        found = [unit for part in re.split(r"[，,;；](?![^(]*\))", words.rstrip("：")) for unit in _parted(part)]
        if found and all(re.search(rf"{_END}(?:\([^()]*\))?$", unit) for unit in found):
            return tuple(dict.fromkeys(as_written(unit, line) for unit in found))
    return ()
