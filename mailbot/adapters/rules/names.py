"""Names by which the rules speak of each other, as they are written: ids of one shape, and no Chinese quotes around a word. For YAML
“中学” is a word of four characters; it would be a name that nothing else bears."""

import re
import unicodedata
from dataclasses import dataclass

import yaml

from mailbot.adapters.rules.scalars import Wrong

ID = r"[a-z0-9][a-z0-9_-]{0,60}"  # the same as `mailbot campaign draft --id` wants
_HAS_ID = frozenset(("Campaign", "FormType", "Duty", "Group", "Unit"))
_WORDS = frozenset((
    "id", "field", "form", "group", "who", "kind", "kinds", "sends_for", "unit", "duty", "period", "campaigns", "counters_in", "under", "part",
    "first", "last", "row", "limit", "fields", "password_from",
))  # fmt: skip
_NAMES = frozenset(("name", "stem", "aliases", "prefixes", "endings", "between", "short", "title", "office"))
_TITLES = frozenset(("short", "title", "office"))
_OPENS, _CLOSES = "“‘", "”’"
_QUOTES = _OPENS + _CLOSES


@dataclass(frozen=True, slots=True)
class Slip:
    """A word that is written wrongly, and where it stands."""

    node: yaml.Node
    wrong: Wrong
    warning: bool = False


def plain(word: str) -> str:
    """A word without what was wrongly put around it."""
    return word.strip().strip(_QUOTES)


def can_be_id(word: str) -> bool:
    return re.fullmatch(ID, word) is not None


def is_id(noun: str, key: str) -> bool:
    """Whether a key of a noun is its own id."""
    return key == "id" and noun in _HAS_ID


def slip(noun: str, key: str, node: yaml.Node) -> Slip | None:
    """What is wrong with the words under a key, the first of them; None where nothing is, or the key holds no names."""
    if key not in _WORDS and key not in _NAMES:
        return None
    if isinstance(node, yaml.SequenceNode):
        words = [item for item in node.value if isinstance(item, yaml.ScalarNode)]
    elif isinstance(node, yaml.MappingNode):
        words = [name for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
    else:
        words = [node] if isinstance(node, yaml.ScalarNode) else []
    for word in words:
        if found := _quoted(key, word) or (_no_id(word) if is_id(noun, key) else None):
            return found
    return None


def _quoted(key: str, word: yaml.ScalarNode) -> Slip | None:
    said = str(word.value).strip()
    if not any(quote in said for quote in _QUOTES):
        return None
    bare, lone = said.strip(_QUOTES), _unpaired(said)
    whole = said[0] in _QUOTES and said[-1] in _QUOTES and not any(quote in bare for quote in _QUOTES)
    if whole or lone or (key in _WORDS and (said[0] in _QUOTES or said[-1] in _QUOTES)):
        what = "中文引号没有配成一对" if lone and not whole else "带着中文引号，它会算作文字的一部分"
        words = f"写的是 {said} ，{what}；请删去中文引号，或改用英文引号 \"{bare}\""
        return Slip(word, Wrong(words, said, nearest=bare), warning=whole and key in _TITLES)
    return None


def _unpaired(said: str) -> bool:
    """Whether a quote opens and is not closed, or the other way round."""
    depth = 0
    for character in said:
        depth += (character in _OPENS) - (character in _CLOSES)
        if depth < 0:
            return True
    return depth > 0


def _no_id(word: yaml.ScalarNode) -> Slip | None:
    said = str(word.value).strip()
    if not said or re.fullmatch(ID, said):
        return None
    usual = re.sub(r"[\s.]+", "-", unicodedata.normalize("NFKC", said).lower()).strip("-_")
    near = usual if re.fullmatch(ID, usual) else ""
    why = "太长（最多 61 个字）" if len(said) > 61 else "只能用小写字母、数字和连字符“-”"
    return Slip(word, Wrong(f"写的是“{said[:61]}”，id {why}" + (f"，请写 {near}" if near else "，如 fire-2025"), said, nearest=near))
