"""The mailbox we read from, over IMAP4rev1 (RFC 3501), by imapclient. Read only: it never marks, moves or deletes.

Written for NetEase, the strictest of the providers in use (china-mail.md §1): ID after LOGIN and before EXAMINE, polling
instead of IDLE, UID SEARCH with dates only, no UIDNEXT, no BODYSTRUCTURE, one mail per FETCH. Only UIDs and our own
constants ever stand in a command: a sender's text in one could become a command itself (reliability.md, finding 3).
"""

import logging
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from imaplib import IMAP4
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, socket
from types import TracebackType
from typing import Any, Self, TypeVar

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import CapabilityError, ProtocolError  # type: ignore[import-untyped]

from mailbot import __version__
from mailbot.adapters.tls import tls_context
from mailbot.domain.errors import (
    ConnectionLost,
    FolderMissing,
    LoginRefused,
    MailboxConfused,
    MailboxError,
    MailTooLarge,
    TlsFailed,
    UnsafeLogin,
)
from mailbot.domain.mail import Place
from mailbot.domain.servers import JUNK_NAMES, POLLED_FOLDERS, Server

log = logging.getLogger(__name__)

CHINA = timezone(timedelta(hours=8))
# Stands where a server gives no readable INTERNALDATE, so that such a mail is still listed and fetched.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 500  # UIDs per command: keeps the command line and the answer small
_ANSWER_LIMIT = 4_000_000  # bytes of a literal where no mail is being fetched
_MAIL_DEADLINE = 600.0  # seconds for one whole mail, however slowly it drips (reliability.md F04)

# What the server says -> which error. First match wins. Texts from china-mail.md §1; RFC 5530 for the codes.
_REFUSALS: tuple[tuple[re.Pattern[str], Callable[[str], MailboxError]], ...] = (
    (re.compile("unsafe login", re.I), lambda said: UnsafeLogin(detail=said)),
    (
        re.compile(r"login error|login fail|password error|authentication ?failed|invalid credentials|\bexpired\b", re.I),
        lambda said: LoginRefused(detail=said),
    ),
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as people see its name, with the flags of LIST (`\\Junk`, `\\Noselect`, ...: RFC 6154)."""

    name: str
    flags: frozenset[str] = frozenset()


class ImapMailbox:
    """A logged-in connection: `with ImapMailbox(server) as box: box.places("INBOX", since)`.

    Errors are MailboxError (ServerSettingsError where the CA file cannot be read). A connection that was lost, or whose
    answers made no sense, is dropped; the next call opens a new one, so after `ConnectionLost` end the poll.
    """

    def __init__(self, server: Server, support_email: str = "", mail_deadline: float = _MAIL_DEADLINE) -> None:
        self.server = server
        self._support = support_email or server.user
        self._deadline = mail_deadline
        self._open_client: Any = None
        self._selected: tuple[str, int] | None = None
        self._literal_limit = _ANSWER_LIMIT

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open_client is not None:
            with suppress(IMAP4.error, OSError):
                self._open_client.logout()
        self._close()

    def folders(self) -> tuple[Folder, ...]:
        """All folders, names decoded from modified UTF-7 (RFC 3501 §5.1.3)."""
        with self._doing("list"):
            listed = self._client.list_folders()
        return tuple(Folder(str(name), frozenset(flag.decode("ascii", "replace") for flag in flags)) for flags, _, name in listed)

    def poll_folders(self, wanted: tuple[str, ...] = POLLED_FOLDERS) -> tuple[str, ...]:
        """The folders that are there and in `wanted`; INBOX always, and first.

        Whoever wants one of JUNK_NAMES gets every folder flagged \\Junk too: providers name it as they like (RFC 6154).
        """
        names = {word.casefold() for word in wanted}
        if names & JUNK_NAMES:
            names.add("\\junk")
        found = ["INBOX"]
        for folder in self.folders():
            flags = {flag.casefold() for flag in folder.flags}
            if "\\noselect" in flags or folder.name.upper() == "INBOX":
                continue
            if folder.name.casefold() in names or flags & names:
                found.append(folder.name)
        return tuple(found)

    def count(self, folder: str) -> int:
        """How many mails the folder holds (EXISTS): to compare with what the web page of the provider shows."""
        return self._examine(folder)

    def places(self, folder: str, since: date) -> tuple[Place, ...]:
        """Every mail of the folder received on or after `since` (a day in China), in UID order.

        Servers compare SINCE with the date in a zone of their own, so one day more is asked for and cut off here.
        """
        self._examine(folder)
        uidvalidity = self._selected[1] if self._selected else 0
        with self._doing("search"):
            uids = self._search(since - timedelta(days=1))
        found: list[Place] = []
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            with self._doing("fetch sizes"):
                answers = self._client.fetch(batch, ["RFC822.SIZE", "INTERNALDATE"])
            for uid in batch:
                answer = answers.get(uid, {})
                if b"RFC822.SIZE" in answer:  # else gone since the search
                    found.append(Place(folder, uidvalidity, uid, _size(answer), _moment(answer)))
        return tuple(place for place in found if place.internaldate == UNKNOWN_TIME or _day(place) >= since)

    def fetch(self, place: Place, max_bytes: int) -> bytes | None:
        """The bytes of one mail, None where it has vanished. Does not mark it as seen (BODY.PEEK, RFC 3501 §6.4.5).

        Raises MailTooLarge above `max_bytes`, MailboxConfused where the server contradicts its own listing (renumbered
        mailbox, truncated or padded literal: reliability.md F02, F03, F06, F13).
        """
        if place.size > max_bytes:
            raise MailTooLarge(place.size, max_bytes)
        if self._selected is None or self._selected[0] != place.folder:
            self._examine(place.folder)
        if self._selected != (place.folder, place.uidvalidity):
            raise MailboxConfused(detail="UIDVALIDITY changed")
        self._literal_limit = max_bytes + max_bytes // 10 + 4096
        try:
            with self._doing("fetch mail"), self._watch():
                answers = self._client.fetch([place.uid], ["RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[]"])
                answer = answers.get(place.uid, {})
                content = answer.get(b"BODY[]")
                return None if content is None else _verified(place, answer, bytes(content))
        finally:
            self._literal_limit = _ANSWER_LIMIT

    # --- how

    @property
    def _client(self) -> Any:
        if self._open_client is None:
            self._open()
        return self._open_client

    def _open(self) -> None:
        with self._doing("connect"):
            self._open_client = _connect(self.server)
            self._client.normalise_times = False
            self._cap_literals()
        try:
            with self._doing("login"):
                self._login()
                self._identify()
        except BaseException:
            self._close()
            raise

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Our errors for the libraries'. A connection that may be out of step is not used again (reliability.md F02)."""
        try:
            with _our_words(what):
                yield
        except (ConnectionLost, MailboxConfused, TlsFailed):
            self._close()
            raise

    def _login(self) -> None:
        if not self.server.user:
            raise LoginRefused("没有填写邮箱账号，请在 mailbot.yaml 或环境变量 MAILBOT_IMAP_URL 中填写。")
        try:
            self._client.login(self.server.user, self.server.password)
        except UnicodeError:
            raise LoginRefused(detail="password is not ASCII") from None
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            raise _login_error(_said(error)) from None

    def _identify(self) -> None:
        """ID (RFC 2971), ASCII only, and only where advertised: some servers hang up on an unexpected ID."""
        self._client.capabilities()
        if not self._client.has_capability("ID"):
            return
        words = {"name": "mailbot", "version": __version__, "vendor": "mailbot", "support-email": self._support}
        try:
            self._client.id_({key: value for key, value in words.items() if value.isascii() and value.isprintable()})
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            log.warning("ID refused: %s", _said(error))

    def _examine(self, folder: str) -> int:
        self._selected = None
        try:
            with self._doing("examine"):
                answer = self._client.select_folder(folder, readonly=True)
        except MailboxError as error:
            if type(error) is MailboxError and folder not in {known.name for known in self.folders()}:
                raise FolderMissing(folder, detail=error.detail) from error
            raise
        self._selected = (folder, int(answer.get(b"UIDVALIDITY", 0)))
        return int(answer.get(b"EXISTS", 0))

    def _search(self, since: date) -> list[int]:
        """UIDs, ascending (a falling set is an error at exmail). Without CHARSET, by date or not at all."""
        for criteria in (["SINCE", since], ["ALL"]):
            try:
                return sorted(set(self._client.search(criteria)))
            except ValueError:
                return []  # `* SEARCH (none)`, seen at NetEase
            except (IMAP4.abort, ProtocolError):
                raise
            except IMAP4.error as error:
                log.warning("UID SEARCH %s refused: %s", criteria[0], _said(error))
        raise MailboxError("收件服务器不接受按日期查找邮件，暂时无法取信，稍后会自动再试。")

    def _cap_literals(self) -> None:
        """Refuse a literal larger than asked for before it is read: imaplib would allocate what the server claims."""
        inner = self._client._imap
        read: Callable[[int], bytes] = inner.read

        def capped(size: int) -> bytes:
            if size > self._literal_limit:
                raise IMAP4.abort(f"literal of {size} bytes refused")
            return read(size)

        inner.read = capped

    @contextmanager
    def _watch(self) -> Iterator[None]:
        """A deadline for the whole step: a socket timeout alone starts anew with every byte that drips in."""
        timer = threading.Timer(self._deadline, _hang_up, (self._client.socket(),))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _close(self) -> None:
        client, self._open_client = self._open_client, None
        self._selected = None
        if client is not None:
            with suppress(OSError, IMAP4.error):
                client.shutdown()


def _connect(server: Server) -> Any:
    timeout = SocketTimeout(connect=server.timeout, read=server.timeout)
    context = None if server.security == "plain" else tls_context(server)
    client = IMAPClient(server.host, server.port, ssl=server.security == "tls", ssl_context=context, timeout=timeout)
    # Nagle's algorithm and delayed ACKs together cost 40 ms per command (components.md).
    client.socket().setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    if server.security == "starttls":
        try:
            client.starttls(context)
        except BaseException as error:
            with suppress(OSError, IMAP4.error):  # after a failed handshake the socket is closed already
                client.shutdown()
            if isinstance(error, CapabilityError):
                raise TlsFailed(detail="no STARTTLS offered") from error
            raise
    return client


@contextmanager
def _our_words(doing: str) -> Iterator[None]:
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
        raise ConnectionLost(detail=f"{doing}: {_said(error)}") from error
    except ProtocolError as error:
        raise MailboxConfused(detail=f"{doing}: {_said(error)}") from error
    except IMAP4.error as error:
        raise _refusal(_said(error), doing) from error
    except (ValueError, LookupError, TypeError) as error:  # the library met an answer it did not expect
        raise MailboxConfused(detail=f"{doing}: {type(error).__name__}") from error


def _refusal(said: str, doing: str) -> MailboxError:
    for pattern, make in _REFUSALS:
        if pattern.search(said):
            return make(said)
    return MailboxError(detail=f"{doing}: {said}")


def _login_error(said: str) -> MailboxError:
    """At LOGIN an unknown NO is a refusal too; only what the server calls passing is not (RFC 5530 UNAVAILABLE, INUSE)."""
    if re.search(r"unsafe login", said, re.I):
        return UnsafeLogin(detail=said)
    if re.search(r"\[(?:UNAVAILABLE|INUSE|LIMIT)\]", said):
        return MailboxError(detail=said)
    return LoginRefused(detail=said)


def _said(error: BaseException) -> str:
    """The server's words for the log: one line, short, printable, no address."""
    text = re.sub(r"\S+@\S+", "<address>", str(error))
    return "".join(c if c.isprintable() else " " for c in text)[:200] or type(error).__name__


def _size(answer: dict[bytes, Any]) -> int:
    try:
        return int(answer[b"RFC822.SIZE"])
    except (TypeError, ValueError) as error:
        raise MailboxConfused(detail="unreadable RFC822.SIZE") from error


def _moment(answer: dict[bytes, Any]) -> datetime:
    moment = answer.get(b"INTERNALDATE")
    if not isinstance(moment, datetime):
        return UNKNOWN_TIME
    return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)


def _day(place: Place) -> date:
    return place.internaldate.astimezone(CHINA).date()


def _verified(place: Place, answer: dict[bytes, Any], content: bytes) -> bytes:
    """The content, if it is the mail that was listed. Line ends may differ: some servers count LF as two bytes."""
    if _size(answer) != place.size or _moment(answer) != place.internaldate:
        raise MailboxConfused(detail=f"UID {place.uid} is another mail than listed")
    pairs = content.count(b"\r\n")
    fewest, most = len(content) - pairs, len(content) + content.count(b"\n") - pairs
    if not fewest <= place.size <= most:
        raise MailboxConfused(detail=f"UID {place.uid}: {len(content)} bytes of {place.size}")
    return content


def _hang_up(sock: socket) -> None:
    with suppress(OSError):
        socket.shutdown(sock, SHUT_RDWR)  # not SSLSocket.shutdown: that takes TLS off the connection first
