"""Names of single values that the ledger keeps (Ledger.mark)."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from mailbot.app.ports import Ledger
from mailbot.domain.alarms import Undone
from mailbot.domain.policy import Mailbox, Settings

LAST_POLL = "last_poll"  # when the main mailbox was last read
WATCHED = "watched"  # when `mailbot watch` last looked
UNDONE = "undone"  # what is to be done once a day and fails: name -> since when, and why
REFUSED = "rules_refused"  # since when changed rules are wrong; "" where those in force are those that stand there


def last_poll(box: Mailbox, settings: Settings) -> str:
    """When a mailbox was last read. A mark's name has 80 characters; addresses may be longer."""
    return LAST_POLL if box == settings.mailbox else f"{LAST_POLL}:{hashlib.sha256(box.address.lower().encode()).hexdigest()[:32]}"


def undone(ledger: Ledger) -> tuple[Undone, ...]:
    """What is to be done once a day and could not be done yet."""
    said: dict[str, list[str]] = json.loads(ledger.mark(UNDONE) or "{}")
    return tuple(Undone(name, datetime.fromisoformat(since), why) for name, (since, why) in said.items())


def put_undone(ledger: Ledger, all_: Iterable[Undone]) -> None:
    ledger.put_mark(UNDONE, json.dumps({one.name: [one.since.isoformat(), one.why] for one in all_}, ensure_ascii=False))
