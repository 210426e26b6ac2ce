"""What a Word paragraph gets from styles.xml and numbering.xml: its heading level and its automatic number.

A number that Word writes itself (一、 or （二） or 1.) is not in the text of the paragraph; without it a heading typed with
automatic numbering would not be known again.
"""

import re
from typing import Any

Element = Any

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])\Z", re.IGNORECASE)
_CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
            "ideographDigital", "koreanCounting", "chineseLegalSimplified", "japaneseLegal", "ideographLegalTraditional")  # fmt: skip
_DIGITS = "零一二三四五六七八九"


def local(element: Element) -> str:
    """An element's name without its namespace (transitional and strict files differ in it); "" for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Element, name: str) -> Element | None:
    return next((c for c in element if local(c) == name), None)


def attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _value(parent: Element | None, *path: str) -> str:
    """The `val` at the end of a path of children, "" where it breaks off."""
    for name in path:
        if parent is None:
            return ""
        parent = child(parent, name)
    return "" if parent is None else attribute(parent, "val")


class Styles:
    """Heading levels and numbering by paragraph style."""

    def __init__(self, root: Element | None) -> None:
        self._styles = {attribute(s, "styleId"): s for s in (() if root is None else root) if local(s) == "style"}

    def _chain(self, paragraph: Element) -> list[Element]:
        """The paragraph itself, then its style and what that is based on."""
        chain, name, seen = [paragraph], _value(paragraph, "pPr", "pStyle"), set()
        while name in self._styles and name not in seen and len(chain) < 12:
            seen.add(name)
            chain.append(self._styles[name])
            name = _value(self._styles[name], "basedOn")
        return chain

    def level(self, paragraph: Element) -> int:
        """1-9 for headings by outline level or style name, 0 for running text."""
        for element in self._chain(paragraph):
            outline = _value(element, "pPr", "outlineLvl")
            if outline.isdigit():
                return int(outline) + 1 if int(outline) < 9 else 0
            if match := _HEADING.match(_value(element, "name")):
                return int(match[1])
        return 0

    def numbering(self, paragraph: Element) -> tuple[str, int] | None:
        """(list id, level) of the paragraph or its style; None where it is not numbered."""
        for element in self._chain(paragraph):
            properties = child(element, "pPr")
            numbers = child(properties, "numPr") if properties is not None else None
            if numbers is not None:
                level = _value(numbers, "ilvl")
                return _value(numbers, "numId"), int(level) if level.isdigit() else 0
        return None


class Numbering:
    """Counts automatic numbers in the order of the page."""

    def __init__(self, root: Element | None) -> None:
        elements = [] if root is None else list(root)
        abstract = {attribute(e, "abstractNumId"): e for e in elements if local(e) == "abstractNum"}
        self._lists = {attribute(e, "numId"): _value(e, "abstractNumId") for e in elements if local(e) == "num"}
        self._levels = {name: {attribute(e, "ilvl"): e for e in a if local(e) == "lvl"} for name, a in abstract.items()}
        self._counts: dict[tuple[str, int], int] = {}

    def label(self, paragraph: Element, styles: Styles) -> str:
        """The number Word shows before the paragraph, "" where there is none or its format is not known here."""
        numbered = styles.numbering(paragraph)
        if numbered is None or numbered[0] not in self._lists:
            return ""
        name, level = self._lists[numbered[0]], numbered[1]
        levels = self._levels.get(name, {})
        if str(level) not in levels:
            return ""
        self._count(name, level, levels)
        text = _value(levels[str(level)], "lvlText")
        known = True

        def number(match: re.Match[str]) -> str:
            nonlocal known
            at = int(match[1]) - 1
            definition = levels.get(str(at))
            shown = written(self._counts.get((name, at), 1), _value(definition, "numFmt") if definition is not None else "")
            known = known and shown is not None
            return shown or ""

        label = re.sub(r"%([1-9])", number, text)
        return label if known and "%" in text else ""

    def _count(self, name: str, level: int, levels: dict[str, Element]) -> None:
        start = _value(levels[str(level)], "start")
        first = int(start) if start.isdigit() else 1
        self._counts[name, level] = self._counts.get((name, level), first - 1) + 1
        for deeper in range(level + 1, 9):
            self._counts.pop((name, deeper), None)


def written(number: int, style: str) -> str | None:
    """A number in one of Word's formats, None for those without a number (bullets) or unknown here."""
    if style in ("decimal", "decimalFullWidth", "decimalHalfWidth", ""):
        return str(number)
    if style in _CHINESE and 0 < number < 100:
        tens, ones = divmod(number, 10)
        head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return head + (_DIGITS[ones] if ones or not tens else "")
    if style in ("upperLetter", "lowerLetter") and 0 < number <= 26:
        return chr((65 if style == "upperLetter" else 97) + number - 1)
    if style == "decimalEnclosedCircle" and 0 < number <= 20:
        return chr(0x2460 + number - 1)
    return f"{number:02d}" if style == "decimalZero" else None
