"""Rich Text Format, also where it is called .doc: paragraphs and tables as a person sees them. After the RTF specification 1.9.1.

LibreOffice is asked only where bytes fit none of the charsets that the file names.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mailbot.domain.documents import Document
from parsers.readers import Unreadable, office
from parsers.readers.flow import Stop, blocks

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,40})(?P<number>-?[0-9]{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z])|(?P<brace>[{}])"
    rb"|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\",
    re.DOTALL,
)
_GROUPS = 5_000
# groups whose content is not on the page; those after \* that are not named in _READ are left out as well
_LEFT_OUT = frozenset(
    ("colortbl", "info", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "footnote", "annotation", "fldinst",
     "objdata", "objclass", "xe", "tc", "nonshppict", "nonesttables", "sp", "listtable", "listoverridetable", "revtbl", "themedata", "pict")
)  # fmt: skip
_READ = frozenset(("shppict", "shpinst", "nesttableprops"))
_SYMBOLS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": "\u2003", "enspace": "\u2002", "~": "\xa0", "_": "-",
}  # fmt: skip
_RUNNING = frozenset(("objautlink", "objupdate", "objocx"))  # objects that fetch or run something when the page is opened
_DDE = re.compile(rb"^[ \t]*DDE(?:AUTO)?\b", re.IGNORECASE | re.MULTILINE)
_PARAGRAPH_ENDS = frozenset(("par", "sect", "page", "\n", "\r"))
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5"}
_PAGES = {936: "gb18030", 950: "big5", 54936: "gb18030", 65001: "utf-8"}


def read(content: bytes) -> Document:
    """The Document of an RTF file. Raises Unreadable: corrupt where it is cut off."""
    return office.unless_sure(content, "rtf", _read)


def _read(content: bytes) -> tuple[Document, str]:
    """(document, why it may be wrong)."""
    walk = _Walk(content)
    found = tuple(blocks(walk.stops()))
    empty = not Document("word", found).text.strip()
    document = Document("word", found, pictures=walk.pictures if empty else 0, scanned=empty and walk.pictures > 0, macro=walk.macro)
    return document, "bytes of no known charset" if walk.unknown else ""


@dataclass(slots=True)
class _Row:
    """How the cells of a row lie: its left edge, their right edges in twips, and which continue another cell."""

    left: int = 0
    edges: list[int] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    merge: str = ""  # of the cell whose \cellx comes next


@dataclass(slots=True)
class _State:
    """What a group inherits and forgets again at its end."""

    shown: bool = True
    instructs: bool = False  # in the instruction of a field, which is not shown
    table: str = ""  # "fonttbl", "stylesheet", "listtext" while in one
    hidden: bool = False
    deleted: bool = False
    after: int = 1  # \ucN: characters that stand in for a \u
    font: int = 0
    wide_font: int = 0
    depth: int = 0
    level: int | None = None
    style: int = 0
    outer: _Row | None = None  # in the properties of an inner table's row: the row it stands in


@dataclass
class _Walk:
    content: bytes
    pictures: int = 0
    unknown: bool = False
    macro: bool = False
    instruction: bytearray = field(default_factory=bytearray)
    page: str = "cp1252"
    charsets: dict[int, str] = field(default_factory=dict)
    levels: dict[int, int] = field(default_factory=dict)
    state: _State = field(default_factory=_State)
    groups: list[_State] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)  # 8-bit text not yet decoded: a character may have two bytes
    skip: int = 0
    starred: bool = False
    dbch: bool = False
    row: _Row = field(default_factory=_Row)

    def stops(self) -> Iterator[Stop]:
        """The paragraphs, cells and rows of the file."""
        at = 0
        while at < len(self.content):
            token = _TOKEN.match(self.content, at)
            if token is None:
                raise Unreadable("corrupt", f"no RTF at byte {at}")
            at = token.end()
            if token["word"] or token["symbol"]:
                word = (token["word"] or token["symbol"]).decode("latin-1")
                number = int(token["number"]) if token["number"] else None
                if word == "bin":
                    at += max(number or 0, 0)
                elif stop := self._control(word, number):
                    yield stop
            elif token["brace"]:
                if not self._brace(token["brace"]):
                    break
            elif token["hex"]:
                self._bytes(bytes.fromhex(token["hex"].decode()))
            elif token["text"]:
                self._bytes(token["text"])
        if self.groups:
            raise Unreadable("corrupt", "RTF cut off: groups are still open")
        yield Stop("paragraph", self._text())

    def _brace(self, brace: bytes) -> bool:
        """False at the end of the outermost group: what follows is no RTF."""
        self._decode()
        self.skip, self.starred = 0, False
        if brace == b"{":
            if len(self.groups) >= _GROUPS:
                raise Unreadable("too-large", f"more than {_GROUPS} groups in each other")
            self.groups.append(self.state)
            self.state = copy.copy(self.state)
            return True
        ended = self.state
        self.state = self.groups.pop() if self.groups else _State()
        if ended.table == "listtext" != self.state.table:
            self._list_label()
        elif ended.table == "stylesheet":
            self._style(ended)
        elif ended.table == "fonttbl":
            self.words = []  # the fonts' names
        if ended.instructs and not self.state.instructs:
            self.macro |= _DDE.search(self.instruction) is not None
            self.instruction = bytearray()
        if ended.outer is not None and self.state.outer is None:
            self.row = ended.outer
        return bool(self.groups)

    def _bytes(self, raw: bytes) -> None:
        if self.skip:
            raw, self.skip = raw[self.skip :], max(self.skip - len(raw), 0)
        self.starred = False
        if self.state.instructs:
            self.instruction += raw
        if self.state.shown and not self.state.hidden and not self.state.deleted:
            self.raw += raw

    def _decode(self) -> None:
        """8-bit text by the charset of its font or of the file, whichever fits wholly."""
        if self.raw:
            raw, self.raw = bytes(self.raw), bytearray()
            names = (self.charsets.get(self.state.font), self.charsets.get(self.state.wide_font), self.page, "gb18030")
            for name in dict.fromkeys(filter(None, names)):
                try:
                    self.words.append(raw.decode(name))
                    return
                except UnicodeDecodeError:
                    continue
            self.unknown |= self.state.table != "listtext"  # a bullet of a symbol font is no loss
            self.words.append(raw.decode(self.page, "replace"))

    def _text(self) -> str:
        self._decode()
        text = "".join(self.words)
        self.words = []
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs come as two \u

    def _control(self, word: str, number: int | None) -> Stop | None:
        """Obeys a control word or symbol; a Stop where it ends something."""
        if word == "*":
            self.starred = True
            return None
        starred, self.starred = self.starred, False
        if self.skip and (word in _SYMBOLS or len(word) == 1):
            self.skip -= 1
            return None
        self.macro |= word in _RUNNING
        if word in ("field", "fldinst", "fldrslt"):
            self.state.instructs |= word == "fldinst"
            self.instruction += b"\n" * self.state.instructs  # each begins on a line of its own
        if word in _LEFT_OUT or (starred and word not in _READ):
            self.pictures += word == "pict"
            self.state.shown = False
        elif not self.state.shown:
            self._instruct(word, number)
        elif word in _SYMBOLS or word in "\\{}":
            self._decode()
            self._put(_SYMBOLS.get(word, word))
        elif word == "u" and number is not None:
            self._decode()
            self._put(chr(number & 0xFFFF))
            self.skip = self.state.after
        elif self.state.table in ("", "listtext") and (stop := self._stop(word)):
            return stop
        else:
            self._set(word, number)
        return None

    def _instruct(self, word: str, number: int | None) -> None:
        """Takes a character of a field's instruction that is written as its number."""
        if self.state.instructs and word == "uc":
            self._set(word, number)
        elif self.state.instructs and word == "u" and number is not None:
            self.instruction += bytes((number,)) if 0 <= number < 128 else b"?"
            self.skip = self.state.after

    def _put(self, text: str) -> None:
        if not self.state.hidden and not self.state.deleted:
            self.words.append(text)

    def _stop(self, word: str) -> Stop | None:
        depth = self.state.depth
        if word in _PARAGRAPH_ENDS:
            level = self.levels.get(self.state.style, 0) if self.state.level is None else self.state.level
            return Stop("paragraph", self._text(), depth, level)
        if word in ("cell", "nestcell"):
            return Stop("cell", self._text(), 1 if word == "cell" else max(depth, 2))
        if word in ("row", "nestrow"):
            edges = (self.row.left, *self.row.edges)
            return Stop("row", "", 1 if word == "row" else max(depth, 2), edges=edges, merges=tuple(self.row.merges))
        return None

    def _set(self, word: str, number: int | None) -> None:
        """Control words that change the state, most frequent first."""
        change = _CHANGES.get(word)
        if word in ("f", "af", "fcharset", "ansicpg", "pard", "plain") or change is _row:
            self._decode()
        if change is not None:
            change(self, number)
        self.dbch = word == "dbch" or (self.dbch and word not in ("loch", "hich", "af"))

    def _list_label(self) -> None:
        """The number that Word wrote before a paragraph, without its tab; a bullet is no number."""
        label = "".join(self.words).strip()
        self.words = [label] if any(c.isalnum() for c in label) else []

    def _style(self, ended: _State) -> None:
        name = self._text().strip(" ;").lower()
        if ended.level is not None:
            self.levels[ended.style] = ended.level
        elif match := re.fullmatch(r"(?:heading|标题) ?([1-9])", name):
            self.levels[ended.style] = int(match[1])


def _pard(walk: _Walk, _: int | None) -> None:
    walk.state.depth, walk.state.level, walk.state.style = 0, None, 0


def _in_table(walk: _Walk, _: int | None) -> None:
    walk.state.depth = max(walk.state.depth, 1)


def _plain(walk: _Walk, _: int | None) -> None:
    walk.state.hidden = walk.state.deleted = False


def _font(walk: _Walk, number: int | None) -> None:
    walk.state.font = number or 0


def _wide_font(walk: _Walk, number: int | None) -> None:
    if walk.dbch:
        walk.state.wide_font = number or 0


def _charset(walk: _Walk, number: int | None) -> None:
    if walk.state.table == "fonttbl" and number in _CHARSETS:
        walk.charsets[walk.state.font] = _CHARSETS[number]


def _code_page(walk: _Walk, number: int | None) -> None:
    walk.page = _PAGES.get(number or 0, "cp1252")


def _row(walk: _Walk, _: int | None) -> None:
    walk.row = _Row()


def _inner_row(walk: _Walk, _: int | None) -> None:
    walk.state.outer = walk.row


def _left(walk: _Walk, number: int | None) -> None:
    walk.row.left = number or 0


def _cell(walk: _Walk, number: int | None) -> None:
    if len(walk.row.edges) < 1000:
        walk.row.edges.append(number or 0)
        walk.row.merges.append(walk.row.merge)
    walk.row.merge = ""


def _merged(kind: str) -> Callable[[_Walk, int | None], None]:
    def change(walk: _Walk, _: int | None) -> None:
        walk.row.merge = kind

    return change


def _table(name: str) -> Callable[[_Walk, int | None], None]:
    def change(walk: _Walk, _: int | None) -> None:
        walk.state.table = name
        walk.words = []

    return change


def _of_state(name: str, value: Callable[[int | None], object]) -> Callable[[_Walk, int | None], None]:
    def change(walk: _Walk, number: int | None) -> None:
        setattr(walk.state, name, value(number))

    return change


_CHANGES: dict[str, Callable[[_Walk, int | None], None]] = {
    "f": _font, "af": _wide_font, "pard": _pard, "intbl": _in_table, "plain": _plain, "trowd": _row, "nesttableprops": _inner_row,
    "trleft": _left, "cellx": _cell, "clvmrg": _merged("v"), "clmrg": _merged("h"), "fonttbl": _table("fonttbl"),
    "stylesheet": _table("stylesheet"), "listtext": _table("listtext"), "pntext": _table("listtext"), "fcharset": _charset, "ansicpg": _code_page,
    "v": _of_state("hidden", lambda n: n != 0),
    "deleted": _of_state("deleted", lambda n: n != 0),
    "uc": _of_state("after", lambda n: min(max(n or 0, 0), 100)),
    "itap": _of_state("depth", lambda n: min(max(n or 0, 0), 50)),
    "outlinelevel": _of_state("level", lambda n: (n or 0) + 1 if (n or 0) < 9 else 0),
    "s": _of_state("style", lambda n: n or 0),
}  # fmt: skip
