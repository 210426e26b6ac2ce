"""What becomes known of a letter after it went out: it comes back, or a copy of it is found."""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from mailbot.app.ports import Ledger
from mailbot.domain.bounces import LOOKED_AT, is_return, named_in, report_of
from mailbot.domain.mail import Message

log = logging.getLogger(__name__)


def note_return(ledger: Ledger, message: Message, raw: Path, now: datetime) -> None:
    """Marks the letters of ours that a machine's mail returns, each by its signature; a letter that only comes by again went out.
    What is not signed by us, or names another address, is nobody's business."""
    arrived(ledger, (message.envelope.message_id,), now)
    if not is_return(message):
        return
    with raw.open("rb") as file:
        report = report_of(file.read(LOOKED_AT), (message.text, message.quoted))
    if report is None or report.kind == "delayed":
        return
    secret = ledger.signing_key_if_any()
    for letter in ledger.find_letters(report.named, secret) if secret else ():
        if ledger.came_back(letter, report.why, now):
            log.info("letter id=%d outcome=bounced", letter)


def arrived(ledger: Ledger, message_ids: Iterable[str], now: datetime) -> int:
    """Letters that were in doubt and of which a copy was seen, in the Sent folder or in our own mailbox: they went out."""
    secret = ledger.signing_key_if_any()
    if not secret:
        return 0
    found = ledger.find_letters((named for one in message_ids for named in named_in(one)), secret)
    return sum(ledger.was_seen(letter, now) for letter in found)
