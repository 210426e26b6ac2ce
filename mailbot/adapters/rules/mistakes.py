"""What is wrong with the rules, as values with a place, in sentences for people who never saw YAML."""

import difflib
from collections.abc import Iterable

from mailbot.domain.errors import ConfigurationError
from mailbot.domain.mistakes import Mistake

__all__ = ["Mistake", "RulesError", "listed", "nearest", "perhaps", "short"]

_SHOWN = 40  # characters of what was found
_NAMED = 12  # allowed words that are named, of many


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
