"""How a server is reached, and why a connection came to nothing: said once for IMAP and SMTP."""

import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mailbot.domain.errors import Cause

CONNECT_TIMEOUT = 20.0  # seconds for each address of a server; one that swallows everything (IPv6 without a way out) costs that much

_UNREACHABLE = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN))
# OpenSSL's X509_V_ERR_* (x509_vfy.h) that people can do something about; all others are "untrusted".
_CERTIFICATES: dict[int, Cause] = {9: "not-yet-valid", 10: "expired", 62: "wrong-name", 64: "wrong-name"}
_NO_TLS = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"))


def connected(host: str, port: int, timeout: float) -> socket.socket:
    """A socket to the first address of `host` that answers, tried one after the other. `timeout`: seconds for each later step."""
    sock = socket.create_connection((host, port), min(timeout, CONNECT_TIMEOUT))
    sock.settimeout(timeout)
    return sock


def cause_of(error: BaseException) -> Cause:
    """Which of the causes an exception of socket, ssl, imaplib or smtplib speaks of; "cut" where it is none of the others."""
    match error:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATES.get(error.verify_code, "untrusted")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "cut"
        case ssl.SSLError():
            return "no-tls" if error.reason in _NO_TLS else "handshake"
        case socket.gaierror():
            return "no-name"
        case ConnectionRefusedError():
            return "refused"
        case TimeoutError():
            return "no-answer"
        case OSError() if error.errno in _UNREACHABLE:
            return "no-route"
        case _ if isinstance(error.__context__, OSError):  # smtplib and imaplib tell it in words of their own
            return cause_of(error.__context__)
        case _:
            return "cut"


class Deadline:
    """Hangs up at a moment, whatever drips in: a socket's own timeout starts anew with every byte (reliability.md F04). `follow` is told
    of the socket; it keeps a second handle, which stays good when TLS takes the first one over."""

    def __init__(self) -> None:
        self._handle: socket.socket | None = None

    def follow(self, sock: socket.socket) -> None:
        if self._handle is not None:
            self._handle.close()
        self._handle = sock.dup()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def forget(self) -> None:
        """The connection is over."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _hang_up(self) -> None:
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)
