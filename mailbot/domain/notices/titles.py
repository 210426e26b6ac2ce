"""What a paper is called: the titles of annexes, the name of the work in headings, the items of a list."""

import re
from collections.abc import Sequence

from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.verbs import PAPER, tidied

_MODEL = re.compile(r"[(（][^()（）]*(?:模板|样表|样式|式样|格式|参考)[^()（）]*[)）]")
_PLAIN = re.compile(r"[^一-龥A-Za-z0-9]|(?:参考)?模板|样[表式]|^关于|报送$|报告$")
_GENERIC = re.compile(
    r"(?:工作|有关|相关|各项|本项|开展|进展|落实|完成|贯彻|执行|推进|实施|具体|基本|上述|以上|活动|本月|当月|上月|本季度|上季度|本周|上周|阶段性?|填报|报送)*"
    r"(?:情况|材料|信息|数据|进展|资料|报表|电子[版稿]|电子文档|纸质[版稿]|扫描件|盖章扫描件|表格?|内容|文件|附件|结果|事项|总体情况)(?:及|和)?(?:电子版|扫描件|相关材料)?"
)
_WORK = re.compile(r"开展(?:好)?(?P<work>[^,，。;；、:：()（）]{2,14}?)(?:工作|活动)?[,，。;；]")
_FORM = re.compile(r"(?:填写|填报|填好|形成|撰写)(?:好)?(?P<what>《[^《》]{2,60}》|[^,，。;；《]{2,40}?(?:表|总结|报告|台账|清单))")
_TITLE_ASKS = re.compile(r"关于(?:做好|认真做好)?(?:报送|上报|填报|征集|提交|统计)(?P<what>.{2,60}?)(?:工作)?的(?:紧急)?(?:通知|函)")
_NUMBER = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、]|第[一二三四五六七八九十]{1,3}[章节条部分]+)\s*")
_ITEM = re.compile(r"(?:(?<![\d年月.])\d{1,2}[.．、](?!\d)|[(（]\d{1,2}[)）]|[①-⑳])")


def annex_title(notice: Notice, label: str) -> str:
    """The title of an annex, without (参考模板); "" where there is none."""
    annex = notice.annex(label)
    title = dict(notice.listed).get(label) or (annex.title if annex else "")
    return re.sub(r"\s", "", _MODEL.sub("", title)).strip("。；;《》") if label else ""


def is_generic(words: str) -> bool:
    """Whether a name says nothing of the work (工作开展情况, 相关材料)."""
    return not words or bool(_GENERIC.fullmatch(words))


def _core(words: str) -> str:
    return _PLAIN.sub("", re.sub(r"[()（）《》“”\s]", "", _MODEL.sub("", words)))


def annex_like(notice: Notice, title: str) -> str:
    """The annex of that title (阶段性工作总结 -> 药品安全巩固提升行动(阶段性)工作总结报告); "" where none or several are."""
    wanted = _core(title)
    if len(wanted) < 4 or is_generic(title):
        return ""
    labels = dict.fromkeys((*(a.label for a in notice.annexes), *dict(notice.listed)))
    cores = {label: _core(annex_title(notice, label)) for label in labels}
    same = [label for label, core in cores.items() if core == wanted]
    like = same or [label for label, core in cores.items() if len(core) >= 4 and (wanted in core or core in wanted)]
    return like[0] if len(like) == 1 else ""


def only_annex(notice: Notice, title: str) -> str:
    """The label of the only annex, where a short name (电子版统计表) ends as its title does."""
    labels = list(dict.fromkeys((*(a.label for a in notice.annexes), *dict(notice.listed))))
    end = re.search(r"[一-龥](?:表|台账|清单|报告|总结|名册|回执)$", title)
    return labels[0] if len(labels) == 1 and end and len(title) <= 8 and annex_title(notice, labels[0]).endswith(end[0]) else ""


def annex_for(title: str, said: tuple[str, ...], sentence: Sentence, notice: Notice) -> tuple[str, tuple[str, ...]]:
    """(the annex of a paper, doubts). `said`: those its sentence names. As named; the annex it stands in; the one of that title."""
    named = [a for a in said if a == "附件" or notice.annex(a) or a in dict(notice.listed)] or list(said)
    if named:
        label = named[0]
        if label == "附件":
            labels = list(dict(notice.listed)) or [a.label for a in notice.annexes]
            label = labels[0] if len(labels) == 1 else annex_like(notice, title) or "附件"
        others = f"还提到{'、'.join(named[1:])}" if len(named) > 1 else ""
        return label, (others,) if others else ()
    like = annex_like(notice, title) or only_annex(notice, title)
    if like:
        return like, ()
    inside = notice.annex(sentence.annex)
    return (sentence.annex if inside and re.search(r"[表单册]$|模板|台账|案例", re.sub(r"[(（].*?[)）]", "", inside.title)) else ""), ()


def all_named(annex: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """All annexes of a paper, the one that is its form first."""
    if annex not in named:
        return (annex,) if annex else ()
    return tuple(dict.fromkeys((annex, *(n for n in named if n not in ("附件", "附表")))))


def asked_in_title(notice: Notice) -> str:
    """What the notice is about: 关于报送2007年少先队工作总结的通知; "" where its title asks for nothing."""
    match = _TITLE_ASKS.search(re.sub(r"\s", "", notice.title))
    return tidied(match["what"]) if match else ""


def named_after(sentence: Sentence, before: Sequence[Sentence], notice: Notice, what: str) -> str:
    """The work that a bare 工作情况 is about: the form that was to be filled just before, what the title of the notice asks for,
    开展X of the sentence before, else its heading."""
    near = [s for s in before[-2:] if sentence.paragraph - s.paragraph <= 1]
    made = [m for s in (*near, sentence) for m in _FORM.finditer(s.text)]
    if made and (not what or re.match("电子|纸质|扫描", what)):
        return tidied(made[-1]["what"])
    if (asked := asked_in_title(notice)) and (not what or what in asked or what in ("材料", "所有材料", "相关材料", "有关材料")):
        return asked if what in asked or not what else f"{asked}材料"
    for other in reversed(before[-2:]):
        if other.paragraph == sentence.paragraph and (works := list(_WORK.finditer(other.text))):
            return works[-1]["work"]
    for heading in reversed(sentence.headings):
        words = re.sub(r"[(（].*|[:：。].*", "", _NUMBER.sub("", heading)).strip()
        if 2 < len(words) <= 24 and not re.search(r"要求|安排|其他|事项|报送|保障|组织|步骤|时间|阶段|强化|加强", words):
            return words
    return ""


def listed_items(text: str, following: Sequence[Sentence]) -> tuple[str, ...]:
    """The papers of a list behind a colon: in the sentence itself, else the numbered paragraphs below it."""
    _, _, tail = re.sub(":", "：", text).rpartition("：")
    items = [tidied(re.split(r"[,，。;；(（]", piece)[0]) for piece in _ITEM.split(tail)[1:]] if _ITEM.search(tail) else []
    if not items and text.rstrip().endswith(("：", ":")):
        for sentence in following:
            if not _NUMBER.match(sentence.text):
                break
            items.append(tidied(re.split(r"[,，。;；(（:：]", _NUMBER.sub("", sentence.text))[0]))
    return tuple(i for i in items if 2 <= len(i) <= 40 and PAPER.search(i))
