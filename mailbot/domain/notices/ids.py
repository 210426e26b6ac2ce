"""Readable ids for what a notice names in Chinese: fields of forms, forms, duties, units. No pinyin is made up: what no word here
tells is numbered (field_3, duty-2), and the admin may rename it."""

import re
from collections.abc import Iterable

from mailbot.domain.forms import Role, ValueType
from mailbot.domain.text import fold

# (what a label holds, field, type); the first that is found counts, so the special stand before the general
_FIELDS: tuple[tuple[str, str, ValueType], ...] = (
    (r"^(?:序号|编号|顺序号)$", "no", "number"),
    (r"^是否", "", "yes-no"),
    (r"^(?:发现|存在|排查出?)的?.*(?:隐患|问题|风险)", "issue", "text"),
    (r"(?:邮箱|邮件地址|电子邮件|e-?mail)", "email", "email"),
    (r"(?:手机|移动电话|移动号码)", "mobile", "mobile"),
    (r"(?:办公|固定|单位|座机).{0,3}电话|^座机", "office_phone", "phone"),
    (r"电话|联系方式", "phone", "phone"),
    (r"传真", "fax", "phone"),
    (r"^(?:填[报表]|报送|上报|统计)(?:日期|时间)$|^日期$", "reported_on", "date"),
    (r"^(?:统计|报告|填报)(?:期|期间|月份|年月|周期)$", "period", "text"),
    (r"^(?:填[报表]|报送|上报|制表|统计)人(?:员|签字|签名)?$|^经办人$", "reporter", "text"),
    (r"^(?:审核人?|复核人?|单位负责人|负责人|审批人|主要负责人|分管领导|分管负责人)(?:签字|签名|员)?$", "reviewer", "text"),
    (r"^(?:填[报表]|报送|上报|申报|所属|工作|所在)?单位(?:名称|全称)?$|^(?:学校|机构|部门|企业)名称$|^(?:学校|乡镇|县区|县市区|街道)$", "unit", "text"),
    (r"^(?:联络员|联系人|联络人)?姓名$|^(?:联络员|联系人|联络人|责任人)$", "name", "text"),
    (r"(?:部门|科室|股室|处室|内设机构)$", "department", "text"),
    (r"职务|职称|职级", "post", "text"),
    (r"^性别$", "gender", "text"),
    (r"^年龄$", "age", "number"),
    (r"身份证", "id_number", "text"),
    (r"地址|住址|地点", "address", "text"),
    (r"备注|说明$", "remark", "text"),
    (r"(?:整改|完成|办结|治理)(?:时限|期限|时间|日期)", "deadline", "text"),
    (r"(?:责任|牵头|整改)(?:单位|部门)", "responsible_unit", "text"),
    (r"(?:责任|负责)人", "responsible", "text"),
    (r"(?:整改|管控|防控|处置|处理|采取的?|治理|控制)措施|^措施$", "measure", "text"),
    (r"整改(?:情况|进展|完成情况)|(?:进展|开展|完成|落实|办理)情况", "progress", "text"),
    (r"隐患|问题|风险", "issue", "text"),
    (r"^(?:类别|种类|类型|项目|领域|分类|指标|指标名称)$", "kind", "text"),
)  # fmt: skip
_PARTS = (
    (r"案情", "overview"), (r"查办结果|处理结果|查处结果", "outcome"), (r"基本情况|简要情况|总体情况|概况|概述", "overview"), (r"部署", "deployment"),
    (r"问题|不足|困难", "problems"), (r"亮点|特色", "highlights"), (r"经验|做法", "experience"), (r"成效|成果", "results"), (r"排查|隐患", "risks"),
    (r"移送|通报", "transfers"), (r"案件", "cases"), (r"进展|开展情况|主要工作|完成情况", "progress"), (r"下一步|打算|计划", "next_steps"),
    (r"其他工作|其它工作", "other_work"), (r"意见|建议", "advice"), (r"^其他|^其它", "other"),
)  # fmt: skip
_TITLES = (
    (r"联络员|联络人|联系人", "liaison"), (r"典型.{0,4}案[例件]", "typical-case"), (r"案件.{0,6}(?:统计|数据)", "case-stats"),
    (r"自查|自评", "self-review"), (r"(?:风险|隐患).{0,8}(?:清单|台账|排查表|问题)", "risk-list"), (r"阶段性.{0,4}总结|阶段总结|小结", "interim-summary"),
    (r"总结", "summary"), (r"飞行检查", "flight-inspection"), (r"重大(?:问题|情况|事项|风险)", "major-issue"),
    (r"典型做法|经验|创新|特色做法|工作信息|信息稿件|简报", "good-practice"), (r"问题清单|问题台账", "issue-list"), (r"整改", "rectification"),
    (r"日报", "daily-report"), (r"周报", "weekly-report"), (r"月报", "monthly-report"), (r"季报", "quarterly-report"), (r"年报", "annual-report"),
    (r"进度|进展", "progress"), (r"台账", "register"), (r"统计", "statistics"), (r"汇总表", "summary-table"), (r"报名|登记", "registration"),
    (r"名单|名册", "name-list"), (r"方案|计划", "plan"), (r"清单", "checklist"), (r"申报|申请", "application"), (r"数据", "data"), (r"报告|情况", "report"),
)  # fmt: skip
_COUNTED = re.compile(r"(?:数量?|人数|次数|个数|家数|户数|人次|家次|件数|面积|产量|总数)$|\((?:人|个|家|件|次|户|条|份|起|处|台|辆|所|场|人次|家次|亩|吨|公斤)\)$")
_MONEY = re.compile(r"(?:金额|款|经费|资金|产值|货值|损失)(?:\((?:万元|元)\))?$|\((?:万元|元|亿元)\)$")


def field_of(label: str) -> tuple[str, ValueType]:
    """(field, type) that a label of a form names; ("", its type) where no word tells."""
    flat = fold(label)
    bare = re.sub(r"\([^()]*\)", "", flat)
    for pattern, field, kind in _FIELDS:
        if re.search(pattern, bare):
            return field, kind
    if _MONEY.search(flat):
        return "", "decimal"
    if _COUNTED.search(flat) or _COUNTED.search(bare):
        return "", "number"
    return "", "date" if bare.endswith("日期") else "text"


def role_of(field: str) -> Role | None:
    """What a field of the head of a form means to the house."""
    roles: dict[str, Role] = {"unit": "unit", "reported_on": "date", "period": "period"}
    return roles.get(field)


def part_of(heading: str) -> str:
    """The field of a part of a text, "" where no word tells."""
    return next((field for pattern, field in _PARTS if re.search(pattern, heading)), "")


def id_of(title: str) -> str:
    """The id of a duty or a form by its title, "" where no word tells."""
    return next((word for pattern, word in _TITLES if re.search(pattern, title)), "")


def fresh(wanted: str, taken: Iterable[str], other: str) -> str:
    """`wanted`, or where it is empty `other`, with a number behind where that is taken: report, report-2."""
    known = set(taken)
    base = wanted or other
    mark = "_" if "_" in other or other.startswith("field") else "-"
    found, number = base, 2
    while found in known:
        found, number = f"{base}{mark}{number}", number + 1
    return found
