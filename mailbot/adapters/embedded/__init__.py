"""Real mail servers inside this process, for the demo and the tests: IMAP by pymap, SMTP by aiosmtpd, on loopback.

One thread, one event loop, random ports, everything in memory. What is sent by SMTP to one of the users lies in that
user's INBOX at once; nothing can leave the machine. With `netease=True` both behave like 163 (see `netease`).
All of pymap stays behind this package, so that it can be replaced (components.md §3).
"""

import argparse
import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Identity
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import Cleartext

from mailbot.adapters.embedded.netease import FOLDERS, NeteaseProxy
from mailbot.adapters.embedded.post_office import PostOffice

T = TypeVar("T")
_PATIENCE = 30.0  # seconds for a step inside this process: more means it hangs


class EmbeddedMail:
    """`with EmbeddedMail({"bot@x.example": "secret"}) as mail:` then `mail.imap_port`, `mail.smtp_port`.

    `certificate` (cert, key) puts both ports under TLS from the first byte. With `netease` SMTP wants a login; without,
    a login is possible. Passwords are kept in clear: nothing here is secret.
    """

    def __init__(self, users: Mapping[str, str], *, netease: bool = False, certificate: tuple[Path, Path] | None = None) -> None:
        if not users:
            raise ValueError("at least one user")
        self.users = {address.lower(): password for address, password in users.items()}
        self.netease = netease
        self.imap_port = 0
        self.smtp_port = 0
        self._certificate = certificate
        self._office = PostOffice(self.users, self._put, strict=netease)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded-mail", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._config: Config | None = None
        self._backend: DictBackend | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_PATIENCE)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def deliver(self, address: str, raw: bytes, when: datetime | None = None, folder: str = "INBOX") -> None:
        """Put a mail into a mailbox, byte for byte, as received at `when` (aware; None: now)."""
        self._run(lambda: self._put(address.lower(), raw, when, folder))

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The mails of a folder, oldest first, as they are on the server."""
        return self._run(lambda: self._read(address.lower(), folder))

    def create_folder(self, address: str, folder: str) -> None:
        self._run(lambda: self._create(address.lower(), folder))

    def remove(self, address: str, folder: str = "INBOX") -> None:
        """Empty a folder, as staff do who tidy up behind our back."""
        self._run(lambda: self._empty(address.lower(), folder))

    def answer_next(self, answer: str) -> None:
        """Let SMTP answer the next DATA with this line (`451 4.7.1 MI:SFQ ...`); the mail is not taken."""
        self._office.answers.append(answer)

    # --- inside the thread

    async def _start(self) -> None:
        _quiet()
        self._backend, self._config = await _backend(self.users)
        self._config.apply_context()
        if self.netease:
            for address in self.users:
                for folder in FOLDERS:
                    await self._create(address, folder)
        tls = _tls(self._certificate)
        self.imap_port = await self._imap(tls)
        self.smtp_port = await self._smtp(tls)

    def _end(self) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(_PATIENCE)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_PATIENCE)
            self._loop.close()

    async def _finish(self) -> None:
        for server in self._servers:
            server.close()
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    async def _imap(self, tls: ssl.SSLContext | None) -> int:
        assert self._backend is not None and self._config is not None
        reader = ProxyProtocolReader(self._config.proxy_protocol)
        callback = reader.get_callback(IMAPServer(self._backend.login, self._config))
        if not self.netease:
            return self._listening(await asyncio.start_server(callback, "127.0.0.1", 0, ssl=tls))
        behind = self._listening(await asyncio.start_server(callback, "127.0.0.1", 0))
        return self._listening(await asyncio.start_server(NeteaseProxy(behind).serve, "127.0.0.1", 0, ssl=tls, limit=1 << 20))

    async def _smtp(self, tls: ssl.SSLContext | None) -> int:
        def session() -> SMTP:
            return SMTP(
                self._office,
                authenticator=self._office.authenticate,
                auth_require_tls=False,
                hostname="localhost",
                data_size_limit=80_000_000,
                loop=self._loop,
            )

        return self._listening(await self._loop.create_server(session, "127.0.0.1", 0, ssl=tls))

    def _listening(self, server: asyncio.Server) -> int:
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _run(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do a step in the servers' loop and wait for it."""
        if self._config is None:
            raise RuntimeError("not started")
        config = self._config

        async def there() -> T:
            config.apply_context()  # pymap keeps its settings in context variables, and this is a new context
            return await step()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(_PATIENCE)

    async def _put(self, address: str, raw: bytes, when: datetime | None = None, folder: str = "INBOX") -> None:
        message = AppendMessage(raw, when or datetime.now(UTC), frozenset())
        async with self._identity(address).new_session() as session:
            await session.append_messages(folder, [message])

    async def _read(self, address: str, folder: str) -> list[bytes]:
        async with self._identity(address).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            loaded = [await message.load_content(FetchRequirement.CONTENT) async for message in mailbox.messages()]
        return [bytes(message.get_body()) for message in loaded]

    async def _create(self, address: str, folder: str) -> None:
        async with self._identity(address).new_session() as session:
            await session.create_mailbox(folder)

    async def _empty(self, address: str, folder: str) -> None:
        async with self._identity(address).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            await mailbox.delete([message.uid async for message in mailbox.messages()])

    def _identity(self, address: str) -> Identity:
        assert self._backend is not None
        return Identity(address, self._backend.login, None, frozenset())


async def _backend(users: Mapping[str, str]) -> tuple[DictBackend, Config]:
    first, password = next(iter(users.items()))
    args = argparse.Namespace(
        debug=False, host=["127.0.0.1"], port="0", cert=None, key=None, tls=False, proxy_protocol=None, inherited_sockets=None,
        demo_data=False, demo_user=first, demo_password=password, passlib_cfg=None, skip_services=[],
    )  # fmt: skip
    backend, config = await DictBackend.init(args, hash_context=Cleartext(), invalid_user_sleep=0.0)
    config.apply_context()
    for user, secret in list(users.items())[1:]:
        hashed = await Passwords(config).hash_password(secret)
        await Identity(user, backend.login, None, frozenset()).set(UserMetadata(config, user, password=hashed))
    return backend, config


def _tls(certificate: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def _quiet() -> None:
    """aiosmtpd tells every login and warns of logins without TLS: here, on loopback, that is noise."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
