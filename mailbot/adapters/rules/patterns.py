"""Regular expressions as an admin writes them: wrong ones, such as find everything, and such as may take for ever on a long text
(catastrophic backtracking), told in plain words. How the last are known: mailbot/adapters/rules/runaway.py."""

import re
from functools import lru_cache

from mailbot.adapters.rules.runaway import runs_away

_ERRORS = (
    (r"unterminated character set", "“[”没有配上“]”"),
    (r"missing \)|unterminated subpattern", "“(”没有配上“)”"),
    (r"unbalanced parenthesis", "多了一个“)”"),
    (r"nothing to repeat", "“*”“+”“?”前面没有可以重复的字"),
    (r"multiple repeat", "“*”“+”“?”连着写了两个"),
    (r"min repeat greater", "“{ }”里前一个数比后一个大"),
    (r"bad character range", "“[ ]”里的范围写反了"),
    (r"bad escape", "“\\”后面的字母不认识"),
    (r"look-behind", "“(?<”里的写法长短不定"),
    (r"unknown extension|unexpected end of pattern", "“(?”后面的写法不认识"),
)


@lru_cache(maxsize=4096)
def trouble(pattern: str, groups: int = 0) -> str:
    """What is wrong with a pattern, as the rest of a sentence about it; "" where nothing is. `groups`: so many are needed."""
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        said = next((words for error, words in _ERRORS if re.search(error, str(problem))), str(problem))
        return f"不是正确的正则表达式：{said}"
    if compiled.search("") and compiled.match(""):
        return "什么文字都对得上（空的也算），请写得具体些"
    if compiled.groups < groups:
        return "里要有一个括号“( )”，把想取的内容括起来" if groups == 1 else f"里要有 {groups} 个括号“( )”，现在有 {compiled.groups} 个"
    return runs_away(pattern)


def begins_wide(pattern: str) -> bool:
    """Whether it begins with a wildcard that finds nothing by itself, and makes every search slow."""
    return bool(re.match(r"(?:\(\?:|\()?(?:\.|\[\^[^\]]*\])[*+]", pattern))
