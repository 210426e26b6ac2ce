"""Our frozen dataclasses to JSON and back, by their own annotations. Never pickle: the child may have been taken over."""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
# Lone surrogates and NUL break the database and every UTF-8 file later on.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class BadAnswer(ValueError):
    """JSON that does not have the shape it should."""


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass, () for any other type."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()


def to_json(value: object) -> Any:
    """A value made of dataclasses, tuples, mappings, datetimes and plain values as plain JSON values."""
    kind: Any = type(value)
    if isinstance(value, str):
        return value if value.isprintable() else _UNWRITABLE.sub("", value)
    if isinstance(value, (tuple, list)):  # mostly cells of tables, thousands of them
        return [item if type(item) is str and item.isprintable() else to_json(item) for item in value]
    if value is None or isinstance(value, (int, float)):
        return value
    if names := _names(kind):
        # The class name tells the members of a union apart.
        return {"_": kind.__name__} | {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    raise TypeError(f"no JSON for {kind.__name__}")


def from_json(kind: type[T], data: object) -> T:
    """The value of type `kind` that `to_json` wrote. Raises BadAnswer where the shape is another."""
    try:
        wanted: Any = kind
        value: T = _builder(wanted)(data)
        return value
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"{getattr(kind, '__name__', kind)}: {error}") from error


Build = Callable[[Any], Any]


@cache
def _builder(kind: Any) -> Build:
    """What builds a value of one annotation from JSON. Made once for each annotation, because documents have thousands of cells."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind))
    if origin is Literal:
        return _one_of(get_args(kind))
    if origin is tuple:
        return _tuple(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(kind)[1])
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass(kind)
    return kind.fromisoformat if kind in (date, datetime) else _plain(kind)


def _plain(kind: type) -> Build:
    accepted: tuple[type, ...] = (float, int) if kind is float else (kind,)

    def build(data: Any) -> Any:
        if type(data) not in accepted:  # exactly: True is no number
            raise BadAnswer(f"{type(data).__name__} is no {kind.__name__}")
        return float(data) if kind is float else data

    return build


def _one_of(words: tuple[Any, ...]) -> Build:
    def build(data: Any) -> Any:
        if data not in words:
            raise BadAnswer(f"{data!r} is none of {words}")
        return data

    return build


def _tuple(inner: tuple[Any, ...]) -> Build:
    if inner == (str, ...):
        return _words
    builders = [_builder(each) for each in inner if each is not Ellipsis]
    repeated = builders[0] if len(inner) == 2 and inner[1] is Ellipsis else None

    def build(data: Any) -> Any:
        if not isinstance(data, list):
            raise BadAnswer("no list")
        if repeated is not None:
            return tuple(map(repeated, data))
        return tuple(each(item) for each, item in zip(builders, data, strict=True))

    return build


def _words(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not set(map(type, data)) <= {str}:
        raise BadAnswer("no list of words")
    return tuple(data)


def _mapping(inner: Any) -> Build:
    builder = _builder(inner)
    return lambda data: {key: builder(item) for key, item in data.items()}


def _dataclass(kind: type) -> Build:
    hints = get_type_hints(kind)
    builders = [(name, _builder(hints[name])) for name in _names(kind)]
    return lambda data: kind(**{name: builder(data[name]) for name, builder in builders})


def _union(kinds: tuple[Any, ...]) -> Build:
    """A dataclass by its name, None where it may be, a plain value by its type; else the first kind, which may refuse it."""
    rest: list[Any] = [kind for kind in kinds if kind is not type(None)]
    named = {kind.__name__: _builder(kind) for kind in rest if _names(kind)}
    by_type = {list if get_origin(kind) is tuple else kind: _builder(kind) for kind in rest if not _names(kind)}
    other, optional = _builder(rest[0]), len(rest) < len(kinds)

    def build(data: Any) -> Any:
        if data is None and optional:
            return None
        if isinstance(data, dict) and "_" in data:
            return named[data["_"]](data)
        return by_type.get(type(data), other)(data)

    return build
