"""Patterns that an admin writes: wrong ones, such as find everything, and such as take for ever are told; no others are."""

import random
import re
import time

import pytest

from mailbot.adapters.rules.patterns import begins_wide, trouble
from mailbot.adapters.rules.runaway import runs_away
from mailbot.domain.policy import Rules


def patterns_of(rules: Rules) -> set[str]:
    """Every pattern of the bundled rules, as it is looked at."""
    found = {*rules.policy.nil_doubts, *rules.policy.cloud.expiry, *(u for p in rules.policy.cloud.providers for u in p.urls)}
    for form in rules.forms.values():
        found |= {*form.nil, *(p for e in form.extract for p in (*e.patterns, *e.unless))}
        found |= {p.replace("{n}", r"(\d*)") for c in getattr(form.layout, "counters", ()) for p in c.patterns}
    return found


def test_no_pattern_of_the_bundled_rules_is_suspected(rules: Rules) -> None:
    found = patterns_of(rules)
    assert len(found) > 80 and not [p for p in found if trouble(p) or begins_wide(p)]


@pytest.mark.parametrize("pattern", [
    "(a+)+b", "(a*)*b", "(?:a|ab|b)*c", "(a?b?)*c", "([^。]*,)*x", "(.*,)*x", r"(?:\d{1,2})*x", "(x+x+)+y", "(?:a{0,40})*b", "(?:(?:a?)*b)+c",
    "(?:.|.)+x", "(?:市场|市场监管|监管)+所", r"(?:\w+\s?)*。$", "((a|b)*|c)*d", "(?:a+){30,}b",
])  # fmt: skip
def test_a_loop_that_one_text_goes_through_in_two_ways_is_told(pattern: str) -> None:
    assert "算不完" in runs_away(pattern)


@pytest.mark.parametrize("pattern", [r"x.*.*y", r"\d+\s*\d+x", "a.*b?.+c", "(?:ab)*(?:ab)*c", "x.*a.*b.*c", "本月[^。]*无[^。]*案件[^。]*报", "(?:a*){0,3}b"])
def test_endless_wildcards_in_a_row_are_told(pattern: str) -> None:
    assert "算得很慢" in runs_away(pattern)


@pytest.mark.parametrize("pattern", [
    "本月.*无隐患", "(a+b)+c", r"(?:\d{2})*x", r"\d{1,3}(?:,\d{3})*x", "(?:(?!所辖).)*会商", "[a-z]+[0-9]+", "(?:甲|乙)+所", "(?:本月|本月无)*案",
    "无.{0,20}?新增.{0,20}?案件.{0,20}?x", "(?:再|另)(?:报|行)*x", "[^,]*,[^,]*,[^,]*,",
])  # fmt: skip
def test_a_pattern_that_only_looks_so_is_not_told(pattern: str) -> None:
    assert runs_away(pattern) == ""


def _piece(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        piece = chance.choice(["a", "b", "[ab]", ".", "[^b]", "ab", "a?"])
    elif kind < 0.6:
        piece = f"(?:{_piece(chance, depth - 1)}|{_piece(chance, depth - 1)})"
    else:
        piece = _piece(chance, depth - 1) + _piece(chance, depth - 1)
    return f"(?:{piece}){chance.choice(['*', '+', '?', '{2}', '{1,}', '*?'])}" if chance.random() < 0.4 else piece


def test_what_is_not_told_is_quick_on_texts_that_do_not_match() -> None:
    chance, quiet = random.Random(20260722), 0
    for _ in range(1_500):
        pattern = f"(?:{_piece(chance, 3)})c$"
        if runs_away(pattern):
            continue
        quiet += 1
        compiled = re.compile(pattern)
        for text in ("a" * 22, "b" * 22, "ab" * 11, "aab" * 7, "abb" * 7):
            begun = time.process_time()
            compiled.match(text)
            assert time.process_time() - begun < 1, f"{pattern} on {text}"  # an ambiguous loop goes 2 ** 22 ways
    assert quiet > 700


@pytest.mark.parametrize(("pattern", "said"), [
    ("[a", "“[”没有配上“]”"), ("(a", "“(”没有配上“)”"), ("a)", "多了一个“)”"), ("*a", "前面没有可以重复的字"), ("a{3,1}", "前一个数比后一个大"),
    (r"\q", "后面的字母不认识"), ("(?<=a*)b", "长短不定"), ("[z-a]", "范围写反了"), ("a**", "连着写了两个"),
])  # fmt: skip
def test_what_is_no_pattern_is_told_in_chinese(pattern: str, said: str) -> None:
    assert said in trouble(pattern) and not re.search("[A-Za-z]{3}", trouble(pattern).replace(pattern, ""))


def test_a_pattern_that_finds_everything_is_told() -> None:
    assert all("什么文字都对得上" in trouble(pattern) for pattern in ("", "a*", "(?:甲|乙)?", "^", "a{0,3}"))
    assert trouble("甲?乙") == ""
