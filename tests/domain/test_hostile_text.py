"""Text made to be slow is read as quickly as any (reliability.md A61). With a pattern that tries anew at every character these
would take hours, so no clock is needed to see it."""

import re

import pytest

from mailbot.domain import wordsonly
from parsers.layouts import counters

LONG = 300_000


@pytest.mark.shows("A61")
@pytest.mark.parametrize("sign", ["1", "一", "百", "１", "零一"])
def test_a_run_of_digits_costs_no_more_than_its_length(sign: str) -> None:
    assert wordsonly._FIGURE.findall(sign * LONG) == []
    assert wordsonly._FIGURE.findall("共检查48家次，发现 3 条") == ["48家次", "3 条"]


@pytest.mark.shows("A61")
@pytest.mark.parametrize("sign", [" ", "\u3000", "\n", " \n"])
def test_a_run_of_blanks_costs_no_more_than_its_length(sign: str) -> None:
    assert counters._NEXT_ITEM.sub(";", "x" + sign * LONG + "y").startswith("x")
    assert re.sub(r"\s", "", counters._NEXT_ITEM.sub(";", "检查3家次 2.发现4条")) == "检查3家次;2.发现4条"
