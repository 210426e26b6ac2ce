"""Places in a YAML tree: what stands under a key, and how a piece is called in a message (duties[risk-list].due.day)."""

import yaml

NAMES = ("id", "field", "name", "check")  # by the first of them that it has an item of a list is called


def joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path and key else path or key


def called(path: str, item: yaml.Node, number: int) -> str:
    """duties[risk-list], else by its number from 1; a word of a list is called like the list."""
    if not isinstance(item, yaml.MappingNode):
        return path
    names = (value_at(item, key) for key in NAMES)
    name = next((n.value for n in names if isinstance(n, yaml.ScalarNode) and n.value), str(number))
    return f"{path}[{name}]"


def value_at(node: yaml.Node, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def words_in(node: yaml.MappingNode) -> list[str]:
    """The keys of a mapping that are words."""
    return [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]


def items(node: yaml.Node) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else [node]


def item_at(node: yaml.Node, item: str) -> yaml.Node:
    """The place of a word in a list, or below it; else the list's."""
    waiting = [node]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, yaml.ScalarNode) and one.value.strip() == item:
            return one
        if isinstance(one, yaml.SequenceNode):
            waiting += one.value
        elif isinstance(one, yaml.MappingNode):
            waiting += (part for pair in one.value for part in pair)
    return node
