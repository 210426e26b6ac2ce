"""Documents built by hand: a string is a paragraph, a list of rows is a table."""

import json
from collections.abc import Mapping
from pathlib import Path

from mailbot.adapters.rules import load_form, read
from mailbot.domain.documents import Document, FileKind, Paragraph, Table
from mailbot.domain.forms import FormType

_FORMS = Path(__file__).parents[2] / "config" / "forms"
FORMS = {form.id: form for f in sorted(_FORMS.glob("*.yaml")) if (form := load_form(f))}

RISK_TITLE = "“两品一械”风险隐患排查问题清单"
RISK_HEAD = "填报单位：八仙筒所（盖章）                        填报日期：2024年 3 月 27 日"
RISK_COLUMNS = ["序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况"]
SAMPLE_PROGRESS = (
    "截至目前，共检查“两品一械”生产企业  家次，医疗机构制 剂室  家次，批发企业、零售连锁总部 家次(分局填报);"
    "共检查零售企业及使用单位  家次(各盟市市场监管局填报)。出动执法人员  人次；发现风险隐息数 条，销号 个."
    "盟市本级召开风险会商次，研究风险会商事项个，所辖旗县(市、区)共召开风险会商次，研究风险会商事项个"
)
SAMPLE_ROW = ["1", "例：部分企业处方药未凭处方销售或未保留处方。", "例：责令改正或行政处罚", "是/否", SAMPLE_PROGRESS]
STATS_COLUMNS = ["类别", "立案数", "结案数", "货值金额（万元）", "罚没款（万元）", "移送公安", "责令停产停业", "吊销许可证", "处罚到人"]
REVIEW_HEADINGS = ["一、药品安全巩固提升工作简要情况", "二、工作亮点", "三、存在问题和分析(此部分不少于800字)", "四、下一步措施和建议"]


def form_of(data: Mapping[str, object]) -> FormType:
    return read(FormType, json.dumps(data, ensure_ascii=False))


def page(*blocks: str | list[list[str]], kind: FileKind = "word") -> Document:
    return Document(kind, tuple(Paragraph(b) if isinstance(b, str) else Table(tuple(map(tuple, b))) for b in blocks))


def risk_list(*rows: list[str], head: str = RISK_HEAD) -> Document:
    return page("附件3", RISK_TITLE, head, [RISK_COLUMNS, *rows], "填表说明：填报数据均为累计数据。")


def case_stats(*rows: list[str], foot: str = "填报人：张三          审核人：李四") -> Document:
    return page("案件数据月报表", "填报单位：东明所（盖章）             统计期：2024年6月", [STATS_COLUMNS, *rows], foot)


def self_review(problems: str, *, title: str = "2023年药品安全巩固提升工作自查报告") -> Document:
    first, second, third, fourth = REVIEW_HEADINGS
    lines = ("沙日浩来所", title, first, "走访药店。", second, "设立课堂。", third, problems, fourth, "加强培训。", "沙日浩来所", "2023年9月11日")
    return page(*lines)
