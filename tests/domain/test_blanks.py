"""What stands where on an empty form, from the YAML alone."""

import pytest

from mailbot.domain.blanks import Cell, Grid, blank_page, endings
from mailbot.domain.numbers import ordinal
from mailbot.domain.policy import Rules
from tests.layouts.pages import form_of


@pytest.mark.parametrize(("number", "said"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (19, "十九"), (20, "二十"), (21, "二十一"), (90, "九十")])
def test_parts_are_counted_in_chinese(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_cells_below_one_that_reaches_down_stand_beside_it() -> None:
    group, wide, cell = Cell("甲", down=2), Cell("乙", across=2), Cell("丙")
    placed = [(r, c, x.text) for r, c, x in Grid((1, 1, 1), ((group, wide), (cell, cell), (cell, wide))).placed()]
    assert placed == [(0, 0, "甲"), (0, 1, "乙"), (1, 1, "丙"), (1, 2, "丙"), (2, 0, "丙"), (2, 1, "乙")]


def test_a_text_is_written_in_word_only_and_a_free_text_has_no_form(rules: Rules) -> None:
    assert endings(rules.forms["risk-list"]) == (".docx", ".xlsx")
    assert endings(rules.forms["self-review"]) == (".docx",)
    assert endings(rules.forms["free-report"]) == ()


def test_the_notices_table_is_printed_word_for_word(rules: Rules) -> None:
    page = blank_page(rules.forms["risk-list"])
    assert page.grid is not None
    head, sample, *empty = page.grid.rows
    assert [c.text for c in head] == ["序号", "发现的共性风险隐患", "管控措施", "是否排除隐患（是/否）", "工作开展情况"]
    assert [c.text for c in sample][:4] == [
        "1", "例：部分企业处方药未凭处方销售或未保留处方。", "例：责令改正或行政处罚（根据实际采取管控措施填报）", "是/否",
    ]  # fmt: skip
    assert sample[4].text.startswith("截至目前，共检查“两品一械”生产企业    家次，医疗机构制剂室    家次，") and "{" not in sample[4].text
    assert [[c.text for c in row] for row in empty] == [[str(n), "", "", "", ""] for n in (2, 3, 4)]
    assert (page.annex, page.landscape) == ("附件3", True)


def test_the_total_adds_up_the_other_kinds_in_every_column_of_figures(rules: Rules) -> None:
    grid = blank_page(rules.forms["case-stats"]).grid
    assert grid is not None
    assert [row[0].text for row in grid.rows] == ["类别", "药品", "医疗器械", "化妆品", "合计"]
    assert {c.adds for c in grid.rows[-1][1:]} == {(1, 2, 3)} and {c.adds for row in grid.rows[:-1] for c in row} == {()}
    assert [c.text for c in grid.rows[0]][3:5] == ["货值金额（万元）", "罚没款（万元）"]


def test_the_liaison_form_has_the_notices_merged_cells(rules: Rules) -> None:
    grid = blank_page(rules.forms["liaison"]).grid
    assert grid is not None and len(grid.widths) == 5
    told = [[(c.text, c.across, c.down) for c in row] for row in grid.rows]
    assert told[:4] == [
        [("单位名称", 1, 1), ("", 4, 1)],
        [("联络员", 1, 4), ("姓名", 1, 1), ("", 1, 1), ("所在部门", 1, 1), ("", 1, 1)],
        [("职务", 1, 1), ("", 1, 1), ("办公电话", 1, 1), ("", 1, 1)],
        [("移动电话", 1, 1), ("", 3, 1)],
    ]


def test_a_text_has_its_numbered_headings_and_hints(rules: Rules) -> None:
    review = blank_page(rules.forms["self-review"])
    assert [p.heading for p in review.passages] == [
        "一、药品安全巩固提升工作简要情况", "二、工作亮点", "三、存在问题和分析（此部分不少于800字）", "四、下一步措施和建议",
    ]  # fmt: skip
    summary = {p.heading: p for p in blank_page(rules.forms["work-summary-yongan"]).passages}
    assert list(summary)[1:7] == ["二、工作主要成效", "（一）风险隐患排查情况", "（二）移送通报情况", "（三）案件查办情况", "（四）其他工作", "三、主要经验和做法"]
    assert not summary["二、工作主要成效"].room and summary["（四）其他工作"].hint == "其他需要说明的工作。"


def test_a_sentence_of_counters_without_a_column_of_its_own_stands_below_the_table() -> None:
    form = form_of(
        {
            "id": "x", "title": "检查表",
            "layout": {
                "kind": "table", "columns": [{"field": "place", "heads": ["地点"]}, {"field": "fault", "heads": ["问题"]}],
                "counters": [{"field": "checked", "label": "检查", "patterns": ["检查{n}"]}], "sentence": "共检查{checked}处。",
            },
            "blank": {"notes": ["注：本表一式两份。"], "rows": 2},
        }
    )  # fmt: skip
    page = blank_page(form)
    assert page.notes == ("共检查    处。", "注：本表一式两份。")
    assert page.grid is not None and len(page.grid.rows) == 3 and not page.landscape
