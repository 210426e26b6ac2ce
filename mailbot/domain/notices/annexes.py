"""Annexes that are forms to fill in, as form types of ours; one that the rules know already is known again."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mailbot.domain.documents import Paragraph, Table
from mailbot.domain.forms import Blank, FormType, Head, Label, LabelsLayout, Part, Recognise, SectionsLayout, TableLayout
from mailbot.domain.notices.draft import DraftForm
from mailbot.domain.notices.ids import fresh, id_of, part_of
from mailbot.domain.notices.marks import level_of, without_number
from mailbot.domain.notices.notice import Annex, Notice
from mailbot.domain.notices.tabular import Tabled, heads_in, of_words, tabled
from mailbot.domain.text import fold

_MARK = re.compile(r"[（(]\s*(?:参考)?(?:模板|样表|样式|格式|式样|范本|提纲|参考提纲|供参考)\s*[)）]")
_TEMPLATE = re.compile(r"模板|样表|样式|格式|范本|提纲|式样")
_NO_FORM = re.compile(r"(?:要求|职责|方案|办法|机构|专班|分工|细则|标准|规范|指南|名单|小组|制度|通知|规定|任务分解表|流程|说明)$")
_LOST = re.compile(r"(?:统计|汇总|明细|进度|情况|进展|日报|周报|月报|季报|年报)报?表$|清单$|台账$")  # its table did not come with the text
_LEAST = re.compile(r"不(?:得)?(?:少|低)于\s*(\d{2,5})\s*(?:个)?字|(\d{2,5})\s*字(?:以上|左右)")
_HINT = re.compile(r"\s*[（(](?P<hint>[^（()）]{2,120})[)）]\s*$")
_GUIDE = re.compile(r"[（(]?(?:此|本|该)部分|[（(]|简要|说明|包括|若你|如|请|主要|重点|结合|介绍|列出|其他需要|对|围绕|概述|填写|总结|分析")
_ENDS = r"(?:[局所队委厅办站科股室处院校]|中心|公司|企业|单位|部门|乡镇|街道|[省市县区旗州乡镇村])"
_FILLED_IN = re.compile(
    rf"^(?:[（(][^（()）]*[XxＸ×]{{2}}[^（()）]*[)）]|[XxＸ×*＊_＿○〇]{{2,}}(?:[\u4e00-\u9fff]{{0,10}}?{_ENDS}(?=[（(XxＸ×〇\d《“]|$|关于|自查|自评|工作|典型|隐患|案件|联络)"
    r"|[省市县区旗州乡镇村局所](?!场))?(?:[（(][^（()）]*[)）])?)+(?:关于)?"
)
_YEAR = re.compile(r"^(?:(?:19|20)\d\d|20[XxＸ×*＊_＿○〇]{2}|[XxＸ×*＊_＿○〇]{2,4})\s*年度?(?!\d|[上下])")
_ALSO_CALLED = "各单位还怎样叫它，请补进 names"
_PROSE = 130  # characters under a heading; a template says less
_LIKE = 0.85
_LIKELY = 0.75  # where the table came as words, of which some may be cut


def forms_of(notice: Notice, known: Mapping[str, FormType], campaign: str) -> tuple[DraftForm, ...]:
    """The forms among the annexes; an annex of prose is none. `known`: those of the rules; an annex laid out like one of them names it
    (`known` of the DraftForm). `campaign`: its id, put behind the id of a new form where that is taken."""
    found: list[DraftForm] = []
    for annex in notice.annexes:
        drafted = _form(annex)
        if drafted is None:
            continue
        form, doubts = drafted
        same = next((other for other in known.values() if is_same(form, other, _LIKE if not doubts else _LIKELY)), None)
        if same is not None:
            found.append(DraftForm(annex.label, replace(form, id=same.id), known=same.id))
            continue
        taken = {*known, *(f.form.id for f in found)}
        wanted = id_of(form.title) or form.id
        id_ = wanted if wanted not in taken else fresh(f"{wanted}-{campaign}", taken, "form")
        found.append(DraftForm(annex.label, replace(form, id=id_), (*doubts, _ALSO_CALLED)))
    return tuple(found)


def _form(annex: Annex) -> tuple[FormType, tuple[str, ...]] | None:
    title = _MARK.sub("", annex.title).strip()
    for place, block in enumerate(annex.blocks):
        found = tabled(block) if isinstance(block, Table) else None
        if found:
            return _of_table(annex, title, found, place)
    if not annex.blocks or any(isinstance(b, Table) for b in annex.blocks):
        return None
    return _of_lines(annex, title) or _of_sections(annex, title) or _of_words(annex, title)


def _of_table(annex: Annex, title: str, found: Tabled, place: int) -> tuple[FormType, tuple[str, ...]]:
    above = [b.text for b in annex.blocks[:place] if isinstance(b, Paragraph)]
    under = [b.text for b in annex.blocks[place + 1 :] if isinstance(b, Paragraph)]
    heads = (*found.heads, *(h for text in above for h in heads_in(text)), *(h for text in under for h in heads_in(text, below=True)))
    layout = found.layout
    if isinstance(layout, TableLayout):
        layout = replace(layout, heads=_unlike(heads, {c.field for c in layout.columns}))
    elif heads:
        own = {x.field for x in layout.labels}
        layout = replace(layout, labels=(*(_label(h) for h in _unlike(heads, own)), *layout.labels))
    doubts = list(found.doubts)
    if len([b for b in annex.blocks if isinstance(b, Table)]) > 1:
        doubts.append("附件里不止一张表，只起草了第一张")
    if layout.of_role("unit") is None and not (isinstance(layout, TableLayout) and any(c.field == "unit" for c in layout.columns)):
        doubts.append("表上没有填报单位")
    blank = Blank(
        annex=annex.label, title=(title,) if title else (), mark=_mark(annex), rows=min(max(found.rows, 1), 500) if found.rows else 10,
        above=tuple(t for t in above if not heads_in(t) and t != title), notes=(*found.notes, *(t for t in under if not heads_in(t))),
    )  # fmt: skip
    blank = replace(blank, notes=tuple(filter(None, map(_without_persons, blank.notes))))
    return FormType(id="form", title=form_title(title) or annex.label, recognise=_recognise(title), layout=layout, blank=blank), tuple(doubts)


def _without_persons(note: str) -> str:
    """A note without whom to ask: that stands in the campaign's groups, and changes."""
    kept = re.sub(r"(?:\d{1,2}[.．、]\s*)?[，,；;]?\s*(?:联系人|联系电话|咨询电话)[^。]*", "", note).strip()
    return "" if kept == "。" else kept.replace("。。", "。")


def _of_words(annex: Annex, title: str) -> tuple[FormType, tuple[str, ...]] | None:
    texts = [b.text for b in annex.blocks if isinstance(b, Paragraph)]
    if _NO_FORM.search(title):
        return None
    for place in range(min(len(texts), 4)):
        stop = next((n for n, t in enumerate(texts[place:], place) if "。" in t), len(texts))
        if found := of_words(texts[place:stop]):
            kept = replace(annex, blocks=(*annex.blocks[:place], *(b for b in annex.blocks[stop:] if isinstance(b, Paragraph) and len(b.text) > 20)))
            return _of_table(kept, title, found, place)
    return None


def _unlike(heads: Sequence[Head], taken: set[str]) -> tuple[Head, ...]:
    """The heads of a line, each with a field of its own."""
    names = set(taken)
    found = []
    for n, head in enumerate(heads, 1):
        name = fresh(head.field if not head.field.startswith("field_") else "", names, f"head_{n}")
        names.add(name)
        found.append(replace(head, field=name))
    return tuple(found)


def _label(head: Head) -> Label:
    return Label(field=head.field, labels=head.labels, type=head.type, role=head.role, required=head.required)


def _of_lines(annex: Annex, title: str) -> tuple[FormType, tuple[str, ...]] | None:
    """A form of lines 姓名：　　 one below the other, without a table."""
    texts = [b.text for b in annex.blocks if isinstance(b, Paragraph)]
    heads = [h for text in texts for h in heads_in(text)]
    if len(heads) < 3 or _LOST.search(title) or any(level_of(text) for text in texts) or 2 * sum(bool(heads_in(t)) for t in texts) < len(texts):
        return None
    layout = LabelsLayout(labels=tuple(_label(h) for h in _unlike(heads, set())))
    blank = Blank(annex=annex.label, title=(title,) if title else (), notes=tuple(t for t in texts if not heads_in(t)))
    doubts = ("表格是从一行行文字推出来的，请核对",)
    return FormType(id="form", title=form_title(title) or annex.label, recognise=_recognise(title), layout=layout, blank=blank), doubts


def _of_sections(annex: Annex, title: str) -> tuple[FormType, tuple[str, ...]] | None:
    """A text in parts: 一、… with hints below, and nothing that a notice would order."""
    texts = [b.text for b in annex.blocks if isinstance(b, Paragraph)]
    first = next((n for n, t in enumerate(texts) if level_of(t) == 1), None)
    if first is None or sum(level_of(t) == 1 for t in texts) < 2 or not _is_template(annex, texts[first:]):
        return None
    parts, hints = _parts(texts[first:])
    above = texts[:first]
    heads = _unlike([h for text in above for h in heads_in(text)], {p.field for p in parts})
    rest = [t for t in above if not heads_in(t) and not _MARK.fullmatch(t)]
    heading = next((t for t in reversed(rest) if re.search(r"[XxＸ×]{2}", t) and level_of(t) == 0), "")
    blank = Blank(annex=annex.label, title=(title,) if title else (), mark=_mark(annex), above=tuple(t for t in rest if t != heading), heading=heading)
    marks = tuple(dict.fromkeys(m[0] for t in (annex.title, *texts) if (m := _MARK.search(t))))
    layout = SectionsLayout(heads=heads, parts=parts, hints=tuple(dict.fromkeys((*marks, *hints))))
    doubts = () if marks else ("附件没有写明是模板，按各部分的标题起草",)
    return FormType(id="form", title=form_title(title) or annex.label, recognise=_recognise(title), layout=layout, blank=blank), doubts


def _is_template(annex: Annex, texts: Sequence[str]) -> bool:
    """Whether little stands under the headings: nothing, or what is to be written there."""
    marked = bool(_TEMPLATE.search(annex.title)) or any(_MARK.search(b.text) for b in annex.blocks if isinstance(b, Paragraph))
    prose = [t for t in texts if level_of(t) == 0]
    if any(len(t) > _PROSE for t in prose) or any(level_of(t) and len(t) > _PROSE for t in texts):
        return False
    return marked or (not _NO_FORM.search(annex.title) and all(len(t) <= 40 for t in texts if level_of(t)) and all(_GUIDE.match(t) for t in prose))


def _parts(texts: Sequence[str]) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The parts with their least lengths and hints, sub-parts （一） under theirs; and the hints that stand in headings."""
    parts: list[Part] = []
    hints: list[str] = []
    above = ""
    for text in texts:
        level = level_of(text)
        if level in (1, 2):
            heading = without_number(text).rstrip("：: ")
            match = _HINT.search(heading)
            if match and (_LEAST.search(match["hint"]) or len(match["hint"]) > 6):
                hints += [match[0].strip(), match["hint"]]
                heading = heading[: match.start()].strip()
            else:
                match = None
            name = fresh(part_of(heading), {p.field for p in parts}, f"part_{len(parts) + 1}")
            least = _least(match["hint"]) if match else 0
            only = bool(re.fullmatch(r"其[他它](?:情况|事项)?", heading))
            parts.append(Part(field=name, heading=heading, least=least, under=above if level == 2 and above else None, heading_only=only))
            above = name if level == 1 else above
        elif parts and text:
            parts[-1] = replace(parts[-1], hint=text if not parts[-1].hint else parts[-1].hint, least=parts[-1].least or _least(text))
            hints += [text] if parts[-1].hint != text else []
    return tuple(parts), tuple(hints)


def _least(text: str) -> int:
    match = _LEAST.search(text)
    return int(match[1] or match[2]) if match else 0


def _mark(annex: Annex) -> str:
    found = next((m[0] for t in (annex.title, *(b.text for b in annex.blocks[:12] if isinstance(b, Paragraph))) if (m := _MARK.search(t))), "")
    return found.replace("(", "（").replace(")", "）")


def form_title(title: str) -> str:
    """The title of an annex without what each unit fills in: XX执法中队（市场监管所）2023年…自查报告 -> …自查报告."""
    bare = _YEAR.sub("", _FILLED_IN.sub("", title)).strip()
    return bare if len(bare) >= 3 else title


def _recognise(title: str) -> Recognise:
    """The words of its title, without XX, names of units and brackets; and the shortest that people also call it by."""
    words = re.sub(r"[（(][^（()）]*[)）]|[XxＸ×]{2,}|[“”\"《》]|(?:19|20)\d{2}年度?", "", form_title(title)).strip()
    tail = _TAIL.search(words)
    return Recognise(titles=(words,), names=(tail[0] if tail and len(tail[0]) > 2 else words,)) if len(words) >= 3 else Recognise()


_TAIL = re.compile(
    r"(?:联络员|联络人|联系人|典型案例|自查|自评|(?:阶段性|年度)?工作总结|问题清单|风险隐患|隐患排查|整改|进展情况|进度|统计|汇总|台账|登记|报名|申报).{0,10}$"
)


def is_same(form: FormType, other: FormType, least: float = _LIKE) -> bool:
    """Whether a drafted form is laid out like one of the rules, and is called like it."""
    if type(form.layout) is not type(other.layout) or not any(fold(t) in fold(form.title) for t in (*other.recognise.titles, other.title)):
        return False
    match form.layout, other.layout:
        case TableLayout() as mine, TableLayout() as theirs:
            return _covers([c.heads for c in mine.columns], theirs.spelled.scores, len(theirs.columns), 0, least)
        case SectionsLayout() as mine, SectionsLayout() as theirs:
            return _covers([(p.heading, *p.also) for p in mine.parts], theirs.spelled.scores, len(theirs.parts), 0, least)
        case LabelsLayout() as mine, LabelsLayout() as theirs:
            return _covers([x.labels for x in mine.labels], theirs.spelled.scores, len(theirs.labels), 2, least)
    return False


def _covers(mine: Sequence[tuple[str, ...]], scores: Callable[[str], Mapping[str, float]], theirs: int, fewer: int, least: float) -> bool:
    """Whether each of mine is one of theirs, none twice, and at most so many of theirs are not among mine."""
    matched = [max(found.items(), key=lambda pair: pair[1]) for words in mine if (found := scores(words[0]))]
    names = {name for name, score in matched if score >= least}
    return len(names) == len(mine) and theirs - fewer <= len(names)
