"""What tests ask a mailbox for, in one piece."""

from mailbot.adapters.imap import ImapMailbox
from mailbot.domain.mail import Place


def fetched(box: ImapMailbox, place: Place, max_bytes: int) -> bytes | None:
    pieces = box.fetch(place, max_bytes)
    return None if pieces is None else b"".join(pieces)


def names(box: ImapMailbox, *wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folder.name for folder in box.poll_folders(*wanted))
