"""The exported files, opened again: by openpyxl and python-docx for their values, by LibreOffice for their pages, by our own readers."""

import hashlib
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from docx import Document
from exports.conftest import HOSTILE, Bureau
from servers.real import missing

from mailbot.app.exports.brief import export_brief
from mailbot.domain.policy import Rules
from mailbot.domain.units import Unit
from parsers.layouts import parse
from parsers.readers import read

DONGMING, BAXIANTONG, QINGLONGSHAN = "东明市场监管所", "八仙筒市场监管所", "青龙山市场监管所"


def _rows(sheet: Any, head: str = "单位") -> list[dict[str, Any]]:
    """The table of a sheet: its head's words -> values."""
    lines = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next(n for n, line in enumerate(lines) if head in line)
    return [dict(zip(lines[start], line, strict=True)) for line in lines[start + 1 :]]


def _row(sheet: Any, unit: str, head: str = "单位") -> dict[str, Any]:
    return next(r for r in _rows(sheet, head) if r["单位"] == unit)


# --- the ledger ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger(bureau: Bureau) -> Any:
    return openpyxl.load_workbook(bureau.write("ledger", "ledger.xlsx"))


def test_the_ledger_begins_with_the_overview_and_has_a_sheet_for_each_duty(ledger: Any) -> None:
    assert ledger.sheetnames[0] == "总览"
    assert {"风险隐患排查问题清单", "案件查办统计数据", "典型案例", "联络员报名", "阶段性工作总结"} <= set(ledger.sheetnames)
    assert all(len(name) <= 31 for name in ledger.sheetnames) and len(set(ledger.sheetnames)) == len(ledger.sheetnames)


def test_a_row_says_how_an_obligation_stands(ledger: Any) -> None:
    rows = {(r["单位"], r["报告期"]): r for r in _rows(ledger["风险隐患排查问题清单"])}
    done, late = rows[BAXIANTONG, "2024年第一季度"], rows[DONGMING, "2024年第一季度"]
    assert (done["状态"], done["可编辑版"], done["盖章扫描件"], done["迟报天数"]) == ("已收齐", "已收", "已收", None)
    assert str(done["收齐时间"]) == "2024-03-27 09:00:00" and str(done["截止时间"]) == "2024-04-01 23:59:59"
    assert (late["状态"], late["迟报天数"]) == ("迟报收齐", 2)
    part = rows[QINGLONGSHAN, "2024年第一季度"]
    assert (part["状态"], part["可编辑版"], part["盖章扫描件"]) == ("不全", "已收", "缺")
    assert rows["新镇市场监管所", "2024年第一季度"]["可编辑版"] == "零报告"
    assert rows["治安市场监管所", "2024年第一季度"]["可编辑版"] == "缺"
    assert rows["明仁市场监管所", "2024年第二季度"]["可编辑版"] is None  # not due, nothing came: nothing is missing


def test_the_ledger_can_be_filtered_scrolled_and_printed(ledger: Any) -> None:
    for sheet in ledger.worksheets:
        head = next(row for row in range(1, 8) if sheet.cell(row, 1).value == "单位")
        assert sheet.auto_filter.ref.startswith(f"A{head}:") and sheet.freeze_panes == f"B{head + 1}"
        assert sheet.print_title_rows == f"${head}:${head}" and sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        assert sheet.conditional_formatting and sheet.column_dimensions["A"].width >= 20


def test_the_overview_counts_what_the_sheets_tell(ledger: Any) -> None:
    total = _rows(ledger["总览"])[-1]
    assert (total["单位"], total["应报"]) == ("合计", 628)
    states = [r["状态"] for name in ledger.sheetnames if not name.startswith("总览") for r in _rows(ledger[name]) if r["截止时间"]]
    naiman = {state: total[state] for state in ("已收齐", "迟报收齐", "不全")}
    assert naiman == {state: states.count(state) for state in naiman}
    assert _row(ledger["总览"], BAXIANTONG)["风险隐患排查问题清单"] == "×√√···"


def test_a_senders_file_name_stands_as_a_text(ledger: Any) -> None:
    rows = {(r["单位"], r["报告期"]): r for r in _rows(ledger["风险隐患排查问题清单"])}
    assert "+cmd|" in rows[DONGMING, "2024年第一季度"]["文件名"]
    assert not [c for sheet in ledger.worksheets for row in sheet.iter_rows() for c in row if c.data_type == "f"]


# --- the merged forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".xlsx", ".docx"])
def test_the_merged_risk_list_reads_back_as_the_form_with_all_rows_and_the_sums(ending: str, bureau: Bureau, rules: Rules) -> None:
    parsed = parse(read(bureau.write("rollup", "risk-list", "2024Q1", f"risk-list{ending}").read_bytes()), rules.forms["risk-list"])
    assert parsed.unit_text == "奈曼旗市场监督管理局" and str(parsed.reported_on) == "2024-04-10"
    mine = parsed.rows[:4]
    assert [r["no"] for r in mine] == ["1", "2", "3", "4"]
    assert [str(r["risk"])[:6] for r in mine] == ["部分药店处方", "村卫生室温湿", "化妆品进货票", HOSTILE[:6]]
    assert [r["eliminated"] for r in mine] == [True, False, True, False]
    assert not parsed.conflicts
    assert (parsed.fields["officers_sent"], parsed.fields["risks_found"], parsed.fields["risks_closed"]) == (172 + 1, 24 + 12 + 1, 21 + 6 + 0)
    assert parsed.fields["retailers_checked"] == 3 * 86


def test_who_is_missing_stands_beside_the_sums(bureau: Bureau) -> None:
    book = openpyxl.load_workbook(bureau.write("rollup", "risk-list", "2024Q1", "risk-list.xlsx"))
    cell = next(c.value for row in book.worksheets[0].iter_rows() for c in row if isinstance(c.value, str) and "出动执法人员173人次" in c.value)
    assert "以上为4个单位合计；未报单位（15个）：大沁他拉市场监管所、" in cell
    notes = "".join(str(row[0].value) for row in book.worksheets[0].iter_rows() if row[0].value)
    assert "只有扫描件、数字未计入的单位（1个）：治安市场监管所" in notes and "零报告单位（1个）：新镇市场监管所" in notes
    assert "青龙山市场监管所（出动执法人员（人次））" in notes


def test_the_source_sheet_names_file_receipt_and_figures_of_each_unit(bureau: Bureau) -> None:
    sheet = openpyxl.load_workbook(bureau.write("rollup", "risk-list", "2024Q1", "risk-list.xlsx"))["来源"]
    mine, other = _row(sheet, BAXIANTONG), _row(sheet, QINGLONGSHAN)
    assert (mine["文件"], mine["计入情况"], mine["发现风险隐患数（条）"]) == ("一季度清单.docx", "计入", 24)
    assert mine["回执编号"].startswith("20240328-") and len(mine["回执编号"]) == len("20240328-ABCDEF")
    assert (other["出动执法人员（人次）"], other["还缺或有误"]) == ("未填", "缺盖章扫描件")
    assert _row(sheet, "新镇市场监管所")["计入情况"] == "零报告" and _row(sheet, "明仁市场监管所")["计入情况"] == "未报"
    assert (_row(sheet, "合计")["发现风险隐患数（条）"], _row(sheet, "未填、没有计入的单位")["出动执法人员（人次）"]) == (37, "青龙山市场监管所\n新镇市场监管所")


def test_each_risk_is_followed_over_the_quarters(bureau: Bureau) -> None:
    sheet = openpyxl.load_workbook(bureau.write("rollup", "risk-list", "2024Q1", "risk-list.xlsx"))["销号"]
    told = {(r["单位"], str(r["风险隐患"])[:6]): (r["2023年第四季度"], r["2024年第一季度"], r["现状"]) for r in _rows(sheet)}
    assert told[BAXIANTONG, "部分药店处方"] == ("新增", "已销号", "已销号")
    assert told[BAXIANTONG, "村卫生室温湿"] == ("新增", "未销号", "未销号")
    assert told[QINGLONGSHAN, "部分药店处方"] == ("新增", "不再列出", "不再列出")
    assert told[QINGLONGSHAN, "化妆品进货票"] == (None, "已销号", "已销号")


@pytest.mark.parametrize("ending", [".xlsx", ".docx"])
def test_the_merged_case_figures_read_back_as_the_form(ending: str, bureau: Bureau, rules: Rules) -> None:
    parsed = parse(read(bureau.write("rollup", "case-stats", "2024-03", f"case-stats{ending}").read_bytes()), rules.forms["case-stats"])
    assert [(r["kind"], r["filed"], r["goods_value"], r["fines"]) for r in parsed.rows] == [
        ("药品", 6, 2.4, 7), ("医疗器械", 2, 0.8, 2), ("化妆品", 4, 0.6, 1.6), ("合计", 12, 3.8, 10.6),
    ]  # fmt: skip


def test_a_total_that_is_not_the_sum_is_told(bureau: Bureau) -> None:
    sheet = openpyxl.load_workbook(bureau.write("rollup", "case-stats", "2024-03", "case-stats.xlsx"))["来源"]
    assert _row(sheet, QINGLONGSHAN)["与本单位“合计”核对"] == "立案数：合计写 9，各行相加 6"
    assert _row(sheet, BAXIANTONG)["与本单位“合计”核对"] == "相符"


def test_the_address_book_lists_all_units_with_full_numbers(bureau: Bureau) -> None:
    sheet = openpyxl.load_workbook(bureau.write("rollup", "liaison", "2023-07-27", "liaison.xlsx")).active
    assert (_row(sheet, BAXIANTONG)["姓名"], _row(sheet, BAXIANTONG)["移动电话"]) == ("包青松", "13800000000")
    assert len(_rows(sheet)) == 22 and _row(sheet, QINGLONGSHAN)["说明"] == "逾期未报"
    table = Document(str(bureau.write("rollup", "liaison", "2023-07-27", "liaison.docx"))).tables[0]
    assert [c.text for c in table.rows[2].cells][1:3] == [BAXIANTONG, "包青松"]


def test_cases_become_chapters_that_say_what_they_lack_and_the_originals_lie_beside(bureau: Bureau) -> None:
    file = bureau.write("rollup", "typical-case", "2024Q1", "typical-case.docx")
    document = Document(str(file))
    heads = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert heads == [BAXIANTONG, QINGLONGSHAN, "来源"]
    text = "\n".join(p.text for p in document.paragraphs)
    assert f"{BAXIANTONG}报送某药店未凭处方销售处方药案" in text and "二、查办结果" in text and "涉案药品已封存" in text
    assert "（本篇还不齐备：缺盖章扫描件）" in text and "收录 2 个单位 2 篇。" in text
    sources = {row.cells[0].text: row.cells[5].text for row in document.tables[-1].rows}
    assert "没有可编辑版，未收录" in sources["新镇市场监管所"] and sources["治安市场监管所"] == "未报"
    with zipfile.ZipFile(bureau.folder / "typical-case-原件.zip") as originals:
        assert f"{BAXIANTONG}/附件材料_行政处罚决定书.docx" in originals.namelist() and f"{QINGLONGSHAN}/可编辑版_案例二.docx" in originals.namelist()


# --- scores, evidence, brief -------------------------------------------------------------------------------------------------


def test_the_scores_rank_units_and_say_how_they_count(bureau: Bureau) -> None:
    book = openpyxl.load_workbook(bureau.write("scores", "scores.xlsx"))
    assert book.sheetnames[0] == "排名" and "口径说明" in book.sheetnames
    best = _rows(book["排名"])[0]
    assert (best["名次"], best["单位"], best["按时收齐"], best["补正次数"]) == (1, BAXIANTONG, 5, 0)
    mine = next(r for r in _rows(book["分事项"]) if (r["单位"], r["报送事项"]) == (QINGLONGSHAN, "案件查办统计数据"))
    assert (mine["首报问题数"], mine["首报合格率"]) == (1, 0)


def test_the_evidence_holds_the_originals_as_sent_and_sums_that_agree(bureau: Bureau) -> None:
    with zipfile.ZipFile(bureau.write("evidence", "risk-list", "2024Q1", "evidence.zip")) as box:
        names = box.namelist()
        assert all(not n.startswith(("/", "\\")) and ".." not in n.split("/") and "\\" not in n for n in names) and len(set(names)) == len(names)
        assert all(info.flag_bits & 0x800 for info in box.infolist() if not info.filename.isascii())
        sums = dict(reversed(line.split("  ", 1)) for line in box.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == set(names) - {"SHA256SUMS"}
        assert all(hashlib.sha256(box.read(name)).hexdigest() == sum_ for name, sum_ in sums.items())
        with box.open("index.xlsx") as index:
            rows = _rows(openpyxl.load_workbook(index)["文件"])
    versions = [(r["是否现行"], r["包内文件"]) for r in rows if r["单位"] == BAXIANTONG and r["材料"] == "可编辑版"]
    assert versions == [("已被替换", f"{BAXIANTONG}/可编辑版_一季度清单.docx"), ("现行", f"{BAXIANTONG}/可编辑版_一季度清单(2).docx")]
    assert all(r["文件SHA-256"] == sums[r["包内文件"]] for r in rows if r["包内文件"] in sums)
    assert next(r for r in rows if r["单位"] == "新镇市场监管所")["包内文件"] == "（写在邮件正文里）"
    assert all(r["包内原邮件"] in names for r in rows)


def test_an_original_that_is_gone_from_the_archive_is_told(bureau: Bureau, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(bureau.home, home)
    for mail in (home / "archive").rglob("*.eml"):
        mail.unlink()
    poor = Bureau(home, tmp_path)
    status, said = poor.run("evidence", "risk-list", "2024Q1", tmp_path / "e.zip")
    assert status == 1 and "在存档中没有找到" in said
    status, said = poor.run("rollup", "typical-case", "2024Q1", tmp_path / "t.docx")
    assert status == 1 and "没有读出来" in said and (tmp_path / "t.docx").exists()


def test_a_mail_altered_in_the_archive_is_named_and_goes_into_no_evidence(bureau: Bureau, tmp_path: Path) -> None:
    shutil.copytree(bureau.home, tmp_path / "home")
    mails = list((tmp_path / "home" / "archive").rglob("*.eml"))
    mail = next(m for m in mails if b"dongming@units.example" in m.read_bytes())
    mail.chmod(0o600)
    mail.write_bytes(mail.read_bytes().replace(b"Subject: ", b"Subject: X", 1))
    status, said = Bureau(tmp_path / "home", tmp_path).run("evidence", "risk-list", "2024Q1", tmp_path / "e.zip")
    assert status == 1 and "有 1 封邮件在存档里被改动过，不能作证，没有放入：20240403-" in said and "没有找到" not in said
    with zipfile.ZipFile(tmp_path / "e.zip") as box, box.open("index.xlsx") as index:
        rows = _rows(openpyxl.load_workbook(index)["文件"])
        altered = [r for r in rows if r["包内原邮件"] == "存档里的邮件被改动过，没有放入"]
        assert {r["单位"] for r in altered} == {DONGMING} and all(r["包内文件"] in box.namelist() for r in altered)
        assert not [n for n in box.namelist() if n.startswith(f"{DONGMING}/来信")] and [n for n in box.namelist() if n.startswith(f"{BAXIANTONG}/来信")]


def test_the_brief_tells_the_month(bureau: Bureau) -> None:
    document = Document(str(bureau.write("brief", "2024-03", "brief.docx")))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "工作简报" in text and "本月到期应报 18 项，截至 3 月 31 日收齐 2 项，收齐率 11%；不全 1 项、逾期未报 15 项。" in text
    assert "2024年3月，3 个单位上报案件查办统计数据（15 个单位未报，未计入）：立案数 12，结案数 8，货值金额 3.8万元，罚没款 10.6万元。" in text
    assert "有 1 条上期未销号、本期不再列出，请青龙山市场监管所核实说明。" in text
    assert [c.text for c in document.tables[0].rows[1].cells] == ["案件查办统计数据", "18", "2", "0", "1", "15", "0"]


def test_libreoffice_opens_and_prints_every_export(printed: Path) -> None:
    pages = {f"{p.parent.name}/{p.stem}": len(pypdfium2.PdfDocument(p)) for p in printed.rglob("*.pdf")}
    wanted = {"xlsx": ("ledger", "scores", "risk-list", "case-stats", "liaison"), "docx": ("brief", "risk-list", "case-stats", "liaison", "typical-case")}
    assert set(pages) == {f"{kind}/{stem}" for kind, stems in wanted.items() for stem in stems}
    assert pages["docx/brief"] <= 2 and pages["xlsx/case-stats"] == 2


def test_what_libreoffice_prints_is_what_was_written(printed: Path) -> None:
    def text(name: str) -> str:
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed / name)).replace("\r\n", "")

    assert "=HYPERLINK" in text("xlsx/risk-list.pdf") and "附件3" in text("xlsx/risk-list.pdf")
    assert "按时收齐" in text("docx/brief.pdf") and "2024年4月10日" in text("docx/risk-list.pdf").replace(" ", "")


def test_the_brief_of_a_large_office_has_two_pages(make_house: Any, tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    house = make_house("2023-12-05T09:00:00")
    campaign = house.rules.campaigns[0]
    units = tuple(Unit(id=f"u{n}", name=f"某某镇第{n}市场监督管理所", kind="市场监管所" if n % 9 else "执法大队") for n in range(300))
    rules = replace(house.rules, campaigns=(replace(campaign, units=units),))
    export_brief(replace(house.exports(), rules=rules), "2023-11", tmp_path / "brief.docx")
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(tmp_path / "brief.docx")], capture_output=True, timeout=120, check=True)
    assert len(pypdfium2.PdfDocument(tmp_path / "brief.pdf")) <= 2
    house.ledger.close()


# --- what is said where it cannot be done -------------------------------------------------------------------------------------

REFUSED = [
    (("rollup", "risk-lst", "2024Q1", "a.xlsx"), "是不是想写“risk-list”"),
    (("rollup", "risk-list", "2024Q9", "a.xlsx"), "没有“2024Q9”这一期，现有：2023Q3、2023Q4、2024Q1"),
    (("rollup", "good-practice", "open", "a.docx"), "还没有任何一期"),
    (("rollup", "risk-list", "2024Q1", "a.pdf"), "文件名应以 .docx 或 .xlsx 结尾"),
    (("rollup", "typical-case", "2024Q1", "a.xlsx"), "文件名应以 .docx 结尾"),
    (("rollup", "risk-list", "2024Q1", "no/a.xlsx"), "没有这个文件夹"),
    (("ledger", "a.xlsx", "--campaign", "nobody"), "没有这个专项行动：nobody，现有：naiman-2023、yongan-2023"),
    (("brief", "2024-13", "a.docx"), "不是月份"),
    (("brief", "2025-01", "a.docx"), "还没有到"),
    (("brief", "2023-01", "a.docx"), "没有什么可写"),
    (("evidence", "risk-list", "2024Q1", "a.docx"), "文件名应以 .zip 结尾"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), REFUSED, ids=lambda w: " ".join(w) if isinstance(w, tuple) else "")
def test_what_cannot_be_exported_is_said_in_a_sentence(words: tuple[str, ...], sentence: str, bureau: Bureau) -> None:
    placed = [str(bureau.folder / w) if w.startswith(("a.", "no/")) else w for w in words]
    status, said = bureau.run(*placed)
    assert status == 2 and sentence in said
    assert not list(bureau.folder.glob("a.*")) and not list(bureau.folder.glob(".mailbot-*"))


def test_a_file_that_is_there_is_replaced_only_when_told_so(bureau: Bureau) -> None:
    file = bureau.folder / "there.xlsx"
    file.write_text("mine")
    status, said = bureau.run("scores", file)
    assert status == 2 and "--force" in said and file.read_text() == "mine"
    assert bureau.run("scores", file, "--force")[0] == 0 and openpyxl.load_workbook(file)


def test_the_same_duty_in_two_campaigns_is_said(bureau: Bureau) -> None:
    _, said = bureau.run("rollup", "liaison", "2023-07-27", bureau.folder / "which.xlsx", "--force")
    assert "取自 naiman-2023" in said and "--campaign" in said
    _, other = bureau.run("rollup", "liaison", "2023-08-30", bureau.folder / "which.xlsx", "--force")
    assert "取自 yongan-2023" in other


def test_a_later_moment_is_not_seen_from_an_earlier_one(bureau: Bureau) -> None:
    file = bureau.folder / "early.xlsx"
    assert bureau.run("rollup", "risk-list", "2024Q1", file, "--force", now="2024-03-27T12:00:00")[0] == 0
    sheet = openpyxl.load_workbook(file)["来源"]
    assert _row(sheet, BAXIANTONG)["出动执法人员（人次）"] == 100 and _row(sheet, QINGLONGSHAN)["计入情况"] == "未报"
