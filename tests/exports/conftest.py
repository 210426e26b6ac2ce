"""An office with a few months of mail, and its exports, written once through the command line."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from servers.real import missing
from stories.conftest import compose
from typer.testing import CliRunner

from mailbot.app.cli import app
from mailbot.app.demo import papers
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI

NOW = "2024-04-10T09:00:00"
HOSTILE = '=HYPERLINK("http://evil.example","点我")'
HOSTILE_NAME = "..\\..\\+cmd|' -C calc'!A1 .docx"
MIXED = papers.Risk("部分药店处方药与非处方药混放，未按要求分区陈列。", "责令改正。", eliminated=False)
RECORDS = papers.Risk("个别村卫生室温湿度记录不连续。", "一个月内复查。", eliminated=False)
RECEIPTS = papers.Risk("化妆品进货票据不全。", "约谈负责人。", eliminated=True)
UNITS = {"baxiantong": "八仙筒市场监管所", "qinglongshan": "青龙山市场监管所", "xinzhen": "新镇市场监管所", "zhian": "治安市场监管所", "dongming": "东明市场监管所"}


def scan() -> bytes:
    """A PDF that is only a picture."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (600, 800), "white").save(out, "PDF")
    return out.getvalue()


def risk_list(unit: str, rows: tuple[papers.Risk, ...], counters: papers.Counters, day: date = date(2024, 3, 27)) -> bytes:
    return papers.risk_list_docx(unit=UNITS[unit], reported_on=day, rows=rows, counters=counters)


def _mails() -> list[bytes]:
    """In the order they came. 2023Q4 and 2024Q1 of the risk list, case figures of 2024-03, cases of 2024Q1, contacts."""
    done = papers.Risk(MIXED.risk, MIXED.measure, eliminated=True)
    reworded = papers.Risk("村卫生室温湿度记录不连续", RECORDS.measure, eliminated=False, progress="已复查两家。")
    hostile = papers.Risk(HOSTILE, "＝1+1", eliminated=False, progress="-2+3")
    first, later = papers.Counters(officers_sent=100, risks_found=10, risks_closed=5), papers.Counters(officers_sent=172, risks_found=24, risks_closed=21)
    few = papers.Counters(officers_sent=1, risks_found=1, risks_closed=0)
    blank = papers.Counters(officers_sent=None, risks_found=12, risks_closed=6)
    pages = {"问题清单盖章.pdf": scan()}

    def post(unit: str, when: str, files: dict[str, bytes], subject: str = "材料", text: str = "附上，烦请接收。") -> bytes:
        return compose(f"{unit}@units.example", subject, text, files, when=when)

    def cases(unit: str, **more: object) -> dict[str, bytes]:
        return {"案件统计.xlsx": papers.case_stats_xlsx(unit=UNITS[unit], month=(2024, 3), **more), "统计盖章.pdf": scan()}  # type: ignore[arg-type]

    def case(unit: str, subject: str, penalty: bool = True) -> bytes:
        return papers.typical_case_docx(unit=UNITS[unit], reported_on=date(2024, 3, 25), subject=subject, penalty=penalty, decided_on=date(2024, 3, 8))

    decision = {"行政处罚决定书.docx": papers.penalty_decision_docx(unit=UNITS["baxiantong"], decided_on=date(2024, 3, 8))}
    return [
        post("baxiantong", "2023-07-26T09:00:00", {"联络员.docx": papers.liaison_docx(unit=UNITS["baxiantong"], name="包青松"), "盖章.pdf": scan()}),
        post("baxiantong", "2023-12-28T09:00:00", {"四季度清单.docx": risk_list("baxiantong", (MIXED, RECORDS), first, date(2023, 12, 27)), **pages}),
        post("qinglongshan", "2023-12-29T09:00:00", {"四季度清单.docx": risk_list("qinglongshan", (MIXED,), first, date(2023, 12, 27)), **pages}),
        post("baxiantong", "2024-03-18T09:00:00", cases("baxiantong")),
        post("qinglongshan", "2024-03-19T09:00:00", cases("qinglongshan", total={"filed": 9})),
        post("xinzhen", "2024-03-20T09:00:00", {}, "新镇市场监管所2024年3月案件统计零报告", "本月无案件，零报告。"),
        post("baxiantong", "2024-03-25T09:00:00", {"案例一.docx": case("baxiantong", "某药店未凭处方销售处方药"), "案例盖章.pdf": scan(), **decision}),
        post("qinglongshan", "2024-03-26T09:00:00", {"案例二.docx": case("qinglongshan", "某诊所使用过期药品", penalty=False)}),
        post("xinzhen", "2024-03-26T10:00:00", {"新镇市场监管所典型案例盖章.pdf": scan()}, "2024年第一季度典型案例"),
        post("baxiantong", "2024-03-27T09:00:00", {"一季度清单.docx": risk_list("baxiantong", (done, reworded), first), **pages}),
        post("baxiantong", "2024-03-28T09:00:00", {"一季度清单.docx": risk_list("baxiantong", (done, reworded), later), **pages}, "一季度清单（更正）"),
        post("qinglongshan", "2024-03-28T10:00:00", {"一季度清单.docx": risk_list("qinglongshan", (RECEIPTS,), blank)}),
        post("xinzhen", "2024-03-29T09:00:00", {}, "新镇市场监管所2024年第一季度风险隐患零报告", "本单位2024年第一季度无新增风险隐患，零报告。"),
        post("zhian", "2024-03-30T09:00:00", {"治安市场监管所2024年第一季度风险隐患排查问题清单盖章.pdf": scan()}, "2024年第一季度风险隐患排查问题清单"),
        post("dongming", "2024-04-03T09:00:00", {HOSTILE_NAME: risk_list("dongming", (hostile,), few), **pages}),
    ]


@dataclass(frozen=True)
class Bureau:
    """An office with mail in it, and a folder for what is exported."""

    home: Path
    folder: Path

    def run(self, *words: str | Path, now: str = NOW) -> tuple[int, str]:
        """`mailbot export …` with files named inside the folder: exit status and what was said."""
        line = ["--config", str(bundled("config")), "--home", str(self.home), "--now", now, "export", *map(str, words)]
        done = CliRunner().invoke(app, line)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def write(self, *words: str | Path, status: int = 0) -> Path:
        """The file that an export wrote: the last of the words, in the folder."""
        file = self.folder / words[-1]
        found, said = self.run(*words[:-1], file, "--force")
        assert found == status, said
        return file


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("bureau")
    house = House(bundled("config"), folder / "home", lambda: datetime.fromisoformat(NOW).replace(tzinfo=SHANGHAI), {"MAILBOT_SCANS": "off"})
    with house.intake() as intake:
        taken = list(intake.take_all(intake.keep(RawMail([raw], file=f"{n:04}.eml")) for n, raw in enumerate(_mails())))
    assert [t.outcome.disposition for t in taken] == ["submission"] * len(taken), [t.outcome.reason for t in taken]
    house.ledger.close()
    (folder / "out").mkdir()
    yield Bureau(folder / "home", folder / "out")


@pytest.fixture(scope="session")
def printed(bureau: Bureau) -> Path:
    """All exports as LibreOffice prints them: FILE.xlsx -> pdf/FILE.xlsx.pdf."""
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    made = [
        bureau.write("ledger", "ledger.xlsx"), bureau.write("scores", "scores.xlsx"), bureau.write("brief", "2024-03", "brief.docx"),
        *(bureau.write("rollup", "risk-list", "2024Q1", f"risk-list{e}") for e in (".xlsx", ".docx")),
        *(bureau.write("rollup", "case-stats", "2024-03", f"case-stats{e}") for e in (".xlsx", ".docx")),
        *(bureau.write("rollup", "liaison", "2023-07-27", f"liaison{e}") for e in (".xlsx", ".docx")),
        bureau.write("rollup", "typical-case", "2024Q1", "typical-case.docx"),
    ]  # fmt: skip
    folder = bureau.folder / "pdf"
    for kind in (".xlsx", ".docx"):
        copies = folder / kind[1:]
        copies.mkdir(parents=True)
        files = [shutil.copy(f, copies) for f in made if f.suffix == kind]
        command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{bureau.folder}/profile", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", str(copies), *map(str, files)], capture_output=True, timeout=180, check=True)
    return folder
