"""A YAML tree -> a noun of the domain. Each wrong piece is told and left out, so that the rest of the file is still looked at."""

from collections.abc import Iterable
from typing import Any, TypeVar

import yaml

from mailbot.adapters.rules import names
from mailbot.adapters.rules.keys import told
from mailbot.adapters.rules.kinds import Key, Kind, keys_of, kind_of, variants
from mailbot.adapters.rules.mistakes import Mistake, nearest, short
from mailbot.adapters.rules.nodes import called, item_at, items, joined, value_at, words_in
from mailbot.adapters.rules.scalars import Wrong, scalar, word_of
from mailbot.adapters.rules.shapes import Around, holds_wide_comma, no_list, no_mapping, unknown
from mailbot.domain.rule import Rule

N = TypeVar("N", bound=Rule)
_LONGEST_EXAMPLE = 60  # characters
_MISSING: Any = object()  # what could not be read
MAY_BE_EMPTY = ("units", "duties", "campaigns")  # lists that may be empty while a pack is being written


class Reading:
    """One file being read. `mistakes`: all that was told, warnings too; cross checks tell theirs by `tell` and `warn`."""

    def __init__(self, file: str, tree: yaml.Node) -> None:
        self.file, self.tree = file, tree
        self.mistakes: list[Mistake] = []
        self._places: dict[int, tuple[yaml.Node, str]] = {}  # a noun -> where it stands and how it is called
        self._bad: dict[int, set[str]] = {}  # a noun -> keys of which something was told
        self._words: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._kept: list[Any] = []  # nouns whose ids are remembered must live

    # --- telling ---------------------------------------------------------------------------------------------------------

    def tell(
        self, noun: Rule, key: str, sentence: str, *, item: str = "", near: str = "", allowed: Iterable[str] = (), warning: bool = False,
        secret: bool = False,
    ) -> None:
        """A mistake at a key of a noun that was read; `item`: the word in its list. What was told of before is not told of again.
        `secret`: what stands there is not shown."""
        if key in self._bad.get(id(noun), ()):
            return
        node, path = self._places.get(id(noun), (self.tree, ""))
        value = value_at(node, key)
        at = item_at(value, item) if value is not None and item else value
        found = "" if secret else item or (value.value if isinstance(value, yaml.ScalarNode) else "")
        self._add(at or node, joined(path, key), sentence, Wrong(sentence, found, tuple(allowed), near), warning=warning)

    def warn(self, noun: Rule, key: str, sentence: str, *, item: str = "", near: str = "") -> None:
        self.tell(noun, key, sentence, item=item, near=near, warning=True)

    def spoil(self, noun: Rule, key: str) -> None:
        """What stands there is known to be wrong: nothing is measured by it."""
        self._bad.setdefault(id(noun), set()).add(key)

    def words_at(self, *keys: str) -> tuple[str, ...]:
        """The words that stand under keys from the root down, through lists, also in pieces that could not be read."""
        if keys not in self._words:
            nodes = [self.tree]
            for key in keys:
                nodes = [one for node in nodes for value in [value_at(node, key)] if value for one in items(value)]
            self._words[keys] = tuple(dict.fromkeys(names.plain(node.value) for node in nodes if isinstance(node, yaml.ScalarNode)))
        return self._words[keys]

    def names_lost(self, key: str) -> bool:
        """Whether an item of a list at the root bears no id, or none that can be: then nobody can say that a name is none of theirs."""
        ids = [value_at(item, "id") for item in items(value_at(self.tree, key) or yaml.SequenceNode("", []))]
        return not all(isinstance(one, yaml.ScalarNode) and names.can_be_id(names.plain(one.value)) for one in ids)

    def tell_doubled(self, key: str) -> None:
        """Tells of ids of a list at the root that stand there twice, also where one of the pieces could not be read."""
        first: dict[str, str] = {}
        for item in items(value_at(self.tree, key) or yaml.SequenceNode("", [])):
            node, name = value_at(item, "id"), value_at(item, "name")
            if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
                continue
            word = node.value.strip()
            if word in first:
                where = f"已经用在“{first[word]}”上" if first[word] else "用了两次"
                self._add(node, f"{key}[{word}].id", f"“{word}”这个 id {where}，请换一个", Wrong("", word))
            first.setdefault(word, name.value.strip() if key == "units" and isinstance(name, yaml.ScalarNode) else "")

    def is_sound(self, noun: Rule, *keys: str) -> bool:
        """Whether nothing was told of these keys."""
        return self._bad.get(id(noun), set()).isdisjoint(keys)

    def _add(self, node: yaml.Node, path: str, sentence: str, wrong: Wrong | None = None, *, warning: bool = False) -> None:
        place, wrong = node.start_mark, wrong or Wrong(sentence)
        told = Mistake(self.file, place.line + 1, place.column + 1, path, sentence, wrong.found, wrong.allowed, wrong.nearest, warning)
        if told not in self.mistakes[-20:]:
            self.mistakes.append(told)

    # --- reading -----------------------------------------------------------------------------------------------------------

    def root(self, noun: type[N]) -> N | None:
        """The noun that the whole file is; where a required key lacks or is wrong, something harmless stands in for it."""
        if not isinstance(self.tree, yaml.MappingNode):
            self._add(self.tree, "", no_mapping(self.tree))
            return None
        value: N | None = self._noun(noun, self.tree, "", stand_in=True)
        return value

    def piece(self, noun: type[Rule], key: str) -> Any:
        """What stands at the root under one key of a noun; None where it is wrong, or is not there."""
        node = value_at(self.tree, key)
        value = _MISSING if node is None else self._value(keys_of(noun)[key].takes, node, key, noun)
        return None if value is _MISSING else value

    def _value(self, hint: Any, node: yaml.Node, path: str, above: type[Rule]) -> Any:
        """The value of a hint; `_MISSING` where it was told what is wrong."""
        kind = kind_of(hint)
        if kind.none and node.tag.endswith(":null"):
            return None
        match kind.what:
            case "noun" | "union":
                return self._one(kind, node, path, above)
            case "list":
                return self._list(kind, node, path, above)
            case "mapping":
                return self._mapping(kind, node, path, above)
        if not isinstance(node, yaml.ScalarNode):
            what = "列表" if isinstance(node, yaml.SequenceNode) else "一组键值"
            self._add(node, path, f"写成了{what}，这里只要一项内容" + ("；内容里有冒号的，请给整段加引号" if what == "一组键值" else ""))
            return _MISSING
        value = word_of(node, kind.inner) if kind.what == "words" else scalar(node, kind.inner[0], kind.between)
        if isinstance(value, Wrong):
            self._add(node, path, value.sentence, value)
            return _MISSING
        return value

    def _one(self, kind: Kind, node: yaml.Node, path: str, above: type[Rule]) -> Any:
        if not isinstance(node, yaml.MappingNode):
            self._add(node, path, no_mapping(node), Wrong("", short(node.value) if isinstance(node, yaml.ScalarNode) else ""))
            return _MISSING
        if kind.what == "noun":
            return self._noun(kind.inner[0], node, path, above)
        noun = self._variant(kind, node, path)
        return _MISSING if noun is None else self._noun(noun, node, path, above, union=kind)

    def _variant(self, kind: Kind, node: yaml.MappingNode, path: str) -> type[Rule] | None:
        """Which noun of a union is meant. Where that is not said rightly, only this is told."""
        known, tag = variants(kind), value_at(node, kind.told_by)
        if tag is None:
            given = words_in(node)
            near = nearest(kind.told_by, given)
            sentence = f"没有“{near}”这个键，是不是想写“{kind.told_by}”？" if near else f"缺少“{kind.told_by}”这个键，可以写：{'、'.join(known)}"
            self._add(node, joined(path, near or kind.told_by), sentence, Wrong("", near, tuple(known), kind.told_by if near else ""))
            return None
        said = word_of(tag, known) if isinstance(tag, yaml.ScalarNode) else Wrong(f"只能写：{'、'.join(known)}", "", tuple(known))
        if isinstance(said, Wrong):
            self._add(tag, joined(path, kind.told_by), said.sentence, said)
            return None
        return known[said]

    def _noun(
        self, noun: type[N], node: yaml.MappingNode, path: str, above: type[Rule] | None = None, *, union: Kind | None = None, stand_in: bool = False
    ) -> Any:
        keys = keys_of(noun)
        given, bad = self._given(noun, node, path, Around(above, union))
        values: dict[str, Any] = {}
        for name, (_, value_node) in given.items():
            before = len(self.mistakes)
            value = self._value(keys[name].takes, value_node, joined(path, name), noun)
            if value is not _MISSING and (slip := names.slip(noun.__name__, name, value_node)):
                self._add(slip.node, joined(path, name), slip.wrong.sentence, slip.wrong, warning=slip.warning)
            if value == "" and keys[name].required:
                self._add(value_node, joined(path, name), "不能空着")
                value = _MISSING
            if len(self.mistakes) > before:
                bad.add(name)
            if value is not _MISSING:
                values[name] = value
        lacking = [key for key in keys.values() if key.required and key.name not in values]
        for key in lacking:
            if key.name not in given and key.name not in bad:
                self._add(node, joined(path, key.name), f"缺少这个键，请补上{_like(noun, key.name)}", Wrong("", "", nearest=key.name))
                bad.add(key.name)
            values[key.name] = _harmless(key)
        if lacking and not stand_in:
            return _MISSING
        made = noun(**values)
        self._places[id(made)], self._bad[id(made)] = (node, path), bad
        self._kept.append(made)
        return made

    def _given(self, noun: type[Rule], node: yaml.MappingNode, path: str, around: Around) -> tuple[dict[str, tuple[yaml.Node, yaml.Node]], set[str]]:
        """The known keys of a mapping with their values, and those of which something was told already."""
        keys, given, bad = keys_of(noun), dict[str, tuple[yaml.Node, yaml.Node]](), set[str]()
        written = words_in(node)
        for key_node, value_node in node.value:
            name = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if name in given:
                self._add(key_node, joined(path, name), "这个键写了两遍", Wrong("", name))
            elif name in keys:
                given[name] = key_node, value_node
            else:
                wrong = unknown(str(name), keys, written, around)
                self._add(key_node, joined(path, str(name).partition("：")[0]), wrong.sentence, wrong)
                bad.add(wrong.nearest)
        return given, bad

    def _list(self, kind: Kind, node: yaml.Node, path: str, above: type[Rule]) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            self._add(node, path, no_list(node, kind), Wrong("", short(node.value) if isinstance(node, yaml.ScalarNode) else ""))
            return _MISSING
        values = []
        for number, item in enumerate(node.value, 1):
            if isinstance(item, yaml.ScalarNode) and item.tag.endswith(":null") and not item.value:
                self._add(item, path, "这一项是空的，请写上或者删去")
                continue
            if holds_wide_comma(item, kind):
                self._add(item, path, f"“{short(item.value)}”：几项之间请用半角逗号“,”分开", Wrong("", item.value))
                continue
            value = self._value(kind.inner[0], item, called(path, item, number), above)
            if value is not _MISSING:
                values.append(value)
        if not node.value and path not in MAY_BE_EMPTY and keys_of(above).get(path.rpartition(".")[2], _NO_KEY).required:
            self._add(node, path, "列表是空的，至少要写一项")
            return _MISSING
        return tuple(values)

    def _mapping(self, kind: Kind, node: yaml.Node, path: str, above: type[Rule]) -> Any:
        if not isinstance(node, yaml.MappingNode):
            self._add(node, path, no_mapping(node), Wrong("", short(node.value) if isinstance(node, yaml.ScalarNode) else ""))
            return _MISSING
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._value(kind.inner[0], key_node, path, above)
            if key is _MISSING:
                continue
            if key in found:
                self._add(key_node, joined(path, str(key)), "这个键写了两遍", Wrong("", str(key)))
            value = self._value(kind.inner[1], value_node, joined(path, str(key)), above)
            if value is not _MISSING:
                found[key] = value
        return found


def _like(noun: type[Rule], key: str) -> str:
    """An example of a key, as the handbook has it."""
    known = told().get(noun.__name__)
    example = known.keys[key].example if known and key in known.keys else ""
    return f"，如 {key}: {example}" if example and len(example) <= _LONGEST_EXAMPLE else ""


_NO_KEY = Key("", str, False)


def _harmless(key: Key) -> Any:
    """Something of the right kind in place of what could not be read; what is told of such a key is not told again."""
    kind = kind_of(key.takes)
    return () if kind.what == "list" else {} if kind.what == "mapping" else key.default
