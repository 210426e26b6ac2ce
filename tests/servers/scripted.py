"""A server that says what the test tells it to: lines in, bytes out. For answers no real server gives."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

Answer = Callable[[bytes], bytes | None]  # what to say to a line; None hangs up


class Scripted:
    """`with Scripted(b"greeting\\r\\n", answer) as server:`; `server.heard` are the lines clients sent."""

    def __init__(self, greeting: bytes | Callable[[], bytes], answer: Answer, certificate: tuple[Path, Path] | None = None) -> None:
        self.greeting, self.answer = greeting, answer
        self.heard: list[bytes] = []
        self.port = 0
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(*certificate)

    def __enter__(self) -> Self:
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting() if callable(self.greeting) else self.greeting)
        try:
            while line := await reader.readline():
                self.heard.append(line)
                said = self.answer(line)
                if said is None:
                    break
                writer.write(said)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()


def imap_answers(special: Callable[[bytes, bytes, bytes], bytes | None], capabilities: bytes = b"IMAP4rev1 ID") -> Answer:
    """A small IMAP server with one mail, UID 7; `special(tag, verb, line)` may say something else (without None: default)."""

    def answer(line: bytes) -> bytes | None:
        tag, verb = [*line.split(), b"", b""][:2]
        verb = verb.upper()
        if verb == b"UID":
            verb = line.split()[2].upper()
        said = special(tag, verb, line)
        if said is not None:
            return said
        done = tag + b" OK done\r\n"
        match verb:
            case b"CAPABILITY":
                return b"* CAPABILITY " + capabilities + b"\r\n" + done
            case b"EXAMINE":
                return b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n" + done
            case b"SEARCH":
                return b"* SEARCH 7\r\n" + done
            case b"LIST":
                return b'* LIST () "/" INBOX\r\n' + done
            case _:
                return done

    return answer
