"""The papers units send, made as they would make them: Word and Excel files in the notice's layout (annexes 3 to 7).

Everything is invented. `None` for a counter or a cell leaves it blank, as in the empty form. The tests use these too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.table import Table

CASE_KINDS = ("药品", "医疗器械", "化妆品")
CASE_FIELDS = ("filed", "closed", "goods_value", "fines", "transferred", "suspended", "revoked", "persons_penalised")
_CASE_HEADS = ("类别", "立案数", "结案数", "货值金额（万元）", "罚没款（万元）", "移送公安", "责令停产停业", "吊销许可证", "处罚到人")
_RISK_TITLE = "“两品一械”风险隐患排查问题清单"
_RISK_HEADS = ("序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况")
_SAMPLE_ROW = ("1", "例：部分企业处方药未凭处方销售或未保留处方。", "例：责令改正或行政处罚（根据实际采取管控措施填报）", "是/否")
_RISK_NOTE = (
    "填表说明：1.共性风险隐患为检查过程中，发现的普遍性问题、多发性问题，经分析研判精准识别风险点，并进行汇总整理形成。"
    "2.各执法中队（市场监管所）要建立风险隐患排查台账，对涉及问题、涉及企业逐一进行销号管理。3.填报数据均为累计数据。"
)
_SENTENCES = (
    "一是部分零售药店对处方药销售管理的认识还不够到位，个别从业人员存在先售药、后补方的现象，执业药师在岗履职情况仍需持续盯紧。",
    "二是偏远嘎查村卫生室储存条件有限，阴凉柜和温湿度记录仪配备不足，夏季高温时段药品储存温度难以始终保持在规定范围之内。",
    "三是少数医疗器械经营单位进货查验记录填写不完整，供货者资质材料更新不及时，追溯链条存在断点，发现问题后往往难以查清来源。",
    "四是化妆品经营者以小商店和美容美发场所为主，流动性大、索证索票意识淡薄，网上进货渠道较杂，标签标识检查任务比较重。",
    "五是基层监管人员身兼数职，专业力量偏弱，面对新业态、新产品时发现问题、固定证据的能力不足，检查的深度和针对性有待提高。",
    "究其原因，主要是企业主体责任意识不强，日常培训流于形式，内部质量管理制度停留在纸面上，没有真正落实到岗位、落实到人。",
    "同时，监管方式仍以传统的现场检查为主，运用信息化手段开展风险监测、数据比对的办法不多，问题线索主要靠人工逐户排查。",
    "部门之间信息互通还不够顺畅，与公安、卫健、医保等单位的会商次数偏少，线索移送、联合检查尚未完全形成常态化的工作机制。",
    "宣传教育的覆盖面也有差距，农牧区群众安全用药知识相对缺乏，对过期药品的危害认识不足，主动参与社会监督的积极性不高。",
    "此外，检查结果的运用不够充分，对屡查屡犯的单位约谈、曝光和联合惩戒的力度不大，问题整改后的回访复查有时没有及时跟上。",
    "培训的形式比较单一，以会代训多、现场带教少，一些新调入的同志对检查要点掌握得不牢，遇到复杂情形时需要反复请示核实。",
    "台账管理还不够精细，个别问题的整改责任人、完成时限写得笼统，销号时佐证材料不齐，影响了对整改成效的准确评估和判断。",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counters:
    """The cumulative figures of 工作开展情况, under the names of the form's counters."""

    producers_checked: int | None = 0
    preparation_rooms_checked: int | None = 0
    wholesalers_checked: int | None = 2
    retailers_checked: int | None = 86
    officers_sent: int | None = 172
    risks_found: int | None = 24
    risks_closed: int | None = 21
    consultations: int | None = 0
    consultation_items: int | None = 0
    county_consultations: int | None = 1
    county_consultation_items: int | None = 3

    def sentence(self) -> str:
        """The notice's own sentence with the figures in its gaps."""

        def n(value: int | None) -> str:
            return "  " if value is None else str(value)

        return (
            f"截至目前，共检查“两品一械”生产企业{n(self.producers_checked)}家次，医疗机构制剂室{n(self.preparation_rooms_checked)}家次，"
            f"批发企业、零售连锁总部{n(self.wholesalers_checked)}家次；共检查零售企业及使用单位{n(self.retailers_checked)}家次。"
            f"出动执法人员{n(self.officers_sent)}人次；发现风险隐患数{n(self.risks_found)}条，销号{n(self.risks_closed)}个。"
            f"盟市本级召开风险会商{n(self.consultations)}次，研究风险会商事项{n(self.consultation_items)}个，"
            f"所辖旗县（市、区）共召开风险会商{n(self.county_consultations)}次，研究风险会商事项{n(self.county_consultation_items)}个"
        )


@dataclass(frozen=True, slots=True)
class Risk:
    """One row of the risk list. `eliminated` None leaves the cell blank."""

    risk: str
    measure: str
    eliminated: bool | None = True
    progress: str = ""

    def yes_no(self) -> str:
        return "" if self.eliminated is None else "是" if self.eliminated else "否"


RISKS = (
    Risk("部分药店处方药与非处方药混放，未按要求分区陈列。", "责令改正，现场指导分区陈列。", eliminated=True),
    Risk("个别村卫生室温湿度记录不连续。", "下达责令改正通知书，一个月内复查。", eliminated=False),
)


def chinese_date(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "    年   月   日"


def prose(characters: int) -> str:
    """Running text of exactly so many characters as Word counts them."""
    if characters <= 0:
        return ""
    text = "".join(_SENTENCES)
    text *= characters // len(text) + 1
    return text[: characters - 1].rstrip("，。、").ljust(characters - 1, "等") + "。"


# --- annex 3 -------------------------------------------------------------------------------------------------------------


def risk_list_docx(
    *, unit: str, reported_on: date | None, rows: Sequence[Risk] = RISKS, counters: Counters | None = None, title: str = _RISK_TITLE,
    sample_left: bool = False,
) -> bytes:  # fmt: skip
    """风险隐患排查问题清单. `sample_left`: the sample row of the template was not deleted."""
    document = _word("附件3", title)
    document.add_paragraph(f"填报单位：{unit}（盖章）                    填报日期：{chinese_date(reported_on)}")
    _grid(document, _risk_rows(rows, counters or Counters(), sample_left))
    document.add_paragraph(_RISK_NOTE)
    return _saved(document)


def risk_list_xlsx(
    *, unit: str, reported_on: date | None, rows: Sequence[Risk] = RISKS, counters: Counters | None = None, title: str = _RISK_TITLE,
    sample_left: bool = False,
) -> bytes:  # fmt: skip
    """The same list retyped in Excel."""
    lines: list[tuple[Any, ...]] = [(title,), (f"填报单位：{unit}（盖章）", "", "", f"填报日期：{chinese_date(reported_on)}")]
    return _sheet([*lines, *_risk_rows(rows, counters or Counters(), sample_left), (_RISK_NOTE,)], "问题清单", merged=(1,), wide=5)


def _risk_rows(rows: Sequence[Risk], counters: Counters, sample_left: bool) -> list[tuple[Any, ...]]:
    """The head row and the rows; the counters' sentence stands in the first row that is there, as the template has it."""
    told = counters.sentence()
    table: list[tuple[Any, ...]] = [_RISK_HEADS]
    if sample_left:
        table.append((*_SAMPLE_ROW, told))
    for number, row in enumerate(rows, 1):
        first = number == 1 and not sample_left
        table.append((str(number), row.risk, row.measure, row.yes_no(), told if first else row.progress))
    if not rows and not sample_left:
        table.append(("", "", "", "", told))
    return table


# --- case figures ----------------------------------------------------------------------------------------------------------

CASES: Mapping[str, Mapping[str, float]] = {
    "药品": {"filed": 3, "closed": 2, "goods_value": 1.2, "fines": 3.5},
    "医疗器械": {"filed": 1, "closed": 1, "goods_value": 0.4, "fines": 1.0},
    "化妆品": {"filed": 2, "closed": 1, "goods_value": 0.3, "fines": 0.8},
}


def case_stats_xlsx(
    *, unit: str, month: tuple[int, int], cases: Mapping[str, Mapping[str, float]] = CASES, total: Mapping[str, float] | None = None,
    reporter: str = "包青松", reviewer: str = "韩立春",
) -> bytes:  # fmt: skip
    """案件查办统计表 of a month (year, month). `total`: figures of the row 合计 that are not the sums."""
    sums = {f: round(sum(cases.get(k, {}).get(f, 0) for k in CASE_KINDS), 2) for f in CASE_FIELDS} | dict(total or {})
    rows: list[tuple[Any, ...]] = [
        ("“两品一械”案件查办统计表",),
        (f"填报单位：{unit}", "", "", "", f"统计期：{month[0]}年{month[1]}月"),
        _CASE_HEADS,
        *((kind, *(cases.get(kind, {}).get(f, 0) for f in CASE_FIELDS)) for kind in CASE_KINDS),
        ("合计", *(sums[f] for f in CASE_FIELDS)),
        (f"填报人：{reporter}", "", "", "", f"审核人：{reviewer}"),
    ]
    return _sheet(rows, "案件统计", merged=(1,), wide=9)


# --- annexes 4 to 7, and free text ---------------------------------------------------------------------------------------


def self_review_docx(*, unit: str, problems: int = 860, year: int = 2023, reported_on: date | None = None) -> bytes:
    """自查报告 whose third part has `problems` characters."""
    parts = (
        ("一、药品安全巩固提升工作简要情况", "今年以来，我单位按照方案部署，对辖区零售药店、诊所和化妆品经营者开展了全覆盖检查。"),
        ("二、工作亮点", "建立“一户一档”，对重点户实行每月回访，整改情况逐条销号。"),
        ("三、存在问题和分析", prose(problems)),
        ("四、下一步措施和建议", "继续加强培训和指导，建议旗局统一组织处方药销售专项检查。"),
    )
    return _report(f"{unit}\n{year}年药品安全巩固提升工作自查报告", parts, unit, reported_on)


def work_summary_docx(*, unit: str, interim: bool = True, reported_on: date | None = None) -> bytes:
    """(阶段性)工作总结报告."""
    parts = (
        ("一、基本情况", "我单位辖区现有零售药店、诊所、卫生室和化妆品经营者，均已建立监管档案。"),
        ("二、主要工作进展", "对照方案“工作措施”，逐项开展风险排查、专项检查和案件查办，发现问题均已督促整改。"),
        ("三、工作亮点", "与卫生院联合开展村卫生室药品储存条件提升工作。"),
        ("四、意见建议", "建议增加快检设备，并组织跨所交叉检查。"),
        ("五、其他", "无。"),
    )
    return _report(f"{unit}药品安全巩固提升行动{'阶段性' if interim else ''}工作总结报告", parts, unit, reported_on)


def typical_case_docx(
    *, unit: str, reported_on: date | None, subject: str = "某药店未凭处方销售处方药", penalty: bool = True, decided_on: date | None = None
) -> bytes:
    """典型案例 (annex 4). `penalty`: a penalty was decided, so the decision belongs to it."""
    document = _word("附件4", "药品安全巩固提升行动典型案例报送")
    document.add_paragraph(f"填报单位：{unit}（盖章）")
    document.add_paragraph(f"填报日期：{chinese_date(reported_on)}")
    _heading(document, f"{unit}报送{subject}案")
    outcome = "当事人的行为违反了《药品经营和使用质量监督管理办法》的规定。"
    when = f"{chinese_date(decided_on)}，" if decided_on else ""
    outcome += f"{when}我单位依法对当事人作出警告、罚款5000元的行政处罚。" if penalty else "目前案件仍在调查之中，尚未作出处理决定。"
    _parts(document, (
        ("一、案情概述", "执法人员在日常检查中发现，当事人销售处方药时未留存处方。经调取销售记录、询问从业人员，查明上述事实，涉案药品已封存。"),
        ("二、查办结果", outcome),
    ))  # fmt: skip
    return _saved(document)


def penalty_decision_docx(*, unit: str, number: str = "奈市监处罚〔2024〕00号", decided_on: date | None = None) -> bytes:
    """《行政处罚决定书》, the annex of a typical case."""
    document = _word("", f"{unit}\n行政处罚决定书\n{number}")
    for line in ("当事人：某某大药房", "经查，当事人未凭处方销售处方药，事实清楚，证据充分。", "决定给予警告，并处罚款5000元。", unit, chinese_date(decided_on)):
        document.add_paragraph(line)
    return _saved(document)


def liaison_docx(
    *, unit: str, name: str, department: str = "综合办公室", post: str = "科员", office_phone: str = "0475-0000000",
    mobile: str = "13800000000", email: str | None = None,
) -> bytes:  # fmt: skip
    """联络员报名表 (annex 7; with `email` as in the other bureau's form)."""
    document = _word("附件7", "药品安全巩固提升行动联络员报名表")
    rows = [("单位名称", "单位名称", unit)]
    values = [("姓名", name), ("所在部门", department), ("职务", post), ("办公电话", office_phone), ("移动电话", mobile)]
    rows += [("联络员", label, value) for label, value in [*values, *([("电子邮箱", email)] if email else [])]]
    table = _grid(document, rows)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "单位名称"
    table.cell(1, 0).merge(table.cell(len(rows) - 1, 0)).text = "联络员"
    document.add_paragraph("备注：请加盖本单位公章后将电子版（盖章扫描件及可编辑版本）发送至邮箱：nmyxjg@163.com。")
    return _saved(document)


def free_report_docx(*, title: str, unit: str, text: str = "", reported_on: date | None = None) -> bytes:
    """A titled text: 飞行检查工作开展情况, 典型做法, 重大问题."""
    document = _word("", title)
    for line in (text or prose(300)).splitlines():
        document.add_paragraph(line)
    return _signed(document, unit, reported_on)


def lines_of(content: bytes) -> list[str]:
    """The words of one of these papers, a paragraph or a row of its table a line: what its printed page shows."""
    return _lines_of_sheet(content) if b"xl/workbook.xml" in content else _lines_of_word(content)


def _lines_of_word(content: bytes) -> list[str]:
    import docx
    from docx.table import Table

    blocks = docx.Document(BytesIO(content)).iter_inner_content()
    lines = (line for block in blocks for line in (_rows(block) if isinstance(block, Table) else [block.text]))
    return [line for line in lines if line.strip()]


def _rows(table: "Table") -> list[str]:
    return ["  ".join(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]


def _lines_of_sheet(content: bytes) -> list[str]:
    import openpyxl  # type: ignore[import-untyped]

    rows = openpyxl.load_workbook(BytesIO(content)).active.iter_rows(values_only=True)
    return [line for row in rows if (line := "  ".join("" if v is None else str(v) for v in row).strip())]


def corrupt(content: bytes) -> bytes:
    """A file as a broken upload leaves it: its second half is gone."""
    return content[: len(content) // 2]


def zip_with_gbk_names(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip as Chinese Windows makes it: names in GBK, and nothing says so."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    buffer, names = BytesIO(), {}
    with ZipFile(buffer, "w") as archive:
        for number, (name, content) in enumerate(files):
            gbk = name.encode("gbk")
            stand_in = f"@{number:02d}".ljust(len(gbk), "@")[: len(gbk)]  # zipfile itself would write the name as UTF-8
            names[stand_in.encode()] = gbk
            archive.writestr(ZipInfo(stand_in, (2024, 3, 28, 9, 0, 0)), content, compress_type=ZIP_DEFLATED)
    packed = buffer.getvalue()
    for stand_in_bytes, gbk in names.items():
        packed = packed.replace(stand_in_bytes, gbk)
    return packed


# --- Word and Excel ------------------------------------------------------------------------------------------------------


def _word(annex: str, title: str) -> "Word":
    import docx

    document = docx.Document()
    if annex:
        document.add_paragraph(annex)
    for line in title.splitlines():
        _heading(document, line)
    return document


def _heading(document: "Word", line: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(line)
    run.bold, run.font.size = True, Pt(18)


def _grid(document: "Word", rows: Sequence[Sequence[Any]]) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, row, strict=True):
            cell.text = str(value)
    return table


def _parts(document: "Word", parts: Iterable[tuple[str, str]]) -> None:
    for heading, text in parts:
        document.add_paragraph(heading)
        for line in text.splitlines():
            document.add_paragraph(line)


def _report(title: str, parts: Iterable[tuple[str, str]], unit: str, reported_on: date | None) -> bytes:
    document = _word("", title)
    _parts(document, parts)
    return _signed(document, unit, reported_on)


def _signed(document: "Word", unit: str, day: date | None) -> bytes:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    for line in (unit, chinese_date(day)) if day else ():
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return _saved(document)


def _saved(document: "Word") -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _sheet(rows: Sequence[Sequence[Any]], name: str, *, merged: Iterable[int], wide: int) -> bytes:
    """One sheet; the rows in `merged` span its whole width."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for row_number in merged:
        sheet.merge_cells(start_row=row_number, start_column=1, end_row=row_number, end_column=wide)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
