"""The mails that were asked for in vain, one mark a mailbox (domain/unfetched.py says what becomes of them)."""

import json
from collections.abc import Iterable
from hashlib import sha256

from mailbot.adapters.codec import from_json, to_json
from mailbot.adapters.ledger.store import Store
from mailbot.domain.mail import Place
from mailbot.domain.unfetched import Unfetched


class UnfetchedShelf(Store):
    def unfetched(self, account: str) -> dict[Place, Unfetched]:
        """The mails of a mailbox that were asked for in vain."""
        noted = [{"gone_at": None} | one for one in json.loads(self.mark(_mark(account)) or "[]")]  # a key that earlier versions did not write
        some = from_json(tuple[Unfetched, ...], noted)
        return {one.place: one for one in some}

    def put_unfetched(self, account: str, found: Iterable[Unfetched]) -> None:
        self.put_mark(_mark(account), json.dumps(to_json(tuple(found)), ensure_ascii=False))


def _mark(account: str) -> str:
    return "unfetched:" + sha256(account.lower().encode()).hexdigest()[:32]
