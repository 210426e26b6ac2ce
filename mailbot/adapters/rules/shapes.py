"""What is said where a key or a value has not the shape it should have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from mailbot.adapters.rules.kinds import Key, Kind, keys_of, kind_of, variants
from mailbot.adapters.rules.mistakes import nearest, perhaps, short
from mailbot.adapters.rules.nodes import words_in
from mailbot.adapters.rules.scalars import Wrong, meant_number
from mailbot.domain.rule import Rule

_TOO_MANY = 14  # keys that are named where one is unknown


@dataclass(frozen=True, slots=True)
class Around:
    """What a mapping stands in: the noun above it, and the union that its noun was chosen from."""

    above: type[Rule] | None
    union: Kind | None

    def elsewhere(self, name: str) -> str:
        """Where else a key is at home: every: week; "" where nowhere near."""
        if self.union is None:
            return ""
        words = [word for word, noun in variants(self.union).items() if name in keys_of(noun)]
        return f"{self.union.told_by}: {'、'.join(words)}" if words else ""


def unknown(name: str, keys: Mapping[str, Key], written: list[str], around: Around) -> Wrong:
    """What to say of a key that there is not."""
    if not name:
        return Wrong("冒号前面应当是一个键的名字，请检查这里的冒号和括号", "", tuple(keys))
    if "\u00a0" in name:
        return Wrong(f"“{short(name)}”里有不间断空格（看上去像空格），请删去，改成普通的空格", name, tuple(keys))
    if (bare := name.strip("“”‘’")) != name and bare in keys:
        return Wrong(f"写的是 {name} ，带着中文引号；请删去中文引号，写成 {bare}", name, tuple(keys), bare)
    if name.startswith("-") and name[1:] in keys:
        return Wrong(f"“{name}”：减号后面要有空格，请写成 - {name[1:]}: ", name, tuple(keys), name[1:])
    if "：" in name or ":" in name:
        word = name.replace("：", ":").partition(":")[0].strip()
        sign = "全角冒号“：”，请改成半角冒号加一个空格" if "：" in name else "冒号，冒号后面少一个空格"
        return Wrong(f"“{short(name)}”里是{sign}（{word}: ）", name, tuple(keys), word if word in keys else "")
    if "password" in name.lower() or "授权码" in name or "密码" in name:
        return Wrong("密码、授权码不写在规则文件里，请写进环境变量（见手册“环境变量”）", "")
    if home := around.elsewhere(name):
        return Wrong(f"“{name}”不用在这里，只用在 {home} 里", name, tuple(keys))
    missing = [key for key in keys if key not in written]
    near = nearest(name.lower().replace("_", "-"), [k.replace("_", "-") for k in missing], 0.6).replace("-", "_") or nearest(name, keys, 0.75)
    if near:
        return Wrong(f"没有“{short(name)}”这个键{perhaps(near)}", name, tuple(keys), near)
    if around.above and name in keys_of(around.above):
        return Wrong(f"“{name}”不写在这一级，应与上一级的键对齐，请检查缩进", name, tuple(keys))
    known = f"，这里可以写：{'、'.join(keys)}" if len(keys) <= _TOO_MANY else "，请删去或查看手册"
    return Wrong(f"没有“{short(name)}”这个键{known}", name, tuple(keys))


def holds_wide_comma(item: yaml.Node, kind: Kind) -> bool:
    """Whether several numbers or dates stand in one item, with a comma between that is none for YAML."""
    inner = kind_of(kind.inner[0])
    of_words = inner.what == "scalar" and inner.inner[0] is str
    return isinstance(item, yaml.ScalarNode) and not of_words and inner.what != "noun" and bool({"，", "、"} & set(item.value))


def no_mapping(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "写成了列表，应当是一组键值（“键: 内容”），请去掉前面的“- ”或方括号"
    if node.tag.endswith(":null"):
        return "后面没有写内容；不用的话，请把这个键也删去"
    hint = "；冒号要用半角，后面加一个空格" if "：" in str(node.value) or ":" in str(node.value) else ""
    return f"写的是“{short(node.value)}”，应当是一组键值，如 {{键: 内容}}{hint}"


def no_list(node: yaml.Node, kind: Kind) -> str:
    if isinstance(node, yaml.MappingNode):
        if any(word.startswith("-") for word in words_in(node)):
            return "每一项前面的减号后面要有空格，请写成“- ”"
        return "写成了一组键值，应当是列表：每一项前面加“- ”"
    if node.tag.endswith(":null"):
        return "后面没有写内容；确实没有的，请写 []"
    if kind_of(kind.inner[0]).what in ("noun", "union"):
        return f"写的是“{short(node.value)}”，应当是列表：每一项以“- ”开头"
    wide = re.fullmatch(r"[【［〔]([^】］〕]*)[】］〕]?", str(node.value).strip())
    words = "列表要用半角的方括号，请写" if wide else "应当是列表，请加方括号"
    return f"写的是“{short(node.value)}”，{words}：[{short(', '.join(_split(wide[1] if wide else str(node.value), kind)))}]"


def _split(text: str, kind: Kind) -> list[str]:
    """The items that were meant by one text: 八所、八仙所. A regular expression is one item."""
    if re.search(r"[\\()\[\]{}*+?|]", text):
        return [text]
    items = [bare for word in re.split(r"[\s,，、;；]+", text) if (bare := word.strip("“”‘’\"'"))]
    return [meant_number(item) or item for item in items] if kind_of(kind.inner[0]).inner[0] is int else items
