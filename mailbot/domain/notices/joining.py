"""What one place of a notice says about the duties of another: a general clause on copies, the remark in an annex, the quota in the
next sentence; and one duty that is asked twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailbot.domain.campaigns import Copy
from mailbot.domain.notices.asking import Heard
from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.mailboxes import with_mailbox
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.papers import Paper, is_quota, paper_of
from mailbot.domain.notices.titles import annex_title, is_generic

_ALL = re.compile(
    r"(?:上述|以上|前述|所有|各类|各项|全部)[^,。;]{0,10}(?:材料|信息|资料|报表|表格|文件|电子版|数据|内容|报告|附件|表)|^(?:报送|上报|提交|反馈)的?(?:材料|信息|资料|报表|数据)[^,。]{0,8}(?:需|须|应|要|均|请|统一|一律)"
    r"|^(?:有关|相关)材料(?:请|均|须|应|需|统一)"
)
_SENDING = re.compile(r"报送|发送|发至|上报|邮箱|提交|反馈|盖章|公章|扫描|电子版|上传")
_GOES_ON = re.compile(r"^(?:电子|纸质|材料|邮箱|电子邮箱|报送邮箱|同时|并|其中|报送|盖章|加盖|扫描|请|附件|联系|实行|没有|无|逾期|另|此外)")
_MANNER = re.compile(r"(?:报送|上报|提交|填报|反馈)(?:方式|渠道|途径|形式|要求)")
_ALIKE = re.compile(r"做法|经验|案例|问题|隐患|线索|联络|总结|自查|自评")


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence with what it asks and the duties that came of it."""

    sentence: Sentence
    said: Heard
    duties: tuple[DraftDuty, ...]


def joined(found: Sequence[Found], notice: Notice, tabled: Sequence[DraftDuty] = ()) -> tuple[DraftDuty, ...]:
    """The duties with what other sentences say about them, each once. `tabled`: those that stand in tables."""
    placed = [(n, duty) for n, f in enumerate(found) for duty in f.duties]
    for n, each in enumerate(found):
        if not each.duties:
            placed = _told(placed, n, each, found)
    duties = _without_echoes(_with_annex_of_namesake([duty for _, duty in placed], notice))
    duties = [*duties, *tabled]
    duties = [replace(d, copies=d.copies or _copies_of_annex(duties, d)) for d in duties]
    asking = frozenset(f.sentence.text for f in found if f.said.asks)
    return tuple(with_mailbox(_with_only_annex(_once(duties), notice), notice, asking))


_Placed = list[tuple[int, DraftDuty]]


def _told(placed: _Placed, n: int, each: Found, found: Sequence[Found]) -> _Placed:
    """The duties with what one sentence, that asks nothing itself, says of some of them."""
    text, sentence = each.said.page.text, each.sentence
    same = [at for at, _ in placed if at < n and found[at].sentence.paragraph == sentence.paragraph and found[at].sentence.annex == sentence.annex]
    if is_quota(text) and same:
        return _changed(placed, {same[-1]}, paper_of(text))
    if each.said.dated or not (_SENDING.search(text) or paper_of(text).channel or "零报告" in text):
        return placed
    paper = replace(paper_of(text), quota=None, annexes=(), reviewer="")
    if _ALL.search(text) or _MANNER.search(text[:20]) or (sentence.headings and _MANNER.search(sentence.headings[-1])):
        return _changed(placed, {at for at, _ in placed if at < n and found[at].sentence.annex == sentence.annex}, paper)
    if sentence.annex:
        of_annex = {at for at, duty in placed if duty.annex == sentence.annex}
        if of_annex and (paper.copies or paper.channel):
            return _changed(placed, of_annex, paper, sentence.annex)
    if same and _GOES_ON.match(text):
        return _changed(placed, {same[-1]}, paper)
    return placed


def _changed(placed: _Placed, places: set[int], paper: Paper, annex: str = "") -> _Placed:
    return [(at, _filled(duty, paper) if at in places and annex in ("", duty.annex) else duty) for at, duty in placed]


def _filled(duty: DraftDuty, paper: Paper) -> DraftDuty:
    """A duty with what it does not say itself."""
    return replace(
        duty, copies=duty.copies or paper.copies, channel=_channel(duty, paper), quota=duty.quota or paper.quota,
        nil=duty.nil or paper.nil, doubts=tuple(dict.fromkeys((*duty.doubts, *paper.doubts))),
    )  # fmt: skip


def _channel(duty: DraftDuty, paper: Paper) -> str:
    """A mailbox or platform says more than the staff number of who receives it (工号), or that paper goes by post."""
    weak = duty.channel.endswith("工号") or (duty.channel == "邮寄" and "editable" in paper.copies)
    return paper.channel or duty.channel if weak else duty.channel or paper.channel


def _with_annex_of_namesake(duties: list[DraftDuty], notice: Notice) -> list[DraftDuty]:
    """典型案例 without an annex has that of the other 典型案例 of the same sentence."""
    result = []
    for duty in duties:
        twin = next((d for d in duties if d.annex and d.sentence == duty.sentence and _tail(d.title) == _tail(duty.title)), None)
        if not duty.annex and twin:
            duty = replace(duty, annex=twin.annex, form=annex_title(notice, twin.annex) or duty.form)
        result.append(duty)
    return result


def _without_echoes(duties: Sequence[DraftDuty]) -> list[DraftDuty]:
    """及时报送统计数据，…于每月20日前将统计数据报送: the first only announces the second."""
    dated = [d for d in duties if d.due.kind not in ("any", "event")]
    return [d for d in duties if d in dated or not any(o.sentence == d.sentence and o.title[-2:] == d.title[-2:] for o in dated)]


def _copies_of_annex(duties: Sequence[DraftDuty], duty: DraftDuty) -> tuple[Copy, ...]:
    """The copies asked for in another place that uses the same annex."""
    return next((d.copies for d in duties if d.annex and d.annex == duty.annex and d.copies), ())


def _tail(title: str) -> str:
    return title[-4:]


def _once(duties: Sequence[DraftDuty]) -> list[DraftDuty]:
    """One duty for what is asked twice: the same thing for the same date, from the same units or from units that one place leaves open."""
    kept: list[DraftDuty] = []
    for duty in duties:
        for place, other in enumerate(kept):
            if _same(duty, other):
                kept[place] = _merged(other, duty)
                break
        else:
            kept.append(duty)
    return kept


def _same(a: DraftDuty, b: DraftDuty) -> bool:
    one, two = a.due, b.due
    if one.kind in ("any", "event") and one.kind == two.kind:
        return bool(set(_ALIKE.findall(a.title)) & set(_ALIKE.findall(b.title))) or a.title == b.title
    when = (one.kind, one.dates, one.day, one.weekday, one.month_of_period, one.time) == (
        two.kind, two.dates, two.day, two.weekday, two.month_of_period, two.time,
    )  # fmt: skip
    vague = one.kind in ("monthly", "quarterly", "half-yearly", "yearly") and (one.day is None) != (two.day is None)
    bare = vague and one.kind == two.kind and a.title == b.title and not (one.dates or two.dates)
    if a.sentence == b.sentence and when and (is_generic(a.title) != is_generic(b.title)):
        return True
    what = (a.annex and a.annex == b.annex and not _apart(a, b)) or a.title == b.title or (a.title in b.title or b.title in a.title)
    who = not a.who or not b.who or set(a.who) & set(b.who) or any("前文" in d or "主送" in d for d in (*a.doubts, *b.doubts))
    return bool((when or bare) and what and who and not (is_generic(a.title) and a.sentence != b.sentence))


def _apart(a: DraftDuty, b: DraftDuty) -> bool:
    return a.sentence == b.sentence and a.title != b.title


def _merged(first: DraftDuty, second: DraftDuty) -> DraftDuty:
    who_unsure = any("主送" in d or "前文" in d for d in first.doubts) and not any("主送" in d or "前文" in d for d in second.doubts)
    better = second if second.due.day is not None and first.due.day is None else first
    return replace(
        first, who=second.who if second.who and (who_unsure or not first.who) else first.who, due=better.due, annex=first.annex or second.annex,
        form=first.form if first.annex or not second.annex else second.form, copies=first.copies or second.copies,
        channel=first.channel or second.channel, to=first.to or second.to, reviewer=first.reviewer or second.reviewer,
        quota=first.quota or second.quota, nil=first.nil or second.nil,
    )  # fmt: skip


def _with_only_annex(duties: list[DraftDuty], notice: Notice) -> list[DraftDuty]:
    """A notice that asks for one thing and has one form means that form."""
    labels = list(dict.fromkeys((*(a.label for a in notice.annexes), *dict(notice.listed))))
    dated = [d for d in duties if d.due.kind not in ("any", "event")]
    title = annex_title(notice, labels[0]) if len(labels) == 1 else ""
    if len({d.title for d in dated}) != 1 or any(d.annex for d in duties) or not re.search(r"[表册]$|清单$|台账$|回执$", title):
        return duties
    return [replace(d, annex=labels[0], form=title, doubts=(*d.doubts, "附件按通知中唯一的附件计")) if d in dated else d for d in duties]
