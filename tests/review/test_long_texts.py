"""Texts that somebody made long on purpose: what looks for names in them stays quick (half a million signs)."""

from time import perf_counter

import pytest

from mailbot.domain.classify import by_name
from mailbot.domain.policy import Rules
from mailbot.domain.whose import units_named

LONG = 500_000


@pytest.mark.parametrize("piece", ["(", "（八仙筒", "八仙筒所，", "免报 八仙筒所 典型案例 2024Q1 ", "啊", "1 是 "])
def test_names_in_a_monstrous_text_are_found_quickly(piece: str, rules: Rules) -> None:
    text = piece * (LONG // len(piece))
    begun = perf_counter()
    for campaign in rules.campaigns:
        units_named(campaign, text)
        campaign.roster.is_strange(text)
        campaign.roster.like(text)
    by_name(text, tuple(rules.forms.values()))
    assert perf_counter() - begun < 5  # quadratic, it took minutes


def test_a_name_inside_a_longer_one_does_not_count(rules: Rules) -> None:
    forms = tuple(rules.forms.values())
    assert [f for f, _ in by_name("典型案例", forms)] == ["typical-case"]
