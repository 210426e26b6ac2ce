"""The written text of a mail: HTML turned to text, quoted older mail cut off. Nothing is fetched, nothing executed."""

import contextlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.adapters.mime.links import Marks, without_marks
from mailbot.adapters.mime.styles import Styles, colours, styles_of
from parsers.readers.html import not_too_deep


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = frozenset({"script", "style", "head", "title", "noscript", "template", "object", "svg", "iframe", "select", "textarea"})
_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_BLOCKS = _words(
    "address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p "
    "pre section table tbody tfoot thead tr ul"
)
_MARKERS = re.compile(
    r"^\s*(?:"
    r"[-_—=*]{2,}\s*(?:原始邮件|转发邮件信息|转发邮件|转发的邮件|回复的原邮件|被转发邮件信息|original(?:\s+message)?|forwarded\s+(?:message|mail)|replied\s+message)\s*[-_—=*]{2,}"
    r"|(?:在|于|on|at)\s*.{4,200}(?:写道|写道:|wrote)\s*[:：]?"
    r"|.{0,100}<?[\w.+-]{1,64}@[\w.-]{1,100}>?.{0,60}(?:于|在).{4,60}写道\s*[:：]?"
    r"|begin\s+forwarded\s+message\s*[:：]"
    r")\s*$",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(r"^\s*[*>]*\s*(?:发件人|寄件人|from)\s*\**\s*[:：]", re.IGNORECASE)
_HEADER_WORD = "发送时间|发送日期|收件人|主题|日期|时间|抄送|sent|to|date|subject|cc"
_HEADER_LINE = re.compile(rf"^\s*[*>]*\s*(?:{_HEADER_WORD})\s*\**\s*[:：]", re.IGNORECASE)
_WROTE_START = re.compile(r"^\s*(?:在|于|on|at)\s", re.IGNORECASE)
_WROTE_END = re.compile(r"(?:写道|wrote)\s*[:：]?\s*$", re.IGNORECASE)


# Taken out beforehand: unclosed comments would swallow the rest, and Word writes <![if marks.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<[!?][^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class _Open:
    """An open element: what it does to the text inside it."""

    tag: str
    drops: bool  # a script, not for people at all
    hides: bool
    veils: bool  # perhaps
    quotes: bool
    given: Mapping[str, str]

    @property
    def link(self) -> str:
        href = self.given.get("href", "").strip()
        return href if self.tag == "a" and href.lower().startswith(("http://", "https://")) else ""


class _Reader:
    """A target for lxml's HTML parser. Collects shown text in two streams: the sender's own, and what stands in a quotation.
    Links are marks in them; a hidden link too, because webmail hides the address of a large attachment."""

    def __init__(self, marks: Marks, styles: Styles) -> None:
        self.own: list[str] = []
        self.quoted: list[str] = []
        self.veiled = False  # whether some of the own text may not be shown
        self._marks = marks
        self._styles = styles
        self._open: list[_Open] = []
        self._counts: Counter[str] = Counter()
        self._dropped = self._hidden = self._veiled = self._quoting = self._coloured = 0
        self._pending: list[str] = []  # words since the last tag; lxml parts them at every entity
        self._words: list[list[str]] = []  # of each open link

    def _put(self, text: str) -> None:
        (self.quoted if self._quoting else self.own).append(text)

    def _flush(self) -> None:
        text = re.sub(r"[ \t\r\n\f]+", " ", without_marks("".join(self._pending)))
        self._pending.clear()
        if not text or self._dropped:
            return
        self.veiled = self.veiled or bool(self._veiled and not self._hidden and not self._quoting and text.strip(" \xa0"))
        if self._words:
            self._words[-1].append(text)
            self._put("" if self._hidden else text)
        else:
            self._put(self._marks.mark_bare(text, hidden=self._hidden > 0))

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        self._flush()
        if tag in _BLOCKS or tag == "br":
            self._put("\n")
        elif tag in ("td", "th"):
            self._put("\t")
        if tag in _VOID:
            return
        coloured = bool(self._coloured) or colours(given)
        hides, veils = self._styles.hides(given), self._styles.veils(tag, given, coloured=coloured)
        quotes = tag == "blockquote" or "gmail_quote" in given.get("class", "") or given.get("id") in ("isReplyContent", "divRplyFwdMsg")
        element = _Open(tag, tag in _DROPPED, hides, veils, quotes, dict(given))
        self._open.append(element)
        self._count(element, 1)
        if element.link:
            self._words.append([])

    def _count(self, element: _Open, by: int) -> None:
        self._counts[element.tag] += by
        self._dropped += by * element.drops
        self._hidden += by * element.hides
        self._veiled += by * element.veils
        self._coloured += by * colours(element.given)
        self._quoting += by * element.quotes

    def end(self, tag: str) -> None:
        self._flush()
        if not self._counts[tag]:
            return
        if tag in _BLOCKS:
            self._put("\n")
        name = ""
        while self._open and name != tag:
            name = self._leave()

    def _leave(self) -> str:
        """Ends the innermost element; its tag."""
        element = self._open.pop()
        if element.link and not self._dropped:
            shown = "" if self._hidden else f" <{element.link}> "  # links to large attachments stand nowhere else
            around = next((outer.given["title"] for outer in reversed(self._open) if outer.given.get("title")), "")
            self._put(self._marks.mark(element.link, shown, "".join(self._words.pop()), {"title": around} | dict(element.given)))
        self._count(element, -1)
        return element.tag

    def close(self) -> None:
        """Called by lxml at the end, and by us where it gave up."""
        self._flush()
        while self._open:
            self._leave()

    def data(self, data: str) -> None:
        self._pending.append(data)


def html_to_text(markup: str, limit: int, marks: Marks) -> tuple[str, str, bool]:
    """(own text, quoted text, whether some of the own text may not be shown) of an HTML body with its links as marks; at most `limit`
    characters of markup looked at."""
    from lxml import etree  # type: ignore[import-untyped]

    if len(markup) > limit:
        markup = markup[:limit].rpartition("<")[0]
    reader = _Reader(marks, styles_of(markup))
    plain = _DECLARATION.sub("", _COMMENT.sub("", markup)).replace("\0", "")
    plain = not_too_deep(plain)
    parser = etree.HTMLParser(target=reader, no_network=True, recover=True, encoding="utf-8")
    with contextlib.suppress(etree.LxmlError):  # an empty body, or nested too deeply: what was seen so far counts
        etree.fromstring(plain.encode("utf-8", "replace"), parser)
    reader.close()
    return tidy("".join(reader.own)), tidy("".join(reader.quoted)), reader.veiled


def tidy(text: str) -> str:
    """Lines without trailing blanks, at most one empty line in a row."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\0", "")
    lines = [re.sub(r" {2,}", " ", line).strip(" ") for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def split_quoted(text: str) -> tuple[str, str]:
    """(own words, quoted older mail): from the first line that introduces older mail, and all lines with '>'."""
    lines = text.split("\n")
    cut = next((i for i in range(len(lines)) if _starts_quote(lines, i)), len(lines))
    own = [line for line in lines[:cut] if not line.lstrip().startswith(">")]
    quoted = [line for line in lines[:cut] if line.lstrip().startswith(">")] + lines[cut:]
    return tidy("\n".join(own)), tidy("\n".join(quoted))


def _starts_quote(lines: list[str], at: int) -> bool:
    line = lines[at]
    if len(line) > 400:
        return False
    if _MARKERS.match(line):
        return True
    if _FROM_LINE.match(line):
        return any(_HEADER_LINE.match(follow) for follow in lines[at + 1 : at + 6] if len(follow) < 1_000)
    # Outlook and others break the sentence over two lines.
    return bool(_WROTE_START.match(line) and at + 1 < len(lines) and len(lines[at + 1]) < 200 and _WROTE_END.search(lines[at + 1]))
