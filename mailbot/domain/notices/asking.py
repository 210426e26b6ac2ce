"""One sentence of a notice: which verbs of handing in go with which deadline, and what each of them says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.domain.notices.deadlines import placed_in
from mailbot.domain.notices.flat import Flat, as_written, flat
from mailbot.domain.notices.moments import Placed, Years
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.papers import MAILBOX, Paper, channel_of, copies_of, is_quota, paper_of, says_nil
from mailbot.domain.notices.verbs import ORGAN, PAPER, Said, Verb, said_of, tidied, verbs_in

_MOST = 30  # verbs of one sentence that are looked at
_BREAK = re.compile(r"[。;](?![^(]{0,60}\))")
_CLAUSES = re.compile(r",(?![^(]{0,60}\))")
_STARTS = re.compile(r"^(?:将|把|由|经|向|请|各|按|以|通过|根据|对|并|同时|及|需|须|应|要)|^$")
_GOES_ON = re.compile(r"^(?:并|同时|及|形成|汇总|将|报|上报|经|整理|把|填)")
_SOON = re.compile(
    r"(?:总结|汇总|梳理|整理|收集|提炼|形成|撰写|逐级|依程序|按程序|按要求|按规定|按时限|书面|如实|准确|完整|全面|规范|做好|进行|要|应|须|可|地)*"
    r"(?:(?:将|把|向|对)[^,;。]{0,70})?(?:总结|汇总|梳理|整理|逐级|书面|按要求|按规定)*"
)
_PAST = re.compile(r"(?:已经?|曾)(?:于|在)?$|(?:自|从|截至|截止|据)$")
_LEADS = re.compile(r"(?:^|[,;:。)]|于|在|分别|请|应|要|须|需|每|次|统一|各地|单位|部门|[局委办厅部处科股室所队站院校镇乡]|情况|材料|总结|报告|信息|数据|表)$")
_LIMIT_WORD = re.compile(r"(?:截止|时限|期限|时间|日期|频次)[^,。;]{0,6}$|[,(](?:请?于|在|务必于)?$")
_TO = re.compile(
    r"(?:\([^()]{0,60}\))*(?:,?(?:分别|一并|同时|统一|再|以[^,。;]{2,10}形式))*(?:发送|上传|报送|报|送|传真|发|交)?(?:至|给|到|往)?"
    r"(?P<to>[^,。;:()\"“”]{2,45}(?:\([^()]{1,12}\)[^,。;:()\"“”]{2,30})?)"
)
_TOWARD = re.compile(rf"向(?P<to>[^,。;:()]{{1,40}}?(?:{ORGAN}))(?:书面)?$")
_TO_END = re.compile(r"(?:备案|销号|审核|汇总|审批|存档|备查|邮箱|(?<=同志)处|(?<=老师)处|指定邮箱|电子邮箱|统一汇总|研究|核定|,.*)+$")


@dataclass(frozen=True, slots=True)
class Ask:
    """One demand of a sentence. `what`: what is handed in, "" where the sentence does not say. `own`: said with its verb. `who_end`:
    where in the flat text the words that name the subject end. `vague`: the date may belong to another piece of work."""

    moment: Placed
    what: str
    own: bool
    to: str
    paper: Paper
    start: int
    who_end: int
    end: int
    listing: bool = False
    word: str = ""
    timing: bool = False  # by the noun 报送时间
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sentence asks, with its text and all its moments."""

    page: Flat
    moments: tuple[Placed, ...]
    asks: tuple[Ask, ...]

    @property
    def dated(self) -> bool:
        return any(m.dated and m.firm for m in self.moments)


def hear(text: str, years: Years) -> Heard:
    """Everything a sentence asks to be handed in, in its order."""
    page = flat(text)
    verbs = verbs_in(page.text)[:_MOST]
    moments = placed_in(page, years) if verbs or re.search(r"[前内止]", page.text) else ()
    return Heard(page, moments, tuple(_asks(page, verbs, moments)) if verbs and moments else ())


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


def _asks(page: Flat, verbs: tuple[Verb, ...], moments: tuple[Placed, ...]) -> Iterator[Ask]:
    text, low = page.text, 0
    used: set[int] = set()
    places = [(m.start, m.end) for m in moments]
    for n, verb in enumerate(verbs):
        later = verbs[n + 1].start if n + 1 < len(verbs) else len(text)
        found = _before(text, verb, moments) or _behind(text, verb, later, moments)
        if found is None or is_quota(text[verb.start :]):
            continue
        moment, doubts = found
        said = said_of(text, verb, max(low, _break_before(text, verb.start)), places)
        end = _end(text, max(said.after, verb.end, moment.end if moment.start > verb.start else 0), later, moments)
        if moment.start in used and (not said.own or _by_another(text, verb)):
            low = end  # it passes on what was handed in before
            continue
        for each in moments:
            if (each.start, each.end) == (moment.start, moment.end):  # 每周二、周五: two days, one place
                yield _ask(page, verb, each, said, low, end, doubts, not any(m.dated and m.start >= end for m in moments))
        used.add(moment.start)
        low = end


def _ask(page: Flat, verb: Verb, moment: Placed, said: Said, low: int, end: int, doubts: tuple[str, ...], last: bool) -> Ask:
    text = page.text
    what = tidied(page.seen(said.start, said.end)) if said.start < said.end else ""
    if what and not PAPER.search(what) and not MAILBOX.search(text, verb.start, end):
        doubts = (*doubts, "报送的是什么没有写清楚")
    paper = paper_of(text[low:end])
    named = paper_of(text[said.start : end]).annexes if said.start < said.end else paper.annexes
    channel = channel_of(text[verb.start : end]) or channel_of(text[low : verb.start])
    paper = replace(paper, reviewer=as_written(paper.reviewer, page.source))
    copies = copies_of(text[low : _sentence_end(text, end) if last else end])
    paper = Paper(copies, named, paper.reviewer, paper.quota, paper.nil or says_nil(text), channel, paper.doubts)
    listing = bool(re.search(r"(?:以下|下列|如下)[^,。;:]{0,6}(?:材料|资料|表格|文件|报表)", text[said.start : end]))
    return Ask(moment, what, said.own, as_written(_to(text, verb, said, end), page.source), paper, low, verb.start, end, listing, verb.word, verb.timing, doubts)


def _sentence_end(text: str, place: int) -> int:
    stop = _BREAK.search(text, place)
    return stop.start() if stop else len(text)


def _break_before(text: str, place: int) -> int:
    breaks = [m.end() for m in _BREAK.finditer(text, 0, place)]
    return breaks[-1] if breaks else 0


def _before(text: str, verb: Verb, moments: tuple[Placed, ...]) -> tuple[Placed, tuple[str, ...]] | None:
    """The deadline before a verb that governs it."""
    if verb.timing:
        return None
    earlier = [m for m in moments if m.end <= verb.start]
    if not earlier:
        return None
    aside = [m for m in earlier if not (m.dated and not m.firm and text[m.start - 1 : m.start] == "(")]  # 每月28日(12月25日)前
    moment = max(aside or earlier, key=lambda m: (m.end, m.firm))
    between = text[moment.end : verb.start]
    if _BREAK.search(between) or len(between) > 160 or _PAST.search(text[max(0, moment.start - 4) : moment.start]):
        return None
    if not moment.dated:
        within = moment.due.seen.endswith("内")
        fits = _SOON.fullmatch(between) or (within and len(_CLAUSES.split(between)) == 1)
        return (moment, ()) if fits and len(between) <= 80 else None
    return _dated(text, moment, _CLAUSES.split(between))


def _dated(text: str, moment: Placed, clauses: list[str]) -> tuple[Placed, tuple[str, ...]] | None:
    if moment.firm:
        if len(clauses) == 1 or _STARTS.match(clauses[0]):
            return moment, ()
        goes_on = len(clauses) <= 4 and _GOES_ON.match(clauses[-1] or "报")
        return (moment, ("日期写在前一项工作上，按同一日期报送计",)) if goes_on else None
    head = text[max(0, moment.start - 6) : moment.start] or ":"
    if len(clauses) == 1 and len(clauses[0]) <= 60 and _LEADS.search(head):
        doubts = ("只写了一段时间，按最后一天计",) if re.search(r"[至到~-]", moment.due.seen) else ()
        return moment, doubts
    return None


def _behind(text: str, verb: Verb, later: int, moments: tuple[Placed, ...]) -> tuple[Placed, tuple[str, ...]] | None:
    """The deadline behind a verb, worded as such: 报送时间为每月20日前; 报送…,截止时间9月10日."""
    for moment in moments:
        if not verb.end <= moment.start < later or not moment.dated:
            continue
        between = text[verb.end : moment.start]
        if _BREAK.search(between):
            return None
        if verb.timing and len(between) <= 12:
            return moment, ()
        if moment.firm and (_LIMIT_WORD.search(between) or not between) and len(between) <= 60 and not _another_task(text, moment):
            return moment, ()
    return None


def _another_task(text: str, moment: Placed) -> bool:
    """Whether the words behind a deadline say that something else is due then."""
    return not re.match(r"[)]?(?:完成|报|送|发|交|上传)?[^,。;一-龥]{0,2}(?:[,。;)]|$|报送|截止|完成报送)", text[moment.end : moment.end + 12])


def _by_another(text: str, verb: Verb) -> bool:
    """Whether the clause of a verb names who passes the paper on (由综合股提交至…)."""
    start = max(text.rfind(sign, 0, verb.start) for sign in ",;。")
    return text[start + 1 : verb.start].startswith("由")


def _end(text: str, place: int, later: int, moments: tuple[Placed, ...]) -> int:
    """Where the words of a demand end: at the clause of the next one."""
    mark = min([later, *(m.start for m in moments if m.start >= place and m.dated)])
    if mark >= len(text):
        return len(text)
    clauses = [m.end() for m in re.finditer(r"[,;。](?![^(]{0,60}\))", text[place:mark])]
    return place + clauses[-1] if clauses else mark


def _to(text: str, verb: Verb, said: Said, end: int) -> str:
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
