"""Length-prefixed JSON over a pipe: four bytes of length, big end first, then the object."""

import json
from typing import Any, BinaryIO

MAX_FRAME = 100_000_000


def write_frame(stream: BinaryIO, value: dict[str, Any]) -> None:
    """Writes one object. Raises OSError where the other end is gone, ValueError where the object is too large."""
    data = json.dumps(value, separators=(",", ":")).encode("ascii")
    if len(data) > MAX_FRAME:
        raise ValueError(f"answer of {len(data)} bytes")
    stream.write(len(data).to_bytes(4, "big") + data)
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
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("frame is no object")
    return value
