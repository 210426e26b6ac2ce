"""Invented papers of every form as Documents, and second versions of them: one figure changed, an older draft, last quarter's page …

A paper is written from a seed. What another version changes is said beforehand (`Change`), so both are the same but for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from mailbot.domain.documents import Document, Paragraph, Table

UNITS = (
    "大沁他拉市场监管所", "八仙筒市场监管所", "青龙山市场监管所", "新镇市场监管所", "治安市场监管所", "东明市场监管所", "固日班花市场监管所",
    "苇莲苏市场监管所", "执法一中队", "执法二中队", "执法三中队",
)  # fmt: skip
PERIODS = ("2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3")
_ENDS = dict(zip(PERIODS, ((2023, 9, 26), (2023, 12, 28), (2024, 3, 27), (2024, 6, 25), (2024, 9, 24)), strict=True))
_RISKS = (
    "部分药店处方药与非处方药混放，未按要求分区陈列。", "个别村卫生室温湿度记录不连续。", "化妆品进货票据不全，索证索票制度未落实。",
    "零售药店执业药师不在岗时仍销售处方药。", "医疗器械经营企业未建立进货查验记录。", "诊所阴凉柜温度超出规定范围。",
    "美容店使用无中文标签的化妆品。", "个别药店含特殊药品复方制剂登记不规范。", "一次性使用医疗器械使用后未按规定销毁。",
    "药品拆零销售记录填写不完整。",
)  # fmt: skip
_MEASURES = (
    "责令改正，现场指导分区陈列。", "下达责令改正通知书，一个月内复查。", "约谈负责人，限期补齐票据。", "立案查处。", "纳入重点监管名单，每月回访。",
    "组织培训，签订承诺书。",
)  # fmt: skip
_SENTENCES = (
    "一是部分零售药店对处方药销售管理的认识还不够到位，个别从业人员存在先售药、后补方的现象。",
    "二是偏远嘎查村卫生室储存条件有限，阴凉柜和温湿度记录仪配备不足。", "少数医疗器械经营单位进货查验记录填写不完整，供货者资质材料更新不及时。",
    "化妆品经营者以小商店和美容美发场所为主，流动性大、索证索票意识淡薄。",
    "基层监管人员身兼数职，专业力量偏弱，面对新业态时发现问题、固定证据的能力不足。", "究其原因，主要是企业主体责任意识不强，日常培训流于形式。",
    "监管方式仍以传统的现场检查为主，运用信息化手段开展风险监测的办法不多。", "部门之间信息互通还不够顺畅，与公安、卫健、医保等单位的会商次数偏少。",
    "宣传教育的覆盖面也有差距，农牧区群众安全用药知识相对缺乏。", "检查结果的运用不够充分，对屡查屡犯的单位约谈、曝光和联合惩戒的力度不大。",
    "培训的形式比较单一，以会代训多、现场带教少，一些新调入的同志对检查要点掌握得不牢。",
    "台账管理还不够精细，个别问题的整改责任人、完成时限写得笼统。", "建立“一户一档”，对重点户实行每月回访，整改情况逐条销号。",
    "与卫生院联合开展村卫生室药品储存条件提升工作，效果较好。", "建议增加快检设备，并组织跨所交叉检查。",
    "继续加强培训和指导，建议旗局统一组织处方药销售专项检查。", "成立以所长为组长的工作专班，印发实施方案，落实到岗到人。",
    "利用集市日开展安全用药宣传，发放蒙汉双语宣传册。", "推行“一店一档”，重点对象每月回访，一般对象每季度回访。",
    "对辖区内网络销售药品、化妆品的经营者进行了摸底登记。",
)  # fmt: skip
_COUNTED = (
    "今年以来共检查零售药店{}家次，诊所{}家次，发现问题{}个，已整改{}个。", "开展化妆品专项检查{}次，下达责令改正通知书{}份。",
    "立案{}起，结案{}起，罚没款{}元。", "组织培训{}场，参加人员{}人次。", "通报线索{}条，移送案件{}件。", "抽检药品{}批次，合格{}批次。",
    "出动执法人员{}人次，出动车辆{}台次。", "接到投诉举报{}件，办结{}件。",
)  # fmt: skip
_NAMES = ("包青松", "韩立春", "白音那", "张海燕", "吴金山", "王秀兰", "李国栋", "赵永胜")


@dataclass(frozen=True, slots=True)
class Change:
    """What another version of a paper has otherwise. `figures`: places of figures (counted as they are written) -> by how much.
    `sentences`: places of sentences that read otherwise. `redraw`: all figures and `anew` of the sentences are drawn anew."""

    figures: Mapping[int, int] = field(default_factory=dict)
    sentences: frozenset[int] = frozenset()
    redraw: int = 0
    anew: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """One paper as it was written. `figures`, `sentences`: how many it has."""

    form: str
    unit: str
    period: str
    document: Document
    figures: int = 0
    sentences: int = 0


class _Pen:
    """Draws figures and sentences, changed where the change says so."""

    def __init__(self, seed: int, change: Change) -> None:
        self.own, self.other, self.change = Random(seed), Random(seed * 31 + change.redraw), change
        self.figures = self.sentences = 0

    def figure(self, low: int, high: int) -> int:
        value, anew = self.own.randint(low, high), self.other.randint(low, high)
        value = anew if self.change.redraw else value
        value = max(0, value + self.change.figures.get(self.figures, 0))
        self.figures += 1
        return value

    def one(self, pool: tuple[str, ...]) -> str:
        place, aside = self.own.randrange(len(pool)), self.other.randrange(1, len(pool))
        changed = self.sentences in self.change.sentences or self.other.random() < self.change.anew
        self.sentences += 1
        return pool[(place + aside * changed) % len(pool)]

    def counted(self) -> str:
        """A sentence with figures; which one never changes, so that the figures stay in their order."""
        text = _COUNTED[self.own.randrange(len(_COUNTED))]
        return text.format(*(self.figure(1, 200 if "元" not in text else 9) for _ in range(text.count("{}")))).replace("元", "000元")

    def prose(self, most: int) -> str:
        return "".join(self.counted() if self.own.random() < 0.4 else self.one(_SENTENCES) for _ in range(self.own.randint(2, most)))


def _day(period: str) -> str:
    year, month, day = _ENDS[period]
    return f"{year}年{month}月{day}日"


def _page(form: str, unit: str, period: str, pen: _Pen, *blocks: str | list[list[str]]) -> Made:
    made = tuple(Paragraph(b) if isinstance(b, str) else Table(tuple(map(tuple, b))) for b in blocks)
    return Made(form, unit, period, Document("word", made), pen.figures, pen.sentences)


def _risk_list(unit: str, period: str, pen: _Pen) -> Made:
    n = pen.figure
    told = (
        f"截至目前，共检查“两品一械”生产企业{n(0, 3)}家次，医疗机构制剂室{n(0, 2)}家次，批发企业、零售连锁总部{n(0, 9)}家次；"
        f"共检查零售企业及使用单位{n(20, 300)}家次。出动执法人员{n(40, 600)}人次；发现风险隐患数{n(30, 90)}条，销号{n(3, 29)}个。"
        f"盟市本级召开风险会商{n(0, 4)}次，研究风险会商事项{n(0, 9)}个，所辖旗县（市、区）共召开风险会商{n(0, 9)}次，研究风险会商事项{n(0, 12)}个"
    )
    rows = [["序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况"]]
    for number in range(1, pen.own.randint(2, 5)):
        progress = told if number == 1 else ("", "已复查", "正在整改")[pen.own.randrange(3)]
        rows.append([str(number), pen.one(_RISKS), pen.one(_MEASURES), "是" if pen.own.random() < 0.7 else "否", progress])
    return _page("risk-list", unit, period, pen, "附件3", "“两品一械”风险隐患排查问题清单", f"填报单位：{unit}（盖章）      填报日期：{_day(period)}", rows)


def _case_stats(unit: str, period: str, pen: _Pen) -> Made:
    heads = ["类别", "立案数", "结案数", "货值金额（万元）", "罚没款（万元）", "移送公安", "责令停产停业", "吊销许可证", "处罚到人"]
    few = pen.own.random() < 0.5  # a small station: nearly all are zero
    kinds = [[pen.figure(0, 2 if few else 12) * (pen.own.random() < (0.3 if c > 3 or few else 0.9)) for c in range(8)] for _ in range(3)]
    rows = [*kinds, [sum(column) for column in zip(*kinds, strict=True)]]
    shown = [[f"{v / 10:g}" if c in (2, 3) else str(v) for c, v in enumerate(row)] for row in rows]
    table = [heads, *([k, *cells] for k, cells in zip(("药品", "医疗器械", "化妆品", "合计"), shown, strict=True))]
    head = f"填报单位：{unit}        统计期：{period[:4]}年{_ENDS[period][1]}月"
    foot = f"填报人：{pen.own.choice(_NAMES)}        审核人：{pen.own.choice(_NAMES)}"
    return _page("case-stats", unit, period, pen, "“两品一械”案件查办统计表", head, table, foot)


def _typical_case(unit: str, period: str, pen: _Pen) -> Made:
    shop = pen.one(("某药店未凭处方销售处方药", "某诊所使用过期药品", "某美容店经营无标签化妆品", "某公司销售未注册医疗器械"))
    found = f"执法人员在日常检查中发现，当事人库房内有涉案产品{pen.figure(3, 90)}盒，货值金额{pen.figure(200, 9000)}元。"
    found += pen.one(_SENTENCES) + pen.one(_SENTENCES)
    outcome = f"当事人的行为违反了《中华人民共和国药品管理法》第九十八条的规定。{_day(period)}，我单位依法没收涉案产品"
    outcome += f"{pen.figure(3, 90)}盒，并处罚款{pen.figure(5, 90)}00元。{pen.one(_SENTENCES)}"
    return _page("typical-case", unit, period, pen, "附件4", "药品安全巩固提升行动典型案例报送", f"填报单位：{unit}（盖章）", f"填报日期：{_day(period)}",
                 f"{unit}报送{shop}案", "一、案情概述", found, "二、查办结果", outcome)  # fmt: skip


def _report(form: str, title: str, headings: tuple[str, ...], most: int) -> Callable[[str, str, _Pen], Made]:
    def write(unit: str, period: str, pen: _Pen) -> Made:
        parts = [line for heading in headings for line in (heading, pen.prose(most))]
        return _page(form, unit, period, pen, unit, title, *parts, unit, _day(period))

    return write


def _liaison(unit: str, period: str, pen: _Pen) -> Made:
    rows = [["单位名称", "单位名称", unit]]
    values = (("姓名", pen.own.choice(_NAMES)), ("所在部门", "综合办公室"), ("职务", pen.one(("科员", "所长", "副所长", "四级主任科员"))),
              ("办公电话", f"0475-{pen.figure(4_000_000, 8_999_999)}"), ("移动电话", f"138{pen.figure(10_000_000, 99_999_999)}"))  # fmt: skip
    rows += [["联络员", label, value] for label, value in values]
    return _page("liaison", unit, period, pen, "附件7", "药品安全巩固提升行动联络员报名表", rows, "备注：请加盖本单位公章后将电子版发送至邮箱。")


_SELF_REVIEW = ("一、药品安全巩固提升工作简要情况", "二、工作亮点", "三、存在问题和分析", "四、下一步措施和建议")
_SUMMARY = ("一、基本情况", "二、主要工作进展", "三、工作亮点", "四、意见建议", "五、其他")
_YONGAN = ("一、工作部署情况", "二、工作主要成效", "（一）风险隐患排查情况", "（二）移送通报情况", "（三）案件查办情况", "三、主要经验和做法",
           "四、意见建议", "五、其他")  # fmt: skip
WRITERS: Mapping[str, Callable[[str, str, _Pen], Made]] = {
    "risk-list": _risk_list,
    "case-stats": _case_stats,
    "typical-case": _typical_case,
    "self-review": _report("self-review", "2023年药品安全巩固提升工作自查报告", _SELF_REVIEW, 9),
    "work-summary": _report("work-summary", "药品安全巩固提升行动阶段性工作总结报告", _SUMMARY, 5),
    "work-summary-yongan": _report("work-summary-yongan", "药品安全巩固提升行动阶段性工作总结", _YONGAN, 4),
    "liaison": _liaison,
    "free-report": _report("free-report", "飞行检查工作开展情况的报告", ("一、总体情况", "二、发现的问题", "三、下一步打算"), 7),
}


def write(form: str, unit: str, period: str, seed: int, change: Change | None = None) -> Made:
    """The paper of a seed; the same seed and no change: the same paper."""
    return WRITERS[form](unit, period, _Pen(seed, change or Change()))


RELATIONS = ("same", "figure", "two figures", "last quarter", "other report", "older draft", "other unit")


def pair(relation: str, seed: int) -> tuple[Made, Made]:
    """(what was scanned, what was typed) in a relation."""
    rng = Random(seed)
    form, unit, at = rng.choice(list(WRITERS)), rng.choice(UNITS), rng.randrange(1, len(PERIODS))
    typed = write(form, unit, PERIODS[at], seed)
    while not typed.figures:  # a text that counts nothing has no figure to change
        seed += 7919
        typed = write(form, unit, PERIODS[at], seed)
    match relation:
        case "same":
            return typed, typed
        case "figure" | "two figures":
            return _with_figures(typed, seed, rng, 2 if relation == "two figures" else 1), typed
        case "last quarter":
            return write(form, unit, PERIODS[at - 1], seed, Change(redraw=1, anew=0.2)), typed
        case "other report":
            other = rng.choice([f for f in WRITERS if f != form and {f, form} != {"work-summary", "work-summary-yongan"}])
            return write(other, unit, PERIODS[at], seed + 1), typed
        case "older draft":
            return _draft(typed, seed, rng), typed
        case "other unit":
            return write(form, rng.choice([u for u in UNITS if u != unit]), PERIODS[at], seed, Change(redraw=1, anew=0.6)), typed
    raise ValueError(relation)


def _with_figures(typed: Made, seed: int, rng: Random, count: int) -> Made:
    """The same paper with so many figures otherwise; drawn again until the page really reads otherwise (never below zero)."""
    while True:
        places = rng.sample(range(typed.figures), min(count, typed.figures))
        changed = write(typed.form, typed.unit, typed.period, seed, Change({p: _by(rng) for p in places}))
        if changed.document != typed.document:
            return changed


def _by(rng: Random) -> int:
    """By how much a figure is usually wrong: a few more or less, a ten, a slip of the finger."""
    return rng.choice((1, 1, 2, 3, 4, 5, -1, -2, -3, 10, 20, 7, 12, 33))


def _draft(typed: Made, seed: int, rng: Random) -> Made:
    while True:
        figures = {p: _by(rng) for p in rng.sample(range(typed.figures), min(3, typed.figures))}
        sentences = frozenset(rng.sample(range(typed.sentences), min(3, typed.sentences)))
        draft = write(typed.form, typed.unit, typed.period, seed, Change(figures, sentences))
        if draft.document != typed.document:
            return draft
