"""JSON Schema (draft 2020-12) of the four kinds of rule file, from the nouns of the domain and keys.yaml: for editors, which
complete and check by it while one writes. What must fit together between keys and files only `mailbot config check` knows."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from mailbot.adapters.rules import names
from mailbot.adapters.rules.keys import FILES, Noun, default_words, example_of, told
from mailbot.adapters.rules.kinds import Key, Kind, keys_of, kind_of, nouns_below, variants
from mailbot.adapters.rules.reading import MAY_BE_EMPTY
from mailbot.domain.rule import Rule
from mailbot.domain.units import ADDRESS

Schema = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: Mapping[type, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    time: {"type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$"},
    datetime: {"type": "string", "format": "date-time", "pattern": r"(Z|[+-]\d{2}:\d{2})$"},
}


_PERIODS = {"day": r"^\d{4}-\d{2}-\d{2}$", "week": r"^\d{4}W\d{2}$", "month": r"^\d{4}-\d{2}$", "quarter": r"^\d{4}Q[1-4]$", "half-year": r"^\d{4}H[12]$",
            "year": r"^\d{4}$"}  # fmt: skip


def schemas() -> dict[str, Schema]:
    """The kind of file -> its schema: mailbot, calendar, campaign, form."""
    return {name: _file(name, noun) for name, noun in FILES.items()}


def _file(name: str, root: type[Rule]) -> Schema:
    below = {noun.__name__: _noun(noun) for noun in nouns_below(root) if noun is not root}
    return {"$schema": _DRAFT, "$id": f"{name}.schema.json", **_noun(root), "$defs": below}


def _noun(noun: type[Rule]) -> Schema:
    words, keys = told()[noun.__name__], keys_of(noun)
    schema: Schema = {"title": words.title, "type": "object", "additionalProperties": False}
    if words.lead:
        schema["description"] = words.lead
    schema["properties"] = {name: _key(noun, key, words) for name, key in keys.items()}
    if required := [key.name for key in keys.values() if key.required]:
        schema["required"] = required
    return schema


def _key(noun: type[Rule], key: Key, words: Noun) -> Schema:
    """What a key takes, with what it means. Beside a reference these words go before its own."""
    schema = {**_takes(key.takes), "description": re.sub("见[上下]面", "见手册", words.keys[key.name].means)}
    if key.required:
        schema |= _not_empty(key)
    if pattern := _pattern(noun, key.name):
        schema |= {"items": schema["items"] | {"pattern": pattern}} if "items" in schema else {"pattern": pattern}
    if (default := _default(key)) is not None:
        schema["default"] = default
    return schema | {"examples": [_as_json(example_of(noun, key.name))]}


def _pattern(noun: type[Rule], key: str) -> str:
    """What the words under a key look like; "" where they may be anything."""
    if names.is_id(noun.__name__, key):
        return rf"^\s*{names.ID}\s*$"
    if key in ("address", "addresses", "staff", "directors"):
        return rf"^\s*{ADDRESS}\s*$"
    if key in ("first", "last") and "every" in keys_of(noun):
        (word,) = kind_of(keys_of(noun)["every"].takes).inner
        return _PERIODS.get(word, "")
    return ""


def _as_json(example: Any) -> Any:
    """YAML knows numbers as keys (the years of the calendar), JSON does not."""
    if isinstance(example, dict):
        return {str(key): _as_json(value) for key, value in example.items()}
    return [_as_json(one) for one in example] if isinstance(example, list) else example


def _not_empty(key: Key) -> Schema:
    kind = kind_of(key.takes)
    if kind.what == "list" and key.name not in MAY_BE_EMPTY:
        return {"minItems": 1}
    return {"minLength": 1} if kind.inner == (str,) and kind.what == "scalar" else {}


def _takes(hint: Any) -> Schema:
    kind = kind_of(hint)
    schema = _whole(kind)
    return {"anyOf": [schema, {"type": "null"}]} if kind.none else schema


def _whole(kind: Kind) -> Schema:
    match kind.what:
        case "noun":
            return _reference(kind.inner[0])
        case "union":
            return _union(kind)
        case "list":
            return {"type": "array", "items": _takes(kind.inner[0])}
        case "mapping":
            names = {"propertyNames": {"pattern": r"^\d+$"}} if kind.inner[0] is int else {}
            return {"type": "object", **names, "additionalProperties": _takes(kind.inner[1])}
        case "words":
            return {"const": kind.inner[0]} if len(kind.inner) == 1 else {"enum": list(kind.inner)}
    schema = dict(_SCALARS[kind.inner[0]])
    if kind.between:
        schema["minimum"] = kind.between.least
        if kind.between.most is not None:
            schema["maximum"] = kind.between.most
    return schema


def _union(kind: Kind) -> Schema:
    """By its tag, so that an editor tells what is wrong with the variant that was meant, and not with all of them."""
    known = variants(kind)
    said = [{"if": {"properties": {kind.told_by: {"const": word}}, "required": [kind.told_by]}, "then": _reference(noun)} for word, noun in known.items()]
    tag = {"enum": list(known), "description": f"写哪一个，决定后面有哪些键：{'、'.join(known)}"}
    return {"type": "object", "properties": {kind.told_by: tag}, "required": [kind.told_by], "allOf": said}


def _reference(noun: type[Rule]) -> Schema:
    return {"$ref": f"#/$defs/{noun.__name__}"}


def _default(key: Key) -> Any:
    """A default as JSON; None where there is none to tell."""
    value = key.default
    if key.required or value is None or isinstance(value, Rule):
        return None
    if isinstance(value, bool | int | float | str | tuple | Mapping):
        return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
    return default_words(key)


def file_name(name: str) -> str:
    return f"{name}.schema.json"


def kind_of_file(path: str) -> str:
    """campaigns/x.yaml -> campaign. Raises KeyError for no rule file."""
    folder = re.match(r"(?:(\w+)/)?([\w-]+)\.yaml$", path)
    return {"campaigns": "campaign", "forms": "form", None: folder[2] if folder else ""}[folder[1] if folder else ""]
