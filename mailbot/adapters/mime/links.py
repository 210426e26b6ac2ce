"""The links of a mail's own text. While a text is cut into own and quoted words each link is a mark in it, so that the
link goes where its words go; afterwards the marks are written out as a person would see them. Nothing is ever fetched."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.domain.mail import Link

_URL = re.compile(r"https?://[^\s<>\"'（），。；、！？《》【】“”\u3400-\u9fff\ufdd0\ufdd1]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"
_MARK = re.compile("\ufdd0(\\d+)\ufdd1")  # noncharacters: no text may hold them
_NEAR_CHARS = 400
_MARK_CHARS = 200
_MOST_MARKS = 12
_NO_MARKS = frozenset({"href", "style", "class", "target", "rel", "id", "src"})


@dataclass(frozen=True, slots=True)
class _Marked:
    """A link found, what is written in the place of its mark, and whether the lines around always belong to it."""

    link: Link
    shown: str
    plain: bool


class Marks:
    """All links of one mail, at most `most`; those beyond stay words."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[_Marked] = []

    def mark(self, url: str, shown: str, text: str = "", given: Mapping[str, str] | None = None, plain: bool = False) -> str:
        """What to put into the text in the place of a link."""
        if len(self._found) >= self._most or len(url) > 2_000:
            return shown
        link = Link(url, text.strip()[:_MARK_CHARS], marks=_bounded(given or {}))
        self._found.append(_Marked(link, shown, plain))
        return f"\ufdd0{len(self._found) - 1}\ufdd1"

    def mark_bare(self, text: str, hidden: bool = False, plain: bool = False) -> str:
        """A text with its bare web addresses as marks; of a hidden text nothing else remains."""
        if "http" not in text.lower():
            return "" if hidden else text
        out: list[str] = []
        at = 0
        for match in _URL.finditer(text):
            url = match[0].rstrip(_TRAILING)
            out += ["" if hidden else text[at : match.start()], self.mark(url, "" if hidden else url, plain=plain)]
            at = match.start() + len(url)
        return "".join(out) + ("" if hidden else text[at:])

    def mark_plain(self, text: str) -> str:
        """The same for a text/plain body."""
        return self.mark_bare(without_marks(text), plain=True)

    def written_out(self, text: str) -> str:
        """The text as a person sees it."""
        return _MARK.sub(lambda match: self._found[int(match[1])].shown, text)

    def links(self, text: str) -> tuple[Link, ...]:
        """The links whose marks stand in the text, each address once: the one that says most about itself."""
        best: dict[str, Link] = {}
        lines = text.split("\n")
        for number, line in enumerate(lines):
            for match in _MARK.finditer(line):
                marked = self._found[int(match[1])]
                link = Link(marked.link.url, marked.link.text, self._near(lines, number, match.start(), marked), marked.link.marks)
                known = best.get(link.url)
                if known is None or len(link.marks) > len(known.marks):
                    best[link.url] = link
        return tuple(best.values())

    def _near(self, lines: list[str], number: int, at: int, marked: _Marked) -> str:
        """The words beside a link: its line, and where that says nothing else, or in plain text, those around it."""
        line = lines[number]
        others = _MARK.sub("", line).replace(marked.link.text, "").strip(" \t:：")
        reach = 1 if marked.plain else 0 if len(others) > 3 else 2
        before = [text for text in lines[max(0, number - 20) : number] if _MARK.sub("", text).strip()][-reach:] if reach else []
        after = [text for text in lines[number + 1 : number + 20] if _MARK.sub("", text).strip()][:reach]
        head = self.written_out("\n".join([*before, line[:at]]))
        tail = self.written_out("\n".join([line[at:], *after]))
        half = _NEAR_CHARS // 2
        kept = max(half, _NEAR_CHARS - len(tail))
        return f"{head[-kept:]}{tail[: _NEAR_CHARS - len(head[-kept:])]}".strip()


def _bounded(given: Mapping[str, str]) -> dict[str, str]:
    said = ((name.lower(), value.strip()) for name, value in given.items())
    kept = [(name[:40], value[:_MARK_CHARS]) for name, value in said if value and name not in _NO_MARKS and not name.startswith("on")]
    return dict(kept[:_MOST_MARKS])


def without_marks(text: str) -> str:
    """A sender's text in which nothing looks like a mark of ours."""
    return text.replace("\ufdd0", "").replace("\ufdd1", "")
