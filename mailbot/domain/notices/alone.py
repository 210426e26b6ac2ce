"""A deadline that stands alone in its line."""

import re

from mailbot.domain.notices.asking import Heard
from mailbot.domain.notices.moments import Placed
from mailbot.domain.notices.notice import Notice, Sentence

_ASKED = re.compile(r"报送|上报|填报|提交|反馈|报告|报表")
_NO_REPORT = re.compile(r"报名|会议|活动|培训|考试|施行|实施|申报|开会|报到|举办|检查|竞赛|比赛|评审|公示|放假|统计时点|有效")


def time_alone(sentence: Sentence, said: Heard, notice: Notice) -> Placed | None:
    """The deadline of a line that says nothing else (一、报送时间 2021年11月10日前) in a notice whose title, heading or label asks for
    a report; None for any other line."""
    firm = [m for m in said.moments if m.firm and m.dated]
    if len(firm) != 1:
        return None
    text, moment = said.page.text, firm[0]
    label = re.sub(r"^(?:\d{1,2}[.、]|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、)", "", text[: moment.start])
    heading = sentence.headings[-1] if sentence.headings else ""
    timed = re.fullmatch(r"[^,。;:]{0,8}?(?:时间|时限|期限|日期)(?:要求|安排|节点)?[:为]?(?:请?于|在)?", label) or (
        re.search(r"时间|时限|期限", heading) and re.fullmatch(r"(?:请?于|在)?", label)
    )
    if not timed or not re.fullmatch(r"[)。,;]*(?:完成(?:报送|上报)?|报送|上报)?[。,;]*", text[moment.end :]) or _NO_REPORT.search(label + heading):
        return None
    return moment if _ASKED.search(label + heading + re.sub(r"《[^》]*》", "", notice.title)) else None
