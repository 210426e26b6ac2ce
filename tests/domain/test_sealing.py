"""Whose seal it is, by the words of its ring as a reader of pictures gives them."""

import pytest

from mailbot.domain.policy import Rules
from mailbot.domain.sealing import whose_ring


@pytest.mark.parametrize(("campaign", "words", "unit"), [
    ("naiman-2023", "奈曼旗市场监督管理局八仙筒市场监督管理所", "baxiantong"), ("naiman-2023", "旗市场监督管理局八仙简市场监督管理所", "baxiantong"),
    ("naiman-2023", "奈曼旗沙日浩市场监督管理所", "sharihaolai"), ("naiman-2023", "奈曼旗治安市场监督管理所", "zhian"),
    ("naiman-2023", "奈曼旗执法三中队", "zhifa3"), ("yongan-2023", "永安市市场监督管理局安砂市场监督管理所", "ansha"),
])  # fmt: skip
def test_a_ring_names_its_unit_though_signs_are_lost(rules: Rules, campaign: str, words: str, unit: str) -> None:
    found = whose_ring(words, rules.campaign(campaign).roster)
    assert found and found.id == unit


@pytest.mark.parametrize(("campaign", "words"), [
    ("yongan-2023", "永安市市场监督管理局药械科"),  # all but a stem of 安砂市场监督管理所
    ("naiman-2023", "水安市市场监督管理局约械科"), ("naiman-2023", "管理所东曼旅市场监督管理是日浩实政"), ("naiman-2023", "奈曼旗音操之新监督管理所"),
    ("naiman-2023", "一品法中队"), ("naiman-2023", "奈曼旗市场监督管理局"), ("naiman-2023", ""),
])  # fmt: skip
def test_what_all_names_have_in_common_names_nobody(rules: Rules, campaign: str, words: str) -> None:
    assert whose_ring(words, rules.campaign(campaign).roster) is None
