"""Who receives a paper, as the sentence that asks for it says."""

import re

from mailbot.domain.notices.verbs import ORGAN, Said, Verb

_TO = re.compile(
    r"(?:\([^()]{0,60}\))*(?:,?(?:分别|一并|同时|统一|再|以[^,。;]{2,10}形式))*(?:发送|上传|报送|报|送|传真|发|交)?(?:至|给|到|往)?"
    r"(?P<to>[^,。;:()\"“”]{2,45}(?:\([^()]{1,12}\)[^,。;:()\"“”]{2,30})?)"
)
_TOWARD = re.compile(rf"向(?P<to>[^,。;:()]{{1,40}}?(?:{ORGAN}))(?:书面)?$")
_TO_END = re.compile(r"(?:备案|销号|审核|汇总|审批|存档|备查|邮箱|(?<=同志)处|(?<=老师)处|指定邮箱|电子邮箱|统一汇总|研究|核定|,.*)+$")


def receiver_of(text: str, verb: Verb, said: Said, end: int) -> str:
    """Who receives it."""
    behind = _TO.match(text, max(said.after, verb.end), end)
    if behind and (to := _receiver(behind["to"])):
        return to
    toward = _TOWARD.search(text, max(0, verb.start - 50), verb.start)
    return toward["to"] if toward else ""


def _receiver(words: str) -> str:
    to = _TO_END.sub("", words)
    to = re.sub(r"^(?:至|给|到|往|于|回|向)+", "", to)
    plain = re.sub(r"邮箱$", "", to)
    return plain if re.search(rf"{ORGAN}(?:[一-龥]{{2,4}}(?:工号|同志|老师|处))?$|工号$|平台$|系统$|群$", plain) and len(plain) >= 2 else ""
