"""Why a connection came to nothing, told from what socket and ssl raise: said once for IMAP and SMTP."""

import errno
import socket
import ssl

from mailbot.domain.errors import Cause

_UNREACHABLE = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN))
# OpenSSL's X509_V_ERR_* (x509_vfy.h) that people can do something about; all others are "untrusted".
_CERTIFICATES: dict[int, Cause] = {9: "not-yet-valid", 10: "expired", 62: "wrong-name", 64: "wrong-name"}
_NO_TLS = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"))


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
