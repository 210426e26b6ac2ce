"""A proxy on loopback that counts what an IMAP client says and hears."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Counting:
    """Octets both ways and the verbs of the commands of all connections since `clear`."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.octets = 0
        self.verbs: list[str] = []

    @property
    def commands(self) -> int:
        return len(self.verbs)

    def clear(self) -> None:
        self.octets = 0
        self.verbs.clear()


@contextmanager
def counting(port: int) -> Iterator[Counting]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Counting(listener)
        threading.Thread(target=_accept, args=(listener, port, wire), daemon=True).start()
        yield wire


def _accept(listener: socket.socket, port: int, wire: Counting) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for one, other, ours in ((client, server, True), (server, client, False)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_copy, args=(one, other, ours, wire), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket, ours: bool, wire: Counting) -> None:
    """A poll of nothing sends no literals, so every line from the client is a command."""
    with suppress(OSError):
        while data := one.recv(65536):
            wire.octets += len(data)
            wire.verbs.extend(_verb(line) for line in data.split(b"\r\n") if ours and line)
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def _verb(line: bytes) -> str:
    words = line.split(b" ", 3)[1:3] or [b""]
    return b" ".join(words if words[0].upper() == b"UID" else words[:1]).decode("ascii", "replace").upper()
