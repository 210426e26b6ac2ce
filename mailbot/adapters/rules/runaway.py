"""Whether a regular expression may take for ever on a long text, found by looking at it alone.

A loop is ambiguous where the same text can go through it in two ways; then the number of ways doubles with every round: (a+)+,
(a|ab|b)*, (a?b?)*. The loop's body is made an automaton with one state a character (Glushkov), and two different paths over one text
that start and end alike are searched for in pairs of states. Two endless loops in a row that one text can go through both cost the
square of its length: (p, p, q) leads to (p, q, q) over one text. That is told where nothing that must be there stands between
(.*.*), and where three loops follow each other so.
(Weideman et al., Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers by Using Ambiguity of NFA, 2016.)
Repeats that end are counted off: mailbot/adapters/rules/ways.py.

What is let pass: one endless loop that every place of a text begins anew (\\s+$, \\d+x) costs the square of the run it goes through.
No pattern with a repeat is free of it, and it is some 50 ms on 3,000 characters of one sort; only a run of 30,000 takes seconds.
IGNORECASE and DOTALL are not looked at: (?i)(a|A)+b passes. A lookahead's own ways of failing add nothing to those around it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Any

from mailbot.adapters.rules.pieces import (
    ENDLESS,
    TooMuch,
    Work,
    has,
    inside,
    is_look,
    is_repeat,
    letters_of,
    name_of,
    parsed,
    stretches,
    takes,
    within,
)
from mailbot.adapters.rules.ways import too_many_ways

_MANY = 30  # a repeat that may go so often is looked at as a loop
_WRITTEN_OUT = 3  # times that a shorter one is written out: as many loops in a row are told
_FORKS = 10  # alternatives in a row are as good as a repeat; a list of words is one
_STEPS = 1_500_000  # that may be looked at: half a second
_AMBIGUOUS = "遇到长文字会算不完：一层重复里又套着重复，或者几种写法会重叠，请去掉一层重复，或拆成几条"
_COUNTLESS = "遇到长文字会算不完：有限的重复套着重复，或者接连太多，凑法数不清，请去掉几处重复，或拆成几条"
_ADVICE = "，请改成有限的，如 .{0,20}"


def runs_away(pattern: str) -> str:
    """Why a right pattern may take too long, as the rest of a sentence about it; "" where it does not."""
    try:
        items = parsed(pattern)
        return _trouble(items, letters_of(items), Work(_STEPS)) if has(is_repeat, items) or _branches(items) >= _FORKS else ""
    except (TooMuch, RecursionError):
        return "太复杂，看不出遇到长文字要算多久，请拆成几条"


def _trouble(items: Sequence[Any], letters: frozenset[str], work: Work) -> str:
    if any(_is_ambiguous(body, letters, work) for body in _loops(items)):
        return _AMBIGUOUS
    if any(_looks_far(item) for body in _loops(items) for item in body):
        return "遇到长文字会算得很慢：重复里的“(?=”“(?!”又看到不限长度的地方" + _ADVICE
    solid = frozenset(c for c in letters if not c.isspace())  # a run of blanks is short, and squeezed out where we look
    in_a_row = next((said for stretch in stretches(items) if (said := _in_a_row(stretch.tried(), solid, work))), "")
    return in_a_row or (_COUNTLESS if too_many_ways(items, letters, work) else "")


def _branches(items: Iterable[Any]) -> int:
    return sum((name_of(item) == "BRANCH") + sum(map(_branches, within(item))) for item in items)


def _loops(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The bodies of all repeats that may go on for ever, and that are gone through again when something after them fails."""
    for stretch in stretches(items):
        for place, item in enumerate(stretch.items):
            if is_repeat(item) and item[1][1] >= _MANY and stretch.fails_after(place):
                yield item[1][2]


def _looks_far(item: Any) -> bool:
    """Whether there is a lookaround in it, and in that an endless repeat."""
    if is_look(item):
        return has(lambda one: is_repeat(one) and one[1][1] >= ENDLESS, item[1][1])
    return any(_looks_far(one) for part in inside(item) for one in part)


# --- whether a loop can be gone through in two ways -------------------------------------------------------------------------------


class _Automaton:
    """The states of a loop's body, each with the characters it takes, and which may follow which."""

    def __init__(self, letters: frozenset[str], work: Work, endless: int = 2, copies: int = 2) -> None:
        """`endless`: a repeat that may go so often goes on for ever; one that may not is written out `copies` times at most."""
        self.letters, self.work, self.endless, self.copies = letters, work, endless, copies
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
        name, value = name_of(item), item[1]
        if (taken := takes(item, self.letters)) is not None:
            self.work.spend(5)
            self.takes.append(taken)
            self.follow.append(set())
            state = len(self.takes) - 1
            return False, {state}, {state}
        if name == "BRANCH":
            parts = [self.sequence(one) for one in value[1]]
            self.doubled |= sum(p[0] for p in parts) > 1  # nothing, in two ways
            return any(p[0] for p in parts), set().union(*(p[1] for p in parts)), set().union(*(p[2] for p in parts))
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self.repeat(value[0], value[1], value[2])
        self.doubled |= name == "GROUPREF"  # what it takes is not known before
        inner = inside(item)
        return self.sequence(inner[0]) if inner else (True, set(), set())

    def repeat(self, least: int, most: int, body: Any) -> tuple[bool, set[int], set[int]]:
        if least == most or most < self.endless:
            return self.written_out(least, min(int(most), 4 if least == most else self.copies), body)
        empty, first, last = self.sequence(body)
        self.doubled |= empty
        self.join(last, first)
        return empty or least == 0, first, last

    def written_out(self, least: int, copies: int, body: Any) -> tuple[bool, set[int], set[int]]:
        """`copies` rounds, of which those after the least may be left out."""
        empty, first, last, ends = True, set[int](), set[int](), set[int]()
        for done in range(1, copies + 1):
            its_empty, its_first, its_last = self.sequence(body)
            self.join(last, its_first)
            first |= its_first if empty else set()
            last = its_last | (last if its_empty else set())
            empty = empty and its_empty
            ends |= last if done >= min(least, copies) else set()
            self.doubled |= its_empty and least < copies
        return empty or least == 0, first, ends

    def join(self, last: Iterable[int], first: set[int]) -> None:
        for one in last:
            self.work.spend(1 + len(first) // 4)
            self.doubled |= not self.follow[one].isdisjoint(first)
            self.follow[one] |= first

    @cached_property
    def reached(self) -> list[frozenset[int]]:
        """From each state all that can follow it, sooner or later."""
        found = []
        for state in range(len(self.takes)):
            seen, waiting = set[int](), list(self.follow[state])
            while waiting:
                one = waiting.pop()
                if one not in seen:
                    self.work.spend(1 + len(self.follow[one]) // 4)
                    seen.add(one)
                    waiting += self.follow[one] - seen
            found.append(frozenset(seen))
        return found

    @cached_property
    def loops(self) -> list[frozenset[int]]:
        """The states that can be reached from each other, loop by loop."""
        within_one = [s for s in range(len(self.takes)) if s in self.reached[s]]
        self.work.spend(len(within_one) ** 2 // 2)
        return list(dict.fromkeys(frozenset(o for o in within_one if o in self.reached[s] and s in self.reached[o]) for s in within_one))

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
                self.work.spend(1)
                if (x, y, z) not in seen and self.takes[x] & self.takes[y] & self.takes[z]:
                    if (x, y, z) == (p, q, q):
                        return True
                    seen.add((x, y, z))
                    waiting.append((x, y, z))
        return False


def _is_ambiguous(body: Any, letters: frozenset[str], work: Work) -> bool:
    automaton = _Automaton(letters, work)
    _, first, last = automaton.sequence(body)
    automaton.join(last, first)
    return automaton.doubled or _has_two_ways(automaton)


def _has_two_ways(automaton: _Automaton) -> bool:
    """Two paths over the same text that part and meet again. All states of a loop can be reached from each other, so that where
    they meet does not matter. States that may be followed by the same are looked at together."""
    follow = [frozenset(states) for states in automaton.follow]
    waiting = [(states, states) for states in dict.fromkeys(follow)]
    seen = set(waiting)
    while waiting:
        for a, b in _alike(automaton, *waiting.pop()):
            if not follow[a].isdisjoint(follow[b]):
                return True
            if (pair := (follow[a], follow[b])) not in seen:
                seen.add(pair)
                waiting.append(pair)
    return False


def _alike(automaton: _Automaton, one: frozenset[int], other: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Pairs of different states, of each set one, that take a common character."""
    by_letter = dict[str, list[int]]()
    for b in other:
        for letter in automaton.takes[b]:
            by_letter.setdefault(letter, []).append(b)
    for a in one:
        for b in {b for letter in automaton.takes[a] for b in by_letter.get(letter, ()) if a != b}:
            automaton.work.spend(5)
            yield a, b


# --- loops in a row -----------------------------------------------------------------------------------------------------------------


def _endless(items: Iterable[Any]) -> int:
    """How many endless loops there are when the shorter ones are written out; one within another is no second."""
    found = 0
    for item in items:
        if is_repeat(item) and item[1][1] >= ENDLESS:
            found += 1
        else:
            found += sum(map(_endless, inside(item))) * (min(item[1][1], _WRITTEN_OUT) if is_repeat(item) else 1)
    return found


def _in_a_row(items: Iterable[Any], letters: frozenset[str], work: Work) -> str:
    if _endless(items) < 2:
        return ""
    automaton = _Automaton(letters, work, endless=ENDLESS, copies=_WRITTEN_OUT)
    automaton.sequence(items)
    follows = {(a, b): automaton.shares(one, other) for (a, one), (b, other) in product(enumerate(automaton.loops), repeat=2) if a != b}
    if any(way == "straight" for way in follows.values()):
        return "遇到长文字会算得很慢：不限长度的重复连在一起" + _ADVICE
    chained = any(follows[a, b] and follows[b, c] for a, b in follows for c in range(len(automaton.loops)) if c not in (a, b))
    return "遇到长文字会算得很慢：不限长度的重复有三处以上" + _ADVICE if chained else ""
