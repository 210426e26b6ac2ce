"""The mails that were asked for in vain, one mark a mailbox (domain/unfetched.py says what becomes of them)."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256

from mailbot.app.ports import Ledger
from mailbot.domain.mail import Place
from mailbot.domain.unfetched import Unfetched


def unfetched(ledger: Ledger, account: str) -> dict[Place, Unfetched]:
    """The mails of a mailbox that were asked for in vain."""
    rows = json.loads(ledger.mark(_mark(account)) or "[]")
    return {one.place: one for one in map(_read, rows)}


def held(ledger: Ledger, account: str) -> tuple[Unfetched, ...]:
    """Those of them that staff know of, the oldest first."""
    return tuple(sorted((one for one in unfetched(ledger, account).values() if one.is_held), key=lambda one: one.since))


def put_unfetched(ledger: Ledger, account: str, found: Iterable[Unfetched]) -> None:
    rows = [asdict(one) | {"place": asdict(one.place)} for one in found]
    ledger.put_mark(_mark(account), json.dumps(rows, ensure_ascii=False, default=datetime.isoformat))


def _mark(account: str) -> str:
    return "unfetched:" + sha256(account.lower().encode()).hexdigest()[:32]


def _read(row: dict[str, object]) -> Unfetched:
    def moment(value: object) -> datetime:
        return datetime.fromisoformat(str(value))

    place = dict(row["place"])  # type: ignore[call-overload]
    place["internaldate"] = moment(place["internaldate"])
    return Unfetched(Place(**place), moment(row["since"]), moment(row["asked_at"]), int(str(row["tries"])), str(row["why"]))
