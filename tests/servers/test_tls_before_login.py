"""F12 of reliability.md, for IMAP and SMTP alike: whatever is wrong with the encryption, no login byte is ever seen by the other side.

The impostor records every byte that reaches it, under TLS and before; the password stands in none of them in any of its encodings."""

import asyncio
import base64
import dataclasses
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.domain.errors import ConnectionLost, MailboxError, SendError, TlsFailed
from mailbot.domain.servers import Security, Server
from tests.servers.certificate import self_signed

USER, PASSWORD = "bot@office.example", "canary-7f3a"
_SECRETS = (
    PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()), base64.b64encode(USER.encode()),
    b"LOGIN", b"AUTH",
)  # fmt: skip


class Impostor:
    """Speaks `protocol` well enough to be logged in to. `starttls`: what it does when asked for it; `certificate`: shown in a handshake."""

    def __init__(self, protocol: str, certificate: tuple[Path, Path] | None, starttls: str, greeting: bytes | None = None) -> None:
        self.protocol, self.starttls, self.greeting = protocol, starttls, greeting
        self.seen = bytearray()
        self.tls: ssl.SSLContext | None = None
        if certificate:
            self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.tls.load_cert_chain(*certificate)

    @contextmanager
    def serve(self, at_once: bool) -> Iterator[int]:
        loop, ports, stop = asyncio.new_event_loop(), [], asyncio.Event()
        up = threading.Event()

        async def main() -> None:
            server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=self.tls if at_once else None)
            ports.append(server.sockets[0].getsockname()[1])
            up.set()
            await stop.wait()
            server.close()

        loop.set_exception_handler(lambda *_: None)  # refused handshakes are what is tested
        thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
        thread.start()
        assert up.wait(10)
        yield ports[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        imap = self.protocol == "imap"
        offered = b"" if self.starttls == "not offered" else b" STARTTLS"
        writer.write(self.greeting or (b"* OK hi\r\n" if imap else b"220 hi\r\n"))
        try:
            while line := await reader.readline():
                self.seen += line
                tag = (line.split() or [b"*"])[0]
                if b"STARTTLS" in line.upper():
                    if not await self._asked(writer, tag, imap):
                        return
                elif imap:
                    writer.write(b"* CAPABILITY IMAP4rev1" + offered + b"\r\n" + tag + b" OK done\r\n")
                else:
                    more = b"250-STARTTLS\r\n" if offered else b""
                    writer.write(b"250-hi\r\n" + more + b"250 AUTH PLAIN LOGIN\r\n")
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _asked(self, writer: asyncio.StreamWriter, tag: bytes, imap: bool) -> bool:
        """STARTTLS was asked for; whether the connection goes on."""
        yes, no = (tag + b" OK go\r\n", tag + b" NO no\r\n") if imap else (b"220 go\r\n", b"502 no\r\n")
        if self.starttls == "refused":
            writer.write(no)
            return True
        if self.starttls == "plain after yes":  # says yes, and goes on without TLS
            writer.write(yes + b"* OK welcome, never mind the handshake\r\n")
            return True
        before = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* LIST () \"/\" evil\r\n" if imap else b""
        writer.write(before + yes)
        await writer.drain()
        try:
            await writer.start_tls(self.tls)  # type: ignore[arg-type]
        except (ConnectionError, ssl.SSLError):
            return False
        return True


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "right": self_signed(folder / "right"), "other": self_signed(folder / "other"), "wrong host": self_signed(folder / "host", "DNS:elsewhere.example"),
        "expired": _expired(folder / "expired"),
    }  # fmt: skip


def _expired(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that ended years ago."""
    cert, key = self_signed(folder)
    dated = ["openssl", "x509", "-in", cert, "-signkey", key, "-days", "-1", "-out", folder / "old.pem", "-copy_extensions", "copyall"]
    made = subprocess.run(dated, capture_output=True)
    if made.returncode != 0 or b"BEGIN" not in (folder / "old.pem").read_bytes():
        pytest.fail(f"openssl made no expired certificate: {made.stderr.decode()[-300:]}")
    return folder / "old.pem", key


def goes_in(protocol: str, server: Server) -> None:
    if protocol == "imap":
        with ImapMailbox(server) as box:
            box.count("INBOX")
    else:
        SmtpSender(server, USER).check()


# name -> (security, certificate shown, authority trusted, what the server does at STARTTLS)
_CASES: dict[str, tuple[Security, str, str, str]] = {
    "self-signed": ("tls", "other", "", ""), "another authority": ("tls", "other", "right", ""), "wrong host": ("tls", "wrong host", "wrong host", ""),
    "expired": ("tls", "expired", "expired", ""), "no TLS on the TLS port": ("tls", "", "right", ""),
    "STARTTLS stripped": ("starttls", "right", "right", "not offered"), "STARTTLS refused": ("starttls", "right", "right", "refused"),
    "STARTTLS, then none": ("starttls", "right", "right", "plain after yes"), "STARTTLS self-signed": ("starttls", "other", "", "done"),
    "STARTTLS wrong host": ("starttls", "wrong host", "wrong host", "done"), "STARTTLS expired": ("starttls", "expired", "expired", "done"),
}  # fmt: skip


@pytest.mark.shows("F12")
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
@pytest.mark.parametrize("case", _CASES)
def test_no_login_is_sent_where_the_encryption_is_not_right(certificates: dict[str, tuple[Path, Path]], protocol: str, case: str) -> None:
    security, shown, trusted, starttls = _CASES[case]
    impostor = Impostor(protocol, certificates.get(shown), starttls)
    with impostor.serve(security == "tls" and bool(shown)) as port:
        server = Server("localhost", port, USER, PASSWORD, security, certificates[trusted][0] if trusted else None, 2.0)
        with pytest.raises((TlsFailed, ConnectionLost, SendError)) as caught:
            goes_in(protocol, server)
    assert not any(secret.lower() in bytes(impostor.seen).lower() for secret in _SECRETS), bytes(impostor.seen)
    if case not in ("no TLS on the TLS port", "STARTTLS, then none"):
        assert not caught.value.temporary and "密码没有发出" in caught.value.sentence


@pytest.mark.shows("F12")
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_with_the_right_certificate_the_login_comes_and_only_then(
    certificates: dict[str, tuple[Path, Path]], protocol: str, security: Security
) -> None:
    """So that the test above cannot pass for another reason."""
    impostor = Impostor(protocol, certificates["right"], "done")
    with impostor.serve(security == "tls") as port:
        server = Server("localhost", port, USER, PASSWORD, security, certificates["right"][0], 2.0)
        with suppress(MailboxError, SendError):  # it knows little beyond the login
            goes_in(protocol, dataclasses.replace(server, timeout=1.0))
    assert any(secret in bytes(impostor.seen) for secret in _SECRETS[:4])


@pytest.mark.shows("F12")
def test_a_greeting_that_says_we_are_in_already_gets_no_login(certificates: dict[str, tuple[Path, Path]]) -> None:
    """`* PREAUTH` forbids STARTTLS (nostarttls.secvuln.info): whoever goes on does so in the clear, in somebody else's mailbox."""
    impostor = Impostor("imap", certificates["right"], "done", b"* PREAUTH welcome\r\n")
    with impostor.serve(False) as port, pytest.raises(TlsFailed):
        goes_in("imap", Server("localhost", port, USER, PASSWORD, "starttls", certificates["right"][0], 2.0))
    assert b"STARTTLS" not in impostor.seen and not any(secret.lower() in bytes(impostor.seen).lower() for secret in _SECRETS)


@pytest.mark.shows("F12")
def test_what_was_said_before_the_encryption_counts_for_nothing_after_it(certificates: dict[str, tuple[Path, Path]]) -> None:
    """Somebody on the line puts a folder list in front of the server's yes to STARTTLS; it must not become the answer to our LIST."""
    impostor = Impostor("imap", certificates["right"], "done")
    with impostor.serve(False) as port:
        server = Server("localhost", port, USER, PASSWORD, "starttls", certificates["right"][0], 2.0)
        with ImapMailbox(server) as box:
            assert box.folders() == ()
