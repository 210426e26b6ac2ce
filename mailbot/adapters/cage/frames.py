"""Length-prefixed JSON over a pipe: four bytes of length, big end first, then the object.

Never pickle: the child may have been taken over. Its answer is measured before it is parsed, because a small JSON text may become large
objects: each bracket, brace and comma is about a hundred bytes of ours.
"""

import json
from typing import Any, BinaryIO

MAX_FRAME = 32_000_000
_MOST_PIECES = 2_000_000  # brackets, braces and commas, those in words too


def framed(value: dict[str, Any]) -> bytes:
    """One object as it goes over the pipe. Raises ValueError where it is too large."""
    data = json.dumps(value, separators=(",", ":")).encode("ascii")
    if len(data) > MAX_FRAME:
        raise ValueError(f"answer of {len(data)} bytes")
    return len(data).to_bytes(4, "big") + data


def write_frame(stream: BinaryIO, value: dict[str, Any]) -> None:
    """Writes one object. Raises OSError where the other end is gone, ValueError where the object is too large."""
    stream.write(framed(value))
    stream.flush()


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The next object, None at the end of the stream. Raises ValueError for what is no such object."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME:
        raise ValueError(f"frame of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        return None
    if sum(map(data.count, (b"[", b"{", b","))) > _MOST_PIECES:
        raise ValueError("frame of too many pieces")
    try:
        value = json.loads(data, parse_constant=_refused)
    except RecursionError as error:
        raise ValueError("frame is nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("frame is no object")
    return value


def _refused(word: str) -> None:
    """NaN and Infinity are no JSON, and no number that we know."""
    raise ValueError(f"{word} in a frame")
