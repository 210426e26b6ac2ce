"""What Word, Excel and a printer find in an empty form."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn
from servers.real import missing

from mailbot.adapters.blanks import written
from mailbot.domain.blanks import blank_page, endings
from mailbot.domain.checks import check
from mailbot.domain.policy import Rules
from parsers.layouts import parse
from parsers.readers import read

TABLES = ("risk-list", "case-stats", "liaison")
PAGES = {"work-summary-yongan": 2}  # its hints alone fill more than one


def _word(form: str, rules: Rules) -> Any:
    return Document(io.BytesIO(written(blank_page(rules.forms[form]), ".docx")))


def _sheet(form: str, rules: Rules) -> Any:
    return openpyxl.load_workbook(io.BytesIO(written(blank_page(rules.forms[form]), ".xlsx"))).active


def test_word_repeats_the_head_row_and_parts_no_row(rules: Rules) -> None:
    rows = _word("risk-list", rules).tables[0].rows
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows] == [True, False, False, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)


@pytest.mark.parametrize(("form", "cm"), [("risk-list", (29.7, 21.0)), ("self-review", (21.0, 29.7)), ("liaison", (21.0, 29.7))])
def test_the_paper_is_a4_and_lies_where_the_table_is_wide(form: str, cm: tuple[float, float], rules: Rules) -> None:
    section = _word(form, rules).sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == cm
    assert "PAGE" in section.footer._element.xml


def test_every_style_in_use_names_a_chinese_font_that_office_can_replace(rules: Rules) -> None:
    for form in ("risk-list", "typical-case", "work-summary-yongan"):
        document = _word(form, rules)
        cells = [p for t in document.tables for row in t.rows for cell in row.cells for p in cell.paragraphs]
        styles = [p.style for p in (*document.paragraphs, *cells)]
        fonts = {s.element.rPr.rFonts.get(qn("w:eastAsia")) for s in styles}
        assert fonts <= {"方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"} and len(fonts) >= 3
        assert not any(name.endswith("Theme") for s in styles for name in s.element.rPr.rFonts.attrib)
        table = next(r.target_part.blob.decode() for r in document.part.rels.values() if r.reltype.endswith("/fontTable"))
        assert all(f'<w:font w:name="{font}"><w:altName' in table for font in fonts)


def test_nothing_tells_of_the_tool_that_wrote_it(rules: Rules) -> None:
    document = _word("self-review", rules)
    about = document.core_properties
    assert (about.title, about.author, about.comments) == ("药品安全巩固提升工作自查（自评）报告", "", "")
    assert not any("thumbnail" in r.reltype for r in document.part.package.rels.values())


def test_excel_prints_one_page_wide_with_the_head_row_on_every_page(rules: Rules) -> None:
    sheet = _sheet("risk-list", rules)
    assert (int(sheet.page_setup.paperSize), sheet.page_setup.orientation) == (9, "landscape")  # 9: A4
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$4:$4", "A5")
    assert sheet["B4"].value == "发现的共性风险隐患" and sheet.print_area.endswith("!$A$1:$E$9") and sheet["A9"].value.startswith("填表说明")
    assert "&P" in sheet.oddFooter.center.text


def _rules_of(sheet: Any) -> dict[str, set[str]]:
    return {r.type: {str(c) for c in r.sqref.ranges} for r in sheet.data_validations.dataValidation}


def test_excel_offers_yes_and_no(rules: Rules) -> None:
    sheet = _sheet("risk-list", rules)
    assert _rules_of(sheet) == {"list": {"D5:D8"}}
    assert sheet.data_validations.dataValidation[0].formula1 == '"是,否"'


def test_excel_takes_only_figures_where_figures_belong_and_adds_them_up(rules: Rules) -> None:
    sheet = _sheet("case-stats", rules)
    whole = {f"{column}4:{column}6" for column in "BCFGHI"}
    assert _rules_of(sheet) == {"whole": whole, "decimal": {"D4:D6", "E4:E6"}}
    assert {r.formula1 for r in sheet.data_validations.dataValidation} == {"0"}
    assert sheet["B7"].value == '=IF(COUNT(B4,B5,B6)=0,"",SUM(B4,B5,B6))' and sheet["A7"].value == "合计"


def test_excel_keeps_telephone_numbers_as_they_are_typed(rules: Rules) -> None:
    sheet = _sheet("liaison", rules)
    (place,) = (cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value == "移动电话")
    assert sheet[place].offset(0, 1).number_format == "@"


def test_the_cells_that_the_notice_merges_are_merged(rules: Rules) -> None:
    table = _word("liaison", rules).tables[0]
    assert table.cell(0, 1)._tc is table.cell(0, 4)._tc and table.cell(1, 0)._tc is table.cell(4, 0)._tc
    assert table.cell(1, 2)._tc is not table.cell(1, 3)._tc
    assert {"B2:E2", "A3:A6", "C5:E5", "C6:E6"} <= {str(merged) for merged in _sheet("liaison", rules).merged_cells.ranges}


def _with_figures(content: bytes) -> bytes:
    """Case figures typed over the empty cells: 1 2 3 … row by row."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for number, cell in enumerate((cell for row in book.active["B4:I6"] for cell in row), 1):  # type: ignore[index]
        cell.value = number
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Path:
    """A folder with all blanks, what LibreOffice prints of them (.pdf) and what it saves after calculating (saved/)."""
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("office")
    for form in rules.forms.values():
        for ending in endings(form):
            (folder / f"{form.id}-{ending[1:]}{ending}").write_bytes(written(blank_page(form), ending))
    (folder / "filled.xlsx").write_bytes(_with_figures((folder / "case-stats-xlsx.xlsx").read_bytes()))
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile", "--convert-to"]
    files = sorted(map(str, folder.glob("*.*")))
    books = [f for f in files if f.endswith(".xlsx")]
    for wanted in (["pdf", "--outdir", str(folder), *files], ["xlsx", "--outdir", str(folder / "saved"), *books]):
        subprocess.run([*command, *wanted], capture_output=True, timeout=180, check=False)
    return folder


def test_libreoffice_prints_every_blank_on_the_pages_it_should_have(office: Path, rules: Rules) -> None:
    wanted = {f"{form.id}-{e[1:]}": PAGES.get(form.id, 1) for form in rules.forms.values() for e in endings(form)} | {"filled": 1}
    assert {p.stem: len(pypdfium2.PdfDocument(p)) for p in office.glob("*.pdf")} == wanted


@pytest.mark.parametrize("form", TABLES)
def test_an_empty_workbook_stays_empty_after_it_was_calculated_and_saved(form: str, office: Path, rules: Rules) -> None:
    parsed = parse(read((office / "saved" / f"{form}-xlsx.xlsx").read_bytes()), rules.forms[form])
    assert parsed.unfilled and not parsed.invalid


def test_the_total_is_there_once_figures_were_typed_and_the_workbook_was_saved(office: Path, rules: Rules) -> None:
    parsed = parse(read((office / "saved" / "filled.xlsx").read_bytes()), rules.forms["case-stats"])
    assert [parsed.rows[-1][f] for f in ("kind", "filed", "closed", "persons_penalised")] == ["合计", 1 + 9 + 17, 2 + 10 + 18, 8 + 16 + 24]
    assert "total-mismatch" not in {f.code for f in check(parsed, rules.forms["case-stats"])}
