"""What a Word paragraph gets from styles.xml and numbering.xml: its heading level and its automatic number.

A number that Word writes itself (一、 or （二） or 1.) is not in the text of the paragraph; without it a heading typed with
automatic numbering would not be known again.
"""

import re
from collections.abc import Iterator

from parsers.readers import Unreadable
from parsers.readers.docx_shown import VAL, W, Words, on
from parsers.readers.ooxml import Element, parsed

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])\Z", re.IGNORECASE)
_CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
            "ideographDigital", "koreanCounting", "chineseLegalSimplified", "japaneseLegal", "ideographLegalTraditional")  # fmt: skip
_DIGITS = "零一二三四五六七八九"


def _value(parent: Element | None, *path: str) -> str:
    """The `val` at the end of a path of children, "" where it breaks off."""
    for name in path:
        if parent is None:
            return ""
        parent = parent.find(W + name)
    return "" if parent is None else parent.get(VAL, "")


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


class Styles:
    """Heading levels, numbering and hidden words by paragraph style. `data`: styles.xml.

    Most of styles.xml is styles that a document does not use, and parsing it costs more than reading the document. So each
    style in use is cut out and parsed alone, unless the file writes its names in an unusual way."""

    def __init__(self, data: bytes) -> None:
        self._data, self._whole = data, b"<w:style " not in data
        self._levels: dict[str, int] = {}
        self._lists: dict[str, tuple[str, str]] = {}
        self._hiding: dict[str, bool] = {}
        root = _root(data) if self._whole else None
        self._styles = {} if root is None else {style.get(W + "styleId", ""): style for style in root.iterchildren(W + "style")}

    def _style(self, name: str) -> Element | None:
        if not self._whole and name and name not in self._styles:
            self._styles[name] = self._cut_out(name)
        return self._styles.get(name)

    def _cut_out(self, name: str) -> Element | None:
        at = self._data.find(f'w:styleId="{name}"'.encode())
        start, end = self._data.rfind(b"<w:style ", 0, at), self._data.find(b"</w:style>", at)
        top = self._data.find(b">", self._data.find(b"<w:styles")) + 1
        if at < 0 or not 0 < top <= start < end:
            return None
        root = _root(self._data[:top] + self._data[start:end] + b"</w:style></w:styles>")
        return None if root is None else root.find(W + "style")

    def _chain(self, name: str) -> Iterator[Element]:
        """A style and what it is based on."""
        seen: set[str] = set()
        while name not in seen and len(seen) < 12 and (style := self._style(name)) is not None:
            seen.add(name)
            yield style
            name = _value(style, "basedOn")

    def hides(self, name: str) -> bool:
        """Whether words in this style are hidden."""
        if name not in self._hiding:
            marks = (style.find(f"{W}rPr/{W}vanish") for style in self._chain(name))
            self._hiding[name] = on(next((mark for mark in marks if mark is not None), None))
        return self._hiding[name]

    def level(self, paragraph: Words) -> int:
        """1-9 for headings by outline level or style name, 0 for running text."""
        if paragraph.outline:
            return _outline(paragraph.outline)
        if paragraph.style not in self._levels:
            self._levels[paragraph.style] = self._style_level(paragraph.style)
        return self._levels[paragraph.style]

    def _style_level(self, name: str) -> int:
        for style in self._chain(name):
            outline = _value(style, "pPr", "outlineLvl")
            if outline:
                return _outline(outline)
            if match := _HEADING.match(_value(style, "name")):
                return int(match[1])
        return 0

    def numbering(self, paragraph: Words) -> tuple[str, int] | None:
        """(list id, level) of the paragraph or its style; None where it is not numbered."""
        list_id, level = paragraph.list_id, paragraph.list_level
        if not list_id:
            if paragraph.style not in self._lists:
                self._lists[paragraph.style] = self._style_list(paragraph.style)
            list_id, level = self._lists[paragraph.style][0], level or self._lists[paragraph.style][1]
        return (list_id, _number(level, 0)) if list_id else None

    def _style_list(self, name: str) -> tuple[str, str]:
        level = ""
        for style in self._chain(name):
            level = level or _value(style, "pPr", "numPr", "ilvl")
            if list_id := _value(style, "pPr", "numPr", "numId"):
                return list_id, level
        return "", ""


def _root(data: bytes) -> Element | None:
    """None for a damaged part: styles and numbers are a help, not a need."""
    try:
        return parsed(data, "styles or numbering") if data else None
    except Unreadable:
        return None


def _outline(value: str) -> int:
    number = _number(value, 9)
    return number + 1 if number < 9 else 0


class Numbering:
    """Counts automatic numbers in the order of the page. `data`: numbering.xml."""

    def __init__(self, data: bytes) -> None:
        root = _root(data)
        abstract = {} if root is None else {e.get(W + "abstractNumId", ""): e for e in root.iterchildren(W + "abstractNum")}
        self._lists = {} if root is None else {e.get(W + "numId", ""): e for e in root.iterchildren(W + "num")}
        self._levels = {name: {e.get(W + "ilvl", ""): e for e in a.iterchildren(W + "lvl")} for name, a in abstract.items()}
        self._counts: dict[tuple[str, int], int] = {}
        self._restarted: set[tuple[str, int]] = set()

    def label(self, list_id: str, level: int) -> str:
        """The next number of a list, as Word shows it; "" where there is none or its format is not known here."""
        if list_id not in self._lists:
            return ""
        name = _value(self._lists[list_id], "abstractNumId")
        levels = self._levels.get(name, {})
        if str(level) not in levels:
            return ""
        self._restart(list_id, level, name)
        self._count(name, level, levels)
        return self._written(name, levels, levels[str(level)])

    def _written(self, name: str, levels: dict[str, Element], own: Element) -> str:
        known = True
        plain = own.find(W + "isLgl") is not None  # 第一章, but 1.1 and not 一.1

        def number(match: re.Match[str]) -> str:
            nonlocal known
            at = int(match[1]) - 1
            shown = written(self._counts.get((name, at), 1), "decimal" if plain else _value(levels.get(str(at)), "numFmt"))
            known = known and shown is not None
            return shown or ""

        text = _value(own, "lvlText")
        label = re.sub(r"%([1-9])", number, text)
        return label if known and "%" in text else ""

    def _restart(self, list_id: str, level: int, name: str) -> None:
        """A list that begins anew (Word's 重新编号) is another list of the same look."""
        if (list_id, level) not in self._restarted:
            self._restarted.add((list_id, level))
            for override in self._lists[list_id].iterchildren(W + "lvlOverride"):
                if override.get(W + "ilvl") == str(level) and (start := _value(override, "startOverride")):
                    self._counts[name, level] = _number(start, 1) - 1

    def _count(self, name: str, level: int, levels: dict[str, Element]) -> None:
        first = _number(_value(levels[str(level)], "start"), 1)
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
    if style in ("upperRoman", "lowerRoman") and 0 < number < 40:
        roman = "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
        return roman if style == "upperRoman" else roman.lower()
    return f"{number:02d}" if style == "decimalZero" else None
