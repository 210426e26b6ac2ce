"""rar, 7z, cab, lzh and iso by bsdtar, where it is installed: it turns any of them into a tar stream, which is read as every tar.

The program runs inside the cage, under the limits of the child that starts it; it is killed with the budget or the time spent.
Nothing is unpacked to disk by it.
"""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from mailbot.adapters.leaves import PIECE
from mailbot.adapters.unpack.box import Box, Refused
from mailbot.adapters.unpack.rar import look_at_rar
from mailbot.adapters.unpack.streams import take_tar
from parsers.readers.sniff import Format, sniff

TOOL = "bsdtar"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
_ENCRYPTED = re.compile("encrypt|passphrase|password", re.IGNORECASE)
_SAID = 2_000
# The program gets these through a pipe: where it may seek it takes them for a zip if a stored document ends them.
_PIPED: tuple[Format, ...] = ("rar", "lzh")


def program() -> str | None:
    """Where the program is; None where it is not installed."""
    return shutil.which(TOOL)


def open_outside(box: Box) -> None:
    """Fills the box. Raises Refused; what was read before stays in the box."""
    file = box.leaf.content.file
    assert file is not None  # asked before
    tool = program()
    if tool is None:
        raise Refused("unsupported", f"needs {TOOL}, which is not installed")
    if reason := look_at_rar(file):
        raise reason
    piped = sniff(box.leaf.content.head) in _PIPED
    cut = False
    # small blocks: what was read before an error has then come out
    with _running([tool, "-c", "-f", "-", "-b", "1", "--format=pax", "@-"], file, piped, box.budget.limits.tool_seconds) as process:
        try:
            take_tar(cast(BinaryIO, process.stdout), box)
        except Refused as refusal:
            if refusal.trouble != "corrupt":
                raise
            cut = True
        failed = process.wait() != 0
    if failed or cut:
        raise _reason([tool, "-x", "-O", "-f", "-"], file, piped, box.budget.limits.tool_seconds)


@contextmanager
def _running(command: list[str], file: Path, piped: bool, seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """A program whose output is read, with a file for its input, opened for it: by its path it might not be let to it (a program that
    the cage's child starts may be another user). It never outlives the block nor the time."""
    # no session of its own: whoever kills the child's group kills this too
    with file.open("rb") as opened:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE if piped else opened, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT, cwd="/"
        )
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    feeder = threading.Thread(target=_feed, args=(file, process.stdin))
    feeder.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
                feeder.join()
    finally:
        clock.cancel()


def _feed(file: Path, program: BinaryIO | None) -> None:
    """The file into a program that takes it through a pipe, and may have enough of it before its end."""
    if program is not None:
        with suppress(BrokenPipeError), program, file.open("rb") as stream:
            shutil.copyfileobj(stream, program, PIECE)


def _reason(command: list[str], file: Path, piped: bool, seconds: float) -> Refused:
    """What the program says about the archive when asked for the contents alone: in the first way it swallows its reason."""
    given: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "env": _ENVIRONMENT, "timeout": seconds, "check": False, "cwd": "/"}
    try:
        with file.open("rb") as opened:
            done = subprocess.run(command, **given, **({"input": opened.read()} if piped else {"stdin": opened}))
        said = done.stderr[:_SAID].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return Refused("corrupt", f"{TOOL} gave no answer within {seconds:.0f} seconds")
    if _ENCRYPTED.search(said):
        return Refused("encrypted", "archive asks for a password")
    first = said.strip().partition("\n")[0].replace("(null)", "").removeprefix(f"{TOOL}:").strip()
    return Refused("corrupt", f"damaged, cut off, or one volume of several {first}".strip())
