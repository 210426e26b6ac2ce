"""One sentence of a notice: which verbs of handing in go with which deadline, and what each of them says."""

import re
from dataclasses import dataclass, replace

from mailbot.domain.notices.deadlines import placed_in
from mailbot.domain.notices.flat import Flat, as_written, flat
from mailbot.domain.notices.hollow import is_hollow, is_up_to
from mailbot.domain.notices.moments import Placed, Years
from mailbot.domain.notices.papers import MAILBOX, Paper, channel_of, copies_of, is_quota, paper_of, says_nil
from mailbot.domain.notices.receivers import receiver_of
from mailbot.domain.notices.verbs import PAPER, Said, Verb, said_of, tidied, verbs_in

_MOST = 30  # verbs of one sentence that are looked at
_BREAK = re.compile(r"[。;](?![^(]{0,60}\))")
_CLAUSES = re.compile(r",(?![^(]{0,60}\))")
_STARTS = re.compile(r"^(?:将|把|由|经|向|请|各|按|以|通过|根据|对|并|同时|及|需|须|应|要|分别|先|再|一并|统一|逐级|及时|登[录陆])|^$")
_GOES_ON = re.compile(r"^(?:并|同时|及|形成|汇总|将|报|上报|经|整理|把|填)")
_SOON = re.compile(
    r"(?:总结|汇总|梳理|整理|收集|提炼|形成|撰写|逐级|依程序|按程序|按要求|按规定|按时限|书面|如实|准确|完整|全面|规范|做好|进行|要|应|须|可|地)*"
    r"(?:(?:将|把|向|对)[^,;。]{0,70})?(?:总结|汇总|梳理|整理|逐级|书面|按要求|按规定)*"
)
_SUBJECT = re.compile(r"(?:\([^()]{0,12}\))?[为是][^,。;:]{0,16}")  # 4月20日为材料报送截止日期
_LEADS = re.compile(
    r"(?:^|[,;:。)]|于|在|分别|请|应|要|须|需|每|次|此后|以后|之后|统一"
    r"|各地|单位|部门|[局委办厅部处科股室所队站院校镇乡]|情况|材料|总结|报告|信息|数据|表)$"
)
_SECOND_WAY = re.compile(r"^(?:同时|并|另|请|将|其)*(?:电子|扫描|可编辑|word|excel|盖章)", re.IGNORECASE)
_LIMIT_WORD = re.compile(r"(?:截止|时限|期限|时间|日期|频次)[^,。;]{0,6}$|[,(](?:请?于|在|务必于)?$")


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
    return Heard(page, moments, _asks(page, verbs, moments) if verbs and moments else ())


def _asks(page: Flat, verbs: tuple[Verb, ...], moments: tuple[Placed, ...]) -> tuple[Ask, ...]:
    text, low = page.text, 0
    asks: list[Ask] = []
    used: set[int] = set()
    places = [(m.start, m.end) for m in moments if not is_up_to(text, m, m.end)]
    for n, verb in enumerate(verbs):
        later = verbs[n + 1].start if n + 1 < len(verbs) else len(text)
        found = _before(text, verb, moments) or _behind(text, verb, later, moments)
        if found is None or (is_quota(text[verb.start :]) and not _has_its_own_time(text, found[0])):
            continue
        moment, doubts = found
        said = said_of(text, verb, max(low, _break_before(text, verb.start)), places)
        end = _end(text, max(said.after, verb.end, moment.end if moment.start > verb.start else 0), later, moments)
        if moment.start in used and (not said.own or _by_another(text, verb)):
            low_before, low = low, end  # it passes on what was handed in before
            if asks and not said.own and asks[-1].moment == moment:
                asks[-1] = _with_way(asks[-1], _CLAUSES.split(text[low_before : verb.start])[-1], text[verb.start : end])
            continue
        for each in moments:
            if (each.start, each.end) == (moment.start, moment.end):  # 每周二、周五: two days, one place
                asks.append(_ask(page, verb, each, said, low, end, doubts, not any(m.dated and m.start >= end for m in moments)))
        used.add(moment.start)
        low = end
    return tuple(asks)


def _with_way(ask: Ask, clause: str, rest: str) -> Ask:
    """报送党委组织部,电子版发送至某邮箱: the mailbox of the second way is that of the paper."""
    box = MAILBOX.search(rest)
    if ask.paper.channel or not box or not _SECOND_WAY.search(clause):
        return ask
    copies = tuple(c for c in ("scan", "editable") if c in (*ask.paper.copies, *copies_of(rest)))
    return replace(ask, paper=replace(ask.paper, channel=box[0], copies=copies))


def _has_its_own_time(text: str, moment: Placed) -> bool:
    """每季度报送不少于1个 says how many of what is asked before; 月底前各报送不少于2篇 and 此后每周至少上报一篇 ask for themselves."""
    return moment.dated and (moment.firm or bool(re.search(r"(?:此后|以后|之后)$", text[: moment.start])))


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
    to = as_written(receiver_of(text, verb, said, end), page.source)
    return Ask(moment, what, said.own, to, paper, low, verb.start, end, listing, verb.word, verb.timing, doubts)


def _sentence_end(text: str, place: int) -> int:
    stop = _BREAK.search(text, place)
    return stop.start() if stop else len(text)


def _break_before(text: str, place: int) -> int:
    breaks = [m.end() for m in _BREAK.finditer(text, 0, place)]
    return breaks[-1] if breaks else 0


def _before(text: str, verb: Verb, moments: tuple[Placed, ...]) -> tuple[Placed, tuple[str, ...]] | None:
    """The deadline before a verb that governs it."""
    earlier = [m for m in moments if m.end <= verb.start and not is_up_to(text, m, verb.start)]
    if not earlier:
        return None
    if verb.timing:
        return (earlier[-1], ()) if _SUBJECT.fullmatch(text[earlier[-1].end : verb.start]) else None
    aside = [m for m in earlier if not (m.dated and not m.firm and text[m.start - 1 : m.start] == "(")]  # 每月28日(12月25日)前
    moment = max(aside or earlier, key=lambda m: (m.end, m.firm))
    between = text[moment.end : verb.start]
    if _BREAK.search(between) or len(between) > 160 or is_hollow(text, moment, verb):
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
