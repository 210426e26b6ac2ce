"""Is a scan the same paper as the editable copy? Named cases, hostile texts, and the goals over many generated pairs."""

import time
from dataclasses import replace

import pytest

from mailbot.domain.aligning import align, signs_of
from mailbot.domain.comparing import Paper, Verdict, compare
from mailbot.domain.figures import same_number
from mailbot.domain.pages import Box, Line, Look, Page, Seal
from tests.domain.read_pairs import judged, shares

LIST = (
    "“两品一械”风险隐患排查问题清单\n填报单位：八仙筒市场监管所 填报日期：2024年3月27日\n"
    "截至目前，共检查零售企业及使用单位86家次。\n出动执法人员45人次；发现风险隐患数24条，销号21个。\n"
    "部分药店处方药与非处方药混放，未按要求分区陈列。\n责令改正，现场指导分区陈列，一个月内复查到位。"
)
FIELDS = {"retailers_checked": 86, "officers_sent": 45, "risks_found": 24, "risks_closed": 21}
LABELS = {"officers_sent": "出动执法人员（人次）"}


def typed(text: str = LIST, **also: object) -> Paper:
    return replace(Paper("risk-list", "baxiantong", "2024Q1", "清单", "八仙筒市场监管所", FIELDS, labels=LABELS, text=text), **also)  # type: ignore[arg-type]


def seen(text: str = LIST, *, legible: float = 0.999, height: float = 0.02, seal: Box | None = None, ink: str = "red", **also: object) -> Paper:
    """A scan of one page, read line by line."""
    lines = tuple(Line(t, Box(0.1, 0.1 + n * 0.04, 0.1 + 0.02 * len(t), 0.1 + n * 0.04 + height), legible) for n, t in enumerate(text.splitlines()))
    seals = (Seal("round", ink, seal, 42, 1.0),) if seal else ()  # type: ignore[arg-type]
    return typed(text, look=Look((Page(1, 1240, 1754, "colour", seals, lines),), "ocr"), **also)


def scan_with(change: tuple[str, str], *, legible: float = 0.999, height: float = 0.02, seal: Box | None = None, ink: str = "red") -> Verdict:
    """The list scanned with one text otherwise, beside the typed list."""
    return compare(seen(LIST.replace(*change), legible=legible, height=height, seal=seal, ink=ink, fields={}), typed())


def places(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(d.where, d.scan, d.editable) for d in verdict.differences]


def test_the_same_paper_is_the_same() -> None:
    assert compare(seen(), typed()) == Verdict("same")


def test_another_figure_is_told_with_what_the_form_calls_it() -> None:
    scan = seen(LIST.replace("45人次", "42人次"), fields={**FIELDS, "officers_sent": 42})
    verdict = compare(scan, typed())
    assert verdict.kind == "differs"
    assert [(d.where, d.scan, d.editable, d.field) for d in verdict.differences] == [("“出动执法人员（人次）”", "42", "45", "officers_sent")]


def test_a_figure_that_no_field_holds_is_told_with_the_words_around_it() -> None:
    verdict = scan_with(("24条", "29条"))
    assert (verdict.kind, places(verdict)) == ("differs", [("正文“发现风险隐患数…条”", "29", "24")])


def test_words_a_reader_confuses_are_no_difference() -> None:
    assert compare(seen(LIST.replace("药品", "葯晶").replace("、", "").replace("，", ",").replace("责令", "贡令")), typed()) == Verdict("same")


def test_a_lost_figure_is_no_difference_but_a_note_that_names_it() -> None:
    verdict = scan_with(("45人次", "人次"))
    assert verdict == Verdict("unsure", note="未能核对全部数字：“出动执法人员（人次）”的45在扫描件上没有读到")
    other = replace(typed(), fields={})
    assert compare(seen(LIST.replace("45人次", "人次"), fields={}), other).kind == "same"  # no field of the form


def test_a_line_that_a_clear_page_lacks_is_a_note_that_begins_it() -> None:
    line = "乡镇药店执业药师挂证现象仍未杜绝。移交案件线索，暂停销售处方药。\n"
    verdict = compare(seen(LIST), typed(LIST.replace("责令改正", f"{line}责令改正")))
    assert verdict == Verdict("unsure", note="可编辑版有而扫描件上没有看到：“乡镇药店执业药师挂证现象…”")
    assert compare(seen(LIST, legible=0.9), typed(LIST.replace("责令改正", f"{line}责令改正"))).kind == "same"  # lines are lost there


def test_a_short_line_that_a_page_lacks_says_nothing() -> None:
    assert compare(seen(LIST), typed(LIST.replace("责令改正", "附件共三份，随文报送。\n责令改正"))).kind == "same"


def test_a_figure_read_unsurely_is_a_note_for_staff() -> None:
    verdict = scan_with(("24条", "29条"), legible=0.6)
    assert verdict.kind == "unsure" and "扫描件读作“29”，可编辑版为“24”" in verdict.note


def test_of_a_hardly_legible_number_two_other_digits_are_a_difference_and_lost_ones_are_not() -> None:
    assert scan_with(("24条", "36条"), legible=0.6).kind == "differs"
    assert scan_with(("24条", "136条"), legible=0.6).kind == "unsure"
    assert scan_with(("24条", "36条"), legible=0.3).kind == "unsure"


@pytest.mark.parametrize(("was", "now"), [("45人次", "4人次"), ("86家次", "36家次"), ("21个", "27个")])
def test_a_digit_that_a_blurred_page_may_have_cost_is_a_note_and_on_good_print_a_difference(was: str, now: str) -> None:
    assert scan_with((was, now), height=0.01).kind == "unsure"
    assert scan_with((was, now)).kind == "differs"


def test_a_digit_no_slip_explains_is_a_difference_on_small_print_too() -> None:
    assert scan_with(("45人次", "42人次"), height=0.01).kind == "differs"


def test_a_point_between_digits_is_easily_lost() -> None:
    assert compare(seen("罚没款12万元，已全部缴入国库。"), typed("罚没款1.2万元，已全部缴入国库。")).kind == "unsure"


def test_under_a_seal_digits_are_lost_and_under_a_dark_one_nothing_is_sure() -> None:
    cover = Box(0.05, 0.2, 0.5, 0.3)
    assert scan_with(("45人次", "5人次"), seal=cover).kind == "unsure"
    assert scan_with(("45人次", "42人次"), seal=cover).kind == "differs"
    assert scan_with(("45人次", "42人次"), seal=cover, ink="dark").kind == "unsure"


def test_a_day_written_otherwise_is_no_difference() -> None:
    assert scan_with(("3月27日", "3月28日")).kind == "same"
    assert scan_with(("2024年3月27日", "2024-3-27")).kind == "same"


def test_the_page_of_another_period_is_another_paper() -> None:
    old = LIST.replace("2024年3月27日", "2023年12月28日").replace("45人次", "39人次").replace("86家次", "61家次")
    verdict = compare(seen(old, period="2023Q4"), typed())
    assert (verdict.kind, places(verdict)) == ("other-paper", [("报告期", "2023Q4", "2024Q1")])


def test_a_date_misread_where_all_else_is_equal_is_a_note() -> None:
    verdict = compare(seen(LIST.replace("3月27日", "8月27日"), period="2024Q3"), typed())
    assert verdict.kind == "unsure" and "报告期读作“2024Q3”" in verdict.note


def test_the_page_of_another_unit_is_another_paper_though_its_figures_are_equal() -> None:
    verdict = compare(seen(LIST.replace("八仙筒", "青龙山"), unit="qinglongshan", unit_text="青龙山市场监管所"), typed())
    assert (verdict.kind, places(verdict)) == ("other-paper", [("报送单位", "青龙山市场监管所", "八仙筒市场监管所")])


def test_a_numeral_of_a_units_name_is_easily_misread() -> None:
    verdict = compare(seen(unit="zhifa2", unit_text="执法二中队"), typed(unit="zhifa1", unit_text="执法一中队"))
    assert verdict.kind == "unsure"


def test_wholly_other_words_are_another_paper() -> None:
    letter = "关于开展飞行检查工作情况的报告，\n我单位组织业务骨干分三组赴辖区各经营企业，\n重点查看冷链储存运输记录和追溯码上传情况，\n检查结果已经反馈被检查单位。"
    assert compare(seen(letter), typed()).kind == "other-paper"
    assert compare(seen(letter, legible=0.5), typed()).kind == "unsure"


def test_other_passages_in_the_place_of_typed_ones_make_an_older_draft() -> None:
    draft = LIST.replace("部分药店处方药与非处方药混放，未按要求分区陈列", "个别村卫生室温湿度记录不连续，冷藏柜停用")
    verdict = compare(seen(draft.replace("45人次", "42人次")), typed())
    assert verdict.kind == "older-draft" and len(verdict.differences) == 2
    assert compare(seen(draft), typed()).kind == "unsure"


def test_what_only_the_scan_has_is_no_draft() -> None:
    letterhead = "奈曼旗八仙筒市场监督管理所文件\n八市监字第七号签发人韩立春\n"
    assert compare(seen(f"{letterhead}{LIST}\n情况属实同意上报请办公室收阅"), typed()).kind == "same"


def row(kind: str, *values: float | None) -> dict[str, str | float | None]:
    return {"kind": kind, **dict(zip(("filed", "closed", "fines", "revoked"), values, strict=True))}


def table(*rows: dict[str, str | float | None], grid: bool = True) -> Paper:
    """A table of cases, typed; or on a page whose grid was not found: every cell a line."""
    cells = [[f"{v:g}" if isinstance(v, int | float) else v or "" for v in r.values()] for r in rows]
    text = "\n".join("\t".join(line) for line in cells) if grid else "\n".join(c for line in cells for c in line if c)
    return Paper("case-stats", rows=rows if grid else (), labels={"fines": "罚没款（万元）"}, text=text)


def on_page(paper: Paper) -> Paper:
    cells = [c for line in paper.text.splitlines() for c in line.split("\t")]
    lines = tuple(Line(c, Box(0.1, n / 100, 0.15, n / 100 + 0.02), 0.999) for n, c in enumerate(cells))
    return replace(paper, look=Look((Page(1, 1240, 1754, "colour", (), lines),), "ocr"))


TYPED = table(row("药品", 3, 2, 3.5, 0), row("化妆品", 2, 1, 0.8, 0), row("合计", 5, 3, 4.3, 0))


@pytest.mark.parametrize("grid", [True, False])
def test_another_figure_in_a_cell_is_told_with_its_row_and_column(grid: bool) -> None:
    scan = table(row("药品", 3, 2, 9.5, 0), row("化妆品", 2, 1, 0.8, 0), row("合计", 5, 3, 4.3, 0), grid=grid)
    verdict = compare(on_page(scan), TYPED)
    assert (verdict.kind, places(verdict)) == ("differs", [("“药品”一行“罚没款（万元）”", "9.5", "3.5")])


def test_of_two_cells_with_the_same_two_figures_both_are_told_and_each_once() -> None:
    scan = table(row("药品", 3, 2, 3.5, 1), row("化妆品", 2, 1, 0.8, 0), row("合计", 5, 3, 4.3, 1))
    verdict = compare(on_page(scan), TYPED)
    assert (verdict.kind, places(verdict)) == ("differs", [("“药品”一行“revoked”", "1", "0"), ("“合计”一行“revoked”", "1", "0")])


def test_a_figure_between_equal_ones_keeps_its_column() -> None:
    scan = table(row("药品", 0, 1, 0, 0), row("化妆品", 2, 3, 0.8, 0))
    verdict = compare(on_page(scan), table(row("药品", 0, 0, 0, 0), row("化妆品", 2, 3, 0.8, 0)))
    assert (verdict.kind, places(verdict)) == ("differs", [("“药品”一行“closed”", "1", "0")])


def words_only(*rows: str) -> Paper:
    """A page whose table was not found: kind and figures in one line."""
    return on_page(Paper("case-stats", text="\n".join(rows)))


def test_a_table_of_which_no_row_was_read_is_only_the_same_where_every_figure_was_met() -> None:
    assert compare(words_only("药品 3 2 3.5 0", "化妆品 2 1 0.8 0", "合计 5 3 4.3 0"), TYPED).kind == "same"
    one_too_few = compare(words_only("药品 3 2 3.5 0", "化妆品 2 0 0.8 0", "合计 5 3 4.3 0"), TYPED)
    assert one_too_few == Verdict("unsure", note="未能核对全部数字：“化妆品”一行“closed”的1在扫描件上没有读到")
    one_too_many = compare(words_only("药品 3 2 3.5 1", "化妆品 2 1 0.8 0", "合计 5 3 4.3 0"), TYPED)
    assert one_too_many == Verdict("unsure", note="未能核对全部数字：扫描件上多出1")


def test_another_table_whose_rows_were_not_read_is_never_the_same() -> None:
    verdict = compare(words_only("药品 7 6 0.86 0", "化妆品 8 1 0.22 0", "合计 15 7 1.08 0"), TYPED)
    assert verdict.kind == "unsure" and verdict.note.startswith("未能核对全部数字")


def test_an_amount_below_one_has_the_digits_it_is_written_with() -> None:
    scan = words_only("药品 0.86 0.22", "化妆品 0.13 0.67", "合计 0.99 0.89")
    said = table(row("药品", 0.45, 0.71, 0, 0), row("化妆品", 0.12, 0.15, 0, 0), row("合计", 0.57, 0.84, 0, 0))
    verdict = compare(scan, said)
    assert (verdict.kind, places(verdict)) == ("differs", [("表中", "0.13、0.22、0.67", "0.12、0.15、0.45")])


def test_lost_cells_shifted_columns_and_cells_grown_together_are_no_difference() -> None:
    lost = table(row("药品", 3, 2, 3.5, None), row("化妆品", 2, None, 0.8, 0), row("合计", 5, 3, 4.3, 0))
    shifted = table(row("药品", 2, 3.5, 0, None), row("化妆品", 2, 1, 0.8, 0), row("合计", 5, 3, 4.3, 0))
    grown = table(row("药品", 32, None, 3.5, 0), row("化妆品", 2, 1, 0.8, 0), row("合计", 5, 3, 4.3, 0))
    assert [compare(on_page(p), TYPED).kind for p in (lost, shifted, grown)] == ["unsure"] * 3
    assert [compare(on_page(p), TYPED).differences for p in (lost, shifted, grown)] == [()] * 3


def test_the_same_words_with_their_numbers_in_another_order_are_no_difference() -> None:
    rows = "部分药店处方药与非处方药混放\n已立案2件，罚款5000元\n个别村卫生室温湿度记录不连续\n已立案3件，罚款9000元"
    other = rows.replace("2件", "X件").replace("3件", "2件").replace("X件", "3件")
    assert compare(seen(rows, fields={}), typed(other, fields={})).kind == "same"
    assert compare(seen(rows, fields={}), typed(rows.replace("2件", "4件"), fields={})).kind == "differs"


def test_amounts_that_stand_nowhere_on_the_other_copy_are_other_figures_wherever_they_belong() -> None:
    words = "“两品一械”案件查办统计表\n填报单位：八仙筒市场监督管理所 统计期：二月\n"
    scan = "药品 1 1 3.70 1.42 0\n医疗器械 2 0 8.03 3.61 0\n化妆品 12 12 34.51 49.44 0"
    said = "药品\t3\t3\t11.73\t12.08\t2\n医疗器械\t12\t8\t29.27\t34.86\t2\n化妆品\t5\t5\t21.55\t16.57\t0"
    bare = {"fields": {}, "period": ""}
    verdict = compare(seen(words + scan, **bare), typed(words + said, **bare))
    assert (verdict.kind, places(verdict)) == ("differs", [("表中", "1.42、3.61、34.51", "11.73、12.08、16.57")])
    points_lost = said.replace("\t", " ").replace(".", "")
    assert compare(seen(words + points_lost, **bare), typed(words + said, **bare)).kind == "same"


def test_many_other_words_that_were_read_surely_are_no_slips() -> None:
    dated = LIST.replace("部分药店处方药与非处方药混放，未按要求分区陈列", "两家诊所索证票据留存缺页，采购台账登记漏项")
    assert compare(seen(dated.replace("45人次", "42人次"), fields={}), typed()).kind in ("differs", "older-draft")


def test_yes_read_where_no_is_typed_is_a_note() -> None:
    answered = {"no": "1", "risk": "个别村卫生室温湿度记录不连续", "eliminated": True}
    scan = on_page(Paper("risk-list", rows=(answered,), text="1\t个别村卫生室温湿度记录不连续\t是"))
    verdict = compare(scan, Paper("risk-list", rows=({**answered, "eliminated": False},), text="1\t个别村卫生室温湿度记录不连续\t否"))
    assert (verdict.kind, places(verdict)) == ("unsure", [("第1行“eliminated”", "是", "否")])


def test_of_a_filing_without_words_the_fields_alone_are_compared() -> None:
    filed = Paper("risk-list", fields={"officers_sent": 42, "reported_on": "2024-03-28", "unit": "八仙筒所"})
    verdict = compare(filed, Paper("risk-list", fields={"officers_sent": 45, "reported_on": "2024-03-27", "unit": "八仙筒市场监管所"}, labels=LABELS))
    assert (verdict.kind, places(verdict)) == ("differs", [("“出动执法人员（人次）”", "42", "45")])


def test_a_telephone_is_compared_and_its_bureaus_code_apart() -> None:
    fields = {"office_phone": "0475-6580786", "mobile": "13899843435"}
    scan = Paper("liaison", fields={**fields, "mobile": "13899843442"}, text="办公电话\t0475-6580786\n移动电话\t13899843442")
    verdict = compare(on_page(scan), Paper("liaison", fields=fields, text="办公电话\t0475-6580786\n移动电话\t13899843435"))
    assert (verdict.kind, places(verdict)) == ("differs", [("“mobile”", "13899843442", "13899843435")])


def test_what_was_not_read_is_not_judged() -> None:
    assert compare(Paper("risk-list"), typed()).kind == "unsure"
    assert compare(seen("出动执法人员45人次"), typed()).kind == "unsure"


def test_a_text_layer_is_believed() -> None:
    scan = seen(LIST.replace("45人次", "5人次"), legible=0.0)
    assert scan.look and compare(replace(scan, look=replace(scan.look, reading="text-layer")), typed()).kind == "differs"


def test_numbers_are_equal_however_they_are_written() -> None:
    assert same_number("1,200", "1200") and same_number("0.50", "0.5") and same_number("03", "3") and same_number("0", "0.0")
    assert not same_number("12", "1.2") and not same_number("10", "1")


def test_words_that_stand_twice_keep_their_order() -> None:
    text = "召开风险会商{}次，研究风险会商事项{}个。\n所辖旗县共召开风险会商{}次，研究风险会商事项{}个。"
    scan, paper = signs_of(text.format(1, 2, 3, 4)), signs_of(text.format(1, 2, 5, 4))
    pairs = [(scan.numbers[i], paper.numbers[j]) for j, i in align(scan, paper).pairs.items()]
    assert pairs == [("1", "1"), ("2", "2"), ("3", "5"), ("4", "4")]


@pytest.mark.parametrize("text", ["药" * 300_000, "药品1" * 100_000, "\n".join(["出动执法人员45人次"] * 3000), "1\n" * 3000, "1,2." * 100_000])
def test_a_hostile_text_costs_no_minutes(text: str) -> None:
    started = time.process_time()
    compare(seen(text[:200_000]), typed(text))
    compare(seen(text[:200_000]), typed())
    assert time.process_time() - started < 20


LEVELS = (0.002, 0.005, 0.01)


@pytest.mark.parametrize("level", LEVELS)
def test_of_the_same_papers_at_most_one_in_a_hundred_is_said_to_differ(level: float) -> None:
    told = shares("same", level, 200)
    assert told["same"] + told["unsure"] >= 0.99 and told["unsure"] <= 0.15


@pytest.mark.parametrize(("relation", "least"), [("figure", 0.95), ("two figures", 0.95), ("last quarter", 0.95), ("older draft", 0.95), ("other unit", 0.95)])
def test_real_differences_are_told(relation: str, least: float) -> None:
    told = shares(relation, 0.005, 120)
    assert 1 - told["same"] - told["unsure"] >= least


def test_another_report_is_always_another_paper() -> None:
    assert {judged("other report", level, n).kind for level in LEVELS for n in range(30)} <= {"other-paper", "unsure"}
