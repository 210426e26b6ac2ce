"""The marks by which a notice is laid out: numbers of headings, annexes, dates that stand alone, names of organs."""

import re

from mailbot.domain.dates import as_date
from mailbot.domain.numbers import ORDINAL, chinese_number
from mailbot.domain.text import fold

_LEVELS = (
    (1, re.compile(rf"(?:{ORDINAL}\s*[、.．,，](?!\d)|第{ORDINAL}[章节部篇]分?(?=[\s、:：]|[\u4e00-\u9fff]))\s*")),
    (2, re.compile(rf"[(（〔]\s*{ORDINAL}\s*[)）〕]\s*[、.．]?\s*")),
    (3, re.compile(r"\d{1,2}\s*(?:[.．、]|[,，](?=[\u4e00-\u9fff]))\s*(?:(?!\d)|(?=\d{1,2}[月日]|20\d\d年))")),
    (4, re.compile(r"(?:[(（]\s*\d{1,2}\s*[)）]|[①-⑳]|\d{1,2}[)）])\s*")),
)
_BULLET = re.compile(r"[-•·●◆■□※*]\s+|[•●◆■□]\s*")
ANNEX = re.compile(rf"附\s*[件表]\s*(?P<n>\d{{1,2}}(?!\d)|{ORDINAL}(?![\u4e00-\u9fff]))?\s*(?:[-—]\s*\d{{1,2}})?\s*[:：.．、]?\s*(?P<title>.*)")
_ORGAN_END = (
    "局|委员会|委|办公室|办|政府|厅|部|署|院|会|中心|公司|学校|大学|医院|总队|支队|大队|指挥部|领导小组|站|处|协会|法院|检察院|集团|所|科|组|社|馆|党组|总工会|联合会"
)
_ORGAN = re.compile(rf"[\u4e00-\u9fffXx×*\d（）()]{{1,30}}?(?:{_ORGAN_END})")
# how titles of notices end
TITLE_END = re.compile(
    r"(?:通知|方案|意见|办法|函|通报|公告|规划|计划|细则|要点|规定|决定|安排|指引|指南|预案|行动|请示|批复|制度|简章|启事|纲要|提示|通告|报告|总结|规程|规范|标准)"
    r"[》”]?(?:的(?:通知|函|公告|通告))?\s*(?:[（(〔][^（()）〕]{1,30}[)）〕])?\s*$"
)
DAY = r"(?:(?:19|20)\d{2}|[二一][零〇○OＯo0Ｏ０一二三四五六七八九]{3})\s*年\s*[\d一二三四五六七八九十元]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日"
_DATE_LINE = re.compile(rf"\s*[(（]?\s*(?:{DAY}|(?:19|20)\d{{2}}\s*([./-])\s*\d{{1,2}}\s*\1\s*\d{{1,2}})\s*[)）]?\s*")
_PRINTED = re.compile(rf"(?P<organ>\S.*?)?[\s，,]*(?P<day>{DAY})\s*印\s*发\s*")


def level_of(text: str) -> int:
    """1 for 一、, 2 for （一）, 3 for 1., 4 for (1); 0 where a line bears no number."""
    return next((level for level, pattern in _LEVELS if pattern.match(text)), 0)


def without_number(text: str) -> str:
    pattern = next((p for _, p in _LEVELS if p.match(text)), None)
    return pattern.sub("", text, count=1) if pattern else text


def without_bullet(text: str) -> str:
    return _BULLET.sub("", text, count=1) if _BULLET.match(text) else text


def annex_of(text: str) -> tuple[str, str] | None:
    """(附件3, what follows in the line) of a line that begins with an annex's mark; the label is 附件 where it bears no number.
    附件见… and 附件1、2中 are no such lines."""
    match = ANNEX.fullmatch(without_bullet(text).strip())
    if not match or len(match["title"]) > 60 or re.match(r"[，,。；;)）]|[为是的中内所和与及至见]|\d*[、,，]\d", match["title"]):
        return None
    return f"附件{_number(match['n'] or '')}", match["title"].strip()


def _number(text: str) -> str:
    return text if not text or text.isdigit() else str(chinese_number(text) or text)


def is_date_line(text: str) -> bool:
    """Whether a line is a full date and nothing else: 2023年7月25日, 二〇二三年七月二十五日."""
    return bool(_DATE_LINE.fullmatch(text)) and as_date(text.strip().strip("()（）")) is not None


def is_organ(text: str, least: int = 4) -> bool:
    """Whether a whole line of `least` characters or more reads like the name of an office, or of several parted by blanks. Right above a
    date shorter names (教务处) sign, too."""
    names = text.split()
    return bool(names) and least <= len(text) <= 40 and all(_ORGAN.fullmatch(name) for name in names)


def printed(text: str) -> tuple[str, str] | None:
    """(office, date) of the print line below a notice: 永安市市场监督管理局办公室 2023年8月23日印发. The office may stand in the line
    before it."""
    match = _PRINTED.fullmatch(text.strip()) if len(text) <= 80 else None
    return ((match["organ"] or "").strip(), match["day"]) if match else None


def joined(first: str, second: str) -> str:
    """Two pieces of a line, with a blank only between Latin words."""
    return f"{first} {second}" if first[-1:].isascii() and first[-1:].isalnum() and second[:1].isascii() and second[:1].isalpha() else first + second


def bare(text: str) -> str:
    """As titles are compared: folded, without brackets of (参考模板), numbers and punctuation."""
    return re.sub(r"[^\u4e00-\u9fffa-z0-9]", "", re.sub(r"\((?:参考)?(?:模板|样表|样式|格式|式样)\)", "", fold(text)))
