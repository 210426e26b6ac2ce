"""A morning in the bundled office, invented: most are punctual, some late, some questions wait. For looking at, and for the tests."""

import random
from datetime import date, timedelta

from daily.conftest import Office

from mailbot.domain.findings import finding
from mailbot.domain.outcome import Outcome, ReviewItem

LATE = {"guribanhua": 0.55, "mingren": 0.8, "weiliansu": 0.85, "zhifa2": 0.75}


def morning(office: Office, seed: int = 7) -> Office:
    """2024-03-29, eight o'clock: what was due is mostly in, of what is due on 1 April some."""
    office.at("2024-03-29T08:00:00")
    chance = random.Random(seed)
    for campaign in office.house.rules.campaigns:
        for duty in campaign.duties:
            for unit in campaign.owers(duty):
                for period, due in duty.due.owed():
                    _file(office, chance, campaign.id, unit.id, duty.id, period.id, due)
    _questions(office)
    office.house.ledger.put_mark("last_poll", "2024-03-29T07:58:00+08:00")
    return office


def _file(office: Office, chance: random.Random, campaign: str, unit: str, duty: str, period: str, due: date) -> None:
    if due > date(2024, 4, 2) or chance.random() > LATE.get(unit, 0.985):
        return
    if due > date(2024, 3, 29):
        if chance.random() < 0.45:
            return
        came, sloppy = date(2024, 3, 28), chance.random() < 0.3
    else:
        came, sloppy = due - timedelta(days=chance.randint(0, 6) if chance.random() < 0.93 else -3), chance.random() < 0.02
    wrong = (finding("cumulative-fell", where="“出动执法人员”", found="10", expected="不少于上季度的 12"),) if sloppy and duty == "risk-list" else ()
    when = f"{came}T{chance.randint(8, 17):02}:{chance.randint(0, 59):02}:00"
    office.file(unit, duty, period, "editable", when, findings=wrong, campaign=campaign, title="一案")
    if not sloppy or wrong:
        office.file(unit, duty, period, "scan", when, campaign=campaign, title="一案", name=f"{duty}.jpg")


def _questions(office: Office) -> None:
    def ask(kind: str, question: str, paths: tuple[str, ...], unit: str, when: str, **more: str) -> None:
        disposition, reply = "inquiry" if kind == "question" else "review", "held" if kind in ("unknown-sender", "unit-mismatch") else "none"
        office.record(Outcome(disposition, question, reviews=(ReviewItem(kind, question, paths),)), unit, when, kind=reply, **more)  # type: ignore[arg-type]

    stranger = "没有登记的邮箱报送，像是黄花塔拉市场监管所的，请核实"
    ask("unknown-sender", stranger, ("一季度问题清单.docx", "盖章.jpg"), "huanghuatala", "2024-03-28T15:02:00", sender="hh8866@mail.example", subject="一季度清单")
    ask("unknown-sender", "没有登记的邮箱报送，看不出单位，请核实", ("材料.zip",), "", "2024-03-28T16:40:00", sender="tianqi@mail.example", subject="材料")
    ask("unit-mismatch", "表中写的是执法一中队，发件的是执法三中队", ("典型案例.docx",), "zhifa3", "2024-03-28T17:11:00", subject="典型案例")
    ask("undecided", "看不出是哪一期的，请确认", ("统计表.xlsx",), "xinzhen", "2024-03-29T07:31:00", subject="案件统计表")
    ask("question", "苇莲苏市场监管所来信询问，请答复", (), "weiliansu", "2024-03-29T07:40:00", subject="请问累计数从哪个月算起？")
    office.file("tuchengzi", "major-issue", "open", "editable", "2024-03-28T18:20:00", title="关于某药店销售疑似假药的紧急报告", name="紧急报告.docx")
