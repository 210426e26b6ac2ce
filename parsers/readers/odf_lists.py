"""The numbers that OpenDocument lists write before their items (一、 or 1.), from the list styles."""

from collections.abc import Iterable

from parsers.readers.docx_styles import written
from parsers.readers.ooxml import Element

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

# How OpenDocument calls number formats -> how Word does.
_FORMATS = {
    "1": "decimal", "A": "upperLetter", "a": "lowerLetter", "I": "upperRoman", "i": "lowerRoman", "①, ②, ③, ...": "decimalEnclosedCircle",
    "一, 二, 三, ...": "chineseCounting", "１, ２, ３, ...": "decimalFullWidth",
}  # fmt: skip


def bounded(text: str, most: int) -> int:
    """A number in an attribute, at most `most`, 1 where it is none."""
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 12 else 1


class Lists:
    """Counts the items of each list style in the order of the page: a style that is taken up again goes on."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._levels = {
            (style.get(STYLE + "name", ""), bounded(level.get(TEXT + "level", ""), 10)): level
            for root in roots
            for style in root.iter(TEXT + "list-style")
            for level in style.iterchildren(TEXT + "list-level-style-number")
        }
        self._counts: dict[tuple[str, int], int] = {}

    def label(self, style: str, level: int, start: str) -> str:
        """The next number of a list at a level (1 = outermost), "" for bullets. `start`: where the item says its own number."""
        own = self._levels.get((style, level))
        if own is None:
            return ""
        first = bounded(start or own.get(TEXT + "start-value", "1"), 10**6)
        self._counts[style, level] = first if start else self._counts.get((style, level), first - 1) + 1
        for deeper in range(level + 1, 11):
            self._counts.pop((style, deeper), None)
        shown = bounded(own.get(TEXT + "display-levels", "1"), level)
        numbers = [self._number(style, at) for at in range(level - shown + 1, level + 1)]
        if "" in numbers:
            return ""
        return f"{own.get(STYLE + 'num-prefix', '')}{'.'.join(numbers)}{own.get(STYLE + 'num-suffix', '')}"

    def _number(self, style: str, level: int) -> str:
        definition = self._levels.get((style, level))
        name = "" if definition is None else definition.get(STYLE + "num-format", "")
        return (written(self._counts.get((style, level), 1), _FORMATS[name]) or "") if name in _FORMATS else ""
