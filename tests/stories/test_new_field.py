"""A new form and a new campaign of another field by YAML alone: school safety, from the mail to the receipt."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stories.conftest import Story, codes, gist

from mailbot.app.places import bundled

FORM = """
id: hazard-check
title: 校园安全隐患排查表
recognise:
  titles: [校园安全隐患排查表]
  names: [校园排查, 安全排查表]
layout:
  kind: table
  heads:
    - {field: school, labels: [学校名称], role: unit, required: true}
    - {field: reported_on, labels: [排查日期], type: date, role: date, required: true}
  columns:
    - {field: no, heads: [序号], role: number}
    - {field: place, heads: [排查部位], required: true}
    - {field: hazard, heads: [存在隐患], required: true}
    - {field: mended, heads: [是否整改], type: yes-no, required: true}
    - {field: cost, heads: [整改费用], type: decimal}
checks:
  - check: not-negative
"""

CAMPAIGN = """
id: school-2025
title: 校园安全专项排查
short: 校园安全
start: 2025-01-01
end: 2025-12-31
kinds:
  学校: {endings: [学校]}
units:
  - {id: school-one, name: 城关第一小学, kind: 学校, aliases: [第一小学, 城关一小], addresses: [one@school.example]}
  - {id: school-two, name: 城关第二小学, kind: 学校, addresses: [two@school.example]}
groups:
  - {id: safety, name: 安全股, liaison: 安全股值班员}
duties:
  - id: monthly-check
    title: 校园安全隐患排查表
    form: hazard-check
    who: [学校]
    due: {every: month, day: 5, reports: previous, first: 2025-01, last: 2025-06}
    copies: editable
    group: safety
"""


@pytest.fixture
def school(tmp_path: Path, make_house: Any) -> Iterator[Story]:
    config = tmp_path / "rules" / "config"
    shutil.copytree(bundled("config"), config)
    (config / "forms" / "hazard-check.yaml").write_text(FORM, encoding="utf-8")
    (config / "campaigns" / "school-2025.yaml").write_text(CAMPAIGN, encoding="utf-8")
    settings = config / "mailbot.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("yongan-2023]", "yongan-2023, school-2025]"), encoding="utf-8")
    house = make_house(config=config)
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def _sheet(rows: list[tuple[object, ...]]) -> bytes:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    head = ("序号", "存在隐患", "排查部位", "整改费用（元）", "是否整改")
    for row in (("校园安全隐患排查表",), ("学校名称：城关一小", "", "", "排查日期：2025年2月3日"), head, *rows):
        book.active.append(row)  # type: ignore[union-attr]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_school_gets_its_receipt(school: Story) -> None:
    paper = _sheet([(1, "插座松动", "二楼机房", 120.5, "是"), (2, "护栏生锈", "操场看台", 0, "否")])
    shown = school.post("one@school.example", "一月份排查", "请查收", {"排查.xlsx": paper}, when="2025-02-04T10:00:00")
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "城关第一小学"
    item = shown["items"][0]
    assert (item["form"], item["duty"], item["period"]) == ("hazard-check", "monthly-check", "2025-01")
    assert [(r["place"], r["mended"], r["cost"]) for r in item["rows"]] == [("二楼机房", True, 120.5), ("操场看台", False, 0)]
    assert school.state("城关第一小学", "monthly-check", "2025-01", "2025-03-01T09:00:00", "school-2025")["state"] == "complete"
    assert "安全股值班员" in school.letters()[0].get_content()


def test_its_checks_are_told_like_any_other(school: Story) -> None:
    paper = _sheet([(1, "插座松动", "", -5, "是")])
    shown = school.post("one@school.example", "一月份排查", "请查收", {"排查.xlsx": paper}, when="2025-02-04T10:00:00")
    assert codes(shown) == {"field-missing", "field-invalid"} and gist(shown) == ("submission", "missing")


def test_the_old_campaigns_go_on_beside_it(school: Story) -> None:
    assert school.state("新镇市场监管所", "risk-list", "2024Q1")["state"] == "overdue"
