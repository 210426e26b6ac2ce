"""Layouts that bend: whatever an office does to a form, what is read stays the same (tests/layouts/bends.py declares the bends)."""

from collections.abc import Callable
from itertools import product

import pytest

from mailbot.domain.classify import classify
from mailbot.domain.splitting import parts_of
from parsers.layouts import parse
from parsers.readers import read
from tests.layouts import bends
from tests.layouts.bends import Bend, Paper
from tests.layouts.pages import FORMS, page

_COUNTERS = {
    "producers_checked": 0, "preparation_rooms_checked": "", "wholesalers_checked": 2, "retailers_checked": 54, "officers_sent": 245,
    "risks_found": 41, "risks_closed": 28, "consultations": 3, "consultation_items": 7, "county_consultations": 1, "county_consultation_items": 2,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["word", "sheet"])
@pytest.mark.parametrize("bend", bends.RISK_BENDS, ids=lambda b: b.name)
def test_a_bent_risk_list_reads_as_the_straight_one(bend: Bend, kind: str) -> None:
    document = page(*bend.change(bends.RISK), kind=kind)  # type: ignore[arg-type]
    assert classify(document, FORMS.values()).winner == "risk-list"
    parsed = parse(document, FORMS["risk-list"])
    assert [(r["risk"], r["measure"], r["eliminated"]) for r in parsed.rows] == [("温度计失准", "更换温度计", True), ("药品混放", "分柜存放", False)]
    assert {k: v for k, v in parsed.fields.items() if k in _COUNTERS} == _COUNTERS
    assert (parsed.unit_text, parsed.fields["reported_on"], parsed.nil, parsed.conflicts, parsed.invalid) == ("八仙筒所", "2024-03-27", False, {}, {})
    assert "清单" in parsed.title


@pytest.mark.parametrize("write", [bends.as_word, bends.as_book])
@pytest.mark.parametrize("bend", bends.RISK_BENDS, ids=lambda b: b.name)
def test_a_bent_risk_list_reads_alike_from_a_real_file(bend: Bend, write: Callable[[Paper], bytes]) -> None:
    document = read(write(bend.change(bends.RISK)), "清单")
    assert parts_of(document, FORMS.values()) == (document,)
    assert classify(document, FORMS.values()).winner == "risk-list"
    parsed = parse(document, FORMS["risk-list"])
    assert [(r["risk"], r["measure"], r["eliminated"]) for r in parsed.rows] == [("温度计失准", "更换温度计", True), ("药品混放", "分柜存放", False)]
    assert {k: v for k, v in parsed.fields.items() if k in _COUNTERS} == _COUNTERS
    assert (parsed.unit_text, parsed.fields["reported_on"]) == ("八仙筒所", "2024-03-27")


@pytest.mark.parametrize("kind", ["word", "sheet"])
@pytest.mark.parametrize("bend", bends.STATS_BENDS, ids=lambda b: b.name)
def test_bent_case_figures_read_as_the_straight_ones(bend: Bend, kind: str) -> None:
    document = page(*bend.change(bends.STATS), kind=kind)  # type: ignore[arg-type]
    assert classify(document, FORMS.values()).winner == "case-stats"
    parsed = parse(document, FORMS["case-stats"])
    rows = {r["kind"]: [r[f] for f in ("filed", "closed", "goods_value", "fines", "persons_penalised")] for r in parsed.rows}
    assert rows == {"药品": [2, 1, 5.3, 1.2, 1], "医疗器械": [1, None, 0.5, "", 0], "化妆品": [0, 0, 0, 0, 0], "合计": [3, 1, 5.8, 1.2, 1]}
    assert (parsed.unit_text, parsed.fields["reporter"], parsed.fields["reviewer"], parsed.invalid) == ("东明所", "张三", "李四", {})
    assert "2024年6月" in parsed.period_text


@pytest.mark.parametrize(("style", "shape"), [p for p in product(bends.HEADING_STYLES, bends.SHAPES) if p != ("in brackets", "heading and text in one line")])
def test_a_report_reads_alike_whatever_numbers_its_parts_bear(style: str, shape: str) -> None:
    document = page(*bends.SHAPES[shape](bends.review(bends.HEADING_STYLES[style])))
    assert classify(document, FORMS.values()).winner == "self-review"
    parsed = parse(document, FORMS["self-review"])
    assert [s.text for s in parsed.sections] == list(bends.PARTS.values())
    assert (parsed.title, parsed.fields["reported_on"]) == ("沙日浩来所2023年药品安全巩固提升工作自查报告", "2023-09-11")


@pytest.mark.parametrize("end", ["\t1", "……1"])
def test_a_table_of_contents_is_neither_a_form_of_its_own_nor_a_part(end: str) -> None:
    paper = bends.review(bends.HEADING_STYLES["一、"])
    headings = [p + end for p in paper[1:-2:2] if isinstance(p, str)]
    document = page(paper[0], "目录", *headings, *paper[1:])
    assert parts_of(document, FORMS.values()) == (document,)
    parsed = parse(document, FORMS["self-review"])
    assert [s.text for s in parsed.sections] == list(bends.PARTS.values())
    assert parsed.title == "沙日浩来所2023年药品安全巩固提升工作自查报告"
