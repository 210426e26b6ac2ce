"""An empty form reads back as itself, and filled in by a clerk gives back what was typed. `mailbot forms` from outside."""

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from stories.test_new_field import FORM as HAZARD_FORM
from typer.testing import CliRunner

from mailbot.adapters.blanks import written
from mailbot.adapters.rules import RulesError, load
from mailbot.app.cli import app
from mailbot.app.demo.papers import prose
from mailbot.app.places import bundled
from mailbot.domain.blanks import Ending, blank_page, endings
from mailbot.domain.checks import check
from mailbot.domain.classify import classify
from mailbot.domain.forms import ParsedForm
from mailbot.domain.policy import Rules
from parsers.layouts import parse
from parsers.readers import read

BLANKS: list[tuple[str, Ending]] = [
    *((form, ".docx") for form in ("self-review", "typical-case", "work-summary", "work-summary-yongan")),
    *((form, ending) for form in ("risk-list", "case-stats", "liaison") for ending in (".docx", ".xlsx")),
]  # fmt: skip
DAY = "2024年3月27日"
UNIT = "八仙筒市场监管所"

# Three more forms that an admin might add: with a part under a part, labels beside each other, kinds with a total.
SHELTER_FORM = """
id: shelter-report
title: 避难场所管理情况报告
recognise: {titles: [避难场所管理情况报告], names: [避难场所]}
layout:
  kind: sections
  heads:
    - {field: unit, labels: [报告单位], role: unit}
  parts:
    - {field: work, heading: 管理工作开展情况}
    - {field: supplies, heading: 物资储备, under: work, least: 50}
    - {field: drills, heading: 疏散演练, under: work, hint: 写明次数、人数。}
    - {field: plans, heading: 今后打算}
"""
FIRE_FORM = """
id: fire-check
title: 消防安全自查表
recognise: {titles: [消防安全自查表], names: [消防自查]}
layout:
  kind: labels
  labels:
    - {field: unit, labels: [单位名称], role: unit, required: true}
    - {field: extinguishers, labels: [灭火器数量], type: number, required: true}
    - {field: exits_free, labels: [安全出口是否畅通], type: yes-no, required: true, beside: true}
    - {field: checked_on, labels: [自查日期], type: date, role: date}
    - {field: checker, labels: [检查人], required: true}
"""
FLOOD_FORM = """
id: flood-stats
title: 防汛物资统计表
recognise: {titles: [防汛物资统计表], names: [防汛物资]}
layout:
  kind: table
  heads:
    - {field: unit, labels: [填报单位], role: unit, required: true}
    - {field: quarter, labels: [报告期], role: period, printed: 年第    季度}
    - {field: reported_on, labels: [填报日期], type: date, role: date}
    - {field: reporter, labels: [填报人]}
    - {field: head, labels: [负责人]}
    - {field: phone, labels: [联系电话], type: phone, below: true}
  columns:
    - {field: place, heads: [存放地点]}
    - {field: bags, heads: [沙袋数], type: number}
    - {field: spent, heads: [支出金额], type: decimal, unit: 万元}
  kinds: {总数: [], 东库: [], 西库: []}
checks:
  - {check: total, row: 总数}
"""
NEW = {"hazard-check": HAZARD_FORM, "shelter-report": SHELTER_FORM, "fire-check": FIRE_FORM, "flood-stats": FLOOD_FORM}


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The bundled rules with forms that were added by YAML alone."""
    config = tmp_path_factory.mktemp("rules") / "config"
    shutil.copytree(bundled("config"), config)
    for form, text in NEW.items():
        (config / "forms" / f"{form}.yaml").write_text(text, encoding="utf-8")
    return load(config)


def blank(form: str, ending: Ending, rules: Rules) -> bytes:
    return written(blank_page(rules.forms[form]), ending)


def rivals(form: str, rules: Rules) -> tuple[Any, ...]:
    """The forms it must be told from: those of its campaign; for a new form all of them."""
    used = next((c for c in rules.campaigns if form in {d.form for d in c.duties}), None)
    return tuple(rules.forms_of((used,))) if used else tuple(f for f in rules.forms.values() if f.id != "work-summary-yongan")


def reads_as(content: bytes, form: str, rules: Rules) -> ParsedForm:
    document = read(content)
    found = classify(document, rivals(form, rules))
    assert found.winner == form and found.best and found.best.score > 0.9, found
    return parse(document, rules.forms[form])


NEW_BLANKS: list[tuple[str, Ending]] = [
    ("shelter-report", ".docx"), *((form, ending) for form in NEW if form != "shelter-report" for ending in (".docx", ".xlsx")),
]  # fmt: skip


def test_every_form_and_ending_is_tried(wider: Rules) -> None:
    assert {(f.id, e) for f in wider.forms.values() for e in endings(f)} == {*BLANKS, *NEW_BLANKS}


@pytest.mark.parametrize(("form", "ending"), [*BLANKS, *NEW_BLANKS])
def test_a_blank_reads_back_as_its_own_empty_form(form: str, ending: Ending, wider: Rules) -> None:
    parsed = reads_as(blank(form, ending, wider), form, wider)
    assert parsed.unfilled and not parsed.nil
    assert not parsed.invalid and not parsed.conflicts and not parsed.unit_text and parsed.reported_on is None
    assert not [row for row in parsed.rows if any(v is not None for f, v in row.items() if f not in ("kind", "place"))]
    assert parsed.sample_rows == (form == "risk-list")
    assert [f.code for f in check(parsed, wider.forms[form])] == ["template-unfilled"]


# --- filled in -------------------------------------------------------------------------------------------------------------------

def fill_word(content: bytes, lines: Mapping[str, str], cells: Mapping[tuple[int, int], Any], below: Mapping[str, str] | None = None) -> bytes:
    """`lines`: printed words -> the words with what was typed into them; `cells`: by row and column of the table;
    `below`: a heading's words -> the text typed into the empty line under it."""
    document = Document(io.BytesIO(content))
    for old, new in lines.items():
        (place,) = (p for p in document.paragraphs if old in p.text)
        place.text = place.text.replace(old, new)
    for (row, column), value in cells.items():
        document.tables[0].cell(row, column).text = str(value)
    for heading, text in (below or {}).items():
        start = next(i for i, p in enumerate(document.paragraphs) if heading in p.text and p.style and p.style.name.startswith("Heading"))
        next(p for p in document.paragraphs[start:] if not p.text).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def fill_excel(content: bytes, lines: Mapping[str, str], cells: Mapping[tuple[int, int], Any]) -> bytes:
    """As in Word; rows and columns are counted from the table's first row."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet: Any = book.active
    top = next(cell.row for row in sheet.iter_rows() for cell in row if cell.border.left.style)
    for old, new in lines.items():
        (place,) = (cell for row in sheet.iter_rows() for cell in row if old in str(cell.value))
        place.value = place.value.replace(old, new)
    for (row, column), value in cells.items():
        sheet.cell(top + row, column + 1).value = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def filled(form: str, ending: Ending, rules: Rules, lines: Mapping[str, str], cells: Mapping[tuple[int, int], Any]) -> ParsedForm:
    fill = fill_word if ending == ".docx" else fill_excel
    return reads_as(fill(blank(form, ending, rules), lines, cells), form, rules)


HEAD = {"填报单位：": f"填报单位：{UNIT}", "      年    月    日": DAY}
TYPED_SENTENCE = (
    "截至目前，共检查“两品一械”生产企业 1 家次，医疗机构制剂室 2 家次，批发企业、零售连锁总部 3 家次（分局填报）；共检查零售企业及使用单位 86 家次"
    "（各盟市市场监管局填报）。出动执法人员 172 人次；发现风险隐患数 24 条，销号 21 个。盟市本级召开风险会商 0 次，研究风险会商事项 0 个，"
    "所辖旗县（市、区）共召开风险会商 4 次，研究风险会商事项 5 个。"
)


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_a_risk_list_that_was_filled_in_gives_back_what_was_typed(ending: Ending, rules: Rules) -> None:
    rows = {1: ("部分药店处方药与非处方药混放。", "责令改正，现场指导分区陈列。", "是", TYPED_SENTENCE), 2: ("温湿度记录不连续。", "一个月内复查。", "否", "")}
    typed = {(r, c): text for r, row in rows.items() for c, text in enumerate(row, 1)}
    parsed = filled("risk-list", ending, rules, HEAD, typed)
    assert (parsed.unit_text, str(parsed.reported_on), parsed.sample_rows) == (UNIT, "2024-03-27", 0)
    assert [(r["risk"], r["measure"], r["eliminated"]) for r in parsed.rows] == [(*row[:2], row[2] == "是") for row in rows.values()]
    counters = [c.field for c in rules.forms["risk-list"].layout.counters]  # type: ignore[union-attr]
    assert [parsed.fields[c] for c in counters] == [1, 2, 3, 86, 172, 24, 21, 0, 0, 4, 5]
    assert check(parsed, rules.forms["risk-list"]) == ()


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_figures_typed_into_the_sample_row_count_and_the_row_is_told_as_left_over(ending: Ending, rules: Rules) -> None:
    typed = {(1, 4): TYPED_SENTENCE, **{(2, c): t for c, t in enumerate(("温湿度记录不连续。", "一个月内复查。", "否"), 1)}}
    parsed = filled("risk-list", ending, rules, HEAD, typed)
    assert (parsed.sample_rows, len(parsed.rows), parsed.fields["officers_sent"]) == (1, 1, 172)
    assert [f.code for f in check(parsed, rules.forms["risk-list"])] == ["sample-row-left"]


FIGURES = {"药品": (3, 2, 1.2, 3.5, 0, 0, 0, 1), "医疗器械": (1, 1, 0.4, 1, 0, 0, 0, 0), "化妆品": (2, 1, 0.3, 0.8, 1, 0, 0, 0)}
STATS_HEAD = {**HEAD, "统计期：      年    月": "统计期：2024年3月", "填报人：": "填报人：包青松", "审核人：": "审核人：韩立春"}


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_a_case_table_that_was_filled_in_gives_back_what_was_typed(ending: Ending, rules: Rules) -> None:
    """In Excel the total is a formula that nobody calculated here: a blank, and no finding."""
    form = rules.forms["case-stats"]
    typed = {(r, c): figure for r, row in enumerate(FIGURES.values(), 1) for c, figure in enumerate(row, 1)}
    if ending == ".docx":
        typed |= {(4, c): round(sum(row[c - 1] for row in FIGURES.values()), 1) for c in range(1, 9)}
    parsed = filled("case-stats", ending, rules, STATS_HEAD, typed)
    assert [(row["kind"], tuple(row.values())[1:]) for row in parsed.rows[:3]] == list(FIGURES.items())
    assert (parsed.unit_text, str(parsed.reported_on), parsed.fields["reporter"], parsed.fields["reviewer"]) == (UNIT, "2024-03-27", "包青松", "韩立春")
    assert "2024年3月" in parsed.period_text and check(parsed, form) == ()


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_a_liaison_form_that_was_filled_in_gives_back_what_was_typed(ending: Ending, rules: Rules) -> None:
    typed = {(0, 1): UNIT, (1, 2): "包青松", (1, 4): "综合办公室", (2, 2): "科员", (2, 4): "0475-0000000", (3, 2): "13800000000", (4, 2): "a@units.example"}
    parsed = filled("liaison", ending, rules, {}, typed)
    assert parsed.unit_text == UNIT and check(parsed, rules.forms["liaison"]) == ()
    wanted = {"name": "包青松", "department": "综合办公室", "post": "科员", "office_phone": "0475-0000000", "mobile": "13800000000", "email": "a@units.example"}
    assert {k: parsed.fields[k] for k in wanted} == wanted


@pytest.mark.parametrize("form", ["self-review", "work-summary", "work-summary-yongan", "typical-case"])
def test_a_text_that_was_typed_under_its_headings_has_just_these_words(form: str, rules: Rules) -> None:
    layout: Any = rules.forms[form].layout
    parents = {p.under for p in layout.parts}
    texts = {p.field: prose(p.least or 40 + n) for n, p in enumerate(layout.parts) if p.field not in parents}
    lines = {"填报单位：": f"填报单位：{UNIT}", "      年    月    日": DAY, "报送XX案": "报送某药店售药案"} if form == "typical-case" else {}
    below = {p.heading: texts[p.field] for p in layout.parts if p.field in texts}
    content = fill_word(blank(form, ".docx", rules), lines, {}, below)
    parsed = reads_as(content, form, rules)
    assert {s.field: s.text for s in parsed.sections if s.field in texts} == texts
    assert not [f for f in check(parsed, rules.forms[form]) if f.severity != "note"]


def test_forms_of_another_field_are_filled_in_as_well(wider: Rules) -> None:
    hazard = filled("hazard-check", ".xlsx", wider, {"学校名称：": "学校名称：城关一小", "      年    月    日": DAY},
                    {(1, 1): "二楼机房", (1, 2): "插座松动", (1, 3): "是", (1, 4): 120.5})  # fmt: skip
    assert hazard.rows == ({"no": "1", "place": "二楼机房", "hazard": "插座松动", "mended": True, "cost": 120.5},)
    assert (hazard.unit_text, str(hazard.reported_on)) == ("城关一小", "2024-03-27")
    fire = filled("fire-check", ".docx", wider, {}, {(0, 1): "城关三中", (1, 1): 42, (1, 3): "是", (2, 1): DAY, (3, 1): "值班员"})
    assert {k: fire.fields[k] for k in ("extinguishers", "exits_free", "checked_on", "checker")} == {
        "extinguishers": 42, "exits_free": True, "checked_on": "2024-03-27", "checker": "值班员",
    }  # fmt: skip
    flood = filled("flood-stats", ".docx", wider, {"      年第    季度": "2024年第1季度"}, {(2, 1): 30, (3, 1): 12, (1, 1): 42, (2, 2): "1.5", (1, 2): 1.5})
    assert [(r["place"], r["bags"], r["spent"]) for r in flood.rows] == [("总数", 42, 1.5), ("东库", 30, 1.5), ("西库", 12, None)]
    assert "2024年第1季度" in flood.period_text


def test_a_gap_that_names_no_counter_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(bundled("config"), config)
    file = config / "forms" / "risk-list.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("{officers_sent}", "{officer_sent}"), encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        load(config)
    assert [m.sentence for m in caught.value.mistakes] == ["没有“officer_sent”这个计数，是不是想写“officers_sent”？"]


# --- the command -----------------------------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--config", str(bundled("config")), "forms", *words])
    return done.exit_code, done.output


@pytest.mark.parametrize(("form", "name"), [("risk-list", "清单.docx"), ("联络员报名表", "报名表.XLSX")])
def test_the_command_writes_the_file_and_says_so_in_one_line(form: str, name: str, tmp_path: Path, rules: Rules) -> None:
    status, said = run("blank", form, str(tmp_path / name))
    assert status == 0 and said.count("\n") == 1 and name in said
    found = next(f for f in rules.forms.values() if form in (f.id, f.title))
    assert reads_as((tmp_path / name).read_bytes(), found.id, rules).unfilled and found.title in said


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "清单.docx"
    file.write_bytes(b"filled in by a person")
    status, said = run("blank", "risk-list", str(file))
    assert status == 2 and "已经有这个文件" in said and "--force" in said and file.read_bytes() == b"filled in by a person"
    status, _ = run("blank", "risk-list", str(file), "--force")
    assert status == 0 and file.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("form", "name", "wanted"),
    [
        ("risk-lst", "a.docx", ("没有“risk-lst”这种表，是不是想写“risk-list”？", "case-stats", "联络员报名表（Word、Excel）")),
        ("日报", "a.docx", ("没有“日报”这种表。现有：", "self-review")),
        ("self-review", "a.xlsx", ("空表是 Word，文件名应以 .docx 结尾，“a.xlsx”不行",)),
        ("liaison", "a.pdf", ("空表是 Word、Excel，文件名应以 .docx 或 .xlsx 结尾",)),
        ("liaison", "a", ("“a”没有写明",)),
        ("free-report", "a.docx", ("“工作情况报告”没有固定格式", "没有空表")),
        ("liaison", "no/a.docx", ("没有这个文件夹", "请先建好")),
    ],
)
def test_what_cannot_be_written_is_told_with_what_can(form: str, name: str, wanted: tuple[str, ...], tmp_path: Path) -> None:
    status, said = run("blank", form, str(tmp_path / name))
    assert status == 2 and not [w for w in wanted if w not in said] and not list(tmp_path.iterdir())


def test_the_forms_are_listed_with_their_blanks(rules: Rules) -> None:
    status, said = run("list")
    assert status == 0 and len(said.splitlines()) == len(rules.forms)
    assert "self-review" in said and "自查（自评）报告（Word）" in said and "工作情况报告（没有空表）" in said
