"""Names of single values that the ledger keeps (Ledger.mark)."""

import hashlib

from mailbot.domain.policy import Mailbox, Settings

LAST_POLL = "last_poll"  # when the main mailbox was last read
WATCHED = "watched"  # when `mailbot watch` last looked
REFUSED = "rules_refused"  # since when changed rules are wrong; "" where those in force are those that stand there


def last_poll(box: Mailbox, settings: Settings) -> str:
    """When a mailbox was last read. A mark's name has 80 characters; addresses may be longer."""
    return LAST_POLL if box == settings.mailbox else f"{LAST_POLL}:{hashlib.sha256(box.address.lower().encode()).hexdigest()[:32]}"
