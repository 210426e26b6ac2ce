"""The stages of a campaign: a name and its time, where a notice sets them out one by one."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from mailbot.domain.notices.draft import DraftStage
from mailbot.domain.notices.marks import level_of, without_number
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.spans import Span, folded, spans_in

_ABOVE = re.compile(r"阶段|步骤|时间安排|进度安排|工作安排|日程|进度")
_NAMED = re.compile(r"(?P<name>[^（()），。；：:,;]{2,24}?)\s*(?:[（(](?P<time>[^（()）]{2,60})[)）]|[。：:]\s*(?P<behind>[^。；]{2,60}))")
_STRETCH = re.compile(r"[^（()）。；：]{2,20}[（(][\d年月日号.\s]{2,}\s*(?:至|到|-|—|–|~|～|一)+[\d年月日号底.\s]{2,}[)）]$")
_ORDER = re.compile(r"第[一二三四五六七八九十\d]{1,2}(?:个)?(?:阶段|步)\s*[:：、,，]?\s*")
_WHEN = re.compile(r"(?P<time>[^。；，]{4,40}?)(?:[，,]?为|[,，])\s*(?P<name>[^，。；：]{2,16}阶段)")
_ONLY_TIME = re.compile(r"[\d年月日号初中下上旬底末至到起即一二三四—–\-~～.\s、，,和及前开始结束止今明次翌本当度季半第]{2,}")
_AND = re.compile(r"[、,;和及以与\s]*")
_NOT_READ = re.compile(r"[\d至到起]|[今明次翌下]一?年|[旬季]|-")
_DATED = re.compile(r"\d[年月日.]|[今明次翌]年|下一年|季|半年")


def stages_of(notice: Notice, year: int | None) -> tuple[DraftStage, ...]:
    """Stages in the order of the notice. `year`: that of dates that name none. A stage of several stretches comes once for each,
    （第一次）（第二次）. Points that are under no heading of stages and do not call themselves one are left out."""
    found: dict[tuple[str, date, date], DraftStage] = {}
    timed = _timed(notice)
    for sentence in notice.sentences:
        for stage in _stages_in(sentence, _place(sentence) in timed, year, notice.issued):
            found.setdefault((stage.name, stage.start, stage.end), stage)
    return tuple(found.values())


def _place(sentence: Sentence) -> tuple[str, tuple[str, ...], int]:
    return sentence.annex, sentence.headings, level_of(sentence.text)


def _timed(notice: Notice) -> set[tuple[str, tuple[str, ...], int]]:
    """Where points of one level, two or more, are a name with a stretch of time in brackets each: they are stages, whatever they are
    called."""
    places = [_place(s) for s in notice.sentences if level_of(s.text) in (1, 2) and _STRETCH.match(without_number(s.text))]
    return {place for place, times in Counter(places).items() if times > 1}


def unread_stages(notice: Notice, year: int | None) -> tuple[str, ...]:
    """Doubts, one for each stage whose time could not be read and that is left out therefore."""
    timed = _timed(notice)
    return tuple(
        f"阶段“{stage[0]}”的时间没有读懂，没有写进 stages：{sentence.text}"
        for sentence in notice.sentences
        if (stage := _said(sentence, _place(sentence) in timed)) and _DATED.search(folded(stage[1])) and not _spans(stage[1], year, notice.issued)
    )


def _stages_in(sentence: Sentence, beside: bool, year: int | None, issued: date | None) -> Iterator[DraftStage]:
    name, time = _said(sentence, beside) or ("", "")
    spans = _spans(time, year, issued)
    for count, span in enumerate(spans):
        yield DraftStage(f"{name}（第{'一二三四五六'[count]}次）" if 1 < len(spans) <= 6 else name, span.start, span.end, sentence.text, _doubts(span))


def _said(sentence: Sentence, beside: bool) -> tuple[str, str] | None:
    """(name, time) of the stage that a sentence sets out, in its words."""
    text = sentence.text
    numbered = level_of(text) > 0 or bool(_ORDER.match(text))
    below = beside or any(_ABOVE.search(words) for words in sentence.headings)
    match = _NAMED.match(_ORDER.sub("", without_number(text)))
    time = (match["time"] or match["behind"] or "") if match else ""
    if match is None or not ((numbered and below) or "阶段" in text[: match.end() + 10]):
        match = _WHEN.match(without_number(text))
        if match is None:
            return None
        time = match["time"]
    if match.groupdict().get("behind"):
        time = re.split(r"[，,]", time)[0]
    name = _name(match["name"])
    return (name, time) if name and _ONLY_TIME.fullmatch(folded(time)) else None


def _spans(time: str, year: int | None, issued: date | None) -> list[Span]:
    """The stretches of time that make up the whole of it; none where a part of it was not read."""
    spans = list(spans_in(time, year=year, issued=issued))
    if not spans or not _is_covered(time, spans):
        return []
    return [_until(spans[0], issued)] if len(spans) == 1 and re.search(r"前\s*$", time) else spans


def _name(words: str) -> str:
    return re.sub(r"(?:工作)?阶段$|^[\s:：、]+", "", words.strip()).strip("“”《》 ")


def _is_covered(time: str, spans: list[Span]) -> bool:
    """Whether nothing that tells a time was left unread (至下一年度末), and several stretches are a list."""
    flat = folded(time)
    if _NOT_READ.search(flat[: spans[0].at]) or _NOT_READ.search(flat[spans[-1].at + len(spans[-1].seen) :]):
        return False
    return all(_AND.fullmatch(flat[a.at + len(a.seen) : b.at]) for a, b in pairwise(spans))


def _until(span: Span, issued: date | None) -> Span:
    """（7月底前） says the end alone: it begins with the notice."""
    start = issued if issued and issued <= span.end else span.end.replace(day=1)
    return replace(span, start=start, open_start=True)


def _doubts(span: Span) -> tuple[str, ...]:
    year = (f"原文没有写年份，按{span.end.year}年推算",) if span.inferred else ()
    return (*year, "原文只写了截止时间，开始时间是推算的") if span.open_start else year
