"""What the server's answers say, as values of ours."""

from datetime import UTC, date, datetime
from typing import Any

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]
from imapclient.imap_utf7 import decode as decode_utf7  # type: ignore[import-untyped]
from imapclient.response_parser import parse_response  # type: ignore[import-untyped]

from mailbot.domain.errors import MailboxConfused
from mailbot.domain.mail import FolderState, Place
from mailbot.domain.periods import SHANGHAI

# Stands where a server gives no readable INTERNALDATE, so that such a mail is still listed and fetched.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def size_of(answer: dict[bytes, Any]) -> int:
    try:
        return int(answer[b"RFC822.SIZE"])
    except (TypeError, ValueError) as error:
        raise MailboxConfused(detail="unreadable RFC822.SIZE") from error


def moment_of(answer: dict[bytes, Any]) -> datetime:
    moment = answer.get(b"INTERNALDATE")
    if not isinstance(moment, datetime):
        return UNKNOWN_TIME
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def day_of(place: Place) -> date:
    return place.internaldate.astimezone(SHANGHAI).date()


class Count:
    """What came of a mail, piece by piece: octets, and line ends written as one and as two of them."""

    def __init__(self) -> None:
        self.octets = self._pairs = self._ends = 0
        self._last = b""

    def add(self, piece: bytes) -> None:
        self.octets += len(piece)
        self._ends += piece.count(b"\n")
        self._pairs += piece.count(b"\r\n") + (self._last == b"\r" and piece.startswith(b"\n"))
        self._last = piece[-1:]

    def compare(self, place: Place) -> None:
        """Raises MailboxConfused unless this is the mail that was listed. Some servers count LF as two octets."""
        fewest, most = self.octets - self._pairs, self.octets + self._ends - self._pairs
        if not fewest <= place.size <= most:
            raise MailboxConfused(detail=f"UID {place.uid}: {self.octets} bytes of {place.size}")


def state_of(line: Any) -> FolderState | None:
    """One line of STATUS: a name and pairs. One that makes no sense says nothing of any folder: None."""
    try:
        name, pairs = parse_response([line])
        values = dict(zip(pairs[::2], pairs[1::2], strict=True))
        plain = decode_utf7(name) if isinstance(name, bytes) else str(name)
    except (ValueError, TypeError, LookupError, AttributeError, ProtocolError):
        return None
    uidnext, uidvalidity = values.get(b"UIDNEXT"), values.get(b"UIDVALIDITY")
    return FolderState(str(plain), uidvalidity, uidnext) if isinstance(uidnext, int) and isinstance(uidvalidity, int) else None
