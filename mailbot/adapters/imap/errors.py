"""The server's answers and the libraries' exceptions in our own words (MailboxError), without addresses."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from imaplib import IMAP4

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]

from mailbot.adapters.network import cause_of
from mailbot.domain.errors import ConnectionLost, LoginRefused, MailboxConfused, MailboxError, TlsFailed, UnsafeLogin

# What the server says -> which error. First match wins. Texts from china-mail.md §1; RFC 5530 for the codes.
_REFUSALS: tuple[tuple[re.Pattern[str], type[MailboxError]], ...] = (
    (re.compile("unsafe login", re.I), UnsafeLogin),
    (re.compile(r"login error|login fail|password error|authentication ?failed|invalid credentials|\bexpired\b", re.I), LoginRefused),
)


@contextmanager
def our_words(doing: str) -> Iterator[None]:
    """Turn what imapclient, imaplib, ssl and socket raise into a MailboxError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TlsFailed(detail=f"{doing}: {error.verify_message}", cause=cause_of(error)) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise ConnectionLost(detail=f"{doing}: {error}", cause="cut") from error
    except ssl.SSLError as error:
        raise (TlsFailed if doing == "connect" else ConnectionLost)(detail=f"{doing}: {error}", cause=cause_of(error)) from error
    except IMAP4.abort as error:
        raise ConnectionLost(detail=f"{doing}: {said(error)}", said=_goodbye(said(error)), cause=cause_of(error)) from error
    except OSError as error:
        raise ConnectionLost(detail=f"{doing}: {said(error)}", cause=cause_of(error)) from error
    except ProtocolError as error:
        raise MailboxConfused(detail=f"{doing}: {said(error)}") from error
    except IMAP4.error as error:
        raise _refusal(said(error), doing) from error
    except (ValueError, LookupError, TypeError) as error:  # the library met an answer it did not expect
        raise MailboxConfused(detail=f"{doing}: {type(error).__name__}") from error


def _refusal(words: str, doing: str) -> MailboxError:
    for pattern, kind in _REFUSALS:
        if pattern.search(words):
            return kind(said=words)
    return MailboxError(detail=f"{doing}: {words}", said=words)


def login_error(error: IMAP4.error, secret: str = "") -> MailboxError:
    """At LOGIN an unknown NO is a refusal too; only what the server calls passing is not (RFC 5530 UNAVAILABLE, INUSE), nor is a line
    that was cut: imapclient makes a LoginError of both. `secret`: the password, in case the server repeats it."""
    words = said(error, secret)
    if re.search(r"^command: \w+ => ", str(error)):
        return ConnectionLost(detail=f"login: {words}", said=_goodbye(words), cause="cut")
    if re.search(r"unsafe login", words, re.I):
        return UnsafeLogin(said=words)
    if re.search(r"\[(?:UNAVAILABLE|INUSE|LIMIT)\]", words):
        return MailboxError(said=words)
    return LoginRefused(said=words)


def _goodbye(words: str) -> str:
    """What the server said before it hung up (BYE); "" where it said nothing and imaplib speaks."""
    return "" if re.match(r"socket error|unexpected |literal of ", words) else words


# What imapclient and imaplib put around the server's words.
_BEFORE = re.compile(r"^(?:[\w-]+ failed: |command: [\w-]+ => |[\w-]+ command error: (?:BAD|NO) (?=\[b))")
_BYTES = re.compile(r"^\[?b(?P<quote>['\"])(?P<inside>.*)(?P=quote)\]?$", re.DOTALL)


def said(error: BaseException, secret: str = "") -> str:
    """The server's words: one line, short, printable, no address and no `secret`; "" where it said nothing."""
    text = _BYTES.sub(r"\g<inside>", _BEFORE.sub("", str(error)))
    text = re.sub(r"(?:\\x[0-9a-f]{2})+", _chinese, text)
    if secret:
        text = text.replace(secret, "<secret>")
    text = re.sub(r"\S+@\S+", "<address>", text)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]


def _chinese(escaped: re.Match[str]) -> str:
    """Bytes that the libraries wrote as escapes: UTF-8 or, from older servers, GBK."""
    octets = bytes.fromhex(escaped[0].replace("\\x", ""))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("gb18030", "replace")
