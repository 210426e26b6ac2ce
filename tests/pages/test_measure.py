"""What is measured is held against the truth rightly, kept, and written without touching the other section."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mailbot.domain.pages import Box, Page, Seal
from tests.pages import looking, measure, reading, report, seal_tables
from tests.pages.goals import goals
from tests.pages.tables import Measured, Table

_TRUE = {
    "shape": "round",
    "strength": 0.5,
    "visible": 0.3,
    "double": False,
    "cut": 0.0,
    "box": [0.6, 0.7, 0.8, 0.85],
    "seen": [0.6, 0.7, 0.8, 0.85],
}
_MARK = {"name": "pie", "box": [0.1, 0.1, 0.3, 0.25], "seen": [0.1, 0.1, 0.3, 0.25]}


def _page(*boxes: Box, turned: float = 0.0) -> Page:
    return Page(1, 800, 1100, "colour", tuple(Seal("round", "red", box, 42, 0.9) for box in boxes), turned=turned)


def _true(**more: Any) -> dict[str, Any]:
    return {"desk": False, "seals": [_TRUE], "marks": [_MARK], "red_head": False, **more}


def test_a_seal_that_lies_nearly_where_the_true_one_is_is_that_one() -> None:
    (found,) = looking._matched(_page(Box(0.61, 0.71, 0.81, 0.86)), _true(), 0)
    assert found["is"] == 0
    assert found["of"] is None


def test_one_true_seal_is_found_only_once() -> None:
    first, second = looking._matched(_page(Box(0.6, 0.7, 0.8, 0.85), Box(0.61, 0.7, 0.81, 0.85)), _true(), 0)
    assert (first["is"], second["is"], second["of"]) == (0, None, "beside-a-seal")


@pytest.mark.parametrize(
    ("box", "red_head", "of"),
    [
        (Box(0.12, 0.1, 0.3, 0.24), False, "pie"),
        (Box(0.4, 0.05, 0.6, 0.15), True, "red-head"),
        (Box(0.4, 0.4, 0.5, 0.5), True, "page"),
    ],
)
def test_a_false_alarm_tells_what_it_took_for_a_seal(box: Box, red_head: bool, of: str) -> None:
    (found,) = looking._matched(_page(box), _true(red_head=red_head), 0)
    assert (found["is"], found["of"]) == (None, of)


def test_a_page_that_the_product_set_upright_is_not_turned_back_once_more() -> None:
    (found,) = looking._matched(_page(Box(0.6, 0.7, 0.8, 0.85), turned=90.0), _true(), 3)
    assert found["is"] == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_box_on_a_turned_page_is_turned_back_as_pixels_are(turns: int) -> None:
    upright = Image.new("L", (80, 110))
    upright.paste(255, (48, 77, 64, 94))
    left, top, right, bottom = (turned := upright.rotate(90 * turns, expand=True)).getbbox() or (0, 0, 0, 0)
    box = Box(left / turned.width, top / turned.height, right / turned.width, bottom / turned.height)
    assert looking._upright(box, turns) == pytest.approx((48 / 80, 77 / 110, 64 / 80, 94 / 110))


def test_the_recall_counts_what_was_found_of_what_can_be_seen() -> None:
    pale = {**_TRUE, "visible": 0.0}
    case = {"id": "1", "colour": "colour", "hand": "scanner", "paper": "white", "dpi": 150, "pages": [_true(seals=[_TRUE, _TRUE, pale])]}
    found = {"pages": [{"colour": "colour", "seals": [{"is": 1, "of": None, "shape": "round"}]}], "ms": 10.0}
    rows = dict(seal_tables.recall(Measured([case], {"seals": {"1": found}})).rows)
    assert rows["彩色页面的印章，合计"] == "1/2 = 50.0%"
    assert rows["颜色已经看不出来的（不计入合计）"] == "0/1 = 0.0%"


def test_the_goals_count_other_papers_found_and_same_papers_blamed() -> None:
    said = {"figure": "differs", "draft": "same", "same": "differs", "unstamped": "same"}
    cases = [{"id": relation, "relation": relation} for relation in said]
    words = {relation: {"verdict": verdict} for relation, verdict in said.items()}
    rows = [(name, result) for name, _, result, _ in goals(Measured(cases, {"words": words})).rows]
    assert rows == [("扫描件与可编辑版确实不同的，指出来", "1/2 = 50.0%"), ("是同一份的，误说不同", "1/2 = 50.0%")]
    assert [reached for *_, reached in goals(Measured(cases[2:], {"words": words})).rows] == ["—", "否"]


def test_what_was_measured_is_kept_and_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def work(folder: Path, case: dict[str, Any]) -> dict[str, Any]:
        done.append(case["id"])
        return {"id": case["id"]}

    monkeypatch.setattr(measure, "STEPS", {"count": measure.Step(work, ())})
    cases = [{"id": "1"}, {"id": "2"}]
    assert measure.run(tmp_path, "count", cases[:1], 1, again=False) == {"1": {"id": "1"}}
    assert measure.run(tmp_path, "count", cases, 1, again=False) == {"1": {"id": "1"}, "2": {"id": "2"}}
    assert done == ["1", "2"]
    measure.run(tmp_path, "count", cases, 1, again=True)
    assert done == ["1", "2", "1", "2"]


def test_a_look_that_was_kept_is_the_look_that_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "x.png"
    Image.new("RGB", (400, 560), "white").save(picture)
    taken = looking.look(picture.read_bytes())
    monkeypatch.setattr(reading, "_engine", lambda: None)
    monkeypatch.setattr(reading, "look", lambda content, engine: taken)
    assert reading.looked(tmp_path, b"x") == taken
    monkeypatch.setattr(reading, "look", None)
    assert reading.looked(tmp_path, b"x") == taken


def test_writing_one_section_leaves_the_other(tmp_path: Path) -> None:
    file = tmp_path / "scans.md"
    for section, value in (("first", "甲"), ("second", "乙"), ("first", "丙")):
        file.write_text(report.written(file, section, 3, 1, [Table("t", "表", ("项",), ((value,),))]), "utf-8")
    text = file.read_text("utf-8")
    assert "丙" in text and "乙" in text and "甲" not in text
    assert text.count("\n## ") == len(report.SECTIONS)


def test_tables_in_json_have_a_row_for_every_line() -> None:
    told = measure.as_json([Table("t", "表", ("项", "值"), (("一", "1"), ("二", "2")))])
    assert json.loads(json.dumps(told)) == {"t": [{"项": "一", "值": "1"}, {"项": "二", "值": "2"}]}
