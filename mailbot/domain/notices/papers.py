"""What a sentence says of the paper that is handed in: copies, annex, reviewer, quota, nil report, way."""

import re
from dataclasses import dataclass

from mailbot.domain.campaigns import Copy
from mailbot.domain.notices.moments import N, number

_SCAN = re.compile(r"扫描|加盖.{0,10}?(?:公章|印章|单位章)|盖章(?:后|件|版|的?电子|pdf)|签字盖章|pdf(?:版|格式|文件|电子)?|签章", re.IGNORECASE)
_EDITABLE = re.compile(r"可编辑|word|excel|wps|电子(?:版|稿|文档|表格?|文本|材料|文件|件)|doc格式|xlsx?|docx", re.IGNORECASE)
_SCANNED_ELECTRONIC = re.compile(
    r"(?:扫描|盖章|pdf)(?:的|件|版)?的?电子(?:版|件|档|文档)?|电子扫描件|电子(?:版|件)\((?:pdf|盖章|扫描|加盖)[^()和及、与]*\)",
    re.IGNORECASE,
)
_ELECTRONIC_OF = re.compile(r"电子(?:版|稿|文档|材料|件)?\((?P<which>[^()]{2,40})\)")
_PAPERY = re.compile(r"纸质|书面材料|一式.份|原件|机要|邮寄|寄送")
ANNEX = re.compile(
    r"附件(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})?(?P<list>(?:[、,和及至-](?:附件)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?![年月日.个份]))*)"
    r"|附(?P<kind>[表])(?P<m>\d{1,2}|[一二三四五六七八九十]{0,2})(?P<more>(?:[、,和及](?:附表)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?![年月日.个份]))*)"
)
_REVIEW = re.compile(
    r"(?:报经|经|由|须经|需经)(?P<who>[^,。;:]{2,40}?)(?:审核|审签|审定|审批|审阅|把关|签批|签字|同意|审查|核准|初审)(?:签字|把关|同意|盖章|确认|并?加盖公章)*(?:后|,|并)"
)
_QUOTA = re.compile(
    rf"(?:每(?:个)?(?P<per>季度?|半年|年度?|月|周|期|次)[^,。;]{{0,12}}?)?(?:不少于|至少|不低于|不得少于|最少)(?:报送|上报|提交|报)?[^,。;\d]{{0,8}}?(?P<n>{N})(?P<unit>[个篇条例件份项起])"
)
_NIL = re.compile(
    r"零报告|“0”报告|0报告|零上报"
    r"|(?:无|没有|未)[^,。;]{0,12}(?:也[要须应请需]?|亦[须应请]?|的?[,]?(?:要|请|须)[^,。;]{0,4})(?:按时)?(?:书面)?(?:报|反馈|上报|说明|零)"
)
MAILBOX = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
_WAY = re.compile(
    r"(?:通过|经由|登录|登陆|上传至?|录入|发至|报至|报送至|发送至|至|在|利用|发到|纳入)“?(?P<way>[^,。;:()\"“”]{0,30}?(?:平台|系统|政务微信|微信群|qq群|钉钉群?|浙政钉|粤政易|渝快政|oa|内网|公文交换|协同办公|工作群|网盘|小程序|网站|直报网|信息网|公文交换箱)(?:邮箱)?)(?!建设|实施|报送机制|下载|查询)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?P<way>[^,。;:()至]{2,20}(?:工号|政务微信|钉钉|微信|qq))(?=[,。;()]|$)", re.IGNORECASE)


_POSTED = re.compile(r"邮寄|寄送|寄[至到]")


@dataclass(frozen=True, slots=True)
class Paper:
    """All of it, as far as said. `annexes`: labels in the order they are named."""

    copies: tuple[Copy, ...] = ()
    annexes: tuple[str, ...] = ()
    reviewer: str = ""
    quota: int | None = None
    nil: bool = False
    channel: str = ""
    doubts: tuple[str, ...] = ()


def paper_of(text: str) -> Paper:
    """What a stretch of flat text says of its paper."""
    doubts = ("通知还要求纸质版或原件",) if _PAPERY.search(text) else ()
    return Paper(copies_of(text), annexes_of(text), reviewer_of(text), quota_of(text), says_nil(text), channel_of(text), doubts)


def copies_of(text: str) -> tuple[Copy, ...]:
    """(scan, editable) as asked for: 电子版(盖章扫描件) is a scan alone, 电子版(盖章扫描件及可编辑版本) both."""
    rest = _ELECTRONIC_OF.sub(lambda m: m["which"] if _SCAN.search(m["which"]) or _EDITABLE.search(m["which"]) else m[0], text)
    scan = bool(_SCAN.search(rest))
    editable = bool(_EDITABLE.search(_SCANNED_ELECTRONIC.sub("扫描", rest)))
    copies: list[Copy] = []
    if scan:
        copies.append("scan")
    if editable:
        copies.append("editable")
    return tuple(copies)


def annexes_of(text: str) -> tuple[str, ...]:
    """附件3; 附件2、附件3; 附件1-3; a lone 附件; 附表1. Not those of other papers: they stand in 《》."""
    found: list[str] = []
    for m in ANNEX.finditer(re.sub(r"《[^《》]{0,80}》", lambda t: "#" * len(t[0]) if "附件" in t[0] else t[0], text)):
        if m["kind"]:
            found += [f"附表{n}" for n in (m["m"], *re.findall(r"\d{1,2}|[一二三四五六七八九十]{1,2}", m["more"]))]
            continue
        if not m["n"]:
            found.append("附件")
            continue
        first, rest = number(m["n"]), m["list"]
        numbers = [first]
        for joint, n in re.findall(r"([、,和及至-])(?:附件)?(\d{1,2}|[一二三四五六七八九十]{1,2})", rest):
            last = number(n)
            numbers += range(numbers[-1] + 1, last + 1) if joint in "至-" and numbers[-1] < last <= numbers[-1] + 10 else [last]
        found += [f"附件{n}" for n in numbers]
    return tuple(dict.fromkeys(found))


def reviewer_of(text: str) -> str:
    match = _REVIEW.search(text)
    return match["who"].removesuffix("的") if match else ""


def quota_of(text: str) -> int | None:
    match = _QUOTA.search(text)
    return number(match["n"]) if match else None


def says_nil(text: str) -> bool:
    return bool(_NIL.search(text))


def is_quota(text: str) -> bool:
    """Whether a short sentence says nothing but how many (每季度报送不少于1个)."""
    match = _QUOTA.search(text)
    return match is not None and match.start() <= 8 and "," not in text[: match.start()] and len(text) <= 30


def channel_of(text: str) -> str:
    """A mailbox, else another way in words."""
    if match := MAILBOX.search(text):
        return match[0]
    if match := _WAY.search(text):
        return match["way"]
    if _POSTED.search(text):
        return "邮寄"
    match = _HANDLE.search(text)
    return re.sub(r"^.*?(?:报送|上报|发送|发|报)(?:至|给|到)?", "", match["way"]) if match else ""
