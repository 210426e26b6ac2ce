"""Who else may owe a duty: units that its sentence names as those who approve it, or that an earlier sentence of its paragraph names beside
those that it names itself. A doubt for the admin: nothing is added to `who`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.flat import flat
from mailbot.domain.notices.notice import Notice
from mailbot.domain.notices.offices import is_issuer
from mailbot.domain.notices.owers import kind_of
from mailbot.domain.notices.who import split_units, subject_of

_HEAD = re.compile(r"(?:的)?(?:主要|分管|相关|有关|单位|部门)*(?:负责人|负责同志|领导|领导同志|责任人|局长|所长|队长|校长|科长|股长)$")
_GENERAL = ("单位", "部门", "人员", "局", "机关")


def with_doubts(duties: tuple[DraftDuty, ...], notice: Notice, issuer: str) -> tuple[DraftDuty, ...]:
    """The duties, those that may have too few who owe them with a doubt that names who else. `issuer` owes nothing to itself."""
    return tuple(_doubted(duty, notice, issuer) for duty in duties)


def _doubted(duty: DraftDuty, notice: Notice, issuer: str) -> DraftDuty:
    if not duty.who or duty.due.kind in ("event", "any"):  # anyone may hand these in
        return duty
    own = {kind_of(w) for w in duty.who}
    others = dict.fromkeys((*_approving(duty), *_beside(duty, notice, own)))
    found = [k for k in others if k not in _GENERAL and not any(_alike(k, o) for o in own) and not is_issuer((k,), issuer)]
    return replace(duty, doubts=(*duty.doubts, f"也可能包括：{'、'.join(found)}")) if found else duty


def _alike(kind: str, other: str) -> bool:
    """中队 for 执法中队, 旗执法大队 for 执法大队."""
    return kind.endswith(other) or other.endswith(kind)


def _approving(duty: DraftDuty) -> Iterator[str]:
    """The kinds whose heads approve: 各执法中队（市场监管所）负责人 -> 执法中队, 市场监管所."""
    words = flat(duty.reviewer).text
    bare = _HEAD.sub("", words)
    if bare and (bare != words or bare.startswith("各")):
        yield from map(kind_of, split_units(bare))


def _beside(duty: DraftDuty, notice: Notice, own: set[str]) -> Iterator[str]:
    """The kinds that an earlier sentence of the paragraph has as its subject together with one that owes the duty."""
    here = next((s for s in notice.sentences if s.text == duty.sentence), None)
    if here is None:
        return
    for sentence in notice.sentences:
        if sentence is here:
            return
        if (sentence.annex, sentence.paragraph) == (here.annex, here.paragraph):
            text = flat(sentence.text).text
            kinds = [kind_of(unit) for unit in subject_of(text, len(text), first=True)]
            if len(kinds) > 1 and any(_alike(k, o) for k in kinds for o in own):
                yield from kinds
