"""imapclient and imaplib where they lack something; all use of what is not public in them stands here."""

from collections.abc import Callable
from contextlib import suppress
from imaplib import IMAP4
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import CapabilityError  # type: ignore[import-untyped]
from imapclient.imap4 import IMAP4WithTimeout  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]
from imapclient.tls import IMAP4_TLS  # type: ignore[import-untyped]

from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import TlsFailed
from mailbot.domain.servers import Server


class _Greeted:
    """For imaplib: what a greeting tells of capabilities (RFC 3501 §7.1) is not asked for once more."""

    untagged_responses: dict[str, list[bytes]]
    capabilities: tuple[str, ...]

    def _get_capabilities(self) -> None:
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told:
            self.capabilities = tuple(told[-1].decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]


class _Plain(_Greeted, IMAP4WithTimeout):  # type: ignore[misc]
    pass


class _Tls(_Greeted, IMAP4_TLS):  # type: ignore[misc]
    pass


class Client(IMAPClient):  # type: ignore[misc]
    """`literal_limit`: a literal larger than asked for is refused before it is read; imaplib would allocate what the server claims."""

    literal_limit = 0

    def _create_IMAP4(self) -> Any:
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)
        return _Plain(self.host, self.port, self._timeout.connect)

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


def connect(server: Server) -> Any:
    """A client that is not logged in yet."""
    timeout = SocketTimeout(connect=server.timeout, read=server.timeout)
    context = None if server.security == "plain" else tls_context(server)
    client = Client(server.host, server.port, ssl=server.security == "tls", ssl_context=context, timeout=timeout)
    client._imap.debug = 0  # imapclient asks imaplib to tell its log of every answer; that writes every mail out twice more, for nobody
    # Nagle's algorithm and delayed ACKs together cost 40 ms per command (components.md).
    client.socket().setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    if server.security == "starttls":
        try:
            client.starttls(context)
        except BaseException as error:
            with suppress(OSError, IMAP4.error):  # after a failed handshake the socket is closed already
                client.shutdown()
            if isinstance(error, CapabilityError):
                raise TlsFailed(detail="no STARTTLS offered", cause="no-tls") from error
            raise
    return client
