"""One well-filled invented sample of each bundled form, as the units' own Word or Excel file. The papers of the demo write them."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

from mailbot.app.demo import papers

UNIT, DAY = "八仙筒市场监管所", date(2024, 3, 27)
COUNTERS = papers.Counters(1, 2, 3, 86, 172, 24, 21, 4, 5, 6, 7)
RISKS = (
    papers.Risk("部分药店处方药与非处方药混放，未按要求分区陈列。", "责令改正，现场指导分区陈列。", True),
    papers.Risk("个别村卫生室温湿度记录不连续。", "下达责令改正通知书，一个月内复查。", False, "已复查两家"),
    papers.Risk("化妆品进货票据不全。", "约谈负责人。", True, "无"),
)
CASES = papers.CASES
_SUMMARY = (
    ("一、工作部署情况", "成立专班，印发方案，召开部署会两次，落实到岗到人。"),
    ("二、工作主要成效", "行动开展以来，辖区药品安全形势平稳。"),
    ("（一）风险隐患排查情况", "排查零售药店、诊所48家次，发现问题12条，均已建立清单并销号。"),
    ("（二）移送通报情况", "向公安机关通报线索3条，移送案件1件。"),
    ("（三）案件查办情况", "立案4件，结案3件，货值金额1.2万元。"),
    ("（四）其他工作", "开展安全用药宣传6场。"),
    ("三、主要经验和做法", "推行“一店一档”，重点对象每月回访。"),
    ("四、意见建议", "建议增加快检设备。"),
    ("五、其他", "无。"),
)


def _work_summary_yongan() -> bytes:
    import docx

    document = docx.Document()
    for line in ("永安市燕南市场监督管理所", "药品安全巩固提升行动阶段性工作总结", *(line for part in _SUMMARY for line in part)):
        document.add_paragraph(line)
    for line in ("永安市燕南市场监督管理所", "2023年11月20日"):
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


# form -> what its sample is in (docx or xlsx) and how it is made
SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "risk-list": ("docx", lambda: papers.risk_list_docx(unit=UNIT, reported_on=DAY, rows=RISKS, counters=COUNTERS)),
    "risk-list-sheet": ("xlsx", lambda: papers.risk_list_xlsx(unit=UNIT, reported_on=DAY, rows=RISKS, counters=COUNTERS)),
    "case-stats": ("xlsx", lambda: papers.case_stats_xlsx(unit=UNIT, month=(2024, 3), cases=CASES)),
    "typical-case": ("docx", lambda: papers.typical_case_docx(unit=UNIT, reported_on=DAY, decided_on=date(2024, 3, 8))),
    "self-review": ("docx", lambda: papers.self_review_docx(unit=UNIT, problems=860, reported_on=date(2023, 9, 12))),
    "work-summary": ("docx", lambda: papers.work_summary_docx(unit=UNIT, interim=True, reported_on=date(2023, 11, 22))),
    "work-summary-yongan": ("docx", _work_summary_yongan),
    "liaison": ("docx", lambda: papers.liaison_docx(unit=UNIT, name="包青松", email="liaison@unit.example")),
    "free-report": ("docx", lambda: papers.free_report_docx(title="飞行检查工作开展情况的报告", unit=UNIT, reported_on=DAY)),
}


def form_of(sample: str) -> str:
    return sample.removesuffix("-sheet")
