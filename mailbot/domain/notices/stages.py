"""The stages of a campaign: a name and its time, where a notice sets them out one by one."""

import re
from collections import Counter
from collections.abc import Iterator
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
_ONLY_TIME = re.compile(r"[\d年月日号初中下上旬底末至到起即一—–\-~～.\s、，,和及前开始结束止今明本当度季半第]{2,}")


def stages_of(notice: Notice, year: int | None) -> tuple[DraftStage, ...]:
    """Stages in the order of the notice. `year`: that of dates that name none. A stage of several stretches comes once for each,
    （第一次）（第二次）. Points that are under no heading of stages and do not call themselves one are left out."""
    found: dict[tuple[str, date, date], DraftStage] = {}
    timed = _timed(notice)
    for sentence in notice.sentences:
        beside = (sentence.annex, sentence.headings, level_of(sentence.text)) in timed
        for stage in _stages_in(sentence, beside, year, notice.issued):
            found.setdefault((stage.name, stage.start, stage.end), stage)
    return tuple(found.values())


def _timed(notice: Notice) -> set[tuple[str, tuple[str, ...], int]]:
    """Where points of one level, two or more, are a name with a stretch of time in brackets each: they are stages, whatever they are
    called."""
    places = [(s.annex, s.headings, level_of(s.text)) for s in notice.sentences if level_of(s.text) in (1, 2) and _STRETCH.match(without_number(s.text))]
    return {place for place, times in Counter(places).items() if times > 1}


def _stages_in(sentence: Sentence, beside: bool, year: int | None, issued: date | None) -> Iterator[DraftStage]:
    text = sentence.text
    numbered = level_of(text) > 0 or bool(_ORDER.match(text))
    below = beside or any(_ABOVE.search(words) for words in sentence.headings)
    match = _NAMED.match(_ORDER.sub("", without_number(text)))
    time = (match["time"] or match["behind"] or "") if match else ""
    if match is None or not ((numbered and below) or "阶段" in text[: match.end() + 10]):
        match = _WHEN.match(without_number(text))
        if match is None:
            return
        time = match["time"]
    if match.groupdict().get("behind"):
        time = re.split(r"[，,]", time)[0]
    if not _ONLY_TIME.fullmatch(time):
        return
    spans = list(spans_in(time, year=year, issued=issued))
    name = _name(match["name"])
    if not name or not spans or not _is_covered(time, spans):
        return
    if len(spans) == 1 and re.search(r"前\s*$", time):
        spans = [_until(spans[0], issued)]
    for count, span in enumerate(spans):
        yield DraftStage(f"{name}（第{'一二三四五六'[count]}次）" if 1 < len(spans) <= 6 else name, span.start, span.end, text, _doubts(span))


def _name(words: str) -> str:
    return re.sub(r"(?:工作)?阶段$|^[\s:：、]+", "", words.strip()).strip("“”《》 ")


def _is_covered(time: str, spans: list[Span]) -> bool:
    """Whether nothing with a figure stands between the stretches that was not read."""
    flat = folded(time)
    ends = [0, *(s.at + len(s.seen) for s in spans)]
    starts = [*(s.at for s in spans), len(flat)]
    return not any(re.search(r"\d", flat[end:start]) for end, start in zip(ends, starts, strict=True)) and all(a.at < b.at for a, b in pairwise(spans))


def _until(span: Span, issued: date | None) -> Span:
    """（7月底前） says the end alone: it begins with the notice."""
    start = issued if issued and issued <= span.end else span.end.replace(day=1)
    return Span(start, span.end, span.inferred, _OPEN_START)


_OPEN_START = "前"


def _doubts(span: Span) -> tuple[str, ...]:
    year = (f"原文没有写年份，按{span.end.year}年推算",) if span.inferred else ()
    return (*year, "原文只写了截止时间，开始时间是推算的") if span.seen == _OPEN_START else year
