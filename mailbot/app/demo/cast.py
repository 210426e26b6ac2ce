"""Who writes to the office in the demo, what they send, and which answer they should get. All persons are invented.

The units and addresses are those of the bundled example pack `naiman-2023`. A paper is made only when its mail is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Literal

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.demo.scan import Page, stamped_jpeg, stamped_pdf
from mailbot.domain.periods import SHANGHAI

CAMPAIGN = "naiman-2023"
STAFF = "office@bureau.example"
STRANGER = "hanlichun1987@mail.example"

Reply = Literal["receipt", "missing", "held", "inquiry", "none"]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Scene:
    """One mail, or a moment of the day. `tells`: the answer it should get. `warns`: another address that is told of it as well.
    `again`: the very bytes of the scene of that key, delivered once more. `fast`: played in the short demo too. `does`: what happens;
    at eight the digest is written, at nine the reminders; the click is on a ready-made answer of the digest."""

    key: str
    when: datetime
    sender: str
    subject: str
    text: str
    tells: Reply
    story: str
    files: tuple[File, ...] = ()
    name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    warns: str | None = None
    again: str | None = None
    fast: bool = False
    does: Literal["mail", "reminders", "digest", "click"] = "mail"


def at(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def _scan(name: str, paper: File, unit: str, seed: int) -> File:
    """A stamped page with the words of a paper, as a JPEG or a PDF by its name."""
    drawn = stamped_pdf if name.endswith(".pdf") else stamped_jpeg
    return File(name, lambda: drawn(_page(papers.lines_of(paper.make()), unit, seed)))


def _page(lines: Sequence[str], unit: str, seed: int) -> Page:
    return Page(lines[0], lines[1:], unit, seed)


_DONGMING, _XINZHEN, _BAXIANTONG, _ZHIAN = "东明市场监管所", "新镇市场监管所", "八仙筒市场监管所", "治安市场监管所"
_DAQINTALA, _MINGREN, _WEILIANSU, _ZHIFA1 = "大沁他拉市场监管所", "明仁市场监管所", "苇莲苏市场监管所", "执法一中队"
_YILONGYONG = "义隆永市场监管所"


def _list_docx(name: str, unit: str, day: date, counters: Counters | None = None) -> File:
    return File(name, partial(papers.risk_list_docx, unit=unit, reported_on=day, counters=counters))


def _zhian_zip() -> bytes:
    day = date(2024, 3, 28)
    paper = _list_docx("治安所一季度问题清单.docx", _ZHIAN, day, Counters(retailers_checked=61, officers_sent=122))
    inside = (paper, _scan("治安所一季度问题清单（盖章）.jpg", paper, _ZHIAN, 29))
    return papers.zip_with_gbk_names((f.name, f.make()) for f in inside)


def _broken_list() -> bytes:
    return papers.corrupt(papers.risk_list_docx(unit=_YILONGYONG, reported_on=date(2024, 3, 29)))


def _both(paper: File, scan: str, unit: str, seed: int) -> tuple[File, File]:
    return paper, _scan(scan, paper, unit, seed)


_WRONG_TOTAL = {"filed": 7}
_DAQINTALA_LIST = _list_docx("隐患清单.docx", _DAQINTALA, date(2024, 3, 27), Counters(retailers_checked=133, officers_sent=260))
_NOTE = "办公室：\n    现将{}报上，请查收。\n\n{}"

SCENES: tuple[Scene, ...] = (
    Scene(
        "review-short", at(2023, 9, 12, 9, 5), "dongming@units.example", "东明所自查报告", _NOTE.format("自查报告", _DONGMING), "missing",
        "自查报告第三部分只有 612 字",
        _both(File("自查报告.docx", partial(papers.self_review_docx, unit=_DONGMING, problems=612, reported_on=date(2023, 9, 11))),
              "自查报告盖章.pdf", _DONGMING, 11),
        name="东明所", fast=True,
    ),
    Scene(
        "review-mended", at(2023, 9, 13, 10, 30), "dongming@units.example", "Re: 东明所自查报告", "已补充第三部分，重新报送可编辑版。", "receipt",
        "补写后只重发 Word 版，扫描件沿用上次的",
        (File("自查报告（修改）.docx", partial(papers.self_review_docx, unit=_DONGMING, problems=846, reported_on=date(2023, 9, 13))),),
        name="东明所", fast=True,
    ),
    Scene(
        "list-before", at(2023, 12, 28, 15, 20), "xinzhen@units.example", "新镇所四季度问题清单", _NOTE.format("四季度问题清单", _XINZHEN), "receipt",
        "四季度清单，两样都有",
        _both(_list_docx("四季度问题清单.docx", _XINZHEN, date(2023, 12, 28), Counters(retailers_checked=74, officers_sent=148)),
              "四季度问题清单.jpg", _XINZHEN, 12),
        name="新镇所",
    ),
    Scene(
        "wrong-total", at(2024, 3, 18, 16, 40), "mingren@units.example", "3月案件统计", _NOTE.format("3月案件查办统计表", _MINGREN), "missing",
        "案件统计表的合计与各行之和对不上",
        _both(File("3月案件统计表.xlsx", partial(papers.case_stats_xlsx, unit=_MINGREN, month=(2024, 3), total=_WRONG_TOTAL)),
              "3月案件统计表.pdf", _MINGREN, 13),
        name="明仁所",
    ),
    Scene(
        "clean", at(2024, 3, 26, 8, 40), "baxiantong@units.example", "八仙筒所2024年一季度风险隐患排查问题清单",
        _NOTE.format("一季度风险隐患排查问题清单（盖章扫描件和可编辑版）", _BAXIANTONG), "receipt", "一季度清单，Word 版和盖章扫描件一次报齐",
        _both(_list_docx("八仙筒所一季度问题清单.docx", _BAXIANTONG, date(2024, 3, 26)),
              "八仙筒所一季度问题清单（盖章）.jpg", _BAXIANTONG, 14),
        name="八仙筒所", fast=True,
    ),
    Scene(
        "clean-again", at(2024, 3, 26, 8, 52), "baxiantong@units.example", "", "", "none", "同一封信又到了一遍，不重复登记，也不再答复",
        again="clean", fast=True,
    ),
    Scene(
        "fell", at(2024, 3, 26, 10, 15), "xinzhen@units.example", "一季度问题清单", _NOTE.format("一季度问题清单", _XINZHEN), "missing",
        "累计数比上季度还少",
        _both(_list_docx("一季度问题清单.docx", _XINZHEN, date(2024, 3, 26), Counters(retailers_checked=70, officers_sent=31)),
              "一季度问题清单.jpg", _XINZHEN, 15),
        name="新镇所",
    ),
    Scene(
        "automatic", at(2024, 3, 26, 10, 21), "qinglongshan@units.example", "自动回复：【提醒】问题清单", "您好，邮件已收到，我会尽快处理。", "none",
        "对方信箱的自动回复，从不答复", headers={"Auto-Submitted": "auto-replied"}, name="青龙山所", fast=True,
    ),
    Scene(
        "docx-first", at(2024, 3, 27, 17, 30), "daqintala@units.example", "大沁他拉所一季度隐患清单", "先报电子版，盖章件明天补上。", "missing",
        "只有 Word 版，还没有扫描件",
        (_DAQINTALA_LIST,), name="大沁他拉所",
    ),
    Scene(
        "phone", at(2024, 3, 28, 7, 50), "daqintala@units.example", "材料", "从我的手机发送", "receipt", "手机拍的盖章页，主题只有“材料”",
        (_scan("IMG_20240328_074812.jpg", _DAQINTALA_LIST, _DAQINTALA, 16),), name="大沁他拉所",
    ),
    Scene(
        "zip", at(2024, 3, 28, 9, 12), "zhian@units.example", "治安所材料", _NOTE.format("一季度材料", _ZHIAN), "receipt",
        "压缩包，里面的文件名是 GBK 编码", (File("治安所材料.zip", _zhian_zip),), name="治安所",
    ),
    Scene(
        "case", at(2024, 3, 28, 14, 5), "zhifa1@units.example", "一季度典型案例", _NOTE.format("典型案例及处罚决定书", _ZHIFA1), "receipt",
        "典型案例，附《行政处罚决定书》",
        (*_both(File("典型案例.docx", partial(papers.typical_case_docx, unit=_ZHIFA1, reported_on=date(2024, 3, 28), decided_on=date(2024, 2, 21))),
                "典型案例（盖章）.pdf", _ZHIFA1, 17),
         File("行政处罚决定书.docx", partial(papers.penalty_decision_docx, unit="奈曼旗市场监督管理局", decided_on=date(2024, 2, 21)))),
        name="执法一中队",
    ),
    Scene(
        "reminders", at(2024, 3, 29, 9, 0), "", "", "", "none", "离截止还有三天，上午九点给没报齐的单位各发一封提醒，欠的都写在里面", fast=True, does="reminders",
    ),
    Scene(
        "question", at(2024, 3, 29, 9, 20), "tuchengzi@units.example", "请教一个问题",
        "请问问题清单里的“共性风险隐患”是不是每一条都要填？上报日期能否晚两天？\n\n土城子市场监管所", "inquiry", "来信提问，转给联络员",
        name="土城子所", warns=STAFF, fast=True,
    ),
    Scene(
        "broken", at(2024, 3, 29, 10, 44), "yilongyong@units.example", "义隆永所一季度问题清单", _NOTE.format("一季度问题清单", _YILONGYONG), "missing",
        "Word 文件上传时断了，打不开",
        (File("一季度问题清单.docx", _broken_list),
         _scan("一季度问题清单（盖章）.jpg", _list_docx("", _YILONGYONG, date(2024, 3, 29)), _YILONGYONG, 18)), name="义隆永所",
    ),
    Scene(
        "stranger", at(2024, 3, 29, 15, 0), STRANGER, "苇莲苏所一季度问题清单", _NOTE.format("一季度问题清单", _WEILIANSU), "held",
        "没有登记过的信箱，替苇莲苏所报表：暂不登记，并告知该所",
        _both(_list_docx("苇莲苏所问题清单.docx", _WEILIANSU, date(2024, 3, 29)),
              "苇莲苏所问题清单.jpg", _WEILIANSU, 19),
        name="韩立春", warns="weiliansu@units.example", fast=True,
    ),
    Scene("digest", at(2024, 4, 1, 8, 0), "", "", "", "none", "早上八点，办公室收到日报", fast=True, does="digest"),
    Scene(
        "click", at(2024, 4, 1, 8, 20), STAFF, "", "", "none", "在日报里点“长期”：这个信箱登记给苇莲苏所，扣下的材料随即登记", warns=STRANGER, fast=True,
        does="click",
    ),
)  # fmt: skip
CLICKED = "长期"  # the ready-made answer of the scene "click"
# What somebody reports in a scene although it was due before the demo's days
PAST = {
    "review-short": ("dongming", "self-review", "2023-09-15"), "list-before": ("xinzhen", "risk-list", "2023Q4"),
    "wrong-total": ("mingren", "case-stats", "2024-03"),
}  # fmt: skip
END = at(2024, 4, 2, 9, 0)


def cast(*, fast: bool) -> tuple[Scene, ...]:
    return tuple(s for s in SCENES if s.fast or not fast)
