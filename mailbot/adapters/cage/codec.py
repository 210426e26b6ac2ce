"""Our frozen dataclasses to JSON and back, by their own annotations. Never pickle: the child may have been taken over."""

import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
# Lone surrogates and NUL break the database and every UTF-8 file later on.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class BadAnswer(ValueError):
    """JSON that does not have the shape it should."""


def to_json(value: object) -> Any:
    """A value made of dataclasses, tuples, mappings, datetimes and plain values as plain JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        # The class name tells the members of a union apart.
        return {"_": type(value).__name__} | {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, str):
        return _UNWRITABLE.sub("", value)
    if value is None or isinstance(value, (int, float)):
        return value
    raise TypeError(f"no JSON for {type(value).__name__}")


def from_json(kind: type[T], data: object) -> T:
    """The value of type `kind` that `to_json` wrote. Raises BadAnswer where the shape is another."""
    try:
        value: T = _build(kind, data)
        return value
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"{getattr(kind, '__name__', kind)}: {error}") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_union(get_args(kind), data)
    if origin is Literal:
        if data not in get_args(kind):
            raise BadAnswer(f"{data!r} is none of {get_args(kind)}")
        return data
    if origin is tuple:
        inner = get_args(kind)
        if not isinstance(data, list):
            raise BadAnswer("no list")
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_build(inner[0], item) for item in data)
        return tuple(_build(each, item) for each, item in zip(inner, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _build(get_args(kind)[1], item) for key, item in data.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{f.name: _build(hints[f.name], data[f.name]) for f in fields(kind)})
    if kind is datetime:
        return datetime.fromisoformat(data)
    if kind is float and isinstance(data, int):
        return float(data)
    if kind is type(None) or not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise BadAnswer(f"{type(data).__name__} is no {kind.__name__}")
    return data


def _build_union(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in kinds:
        return None
    rest = [kind for kind in kinds if kind is not type(None)]
    if isinstance(data, dict) and "_" in data:
        return _build(next(kind for kind in rest if kind.__name__ == data["_"]), data)
    return _build(rest[0], data)
