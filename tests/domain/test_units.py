"""How people write the names of units."""

import pytest

from mailbot.domain.policy import Rules
from mailbot.domain.units import Roster


@pytest.fixture(name="roster")
def _roster(rules: Rules) -> Roster:
    return rules.campaign("naiman-2023").roster


@pytest.mark.parametrize(("text", "unit"), [
    *((t, "baxiantong") for t in (
        "八仙筒市场监管所", "八所", "八仙筒所", "八仙筒监管所", "八仙筒镇监管所", "八仙筒镇市监所", "八仙筒市监所", "八仙筒市场监督管理所",
        "奈曼旗八仙筒镇市场监督管理所", "奈曼旗市场监督管理局八仙筒市场监管所", "八仙筒 所（盖章）", "八仙筒市场监管分局", "八仙所")),
    *((t, "zhifa1") for t in ("执法一中队", "执法1中队", "执法１中队", "一中队", "执法大队一中队", "第一中队", "执法中队（一）",
        "市场监管综合行政执法大队执法一中队", "执法—中队")),
    ("执法大队", "zhifadadui"), ("固日班花苏木市场监管所", "guribanhua"), ("土城子乡所", "tuchengzi"), ("药械股", "yaoxie"),
])  # fmt: skip
def test_declared_spellings_are_the_unit(roster: Roster, text: str, unit: str) -> None:
    named = roster.is_name(text)
    assert named and named.id == unit


@pytest.mark.parametrize(("text", "unit"), [
    ("八仙桶所", "baxiantong"), ("八仙桶市场监管所", "baxiantong"), ("奈曼旗八仙桶镇市场监督管理所", "baxiantong"), ("八仙筒筒所", "baxiantong"),
    ("沙浩日来所", "sharihaolai"),
    ("沙日好来所", "sharihaolai"), ("八仙筒", "baxiantong"), ("八仙筒镇", "baxiantong"), ("黄花他拉市监所", "huanghuatala"), ("药械监督股", "yaoxie"),
    ("八仙筒市场督管理所", "baxiantong"), ("东明市场监管唐", "dongming"), ("执法二中政", "zhifa2"),
])  # fmt: skip
def test_one_slip_of_the_pen_is_like_exactly_one_unit(roster: Roster, text: str, unit: str) -> None:
    assert roster.is_name(text) is None
    near = roster.like(text)
    assert near and near.id == unit


@pytest.mark.parametrize("text", [
    "执法四中队", "执法中队", "中队", "执法二三中队", "九仙筒所", "东名所", "明东所", "兴隆市场监管所", "奈曼旗市场监督管理局",
    "", "仙筒所长", "某药店", "XX市场监管所", "东旭市场监管所", "东明中学", "八仙筒人民政府", "八仙筒所和新镇所",
])  # fmt: skip
def test_what_is_nobodys_name_is_like_nobody(roster: Roster, text: str) -> None:
    assert roster.is_name(text) is None
    assert roster.like(text) is None


def test_a_nickname_of_two_characters_counts_only_where_a_word_begins(roster: Roster) -> None:
    assert [u.id for u in roster.named("八所2024年一季度清单")] == ["baxiantong"]
    assert roster.named("第八所中学") == roster.named("八所长的照片") == ()
