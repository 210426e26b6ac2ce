"""The mailbox we read from, over IMAP4rev1 (RFC 3501), by imapclient. It never marks, moves or deletes; the one thing it writes are
copies of our own letters, into the Sent folder.

Written for NetEase, the strictest of the providers in use (china-mail.md §1): ID after LOGIN and before EXAMINE, polling
instead of IDLE, UID SEARCH with dates only, nothing that needs UIDNEXT, no BODYSTRUCTURE, one mail per FETCH. Only UIDs and our own
constants ever stand in a command: a sender's text in one could become a command itself (reliability.md, finding 3).

A poll of a mailbox where nothing happened is four commands on a server with LIST-STATUS (RFC 5819): LOGIN, ID, LIST, LOGOUT.
"""

import logging
import math
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from imaplib import IMAP4
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Any, Self

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]

from mailbot import __version__
from mailbot.adapters.imap.answers import UNKNOWN_TIME, Count, day_of, moment_of, size_of, state_of
from mailbot.adapters.imap.connection import connect
from mailbot.adapters.imap.errors import login_error, our_words, said
from mailbot.domain.errors import ConnectionLost, FolderMissing, LoginRefused, MailboxConfused, MailboxError, MailTooLarge, TlsFailed
from mailbot.domain.mail import FolderState, Place
from mailbot.domain.servers import JUNK_NAMES, NOT_ASCII, POLLED_FOLDERS, Server

log = logging.getLogger(__name__)

_BATCH = 500  # UIDs per command: keeps the command line and the answer small
_ANSWER_LIMIT = 4_000_000  # bytes of a literal where no mail is being fetched
_PIECE = 1_000_000  # bytes of a mail fetched at a time, so that a large one is never held whole
_DEADLINE = 600.0  # seconds for one whole mail or any other command, however slowly it drips (reliability.md F04)
_SENT_NAMES = frozenset(("已发送", "已发邮件", "sent", "sent messages", "sent items"))
_ID = re.compile(rb"<[^<>\s]{1,300}>")
_LOOKED = 0.5  # seconds between two looks at the clock


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as people see its name, with the flags of LIST (`\\Junk`, `\\Noselect`, ...: RFC 6154) in lower case."""

    name: str
    flags: frozenset[str]
    state: FolderState


class ImapMailbox:
    """A logged-in connection: `with ImapMailbox(server) as box: box.places("INBOX", since)`.

    Errors are MailboxError (ServerSettingsError where the CA file cannot be read). A connection that was lost, or whose
    answers made no sense, is dropped; the next call opens a new one, so after `ConnectionLost` end the poll. `account`: the mailbox's
    address; it stands in every Place, and the server is told it as whom to write to.
    """

    def __init__(self, server: Server, account: str = "", deadline: float = _DEADLINE) -> None:
        self.server = server
        self.account = account or server.user
        self._deadline = deadline
        self._end = math.inf  # of what is being done
        self._sock: socket | None = None
        self._closed = threading.Event()
        self._open_client: Any = None
        self._selected: tuple[str, int] | None = None
        self._exists = 0

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open_client is not None:
            with suppress(IMAP4.error, OSError):
                self._open_client.logout()
        self._close()

    def abilities(self) -> frozenset[str]:
        """What the server says it can do (CAPABILITY), in upper case."""
        with self._doing("capability"):
            return frozenset(word.decode("ascii", "replace").upper() for word in self._client.capabilities())

    def folders(self) -> tuple[Folder, ...]:
        """All folders, names decoded from modified UTF-7 (RFC 3501 §5.1.3), with their state where LIST gives it too."""
        with self._doing("list"):
            states: dict[str, FolderState] = {}
            if self._client.has_capability("LIST-STATUS"):
                listed, lines = self._client.list_with_status()
                states = {state.name: state for state in map(state_of, lines) if state is not None}
            else:
                listed = self._client.list_folders()
        names = [(str(name), frozenset(flag.decode("ascii", "replace").casefold() for flag in flags)) for flags, _, name in listed]
        return tuple(Folder(name, flags, states.get(name, FolderState(name))) for name, flags in names)

    def poll_folders(self, wanted: tuple[str, ...] = POLLED_FOLDERS) -> tuple[FolderState, ...]:
        """The folders that are there and in `wanted`; INBOX always, and first. `uidnext` is None where LIST does not say it.

        Whoever wants one of JUNK_NAMES gets every folder flagged \\Junk too: providers name it as they like (RFC 6154).
        """
        names = {word.casefold() for word in wanted}
        if names & JUNK_NAMES:
            names.add("\\junk")
        inbox, found = FolderState("INBOX"), []
        for folder in self.folders():
            if folder.name.upper() == "INBOX":
                inbox = replace(folder.state, name="INBOX")
            elif "\\noselect" not in folder.flags and (folder.name.casefold() in names or folder.flags & names):
                found.append(folder.state)
        return (inbox, *found)

    def state(self, folder: str) -> FolderState:
        """The same for one folder, by opening it; on NetEase `uidnext` stays None."""
        return self._examine(folder)

    def count(self, folder: str) -> int:
        """How many mails the folder holds (EXISTS): to compare with what the web page of the provider shows."""
        self._examine(folder)
        return self._exists

    def places(self, folder: str, since: date, after: int = 1) -> tuple[Place, ...]:
        """Every mail of the folder received on or after `since` (a day in China), in UID order; with `after`, every mail with a
        UID from there on, whatever its date (somebody may have moved an old one in).

        Servers compare SINCE with the date in a zone of their own, so one day more is asked for and cut off here. A mail that
        the server names and does not describe is listed with size 0: it is asked for, and taken only once all agrees.
        """
        uidvalidity = self._examine(folder).uidvalidity
        if after > 1:
            with self._doing("fetch sizes"):
                answers = self._client.described_from(after)
            return tuple(self._place(folder, uidvalidity, uid, answers[uid]) for uid in sorted(answers) if uid >= after)
        with self._doing("search"):
            uids = self._search(since - timedelta(days=1))
        found: list[Place] = []
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            with self._doing("fetch sizes"):
                answers = self._client.fetch(batch, ["RFC822.SIZE", "INTERNALDATE"])
            found += [self._place(folder, uidvalidity, uid, answers.get(uid, {})) for uid in batch]
        return tuple(place for place in found if place.internaldate == UNKNOWN_TIME or day_of(place) >= since)

    def fetch(self, place: Place, max_bytes: int) -> Iterator[bytes] | None:
        """The bytes of one mail in pieces, None where it has vanished. Does not mark it as seen (BODY.PEEK, RFC 3501 §6.4.5).

        Raises MailTooLarge above `max_bytes`, MailboxConfused where the server contradicts its own listing (renumbered
        mailbox, truncated or padded literal: reliability.md F02, F03, F06, F13), which may show only after the last piece.
        """
        if place.size > max_bytes:
            raise MailTooLarge(place.size, max_bytes)
        if self._selected is None or self._selected[0] != place.folder:
            self._examine(place.folder)
        if self._selected != (place.folder, place.uidvalidity):
            raise MailboxConfused(detail="UIDVALIDITY changed")
        end = time.monotonic() + self._deadline
        first = self._fetched(place, "BODY.PEEK[]", b"BODY[]", max_bytes, end) if place.size <= _PIECE else self._piece(place, 0, end)
        return None if first is None else self._pieces(place, first, end)

    def _pieces(self, place: Place, first: bytes, end: float) -> Iterator[bytes]:
        if len(first) == place.size:
            yield first
            return
        count = Count()
        piece: bytes | None = first
        while piece:
            count.add(piece)
            yield piece
            if place.size <= _PIECE or len(piece) < _PIECE:
                break
            piece = self._piece(place, count.octets, end)
        with self._doing("fetch mail"):
            count.compare(place)

    def _piece(self, place: Place, start: int, end: float) -> bytes | None:
        return self._fetched(place, f"BODY.PEEK[]<{start}.{_PIECE}>", b"BODY[]<%d>" % start, _PIECE, end)

    def _fetched(self, place: Place, item: str, key: bytes, most: int, end: float) -> bytes | None:
        try:
            with self._doing("fetch mail", end):
                self._client.literal_limit = most + most // 10 + 4096
                answer = self._client.fetch([place.uid], ["RFC822.SIZE", "INTERNALDATE", item]).get(place.uid, {})
                content = answer.get(key)
                if content is None:
                    return None
                if size_of(answer) != place.size or moment_of(answer) != place.internaldate:
                    raise MailboxConfused(detail=f"UID {place.uid} is another mail than listed")
                return bytes(content)
        finally:
            if self._open_client is not None:
                self._open_client.literal_limit = _ANSWER_LIMIT

    # --- copies of what we sent

    def sent_folder(self) -> str | None:
        """The folder that the server calls its Sent one (RFC 6154), by flag or by the name that providers here give it."""
        folders = self.folders()
        flagged = (folder.name for folder in folders if "\\sent" in folder.flags)
        return next(flagged, None) or next((folder.name for folder in folders if folder.name.casefold() in _SENT_NAMES), None)

    def message_ids(self, folder: str, since: date) -> frozenset[str]:
        """The Message-ID of every mail of a folder since a day, as it stands in the header; of those that have one."""
        uids = [place.uid for place in self.places(folder, since)]
        found: set[str] = set()
        for start in range(0, len(uids), _BATCH):
            with self._doing("fetch ids"):
                answers = self._client.fetch(uids[start : start + _BATCH], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
            heads = (content for answer in answers.values() for key, content in answer.items() if key.startswith(b"BODY[HEADER"))
            found |= {match[0].decode("ascii", "replace") for head in heads if (match := _ID.search(bytes(head or b"")))}
        return frozenset(found)

    def append(self, folder: str, raw: bytes, moment: datetime) -> None:
        """Puts a mail into a folder, marked as read (RFC 3501 §6.3.11). Raises FolderMissing where there is none of that name."""
        try:
            with self._doing("append"):
                self._client.append(folder, raw, (b"\\Seen",), moment)
        except MailboxError as error:
            if type(error) is MailboxError and folder not in {known.name for known in self.folders()}:
                raise FolderMissing(folder, detail=error.detail) from error
            raise

    # --- how

    @property
    def _client(self) -> Any:
        if self._open_client is None:
            self._open()
        return self._open_client

    def _open(self) -> None:
        self._closed = threading.Event()
        threading.Thread(target=self._watch, args=(self._closed,), name="watching", daemon=True).start()
        try:
            with self._doing("connect"):
                self._open_client = connect(self.server, self._opened)
                self._client.normalise_times = False
                self._client.literal_limit = _ANSWER_LIMIT
                self._client.cap_literals()
            with self._doing("login"):
                self._login()
                self._identify()
        except BaseException:
            self._close()
            raise

    def _opened(self, sock: socket) -> None:
        self._sock = sock

    @contextmanager
    def _doing(self, what: str, end: float = math.inf) -> Iterator[None]:
        """Our errors for the libraries', and a time by which it is done (`end`, by time.monotonic). A connection that may be out of step
        is not used again (reliability.md F02)."""
        before, self._end = self._end, min(self._end, end, time.monotonic() + self._deadline)
        try:
            with our_words(what):
                yield
        except (ConnectionLost, MailboxConfused, TlsFailed):
            self._close()
            raise
        finally:
            self._end = before

    def _login(self) -> None:
        if not self.server.user:
            raise LoginRefused("没有填写邮箱账号，请在 mailbot.yaml 或环境变量 MAILBOT_IMAP_URL 中填写。")
        try:
            self._client.login(self.server.user, self.server.password)
        except UnicodeError:
            raise LoginRefused(f"{NOT_ASCII}。", detail="password is not ASCII") from None
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            raise login_error(error, self.server.password) from None

    def _identify(self) -> None:
        """ID (RFC 2971), ASCII only, and only where advertised: some servers hang up on an unexpected ID."""
        self._client.capabilities()
        if not self._client.has_capability("ID"):
            return
        words = {"name": "mailbot", "version": __version__, "vendor": "mailbot", "support-email": self.account}
        try:
            self._client.id_({key: value for key, value in words.items() if value.isascii() and value.isprintable()})
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            log.warning("ID refused: %s", said(error))

    def _examine(self, folder: str) -> FolderState:
        self._selected = None
        try:
            with self._doing("examine"):
                answer = self._client.select_folder(folder, readonly=True)
        except MailboxError as error:
            if type(error) is MailboxError and folder not in {known.name for known in self.folders()}:
                raise FolderMissing(folder, detail=error.detail) from error
            raise
        self._exists = int(answer.get(b"EXISTS", 0))
        uidnext = answer.get(b"UIDNEXT")
        self._selected = (folder, int(answer.get(b"UIDVALIDITY", 0)))
        return FolderState(folder, self._selected[1], uidnext if isinstance(uidnext, int) else None)

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
                log.warning("UID SEARCH %s refused: %s", criteria[0], said(error))
        raise MailboxError("收件服务器不接受按日期查找邮件，暂时无法取信。")

    def _place(self, folder: str, uidvalidity: int, uid: int, answer: dict[bytes, Any]) -> Place:
        described = b"RFC822.SIZE" in answer
        return Place(folder, uidvalidity, uid, size_of(answer) if described else 0, moment_of(answer), self.account)

    def _watch(self, closed: threading.Event) -> None:
        """A deadline for the whole: a socket timeout alone starts anew with every byte that drips in."""
        while not closed.wait(_LOOKED):
            if time.monotonic() > self._end and self._sock is not None:
                _hang_up(self._sock)
                break

    def _close(self) -> None:
        self._closed.set()
        client, self._open_client = self._open_client, None
        self._selected = self._sock = None
        if client is not None:
            with suppress(OSError, IMAP4.error):
                client.shutdown()


def _hang_up(sock: socket) -> None:
    with suppress(OSError):
        socket.shutdown(sock, SHUT_RDWR)  # not SSLSocket.shutdown: that takes TLS off the connection first
