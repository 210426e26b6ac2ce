"""Whose seal it is, by the words of its ring as a reader of pictures gives them."""

import pytest

from mailbot.domain.documents import Document
from mailbot.domain.pages import Box, Look, Page, Seal
from mailbot.domain.policy import Rules
from mailbot.domain.sealing import strange_seal, whose_ring


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


def test_another_numeral_in_a_ring_is_for_people_to_look_at(rules: Rules) -> None:
    roster = rules.campaign("naiman-2023").roster
    own = roster.by_id("zhifa2")
    assert own

    def stamped(words: str) -> Document:
        seal = Seal("round", "red", Box(0.6, 0.7, 0.8, 0.84), 42, 1.0, words, 0.96)
        return Document("image", look=Look((Page(1, 800, 1100, "colour", (seal,)),), "ocr"))

    told = "公章上的字读作“奈曼旗市场监督管理局执法三中”，不像执法二中队的，请看一眼"
    assert strange_seal((stamped("奈曼旗市场监督管理局执法三中"),), roster, own) == (None, told)
    assert strange_seal((stamped("奈曼旗市场监督管理局执法二中"),), roster, own) == (None, "")
