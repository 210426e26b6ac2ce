"""How people write the names of units."""

from types import SimpleNamespace
from typing import cast

import pytest

from mailbot.domain.masking import shown
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts
from mailbot.domain.senders import Sender
from mailbot.domain.units import Roster
from mailbot.domain.whose import strange_head


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


@pytest.fixture(name="of_baxiantong")
def _of_baxiantong(rules: Rules) -> Facts:
    campaign = rules.campaign("naiman-2023")
    unit = campaign.roster.by_id("baxiantong")
    assert unit
    return cast(Facts, SimpleNamespace(rules=rules, sender=Sender("unit", "baxiantong@units.example", ((campaign, unit),))))


@pytest.mark.shows("P8", "A64")
@pytest.mark.parametrize("head", [
    "治安监管队", "治安镇政府", "治安市监 韩某", "新镇工商", "治安—市监所", "治安 韩某", "治安工商所", "治安/八仙筒", "八仙筒市场监管所、治安", "八仙筒 新镇",
    "泊安市场监管所 韩某", "泊安所 韩某", "泊安市场监管所1", "泊安_市场监管所", "新建镇市场监管所(筹)", "ZA市场监管所", "治X安市场监管所", "治.安.市.场.监.管.所",
])  # fmt: skip
def test_a_head_that_speaks_of_another_unit_in_whatever_way_is_asked_about(of_baxiantong: Facts, head: str) -> None:
    assert strange_head(head, of_baxiantong)


@pytest.mark.shows("P8", "A64")
@pytest.mark.parametrize("head", [
    "", "韩某", "（盖章）", "八仙筒", "八仙筒市场监管所 韩东明", "八仙筒市场监管所填报人韩某", "八仙筒所（新镇片区）", "八仙桶市场监管所 韩某", "八仙筒工商所",
    "八仙筒镇政府", "八仙筒市场监管所和药店", "八仙筒 镇 所", "奈曼旗市场监管局八仙筒所所长韩某", "八仙筒（盖章）  年 月 日", "本所", "我单位",
    "XX市场监管所（盖章）", "××镇市场监管所", "某某镇市场监管所", "____市场监管所", "　　市场监督管理所（公章）", "奈曼旗市场监管所",
    "内蒙古自治区奈曼旗市场监管所 韩某", "奈曼旗市场监督管理局", "市场监督管理局所属单位", "2024年3月", "通辽 奈曼旗 八仙筒 市场监管所",
])  # fmt: skip
def test_a_head_of_the_own_unit_or_of_nobody_is_not_asked_about(of_baxiantong: Facts, head: str) -> None:
    assert strange_head(head, of_baxiantong) == ""


@pytest.mark.shows("P8", "A64")
@pytest.mark.parametrize("sign", [
    "\u00ad", "\u0301", "\u034f", "\u061c", "\u115f", "\u180b", "\u180e", "\u200b", "\u2066", "\u2800", "\u3164", "\ufe00", "\uffa0", "\U000e0100",
], ids=ascii)  # fmt: skip
def test_a_sign_that_nobody_sees_makes_no_other_name(roster: Roster, sign: str) -> None:
    assert [u.id for u in roster.named(f"治{sign}安{sign}市场监管所")] == ["zhian"]


@pytest.mark.shows("A06", "A33")
@pytest.mark.parametrize("sign", ["\u061c", "\u2066", "\u2067", "\u2069", "\u202e", "\u3164", "\U000e0041"], ids=ascii)
def test_a_sign_that_moves_or_hides_text_is_not_shown(sign: str) -> None:
    assert shown(f"清单{sign}xcod.docx") == "清单xcod.docx"
