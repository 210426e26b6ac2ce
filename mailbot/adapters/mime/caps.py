"""Is this mail cheap enough to be parsed at all? Decided on the raw bytes alone (reliability.md, finding 4, A22-A27)."""

import re

from mailbot.adapters.limits import Limits

_EVENT = re.compile(
    rb"^(?:--([^\n]*)|content-(type|disposition|id|description)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*))", re.IGNORECASE | re.MULTILINE
)
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]*))", re.IGNORECASE)
_KIND = re.compile(rb"\s*(multipart|message)\s*/", re.IGNORECASE)
_DASH_LINES = 20_000


def normalised(raw: bytes) -> bytes:
    """All line ends as LF, as the parser sees them."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def split_header(raw: bytes) -> tuple[bytes, bytes]:
    """(header block, body) of line-normalised bytes. A mail that starts with an empty line has no header."""
    if raw.startswith(b"\n"):
        return b"", raw[1:]
    head, _, body = raw.partition(b"\n\n")
    return head, body


def too_costly(lines: bytes, limits: Limits) -> str:
    """Why a line-normalised mail must not go to the parser, "" where it may."""
    head, _ = split_header(lines)
    if len(head) > limits.header_bytes:
        return f"header block of {len(head)} bytes"
    count = head.count(b"\n") + 1
    if count > limits.header_lines:
        return f"header block of {count} lines"
    fields = re.split(rb"\n(?![ \t])", head)
    longest = max(map(len, fields), default=0)
    if longest > limits.field_bytes:
        return f"header field of {longest} bytes"
    return _structure_cost(lines, limits)


def _structure_cost(lines: bytes, limits: Limits) -> str:
    """Walks boundaries and part headers as the parser would, counting parts and depth. Text that merely looks like a
    part header is counted too: the limits are far above what people send."""
    stack: list[bytes | None] = []  # a boundary, or None for an attached message
    parts = dashes = 0
    for match in _EVENT.finditer(lines):
        if match[2] is None:
            dashes += 1
            if dashes > _DASH_LINES:
                return f"more than {_DASH_LINES} lines that start with --"
            parts += _close(stack, match[1].rstrip())
        else:
            if len(match[3]) > limits.part_field_bytes:
                return f"part header of {len(match[3])} bytes"
            if match[2].lower() == b"type":
                _open(stack, match[3])
        if parts > limits.parts:
            return f"more than {limits.parts} parts"
        if len(stack) > limits.depth:
            return f"parts nested deeper than {limits.depth}"
    return ""


def _open(stack: list[bytes | None], value: bytes) -> None:
    kind = _KIND.match(value)
    if kind and kind[1].lower() == b"message":
        stack.append(None)
    elif kind and (boundary := _BOUNDARY.search(value)):
        stack.append((boundary[1] if boundary[1] is not None else boundary[2]).rstrip())


def _close(stack: list[bytes | None], line: bytes) -> int:
    """Leaves what a boundary line ends; 1 where it starts a part."""
    for index in range(len(stack) - 1, -1, -1):
        boundary = stack[index]
        if boundary is None:
            continue
        if line == boundary:
            del stack[index + 1 :]
            return 1
        if line == boundary + b"--":
            del stack[index:]
            return 0
    return 0
