"""The duties of a notice: what is to be handed in, by whom, when, to whom, on which form, in which copies.

Rules over sentences, no model. A date that nobody reports on is no duty; better a missing duty than an invented one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from mailbot.domain.notices.alone import time_alone
from mailbot.domain.notices.asking import Ask, Heard, hear
from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.flat import as_written
from mailbot.domain.notices.head import head_of, signature_of
from mailbot.domain.notices.joining import Found, joined
from mailbot.domain.notices.moments import Years
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.offices import goes_up, is_issuer
from mailbot.domain.notices.papers import paper_of
from mailbot.domain.notices.tabled import cells_of, duties_in_tables
from mailbot.domain.notices.titles import (
    all_named,
    annex_for,
    annex_like,
    annex_title,
    asked_in_title,
    is_generic,
    listed_items,
    named_after,
)
from mailbot.domain.notices.verbs import PAPER, tidied
from mailbot.domain.notices.who import addressees_of, subject_of

_HAPPENED = re.compile(r"(?:如|若|凡|一旦|凡是)?(?:发生|出现|发现|遇有?)(?P<what>[^,。;:]{2,30}?)的")
_FOUND = re.compile(r"对(?:于)?(?:[^,。;:]{0,12}(?:发现|出现|存在)的)?(?P<what>[^,。;:]{0,12}(?:隐患|问题|线索|事故|案件|事件|险情|舆情))")
_OFFICE = re.compile(r"职责|组织机构|组织领导|领导小组|工作机构|专班|成员单位|工作机制")
_NEEDS_PAPER = ("送", "交", "填写", "登记", "录入")  # words that hand in only where a paper is named
_OWN_AFFAIR = re.compile(r"报名|志愿|个人信息|注册|账号")  # what people fill in for themselves
_LONGEST = 1500  # characters of a sentence
_MOST = 150  # duties; no notice asks for more, and each is compared with each
_NEAR = 4  # paragraphs above in which the subject of a sentence without one is looked for


def duties_in(notice: Notice) -> tuple[DraftDuty, ...]:
    """The duties, in the order of the notice. Shapes and meaning: DraftDuty."""
    return joined(tuple(_found_in(notice)), notice, tuple(duties_in_tables(notice, years_of(notice), addressees_of(notice.lines))))


def years_of(notice: Notice) -> Years:
    year = re.search(r"(20\d\d)年", notice.title)
    return Years(notice.issued, int(year[1]) if year else None)


def _pieces(sentence: Sentence) -> Iterator[Sentence]:
    """A sentence longer than any that people write is read piece by piece."""
    text = sentence.text
    yield sentence if len(text) <= _LONGEST else replace(sentence, text=text[:_LONGEST])
    for start in range(_LONGEST, len(text), _LONGEST):
        yield replace(sentence, text=text[start : start + _LONGEST])


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a sentence: the notice, who issued it, whom it addresses; the sentences before it, with what they asked."""

    notice: Notice
    issuer: str
    addressees: tuple[str, ...]
    before: tuple[tuple[Sentence, Heard], ...]
    signed: date | None = None  # the day under the issuer's name


def _found_in(notice: Notice) -> Iterator[Found]:
    years, issuer, addressees = years_of(notice), head_of(notice).issuer, addressees_of(notice.lines)
    cells, signature = cells_of(notice), signature_of(notice.lines)
    signed = signature.issued if signature.issuer else None
    heard = tuple((piece, hear(piece.text, years)) for s in notice.sentences for piece in _pieces(s))
    count = 0
    for place, (sentence, said) in enumerate(heard):
        if count >= _MOST:
            return
        around = _Around(notice, issuer, addressees, heard[max(0, place - 8) : place], signed)
        asks = [a for a in said.asks if not (a.timing and any(o.moment == a.moment for o in said.asks if not o.timing))]
        duties = [d for ask in asks if (d := _duty(ask, sentence, said, around, tuple(s for s, _ in heard[place + 1 : place + 13])))]
        if not said.asks and said.page.text not in cells and (moment := time_alone(sentence, said, notice)):
            what = _named_above(sentence, around) or asked_in_title(notice) or "材料"
            ask = Ask(moment, what, True, "", paper_of(said.page.text), 0, 0, len(said.page.text))
            duties = [d for d in (_duty(ask, sentence, said, around, ()),) if d]
        shared = tuple(_sharing([x for d in duties for x in d]))
        count += len(shared)
        yield Found(sentence, said, shared)


def _duty(ask: Ask, sentence: Sentence, said: Heard, around: _Around, following: tuple[Sentence, ...]) -> tuple[DraftDuty, ...] | None:
    """The duty of one demand, or several where it lists papers; None where it is none after all."""
    if not ask.moment.dated and (_own_work(sentence) or _only_announces(sentence) or ask.word in ("录入", "上传", "填报")):
        return None
    who, unsure = _who(ask, sentence, said, around)
    if _is_over(ask, around.signed):
        return None
    if is_issuer(who, around.issuer, around.addressees) or _goes_up(ask, said, who, bool(unsure), around):
        return None
    if not ask.moment.dated and ask.what and ask.own and is_generic(ask.what):
        return None
    if not ask.moment.dated and not ((ask.what and PAPER.search(ask.what) and ask.own) or _topic(said, ask)):
        return None
    if not ask.moment.firm and not (PAPER.search(ask.what) or ask.paper.annexes or ask.timing or _goes_on(ask, said, around.notice)):
        return None
    if (ask.word in _NEEDS_PAPER and (not PAPER.search(ask.what) or _OWN_AFFAIR.search(ask.what))) or _goes_down(ask, bool(unsure)):
        return None
    if not ask.what and not ask.paper.annexes and ask.word in ("申报", "提交", "上交", "交报", "递交"):
        return None
    title, doubts = _title(ask, sentence, said, around)
    if not title:
        return None
    annex, more = annex_for(title, ask.paper.annexes, sentence, around.notice)
    form = annex_title(around.notice, annex) or title
    paper = ask.paper
    duty = DraftDuty(
        title, who, ask.moment.due, sentence.text, form, annex, paper.copies, paper.channel, ask.to, paper.reviewer, paper.quota, all_named(annex, paper.annexes),
        paper.nil,
        tuple(dict.fromkeys((*ask.doubts, *unsure, *doubts, *more, *paper.doubts, *_dated_doubts(ask)))),
    )  # fmt: skip
    items = listed_items(said.page.source, following) if ask.listing else ()
    return tuple(_item(duty, item, around.notice) for item in items) or (duty,)


def _goes_up(ask: Ask, said: Heard, who: tuple[str, ...], unsure: bool, around: _Around) -> bool:
    """Whether the paper goes over the issuer's head, from nobody that is asked here."""
    asked = re.search("请|务必", said.page.text[ask.start : ask.end])
    return goes_up(who, ask.to, around.issuer, around.addressees, unsure and not asked)


def _goes_down(ask: Ask, unsure: bool) -> bool:
    """Whether the office hands out (评审结果于6月1日前反馈各县): it goes to all units, from nobody named."""
    return unsure and (ask.to.startswith("各") or (ask.what.startswith("各") and not PAPER.search(ask.what)))


def _is_over(ask: Ask, signed: date | None) -> bool:
    """Whether a date with its year was over when the notice was signed: it tells of the past."""
    due = ask.moment.due
    return bool(signed) and due.kind == "fixed" and not due.year_inferred and all(len(d) == 10 and d < signed.isoformat() for d in due.dates)  # type: ignore[union-attr]


def _item(duty: DraftDuty, item: str, notice: Notice) -> DraftDuty:
    annex = annex_like(notice, item) or ""
    return replace(duty, title=item, annex=annex, annexes=(annex,) if annex else (), form=annex_title(notice, annex) or item)


def _goes_on(ask: Ask, said: Heard, notice: Notice) -> bool:
    """5月5日上报第一期 of a notice whose title says what; 此后每周至少上报一篇 of what the sentence asks before."""
    later = re.search(r"(?:此后|以后|之后)$", said.page.text[: ask.moment.start])
    return not ask.what and bool(asked_in_title(notice) or (later and said.asks[0] is not ask))


def _is_salutation(sentence: Sentence, addressees: tuple[str, ...]) -> bool:
    words = re.sub(r"\s", "", sentence.text)
    return bool(addressees) and words.startswith(re.sub(r"\s", "", addressees[0])) and all(re.sub(r"\s", "", a) in words for a in addressees)


def _dated_doubts(ask: Ask) -> tuple[str, ...]:
    inferred = ("通知没有写年份，按发文日期推定",) if ask.moment.due.year_inferred else ()
    return (*inferred, *ask.moment.due.doubts)


def _own_work(sentence: Sentence) -> bool:
    """Whether a sentence tells what the office itself does: undated reports among its 工作职责 are no duty of the units."""
    return bool(re.match(r"(?:工作|主要)?职责", sentence.text)) or any(_OFFICE.search(h) for h in sentence.headings)


def _named_above(sentence: Sentence, around: _Around) -> str:
    """The paper in the cell or line before a date that stands alone under 报送时间."""
    above = around.before[-1][0] if around.before else None
    named = above and sentence.paragraph - above.paragraph == 1 and above.headings == sentence.headings and len(above.text) <= 60
    return tidied(above.text) if above and named and PAPER.search(above.text) and not re.search(r"[。：:]$|时间", above.text) else ""


def _only_announces(sentence: Sentence) -> bool:
    """A heading (三、及时上报工作信息。) or a line above a list of dates (具体报送时间如下：) asks nothing itself."""
    heading = len(sentence.text) <= 25 and re.match(r"[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]", sentence.text)
    return bool(heading or re.search(r"如下[:：]?$", sentence.text))


def _topic(said: Heard, ask: Ask) -> str:
    """What stands before 及时上报 as its topic: 工作中发现重大问题要及时上报."""
    text = said.page.text[: ask.moment.start]
    clauses = re.split(r"[,。;:]", text)
    if len(clauses) > 1 and len(clauses[-1]) <= 14 and (happened := _HAPPENED.fullmatch(clauses[-2]) or _FOUND.fullmatch(clauses[-2])):
        return re.sub(r"需要?.*$", "", happened["what"])
    clause = clauses[-1]
    match = re.search(r"(?:工作中)?(?:发现的?|遇有?到?|发生的?|出现的?|对|工作中)(?P<what>[^,。;:]{2,40}?)(?:要|应|须|需|依程序|按程序|请|必须|等|的)*$", clause)
    if match and (PAPER.search(match["what"]) or "问题" in match["what"]):
        return match["what"]
    match = re.search(r"(?P<what>(?:重大|重要|紧急|突发|异常)[^,。;:]{1,20}?)(?:要|应|须|需|请|必须|等)*$", clause)
    return match["what"] if match else ""


def _title(ask: Ask, sentence: Sentence, said: Heard, around: _Around) -> tuple[str, tuple[str, ...]]:
    """(what is handed in, doubts): as the sentence calls it; a bare 工作情况 gets the name of the work; 附件2 the title of the annex."""
    what = ask.what if ask.own or ask.moment.dated else ""
    if re.fullmatch(r"附件[\d、,和及至附件-]*(?:纸质版|电子版|材料)?|(?:此|该|本|上述|以上)?表格?|附件(?:材料|表格?)", what):
        return annex_title(around.notice, (*ask.paper.annexes, sentence.annex)[0]) or what, ()
    if what and not is_generic(what):
        return what, ()
    if not ask.moment.dated:
        return _topic(said, ask) or what, ()
    for earlier in said.asks:
        if not what and earlier.end <= ask.end and earlier.what and earlier is not ask:
            return earlier.what, ()
    titles = [t for a in ask.paper.annexes if (t := annex_title(around.notice, a))]
    if titles and not what:
        return titles[0], ()
    topic = named_after(sentence, [s for s, _ in around.before], around.notice, what)
    if topic and what in topic:
        return topic, () if what else ("报送的名称取自标题",)
    return (f"{topic}{what}" if topic else what or "材料"), () if topic and what else ("报送的名称没有写明",)


def _who(ask: Ask, sentence: Sentence, said: Heard, around: _Around) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(units, doubts): the subject of the sentence; of one before; those addressed."""
    own = subject_of(said.page.text, ask.who_end)
    if own:
        return tuple(as_written(u, sentence.text) for u in own), ()
    for other, heard in reversed(around.before):
        if _is_salutation(other, around.addressees):
            break
        if other.annex == sentence.annex and sentence.paragraph - other.paragraph <= _NEAR and other.headings[:1] == sentence.headings[:1]:
            found = tuple(dict.fromkeys(unit for part in heard.page.text.split(";") for unit in subject_of(part, len(part), first=True)))
            if found and not is_issuer(found, around.issuer, around.addressees):
                return tuple(as_written(u, other.text) for u in found), ("报送单位取自前文",)
    if around.addressees:
        return around.addressees, ("报送单位按通知的主送单位计",)
    return (), ("通知没有写明由谁报送",)


def _sharing(duties: list[DraftDuty]) -> Iterator[DraftDuty]:
    """The duties of one sentence share a receiver and a mailbox that stand at its end, if they have none of their own."""
    for place, duty in enumerate(duties):
        later = next((d for d in duties[place + 1 :] if d.to or d.channel), None)
        if later and not duty.to and not duty.channel:
            duty = replace(duty, to=later.to, channel=later.channel)
        yield duty
