"""Put before a child's code by the tests: the reader of text becomes one that was taken over. A text `stub: NAME ARGUMENT` says what it does.

What it is kept from it tells in its answer, a line a try; the tests believe only what they see from outside.
"""

import contextlib
import ctypes
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import parsers.readers.text as text
from mailbot.domain.documents import Document, Paragraph

_SAID = re.compile(r"stub: (\S+) ?(.*)")
_own_read = text.read


def read(content: bytes) -> Document:
    said = _SAID.match(content.decode("utf-8", "replace"))
    if said is None:
        return _own_read(content)
    return Document("text", tuple(map(Paragraph, _ACTS[said[1]](said[2]))))


def raises(_: str) -> Iterator[str]:
    raise RuntimeError("stub")


def misses(_: str) -> Iterator[str]:
    raise ImportError("a word of the file's own")


def crashes(_: str) -> Iterator[str]:
    ctypes.string_at(0)
    yield "still there"


def eats(_: str) -> Iterator[str]:
    eaten = [bytearray(100_000_000) for _ in range(50)]
    yield f"ate {len(eaten)}"


def turns(_: str) -> Iterator[str]:
    while True:
        pass


def turns_in_c(_: str) -> Iterator[str]:
    yield str(sum(range(10**15)))  # the interpreter gets no chance to run a handler


def sleeps(_: str) -> Iterator[str]:
    time.sleep(600)
    yield "awake"


def forks(most: str) -> Iterator[str]:
    """Bounded: it stops by itself at `most`."""
    made = 0
    for _ in range(int(most)):
        try:
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
        except OSError:
            break
        made += 1
    yield f"made {made}"


def stays(most: str) -> Iterator[str]:
    """A family that is still there when the time is over."""
    yield from forks(most)
    time.sleep(600)


def leaves(mark: str) -> Iterator[str]:
    """A daemon in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sleep", ["sleep", mark])
        os._exit(0)
    os.wait()
    yield "left"


def litters(_: str) -> Iterator[str]:
    locked = Path("locked")
    (locked / "deep").mkdir(parents=True)
    (locked / "deep" / "file").write_text("litter")
    Path("link").symlink_to("/etc/passwd")
    Path(os.environ["TMPDIR"], "more").write_text("litter")
    (locked / "deep").chmod(0)
    locked.chmod(0)
    yield "littered"


def fills(_: str) -> Iterator[str]:
    piece = bytes(10_000_000)
    with Path("big").open("wb") as file:
        for _ in range(100):
            file.write(piece)
    yield "filled"


def calls(where: str) -> Iterator[str]:
    port, path = where.split()
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(port))),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(port))),
        (socket.AF_UNIX, socket.SOCK_STREAM, path),
    ):
        try:
            with socket.socket(family, kind) as there:
                there.settimeout(2)
                there.connect(address)
                there.send(b"here I am")
            yield "through"
        except OSError as error:
            yield type(error).__name__


def spies(paths: str) -> Iterator[str]:
    for path in paths.split("|"):
        try:
            yield "read " + (str([there.name for there in Path(path).iterdir()]) if Path(path).is_dir() else Path(path).read_text("utf-8", "replace")[:100])
        except OSError as error:
            yield type(error).__name__


def writes(said: str) -> Iterator[str]:
    """A name, and the folders it is written to."""
    name, *folders = said.split("|")
    for folder in folders:
        try:
            Path(folder, name).write_text("x")
            yield "written"
        except OSError as error:
            yield type(error).__name__


def kills(number: str) -> Iterator[str]:
    try:
        os.kill(int(number), 9)
        yield "killed"
    except OSError as error:
        yield type(error).__name__


def converts(file: str) -> Iterator[str]:
    """By LibreOffice."""
    from parsers.readers import office

    made = office.convert(Path(file).read_bytes(), "doc")
    yield made.text if made else "nothing made"


def lies(answer: str) -> Iterator[str]:
    """Answers in the place of its child, whatever it wants."""
    answers = next(fd for fd in range(3, 20) if _is_pipe_to_write(fd))
    data = b"[" * 1_000_000 if answer == "deep" else b'{"a":[' + b"[]," * 1_000_000 + b"1]}" if answer == "many" else answer.encode()
    os.write(answers, len(data).to_bytes(4, "big"))
    while data:
        data = data[os.write(answers, data) :]
    time.sleep(600)
    yield "lied"


def _is_pipe_to_write(fd: int) -> bool:
    with contextlib.suppress(OSError):
        import fcntl
        import stat

        return stat.S_ISFIFO(os.fstat(fd).st_mode) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    return False


_ALL = (raises, misses, crashes, eats, turns, turns_in_c, sleeps, forks, stays, leaves, litters, fills, calls, spies, writes, kills, converts, lies)
_ACTS = {act.__name__: act for act in _ALL}
text.read = read
