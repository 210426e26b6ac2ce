"""One pass over the raw bytes of a mail, in pieces: which parts it has, where they lie, and is it cheap enough to be read at all?

What is found is the header of every part, the parts in it, and the place of every body. The limits are decided on the way, before
anything else is read (reliability.md, finding 4, A22-A27). Parts are told apart as the standard library does it: a boundary line
belongs to the outermost multipart that it fits.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO

from mailbot.adapters.leaves import PIECE
from mailbot.adapters.limits import Limits
from mailbot.adapters.mime.envelope import Header, goes_on, read_header

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
_DASHES = re.compile(rb"--[^\r\n]*")
_FIELD_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")
_FIELD_BEHIND = re.compile(rb"[A-Za-z][A-Za-z0-9-]*[ \t]*:")
_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_PART_FIELD = re.compile(rb"content-(?:type|disposition|id|description)[ \t]*:", re.IGNORECASE)
_PART_BEGINS = re.compile(rb"content-[a-z-]+[ \t]*:", re.IGNORECASE)
_PLAIN_BOUNDARY = re.compile(rb"[A-Za-z0-9'()+_,./:=?-]{1,200}")
_BOUNDARY_BYTES = 2_000


class TooCostly(Exception):
    """Why a mail must not be read."""


@dataclass(slots=True)
class Part:
    """`default`: its type where the header says none. `kind` and `boundary`: what the header says of a multipart, as the standard
    library understands it; None for no boundary. The body lies in the half-open range of file offsets from `start` to `end`, up to
    the next boundary. `parts`: of a multipart, the parts in it; its body is what stands before the first of them."""

    header: Header
    default: str
    kind: str
    boundary: bytes | None
    start: int
    end: int
    parts: list["Part"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scan:
    """A mail as the part that holds all others. `unsure`: two programs may see different parts in it."""

    mail: Part
    unsure: bool


class Lines:
    """The lines of a file, of which only a piece is in memory. Line ends are CR LF, LF and CR, as the parser has it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._buffer = b""
        self._at, self._base = 0, file.tell()  # next byte, in the buffer; place of the buffer, in the file
        self._ended = False

    @property
    def place(self) -> int:
        return self._base + self._at

    def _fill(self) -> bool:
        """More of the file behind what is there; False at its end. A few bytes before `_at` stay."""
        piece = b"" if self._ended else self._file.read(PIECE)
        self._ended = not piece
        drop = max(0, self._at - 4)
        self._buffer = self._buffer[drop:] + piece
        self._base += drop
        self._at -= drop
        return bool(piece)

    @contextmanager
    def ahead(self) -> Iterator["Lines"]:
        """The lines behind this place once more, for a look; this place stays."""
        kept = self._file.tell()
        self._file.seek(self.place)
        try:
            yield Lines(self._file)
        finally:
            self._file.seek(kept)

    def peek(self, most: int, behind: int = 0) -> bytes:
        """The line `behind` bytes on with its end, or its first `most` bytes or more where it is longer; b"" at the end of the file."""
        while True:
            match = _LINE.match(self._buffer, self._at + behind)
            line = match[0] if match else b""
            whole = line.endswith(b"\n") or (line.endswith(b"\r") and self._at + behind + len(line) < len(self._buffer))
            if whole or len(line) >= most or not self._fill():
                return line

    def skip(self, count: int) -> None:
        self._at += count

    def to_dashes(self) -> bool:
        """Goes to the next line that starts with --, to the end of the file where there is none."""
        while True:
            for match in _DASHES.finditer(self._buffer, self._at):
                if match.start() == 0 or self._buffer[match.start() - 1] in b"\r\n":
                    self._at = match.start()
                    return True
            self._at = max(self._at, len(self._buffer) - self._buffer.endswith(b"-"))
            if not self._fill():
                self._at = len(self._buffer)
                return False

    def before_line_end(self) -> int:
        """The place before the line end that stands right before the next byte."""
        last = self._buffer[max(0, self._at - 2) : self._at]
        return self.place - (2 if last == b"\r\n" else 1 if last[-1:] in (b"\n", b"\r") else 0)


def check_head(head: bytes, limits: Limits) -> None:
    """Raises TooCostly for a line-normalised header block beyond the limits."""
    if len(head) > limits.header_bytes:
        raise TooCostly(f"header block of {len(head)} bytes")
    if (count := head.count(b"\n") + 1) > limits.header_lines:
        raise TooCostly(f"header block of {count} lines")
    for lines in _NEXT_FIELD.split(head):
        if len(lines) > limits.field_bytes:
            raise TooCostly(f"header field of {len(lines)} bytes")
        if len(lines) > limits.part_field_bytes and _PART_FIELD.match(lines):
            raise TooCostly(f"part header of {len(lines)} bytes")


def find_head(file: BinaryIO, limits: Limits) -> Header:
    """The header in front of what `find_parts` takes for the body. It may end before the first empty line."""
    return read_header(_begun(file, limits).head())


def find_parts(file: BinaryIO, limits: Limits) -> Scan:
    """The parts of the mail in `file`. Raises TooCostly."""
    walk = _begun(file, limits)
    mail = walk.part()
    dashes = 0
    while walk.lines.to_dashes():
        dashes += 1
        if dashes > limits.dash_lines:
            raise TooCostly(f"more than {limits.dash_lines} lines that start with --")
        walk.dash_line()
    walk.end_body(walk.lines.place)
    return Scan(mail, walk.unsure)


def _begun(file: BinaryIO, limits: Limits) -> "_Walk":
    walk = _Walk(Lines(file), limits)
    if walk.lines.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
        walk.lines.skip(len(BOM_UTF8))
    return walk


@dataclass
class _Walk:
    """The scan in progress. `open`: each multipart around the present place with its boundary. `shut`: the boundaries of those that
    ended."""

    lines: Lines
    limits: Limits
    count: int = 0
    parameters: int = 0
    open: list[tuple[bytes, Part]] = field(default_factory=list)
    shut: set[bytes] = field(default_factory=set)
    begun: Part | None = None  # whose body has no end yet
    unsure: bool = False

    def part(self) -> Part:
        """A header block and the beginning of a body."""
        if self.count > self.limits.parts:
            raise TooCostly(f"more than {self.limits.parts} parts")
        head = self.head()
        check_head(head, self.limits)
        self.parameters += head.count(b";")
        if self.parameters > self.limits.parameters:
            raise TooCostly(f"part headers of more than {self.limits.parameters} parameters")
        header = read_header(head)
        default = "message/rfc822" if self.open and self.open[-1][1].kind == "multipart/digest" else "text/plain"
        kind, declared = _meaning(header, default)
        part = self.begun = Part(header, default, kind, declared, self.lines.place, self.lines.place)
        self.count += 1
        if self.open:
            self.open[-1][1].parts.append(part)
        boundary = self._guessed() if declared is None and kind.startswith("multipart/") and not self.open else declared
        if boundary is not None:
            self.open.append((boundary, part))
        if len(self.open) > self.limits.depth:
            raise TooCostly(f"parts nested deeper than {self.limits.depth}")
        return part

    def head(self) -> bytes:
        """The lines of a header block with LF at their ends: up to an empty line, or to the first line that is none of a header
        where the header does not plainly go on behind it."""
        out: list[bytes] = []
        size = 0
        while line := self.lines.peek(self.limits.header_bytes):
            plain = line.rstrip(b"\r\n")
            if plain and not self._is_of_header(line, out):
                break
            self.lines.skip(len(line))
            size += len(line)
            if not plain:
                break
            out.append(plain)
            if size > self.limits.header_bytes:
                break
        return b"\n".join(out)

    def _is_of_header(self, line: bytes, before: list[bytes]) -> bool:
        if line.startswith(b"--"):
            return False
        if _FIELD_LINE.match(line) or (before and goes_on(before[-1], line)):
            return True
        return bool(before and _FIELD_BEHIND.match(self.lines.peek(_BOUNDARY_BYTES, len(line))))

    def _guessed(self) -> bytes | None:
        """The boundary of a mail that forgot to declare it: what the first line that starts with -- says, where the header of a
        part follows it and it comes again; None where that is not plain."""
        with self.lines.ahead() as ahead:
            said = b""
            for _ in range(self.limits.dash_lines):
                if not ahead.to_dashes():
                    break
                line = ahead.peek(_BOUNDARY_BYTES)
                ahead.skip(len(line))
                line = line[2:].rstrip()
                if said and line in (said, said + b"--"):
                    return said
                if not said and not (_PLAIN_BOUNDARY.fullmatch(line) and _PART_BEGINS.match(ahead.peek(_BOUNDARY_BYTES))):
                    break
                said = said or line
        return None

    def dash_line(self) -> None:
        """A line that starts with --: the beginning or the end of a part where it is a boundary of the parts around it."""
        line = self.lines.peek(_BOUNDARY_BYTES)
        end = self.lines.before_line_end()
        self.lines.skip(len(line))
        said = line[2:].rstrip(b"\r\n").rstrip(b" \t")
        fitting = [(level, said != boundary) for level, (boundary, _) in enumerate(self.open) if said in (boundary, boundary + b"--")]
        if fitting:
            level, closes = fitting[0]
            # one boundary used twice, directly one inside the other, is a slip of the program; all else can be read in two ways
            self.unsure = self.unsure or fitting != [(level + n, closes) for n in range(len(fitting))]
            self.end_body(end)
            self.shut |= {boundary for boundary, _ in self.open[level if closes else level + 1 :]}
            del self.open[level if closes else level + 1 :]
            if not closes:
                self.part()
        elif said in self.shut:  # a part behind the end, for whoever ended only the innermost of two multiparts of one boundary
            self.unsure = True

    def end_body(self, at: int) -> None:
        if self.begun:
            self.begun.end = max(self.begun.start, at)
            self.begun = None


def _meaning(header: Header, default: str) -> tuple[str, bytes | None]:
    """(type/subtype, boundary of a multipart) as the standard library understands the Content-Type."""
    message = Message()
    message.set_default_type(default)
    for value in header.all("content-type")[:1]:
        message["Content-Type"] = value.decode("ascii", "surrogateescape").lstrip(" \t")
    try:
        kind = message.get_content_type()
        boundary = message.get_boundary() if kind.startswith("multipart/") else None
        return kind, None if boundary is None else boundary.encode("ascii", "surrogateescape")
    except (ValueError, LookupError, TypeError):  # a NUL in a charset, text that is no ASCII
        return default, None
