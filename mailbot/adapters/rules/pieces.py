"""What a regular expression is made of, as Python's own parser tells it, and where it may have to be gone through again: only what
something follows that may fail is tried in other ways, so that (?:\\d+[.、]?)+x? is quick, and (?:\\d+[.、]?)+x is not."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")  # Python's own, not documented: what it parses into is what it runs
ENDLESS = 1000  # a repeat that may go so often costs as much as the text is long
_SAMPLES = "一7z_ .。,，;-(\n"  # one character of each sort, besides those that the pattern names itself


class TooMuch(Exception):
    """The pattern is too large to be looked at in the time a person waits."""


class Work:
    """How much may still be looked at; steps of some half µs."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Raises TooMuch."""
        self.left -= steps
        if self.left < 0:
            raise TooMuch


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items one after the other: the whole, or what stands in a group, a repeat or a lookaround. `retried`: to the end of it something
    may fail that stands after it."""

    items: Sequence[Any]
    retried: bool

    def fails_after(self, place: int) -> bool:
        """Whether the item at this place is tried in other ways: something after it may fail, or its own second round."""
        item = self.items[place]
        itself = is_repeat(item) and item[1][0] > 1 and not _succeeds(item)
        return self.retried or itself or any(not _succeeds(i) for i in self.items[place + 1 :])

    def tried(self) -> Sequence[Any]:
        """The items that are tried in other ways, all but the last that are not."""
        until = next((n for n in range(len(self.items), 0, -1) if self.fails_after(n - 1)), 0)
        return list(self.items[:until])


def parsed(pattern: str) -> Sequence[Any]:
    items: Sequence[Any] = _parser.parse(pattern)
    return items


def name_of(item: Any) -> str:
    return str(item[0])


def is_repeat(item: Any) -> bool:
    return name_of(item) in ("MAX_REPEAT", "MIN_REPEAT")


def is_look(item: Any) -> bool:
    return name_of(item) in ("ASSERT", "ASSERT_NOT")


def inside(item: Any) -> Sequence[Any]:
    """The sequences within an item that take text of their own; what only looks ahead or back takes none."""
    name, value = name_of(item), item[1]
    if name == "BRANCH":
        return list(value[1])
    if name == "SUBPATTERN":
        return [value[3]]
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [value[2]]
    if name == "ATOMIC_GROUP":
        return [value]
    return [one for one in value[1:] if one is not None] if name == "GROUPREF_EXISTS" else []


def within(item: Any) -> Sequence[Any]:
    """The sequences within an item, those that only look too."""
    return [item[1][1]] if is_look(item) else inside(item)


def has(what: Callable[[Any], bool], items: Iterable[Any]) -> bool:
    """Whether something is among these items or anywhere within them."""
    return any(what(item) or any(has(what, part) for part in within(item)) for item in items)


def _succeeds(item: Any) -> bool:
    """Whether it can always be gone through, if by taking nothing."""
    name, parts = name_of(item), inside(item)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and item[1][0] == 0:
        return True
    found = [all(_succeeds(one) for one in part) for part in parts]
    return bool(found) and (any(found) if name == "BRANCH" else all(found) and name != "GROUPREF_EXISTS")


def stretches(items: Sequence[Any], retried: bool = False) -> Iterator[Stretch]:
    """The whole and all within it. Once through, a lookaround, an atomic group and a possessive repeat are not tried again."""
    whole = Stretch(items, retried)
    yield whole
    for place, item in enumerate(items):
        once = is_look(item) or name_of(item) in ("ATOMIC_GROUP", "POSSESSIVE_REPEAT")
        for part in within(item):
            yield from stretches(part, not once and whole.fails_after(place))


def letters_of(items: Iterable[Any]) -> frozenset[str]:
    """One character of each sort, and those that a pattern names."""
    return frozenset(_SAMPLES) | _named(items)


def _named(items: Iterable[Any]) -> frozenset[str]:
    found = set[str]()
    for item in items:
        name, value = name_of(item), item[1]
        if name in ("LITERAL", "NOT_LITERAL"):
            found.add(chr(value))
        elif name == "IN":
            found |= _named(value)
        elif name == "RANGE":
            found |= {chr(value[0]), chr(value[1]), chr(sum(value) // 2)}
        for part in within(item):
            found |= _named(part)
    return frozenset(found)


def takes(item: Any, letters: frozenset[str]) -> frozenset[str] | None:
    """Which of the characters one item takes; None where it is no single character."""
    name, value = name_of(item), item[1]
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
            negated = name_of(value[0]) == "NEGATE"
            found = frozenset[str]().union(*(takes(one, letters) or () for one in value[negated:]))
            return letters - found if negated else found
    return None


def _is_of(character: str, category: str) -> bool:
    letter = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}.get(category.rpartition("_")[2], r"\w")
    return bool(re.match(letter, character)) != ("_NOT_" in category)
