"""What may stand where, read once from the nouns of the domain: the keys of a noun, and what each of them takes."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from mailbot.domain.rule import Between, Rule, ToldBy


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a noun. `takes`: a type hint; `default` only where it is not `required`."""

    name: str
    takes: Any
    required: bool
    default: Any = None


def keys_of(noun: type[Rule]) -> Mapping[str, Key]:
    """The keys of a noun, in the order in which the noun names them. A tag (every: once) is always required."""
    known: Any = noun  # to a type checker a class is not hashable where its instances may differ
    return _keys(known)


@cache
def _keys(noun: Any) -> Mapping[str, Key]:
    hints = get_type_hints(noun, include_extras=True)
    return {f.name: _key(f, hints[f.name]) for f in fields(noun)}


def _key(one: Any, hint: Any) -> Key:
    if one.default_factory is not MISSING:
        return Key(one.name, hint, False, one.default_factory())
    is_tag = get_origin(hint) is Literal and len(get_args(hint)) == 1
    return Key(one.name, hint, one.default is MISSING or is_tag, None if one.default is MISSING else one.default)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type hint taken apart. `what`: one of the shapes below; `inner`: nouns of a union, the type of a list's items, the types of
    a mapping's keys and values, the words of a choice. `none`: nothing may stand there, too."""

    what: Literal["noun", "union", "list", "mapping", "words", "scalar"]
    inner: tuple[Any, ...]
    between: Between | None = None
    told_by: str = ""
    none: bool = False


@cache
def kind_of(hint: Any) -> Kind:
    """Raises TypeError for a hint that no rule may have."""
    base, args = get_origin(hint), get_args(hint)
    if base is Annotated:
        return _annotated(args)
    if base in (Union, types.UnionType) and type(None) in args:
        (rest,) = (a for a in args if a is not type(None))
        inner = kind_of(rest)
        return Kind(inner.what, inner.inner, inner.between, inner.told_by, none=True)
    if base is tuple and args[1:] == (...,):
        return Kind("list", args[:1])
    if base is Literal:
        return Kind("words", args)
    if base is not None and issubclass(base, Mapping):
        return Kind("mapping", args)
    if isinstance(hint, type):
        return Kind("noun" if issubclass(hint, Rule) else "scalar", (hint,))
    raise TypeError(f"no rule may hold {hint}")


def _annotated(args: tuple[Any, ...]) -> Kind:
    told = next((a for a in args[1:] if isinstance(a, ToldBy)), None)
    if told:
        return Kind("union", get_args(args[0]), told_by=told.key)
    inner = kind_of(args[0])
    return Kind(inner.what, inner.inner, next((a for a in args[1:] if isinstance(a, Between)), None), none=inner.none)


def variants(kind: Kind) -> Mapping[str, type[Rule]]:
    """The word that tells a noun of a union -> that noun."""
    return {word: noun for noun in kind.inner for word in get_args(keys_of(noun)[kind.told_by].takes)}


def nouns_below(root: type[Rule]) -> tuple[type[Rule], ...]:
    """A noun and all that its keys may hold, in the order of their first mention."""
    found: dict[type[Rule], None] = {}
    waiting: list[Any] = [root]
    while waiting:
        hint = waiting.pop(0)
        kind = kind_of(hint)
        if kind.what == "noun" and hint is kind.inner[0] and hint not in found:
            found[hint] = None
            waiting += [key.takes for key in keys_of(hint).values()]
        elif kind.what != "words":
            waiting += [one for one in kind.inner if one is not hint]
    return tuple(found)
