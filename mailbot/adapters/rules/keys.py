"""What each key of the rule files means, in Chinese, with an example (keys.yaml): said once, for the handbook and for the schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mailbot.adapters.rules.kinds import Key, keys_of, nouns_below
from mailbot.adapters.rules.text import Loader
from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType
from mailbot.domain.policy import Settings
from mailbot.domain.rule import Rule
from mailbot.domain.workdays import Calendar

# The four kinds of file, and the noun that each of them is.
FILES: Mapping[str, type[Rule]] = {"mailbot": Settings, "calendar": Calendar, "campaign": Campaign, "form": FormType}


@dataclass(frozen=True, slots=True)
class Told:
    """`example`: what may stand behind the colon, as YAML."""

    means: str
    example: str


@dataclass(frozen=True, slots=True)
class Noun:
    """`title`: how the handbook calls it; `lead`: what it says before the keys."""

    title: str
    lead: str
    keys: Mapping[str, Told]


@cache
def told() -> Mapping[str, Noun]:
    """The name of a noun of the domain -> what is told of it."""
    text = Path(__file__).with_name("keys.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=Loader)  # noqa: S506  a SafeLoader
    return {
        name: Noun(one["title"], one.get("lead", ""), {key: Told(words["means"], words["example"]) for key, words in one["keys"].items()})
        for name, one in data.items()
    }


def nouns() -> tuple[type[Rule], ...]:
    """All nouns that can stand in a rule file."""
    return tuple(dict.fromkeys(noun for root in FILES.values() for noun in nouns_below(root)))


def default_words(key: Key) -> str:
    """How the handbook writes a default."""
    value = key.default
    if key.required:
        return "必填"
    if value is None:
        return "（无）"
    if isinstance(value, Rule) or value in ("", (), {}):
        return "（空）"
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, tuple) else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def example_of(noun: type[Rule], key: str) -> Any:
    """An example as YAML reads it: text, numbers, lists, mappings."""
    return yaml.load(told()[noun.__name__].keys[key].example, Loader=Loader)  # noqa: S506  a SafeLoader


def chapter() -> Iterator[str]:
    """The lines of the handbook's chapter: a table a noun, in the order of keys.yaml."""
    known = {noun.__name__: noun for noun in nouns()}
    for name, said in told().items():
        yield from (f"#### {said.title}（`{name}`）", "")
        yield from ((said.lead, "") if said.lead else ())
        yield from ("| 键 | 意思 | 默认 | 例子 |", "|---|---|---|---|")
        for key, words in said.keys.items():
            yield f"| `{key}` | {words.means} | {default_words(keys_of(known[name])[key])} | `{key}: {words.example}` |"
        yield ""
