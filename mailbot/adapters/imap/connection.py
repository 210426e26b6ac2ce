"""imapclient and imaplib where they lack something; all use of what is not public in them stands here."""

from collections.abc import Callable
from contextlib import suppress
from imaplib import IMAP4
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from ssl import SSLContext
from typing import Any

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import CapabilityError  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]

from mailbot.adapters.network import connected
from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import TlsFailed
from mailbot.domain.servers import Server


class _Imap(IMAP4):
    """For imaplib: what a greeting tells of capabilities (RFC 3501 §7.1) is not asked for once more. `opened` is told of the socket
    before a byte is read from it, so that somebody may watch the time that all of it takes. With `context` TLS comes first."""

    untagged_responses: dict[str, Any]
    _tls_established: bool

    def __init__(self, server: Server, context: SSLContext | None, opened: Callable[[socket], None]) -> None:
        self._server, self._context, self._opened = server, context, opened
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None = None) -> socket:  # noqa: ARG002 - imaplib's word; the server says its own
        sock = connected(self._server.host, self._server.port, self._server.timeout)
        if self._context is None:
            self._opened(sock)
            return sock
        secured = self._context.wrap_socket(sock, server_hostname=self._server.host, do_handshake_on_connect=False)
        self._opened(secured)
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured

    def _get_capabilities(self) -> None:
        if self._tls_established:  # just now: whatever was said before that anybody may have put in
            self.untagged_responses.clear()
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told:
            self.capabilities = tuple(told[-1].decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]


class Client(IMAPClient):  # type: ignore[misc]
    """`literal_limit`: a literal larger than asked for is refused before it is read; imaplib would allocate what the server claims."""

    literal_limit = 0

    def __init__(self, server: Server, opened: Callable[[socket], None]) -> None:
        self._server, self._opened = server, opened
        timeout = SocketTimeout(connect=server.timeout, read=server.timeout)
        context = None if server.security == "plain" else tls_context(server)
        super().__init__(server.host, server.port, ssl=server.security == "tls", ssl_context=context, timeout=timeout)

    def _create_IMAP4(self) -> Any:
        return _Imap(self._server, self.ssl_context if self.ssl else None, self._opened)

    def list_with_status(self) -> tuple[list[Any], list[Any]]:
        """(as list_folders, the lines of STATUS with UIDNEXT and UIDVALIDITY) in one command (RFC 5819)."""
        kind, answer = self._imap._simple_command("LIST", '""', '"*"', "RETURN", "(STATUS (UIDNEXT UIDVALIDITY))")
        self._checkok("LIST", kind, answer)
        listed = self._proc_folder_list(self._imap._untagged_response(kind, answer, "LIST")[1])
        return listed, [line for line in self._imap._untagged_response(kind, answer, "STATUS")[1] if line]

    def described_from(self, uid: int) -> dict[int, dict[bytes, Any]]:
        """Size and date of every mail with a UID from `uid` on. `n:*` also names the last mail where n is above it."""
        kind, answer = self._imap.uid("FETCH", f"{uid}:*", "(RFC822.SIZE INTERNALDATE)")
        self._checkok("FETCH", kind, answer)
        found: dict[int, dict[bytes, Any]] = parse_fetch_response([item for item in answer if item], self.normalise_times, True)
        return found

    def cap_literals(self) -> None:
        inner = self._imap
        read: Callable[[int], bytes] = inner.read

        def capped(size: int) -> bytes:
            if size > self.literal_limit:
                raise IMAP4.abort(f"literal of {size} bytes refused")
            return read(size)

        inner.read = capped


def connect(server: Server, opened: Callable[[socket], None]) -> Any:
    """A client that is not logged in yet. `opened` is told of its socket as soon as there is one, and again when TLS replaces it."""
    client = Client(server, opened)
    client._imap.debug = 0  # imapclient asks imaplib to tell its log of every answer; that writes every mail out twice more, for nobody
    # Nagle's algorithm and delayed ACKs together cost 40 ms per command (components.md).
    client.socket().setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    if server.security == "starttls":
        try:
            client.starttls(client.ssl_context)
            opened(client.socket())
        except BaseException as error:
            with suppress(OSError, IMAP4.error):  # after a failed handshake the socket is closed already
                client.shutdown()
            if isinstance(error, CapabilityError):
                raise TlsFailed(detail="no STARTTLS offered", cause="no-tls") from error
            if isinstance(error, IMAP4.error) and not isinstance(error, IMAP4.abort):  # a no, or PREAUTH, after which it is not allowed
                raise TlsFailed(detail="STARTTLS refused", cause="no-tls") from error
            raise
    return client
