"""Forms as offices bend them: each bend is a small change of a filled form that must change nothing of what is read.

A paper is a list of blocks as in `pages.page` (a string is a paragraph, a list of rows a table); a bend takes one and
gives another. `as_word` and `as_book` write a paper as a real file.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import docx
import openpyxl

from tests.layouts.pages import RISK_COLUMNS, RISK_TITLE, STATS_COLUMNS

Rows = list[list[str]]
Paper = list[str | Rows]


@dataclass(frozen=True)
class Bend:
    """`name` is a sentence about the paper; `change` makes the bent paper."""

    name: str
    change: Callable[[Paper], Paper]


PROGRESS = (
    "截至目前，共检查“两品一械”生产企业0家次，医疗机构制剂室无家次，批发企业、零售连锁总部2家次；共检查零售企业及使用单位54家次。"
    "出动执法人员245人次；发现风险隐患数41条，销号28个。盟市本级召开风险会商3次，研究风险会商事项7个，所辖旗县(市、区)共召开风险会商1次，研究风险会商事项2个"
)
RISK: Paper = [
    "附件3", RISK_TITLE, "填报单位：八仙筒所（盖章）          填报日期：2024年3月27日",
    [RISK_COLUMNS, ["1", "温度计失准", "更换温度计", "是", PROGRESS], ["2", "药品混放", "分柜存放", "否", "正在整改"]],
]  # fmt: skip
STATS: Paper = [
    "案件数据月报表", "填报单位：东明所（盖章）             统计期：2024年6月",
    [STATS_COLUMNS, ["药品", "2", "1", "5.3", "1.2", "0", "0", "0", "1"], ["医疗器械", "1", "", "0.5", "无", "0", "0", "0", "0"],
     ["化妆品", "0", "0", "0", "0", "0", "0", "0", "0"], ["合计", "3", "1", "5.8", "1.2", "0", "0", "0", "1"]],
    "填报人：张三          审核人：李四",
]  # fmt: skip
PARTS = {
    "药品安全巩固提升工作简要情况": "走访药店三十家。", "工作亮点": "设立药安课堂。", "存在问题和分析": "人手不足，台账不全。", "下一步措施和建议": "加强培训。",
}  # fmt: skip


def review(head: Callable[[int, str], str], *, title: str = "沙日浩来所2023年药品安全巩固提升工作自查报告") -> Paper:
    """The self review with its headings written by `head` (number from 1, words)."""
    lines = [line for n, (words, text) in enumerate(PARTS.items(), 1) for line in (head(n, words), text)]
    return [title, *lines, "沙日浩来所", "2023年9月11日"]


def _table(paper: Paper) -> int:
    return next(i for i, block in enumerate(paper) if isinstance(block, list))


def of_table(change: Callable[[Rows], Rows | list[Rows]]) -> Callable[[Paper], Paper]:
    """A change of the paper's one table; several tables come one after the other."""

    def changed(paper: Paper) -> Paper:
        at = _table(paper)
        rows = paper[at]
        assert isinstance(rows, list)
        bent = change([list(row) for row in rows])
        tables: list[Rows] = bent if bent and isinstance(bent[0][0], list) else [bent]  # type: ignore[assignment,list-item]
        return [*paper[:at], *tables, *paper[at + 1 :]]

    return changed


def heads(**words: str) -> Callable[[Paper], Paper]:
    """Column heads by their place: c1="编号"."""
    return of_table(lambda rows: [[words.get(f"c{i}", cell) for i, cell in enumerate(rows[0])], *rows[1:]])


def ordered(*places: int) -> Callable[[Paper], Paper]:
    return of_table(lambda rows: [[row[p] for p in places] for row in rows])


def words(old: str, new: str) -> Callable[[Paper], Paper]:
    """A text written otherwise, in lines and cells."""

    def change(paper: Paper) -> Paper:
        changed: Paper = []
        for block in paper:
            changed.append(block.replace(old, new) if isinstance(block, str) else [[c.replace(old, new) for c in row] for row in block])
        assert changed != paper, f"{old} stands nowhere"
        return changed

    return change


def _wide(rows: Rows, *cells: str) -> list[str]:
    return [*cells, *[""] * (len(rows[0]) - len(cells))]


TABLE_BENDS = [
    Bend("it is as it was printed", lambda paper: paper),
    Bend("a title row stands inside the table, merged by Word", of_table(lambda rows: [[RISK_TITLE] * len(rows[0]), *rows])),
    Bend("a title row stands inside the table, merged by Excel", of_table(lambda rows: [_wide(rows, RISK_TITLE), *rows])),
    Bend("two title rows and a blank one stand inside the table",
         of_table(lambda rows: [_wide(rows, "附件3"), _wide(rows, RISK_TITLE), _wide(rows, ""), *rows])),
    Bend("the head is merged over two rows by Word", of_table(lambda rows: [rows[0], rows[0], *rows[1:]])),
    Bend("the head is merged over two rows by Excel", of_table(lambda rows: [rows[0], _wide(rows, ""), *rows[1:]])),
    Bend("the units of the head stand in a row of their own",
         of_table(lambda rows: [[c.split("（")[0] for c in rows[0]], ["（" + c.split("（")[1] if "（" in c else "" for c in rows[0]], *rows[1:]])),
    Bend("a group's name stands over some heads", of_table(lambda rows: [[*rows[0][:2], *["有关情况"] * (len(rows[0]) - 2)], rows[0], *rows[1:]])),
    Bend("a column of remarks was added", of_table(lambda rows: [[*row, "备注" if i == 0 else ""] for i, row in enumerate(rows)])),
    Bend("a column of filled remarks was added", of_table(lambda rows: [[*row, "备注" if i == 0 else "已核"] for i, row in enumerate(rows)])),
    Bend("an empty column stands first", of_table(lambda rows: [["", *row] for row in rows])),
    Bend("empty rows stand between the rows", of_table(lambda rows: [rows[0], *[r for row in rows[1:] for r in (row, [""] * len(row))]])),
    Bend("the table goes on on the next page with its head again", of_table(lambda rows: [rows[:2], [rows[0], *rows[2:]]])),
    Bend("the table goes on on the next page without its head", of_table(lambda rows: [rows[:2], rows[2:]])),
    Bend("a small table of something else stands before", lambda paper: [[["收文编号", "12"], ["密级", "一般"]], *paper]),
    Bend("a small table of something else stands after", lambda paper: [*paper, [["校对", "王五"], ["印数", "3"]]]),
    Bend("spaces stand inside the heads", of_table(lambda rows: [[" ".join(c) for c in rows[0]], *rows[1:]])),
    Bend("line breaks stand inside the heads", of_table(lambda rows: [[c[:3] + "\n" + c[3:] for c in rows[0]], *rows[1:]])),
    Bend("a note stands in the last row", of_table(lambda rows: [*rows, _wide(rows, "填表说明：填报数据均为累计数据。")])),
]  # fmt: skip

RISK_BENDS = [
    *TABLE_BENDS,
    Bend("columns stand in another order", ordered(0, 3, 2, 4, 1)),
    Bend("heads are in other words", heads(c0="编号", c1="发现的问题隐患", c2="整改措施", c3="是否已排除隐患", c4="工作进展情况")),
    Bend("heads are in plausible words of nobody's list", heads(c0="序 号", c1="发现风险隐患情况", c2="管控整改措施", c3="隐患是否已排除", c4="开展工作情况")),
    Bend("the printed slip stands in the risk column", heads(c1="发现的共性风险隐患管控措施")),
    Bend("the date is written with points", words("2024年3月27日", "2024.3.27")),
    Bend("the date is written with dashes", words("2024年3月27日", "2024-03-27")),
    Bend("the date is written with strokes", words("2024年3月27日", "2024/3/27")),
    Bend("the date is written in Chinese", words("2024年3月27日", "二〇二四年三月二十七日")),
    Bend("the date has a short year", words("2024年3月27日", "24年3月27日")),
    Bend("the date is eight digits", words("2024年3月27日", "20240327")),
    Bend("the date is full width", words("2024年3月27日", "２０２４年３月２７日")),
    Bend("unit and date stand in two lines", words("          填报日期", "\n填报日期")),
    Bend("a colon is missing behind the unit's label", words("填报单位：", "填报单位（盖章）：")),
    Bend("a date is the day of an Excel cell", words("2024年3月27日", "2024-03-27 00:00:00")),
    Bend("the head line has no colons", lambda paper: words("填报日期：", "填报日期 ")(words("填报单位：", "填报单位 ")(paper))),
    Bend("both current and cumulative figures stand", words("出动执法人员", "本季度出动执法人员20人次，累计出动执法人员")),
    Bend("persons and times stand side by side", words("245人次", "32人、245人次")),
    Bend("what is not closed is told too", words("销号", "未销号13个，已销号")),
    Bend("the counters have spaces around them", words("54家次", " 54 家次")),
    Bend("the counters are full width", words("245", "２４５")),
    Bend("the counters are in Chinese", words("245", "二百四十五")),
    Bend("the counters are underlined", words("54", "＿＿54＿＿")),
    Bend("the counters stand in brackets", words("41条", "（41）条")),
    Bend("the counters have a line break before them", words("245人次", "\n245人次")),
    Bend("the sentence has other punctuation", words("；", "，")),
    Bend("the sentence lost a word", words("截至目前，共检查“两品一械”生产企业", "检查生产企业")),
    Bend("the sentence lost its quotation marks", words("“两品一械”", "两品一械")),
    Bend("the sentence has the printed slip", words("风险隐患数", "风险隐息数")),
    Bend("blanks stand inside words", words("出动执法人员", "出 动 执法 人员")),
    Bend("the counters stand under the table", lambda paper: [*words(PROGRESS, "按计划开展")(paper), PROGRESS]),
    Bend("the sample row was left with the counters in it",
         of_table(lambda rows: [rows[0], ["1", "例：部分企业处方药未凭处方销售", "例：责令改正或行政处罚", "是/否", rows[1][4]],
                                ["1", *rows[1][1:4], ""], rows[2]])),
]  # fmt: skip

STATS_BENDS = [
    *[b for b in TABLE_BENDS if "title row" not in b.name],
    Bend("a title row stands inside the table, merged by Excel", of_table(lambda rows: [_wide(rows, "案件数据月报表"), *rows])),
    Bend("columns stand in another order", ordered(0, 8, 7, 6, 5, 4, 3, 2, 1)),
    Bend("a column of numbers stands first", of_table(lambda rows: [["序号" if i == 0 else str(i), *row] for i, row in enumerate(rows)])),
    Bend("heads are in other words", heads(
        c0="项目", c1="立案件数", c2="办结数", c3="涉案货值（万元）", c4="罚没金额（万元）", c5="移送公安机关", c6="停产停业", c7="吊销证照", c8="处罚到人数")),
    Bend("units stand in the heads", heads(c1="立案数（件）", c2="结案数(件)", c5="移送公安（件）", c8="处罚到人（人）")),
    Bend("units stand behind the values", words("5.3", "5.3万元")),
    Bend("figures are full width", words("5.3", "５．３")),
    Bend("kinds are in other words", words("医疗器械", "医疗器械类")),
    Bend("the table lies on its side", of_table(lambda rows: [list(column) for column in zip(*rows, strict=True)])),
    Bend("the total comes first", of_table(lambda rows: [rows[0], rows[-1], *rows[1:-1]])),
]  # fmt: skip

_CN = "零一二三四五六七八九十"
HEADING_STYLES: dict[str, Callable[[int, str], str]] = {
    "一、": lambda n, w: f"{_CN[n]}、{w}",
    "（一）": lambda n, w: f"（{_CN[n]}）{w}",
    "(一)、": lambda n, w: f"({_CN[n]})、{w}",
    "一．": lambda n, w: f"{_CN[n]}．{w}",
    "一.": lambda n, w: f"{_CN[n]}. {w}",
    "1.": lambda n, w: f"{n}.{w}",
    "1、": lambda n, w: f"{n}、{w}",
    "１．": lambda n, w: f"{chr(0xFF10 + n)}．{w}",
    "(1)": lambda n, w: f"({n}){w}",
    "①": lambda n, w: f"{chr(0x2460 + n - 1)}{w}",
    "⑴": lambda n, w: f"{chr(0x2474 + n - 1)}{w}",
    "⒈": lambda n, w: f"{chr(0x2488 + n - 1)}{w}",
    "第一部分": lambda n, w: f"第{_CN[n]}部分 {w}",
    "第一部分：": lambda n, w: f"第{_CN[n]}部分：{w}",
    "一 ": lambda n, w: f"{_CN[n]} {w}",
    "一丶": lambda n, w: f"{_CN[n]}丶{w}",
    "none": lambda _, w: w,
    "with colon": lambda n, w: f"{_CN[n]}、{w}：",
    "with stop": lambda n, w: f"{_CN[n]}、{w}。",
    "with blanks": lambda n, w: f"{_CN[n]} 、 {' '.join(w)}",
    "in brackets": lambda n, w: f"【{_CN[n]}、{w}】",
    "with hint": lambda n, w: f"{_CN[n]}、{w}（此部分不少于800字）",
}


def in_one_cell(paper: Paper) -> Paper:
    return [paper[0], [["\n".join(p for p in paper[1:-2] if isinstance(p, str))]], *paper[-2:]]


def a_row_a_part(paper: Paper) -> Paper:
    lines = [p for p in paper[1:-2] if isinstance(p, str)]
    return [paper[0], [[a, b] for a, b in zip(lines[::2], lines[1::2], strict=True)], *paper[-2:]]


def heading_and_text_in_one_line(paper: Paper) -> Paper:
    lines = [p for p in paper[1:-2] if isinstance(p, str)]
    return [paper[0], *(f"{a}：{b}" for a, b in zip(lines[::2], lines[1::2], strict=True)), *paper[-2:]]


SHAPES: dict[str, Callable[[Paper], Paper]] = {
    "as paragraphs": lambda paper: paper, "in one cell": in_one_cell, "a row a part": a_row_a_part, "heading and text in one line": heading_and_text_in_one_line,
}  # fmt: skip


def as_word(*papers: Paper) -> bytes:
    """Papers one after the other as a .docx; neighbouring cells of equal text are merged."""
    document = docx.Document()
    for block in (block for paper in papers for block in paper):
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(len(block), len(block[0]))
        for cells, row in zip(table.rows, block, strict=True):
            if len(row) > 1 and row[0].strip() and len(set(row)) == 1:
                cells.cells[0].merge(cells.cells[-1]).text = row[0]
                continue
            for cell, text in zip(cells.cells, row, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def as_book(paper: Paper) -> bytes:
    """A paper as one sheet of an .xlsx; a row of equal texts is one merged cell."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (row for block in paper for row in ([[block]] if isinstance(block, str) else block)):
        merged = len(row) > 1 and row[0].strip() and len(set(row)) == 1
        sheet.append(row[:1] if merged else [cell or None for cell in row])
        if merged:
            sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=len(row))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
