"""A TCP proxy that breaks connections on purpose (components.md §10, reliability.md fault matrix).

`with FaultProxy(port) as proxy:` then connect to `proxy.port` and set `proxy.faults` while it runs.
"""

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Faults:
    """What goes wrong. Tokens are found in plain connections only; `drop_on` in any case, as Pythons differ in theirs."""

    refuse: bool = False  # reset at once
    blackhole: bool = False  # accept, never answer
    cut_down: int = -1  # reset after so many bytes from the server, counted per connection
    drop_on: bytes = b""  # reset as soon as the client says this
    drop_reply: bytes = b""  # hand this on, reset before the answer
    replace: tuple[bytes, bytes] = (b"", b"")  # in what the server says
    drip: float = 0.0  # one byte from the server at a time, with this pause, once `drip_after` bytes went down
    drip_after: int = 0


@dataclass
class FaultProxy:
    target: int
    faults: Faults = field(default_factory=Faults)
    port: int = 0
    heard: bytearray = field(default_factory=bytearray)  # everything clients said
    connections: int = 0

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
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.faults.refuse:
            _reset(writer)
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        connection = _Connection(self, writer, up_writer)
        ways = [asyncio.create_task(connection.up(reader)), asyncio.create_task(connection.down(up_reader))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            up_writer.close()
            writer.close()


class _Connection:
    def __init__(self, proxy: FaultProxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.mute = False
        self.sent = 0

    async def up(self, reader: asyncio.StreamReader) -> None:
        while block := await reader.read(16384):
            self.proxy.heard += block
            faults = self.proxy.faults
            if faults.drop_on and faults.drop_on.lower() in block.lower():
                _reset(self.client)
                return
            self.mute = self.mute or bool(faults.drop_reply and faults.drop_reply in block)
            self.server.write(block)
            await self.server.drain()

    async def down(self, reader: asyncio.StreamReader) -> None:
        while block := await reader.read(16384):
            faults = self.proxy.faults
            if self.mute:
                _reset(self.client)
                return
            if faults.blackhole:
                continue
            if faults.replace[0]:
                block = block.replace(*faults.replace)
            if 0 <= faults.cut_down <= self.sent + len(block):
                self.client.write(block[: max(0, faults.cut_down - self.sent)])
                await self.client.drain()
                await asyncio.sleep(0.05)  # let it arrive before the reset throws it away
                _reset(self.client)
                return
            self.sent += len(block)
            await self._hand_down(block, faults)

    async def _hand_down(self, block: bytes, faults: Faults) -> None:
        if not faults.drip or self.sent < faults.drip_after:
            self.client.write(block)
            await self.client.drain()
            return
        for byte in block:
            self.client.write(bytes([byte]))
            await self.client.drain()
            await asyncio.sleep(faults.drip)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
