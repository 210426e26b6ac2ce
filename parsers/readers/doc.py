"""Word 97-2003 files (doc, dot, wps as WPS Office writes it): paragraphs and tables as a person sees them.

The first reader is this one: on all golden files it gives what LibreOffice's conversion gives, in a hundredth of the time and
without running an Office program on strangers' files. LibreOffice is asked where this one is not sure: fast-saved files, whose
properties may hang on pieces of text, and Word 6/95, of which only the words are read here.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from mailbot.domain.documents import Document, Paragraph
from parsers.readers import Unreadable, office
from parsers.readers.doc_file import Mark, Marks, Piece, Style, WordFile, eight_bit, styles
from parsers.readers.doc_lists import Lists
from parsers.readers.flow import Stop, blocks

_WORD_97 = 0xA5EC
_WORD_6 = (0xA5DC, 0xA5DB)
_ENDS = "\r\x07\x0c"
_DDE = re.compile("\x13\\s*DDE", re.IGNORECASE)  # a field that starts another program
# What stands for something that is not text: pictures, foot-note and comment references, drawn objects, soft hyphens.
_SHOWN = {ord(c): None for c in "\x01\x02\x03\x04\x05\x08\x13\x14\x15\x1f"} | {0x0B: "\n", 0x0E: "\n", 0x1E: "-"}


def read(content: bytes) -> Document:
    """The Document of a .doc file. Raises Unreadable."""
    return office.unless_sure(content, "doc", _read)


def _read(content: bytes) -> tuple[Document, str]:
    """(document, why it may be wrong)."""
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(BytesIO(content)) as ole:
            body = ole.openstream("WordDocument").read()
            flags = int.from_bytes(body[10:12], "little")
            if flags & 0x0100:
                raise Unreadable("encrypted", "Word file with a password")
            if int.from_bytes(body[:2], "little") in _WORD_6 or int.from_bytes(body[2:4], "little") < 0x6A:
                return _word_6(body), "Word 6/95: words only"
            if int.from_bytes(body[:2], "little") != _WORD_97:
                raise Unreadable("unsupported", f"Word file of version {int.from_bytes(body[2:4], 'little')}")
            table = ole.openstream("1Table" if flags & 0x0200 else "0Table").read()
            data = ole.openstream("Data").read() if ole.exists("Data") else b""
            macro = ole.exists("Macros")
        file = WordFile(body, table, data)
        document = _document(file, macro)
        return document, "fast-saved" if file.fast_saved else ""
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error


def _document(file: WordFile, macro: bool) -> Document:
    pieces = file.pieces()
    characters = [c for piece in pieces for c in file.decode(piece)]
    main = file.length(0)
    if main <= 0 or main > len(characters):
        raise Unreadable("corrupt", f"{main} characters announced, {len(characters)} there")
    pictures = sum(c in "\x01\x08" for c in characters[:main] if c)
    macro = macro or _DDE.search("".join(characters)) is not None
    _drop_unseen(file, pieces, characters)
    _drop_instructions(characters)
    boxes = sum(file.length(part) for part in (0, 1, 2, 3, 4, 5))  # text boxes come after notes, headers and comments
    walk = _Walk(pieces, characters, file.marks(), styles(file), Lists(file))
    found = (*blocks(walk.stops(0, main)), *blocks(walk.stops(boxes, min(boxes + file.length(6), len(characters)))))
    empty = not Document("word", found).text.strip()
    return Document("word", found, pictures=pictures if empty else 0, scanned=empty and pictures > 0, macro=macro)


def _drop_unseen(file: WordFile, pieces: tuple[Piece, ...], characters: list[str]) -> None:
    """Blanks hidden and deleted text; the marks that build paragraphs and tables stay."""
    for begin, end in file.unseen():
        for piece in pieces:
            first = max(piece.start, piece.start + -(-(begin - piece.place) // piece.width))
            last = min(piece.end, piece.start + (end - piece.place) // piece.width)
            for at in range(first, last):
                if characters[at] and characters[at] not in _ENDS:
                    characters[at] = ""


def _drop_instructions(characters: list[str]) -> None:
    """Of a field (begin, instruction, separator, result, end) only the result is shown."""
    begun: list[int | None] = []  # where each open field's instruction began, None once its separator was there
    for at, character in enumerate(characters):
        if character == "\x13":
            begun.append(at)
        elif character in ("\x14", "\x15") and character and begun:
            start = begun.pop()
            if start is not None:
                characters[start:at] = [c if c in ("\r", "\x07") and c else "" for c in characters[start:at]]
            if character == "\x14":
                begun.append(None)


@dataclass
class _Walk:
    pieces: tuple[Piece, ...]
    characters: list[str]
    marks: Marks
    styles: tuple[Style, ...]
    lists: Lists

    def stops(self, begin: int, end: int) -> Iterator[Stop]:
        """The paragraphs, cells and rows of the CPs [begin, end)."""
        start = begin
        for piece in self.pieces:
            for at in range(max(begin, piece.start), min(end, piece.end)):
                if self.characters[at] and self.characters[at] in _ENDS:
                    mark = self.marks.at(piece.place + (at - piece.start) * piece.width)
                    text = "".join(self.characters[start:at]).translate(_SHOWN)
                    yield self._stop(text, self.characters[at], mark)
                    start = at + 1

    def _stop(self, text: str, ending: str, mark: Mark) -> Stop:
        if mark.row_end and mark.depth:
            return Stop("row", "", mark.depth, edges=mark.edges, merges=_merges(mark))
        text = self._label(mark) + text if text.strip() else ""
        if mark.cell_end or (ending == "\x07" and mark.depth == 1):
            return Stop("cell", text, mark.depth)
        return Stop("paragraph", text, mark.depth, self._level(mark))

    def _level(self, mark: Mark) -> int:
        if mark.level is not None:
            return mark.level
        return self.styles[mark.style].level if mark.style < len(self.styles) else 0

    def _label(self, mark: Mark) -> str:
        style = self.styles[mark.style] if mark.style < len(self.styles) else Style()
        use = style.list_ if mark.list_ is None else mark.list_
        return self.lists.label(use, style.list_level if mark.list_level is None else mark.list_level) if use else ""


def _merges(mark: Mark) -> tuple[str, ...]:
    """TCGRF ([MS-DOC] 2.9.317): bits 5-6 are 1 for a cell that continues the one above; bits 0-1 tell a row of merged cells,
    of which only the first one holds text."""
    follows = [n > 0 and bool(flags & 3 and mark.merges[n - 1] & 3) for n, flags in enumerate(mark.merges)]
    return tuple("v" if flags & 0x60 == 0x20 else "h" if after else "" for flags, after in zip(mark.merges, follows, strict=True))


def _word_6(body: bytes) -> Document:
    """The words of a Word 6/95 file that was not fast-saved: 8-bit text in one run, table cells parted by tabs."""
    begin, end = struct.unpack_from("<II", body, 0x18)
    length = int(struct.unpack_from("<I", body, 0x34)[0])
    if int.from_bytes(body[10:12], "little") & 0x0004 or not 0 < begin < end <= len(body):
        raise Unreadable("unsupported", "Word 6/95, fast-saved")
    characters = eight_bit(body[begin : min(end, begin + length)], chinese=True)
    _drop_instructions(characters)
    words = "".join(characters).translate(_SHOWN).replace("\x07\x07", "\r").replace("\x07", "\t").replace("\x0c", "\r")
    return Document("word", tuple(Paragraph(line.strip()) for line in words.split("\r") if line.strip()))
