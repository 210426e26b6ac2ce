"""Until when a mail server's certificate is good. Nothing is said to the server, no login is made."""

import ssl
from datetime import UTC, datetime

from mailbot.adapters.network import connected
from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import MailbotError
from mailbot.domain.servers import Server

_PATIENCE = 10.0  # seconds


def ends(server: Server) -> datetime | None:
    """None where that is not known: no TLS from the first byte, not reached, or not trusted (which a poll tells by itself)."""
    if server.security != "tls":
        return None
    try:
        with connected(server.host, server.port, _PATIENCE) as plain, tls_context(server).wrap_socket(plain, server_hostname=server.host) as tls:
            told = (tls.getpeercert() or {}).get("notAfter")
    except (OSError, ssl.SSLError, MailbotError):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC) if isinstance(told, str) else None
