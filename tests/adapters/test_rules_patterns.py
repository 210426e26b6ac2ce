"""Patterns that an admin writes: wrong ones, such as find everything, and such as take for ever are told; no others are."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise

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


def seconds_run_out(pattern: str, texts: Sequence[str], seconds: float) -> bool:
    """Whether a search takes longer than so many seconds of the processor, in a child process that the system ends then."""
    child = "import json, re, signal, sys; pattern, texts, seconds = json.load(sys.stdin); signal.setitimer(signal.ITIMER_PROF, seconds)\n"
    child += "for text in texts: re.search(pattern, text)"
    given = json.dumps([pattern, texts, seconds])
    ended = subprocess.run([sys.executable, "-I", "-S", "-c", child], input=given, text=True, timeout=60, check=False).returncode
    assert ended in (0, -signal.SIGPROF)
    return ended != 0


def hostile_texts(pattern: str) -> list[str]:
    """Of what a pattern names: one character again and again, two in turn, and all; and the pattern itself without its signs."""
    letters = sorted({c for c in re.sub(r"\\[A-Za-z]", "", pattern) if c.isalnum()} | {*"a1 ,。\n"})
    words = re.sub(r"\\[A-Za-z]|\{[\d,]*\}|[^\w《。,、]", "", pattern) or "a"
    repeated = [*letters, *(f"{a}{b}" for a, b in pairwise(letters)), "".join(letters), words]
    return [(text * 1_000)[:1_000] for text in repeated]


@pytest.mark.parametrize(("pattern", "text"), [
    ("(a+)+b", "a" * 40), ("(a*)*b", "a" * 40), ("(?:a|ab|b)*c", "ab" * 40), ("(a?b?)*c", "ab" * 40), ("([^。]*,)*x", "," * 40),
    ("(.*,)*x", "," * 40), (r"(?:\d{1,2})*x", "1" * 60), ("(x+x+)+y", "x" * 40), ("(?:a{0,40})*b", "a" * 40),
    ("(?:(?:a?)*b)+c", "b" * 40), ("(?:.|.)+x", "a" * 40), ("(?:市场|市场监管|监管)+所", "市场监管" * 40), (r"(?:\w+\s?)*。$", "a" * 40),
    ("((a|b)*|c)*d", "ab" * 20), ("(?:a+){30,}b", "a" * 60), (r"(?:\d+[.、]?)+x", "1" * 40), ("((a+)+x?)*b", "a" * 40),
    ("(?:a{1,3}){30}", "a" * 29 + "x" * 30), ("(?:a{0,90}){0,90}b", "a" * 90),
])  # fmt: skip
def test_a_loop_that_one_text_goes_through_in_two_ways_is_told(pattern: str, text: str) -> None:
    assert "算不完：一层" in runs_away(pattern) and seconds_run_out(pattern, [text], 0.5)


@pytest.mark.parametrize(("pattern", "text"), [
    ("x(a{1,15}){1,15}b", "x" + "a" * 40), ("x(a{0,19}){0,19}b", "x" + "a" * 60), ("x(?:a{0,10}a{0,10}){0,10}b", "x" + "a" * 60),
    ("x(?:(?:a|b|c){1,18}){1,18}z", "x" + "abc" * 20), ("x(a?){25}a{25}b", "x" + "a" * 26), ("x" + "a?" * 30 + "b", "x" + "a" * 30),
    ("x" + "(?:a|aa)" * 30 + "b", "x" + "a" * 50), (r"(?:\d+[.、]\s*[^\d\n]{1,20}\n){1,15}完", ("1." + " " * 15 + "\n") * 15),
    ("a(?:c|(?:[ab]{1,9}ab){1,9})d", "ab" * 200), ("x" + "(?:.{0,20}){0,9}y", "x" * 200),
])  # fmt: skip
def test_finite_repeats_that_come_to_countless_ways_are_told(pattern: str, text: str) -> None:
    assert "凑法数不清" in runs_away(pattern) and seconds_run_out(pattern, [text], 0.5)


@pytest.mark.parametrize(("pattern", "text"), [
    ("x(?=(a+)+b)", "x" + "a" * 40), ("(?<!x)(?!(a+)+b)c?x", "a" * 40 + "x"), (r"x(?P<n>a)(?:(?P=n)|a)*b", "x" + "a" * 40),
    ("x(?!(a{1,15}){1,15}b)", "x" + "a" * 40), ("x(?>(a+)+b)", "x" + "a" * 40),
])  # fmt: skip
def test_what_only_looks_ahead_and_what_repeats_a_group_is_looked_at_too(pattern: str, text: str) -> None:
    assert "算不完" in runs_away(pattern) and seconds_run_out(pattern, [text], 0.5)


@pytest.mark.parametrize(("pattern", "text"), [
    (r"x.*.*y", "x" * 3_000), (r"\d+\s*\d+x", "1" * 3_000), ("a.*b?.+c", "a" * 3_000), ("(?:ab)*(?:ab)*c", "ab" * 3_000),
    ("x.*a.*b.*c", "xab" * 1_000), ("本月[^。]*无[^。]*案件[^。]*报", "本月无案件" * 600), ("(?:a*){0,3}b", "a" * 3_000),
    ("x(?:.*,){0,3}b", "x" + "," * 3_000), ("(?:(?=.*x).)*y", "a" * 3_000 + "x"),
    ("(?:[^b]b(?:ab)*){1,9}d?c", "ab" * 1_000),
])  # fmt: skip
def test_endless_wildcards_in_a_row_are_told(pattern: str, text: str) -> None:
    assert "算得很慢" in runs_away(pattern) and seconds_run_out(pattern, [text], 0.5)


@pytest.mark.parametrize("pattern", [
    r"\s+$", r"(?:\d+[.、]?)+x?", "本月.*无隐患", "(a+b)+c", r"(?:\d{2})*x", r"\d{1,3}(?:,\d{3})*x", "(?:(?!所辖).)*会商", "[a-z]+[0-9]+",
    "(?:甲|乙)+所", "(?:本月|本月无)*案", "无.{0,20}?新增.{0,20}?案件.{0,20}?x", "(?:再|另)(?:报|行)*x", "[^,]*,[^,]*,[^,]*,",
    r"共(\d*)家", r"(?:出动|派出)执法人员(\d+)人次", "第[一二三四五六七八九十百]{1,6}条", "《([^《》]{2,40})》",
    r"\d{4}年\d{1,2}月\d{1,2}日", r"1[3-9]\d{9}", r"(?:\d{1,3}\.){3}\d{1,3}", "(?:[^、。]{1,12}、){0,8}[^、。]{1,12}等",
    r"(?:[A-Z]\d{2}-){2,5}\d+号", r"https?://[\w.-]+/s/[\w-]{6,40}", r"(?:(?:19|20)\d\d年)?(?:1[0-2]|[1-9])月份?报表",
    r"罚款(?:人民币)?([\d.,]+)(?:万)?元", "(?=.*处罚)立案.{0,30}号", r"(?!无)[一-龥]{2,10}市场监管所$", r"(?<!不)合格(?:率)?\d+%",
    r'(["“]).{1,20}?\1案', "(?:(?:甲|乙|丙){1,3}、)*丁", "[^。]{0,40}隐患[^。]{0,40}整改", r"(?:隐患\d+处[,;]?){1,20}已整改",
    r"(?:\d+[.、]\s*[^\d\s][^\d\n]{0,19}\n){1,15}完", "(?>本月|本季度)+无案件", r"\w++@x", r"(?:第\d+页/)?共\d+页", "x(?:ab){0,25}c",
    "x(?:a|b){25}c", "x(?:a?b){0,25}c", "(?:x(?:a+)+)?", "x(?:ab?){1,15}c", "x(?:a{3}b){1,15}c", r"(?:[甲乙丙]组(?:\d人)?){1,15}到",
    r"截至\d{1,2}月\d{1,2}日(?:[^。]{0,20},)?检查",
])  # fmt: skip
def test_a_pattern_that_only_looks_so_is_not_told(pattern: str) -> None:
    assert runs_away(pattern) == "" and not seconds_run_out(pattern, hostile_texts(pattern), 2)


@pytest.mark.shows("A61")
def test_the_bundled_patterns_are_quick_on_texts_made_against_them(rules: Rules) -> None:
    assert not [p for p in sorted(patterns_of(rules)) if seconds_run_out(p, hostile_texts(p), 2)]


@pytest.mark.parametrize("pattern", [
    "(?:" + "|".join(f"词{n}所" for n in range(3_000)) + ")+x", "(?:" + "|".join(f"{n}{n + 1}所" for n in range(800)) + "){0,9}.*案",
    "(?:(?:.{0,90}[甲乙]){0,90}[丙丁]){0,90}x", "(?:a{0,999}b){0,999}" * 5, "(?:" * 90 + "a" + "){0,9}" * 90 + "b",
])  # fmt: skip
def test_to_look_at_a_large_pattern_takes_no_longer_than_a_person_waits(pattern: str) -> None:
    begun = time.process_time()
    told = runs_away(pattern)
    assert time.process_time() - begun < 3 and (not told or "太复杂" in told or "算不完" in told)


def test_a_pattern_too_large_to_be_looked_at_is_told_so_and_a_list_of_words_is_not() -> None:
    words = "|".join(f"词{n}所" for n in range(3_000))
    assert "太复杂" in runs_away(f"(?:{words})+x") and runs_away(f"(?:{words}).*x") == runs_away(f"(?:{words})?x") == ""


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
