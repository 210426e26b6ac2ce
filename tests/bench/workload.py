"""300 seeded mails as a bureau's mailbox gets them: docx, xlsx, PDF, photos, zips; 235 kB each (performance.md, "Setup")."""

import io
import random
import zipfile
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import docx
import openpyxl

CHINA = timezone(timedelta(hours=8))
UNITS = ("baxiantong", "daqintala", "qinglongshan", "xinzhen", "zhian", "dongming", "mingren", "tuchengzi", "weiliansu", "yilongyong")
PARTS = ("药品安全巩固提升工作简要情况", "工作亮点", "存在问题和分析", "下一步措施和建议")
WORDS = "药品医疗器械化妆品监管检查企业门店零售使用单位风险隐患排查整治落实责任培训宣传投诉举报抽检整改到位台账记录仓储温湿度处方执业药师"
RISKS = ("序号", "发现的共性风险隐患", "管控措施", "是否排除隐患", "工作开展情况")
PLAIN = ("序号", "企业名称", "地址", "检查日期", "检查人", "联系电话", "结果", "备注")


def mails(count: int = 300, seed: int = 20230725) -> list[bytes]:
    """The mails, in order. The same seed gives the same mails on every machine but for zip time stamps."""
    chance = random.Random(seed)
    return [_mail(number, chance) for number in range(count)]


def write(folder: Path, count: int = 300) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(mails(count)):
        (folder / f"{number:04d}.eml").write_bytes(raw)


def big_mail(megabytes: int = 50) -> bytes:
    """One mail of about so many MB: a photo of a whole folder of paper."""
    mail = _empty(9_999, "baxiantong", "照片")
    mail.add_attachment(random.Random(1).randbytes(megabytes * 730_000), maintype="image", subtype="jpeg", filename="扫描.jpg")
    return mail.as_bytes(policy=SMTP)


def _mail(number: int, chance: random.Random) -> bytes:
    unit = UNITS[number % len(UNITS)]
    mail = _empty(number, unit, f"关于报送第{number}号材料")
    if number % 2:
        mail.add_alternative("<html><body><p>现报送材料，请查收。</p><p>联系人：测试</p></body></html>", subtype="html")
    roll = chance.random
    if roll() < 0.5:
        _attach(mail, _report(chance), f"工作报告{number}.docx")
    if roll() < 0.46:
        _attach(mail, _sheet(chance), f"清单{number}.xlsx")
    if roll() < 0.41:
        _attach(mail, b"%PDF-1.4\n" + chance.randbytes(150_000), f"扫描件{number}.pdf")
    if roll() < 0.30:
        _attach(mail, b"\xff\xd8\xff\xe0" + chance.randbytes(259_000), f"照片{number}.jpg")
    if roll() < 0.12:
        _attach(mail, _packed(chance), f"材料{number}.zip")
    return mail.as_bytes(policy=SMTP)


def _empty(number: int, unit: str, subject: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{unit}@units.example"
    mail["To"] = "bot@bureau.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime(2024, 3, 1, 8, 0, tzinfo=CHINA) + timedelta(minutes=number))
    mail["Message-ID"] = f"<bench.{number}@units.example>"
    mail.set_content("现报送材料，请查收。\n联系人：测试\n", cte="base64")
    return mail


def _attach(mail: EmailMessage, content: bytes, name: str) -> None:
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)


def _text(chance: random.Random, length: int) -> str:
    return "".join(chance.choice(WORDS) + ("，" if place % 13 == 12 else "") for place in range(length)) + "。"


def _report(chance: random.Random) -> bytes:
    document = docx.Document()
    document.add_heading("2023年药品安全巩固提升工作自查报告", 0)
    for number, part in zip("一二三四", PARTS, strict=True):
        document.add_heading(f"{number}、{part}", 1)
        for _ in range(2):
            document.add_paragraph(_text(chance, 125))
    table = document.add_table(rows=4, cols=2)
    for row in table.rows:
        row.cells[0].text, row.cells[1].text = "填报单位", _text(chance, 6)
    return _saved(document)


def _sheet(chance: random.Random) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    if chance.random() < 0.5:  # half are a form of ours with ten rows, half some table of 80 x 8
        sheet.append(["风险隐患排查问题清单"])
        sheet.append(list(RISKS))
        for number in range(1, 11):
            sheet.append([number, _text(chance, 20), _text(chance, 30), "是", _text(chance, 40)])
        return _saved(workbook)
    sheet.append(list(PLAIN))
    for number in range(1, 80):
        place, day = _text(chance, 12), f"2024-03-{number % 28 + 1:02d}"
        sheet.append([number, _text(chance, 8), place, day, "某某", 4_750_000 + number, "合格", chance.random()])
    return _saved(workbook)


def _packed(chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("报告.docx", _report(chance))
        archive.writestr("清单.xlsx", _sheet(chance))
    return out.getvalue()


def _saved(thing: object) -> bytes:
    out = io.BytesIO()
    thing.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
