"""What is wrong with the rules, as values with a place, in sentences for people who never saw YAML."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.domain.errors import ConfigurationError

_SHOWN = 40  # characters of what was found
_NAMED = 12  # allowed words that are named, of many


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, or one warning: what works but looks wrong. `line` and `column` from 1, in characters; `key` as a path:
    duties[risk-list].due.day. `found`: what stands there; `allowed`: all that may, where that can be listed; `nearest`: what was
    probably meant."""

    file: str
    line: int
    column: int
    key: str
    sentence: str
    found: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file} 第{self.line}行第{self.column}列"
        return f"{place} {self.key}：{self.sentence}" if self.key else f"{place}：{self.sentence}"


class RulesError(ConfigurationError):
    """The rules cannot be used; `mistakes` names all that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("规则有误，共 {} 处：\n{}".format(len(mistakes), "\n".join(f"  {m}" for m in mistakes)))
        self.mistakes = mistakes


def nearest(word: str, words: Iterable[str], least: float = 0.4) -> str:
    """The word that was probably meant; "" where none is near."""
    near = difflib.get_close_matches(word, list(words), 1, least)
    return near[0] if near else ""


def perhaps(word: str) -> str:
    """The end of a sentence that names what was probably meant."""
    return f"，是不是想写“{word}”？" if word else ""


def listed(words: Iterable[str]) -> str:
    """Words one after the other, the first of many."""
    said = list(words)
    return "、".join(said[:_NAMED]) + (f"等 {len(said)} 个" if len(said) > _NAMED else "")


def short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
