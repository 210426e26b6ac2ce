"""The written text of a mail: HTML turned to text, quoted older mail cut off. Nothing is fetched, nothing executed."""

import contextlib
import re
from collections.abc import Mapping

from parsers.readers.html import not_too_deep


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|mso-hide\s*:\s*all", re.IGNORECASE)
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


class _Reader:
    """A target for lxml's HTML parser. Collects shown text in two streams: the sender's own, and what stands in a quotation."""

    def __init__(self) -> None:
        self.own: list[str] = []
        self.quoted: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []  # tag, hides, quotes
        self._counts: dict[str, int] = {}
        self._hidden = self._quoting = 0
        self._links: list[str] = []

    def _put(self, text: str) -> None:
        (self.quoted if self._quoting else self.own).append(text)

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        if tag in _BLOCKS or tag == "br":
            self._put("\n")
        elif tag in ("td", "th"):
            self._put("\t")
        if tag in _VOID:
            return
        hides = tag in _DROPPED or "hidden" in given or bool(_HIDDEN_STYLE.search(given.get("style", "")))
        quotes = tag == "blockquote" or "gmail_quote" in given.get("class", "") or given.get("id") in ("isReplyContent", "divRplyFwdMsg")
        self._open.append((tag, hides, quotes))
        self._counts[tag] = self._counts.get(tag, 0) + 1
        self._hidden += hides
        self._quoting += quotes
        if tag == "a" and given.get("href", "").startswith(("http://", "https://")) and not self._hidden:
            self._links.append(given["href"])

    def end(self, tag: str) -> None:
        if not self._counts.get(tag):
            return
        if tag in _BLOCKS:
            self._put("\n")
        if tag == "a" and self._links:
            self._put(f" <{self._links.pop()}> ")  # links to large attachments stand nowhere else
        while self._open:
            name, hides, quotes = self._open.pop()
            self._counts[name] -= 1
            self._hidden -= hides
            self._quoting -= quotes
            if name == tag:
                break

    def close(self) -> None:
        """Asked for by lxml."""

    def data(self, data: str) -> None:
        if not self._hidden:
            self._put(re.sub(r"[ \t\r\n\f]+", " ", data))


def html_to_text(markup: str, limit: int) -> tuple[str, str]:
    """(own text, quoted text) of an HTML body, at most `limit` characters of markup looked at."""
    from lxml import etree  # type: ignore[import-untyped]

    reader = _Reader()
    if len(markup) > limit:
        markup = markup[:limit].rpartition("<")[0]
    plain = _DECLARATION.sub("", _COMMENT.sub("", markup)).replace("\0", "")
    plain = not_too_deep(plain)
    parser = etree.HTMLParser(target=reader, no_network=True, recover=True, encoding="utf-8")
    with contextlib.suppress(etree.LxmlError):  # an empty body, or nested too deeply: what was seen so far counts
        etree.fromstring(plain.encode("utf-8", "replace"), parser)
    return tidy("".join(reader.own)), tidy("".join(reader.quoted))


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
