"""Whether a regular expression may take for ever on a long text, found by looking at it alone.

A loop is ambiguous where the same text can go through it in two ways; then the number of ways doubles with every round: (a+)+,
(a|ab|b)*, (a?b?)*. The loop's body is made an automaton with one state a character (Glushkov), and two different paths over one text
that start and end alike are searched for in pairs of states. Two endless loops in a row that one text can go through both cost the
square of its length: (p, p, q) leads to (p, q, q) over one text. That is told where nothing that must be there stands between
(.*.*), and where three loops follow each other so.
(Weideman et al., Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers by Using Ambiguity of NFA, 2016.)"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib import import_module
from itertools import product
from typing import Any

_parser: Any = import_module("re._parser")  # Python's own, not documented: what it parses into is what it runs
_MANY = 20  # a repeat that may go so often is looked at as a loop
_ENDLESS = 1000  # and one that may go so often as one that costs as much as the text is long
_WIDEST = 150  # states of an automaton that is looked at; larger ones are lists of words
_SAMPLES = "一7z_ .。,，;-(\n"  # one character of each sort, besides those that the pattern names itself
_ADVICE = "，请改成有限的，如 .{0,20}"


def runs_away(pattern: str) -> str:
    """Why a right pattern may take too long, as the rest of a sentence about it; "" where it does not."""
    if not re.search(r"[*+]|\{\d*,\d*\}", pattern):
        return ""
    items = _parser.parse(pattern)
    letters = frozenset(_SAMPLES) | _letters(items)
    if any(_is_ambiguous(body, letters) for body in _loops(items)):
        return "遇到长文字会算不完：一层重复里又套着重复，或者几种写法会重叠" + _ADVICE
    solid = frozenset(c for c in letters if not c.isspace())  # a run of blanks is short, and squeezed out where we look
    return _in_a_row(items, solid)


# --- what a pattern is made of ------------------------------------------------------------------------------------------------


def _name(item: Any) -> str:
    return str(item[0])


def _is_repeat(item: Any) -> bool:
    return _name(item) in ("MAX_REPEAT", "MIN_REPEAT")


def _inside(item: Any) -> Sequence[Any]:
    """The sequences within an item that take text of their own; what only looks ahead or back takes none."""
    name, value = _name(item), item[1]
    if name == "BRANCH":
        return list(value[1])
    if name == "SUBPATTERN":
        return [value[3]]
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [value[2]]
    if name == "ATOMIC_GROUP":
        return [value]
    return [one for one in value[1:] if one is not None] if name == "GROUPREF_EXISTS" else []


def _loops(items: Iterable[Any]) -> Iterator[Any]:
    """The bodies of all repeats that may go on for ever."""
    for item in items:
        if _is_repeat(item) and item[1][1] >= _MANY:
            yield item[1][2]
        for inner in _inside(item):
            yield from _loops(inner)


def _letters(items: Iterable[Any]) -> frozenset[str]:
    """The characters that a pattern names."""
    found = set[str]()
    for item in items:
        name, value = _name(item), item[1]
        if name in ("LITERAL", "NOT_LITERAL"):
            found.add(chr(value))
        elif name == "IN":
            found |= _letters(value)
        elif name == "RANGE":
            found |= {chr(value[0]), chr(value[1]), chr(sum(value) // 2)}
        for inner in _inside(item):
            found |= _letters(inner)
    return frozenset(found)


def _takes(item: Any, letters: frozenset[str]) -> frozenset[str] | None:
    """Which of the characters one item takes; None where it is no single character."""
    name, value = _name(item), item[1]
    match name:
        case "LITERAL":
            return letters & {chr(value)}
        case "NOT_LITERAL":
            return letters - {chr(value)}
        case "ANY":
            return letters - {"\n"}
        case "RANGE":
            return frozenset(c for c in letters if value[0] <= ord(c) <= value[1])
        case "CATEGORY":
            return frozenset(c for c in letters if _is_of(c, str(value)))
        case "IN":
            negated = _name(value[0]) == "NEGATE"
            found = frozenset[str]().union(*(_takes(one, letters) or () for one in value[negated:]))
            return letters - found if negated else found
    return None


def _is_of(character: str, category: str) -> bool:
    letter = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}.get(category.rpartition("_")[2], r"\w")
    return bool(re.match(letter, character)) != ("_NOT_" in category)


# --- whether a loop can be gone through in two ways -------------------------------------------------------------------------------


class _Automaton:
    """The states of a loop's body, each with the characters it takes, and which may follow which."""

    def __init__(self, letters: frozenset[str], endless: int = 2) -> None:
        """`endless`: a repeat that may go so often goes on for ever; one that may not is written out twice."""
        self.letters, self.endless = letters, endless
        self.takes: list[frozenset[str]] = []
        self.follow: list[set[int]] = []
        self.doubled = False  # one state leads to another, or nothing is taken, in two ways

    def sequence(self, items: Iterable[Any]) -> tuple[bool, set[int], set[int]]:
        """(may be empty, first states, last states) of items one after the other."""
        empty, first, last = True, set[int](), set[int]()
        for item in items:
            its_empty, its_first, its_last = self.item(item)
            self.join(last, its_first)
            first |= its_first if empty else set()
            last = its_last | (last if its_empty else set())
            empty = empty and its_empty
        return empty, first, last

    def item(self, item: Any) -> tuple[bool, set[int], set[int]]:
        name, value = _name(item), item[1]
        if (takes := _takes(item, self.letters)) is not None:
            self.takes.append(takes)
            self.follow.append(set())
            state = len(self.takes) - 1
            return False, {state}, {state}
        if name == "BRANCH":
            parts = [self.sequence(one) for one in value[1]]
            self.doubled |= sum(p[0] for p in parts) > 1  # nothing, in two ways
            return any(p[0] for p in parts), set().union(*(p[1] for p in parts)), set().union(*(p[2] for p in parts))
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self.repeat(value[0], value[1], value[2])
        inner = _inside(item)
        return self.sequence(inner[0]) if inner else (True, set(), set())

    def repeat(self, least: int, most: int, body: Any) -> tuple[bool, set[int], set[int]]:
        if least == most or most < self.endless:
            empty, first, last = self.sequence([one for _ in range(min(int(most), 4 if least == most else 2)) for one in body])
            self.doubled |= empty and least < most
            return empty or least == 0, first, last
        empty, first, last = self.sequence(body)
        self.doubled |= empty
        self.join(last, first)
        return empty or least == 0, first, last

    def join(self, last: Iterable[int], first: Iterable[int]) -> None:
        for one, other in product(last, first):
            self.doubled |= other in self.follow[one]
            self.follow[one].add(other)


    @cached_property
    def reached(self) -> list[frozenset[int]]:
        """From each state all that can follow it, sooner or later."""
        found = []
        for state in range(len(self.takes)):
            seen, waiting = set[int](), list(self.follow[state])
            while waiting:
                one = waiting.pop()
                if one not in seen:
                    seen.add(one)
                    waiting += self.follow[one]
            found.append(frozenset(seen))
        return found

    @cached_property
    def loops(self) -> list[frozenset[int]]:
        """The states that can be reached from each other, loop by loop."""
        inside = [s for s in range(len(self.takes)) if s in self.reached[s]]
        return list(dict.fromkeys(frozenset(o for o in inside if o in self.reached[s] and s in self.reached[o]) for s in inside))

    def shares(self, one: frozenset[int], other: frozenset[int]) -> str:
        """Whether a text can go round in one loop, from it to the other, and round in that: "straight" where it does so with
        nothing between, "far" where there is something between, else ""."""
        if not any(self.reached[p] & other for p in one):
            return ""
        between = frozenset(s for s in range(len(self.takes)) if any(s in self.reached[p] for p in one) and self.reached[s] & other)
        for way, middle in (("straight", one | other), ("far", one | other | between)):
            if any(self._leads(one, middle, other, p, q) for p, q in product(one, other)):
                return way
        return ""

    def _leads(self, one: frozenset[int], middle: frozenset[int], other: frozenset[int], p: int, q: int) -> bool:
        """Whether (p, p, q) leads to (p, q, q) over one text, each state within its own set."""
        seen, waiting = {(p, p, q)}, [(p, p, q)]
        while waiting:
            a, m, b = waiting.pop()
            for x, y, z in product(self.follow[a] & one, self.follow[m] & middle, self.follow[b] & other):
                if (x, y, z) not in seen and self.takes[x] & self.takes[y] & self.takes[z]:
                    if (x, y, z) == (p, q, q):
                        return True
                    seen.add((x, y, z))
                    waiting.append((x, y, z))
        return False


def _is_ambiguous(body: Any, letters: frozenset[str]) -> bool:
    automaton = _Automaton(letters)
    _, first, last = automaton.sequence(body)
    automaton.join(last, first)
    return automaton.doubled or (1 < len(automaton.takes) <= _WIDEST and _has_two_ways(automaton))


def _has_two_ways(automaton: _Automaton) -> bool:
    """Two paths over the same text that part and meet again. All states of a loop can be reached from each other, so that where
    they meet does not matter."""
    seen = set[tuple[int, int]]()
    waiting = [(state, state) for state in range(len(automaton.takes))]
    while waiting:
        one, other = waiting.pop()
        for a, b in product(automaton.follow[one], automaton.follow[other]):
            if a == b:
                if one != other:
                    return True
            elif (a, b) not in seen and automaton.takes[a] & automaton.takes[b]:
                seen.add((a, b))
                waiting.append((a, b))
    return False


# --- loops in a row -----------------------------------------------------------------------------------------------------------------


def _in_a_row(items: Iterable[Any], letters: frozenset[str]) -> str:
    automaton = _Automaton(letters, endless=_ENDLESS)
    automaton.sequence(items)
    if len(automaton.loops) < 2 or len(automaton.takes) > _WIDEST:
        return ""
    follows = {(a, b): automaton.shares(one, other) for (a, one), (b, other) in product(enumerate(automaton.loops), repeat=2) if a != b}
    if any(way == "straight" for way in follows.values()):
        return "遇到长文字会算得很慢：不限长度的重复连在一起" + _ADVICE
    chained = any(follows[a, b] and follows[b, c] for a, b in follows for c in range(len(automaton.loops)) if c not in (a, b))
    return "遇到长文字会算得很慢：不限长度的重复有三处以上" + _ADVICE if chained else ""
