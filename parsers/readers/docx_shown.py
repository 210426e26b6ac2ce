"""A Word tree made into what a person sees on the page: wrappers opened, what is deleted or hidden taken out, boxes set apart.

Afterwards a body holds paragraphs and tables, a table rows, a row cells, a cell paragraphs and tables, and nothing else that
bears words. Tracked changes are shown as if accepted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from parsers.readers.ooxml import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
P, TBL, TR, TC, T = W + "p", W + "tbl", W + "tr", W + "tc", W + "t"
VAL = W + "val"

_OPENED = (
    *(W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")),
    *(_MC + name for name in ("AlternateContent", "Choice", "Fallback")),
)
_DROPPED = tuple(
    W + name
    for name in (
        "del", "moveFrom", "rt", "sdtPr", "sdtEndPr", "customXmlPr", "tabs",
        "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "trPrChange", "tcPrChange", "tblPrExChange",
    )
)  # fmt: skip
_PROMPT = re.compile(r"\s*(?:请?(?:单击|点击|选择|输入)|Click|Choose|Enter)", re.IGNORECASE)
_OFF = ("0", "false", "off")


def on(element: Element | None) -> bool:
    """A switch of Word: there, and not turned off."""
    return element is not None and element.get(VAL, "1") not in _OFF


def show(root: Element, hides: Callable[[str], bool]) -> None:
    """Changes the tree. `hides`: whether the style of an id hides its words."""
    from lxml import etree  # type: ignore[import-untyped]

    for choices in list(root.iter(_MC + "AlternateContent")):
        for other in list(choices)[1:]:  # the same again for older programs
            choices.remove(other)
    for mark in list(root.iter(W + "del", W + "hidden", W + "showingPlcHdr")):
        parent = mark.getparent()
        if parent is not None and parent.tag == W + "trPr" and on(mark):
            _remove(parent.getparent())
        elif parent is not None and parent.tag == W + "sdtPr":
            _clear_prompt(parent.getparent())
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    for mark in list(root.iter(W + "vanish")):
        if on(mark) and _is(mark.getparent(), "rPr") and _is(run := mark.getparent().getparent(), "r"):
            _remove(run)
    for mark in list(root.iter(W + "rStyle", W + "pStyle")):
        if hides(mark.get(VAL, "")):
            _remove(mark.getparent().getparent())
    etree.strip_tags(root, *_OPENED)
    for box in reversed(list(root.iter(W + "txbxContent"))):
        _set_apart(box)


def _is(element: Element | None, name: str) -> bool:
    return element is not None and element.tag == W + name


def _remove(element: Element | None) -> None:
    if element is not None and element.getparent() is not None:
        element.getparent().remove(element)


def _clear_prompt(control: Element) -> None:
    """A content control that nobody filled in shows Word's own 单击此处输入文字: that is blank."""
    words = list(control.iter(T))
    if _PROMPT.match("".join(t.text or "" for t in words)):
        for t in words:
            t.text = ""


def _set_apart(box: Element) -> None:
    """The blocks of a text box stand behind the paragraph that it hangs on."""
    anchor = next(box.iterancestors(P), None)
    if anchor is not None:
        for block in reversed(list(box)):
            anchor.addnext(block)
        _remove(box)


# Signs of the picture fonts that forms are ticked with (Wingdings, Wingdings 2).
_SIGNS = {
    "Wingdings": {0xA8: "□", 0x6F: "□", 0x71: "□", 0xFE: "☑", 0xFD: "☒", 0xFC: "✓", 0xFB: "✗", 0x6C: "●", 0x6E: "■", 0xA1: "○"},
    "Wingdings 2": {0xA3: "□", 0x2A: "□", 0x52: "☑", 0x51: "☒", 0x53: "☒", 0x54: "☒", 0x50: "✓", 0x4F: "✗", 0x98: "●", 0xA2: "■"},
}


def _symbol(element: Element) -> str:
    try:
        code = int(element.get(W + "char", ""), 16)
    except ValueError:
        return ""
    signs = _SIGNS.get(element.get(W + "font", ""))
    if signs is not None:
        return signs.get(code & 0xFF, "")
    return "" if 0xE000 <= code <= 0xF8FF or not 0x20 <= code <= 0xD7FF else chr(code)


def _break(element: Element) -> str:
    return "\n" if element.get(W + "type", "textWrapping") in ("textWrapping", "text-wrapping") else ""


def _box(element: Element) -> str:
    """The old kind of tick box (a form field)."""
    ticked = element.find(W + "checked")
    return "☑" if on(element.find(W + "default") if ticked is None else ticked) else "□"


def _choice(element: Element) -> str:
    """The old kind of drop-down list: its entry, the first where none is chosen."""
    entries = [entry.get(VAL, "") for entry in element.iterchildren(W + "listEntry")]
    result = element.find(W + "result")
    chosen = "0" if result is None else result.get(VAL, "0")
    return entries[int(chosen)] if chosen.isascii() and chosen.isdigit() and int(chosen) < len(entries) else ""


_SHOWN: dict[str, Callable[[Element], str]] = {
    W + "tab": lambda _: "\t", W + "ptab": lambda _: "\t", W + "br": _break, W + "cr": lambda _: "\n", W + "noBreakHyphen": lambda _: "-",
    W + "sym": _symbol, W + "checkBox": _box, W + "ddList": _choice, _M + "t": lambda element: element.text or "",
}  # fmt: skip


@dataclass(slots=True)
class Words:
    """A paragraph: its words in pieces (tabs and line breaks as such) and what its pPr says of style, outline and list."""

    pieces: list[str] = field(default_factory=list)
    style: str = ""
    outline: str = ""
    list_id: str = ""
    list_level: str = ""

    @property
    def text(self) -> str:
        return "".join(self.pieces)


_MARKS = {W + "pStyle": "style", W + "outlineLvl": "outline", W + "numId": "list_id", W + "ilvl": "list_level"}


def words(root: Element) -> dict[Element, Words]:
    """Every paragraph of a shown tree, gathered in one pass: to begin anew at each paragraph costs more than all the rest."""
    found: dict[Element, Words] = {}
    current = Words()
    for element in root.iter(P, T, *_MARKS, *_SHOWN):
        tag = element.tag
        if tag == T:
            current.pieces.append(element.text or "")
        elif tag == P:
            current = found[element] = Words()
        elif tag in _MARKS:
            setattr(current, _MARKS[tag], element.get(VAL, ""))
        else:
            current.pieces.append(_SHOWN[tag](element))
    return found
