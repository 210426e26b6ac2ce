"""Tables of annexes as layouts of forms: columns with rows to fill, or labels with a cell each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from mailbot.domain.documents import Table
from mailbot.domain.forms import Column, Counter, Head, Label, LabelsLayout, TableLayout
from mailbot.domain.headings import distinct
from mailbot.domain.notices.ids import field_of, fresh, role_of
from mailbot.domain.text import fold

_LABEL = 20  # characters of a label or a column's head
_LINE = 120  # characters of a line of labels
_SAMPLE = re.compile(r"\s*(?P<mark>(?:示|样)?例(?:如)?\s*[:：])\s*(?P<words>.*)", re.DOTALL)
_CHOICE = re.compile(r"[□○]?\s*是\s*[/／、□○ ]+\s*否")
_HEAD = re.compile(r"(?:^|(?<=[\s)）_＿月日号]))(?P<label>[\u4e00-\u9fff][\u4e00-\u9fff/、 ]{1,9}?)\s*(?P<seal>[(（](?:盖章|公章|签字|签名|加盖公章)[)）])?\s*[:：]")
_GAP = re.compile(r"(?P<before>[\u4e00-\u9fff“”、，）)]{2,40}?)(?:[ _＿]+)(?P<unit>家次|人次|户次|件次|场次|批次|万元|[条个次件户家人份起处台辆场项元])")
_NO_ROW = re.compile(r"填[表报]说明|注\s*[:：]|备注\s*[:：]|说明\s*[:：]")


@dataclass(frozen=True)
class Tabled:
    """A layout with what an admin should look at. `rows`: empty rows that the annex prints; `notes`: lines of the table that explain it;
    `heads`: labels of a row that reaches over all columns (填报单位：　填报日期：)."""

    layout: TableLayout | LabelsLayout
    rows: int = 0
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    heads: tuple[Head, ...] = ()


@dataclass
class _Named:
    taken: set[str] = field(default_factory=set)

    def new(self, label: str, place: int) -> str:
        name = fresh(field_of(label)[0], self.taken, f"field_{place}")
        self.taken.add(name)
        return name


def tabled(table: Table) -> Tabled | None:
    """The form that a table is; None where it is filled, or no table to fill in."""
    rows = [tuple(" ".join(c.split()) for c in row) for row in table.rows]
    rows = [row for row in rows if any(row) or len(rows) > 2]
    wide = [row for row in rows if len(row) > 1 and len(set(row)) == 1 and row[0]]  # one cell over all columns: a title, labels, a note
    notes = tuple(row[0] for row in rows if _NO_ROW.match(row[0]))
    rows = [row for row in rows if row not in wide and not _NO_ROW.match(row[0])]
    found = _columns(rows, notes) or _labels(rows, notes)
    return replace(found, heads=tuple(h for row in wide for h in heads_in(row[0]))) if found else None


def _columns(rows: Sequence[tuple[str, ...]], notes: tuple[str, ...]) -> Tabled | None:
    first = next((n for n, row in enumerate(rows[:3]) if all(row) and len(distinct(row)) > 1 and all(len(c) <= 2 * _LABEL for c in row)), None)
    if first is None or first + 1 >= len(rows):
        return None
    heads: list[tuple[str, ...]] = [(cell,) for cell in rows[first]]
    body = list(rows[first + 1 :])
    if any(a == b for a, b in pairwise(rows[first])) and all(len(c) <= _LABEL for c in body[0]) and any(body[0]):
        heads = [_two(upper, lower, body[0]) for upper, lower in zip(rows[first], body[0], strict=True)]
        body = body[1:]
    samples = [row for row in body if _is_sample(row)]
    empty = [row for row in body if row not in samples]
    blank = sum(not c or _CHOICE.fullmatch(c) is not None for row in empty for c in row[1:])
    if 2 * blank < sum(len(row) - 1 for row in empty) or not (empty or samples):
        return None
    return _table(heads, samples, empty, notes)


def _two(upper: str, lower: str, row: Sequence[str]) -> tuple[str, ...]:
    """The spellings of a head over two rows."""
    if not lower or lower == upper:
        return (upper,)
    return (lower, upper + lower) if row.count(lower) == 1 else (upper + lower,)


def _is_sample(row: Sequence[str]) -> bool:
    return any(_SAMPLE.match(cell) for cell in row)


def _table(heads: Sequence[tuple[str, ...]], samples: Sequence[tuple[str, ...]], empty: Sequence[tuple[str, ...]], notes: tuple[str, ...]) -> Tabled:
    named, columns, doubts = _Named(), [], list[str]()
    for place, spellings in enumerate(heads):
        said, kind = field_of(spellings[0])
        example = next((m["words"] for row in samples if (m := _SAMPLE.match(row[place]))), "")
        choice = any(_CHOICE.fullmatch(row[place]) for row in (*samples, *empty))
        columns.append(
            Column(
                field=named.new(spellings[0], place + 1), heads=tuple(dict.fromkeys(spellings)), type="yes-no" if choice else "text" if said == "no" else kind,
                role="number" if said == "no" and place == 0 else None, sample=example, required=bool(example) or choice,
            )
        )  # fmt: skip
    firsts = [row[0] for row in empty]
    kinds: dict[str, tuple[str, ...]] = {}
    if columns[0].role is None and all(firsts) and len(set(firsts)) == len(firsts) > 1:
        kinds = dict.fromkeys(firsts, ())
        columns[0] = replace(columns[0], field="kind")
    mark = next((m["mark"].strip() for row in samples for c in row if (m := _SAMPLE.match(c))), None)
    counted = [(columns[n].field, cell) for row in (*samples, *empty) for n, cell in enumerate(row) if len(_GAP.findall(cell)) >= 2]
    counters: tuple[Counter, ...] = ()
    sentence, place_of = "", None
    if counted:
        place_of, cell = counted[0]
        counters, sentence = counters_in(cell)
        doubts.append("文字中的计数是按空格推出来的，请逐个核对" if counters else "文字中有要填的数，没有认出来，请补写 counters")
    if not any(kinds) and not columns[0].role:
        doubts.append("表中没有序号栏")
    layout = TableLayout(columns=tuple(columns), counters=counters, counters_in=place_of if counters else None, sample=mark, sentence=sentence, kinds=kinds)
    return Tabled(layout, max(1, len(empty)) if not kinds else 0, notes, tuple(doubts))


def counters_in(text: str) -> tuple[tuple[Counter, ...], str]:
    """(the counters of a running text with gaps, the text with a field in braces for each gap): 出动执法人员 人次；发现隐患 条.
    Nothing where two gaps stand behind the same words: a pattern could not tell them apart."""
    counters: list[Counter] = []
    words: set[str] = set()
    sentence, end = "", 0
    for number, match in enumerate(_GAP.finditer(text), 1):
        before = re.split(r"[，、）)“”]", match["before"])[-1] or match["before"]
        key = fold(before)[-8:]
        if len(key) < 2 or key in words:
            return (), ""
        words.add(key)
        counters.append(Counter(field=f"count_{number}", label=f"{before}（{match['unit']}）", patterns=(f"{re.escape(key)}{{n}}",)))
        sentence += text[end : match.end("before")] + f"{{count_{number}}}"
        end = match.start("unit")
    return tuple(counters), sentence + text[end:] if counters else ""


def _labels(rows: Sequence[tuple[str, ...]], notes: tuple[str, ...]) -> Tabled | None:
    """Labels each with an empty cell to its right. What stands to the left of labels over several rows is their group."""
    named, labels = _Named(), list[Label]()
    group = ""
    for row in rows:
        cells = distinct(row)
        if not any(cells):
            continue
        beside = False
        for place, cell in enumerate(cells):
            following = cells[place + 1] if place + 1 < len(cells) else None
            if not cell or len(cell) > _LABEL:
                continue
            if following and len(following) <= _LABEL and place == 0:
                group = cell
            elif following == "" or (following is None and len(cells) == 1):
                label = fold_label(cell)
                said, kind = field_of(label)
                in_group = group if place or not row[0] else ""
                labels.append(
                    Label(
                        field=named.new(label, len(labels) + 1), labels=(label,), type=kind, role="unit" if said == "unit" else None,
                        required=said in ("unit", "name"), group=in_group, beside=beside,
                    )
                )  # fmt: skip
                beside = True
    if len(labels) < 2:
        return None
    return Tabled(LabelsLayout(labels=tuple(labels)), 0, notes)


def of_words(lines: Sequence[str]) -> Tabled | None:
    """A table of which only the words came (a PDF, a page copied without its lines): a line of column heads that begins with 序号, or
    lines of nothing but labels."""
    doubt = ("文件里的表格只剩文字，栏目是从一行行字推出来的，请对照附件核对",)
    words = [line.split() for line in lines]
    heads = next((w for w in words if len(w) > 2 and field_of(w[0])[0] == "no" and all(len(c) <= _LABEL for c in w)), None)
    if heads:
        found = _table([(w,) for w in heads], (), (("",) * len(heads),), ())
        return replace(found, doubts=(*found.doubts, *doubt))
    rows = [w for w in words if w and not _NO_ROW.match(w[0])]
    cells = [c for w in rows for c in w]
    if len(cells) < 3 or any(len(c) > _LABEL // 2 for c in cells) or 5 * sum(bool(field_of(c)[0]) for c in cells) < 4 * len(cells):
        return None
    grid = [tuple(x for n, c in enumerate(w) for x in ((c,) if n == 0 and len(w) > 2 and len(w) % 2 else (c, ""))) for w in rows]
    labelled = _labels(grid, ())
    return replace(labelled, doubts=doubt) if labelled else None


def fold_label(text: str) -> str:
    """姓 名 as 姓名, without its colon."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text).rstrip("：: ")


def heads_in(text: str, *, below: bool = False) -> tuple[Head, ...]:
    """The labels of a line around a table: 填报单位：　（盖章）　填报日期：　年　月　日. Nothing where something is written behind one."""
    found: list[Head] = []
    matches = list(_HEAD.finditer(text)) if len(text) <= _LINE and "。" not in text else []
    if not matches:
        return ()
    named = _Named()
    for match, end in zip(matches, [*(m.start() for m in matches[1:]), len(text)], strict=True):
        behind = text[match.end() : end].strip(" _＿")
        if re.search(r"[^\s_＿年月日时（）()盖章签字公第季度加\dXx—-]", behind):
            return ()
        label = fold_label(match["label"])
        if re.search(r"要求|说明|如下|事项|注意|备注", label):
            return ()
        said, kind = field_of(label)
        printed = match["seal"] or behind
        found.append(
            Head(
                field=named.new(label, len(found) + 1), labels=(label,), type=kind, role=role_of(said), required=said == "unit",
                printed="" if kind == "date" else printed, below=below,
            )
        )  # fmt: skip
    return tuple(found)
