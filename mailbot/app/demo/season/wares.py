"""The papers and mails of the season as bytes. A form is written once and its blanks are filled in many times: Word files are made in a
millisecond so. Scans are one stamped page a unit; no two have the same bytes."""

import email.policy
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from io import BytesIO
from mimetypes import guess_type
from zipfile import ZIP_DEFLATED, ZipFile

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters, Risk
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.demo.season.plan import Paper, Post
from mailbot.domain.campaigns import Campaign
from mailbot.domain.periods import period_from_id
from mailbot.domain.units import Unit

_UNIT, _TITLE, _DAY = "〔单位〕", "〔标题〕", date(1111, 1, 1)
_FIGURES = {name: 7_770_001 + n for n, name in enumerate(Counters.__dataclass_fields__)}
_FILED, _FINES = range(8_880_001, 8_880_005), range(8_880_011, 8_880_015)  #药品, 医疗器械, 化妆品, 合计
_POOL = (
    ("部分药店处方药与非处方药混放，未按要求分区陈列", "责令改正，现场指导分区陈列"),
    ("个别村卫生室温湿度记录不连续", "下达责令改正通知书，一个月内复查"),
    ("少数医疗器械经营单位进货查验记录填写不完整", "约谈负责人，限期补齐"),
    ("美容美发场所化妆品索证索票不全", "责令改正，列入下季度回访"),
    ("阴凉柜温度超出规定范围", "现场整改，加装温度报警"),
    ("执业药师不在岗时销售处方药", "责令改正，给予警告"),
)
_CASES = (
    "某药店未凭处方销售处方药", "某诊所使用过期药品", "某医疗器械经营部未执行进货查验制度", "某美容院经营未备案化妆品", "某卫生室购进渠道不明药品",
    "某药房擅自改变注册地址经营", "某商店销售标签不全化妆品", "某超市无证经营第二类医疗器械", "某药店伪造购销记录", "某门诊部未按要求储存药品",
)  # fmt: skip
_TITLES = {"risk-list": "风险隐患排查问题清单", "typical-case": "典型案例", "case-stats": "案件查办统计表", "liaison": "联络员报名表", "self-review": "自查报告",
           "interim-summary": "阶段性工作总结", "final-summary": "工作总结", "flight-inspection": "飞行检查工作开展情况"}  # fmt: skip


def short(unit: Unit) -> str:
    return unit.name.replace("市场监管所", "所").replace("市场监管综合行政执法大队", "执法大队")


def named(paper: Paper) -> str:
    """2024年第一季度典型案例."""
    period = period_from_id(paper.period)
    return (period.title if period.kind in ("month", "quarter") else "") + _TITLES[paper.duty] + (f"{paper.turn}" if paper.turn > 1 else "")


def mail_of(post: Post, campaign: Campaign, to: str) -> bytes:
    """The mail as the unit's client would send it. Not for `bounce` and `again`, whose bytes are those of other mails."""
    unit = campaign.roster.by_id(post.unit)
    assert unit is not None
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = Address(short(unit), addr_spec=post.sender)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"], text = _words(post, campaign, unit)
    mail["Date"] = format_datetime(post.when - timedelta(seconds=20))
    mail["Message-ID"] = f"<{post.when:%Y%m%d%H%M%S}.{post.number}@{post.sender.partition('@')[2]}>"
    if post.act == "vacation":
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text)
    files = [_file(p, campaign, post) for p in post.papers]
    for name, content in [(f"{short(unit)}材料.zip", _packed(files))] if post.packed else files:
        maintype, _, subtype = (guess_type(name)[0] or "application/octet-stream").partition("/")
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return mail.as_bytes()


def _words(post: Post, campaign: Campaign, unit: Unit) -> tuple[str, str]:
    match post.act:
        case "vacation":
            return "自动回复：【提醒】", "您好，本人休假，邮件已收到，回来后处理。"
        case "more-time":
            assert post.about
            return f"{short(unit)}来信", f"办公室：\n    我单位{campaign.duty(post.about[1]).title}还在修改，请问能否晚五天报？\n\n{unit.name}"
        case "nil" | "no-case":
            assert post.about
            period, what = period_from_id(post.about[2]).title, "案例" if post.act == "no-case" else "风险隐患"
            title = campaign.duty(post.about[1]).title
            return f"{short(unit)}{period}{title}", f"办公室：\n    {period}我单位{title}零报告，本季度无{what}。\n\n{unit.name}"
    owners = dict.fromkeys(p.unit for p in post.papers)
    names = "、".join(dict.fromkeys(named(p) for p in post.papers))
    whose = "、".join(u.name for o in owners if o != post.unit and (u := campaign.roster.by_id(o)))
    return f"{short(unit)}{f'代{whose}' if whose else ''}{names}", f"办公室：\n    现将{names}报上，请查收。\n\n{unit.name}"


# --- files -------------------------------------------------------------------------------------------------------------------


def _file(paper: Paper, campaign: Campaign, post: Post) -> tuple[str, bytes]:
    owner = campaign.roster.by_id("xinzhen" if paper.defect == "wrong-unit" else paper.unit)
    assert owner is not None
    name = f"{short(owner)}{named(paper)}"
    if paper.copy == "scan":
        return f"{name}（盖章）.jpg", _scan(owner.name, f"{post.number}.{paper.duty}.{paper.turn}")
    if paper.copy == "annex":
        return "行政处罚决定书.docx", _filled(_decision(), {"奈市监处罚〔2024〕00号": f"奈市监处罚〔{post.when.year}〕{post.number:02d}号"})
    if paper.duty == "case-stats":
        return f"{name}.xlsx", _statistics(paper, owner)
    return f"{name}.docx", _written(paper, owner, post.when)


def _statistics(paper: Paper, owner: Unit) -> bytes:
    year, month = map(int, paper.period.split("-"))
    dice = sum(map(ord, owner.id)) + 12 * year + month
    filed, fines = [(dice + n) % 4 for n in range(3)], [(dice * 3 + n) % 50 for n in range(3)]
    sums = sum(filed) + (2 if paper.defect == "total" else 0), sum(fines)
    figures = {str(cell): f"{n}" for cell, n in zip(_FILED, (*filed, sums[0]), strict=True)}
    figures |= {str(cell): f"{n / 10}" for cell, n in zip(_FINES, (*fines, sums[1]), strict=True)}
    return _filled(_table(), {_UNIT: owner.name, "1111年1月": f"{year}年{month}月", **figures})


def _written(paper: Paper, owner: Unit, when: datetime) -> bytes:
    day = papers.chinese_date(when.date())
    values = {_UNIT: owner.name, _TITLE: named(paper), papers.chinese_date(_DAY): day}
    match paper.duty:
        case "risk-list":
            return _risk_list(paper, owner, values)
        case "typical-case":
            case = f"{_CASES[(sum(map(ord, owner.id + paper.period)) + 3 * paper.turn) % len(_CASES)]}（{paper.turn}）"
            return _filled(_case(paper.defect == "no-annex"), values | {"〔案由〕": case})
        case "self-review":
            return _filled(_review(612 if paper.defect == "short" else 846), values)
        case "liaison":
            return _filled(_liaison(), values | {"〔姓名〕": "包青松韩立春白玉兰"[3 * (len(owner.id) % 3) :][:3]})
        case "interim-summary" | "final-summary":
            return _filled(_summary(paper.duty == "interim-summary"), values)
        case _:
            return _filled(_free(), values)


def _risk_list(paper: Paper, owner: Unit, values: Mapping[str, str]) -> bytes:
    """Cumulative figures grow from quarter to quarter; risks come in with one quarter and are closed in the next."""
    period = period_from_id(paper.period)
    turn = (period.start.year - 2023) * 4 + (period.start.month + 2) // 3  # 3: the third quarter of 2023
    grown = turn - 2 if paper.defect != "fell" else 0
    base = 20 + sum(map(ord, owner.id)) % 40
    figures = dict.fromkeys(_FIGURES, 0) | {
        "wholesalers_checked": turn, "retailers_checked": base + 25 * grown, "officers_sent": 2 * base + 60 * grown, "risks_found": 6 + 5 * turn,
        "risks_closed": 4 + 5 * turn if paper.defect != "closed" else 9 + 5 * turn, "county_consultations": turn, "county_consultation_items": turn + 1,
    }  # fmt: skip
    start = sum(map(ord, owner.id)) + turn
    rows = [_POOL[(start + n) % len(_POOL)] for n in range(3)]
    words = {f"〔隐患{n}〕": risk for n, (risk, _) in enumerate(rows)} | {f"〔措施{n}〕": measure for n, (_, measure) in enumerate(rows)}
    return _filled(_list(), {**values, **words, **{str(_FIGURES[name]): str(n) for name, n in figures.items()}})


def _packed(files: list[tuple[str, bytes]]) -> bytes:
    return papers.zip_with_gbk_names(files)


@lru_cache(maxsize=64)
def _page(unit: str) -> bytes:
    """Half the size of a scan: nobody reads it here."""
    from PIL import Image

    whole = Image.open(BytesIO(stamped_jpeg(Page("盖章页", (f"{unit}报送材料，与可编辑版一致。",), unit, sum(map(ord, unit))))))
    buffer = BytesIO()
    whole.resize((500, 707)).save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def _scan(unit: str, note: str) -> bytes:
    """The unit's stamped page with a comment in it (JPEG, marker COM)."""
    picture, words = _page(unit), note.encode()
    return picture[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + picture[2:]


Mould = tuple[tuple[str, bytes], ...]


def _mould(content: bytes) -> Mould:
    """Its parts. Excel files spell Chinese as &#27165;: it is put back, for the blanks to be found."""
    with ZipFile(BytesIO(content)) as box:
        return tuple((name, _spelt(box.read(name)) if name.startswith("xl/") else box.read(name)) for name in box.namelist())


def _spelt(content: bytes) -> bytes:
    return re.sub(r"&#(\d{4,});", lambda m: chr(int(m[1])), content.decode()).encode()


def _filled(mould: Mould, values: Mapping[str, str]) -> bytes:
    """The file with its blanks filled in, in the text of a Word or Excel file."""
    pattern = re.compile("|".join(map(re.escape, values)))
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as box:
        for name, content in mould:
            if name in ("word/document.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
                content = pattern.sub(lambda m: values[m[0]], content.decode()).encode()
            box.writestr(name, content)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _list() -> Mould:
    rows = tuple(Risk(f"〔隐患{n}〕。", f"〔措施{n}〕。", eliminated=n == 0) for n in range(3))
    figures = Counters(**_FIGURES)
    return _mould(papers.risk_list_docx(unit=_UNIT, reported_on=_DAY, rows=rows, counters=figures, title=_TITLE))


@lru_cache(maxsize=1)
def _table() -> Mould:
    cases = {k: {"filed": _FILED[n], "closed": 0, "goods_value": 0.5, "fines": _FINES[n]} for n, k in enumerate(papers.CASE_KINDS)}
    return _mould(papers.case_stats_xlsx(unit=_UNIT, month=(1111, 1), cases=cases, total={"filed": _FILED[3], "fines": _FINES[3]}))


@lru_cache(maxsize=2)
def _case(penalty: bool) -> Mould:
    return _mould(papers.typical_case_docx(unit=_UNIT, reported_on=_DAY, subject="〔案由〕", penalty=penalty))


@lru_cache(maxsize=1)
def _decision() -> Mould:
    return _mould(papers.penalty_decision_docx(unit="奈曼旗市场监督管理局"))


@lru_cache(maxsize=2)
def _review(problems: int) -> Mould:
    return _mould(papers.self_review_docx(unit=_UNIT, problems=problems, reported_on=_DAY))


@lru_cache(maxsize=1)
def _liaison() -> Mould:
    return _mould(papers.liaison_docx(unit=_UNIT, name="〔姓名〕"))


@lru_cache(maxsize=2)
def _summary(interim: bool) -> Mould:
    return _mould(papers.work_summary_docx(unit=_UNIT, interim=interim, reported_on=_DAY))


@lru_cache(maxsize=1)
def _free() -> Mould:
    return _mould(papers.free_report_docx(title=f"{_UNIT}{_TITLE}", unit=_UNIT, reported_on=_DAY))
