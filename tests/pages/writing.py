"""A paper as the Word or Excel file its unit keeps, dressed in one of many ways. Same paper, same bytes."""

import random
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side

from tests.pages.fonts import families
from tests.pages.papers import CASE_FIELDS, CASE_KINDS, Paper

_RISK_HEADS = ("序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况")
_CASE_HEADS = ("类别", "立案数", "结案数", "货值金额（万元）", "罚没款（万元）", "移送公安", "责令停产停业", "吊销许可证", "处罚到人")
_NOTE = (
    "填表说明：1.共性风险隐患为检查过程中，发现的普遍性问题、多发性问题，经分析研判精准识别风险点，并进行汇总整理形成。"
    "2.各执法中队（市场监管所）要建立风险隐患排查台账，对涉及问题、涉及企业逐一进行销号管理。3.填报数据均为累计数据。"
)
_ANNEX = {"risk-list": "附件3", "typical-case": "附件4", "liaison": "附件7"}
_WRITTEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_RED = RGBColor(0xD8, 0x1E, 0x22)


@dataclass(frozen=True, slots=True)
class _Look:
    """Fonts and measures of one unit's Word. `size` of the text and `table_size`, in points."""

    text: str
    head: str
    size: float
    table_size: float
    spacing: float
    margin_cm: float
    landscape: bool


def _look(paper: Paper) -> _Look:
    dice = random.Random(f"look {paper.look}")
    text = dice.choice(families(dice.choices(("kai", "song", "hei"), (50, 40, 10))[0]))
    head = dice.choice(families(dice.choice(("song", "hei"))))
    wide = paper.form == "risk-list" and dice.random() < 0.4
    return _Look(
        text,
        head,
        dice.choice((12, 14, 15, 16)),
        dice.choice((10.5, 12)),
        dice.choice((1.15, 1.5, 1.75)),
        dice.choice((2.0, 2.5, 2.8)),
        wide,
    )


def editable(paper: Paper) -> bytes:
    """The file, by its ending a Word or an Excel one."""
    return _still(_excel(paper) if paper.ending == ".xlsx" else _word(paper))


def day_written(paper: Paper) -> str:
    return f"{paper.day.year}年{paper.day.month}月{paper.day.day}日"


# --- Word ----------------------------------------------------------------------------------------------------------------


def _word(paper: Paper) -> bytes:
    look = _look(paper)
    document = docx.Document()
    _dress(document, look)
    if paper.red_head:
        _red_head(document, paper, look)
    elif paper.form in _ANNEX:
        document.add_paragraph(_ANNEX[paper.form])
    _BODIES.get(paper.form, _sections)(document, paper, look)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _dress(document: Any, look: _Look) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = look.text, Pt(look.size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), look.text)
    style.paragraph_format.line_spacing, style.paragraph_format.space_after = look.spacing, Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    if look.landscape:
        section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(look.margin_cm)
    section.top_margin = section.bottom_margin = Cm(look.margin_cm)


def _line(document: Any, text: str, family: str, size: float, colour: RGBColor | None = None) -> Any:
    """A centred line in a font of its own."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold = family, Pt(size), True
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)
    if colour is not None:
        run.font.color.rgb = colour
    return paragraph


def _red_head(document: Any, paper: Paper, look: _Look) -> None:
    """文件头: the unit's name large in red, a number, a red rule over the whole width."""
    _line(document, f"{paper.name}文件", look.head, 500 / max(len(paper.name) + 2, 14), _RED)
    number = document.add_paragraph(f"奈市监字〔{paper.day.year}〕{paper.look % 90 + 1}号")
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    rule = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="18" w:space="6" w:color="D81E22"/></w:pBdr>'
    number._element.get_or_add_pPr().append(parse_xml(rule))
    document.add_paragraph("")


def _titles(document: Any, paper: Paper, look: _Look, title: str = "") -> None:
    for line in (title or paper.title).splitlines():
        _line(document, line, look.head, 22 if len(line) < 17 else 18)


def _risks(document: Any, paper: Paper, look: _Look) -> None:
    _titles(document, paper, look)
    document.add_paragraph(f"填报单位：{paper.name}（盖章）      填报日期：{day_written(paper)}")
    table = _grid(document, [_RISK_HEADS, *([paper.said(cell) for cell in row] for row in paper.rows)], look)
    _widths(table, (1.2, 4, 3.6, 2, 6.2) if not look.landscape else (1.4, 6, 5.5, 2.6, 9.5))
    document.add_paragraph(_NOTE).runs[0].font.size = Pt(look.table_size)


def _liaison(document: Any, paper: Paper, look: _Look) -> None:
    _titles(document, paper, look)
    (name, department, post), figures = paper.rows[0], dict(paper.figures)
    values = (
        ("姓名", name),
        ("所在部门", department),
        ("职务", post),
        ("办公电话", figures["office_phone"]),
        ("移动电话", figures["mobile"]),
    )
    table = _grid(document, [("单位名称", "", paper.name), *(("联络员", label, value) for label, value in values)], look)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "单位名称"
    table.cell(1, 0).merge(table.cell(5, 0)).text = "联络员"
    for row in table.rows:
        row.height = Cm(1.3)
    document.add_paragraph("备注：请加盖本单位公章后将电子版（盖章扫描件及可编辑版本）发送至邮箱：nmyxjg@163.com。")


def _case(document: Any, paper: Paper, look: _Look) -> None:
    _titles(document, paper, look, "药品安全巩固提升行动典型案例报送")
    document.add_paragraph(f"填报单位：{paper.name}（盖章）")
    document.add_paragraph(f"填报日期：{day_written(paper)}")
    _titles(document, paper, look)
    _passages(document, paper, look)


def _sections(document: Any, paper: Paper, look: _Look) -> None:
    _titles(document, paper, look)
    _passages(document, paper, look)
    for line in ("", paper.name, day_written(paper)):
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _passages(document: Any, paper: Paper, look: _Look) -> None:
    for part in paper.parts:
        if part.heading:
            run = document.add_paragraph().add_run(part.heading)
            run.font.name = look.head
            run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), look.head)
        for text in part.texts:
            document.add_paragraph(paper.said(text)).paragraph_format.first_line_indent = Pt(2 * look.size)


_BODIES = {"risk-list": _risks, "liaison": _liaison, "typical-case": _case}


def _grid(document: Any, rows: Any, look: _Look) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, row, strict=True):
            cell.text = value
            cell.paragraphs[0].paragraph_format.line_spacing = 1.1
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(look.table_size)
    return table


def _widths(table: Any, widths: tuple[float, ...]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


# --- Excel ---------------------------------------------------------------------------------------------------------------


def _excel(paper: Paper) -> bytes:
    look = _look(paper)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "问题清单" if paper.form == "risk-list" else "案件统计"
    head, grid, foot, widths = _risk_rows(paper) if paper.form == "risk-list" else _case_rows(paper)
    for row in (*head, *grid, *foot):
        sheet.append([_number(cell) for cell in row])
    _dress_sheet(sheet, look, len(head), len(grid), widths)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _risk_rows(paper: Paper) -> tuple[Any, Any, Any, tuple[float, ...]]:
    head = [(paper.title,), (f"填报单位：{paper.name}（盖章）", "", "", f"填报日期：{day_written(paper)}")]
    grid = [_RISK_HEADS, *(tuple(paper.said(cell) for cell in row) for row in paper.rows)]
    return head, grid, [(_NOTE,)], (6, 24, 22, 12, 44)


def _case_rows(paper: Paper) -> tuple[Any, Any, Any, tuple[float, ...]]:
    figures = dict(paper.figures)
    month = f"{paper.period[:4]}年{int(paper.period[5:])}月"
    head = [(paper.title,), (f"填报单位：{paper.name}（盖章）", "", "", "", f"统计期：{month}")]
    grid = [_CASE_HEADS, *((kind, *(figures[f"{kind}.{f}"] for f in CASE_FIELDS)) for kind in (*CASE_KINDS, "合计"))]
    reporter, reviewer = paper.rows[0]
    return head, grid, [(f"填报人：{reporter}", "", "", "", f"审核人：{reviewer}")], (12, 9, 9, 13, 13, 10, 12, 12, 10)


def _number(cell: str) -> str | float:
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell


def _dress_sheet(sheet: Any, look: _Look, heads: int, lines: int, widths: tuple[float, ...]) -> None:
    side = Side(style="thin")
    for number, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGHI"[number]].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.font = Font(name=look.text, size=look.table_size)
            if heads < cell.row <= heads + lines:
                cell.border = Border(side, side, side, side)
                cell.alignment = Alignment("center" if len(str(cell.value)) < 12 else "left", "center", wrap_text=True)
    last = len(widths)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
    sheet["A1"].font, sheet["A1"].alignment = Font(name=look.head, size=18, bold=True), Alignment("center", "center")
    for row in (2, heads + lines + 1):  # the head line and what stands below the table
        below = [cell.column for cell in sheet[row] if cell.value]
        for start, end in zip(below, [*(column - 1 for column in below[1:]), last], strict=True):
            sheet.merge_cells(start_row=row, start_column=start, end_row=row, end_column=end)
            sheet.cell(row, start).alignment = Alignment("left", "center", wrap_text=True)
    for number in range(1, sheet.max_row + 1):
        long = max(
            (len(str(c.value or "")) * 2.3 / widths[c.column - 1] for c in sheet[number] if heads < number <= heads + lines), default=1
        )
        sheet.row_dimensions[number].height = 48 if number == heads + lines + 1 and lines != 5 else max(26, 17 * (int(long) + 1))
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0


def _still(content: bytes) -> bytes:
    """The package without the moment of its writing."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _WRITTEN.sub(rb"\g<1>2024-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
