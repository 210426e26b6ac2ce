"""What all nouns that are written in a YAML file have in common: they are frozen dataclasses, read by mailbot/adapters/rules/."""

from dataclasses import dataclass


class Rule:
    """A piece of the rules. Unknown keys are refused, so that a typo never passes silently."""


@dataclass(frozen=True)
class Between:
    """A number that is not below `least`, and not above `most` where there is one."""

    least: int
    most: int | None = None


@dataclass(frozen=True)
class ToldBy:
    """One of several nouns; what stands under `key` says which."""

    key: str
