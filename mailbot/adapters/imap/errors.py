"""The server's answers and the libraries' exceptions in our own words (MailboxError), without addresses."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from imaplib import IMAP4

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]

from mailbot.domain.errors import ConnectionLost, LoginRefused, MailboxConfused, MailboxError, TlsFailed, UnsafeLogin

# What the server says -> which error. First match wins. Texts from china-mail.md §1; RFC 5530 for the codes.
_REFUSALS: tuple[tuple[re.Pattern[str], Callable[[str], MailboxError]], ...] = (
    (re.compile("unsafe login", re.I), lambda said: UnsafeLogin(detail=said)),
    (
        re.compile(r"login error|login fail|password error|authentication ?failed|invalid credentials|\bexpired\b", re.I),
        lambda said: LoginRefused(detail=said),
    ),
)


@contextmanager
def our_words(doing: str) -> Iterator[None]:
    """Turn what imapclient, imaplib, ssl and socket raise into a MailboxError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TlsFailed(detail=f"{doing}: {error.verify_message}") from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise ConnectionLost(detail=f"{doing}: {error}") from error
    except ssl.SSLError as error:
        raise (TlsFailed if doing == "connect" else ConnectionLost)(detail=f"{doing}: {error}") from error
    except (IMAP4.abort, OSError) as error:
        raise ConnectionLost(detail=f"{doing}: {said(error)}") from error
    except ProtocolError as error:
        raise MailboxConfused(detail=f"{doing}: {said(error)}") from error
    except IMAP4.error as error:
        raise _refusal(said(error), doing) from error
    except (ValueError, LookupError, TypeError) as error:  # the library met an answer it did not expect
        raise MailboxConfused(detail=f"{doing}: {type(error).__name__}") from error


def _refusal(said: str, doing: str) -> MailboxError:
    for pattern, make in _REFUSALS:
        if pattern.search(said):
            return make(said)
    return MailboxError(detail=f"{doing}: {said}")


def login_error(said: str) -> MailboxError:
    """At LOGIN an unknown NO is a refusal too; only what the server calls passing is not (RFC 5530 UNAVAILABLE, INUSE)."""
    if re.search(r"unsafe login", said, re.I):
        return UnsafeLogin(detail=said)
    if re.search(r"\[(?:UNAVAILABLE|INUSE|LIMIT)\]", said):
        return MailboxError(detail=said)
    return LoginRefused(detail=said)


def said(error: BaseException) -> str:
    """The server's words for the log: one line, short, printable, no address."""
    text = re.sub(r"\S+@\S+", "<address>", str(error))
    return "".join(c if c.isprintable() else " " for c in text)[:200] or type(error).__name__
