"""What all nouns that are written in a YAML file have in common: they are frozen dataclasses. mailbot/adapters/rules.py reads them
with pydantic, which is not loaded here: reading a mail needs the nouns and no pydantic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

_Schema = dict[str, Any]


class Rule:
    """A piece of the rules. Unknown keys are refused, so that a typo never passes silently."""

    __pydantic_config__ = {"extra": "forbid", "str_strip_whitespace": True}  # noqa: RUF012  nobody changes it


@dataclass(frozen=True)
class Between:
    """A number that is not below `least`, and not above `most` where there is one."""

    least: int
    most: int | None = None

    def __get_pydantic_core_schema__(self, kind: Any, schema_of: Callable[[Any], _Schema]) -> _Schema:
        return schema_of(kind) | {"ge": self.least} | ({} if self.most is None else {"le": self.most})


@dataclass(frozen=True)
class ToldBy:
    """One of several nouns; what stands under `key` says which."""

    key: str

    def __get_pydantic_core_schema__(self, kinds: Any, schema_of: Callable[[Any], _Schema]) -> _Schema:
        choices = {word: schema_of(kind) for kind in get_args(kinds) for word in get_args(get_type_hints(kind)[self.key])}
        return {"type": "tagged-union", "discriminator": self.key, "choices": choices}
