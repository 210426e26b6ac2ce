"""uuencode, as it still comes: as a transfer encoding, and as blocks in the text of a mail (begin 644 名.doc … end)."""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"begin [0-7]{3,4} (\S[^\r\n]*)")
_BEGIN_LINE = re.compile(rb"^begin [0-7]{3,4} (\S[^\r\n]*)(?:\r\n|\r|\n)", re.MULTILINE)
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_FEWEST = 4  # lines of a block whose end is missing: fewer may be chance
_LENGTH = 0x20  # the first character of a line says how many bytes it holds


@dataclass(frozen=True, slots=True)
class Block:
    """A file found in a text. `whole`: its end line was there."""

    name: bytes
    content: bytes
    whole: bool


class UuLines:
    """Line after line to bytes, between begin and end; lines outside give nothing."""

    def __init__(self) -> None:
        self.name: bytes | None = None
        self.ended = False

    def take(self, line: bytes) -> bytes:
        """The bytes in one line, with or without its line end."""
        plain = line.rstrip(b"\r\n")
        if self.name is None or self.ended:
            if match := _BEGIN.match(plain):
                self.name, self.ended = match[1].strip(), False
            return b""
        if plain == b"end":
            self.ended = True
            return b""
        return _bytes_of(plain)


def _bytes_of(line: bytes) -> bytes:
    if not line:
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:  # blanks at the end lost on the way, or one added: as many bytes as the line says
        wanted = ((line[0] - _LENGTH) & 63) * 4 // 3 + 3
        try:
            return binascii.a2b_uu(line[:wanted].ljust(wanted // 4 * 4 + 1, b" "))
        except binascii.Error:
            return b""


def split_blocks(text: bytes) -> tuple[bytes, tuple[Block, ...]]:
    """(text without its uuencoded files, the files). A line that only looks like a beginning stays text."""
    kept: list[bytes] = []
    blocks: list[Block] = []
    at = 0
    for match in _BEGIN_LINE.finditer(text):
        if match.start() >= at and (found := _block(text, match)):
            block, behind = found
            kept.append(text[at : match.start()])
            blocks.append(block)
            at = behind
    return b"".join((*kept, text[at:])), tuple(blocks)


def _block(text: bytes, begin: re.Match[bytes]) -> tuple[Block, int] | None:
    """The file behind a line that looks like its beginning, and where it ends; None where no uuencode follows."""
    content: list[bytes] = []
    at = begin.end()
    while (line := _LINE.match(text, at)) and _is_coded(line[1]):
        content.append(_bytes_of(line[1]))
        at = line.end()
    whole = bool(line and line[1].strip() == b"end")
    if not whole and len(content) < _FEWEST:
        return None
    return Block(begin[1].strip(), b"".join(content), whole), line.end() if line and whole else at


def _is_coded(line: bytes) -> bool:
    """Could this be a line of uuencode: not longer than its first character says (blanks at its end may have been lost)."""
    if not line or not all(0x20 <= byte <= 0x60 for byte in line):
        return False
    return len(line) <= 1 + (((line[0] - _LENGTH) & 63) + 2) // 3 * 4 + 2
