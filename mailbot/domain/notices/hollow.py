"""Dates beside a word of handing in that ask for nothing all the same: what is past, negated, a condition, quoted, or another event's."""

import re

from mailbot.domain.notices.moments import Placed
from mailbot.domain.notices.verbs import Verb

_CLAUSE = re.compile(r"[,。;](?![^(]{0,60}\))")
_BEFORE_DATE = re.compile(
    r"(?:(?:均|业|分别|都)?已经?|曾|自|从|据|(?:拖延|推迟|延迟|延期|延|顺延|拖)[至到]|(?:未能?|没有|没能|不能|无法|不再|不必|不用|无需|无须)(?:按[^,。;]{0,12}|及时|如期)?)(?:于|在|分别)?$"
)
_NAMED_BEFORE = re.compile(r"(?:未按[^,。;于]{0,16}|(?:共|已|陆续)收到[^,。;后]{0,30}|收到[^,。;后]{0,30}单位)(?:于|在)?$")
_UP_TO = re.compile(r"(?<![间期])(?:截至|截止)(?:到|至|于|目前)?$")
_MUST = re.compile(r"须|应(?!急)|要(?!素|求)|请|务必|需(?!求)|必须|将(?!于)|由")
_NOT = re.compile(r"(?:未(?!成年|来|婚|检|遂)|没有|没(?!收)|不能|无法|不再|无需|无须|不需|不必|不用|免予|免于|暂不|拒不|拒绝|停止)[^的也仍]{0,20}$")
_DONE = re.compile(r"(?:已(?!知|婚)经?|曾经?)[^的]{0,20}$")
_MEETS = re.compile(r"(?:召开|举行|举办|通报|公布|公示)[^并后]{0,30}$")
_WHO_DID = re.compile(
    r"(?<!目)的(?:$|(?:各|该|这|\d{1,4}|全部|所有|有关|[一二三四五六七八九十]{1,3})*(?:家|个|所|名|批)*(?:单位|企业|部门|地区|学校|乡镇|县[市区]?|机构|项目|人员|医院|同志|申[请报](?:人|材料))"
    r"(?=$|将|予|可|给|视|优先|按|已|均|进行|\d|要求|名单予))"
)
_QUOTED = re.compile(
    r"(?:(?:根据|按照?(?![时月季年周日期])|依[据照]|遵照|落实|贯彻|执行|对照)(?:(?!要求|规定|通知|部署|精神)[^,。;《》]){0,60}?的(?:要求|规定|通知|部署|精神|决定|文件)"
    r"|关于(?:(?!要求|规定|通知)[^,。;《》]){0,60}?的(?:要求|规定|通知|函))"
)


def is_up_to(text: str, moment: Placed, place: int) -> bool:
    """Whether a date says up to when something counts (截至6月30日,全市共上报12件), not when it is due (截止6月30日,各县须报)."""
    if not _UP_TO.search(text[max(0, moment.start - 6) : moment.start]):
        return False
    return not re.search("前", text[moment.end - 1 : moment.end]) and not _MUST.search(text[moment.end : place])


def is_hollow(text: str, moment: Placed, verb: Verb) -> bool:
    """Whether a verb behind a date asks for nothing by it."""
    head = text[max(0, moment.start - 40) : moment.start]
    if _BEFORE_DATE.search(head) or _NAMED_BEFORE.search(head):
        return True
    clause = _CLAUSE.split(text[moment.end : verb.start])[-1][-80:]
    free = re.split("[将把]", clause)[0]  # what stands behind 将 is part of the paper's name
    if _NOT.search(free) or _DONE.search(free):
        return True
    if moment.dated and (_MEETS.search(clause) or _who_did(text, verb)):
        return True
    around = _QUOTED.finditer(text, max(0, moment.start - 80), min(len(text), verb.end + 100))
    return any(m.start() < moment.start and verb.end <= m.end() for m in around)


def _who_did(text: str, verb: Verb) -> bool:
    """按时报送材料的7家单位; 6月30日前报送的,优先安排: tells of those who did."""
    tail = _CLAUSE.split(text[verb.end : verb.end + 60])[0]
    return bool(_WHO_DID.search(tail))
