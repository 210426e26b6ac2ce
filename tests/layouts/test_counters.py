"""Counters in the words of the notice and in other people's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.forms import TableLayout
from parsers.layouts import parse
from parsers.layouts.counters import read_counters
from tests.layouts.pages import FORMS, RISK_COLUMNS, RISK_HEAD, RISK_TITLE, SAMPLE_PROGRESS, page

_LAYOUT = FORMS["risk-list"].layout
assert isinstance(_LAYOUT, TableLayout)
_COUNTERS = _LAYOUT.counters
_NAMES = {
    "p": "producers_checked", "r": "preparation_rooms_checked", "w": "wholesalers_checked", "t": "retailers_checked", "o": "officers_sent",
    "f": "risks_found", "c": "risks_closed", "m": "consultations", "i": "consultation_items", "cm": "county_consultations",
    "ci": "county_consultation_items",
}  # fmt: skip


def _read(*texts: str) -> dict[str, int | str]:
    return {k: v for k, v in read_counters(_COUNTERS, [texts]).values.items() if v is not None}


_WRITTEN = [
    ("截至目前，共检查“两品一械”生产企业0家次，医疗机构制剂室0家次，批发企业、零售连锁总部2家次；共检查零售企业及使用单位54家次。"
     "出动执法人员245人次；发现风险隐患数41条，销号28个。召开风险会商3次，研究风险会商事项7个。",
     {"p": 0, "r": 0, "w": 2, "t": 54, "o": 245, "f": 41, "c": 28, "m": 3, "i": 7}),
    ("批发企业、零售连锁总部零家次；共检查零售企业及使用单位二百零九家次。出动执法人员三百七十三人次；发现风险隐息数六十七条",
     {"w": 0, "t": 209, "o": 373, "f": 67}),
    ("共检查零售企业及使用单位１８６家次。出动 执法 人员３５７人次", {"t": 186, "o": 357}),
    ("1.检查批发企业、零售连锁总部：2家次\n2.检查零售企业及使用单位：38\n3.出动执法人员：55\n4.发现风险隐患数：19条\n5.销号：18个",
     {"w": 2, "t": 38, "o": 55, "f": 19, "c": 18}),
    ("1、出动执法人员385 2、检查零售企业及使用单位120 3、发现风险隐患数50 4、销号42", {"o": 385, "t": 120, "f": 50, "c": 42}),
    ("检查零售企业及使用单位134家次，出动执法人员203人次，发现风险隐患48条，销号30个，召开风险会商4次，研究事项5个。",
     {"t": 134, "o": 203, "f": 48, "c": 30, "m": 4, "i": 5}),
    ("累计出动执法人员385人次，排查风险隐患50条，已整改销号42条，组织召开风险会商会议8次，会商研究事项10个",
     {"o": 385, "f": 50, "c": 42, "m": 8, "i": 10}),
    ("出动执法人员（人次）：385；发现风险隐患数（条）：50；销号（个）：42；召开风险会商（次）：8", {"o": 385, "f": 50, "c": 42, "m": 8}),
    ("共检查2家次生产企业，3家次批发企业、零售连锁总部，115家次零售企业及使用单位", {"p": 2, "w": 3, "t": 115}),
    ("盟市本级召开风险会商8次，研究风险会商事项9个，所辖旗县(市、区)共召开风险会商10次，研究风险会商事项11个",
     {"m": 8, "i": 9, "cm": 10, "ci": 11}),
    ("盟市本级召开风险会商次，研究风险会商事项个，所辖旗县（市、区）共召开风险会商10次，研究风险会商事项11个", {"cm": 10, "ci": 11}),
    ("共检查生产企业/家次，医疗机构制剂室无家次，批发企业、零售连锁总部—家次", {"p": "", "r": "", "w": ""}),
    ("截至目前,共检查两品一械生产企业 3 家次,制剂室1家次,药品批发企业及零售连锁总部2家次,检查零售企业、使用单位54家次,出动执法人员245人次,发现隐患41条,"
     "已销号28个,本级召开会商3次,研究会商事项7个", {"p": 3, "r": 1, "w": 2, "t": 54, "o": 245, "f": 41, "c": 28, "m": 3, "i": 7}),
    ("累计检查生产企业3家，医疗机构制剂室1家，批发企业2家，零售药店和医疗机构54家次，出动执法人员达245人次，共发现风险隐患41处，完成销号28处，召开风险会商会3次，研究事项7项",
     {"p": 3, "r": 1, "w": 2, "t": 54, "o": 245, "f": 41, "c": 28, "m": 3, "i": 7}),
    ("一、检查情况\n1．生产企业：3家次；2．制剂室：1家次；3．零售企业及使用单位：54家次。\n二、出动执法人员：245人次。\n三、发现风险隐患数：41条，销号：28个。",
     {"p": 3, "r": 1, "t": 54, "o": 245, "f": 41, "c": 28}),
    ("医疗机构制剂室＿1＿家次，零售连锁总部＿2＿家次(分局填报);共检查零售企业及使用单位＿54＿家次。出动执法人员＿245＿人次；发现风险隐患数＿＿条，销号＿28＿个",
     {"r": 1, "w": 2, "t": 54, "o": 245, "c": 28}),
    ("生产企业三家次，制剂室一家次，批发企业两家次，执法人员两百零五人次，风险隐患廿三条，销号一百二个", {"p": 3, "r": 1, "w": 2, "o": 205, "f": 23, "c": 120}),
    ("共检查零售企业及使用单位1，254家次。出动执法人员1.2万人次", {"t": 1254, "o": 12_000}),
    ("出动执法人员\n245\n人次；发现风险隐患数\n41\n条", {"o": 245, "f": 41}),
    ("对发现的风险隐患逐一进行销号管理，销号率100%。", {}),
    ("发现风险隐患数41条，其中药品经营环节发现风险隐患12条", {"f": 41}),
    (SAMPLE_PROGRESS, {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), _WRITTEN)
def test_counters_are_read_from_every_phrasing(text: str, wanted: dict[str, int | str]) -> None:
    assert _read(text) == {_NAMES[k]: v for k, v in wanted.items()}


def test_a_counter_written_differently_in_two_rows_is_a_conflict_and_no_value() -> None:
    counts = read_counters(_COUNTERS, [("出动执法人员5人次", "出动执法人员6人次", "出动执法人员6人次")])
    assert counts.conflicts == {"officers_sent": (5, 6)}
    assert counts.values["officers_sent"] is None


_OWN_ROW = ["1", "药品混放", "分柜", "是"]
_LABELS, _FIGURES = ["检查零售企业及使用单位（家次）", "出动执法人员（人次）", "发现风险隐患数（条）", "销号（个）"], ["54", "２４５", "四十一", "28个"]


@pytest.mark.parametrize("blocks", [
    [[[*RISK_COLUMNS[:4], *_LABELS], [*_OWN_ROW, *_FIGURES], ["2", "台账不全", "补记", "否", *[""] * 4]]],
    [[[*RISK_COLUMNS[:4], *_LABELS, RISK_COLUMNS[4]], [*_OWN_ROW, *_FIGURES, "按计划开展"]]],
    [*(f"{a}：{b}" for a, b in zip(_LABELS, _FIGURES, strict=True)), [RISK_COLUMNS, [*_OWN_ROW, "无"]]],
    [[RISK_COLUMNS, [*_OWN_ROW, "无"]], [[a, b] for a, b in zip(_LABELS, _FIGURES, strict=True)]],
    [[_LABELS, _FIGURES], [RISK_COLUMNS, [*_OWN_ROW, "无"]]],
])  # fmt: skip
def test_counters_may_have_columns_lines_or_a_table_of_their_own(blocks: list[str | list[list[str]]]) -> None:
    parsed = parse(page(RISK_TITLE, RISK_HEAD, *blocks), FORMS["risk-list"])
    assert {k: v for k, v in parsed.fields.items() if k in ("retailers_checked", "officers_sent", "risks_found", "risks_closed")} == {
        "retailers_checked": 54, "officers_sent": 245, "risks_found": 41, "risks_closed": 28}  # fmt: skip
    assert (parsed.rows[0]["risk"], parsed.conflicts) == ("药品混放", {})


def test_the_counters_own_column_goes_before_other_places() -> None:
    counts = read_counters(_COUNTERS, [("发现风险隐患41条",), ("某店发现隐患2处",)])
    assert (counts.values["risks_found"], counts.conflicts) == (41, {})


@given(st.lists(st.integers(0, 99_999), min_size=3, max_size=3))
def test_any_three_numbers_come_back_from_a_sentence(numbers: list[int]) -> None:
    text = f"出动执法人员 {numbers[0]} 人次；发现风险隐患数 {numbers[1]} 条，销号 {numbers[2]} 个"
    assert _read(text) == {"officers_sent": numbers[0], "risks_found": numbers[1], "risks_closed": numbers[2]}
