"""A report as the unit's own Word or Excel file; same report, same bytes."""

import re
import zipfile
from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side

from tests.pages.papers import CASE_FIELDS, CASE_KINDS
from tests.pages.second.reports import Report

BODY = (
    "Noto Serif CJK SC Light",
    "Noto Sans CJK SC DemiLight",
    "AR PL UKai CN",
    "Noto Sans Mono CJK SC",
    "WenQuanYi Micro Hei",
    "Noto Serif CJK SC Medium",
)
HEAD = ("Noto Sans CJK SC Medium", "Noto Serif CJK SC SemiBold", "WenQuanYi Zen Hei", "Noto Sans CJK SC Black")
LATIN = ("DejaVu Serif", "DejaVu Sans", "DejaVu Sans Condensed", "DejaVu Sans Mono")
_RISK = ("序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况")
_STATS = ("类别", "立案数", "结案数", "货值金额（万元）", "罚没款（万元）", "移送公安", "责令停产停业", "吊销许可证", "处罚到人")
_NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")
_STILL = (2020, 1, 1, 0, 0, 0)


def editable(report: Report) -> bytes:
    made = _book(report) if report.ending == ".xlsx" else _letter(report)
    return _still(made)


def day_words(report: Report) -> str:
    day, style = report.day, report.style
    if style % 5 == 1 and report.body:
        month, number = (
            ("十" if n == 10 else ("", "十", "二十", "三十")[n // 10] + ("一二三四五六七八九"[n % 10 - 1] if n % 10 else ""))
            for n in (day.month, day.day)
        )
        return f"{str(day.year).translate(_NUMERALS)}年{month}月{number}日"
    return f"{day.year}年{day.month}月{day.day}日" if style % 3 else f"{day.year} 年 {day.month} 月 {day.day} 日"


def red_head(report: Report) -> bool:
    return report.form in ("work-summary", "self-review", "free-report") and report.style % 3 == 0


# --- Word ----------------------------------------------------------------------------------------------------------------


class _Word:
    """A Word file being written in the fonts of one office."""

    def __init__(self, style: int) -> None:
        self.file = Document()
        self.body, self.head, self.latin = BODY[style % len(BODY)], HEAD[style % len(HEAD)], LATIN[style % len(LATIN)]
        self.size = (12, 14, 15, 16)[style // 7 % 4]
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm((2.2, 2.6, 3.1)[style % 3])

    def wide(self) -> None:
        section = self.file.sections[0]
        section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)

    def line(
        self,
        text: str,
        size: float = 0,
        *,
        bold: bool = False,
        head: bool = False,
        side: str = "left",
        indent: bool = False,
        red: bool = False,
    ) -> None:
        self.into(self.file.add_paragraph(), text, size, bold=bold, head=head, side=side, indent=indent, red=red)

    def into(self, paragraph, text, size=0, *, bold=False, head=False, side="left", indent=False, red=False) -> None:  # type: ignore[no-untyped-def]
        run = paragraph.add_run(text)
        run.font.size, run.font.bold = Pt(size or self.size), bold
        run.font.name = self.latin
        run._element.rPr.rFonts.set(qn("w:eastAsia"), self.head if head else self.body)
        if red:
            run.font.color.rgb = RGBColor(0xD8, 0x12, 0x1E)
        paragraph.alignment = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "middle": WD_ALIGN_PARAGRAPH.CENTER}[
            side
        ]
        paragraph.paragraph_format.first_line_indent = Pt((size or self.size) * 2) if indent else None
        paragraph.paragraph_format.space_after = Pt(3)

    def table(self, cells: list[tuple[str, ...]], widths: tuple[float, ...], size: float) -> None:
        table = self.file.add_table(len(cells), len(cells[0]))
        table.style, table.autofit = "Table Grid", False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for number, row in enumerate(cells):
            for place, text in enumerate(row):
                cell = table.cell(number, place)
                cell.width = Cm(widths[place])
                self.into(cell.paragraphs[0], text, size, head=number == 0, side="middle" if len(text) < 8 else "left")

    def bytes(self) -> bytes:
        kept = BytesIO()
        self.file.save(kept)
        return kept.getvalue()


def _letter(report: Report) -> bytes:
    word = _Word(report.style)
    if report.form == "risk-list":
        _risks(word, report)
    elif report.form == "liaison":
        _liaison(word, report)
    else:
        _told(word, report)
    return word.bytes()


def _told(word: _Word, report: Report) -> None:
    if red_head(report):
        word.line("奈曼旗市场监督管理系统文件", 30, bold=True, head=True, side="middle", red=True)
        word.line("━" * 30, 12, side="middle", red=True)
    elif report.style % 7 == 2:
        word.line("内部资料  注意保存", 10, side="right")
    word.line(report.title, word.size + 6, bold=report.style % 2 == 0, head=True, side="middle")
    if report.form == "typical-case":
        word.line(f"填报单位：{report.name}（盖章）", word.size)
        word.line(f"填报日期：{day_words(report)}", word.size)
    for kind, text in report.body:
        word.line(report.filled(text), bold=kind == "head" and report.style % 2 == 1, head=kind == "head", indent=True)
    if report.form != "typical-case":
        word.line("")
        word.line(report.name + "　" * 2, side="right")
        word.line(day_words(report) + "　" * 2, side="right")


def _risks(word: _Word, report: Report) -> None:
    wide = report.style % 3 != 1
    if wide:
        word.wide()
    word.line("附件3", 12, head=True)
    word.line(report.title, 20, head=True, side="middle")
    word.line(f"填报单位（盖章）：{report.name}　　　　填报日期：{day_words(report)}", 12)
    cells = [_RISK, *(tuple(report.filled(text) for text in row) for row in report.rows)]
    word.table(cells, (1.2, 4.6, 4, 2.4, 12) if wide else (1.1, 3.4, 3, 1.9, 6.6), (9, 10, 10.5)[report.style % 3])


def _liaison(word: _Word, report: Report) -> None:
    told = dict(report.figures)
    word.line("附件7" if report.style % 2 else "附件：", 12)
    word.line(report.title, 20, head=True, side="middle")
    (name, office, post), size = report.rows[0], 12
    cells = [("单位名称", f"{report.name}（盖章）" if report.style % 2 else report.name), ("姓名", name), ("所在部门", office), ("职务", post),
             ("办公电话", told["office_phone"]), ("移动电话", told["mobile"])]  # fmt: skip
    word.table(cells, (4.5, 11), size)
    word.line(f"填报日期：{day_words(report)}", 12, side="right")


# --- Excel ---------------------------------------------------------------------------------------------------------------


def _book(report: Report) -> bytes:
    book = Workbook()
    sheet = book.active
    rows = _stats_rows(report) if report.form == "case-stats" else _risk_rows(report)
    columns = len(rows[-2] if report.form == "case-stats" else rows[-1])
    for row in rows:
        sheet.append(row)
    line = Side(style=("thin", "medium", "hair")[report.style % 3])
    for number, row in enumerate(sheet.iter_rows(max_col=columns), 1):
        for cell in row:
            cell.font = Font(name=(HEAD if number == 1 else BODY)[report.style % 4], size=20 if number == 1 else 11)
            cell.alignment = Alignment(
                wrap_text=number > 2, vertical="center", horizontal="left" if number == 2 or len(str(cell.value or "")) > 12 else "center"
            )
            if number > 2 and len([v for v in rows[number - 1] if v != ""]) > 4:
                cell.border = Border(line, line, line, line)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=columns)
    widths = (6, 24, 20, 11, 62) if report.form == "risk-list" else (12, *[11] * 8)
    for letter, width in zip("ABCDEFGHI", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    wide = columns // 2 + 1 if report.form == "case-stats" else 4
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=wide - 1)
    sheet.merge_cells(start_row=2, end_row=2, start_column=wide, end_column=columns)
    for number, row in enumerate(rows, 1):
        sheet.row_dimensions[number].height = (
            30 + 16 * max(len(str(v)) * 2 // w for v, w in zip(row, widths, strict=False))
            if number not in (1, 2, len(rows)) or (report.form == "risk-list" and number > 2)
            else 30
        )
    if report.form == "case-stats":
        for first in (1, 4, 7):
            sheet.merge_cells(start_row=len(rows), end_row=len(rows), start_column=first, end_column=first + 2)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 1, 0, True
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _stats_rows(report: Report) -> list[list[str | float]]:
    told, (writer, checker) = dict(report.figures), report.rows[0]
    month = f"{report.period[:4]}年{int(report.period[5:])}月"
    lines: list[list[str | float]] = [[report.title], [f"填报单位：{report.name}（盖章）", "", "", "", f"统计期：{month}"], list(_STATS)]
    for kind in (*CASE_KINDS, "合计"):
        values = (float(told[f"{kind}.{field}"]) for field in CASE_FIELDS)
        lines.append([kind, *(int(v) if v == int(v) else v for v in values)])
    return [*lines, [f"填报人：{writer}", "", "", f"审核人：{checker}", "", "", f"填报日期：{day_words(report)}", "", ""]]


def _risk_rows(report: Report) -> list[list[str | float]]:
    head = [f"填报单位（盖章）：{report.name}", "", "", f"填报日期：{day_words(report)}", ""]
    return [[report.title], list(head), list(_RISK), *([report.filled(text) for text in row] for row in report.rows)]


def _still(content: bytes) -> bytes:
    """The container without the moment of its making."""
    kept = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            inside = old.read(name)
            if name == "docProps/core.xml":
                inside = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>2020-01-01T00:00:00Z", inside)
            new.writestr(zipfile.ZipInfo(name, _STILL), inside, zipfile.ZIP_DEFLATED)
    return kept.getvalue()
