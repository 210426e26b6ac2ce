"""The inside of a Word 97-2003 file, after [MS-DOC]: where its text lies, and what stands at a paragraph's mark.

Only what `doc.py` asks for is read: FIB (2.5), piece table (2.9.38 Clx), PAPX and CHPX pages (2.9.33, 2.9.175), styles (2.9.271).
Positions are CP (characters of the text) or FC (bytes of the WordDocument stream).
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from parsers.readers import Unreadable

_PAGE = 512
_CHARS = 5_000_000
_HEADS = 154  # where FibRgFcLcb97 begins
_CHINESE = frozenset((0x0404, 0x0804, 0x0C04, 0x1004, 0x1404))
# pairs of FibRgFcLcb97 that are used, by their number
STYLES, CHPX, PAPX, PIECES, LISTS, LIST_USES = 1, 12, 13, 33, 73, 74


@dataclass(frozen=True, slots=True)
class Piece:
    """CPs [start, end) of the text lie at byte `place`, `width` bytes a character."""

    start: int
    end: int
    place: int
    width: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The properties at a paragraph's end. `depth`: how many tables it stands in. `edges`, `merges`: of a table row's end,
    the cells' edges in twips (one more than cells) and their TCGRF bits. `list_`: number of its list's use, 0 for none."""

    style: int = 0
    depth: int = 0
    row_end: bool = False
    cell_end: bool = False  # of a table inside a table; the outer one has a character for it
    level: int | None = None  # heading level, 0 for running text, None where the style says
    list_: int | None = None
    list_level: int | None = None
    edges: tuple[int, ...] = ()
    merges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WordFile:
    """`body`, `table`, `data`: the three streams. `fast_saved`: the last save was incremental, so properties may hang on pieces too."""

    body: bytes
    table: bytes
    data: bytes = b""

    def _word(self, at: int) -> int:
        return int.from_bytes(self.body[at : at + 2], "little")

    @property
    def chinese(self) -> bool:
        """Whether the document's language or its far-eastern one (lid, lidFE) is Chinese."""
        return bool({self._word(6), self._word(60)} & _CHINESE)

    @property
    def fast_saved(self) -> bool:
        return bool(self._word(10) & 0x0004)

    def length(self, part: int) -> int:
        """CPs of a part of the text: 0 main text, 1 footnotes, 2 headers, 4 comments, 5 endnotes, 6 text boxes."""
        return int(struct.unpack_from("<i", self.body, 76 + 4 * part)[0])

    def block(self, number: int) -> bytes:
        """A structure of the table stream by the number of its pair in the FIB."""
        place, size = struct.unpack_from("<II", self.body, _HEADS + 8 * number)
        return self.table[place : place + size]

    def pieces(self) -> tuple[Piece, ...]:
        """The piece table. Raises Unreadable where the text does not lie in the file."""
        clx, at = self.block(PIECES), 0
        while at + 3 <= len(clx) and clx[at] == 1:
            at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
        if at + 5 > len(clx) or clx[at] != 2:
            raise Unreadable("corrupt", "no piece table")
        plc = clx[at + 5 : at + 5 + int.from_bytes(clx[at + 1 : at + 5], "little")]
        count = (len(plc) - 4) // 12
        places = struct.unpack_from(f"<{count + 1}i", plc)
        found = []
        for number, (start, end) in enumerate(pairwise(places)):
            fc = int(struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)[0])
            place, width = ((fc & 0x3FFFFFFF) // 2, 1) if fc & 0x40000000 else (fc & 0x3FFFFFFF, 2)
            if end < start or place + (end - start) * width > len(self.body):
                raise Unreadable("corrupt", "text beyond the end of the file")
            found.append(Piece(start, end, place, width))
        if not found or found[-1].end > _CHARS:
            raise Unreadable("too-large" if found else "corrupt", f"text of {found[-1].end if found else 0} characters")
        return tuple(found)

    def decode(self, piece: Piece) -> list[str]:
        """The characters of a piece, one entry a CP: two-byte Chinese characters of an 8-bit piece stand at their first one."""
        raw = self.body[piece.place : piece.place + (piece.end - piece.start) * piece.width]
        if piece.width == 2:
            return list(raw.decode("utf-16-le", "surrogatepass")) if max(raw[1::2], default=0) < 0xD8 else _units(raw)
        return eight_bit(raw, self.chinese)

    def pages(self, number: int) -> Iterator[bytes]:
        """The formatted pages (FKP) of a kind: CHPX or PAPX."""
        plc = self.block(number)
        count = (len(plc) - 4) // 8
        for at in range(count):
            page = (int(struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * at)[0]) & 0x3FFFFF) * _PAGE
            if page + _PAGE <= len(self.body):
                yield self.body[page : page + _PAGE]

    def unseen(self) -> Iterator[tuple[int, int]]:
        """FC ranges of hidden and of deleted (tracked) text, and of symbols, whose character is a stand-in."""
        for page in self.pages(CHPX):
            count = page[-1]
            if 5 * count + 4 >= _PAGE:
                continue
            places = struct.unpack_from(f"<{count + 1}I", page)
            for number in range(count):
                at = page[4 * (count + 1) + number] * 2
                if at and any(_is_unseen(code, operand) for code, operand in sprms(page[at + 1 : at + 1 + page[at]])):
                    yield places[number], places[number + 1]

    def marks(self) -> "Marks":
        starts, found = [], []
        for page in self.pages(PAPX):
            count = page[-1]
            if 17 * count + 4 >= _PAGE:
                continue
            places = struct.unpack_from(f"<{count + 1}I", page)
            for number in range(count):
                at = page[4 * (count + 1) + 13 * number] * 2
                starts.append(places[number])
                found.append(self._mark(page, at) if at else Mark())
        order = sorted(range(len(starts)), key=starts.__getitem__)
        return Marks(tuple(starts[n] for n in order), tuple(found[n] for n in order))

    def _mark(self, page: bytes, at: int) -> Mark:
        size, begin = (2 * page[at] - 1, at + 1) if page[at] else (2 * page[at + 1], at + 2)
        raw = page[begin : begin + size]
        mark = Mark(style=int.from_bytes(raw[:2], "little"))
        return self.applied(mark, raw[2:])

    def applied(self, mark: Mark, grpprl: bytes) -> Mark:
        """A mark with a list of property modifiers applied."""
        for code, operand in sprms(grpprl):
            if code in (0x6646, 0x6645) and len(operand) == 4:  # many properties: they stand in the Data stream
                at = int.from_bytes(operand, "little")
                size = int.from_bytes(self.data[at : at + 2], "little")
                more = self.data[at + 2 : at + 2 + size]
                if b"\x46\x66" not in more:
                    mark = self.applied(mark, more)
            else:
                mark = _changed(mark, code, operand)
        return mark


@dataclass(frozen=True, slots=True)
class Marks:
    starts: tuple[int, ...]
    marks: tuple[Mark, ...]

    def at(self, place: int) -> Mark:
        """The properties of the paragraph that holds a byte."""
        number = bisect_right(self.starts, place) - 1
        return self.marks[number] if number >= 0 else Mark()


def sprms(grpprl: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, operand) of each property modifier ([MS-DOC] 2.6.1: the size of the operand is in the code)."""
    at = 0
    while at + 2 <= len(grpprl):
        code = int.from_bytes(grpprl[at : at + 2], "little")
        at += 2
        size = (1, 1, 2, 4, 2, 2, 0, 3)[code >> 13]
        if code == 0xD608:  # sprmTDefTable: its length has two bytes
            size = int.from_bytes(grpprl[at : at + 2], "little") + 1
        elif size == 0:
            size = 1 + (grpprl[at] if at < len(grpprl) else 0)
        yield code, grpprl[at : at + size]
        at += size


def _is_unseen(code: int, operand: bytes) -> bool:
    """sprmCFVanish and sprmCFRMarkDel where they are on, sprmCSymbol."""
    return (code in (0x083C, 0x0800) and operand[:1] in (b"\x01", b"\x81")) or code == 0x6A09


def _changed(mark: Mark, code: int, operand: bytes) -> Mark:
    value = int.from_bytes(operand, "little")
    if code == 0x2416:
        return replace(mark, depth=max(mark.depth, 1) if value else mark.depth)
    if code == 0x6649:
        return replace(mark, depth=min(value, 50))
    if code in (0x2417, 0x244C):
        return replace(mark, row_end=bool(value))
    if code == 0x244B:
        return replace(mark, cell_end=bool(value))
    if code == 0x2640:
        return replace(mark, level=value + 1 if value < 9 else 0)
    if code == 0x460B:
        return replace(mark, list_=value if value < 2047 else 0)
    if code == 0x260A:
        return replace(mark, list_level=min(value, 8))
    if code == 0xD608 and len(operand) > 2:
        return _row(mark, operand)
    if code == 0xD62B and len(operand) == 3 and operand[1] < len(mark.merges):  # sprmTVertMerge
        merges = list(mark.merges)
        merges[operand[1]] |= (operand[2] & 3) << 5
        return replace(mark, merges=tuple(merges))
    return mark


def _row(mark: Mark, operand: bytes) -> Mark:
    cells = min(operand[2], 63)
    if len(operand) < 3 + 2 * (cells + 1):
        return mark
    edges = struct.unpack_from(f"<{cells + 1}h", operand, 3)
    flags = operand[3 + 2 * (cells + 1) :]
    merges = tuple(int.from_bytes(flags[20 * n : 20 * n + 2], "little") for n in range(cells))
    return replace(mark, edges=edges, merges=merges)


def _units(raw: bytes) -> list[str]:
    """UTF-16 with surrogates: a pair's character at its first place, "" at its second."""
    out: list[str] = []
    for character in raw.decode("utf-16-le", "replace"):
        out += [character, ""] if ord(character) > 0xFFFF else [character]
    return out


def eight_bit(raw: bytes, chinese: bool) -> list[str]:
    """8-bit text: cp1252 as [MS-DOC] says, or GB where a Chinese Word wrote it. Which of the two is told by the bytes: quotation
    marks of cp1252 stand alone and below 0xA0; Chinese characters come in pairs of high bytes that decode."""
    high = [byte for byte in raw if byte >= 0x80]
    if chinese and high and all(byte >= 0xA1 for byte in high):
        try:
            words = raw.decode("gb18030")
        except UnicodeDecodeError:
            words = ""
        if words:
            return [part for character in words for part in ((character, "") if ord(character) > 0x7F else (character,))]
    return list(raw.decode("cp1252", "replace"))


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style with what it inherits."""

    level: int = 0
    list_: int = 0
    list_level: int = 0


def styles(file: WordFile) -> tuple[Style, ...]:
    """The styles in order of their numbers (istd), from the stylesheet (STSH)."""
    sheet = file.block(STYLES)
    if len(sheet) < 6:
        return ()
    size, base = 2 + int.from_bytes(sheet[:2], "little"), int.from_bytes(sheet[4:6], "little")
    raw: list[tuple[int, Mark]] = []  # (the style it is based on, its own properties)
    at = size
    while at + 2 <= len(sheet) and len(raw) < 4095:
        length = int.from_bytes(sheet[at : at + 2], "little")
        raw.append(_style(file, sheet[at + 2 : at + 2 + length], base))
        at += 2 + length + length % 2
    return tuple(_inherited(raw, number) for number in range(len(raw)))


def _style(file: WordFile, std: bytes, base: int) -> tuple[int, Mark]:
    if len(std) < base + 2:
        return 0xFFF, Mark()
    sti, kind = int.from_bytes(std[:2], "little") & 0xFFF, int.from_bytes(std[2:4], "little")
    mark = Mark(level=sti) if 1 <= sti <= 9 else Mark()
    names = base + 2 + 2 * int.from_bytes(std[base : base + 2], "little") + 2
    if kind & 0xF == 1:  # a paragraph style: its first UPX holds an istd and paragraph properties
        size = int.from_bytes(std[names : names + 2], "little")
        mark = file.applied(mark, std[names + 4 : names + 2 + size])
    return kind >> 4, mark


def _inherited(raw: list[tuple[int, Mark]], number: int) -> Style:
    level = list_ = list_level = None
    for _ in range(12):
        if number >= len(raw):
            break
        based_on, mark = raw[number]
        level = mark.level if level is None else level
        list_ = mark.list_ if list_ is None else list_
        list_level = mark.list_level if list_level is None else list_level
        number = based_on
    return Style(level or 0, list_ or 0, list_level or 0)
